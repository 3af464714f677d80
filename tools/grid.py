"""刁钻的点：每个公开函数、float64 与 float32，各算法最容易出毛病的输入，连同 60 位的真值。

测试用它检查 ``ce_book``，``peers.py`` 与 ``bench.py`` 用它量别的库。logits 有 0、±1e-20 … ±1e4、
±inf，以及 exp、log1p 的上溢与下溢处；成行的 logits 有几乎相等的、差到 800 的、带着公共偏移的；
概率从最小的次正规数到离 1 最近的数，还有 0 与 1；标签有硬的、软的、极小的、差一点到 1 的；
成对的分布有相同的、到最后一位才不同的、毫不相干的；类数从 2 到 50257。

用法::

    for batch in batches("kl_divergence", np.float32):
        values = batch.pick(kl_divergence(*batch.args))
        errors = batch.ulps(values)
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
from truth import OTHERS, TRUTHS, exact, ulps

TASKS = tuple(TRUTHS)
DTYPES = (np.float64, np.float32)

DECADES = [10.0**e for e in range(-20, 5)]
EDGES = [15, 16.6, 17.4, 36.7, 37, 88.7, 89, 103.9, 104, 709.7, 710, 744, 745, 746]
GAPS = [0, 1e-9, 1e-3, 0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 100, 200, 300, 400, 500, 600, 700, 800]
OFFSETS = [0, 1e4, -1e8]
SIZES = [2, 3, 10, 300, 1000]
VOCABULARY = 50257  # GPT-2 的词表：最大的一档，只取两行，真值算得慢


@dataclass(frozen=True)
class Batch:
    """一次调用就能算完的一批点。"""

    task: str
    args: tuple  # 交给函数的数组；第 0 个轴上是一个个点
    truths: list  # 每个点的真值
    columns: np.ndarray | None = None  # 结果成行时，每行只量这几类

    def pick(self, result):
        """函数的结果里要量的那些数，与 ``truths`` 一一对应。"""
        if self.columns is not None:
            result = np.take_along_axis(result, self.columns, axis=-1)
        return result.ravel()

    def ulps(self, values):
        """每个数离真值几个 ulp。"""
        return [ulps(value, truth) for value, truth in zip(values, self.truths, strict=True)]

    def lenient_ulps(self, values):
        """同 ``ulps``，而离哪个定义近，就照哪个量。"""
        # 已经够近的不必再比：别的定义的真值也要一一算出来。
        return [
            error if error <= 4 else min([error, *(ulps(value, t) for t in self._others(k))])
            for k, (value, error) in enumerate(zip(values, self.ulps(values), strict=True))
        ]

    def _others(self, k):
        """第 k 个点按别的、也算对的定义的真值。"""
        if self.task not in OTHERS:
            return []
        if k not in self._memory:
            self._memory[k] = OTHERS[self.task](*(exact(array[k]) for array in self.args))
        return self._memory[k]

    @functools.cached_property
    def _memory(self):
        return {}


@functools.cache
def batches(task, dtype):
    """``task`` 在 ``dtype`` 下的全部点，按形状分批。"""
    return [_with_truths(task, args) for args in _ARGUMENTS[task](dtype)]


def measure(task, dtype, function):
    """一个库的函数在 ``task`` 的全部点上错了多少；库没有答案的点（掩码）不计。

    ``wrong`` 是差一万 ulp 以上的点（NaN、不该有的 inf 在内；次正规数以上，不该有的 0 也在内），
    ``over4`` 是差 4 ulp 以上的，``negative`` 是真值不小于 0 而答案小于 0 的。
    """
    counts = {"points": 0, "wrong": 0, "over4": 0, "nan": 0, "negative": 0}
    worst = 0.0
    for batch in batches(task, dtype):
        answers = batch.pick(np.ma.asarray(function(*batch.args)))
        values = answers.filled(0).astype(dtype)  # 没有答案的填什么都行，下面不计
        errors = batch.lenient_ulps(values)
        known = ~np.ma.getmaskarray(answers)
        for value, error, truth in zip(
            values[known],
            np.array(errors)[known],
            np.array(batch.truths)[known],
            strict=True,
        ):
            counts["points"] += 1
            counts["wrong"] += bool(error > 1e4)
            counts["over4"] += bool(error > 4)
            counts["nan"] += bool(np.isnan(value))
            counts["negative"] += bool(value < 0 <= truth)
            worst = max(worst, float(error))
    return counts | {"worst_ulp": float(f"{worst:.3g}") if math.isfinite(worst) else "inf"}


def _with_truths(task, args):
    points = [tuple(map(exact, point)) for point in zip(*args, strict=True)]
    if task not in ("softmax", "log_softmax"):
        return Batch(task, args, [TRUTHS[task](*point) for point in points])
    columns = _columns(args[0])
    picked = [(row, k) for (row,), chosen in zip(points, columns, strict=True) for k in chosen]
    return Batch(task, args, [TRUTHS[task](row, k) for row, k in picked], columns)


def _columns(rows):
    """每行要量的类：不超过 10 类时全部，更多时取胜者、末位和随机的 10 个，免得大的行淹没小的。"""
    if rows.shape[-1] <= 10:
        return np.tile(np.arange(rows.shape[-1]), (len(rows), 1))
    ends = np.stack([rows.argmax(axis=-1), rows.argmin(axis=-1)], axis=-1)
    others = np.random.default_rng(5).integers(rows.shape[-1], size=(len(rows), 10))
    return np.concatenate([ends, others], axis=-1)


# ---------------------------------------------------------------- 一个个数


def logits(dtype):
    """0、各个数量级、各种写法出毛病的地方、随机的，正负都有，以及 ±inf。"""
    positive = [*DECADES, *EDGES, math.inf]
    random = np.random.default_rng(1).normal(size=60) * 30
    return np.array([0, *positive, *[-x for x in positive], *random], dtype)


def soft_labels(dtype):
    """硬的、软的、极小的、差一点到 1 的。"""
    ulp = float(np.finfo(dtype).eps) / 2
    labels = [0, 1, 0.5, 0.9, 1e-20, 1e-40, 1e-300, 1 - 1e-6, 1 - 1e-10, 1 - 2**-53, 1 - ulp]
    return np.unique(np.array(labels, dtype))


def corner_probabilities(dtype):
    """从最小的次正规数到离 1 最近的数，以及 0 与 1。"""
    info = np.finfo(dtype)
    eps, least, tiny = float(info.eps), float(info.smallest_subnormal), float(info.tiny)
    corners = [0, least, 7 * least, tiny / 3, tiny, 1e-50, 1e-30, 1e-20, 1e-17, 1e-10, 1e-7, 1e-5]
    corners += [1e-3, 0.1, 1 / 3, 0.5 - 1e-6, 0.5 - eps, 0.5, 0.5 + eps, 0.5 + 1e-6, 0.9, 0.99]
    corners += [1 - 1e-3, 1 - 1e-6, 1 - 4 * eps, 1 - eps, 1 - eps / 2, 1]
    return np.unique(np.array(corners, dtype))


def probabilities(dtype):
    """同上，再撒一些：均匀的、各数量级的、靠近 1 的。"""
    rng = np.random.default_rng(2)
    spread = [rng.random(60), 10 ** rng.uniform(-16, 0, 60), 1 - 10 ** rng.uniform(-7, 0, 60)]
    return np.concatenate([corner_probabilities(dtype), *spread]).astype(dtype)


def _crossed(labels, values):
    """每个标签配每个值。"""
    return np.repeat(labels, len(values)), np.tile(values, len(labels))


# ---------------------------------------------------------------- 成行的 logits


@functools.cache
def logit_rows(dtype):
    """{类数: 若干行}。"""
    rng = np.random.default_rng(3)
    rows = {size: [] for size in SIZES}
    for size in SIZES:
        for offset in OFFSETS:
            # 公共的偏移不改变真值，却吃掉低位；几乎相等的行抵消得最厉害。
            rows[size] += [offset + s * rng.normal(size=size) for s in (1e-9, 1, 30, 300)]
    for size in (2, 3, 10):
        for offset in OFFSETS[:2] if size == 2 else [0]:
            rows[size] += [offset - np.r_[0, gap + np.arange(size - 1)] for gap in GAPS]
    # 遮住的类是 −inf；有一个 +inf 时取极限。
    rows[3] += [[3, 3, -math.inf], [3, math.inf, 4], [math.inf, -math.inf, 0], [-math.inf, 0, -1e4]]
    rows[VOCABULARY] = [rng.normal(size=VOCABULARY), 1e4 + 30 * rng.normal(size=VOCABULARY)]
    return {size: np.array(each, dtype) for size, each in rows.items()}


def _label_rows(dtype, row):
    """给一行 logits 配的标签：独热的（胜者、末位），平滑过的，随机的，差一点独热的。"""
    size, winner, last = len(row), int(row.argmax()), int(row.argmin())
    if winner == last:  # 各类相同
        last = size - 1 - winner
    hard, opposite = np.eye(1, size, winner)[0], np.eye(1, size, last)[0]
    smooth = np.full(size, 0.1 / (size - 1))
    smooth[winner] = 0.9
    labels = [hard, opposite, smooth]
    labels.append(np.random.default_rng(4).dirichlet(np.full(size, 0.3)))
    if size < VOCABULARY:
        labels += [(1 - tiny) * hard + tiny * opposite for tiny in (1e-6, 1e-10, 1e-20, 1e-300)]
    return np.unique(np.array(labels, dtype), axis=0)


def _rows(dtype):
    return [(rows,) for rows in logit_rows(dtype).values()]


def _soft_rows(dtype):
    for rows in logit_rows(dtype).values():
        pairs = [(labels, row) for row in rows for labels in _label_rows(dtype, row)]
        yield _stacked(pairs)


def _class_rows(dtype):
    for size, rows in logit_rows(dtype).items():
        pairs = [
            (c, row)
            for row in rows
            for c in sorted({int(row.argmax()), int(row.argmin()), size // 2})
        ]
        yield _stacked(pairs)


# ---------------------------------------------------------------- 成对的分布


@functools.cache
def pairs(dtype):
    """成对的分布：相同的、几乎相同的、悬殊的、确定的、次正规的。"""
    info = np.finfo(dtype)
    rng = np.random.default_rng(6)
    tiny = [float(info.smallest_subnormal), float(info.tiny), 1e-30, 1e-20, 1e-9, 1e-3, 0.1, 0.5]
    found = [([1, 0], [0, 1]), ([0, 1, 0], [0, 0.5, 0.5]), ([0.5, 0.5], [1, 0])]
    for a in tiny:
        found += [([1, 0], [a, 1 - a]), ([a, 1 - a], [1, 0]), ([a, 0, 1 - a], [0, a, 1 - a])]
        found += [([a, 1 - a], [b, 1 - b]) for b in tiny if b != a]
        found += [([a, 1 - a], [1 - b, b]) for b in tiny if b != a]
    for size in (2, 3, 10, 300):
        for concentration in (0.02, 0.3, 1, 50):
            found += [tuple(rng.dirichlet([concentration] * size, 2)) for _ in range(4)]
    found.append(tuple(rng.dirichlet([1] * 1000, 2)))
    for ratio in np.linspace(0.1, 0.9, 30):
        a = rng.uniform(0.02, 0.4)
        found += [([a, 1 - a], [a * ratio, 1 - a * ratio])]
        found += [([a * ratio, 1 - a * ratio], [a, 1 - a])]
    found += _near_pairs(rng) + list(_dyadic_pairs(dtype, rng))
    p, q = rng.dirichlet([1] * VOCABULARY, 2)
    found += [(p, q), (p, _nudged(p, 1e-6, rng))]
    found = [tuple(np.array(x, dtype) for x in pair) for pair in found]
    return found + [(p, p) for p, _ in found[::6]]


def _near_pairs(rng):
    """p ≈ q：相对差从 0.3 到最后一位。"""
    found = []
    for exponent in np.linspace(0.5, 15.5, 31):
        for size in (2, 3, 10, *([1000] if exponent in (4, 9) else [])):
            p = rng.dirichlet([1.0] * size)
            found.append((p, _nudged(p, 10**-exponent, rng)))
    return found


def _nudged(p, relative, rng):
    """各项相对变动不超过 ``relative`` 的另一个分布。"""
    q = p * (1 + relative * rng.uniform(-1, 1, p.size))
    return q / q.sum()


def _dyadic_pairs(dtype, rng):
    """和恰好是 1 的 p ≈ q：元素都是机器精度的整数倍，所以 KL 的两种定义在这里没有差别。"""
    one = 2 ** np.finfo(dtype).nmant
    for exponent in (1, 2, 3, 5, 6, 9, 12, 15):
        if 10**exponent > one:  # 差不到一个机器精度
            continue
        for size in (2, 3, 10):
            shift = np.rint(10.0**-exponent * rng.uniform(0.5, 1, size) * one / size)
            shift[0] = max(shift[0], 1)
            shift[-1] = -shift[:-1].sum()
            p = np.rint(rng.uniform(0.6, 1, size) * one / size)
            p[-1] = one - p[:-1].sum()
            yield p / one, (p + shift) / one


def _stacked(points):
    """[(a, b), …] 变成 (全部的 a, 全部的 b)。"""
    return tuple(np.array(column) for column in zip(*points, strict=True))


def _by_size(points):
    """按类数分批。"""
    sizes = sorted({row.size for *_, row in points})
    return [_stacked([point for point in points if point[-1].size == size]) for size in sizes]


def _distribution_pairs(dtype):
    return _by_size(pairs(dtype))


def _single_distributions(dtype):
    return [(np.unique(p, axis=0),) for p, _ in _distribution_pairs(dtype)]


def _labels_and_distributions(dtype):
    """成对的分布，再加独热的标签（最可能的、最不可能的类）与差一点独热的标签。"""
    found = list(pairs(dtype))
    for _, q in pairs(dtype)[::4]:
        found += [(np.eye(1, q.size, k, dtype=dtype)[0], q) for k in (q.argmax(), q.argmin())]
    one = dtype(1)
    for y in soft_labels(dtype):
        found += [
            (np.array([y, one - y]), np.array([q, one - q])) for q in corner_probabilities(dtype)
        ]
    return _by_size(found)


_ARGUMENTS = {
    "self_information": lambda dtype: [(probabilities(dtype),)],
    "binary_entropy": lambda dtype: [(probabilities(dtype),)],
    "entropy": _single_distributions,
    "cross_entropy": _distribution_pairs,
    "kl_divergence": _distribution_pairs,
    "js_divergence": _distribution_pairs,
    "sigmoid": lambda dtype: [(logits(dtype),)],
    "log_sigmoid": lambda dtype: [(logits(dtype),)],
    "softmax": _rows,
    "log_softmax": _rows,
    "binary_cross_entropy": lambda d: [_crossed(soft_labels(d), corner_probabilities(d))],
    "sigmoid_cross_entropy": lambda d: [_crossed(soft_labels(d), logits(d))],
    "categorical_cross_entropy": _labels_and_distributions,
    "softmax_cross_entropy": _soft_rows,
    "sparse_softmax_cross_entropy": _class_rows,
}
