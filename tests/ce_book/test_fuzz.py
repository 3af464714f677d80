"""任意的输入：要么得到对的答案，要么得到写明的错误；从不警告，没有 NaN，没有错的数。

什么是好输入、答案该是多少，都在这里另写一遍：逐个元素、逐行、照定义，用 mpmath 算。
"""

import math
import numbers
import re
from collections import namedtuple

import mpmath
import numpy as np
import pytest
from arrangements import (
    backwards,
    fortran,
    read_only,
    spaced,
    swapped_bytes,
    transposed,
    unaligned,
)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from reference import exact, ulps

from ce_book import activations, information, losses
from ce_book._validation import sum_tolerance

pytestmark = pytest.mark.filterwarnings("error")

INF, NAN = math.inf, math.nan
MOST_ULPS = 4
ZERO, INFINITY = mpmath.mpf(0), mpmath.inf


def fuzz(max_examples):
    """``max_examples`` 个例子，不限时间。"""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(max_examples=max_examples, deadline=None, suppress_health_check=slow)


def strictly(function, arguments):
    """任何浮点警告都是错误。"""
    with np.errstate(all="raise"):
        return function(**arguments)


# ---------------------------------------------------------------- 定义，逐个元素
# 参数是 mpf；0·∞ = 0 的约定写在 weighted 里。


def weighted(weight, value):
    return weight * value if weight else ZERO


def surprise(p):
    return -mpmath.log(p) if p else INFINITY


def surprise_of_complement(p):
    return -mpmath.log1p(-p) if p < 1 else INFINITY


def softplus(x):
    """ln(1 + e^x)。"""
    if mpmath.isinf(x):
        return x if x > 0 else ZERO
    return mpmath.log1p(mpmath.exp(x))


def exact_sigmoid(x):
    if mpmath.isinf(x):
        return mpmath.mpf(1 if x > 0 else 0)
    return 1 / (1 + mpmath.exp(-x))


def exact_binary_entropy(p):
    return weighted(p, surprise(p)) + weighted(1 - p, surprise_of_complement(p))


def exact_bce(y, q):
    return weighted(y, surprise(q)) + weighted(1 - y, surprise_of_complement(q))


def exact_sigmoid_ce(y, x):
    return weighted(y, softplus(-x)) + weighted(1 - y, softplus(x))


# ---------------------------------------------------------------- 定义，逐行
# 参数是 mpf 的列表，返回一个数或一个列表。


def exact_entropy(p):
    return mpmath.fsum(weighted(a, surprise(a)) for a in p)


def exact_cross_entropy(p, q):
    return mpmath.fsum(weighted(a, surprise(b)) for a, b in zip(p, q, strict=True))


def exact_kl(p, q):
    total = []
    for a, b in zip(p, q, strict=True):
        if b == 0 < a:
            return INFINITY
        total.append((a * mpmath.log(a / b) if a else ZERO) - a + b)
    return mpmath.fsum(total)


def exact_js(p, q):
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    half = [
        a * mpmath.log(a / m)
        for row in (p, q)
        for a, m in zip(row, middle, strict=True)
        if a and a != m
    ]
    # 行和的舍入误差不该让它越过上界。
    return min(mpmath.fsum(half) / 2, mpmath.log(2))


def surprises(x):
    """-ln softmax(x)，逐项。"""
    top = max(x)
    if top == INFINITY:
        return [ZERO if a == INFINITY else INFINITY for a in x]
    rest = list(x)
    rest.remove(top)  # 只去掉一个；其余的和可以远小于 1e-60
    rest = mpmath.log1p(mpmath.fsum(mpmath.exp(a - top) for a in rest))
    return [top - a + rest for a in x]


def exact_softmax(x):
    top = max(x)
    if top == INFINITY:
        return [mpmath.mpf(a == INFINITY) for a in x]
    weights = [mpmath.exp(a - top) for a in x]
    total = mpmath.fsum(weights)
    return [w / total for w in weights]


def exact_softmax_ce(y, x):
    return mpmath.fsum(weighted(a, s) for a, s in zip(y, surprises(x), strict=True))


# ---------------------------------------------------------------- 函数

# arrays：参数名 → 角色；row：照定义算一个元素或一行；maps：逐行的结果仍是一行。
Signature = namedtuple("Signature", "function arrays options truth maps", defaults=(False,))

