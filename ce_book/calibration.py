r"""校准：模型说“七成把握”的那些时候，事情是不是真的发生了七成。

==============================  ====================================================
函数                            回答什么
==============================  ====================================================
``reliability``                 按模型说的概率分格，每一格里说的是多少、实际是多少
``expected_calibration_error``  两者平均差多少（ECE）
``fit_temperature``             logits 该除以多大的温度 T，交叉熵才最小
==============================  ====================================================

前两个收“结果与概率”：一件事发生了没有（0 或 1），模型说它发生的概率是多少。多类的模型，最常看的是它猜的
那一类：猜对了没有，它给这一类多少概率。``q`` 是 softmax 的输出、``classes`` 是类别编号时，写::

    outcomes, probs = classes == q.argmax(axis=-1), q.max(axis=-1)

真实的在前，预测在后；坏的输入一律报错，说明是哪个参数、哪个位置、什么值、多半错在哪里。
"""

import math
from typing import NamedTuple

import numpy as np

from ce_book._logits_and_labels import check_class_numbers, check_logit_rows
from ce_book._numerics import exact_sum
from ce_book._validation import (
    as_floats,
    as_real_array,
    as_whole,
    check_probabilities,
    check_same_shape,
    first_index,
    looks_like_classes,
    place,
    read_numbers,
)

__all__ = ["Reliability", "expected_calibration_error", "fit_temperature", "reliability"]


class Reliability(NamedTuple):
    """:func:`reliability` 的结果；三个数组都是一格一个数，从概率低的格到高的格。"""

    counts: np.ndarray
    """落在这一格的预测有几个（整数）。"""
    mean_prob: np.ndarray
    """这一格的概率的平均：模型说的。空的格是 NaN。"""
    frequency: np.ndarray
    """这一格里，事情发生的频率：实际的。空的格是 NaN。"""


def reliability(outcomes, probs, *, bins=10):
    r"""按模型说的概率分成等宽的格，比较每一格里模型说的与实际的。

    把 [0, 1] 等分成 B 格，第 k 格（从 0 数起）是 :math:`[k/B, (k+1)/B)`：**恰好在格界上的概率归右边的格**，
    只有 1 归最后一格。格界先舍入到 ``probs`` 的类型，所以 float32 的 0.7 也算在格界上。

    Parameters
    ----------
    outcomes : array_like, 任意形状
        结果：0 是没发生（猜错），1 是发生了（猜对）；布尔值也行。
    probs : array_like
        形状与 ``outcomes`` 相同。模型给“发生”的概率，在 [0, 1] 中。
    bins : int, optional
        格数 B，至少是 1。

    Returns
    -------
    Reliability
        ``counts``、``mean_prob``、``frequency``，形状都是 (B,)；空的格的后两项是 NaN。

    Raises
    ------
    ValueError
        形状不同；``outcomes`` 有 0 与 1 以外的值；``probs`` 有元素不在 [0, 1] 中或是 NaN；一个预测也
        没有；``bins`` 小于 1；列表长短不齐。
    TypeError
        有参数不由实数组成，或 ``bins`` 不是整数。

    References
    ----------
    - Niculescu-Mizil, A. & Caruana, R. (2005). Predicting good probabilities with supervised
      learning. *ICML*, 625–632（可靠性图）.

    Examples
    --------
    四次预报，分两格。说得低的两次里下了一次雨，说得高的两次都下了：

    >>> parts = reliability([0, 1, 1, 1], [0.1, 0.3, 0.5, 0.9], bins=2)
    >>> parts.counts.tolist(), parts.mean_prob.tolist(), parts.frequency.tolist()
    ([2, 2], [0.2, 0.7], [0.5, 1.0])
    """
    outcomes, probs, bins = _checked(outcomes, probs, bins)
    # 与格界比大小，不取 floor(p·B)：0.29·100 舍入后不到 29，会归错格。
    edges = (np.arange(bins + 1) / bins).astype(probs.dtype)
    which = np.searchsorted(edges, probs, side="right") - 1
    which = np.minimum(which, bins - 1)
    counts = np.bincount(which, minlength=bins)
    sums = np.bincount(which, probs, bins), np.bincount(which, outcomes, bins)
    with np.errstate(invalid="ignore"):  # 空的格是 0/0
        return Reliability(counts, *(part / counts for part in sums))


