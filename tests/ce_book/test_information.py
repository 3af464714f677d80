"""ce_book.information：例子、性质、对照 mpmath 的精度、坏输入。"""

import doctest
import math
import subprocess
import sys
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from messages import raises_saying
from reference import exact, ulps
from truth import binary_entropy as exact_binary_entropy
from truth import cross_entropy as exact_cross_entropy
from truth import entropy as exact_entropy
from truth import js_divergence as exact_js_divergence
from truth import kl_divergence as exact_kl_divergence
from truth import plain_kl as exact_plain_kl
from truth import self_information as exact_self_information

from ce_book import information
from ce_book.information import (
    binary_entropy,
    cross_entropy,
    entropy,
    js_divergence,
    kl_divergence,
    self_information,
)

ELEMENTWISE = [self_information, binary_entropy]
PAIRED = [cross_entropy, kl_divergence, js_divergence]
BASES = [None, 2, 10, math.e, 1.5]


def test_the_ruler_itself():
    one = np.float64(1)
    assert ulps(one, mpmath.mpf(1)) == 0
    assert ulps(np.nextafter(one, 2), mpmath.mpf(1)) == 1
    assert ulps(np.float32(1), 1 + mpmath.mpf(2) ** -24) == 0.5
    assert ulps(np.float64(0), exact(5e-324)) == 1
    assert ulps(np.float64("nan"), mpmath.mpf(1)) == math.inf
    assert ulps(np.float64("inf"), mpmath.mpf(1)) == math.inf
    assert ulps(np.float64(1), mpmath.inf) == math.inf


# ---------------------------------------------------------------- 例子


def test_doctests():
    result = doctest.testmod(information)
    assert result.failed == 0
    assert result.attempted >= 10  # 六个函数都有例子


def test_import_needs_only_numpy():
    code = (
        "import sys, ce_book.information;"
        "sys.exit(any(m in sys.modules for m in ('sympy', 'matplotlib', 'scipy', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (lambda: self_information(0.5), math.log(2)),
        (lambda: self_information(1e-3, base=10), 3),
        (lambda: self_information(0), math.inf),
        (lambda: binary_entropy(0.25, base=2), 2 - 0.75 * math.log2(3)),
        (lambda: entropy([0.25] * 4, base=2), 2),
        (lambda: entropy([0.1] * 10, base=10), 1),
        (lambda: entropy([0, 1, 0]), 0),
        (lambda: cross_entropy([1, 0], [0.25, 0.75], base=2), 2),
        (lambda: cross_entropy([0.5, 0.5], [1, 0]), math.inf),
        (lambda: cross_entropy([1, 0], [1, 0]), 0),
        (lambda: kl_divergence([0, 1], [0.5, 0.5], base=2), 1),
        (lambda: kl_divergence([0.5, 0.5], [1, 0]), math.inf),
        (lambda: kl_divergence([1, 0], [0, 1]), math.inf),
        (lambda: js_divergence([1, 0], [0, 1], base=2), 1),
        (lambda: js_divergence([1, 0], [0.5, 0.5], base=2), 1.5 - 0.75 * math.log2(3)),
    ],
)
def test_known_values(value, expected):
    assert value() == pytest.approx(expected, rel=1e-15, abs=0)


def test_truth_comes_first():
    p, q = [0.9, 0.1], [0.5, 0.5]
    assert cross_entropy(p, q) == pytest.approx(math.log(2))
    assert kl_divergence(p, q) == pytest.approx(0.9 * math.log(1.8) + 0.1 * math.log(0.2))
    assert cross_entropy(q, p) != cross_entropy(p, q)


def test_powers_of_the_base_are_whole_units():
    k = np.arange(1075)
    assert np.array_equal(self_information(2.0**-k, base=2), k)
    tens = np.arange(23)
    assert np.array_equal(self_information(1 / 10.0**tens, base=10), tens)
    for bits in (1, 3, 10, 12):
        assert entropy(np.full(2**bits, 2.0**-bits), base=2) == bits
    assert binary_entropy(0.5, base=2) == 1


def test_no_negative_zero():
    results = [self_information(1, base=base) for base in BASES] + [
        binary_entropy([0, 1, -0.0]),
        entropy([1, 0]),
        entropy([-0.0, 1.0], base=2),
        cross_entropy([1, 0], [1, 0]),
        kl_divergence([1, 0], [1, -0.0]),
        js_divergence([1, 0], [1, -0.0]),
    ]
    for result in results:
        assert np.all(result == 0)
        assert not np.any(np.signbit(result))


