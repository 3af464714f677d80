"""ce_book.training：例子、梯度对照差分与符号推导、更新的公式、可重复、坏输入、发散。"""

import doctest
import math
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
import sympy as sp
from messages import raises_saying

from ce_book import losses, training
from ce_book.activations import sigmoid, softmax
from ce_book.training import (
    Network,
    sigmoid_loss,
    softmax_loss,
    sparse_softmax_loss,
    train,
)

pytestmark = pytest.mark.filterwarnings("error")

INF, NAN = math.inf, math.nan
GENERATOR = np.random.default_rng(0)
FEATURES = GENERATOR.standard_normal((7, 4))
CLASSES = np.array([0, 2, 1, 2, 0, 1, 1])
ONE_HOT = np.eye(3)[CLASSES]
SOFT = GENERATOR.dirichlet([1, 1, 1], 7)
MULTI_HOT = (GENERATOR.random((7, 3)) < 0.5).astype(float)

# 每种损失配一份合用的标签。
LABELLED = [
    pytest.param(softmax_loss, ONE_HOT, id="独热"),
    pytest.param(softmax_loss, SOFT, id="软标签"),
    pytest.param(sparse_softmax_loss, CLASSES, id="编号"),
    pytest.param(sigmoid_loss, MULTI_HOT, id="多热"),
    pytest.param(sigmoid_loss, SOFT, id="软的多标签"),
]
SIZES = [(4, 3), (4, 5, 3), (4, 6, 5, 3)]


def network(sizes=(4, 5, 3), seed=1):
    """最后一层也给随机的权重：全是 0 时，隐藏层的梯度都是 0，什么也查不出。"""
    result = Network(sizes, seed=seed)
    generator = np.random.default_rng(seed)
    result.weights[-1][:] = generator.standard_normal(result.weights[-1].shape)
    for bias in result.biases:
        bias[:] = generator.standard_normal(bias.shape) / 2
    return result


def fit(model=None, inputs=FEATURES, labels=CLASSES, loss=sparse_softmax_loss, **settings):
    model = network() if model is None else model
    settings = {"epochs": 3, "seed": 0, "batch_size": 3} | settings
    return model, train(model, inputs, labels, loss, **settings)


def parameters(model):
    return [*model.weights, *model.biases]


def central_difference(value, array, step=1e-6):
    """``value()`` 对 ``array`` 每个元素的导数；就地改了再改回来。"""
    slope = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        kept = array[place]
        array[place] = kept + step
        above = value()
        array[place] = kept - step
        slope[place] = (above - value()) / (2 * step)
        array[place] = kept
    return slope


def test_doctests():
    result = doctest.testmod(training)
    assert result.failed == 0
    assert result.attempted >= 12


# ---------------------------------------------------------------- 损失


@pytest.mark.parametrize(("loss", "labels"), LABELLED)
def test_gradients_of_the_losses_match_differences(loss, labels):
    logits = 3 * np.random.default_rng(5).standard_normal((7, 3))
    _, gradient = loss(labels, logits)
    numeric = central_difference(lambda: loss(labels, logits)[0], logits)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("loss", "labels", "same"),
    [
        (softmax_loss, SOFT, losses.softmax_cross_entropy),
        (sparse_softmax_loss, CLASSES, losses.sparse_softmax_cross_entropy),
        (sigmoid_loss, MULTI_HOT, losses.sigmoid_cross_entropy),
    ],
)
def test_values_are_those_of_the_losses_module(loss, labels, same):
    logits = 30 * np.random.default_rng(6).standard_normal((7, 3))
    value, _ = loss(labels, logits)
    assert isinstance(value, float)
    assert value == float(same(labels, logits))


def test_sparse_and_one_hot_agree_exactly():
    logits = np.random.default_rng(7).standard_normal((7, 3))
    sparse, dense = sparse_softmax_loss(CLASSES, logits), softmax_loss(ONE_HOT, logits)
    assert sparse[0] == pytest.approx(dense[0], rel=1e-15)
    np.testing.assert_array_equal(sparse[1], dense[1])


