"""共用的输入检查：不合要求就说清楚是哪个参数、哪个位置、什么值、多半错在哪里。

``read_numbers`` 与 ``as_real_array`` 把输入变成数组；其余只检查。数值从不改动：不截断、不归一化、
不广播、不舍入。
"""

import math
import numbers
import operator
import re
import reprlib
from collections.abc import Iterable, Sequence

import numpy as np

_PLAIN_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)
_LARGEST_EXACT = 2**53  # 绝对值不超过它的整数，float64 都能精确表示


def place(name, index):
    """把下标写成读者会写的样子：``p``、``p[2]``、``p[0, 2]``、``p[3, :]``。"""
    return f"{name}[{', '.join(str(i) for i in index)}]" if len(index) else name


def first_index(mask):
    """按行优先次序，返回第一个 True 的下标；0 维时是空元组。"""
    return tuple(int(i) for i in np.unravel_index(np.argmax(mask), mask.shape))


def show(value):
    """错误信息里的一个值：不太长，也不带内存地址。"""
    try:
        # 默认的 repr 末尾是地址；太长时 reprlib 略去中间，所以 " at 0" 未必还在。
        return re.sub(r"<([\w.]+)[^<>]*x[0-9A-Fa-f]{6,}>", r"<\1>", reprlib.repr(value))
    except ValueError:  # Python 拒绝写出四千多位以上的整数
        return f"<{type(value).__name__}>"


def sum_tolerance(dtype, size):
    """``size`` 个 ``dtype`` 概率之和允许偏离 1 多少。

    由 float32 的 softmax 算出的一行，和的误差是 eps 的几倍，并随类别数大约按 √n 增长：
    5 万类时即使逐个累加也在 1e-5 上下，而 4·√n·eps 给到 1e-4。float64 的舍入误差还不到
    1e-13，所以另设下限 1e-9，容得下抄自十位小数的表；写成 0.333 的三分之一（差 1e-3）在
    float64 与 float32 下都会被拒绝。
    上限 1e-2 是给 float16 的：它的 eps 是 1e-3，几千类时照公式会什么都放过。
    """
    return max(1e-9, min(1e-2, 4 * math.sqrt(size) * float(np.finfo(dtype).eps)))


# ---------------------------------------------------------------- 类型与形状


def as_real_array(name, value):
    """把 ``value`` 变成实数浮点数组，拒绝一切会悄悄丢失信息的转换。

    Parameters
    ----------
    name : str
        参数名，用在错误信息里。
    value : array_like
        float16、float32、float64 保持原样；整数、布尔值和由 Python 数字组成的列表变成 float64。

    Returns
    -------
    numpy.ndarray
        形状不变，本机字节序。

    Raises
    ------
    TypeError
        掩码数组、复数、字符串、字节串、object 数组、日期、扩展精度浮点数，或不能变成数组。
    ValueError
        长短不齐的嵌套列表；超出 ±2**53 的整数（变成 float64 会舍入）。
    """
    return as_floats(read_numbers(name, value))


def as_floats(array):
    """整数与布尔值变成 float64，浮点数只换成本机字节序。"""
    if _is_plain(array.dtype):
        return array
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _is_plain(dtype):
    """本机字节序的 float32 或 float64。"""
    return dtype.char in "fd" and dtype.isnative


def read_numbers(name, value, *, wanted="float"):
    """同 :func:`as_real_array`，但整数与布尔值保持原来的类型。

    ``wanted`` 是要的元素，写进建议里：``"float"`` 或 ``"int"``。
    """
    if type(value) is np.ndarray and _is_plain(value.dtype):
        return value  # 最常见的情形，没有什么可丢的
    for index, part in leaves(value):
        _check_part(name, index, part)
    try:
        array = np.asarray(value)
    except Exception as error:  # 别的库的 __array__ 什么都可能引发
        ragged = _ragged_reason(name, value)
        if ragged:
            raise ValueError(f"{name} 不能变成数组：{ragged}；各层的长度要一致。") from error
        raise TypeError(
            f"{name}（类型 {type(value).__name__}）不能变成数组。若是别的框架的张量，"
            f"先变成 NumPy 数组，例如 PyTorch 的 .detach().cpu().numpy()。"
        ) from error
    _check_part(name, (), array)
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        raise TypeError(
            f"{name} 的类型是 {array.dtype}，本书只算到 float64。请先 .astype(np.float64)。"
        )
    if array.dtype.kind not in "biuf":
        raise TypeError(_not_real_message(name, value, array, wanted))
    return array


