r"""把 logits 变成概率（或对数概率）：sigmoid、softmax，以及它们的对数。

约定（每个函数都遵守）：

- logits 可以是任何实数，也可以是 ``±inf``：凡是极限存在，就返回极限；极限不存在（一行里有两个
  ``+inf``，或者整行都是 ``-inf``）引发 ``ValueError``，NaN 也是。
- 要概率的对数，用 ``log_sigmoid`` 与 ``log_softmax``，不要自己对概率取对数：概率小到 5e-324
  （float32 是 1.4e-45）以下会变成 0，对数就成了 ``-inf``；接近 1 时，对数的有效数字会丢光。
- 内部一律用 float64 计算。结果的类型：float32 与 float16 的输入得 float32，其余得 float64。
  0 维的结果是 NumPy 标量。
"""

import numpy as np

from ce_book._logits_and_labels import check_logit_rows, check_logits
from ce_book._numerics import (
    exp_of_minus_abs,
    gaps_to_winner,
    odds_against,
    result_dtype,
    softplus_of_minus_abs,
    sum_rows,
)
from ce_book._slices import fill, mend
from ce_book._validation import as_real_array, check_axis

__all__ = ["log_sigmoid", "log_softmax", "sigmoid", "softmax"]


@np.errstate(all="ignore")
def sigmoid(x):
    r"""sigmoid 函数：由 logit（对数几率）得到概率。

    .. math:: \sigma(x) = \frac{1}{1 + \mathrm{e}^{-x}} = \frac{\mathrm{e}^{x}}{1 + \mathrm{e}^{x}}

    Parameters
    ----------
    x : array_like
        logits，任意形状，逐元素计算；可以是 ``±inf``。

    Returns
    -------
    numpy.ndarray 或 NumPy 标量
        与 ``x`` 形状相同，在 0 与 1 之间；``-inf`` 得 0，``+inf`` 得 1。

    Raises
    ------
    ValueError
        有元素是 NaN；列表长短不齐；有整数超出 ``±2**53``。
    TypeError
        ``x`` 不由实数组成（复数、字符串、object、掩码数组等）。

    Notes
    -----
    两种写法按 x 的正负选用，指数里总是 :math:`-|x|`，所以不会上溢；x 很负时，结果小到
    最小的次正规数也不会提前变成 0。

    References
    ----------
    - Verhulst, P.-F. (1838). Notice sur la loi que la population suit dans son accroissement.
      *Correspondance mathématique et physique*, 10, 113–121（logistic 曲线的由来）.
    - Cox, D. R. (1958). The regression analysis of binary sequences.
      *Journal of the Royal Statistical Society B*, 20(2), 215–242.

    Examples
    --------
    >>> print(sigmoid([-np.inf, 0, np.inf]))
    [0.  0.5 1. ]
    >>> print(f"{sigmoid(2):.4f}, {sigmoid(-2):.4f}")
    0.8808, 0.1192
    >>> print(f"{sigmoid(-740):.1e}")
    4.2e-322
    """
    x, out = _logits(x)
    return fill(out, lambda x: np.exp(np.minimum(x, 0.0)) / (1 + exp_of_minus_abs(x)), [x])


@np.errstate(all="ignore")
def log_sigmoid(x):
    r"""sigmoid 的对数，不经过概率。

    .. math:: \ln\sigma(x) = \min(x, 0) - \ln\left(1 + \mathrm{e}^{-|x|}\right)

    Parameters
    ----------
    x : array_like
        logits，任意形状，逐元素计算；可以是 ``±inf``。

    Returns
    -------
    numpy.ndarray 或 NumPy 标量
        与 ``x`` 形状相同，不大于 0；``-inf`` 得 ``-inf``，``+inf`` 得 0。

    Raises
    ------
    ValueError
        有元素是 NaN；列表长短不齐；有整数超出 ``±2**53``。
    TypeError
        ``x`` 不由实数组成（复数、字符串、object、掩码数组等）。

    Notes
    -----
    :math:`-\ln\sigma(-x)` 就是 softplus 函数 :math:`\ln(1+\mathrm{e}^x)`。

    References
    ----------
    - Mächler, M. (2012). Accurately computing :math:`\log(1-\exp(-|a|))`. R 软件包 Rmpfr 的附文.

    Examples
    --------
    >>> print(log_sigmoid(-1000))
    -1000.0
    >>> print(f"{log_sigmoid(40):.4e}")
    -4.2484e-18
    """
    x, out = _logits(x)
    return fill(out, lambda x: np.minimum(x, 0.0) - softplus_of_minus_abs(x), [x])


