"""数值的底层：几个模块都要用的对数、加法与收尾。公开的函数因此读起来仍像公式。

内部一律用 float64 计算，最后才换成结果的类型。上溢、下溢与 0·inf 都在意料之中，浮点警告由公开的
函数用 ``np.errstate`` 统一关掉，这里不再关。
"""

import numpy as np

from ce_book._validation import units_per_nat


def two_sum(a, b):
    """a + b 的舍入结果，以及舍入丢掉的部分（Knuth 的 TwoSum）。"""
    total = a + b
    b_part = total - a
    return total, (a - (total - b_part)) + (b - b_part)


def surprise(p, base=None):
    """-log p。写成 0.0 减，是因为 -log 1 会得 -0.0。"""
    unit = units_per_nat(base)
    if base == 2:
        return 0.0 - np.log2(p)  # 2 的整数次幂得整数；先求 ln 再换单位则不一定
    if base == 10:
        return 0.0 - np.log10(p)
    return (0.0 - np.log(p)) * unit


def surprise_of_complement(p, base=None):
    """-log(1 - p)。"""
    return (0.0 - np.log1p(-p)) * units_per_nat(base)


def weigh(p, values):
    """p·values，约定 0·inf = 0。"""
    return np.where(p == 0, 0.0, p * values)


def exp_of_minus_abs(x):
    """e^(-|x|)，在 (0, 1] 中：无论 x 多大都不会上溢。"""
    return np.exp(-np.abs(x))


def gaps_to_winner(x):
    """沿最后一个轴，每个 logit 比最大的低多少，以及 e^(-差距)。

    Returns
    -------
    gap : numpy.ndarray
        max x - x，与 ``x`` 形状相同；胜者是 0。有一个 +inf 时，其余都落后 +inf。
    weight : numpy.ndarray
        e^(-gap)，胜者（并列时取第一个）的位置换成 0。
    winner : numpy.ndarray
        胜者的下标，最后一个轴的长度是 1。
    """
    # 沿连续内存求和时 NumPy 用成对求和，误差几乎不随 K 增长，也与输入的内存次序无关。
    x = np.ascontiguousarray(x, np.float64)
    winner = x.argmax(axis=-1, keepdims=True)
    top = np.take_along_axis(x, winner, axis=-1)
    gap, lost = two_sum(top, -x)
    # 差距到了 800，e^(-gap) 已经是 0；此时 lost 可以大过 1，也可以是 NaN，不能再用。
    lost = np.where(gap < 800, lost, 0.0)
    gap = np.where(np.isnan(gap), 0.0, gap)  # inf - inf 只发生在胜者自己身上
    # 差距几百时，减法的舍入误差会被指数放大成几百 ulp，所以乘上 e^(-lost) ≈ 1 - lost。
    weight = np.exp(-gap) * (1 - lost)
    np.put_along_axis(weight, winner, 0.0, axis=-1)
    return gap, weight, winner


def result_dtype(*arrays):
    """结果的类型：float32 与 float16 的输入得 float32，其余得 float64。"""
    return np.result_type(np.float32, *arrays)


def finish(values, dtype, unit=1.0):
    """换单位，换成结果的类型。"""
    return (values * unit).astype(dtype) + 0.0  # 负得太小的数会变成 -0.0，加上 0.0 就没有符号了