SIGNATURES = {
    s.function.__name__: s
    for s in [
        Signature(information.self_information, {"p": "prob"}, ["base"], surprise),
        Signature(information.binary_entropy, {"p": "prob"}, ["base"], exact_binary_entropy),
        Signature(information.entropy, {"p": "rows"}, ["axis", "base"], exact_entropy),
        Signature(
            information.cross_entropy,
            {"p": "rows", "q": "rows"},
            ["axis", "base"],
            exact_cross_entropy,
        ),
        Signature(
            information.kl_divergence, {"p": "rows", "q": "rows"}, ["axis", "base"], exact_kl
        ),
        Signature(
            information.js_divergence, {"p": "rows", "q": "rows"}, ["axis", "base"], exact_js
        ),
        Signature(activations.sigmoid, {"x": "logit"}, [], exact_sigmoid),
        Signature(activations.log_sigmoid, {"x": "logit"}, [], lambda x: -softplus(-x)),
        Signature(activations.softmax, {"x": "logit_rows"}, ["axis"], exact_softmax, True),
        Signature(
            activations.log_softmax,
            {"x": "logit_rows"},
            ["axis"],
            lambda x: [-s for s in surprises(x)],
            True,
        ),
        Signature(
            losses.binary_cross_entropy,
            {"labels": "prob", "probs": "prob"},
            ["reduction"],
            exact_bce,
        ),
        Signature(
            losses.sigmoid_cross_entropy,
            {"labels": "prob", "logits": "logit"},
            ["reduction"],
            exact_sigmoid_ce,
        ),
        Signature(
            losses.categorical_cross_entropy,
            {"labels": "rows", "probs": "rows"},
            ["reduction"],
            exact_cross_entropy,
        ),
        Signature(
            losses.softmax_cross_entropy,
            {"labels": "rows", "logits": "logit_rows"},
            ["reduction"],
            exact_softmax_ce,
        ),
        Signature(
            losses.sparse_softmax_cross_entropy,
            {"classes": "classes", "logits": "logit_rows"},
            ["reduction"],
            lambda c, x: surprises(x)[int(c)],
        ),
    ]
}
LOSSES = [name for name, s in SIGNATURES.items() if "reduction" in s.options]


def by_rows(signature):
    """一个答案对应一行，而不是一个元素。"""
    return bool({"rows", "logit_rows"} & set(signature.arrays.values()))


def test_every_public_function_is_fuzzed():
    public = {name for module in (information, activations, losses) for name in module.__all__}
    assert set(SIGNATURES) == public


# ---------------------------------------------------------------- 什么是好输入


def faults(signature, arguments):
    """这组参数有哪些毛病：参数名 → 可以引发的错误类型；没有毛病则是空的。"""
    found = {}

    def blame(error, *names):
        for name in names:
            found.setdefault(name, set()).add(error)

    arrays = {name: np.asarray(arguments[name]) for name in signature.arrays}
    first, *others = arrays
    for name, array in arrays.items():
        if array.dtype.kind in "iu" and any(abs(int(a)) > 2**53 for a in array.flat):
            blame(ValueError, name)

    axis = arguments.get("axis", -1)
    if "axis" in arguments and (isinstance(axis, bool) or not isinstance(axis, int)):
        blame(TypeError, "axis")
        axis = -1
    main = arrays[(others or [first])[-1]]  # 预测；它总有类这个轴
    if by_rows(signature):
        if main.ndim == 0:
            blame(ValueError, *arrays)
        elif not -main.ndim <= axis < main.ndim:
            blame(ValueError, "axis")
    if not _shapes_agree(signature, arrays):
        blame(ValueError, *arrays)

    for name, role in signature.arrays.items():
        for error in _array_faults(role, arrays[name], axis):
            blame(error, name)
    if "classes" in arrays and main.ndim and arrays["classes"].dtype.kind in "iu":
        classes = arrays["classes"]
        if classes.size and not (0 <= int(classes.min()) <= int(classes.max()) < main.shape[-1]):
            blame(ValueError, "classes")

    base = arguments.get("base")
    if base is not None and (isinstance(base, bool) or not isinstance(base, numbers.Real)):
        blame(TypeError, "base")
    elif base is not None and not 1 < base < 2**1024:  # float 装得下
        blame(ValueError, "base")
    reduction = arguments.get("reduction", "none")
    if reduction not in ("none", "sum", "mean"):
        blame(ValueError, "reduction")
    count = math.prod(main.shape[:-1] if by_rows(signature) else main.shape)
    if reduction == "mean" and count == 0:
        blame(ValueError, "reduction")
    return found


