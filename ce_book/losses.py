r"""分类用的五个损失：二元、sigmoid、多类、softmax、稀疏 softmax 交叉熵。

==================================  ======================  =====================  ==============
函数                                标签                    模型给的               一个损失对应
==================================  ======================  =====================  ==============
``binary_cross_entropy``            每个元素在 [0, 1] 中    概率                   一个元素
``sigmoid_cross_entropy``           每个元素在 [0, 1] 中    logits                 一个元素
``categorical_cross_entropy``       每行一个分布            每行一个分布           一行
``softmax_cross_entropy``           每行一个分布            每行 K 个 logits       一行
``sparse_softmax_cross_entropy``    每行一个类别编号        每行 K 个 logits       一行
==================================  ======================  =====================  ==============

约定（每个函数都遵守）：

- **标签在前，预测在后**；单位都是 nat。
- 标签可以是软的：不必恰好是 0 与 1，也不必独热。
- ``reduction``：``"none"`` 逐个返回，``"sum"`` 求和，``"mean"`` 求平均。平均的个数就是损失的个数：
  前两个函数是元素的个数，后三个函数是行数。
- :math:`0\log 0 = 0`；标签说可能、概率却是 0，损失是 ``inf``，不截断。logits 是 ``±inf`` 时取极限；
  标签是 0 的类，logit 是 ``-inf`` 也不计损失。
- 标签与预测的形状必须相同，从不广播；坏的输入引发 ``ValueError`` 或 ``TypeError``，说明是哪个参数、
  哪个位置、什么值、多半错在哪里。
- 内部一律用 float64 计算与累加。结果的类型由预测决定，float64 的标签会使它成为 float64；
  整数、布尔的标签不会。求和、平均的结果是 NumPy 标量。
"""

import numpy as np

from ce_book._logits_and_labels import (
    check_binary_labels,
    check_class_numbers,
    check_label_rows,
    check_labels_match,
    check_logit_rows,
    check_logits,
    check_not_empty,
    check_predicted_probabilities,
    check_predicted_rows,
    check_reduction,
)
from ce_book._numerics import (
    exp_of_minus_abs,
    finish,
    gaps_to_winner,
    result_dtype,
    surprise,
    surprise_of_complement,
    weigh,
)
from ce_book._validation import as_floats, as_real_array, read_numbers

__all__ = [
    "binary_cross_entropy",
    "categorical_cross_entropy",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
]


@np.errstate(all="ignore")
def binary_cross_entropy(labels, probs, *, reduction="mean"):
    r"""二元交叉熵：标签是“是”或“否”，模型给出“是”的概率。

    .. math:: \ell(y, q) = -y \ln q - (1-y)\ln(1-q)

    Parameters
    ----------
    labels : array_like
        标签 y，任意形状；每个元素在 [0, 1] 中。
    probs : array_like
        模型给“是”的概率 q，与 ``labels`` 形状相同；每个元素在 [0, 1] 中。
    reduction : {"mean", "sum", "none"}, optional
        平均（按元素个数）、求和、逐元素返回。

    Returns
    -------
    numpy.ndarray 或 NumPy 标量
        以 nat 计，不小于 0。y > 0 而 q = 0，或 y < 1 而 q = 1 时是 ``inf``。

    Raises
    ------
    ValueError
        形状不同；有元素不在 [0, 1] 中或是 NaN；列表长短不齐；没有元素而要平均；``reduction`` 不认得。
    TypeError
        有参数不由实数组成（复数、字符串、object、掩码数组等）。

    See Also
    --------
    sigmoid_cross_entropy : 手里有 logits 时用它：概率舍入成 0 或 1 之后，损失就算不准了。

    References
    ----------
    - Good, I. J. (1952). Rational decisions. *Journal of the Royal Statistical Society B*,
      14(1), 107–114（对数评分）.

    Examples
    --------
    >>> print(f"{binary_cross_entropy([0, 1], [0.2, 0.6]):.4f}")
    0.3670
    >>> print(binary_cross_entropy([0, 1, 1], [0.1, 0.7, 0.8], reduction="none").round(4))
    [0.1054 0.3567 0.2231]
    """
    check_reduction(reduction)
    labels, probs, dtype = _pair(labels, "probs", probs)
    check_binary_labels(labels, "probs", probs)
    check_predicted_probabilities(probs)
    y, q = labels.astype(np.float64), probs.astype(np.float64)
    losses = weigh(y, surprise(q)) + weigh(1 - y, surprise_of_complement(q))
    return _reduce(losses, reduction, dtype)


