"""各个库在刁钻的点上到底答什么：重算，写进 ``ce_book/data/peers.json``，或与它核对。

用法（在装了各个库的环境里，见 CONTRIBUTING.md）::

    python tools/peers.py            # 重算，写进 ce_book/data/peers.json
    python tools/peers.py --check    # 重算，与存着的核对；有差别就逐条列出，退出码为 1

存下的记录有这些键：

- ``date``、``processor``、``python``：什么时候、在什么机器上算的；``versions``：{包名: 版本}。
- ``points``：值得一看的单点。``inputs`` 是 {参数名: 值}，``truth`` 是 20 位真值，``answers`` 是
  {库: 答案}。数都写成字符串：输入与答案是在 ``dtype`` 里能还原的最短写法，也可以是 ``"inf"``、
  ``"-inf"``、``"nan"``；类别编号是整数。一行只在舍入误差内和为 1 时，有的量依归一化的办法略有不同，
  ``other_truths`` 列出按别的定义的真值（没有就是空的）。
- ``curves``：误差随输入变化的曲线。``x``、``truth`` 与 ``answers`` 里的每个列表一一对应，都是
  JSON 的数（float32 的答案精确地转成 float64）；不是有限数的写成上面那几个字符串。
- ``grid``：每个库在刁钻的点（``grid.py``）上错了多少；各列的意思见 ``grid.measure``。

核对时版本要相同；换了处理器，末几位会变，所以数按相对误差比，本来就错的答案（只剩舍入误差）
按输入的舍入误差比，点数容许差百分之二。
"""

import argparse
import json
import math
import sys
from pathlib import Path

import machine
import mpmath
import numpy as np
from grid import DTYPES, TASKS, measure
from truth import OTHERS, TRUTHS, exact

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # ce_book 不必安装

import libraries

RECORD = Path(__file__).resolve().parents[1] / "ce_book" / "data" / "peers.json"
TOLERANCE = {"float64": 1e-11, "float32": 1e-4}
INF = math.inf

_BCE, _SOFTMAX = "sigmoid_cross_entropy", "sparse_softmax_cross_entropy"
_NEAR = 2.0**-30  # 约 1e-9；与 2 的幂相加减没有舍入，行和恰好是 1

