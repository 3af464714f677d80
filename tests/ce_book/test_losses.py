"""ce_book.losses：例子、彼此一致、梯度对照符号推导、对照 mpmath 的精度、极限、坏输入。"""

import doctest
import itertools
import math
import subprocess
import sys
import tracemalloc

import mpmath
import numpy as np
import pytest
import sympy as sp
from arrangements import layouts
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from messages import raises_saying
from reference import (
    MOST_ULPS,
    exact,
    exact_log_sigmoid,
    exact_shortfalls,
    hard_logits,
    hard_rows,
    ulps,
)
from truth import weighted

from ce_book import losses
from ce_book._numerics import softplus_of_minus_abs
from ce_book.activations import sigmoid, softmax
from ce_book.information import cross_entropy
from ce_book.losses import (
    binary_cross_entropy,
    categorical_cross_entropy,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
    sparse_softmax_cross_entropy,
)

ELEMENTWISE = [binary_cross_entropy, sigmoid_cross_entropy]
ROWWISE = [categorical_cross_entropy, softmax_cross_entropy]
PAIRED = ELEMENTWISE + ROWWISE
FROM_LOGITS = [sigmoid_cross_entropy, softmax_cross_entropy]
INF, NAN = math.inf, math.nan


def every(function, *args):
    """不汇总的损失。"""
    return function(*args, reduction="none")


# ---------------------------------------------------------------- 例子


def test_doctests():
    result = doctest.testmod(losses)
    assert result.failed == 0
    assert result.attempted >= 9


@pytest.mark.parametrize("module", ["losses", "activations"])
def test_import_needs_only_numpy(module):
    code = (
        f"import sys, ce_book.{module};"
        "sys.exit(any(m in sys.modules for m in ('sympy', 'matplotlib', 'scipy', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (lambda: binary_cross_entropy(1, 0.25), 2 * math.log(2)),
        (lambda: binary_cross_entropy(0.5, 0.5), math.log(2)),
        (lambda: binary_cross_entropy([1, 0], [0.8, 0.4]), -math.log(0.8 * 0.6) / 2),
        (lambda: sigmoid_cross_entropy(1, 0), math.log(2)),
        (lambda: sigmoid_cross_entropy(0, -1000.0), 0),
        (lambda: sigmoid_cross_entropy(1, -1000.0), 1000),
        (lambda: categorical_cross_entropy([0, 1, 0], [0.3, 0.6, 0.1]), -math.log(0.6)),
        (lambda: softmax_cross_entropy([1, 0, 0], [7, 7, 7]), math.log(3)),
        (lambda: softmax_cross_entropy([1, 0], [-1000, 1000]), 2000),
        (lambda: sparse_softmax_cross_entropy(1, [0, math.log(3)]), math.log(4 / 3)),
    ],
)
def test_known_values(value, expected):
    assert value() == pytest.approx(expected, rel=2e-16, abs=0)


# ---------------------------------------------------------------- 彼此一致
# 概率留在 1e-6 与 1 - 1e-6 之间：再往外，概率自己的舍入误差就看得出来了。

SAFE = st.floats(-13, 13)
LABEL = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))


@st.composite
def batches(draw, elements=SAFE):
    """(标签, logits)，形状 (m, K)；标签的每行是一个分布。"""
    shape = draw(st.tuples(st.integers(1, 4), st.integers(2, 6)))
    logits = draw(hnp.arrays(np.float64, shape, elements=elements))
    weights = draw(hnp.arrays(np.float64, shape, elements=st.floats(0.01, 1)))
    return weights / weights.sum(axis=-1, keepdims=True), logits


@given(hnp.arrays(np.float64, 5, elements=LABEL), hnp.arrays(np.float64, 5, elements=SAFE))
def test_bce_from_logits_and_from_probabilities(labels, logits):
    from_logits = every(sigmoid_cross_entropy, labels, logits)
    from_probs = every(binary_cross_entropy, labels, sigmoid(logits))
    assert from_logits == pytest.approx(from_probs, rel=1e-9, abs=0)


@given(batches())
def test_softmax_ce_from_logits_and_from_probabilities(batch):
    labels, logits = batch
    from_probs = every(categorical_cross_entropy, labels, softmax(logits))
    assert every(softmax_cross_entropy, labels, logits) == pytest.approx(
        from_probs, rel=1e-12, abs=0
    )


@given(batches(st.floats(-1e4, 1e4)), st.data())
def test_sparse_is_one_hot(batch, data):
    _, logits = batch
    size = logits.shape[-1]
    classes = data.draw(hnp.arrays(np.int64, len(logits), elements=st.integers(0, size - 1)))
    sparse = every(sparse_softmax_cross_entropy, classes, logits)
    one_hot = every(softmax_cross_entropy, np.eye(size)[classes], logits)
    assert one_hot == pytest.approx(sparse, rel=2e-15, abs=0)


@given(LABEL, st.floats(-1e4, 1e4))
def test_two_class_softmax_is_sigmoid(label, logit):
    pair = softmax_cross_entropy([1 - label, label], [0, logit])
    # 标签的 1 - y 自己有舍入误差，所以按绝对误差与 |x| 相比。
    assert pair == pytest.approx(
        sigmoid_cross_entropy(label, logit), rel=1e-14, abs=1e-15 * abs(logit)
    )


@given(st.floats(-700, 700), st.integers(-9, 9), st.booleans())
def test_only_the_difference_of_two_logits_counts(logit, shift, label):
    pair = sparse_softmax_cross_entropy(int(label), [shift, shift + logit])
    alone = sigmoid_cross_entropy(label, (shift + logit) - shift)
    assert pair == pytest.approx(alone, rel=1e-13, abs=0)