@np.errstate(all="ignore")
def sigmoid_cross_entropy(labels, logits, *, reduction="mean"):
    r"""sigmoid 交叉熵：二元交叉熵，直接从 logit 算，不经过概率。

    .. math::

        \ell(y, x) &= -y \ln\sigma(x) - (1-y)\ln\left(1-\sigma(x)\right) \\
                   &= \max(x, 0)\,(1-y) - \min(x, 0)\,y + \ln\left(1+\mathrm{e}^{-|x|}\right)

    Parameters
    ----------
    labels : array_like
        标签 y，任意形状；每个元素在 [0, 1] 中。多标签时，每个标签各占一个元素。
    logits : array_like
        x，与 ``labels`` 形状相同；任何实数或 ``±inf``。不要先做 sigmoid。
    reduction : {"mean", "sum", "none"}, optional
        平均（按元素个数）、求和、逐元素返回。

    Returns
    -------
    numpy.ndarray 或 NumPy 标量
        以 nat 计，不小于 0。

    Raises
    ------
    ValueError
        形状不同；标签不在 [0, 1] 中；有 NaN；列表长短不齐；没有元素而要平均；``reduction`` 不认得。
    TypeError
        有参数不由实数组成（复数、字符串、object、掩码数组等）。

    Notes
    -----
    第二行的三项都不小于 0，相加不抵消；指数里总是 :math:`-|x|`，不会上溢。

    References
    ----------
    - Cox, D. R. (1958). The regression analysis of binary sequences.
      *Journal of the Royal Statistical Society B*, 20(2), 215–242.

    Examples
    --------
    >>> print(sigmoid_cross_entropy([1, 1, 1], [0.5, 0.7, 0.3], reduction="none").round(6))
    [0.474077 0.403186 0.554355]
    >>> print(sigmoid_cross_entropy([1, 0], [-1000, -1000], reduction="none"))
    [1000.    0.]
    """
    check_reduction(reduction)
    labels, logits, dtype = _pair(labels, "logits", logits)
    check_binary_labels(labels, "logits", logits)
    check_logits("logits", logits)
    y, x = labels.astype(np.float64), logits.astype(np.float64)
    losses = weigh(1 - y, np.maximum(x, 0)) - weigh(y, np.minimum(x, 0))
    losses += np.log1p(exp_of_minus_abs(x))
    return _reduce(losses, reduction, dtype)