def test_base_units():
    p, q = [0.2, 0.3, 0.5], [0.5, 0.25, 0.25]
    calls = [lambda base: entropy(p, base=base), lambda base: binary_entropy(0.3, base=base)]
    calls += [lambda base, f=f: f(p, q, base=base) for f in PAIRED]
    calls += [lambda base: self_information(0.3, base=base)]
    for call in calls:
        for base in (2, 10, 1.5, 64, np.float32(3), Fraction(5, 2)):
            assert call(base) == pytest.approx(call(None) / math.log(base), rel=1e-15)
        assert call(math.e) == pytest.approx(call(None), rel=1e-15)


# ---------------------------------------------------------------- 类型、形状、轴


@pytest.mark.parametrize(
    ("given_dtype", "result_dtype"),
    [
        (np.float16, np.float32),
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.dtype(">f4"), np.float32),
        (np.dtype(">f8"), np.float64),
        (np.int64, np.float64),
        (np.uint8, np.float64),
        (bool, np.float64),
    ],
)
def test_result_dtype(given_dtype, result_dtype):
    p = np.array([[1, 0], [0, 1]], dtype=given_dtype)
    results = [f(p) for f in [*ELEMENTWISE, entropy]] + [f(p, p) for f in PAIRED]
    scalars = [f(p[0, 0]) for f in ELEMENTWISE] + [entropy(p[0])] + [f(p[0], p[0]) for f in PAIRED]
    for result in results:
        assert isinstance(result, np.ndarray)
        assert result.dtype == result_dtype
        assert result.dtype.isnative
    for scalar in scalars:
        assert type(scalar) is np.dtype(result_dtype).type


def test_mixed_dtypes_take_the_wider():
    half = np.array([0.5, 0.5])
    for f in PAIRED:
        assert f(half.astype(np.float32), half.astype(np.float16)).dtype == np.float32
        assert f(half.astype(np.float32), half).dtype == np.float64
        assert f([1, 0], half.astype(np.float32)).dtype == np.float64


def test_float32_is_computed_in_float64():
    p = np.float32([0.1, 0.2, 0.7])
    q = np.float32([0.1, 0.2000001, 0.6999999])
    assert kl_divergence(p, q) == np.float32(exact_kl_divergence(*map(exact_list, (p, q))))


def exact_list(values):
    return [exact(x) for x in values]


def test_inputs_are_left_alone():
    p, q = np.array([[0.5, 0.5], [0.0, 1.0]]), np.array([[0.25, 0.75], [1.0, 0.0]])
    before = p.copy(), q.copy()
    for f in PAIRED:
        f(p, q)
        f(p, q, axis=1, base=2)
    entropy(p)
    binary_entropy(p)
    self_information(p)
    assert np.array_equal(p, before[0])
    assert np.array_equal(q, before[1])


@pytest.mark.parametrize("axis", [-3, -2, -1, 0, 1, 2, np.int8(1)])
def test_axis(axis):
    rng = np.random.default_rng(0)
    p, q = rng.random((2, 3, 4, 5))
    p, q = (x / x.sum(axis=axis, keepdims=True) for x in (p, q))
    for f, arrays in [(entropy, (p,)), *((f, (p, q)) for f in PAIRED)]:
        moved = [np.ascontiguousarray(np.moveaxis(x, axis, -1)) for x in arrays]
        rows = [x.reshape(-1, x.shape[-1]) for x in moved]
        expected = np.array([f(*row) for row in zip(*rows, strict=True)])
        result = f(*arrays, axis=axis)
        assert result.shape == moved[0].shape[:-1]
        assert np.array_equal(result.ravel(), expected)  # 逐位相同：与内存排列无关
        fortran = f(*(np.asfortranarray(x) for x in arrays), axis=axis)
        assert np.array_equal(fortran, result)
        flipped = f(*(x[::-1, ::-1, ::-1][::-1, ::-1, ::-1] for x in arrays), axis=axis)
        assert np.array_equal(flipped, result)


def test_long_rows_down_the_first_axis_stay_accurate():
    # 逐个累加时，5 万行的误差约是 100 ulp。
    p = np.full((50_000, 2), 1 / 50_000)
    truth = exact_entropy(exact_list(p[:, 0]))
    assert max(ulps(x, truth) for x in entropy(p, axis=0)) <= 4