@given(st.floats(0, 1), st.floats(1e-300, 1, exclude_max=True))
def test_binary_is_categorical_with_two_classes(label, prob):
    rows = categorical_cross_entropy([label, 1 - label], [prob, 1 - prob])
    assert binary_cross_entropy(label, prob) == pytest.approx(rows, rel=1e-9, abs=1e-15)


@given(batches())
def test_categorical_is_the_cross_entropy_of_part_one(batch):
    labels, logits = batch
    q = softmax(logits)
    expected = cross_entropy(labels, q)
    assert every(categorical_cross_entropy, labels, q) == pytest.approx(expected, rel=1e-15, abs=0)


@given(st.lists(SAFE, min_size=2, max_size=4), st.data())
def test_multi_label_sum_is_one_softmax_over_all_subsets(logits, data):
    """K 个 sigmoid 之和，等于 2^K 种标签组合上的一个 softmax。"""
    labels = data.draw(st.tuples(*[st.integers(0, 1)] * len(logits)))
    subsets = list(itertools.product([0, 1], repeat=len(logits)))
    scores = [float(np.dot(subset, logits)) for subset in subsets]
    together = sparse_softmax_cross_entropy(subsets.index(labels), scores)
    alone = sigmoid_cross_entropy(labels, logits, reduction="sum")
    assert together == pytest.approx(alone, rel=1e-10, abs=0)


@given(batches(), st.floats(-50, 50))
def test_softmax_ce_ignores_a_common_shift(batch, shift):
    labels, logits = batch
    before, after = (every(softmax_cross_entropy, labels, x) for x in (logits, logits + shift))
    assert after == pytest.approx(before, rel=1e-9, abs=0)


@given(batches(st.floats(-300, 300)))
def test_losses_are_never_below_the_entropy_of_the_labels(batch):
    labels, logits = batch
    floor = cross_entropy(labels, labels)
    assert (every(softmax_cross_entropy, labels, logits) >= floor - 1e-12).all()
    assert (every(sigmoid_cross_entropy, labels, logits) >= 0).all()


# ---------------------------------------------------------------- 梯度
# 三方对照：SymPy 对教科书公式求导后 lambdify、书里证明的 q - y、ce_book 的中心差分。


def central_difference(loss, logits, h=1e-5):
    slope = np.empty_like(logits)
    for k in np.ndindex(logits.shape):
        step = np.zeros_like(logits)
        step[k] = h
        slope[k] = (loss(logits + step) - loss(logits - step)) / (2 * h)
    return slope