@np.errstate(all="ignore")
def categorical_cross_entropy(labels, probs, *, reduction="mean"):
    r"""多类交叉熵：每行的标签是一个分布（独热或软的），模型也给一个分布。

    .. math:: \ell(y, q) = -\sum_i y_i \ln q_i

    Parameters
    ----------
    labels : array_like, 形状 (…, K)
        标签；最后一个轴是各类，每行非负、和为 1（允许舍入误差）。
    probs : array_like, 形状 (…, K)
        模型给各类的概率，与 ``labels`` 形状相同，每行非负、和为 1。
    reduction : {"mean", "sum", "none"}, optional
        平均（按行数）、求和、逐行返回。

    Returns
    -------
    numpy.ndarray 或 NumPy 标量
        以 nat 计，不小于 0。有 :math:`q_i = 0 < y_i` 时是 ``inf``。

    Raises
    ------
    ValueError
        形状不同；有一行不是分布；没有类（K = 0）；是 0 维；列表长短不齐；没有行而要平均；
        ``reduction`` 不认得。
    TypeError
        有参数不由实数组成（复数、字符串、object、掩码数组等）。

    See Also
    --------
    softmax_cross_entropy : 手里有 logits 时用它。
    ce_book.information.cross_entropy : 同一个量，可以选单位和轴。

    Notes
    -----
    结果的类型与 :func:`ce_book.information.cross_entropy` 的规则不同：这里整数、布尔的标签不影响
    类型，独热的整数标签配上 float32 的概率得 float32；那里整数的分布算作 float64，得 float64。

    References
    ----------
    - Cover, T. M. & Thomas, J. A. (2006). *Elements of Information Theory* (2nd ed.), §5.4. Wiley.

    Examples
    --------
    >>> print(f"{categorical_cross_entropy([0, 1, 0], [0.3, 0.6, 0.1]):.4f}")
    0.5108
    """
    check_reduction(reduction)
    labels, probs, dtype = _pair(labels, "probs", probs)
    check_label_rows(labels, "probs", probs)
    check_predicted_rows(probs)
    y, q = np.ascontiguousarray(labels, np.float64), np.ascontiguousarray(probs, np.float64)
    return _reduce(weigh(y, surprise(q)).sum(axis=-1), reduction, dtype)


@np.errstate(all="ignore")
def softmax_cross_entropy(labels, logits, *, reduction="mean"):
    r"""softmax 交叉熵：多类交叉熵，直接从 logits 算，不经过概率。

    .. math:: \ell(y, x) = \sum_i y_i \left( \ln\sum_k \mathrm{e}^{x_k} - x_i \right)

    Parameters
    ----------
    labels : array_like, 形状 (…, K)
        标签；最后一个轴是各类，每行非负、和为 1（允许舍入误差）。独热或软的都可以。
    logits : array_like, 形状 (…, K)
        与 ``labels`` 形状相同；任何实数或 ``±inf``。不要先做 softmax。
    reduction : {"mean", "sum", "none"}, optional
        平均（按行数）、求和、逐行返回。

    Returns
    -------
    numpy.ndarray 或 NumPy 标量
        以 nat 计，不小于 0。

    Raises
    ------
    ValueError
        形状不同；标签有一行不是分布；logits 有 NaN，或有一行全是 ``-inf``、有两个以上的
        ``+inf``；没有类（K = 0）；是 0 维；列表长短不齐；没有行而要平均；``reduction`` 不认得。
    TypeError
        有参数不由实数组成（复数、字符串、object、掩码数组等）。

    Notes
    -----
    括号里的差按 :math:`(\max x - x_i) + \ln(1 + \sum{}' \mathrm{e}^{x_k - \max x})` 计算，带撇的和
    不含最大的那一项：两部分都不小于 0，不抵消。

    References
    ----------
    - Bridle, J. S. (1990). Probabilistic interpretation of feedforward classification network
      outputs, with relationships to statistical pattern recognition. In *Neurocomputing*,
      227–236. Springer.
    - Blanchard, P., Higham, D. J. & Higham, N. J. (2021). Accurately computing the log-sum-exp and
      softmax functions. *IMA Journal of Numerical Analysis*, 41(4), 2311–2330.

    Examples
    --------
    >>> print(f"{softmax_cross_entropy([0, 0, 1], [1, 2, 3]):.4f}")
    0.4076
    >>> print(softmax_cross_entropy([[1, 0], [0.5, 0.5]], [[0, 9], [7, 7]], reduction="none").round(4))
    [9.0001 0.6931]
    """
    check_reduction(reduction)
    labels, logits, dtype = _pair(labels, "logits", logits)
    check_label_rows(labels, "logits", logits)
    check_logit_rows("logits", logits, logits.ndim - 1)
    y, x = np.ascontiguousarray(labels, np.float64), np.ascontiguousarray(logits, np.float64)
    gap, weight, winner = gaps_to_winner(x)
    shortfall = gap + np.log1p(weight.sum(axis=-1, keepdims=True))
    # 两个有限的 logit 之差也会溢出，乘上标签却未必：这时先乘再减（ln(1 + …) 小到可以不计）。
    top = np.take_along_axis(x, winner, axis=-1)
    overflowed = np.isinf(gap) & np.isfinite(x) & np.isfinite(top)
    terms = np.where(overflowed, y * top - y * x, weigh(y, shortfall))
    return _reduce(terms.sum(axis=-1), reduction, dtype)