def test_strided_and_broadcast_views():
    wide = np.array([0.5, 9, 0.25, 9, 0.25, 9])
    assert entropy(wide[::2], base=2) == 1.5
    p = np.broadcast_to([0.5, 0.25, 0.25], (4, 3))
    assert np.array_equal(entropy(p, base=2), [1.5] * 4)
    assert np.array_equal(kl_divergence(p, p), [0] * 4)


def test_empty_batches():
    empty = np.zeros((0, 3))
    assert entropy(empty).shape == (0,)
    assert entropy(np.zeros((3, 0, 2)), axis=0).shape == (0, 2)
    for f in PAIRED:
        assert f(empty, empty).shape == (0,)
    for f in ELEMENTWISE:
        assert f(empty).shape == (0, 3)
        assert f([]).shape == (0,)


def test_one_outcome():
    assert entropy([1]) == 0
    assert [f([1], [1]) for f in PAIRED] == [0, 0, 0]


# ---------------------------------------------------------------- 精度


def strictly(function, *args, **options):
    """在 np.seterr(all="raise") 下调用：用户这样设了，也不该有任何浮点警告。"""
    with np.errstate(all="raise"):
        return function(*args, **options)


def hard_probabilities(dtype):
    info = np.finfo(dtype)
    eps = float(info.eps)
    corners = [float(info.smallest_subnormal), 7 * float(info.smallest_subnormal)]
    corners += [float(info.tiny) / 3, float(info.tiny), 1e-30, 1e-20, 1e-10, 1e-5, 1e-3, 0.1]
    corners += [1 / 3, 0.5 - 1e-6, 0.5 - eps, 0.5, 0.5 + eps, 0.5 + 1e-6, 0.9, 0.99]
    corners += [1 - 1e-3, 1 - 1e-6, 1 - 4 * eps, 1 - eps, 1 - eps / 2, 1.0]
    rng = np.random.default_rng(1)
    spread = [rng.random(150), 10 ** rng.uniform(-16, 0, 80), 1 - 10 ** rng.uniform(-7, 0, 80)]
    p = np.concatenate([corners, *spread]).astype(dtype)
    return p[(p > 0) & (p <= 1)]


def hard_pairs(dtype):
    """成对的分布：极小、次正规、确定、相差悬殊、几乎相等。"""
    info = np.finfo(dtype)
    rng = np.random.default_rng(2)
    tiny = [float(info.smallest_subnormal), float(info.tiny), 1e-30, 1e-20, 1e-9, 1e-3, 0.1, 0.5]
    pairs = [([1, 0], [0, 1]), ([1, 0], [1, 0]), ([0, 1, 0], [0, 0.5, 0.5])]
    for a in tiny:
        pairs += [([1, 0], [a, 1 - a]), ([a, 1 - a], [1, 0]), ([a, 0, 1 - a], [0, a, 1 - a])]
        pairs += [([a, 1 - a], [b, 1 - b]) for b in tiny]
        pairs += [([a, 1 - a], [1 - b, b]) for b in tiny]
    for size in (2, 3, 50):
        for concentration in (0.02, 0.3, 1, 50):
            pairs += [tuple(rng.dirichlet([concentration] * size, 2)) for _ in range(6)]
    for ratio in np.linspace(0.1, 0.9, 60):  # 扫过级数与对数的交界
        a = rng.uniform(0.02, 0.4)
        pairs += [
            ([a, 1 - a], [a * ratio, 1 - a * ratio]),
            ([a * ratio, 1 - a * ratio], [a, 1 - a]),
        ]
    pairs = [tuple(np.array(x, dtype) for x in pair) for pair in pairs]
    return pairs + near_pairs(dtype)


def near_pairs(dtype):
    """p ≈ q：相对差从 0.3 到 1e-12（直到最后一位）。"""
    rng = np.random.default_rng(3)
    pairs = []
    for exponent in np.linspace(0.5, 15.5, 31):
        for size in (2, 3, 10):
            p = rng.dirichlet([1.0] * size)
            q = p * (1 + 10**-exponent * rng.uniform(-1, 1, size))
            pairs.append((p.astype(dtype), (q / q.sum()).astype(dtype)))
    return pairs


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(
    ("function", "reference"),
    [(self_information, exact_self_information), (binary_entropy, exact_binary_entropy)],
)
def test_elementwise_accuracy(function, reference, base, dtype):
    unit = mpmath.log(exact(base)) if base else 1
    p = hard_probabilities(dtype)
    result = strictly(function, p, base=base)
    assert result.dtype == dtype
    worst = max(ulps(x, reference(exact(y)) / unit) for x, y in zip(result, p, strict=True))
    assert worst <= 4


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(
    ("function", "reference"),
    [
        (lambda p, q, base: entropy(p, base=base), lambda p, q: exact_entropy(p)),
        (cross_entropy, exact_cross_entropy),
        (kl_divergence, exact_kl_divergence),
        (js_divergence, exact_js_divergence),
    ],
    ids=["entropy", "cross_entropy", "kl_divergence", "js_divergence"],
)
def test_accuracy(function, reference, base, dtype):
    unit = mpmath.log(exact(base)) if base else 1
    for p, q in hard_pairs(dtype):
        truth = reference(exact_list(p), exact_list(q)) / unit
        assert ulps(strictly(function, p, q, base=base), truth) <= 4, (p, q)