def _shapes_agree(signature, arrays):
    shapes = [array.shape for array in arrays.values()]
    if "classes" in arrays:
        return shapes[0] == shapes[1][:-1]
    return len(set(shapes)) == 1


def _array_faults(role, array, axis):
    """一个数组自己的毛病。"""
    if role == "classes":
        if array.dtype.kind == "b" or (array.dtype.kind == "f" and array.size):
            yield TypeError
        return
    if np.isnan(array).any():
        yield ValueError
    if role in ("prob", "rows") and not all(0 <= a <= 1 for a in array.flat):
        yield ValueError
    if role == "prob" or role == "logit" or not -array.ndim <= axis < array.ndim:
        return
    if array.shape[axis] == 0:
        yield ValueError
    for row in rows_of(array, axis):
        finite = np.isfinite(row).all()
        if role == "rows" and finite:
            dtype = array.dtype if array.dtype.kind == "f" else np.float64
            off = abs(mpmath.fsum(exact(a) for a in row) - 1)
            tolerance = sum_tolerance(dtype, len(row))
            assume(abs(off - tolerance) > 1e-13)  # 求和自己的舍入误差，两边都说得过去
            if off > tolerance:
                yield ValueError
        if role == "logit_rows":
            plus = sum(1 for a in row if a == INF)
            if plus > 1 or all(a == -INF for a in row):
                yield ValueError


def rows_of(array, axis):
    """沿 ``axis`` 的每一行，按行优先的次序。"""
    moved = np.moveaxis(array, axis, -1)
    return [moved[index] for index in np.ndindex(*moved.shape[:-1])]


# ---------------------------------------------------------------- 答案该是多少


def right_dtype(signature, arrays):
    """结果的类型，照文档的规则。"""
    kinds = dict(arrays)
    if "reduction" in signature.options:  # 整数、布尔的标签不影响类型
        kinds.pop("classes", None)
        if "labels" in kinds and kinds["labels"].dtype.kind != "f":
            del kinds["labels"]
    wide = any(a.dtype.kind != "f" or a.dtype.itemsize == 8 for a in kinds.values())
    return np.float64 if wide else np.float32


def right_answer(signature, arguments):
    """（真值的列表，形状）；真值是 mpf，按行优先的次序。"""
    arrays = [np.asarray(arguments[name]) for name in signature.arrays]
    main, axis = arrays[-1], arguments.get("axis", -1)
    unit = mpmath.log(exact(arguments["base"])) if arguments.get("base") else 1
    if by_rows(signature):
        columns = [
            list(map(exact, array.flat))
            if role == "classes"
            else [list(map(exact, row)) for row in rows_of(array, axis)]
            for array, role in zip(arrays, signature.arrays.values(), strict=True)
        ]
        shape = np.moveaxis(main, axis, -1).shape
        shape = shape if signature.maps else shape[:-1]
    else:
        columns, shape = [list(map(exact, array.flat)) for array in arrays], main.shape
    truths = [signature.truth(*each) for each in zip(*columns, strict=True)]
    if signature.maps:
        truths = [x for row in truths for x in row]
    truths = [x / unit for x in truths]
    reduction = arguments.get("reduction", "none")
    if reduction != "none":
        # 一个损失就超出了 float64（舍入以后），汇总时便是 inf。
        largest = exact(np.finfo(float).max) * (1 + exact(np.finfo(float).eps) / 4)
        truths = [INFINITY if x > largest else x for x in truths]
        total = mpmath.fsum(truths)
        return [total / len(truths) if reduction == "mean" else total], ()
    return truths, shape


def off_by(value, truth):
    """离真值几个 ulp；真值超出类型的范围，就该是 ±inf。"""
    info = np.finfo(type(value))
    if truth > exact(info.max) * (1 - MOST_ULPS * exact(info.eps)) and value == INF:
        return 0.0
    if truth < exact(info.min) * (1 - MOST_ULPS * exact(info.eps)) and value == -INF:
        return 0.0
    # 最大的数与下一个数的间距会溢出，先减半。
    return ulps(value / 2, truth / 2) if abs(truth) > 1 else ulps(value, truth)


