"""logits、标签、类别编号与归约的检查：不合要求就说清楚哪里、什么值、多半错在哪里。

数值从不改动；数组与概率的检查在 ``_validation.py``。
"""

import numpy as np

from ce_book._validation import (
    check_distribution,
    check_not_empty_along,
    check_probabilities,
    check_same_shape,
    check_sums,
    first_index,
    is_rounding,
    leaves,
    looks_like_classes,
    normalisation,
    one_hot,
    other_axis_hint,
    place,
    read_numbers,
    row_hint,
    show,
)

# ---------------------------------------------------------------- logits


def check_logits(name, array):
    """检查没有 NaN；``±inf`` 是允许的。"""
    if array.size and np.isnan(array.min()):
        index = first_index(np.isnan(array))
        raise ValueError(
            f"{place(name, index)} = nan。NaN 多半来自上游的 0/0、inf - inf，或训练已经发散。"
        )


def check_logit_rows(name, array, axis):
    """检查沿 ``axis``（非负轴号）每一行的 softmax 都有极限。"""
    if array.shape[axis] == 0:
        raise ValueError(f"{name} 的形状是 {array.shape}，第 {axis} 个轴上一个类也没有。")
    if array.size == 0 or (array.min() > -np.inf and array.max() < np.inf):  # 有 NaN 时不成立
        return
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


def _for_losses(logits, binary):
    """损失的建议：看到 logits 时怎么办，各类互不排斥时用哪个损失。"""
    return {
        "logits": logits,
        **dict.fromkeys(["one", "several", "overlap"], f"用 {binary}"),
        "several first": True,  # 损失没有 axis 可改，多标签更要紧
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


def check_labels_match(labels, name, predictions):
    """检查标签与预测形状相同。"""
    count = (predictions.shape or (0,))[-1]
    hint = ""
    if _are_rows_and_classes(labels, predictions) and not looks_like_classes(labels, 2):
        hint = f"{name} 却像类别编号：{_SWAPPED}。"
        hint += "编号用 sparse_softmax_cross_entropy。" if name == "logits" else ""
    elif labels.shape == predictions.shape[:-1] and count > 1 and looks_like_classes(labels, count):
        hint = f"labels 像类别编号；先变成独热编码：{one_hot('labels', count)}"
        hint += f"，或直接用 {_SPARSE}。" if name == "logits" else "。"
    check_same_shape("labels", labels, name, predictions, hint=hint)


_SWAPPED = "两个参数像是写反了，标签在前，预测在后"
_SPARSE = "sparse_softmax_cross_entropy(np.asarray(labels).astype(int), …)"


def _are_rows_and_classes(first, second):
    """``first`` 比 ``second`` 多最后一个轴，而 ``second`` 像它的类别编号。"""
    if not first.ndim or first.shape[:-1] != second.shape or first.shape[-1] < 2:
        return False
    return looks_like_classes(second, first.shape[-1])


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
    check_not_empty_along("labels", labels, axis)
    index = _first_outside(labels)
    if index is not None:
        value, row = labels[index], labels[index[:-1]]
        swapped = _are_label_rows(predictions, soft=name == "logits")
        hint = _label_hint(value, labels, name, swapped) or row_hint(
            value, row, normalisation("labels", labels, axis), advice
        )
        raise ValueError(_not_a_label(labels, index, hint))
    without = ~labels.any(axis=axis)
    if without.any():
        index = first_index(without)
        where = place("labels", (*index, ":")) if labels.ndim > 1 else "labels"
        hint = other_axis_hint("labels", labels, axis, advice) or (
            f"没有标签的行请先去掉；若允许一个标签也没有（多标签），{advice['several']}。"
        )
        raise ValueError(f"{where} 全是 0，没有正确的类。{hint}")
    check_sums("labels", labels, axis, advice=advice)


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
    if is_rounding(value):
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
        return f"像类别编号：单标签用 {_SPARSE}，或先变成独热编码 {one_hot('labels', 'K')}。"
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
    if count and classes.size and (classes.min() < 0 or classes.max() >= count):
        index = first_index((classes < 0) | (classes >= count))
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
    return classes.astype(np.intp, copy=False)


def _check_integers(value, classes, logits):
    """``value`` 里不能有布尔值（混在列表里会悄悄变成整数），``classes`` 要是整数。"""
    for index, part in leaves(value):
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


def check_not_empty(shape):
    """检查要平均时，形状是 ``shape`` 的损失里确实有东西可以平均。"""
    if 0 in shape:
        raise ValueError(
            f"reduction = 'mean'，而损失的形状是 {shape}，一个也没有：空的平均没有定义。"
            "先检查这一批是不是空的；求和（'sum'）得 0。"
        )