@pytest.mark.parametrize(
    ("low", "high", "bound"),
    # 后两组全落在级数上，只用四则运算，各平台逐位相同，所以界能定紧：
    # 少了 TwoSum 的任何一处补偿都会越过它。
    [(3.03, 4, 4), (2, 5, 4), (0.25, 0.33, 4), (0.34, 0.5, 2.5), (0.9, 1, 2.2)],
)
def test_kl_accuracy_across_the_switch_between_forms(low, high, bound):
    """p₀/q₀ 在 ``low`` 与 ``high`` 之间。"""
    rng = np.random.default_rng(8)
    ratio = rng.uniform(low, high, 2500)
    a = rng.uniform(0.01, 0.4, 2500) * np.minimum(ratio, 1)
    p, q = (np.stack([x, 1 - x], axis=1) for x in (a, a / ratio))
    rows = zip(kl_divergence(p, q), p, q, strict=True)
    assert max(ulps(x, exact_kl_divergence(*map(exact_list, pair))) for x, *pair in rows) <= bound


def dyadic_pairs():
    """和恰好是 1 的行：元素都是 2⁻⁵² 的整数倍，所以加减没有舍入。"""
    rng = np.random.default_rng(4)
    for exponent in (-1.0, -3.0, -6.0, -9.0, -12.0, -15.0):
        for size in (2, 3, 8):
            shift = np.rint(10**exponent * rng.uniform(0.5, 1, size) * 2**52 / size)
            shift[-1] = -shift[:-1].sum()
            p = np.rint(rng.uniform(0.6, 1, size) * 2**52 / size)
            p[-1] = 2**52 - p[:-1].sum()
            yield p / 2**52, (p + shift) / 2**52


def test_kl_is_the_usual_kl_for_exactly_normalised_rows():
    for p, q in dyadic_pairs():
        assert sum(map(Fraction, p)) == sum(map(Fraction, q)) == 1
        assert not np.array_equal(p, q)
        truth = exact_plain_kl(exact_list(p), exact_list(q))
        assert truth == pytest.approx(exact_kl_divergence(exact_list(p), exact_list(q)), rel=1e-25)
        assert kl_divergence(p, q) > 0
        assert ulps(kl_divergence(p, q), truth) <= 4
        assert ulps(js_divergence(p, q), exact_js_divergence(exact_list(p), exact_list(q))) <= 4


def test_kl_never_negative_where_the_usual_sum_is():
    # 教科书的写法在这些行上有一部分是负数，测试才有意义。
    negative = 0
    for p, q in near_pairs(np.float64):
        negative += np.sum(p * np.log(p / q)) < 0
        assert kl_divergence(p, q) >= 0
        assert kl_divergence(p, q) == 0 or not np.array_equal(p, q)
    assert negative >= 5


def test_small_probabilities_are_not_lost():
    assert ulps(binary_entropy(1e-20), exact_binary_entropy(exact(1e-20))) <= 4
    assert binary_entropy(5e-324) > 0
    assert kl_divergence([1, 0], [1 - 2**-53, 2**-53]) > 0
    assert 0 < js_divergence([5e-322, 1.0], [0.0, 1.0]) < 1e-320  # p/2 不该下溢出 inf


@pytest.mark.parametrize("size", [1000, 50_000])
def test_long_rows(size):
    rng = np.random.default_rng(5)
    p, q = np.maximum(rng.dirichlet([0.1] * size, 2), 1e-300)
    truth = exact_kl_divergence(exact_list(p), exact_list(q)) if size == 1000 else None
    if truth is not None:
        assert ulps(kl_divergence(p, q), truth) <= 4
        truth = exact_js_divergence(exact_list(p), exact_list(q))
        assert ulps(js_divergence(p, q), truth) <= 4
    assert ulps(entropy(p), exact_entropy(exact_list(p))) <= 4
    assert ulps(cross_entropy(p, q), exact_cross_entropy(exact_list(p), exact_list(q))) <= 4


