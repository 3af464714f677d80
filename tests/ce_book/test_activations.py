"""ce_book.activations：例子、恒等式、对照 mpmath 的精度、极限、坏输入。"""

import doctest
import math

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

from ce_book import activations
from ce_book.activations import log_sigmoid, log_softmax, sigmoid, softmax

ELEMENTWISE = [sigmoid, log_sigmoid]
ROWWISE = [softmax, log_softmax]
INF, NAN = math.inf, math.nan

FINITE = st.floats(-1e4, 1e4)
ROWS = hnp.arrays(np.float64, st.integers(1, 8), elements=FINITE)


# ---------------------------------------------------------------- 例子


def test_doctests():
    result = doctest.testmod(activations)
    assert result.failed == 0
    assert result.attempted >= 8


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (lambda: sigmoid(0), 0.5),
        (lambda: sigmoid(math.log(3)), 0.75),
        (lambda: log_sigmoid(0), -math.log(2)),
        (lambda: softmax([0.0, 0.0, 0.0, 0.0])[2], 0.25),
        (lambda: softmax(np.log([1, 2, 5]))[2], 5 / 8),
        (lambda: log_softmax([0.0] * 10)[3], -math.log(10)),
        (lambda: softmax([5.0])[0], 1),
        (lambda: log_softmax([5.0])[0], 0),
    ],
)
def test_known_values(value, expected):
    assert value() == pytest.approx(expected, rel=1e-15, abs=0)


# ---------------------------------------------------------------- 精度


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_elementwise_accuracy(dtype):
    x = hard_logits(dtype)
    truth = [exact_log_sigmoid(exact(v)) for v in x]
    assert max(map(ulps, log_sigmoid(x), truth)) <= MOST_ULPS[dtype]
    assert max(map(ulps, sigmoid(x), map(mpmath.exp, truth))) <= MOST_ULPS[dtype]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("offset", [0, 1e4, -1e8])
@pytest.mark.parametrize("size", [2, 3, 300])
def test_row_accuracy(dtype, offset, size):
    for row in hard_rows(dtype, size, offset):
        truth = [-s for s in exact_shortfalls(row)]
        assert max(map(ulps, log_softmax(row), truth)) <= MOST_ULPS[dtype]
        assert max(map(ulps, softmax(row), map(mpmath.exp, truth))) <= MOST_ULPS[dtype]


# ---------------------------------------------------------------- 恒等式


@given(FINITE)
def test_sigmoid_symmetry(x):
    assert sigmoid(x) + sigmoid(-x) == pytest.approx(1, rel=1e-15, abs=0)
    assert log_sigmoid(x) - log_sigmoid(-x) == pytest.approx(x, rel=1e-14, abs=1e-15)
    assert 0 <= sigmoid(x) <= 1
    assert log_sigmoid(x) <= 0


@given(st.floats(1e-300, 1 - 1e-12))
def test_sigmoid_inverts_the_log_odds(p):
    assert sigmoid(math.log(p) - math.log1p(-p)) == pytest.approx(p, rel=1e-12, abs=0)


@given(FINITE)
def test_softmax_over_zero_and_x_is_sigmoid(x):
    assert softmax([0, x])[1] == pytest.approx(sigmoid(x), rel=1e-15, abs=0)
    assert log_softmax([0, x])[1] == pytest.approx(log_sigmoid(x), rel=1e-15, abs=0)


@given(ROWS)
def test_softmax_is_a_distribution(row):
    q = softmax(row)
    assert (q >= 0).all()
    assert q.sum() == pytest.approx(1, rel=1e-14, abs=0)
    assert q[np.argmax(row)] == q.max()
    assert np.exp(log_softmax(row)) == pytest.approx(q, rel=1e-11, abs=1e-300)


@given(hnp.arrays(np.int64, st.integers(1, 8), elements=st.integers(-500, 500)), st.integers(0, 99))
def test_softmax_ignores_a_common_shift(row, shift):
    # 整数相加没有舍入；5e-324 是次正规的间距。
    assert softmax(row + shift) == pytest.approx(softmax(row), rel=2e-15, abs=5e-324)