def expected_calibration_error(outcomes, probs, *, bins=10):
    r"""期望校准误差（ECE）：每一格里，模型说的与实际的之差，按个数加权平均。

    .. math:: \mathrm{ECE} = \sum_{k} \frac{m_k}{m}\, \bigl| f_k - \bar q_k \bigr|

    :math:`m_k` 是第 k 格的个数，:math:`f_k` 是频率，:math:`\bar q_k` 是概率的平均，都来自
    :func:`reliability`。

    Parameters
    ----------
    outcomes, probs, bins
        同 :func:`reliability`。

    Returns
    -------
    float
        在 [0, 1] 中，没有单位。

    Raises
    ------
    ValueError, TypeError
        同 :func:`reliability`。

    Notes
    -----
    它是一个**估计**，读的时候要当心：

    - 完全校准的模型，ECE 的期望也大于 0：频率总有抽样的起伏，取绝对值以后只会加，不会抵消。预测有 m 个、
      格有 B 个时，m 远大于 B 时，这份虚的误差大致与 :math:`\sqrt{B/m}`
      成正比。
    - 它随格数变。格少了，一格里有的说多、有的说少，先抵消了：真的误差看不见。格多了，上面那份虚的误差变大。
    - ECE 为 0 不等于模型好：对谁都报平均的发生率，ECE 就是 0。

    References
    ----------
    - Naeini, M. P., Cooper, G. F. & Hauskrecht, M. (2015). Obtaining well calibrated probabilities
      using Bayesian binning. *AAAI*, 2901–2907.

    Examples
    --------
    >>> print(f"{expected_calibration_error([0, 1, 1, 1], [0.1, 0.3, 0.5, 0.9], bins=2):.2f}")
    0.30
    """
    counts, mean_prob, frequency = reliability(outcomes, probs, bins=bins)
    used = counts > 0
    gaps = np.abs(frequency[used] - mean_prob[used])
    return float(np.sum(counts[used] * gaps) / counts.sum())


@np.errstate(all="ignore")
def fit_temperature(classes, logits):
    r"""使 ``logits / T`` 的平均 softmax 交叉熵最小的温度 T。

    写成 :math:`\beta = 1/T`，平均损失是 :math:`\beta` 的凸函数，它的导数

    .. math:: J'(\beta) = \frac1m \sum_{j=1}^m \Bigl( \sum_i q_{ji} x_{ji} - x_{jc} \Bigr),
        \qquad q_j = \mathrm{softmax}(\beta x_j)

    随 :math:`\beta` 递增；T 是它的零点的倒数，求到浮点数的精度。

    Parameters
    ----------
    classes : array_like of int，形状 (…)
        类别编号 c，从 0 到 K − 1；比 ``logits`` 少最后一个轴。
    logits : array_like, 形状 (…, K)
        模型在**验证集**上的 logits，都要是有限的数。在训练集上拟合，T 会太小；在测试集上拟合，报出的损失
        会偏低。

    Returns
    -------
    float
        T > 0。大于 1 是模型过于自信，小于 1 是不够自信。用的时候 ``softmax(logits / T)``。

    Raises
    ------
    ValueError
        logits 有 NaN 或 ``±inf``；没有行或没有类；形状不合；编号不在 0 到 K − 1 之间。没有有限的、大于 0 的
        最小值点：每一行最大的 logit 都在正确的类上（T 越小越好），正确的类的 logit 平均不高于各类的平均（T 越
        大越好，总不如均匀地猜），每一行的 logits 都相等（T 是多少都一样）。
    TypeError
        ``classes`` 不是整数，或 ``logits`` 不由实数组成。

    References
    ----------
    - Guo, C., Pleiss, G., Sun, Y. & Weinberger, K. Q. (2017). On calibration of modern neural
      networks. *ICML*, 1321–1330.

    Examples
    --------
    四次里三次对，每次都领先 ln 9，也就是说“九成把握”。除以 2 才是 ln 3，七成五：

    >>> T = fit_temperature([0, 0, 0, 1], np.log([[9, 1]] * 4))
    >>> print(f"{T:.4f}")
    2.0000
    """
    logits = as_real_array("logits", logits)
    classes = check_class_numbers(classes, logits)
    check_logit_rows("logits", logits, logits.ndim - 1)
    if not np.isfinite(logits).all():
        index = first_index(~np.isfinite(logits))
        raise ValueError(
            f"{place('logits', index)} = {logits[index]:g}：无穷大除以任何 T 都还是无穷大。"
            "若是遮住了一些类，先把它们从 logits 里去掉；若不是，多半是上游溢出了。"
        )
    if classes.size == 0:
        raise ValueError(f"logits 的形状是 {logits.shape}，一行也没有，无从拟合。")

    gaps, exponent = _gaps_to_label(classes.reshape(-1), logits.reshape(-1, logits.shape[-1]))
    at_zero = exact_sum(gaps.sum(axis=1).tolist())
    if not gaps.any():
        raise ValueError(
            "logits 的每一行都是同一个数：除以什么 T 概率都不变，损失与 T 无关。"
            "先看看模型是不是还没有训练。"
        )
    if at_zero >= -4 * np.finfo(float).eps * np.abs(gaps).sum():
        raise ValueError(
            "正确的类的 logit 平均不高于各类的平均：T 越大损失越小，没有最小值点，取什么 T 都不比"
            "均匀地猜好。先核对 classes 与 logits 的次序和类别表；若准确率正常，多半是少数几行错得"
            "特别离谱，看看它们的标签与 logits。"
        )
    if gaps.max() <= 0:
        raise ValueError(
            "每一行最大的 logit 都在正确的类上（全对，并列也算）：T 越小损失越小，没有最小值点。"
            "多半是拿训练集来拟合了；换成没有用来训练的、更多的样本。"
        )
    beta = _zero_of_slope(gaps)
    try:
        temperature = math.ldexp(1 / beta, exponent)
    except OverflowError:
        temperature = math.inf
    if not 0 < temperature < math.inf:
        raise ValueError(
            f"T 超出了浮点数的范围（{temperature:g}）：logits 的大小相差太悬殊，先检查上游是不是溢出了。"
        )
    return temperature