@np.errstate(all="ignore")
def sparse_softmax_cross_entropy(classes, logits, *, reduction="mean"):
    r"""稀疏 softmax 交叉熵：标签写成类别编号的 softmax 交叉熵。

    .. math:: \ell(c, x) = \ln\sum_k \mathrm{e}^{x_k} - x_c

    Parameters
    ----------
    classes : array_like of int, 形状 (…)
        类别编号 c，从 0 到 K − 1；比 ``logits`` 少最后一个轴。
    logits : array_like, 形状 (…, K)
        任何实数或 ``±inf``。不要先做 softmax。
    reduction : {"mean", "sum", "none"}, optional
        平均（按行数）、求和、逐行返回。

    Returns
    -------
    numpy.ndarray 或 NumPy 标量
        以 nat 计，不小于 0；等于用独热标签的 :func:`softmax_cross_entropy`。

    Raises
    ------
    ValueError
        形状不合；编号不在 0 到 K − 1 之间；logits 有 NaN，或有一行全是 ``-inf``、有两个以上的
        ``+inf``；没有类（K = 0）；``logits`` 是 0 维；列表长短不齐；没有行而要平均；``reduction`` 不认得。
    TypeError
        ``classes`` 不是整数（小数、布尔值也不行），或 ``logits`` 不由实数组成。

    Notes
    -----
    没有“忽略”的编号：有的框架约定 −1 或 −100 不计损失，这里请先挑出有标签的行。

    References
    ----------
    - Blanchard, P., Higham, D. J. & Higham, N. J. (2021). Accurately computing the log-sum-exp and
      softmax functions. *IMA Journal of Numerical Analysis*, 41(4), 2311–2330.

    Examples
    --------
    >>> print(f"{sparse_softmax_cross_entropy(2, [1, 2, 3]):.4f}")
    0.4076
    >>> print(sparse_softmax_cross_entropy([0, 1], [[2, 2], [0, 3]], reduction="none").round(4))
    [0.6931 0.0486]
    """
    check_reduction(reduction)
    logits = as_real_array("logits", logits)
    classes = check_class_numbers(classes, logits)
    check_logit_rows("logits", logits, logits.ndim - 1)
    gap, weight, _ = gaps_to_winner(logits)
    own_gap = np.take_along_axis(gap, classes[..., np.newaxis], axis=-1)[..., 0]
    return _reduce(own_gap + np.log1p(weight.sum(axis=-1)), reduction, result_dtype(logits))


# ---------------------------------------------------------------- 内部


def _pair(labels, name, predictions):
    """读入标签与预测，核对形状；返回两个数组与结果的类型。"""
    numbers, predictions = read_numbers("labels", labels), as_real_array(name, predictions)
    labels = as_floats(numbers)
    check_labels_match(labels, name, predictions)
    # 整数、布尔的标签已变成 float64，但不该因此把 float32 的损失也变成 float64。
    decisive = [predictions, labels] if numbers.dtype.kind == "f" else [predictions]
    return labels, predictions, result_dtype(*decisive)


def _reduce(losses, reduction, dtype):
    """按 ``reduction`` 汇总；``losses`` 是 float64，溢出成 inf 不警告。"""
    flat = np.ravel(losses)  # 按行优先的次序累加，和就不随内存次序变化
    if reduction == "sum":
        losses = flat.sum()
    elif reduction == "mean":
        check_not_empty(losses)
        losses = flat.mean()
        if np.isinf(losses):  # 也许只是和溢出了：先除再加
            losses = (flat / flat.size).sum()
    return finish(losses, dtype)
