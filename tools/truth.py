"""真值：每个公开函数按定义在 60 位十进制下的值，以及离真值几个 ulp 的尺子。

与被测的代码没有一行相同。参数是 ``exact`` 得到的 mpf（逐元素的函数）或 mpf 的元组（一行），
类别编号是 int。返回一个 mpf；``softmax`` 与 ``log_softmax`` 要多说一句是哪一类的。
"""

import functools
import math

import mpmath
import numpy as np

mpmath.mp.dps = 60


def exact(x):
    """浮点数的精确值；一行变成元组，整数仍是整数。"""
    if np.ndim(x):
        return _exact_row(x.tobytes(), x.dtype)
    return int(x) if isinstance(x, int | np.integer) else mpmath.mpf(float(x))


@functools.lru_cache(maxsize=100)  # 同一行要配上好几种标签
def _exact_row(buffer, dtype):
    return tuple(map(mpmath.mpf, np.frombuffer(buffer, dtype).tolist()))


def ulps(value, truth):
    """``value``（NumPy 标量）离 ``truth`` 几个 ulp。

    ulp 取 ``truth`` 在 ``value`` 的类型里的间距，所以次正规的结果以次正规数的间距来量。
    NaN、该是有限却是 inf、该是 inf 却有限，都算 inf。
    """
    if np.isnan(value):
        return math.inf
    if math.isinf(value) or mpmath.isinf(truth):
        return 0.0 if value == truth else math.inf
    spacing = np.spacing(np.abs(type(value)(float(truth))))
    return float(abs(exact(value) - truth) / exact(spacing))


def weighted(y, value):
    """y·value，约定 0·inf = 0。"""
    return y * value if y else mpmath.mpf(0)


# ---------------------------------------------------------------- 信息论的量


def self_information(p):
    return -mpmath.log(p) if p else mpmath.inf


def binary_entropy(p):
    return binary_cross_entropy(p, p)


def entropy(p):
    return cross_entropy(p, p)


def cross_entropy(p, q):
    return mpmath.fsum(a * self_information(b) for a, b in zip(p, q, strict=True) if a)


def _kl_terms(p, q):
    """各项的 p ln(p/q)。"""
    for a, b in zip(p, q, strict=True):
        yield (a * mpmath.log(a / b) if b else mpmath.inf) if a else mpmath.mpf(0)


def plain_kl(p, q):
    """通常的 Σ p ln(p/q)；行和有舍入误差时可以是负的。"""
    return mpmath.fsum(_kl_terms(p, q))


def kl_divergence(p, q):
    """ce_book 的定义：Σ [p ln(p/q) − p + q]。"""
    # 逐项相减再加：1 + 5e-324 在 60 位里就是 1，先求和会丢掉它。
    return mpmath.fsum(t - a + b for t, a, b in zip(_kl_terms(p, q), p, q, strict=True))


def js_divergence(p, q):
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    return (plain_kl(p, middle) + plain_kl(q, middle)) / 2


# ---------------------------------------------------------------- 由 logits 到概率


def log_sigmoid(x):
    return -mpmath.log1p(mpmath.exp(-x)) if x > 0 else x - mpmath.log1p(mpmath.exp(x))


def sigmoid(x):
    return mpmath.exp(log_sigmoid(x))


@functools.lru_cache(maxsize=1000)
def shortfalls(row):
    """逐项 −ln softmax(x)：(max x − x_i) + ln(1 + Σ' e^(x_k − max x))，带撇的和不含最大的一项。"""
    top = max(row)
    winner = row.index(top)
    gaps = [mpmath.mpf(0) if k == winner else top - x for k, x in enumerate(row)]
    rest = mpmath.fsum(mpmath.exp(-gap) for k, gap in enumerate(gaps) if k != winner)
    least = mpmath.log1p(rest)
    return [gap + least for gap in gaps]


def log_softmax(x, k):
    return -shortfalls(x)[k]


def softmax(x, k):
    return mpmath.exp(log_softmax(x, k))


# ---------------------------------------------------------------- 损失


def binary_cross_entropy(y, q):
    # q 可以小到 5e-324，60 位的 1 − q 会舍入成 1，所以这里也要 log1p。
    no = -mpmath.log1p(-q) if q < 1 else mpmath.inf
    return weighted(y, self_information(q)) + weighted(1 - y, no)


def sigmoid_cross_entropy(y, x):
    return weighted(y, -log_sigmoid(x)) + weighted(1 - y, -log_sigmoid(-x))


def categorical_cross_entropy(y, q):
    return cross_entropy(y, q)


def softmax_cross_entropy(y, x):
    return mpmath.fsum(a * s for a, s in zip(y, shortfalls(x), strict=True) if a)


def sparse_softmax_cross_entropy(c, x):
    return shortfalls(x)[c]


TRUTHS = {
    function.__name__: function
    for function in (
        self_information,
        binary_entropy,
        entropy,
        cross_entropy,
        kl_divergence,
        js_divergence,
        sigmoid,
        log_sigmoid,
        softmax,
        log_softmax,
        binary_cross_entropy,
        sigmoid_cross_entropy,
        categorical_cross_entropy,
        softmax_cross_entropy,
        sparse_softmax_cross_entropy,
    )
}

# ---------------------------------------------------------------- 别的、也算对的定义
# 浮点数的一行只在舍入误差内和为 1：有的库先归一化，KL 还有带不带 −p + q 之分。输入几乎退化时，
# 这些定义的差别比舍入误差大得多；比较时取最近的一个，免得把定义的差别算成误差。


def _normalised(row):
    total = mpmath.fsum(row)
    return tuple(x / total for x in row)


OTHERS = {
    "entropy": lambda p: [entropy(_normalised(p))],
    "cross_entropy": lambda p, q: [cross_entropy(p, _normalised(q))],
    "categorical_cross_entropy": lambda y, q: [cross_entropy(y, _normalised(q))],
    "kl_divergence": lambda p, q: [plain_kl(p, q), plain_kl(_normalised(p), _normalised(q))],
    "js_divergence": lambda p, q: [js_divergence(_normalised(p), _normalised(q))],
}
