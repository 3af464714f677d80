"""校准：可靠性图的数、ECE、温度；对照逐个写出的算法、高精度的求根与网格搜索，并核对每条错误信息。"""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from arrangements import layouts, read_only, swapped_bytes, unaligned
from messages import raises_saying

from ce_book import calibration
from ce_book.activations import softmax
from ce_book.calibration import (
    Reliability,
    expected_calibration_error,
    fit_temperature,
    reliability,
)
from ce_book.losses import sparse_softmax_cross_entropy

pytestmark = pytest.mark.filterwarnings("error")

INF, NAN = math.inf, math.nan


def forecasts(seed, size=400, dtype=np.float64):
    """结果与概率：概率有的恰在格界上，也有 0 与 1。"""
    rng = np.random.default_rng(seed)
    probs = rng.random(size).astype(dtype)
    probs[:40] = (rng.integers(0, 21, size=40) / 20).astype(dtype)
    return (rng.random(size) < probs**1.5).astype(int), probs


# ---- 分格 ----------------------------------------------------------------------------------


def plain_reliability(outcomes, probs, bins):
    """逐个预测找格，格界用有理数舍入到 probs 的类型。"""
    edges = [probs.dtype.type(k / bins) for k in range(bins + 1)]
    groups = [[] for _ in range(bins)]
    for outcome, prob in zip(outcomes.ravel(), probs.ravel(), strict=True):
        k = max(k for k in range(bins) if edges[k] <= prob)
        groups[k].append((float(outcome), float(prob)))
    rows = [
        (len(g), math.fsum(q for _, q in g) / len(g), math.fsum(y for y, _ in g) / len(g))
        if g
        else (0, NAN, NAN)
        for g in groups
    ]
    return [np.array(column) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("bins", [1, 2, 3, 7, 10, 50])
def test_reliability_agrees_with_one_prediction_at_a_time(bins, dtype):
    outcomes, probs = forecasts(bins, dtype=dtype)
    expected = plain_reliability(outcomes, probs, bins)
    for got, wanted in zip(reliability(outcomes, probs, bins=bins), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("bins", [2, 3, 7, 10, 29, 100, 1000])
def test_every_edge_belongs_to_the_bin_on_its_right(bins, dtype):
    edges = (np.arange(bins) / bins).astype(dtype)
    at = reliability(np.zeros(bins), edges, bins=bins)
    assert at.counts.tolist() == [1] * bins
    below = np.nextafter(edges[1:], dtype(0))
    assert reliability(np.zeros(bins - 1), below, bins=bins).counts.tolist() == [
        *[1] * (bins - 1),
        0,
    ]


def test_multiplying_by_bins_would_misplace_an_edge():
    assert math.floor(0.29 * 100) == 28  # 这就是不用 floor(p·B) 的理由
    assert np.flatnonzero(reliability([1], [0.29], bins=100).counts).tolist() == [29]


def test_ends_are_in_the_first_and_the_last_bin():
    tiny, under = np.nextafter(0, 1), np.nextafter(1, 0)
    parts = reliability([0, 0, 0, 1, 1], [0, -0.0, tiny, under, 1])
    assert parts.counts.tolist() == [3, 0, 0, 0, 0, 0, 0, 0, 0, 2]


def test_empty_bins_are_nan_and_the_rest_add_up():
    outcomes, probs = forecasts(3, size=60)
    parts = reliability(outcomes, probs, bins=200)
    empty = parts.counts == 0
    assert empty.any() and parts.counts.sum() == 60
    for column in parts[1:]:
        assert np.array_equal(np.isnan(column), empty)
    assert (parts.counts * parts.frequency)[~empty].sum() == pytest.approx(outcomes.sum())
    assert (parts.counts * parts.mean_prob)[~empty].sum() == pytest.approx(probs.sum())


def test_the_result_has_names_and_types():
    parts = reliability([True, False], np.array([0.75, 0.25], np.float32), bins=2)
    assert isinstance(parts, Reliability)
    assert parts._fields == ("counts", "mean_prob", "frequency")
    assert parts.counts.dtype.kind == "i"
    assert parts.mean_prob.dtype == parts.frequency.dtype == np.float64
    assert [column.tolist() for column in parts] == [[1, 1], [0.25, 0.75], [0, 1]]


@pytest.mark.parametrize("shape", [(400,), (20, 20), (4, 10, 10), (400, 1)])
def test_any_shape_gives_the_same_answer(shape):
    outcomes, probs = forecasts(4)
    for got, wanted in zip(
        reliability(outcomes.reshape(shape), probs.reshape(shape)),
        reliability(outcomes, probs),
        strict=True,
    ):
        np.testing.assert_array_equal(got, wanted)


def test_one_number_and_lists_are_welcome():
    assert reliability(1, 0.7).counts[7] == 1
    assert reliability([[0, 1]], [[0.7, 0.7]]).frequency[7] == 0.5


def test_the_layout_in_memory_does_not_matter():
    outcomes, probs = (array.reshape(20, 20) for array in forecasts(5))
    expected = expected_calibration_error(outcomes, probs)
    for change in (*[lambda a, k=k: layouts(a)[k] for k in range(5)], unaligned, swapped_bytes):
        assert expected_calibration_error(change(outcomes), change(probs)) == expected


def test_inputs_are_left_alone():
    outcomes, probs = map(read_only, forecasts(6))
    reliability(outcomes, probs)
    expected_calibration_error(outcomes, probs)
    classes, logits = map(read_only, logit_rows(6))
    fit_temperature(classes, logits)


# ---- ECE -----------------------------------------------------------------------------------


@pytest.mark.parametrize("bins", [1, 2, 10, 33])
@pytest.mark.parametrize("seed", range(3))
def test_ece_is_the_weighted_mean_of_the_gaps(seed, bins):
    outcomes, probs = forecasts(seed)
    counts, said, seen = plain_reliability(outcomes, probs, bins)
    expected = math.fsum(
        n / 400 * abs(f - q) for n, q, f in zip(counts, said, seen, strict=True) if n
    )
    got = expected_calibration_error(outcomes, probs, bins=bins)
    assert type(got) is float
    assert got == pytest.approx(expected, rel=1e-12)


def test_ece_is_between_0_and_1_and_reaches_both():
    assert expected_calibration_error([0, 1], [0, 1]) == 0
    assert expected_calibration_error([1, 0], [0, 1]) == 1
    assert expected_calibration_error([1, 0, 0, 0], [0.25] * 4) == 0  # 报平均的发生率


def test_one_bin_compares_only_the_means():
    outcomes, probs = forecasts(7)
    gap = abs(outcomes.mean() - probs.mean())
    assert expected_calibration_error(outcomes, probs, bins=1) == pytest.approx(gap)


def test_opposite_errors_cancel_inside_one_bin_only():
    outcomes, probs = [1] * 4 + [1, 1, 0, 0], [0.625] * 4 + [0.875] * 4
    assert expected_calibration_error(outcomes, probs, bins=1) == 0
    assert expected_calibration_error(outcomes, probs, bins=4) == 0.375


def test_a_calibrated_model_has_a_positive_ece_that_shrinks_with_the_root_of_the_sample():
    rng = np.random.default_rng(8)
    means = []
    for size in (100, 10_000):
        probs = rng.random((100, size))
        hits = rng.random(probs.shape) < probs
        means.append(
            np.mean([expected_calibration_error(*pair) for pair in zip(hits, probs, strict=True)])
        )
    assert means[0] > 0.05
    assert means[0] / means[1] == pytest.approx(10, rel=0.2)


# ---- 温度 ----------------------------------------------------------------------------------


def logit_rows(seed, size=60, count=4, scale=1.0):
    """按 softmax(x/2) 抽签的标签：T 在 2 上下；再整个乘上 ``scale``。"""
    rng = np.random.default_rng(seed)
    logits = 3 * rng.standard_normal((size, count))
    classes = (logits / 2 + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return classes, scale * logits


def exact_slope(classes, logits, beta):
    """平均损失对 β 的导数（乘以行数），50 位。"""
    total = mpmath.mpf(0)
    for row, c in zip(logits.tolist(), classes.tolist(), strict=True):
        gaps = [mpmath.mpf(value) - mpmath.mpf(row[c]) for value in row]
        weights = [mpmath.exp(beta * (gap - max(gaps))) for gap in gaps]
        total += mpmath.fdot(weights, gaps) / mpmath.fsum(weights)
    return total


def check_exactly(classes, logits, *, most=1e-14):
    """在 50 位下，导数在 T 的左右变号，所以 T 的相对误差不到 ``most``。"""
    logits = np.asarray(logits, dtype=np.float64)
    temperature = fit_temperature(classes, logits)
    with mpmath.workdps(50):
        beta = 1 / mpmath.mpf(temperature)
        assert exact_slope(classes, logits, beta * (1 - mpmath.mpf(most))) < 0
        assert exact_slope(classes, logits, beta * (1 + mpmath.mpf(most))) > 0
    return temperature


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1, 100, 1e3, 1e9, 1e300])
@pytest.mark.parametrize("seed", range(3))
def test_temperature_is_the_zero_of_the_slope(seed, scale):
    assert check_exactly(*logit_rows(seed, scale=scale)) / scale == pytest.approx(2, rel=0.5)


@pytest.mark.parametrize(("size", "count"), [(3, 2), (7, 3), (200, 10), (20, 300)])
def test_temperature_for_other_shapes(size, count):
    rng = np.random.default_rng(size)
    logits = rng.standard_normal((size, count))
    classes = logits.argmax(axis=1)
    classes[0] = logits[0].argsort()[-2]  # 只错一行，差距还小
    logits[0] *= 0.1
    check_exactly(classes, logits)


def test_temperature_when_nearly_all_are_right():
    """错的一行只差 1e-6，对的领先 30：谷在很大的 β 处。"""
    logits = np.array([[30.0, 0, -1]] * 99 + [[1.0, 1 + 1e-6, 0]])
    temperature = check_exactly(np.zeros(100, int), logits)
    assert 0 < temperature < 30


def test_temperature_when_hardly_better_than_guessing():
    """对的与错的几乎一样多：T 很大。"""
    classes = np.array([0] * 5001 + [1] * 4999)
    logits = np.tile([1.0, 0.0], (10_000, 1))
    temperature = fit_temperature(classes, logits)
    assert temperature == pytest.approx(1 / math.log(5001 / 4999), rel=1e-9)


@pytest.mark.parametrize(("right", "all_"), [(3, 4), (9, 10), (501, 1000), (99_999, 100_000)])
def test_two_classes_have_a_closed_form(right, all_):
    """每行都领先 a，对的占 r：softmax(a/T) = r，所以 T = a / ln(r/(1-r))。"""
    classes = (np.arange(all_) >= right).astype(int)
    logits = np.tile([2.5, 0.0], (all_, 1))
    expected = 2.5 / math.log(right / (all_ - right))
    assert fit_temperature(classes, logits) == pytest.approx(expected, rel=1e-11)


def test_ties_are_handled():
    classes, logits = np.array([0, 1, 0, 2]), np.array([[5, 5, 0], [5, 5, 0], [7, 1, 1], [2, 2, 0]])
    check_exactly(classes, logits)


def test_extreme_logits():
    rng = np.random.default_rng(9)
    logits = 1e3 * rng.standard_normal((50, 6)) + 1e5
    logits[0] = [1e3, 1e3, -1e3, 0, 0, 1e3]
    classes = logits.argmax(axis=1)
    classes[:10] = rng.integers(0, 6, size=10)
    # 减去公共的 1e5 会舍入；真值以舍入后的 logits 为准。
    check_exactly(classes, logits, most=1e-11)
    largest = np.finfo(float).max
    check_exactly(np.array([0, 0, 0, 1]), np.array([[largest, 0]] * 4))


def test_grid_search_finds_nothing_better():
    classes, logits = logit_rows(10, size=300)
    temperature = fit_temperature(classes, logits)
    best = sparse_softmax_cross_entropy(classes, logits / temperature)
    for factor in np.geomspace(0.05, 20, 2001):
        assert (
            sparse_softmax_cross_entropy(classes, logits / (factor * temperature)) >= best - 1e-15
        )


def test_the_loss_is_convex_in_beta():
    classes, logits = logit_rows(11)
    values = [sparse_softmax_cross_entropy(classes, b * logits) for b in np.linspace(0, 5, 201)]
    assert np.diff(values, 2).min() > 0


def test_mean_logit_of_the_model_equals_that_of_the_labels():
    classes, logits = logit_rows(12, size=500)
    q = softmax(logits / fit_temperature(classes, logits))
    own = logits[np.arange(500), classes]
    assert np.mean((q * logits).sum(axis=1) - own) == pytest.approx(0, abs=1e-13)


def test_accuracy_is_untouched():
    classes, logits = logit_rows(13)
    scaled = logits / fit_temperature(classes, logits)
    assert np.array_equal(scaled.argmax(axis=1), logits.argmax(axis=1))


def test_scaling_by_a_power_of_two_scales_the_temperature_exactly():
    classes, logits = logit_rows(14)
    for power in (-900, -40, -1, 1, 5, 900):
        expected = fit_temperature(classes, logits) * 2.0**power
        assert fit_temperature(classes, logits * 2.0**power) == expected


def test_constants_added_to_a_row_and_the_order_of_rows_and_classes_do_not_matter():
    classes, logits = logit_rows(15)
    temperature = fit_temperature(classes, logits)
    rng = np.random.default_rng(15)
    shifted = logits + rng.integers(-8, 9, size=(60, 1))
    assert fit_temperature(classes, shifted) == pytest.approx(temperature, rel=1e-13)
    rows, columns = rng.permutation(60), rng.permutation(4)
    mixed = fit_temperature(np.argsort(columns)[classes[rows]], logits[rows][:, columns])
    assert mixed == pytest.approx(temperature, rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_low_precision_logits_are_taken_at_their_exact_values(dtype):
    classes, logits = logit_rows(16)
    logits = logits.astype(dtype)
    got = fit_temperature(classes, logits)
    assert type(got) is float
    assert got == fit_temperature(classes, logits.astype(np.float64))


def test_leading_axes_lists_and_integers_are_welcome():
    classes, logits = logit_rows(17)
    temperature = fit_temperature(classes, logits)
    assert fit_temperature(classes.reshape(3, 20), logits.reshape(3, 20, 4)) == temperature
    assert fit_temperature(classes.tolist(), logits.tolist()) == temperature
    whole = np.rint(logits).astype(int)
    assert fit_temperature(classes, whole) == fit_temperature(classes, whole.astype(float))
    for change in (*[lambda a, k=k: layouts(a)[k] for k in range(5)], unaligned, swapped_bytes):
        assert fit_temperature(classes, change(logits)) == temperature


def test_log_probabilities_serve_as_logits():
    classes, logits = logit_rows(18)
    logs = np.log(softmax(logits))
    expected = fit_temperature(classes, logits)
    assert fit_temperature(classes, logs) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("classes", "logits", "most"),
    [
        (*logit_rows(19, size=300), 14),  # 寻常的数据：牛顿法几步就到
        # 谷底在很平的地方，牛顿法一步只走 1：要靠对半分。
        (np.zeros(2, int), np.array([[1, 0], [0, 1e-217]]), 40),
    ],
)
def test_few_evaluations_are_needed(monkeypatch, classes, logits, most):
    calls, slopes = [], calibration._slopes
    monkeypatch.setattr(calibration, "_slopes", lambda *args: calls.append(1) or slopes(*args))
    fit_temperature(classes, logits)
    assert len(calls) <= most


# ---- 没有最小值点 --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("classes", "logits", "parts"),
    [
        ([0, 1], [[2, 1], [0, 3]], ["全对", "T 越小损失越小", "训练集"]),
        ([0, 1], [[2, 2], [0, 3]], ["全对", "并列也算"]),  # 并列最大，仍是 T 越小越好
        ([1, 0], [[2, 1], [0, 3]], ["不高于各类的平均", "T 越大损失越小", "次序"]),
        ([0, 1], [[2, 0], [2, 0]], ["不高于各类的平均"]),  # 不多不少，正好是瞎猜
        ([0] * 3, [[0.1, 0.2], [0.3, 0.2], [0.1, 0.1]], ["不高于各类的平均"]),  # 和只差舍入误差
        ([0, 1], [[3, 3], [7, 7]], ["同一个数", "损失与 T 无关"]),
        ([0, 0], [[3], [7]], ["同一个数"]),  # 只有一类
        (0, [1, 1, 1], ["同一个数"]),  # 只有一个样本
        ([0, 0], np.zeros((2, 3)), ["同一个数"]),
    ],
)
def test_data_without_a_finite_minimum_is_refused(classes, logits, parts):
    with raises_saying(ValueError, parts):
        fit_temperature(classes, logits)


