r"""信息论的量：信息量、熵、交叉熵、KL 散度、JS 散度。

约定（每个函数都遵守）：

- **真实分布在前，预测分布在后**，与 :math:`D(p\|q)` 的写法一致。
- ``base`` 是对数的底，也就是单位：``None`` 是 nat，``2`` 是 bit，``10`` 是 hartley，
  其他大于 1 的实数也可以。
- :math:`0\log 0 = 0`；:math:`q = 0 < p` 时结果是 ``inf``，不截断，也不警告。
- 输入从不被悄悄截断、归一化或广播；不合要求的输入引发 ``ValueError`` 或 ``TypeError``，
  说明是哪个参数、哪个位置、什么值。
- 内部一律用 float64 计算。结果的类型：float32 与 float16 的输入得 float32（float16 太窄，
  不适合存放结果），其余得 float64；两个输入类型不同时取 ``numpy.result_type``。
  0 维的结果是 NumPy 标量（``np.float64`` 或 ``np.float32``）。
"""

import math

import numpy as np

from ce_book._numerics import (
    in_units,
    result_dtype,
    sum_rows,
    surprise,
    surprise_of_complement,
    two_sum,
    weigh,
)
from ce_book._slices import fill
from ce_book._validation import (
    as_real_array,
    check_axis,
    check_distribution,
    check_probabilities,
    check_same_shape,
    units_per_nat,
)

__all__ = [
    "binary_entropy",
    "cross_entropy",
    "entropy",
    "js_divergence",
    "kl_divergence",
    "self_information",
]


@np.errstate(all="ignore")
def self_information(p, *, base=None):
    r"""信息量（自信息）：概率为 p 的事件发生时，得到多少信息。

    .. math:: I(p) = -\log p = \log\frac{1}{p}

    Parameters
    ----------
    p : array_like
        概率，任意形状，逐元素计算；每个元素在 [0, 1] 中，不要求和为 1。
    base : float, optional
        对数的底，大于 1。``None`` 是 nat，``2`` 是 bit，``10`` 是 hartley。

    Returns
    -------
    numpy.ndarray 或 NumPy 标量
        与 ``p`` 形状相同。``p = 1`` 得 0，``p = 0`` 得 ``inf``。

    Raises
    ------
    ValueError
        有元素是 NaN、无穷大或不在 [0, 1] 中；列表长短不齐；``base`` 不大于 1 或不是有限数。
    TypeError
        ``p`` 不由实数组成（复数、字符串、object、掩码数组等），或 ``base`` 不是实数。

    References
    ----------
    - Hartley, R. V. L. (1928). Transmission of information.
      *Bell System Technical Journal*, 7(3), 535–563.
    - Shannon, C. E. (1948). A mathematical theory of communication.
      *Bell System Technical Journal*, 27(3), 379–423.

    Examples
    --------
    掷一枚均匀硬币得到 1 bit；概率每减半，多 1 bit。

    >>> print(self_information([1, 1/2, 1/4, 0], base=2))
    [ 0.  1.  2. inf]
    """
    p, out = _probabilities(p, base)
    return fill(out, lambda p: surprise(p, base), [p])


@np.errstate(all="ignore")
def binary_entropy(p, *, base=None):
    r"""二元熵：以概率 p 发生的事，其结果的平均信息量。

    .. math:: h(p) = -p\log p - (1-p)\log(1-p)

    Parameters
    ----------
    p : array_like
        事件发生的概率，任意形状，逐元素计算；每个元素在 [0, 1] 中。
    base : float, optional
        对数的底，大于 1。``None`` 是 nat，``2`` 是 bit，``10`` 是 hartley。

    Returns
    -------
    numpy.ndarray 或 NumPy 标量
        与 ``p`` 形状相同，在 0（``p`` 是 0 或 1）与 :math:`\log 2` （``p`` 是 1/2）之间。

    Raises
    ------
    ValueError
        有元素是 NaN、无穷大或不在 [0, 1] 中；列表长短不齐；``base`` 不大于 1 或不是有限数。
    TypeError
        ``p`` 不由实数组成，或 ``base`` 不是实数。

    Notes
    -----
    :math:`\log(1-p)` 由 ``log1p(-p)`` 计算：``p`` 小于 1e-16 时 ``1 - p`` 已舍入成 1，
    而 ``log1p`` 仍然准确。

    References
    ----------
    - Shannon, C. E. (1948). A mathematical theory of communication.
      *Bell System Technical Journal*, 27(3), 379–423.
    - Cover, T. M. & Thomas, J. A. (2006). *Elements of Information Theory* (2nd ed.), §2.1. Wiley.

    Examples
    --------
    >>> print(binary_entropy([0, 0.5, 1], base=2))
    [0. 1. 0.]
    >>> print(f"{binary_entropy(1e-20):.4e}")
    4.7052e-19
    """
    p, out = _probabilities(p, base)

    def average(p):
        return weigh(p, surprise(p, base)) + weigh(1 - p, surprise_of_complement(p, base))

    return fill(out, average, [p])