# ---------------------------------------------------------------- 性质


@st.composite
def distributions(draw, count=1, max_size=8):
    """``count`` 个等长的分布；允许零、极小的元素和确定的分布。"""
    size = draw(st.integers(1, max_size))
    weight = st.one_of(st.just(0.0), st.floats(1e-12, 1), st.floats(1e-300, 1))
    rows = []
    for _ in range(count):
        row = draw(hnp.arrays(np.float64, size, elements=weight))
        if row.sum() < 1e-290:
            row[draw(st.integers(0, size - 1))] = 1
        rows.append(np.minimum(row / row.sum(), 1))
    return rows if count > 1 else rows[0]


@given(distributions())
def test_entropy_bounds(p):
    assert 0 <= entropy(p) <= math.log(p.size) * (1 + 1e-15)


@given(distributions(max_size=5), distributions(max_size=5))
def test_entropy_of_independent_pair_adds(p, q):
    joint = np.outer(p, q).ravel()
    assert entropy(joint) == pytest.approx(entropy(p) + entropy(q), rel=1e-12, abs=1e-12)


@given(distributions(count=2), st.randoms(use_true_random=False))
def test_permutation_invariance(rows, random):
    order = list(range(rows[0].size))
    random.shuffle(order)
    p, q = rows
    assert entropy(p[order]) == pytest.approx(entropy(p), rel=1e-14)
    for f in PAIRED:
        assert f(p[order], q[order]) == pytest.approx(f(p, q), rel=1e-14)


@given(distributions(count=2))
def test_cross_entropy_is_entropy_plus_kl(rows):
    p, q = rows
    assert cross_entropy(p, q) == pytest.approx(
        entropy(p) + kl_divergence(p, q), rel=1e-12, abs=1e-12
    )


@given(distributions(count=2))
def test_gibbs(rows):
    p, q = rows
    assert cross_entropy(p, q) >= entropy(p) - 1e-14
    assert kl_divergence(p, q) >= 0
    # 差小到平方会下溢时除外，KL 只在相等处为 0。
    if np.max(np.abs(p - q)) > 1e-150:
        assert kl_divergence(p, q) > 0
    assert kl_divergence(p, p) == 0
    assert cross_entropy(p, p) == entropy(p)


@given(distributions(count=2))
def test_infinite_exactly_when_the_impossible_happens(rows):
    p, q = rows
    impossible = bool(np.any((q == 0) & (p > 0)))
    assert np.isinf(cross_entropy(p, q)) == impossible
    assert np.isinf(kl_divergence(p, q)) == impossible
    assert np.isfinite(js_divergence(p, q))


@given(distributions(count=2), st.sampled_from([None, 2, 10]), st.sampled_from(["f4", "f8"]))
def test_js_is_symmetric_and_bounded(rows, base, dtype):
    p, q = (row.astype(dtype) for row in rows)
    js = js_divergence(p, q, base=base)
    assert js.tobytes() == js_divergence(q, p, base=base).tobytes()
    top = js.dtype.type(math.log(2) / math.log(base or math.e))
    assert 0 <= js <= (np.nextafter(top, 1) if base == 10 else top)  # log10(2) 自己也有舍入
    assert js_divergence(p, p, base=base) == 0
    if np.max(np.abs(rows[0] - rows[1])) > 1e-4:
        assert js > 0


def test_js_stays_bounded_when_rows_sum_to_slightly_more_than_one():
    assert js_divergence([0.5, 0.5 + 5e-10, 0], [0, 0, 1]) == math.log(2)


@given(distributions(count=2), st.floats(1.001, 1e6))
def test_change_of_base(rows, base):
    p, q = rows
    for f in PAIRED:
        assert f(p, q, base=base) == pytest.approx(f(p, q) / math.log(base), rel=1e-14)
    assert entropy(p, base=base) == pytest.approx(entropy(p) / math.log(base), rel=1e-14)


@given(st.floats(0, 1))
def test_binary_entropy_is_the_entropy_of_two_outcomes(p):
    assert binary_entropy(p) == pytest.approx(entropy([p, 1 - p]), rel=1e-9, abs=1e-15)
    assert 0 <= binary_entropy(p, base=2) <= 1
    if p >= 0.5:  # 此时 1 - p 没有舍入
        assert binary_entropy(p) == pytest.approx(binary_entropy(1 - p), rel=1e-15)


