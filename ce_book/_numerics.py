"""数值的底层：几个模块都要用的对数、加法与指数之和。公开的函数因此读起来仍像公式。

上溢、下溢与 0·inf 都在意料之中，浮点警告由公开的函数用 ``np.errstate`` 统一关掉，这里不再关。
"""

import math

import numpy as np

from ce_book._validation import units_per_nat


def two_sum(a, b):
    """a + b 的舍入结果，以及舍入丢掉的部分（Knuth 的 TwoSum）。"""
    total = a + b
    b_part = total - a
    return total, (a - (total - b_part)) + (b - b_part)


def surprise(p, base=None):
    """-log p。写成 0.0 减，是因为 -log 1 会得 -0.0。"""
    if base == 2:
        return 0.0 - np.log2(p)  # 2 的整数次幂得整数；先求 ln 再换单位则不一定
    if base == 10:
        return 0.0 - np.log10(p)
    return in_units(0.0 - np.log(p), base)


def surprise_of_complement(p, base=None):
    """-log(1 - p)。"""
    return in_units(0.0 - np.log1p(-p), base)


def in_units(nats, base):
    """由 nat 换成以 ``base`` 为底的单位。"""
    if base is None:
        return nats
    unit, lost = units_per_nat(base)
    return nats * unit + nats * lost if lost else nats * unit  # inf·0 会是 NaN


def weigh(p, values):
    """p·values，约定 0·inf = 0。"""
    products = p * values
    np.copyto(products, 0.0, where=p == 0)
    return products


def sum_rows(values):
    """二维数组每行的和；一行的结果与同一批里还有哪些行无关。长的 float32 的行，结果是 float64。"""
    # 分成几十个一段，段内一次加好几个，再把各段的和照样加起来：又快，误差又几乎不随长度增长。
    if values.shape[1] <= _block(values):
        return np.einsum("ij->i", values)
    blocks, rest = _blocks(values)
    sums = sum_rows(np.einsum("ijk->ij", blocks).astype(np.float64))
    return sums + np.einsum("ij->i", rest)


def dot_rows(p, values):
    """二维数组每行的 Σ p·values。"""
    if values.shape[1] <= _block(values):
        return np.einsum("ij->i", p * values)
    blocks, rest = zip(_blocks(p), _blocks(values), strict=True)
    return sum_rows(np.vecdot(*blocks).astype(np.float64)) + np.vecdot(*rest)


def weigh_rows(p, values):
    """二维数组每行的 Σ p·values，约定 0·inf = 0。"""
    return sum_rows(weigh(p, values))


def _block(values):
    return 32 if values.itemsize == 8 else 128


def _blocks(values):
    """每行分成等长的段（视图），与不够一段的零头。"""
    block = _block(values)
    whole = values.shape[1] // block * block
    return values[:, :whole].reshape(len(values), -1, block), values[:, whole:]


def exact_sum(values):
    """若干个 Python 浮点数之和，只舍入一次。"""
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # 和太大，或有 inf - inf
        return float(np.sum(values))


def total(values):
    """一维数组的和，以 float64 计。"""
    if values.dtype == np.float64 and len(values) > 4096:
        return float(np.add.reduce(values))  # 这么多个数相加，一两个 ulp 的误差已看不出来
    # 几十个一组，在 values 的类型里相加（分在几十条线上，每条不过几次，误差不到 1 ulp），再精确地加
    # 各组：float32 的数逐个换成 float64 要慢一倍多。
    ones = _ONES[values.dtype.char]
    whole = len(values) // len(ones) * len(ones)
    groups = np.vecdot(values[:whole].reshape(-1, len(ones)), ones)
    return exact_sum([*groups.tolist(), *values[whole:].tolist()])


_ONES = {"f": np.ones(256, np.float32), "d": np.ones(64)}


def exp_of_minus_abs(x):
    """e^(-|x|)，在 (0, 1] 中：无论 x 多大都不会上溢。"""
    result = np.abs(x)
    np.negative(result, out=result)
    return np.exp(result, out=result)