def leaves(value, index=()):
    """嵌套的列表、元组里，每个不再是列表的元素与它的下标。"""
    if isinstance(value, list | tuple):
        for i, part in enumerate(value):
            yield from leaves(part, (*index, i))
    else:
        yield index, value


def _check_part(name, index, part):
    """NumPy 转换时会悄悄丢掉的东西，要在转换之前拦下。"""
    if isinstance(part, np.ma.MaskedArray):
        raise TypeError(
            f"{place(name, index)} 是掩码数组（masked array），遮住的位置没有确定的含义。"
            f"请先用 .compressed() 去掉它们，或用 .filled(…) 填上值。"
        )
    if isinstance(part, bytearray | memoryview):
        raise TypeError(
            f"{place(name, index)} 是 {type(part).__name__}，存放的是字节，不是数；"
            f"若知道元素的类型，先写成 np.frombuffer(…, dtype=…)。"
        )
    inner = _first_large_integer(part)
    if inner is not None:
        number = int(part if isinstance(part, int) else part[inner])
        raise ValueError(
            f"{place(name, (*index, *inner))} = {show(number)} 是超出 ±2**53 的整数，"
            f"变成 float64 可能会舍入。若舍入无妨，请先自己转换：float(…) 或 .astype(float)。"
        )


def _first_large_integer(part):
    """第一个超出 ±2**53 的整数的下标；``part`` 不是整数或没有这样的数，则是 ``None``。"""
    if isinstance(part, int):
        return () if abs(part) > _LARGEST_EXACT else None
    if isinstance(part, np.ndarray | np.integer) and part.dtype.kind in "iu" and part.size:
        if part.max() <= _LARGEST_EXACT and part.min() >= -_LARGEST_EXACT:
            return None
        return first_index((part > _LARGEST_EXACT) | (part < -_LARGEST_EXACT))
    return None


def _ragged_reason(name, value):
    """逐层比较长度，说出第一处与同层第一个不同的；各层都齐，则是 ``None``。"""
    level = [((), value)]
    while level:
        start, first = level[0]
        for index, part in level:
            if _length(part) != _length(first):
                shown = ["一个数" if n is None else f"长 {n}" for n in map(_length, (first, part))]
                return f"{place(name, start)} 是{shown[0]}，{place(name, index)} 是{shown[1]}"
        if _length(first) is None:
            return None
        level = [((*index, i), x) for index, part in level for i, x in enumerate(part)]
    return None


def _length(part):
    """序列或数组的长度；单个的东西是 ``None``。"""
    is_sequence = isinstance(part, Sequence) and not isinstance(part, str | bytes)
    return len(part) if is_sequence or getattr(part, "ndim", 0) else None


def _not_real_message(name, value, array, wanted):
    # 字符串会传染整个数组（[0.5, "a"] 变成两个字符串），所以回到原来的元素里去找。
    objects = array.astype(object)
    if array.dtype.kind != "O" and isinstance(value, list | tuple):
        objects = np.asarray(value, dtype=object)
    for index, element in np.ndenumerate(objects):
        if not isinstance(element, _PLAIN_NUMBERS):
            where = place(name, index)
            what = f"{where} = {show(element)}（类型 {type(element).__name__}）"
            return f"{name} 要由实数组成，而 {what}。{_not_real_hint(element, where, wanted)}"
        if _first_large_integer(element) is not None:
            _check_part(name, index, element)
    return f"{name} 的类型是 {array.dtype}；若元素都是普通的数，请先 .astype({wanted})。"


def _not_real_hint(element, where, wanted):
    if element is None:
        return "None 表示缺失值：请先去掉这些位置，或填上确定的值。"
    if isinstance(element, complex | np.complexfloating):
        return "这里不接受复数；若虚部都是 0，请取 .real。"
    if isinstance(element, str):
        return f"字符串不是数；请先转换，例如 np.array(…, dtype={wanted})。"
    if isinstance(element, bytes):
        return f"字节串不是数；请先转换，例如 np.array(…, dtype={wanted})。"
    if isinstance(element, list | tuple | np.ndarray):
        return "每个位置只能是一个数，各层的长度要一致。"
    if isinstance(element, dict):
        return f"先写成 list({where}.values())。"
    if isinstance(element, Iterable):
        return f"先写成 list({where})。"
    return f"请先转换成数，例如 np.array(…, dtype={wanted})；分数与 SymPy 的数用 {wanted}() 转换。"