def most_ulps_of_sum(count):
    """``count`` 个损失之和最多差几个 ulp：各自的误差，加上累加的舍入。

    64 个一组在几十条线上相加，各组再精确地加。
    """
    return MOST_ULPS + (0.5 if count < 64 else 3)


def check_answer(signature, arguments, result):
    arrays = {name: np.asarray(arguments[name]) for name in signature.arrays}
    truths, shape = right_answer(signature, arguments)
    if signature.maps:
        result = np.moveaxis(result, arguments["axis"], -1)
    assert result.shape == shape
    assert result.dtype == right_dtype(signature, arrays)
    values = list(np.ravel(result))
    assert not any(v == 0 and np.signbit(v) for v in values)  # 零没有符号
    # 以 nat 计时小到次正规数的值，有效数字本来就少；底接近 1 时，换单位会把误差一起放大。
    base = arguments.get("base")
    slack = MOST_ULPS * exact(5e-324) / mpmath.log(exact(base)) if base else 0
    most = MOST_ULPS
    if arguments.get("reduction", "none") != "none":
        most = most_ulps_of_sum(max(array.size for array in arrays.values()))
    for value, truth in zip(values, truths, strict=True):
        if off_by(value, truth) > most:
            assert abs(exact(value) - truth) <= slack, (value, mpmath.nstr(truth, 25))


# ---------------------------------------------------------------- 任意的数组

FLOATS = {"f2": 16, "f4": 32, "f8": 64}
INTEGERS = ["?", "i1", "i2", "i4", "i8", "u1", "u8"]
# float64 与 float32 的指数上溢、下溢的地方；相差几百的 logits，误差被指数放大得最厉害。
EDGES = [0, 1, 17, 40, 88, 89, 104, 315, 400, 600, 708, 709, 710, 744, 745, 746]
EDGES += [-x for x in EDGES]
DTYPES = ["f8"] * 9 + ["f4"] * 6 + ["f2"] * 2 + INTEGERS
SIZES = st.sampled_from([3, 1, 2, 4, 5, 3, 2, 0])


def rarely(draw, one_in=10):
    """``one_in`` 次里有一次。"""
    return draw(st.integers(1, one_in)) == one_in


def floats(dtype, low=None, high=None, specials=()):
    """[low, high] 中的浮点数，以及几个特别的。"""
    info = np.finfo(dtype)
    edges = [0.0, -0.0, 1.0, float(info.smallest_subnormal), float(info.tiny), float(info.max)]
    edges += [1 + float(info.eps), 1 - float(info.epsneg), 0.5, -1.0, -float(info.max), *specials]
    if low is not None:
        edges = [x for x in edges if low <= x <= high]
    any_float = st.floats(low, high, width=FLOATS[dtype], allow_nan=low is None)
    return st.one_of(st.sampled_from(edges), any_float)


@st.composite
def weird(draw, shape, dtype):
    """什么都可以。"""
    if dtype in FLOATS:
        return draw(hnp.arrays(dtype, shape, elements=floats(dtype, specials=[NAN, INF, -INF])))
    small = st.one_of(st.integers(0, 1), hnp.from_dtype(np.dtype(dtype)))
    return draw(hnp.arrays(dtype, shape, elements=st.booleans() if dtype == "?" else small))


@st.composite
def probabilities(draw, shape, dtype):
    if dtype not in FLOATS:
        return draw(hnp.arrays(dtype, shape, elements=st.sampled_from([False, True])))
    return draw(hnp.arrays(dtype, shape, elements=floats(dtype, 0, 1)))


@st.composite
def logits(draw, shape, dtype):
    if dtype not in FLOATS:
        low = 0 if dtype[0] in "?u" else -100
        return draw(hnp.arrays(dtype, shape, elements=st.integers(low, 1 if dtype == "?" else 100)))
    bound = draw(st.sampled_from([4, 40, 800, 60000]))
    near = st.floats(-bound, bound, width=FLOATS[dtype])
    top = float(np.finfo(dtype).max)
    huge = st.sampled_from([top, -top, top / 2, -top / 2, 0.0])  # 差会溢出，和也会
    edgy = st.sampled_from([float(x) for x in EDGES])
    wild = floats(dtype, specials=[INF, -INF, -INF]).filter(lambda x: x == x)
    return draw(
        hnp.arrays(
            dtype, shape, elements=draw(st.sampled_from([near, near, edgy, edgy, wild, huge]))
        )
    )