@given(st.floats(0, 1, exclude_min=True), st.floats(0, 1, exclude_min=True))
def test_self_information_of_independent_events_adds(p, q):
    assert self_information(p) >= 0
    if p * q > 1e-300:
        both = self_information(p) + self_information(q)
        assert self_information(p * q) == pytest.approx(both, rel=1e-14, abs=1e-15)
    if p < q:
        assert self_information(p) >= self_information(q)


@settings(max_examples=50)
@given(distributions(count=2, max_size=5))
def test_float32_rows(rows):
    p, q = (row.astype(np.float32) for row in rows)
    wide = [row.astype(np.float64) for row in (p, q)]
    result = js_divergence(p, q)
    truth = exact_js_divergence(*map(exact_list, wide))
    assert ulps(result, min(truth, mpmath.log(2))) <= 4
    assert result.dtype == np.float32


# ---------------------------------------------------------------- 坏输入

LOGITS = "看起来像 logits"
COUNTS = "像计数，先除以总和"


@pytest.mark.parametrize(
    ("p", "error", "parts"),
    [
        ([0.2, -0.5, 1.3], ValueError, ["p[1] = -0.5", LOGITS, "softmax/sigmoid"]),
        ([2.0, -1.0, 0.5], ValueError, ["p[0] = 2.0", LOGITS]),
        (np.float32([[0.5, 0.5], [0.9, -0.1]]), ValueError, ["p[1, 1] = -0.1", LOGITS]),
        ([[0.5, 0.5], [20, 80]], ValueError, ["p[1, 0] = 20.0", "像百分数，除以 100"]),
        ([33.3, 33.3, 33.3], ValueError, ["p[0] = 33.3", "像百分数，除以 100"]),
        ([3, 5, 2], ValueError, ["p[0] = 3.0", COUNTS, "p / np.sum(p)"]),
        ([1.2, 0.3, 2.5], ValueError, ["p[0] = 1.2", LOGITS, "权重"]),
        ([-1.6094379124341003, -0.2231435513142097], ValueError, ["p[0]", "对数概率", "np.exp"]),
        ([1 + 2**-52, 0], ValueError, ["p[0] = 1.0000000000000002", "舍入误差"]),
        ([1.0, -1e-17], ValueError, ["p[1] = -1e-17", "舍入误差"]),
        ([1e308, 1e308], ValueError, ["p[0] = 1e+308"]),
        ([-0.5, math.nan], ValueError, ["p[0] = -0.5", LOGITS]),
        ([0.5, math.nan, 0.5], ValueError, ["p[1] = nan", "NaN"]),
        ([0.5, 0.5, math.inf], ValueError, ["p[2] = inf", "logits"]),
        ([[0.5, 0.5], [-math.inf, 0]], ValueError, ["p[1, 0] = -inf", "logits"]),
        ([0.333, 0.333, 0.333], ValueError, ["p 之和是 0.999", "四舍五入", "p / np.sum(p)"]),
        (np.float32([0.333] * 3), ValueError, ["p 之和是 0.999", "四舍五入"]),
        (np.float32([0.33333] * 3), ValueError, ["p 之和是 0.99999"]),
        ([0.33333333] * 3, ValueError, ["p 之和是 0.99999999", "float32"]),
        (np.float32([0.1, 0.2, 0.7]).tolist(), ValueError, ["p 之和是 0.99999999", "float32"]),
        ([[0.5, 0.5], [0.5, 0.6]], ValueError, ["p[1, :] 之和是 1.1", "多标签", "axis=1"]),
        ([[0.5, 0.2], [0.5, 0.8]], ValueError, ["p[0, :] 之和是 0.7", "也许该写 axis=0"]),
        ([0.1, 0.2], ValueError, ["p 之和是 0.3", "漏了类别"]),
        ([[1, 0], [0, 0]], ValueError, ["p[1, :] 之和是 0.0", "全是 0"]),
        ([1, 1, 0], ValueError, ["p 之和是 2.0", "多标签", "np.stack", "若是计数，先除以总和"]),
        ([[0.3, 0.1], [0.1, 0.5]], ValueError, ["p[0, :] 之和是 0.4", "联合分布", "np.ravel"]),
        ([[0.3], [0.6]], ValueError, ["p[0, :] 之和是 0.3", "binary_entropy"]),
        ([], ValueError, ["p 的形状是 (0,)", "空分布"]),
        (np.zeros((3, 0)), ValueError, ["p 的形状是 (3, 0)", "第 1 个轴", "空分布"]),
        (0.5, ValueError, ["p = 0.5", "0 维", "binary_entropy"]),
        ([[0.5, 0.5], [1.0]], ValueError, ["p[0] 是长 2", "p[1] 是长 1"]),
        ([[0.5, 0.5], 1.0], ValueError, ["p[1] 是一个数"]),
        ([0.5, 0.5 + 0j], TypeError, ["p[1] = (0.5+0j)", "复数"]),
        (["0.5", "0.5"], TypeError, ["p[0] = '0.5'", "字符串"]),
        ([0.5, "a"], TypeError, ["p[1] = 'a'", "str"]),
        (b"ab", TypeError, ["p = b'ab'"]),
        ([0.5, None], TypeError, ["p[1] = None", "NoneType"]),
        (None, TypeError, ["p = None"]),
        ({0: 1}, TypeError, ["p = {0: 1}", "dict"]),
        ([Fraction(1, 2)] * 2, TypeError, ["p[0] = Fraction(1, 2)", "float()"]),
        (np.array([0.5, 0.5], dtype=object), TypeError, ["p 的类型是 object", ".astype(float)"]),
        (np.array(["2020-01-01"], dtype="M8[D]"), TypeError, ["p[0]"]),
        (np.ma.array([0.5, 0.5], mask=[0, 1]), TypeError, ["p 是掩码数组"]),
        ([np.ma.array([0.5, 0.5], mask=[0, 1])], TypeError, ["p[0] 是掩码数组"]),
    ],
)
def test_bad_distribution(p, error, parts):
    calls = [lambda: entropy(p)] + [lambda f=f: f(p, p) for f in PAIRED]
    for call in calls:
        with raises_saying(error, parts):
            strictly(call)