@np.errstate(all="ignore")
def entropy(p, *, axis=-1, base=None):
    r"""熵：分布 p 的平均信息量。

    .. math:: H(p) = -\sum_k p_k \log p_k

    Parameters
    ----------
    p : array_like, 形状 (…, K, …)
        概率分布：沿 ``axis`` 非负、和为 1（允许舍入误差：float64 是 1e-9，float32 是
        :math:`4\sqrt{K}` 倍机器精度）。
    axis : int, optional
        沿哪个轴是一个分布，默认是最后一个。
    base : float, optional
        对数的底，大于 1。``None`` 是 nat，``2`` 是 bit，``10`` 是 hartley。

    Returns
    -------
    numpy.ndarray 或 NumPy 标量
        ``p`` 的形状去掉 ``axis``；在 0（确定的分布）与 :math:`\log K` （均匀分布）之间。

    Raises
    ------
    ValueError
        有元素不是概率；有一行之和不是 1；分布为空；``p`` 是 0 维；``axis`` 超出范围；
        ``base`` 不大于 1 或不是有限数。
    TypeError
        ``p`` 不由实数组成，``axis`` 不是整数，或 ``base`` 不是实数。

    References
    ----------
    - Shannon, C. E. (1948). A mathematical theory of communication.
      *Bell System Technical Journal*, 27(3), 379–423.
    - Cover, T. M. & Thomas, J. A. (2006). *Elements of Information Theory* (2nd ed.), §2.1. Wiley.

    Examples
    --------
    >>> print(entropy([1/2, 1/4, 1/8, 1/8], base=2))
    1.75
    >>> print(entropy([[1, 0], [0.5, 0.5]], base=2))
    [0. 1.]
    """
    (p,), out = _distributions(axis, base, p=p)
    return fill(out, lambda p: sum_rows(weigh(p, surprise(p, base))), [p])


@np.errstate(all="ignore")
def cross_entropy(p, q, *, axis=-1, base=None):
    r"""交叉熵：事件按真实分布 p 发生，却按预测分布 q 计算信息量，平均是多少。

    .. math:: H(p, q) = -\sum_k p_k \log q_k = H(p) + D(p\|q)

    Parameters
    ----------
    p, q : array_like, 形状 (…, K, …)
        真实分布与预测分布，形状相同（不做广播）：沿 ``axis`` 非负、和为 1（允许舍入误差：
        float64 是 1e-9，float32 是 :math:`4\sqrt{K}` 倍机器精度）。
    axis : int, optional
        沿哪个轴是一个分布，默认是最后一个。
    base : float, optional
        对数的底，大于 1。``None`` 是 nat，``2`` 是 bit，``10`` 是 hartley。

    Returns
    -------
    numpy.ndarray 或 NumPy 标量
        ``p`` 的形状去掉 ``axis``。有 :math:`q_k = 0 < p_k` 时是 ``inf``。

    Raises
    ------
    ValueError
        有元素不是概率；有一行之和不是 1；分布为空；``p`` 与 ``q`` 形状不同；是 0 维；
        ``axis`` 超出范围；``base`` 不大于 1 或不是有限数。
    TypeError
        ``p`` 或 ``q`` 不由实数组成，``axis`` 不是整数，或 ``base`` 不是实数。

    Notes
    -----
    交叉熵不是距离：:math:`H(p, p) = H(p)`，一般不是 0；交换 p 与 q，值也会变。

    References
    ----------
    - Shannon, C. E. (1948). A mathematical theory of communication.
      *Bell System Technical Journal*, 27(3), 379–423.
    - Cover, T. M. & Thomas, J. A. (2006). *Elements of Information Theory* (2nd ed.), §5.4
      （用错分布编码的代价）. Wiley.

    Examples
    --------
    >>> print(cross_entropy([1/2, 1/4, 1/4], [1/4, 1/4, 1/2], base=2))
    1.75
    >>> print(cross_entropy([0.5, 0.5], [1, 0]))
    inf
    """
    pair, out = _distributions(axis, base, p=p, q=q)
    return fill(out, lambda p, q: sum_rows(weigh(p, surprise(q, base))), pair)