@st.composite
def distributions(draw, shape, dtype):
    """最后一个轴的和是 1，或者差一点点。"""
    size = shape[-1]
    kinds = ["one_hot", "exact", "divided", "divided", "nearly"]
    kind = draw(st.sampled_from(kinds if dtype in FLOATS else kinds[:1]))
    if kind == "one_hot":
        winners = draw(hnp.arrays(int, shape[:-1], elements=st.integers(0, size - 1)))
        return np.eye(size, dtype=dtype)[winners]
    if kind == "exact":  # 都是 1/1024 的整数倍，和没有舍入
        cuts = draw(hnp.arrays(int, (*shape[:-1], size - 1), elements=st.integers(0, 1024)))
        ends = [np.full((*shape[:-1], 1), end) for end in (0, 1024)]
        return (np.diff(np.sort(np.concatenate([*ends, cuts], -1), -1)) / 1024).astype(dtype)
    tiny = st.sampled_from([0.0, 5e-324, 1e-310])
    weight = st.one_of(tiny, st.floats(1e-12, 1), st.floats(1e-300, 1))
    weights = draw(hnp.arrays(float, shape, elements=weight))
    weights[..., 0] += weights.sum(axis=-1) < 1e-290
    rows = np.minimum(weights / weights.sum(axis=-1, keepdims=True), 1)
    if kind == "nearly":
        off = draw(st.sampled_from([1e-12, 5e-10, 2e-9, 1e-7, 1e-6, 1e-5, 1e-3, 0.02]))
        rows = np.minimum(rows * (1 + off * draw(st.sampled_from([-1, 1]))), 1)
    return rows.astype(dtype)


@st.composite
def neighbours(draw, p, other):
    """与 ``p`` 相等，只差一点点，或者没有共同的可能结果。"""
    step = draw(st.sampled_from([0, 1e-300, 1e-16, 1e-13, 1e-9, 1e-5, 1e-2, None]))
    if step is None:
        free = p == 0
        return (free & (np.cumsum(free, axis=-1) == 1)).astype(p.dtype)  # 第一个 p 是 0 的
    with np.errstate(all="ignore"):  # 也许是 NaN 与无穷大
        wide = p.astype(float)
        return (wide + step * (other.astype(float) - wide)).clip(0, 1).astype(p.dtype)


@st.composite
def values(draw, role, shape, dtype, weird_too):
    """一个数组，类在最后一个轴；多半合乎角色的要求。"""
    if (weird_too and rarely(draw, 6)) or (
        role in ("rows", "logit_rows") and not (shape and shape[-1])
    ):
        return draw(weird(shape, dtype))
    if role == "rows":
        kind = probabilities if weird_too and rarely(draw) else distributions
        return draw(kind(shape, dtype))
    return draw({"prob": probabilities, "logit": logits, "logit_rows": logits}[role](shape, dtype))


@st.composite
def class_numbers(draw, shape, count, weird_too):
    dtype = draw(st.sampled_from(["i8", "i1", "u1", "i4", "u8"]))
    elements = st.integers(0, max(count - 1, 0))
    if weird_too and rarely(draw, 5):
        dtype = draw(st.sampled_from(["i8", "i8", "f8", "?", "u8"]))
        if dtype in ("f8", "?"):
            return draw(weird(shape, dtype))
        elements = st.sampled_from(
            [0, 1, count, count + 1, 2**53 + 1] + [-1, -100] * (dtype == "i8")
        )
    return draw(hnp.arrays(dtype, shape, elements=elements))


