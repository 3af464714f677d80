"""对照用的工具：60 位十进制的真值与尺子（``tools/truth.py``），以及刁钻的 logits。"""

import numpy as np
from truth import exact, shortfalls, ulps
from truth import log_sigmoid as exact_log_sigmoid

__all__ = [
    "MOST_ULPS",
    "exact",
    "exact_log_sigmoid",
    "exact_shortfalls",
    "hard_logits",
    "hard_rows",
    "ulps",
]

# 内部是 float64，所以 float32 的结果差不多就是真值舍入一次。
MOST_ULPS = {np.float64: 4, np.float32: 0.51}


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


def exact_shortfalls(row):
    """逐项 -ln softmax(x)；``row`` 是 NumPy 数组。"""
    return shortfalls(exact(row))