# ---------------------------------------------------------------- 内部


def _checked(outcomes, probs, bins):
    """读入结果、概率与格数，核对；数组排成一行。"""
    hint = "格是等宽的，只收格数，不收格界。" if np.ndim(bins) else "例如 bins=10。"
    bins = as_whole("bins", bins, at_least=1, hint=hint)
    outcomes = as_floats(read_numbers("outcomes", outcomes))
    probs = as_real_array("probs", probs)
    check_same_shape("outcomes", outcomes, "probs", probs, hint=_shape_hint(outcomes, probs))
    if probs.size == 0:
        raise ValueError(f"probs 的形状是 {probs.shape}，一个预测也没有，无从统计。")
    wrong = (outcomes != 0) & (outcomes != 1)
    if wrong.any():
        index = first_index(wrong)
        raise ValueError(
            f"{place('outcomes', index)} = {outcomes[index]!s} 不是结果（要是 0 或 1）。"
            f"{_outcome_hint(outcomes[index], outcomes, probs)}"
        )
    check_probabilities("probs", probs)
    return outcomes.reshape(-1), probs.reshape(-1), bins


_TOP = "只看猜的那一类时，outcomes 写 classes == q.argmax(axis=-1)，probs 写 q.max(axis=-1)"


def _shape_hint(outcomes, probs):
    if probs.ndim and outcomes.shape == probs.shape[:-1] and probs.shape[-1] > 1:
        return f"probs 像每行一个分布 q：{_TOP}；逐类看时，outcomes 换成独热或多热编码。"
    return ""


def _outcome_hint(value, outcomes, probs):
    if np.isnan(value):
        return "NaN 常表示没有标签：请先去掉这些位置。"
    if (np.abs(outcomes) == 1).all():
        return "若 −1 表示没发生，先换成 (outcomes + 1) / 2。"
    if ((probs == 0) | (probs == 1)).all() and ((outcomes >= 0) & (outcomes <= 1)).all():
        return "probs 却都是 0 与 1：两个参数像是写反了，结果在前，概率在后。"
    if looks_like_classes(outcomes, np.inf):
        return f"像类别编号：{_TOP}。"
    if ((outcomes >= 0) & (outcomes <= 1)).all():
        return "软标签先按它的概率抽成 0 与 1；若它就是概率，放到 probs。"
    return "结果只有发生（1）与没发生（0）。"


def _gaps_to_label(classes, logits):
    """每个 logit 减去正确的类的，再除以 2 的幂，使绝对值不超过 1；返回差与幂的指数。"""
    logits = logits.astype(np.float64)
    # 先除再减，差就不会上溢；除以 2 的幂没有舍入。
    first = math.frexp(float(np.abs(logits).max()))[1] + 1
    logits = np.ldexp(logits, -first)
    gaps = logits - logits[np.arange(len(logits)), classes][:, np.newaxis]
    second = math.frexp(float(np.abs(gaps).max()))[1]
    return np.ldexp(gaps, -second), first + second


def _zero_of_slope(gaps):
    """平均损失对 β 的导数的零点；已知导数在 0 处是负的，在无穷远处是正的。"""
    beta = 1.0
    low, high = 0.0, math.inf
    # 先用倍增、折半把零点夹到两倍以内。
    while low == 0.0 or high == math.inf:
        if _slopes(gaps, beta)[0] < 0:
            low, beta = beta, beta * 2
        else:
            high, beta = beta, beta / 2
        if beta in (0.0, math.inf):
            return beta
    # 再用牛顿法；走到区间外，或者步子没有缩到上一步的一半，就改为对半分。
    beta = low + (high - low) / 2
    last = high - low
    while True:
        slope, curvature = _slopes(gaps, beta)
        if slope < 0:
            low = beta
        else:
            high = beta
        following = beta - slope / curvature if curvature else math.inf
        if following == beta:
            return beta
        if not (low < following < high and abs(following - beta) < last / 2):
            following = low + (high - low) / 2
        if following in (low, high):
            return beta
        beta, last = following, abs(following - beta)


def _slopes(gaps, beta):
    """平均损失对 β 的一阶、二阶导数（乘以行数）：logit 的期望减正确的类的，与 logit 的方差。"""
    weights = np.exp(beta * (gaps - gaps.max(axis=1, keepdims=True)))
    weights /= weights.sum(axis=1, keepdims=True)
    means = np.sum(weights * gaps, axis=1, keepdims=True)
    variances = np.sum(weights * (gaps - means) ** 2, axis=1)
    return exact_sum(means.ravel().tolist()), exact_sum(variances.tolist())
