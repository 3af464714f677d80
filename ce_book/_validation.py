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
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def read_numbers(name, value, *, wanted="float"):
    """同 :func:`as_real_array`，但整数与布尔值保持原来的类型。

    ``wanted`` 是要的元素，写进建议里：``"float"`` 或 ``"int"``。
    """
    for index, part in _leaves(value):
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


def _leaves(value, index=()):
    """嵌套的列表、元组里，每个不再是列表的元素与它的下标。"""
    if isinstance(value, list | tuple):
        for i, part in enumerate(value):
            yield from _leaves(part, (*index, i))
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
    if isinstance(part, np.ndarray | np.integer) and part.dtype.kind in "iu":
        large = (part > _LARGEST_EXACT) | (part < -_LARGEST_EXACT)
        return first_index(large) if large.any() else None
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


_ONE_PROBABILITY = "各种结果要排成一行，例如 [p, 1 - p]。若它是一件事发生的概率，用 binary_entropy"


def check_axis(name, array, axis, *, alone=_ONE_PROBABILITY):
    """检查 ``axis`` 是整数且在范围内，返回非负的轴号；数组至少要有一维。

    ``alone`` 是只给了一个数时的建议。
    """
    if isinstance(axis, bool | np.bool_):
        raise TypeError(f"axis = {axis} 是布尔值；请写整数，例如 axis=-1。")
    try:
        number = operator.index(axis)
    except TypeError:
        raise TypeError(
            f"axis 要是一个整数，而得到 {show(axis)}（类型 {type(axis).__name__}）。"
        ) from None
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
    if many and many[-1] > 1 and few == many[:-1] and _looks_like_classes(less, many[-1]):
        return f"{small} 像类别编号；先变成独热编码：{_one_hot(small, many[-1])}。"
    if [n for n in few if n != 1] == [n for n in many if n != 1]:
        return f"两者只差长度为 1 的轴：试试 np.reshape({large}, {few})。"
    if few == many[::-1]:
        return f"其中一个像是转置了：试试 np.transpose({name_b})。"
    if few and few == many[len(many) - len(few) :]:
        return (
            f"若 {large} 的每一行都要对着同一个 {small}，请写明：np.broadcast_to({small}, {many})。"
        )
    return ""


def _one_hot(name, count):
    """变成独热编码的写法；写明转换，编号是浮点数或布尔值时也能照抄。"""
    return f"np.eye({count})[np.asarray({name}).astype(int)]"


def _looks_like_classes(array, count):
    """不空，而且全是 0 到 count − 1 的整数。"""
    return bool(array.size and ((array == np.floor(array)) & (array >= 0) & (array < count)).all())


# 1/ln 2 与 1/ln 10 的正确舍入值；1 / math.log(10) 差了一位。
_UNITS_PER_NAT = {2: 1.4426950408889634, 10: 0.4342944819032518}


def units_per_nat(base):
    """返回 1/ln(base)：1 nat 合多少个以 ``base`` 为底的单位；``None`` 就是 nat，返回 1.0。"""
    if base is None:
        return 1.0
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
        return _UNITS_PER_NAT.get(number) or 1 / math.log(number)
    if 0 < number < 1:
        reason = "底小于 1 时对数递减，信息量会变成负数；也许写反了，要的是它的倒数。"
    elif number == 1:
        reason = "以 1 为底的对数不存在（ln 1 = 0，不能作除数）。"
    else:
        reason = "常用的底是 None（nat）、2（bit）和 10（hartley）。"
    shown = show(base) if isinstance(base, int) else str(base)
    raise ValueError(f"base = {shown} 不能作对数的底，要的是大于 1 的有限实数。{reason}")


# ---------------------------------------------------------------- 概率与分布

# 提示里该推荐什么，要看是谁在问：信息论的量（有 axis 可改），还是损失（没有）。
_FOR_INFORMATION = {
    "logits": "先做 softmax/sigmoid",
    "one": "用 binary_entropy，或补上 1 - p 那一列",
    "several": "每一类各是一个二元分布，写成 np.stack([p, 1 - p], axis=-1)，q 也一样",
    "overlap": "每一类各是一个二元分布，用 binary_entropy 逐类计算",
    "other axis": "沿 axis={axis} 求和才处处是 1：也许该写 axis={axis}。",
    "table": "整张表之和是 1，像联合分布：先用 np.ravel 拉成一行。",
}


