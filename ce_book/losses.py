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
- 结果的类型由预测决定，float64 的标签会使它成为 float64；整数、布尔的标签不会。求和、平均的结果是
  NumPy 标量。
- 内部用 float64 计算；只有结果是 float32 的和与平均，由 logits 算每个损失时用 float32（快一倍）。
  求和时误差不随个数积累。每个损失的误差都在 4 ulp 以内（附录“数值”）。
- 大的数组一小片一小片地算，多用的内存通常不到输入的 5%。
"""

import math

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
    dot_rows,
    exact_sum,
    gaps_to_winner,
    odds_against,
    result_dtype,
    softplus_of_minus_abs,
    sum_rows,
    surprise,
    surprise_of_complement,
    total,
    weigh,
    weigh_rows,
)
from ce_book._slices import mend, slices
from ce_book._validation import (
    as_floats,
    as_real_array,
    read_numbers,
    sum_tolerance,
    surely_probabilities,
)

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

    def check():
        check_binary_labels(as_floats(labels), "probs", probs)
        check_predicted_probabilities(probs)

    def losses(y, q, times):
        return times(y, surprise(q)) + times(1 - y, surprise_of_complement(q))

    return _evaluate(
        losses,
        (labels, probs),
        (np.float64, np.float64),
        check=check,
        look_fine=lambda y, q: surely_probabilities(y) and surely_probabilities(q),
        reduction=reduction,
        dtype=dtype,
    )


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

    def check():
        check_binary_labels(as_floats(labels), "logits", logits)
        check_logits("logits", logits)

    def losses(y, x, times):
        # 前两项合起来是 -min((y-1)x, yx)：x > 0 时前一个小，x < 0 时后一个小。
        smaller = times(y - 1, x)
        np.minimum(smaller, times(y, x), out=smaller)
        result = softplus_of_minus_abs(x)
        result -= smaller
        return result

    return _evaluate(
        losses,
        (labels, logits),
        (_working_dtype(dtype, reduction),) * 2,
        check=check,
        look_fine=lambda y, _: surely_probabilities(y),
        reduction=reduction,
        dtype=dtype,
        temporaries=3,
    )


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
    slack = _sums_tolerance(labels), _sums_tolerance(probs)

    def check():
        check_label_rows(as_floats(labels), "probs", probs)
        check_predicted_rows(probs)

    def losses(y, q, dot):
        return dot(y, surprise(q))

    return _evaluate(
        losses,
        (labels, probs),
        (np.float64, np.float64),
        rowwise=True,
        check=check,
        look_fine=lambda y, q: _surely_rows(y, slack[0]) and _surely_rows(q, slack[1]),
        reduction=reduction,
        dtype=dtype,
    )


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
    slack = _sums_tolerance(labels)

    def check():
        check_label_rows(as_floats(labels), "logits", logits)
        check_logit_rows("logits", logits, logits.ndim - 1)

    def losses(y, x, dot):
        sums = sum_rows(y)  # 允许的舍入误差以内是 1，但不必恰好是 1
        odds, top, irregular = odds_against(x, x.argmax(axis=-1))
        losses = dot(y, top[:, np.newaxis] - x) + sums * np.log1p(odds)
        losses = mend(losses, irregular, _irregular_softmax_losses, y, x)
        if dot is dot_rows and not _near_one(sums, slack):
            losses[np.abs(sums - 1) > slack] = np.nan  # 不放心的行：让 check 去查
        return losses

    return _evaluate(
        losses,
        (labels, logits),
        (_working_dtype(dtype, reduction),) * 2,
        rowwise=True,
        check=check,
        look_fine=lambda y, _: surely_probabilities(y),
        temporaries=1,
        reduction=reduction,
        dtype=dtype,
    )


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
    dtype = result_dtype(logits)

    def losses(c, x, _):
        odds, _, irregular = odds_against(x, c)
        return mend(np.log1p(odds), irregular, _irregular_sparse_losses, c, x)

    return _evaluate(
        losses,
        (classes, logits),
        (np.intp, _working_dtype(dtype, reduction)),
        rowwise=True,
        check=lambda: check_logit_rows("logits", logits, logits.ndim - 1),
        reduction=reduction,
        dtype=dtype,
        temporaries=1,
    )


# ---------------------------------------------------------------- 内部


def _pair(labels, name, predictions):
    """读入标签与预测，核对形状；返回两个数组与结果的类型。"""
    labels, predictions = read_numbers("labels", labels), as_real_array(name, predictions)
    if labels.shape != predictions.shape:
        check_labels_match(as_floats(labels), name, predictions)
    # 整数、布尔的标签以浮点数计算，但不该因此把 float32 的损失也变成 float64。
    decisive = [predictions, labels] if labels.dtype.kind == "f" else [predictions]
    return labels, predictions, result_dtype(*decisive)


def _working_dtype(dtype, reduction):
    """公式用什么类型计算：逐个返回时总用 float64；float32 的损失要汇总时用 float32，快一倍。"""
    return np.float64 if reduction == "none" else dtype


def _sums_tolerance(rows):
    """粗看一行之和是不是 1 时，允许差多少：仔细查时的一半，另一半留给求和的误差。"""
    dtype = rows.dtype if rows.dtype.kind == "f" else np.float64
    return sum_tolerance(dtype, rows.shape[-1]) / 2 if rows.ndim else 0.0


def _surely_rows(rows, tolerance):
    """每一行是不是肯定是分布。"""
    return surely_probabilities(rows) and _near_one(sum_rows(rows), tolerance)


def _near_one(sums, tolerance):
    return bool(sums.min() >= 1 - tolerance and sums.max() <= 1 + tolerance)


def _irregular_softmax_losses(y, x):
    """不能直接取指数的行：先减去最大的 logit，并补回减法的舍入误差。"""
    gap, weight, winner = gaps_to_winner(x)
    shortfall = gap + np.log1p(sum_rows(weight))[:, np.newaxis]
    # 两个有限的 logit 之差也会溢出，乘上标签却未必：这时先乘再减（ln(1 + …) 小到可以不计）。
    top = np.take_along_axis(x, winner, axis=-1)
    overflowed = np.isinf(gap) & np.isfinite(x) & np.isfinite(top)
    return sum_rows(np.where(overflowed, y * top - y * x, weigh(y, shortfall)))


def _irregular_sparse_losses(c, x):
    """同上；``c`` 是类别编号（已换成 float64）。"""
    gap, weight, _ = gaps_to_winner(x)
    return gap[np.arange(len(x)), c.astype(np.intp)] + np.log1p(sum_rows(weight))


def _evaluate(
    formula,
    arrays,
    dtypes,
    *,
    rowwise=False,
    check,
    look_fine=lambda *parts: True,
    reduction,
    dtype,
    temporaries=4,
):
    """逐片计算损失，按 ``reduction`` 汇总。

    Parameters
    ----------
    formula : callable
        由标签与预测的一片，以及相乘（逐行时是乘完再求和）的办法，得到一片损失。
    arrays, dtypes
        标签与预测，以及计算时各用什么类型。
    rowwise : bool
        一个损失对应预测的一行（最后一个轴），还是一个元素。
    check : callable
        仔细检查全部输入，有毛病就报错。
    look_fine : callable
        粗看一片：True 是肯定没有毛病。
    dtype : dtype
        结果的类型。

    ``check`` 要把输入从头到尾扫好几遍，所以只在粗看不放心，或算出了 NaN 时才做。输入没有毛病时，
    NaN 只会来自 0·inf：再算一次，这一次约定它是 0。
    """
    predictions = arrays[-1]
    shape = predictions.shape[:-1] if rowwise else predictions.shape

    # 先用快的乘法；0·inf 得 NaN 时，换成约定它是 0 的。
    quick, careful = (dot_rows, weigh_rows) if rowwise else (np.multiply, weigh)
    checked = predictions.size == 0 or (rowwise and predictions.ndim == 0)
    if checked:
        check()

    def evaluate(parts):
        """一片损失，与它们的和。"""
        nonlocal checked
        losses = formula(*parts, quick)
        subtotal = total(losses)
        if not checked and (math.isnan(subtotal) or not look_fine(*parts)):
            check()
            checked = True
        if math.isnan(subtotal):  # 只换 NaN 的：一个损失不该因为同一批里有别的而变
            losses = np.where(np.isnan(losses), formula(*parts, careful), losses)
            subtotal = total(losses)
        return losses, subtotal

    pieces = slices(arrays, dtypes, shape, temporaries)
    if reduction == "none":
        out = np.empty(shape, dtype)
        for where, parts in pieces:
            out.reshape(-1)[where], _ = evaluate(parts)
        return out if out.ndim else out[()]
    result = exact_sum([evaluate(parts)[1] for _, parts in pieces])
    if reduction == "mean":
        check_not_empty(shape)
        count = math.prod(shape)
        result /= count
        if math.isinf(result):  # 也许只是和溢出了：先除再加
            pieces = slices(arrays, dtypes, shape, temporaries)
            result = exact_sum([total(evaluate(parts)[0] / count) for _, parts in pieces])
    return dtype.type(result)
