"""共用的输入检查：不合要求就说清楚是哪个参数、哪个位置、什么值、多半错在哪里。

这里只检查，从不修改：不截断、不归一化、不广播。
"""

import math
import numbers
import operator
import reprlib

import numpy as np

_PLAIN_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)


def place(name, index):
    """把下标写成读者会写的样子：``p``、``p[2]``、``p[0, 2]``、``p[3, :]``。"""
    return f"{name}[{', '.join(str(i) for i in index)}]" if len(index) else name


def first_index(mask):
    """按行优先次序，返回第一个 True 的下标；0 维时是空元组。"""
    return tuple(int(i) for i in np.unravel_index(np.argmax(mask), mask.shape))


def sum_tolerance(dtype, size):
    """``size`` 个 ``dtype`` 概率之和允许偏离 1 多少。

    由 float32 的 softmax 算出的一行，和的误差是 eps 的几倍，并随类别数大约按 √n 增长：
    5 万类时即使逐个累加也在 1e-5 上下，而 4·√n·eps 给到 1e-4。float64 的舍入误差还不到
    1e-13，所以另设下限 1e-9，容得下抄自十位小数的表；写成 0.333 的三分之一（差 1e-3）在
    float64 与 float32 下都会被拒绝。
    """
    return max(1e-9, 4 * math.sqrt(size) * float(np.finfo(dtype).eps))


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
        掩码数组、复数、字符串、object 数组、日期、扩展精度浮点数。
    ValueError
        长短不齐的嵌套列表。
    """
    parts = value if isinstance(value, list | tuple) else (value,)
    if any(isinstance(part, np.ma.MaskedArray) for part in parts):
        raise TypeError(
            f"{name} 是掩码数组（masked array），遮住的位置没有确定的含义。"
            f"请先用 .compressed() 去掉它们，或用 .filled(…) 填上值。"
        )
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{name} 不能变成数组：{_ragged_reason(name, value)}各层的长度要一致。"
        ) from error

    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    if array.dtype.kind == "f" and array.dtype.itemsize <= 8:
        return array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype.kind == "f":
        raise TypeError(
            f"{name} 的类型是 {array.dtype}，本书只算到 float64。请先 .astype(np.float64)。"
        )
    raise TypeError(_not_real_message(name, value, array))


def _ragged_reason(name, value):
    lengths = [len(part) if hasattr(part, "__len__") else None for part in value]
    for i, length in enumerate(lengths):
        if length != lengths[0]:
            shown = ["一个数" if n is None else f"长 {n}" for n in (lengths[0], length)]
            return f"{name}[0] 是{shown[0]}，{name}[{i}] 是{shown[1]}；"
    return "嵌套列表长短不齐；"


def _not_real_message(name, value, array):
    # 字符串会传染整个数组（[0.5, "a"] 变成两个字符串），所以回到原来的元素里去找。
    objects = np.asarray(value, dtype=object)
    strange = [i for i, x in np.ndenumerate(objects) if not isinstance(x, _PLAIN_NUMBERS)]
    index = strange[0] if strange else (0,) * objects.ndim
    element = objects[index] if objects.size else value
    what = f"{place(name, index)} = {reprlib.repr(element)}（类型 {type(element).__name__}）"
    hint = {
        "c": "这里不接受复数；若虚部都是 0，请取 .real。",
        "U": "字符串不是数；请先转换，例如 np.array(…, dtype=float)。",
        "S": "字节串不是数；请先转换，例如 np.array(…, dtype=float)。",
    }.get(
        array.dtype.kind,
        "请先转换成浮点数组，例如 np.array(…, dtype=float)；分数与 SymPy 的数用 float() 转换。",
    )
    return f"{name} 要由实数组成，而 {what}。{hint}"


def check_axis(name, array, axis, *, alone="若它是一件事发生的概率，用 binary_entropy"):
    """检查 ``axis`` 是整数且在范围内，返回非负的轴号；数组至少要有一维。

    ``alone`` 是只给了一个数时的建议。
    """
    if isinstance(axis, bool | np.bool_):
        raise TypeError(f"axis = {axis} 是布尔值；请写整数，例如 axis=-1。")
    try:
        number = operator.index(axis)
    except TypeError:
        raise TypeError(
            f"axis 要是一个整数，而得到 {axis!r}（类型 {type(axis).__name__}）。"
        ) from None
    if array.ndim == 0:
        raise ValueError(
            f"{name} = {array} 是一个数（0 维），没有可以求和的轴；"
            f"各种结果要排成一行，例如 [p, 1 - p]。{alone}。"
        )
    if not -array.ndim <= number < array.ndim:
        raise ValueError(
            f"axis = {number} 超出范围：{name} 的形状是 {array.shape}，"
            f"axis 只能取 {-array.ndim} 到 {array.ndim - 1}。"
        )
    return number % array.ndim


def check_same_shape(name_a, a, name_b, b):
    """检查两个数组形状完全相同；这里不广播，因为 (N, 1) 遇上 (N,) 会悄悄变成 (N, N)。"""
    if a.shape == b.shape:
        return
    message = f"{name_a} 与 {name_b} 的形状要相同，而得到 {a.shape} 与 {b.shape}；这里不做广播。"
    (small, few), (large, many) = sorted(
        [(name_a, a.shape), (name_b, b.shape)], key=lambda pair: len(pair[1])
    )
    if (
        many
        and many[-1] > 1
        and few == many[:-1]
        and _looks_like_classes(a if small == name_a else b, many[-1])
    ):
        message += f"{small} 像类别编号；先变成独热编码：np.eye({many[-1]})[{small}]。"
    elif [n for n in few if n != 1] == [n for n in many if n != 1]:
        message += f"两者只差长度为 1 的轴：试试 np.reshape({large}, {few})。"
    elif few == many[::-1]:
        message += f"其中一个像是转置了：试试 np.transpose({name_b})。"
    elif few and few == many[len(many) - len(few) :]:
        message += (
            f"若 {large} 的每一行都要对着同一个 {small}，请写明：np.broadcast_to({small}, {many})。"
        )
    raise ValueError(message)


def _looks_like_classes(array, count):
    """全是 0 到 count − 1 的整数。"""
    return bool(((array == np.floor(array)) & (array >= 0) & (array < count)).all())


# 1/ln 2 与 1/ln 10 的正确舍入值；1 / math.log(10) 差了一位。
_UNITS_PER_NAT = {2: 1.4426950408889634, 10: 0.4342944819032518}


def units_per_nat(base):
    """返回 1/ln(base)：1 nat 合多少个以 ``base`` 为底的单位；``None`` 就是 nat，返回 1.0。"""
    if base is None:
        return 1.0
    if isinstance(base, bool | np.bool_) or not isinstance(base, numbers.Real):
        raise TypeError(
            f"base 要是一个大于 1 的实数或 None，而得到 {base!r}（类型 {type(base).__name__}）。"
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
    shown = reprlib.repr(base) if isinstance(base, int) else str(base)
    raise ValueError(f"base = {shown} 不能作对数的底，要的是大于 1 的有限实数。{reason}")


# ---------------------------------------------------------------- 概率与分布

# 提示里该推荐什么，要看是谁在问：信息论的量，还是损失。
_FOR_INFORMATION = {
    "logits": "先做 softmax/sigmoid",
    "one": "用 binary_entropy，或补上 1 - p 那一列",
    "several": "每一类各是一个二元分布，写成 np.stack([p, 1 - p], axis=-1)，q 也一样",
    "overlap": "每一类各是一个二元分布，用 binary_entropy 逐类计算",
}
_FOR_LOSSES = {
    "logits": "改用直接收 logits 的损失：单标签 softmax_cross_entropy，多标签或二元 sigmoid_cross_entropy",
    "one": "用 binary_cross_entropy",
    "several": "概率用 binary_cross_entropy，logits 用 sigmoid_cross_entropy",
    "overlap": "用 binary_cross_entropy",
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
            f"{name} 的形状是 {array.shape}，沿 axis={axis} 一个元素也没有：空分布没有定义。"
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
    hint = _sum_hint(array, axis, row, total, _division(name, array, axis), advice)
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


def _sum_hint(array, axis, row, total, division, advice):
    """元素都是概率，而和不是 1，多半错在哪里。"""
    for other in range(array.ndim):
        sums = array.sum(axis=other, dtype=np.float64)
        slack = sum_tolerance(array.dtype, max(array.shape[other], 1))
        if other != axis and (np.abs(sums - 1) <= slack).all():
            return f"沿 axis={other} 求和才处处是 1：也许该写 axis={other}。"
    if row.size == 1:
        return f"这个轴上只有一个数；若它是正类的概率，{advice['one']}。"
    if total == 0:
        return "这一行全是 0，不是任何分布。"
    if array.ndim > 1 and abs(array.sum(dtype=np.float64) - 1) <= sum_tolerance(
        array.dtype, array.size
    ):
        return "整张表之和是 1，像联合分布：先用 np.ravel 拉成一行。"
    if (row <= 1).all() and (row == np.floor(row)).all():
        return f"像多标签的 0/1 向量：{advice['several']}；若是计数，先除以总和：{division}。"
    if (row == np.floor(row)).all():
        return f"像计数，先除以总和：{division}。"
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
    if array.ndim == 0:
        raise ValueError(
            f"{name} = {array} 是一个数（0 维），要的是最后一个轴为各类的数组；"
            f"只有一个 logit 的二元问题用 sigmoid_cross_entropy。"
        )
    if array.shape[axis] == 0:
        raise ValueError(f"{name} 的形状是 {array.shape}，沿 axis={axis} 一个类也没有。")
    check_logits(name, array)
    for wrong, reason in [
        ((array == -np.inf).all(axis=axis), "全是 -inf：没有一个类留下，softmax 没有极限"),
        ((array == np.inf).sum(axis=axis) > 1, "有不止一个 +inf：它们谁大没有定义"),
    ]:
        if wrong.any():
            index = first_index(wrong)
            where = place(name, (*index[:axis], ":", *index[axis:])) if array.ndim > 1 else name
            raise ValueError(
                f"{where} {reason}。若是遮住了一些类，每行至少要留下一个有限的 logit。"
            )


# ---------------------------------------------------------------- 损失的标签与预测


def check_labels_match(labels, name, predictions):
    """检查标签与预测形状相同。"""
    if labels.shape == predictions.shape[:-1] and predictions.shape[-1:] > (1,):
        count = predictions.shape[-1]
        if _looks_like_classes(labels, count):
            sparse = "，或直接用 sparse_softmax_cross_entropy" if name == "logits" else ""
            raise ValueError(
                f"labels 与 {name} 的形状要相同，而得到 {labels.shape} 与 {predictions.shape}；"
                f"这里不做广播。"
                f"labels 像类别编号；先变成独热编码：np.eye({count})[labels]{sparse}。"
            )
    check_same_shape("labels", labels, name, predictions)


def check_binary_labels(labels, name, predictions):
    """检查每个标签都在 [0, 1] 中。"""
    inside = (labels >= 0) & (labels <= 1)
    if inside.all():
        return
    index = first_index(~inside)
    value = labels[index]
    raise ValueError(
        f"{place('labels', index)} = {value!s} 不是标签（要在 0 与 1 之间）。"
        f"{_label_hint(value, labels, name, predictions)}"
    )


def check_label_rows(labels, name, predictions):
    """检查每行标签（最后一个轴）都是一个分布：独热的，或软的。"""
    if labels.ndim == 0:
        raise ValueError(
            f"labels = {labels} 是一个数（0 维），要的是最后一个轴为各类的数组，例如 [0, 1, 0]；"
            f"二元的标签用 binary_cross_entropy 或 sigmoid_cross_entropy。"
        )
    check_binary_labels(labels, name, predictions)
    axis = labels.ndim - 1
    if labels.shape[axis] and not labels.any(axis=axis).all():
        index = first_index(~labels.any(axis=axis))
        where = place("labels", (*index, ":")) if labels.ndim > 1 else "labels"
        raise ValueError(
            f"{where} 全是 0，没有正确的类。没有标签的行请先去掉；"
            f"若允许一个标签也没有（多标签），{_FOR_LOSSES['several']}。"
        )
    check_distribution("labels", labels, axis, advice=_FOR_LOSSES)


def _label_hint(value, labels, name, predictions):
    """一个不在 [0, 1] 中的标签多半错在哪里。"""
    if np.isnan(value):
        return "NaN 常表示没有标签：请先去掉这些位置。"
    if ((predictions == 0) | (predictions == 1)).all():
        return f"{name} 却全是 0 与 1：两个参数像是写反了，标签在前，预测在后。"
    if (np.abs(labels) == 1).all():
        return "标签像是 ±1：先换成 (labels + 1) / 2。"
    if value == -1 or value == -100:
        return f"若 {value:g} 表示“忽略”，请先去掉这些位置：这里没有忽略的约定。"
    if _is_rounding(value):
        return "只越界了一点点，多半是舍入误差：请在算出它的地方消除。"
    if ((labels == np.floor(labels)) & (labels >= 0)).all():
        return "像类别编号：单标签用 sparse_softmax_cross_entropy，或先变成独热编码 np.eye(K)[labels]。"
    return "标签是“是”的概率；若是百分数，除以 100。"


def check_predicted_probabilities(probs):
    """检查 ``probs`` 的每个元素都是概率。"""
    check_probabilities("probs", probs, advice=_FOR_LOSSES)


def check_predicted_rows(probs):
    """检查 ``probs`` 的每行（最后一个轴）都是一个分布。"""
    check_distribution("probs", probs, probs.ndim - 1, advice=_FOR_LOSSES)


def check_class_numbers(value, logits):
    """检查 ``classes``：整数，形状是 ``logits`` 去掉最后一个轴，在 0 到 K − 1 之间。返回整数数组。"""
    as_numbers = as_real_array("classes", value)
    classes = np.asarray(value)
    if classes.size and classes.dtype.kind not in "iu":
        index = first_index(np.ones(classes.shape, bool))
        if classes.dtype.kind == "b":
            hint = "布尔值不是编号；若 True 就是第 1 类，写 .astype(int)。"
        elif classes.shape == logits.shape:
            hint = "形状与 logits 相同，像独热或软的标签：用 softmax_cross_entropy。"
        elif (as_numbers == np.floor(as_numbers)).all():
            hint = "若它们就是编号，写 .astype(int)。"
        else:
            hint = "类别编号是从 0 开始的整数。"
        raise TypeError(f"{place('classes', index)} = {classes[index]} 不是整数。{hint}")
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


def _class_shape_hint(classes, logits):
    if classes.shape == logits.shape and ((classes == 0) | (classes == 1)).all():
        return "它像独热编码：用 softmax_cross_entropy，或取 np.argmax(classes, axis=-1)。"
    if [n for n in classes.shape if n != 1] == [n for n in logits.shape[:-1] if n != 1]:
        return f"只差长度为 1 的轴：试试 np.reshape(classes, {logits.shape[:-1]})。"
    if logits.ndim < classes.ndim:
        return "两个参数像是写反了：类别编号在前，logits 在后。"
    return "每行 logits 要有一个类别编号。"


_REDUCTIONS = ("mean", "sum", "none")


def check_reduction(reduction, losses):
    """检查 ``reduction`` 认得，而且要平均时确实有东西可以平均。"""
    if not isinstance(reduction, str) or reduction not in _REDUCTIONS:
        hint = "不汇总写 'none'（字符串）。" if reduction is None else ""
        raise ValueError(
            f"reduction = {reduction!r} 不认得；可用的有 'mean'、'sum' 和 'none'。{hint}"
        )
    if reduction == "mean" and losses.size == 0:
        raise ValueError(
            f"reduction = 'mean'，而损失的形状是 {losses.shape}，一个也没有：空的平均没有定义。"
            "先检查这一批是不是空的；求和（'sum'）得 0。"
        )