def test_gradient_of_sigmoid_cross_entropy():
    x, y = sp.symbols("x y", real=True)
    sigma = 1 / (1 + sp.exp(-x))
    textbook = -y * sp.log(sigma) - (1 - y) * sp.log(1 - sigma)
    first = sp.lambdify((x, y), sp.diff(textbook, x))
    second = sp.lambdify((x, y), sp.diff(textbook, x, 2))
    rng = np.random.default_rng(6)
    labels, logits = rng.random(40), rng.uniform(-6, 6, 40)
    labels[:10] = np.arange(10) % 2
    q = sigmoid(logits)
    assert first(logits, labels) == pytest.approx(q - labels, rel=1e-9, abs=1e-12)
    assert second(logits, labels) == pytest.approx(q * (1 - q), rel=1e-9, abs=0)
    for reduction, scale in [("sum", 1), ("mean", 1 / labels.size)]:
        numeric = central_difference(
            lambda x, r=reduction: sigmoid_cross_entropy(labels, x, reduction=r), logits
        )
        assert numeric == pytest.approx(scale * (q - labels), rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_gradient_and_hessian_of_softmax_cross_entropy(size):
    x = sp.symbols(f"x0:{size}", real=True)
    y = sp.symbols(f"y0:{size}", positive=True)
    total = sum(sp.exp(a) for a in x)
    textbook = -sum(b * sp.log(sp.exp(a) / total) for a, b in zip(x, y, strict=True))
    gradient = sp.lambdify((x, y), [sp.diff(textbook, a) for a in x])
    hessian = sp.lambdify((x, y), [[sp.diff(textbook, a, b) for a in x] for b in x])
    rng = np.random.default_rng(size)
    for _ in range(10):
        logits, labels = rng.normal(size=size) * 3, rng.dirichlet([1] * size)
        q = softmax(logits)
        assert gradient(logits, labels) == pytest.approx(q - labels, rel=1e-9, abs=1e-12)
        covariance = np.diag(q) - np.outer(q, q)
        assert np.array(hessian(logits, labels)) == pytest.approx(covariance, rel=1e-8, abs=1e-12)
        numeric = central_difference(lambda v, y=labels: softmax_cross_entropy(y, v), logits)
        assert numeric == pytest.approx(q - labels, rel=1e-5, abs=1e-8)


def test_gradient_of_binary_cross_entropy_in_the_probability():
    q, y = sp.symbols("q y", positive=True)
    slope = sp.lambdify((q, y), sp.diff(-y * sp.log(q) - (1 - y) * sp.log(1 - q), q))
    rng = np.random.default_rng(8)
    labels, probs = rng.random(20), rng.uniform(0.05, 0.95, 20)
    numeric = central_difference(
        lambda p: binary_cross_entropy(labels, p, reduction="sum"), probs, 1e-6
    )
    assert numeric == pytest.approx(slope(probs, labels), rel=1e-5, abs=1e-7)


# ---------------------------------------------------------------- 精度


SOFT = [0, 1, 0.5, 0.9, 1e-20, 1e-300, 1 - 2**-53, 1 - 1e-10]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sigmoid_cross_entropy_accuracy(dtype):
    logits = hard_logits(dtype)
    for soft in SOFT:
        label = dtype(soft)
        y = exact(label)
        results = every(sigmoid_cross_entropy, np.full(logits.shape, label), logits)
        for x, result in zip(map(exact, logits), results, strict=True):
            truth = -weighted(y, exact_log_sigmoid(x)) - weighted(1 - y, exact_log_sigmoid(-x))
            assert ulps(result, truth) <= MOST_ULPS[dtype], (soft, x)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_binary_cross_entropy_accuracy(dtype):
    probs = np.array(
        [5e-324, 1e-300, 1e-40, 1e-7, 0.3, 0.5, 0.9, 1 - 1e-7, 1 - 2**-53, 0, 1], dtype
    )
    for soft in SOFT:
        label = dtype(soft)
        y = exact(label)
        results = every(binary_cross_entropy, np.full(probs.shape, label), probs)
        for q, result in zip(map(exact, probs), results, strict=True):
            if (q == 0 and y > 0) or (q == 1 and y < 1):
                truth = mpmath.inf
            else:
                yes = weighted(y, mpmath.log(q) if q else 0)
                truth = -yes - weighted(1 - y, mpmath.log1p(-q) if q < 1 else 0)
            assert ulps(result, truth) <= MOST_ULPS[dtype], (soft, q)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("offset", [0, 1e4, -1e8])
@pytest.mark.parametrize("size", [2, 3, 300])
def test_softmax_cross_entropy_accuracy(dtype, offset, size):
    rng = np.random.default_rng(size)
    for logits in hard_rows(dtype, size, offset):
        shortfalls = exact_shortfalls(logits)
        for c in {0, size // 2, int(logits.argmax())}:
            for reduction, most in [("none", MOST_ULPS[dtype]), ("mean", 4)]:
                result = sparse_softmax_cross_entropy(c, logits, reduction=reduction)
                assert ulps(result, shortfalls[c]) <= most
        labels = rng.dirichlet([0.3] * size).astype(dtype)
        truth = mpmath.fsum(exact(y) * s for y, s in zip(labels, shortfalls, strict=True))
        assert ulps(every(softmax_cross_entropy, labels, logits), truth) <= MOST_ULPS[dtype]
        assert ulps(softmax_cross_entropy(labels, logits), truth) <= 4


def one_of_each(dtype, size=1):
    """五个损失各一组 (函数, 标签, 预测)：``size`` 个相同的损失。"""
    row, logits = np.array([[0.25, 0.75]] * size, dtype), np.array([[0.3, -5]] * size, dtype)
    return [
        (binary_cross_entropy, row[:, 0], row[:, 1]),
        (sigmoid_cross_entropy, row[:, 0], logits[:, 1]),
        (categorical_cross_entropy, row, row),
        (softmax_cross_entropy, row, logits),
        (sparse_softmax_cross_entropy, np.ones(size, int), logits),
    ]


@pytest.mark.parametrize("which", range(5))
@pytest.mark.parametrize("size", [1000, 2**18 + 1])
def test_float32_is_summed_in_float64(which, size):
    function, labels, predictions = one_of_each(np.float32, size)[which]
    one = float(function(labels[:1], predictions[:1]))
    for reduction, truth in [("sum", one * size), ("mean", one)]:
        result = function(labels, predictions, reduction=reduction)
        assert result.dtype == np.float32
        assert ulps(result, exact(truth)) <= 1.01  # 在 float32 里逐个累加，这么多个会差上百 ulp


def extra_memory(function, *args):
    """计算时多占的内存的最大值，除以输入的大小。"""
    function(*args)  # 第一次调用另有一次性的开销
    tracemalloc.start()
    function(*args)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / sum(array.nbytes for array in args)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(10**6,), (65_536, 10), (4096, 1000), (256, 50_257)])
def test_little_extra_memory(shape, dtype):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=shape).astype(dtype)
    labels = rng.random(shape).astype(dtype)
    assert extra_memory(sigmoid_cross_entropy, labels, logits) <= 0.05
    if len(shape) > 1:
        labels /= labels.sum(axis=-1, keepdims=True)
        classes = rng.integers(0, shape[1], shape[0])
        assert extra_memory(softmax_cross_entropy, labels, logits) <= 0.05
        assert extra_memory(sparse_softmax_cross_entropy, classes, logits) <= 0.05


def test_every_float32_logit_near_the_corner():
    """float32 的平均在 float32 里计算：x 在 ±[1/4, 8) 的每一个 float32，损失都在 4 ulp 以内。"""
    bits = np.arange(np.float32(0.25).view(np.uint32), np.float32(8).view(np.uint32))
    for x in np.array_split(bits.astype(np.uint32).view(np.float32), 40):
        got, wide = softplus_of_minus_abs(x), x.astype(np.float64)
        truth = np.log1p(np.exp(-wide))
        assert (np.abs(got - truth) <= 4 * np.spacing(truth.astype(np.float32))).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_categorical_cross_entropy_accuracy(dtype):
    for size in (2, 3, 300):
        labels, probs = np.random.default_rng(size).dirichlet([0.3] * size, 2).astype(dtype)
        truth = mpmath.fsum(
            -weighted(exact(y), mpmath.log(exact(q)) if q else 0)
            for y, q in zip(labels, probs, strict=True)
        )
        assert ulps(categorical_cross_entropy(labels, probs), truth) <= MOST_ULPS[dtype]


