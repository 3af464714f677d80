"""刁钻的点与真值：该有的都有，真值对得上另外的算法，尺子量得准。"""

import math

import grid
import mpmath
import numpy as np
import pytest
import truth
from grid import DTYPES, TASKS

import ce_book.activations
import ce_book.information
import ce_book.losses

INF = math.inf


def every_value(arrays):
    return np.concatenate([array.ravel() for array in arrays])


def test_every_public_numeric_function_is_there():
    modules = (ce_book.information, ce_book.activations, ce_book.losses)
    assert set(TASKS) == {name for module in modules for name in module.__all__}


# ---------------------------------------------------------------- 该有的点


@pytest.mark.parametrize("dtype", DTYPES)
def test_logits_cover_the_decades_the_edges_and_infinity(dtype):
    x = grid.logits(dtype)
    wanted = [10.0**e for e in range(-20, 5)]
    wanted += [15, 16.6, 17.4, 36.7, 37, 88.7, 89, 103.9, 104, 709.7, 710, 744, 745, 746, INF]
    wanted = np.array(wanted, dtype)
    assert np.isin(wanted, x).all()
    assert np.isin(-wanted, x).all()
    assert 0 in x
    assert x.dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_cover_class_counts_offsets_gaps_and_masks(dtype):
    rows = grid.logit_rows(dtype)
    assert set(rows) == {2, 3, 10, 300, 1000, 50257}
    assert len(rows[50257]) == 2
    for size in (2, 3, 10, 300, 1000):
        finite = rows[size][np.isfinite(rows[size]).all(axis=-1)]
        for offset in (0, 1e4, -1e8):
            near = np.abs(finite - offset).max(axis=-1) < 0.01
            assert near.any(), (size, offset)  # 几乎相等的一行
    gaps = rows[2].max(axis=-1) - rows[2].min(axis=-1)
    assert np.isin(np.array([0, 1, 30, 100, 300, 800], dtype), gaps).all()
    infinite = np.isinf(rows[3])
    assert (infinite & (rows[3] > 0)).any() and (infinite & (rows[3] < 0)).any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_probabilities_run_from_the_least_to_the_last_before_one(dtype):
    info = np.finfo(dtype)
    wanted = np.array([0, info.smallest_subnormal, info.tiny, 0.5, 1 - info.eps / 2, 1], dtype)
    for values in (grid.probabilities(dtype), grid.corner_probabilities(dtype)):
        assert np.isin(wanted, values).all()
        assert ((values >= 0) & (values <= 1)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_labels_are_hard_soft_tiny_and_almost_one(dtype):
    wanted = [0, 1, 0.5, 0.9, 1e-20, 1e-300, 1 - 1e-10, 1 - 2**-53]
    assert np.isin(np.array(wanted, dtype), grid.soft_labels(dtype)).all()
    almost = [y[..., 0] for y, _ in grid._soft_rows(dtype)]
    assert ((every_value(almost) > 0.99) & (every_value(almost) < 1)).any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_pairs_are_equal_almost_equal_and_far_apart(dtype):
    pairs = grid.pairs(dtype)
    gaps = [np.abs(p - q).max() for p, q in pairs]
    eps = np.finfo(dtype).eps
    assert sum(gap == 0 for gap in gaps) >= 20
    assert sum(0 < gap <= eps for gap in gaps) >= 5  # 最后一位才不同
    if dtype == np.float64:
        assert sum(1e-13 < gap < 1e-11 for gap in gaps) >= 2
    assert max(gaps) == 1
    assert {p.size for p, _ in pairs} >= {2, 3, 10, 300, 1000, 50257}
    assert any((q == 0)[p > 0].any() for p, q in pairs)


@pytest.mark.parametrize("dtype", DTYPES)
def test_dyadic_pairs_sum_to_exactly_one(dtype):
    pairs = list(grid._dyadic_pairs(dtype, np.random.default_rng(0)))
    assert len(pairs) >= 15
    for p, q in pairs:
        p, q = truth.exact(p.astype(dtype)), truth.exact(q.astype(dtype))
        assert mpmath.fsum(p) == mpmath.fsum(q) == 1
        assert p != q
        assert truth.kl_divergence(p, q) == pytest.approx(truth.plain_kl(p, q), rel=1e-20)


def test_points_of_a_batch_match_its_truths():
    for task in ("sigmoid", "sigmoid_cross_entropy", "binary_entropy"):
        for dtype in DTYPES:
            [batch] = grid.batches(task, dtype)
            assert all(array.shape == (len(batch.truths),) for array in batch.args)
            assert all(array.dtype == dtype for array in batch.args)


# ---------------------------------------------------------------- 真值


def test_the_ruler():
    one = np.float64(1)
    assert truth.ulps(one, mpmath.mpf(1)) == 0
    assert truth.ulps(np.nextafter(one, 2), mpmath.mpf(1)) == 1
    assert truth.ulps(np.float32(1), 1 + mpmath.mpf(2) ** -24) == 0.5
    assert truth.ulps(np.float64(0), truth.exact(5e-324)) == 1  # 次正规：以次正规的间距量
    assert truth.ulps(np.float32(0), mpmath.mpf("1e-4343")) == 0
    assert truth.ulps(np.float64("nan"), mpmath.mpf(1)) == INF
    assert truth.ulps(np.float64("inf"), mpmath.inf) == 0
    assert truth.ulps(np.float64("-inf"), mpmath.inf) == INF
    assert truth.ulps(np.float64(1), mpmath.inf) == INF


def test_truths_at_the_limits():
    exact = truth.exact
    assert truth.self_information(exact(0.0)) == INF
    assert truth.binary_entropy(exact(0.0)) == truth.binary_entropy(exact(1.0)) == 0
    assert truth.log_sigmoid(exact(INF)) == 0
    assert truth.log_sigmoid(exact(-INF)) == -INF
    assert truth.sigmoid_cross_entropy(exact(1.0), exact(INF)) == 0
    assert truth.sigmoid_cross_entropy(exact(0.5), exact(INF)) == INF
    assert truth.kl_divergence((1, 0), (0, 1)) == INF
    assert truth.js_divergence((1, 0), (0, 1)) == pytest.approx(math.log(2))
    row = exact(np.array([3, INF, 4]))
    assert [truth.softmax(row, k) for k in range(3)] == [0, 1, 0]
    assert truth.softmax_cross_entropy(exact(np.array([0, 1, 0.0])), row) == 0
    masked = exact(np.array([3, 3, -INF]))
    assert truth.softmax_cross_entropy(exact(np.array([0.5, 0.5, 0])), masked) == mpmath.log(2)


def test_truths_agree_with_the_plain_formulas_on_easy_input():
    """不刁钻的输入上，照公式直接写的 math 代码也准。"""
    p, q, x, y, c = [0.2, 0.3, 0.5], [0.5, 0.25, 0.25], [0.5, -1.0, 2.0], [0.1, 0.6, 0.3], 1
    total = math.log(sum(map(math.exp, x)))
    easy = {
        "entropy": (-sum(a * math.log(a) for a in p), p),
        "cross_entropy": (-sum(a * math.log(b) for a, b in zip(p, q, strict=True)), p, q),
        "kl_divergence": (sum(a * math.log(a / b) for a, b in zip(p, q, strict=True)), p, q),
        "categorical_cross_entropy": (
            -sum(a * math.log(b) for a, b in zip(y, q, strict=True)),
            y,
            q,
        ),
        "softmax_cross_entropy": (sum(a * (total - b) for a, b in zip(y, x, strict=True)), y, x),
        "sparse_softmax_cross_entropy": (total - x[c], c, x),
        "self_information": (-math.log(0.3), 0.3),
        "binary_entropy": (-0.3 * math.log(0.3) - 0.7 * math.log(0.7), 0.3),
        "sigmoid": (1 / (1 + math.exp(-0.4)), 0.4),
        "log_sigmoid": (-math.log(1 + math.exp(-0.4)), 0.4),
        "binary_cross_entropy": (-0.9 * math.log(0.3) - 0.1 * math.log(0.7), 0.9, 0.3),
        "sigmoid_cross_entropy": (math.log(1 + math.exp(0.4)) - 0.9 * 0.4, 0.9, 0.4),
    }
    for task, (expected, *args) in easy.items():
        value = truth.TRUTHS[task](*(truth.exact(np.array(a)[()]) for a in args))
        assert float(value) == pytest.approx(expected, rel=1e-14), task


def test_truths_do_not_change_with_more_digits():
    """60 位够用：最会抵消的几种输入，用 400 位再算一遍，至少 25 位相同。"""
    samples = [
        ("kl_divergence", [batch.args for batch in grid.batches("kl_divergence", np.float64)][0]),
        ("js_divergence", [batch.args for batch in grid.batches("js_divergence", np.float64)][0]),
        ("binary_entropy", (grid.corner_probabilities(np.float64),)),
    ]
    for task, args in samples:
        points = list(zip(*(array[:200:5] for array in args), strict=True))
        short = [truth.TRUTHS[task](*map(truth.exact, point)) for point in points]
        with mpmath.workdps(400):
            long = [truth.TRUTHS[task](*map(truth.exact, point)) for point in points]
            for a, b, point in zip(short, long, points, strict=True):
                assert a == b or abs(a - b) <= abs(b) * mpmath.mpf(10) ** -25, (task, point)


# ---------------------------------------------------------------- 怎么数


def test_measure_counts_what_it_says():
    def broken(x):
        result = np.full(x.shape, np.nan)
        result[x == 0] = 0.5
        return np.ma.array(result, mask=x > 0)  # 正的 logits 不会算

    counts = grid.measure("sigmoid", np.float64, broken)
    [batch] = grid.batches("sigmoid", np.float64)
    known = np.count_nonzero(batch.args[0] <= 0)
    assert counts == {
        "points": known,
        "wrong": known - 1,
        "over4": known - 1,
        "nan": known - 1,
        "negative": 0,
        "worst_ulp": "inf",
    }


def test_a_divergence_is_measured_against_the_nearest_definition():
    """照不带 −p + q 的定义算得再准，也不算错。"""

    def plain(p, q):
        rows = zip(p, q, strict=True)
        return np.array([float(truth.plain_kl(*map(truth.exact, row))) for row in rows])

    small = next(b for b in grid.batches("kl_divergence", np.float64) if b.args[0].shape[-1] == 2)
    values = plain(*small.args)
    assert max(small.lenient_ulps(values)) <= 4
    assert max(small.ulps(values)) > 1e4