def test_a_temperature_beyond_the_floats_is_refused():
    """对的只比错的多一点，logits 又近于最大的浮点数：T 写不出来。"""
    largest = np.finfo(float).max
    with raises_saying(ValueError, ["浮点数的范围", "（inf）", "溢出"]):
        fit_temperature([0] * 501 + [1] * 499, [[largest, 0]] * 1000)


def test_a_gap_of_a_subnormal_number_still_counts():
    """对的一行领先 1，错的一行只落后 1e-320：e^(-β) 要与 1e-320 相当，β 约是 737。"""
    temperature = check_exactly(np.array([0, 0]), [[1, 0], [0, 1e-320]], most=1e-3)
    assert temperature == pytest.approx(1 / 736, rel=0.01)


# ---- 坏的输入 ------------------------------------------------------------------------------

GOOD = {"outcomes": [0, 1, 1], "probs": [0.25, 0.5, 1]}
BAD_FORECASTS = [
    (ValueError, {"outcomes": [0, 1]}, ["outcomes 与 probs 的形状要相同", "(2,)", "(3,)", "不做广播"]),
    (ValueError, {"outcomes": [[0], [1], [1]]}, ["只差长度为 1 的轴"]),
    (ValueError, {"outcomes": [0, 2], "probs": [[0.5, 0.5], [1, 0]]}, ["每行一个分布", "q.max(axis=-1)"]),
    (ValueError, {"outcomes": [0, 1, 7]}, ["outcomes[2] = 7.0", "像类别编号", "q.argmax(axis=-1)"]),
    (ValueError, {"outcomes": [0, 1, NAN]}, ["outcomes[2] = nan", "没有标签"]),
    (ValueError, {"outcomes": [-1, 1, 1]}, ["outcomes[0] = -1.0", "(outcomes + 1) / 2"]),
    (ValueError, {"outcomes": [0, 0.5, 1]}, ["outcomes[1] = 0.5", "放到 probs"]),
    (ValueError, {"outcomes": [0, -3.5, 1]}, ["outcomes[1] = -3.5", "发生（1）"]),
    (ValueError, {"outcomes": [0.25, 0.5, 1], "probs": [0, 1, 1]}, ["outcomes[0] = 0.25", "写反了"]),
    (ValueError, {"probs": [0.25, 1.5, 1]}, ["probs[1] = 1.5", "不是概率", "logits"]),
    (ValueError, {"probs": [0.25, -0.1, 1]}, ["probs[1] = -0.1", "不是概率"]),
    (ValueError, {"probs": [0.25, NAN, 1]}, ["probs[1] = nan", "0/0"]),
    (ValueError, {"probs": [0.25, INF, 1]}, ["probs[1] = inf"]),
    (ValueError, {"outcomes": [], "probs": []}, ["probs 的形状是 (0,)", "一个预测也没有"]),
    (ValueError, {"outcomes": [[0, 1], [1]]}, ["outcomes 不能变成数组", "长 2"]),
    (TypeError, {"outcomes": ["是", "否", "是"]}, ["outcomes[0] = '是'", "字符串不是数"]),
    (TypeError, {"probs": [0.5, None, 1]}, ["probs[1] = None", "缺失值"]),
    (TypeError, {"probs": np.array([0.5, 0.5, 1j])}, ["probs", "复数"]),
    (TypeError, {"probs": np.ma.array([0.5, 0.5, 1])}, ["probs 是掩码数组"]),
    (ValueError, {"bins": 0}, ["bins = 0", "不能小于 1"]),
    (ValueError, {"bins": -3}, ["bins = -3"]),
    (TypeError, {"bins": 10.0}, ["bins 要是一个整数", "10.0", "float", "bins=10"]),
    (TypeError, {"bins": [0, 0.5, 1]}, ["bins 要是一个整数", "只收格数，不收格界"]),
    (TypeError, {"bins": True}, ["bins = True 是布尔值"]),
    (TypeError, {"bins": "10"}, ["bins 要是一个整数", "'10'"]),
    (TypeError, {"bins": None}, ["bins 要是一个整数", "None"]),
]  # fmt: skip