@pytest.mark.parametrize("function", ELEMENTWISE)
@pytest.mark.parametrize("seed", range(8))  # 每次约有一半的可能碰巧相等
def test_sums_do_not_depend_on_memory_layout(function, seed):
    labels, predictions = np.random.default_rng(seed).random((2, 7, 1003))
    for reduction in ("sum", "mean"):
        expected = function(labels, predictions, reduction=reduction)
        for y, x in zip(layouts(labels), layouts(predictions), strict=True):
            assert function(y, x, reduction=reduction) == expected


@pytest.mark.parametrize("size", [1000, 50_257])
def test_memory_layout_does_not_matter(size):
    rng = np.random.default_rng(size)
    logits, labels = rng.normal(size=(4, size)), rng.dirichlet([1] * size, 4)
    classes = labels.argmax(axis=-1)
    for reduction in ("none", "sum", "mean"):
        for function, y, x in [
            (softmax_cross_entropy, labels, logits),
            (categorical_cross_entropy, labels, softmax(logits)),
            (sigmoid_cross_entropy, labels, logits),
            (binary_cross_entropy, labels, softmax(logits)),
        ]:
            expected = function(y, x, reduction=reduction)
            for each_y, each_x in itertools.product(layouts(y), layouts(x)):
                assert np.array_equal(function(each_y, each_x, reduction=reduction), expected)
        expected = sparse_softmax_cross_entropy(classes, logits, reduction=reduction)
        for each in layouts(logits):
            result = sparse_softmax_cross_entropy(classes, each, reduction=reduction)
            assert np.array_equal(result, expected)


# ---------------------------------------------------------------- 极限


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (lambda: every(sigmoid_cross_entropy, [1, 0, 0.5], [INF, INF, INF]), [0, INF, INF]),
        (lambda: every(sigmoid_cross_entropy, [1, 0, 0.5], [-INF, -INF, -INF]), [INF, 0, INF]),
        (lambda: every(binary_cross_entropy, [1, 0, 1, 0], [1, 0, 0, 1]), [0, 0, INF, INF]),
        (lambda: every(categorical_cross_entropy, [[1, 0], [0.5, 0.5]], [[1, 0]] * 2), [0, INF]),
        (lambda: softmax_cross_entropy([0.5, 0.5, 0], [3, 3, -INF]), math.log(2)),  # 遮住的类
        (lambda: softmax_cross_entropy([0, 0, 1], [3, 3, -INF]), INF),
        (lambda: softmax_cross_entropy([0, 1, 0], [3, INF, 4]), 0),
        (lambda: softmax_cross_entropy([0, 0, 1], [3, INF, 4]), INF),
        (lambda: sparse_softmax_cross_entropy(0, [INF, -INF]), 0),
        (lambda: sparse_softmax_cross_entropy(1, [1e308, -1e308]), INF),  # 真值超出 float64
        # 差距溢出，乘上标签却不溢出
        (lambda: softmax_cross_entropy([0.5, 0.5], [1e308, -1e308]), 1e308),
        (lambda: softmax_cross_entropy([1, 1e-300], [1.7e308, -1.7e308]), 3.4e8),
        (lambda: softmax_cross_entropy([0.5, 0.5, 0], [1e308, -1e308, -INF]), 1e308),
        (lambda: softmax_cross_entropy([0.5, 0.5], [1e308, -INF]), INF),
        (lambda: softmax_cross_entropy([0.5, 0.5], [INF, -1e308]), INF),
        # 和溢出，平均却不溢出
        (lambda: sigmoid_cross_entropy([0, 0], [1.7e308] * 2), 1.7e308),
        (lambda: sigmoid_cross_entropy([0, 0], [1.7e308] * 2, reduction="sum"), INF),
        (lambda: sparse_softmax_cross_entropy([1, 1], [[1.7e308, 0]] * 2), 1.7e308),
        (lambda: softmax_cross_entropy([[0, 1]] * 2, [[1.7e308, 0]] * 2), 1.7e308),
        (lambda: sigmoid_cross_entropy([0, 0], [INF, 0]), INF),
        (lambda: sigmoid_cross_entropy([0, 0], np.float32([3e38] * 2)), np.float32(3e38)),
    ],
)
def test_limits_without_warnings(value, expected):
    with np.errstate(all="raise"):
        assert np.array_equal(value(), expected)


@pytest.mark.parametrize("gap", [*range(700, 746, 3), 746, 1e20, 1.7e308])
def test_underflow_is_silent(gap):
    with np.errstate(all="raise"):
        for reduction in ("none", "sum", "mean"):
            for y in (0, 1, 0.3, 1e-300, 5e-324):
                assert (sigmoid_cross_entropy([y], [gap], reduction=reduction) >= 0).all()
                assert (sigmoid_cross_entropy([y], [-gap], reduction=reduction) >= 0).all()
                for q in (5e-324, 1e-300, 1 - 2**-53):
                    assert (binary_cross_entropy([y], [q], reduction=reduction) > 0).all()
                    rows = [1 - y, y], [1 - q, q]
                    assert (categorical_cross_entropy(*rows, reduction=reduction) >= 0).all()
                for logits in ([0.3, -gap], [gap, -gap]):
                    assert (
                        softmax_cross_entropy([1 - y, y], logits, reduction=reduction) >= 0
                    ).all()
            assert (sparse_softmax_cross_entropy(0, [0.3, -gap], reduction=reduction) >= 0).all()


# ---------------------------------------------------------------- 归约、形状、类型


@pytest.mark.parametrize("function", ELEMENTWISE)
def test_elementwise_reductions(function):
    rng = np.random.default_rng(4)
    labels, predictions = rng.integers(0, 2, (3, 4)), rng.random((3, 4))
    each = every(function, labels, predictions)
    assert each.shape == (3, 4)
    assert function(labels, predictions, reduction="sum") == pytest.approx(
        each.sum(), rel=1e-15, abs=0
    )
    assert function(labels, predictions) == pytest.approx(each.sum() / 12, rel=1e-15, abs=0)