@st.composite
def calls(draw, signature, weird_too=True, dtypes=DTYPES):
    """一组参数。``weird_too`` 是说坏的也要。"""
    rowwise = by_rows(signature)
    fewest = 0 if rarely(draw) and (weird_too or not rowwise) else 1
    shape = tuple(draw(st.lists(SIZES, min_size=fewest, max_size=3)))
    if rowwise and shape and not weird_too:
        shape = (*shape[:-1], max(shape[-1], 1))
    arguments = {}
    for name, role in reversed(signature.arrays.items()):
        dtype = draw(st.sampled_from(dtypes))
        if role == "classes":
            count = shape[-1] if shape else 1
            arguments[name] = draw(class_numbers(shape[:-1], count, weird_too))
        else:
            arguments[name] = draw(values(role, shape, dtype, weird_too))
    arguments = dict(reversed(arguments.items()))
    p, q = arguments.get("p"), arguments.get("q")
    if q is not None and p.shape and p.dtype.kind == q.dtype.kind == "f" and rarely(draw, 3):
        arguments["q"] = draw(neighbours(p, q))
    for name, array in arguments.items():
        if array.ndim and array.shape[0] and rarely(draw):
            arguments[name] = np.broadcast_to(array[:1], array.shape)  # 只读，步长是 0

    if "axis" in signature.options:
        axis = draw(st.integers(-len(shape), max(len(shape) - 1, 0)))
        if weird_too and rarely(draw, 15):
            axis = draw(st.sampled_from([len(shape), -len(shape) - 1, True, 0.0, None, 10**30]))
        elif shape:
            arguments = {name: np.moveaxis(a, -1, axis) for name, a in arguments.items()}
        arguments["axis"] = axis
    if "base" in signature.options:
        bases = [None, 2, 10, math.e, 1.5, 1 + 2**-52, 1e300, 7, 10**200]
        if weird_too and rarely(draw, 15):
            bases = [1, 0, -2, 0.5, NAN, INF, True, "2", 10**400]
        arguments["base"] = draw(st.sampled_from(bases))
    if "reduction" in signature.options:
        reductions = ["none", "sum", "mean"]
        if weird_too and rarely(draw, 15):
            reductions = ["avg", "", "None"]
        arguments["reduction"] = draw(st.sampled_from(reductions))

    if weird_too and rarely(draw, 15):
        name = draw(st.sampled_from(list(signature.arrays)))
        changes = [lambda a: a[np.newaxis], lambda a: a[..., np.newaxis], np.transpose, np.ravel]
        changes += [lambda a: a[:1] if a.ndim else a, lambda a: a[0] if a.ndim and len(a) else a]
        arguments[name] = np.asarray(draw(st.sampled_from(changes))(arguments[name]))
    for name in signature.arrays:
        arguments[name] = draw(st.sampled_from(LAYOUTS))(arguments[name])
        if rarely(draw):
            arguments[name] = arguments[name].tolist()
    return arguments


# ---------------------------------------------------------------- 存放方式


LAYOUTS = [np.array, fortran, spaced, backwards, transposed, read_only, swapped_bytes, unaligned]


# ---------------------------------------------------------------- 对的答案，或写明的错误


@pytest.mark.parametrize("name", SIGNATURES)
@fuzz(200)
@given(data=st.data())
def test_a_right_answer_or_a_documented_error(name, data):
    signature = SIGNATURES[name]
    arguments = data.draw(calls(signature))
    before = {k: np.asarray(arguments[k]).tobytes() for k in signature.arrays}
    allowed = faults(signature, arguments)
    try:
        result = strictly(signature.function, arguments)
    except (ValueError, TypeError) as error:
        assert allowed, f"好的输入，却说：{error}"
        named = {k for k in allowed if re.search(rf"(?<![A-Za-z_]){k}(?![A-Za-z_])", str(error))}
        assert named, f"毛病在 {set(allowed)}，却说：{error}"
        assert any(type(error) in allowed[k] for k in named)
    else:
        assert not allowed, f"毛病在 {set(allowed)}，却得到 {result}"
        check_answer(signature, arguments, result)
    assert before == {k: np.asarray(arguments[k]).tobytes() for k in signature.arrays}


FROM_LOGITS = [n for n, s in SIGNATURES.items() if {"logit", "logit_rows"} & {*s.arrays.values()}]


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("name", FROM_LOGITS)
def test_logits_at_the_edges(name, dtype):
    signature = SIGNATURES[name]
    edges = [*EDGES, 0.3, 36.7, -36.7, 103.9, -103.9, 709.7, -709.7, 745.1, -745.1]
    a, b = (x.ravel() for x in np.meshgrid(edges, edges))
    if by_rows(signature):
        logits = np.stack([a, b, a], axis=-1).astype(dtype)
        which = np.arange(len(a)) % 3
        labels = np.array([[1, 0, 0], [0, 1, 0], [0.25, 0.5, 0.25]])
        kind = {"classes": which, "labels": labels[which]}
    else:
        logits = np.repeat(edges, 6).astype(dtype)
        kind = {"labels": np.tile([0, 1, 0.5, 1e-300, 1e-10, 1 - 2**-53], len(edges))}
    arguments = {n: kind.get(n, logits) for n in signature.arrays}
    if "axis" in signature.options:
        arguments["axis"] = -1
    if "reduction" in signature.options:
        arguments["reduction"] = "none"
    check_answer(signature, arguments, strictly(signature.function, arguments))