# (任务, 类型, 各参数)：每一条都让至少一个库露馅，或者是大家都对的对照。
POINTS = [
    (_BCE, "float32", 0, -5),
    (_BCE, "float32", 0, -10),
    (_BCE, "float32", 0, -15),
    (_BCE, "float32", 0, -16),
    (_BCE, "float32", 0, -20),
    (_BCE, "float32", 1, 20),
    (_BCE, "float64", 0, -30),
    (_BCE, "float64", 0, -40),
    (_BCE, "float64", 1 - 1e-10, 1e4),
    (_BCE, "float64", 1 - 2**-53, 710),
    (_BCE, "float64", 1, INF),
    ("log_sigmoid", "float64", 40),
    ("log_sigmoid", "float64", -800),
    ("sigmoid", "float64", -740),
    (_SOFTMAX, "float64", 0, [1, 0]),
    (_SOFTMAX, "float64", 0, [30, 0]),
    (_SOFTMAX, "float64", 0, [40, 0]),
    (_SOFTMAX, "float64", 0, [300, 0]),
    (_SOFTMAX, "float32", 0, [10, 0]),
    (_SOFTMAX, "float32", 0, [20, 0]),
    (_SOFTMAX, "float64", 0, [1e4 + 10, 1e4]),
    (_SOFTMAX, "float64", 0, [1e8 + 10, 1e8]),
    (_SOFTMAX, "float64", 0, [0, -INF, -INF]),
    ("softmax_cross_entropy", "float64", [1, 0], [40, 0]),
    ("softmax_cross_entropy", "float64", [0.5, 0.5, 0], [3, 3, -INF]),
    ("kl_divergence", "float64", [0.5, 0.5], [0.25, 0.75]),
    ("kl_divergence", "float64", [0.5, 0.5], [0.5 + _NEAR, 0.5 - _NEAR]),
    ("kl_divergence", "float64", [0.25, 0.75], [0.25 + _NEAR, 0.75 - _NEAR]),
    ("kl_divergence", "float64", [29 / 64, 35 / 64], [29 / 64 - _NEAR, 35 / 64 + _NEAR]),
    (
        "kl_divergence",
        "float64",
        [0.3125, 0.34375, 0.34375],
        [0.3125 + _NEAR, 0.34375 - _NEAR, 0.34375],
    ),
    ("kl_divergence", "float64", [0.3, 0.7], [0.299999999, 0.700000001]),
    ("kl_divergence", "float64", [0.2, 0.3, 0.5], [0.199999995, 0.300000003, 0.500000002]),
    ("kl_divergence", "float32", [0.25, 0.75], [0.25 + 2.0**-12, 0.75 - 2.0**-12]),
    ("kl_divergence", "float64", [0.3, 0.7], [0.3, 0.7]),
    ("kl_divergence", "float64", [0.5, 0.5], [0, 1]),
    ("kl_divergence", "float64", [0, 1], [0, 1]),
    ("js_divergence", "float64", [0.5, 0.5], [0.5 + _NEAR, 0.5 - _NEAR]),
    ("binary_entropy", "float64", 0.1),
    ("binary_entropy", "float64", 1e-10),
    ("binary_entropy", "float64", 1e-17),
    ("binary_entropy", "float64", 1e-20),
    ("binary_entropy", "float64", 0),
    ("binary_cross_entropy", "float64", 1, 1e-10),
    ("binary_cross_entropy", "float64", 1, 1e-50),
    ("binary_cross_entropy", "float64", 1, 0),
    ("binary_cross_entropy", "float64", 0, 1e-20),
    ("categorical_cross_entropy", "float64", [1, 0], [1e-50, 1]),
    ("categorical_cross_entropy", "float64", [1, 0], [0, 1]),
]


def _near_halves():
    """(0.5 + d, 0.5 − d)，d 取 2⁻⁵³ 的整数倍，行和恰好是 1。"""
    d = np.rint(np.geomspace(1e-15, 1e-1, 71) * 2**53) / 2**53
    return d, np.full((d.size, 2), 0.5), np.stack([0.5 + d, 0.5 - d], axis=-1)


def _curves():
    """(任务, 类型, 横轴的说明, 横轴, 各参数的数组)。"""
    logit = np.linspace(-20, 0, 81)
    yield _BCE, "float32", "logit x，标签 y = 0", logit, (np.zeros(81), logit)
    gap = np.linspace(0, 60, 121)
    rows = np.stack([gap, np.zeros(121)], axis=-1)
    axis = "两类 logits 的差距，标签是 logit 大的一类"
    yield _SOFTMAX, "float64", axis, gap, (np.zeros(121, int), rows)
    d, p, q = _near_halves()
    yield "kl_divergence", "float64", "d：p = (0.5, 0.5)，q = (0.5 + d, 0.5 − d)", d, (p, q)
    small = np.append(np.geomspace(1e-20, 0.1, 77), [0.2, 0.3, 0.4, 0.5])
    yield "binary_entropy", "float64", "概率 p", small, (small,)
    prob = np.geomspace(1e-60, 1, 61)
    axis = "模型给“是”的概率 q，标签 y = 1"
    yield "binary_cross_entropy", "float64", axis, prob, (np.ones(61), prob)


# ---------------------------------------------------------------- 重算

PARAMETERS = {
    "self_information": ["p"],
    "binary_entropy": ["p"],
    "entropy": ["p"],
    "cross_entropy": ["p", "q"],
    "kl_divergence": ["p", "q"],
    "js_divergence": ["p", "q"],
    "binary_cross_entropy": ["labels", "probs"],
    "sigmoid_cross_entropy": ["labels", "logits"],
    "categorical_cross_entropy": ["labels", "probs"],
    "softmax_cross_entropy": ["labels", "logits"],
    "sparse_softmax_cross_entropy": ["classes", "logits"],
}