@np.errstate(all="ignore")
def kl_divergence(p, q, *, axis=-1, base=None):
    r"""KL 散度（相对熵）：用 q 代替真实分布 p，平均多付出多少信息量。

    .. math:: D(p\|q) = \sum_k \left( p_k \log\frac{p_k}{q_k} - p_k + q_k \right)

    （括号中的式子以 nat 计，再换成 ``base`` 的单位。）两个分布的和都恰好是 1 时，后两项抵消，
    这就是通常的 :math:`\sum_k p_k \log(p_k/q_k)`。

    Parameters
    ----------
    p, q : array_like, 形状 (…, K, …)
        真实分布与预测分布，形状相同（不做广播）：沿 ``axis`` 非负、和为 1（允许舍入误差：
        float64 是 1e-9，float32 是 :math:`4\sqrt{K}` 倍机器精度）。
    axis : int, optional
        沿哪个轴是一个分布，默认是最后一个。
    base : float, optional
        对数的底，大于 1。``None`` 是 nat，``2`` 是 bit，``10`` 是 hartley。

    Returns
    -------
    numpy.ndarray 或 NumPy 标量
        ``p`` 的形状去掉 ``axis``。从不为负，``p`` 与 ``q`` 相等时恰好是 0；
        有 :math:`q_k = 0 < p_k` 时是 ``inf``。

    Raises
    ------
    ValueError
        有元素不是概率；有一行之和不是 1；分布为空；``p`` 与 ``q`` 形状不同；是 0 维；
        ``axis`` 超出范围；``base`` 不大于 1 或不是有限数。
    TypeError
        ``p`` 或 ``q`` 不由实数组成，``axis`` 不是整数，或 ``base`` 不是实数。

    Notes
    -----
    为什么要写上 :math:`-p_k + q_k`：浮点数的一行只在舍入误差内和为 1，而
    :math:`\sum_k p_k \log(p_k/q_k)` 的正负项会抵消，p 与 q 接近时只剩这个误差，常常是负数。
    补上后两项，每一项都不小于 0（它是 :math:`\varphi(t) = t\log t` 的 Bregman 散度），不再抵消。
    两种写法相差 :math:`\sum_k q_k - \sum_k p_k`，也就是输入自身归一化的误差。

    :math:`p_k = 0` 的那一项是 :math:`q_k`。

    References
    ----------
    - Kullback, S. & Leibler, R. A. (1951). On information and sufficiency.
      *Annals of Mathematical Statistics*, 22(1), 79–86.
    - Bregman, L. M. (1967). The relaxation method of finding the common point of convex sets.
      *USSR Computational Mathematics and Mathematical Physics*, 7(3), 200–217.
    - Cover, T. M. & Thomas, J. A. (2006). *Elements of Information Theory* (2nd ed.), §2.3. Wiley.

    Examples
    --------
    >>> print(f"{kl_divergence([0.5, 0.5], [0.25, 0.75], base=2):.4f}")
    0.2075
    >>> print(f"{kl_divergence([0.25, 0.75], [0.5, 0.5], base=2):.4f}")
    0.1887
    >>> print(kl_divergence([0.1, 0.9], [0.1, 0.9]))
    0.0
    """
    pair, out = _distributions(axis, base, p=p, q=q)

    def divergence(p, q):
        return in_units(sum_rows(_divergence(p, q, *two_sum(q, -p))), base)

    return fill(out, divergence, pair, temporaries=_TEMPORARIES)