def as_whole(name, value, *, at_least=-math.inf, hint=""):
    """把一个选项读作整数：不收布尔值，也不收 2.0；``hint`` 接在错误信息后面。"""
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} = {value} 是布尔值；请写整数。{hint}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{name} 要是一个整数，而得到 {show(value)}（类型 {type(value).__name__}）。{hint}"
        ) from None
    if number < at_least:
        raise ValueError(f"{name} = {number}，不能小于 {at_least}。{hint}")
    return number


_ONE_PROBABILITY = "各种结果要排成一行，例如 [p, 1 - p]。若它是一件事发生的概率，用 binary_entropy"


def check_axis(name, array, axis, *, alone=_ONE_PROBABILITY):
    """检查 ``axis`` 是整数且在范围内，返回非负的轴号；数组至少要有一维。

    ``alone`` 是只给了一个数时的建议。
    """
    number = as_whole("axis", axis, hint="例如 axis=-1。")
    if array.ndim == 0:
        raise ValueError(f"{name} = {array} 是一个数（0 维），没有可以求和的轴；{alone}。")
    if not -array.ndim <= number < array.ndim:
        raise ValueError(
            f"axis = {number} 超出范围：{name} 的形状是 {array.shape}，"
            f"axis 只能取 {-array.ndim} 到 {array.ndim - 1}。"
        )
    return number % array.ndim


def check_same_shape(name_a, a, name_b, b, *, hint=""):
    """检查两个数组形状完全相同；这里不广播，因为 (N, 1) 遇上 (N,) 会悄悄变成 (N, N)。

    ``hint`` 是调用者的猜测；没有时由形状来猜。
    """
    if a.shape != b.shape:
        raise ValueError(
            f"{name_a} 与 {name_b} 的形状要相同，而得到 {a.shape} 与 {b.shape}；这里不做广播。"
            f"{hint or _shape_hint(name_a, a, name_b, b)}"
        )


def _shape_hint(name_a, a, name_b, b):
    """形状不同的两个数组，多半错在哪里。"""
    (small, less), (large, more) = sorted([(name_a, a), (name_b, b)], key=lambda pair: pair[1].ndim)
    few, many = less.shape, more.shape
    if many and many[-1] > 1 and few == many[:-1] and looks_like_classes(less, many[-1]):
        return f"{small} 像类别编号；先变成独热编码：{one_hot(small, many[-1])}。"
    if [n for n in few if n != 1] == [n for n in many if n != 1]:
        return f"两者只差长度为 1 的轴：试试 np.reshape({large}, {few})。"
    if few == many[::-1]:
        return f"其中一个像是转置了：试试 np.transpose({name_b})。"
    if few and few == many[len(many) - len(few) :]:
        return (
            f"若 {large} 的每一行都要对着同一个 {small}，请写明：np.broadcast_to({small}, {many})。"
        )
    return ""


def one_hot(name, count):
    """变成独热编码的写法；写明转换，编号是浮点数或布尔值时也能照抄。"""
    return f"np.eye({count})[np.asarray({name}).astype(int)]"


def looks_like_classes(array, count):
    """不空，而且全是 0 到 count − 1 的整数。"""
    return bool(array.size and ((array == np.floor(array)) & (array >= 0) & (array < count)).all())


# 1/ln 2 与 1/ln 10 的正确舍入值，与舍入丢掉的部分；1 / math.log(10) 差了一位。
_UNITS_PER_NAT = {
    2: (1.4426950408889634, 2.0355273740931033e-17),
    10: (0.4342944819032518, 1.098319650216765e-17),
}