def _for_losses(logits, binary):
    """损失的建议：看到 logits 时怎么办，各类互不排斥时用哪个损失。"""
    return {
        "logits": logits,
        **dict.fromkeys(["one", "several", "overlap"], f"用 {binary}"),
        "other axis": "像是转置了，各类要在最后一个轴：试试 np.moveaxis({name}, {axis}, -1)。",
        "table": "",
    }


_FOR_PROBS = _for_losses(
    "改用直接收 logits 的损失：单标签 softmax_cross_entropy，多标签或二元 sigmoid_cross_entropy",
    "binary_cross_entropy",
)
# 标签的建议，要看与它相配的预测是什么。
_FOR_LABELS = {
    "probs": _for_losses("要作软标签，先做 softmax", "binary_cross_entropy"),
    "logits": _for_losses("要作软标签，先做 softmax", "sigmoid_cross_entropy"),
}


def check_probabilities(name, array, *, axis=None, advice=_FOR_INFORMATION):
    """检查每个元素都在 [0, 1] 中。

    ``axis`` 只影响提示：已知沿哪个轴是一个分布时，可以看出百分数、计数和对数概率。
    """
    inside = (array >= 0) & (array <= 1)  # NaN 与 ±inf 也不在其中
    if inside.all():
        return
    index = first_index(~inside)
    value = array[index]
    if axis is None:
        hint = _value_hint(value, array, advice)
    else:
        row = array[(*index[:axis], slice(None), *index[axis + 1 :])]
        hint = _row_hint(value, row, _division(name, array, axis), advice)
    raise ValueError(f"{place(name, index)} = {value!s} 不是概率（要在 0 与 1 之间）。{hint}")


def check_distribution(name, array, axis, *, advice=_FOR_INFORMATION):
    """检查沿 ``axis``（非负轴号）每一行都是概率分布：非空，元素在 [0, 1] 中，和为 1。"""
    size = array.shape[axis]
    if size == 0:
        raise ValueError(
            f"{name} 的形状是 {array.shape}，第 {axis} 个轴上一个元素也没有：空分布没有定义。"
        )
    check_probabilities(name, array, axis=axis, advice=advice)
    totals = array.sum(axis=axis, dtype=np.float64)
    wrong = np.abs(totals - 1) > sum_tolerance(array.dtype, size)
    if not wrong.any():
        return
    index = first_index(wrong)
    total = float(totals[index])
    where = place(name, (*index[:axis], ":", *index[axis:])) if array.ndim > 1 else name
    row = array[(*index[:axis], slice(None), *index[axis:])]
    hint = _sum_hint(name, array, axis, row, total, advice)
    raise ValueError(f"{where} 之和是 {total!r}，不是 1。{hint}")


def _division(name, array, axis):
    """归一化该怎么写，放进提示里；``name`` 是列表时也能照抄。"""
    return f"{name} / np.sum({name}{f', axis={axis}, keepdims=True' if array.ndim > 1 else ''})"


def _is_rounding(value):
    """这个不在 [0, 1] 中的值，是不是只越界了舍入误差那么多。"""
    slack = sum_tolerance(value.dtype, 1)
    return -slack < value < 0 or 1 < value < 1 + slack


def _value_hint(value, values, advice):
    """一个不在 [0, 1] 中的值多半错在哪里；不知道哪些值同属一个分布时用。"""
    if np.isnan(value):
        return "NaN 多半来自上游的 0/0、inf - inf 或负数的对数。"
    if np.isinf(value):
        return f"无穷大不会是概率；看起来像 logits，{advice['logits']}。"
    if _is_rounding(value):
        return "只越界了一点点，多半是舍入误差：请在算出它的地方消除。"
    if (values < 0).any():
        return f"看起来像 logits，{advice['logits']}；若是对数概率，先取 np.exp。"
    return f"若像百分数，除以 100；若是计数，先除以总和；若是 logits，{advice['logits']}。"


def _row_hint(value, row, division, advice):
    """同上，而 ``row`` 本该是一个分布，看得出更多。"""
    if not np.isfinite(value) or _is_rounding(value):
        return _value_hint(value, row, advice)
    with np.errstate(all="ignore"):
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