def test_the_denominator_is_the_number_of_losses():
    logits = np.zeros((4, 5))
    assert sparse_softmax_loss([0, 1, 2, 3], logits)[1][0, 1] == pytest.approx(1 / 5 / 4)
    assert sigmoid_loss(np.zeros((4, 5)), logits)[1][0, 1] == pytest.approx(1 / 2 / 20)


def test_one_sample_without_a_row_axis():
    for loss, label in [(sparse_softmax_loss, 1), (softmax_loss, [0, 1, 0])]:
        value, gradient = loss(label, [0.0, 0.0, 0.0])
        assert value == pytest.approx(math.log(3))
        np.testing.assert_allclose(gradient, [1 / 3, -2 / 3, 1 / 3])


def test_extreme_logits_keep_their_gradients():
    value, gradient = sparse_softmax_loss([1], [[1000.0, -1000.0]])
    assert value == 2000
    assert gradient.tolist() == [[1, -1]]
    value, gradient = sigmoid_loss([[1.0, 0.0]], [[-1000.0, -1000.0]])
    assert value == 500
    assert gradient.tolist() == [[-0.5, 0]]


@pytest.mark.parametrize(
    ("loss", "labels", "parts"),
    [
        (softmax_loss, [[0.0, 0.0]], ["labels[0, :]", "全是 0", "sigmoid_cross_entropy"]),
        (softmax_loss, [[1.0, 1.0]], ["labels[0, :]", "2.0", "不是 1"]),
        (sparse_softmax_loss, [2], ["classes[0] = 2", "0 到 1"]),
        (sigmoid_loss, [[0.5, 1.5]], ["labels[0, 1] = 1.5"]),
    ],
)
def test_losses_refuse_bad_labels(loss, labels, parts):
    with raises_saying(ValueError, parts):
        loss(labels, [[0.0, 0.0]])


def test_losses_do_not_change_their_arguments():
    logits, labels = np.ones((7, 3)), ONE_HOT.copy()
    softmax_loss(labels, logits), sparse_softmax_loss(CLASSES, logits)
    assert (logits == 1).all()
    assert (labels == ONE_HOT).all()


# ---------------------------------------------------------------- 网络