@given(ROWS, st.randoms(use_true_random=False))
def test_softmax_follows_a_permutation(row, random):
    order = list(range(row.size))
    random.shuffle(order)
    assert softmax(row[order]) == pytest.approx(softmax(row)[order], rel=1e-14, abs=1e-300)


def test_derivatives_against_the_symbolic_ones():
    x = sp.Symbol("x", real=True)
    slope = sp.lambdify(x, sp.diff(1 / (1 + sp.exp(-x)), x))
    points, h = np.random.default_rng(3).uniform(-8, 8, 50), 1e-5
    numeric = (sigmoid(points + h) - sigmoid(points - h)) / (2 * h)
    assert numeric == pytest.approx(slope(points), rel=1e-6, abs=1e-9)
    assert sigmoid(points) * (1 - sigmoid(points)) == pytest.approx(slope(points), rel=1e-11, abs=0)


# ---------------------------------------------------------------- 极限、轴、类型


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (lambda: sigmoid([-INF, INF]), [0, 1]),
        (lambda: log_sigmoid([-INF, INF]), [-INF, 0]),
        (lambda: softmax([0, -INF, 0]), [0.5, 0, 0.5]),
        (lambda: softmax([0, INF, 1e308]), [0, 1, 0]),
        (lambda: log_softmax([0, -INF]), [0, -INF]),
        (lambda: log_softmax([0, INF]), [-INF, 0]),
        (lambda: softmax([1.7e308, -1.7e308]), [1, 0]),
        (lambda: log_softmax([1.7e308, 0]), [0, -1.7e308]),
    ],
)
def test_limits_without_warnings(value, expected):
    with np.errstate(all="raise"):
        assert np.array_equal(value(), expected)


@pytest.mark.parametrize("gap", [*range(700, 746, 3), 746, 1e20, 1.7e308])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_underflow_and_overflow_are_silent(gap, dtype):
    with np.errstate(all="raise"):
        gap = dtype(min(gap, float(np.finfo(dtype).max)))
        for function in ELEMENTWISE:
            assert np.isfinite(function(np.array([gap, -gap], dtype))).all()
        for row in ([0, 0.3, -gap], [gap, -gap / 2], [gap, 1 - gap / 2, 0]):
            assert np.isfinite(softmax(np.array(row, dtype))).all()
            assert (log_softmax(np.array(row, dtype)) <= 0).all()


@pytest.mark.parametrize(
    "value",
    [
        lambda: log_sigmoid(INF),
        lambda: log_softmax([INF, 0.0])[0],
        lambda: softmax([1e20, -3.0])[1],  # 舍入丢掉的部分大过 1
        lambda: softmax([[3.0, -1e20]])[0, 1],
        lambda: log_sigmoid(np.float32(105)),  # float64 里不是 0，换成 float32 才是
        lambda: log_softmax(np.float32([200, 0]))[0],
        lambda: log_softmax(np.float32([105, 0]))[0],
    ],
)
def test_zero_has_no_sign(value):
    assert value() == 0
    assert not np.signbit(value())


@pytest.mark.parametrize("function", ROWWISE)
def test_memory_layout_does_not_matter(function):
    x = np.random.default_rng(3).normal(size=(5, 4096))
    for axis, rows in [(-1, x), (0, x.T)]:
        expected = function(rows.copy(), axis=axis)
        for each in layouts(rows):
            assert np.array_equal(function(each, axis=axis), expected)


@pytest.mark.parametrize("function", ROWWISE)
def test_any_axis(function):
    x = np.random.default_rng(2).normal(size=(3, 4, 5)) * 20
    for axis in range(-3, 3):
        result = function(x, axis=axis)
        for index in np.ndindex(*np.delete(x.shape, axis)):
            line = (*index[: axis % 3], slice(None), *index[axis % 3 :])
            assert result[line] == pytest.approx(function(x[line]), rel=1e-13, abs=1e-300)