def _other_axis_hint(name, array, axis, advice):
    """沿 ``axis`` 以外的某个轴，和才处处是 1。"""
    for other in range(array.ndim):
        sums = array.sum(axis=other, dtype=np.float64)
        slack = sum_tolerance(array.dtype, max(array.shape[other], 1))
        if other != axis and (np.abs(sums - 1) <= slack).all():
            return advice["other axis"].format(name=name, axis=other)
    return ""


def _sum_hint(name, array, axis, row, total, advice):
    """元素都是概率，而和不是 1，多半错在哪里。"""
    division = _division(name, array, axis)
    several = total > 1 and (row == np.floor(row)).all()
    if not several or advice is _FOR_INFORMATION:  # 损失没有 axis 可改，多标签更要紧
        hint = _other_axis_hint(name, array, axis, advice)
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


# ---------------------------------------------------------------- logits


def check_logits(name, array):
    """检查没有 NaN；``±inf`` 是允许的。"""
    if np.isnan(array).any():
        index = first_index(np.isnan(array))
        raise ValueError(
            f"{place(name, index)} = nan。NaN 多半来自上游的 0/0、inf - inf，或训练已经发散。"
        )


def check_logit_rows(name, array, axis):
    """检查沿 ``axis``（非负轴号）每一行的 softmax 都有极限。"""
    if array.shape[axis] == 0:
        raise ValueError(f"{name} 的形状是 {array.shape}，第 {axis} 个轴上一个类也没有。")
    check_logits(name, array)
    none_left = (array == -np.inf).all(axis=axis)
    several_infinite = (array == np.inf).sum(axis=axis) > 1
    wrong = none_left | several_infinite
    if wrong.any():
        index = first_index(wrong)
        where = place(name, (*index[:axis], ":", *index[axis:])) if array.ndim > 1 else name
        raise ValueError(
            f"{where} 全是 -inf：没有一个类留下，softmax 没有极限。"
            f"若是遮住了一些类，每行至少要留下一个有限的 logit。"
            if none_left[index]
            else f"{where} 有不止一个 +inf：它们谁大没有定义。多半是上游溢出了。"
        )


# ---------------------------------------------------------------- 损失的标签与预测


def check_labels_match(labels, name, predictions):
    """检查标签与预测形状相同。"""
    count = (predictions.shape or (0,))[-1]
    hint = ""
    if _are_rows_and_classes(labels, predictions) and not _looks_like_classes(labels, 2):
        hint = f"{name} 却像类别编号：{_SWAPPED}。"
        hint += "编号用 sparse_softmax_cross_entropy。" if name == "logits" else ""
    elif (
        labels.shape == predictions.shape[:-1] and count > 1 and _looks_like_classes(labels, count)
    ):
        hint = f"labels 像类别编号；先变成独热编码：{_one_hot('labels', count)}"
        hint += f"，或直接用 {_SPARSE}。" if name == "logits" else "。"
    check_same_shape("labels", labels, name, predictions, hint=hint)


_SWAPPED = "两个参数像是写反了，标签在前，预测在后"
_SPARSE = "sparse_softmax_cross_entropy(np.asarray(labels).astype(int), …)"


def _are_rows_and_classes(first, second):
    """``first`` 比 ``second`` 多最后一个轴，而 ``second`` 像它的类别编号。"""
    if not first.ndim or first.shape[:-1] != second.shape or first.shape[-1] < 2:
        return False
    return _looks_like_classes(second, first.shape[-1])


def check_binary_labels(labels, name, predictions):
    """检查每个标签都在 [0, 1] 中。"""
    index = _first_outside(labels)
    if index is not None:
        # 全是 0 的多半是 logits 的初值，不是标签。
        swapped = predictions.any() and ((predictions == 0) | (predictions == 1)).all()
        hint = _label_hint(labels[index], labels, name, swapped) or _number_hint(labels)
        raise ValueError(_not_a_label(labels, index, hint))