@pytest.mark.parametrize("function", ROWWISE)
def test_row_reductions(function):
    rng = np.random.default_rng(4)
    labels, predictions = np.eye(4)[rng.integers(0, 4, (5, 3))], rng.dirichlet([1] * 4, (5, 3))
    each = every(function, labels, predictions)
    assert each.shape == (5, 3)
    assert function(labels, predictions, reduction="sum") == pytest.approx(
        each.sum(), rel=1e-15, abs=0
    )
    assert function(labels, predictions) == pytest.approx(each.sum() / 15, rel=1e-15, abs=0)


def test_nothing():
    for function in ELEMENTWISE:
        assert every(function, [], []).shape == (0,)
        assert function([], [], reduction="sum") == 0
    empty = np.zeros((0, 3))
    for function in ROWWISE:
        assert every(function, empty, empty).shape == (0,)
    assert sparse_softmax_cross_entropy([], empty, reduction="sum") == 0


@pytest.mark.parametrize(
    ("labels", "predictions", "result"),
    [("f4", "f4", "f4"), ("i8", "f4", "f4"), ("?", "f4", "f4"), ("f8", "f4", "f8"), ("f4", "f8", "f8"),
     ("f2", "f2", "f4"), ("i8", ">f4", "f4"), ("u1", "f8", "f8")],
)  # fmt: skip
@pytest.mark.parametrize("function", PAIRED)
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_dtypes(function, labels, predictions, result, reduction):
    y, q = np.array([[1, 0]], labels), np.array([[0.5, 0.5]], predictions)
    assert function(y, q, reduction=reduction).dtype == result


def test_lists_of_integers_do_not_widen_float32():
    logits = np.float32([0.3, 0.4])
    assert sigmoid_cross_entropy([0, 1], logits).dtype == np.float32
    assert sparse_softmax_cross_entropy(1, logits).dtype == np.float32


@pytest.mark.parametrize("function", PAIRED)
def test_input_is_left_alone(function):
    labels, predictions = np.eye(3), np.full((3, 3), 1 / 3)
    before = labels.copy(), predictions.copy()
    function(labels, predictions)
    assert np.array_equal(labels, before[0])
    assert np.array_equal(predictions, before[1])


def test_non_contiguous_input():
    rng = np.random.default_rng(5)
    big = rng.normal(size=(6, 8))
    logits, labels = big[::2, ::-2], np.eye(4)[[0, 3, 1]]
    for function in FROM_LOGITS:
        assert function(labels, logits) == function(labels.copy("F"), logits.copy("C"))


# ---------------------------------------------------------------- 坏输入

SWAPPED = "像是写反了"
P2 = [[0.5, 0.5]]