def _text(value):
    """在自己的类型里能还原的最短写法；一行变成列表。"""
    if np.ndim(value):
        return [_text(x) for x in value]
    return int(value) if isinstance(value, np.integer) else str(value)


def _digits(truth):
    """真值的 20 位。"""
    return mpmath.nstr(truth, 20) if mpmath.isfinite(truth) else str(float(truth))


def _number(value):
    """JSON 的数；不是有限数的变成字符串。"""
    return float(value) if math.isfinite(value) else str(float(value))


def _arrays(task, dtype, values):
    """各参数变成一批里唯一的一个点；类别编号保持整数。"""
    integers = task == _SOFTMAX
    return tuple(
        np.array([value], int if integers and k == 0 else dtype) for k, value in enumerate(values)
    )


def _answers(found, task, dtype, args, as_json):
    """{库: 每个点的答案}；只列有这件事、又答得了这些点的库。"""
    answers = {}
    for library in found:
        if task in library.functions:
            result = library.answer(task, *args)
            if not np.ma.getmaskarray(result).any():
                values = np.asarray(result).astype(dtype)
                answers[library.name] = [as_json(value) for value in values]
    return answers


def point_records(found):
    """值得一看的单点。"""
    records = []
    for task, dtype, *values in POINTS:
        args = _arrays(task, dtype, values)
        point = [exact(array[0]) for array in args]
        others = OTHERS[task](*point) if task in OTHERS else []
        answers = _answers(found, task, dtype, args, _text)
        names = PARAMETERS.get(task, ["x"])
        records.append(
            {
                "task": task,
                "dtype": dtype,
                "inputs": {n: _text(a[0]) for n, a in zip(names, args, strict=True)},
                "truth": _digits(TRUTHS[task](*point)),
                "other_truths": [_digits(truth) for truth in others],
                "answers": {name: answer for name, (answer,) in answers.items()},
            }
        )
    return records


def curve_records(found):
    """误差随输入变化的曲线。"""
    records = []
    for task, dtype, axis, x, arrays in _curves():
        args = [a if a.dtype == int else a.astype(dtype) for a in arrays]
        truths = [TRUTHS[task](*map(exact, point)) for point in zip(*args, strict=True)]
        records.append(
            {
                "task": task,
                "dtype": dtype,
                "axis": axis,
                "x": [_number(value) for value in x.astype(dtype)],
                "truth": [_number(truth) for truth in truths],
                "answers": _answers(found, task, dtype, args, _number),
            }
        )
    return records


def grid_records(found, tasks=TASKS):
    """每个库在刁钻的点上错了多少。"""
    return [
        {"task": task, "dtype": dtype.__name__, "library": library.name}
        | measure(task, dtype, lambda *args, f=library, t=task: f.answer(t, *args))
        for task in tasks
        for dtype in DTYPES
        for library in found
        if task in library.functions
    ]


def record(found):
    """整份记录。"""
    versions = {name: version for library in found for name, version in library.versions.items()}
    return machine.about() | {
        "versions": versions,
        "points": point_records(found),
        "curves": curve_records(found),
        "grid": grid_records(found),
    }


# ---------------------------------------------------------------- 核对


def close(stored, fresh, truth, dtype, scale=1.0):
    """两次算得的答案相符；``scale`` 是输入的大小，本来就错的答案按它的舍入误差比。"""
    stored, fresh, truth = float(stored), float(fresh), float(truth)
    if not (math.isfinite(stored) and math.isfinite(fresh)):
        return str(stored) == str(fresh)
    allowed = TOLERANCE[dtype] * abs(stored)
    if abs(stored - truth) > TOLERANCE[dtype] * abs(truth):
        # 只剩舍入误差的答案，换一台机器连正负都会变。
        return abs(stored - fresh) <= allowed + 8 * float(np.finfo(dtype).eps) * scale
    same_class = np.sign(stored) == np.sign(fresh)
    return bool(same_class and abs(stored - fresh) <= allowed)