def test_input_is_left_alone():
    x = np.array([[3.0, 1.0], [INF, 0.0]])
    before = x.copy()
    for function in ELEMENTWISE + ROWWISE:
        function(x)
    assert np.array_equal(x, before)


@pytest.mark.parametrize("function", ELEMENTWISE + ROWWISE)
@pytest.mark.parametrize(
    ("given", "result"), [("f2", "f4"), ("f4", "f4"), ("f8", "f8"), (">f8", "f8"), ("i8", "f8")]
)
def test_dtypes(function, given, result):
    assert function(np.array([1, 2], given)).dtype == result


def test_shapes():
    assert isinstance(sigmoid(0.3), np.float64)
    assert isinstance(log_sigmoid(np.float32(0.3)), np.float32)
    assert sigmoid([]).shape == (0,)
    assert softmax(np.zeros((0, 3))).shape == (0, 3)
    assert sigmoid(np.zeros((2, 0, 3))).shape == (2, 0, 3)


# ---------------------------------------------------------------- 坏输入


@pytest.mark.parametrize("function", ELEMENTWISE)
@pytest.mark.parametrize(
    ("x", "error", "parts"),
    [
        (NAN, ValueError, ["x = nan", "NaN"]),
        ([[0, 1], [2, NAN]], ValueError, ["x[1, 1] = nan"]),
        ("3", TypeError, ["x = '3'", "字符串"]),
        (1j, TypeError, ["复数"]),
        (None, TypeError, ["x = None"]),
        ([[1, 2], [3]], ValueError, ["x[0] 是长 2", "x[1] 是长 1"]),
        ([1, 2**70], ValueError, ["x[1] = 1180591620717411303424 ", "2**53"]),
        (np.ma.array([1.0], mask=[1]), TypeError, ["掩码"]),
    ],
)
def test_bad_elements(function, x, error, parts):
    with raises_saying(error, parts):
        function(x)


@pytest.mark.parametrize("function", ROWWISE)
@pytest.mark.parametrize(
    ("x", "axis", "error", "parts"),
    [
        ([0, NAN], -1, ValueError, ["x[1] = nan"]),
        (3.0, -1, ValueError, ["x = 3.0", "0 维", "例如 [2.0, 1.0, -1.0]", "用 sigmoid"]),
        (np.zeros((0, 3)), 0, ValueError, ["(0, 3)", "第 0 个轴", "一个类也没有"]),
        ([[0, 1], [0]], -1, ValueError, ["x[1] 是长 1"]),
        ([[0, 1], [-INF, -INF]], -1, ValueError, ["x[1, :] 全是 -inf", "遮住"]),
        ([[INF, INF], [-INF, -INF]], -1, ValueError, ["x[0, :] 有不止一个 +inf", "上游溢出"]),
        ([[-INF, -INF], [INF, INF]], -1, ValueError, ["x[0, :] 全是 -inf"]),
        ([], -1, ValueError, ["(0,)", "一个类也没有"]),
        (np.zeros((2, 0)), -1, ValueError, ["(2, 0)", "一个类也没有"]),
        ([-INF, -INF], -1, ValueError, ["x 全是 -inf", "没有极限"]),
        ([[0, -INF], [1, -INF]], 0, ValueError, ["x[:, 1] 全是 -inf"]),
        ([[0, 1], [INF, INF]], -1, ValueError, ["x[1, :] 有不止一个 +inf"]),
        ([0, 1], 1, ValueError, ["axis = 1 超出范围"]),
        ([0, 1], 0.5, TypeError, ["axis"]),
        ([0, 1], True, TypeError, ["axis = True"]),
        (["a"], -1, TypeError, ["x[0] = 'a'"]),
    ],
)
def test_bad_rows(function, x, axis, error, parts):
    with raises_saying(error, parts):
        function(x, axis=axis)


def test_hints_fit_logits():
    with raises_saying(ValueError, ["0 维"], unsaid=["1 - p"]):
        softmax(3.0)
    with raises_saying(ValueError, ["不止一个"], unsaid=["遮住"]):
        softmax([INF, INF])