def units_per_nat(base):
    """返回 1/ln(base)，即 1 nat 合多少个以 ``base`` 为底的单位，与它丢掉的尾数（知道时）。

    ``None`` 就是 nat，返回 ``(1.0, 0.0)``。
    """
    if base is None:
        return 1.0, 0.0
    if isinstance(base, bool | np.bool_) or not isinstance(base, numbers.Real):
        raise TypeError(
            f"base 要是一个大于 1 的实数或 None，而得到 {show(base)}（类型 {type(base).__name__}）。"
            f"自然对数（nat）写 base=None。"
        )
    try:
        number = float(base)
    except OverflowError:
        number = math.inf
    if math.isfinite(number) and number > 1:
        return _UNITS_PER_NAT.get(number) or (1 / math.log(number), 0.0)
    if 0 < number < 1:
        reason = "底小于 1 时对数递减，信息量会变成负数；也许写反了，要的是它的倒数。"
    elif number == 1:
        reason = "以 1 为底的对数不存在（ln 1 = 0，不能作除数）。"
    else:
        reason = "常用的底是 None（nat）、2（bit）和 10（hartley）。"
    shown = show(base) if isinstance(base, int) else str(base)
    raise ValueError(f"base = {shown} 不能作对数的底，要的是大于 1 的有限实数。{reason}")


# ---------------------------------------------------------------- 概率与分布

# 提示里该推荐什么，要看是谁在问：这是信息论的量的一份，损失的在 _logits_and_labels.py。
_FOR_INFORMATION = {
    "logits": "先做 softmax/sigmoid",
    "one": "用 binary_entropy，或补上 1 - p 那一列",
    "several": "每一类各是一个二元分布，写成 np.stack([p, 1 - p], axis=-1)，q 也一样",
    "several first": False,  # 一行像多标签，也先看是不是 axis 写错了
    "overlap": "每一类各是一个二元分布，用 binary_entropy 逐类计算",
    "other axis": "沿 axis={axis} 求和才处处是 1：也许该写 axis={axis}。",
    "table": "整张表之和是 1，像联合分布：先用 np.ravel 拉成一行。",
}


def check_probabilities(name, array, *, axis=None, advice=_FOR_INFORMATION):
    """检查每个元素都在 [0, 1] 中。

    ``axis`` 只影响提示：已知沿哪个轴是一个分布时，可以看出百分数、计数和对数概率。
    """
    if array.size == 0 or (array.min() >= 0 and array.max() <= 1):  # 有 NaN 时两句都不成立
        return
    index = first_index(~((array >= 0) & (array <= 1)))
    value = array[index]
    if axis is None:
        hint = _value_hint(value, array, advice)
    else:
        row = array[(*index[:axis], slice(None), *index[axis + 1 :])]
        hint = row_hint(value, row, normalisation(name, array, axis), advice)
    raise ValueError(f"{place(name, index)} = {value!s} 不是概率（要在 0 与 1 之间）。{hint}")


def surely_probabilities(array):
    """每个元素是不是肯定在 [0, 1] 中，只用扫一遍；答“不肯定”时要再仔细查。

    ``array`` 是连续的 float32 或 float64。
    """
    # 不是负数的浮点数，按二进制位当作整数来比，大小次序不变；负数（有符号位）与 NaN 都比 1 大。
    bits, one = _BITS_OF_ONE[array.dtype.char]
    return bool(np.maximum.reduce(array.view(bits), axis=None) <= one)


_BITS_OF_ONE = {"f": (np.uint32, 0x3F800000), "d": (np.uint64, 0x3FF0000000000000)}


def check_distribution(name, array, axis, *, advice=_FOR_INFORMATION):
    """检查沿 ``axis``（非负轴号）每一行都是概率分布：非空，元素在 [0, 1] 中，和为 1。"""
    check_not_empty_along(name, array, axis)
    check_probabilities(name, array, axis=axis, advice=advice)
    check_sums(name, array, axis, advice=advice)


def check_not_empty_along(name, array, axis):
    """检查沿 ``axis``（非负轴号）的一行里确实有元素。"""
    if array.shape[axis] == 0:
        raise ValueError(
            f"{name} 的形状是 {array.shape}，第 {axis} 个轴上一个元素也没有：空分布没有定义。"
        )


def check_sums(name, array, axis, *, advice=_FOR_INFORMATION):
    """检查沿 ``axis``（非负轴号）每一行之和是 1；元素在 [0, 1] 中，已由调用者查过。"""
    totals = array.sum(axis=axis, dtype=np.float64)
    wrong = np.abs(totals - 1) > sum_tolerance(array.dtype, array.shape[axis])
    if not wrong.any():
        return
    index = first_index(wrong)
    total = float(totals[index])
    where = place(name, (*index[:axis], ":", *index[axis:])) if array.ndim > 1 else name
    row = array[(*index[:axis], slice(None), *index[axis:])]
    hint = _sum_hint(name, array, axis, row, total, advice)
    raise ValueError(f"{where} 之和是 {total!r}，不是 1。{hint}")