def softplus_of_minus_abs(x):
    """ln(1 + e^(-|x|))，在 (0, ln 2] 中。"""
    result = exp_of_minus_abs(x)
    return np.log1p(result, out=result)


def odds_against(x, k):
    """每行里第 k 类以外各类的 Σ e^(x_j - x_k)：softmax 之后，不是第 k 类的几率。

    Parameters
    ----------
    x : numpy.ndarray, 形状 (n, K)
        logits，float32 或 float64。
    k : numpy.ndarray of int, 形状 (n,)
        每行一个类。

    Returns
    -------
    odds : numpy.ndarray of float64, 形状 (n,)
    own : numpy.ndarray, 形状 (n,)
        x_k 自己。
    irregular : numpy.ndarray of bool, 形状 (n,)，或 None
        不能这样算的行：有上溢、下溢或 NaN，``odds`` 不能用。``None`` 是没有这样的行。
    """
    # 先取指数，再除以 e^(x_k)：logits 一次减法也没有，也就没有减法的舍入误差被指数放大。
    at_k = np.arange(len(x)) * x.shape[1] + k
    weight = np.exp(x)
    weight.reshape(-1)[at_k] = 0.0  # 不加上自己：1 + 很小的数会丢掉小的那个
    others, own = sum_rows(weight).astype(np.float64), x.reshape(-1)[at_k]
    odds = others * np.exp(-own.astype(np.float64))
    # 有 NaN 时，下面的每一句都不成立。own 太大，e^(-own) 会下溢；太小则上溢，odds 成了 inf。
    least = _LEAST_SUM[x.dtype.char]
    if others.min() > least and odds.max() < np.inf and own.max() < _LARGEST_LOGIT:
        return odds, own, None
    return odds, own, ~((others > least) & (odds < np.inf) & (own < _LARGEST_LOGIT))


_LARGEST_LOGIT = 700  # e^-708 已不是正规的 float64
# 指数之和不小于它时，下溢的项可以不计。
_LEAST_SUM = {kind: float(np.finfo(kind).tiny / np.finfo(kind).eps) for kind in "fd"}


def gaps_to_winner(x):
    """每行（最后一个轴）里，每个 logit 比最大的低多少，以及 e^(-差距)。

    Returns
    -------
    gap : numpy.ndarray
        max x - x，与 ``x`` 形状相同；胜者是 0。有一个 +inf 时，其余都落后 +inf。
    weight : numpy.ndarray
        e^(-gap)，胜者（并列时取第一个）的位置换成 0。
    winner : numpy.ndarray
        胜者的下标，最后一个轴的长度是 1。

    softmax 没有极限的行（有 NaN，有两个 +inf，或全是 -inf），差距里会有 NaN。
    """
    winner = x.argmax(axis=-1, keepdims=True)
    top = np.take_along_axis(x, winner, axis=-1)
    gap, lost = two_sum(top, -x)
    # 差距到了 800，e^(-gap) 已经是 0；此时 lost 可以大过 1，也可以是 NaN，不能再用。
    np.copyto(lost, 0.0, where=~(gap < 800))
    # 差距几百时，减法的舍入误差会被指数放大成几百 ulp，所以乘上 e^(-lost) ≈ 1 - lost。
    weight = np.exp(-gap) * (1 - lost)
    # 胜者自己的 inf - inf 该是 0；最大的也是 -inf 或 NaN，则没有极限。
    np.put_along_axis(gap, winner, np.where(top > -np.inf, 0.0, np.nan), axis=-1)
    np.put_along_axis(weight, winner, 0.0, axis=-1)
    return gap, weight, winner


def result_dtype(*arrays):
    """结果的类型：float32 与 float16 的输入得 float32，其余得 float64。"""
    dtypes = {array.dtype for array in arrays}
    if dtypes == {_FLOAT32} or dtypes == {_FLOAT64}:  # 最常见的情形，不必去查类型的规则
        return dtypes.pop()
    return np.result_type(_FLOAT32, *dtypes)


_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