# ---------------------------------------------------------------- 与存放方式、同批的其他行无关


def same(a, b):
    """逐位相同，形状与类型也相同。"""
    return (a.shape, a.dtype, a.tobytes()) == (b.shape, b.dtype, b.tobytes())


@pytest.mark.parametrize("name", SIGNATURES)
@fuzz(50)
@given(data=st.data())
def test_memory_layout_does_not_matter(name, data):
    signature = SIGNATURES[name]
    arguments = data.draw(calls(signature, weird_too=False))
    assume(not faults(signature, arguments))
    arrays = {k: np.array(arguments[k]) for k in signature.arrays}
    expected = strictly(signature.function, arguments | arrays)
    for layout in LAYOUTS:
        again = {k: layout(a) for k, a in arrays.items()}
        assert same(strictly(signature.function, arguments | again), expected), layout
    spread = {k: np.broadcast_to(a[..., :1, :], a.shape) for k, a in arrays.items() if a.ndim > 1}
    if len(spread) == len(arrays) and not faults(signature, arguments | spread):
        dense = {k: a.copy() for k, a in spread.items()}
        result = strictly(signature.function, arguments | dense)
        assert same(strictly(signature.function, arguments | spread), result)


@pytest.mark.parametrize("name", SIGNATURES)
@fuzz(50)
@given(data=st.data())
def test_other_rows_do_not_matter(name, data):
    signature = SIGNATURES[name]
    arguments = data.draw(calls(signature, weird_too=False))
    if "reduction" in arguments:
        arguments["reduction"] = "none"
    assume(not faults(signature, arguments))
    together = strictly(signature.function, arguments)
    arrays = {k: np.asarray(arguments[k]) for k in signature.arrays}
    axis = arguments.pop("axis", -1)
    if signature.maps:
        together = np.moveaxis(together, axis, -1)
    if by_rows(signature):
        arrays = {
            k: a if signature.arrays[k] == "classes" else np.moveaxis(a, axis, -1)
            for k, a in arrays.items()
        }
    batch = together.shape[:-1] if signature.maps else together.shape
    for index in np.ndindex(*batch):
        alone = strictly(signature.function, arguments | {k: a[index] for k, a in arrays.items()})
        assert same(np.asarray(alone), np.asarray(together[index]))


@pytest.mark.parametrize("name", LOSSES)
@fuzz(50)
@given(data=st.data())
def test_reductions_agree(name, data):
    signature = SIGNATURES[name]
    arguments = data.draw(calls(signature, weird_too=False, dtypes=("f8",)))
    arguments["reduction"] = "none"
    assume(not faults(signature, arguments))
    each = strictly(signature.function, arguments)
    total = mpmath.fsum(map(exact, each.flat))
    found = strictly(signature.function, arguments | {"reduction": "sum"})
    assert off_by(found, total) <= most_ulps_of_sum(each.size)
    if each.size:
        found = strictly(signature.function, arguments | {"reduction": "mean"})
        assert off_by(found, total / each.size) <= most_ulps_of_sum(each.size)


# ---------------------------------------------------------------- 很长的输入
# 比一片长，也不是一片的整数倍：答案该与分成几段、单独一行来算的逐位相同。