@np.errstate(all="ignore")
def js_divergence(p, q, *, axis=-1, base=None):
    r"""JS 散度：p 与 q 到它们的平均 m 的 KL 散度的平均。

    .. math::

        \mathrm{JS}(p, q) = \tfrac12 D(p\|m) + \tfrac12 D(q\|m), \qquad m = \frac{p+q}{2}

    Parameters
    ----------
    p, q : array_like, 形状 (…, K, …)
        两个分布，形状相同（不做广播）：沿 ``axis`` 非负、和为 1（允许舍入误差：
        float64 是 1e-9，float32 是 :math:`4\sqrt{K}` 倍机器精度）。
    axis : int, optional
        沿哪个轴是一个分布，默认是最后一个。
    base : float, optional
        对数的底，大于 1。``None`` 是 nat，``2`` 是 bit，``10`` 是 hartley。

    Returns
    -------
    numpy.ndarray 或 NumPy 标量
        ``p`` 的形状去掉 ``axis``；在 0（``p`` 与 ``q`` 相等）与 :math:`\log 2` （没有共同的
        可能结果）之间，总是有限。交换 ``p`` 与 ``q``，结果逐位相同。

    Raises
    ------
    ValueError
        有元素不是概率；有一行之和不是 1；分布为空；``p`` 与 ``q`` 形状不同；是 0 维；
        ``axis`` 超出范围；``base`` 不大于 1 或不是有限数。
    TypeError
        ``p`` 或 ``q`` 不由实数组成，``axis`` 不是整数，或 ``base`` 不是实数。

    Notes
    -----
    它的平方根才是距离（满足三角不等式）。:func:`kl_divergence` 里的 :math:`-p_k + q_k`
    在这里恰好抵消，所以无论行和有无舍入误差，两种写法都相同。

    References
    ----------
    - Lin, J. (1991). Divergence measures based on the Shannon entropy.
      *IEEE Transactions on Information Theory*, 37(1), 145–151.

    Examples
    --------
    >>> print(js_divergence([1, 0], [0, 1], base=2))
    1.0
    >>> print(f"{js_divergence([0.5, 0.5], [0.25, 0.75], base=2):.4f}")
    0.0488
    """
    pair, out = _distributions(axis, base, p=p, q=q)

    def divergence(p, q):
        # D 是一次齐次的：½D(p‖m) = ¼D(2p‖2m)。2m = p + q 不会像 (p + q)/2 那样下溢成 0，
        # 而 2m - 2p = q - p 不受 p + q 的舍入影响。
        difference, lost = two_sum(q, -p)
        terms = _divergence(2 * p, p + q, difference, lost)
        terms += _divergence(2 * q, p + q, -difference, -lost)
        # 没有共同结果时真值就是 ln 2；行和的舍入误差不该让它越过上界。
        return in_units(np.minimum(sum_rows(terms), 4 * math.log(2)), base) / 4

    return fill(out, divergence, pair, temporaries=_TEMPORARIES)


# ---------------------------------------------------------------- 内部


def _probabilities(p, base):
    """检查概率与底，返回（数组，放结果的空数组）。"""
    p = as_real_array("p", p)
    check_probabilities("p", p)
    units_per_nat(base)  # 底不对就报错；空的数组用不到它，所以在这里查
    return p, np.empty(p.shape, result_dtype(p))


def _distributions(axis, base, **named):
    """检查各个分布与底，返回（分布轴移到最后的视图，放结果的空数组）。"""
    arrays = {name: as_real_array(name, value) for name, value in named.items()}
    names = list(arrays)
    for name in names[1:]:
        check_same_shape(names[0], arrays[names[0]], name, arrays[name])
    axis = check_axis(names[0], arrays[names[0]], axis)
    for name, array in arrays.items():
        check_distribution(name, array, axis)
    units_per_nat(base)  # 同上
    rows = [np.moveaxis(array, axis, -1) for array in arrays.values()]
    return rows, np.empty(rows[0].shape[:-1], result_dtype(*arrays.values()))


_TEMPORARIES = 12  # _divergence 里同时活着的数组

# 1/3 + x/5 + x²/7 + … 取到 x = 1/4 时余项不足 1e-17。
_SERIES = [1 / (2 * k + 3) for k in range(26)]


def _divergence(p, q, difference, lost):
    """逐项的 p·log(p/q) - p + q（nat）；``difference + lost`` 是 q - p，由调用者算到最准。

    记 z = (q - p)/(q + p)，则 log(p/q) = -2·artanh z，这一项等于
    (q - p)·z·[1 - z(1 - z)(1/3 + z²/5 + z⁴/7 + …)]：没有相近的数相减，从不为负。
    p 与 q 相差三倍以上时级数收敛变慢，而直接取对数已不太抵消。
    """
    total, lost_of_total = two_sum(p, q)
    z = difference / total
    square, series = z * z, np.zeros_like(z)
    for coefficient in reversed(_SERIES):
        series *= square
        series += coefficient
    leading = difference * z
    # 每次舍入都是零点几 ulp，累起来会超过 4 ulp；加减法丢掉的部分补得回来，就补回来。
    rest = z * (1 - z) * series + lost_of_total / total
    near = leading + (2 * z * lost - leading * rest)

    ratio = p / q
    # 商溢出时 q 小得多，对数相减不会抵消；q = 0 时得 inf。
    log_ratio = np.where(np.isinf(ratio), np.log(p) - np.log(q), np.log(ratio))
    # 两种写法相等，各自避开较大的抵消。
    above = p * (log_ratio - 1) + q
    below = (weigh(p, log_ratio) + lost) + difference
    return np.where(np.abs(z) < 1 / 2, near, np.where(p > q, above, below))
