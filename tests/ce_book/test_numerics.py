"""ce_book._numerics：和的误差与长度几乎无关，一行的结果不受别的行影响；几率该算的算、该让的让。"""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import exact, ulps

from ce_book._numerics import (
    dot_rows,
    in_units,
    odds_against,
    result_dtype,
    sum_rows,
    total,
    two_sum,
    weigh,
    weigh_rows,
)

SIZES = [1, 10, 31, 32, 33, 100, 128, 129, 300, 1000, 4097, 50_257]
FINITE = st.floats(-1e300, 1e300)


@given(FINITE, FINITE)
def test_two_sum_loses_nothing(a, b):
    whole, lost = two_sum(np.float64(a), np.float64(b))
    assert Fraction(float(whole)) + Fraction(float(lost)) == Fraction(a) + Fraction(b)


def rows_to_add(dtype, size):
    """难加准的正数：几乎全相同，一个很大的带着许多小的，大小悬殊的。"""
    rng = np.random.default_rng(size)
    rows = np.full((4, size), rng.random())
    rows[1] = 0.7
    rows[1, 0] = 512
    rows[2] = rng.random(size)
    rows[3] = np.exp(rng.normal(size=size) * 10)
    return rows.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", SIZES)
def test_sums_are_accurate(dtype, size):
    rows = rows_to_add(dtype, size)
    weights = np.full_like(rows, dtype(1) / size)
    for row, weight, added, weighed, careful in zip(
        rows,
        weights,
        sum_rows(rows),
        dot_rows(weights, rows),
        weigh_rows(weights, rows),
        strict=True,
    ):
        truth = mpmath.mpf(math.fsum(row.tolist()))
        assert ulps(dtype(added), truth) <= 4
        assert ulps(dtype(total(row)), truth) <= 4
        truth = mpmath.fsum(exact(w) * exact(x) for w, x in zip(weight, row, strict=True))
        assert ulps(dtype(weighed), truth) <= 4
        assert ulps(dtype(careful), truth) <= 4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", SIZES)
def test_a_row_does_not_depend_on_its_neighbours(dtype, size):
    rows = np.random.default_rng(size).random((23, size)).astype(dtype)
    weights = rows[::-1].copy()
    together = sum_rows(rows), dot_rows(weights, rows)
    for k in range(len(rows)):
        assert sum_rows(rows[k : k + 1])[0] == together[0][k]
        assert dot_rows(weights[k : k + 1], rows[k : k + 1])[0] == together[1][k]


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 255, 256, 257, 4096, 4097])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_totals_of_any_length(dtype, size):
    assert total(np.ones(size, dtype)) == size


def test_totals_beyond_the_largest_float():
    with np.errstate(all="ignore"):
        assert total(np.array([1.7e308, 1.7e308])) == math.inf
        assert total(np.array([math.inf, 1.0])) == math.inf
        for values in ([1.7e308, 1.7e308, math.nan], [math.inf, math.nan], [math.inf, -math.inf]):
            assert math.isnan(total(np.array(values)))


def test_zero_times_infinity_is_zero():
    with np.errstate(invalid="ignore"):
        assert weigh(np.array([0.0, 0.5]), np.array([np.inf, 2.0])).tolist() == [0, 1]


def test_units_keep_their_last_digits():
    nats = np.random.default_rng(0).random(300)
    for base in (2, 10):
        bits = in_units(nats, base)
        truths = [exact(x) / mpmath.log(base) for x in nats]
        assert max(map(ulps, bits, truths)) <= 0.75  # 乘一次、加一次
    assert in_units(np.array([np.inf]), 7.5)[0] == np.inf


def test_odds_against():
    x = np.array([[0.0, math.log(3)], [5.0, 5.0]])
    odds, own, irregular = odds_against(x, np.array([0, 1]))
    assert odds.tolist() == pytest.approx([3, 1], rel=1e-15)
    assert own.tolist() == [0, 5]
    assert irregular is None


@pytest.mark.parametrize(
    ("row", "k"),
    [
        ([710, 0, 0], 1),  # e^710 上溢
        ([-800, -800, -800], 0),  # e^-800 下溢
        ([600, 745, 0], 1),  # 第二类的 e^-745 下溢
        ([-710, 700, 0], 0),  # 几率超出 float64
        ([math.nan, 0, 0], 0),
        ([math.nan, 0, 0], 1),
        ([math.inf, math.inf, 0], 0),
        ([math.inf, math.inf, 0], 2),
        ([-math.inf] * 3, 0),
        ([0, -math.inf, -math.inf], 0),  # 没有别的类
    ],
)
def test_rows_that_cannot_be_done_directly_are_marked(row, k):
    x = np.array([[1.0, 2.0, 3.0], row])
    with np.errstate(all="ignore"):
        _, _, irregular = odds_against(x, np.array([0, k]))
    assert irregular.tolist() == [False, True]


def test_result_dtype():
    half, single, double = (np.zeros(1, f"f{size}") for size in (2, 4, 8))
    assert [result_dtype(a) for a in (half, single, double)] == [np.float32, np.float32, np.float64]
    assert result_dtype(half, single) == np.float32
    assert result_dtype(single, double) == result_dtype(double, half) == np.float64
