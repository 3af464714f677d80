"""对照用的工具：60 位十进制的数，以及离真值几个 ulp。"""

import math

import mpmath
import numpy as np

mpmath.mp.dps = 60


def exact(x):
    """浮点数的精确值。"""
    return mpmath.mpf(float(x))


def ulps(value, truth):
    """``value`` 离 ``truth`` 几个 ulp；ulp 取 ``truth`` 在 ``value`` 的类型里的间距。"""
    if np.isnan(value):
        return math.inf
    if math.isinf(value) or mpmath.isinf(truth):
        return 0.0 if math.isinf(value) and mpmath.isinf(truth) else math.inf
    spacing = np.spacing(np.abs(type(value)(float(truth))))
    return float(abs(exact(value) - truth) / exact(spacing))


# 内部是 float64，所以 float32 的结果差不多就是真值舍入一次。
MOST_ULPS = {np.float64: 4, np.float32: 0.51}


def layouts(array):
    """同样的数，几种内存次序：C、Fortran、转置的视图、隔一个取一个、倒着放。"""
    spaced = np.repeat(array, 2, axis=-1)[..., ::2]
    reversed_ = np.ascontiguousarray(array[..., ::-1])[..., ::-1]
    return [array.copy("C"), array.copy("F"), array.T.copy().T, spaced, reversed_]


def hard_logits(dtype):
    """±1e-20 … ±1e4，以及各种写法出毛病的地方：15、17、37、88、104、709、745 附近，正负都有。"""
    tens = [10.0**e for e in range(-20, 5)]
    edges = [15, 16.6, 17.4, 36.7, 37, 37.5, 88.7, 88.8, 89, 103.9, 104]
    edges += [709.7, 710, 744, 745, 745.1, 746]
    random = np.random.default_rng(1).normal(size=60) * 30
    positive = tens + edges
    return np.array([0, *positive, *[-x for x in positive], *random], dtype)


def hard_rows(dtype, size, offset):
    """``size`` 个 logits 的几行：彼此相差 1e-9、1、30、300 上下，都加上 ``offset``。"""
    rng = np.random.default_rng(size)
    for scale in (1e-9, 1, 30, 300):
        yield (offset + scale * rng.normal(size=size)).astype(dtype)


def exact_log_sigmoid(x):
    """ln σ(x)，x 是 mpf。"""
    return -mpmath.log1p(mpmath.exp(-x)) if x > 0 else x - mpmath.log1p(mpmath.exp(x))


def exact_shortfalls(row):
    """逐项 -ln softmax(x)：(max x - x_i) + ln(1 + Σ' e^(x_k - max x))，带撇的和不含最大的一项。"""
    values = [exact(x) for x in row]
    top = max(values)
    winner = values.index(top)
    rest = mpmath.fsum(mpmath.exp(x - top) for k, x in enumerate(values) if k != winner)
    return [top - x + mpmath.log1p(rest) for x in values]