def check_label_rows(labels, name, predictions):
    """检查每行标签（最后一个轴）都是一个分布：独热的，或软的。"""
    if labels.ndim == 0:
        raise ValueError(
            f"labels = {labels} 是一个数（0 维），要的是最后一个轴为各类的数组，例如 [0, 1, 0]；"
            f"二元的标签用 binary_cross_entropy 或 sigmoid_cross_entropy。"
        )
    axis, advice = labels.ndim - 1, _FOR_LABELS[name]
    index = _first_outside(labels)
    if index is not None:
        value, row = labels[index], labels[index[:-1]]
        swapped = _are_label_rows(predictions, soft=name == "logits")
        hint = _label_hint(value, labels, name, swapped) or _row_hint(
            value, row, _division("labels", labels, axis), advice
        )
        raise ValueError(_not_a_label(labels, index, hint))
    if labels.shape[axis] and not labels.any(axis=axis).all():
        index = first_index(~labels.any(axis=axis))
        where = place("labels", (*index, ":")) if labels.ndim > 1 else "labels"
        hint = _other_axis_hint("labels", labels, axis, advice) or (
            f"没有标签的行请先去掉；若允许一个标签也没有（多标签），{advice['several']}。"
        )
        raise ValueError(f"{where} 全是 0，没有正确的类。{hint}")
    check_distribution("labels", labels, axis, advice=advice)


def _first_outside(labels):
    """第一个不在 [0, 1] 中的标签的下标；没有则是 ``None``。"""
    outside = ~((labels >= 0) & (labels <= 1))  # NaN 也在其中
    return first_index(outside) if outside.any() else None


def _not_a_label(labels, index, hint):
    return f"{place('labels', index)} = {labels[index]!s} 不是标签（要在 0 与 1 之间）。{hint}"


def _are_label_rows(array, *, soft):
    """每行都像标签：独热的；``soft`` 时，任何分布都算。"""
    sums_to_one = np.abs(array.sum(axis=-1, dtype=np.float64) - 1) < 1e-3
    allowed = (array >= 0) & (array <= 1) if soft else (array == 0) | (array == 1)
    return bool(sums_to_one.all() and allowed.all())


def _are_whole(array):
    """逐个元素，是不是有限的整数。"""
    return np.isfinite(array) & (array == np.floor(array))


def _are_ignored(labels):
    """逐个元素，是不是别的框架用来表示“忽略”的编号。"""
    return (labels == -1) | (labels == -100)


def _label_hint(value, labels, name, swapped):
    """一个不在 [0, 1] 中的标签多半错在哪里；看不出来则是空的。

    ``swapped`` 是说预测像标签；要等舍入、±1 与整数的解释都不成立，才说写反了。
    """
    if np.isnan(value):
        return "NaN 常表示没有标签：请先去掉这些位置。"
    if _is_rounding(value):
        return "只越界了一点点，多半是舍入误差：请在算出它的地方消除。"
    if (np.abs(labels) == 1).all():
        return "标签像是 ±1：先换成 (labels + 1) / 2。"
    if (_are_ignored(labels) | ((labels >= 0) & (labels <= 1))).all():
        return f"若 {value:g} 表示“忽略”，请先去掉这些位置：这里没有忽略的约定。"
    if swapped and not (_are_whole(labels) & (labels >= 0)).all():
        return f"{name} 却像标签：{_SWAPPED}。"
    return ""


def _number_hint(labels):
    """同上；不知道哪些标签同属一行，又不像写反了。"""
    if (labels == 100).any() and ((labels >= 0) & (labels <= 100)).all():
        return "像百分数，除以 100。"
    if (_are_whole(labels) & ((labels >= 0) | _are_ignored(labels))).all():
        return f"像类别编号：单标签用 {_SPARSE}，或先变成独热编码 {_one_hot('labels', 'K')}。"
    if (labels < 0).any() or np.isinf(labels).any():
        return "标签是“是”的概率；若它们是 logits，要作软标签，先做 sigmoid。"
    return "标签是“是”的概率；若是百分数，除以 100。"


def check_predicted_probabilities(probs):
    """检查 ``probs`` 的每个元素都是概率。"""
    check_probabilities("probs", probs, advice=_FOR_PROBS)


def check_predicted_rows(probs):
    """检查 ``probs`` 的每行（最后一个轴）都是一个分布。"""
    check_distribution("probs", probs, probs.ndim - 1, advice=_FOR_PROBS)