@pytest.mark.skipif(np.dtype("g").itemsize == 8, reason="这里的 longdouble 就是 float64")
def test_longdouble_is_refused():
    with pytest.raises(TypeError, match=r"^p 的类型是 .*float64"):
        entropy(np.longdouble([0.5, 0.5]))


@pytest.mark.parametrize("function", ELEMENTWISE)
@pytest.mark.parametrize(
    ("p", "error", "parts"),
    [
        (1.5, ValueError, ["p = 1.5 ", "百分数", "计数", "logits"]),
        (-0.1, ValueError, ["p = -0.1 ", LOGITS, "对数概率"]),
        ([[0.5, 20]], ValueError, ["p[0, 1] = 20.0", "百分数"]),
        (np.float32([0.1, 1.1]), ValueError, ["p[1] = 1.1 "]),
        (math.nan, ValueError, ["p = nan", "NaN"]),
        ([0.5, -math.inf], ValueError, ["p[1] = -inf"]),
        (1 + 2**-52, ValueError, ["p = 1.0000000000000002", "舍入误差"]),
        ("half", TypeError, ["p = 'half'"]),
        (1j, TypeError, ["p = 1j", "复数"]),
        ([[1], [1, 0]], ValueError, ["p[1] 是长 2"]),
        (np.ma.array(0.5, mask=True), TypeError, ["掩码"]),
    ],
)
def test_bad_probability(function, p, error, parts):
    with raises_saying(error, parts):
        function(p)


@pytest.mark.parametrize("function", PAIRED)
@pytest.mark.parametrize(
    ("p_shape", "q_shape", "parts"),
    [
        ((2, 1), (2,), ["(2, 1)", "(2,)", "np.reshape(p, (2,))"]),
        ((2,), (2, 1), ["np.reshape(q, (2,))"]),
        ((1, 2), (2,), ["np.reshape(p, (2,))"]),
        ((3, 2), (2,), ["np.broadcast_to(q, (3, 2))"]),
        ((2,), (3, 2), ["np.broadcast_to(p, (3, 2))"]),
        ((3, 2), (2, 3), ["转置", "np.transpose(q)"]),
        ((2,), (3,), ["(2,) 与 (3,)", "不做广播"]),
        ((6,), (2, 3), ["(6,) 与 (2, 3)", "不做广播"]),
    ],
)
def test_shapes_must_match(function, p_shape, q_shape, parts):
    p, q = (np.full(shape, 1 / shape[-1]) for shape in (p_shape, q_shape))
    with raises_saying(ValueError, parts, match=r"^p 与 q 的形状要相同"):
        function(p, q)