@pytest.mark.parametrize("function", [reliability, expected_calibration_error])
@pytest.mark.parametrize(("error", "change", "parts"), BAD_FORECASTS)
def test_bad_forecasts_are_refused_with_a_reason(function, error, change, parts):
    arguments = GOOD | change
    options = {"bins": arguments.pop("bins")} if "bins" in arguments else {}
    with raises_saying(error, parts):
        function(*arguments.values(), **options)


def test_bins_may_be_a_numpy_integer():
    assert len(reliability([1], [0.5], bins=np.int32(4)).counts) == 4


ROWS = [[2.0, 1, 0], [0, 3, 1], [1, 2, 0]]
BAD_LOGITS = [
    (ValueError, [0, 1, 0], [[2, 1, 0], [0, NAN, 1], [1, 2, 0]], ["logits[1, 1] = nan"]),
    (ValueError, [0, 1, 0], [[2, 1, 0], [0, 3, 1], [1, INF, 0]], ["logits[2, 1] = inf", "任何 T"]),
    (ValueError, [0, 1, 0], [[2, 1, -INF], [0, 3, 1], [1, 2, 0]], ["logits[0, 2] = -inf", "遮住"]),
    (ValueError, [0, 1, 3], ROWS, ["classes[2] = 3", "编号是 0 到 2"]),
    (ValueError, [0, -1, 0], ROWS, ["classes[1] = -1", "忽略"]),
    (ValueError, [1, 2, 3], ROWS, ["classes[2] = 3", "从 1 开始编号"]),
    (ValueError, [0, 1], ROWS, ["classes 的形状", "(3,)", "(2,)"]),
    (ValueError, np.eye(3, dtype=int), ROWS, ["独热编码"]),
    (ValueError, ROWS, [0, 1, 0], ["写反了"]),
    (ValueError, 0, 2.5, ["logits = 2.5", "0 维"]),
    (ValueError, [], np.zeros((0, 3)), ["logits 的形状是 (0, 3)", "一行也没有"]),
    (ValueError, [0, 0], np.zeros((2, 0)), ["一个类也没有"]),
    (ValueError, [0, 1, 0], [[2, 1, 0], [0, 3]], ["logits 不能变成数组"]),
    (TypeError, [0.5, 1, 0], ROWS, ["classes[0] = 0.5", "不是整数"]),
    (TypeError, [0.0, 1, 0], ROWS, ["astype(int)"]),
    (TypeError, [True, False, True], ROWS, ["classes[0] = True", "布尔值"]),
    (TypeError, [0, 1, 0], [["a", 1, 0]] * 3, ["logits[0, 0] = 'a'"]),
    (TypeError, [0, 1, 0], np.ma.array(ROWS), ["logits 是掩码数组"]),
]


@pytest.mark.parametrize(("error", "classes", "logits", "parts"), BAD_LOGITS)
def test_bad_logits_are_refused_with_a_reason(error, classes, logits, parts):
    with raises_saying(error, parts):
        fit_temperature(classes, logits)


def test_options_are_named():
    with pytest.raises(TypeError):
        reliability([1], [0.5], 5)
    with pytest.raises(TypeError):
        expected_calibration_error([1], [0.5], 5)


def test_edges_are_the_rounded_fractions():
    """说明里的“格界先舍入到 probs 的类型”：最近的浮点数。"""
    for k in range(11):
        nearest = float(Fraction(k, 10))
        assert np.flatnonzero(reliability([0], [nearest]).counts)[0] == min(k, 9)