def check_class_numbers(value, logits):
    """检查 ``classes``：整数，形状是 ``logits`` 去掉最后一个轴，在 0 到 K − 1 之间。返回整数数组。"""
    classes = read_numbers("classes", value, wanted="int")
    if _are_rows_and_classes(classes, logits):
        raise ValueError(
            f"classes 的形状是 {classes.shape}，logits 是 {logits.shape}，后者却像类别编号："
            f"两个参数像是写反了，类别编号在前，logits 在后。"
        )
    _check_integers(value, classes, logits)
    if logits.ndim == 0:
        raise ValueError(
            f"logits = {logits} 是一个数（0 维），要的是最后一个轴为各类的数组；"
            f"只有一个 logit 的二元问题用 sigmoid_cross_entropy。"
        )
    if classes.shape != logits.shape[:-1]:
        raise ValueError(
            f"classes 的形状要是 logits 去掉最后一个轴，即 {logits.shape[:-1]}，"
            f"而得到 {classes.shape}（logits 是 {logits.shape}）。{_class_shape_hint(classes, logits)}"
        )
    count = logits.shape[-1]
    wrong = (classes < 0) | (classes >= count)
    if count and wrong.any():
        index = first_index(wrong)
        number = int(classes[index])
        if number in (-1, -100):
            hint = f"若 {number} 表示“忽略”，请先去掉这些行：这里没有忽略的约定。"
        elif classes.min() >= 1 and classes.max() == count:
            hint = "像是从 1 开始编号：先减 1。"
        else:
            hint = "也许 logits 少了类，或者标签来自另一份类别表。"
        raise ValueError(
            f"{place('classes', index)} = {number} 不是类别编号："
            f"logits 有 {count} 类，编号是 0 到 {count - 1}。{hint}"
        )
    return classes.astype(np.intp)


def _check_integers(value, classes, logits):
    """``value`` 里不能有布尔值（混在列表里会悄悄变成整数），``classes`` 要是整数。"""
    for index, part in _leaves(value):
        kind = getattr(getattr(part, "dtype", None), "kind", "")
        if isinstance(part, bool) or "b" in (kind, classes.dtype.kind):
            raise TypeError(
                f"{place('classes', index)} = {show(part)} 是布尔值，不是编号；"
                f"若 True 就是第 1 类，写 np.asarray(classes).astype(int)。"
            )
    if classes.size == 0 or classes.dtype.kind in "iu":  # 空列表是 float64，不算错
        return
    index = first_index(~_are_whole(classes))  # 全是整数值时，是第一个元素
    if np.isnan(classes[index]):
        hint = "NaN 常表示没有标签：请先去掉这些行。"
    elif classes.shape == logits.shape:
        hint = "形状与 logits 相同，像独热或软的标签：用 softmax_cross_entropy。"
    elif _are_whole(classes).all():
        hint = "若它们就是编号，写 np.asarray(classes).astype(int)。"
    else:
        hint = "类别编号是从 0 开始的整数。"
    raise TypeError(f"{place('classes', index)} = {classes[index]!s} 不是整数。{hint}")


def _class_shape_hint(classes, logits):
    wanted = logits.shape[:-1]
    if classes.shape == logits.shape and ((classes == 0) | (classes == 1)).all():
        return "它像独热编码：用 softmax_cross_entropy，或取 np.argmax(classes, axis=-1)。"
    if [n for n in classes.shape if n != 1] == [n for n in wanted if n != 1]:
        return f"只差长度为 1 的轴：试试 np.reshape(classes, {wanted})。"
    if logits.ndim < classes.ndim:
        return "两个参数像是写反了：类别编号在前，logits 在后。"
    for axis in range(logits.ndim - 1):
        if classes.shape == logits.shape[:axis] + logits.shape[axis + 1 :]:
            return (
                f"每行 logits 要有一个类别编号；若各类在 logits 的第 {axis} 个轴，"
                f"先把它移到最后：np.moveaxis(logits, {axis}, -1)。"
            )
    return "每行 logits 要有一个类别编号。"


_REDUCTIONS = ("mean", "sum", "none")


def check_reduction(reduction):
    """检查 ``reduction`` 认得。"""
    if not isinstance(reduction, str) or reduction not in _REDUCTIONS:
        hint = "不汇总写 'none'（字符串）。" if reduction is None else ""
        raise ValueError(
            f"reduction = {show(reduction)} 不认得；可用的有 'mean'、'sum' 和 'none'。{hint}"
        )


def check_not_empty(losses):
    """检查要平均时确实有东西可以平均。"""
    if losses.size == 0:
        raise ValueError(
            f"reduction = 'mean'，而损失的形状是 {losses.shape}，一个也没有：空的平均没有定义。"
            "先检查这一批是不是空的；求和（'sum'）得 0。"
        )