def normalisation(name, array, axis):
    """归一化该怎么写，放进提示里；``name`` 是列表时也能照抄。"""
    return f"{name} / np.sum({name}{f', axis={axis}, keepdims=True' if array.ndim > 1 else ''})"


def is_rounding(value):
    """这个不在 [0, 1] 中的值，是不是只越界了舍入误差那么多。"""
    slack = sum_tolerance(value.dtype, 1)
    return -slack < value < 0 or 1 < value < 1 + slack


def _value_hint(value, values, advice):
    """一个不在 [0, 1] 中的值多半错在哪里；不知道哪些值同属一个分布时用。"""
    if np.isnan(value):
        return "NaN 多半来自上游的 0/0、inf - inf 或负数的对数。"
    if np.isinf(value):
        return f"无穷大不会是概率；看起来像 logits，{advice['logits']}。"
    if is_rounding(value):
        return "只越界了一点点，多半是舍入误差：请在算出它的地方消除。"
    if (values < 0).any():
        return f"看起来像 logits，{advice['logits']}；若是对数概率，先取 np.exp。"
    return f"若像百分数，除以 100；若是计数，先除以总和；若是 logits，{advice['logits']}。"


def row_hint(value, row, division, advice):
    """同上，而 ``row`` 本该是一个分布，看得出更多。"""
    if not np.isfinite(value) or is_rounding(value):
        return _value_hint(value, row, advice)
    total = row.sum(dtype=np.float64)
    exp_total = np.exp(row.astype(np.float64)).sum()
    whole = (row == np.floor(row)).all()
    if (row <= 0).all() and abs(exp_total - 1) < 1e-3:
        return "看起来像对数概率（取指数后和为 1），先取 np.exp。"
    if (row < 0).any():
        return f"看起来像 logits，{advice['logits']}。"
    if (row <= 100).all() and abs(total - 100) < 0.5:
        return "像百分数，除以 100。"
    if whole:
        return f"像计数，先除以总和：{division}。"
    return f"看起来像 logits，{advice['logits']}；若是未归一化的权重，先除以总和：{division}。"


def other_axis_hint(name, array, axis, advice):
    """沿 ``axis`` 以外的某个轴，和才处处是 1。"""
    for other in range(array.ndim):
        sums = array.sum(axis=other, dtype=np.float64)
        slack = sum_tolerance(array.dtype, max(array.shape[other], 1))
        if other != axis and (np.abs(sums - 1) <= slack).all():
            return advice["other axis"].format(name=name, axis=other)
    return ""


def _sum_hint(name, array, axis, row, total, advice):
    """元素都是概率，而和不是 1，多半错在哪里。"""
    division = normalisation(name, array, axis)
    several = total > 1 and (row == np.floor(row)).all()
    if not (several and advice["several first"]):
        hint = other_axis_hint(name, array, axis, advice)
        if hint:
            return hint
    if row.size == 1:
        return f"这个轴上只有一个数；若它是正类的概率，{advice['one']}。"
    if total == 0:
        return "这一行全是 0，不是任何分布。"
    excess = abs(array.sum(dtype=np.float64) - 1)
    if array.ndim > 1 and excess <= sum_tolerance(array.dtype, array.size) and advice["table"]:
        return advice["table"]
    if several:
        return f"像多标签的 0/1 向量：{advice['several']}；若是计数，先除以总和：{division}。"
    if abs(total - 1) < 1e-5 and array.dtype == np.float64:
        return f"也许由 float32 转成了 float64，或四舍五入过；可以在调用前重新归一化：{division}。"
    if abs(total - 1) < 1e-2:
        return f"也许是四舍五入过的表；可以在调用前重新归一化：{division}。"
    if total > 1:
        return (
            f"若各类互不排斥（多标签），{advice['overlap']}；"
            f"若是未归一化的权重，先除以总和：{division}。"
        )
    return f"也许漏了类别；若是未归一化的权重，先除以总和：{division}。"