def differences(stored, fresh):
    """两份记录的差别，一条一句话；日期、处理器、Python 的版本不比。"""
    if stored["versions"] != fresh["versions"]:
        return [f"版本不同：存着的是 {stored['versions']}，现在是 {fresh['versions']}"]
    return [
        *_answer_differences(stored["points"], fresh["points"], "inputs", _point_series),
        *_answer_differences(stored["curves"], fresh["curves"], "axis", _curve_series),
        *_grid_differences(stored["grid"], fresh["grid"]),
    ]


def _point_series(point, library):
    """一个点的 [(哪里, 真值, 答案)]。"""
    answer = point["answers"].get(library)
    return [] if answer is None else [("", point["truth"], answer)]


def _curve_series(curve, library):
    answers = curve["answers"].get(library, [])
    return [
        (f"，x = {x}", truth, answer)
        for x, truth, answer in zip(curve["x"], curve["truth"], answers, strict=False)
    ]


def _answer_differences(stored, fresh, what, series):
    def key(item):
        return item["task"], item["dtype"], item[what]

    if [key(item) for item in stored] != [key(item) for item in fresh]:
        yield "存着的点或曲线与 tools/peers.py 里的不同"
        return
    for old, new in zip(stored, fresh, strict=True):
        scale = _scale(old["inputs"] if what == "inputs" else old["x"])
        if list(old["answers"]) != list(new["answers"]):
            yield f"{key(old)}：存着 {list(old['answers'])} 的答案，现在是 {list(new['answers'])}"
            continue
        for library in old["answers"]:
            before, now = series(old, library), series(new, library)
            for (where, truth, a), (_, _, b) in zip(before, now, strict=True):
                if not close(a, b, truth, old["dtype"], scale):
                    yield f"{key(old)}{where}，{library}：存着 {a}，现在 {b}"


def _scale(inputs):
    """输入里最大的有限数，至少是 1。"""
    values = inputs.values() if isinstance(inputs, dict) else [inputs]
    sizes = [abs(float(x)) for value in values for x in np.ravel(value)]
    return max([1.0, *filter(math.isfinite, sizes)])


def _grid_differences(stored, fresh):
    def key(row):
        return row["task"], row["dtype"], row["library"]

    old = {key(row): row for row in stored}
    new = {key(row): row for row in fresh}
    if old.keys() != new.keys():
        yield f"刁钻的点：库或任务不同：{sorted(old.keys() ^ new.keys())}"
        return
    for name, row in old.items():
        slack = max(2, 0.02 * row["points"])
        for count in ("points", "wrong", "nan", "negative"):
            allowed = 0 if count == "points" or name[2] == "ce_book" else slack
            if abs(row[count] - new[name][count]) > allowed:
                yield f"刁钻的点 {name}，{count}：存着 {row[count]}，现在 {new[name][count]}"


def main():
    parser = argparse.ArgumentParser(description="重算各个库在刁钻的点上的答案")
    parser.add_argument("--check", action="store_true", help="与存着的记录核对，不写")
    options = parser.parse_args()
    found, missing = libraries.available()
    if missing:
        print(f"没有装：{'、'.join(missing)}。运行 make frameworks 会装好它们。")
        return 1
    fresh = record(found)
    if not options.check:
        machine.save(RECORD, fresh)
        print(
            f"写好了 {RECORD.name}：{len(fresh['points'])} 个单点，{len(fresh['curves'])} 条曲线。"
        )
        return 0
    wrong = differences(json.loads(RECORD.read_text(encoding="utf-8")), fresh)
    for line in wrong:
        print(line)
    print(f"与 {RECORD.name} 有 {len(wrong)} 处不同。" if wrong else f"与 {RECORD.name} 相符。")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