@pytest.mark.parametrize("function", PAIRED)
def test_the_second_argument_is_checked_and_named(function):
    with pytest.raises(ValueError, match=r"^q\[1, 0\] = -0\.5 "):
        function([[0.5, 0.5]] * 2, [[0.5, 0.5], [-0.5, 1.5]])
    with pytest.raises(ValueError, match=r"^q\[:, 1\] 之和是 0\.9"):
        function([[0.5, 1.0], [0.5, 0.0]], [[0.5, 0.5], [0.5, 0.4]], axis=0)
    with pytest.raises(TypeError, match=r"^q 要由实数组成，而 q\[0\] = 'a'"):
        function([0.5, 0.5], ["a", "b"])


@pytest.mark.parametrize(
    ("axis", "error", "parts"),
    [
        (1, ValueError, ["axis = 1", "(2,)", "-1 到 0"]),
        (-2, ValueError, ["axis = -2", "(2,)"]),
        (True, TypeError, ["axis = True", "布尔值"]),
        (np.False_, TypeError, ["axis = False", "布尔值"]),
        (0.0, TypeError, ["axis", "0.0", "float"]),
        (None, TypeError, ["axis", "None"]),
        ((0,), TypeError, ["axis", "(0,)", "tuple"]),
        ("0", TypeError, ["axis", "'0'"]),
    ],
)
def test_bad_axis(axis, error, parts):
    half = [0.5, 0.5]
    calls = [lambda: entropy(half, axis=axis)]
    calls += [lambda f=f: f(half, half, axis=axis) for f in PAIRED]
    for call in calls:
        with raises_saying(error, parts):
            call()


@pytest.mark.parametrize(
    ("base", "error", "parts"),
    [
        (1, ValueError, ["base = 1 ", "ln 1 = 0"]),
        (0.5, ValueError, ["base = 0.5 ", "倒数"]),
        (0, ValueError, ["base = 0 "]),
        (-2, ValueError, ["base = -2 "]),
        (math.nan, ValueError, ["base = nan"]),
        (math.inf, ValueError, ["base = inf"]),
        (10**400, ValueError, ["base = 1000"]),
        (True, TypeError, ["base", "True", "bool"]),
        ("2", TypeError, ["base", "'2'", "str"]),
        (2j, TypeError, ["base", "2j", "complex"]),
        ([2], TypeError, ["base", "[2]", "list"]),
        (np.array([2, 3]), TypeError, ["base", "ndarray"]),
    ],
)
def test_bad_base(base, error, parts):
    half = [0.5, 0.5]
    calls = [lambda f=f: f(half, base=base) for f in [*ELEMENTWISE, entropy]]
    calls += [lambda f=f: f(half, half, base=base) for f in PAIRED]
    for call in calls:
        with raises_saying(error, parts):
            call()


def test_options_are_keyword_only():
    with pytest.raises(TypeError):
        entropy([0.5, 0.5], 0)
    with pytest.raises(TypeError):
        self_information(0.5, 2)


@pytest.mark.parametrize("size", [3, 1000, 50_000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_honest_softmax_rows_are_accepted(size, dtype):
    rng = np.random.default_rng(6)
    for scale in (0.1, 1, 10):
        e = np.exp(scale * rng.standard_normal(size)).astype(dtype)
        sequential = e / np.cumsum(e, dtype=dtype)[-1]  # 逐个累加：误差最大的算法
        assert entropy(sequential) >= 0
        assert entropy(e / e.sum()) >= 0


def test_rows_missing_a_little_mass_are_refused():
    for dtype, missing in [(np.float64, 1e-8), (np.float32, 1e-5)]:
        with pytest.raises(ValueError, match="之和"):
            entropy(np.array([0.5, 0.5 - missing], dtype))
    assert entropy([0.3333333333, 0.3333333333, 0.3333333334]) > 1


@pytest.mark.filterwarnings("error")
def test_no_warnings_at_the_edges():
    p = [[1, 0, 0], [5e-324, 1, 0], [0.5, 0, 0.5]]
    q = [[0, 1, 0], [1, 5e-324, 0], [1e-310, 0, 1]]
    for base in BASES:
        for f in [*ELEMENTWISE, entropy]:
            assert not np.isnan(strictly(f, p, base=base)).any()
        for f in PAIRED:
            for pair in [(p, q), (q, p), (np.float32(p), np.float32(q))]:
                assert not np.isnan(strictly(f, *pair, base=base)).any()