@pytest.mark.parametrize(
    ("call", "error", "parts"),
    [
        # 形状：从不广播
        (lambda: sigmoid_cross_entropy(np.ones(3), np.ones((3, 1))), ValueError,
         ["labels 与 logits", "(3,) 与 (3, 1)", "不做广播", "np.reshape(logits, (3,))"]),
        (lambda: binary_cross_entropy(1, [0.5, 0.5]), ValueError, ["labels 与 probs", "不做广播"]),
        (lambda: softmax_cross_entropy([0, 2], np.ones((2, 3))), ValueError,
         ["像类别编号", "np.eye(3)[np.asarray(labels).astype(int)]",
          "sparse_softmax_cross_entropy(np.asarray(labels).astype(int), …)"]),
        (lambda: categorical_cross_entropy([0, 1], np.full((2, 2), 0.5)), ValueError,
         ["像类别编号", "np.eye(2)[np.asarray(labels).astype(int)]"]),
        (lambda: softmax_cross_entropy(np.eye(3)[:2], np.ones((3, 2))), ValueError, ["转置"]),
        # 二元的标签
        (lambda: sigmoid_cross_entropy([-1, 1], [0.3, 2]), ValueError,
         ["labels[0] = -1.0", "±1", "(labels + 1) / 2"]),
        (lambda: sigmoid_cross_entropy([0.3, 2], [0, 1]), ValueError, ["labels[1] = 2.0", SWAPPED]),
        (lambda: sigmoid_cross_entropy([0, 3], [0.3, 2]), ValueError,
         ["labels[1] = 3.0", "类别编号", "sparse_softmax_cross_entropy"]),
        (lambda: sigmoid_cross_entropy([0, NAN], [0.3, 2]), ValueError,
         ["labels[1] = nan", "没有标签"]),
        (lambda: sigmoid_cross_entropy([0, -100], [0.3, 2]), ValueError,
         ["labels[1] = -100.0", "忽略"]),
        (lambda: sigmoid_cross_entropy([0, 1 + 1e-16 + 2e-16], [0.3, 2]), ValueError, ["舍入误差"]),
        (lambda: binary_cross_entropy([0.5, 70.5], [0.3, 0.2]), ValueError,
         ["labels[1] = 70.5", "百分数"]),
        (lambda: sigmoid_cross_entropy([1], [NAN]), ValueError, ["logits[0] = nan", "NaN"]),
        # 概率
        (lambda: binary_cross_entropy([1, 0], [2.3, -1.1]), ValueError,
         ["probs[0] = 2.3", "logits", "sigmoid_cross_entropy"]),
        (lambda: binary_cross_entropy([1, 0], [0.5, NAN]), ValueError, ["probs[1] = nan"]),
        (lambda: categorical_cross_entropy([[1, 0]], [[2.3, -1.1]]), ValueError,
         ["probs[0, 0] = 2.3", "logits", "softmax_cross_entropy"]),
        (lambda: categorical_cross_entropy([[1, 0]], [[0.7, 0.7]]), ValueError,
         ["probs[0, :] 之和是 1.4", "多标签", "binary_cross_entropy"]),
        (lambda: categorical_cross_entropy([[1]], [[0.7]]), ValueError,
         ["probs[0, :]", "binary_cross_entropy"]),
        # 每行一个分布的标签
        (lambda: softmax_cross_entropy([[1, 1, 0]], np.ones((1, 3))), ValueError,
         ["labels[0, :] 之和是 2", "多标签", "sigmoid_cross_entropy"]),
        (lambda: softmax_cross_entropy([[1, 0], [0, 0]], np.ones((2, 2))), ValueError,
         ["labels[1, :] 全是 0", "没有正确的类"]),
        (lambda: softmax_cross_entropy([[0.5, 0.4]], np.ones((1, 2))), ValueError,
         ["labels[0, :] 之和是 0.9"]),
        (lambda: softmax_cross_entropy([[2.0, -1.0]], [[0, 1]]), ValueError,
         ["labels[0, 0] = 2.0", SWAPPED]),
        (lambda: softmax_cross_entropy([[3, 0]], [[0.1, 0.2]]), ValueError,
         ["labels[0, 0] = 3.0", "像计数", "labels / np.sum(labels"]),
        (lambda: softmax_cross_entropy(1.0, 2.0), ValueError, ["labels = 1.0", "0 维"]),
        (lambda: categorical_cross_entropy(1.0, 1.0), ValueError, ["labels = 1.0", "0 维"]),
        (lambda: softmax_cross_entropy(np.ones((2, 0)), np.ones((2, 0))), ValueError, ["(2, 0)"]),
        (lambda: softmax_cross_entropy(np.eye(2), [[0, NAN], [0, 0]]), ValueError,
         ["logits[0, 1] = nan"]),
        (lambda: softmax_cross_entropy(np.eye(2), [[0, 0], [-INF, -INF]]), ValueError,
         ["logits[1, :] 全是 -inf"]),
        # 类别编号
        (lambda: sparse_softmax_cross_entropy(np.eye(3, dtype=int), np.ones((3, 3))), ValueError,
         ["classes", "独热", "softmax_cross_entropy", "np.argmax"]),
        (lambda: sparse_softmax_cross_entropy(np.eye(3), np.ones((3, 3))), TypeError,
         ["classes[0, 0] = 1.0", "softmax_cross_entropy"]),
        (lambda: sparse_softmax_cross_entropy([0.0, 1.0], np.ones((2, 3))), TypeError,
         ["classes[0] = 0.0 不是整数", ".astype(int)"]),
        (lambda: sparse_softmax_cross_entropy([0.5, 1.0], np.ones((2, 3))), TypeError, ["不是整数"]),
        (lambda: sparse_softmax_cross_entropy([True, False], np.ones((2, 3))), TypeError,
         ["布尔", ".astype(int)"]),
        (lambda: sparse_softmax_cross_entropy([0, -1], np.ones((2, 3))), ValueError,
         ["classes[1] = -1", "忽略"]),
        (lambda: sparse_softmax_cross_entropy([1, 2, 3], np.ones((3, 3))), ValueError,
         ["classes[2] = 3", "0 到 2", "从 1 开始"]),
        (lambda: sparse_softmax_cross_entropy([0, 7], np.ones((2, 3))), ValueError,
         ["classes[1] = 7", "0 到 2"]),
        (lambda: sparse_softmax_cross_entropy([[0], [1]], np.ones((2, 3))), ValueError,
         ["(2,)", "(2, 1)", "np.reshape(classes, (2,))"]),
        (lambda: sparse_softmax_cross_entropy(np.ones((2, 3), int), [0, 1]), ValueError, [SWAPPED]),
        (lambda: sparse_softmax_cross_entropy([0, 1, 1], np.ones((2, 3))), ValueError,
         ["(3,)", "每行 logits"]),
        (lambda: sparse_softmax_cross_entropy(0, 0.5), ValueError, ["logits = 0.5", "0 维"]),
        (lambda: sparse_softmax_cross_entropy(["0"], np.ones((1, 3))), TypeError, ["classes[0] = '0'"]),
        (lambda: sparse_softmax_cross_entropy(0, [INF, INF]), ValueError, ["不止一个 +inf"]),
        # 归约
        (lambda: binary_cross_entropy([1], [0.5], reduction="avg"), ValueError,
         ["reduction = 'avg'", "'mean'、'sum' 和 'none'"]),
        (lambda: categorical_cross_entropy(P2, P2, reduction=None), ValueError,
         ["reduction = None", "'none'"]),
        (lambda: binary_cross_entropy([], []), ValueError, ["'mean'", "(0,)", "空"]),
        (lambda: softmax_cross_entropy(np.zeros((0, 3)), np.zeros((0, 3))), ValueError, ["'mean'"]),
        # 类型
        (lambda: binary_cross_entropy(["yes"], [0.5]), TypeError, ["labels[0] = 'yes'"]),
        (lambda: sigmoid_cross_entropy([1], [1j]), TypeError, ["logits[0] = 1j", "复数"]),
        (lambda: sigmoid_cross_entropy([[1], [1, 0]], [1]), ValueError, ["labels[0] 是长 1"]),
        (lambda: binary_cross_entropy(np.ma.array([1.0], mask=[1]), [0.5]), TypeError, ["掩码"]),
    ],
)  # fmt: skip
def test_bad_input(call, error, parts):
    with np.errstate(all="raise"), raises_saying(error, parts):
        call()