@np.errstate(all="ignore")
def softmax(x, *, axis=-1):
    r"""softmax 函数：由一行 logits 得到一个概率分布。

    .. math:: \operatorname{softmax}(x)_i = \frac{\mathrm{e}^{x_i}}{\sum_k \mathrm{e}^{x_k}}

    Parameters
    ----------
    x : array_like, 形状 (…, K, …)
        logits；沿 ``axis`` 的 K 个数是一行。``-inf`` 的类概率是 0（常用来遮住不许选的类）；
        恰有一个 ``+inf`` 时，它的概率是 1。
    axis : int, optional
        沿哪个轴是各类，默认是最后一个。

    Returns
    -------
    numpy.ndarray
        与 ``x`` 形状相同；每行非负，和为 1（允许舍入误差）。

    Raises
    ------
    ValueError
        有元素是 NaN；一行全是 ``-inf``，或有两个以上的 ``+inf``；没有类（K = 0）；
        ``x`` 是 0 维；列表长短不齐；有整数超出 ``±2**53``；``axis`` 超出范围。
    TypeError
        ``x`` 不由实数组成，或 ``axis`` 不是整数。

    Notes
    -----
    指数会上溢或下溢的行，先减去其中最大的 logit：这不改变结果。

    References
    ----------
    - Bridle, J. S. (1990). Probabilistic interpretation of feedforward classification network
      outputs, with relationships to statistical pattern recognition. In *Neurocomputing*,
      227–236. Springer.

    Examples
    --------
    >>> print(softmax([2, 1, -1]).round(4))
    [0.7054 0.2595 0.0351]
    >>> print(softmax([1000, 1000, -np.inf]))
    [0.5 0.5 0. ]
    """

    def probabilities(x):
        weight = np.exp(x)
        total = sum_rows(weight)
        return mend(weight / total[:, np.newaxis], _irregular(x, total), _shifted_softmax, x)

    return _map_rows(probabilities, x, axis)


@np.errstate(all="ignore")
def log_softmax(x, *, axis=-1):
    r"""softmax 的对数，不经过概率。

    .. math:: \ln\operatorname{softmax}(x)_i = x_i - \ln\sum_k \mathrm{e}^{x_k}

    Parameters
    ----------
    x : array_like, 形状 (…, K, …)
        logits；沿 ``axis`` 的 K 个数是一行。``-inf`` 的类得 ``-inf``。
    axis : int, optional
        沿哪个轴是各类，默认是最后一个。

    Returns
    -------
    numpy.ndarray
        与 ``x`` 形状相同，不大于 0。

    Raises
    ------
    ValueError
        有元素是 NaN；一行全是 ``-inf``，或有两个以上的 ``+inf``；没有类（K = 0）；
        ``x`` 是 0 维；列表长短不齐；有整数超出 ``±2**53``；``axis`` 超出范围。
    TypeError
        ``x`` 不由实数组成，或 ``axis`` 不是整数。

    Notes
    -----
    按 :math:`-(\max x - x_i) - \ln(1 + \sum{}' \mathrm{e}^{x_k - \max x})` 计算，带撇的和不含最大的
    那一项：两部分同号，不抵消；最大的那一类，概率接近 1 时也不丢有效数字。

    References
    ----------
    - Blanchard, P., Higham, D. J. & Higham, N. J. (2021). Accurately computing the log-sum-exp and
      softmax functions. *IMA Journal of Numerical Analysis*, 41(4), 2311–2330.

    Examples
    --------
    >>> print(log_softmax([0, -1000]))
    [    0. -1000.]
    >>> print(f"{log_softmax([40, 0])[0]:.4e}")
    -4.2484e-18
    """

    def log_probabilities(x):
        odds, top, irregular = odds_against(x, x.argmax(axis=-1))
        result = (x - top[:, np.newaxis]) - np.log1p(odds)[:, np.newaxis]
        return mend(result, irregular, _shifted_log_softmax, x)

    return _map_rows(log_probabilities, x, axis)


# ---------------------------------------------------------------- 内部


def _logits(x):
    """检查 logits，返回（数组，放结果的空数组）。"""
    x = as_real_array("x", x)
    check_logits("x", x)
    return x, np.empty(x.shape, result_dtype(x))


_ONE_LOGIT = "各类的 logits 要排成一行，例如 [2.0, 1.0, -1.0]。只有一个 logit 时用 sigmoid"


def _map_rows(formula, x, axis):
    """检查 logits，沿 ``axis`` 逐行计算 ``formula``；结果与 ``x`` 形状相同。"""
    x = as_real_array("x", x)
    axis = check_axis("x", x, axis, alone=_ONE_LOGIT)
    check_logit_rows("x", x, axis)
    rows = np.moveaxis(x, axis, -1)
    out = fill(
        np.empty(rows.shape, result_dtype(x)),
        formula,
        [rows],
        lead=rows.shape[:-1],
        temporaries=3,
    )
    return np.moveaxis(out, -1, axis)


def _irregular(x, total):
    """不能直接取指数的行：Σ e^x 上溢了，或者有的项下溢，而和又不到 1，那一项的概率就不准。"""
    if total.min() >= 1 and total.max() < np.inf:
        return None
    small = total < 1
    small[small] = x[small].min(axis=-1) < _LEAST_EXPONENT
    irregular = small | ~(total < np.inf)
    return irregular if irregular.any() else None


_LEAST_EXPONENT = -700  # 再小，e^x 就不是正规的 float64


def _shifted_softmax(x):
    """先减去最大的 logit，并补回减法的舍入误差。"""
    _, weight, winner = gaps_to_winner(x)
    total = 1 + sum_rows(weight)
    np.put_along_axis(weight, winner, 1.0, axis=-1)
    return weight / total[:, np.newaxis]


def _shifted_log_softmax(x):
    """同上，取对数。"""
    gap, weight, _ = gaps_to_winner(x)
    return 0.0 - gap - np.log1p(sum_rows(weight))[:, np.newaxis]