@pytest.mark.parametrize(("loss", "labels"), LABELLED)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_gradients_of_the_network_match_differences(sizes, loss, labels):
    model = network(sizes)
    value, weights, biases = model.gradients(FEATURES, labels, loss)
    assert value == loss(labels, model.logits(FEATURES))[0]
    for theta, slope in zip(parameters(model), weights + biases, strict=True):
        numeric = central_difference(lambda: loss(labels, model.logits(FEATURES))[0], theta)
        assert slope.shape == theta.shape
        np.testing.assert_allclose(slope, numeric, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(
    ("loss", "labels", "head"),
    [
        (sparse_softmax_loss, [1], "softmax"),
        (sigmoid_loss, [[1.0, 0.0]], "sigmoid"),
    ],
)
def test_gradients_match_sympy(loss, labels, head):
    """两个特征、两个隐藏单元（一个放行，一个拦下）、两个 logits，全部写成符号再求导。"""
    names = sp.symbols("a:4 b:2 c:4 d:2")
    a, b, c, d = names[:4], names[4:6], names[6:10], names[10:]
    u = [sp.Rational(3, 2), sp.Integer(-1)]
    h = [sp.Max(0, u[0] * a[k] + u[1] * a[2 + k] + b[k]) for k in range(2)]
    x = [h[0] * c[k] + h[1] * c[2 + k] + d[k] for k in range(2)]
    if head == "softmax":
        value = sp.log(sp.exp(x[0]) + sp.exp(x[1])) - x[1]
    else:
        value = (sp.log(1 + sp.exp(x[0])) - x[0] + sp.log(1 + sp.exp(x[1]))) / 2

    model = Network((2, 2, 2), seed=0)
    model.weights[0][:] = [[1, -1], [0.5, 0.25]]
    model.weights[1][:] = [[0.5, -1], [2, 1]]
    model.biases[0][:], model.biases[1][:] = [0.25, 0.5], [-0.5, 1]
    at = dict(zip(names, np.concatenate([t.ravel() for t in (
        model.weights[0], model.biases[0], model.weights[1], model.biases[1])]), strict=True))  # fmt: skip
    got, weights, biases = model.gradients([[1.5, -1.0]], labels, loss)

    assert got == pytest.approx(float(value.subs(at)), rel=1e-14)
    found = np.concatenate([t.ravel() for t in (weights[0], biases[0], weights[1], biases[1])])
    exact = [float(sp.diff(value, name).subs(at)) for name in names]
    np.testing.assert_allclose(found, exact, rtol=1e-13, atol=1e-15)
    assert found[1] == found[3] == 0  # 拦下的单元，通向它的权重没有梯度
    assert found[0] != 0


def test_relu_lets_nothing_through_at_zero():
    model = Network((1, 1, 1), seed=0)
    model.weights[0][:], model.weights[1][:] = 0, 1
    _, [first, _], [bias, _] = model.gradients([[2.0]], [[1.0]], sigmoid_loss)
    assert first.item() == bias.item() == 0


def test_logits_are_the_formula():
    model = network((4, 6, 5, 3))
    h = FEATURES
    for weight, bias in zip(model.weights[:-1], model.biases[:-1], strict=True):
        h = np.maximum(0, h @ weight + bias)
    expected = h @ model.weights[-1] + model.biases[-1]
    np.testing.assert_allclose(model.logits(FEATURES), expected, rtol=1e-13)
    assert model.logits(FEATURES.astype(np.float32)).dtype == np.float64
    assert model.logits(FEATURES.tolist()).shape == (7, 3)


def test_the_last_layer_starts_at_zero_and_the_loss_at_ln_k():
    model = Network((4, 64, 10), seed=3)
    assert not model.weights[-1].any()
    assert not any(bias.any() for bias in model.biases)
    value, [hidden, _], _ = model.gradients(FEATURES, CLASSES, sparse_softmax_loss)
    assert value == pytest.approx(math.log(10), rel=1e-15)
    assert not hidden.any()  # 误差乘 0 走不回来
    value, *_ = model.gradients(FEATURES, np.zeros((7, 10)), sigmoid_loss)
    assert value == pytest.approx(math.log(2), rel=1e-15)


def test_hidden_weights_have_the_promised_spread():
    weight = Network((200, 500, 2), seed=0).weights[0]
    assert weight.std() == pytest.approx(math.sqrt(2 / 200), rel=0.01)
    assert abs(weight.mean()) < 1e-3


def test_the_seed_decides_the_start():
    first, again, other = (Network((4, 5, 3), seed=seed).weights[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


# ---------------------------------------------------------------- 训练：公式


def plain_training(model, inputs, labels, loss, *, epochs, seed, batch_size, rate, mu=0.0,
                   decay=0.0, noise=0.0, anneal=False):  # fmt: skip
    """照文档的公式再写一遍：一步一步，不求快。返回参数与每轮的损失。"""
    weights = [w.copy() for w in model.weights]
    biases = [b.copy() for b in model.biases]
    speed = [np.zeros_like(p) for p in weights + biases]
    generator = np.random.default_rng(seed)
    count, steps, history = len(inputs), 0, []
    total = epochs * math.ceil(count / batch_size)
    for _ in range(epochs):
        order, losses_seen = generator.permutation(count), []
        for start in range(0, count, batch_size):
            rows = order[start : start + batch_size]
            u = inputs[rows]
            if noise:
                u = u + noise * generator.standard_normal(u.shape)
            copy = Network([len(weights[0]), *map(len, biases)], seed=0)
            copy.weights, copy.biases = weights, biases
            value, by_weight, by_bias = copy.gradients(u, labels[rows], loss)
            losses_seen += [value] * len(rows)
            now = rate * (1 - steps / total) if anneal else rate
            slopes = [g + decay * w for g, w in zip(by_weight, weights, strict=True)] + by_bias
            speed = [mu * v - now * g for v, g in zip(speed, slopes, strict=True)]
            moved = [p + v for p, v in zip(weights + biases, speed, strict=True)]
            weights, biases = moved[: len(weights)], moved[len(weights) :]
            steps += 1
        history.append(np.mean(losses_seen))
    return weights + biases, history


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mu": 0.9},
        {"decay": 0.1},
        {"mu": 0.5, "decay": 0.01, "anneal": True},
        {"anneal": True},
        {"noise": 0.3},
        {"mu": 0.9, "noise": 0.1, "anneal": True, "decay": 0.02},
    ],
    ids=str,
)
@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_updates_are_the_formulas(options, batch_size):
    """7 个样本：一批 3 个时最后一批只有 1 个；一批 100 个时只有一批。"""
    model = network()
    expected, history = plain_training(
        model, FEATURES, ONE_HOT, softmax_loss, epochs=3, seed=4, batch_size=batch_size,
        rate=0.1, **options)  # fmt: skip
    names = {"mu": "momentum", "decay": "weight_decay"}
    settings = {"momentum": 0.0} | {names.get(k, k): v for k, v in options.items()}
    _, losses_seen = fit(
        model, labels=ONE_HOT, loss=softmax_loss, seed=4, batch_size=batch_size,
        learning_rate=0.1, **settings)  # fmt: skip
    np.testing.assert_allclose(losses_seen, history, rtol=1e-12)
    for theta, other in zip(parameters(model), expected, strict=True):
        np.testing.assert_allclose(theta, other, rtol=1e-10, atol=1e-13)


def test_one_step_of_gradient_descent_by_hand():
    """一个特征、两类、一个样本：从 0 出发，q 是一半，走一步。"""
    model = Network((1, 2), seed=0)
    _, history = fit(model, [[2.0]], [0], epochs=1, batch_size=1, learning_rate=0.1, momentum=0.0)
    np.testing.assert_allclose(model.weights[0], [[0.1, -0.1]])
    np.testing.assert_allclose(model.biases[0], [0.05, -0.05])
    assert history == [pytest.approx(math.log(2))]


def test_weight_decay_spares_the_biases():
    """梯度是 0 的损失：只剩衰减，权重缩小，偏置不动。"""
    model = network()
    before = [theta.copy() for theta in parameters(model)]
    still = lambda labels, logits: (0.0, np.zeros_like(logits))  # noqa: E731
    fit(model, loss=still, epochs=1, batch_size=7, learning_rate=0.1, momentum=0,
        weight_decay=0.5)  # fmt: skip
    for theta, start in zip(model.weights, before, strict=False):
        np.testing.assert_allclose(theta, start * (1 - 0.1 * 0.5), rtol=1e-14)
    for theta, start in zip(model.biases, before[2:], strict=True):
        np.testing.assert_array_equal(theta, start)


def test_the_sum_over_labels_needs_a_learning_rate_k_times_smaller():
    """书里练习“学习率为什么要乘 10”：K 倍的梯度配 1/K 的学习率，路径相同。"""
    summed = lambda labels, logits: tuple(3 * part for part in sigmoid_loss(labels, logits))  # noqa: E731
    mean, _ = fit(labels=MULTI_HOT, loss=sigmoid_loss, learning_rate=0.3)
    total, _ = fit(labels=MULTI_HOT, loss=summed, learning_rate=0.1)
    for theta, other in zip(parameters(mean), parameters(total), strict=True):
        np.testing.assert_allclose(theta, other, rtol=1e-10, atol=1e-14)


def test_every_sample_is_used_once_an_epoch():
    seen = []

    def spy(labels, logits):
        seen.extend(labels.tolist())
        return sparse_softmax_loss(labels % 3, logits)

    fit(labels=np.arange(7), loss=spy, epochs=2, batch_size=3)
    trial, first, second = seen[:7], seen[7:14], seen[14:]
    assert trial == list(range(7))  # 动手之前的试算，次序没动
    assert sorted(first) == sorted(second) == list(range(7))
    assert len({tuple(trial), tuple(first), tuple(second)}) == 3  # 每轮重新打乱


def test_inputs_and_labels_are_left_alone():
    inputs, labels = FEATURES.copy(), CLASSES.copy()
    inputs.flags.writeable = labels.flags.writeable = False
    fit(inputs=inputs, labels=labels, noise=0.5)


def test_it_learns():
    generator = np.random.default_rng(8)
    classes = np.arange(90) % 3
    centres = 3 * np.array([[1, 0], [-1, 1], [-1, -1]])
    inputs = centres[classes] + generator.standard_normal((90, 2))
    model, history = fit(Network((2, 16, 3), seed=0), inputs, classes, epochs=30, batch_size=16)
    assert history[0] > history[-1]
    assert np.mean(model.logits(inputs).argmax(axis=1) == classes) > 0.95


# ---------------------------------------------------------------- 训练：报告与重复


def test_report_is_called_once_an_epoch_with_the_returned_losses():
    calls = []
    _, history = fit(epochs=4, report=lambda *call: calls.append(call))
    assert calls == list(enumerate(history, 1))
    assert all(type(value) is float for value in history)


def test_report_sees_the_network_after_the_epoch():
    model, snapshots = network(), []
    fit(model, epochs=2, report=lambda *_: snapshots.append(model.weights[0].copy()))
    np.testing.assert_array_equal(snapshots[-1], model.weights[0])
    assert (snapshots[0] != snapshots[1]).any()


def test_the_same_seed_gives_the_same_bits():
    first, history = fit(noise=0.1)
    again, repeated = fit(noise=0.1)
    assert history == repeated
    for theta, other in zip(parameters(first), parameters(again), strict=True):
        np.testing.assert_array_equal(theta, other)
    assert fit(noise=0.1, seed=1)[1] != history


def test_no_other_randomness_is_touched():
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    fit(noise=0.1)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_printed_digits_do_not_depend_on_the_number_of_threads():
    """BLAS 用几个线程，求和的次序不同，只差舍入；印出来的几位不变。"""
    code = """
import numpy as np
from ce_book.datasets import digits
from ce_book.training import Network, sparse_softmax_loss, train
images, classes = digits()
inputs = images.reshape(len(images), -1) / 16
network = Network((64, 128, 10), seed=0)
history = train(network, inputs[:1000], classes[:1000], sparse_softmax_loss,
                epochs=5, seed=0, batch_size=500, noise=0.2, anneal=True)
right = network.logits(inputs[1000:]).argmax(axis=1) == classes[1000:]
print([round(loss, 6) for loss in history], round(right.mean(), 4))
"""
    printed = set()
    for threads in "12":
        environment = os.environ | {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        run = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            env=environment, capture_output=True, text=True, check=True)  # fmt: skip
        printed.add(run.stdout)
    assert len(printed) == 1, printed


# ---------------------------------------------------------------- 发散


@pytest.mark.parametrize(("loss", "labels"), LABELLED)
def test_divergence_is_an_error_without_warnings(loss, labels):
    """学习率大得离谱：报错，说清第几轮、该怎么办；一条警告也没有（见 pytestmark）。"""
    with raises_saying(FloatingPointError, ["轮", "不是有限的数", "发散", "1e+200", "除以 10"]):
        fit(labels=labels, loss=loss, learning_rate=1e200, epochs=50)


def test_a_loss_that_is_not_finite_is_an_error():
    broken = lambda labels, logits: (NAN, np.zeros_like(logits))  # noqa: E731
    model = network()
    before = [theta.copy() for theta in parameters(model)]
    with raises_saying(FloatingPointError, ["第 1 轮第 1 批的损失", "学习率 0.05"]):
        fit(model, loss=broken)
    for theta, start in zip(parameters(model), before, strict=True):
        np.testing.assert_array_equal(theta, start)


def test_a_bad_gradient_in_the_last_batch_is_an_error():
    """最后一批的梯度坏了，不会再有 logits 露馅；要查参数本身。"""
    broken = lambda labels, logits: (1.0, np.full_like(logits, INF))  # noqa: E731
    with raises_saying(FloatingPointError, ["第 1 轮之后的参数", "不是有限的数"]):
        fit(loss=broken, epochs=1, batch_size=7)


def test_the_callers_warning_settings_survive():
    with np.errstate(over="raise"), warnings.catch_warnings():
        before = np.geterr()
        fit()
        assert np.geterr() == before


# ---------------------------------------------------------------- 坏输入


@pytest.mark.parametrize(
    ("sizes", "seed", "error", "parts"),
    [
        ((64,), 0, ValueError, ["sizes = (64,)", "(64, 10)"]),
        ((), 0, ValueError, ["sizes = ()"]),
        (64, 0, TypeError, ["sizes = 64", "一串整数"]),
        ((64, 0, 10), 0, ValueError, ["sizes[1] = 0", "不能小于 1"]),
        ((-64, 10), 0, ValueError, ["sizes[0] = -64"]),
        ((64, 10.0), 0, TypeError, ["sizes[1] 要是一个整数", "10.0"]),
        ((64, True), 0, TypeError, ["sizes[1] = True 是布尔值"]),
        ((64, "10"), 0, TypeError, ["sizes[1] 要是一个整数", "'10'"]),
        ((64, 10), -1, ValueError, ["seed = -1", "不能小于 0"]),
        ((64, 10), 0.5, TypeError, ["seed 要是一个整数", "0.5"]),
        ((64, 10), None, TypeError, ["seed 要是一个整数", "None"]),
    ],
)
def test_bad_networks(sizes, seed, error, parts):
    with raises_saying(error, parts):
        Network(sizes, seed=seed)


def test_sizes_may_be_numpy_integers():
    assert Network(np.array([4, 3]), seed=np.int64(0)).weights[0].shape == (4, 3)


def spoiled(value):
    inputs = FEATURES.copy()
    inputs[2, 1] = value
    return inputs


BAD_INPUTS = [
    (FEATURES[:, :3], ValueError, ["inputs 的形状是 (7, 3)", "(样本数, 4)"]),
    (FEATURES[0], ValueError, ["inputs 的形状是 (4,)", "一个样本一行"]),
    (FEATURES.reshape(7, 2, 2), ValueError, ["(7, 2, 2)", "reshape(len(images), -1)"]),
    (np.zeros((0, 4)), ValueError, ["inputs 一个样本也没有"]),
    (spoiled(NAN), ValueError, ["inputs[2, 1] = nan"]),
    (spoiled(INF), ValueError, ["inputs[2, 1] = inf", "有限"]),
    (spoiled(-INF), ValueError, ["inputs[2, 1] = -inf"]),
    ([[1.0, 2.0], [3.0]], ValueError, ["inputs 不能变成数组"]),
    ([["1", "2", "3", "4"]], TypeError, ["inputs[0, 0]"]),
    (FEATURES + 0j, TypeError, ["inputs", "complex"]),
]


@pytest.mark.parametrize(("inputs", "error", "parts"), BAD_INPUTS)
@pytest.mark.parametrize("entry", ["logits", "gradients", "train"])
def test_bad_inputs(entry, inputs, error, parts):
    model = network()
    with raises_saying(error, parts):
        if entry == "logits":
            model.logits(inputs)
        elif entry == "gradients":
            model.gradients(inputs, CLASSES, sparse_softmax_loss)
        else:
            fit(model, inputs)


@pytest.mark.parametrize(
    ("labels", "error", "parts"),
    [
        (CLASSES[:5], ValueError, ["labels 的形状是 (5,)", "inputs 有 7 个样本"]),
        (ONE_HOT[:6], ValueError, ["labels 的形状是 (6, 3)"]),
        (1, ValueError, ["labels 的形状是 ()"]),
        ([[0, 1], [1]] * 4, ValueError, ["labels 不能变成数组"]),
        (["0"] * 7, TypeError, ["labels[0]"]),
        (CLASSES + 1, ValueError, ["classes[1] = 3", "0 到 2", "先减 1"]),
        (ONE_HOT, TypeError, ["classes[0, 0]", "softmax_cross_entropy"]),
        (CLASSES.astype(float), TypeError, ["classes[0] = 0.0 不是整数", "astype(int)"]),
        (np.where(np.arange(7) == 6, -1, CLASSES), ValueError, ["classes[6] = -1", "忽略"]),
    ],
)
def test_bad_labels_change_nothing(labels, error, parts):
    """位置是调用者给的次序，不是打乱之后的；第一步之前就报错。"""
    model = network()
    before = [theta.copy() for theta in parameters(model)]
    with raises_saying(error, parts):
        fit(model, labels=labels)
    for theta, start in zip(parameters(model), before, strict=True):
        np.testing.assert_array_equal(theta, start)


@pytest.mark.parametrize(
    ("name", "value", "error", "parts"),
    [
        ("epochs", 0, ValueError, ["epochs = 0", "不能小于 1"]),
        ("epochs", 2.0, TypeError, ["epochs 要是一个整数", "2.0"]),
        ("batch_size", 0, ValueError, ["batch_size = 0"]),
        ("batch_size", None, TypeError, ["batch_size 要是一个整数", "None"]),
        ("batch_size", True, TypeError, ["batch_size = True 是布尔值"]),
        ("seed", -1, ValueError, ["seed = -1"]),
        ("seed", "0", TypeError, ["seed 要是一个整数", "'0'"]),
        ("learning_rate", 0, ValueError, ["learning_rate = 0", "大于 0"]),
        ("learning_rate", -0.1, ValueError, ["learning_rate = -0.1", "大于 0"]),
        ("learning_rate", NAN, ValueError, ["learning_rate = nan", "有限"]),
        ("learning_rate", INF, ValueError, ["learning_rate = inf", "有限"]),
        ("learning_rate", "0.1", TypeError, ["learning_rate 要是一个数", "'0.1'"]),
        ("momentum", 1, ValueError, ["momentum = 1", "不小于 0", "小于 1"]),
        ("momentum", -0.1, ValueError, ["momentum = -0.1"]),
        ("momentum", False, TypeError, ["momentum 要是一个数", "False"]),
        ("weight_decay", -1e-3, ValueError, ["weight_decay = -0.001", "不小于 0"]),
        ("weight_decay", 1j, TypeError, ["weight_decay 要是一个数", "1j"]),
        ("noise", -0.2, ValueError, ["noise = -0.2"]),
        ("noise", NAN, ValueError, ["noise = nan"]),
    ],
)
def test_bad_settings_change_nothing(name, value, error, parts):
    model = network()
    before = model.weights[0].copy()
    with raises_saying(error, parts):
        fit(model, **{name: value})
    np.testing.assert_array_equal(model.weights[0], before)


@pytest.mark.parametrize(
    ("loss", "parts"),
    [
        (lambda y, x: (np.zeros(3), x), ["损失是 1 维"]),
        (lambda y, x: (0.0, x[0]), ["梯度的形状是 (3,)", "logits 同形状"]),
        (lambda y, x: (0.0, 0.0), ["梯度的形状是 ()"]),
    ],
)
def test_losses_that_break_the_agreement(loss, parts):
    with raises_saying(ValueError, parts):
        fit(loss=loss)
    with raises_saying(ValueError, parts):
        network().gradients(FEATURES, CLASSES, loss)


def test_the_formulas_in_the_table():
    """模块开头的表：梯度的每个元素。"""
    x = np.random.default_rng(9).standard_normal((7, 3))
    np.testing.assert_allclose(softmax_loss(SOFT, x)[1], (softmax(x) - SOFT) / 7, rtol=1e-14)
    np.testing.assert_allclose(
        sigmoid_loss(MULTI_HOT, x)[1], (sigmoid(x) - MULTI_HOT) / 21, rtol=1e-14
    )