LOGITS_22 = [[0.3, 1.2], [2.0, 1.0]]
P12, P3 = np.array([[0.25, 0.75]]), [[0.2, 0.5, 0.3]]
SWAP = "写反了"
CHANNEL_FIRST = np.moveaxis(np.eye(3)[np.zeros((2, 4, 4), int)], -1, 1)


@pytest.mark.parametrize(
    ("call", "parts", "wrong"),
    [
        # 损失没有 axis 可改，也不必拉成一行
        (lambda: softmax_cross_entropy([[1, 1, 0], [0, 0, 1]], np.zeros((2, 3))),
         ["labels[0, :] 之和是 2", "多标签", "用 sigmoid_cross_entropy"],
         ["也许该写", "转置", "binary_cross_entropy"]),
        (lambda: softmax_cross_entropy([[0.5, 0.2], [0.5, 0.8]], np.zeros((2, 2))),
         ["labels[0, :]", "转置", "np.moveaxis(labels, 0, -1)"], ["也许该写"]),
        (lambda: categorical_cross_entropy(np.eye(2), [[0.5, 0.2], [0.5, 0.8]]),
         ["probs[0, :]", "转置", "np.moveaxis(probs, 0, -1)"], ["也许该写"]),
        (lambda: softmax_cross_entropy(CHANNEL_FIRST, np.zeros((2, 3, 4, 4))),
         ["全是 0", "转置", "np.moveaxis(labels, 1, -1)"], ["多标签"]),
        (lambda: softmax_cross_entropy([[0.25, 0.25], [0.1, 0.4]], np.zeros((2, 2))),
         ["labels[0, :] 之和是 0.5", "漏了类别"], ["np.ravel", "联合分布"]),
        (lambda: softmax_cross_entropy(np.ones((2, 0)), np.ones((2, 0))), ["(2, 0)"], ["axis="]),
        # 写反了：要等舍入、±1 与整数的解释都不成立
        (lambda: sigmoid_cross_entropy([-1, 1], [0, 0]), ["±1"], [SWAP]),
        (lambda: sigmoid_cross_entropy([-1, 1], [0, 1]), ["±1"], [SWAP]),
        (lambda: sigmoid_cross_entropy([2, 0, 1], [0.0, 0, 0]), ["labels[0] = 2.0", "类别编号"], [SWAP]),
        (lambda: sigmoid_cross_entropy([2, 0, 1], [0, 1, 1]), ["类别编号"], [SWAP]),
        (lambda: sigmoid_cross_entropy([2, 0, -1], [0, 0, 0]), ["类别编号"], [SWAP]),
        (lambda: binary_cross_entropy([1 + 4e-16], [1.0]), ["labels[0] = 1.0", "舍入"], [SWAP]),
        (lambda: sigmoid_cross_entropy([0, -100], [0, 1]), ["labels[1] = -100.0", "忽略"], [SWAP]),
        (lambda: sigmoid_cross_entropy([0.3, 2.2], [0, 1]), ["labels[1] = 2.2", "logits 却像", SWAP], []),
        (lambda: binary_cross_entropy([0.3, -3], [0, 1]), ["labels[1] = -3.0", "probs 却像", SWAP], ["logits"]),
        (lambda: sparse_softmax_cross_entropy(LOGITS_22, [0, 1]), [SWAP, "类别编号在前"], []),
        (lambda: sparse_softmax_cross_entropy([[3.0, 1], [2, 1]], [0, 1]), [SWAP], ["不是整数"]),
        (lambda: sparse_softmax_cross_entropy([0.3, 1.2], 1), [SWAP], ["0 维"]),
        (lambda: softmax_cross_entropy(LOGITS_22, [0, 1]),
         [SWAP, "logits 却像", "sparse_softmax_cross_entropy"], ["broadcast_to"]),
        (lambda: softmax_cross_entropy([[3.0, 1], [2, 1]], [0, 1]), [SWAP], ["broadcast_to"]),
        (lambda: softmax_cross_entropy(np.eye(2), [0, 1]), ["不做广播"], [SWAP]),
        (lambda: softmax_cross_entropy(LOGITS_22, [[0.5, 0.5], [0.1, 0.9]]),
         ["labels[0, 1] = 1.2", SWAP], []),
        # 每行的标签
        (lambda: softmax_cross_entropy([[70, 30]], [[1.0, 2]]), ["百分数"], ["类别编号"]),
        (lambda: softmax_cross_entropy([[3, 1], [0, 4]], np.zeros((2, 2))),
         ["labels[0, 0] = 3.0", "像计数，先除以总和：labels / np.sum(labels"], ["类别编号", SWAP]),
        (lambda: softmax_cross_entropy(np.log(P12), [[1.0, 2]]), ["对数概率", "np.exp"], [SWAP]),
        (lambda: softmax_cross_entropy([[1.2, -0.2]], np.zeros((1, 2))),
         ["labels[0, 0] = 1.2", "像 logits", "softmax"], [SWAP, "改用"]),
        (lambda: softmax_cross_entropy([[0, -100.0]], [[0.0, 1]]), ["忽略"], [SWAP]),
        (lambda: softmax_cross_entropy([[1, NAN]], [[1.0, 2]]), ["labels[0, 1] = nan", "没有标签"], []),
        (lambda: softmax_cross_entropy([[0.9, 0.8, 0.1]], np.zeros((1, 3))),
         ["用 sigmoid_cross_entropy"], ["binary_cross_entropy"]),
        (lambda: categorical_cross_entropy([[0.9, 0.8, 0.1]], P3), ["用 binary_cross_entropy"],
         ["sigmoid_cross_entropy"]),
        (lambda: softmax_cross_entropy([[0.7]], [[0.2]]), ["用 sigmoid_cross_entropy"],
         ["binary_cross_entropy"]),
        # 二元的标签
        (lambda: sigmoid_cross_entropy([INF, 0], [1.0, 2]), ["labels[0] = inf", "logits"], ["类别编号"]),
        (lambda: sigmoid_cross_entropy([100, 0, 50], [1.0, 2, 3]), ["百分数"], ["类别编号"]),
        (lambda: sigmoid_cross_entropy([0.3, -2.2], [0.5, 1.5]), ["labels[1] = -2.2", "logits"], [SWAP]),
        (lambda: sigmoid_cross_entropy(np.zeros(0), np.zeros((0, 3))), ["不做广播"], ["类别编号"]),
        # 类别编号
        (lambda: softmax_cross_entropy([0, 2], np.ones((2, 3))), ["astype(int)"], ["[labels]"]),
        (lambda: categorical_cross_entropy([True, False], np.full((2, 2), 0.5)),
         ["np.eye(2)[np.asarray(labels).astype(int)]"], ["sparse"]),
        (lambda: sparse_softmax_cross_entropy([0, NAN], np.ones((2, 3))),
         ["classes[1] = nan", "没有标签"], ["astype"]),
        (lambda: sparse_softmax_cross_entropy([0, 1.5], np.ones((2, 3))),
         ["classes[1] = 1.5 不是整数"], ["astype"]),
        (lambda: sparse_softmax_cross_entropy([0, True], np.ones((2, 3))),
         ["classes[1] = True 是布尔值"], []),
        (lambda: sparse_softmax_cross_entropy(np.zeros(0, bool), np.ones((0, 3)), reduction="sum"),
         ["布尔值"], []),
        (lambda: sparse_softmax_cross_entropy(["0"], np.ones((1, 3))), ["dtype=int"], ["dtype=float"]),
        (lambda: sparse_softmax_cross_entropy([0, -100], np.ones((2, 3))),
         ["classes[1] = -100", "忽略"], ["从 1 开始", "少了类"]),
        (lambda: sparse_softmax_cross_entropy([0, 7], np.ones((2, 3))),
         ["classes[1] = 7", "logits 有 3 类，编号是 0 到 2", "少了类"], ["忽略", "从 1 开始"]),
        (lambda: sparse_softmax_cross_entropy(np.zeros((2, 4, 4), int), np.ones((2, 3, 4, 4))),
         ["np.moveaxis(logits, 1, -1)"], []),
        # logits
        (lambda: sparse_softmax_cross_entropy(0, [INF, INF]), ["logits 有不止一个", "上游溢出"], ["遮住"]),
        # 归约：先认名字，再计算
        (lambda: softmax_cross_entropy([[1, 0]], [[NAN, 0]], reduction="avg"), ["'avg'"], ["logits"]),
        (lambda: sparse_softmax_cross_entropy(9, [0, 1], reduction="avg"), ["'avg'"], ["classes"]),
        (lambda: binary_cross_entropy(2, 0, reduction="avg"), ["'avg'"], ["labels"]),
        (lambda: sigmoid_cross_entropy(2, 0, reduction="avg"), ["'avg'"], ["labels"]),
        (lambda: categorical_cross_entropy(2, 0, reduction=None), ["None", "不汇总写 'none'"], ["labels"]),
        (lambda: sigmoid_cross_entropy(1, 0, reduction=["mean"]), ["['mean']"], ["不汇总"]),
        (lambda: sigmoid_cross_entropy(1, 0, reduction="MEAN"), ["'MEAN'"], ["不汇总"]),
    ],
)  # fmt: skip
def test_hints(call, parts, wrong):
    with raises_saying((ValueError, TypeError), parts, unsaid=wrong):
        call()


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (binary_cross_entropy, "probs"),
        (sigmoid_cross_entropy, "logits"),
        (categorical_cross_entropy, "probs"),
        (softmax_cross_entropy, "logits"),
    ],
)
def test_the_argument_is_called_by_its_own_name(function, name):
    other = {"probs": "logits", "logits": "probs"}[name]
    with pytest.raises(ValueError, match=rf"^labels 与 {name} 的形状要相同") as caught:
        function(np.eye(2), np.full((2, 3), 0.5))
    assert other not in str(caught.value)
    with pytest.raises(ValueError, match=rf"{name} 却像标签") as caught:
        function([[2.5, -1.5]], [[0, 1]])
    assert other not in str(caught.value)
    with pytest.raises(ValueError, match=rf"^{name}\[0, 1\] = nan"):
        function([[1, 0]], [[0.5, NAN]])


ANYTHING = st.floats(allow_nan=True, allow_infinity=True, width=64)


@given(st.data())
def test_any_array_gives_an_answer_or_a_documented_error(data):
    shape = data.draw(hnp.array_shapes(max_dims=3, max_side=3, min_side=0))
    values = st.one_of(st.sampled_from([0.0, 1.0, 0.5, -INF, INF]), st.floats(0, 1), ANYTHING)
    labels = data.draw(hnp.arrays(np.float64, shape, elements=values))
    predictions = data.draw(hnp.arrays(np.float64, shape, elements=values))
    function = data.draw(st.sampled_from(PAIRED))
    with np.errstate(all="raise"):
        try:
            result = every(function, labels, predictions)
        except ValueError as error:
            assert any(name in str(error) for name in ("labels", "logits", "probs"))
        else:
            assert (result >= 0).all()  # 也排除了 NaN