def long_arguments(signature, shape, dtype, seed):
    """``shape`` 形状的好参数，最后一个轴是类；有零，有 ±inf，有相差悬殊的。"""
    rng = np.random.default_rng(seed)
    arguments = {}
    for name, role in signature.arrays.items():
        if role == "classes":
            arguments[name] = rng.integers(0, shape[-1], shape[:-1])
        elif role == "prob":
            array = rng.random(shape) ** rng.choice([1, 20], shape)
            arguments[name] = np.where(rng.random(shape) < 0.1, rng.integers(0, 2, shape), array)
        elif role == "rows":
            array = rng.random(shape) ** 8
            array[rng.random(shape) < 0.1] = 0
            array[..., 0] += 1e-3
            arguments[name] = array / array.sum(axis=-1, keepdims=True)
        else:
            array = rng.normal(size=shape) * rng.choice([1, 30, 300], shape)
            array[rng.random(shape) < 0.05] = -INF
            array[..., -1] = 0
            arguments[name] = array
        if arguments[name].dtype.kind == "f":
            arguments[name] = arguments[name].astype(dtype)
    return arguments


def pieces(count, seed):
    """把 0 … count 随意切成几段，包括只有一个的。"""
    rng = np.random.default_rng(seed)
    cuts = {0, 1, 2, count // 2 + 1, count, *rng.integers(0, count, 6).tolist()}
    cuts = sorted(cut for cut in cuts if cut <= count)
    return [slice(a, b) for a, b in zip(cuts, cuts[1:], strict=False)]


LONG_SHAPES = {
    "elements": [(40_000,), (300_000,), (2, 3, 20_011)],
    "rows": [(40_000, 3), (100_003, 2), (61, 997), (3, 50_257), (1, 300_001), (2, 3, 10_007)],
}


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("name", SIGNATURES)
def test_long_input_is_the_same_in_pieces(name, dtype):
    signature = SIGNATURES[name]
    none = {"reduction": "none"} if "reduction" in signature.options else {}
    for shape in LONG_SHAPES["rows" if by_rows(signature) else "elements"]:
        arguments = long_arguments(signature, shape, dtype, shape[-1])
        whole = strictly(signature.function, arguments | none)
        parts = [
            strictly(signature.function, {k: a[part] for k, a in arguments.items()} | none)
            for part in pieces(shape[0], len(shape))
        ]
        assert same(whole, np.concatenate(parts)), shape
        assert not np.isnan(whole).any()
        by_column = {k: np.asfortranarray(a) for k, a in arguments.items()}
        assert same(strictly(signature.function, by_column | none), whole)
        if "axis" in signature.options:
            moved = {k: np.moveaxis(a, -1, 0) for k, a in arguments.items()}
            result = strictly(signature.function, moved | {"axis": 0})
            assert same(np.moveaxis(result, 0, -1).copy() if signature.maps else result, whole)
        batch = shape[:-1] if by_rows(signature) else shape
        some = np.unique(np.random.default_rng(9).integers(0, math.prod(batch), 60))
        for index in zip(*np.unravel_index(some, batch), strict=True):
            alone = strictly(signature.function, {k: a[index] for k, a in arguments.items()} | none)
            assert same(np.asarray(alone), np.asarray(whole[index])), index


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("name", LOSSES)
def test_long_sums_and_means(name, dtype):
    signature = SIGNATURES[name]
    for shape in LONG_SHAPES["rows" if by_rows(signature) else "elements"]:
        arguments = long_arguments(signature, shape, dtype, 10)
        finite = np.isfinite(signature.function(**arguments, reduction="none"))
        arguments = {k: a[finite] for k, a in arguments.items()}  # 否则和总是 inf
        each = strictly(signature.function, arguments | {"reduction": "none"})
        if each.size == 0:
            continue
        total = mpmath.mpf(math.fsum(each.flat))
        for reduction, truth in [("sum", total), ("mean", total / each.size)]:
            found = strictly(signature.function, arguments | {"reduction": reduction})
            assert ulps(found, truth) <= MOST_ULPS, (shape, reduction)


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("name", SIGNATURES)
def test_long_input_is_right(name, dtype):
    signature = SIGNATURES[name]
    options = dict.fromkeys(set(signature.options) & {"axis"}, -1)
    options |= dict.fromkeys(set(signature.options) & {"reduction"}, "none")
    shapes = [(100_003, 3), (3, 1009)] if by_rows(signature) else [(100_003,)]
    for shape in shapes:
        arguments = long_arguments(signature, shape, dtype, 7)
        whole = strictly(signature.function, arguments | options)
        chosen = np.random.default_rng(8).integers(0, shape[0], 12)
        chosen = np.unique([0, shape[0] - 1, *chosen])
        some = {k: a[chosen] for k, a in arguments.items()} | options
        check_answer(signature, some, whole[chosen])
