"""坏输入的总表：每一种坏法 × 每一个函数的每一个参数。

这里管的是**齐全**：空着的一格会让测试失败，不适用的一格要写明理由。措辞的细节见各模块自己的测试。
"""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from arrangements import backwards, fortran, read_only, spaced, swapped_bytes

from ce_book import activations, information, losses

pytestmark = pytest.mark.filterwarnings("error")

INF, NAN = math.inf, math.nan

# ---------------------------------------------------------------- 函数与参数

# 每个参数是什么角色。两个数组参数的函数，真实的在前，预测的在后。
ROLES = {
    information.self_information: {"p": "probability", "base": "base"},
    information.binary_entropy: {"p": "probability", "base": "base"},
    information.entropy: {"p": "distribution", "axis": "axis", "base": "base"},
    information.cross_entropy: {
        "p": "distribution", "q": "distribution", "axis": "axis", "base": "base"},
    information.kl_divergence: {
        "p": "distribution", "q": "distribution", "axis": "axis", "base": "base"},
    information.js_divergence: {
        "p": "distribution", "q": "distribution", "axis": "axis", "base": "base"},
    activations.sigmoid: {"x": "logit"},
    activations.log_sigmoid: {"x": "logit"},
    activations.softmax: {"x": "logit_row", "axis": "axis"},
    activations.log_softmax: {"x": "logit_row", "axis": "axis"},
    losses.binary_cross_entropy: {
        "labels": "binary_label", "probs": "probability", "reduction": "reduction"},
    losses.sigmoid_cross_entropy: {
        "labels": "binary_label", "logits": "logit", "reduction": "reduction"},
    losses.categorical_cross_entropy: {
        "labels": "label_row", "probs": "distribution", "reduction": "reduction"},
    losses.softmax_cross_entropy: {
        "labels": "label_row", "logits": "logit_row", "reduction": "reduction"},
    losses.sparse_softmax_cross_entropy: {
        "classes": "classes", "logits": "logit_row", "reduction": "reduction"},
}  # fmt: skip
OPTIONS = ("axis", "base", "reduction")

# 各个角色的一个好值。小数都是 2 的负整数次幂之和，换成 float32 一位不差。
VALID = {
    "probability": [[0.5, 0.25, 1], [0, 0.75, 0.125], [0.25, 0.5, 0.5], [0.75, 0.25, 0]],
    "distribution": [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [1, 0, 0], [0, 0.5, 0.5]],
    "logit": [[2, -1, 0.5], [0.25, 3, -2], [-4, 1.5, 0], [8, 0.125, -0.5]],
    "logit_row": [[2, -1, 0.5], [0.25, 3, -2], [-4, 1.5, 0], [8, 0.125, -0.5]],
    "binary_label": [[1, 0, 0.5], [0, 1, 1], [0.25, 0, 1], [1, 0, 0]],
    "label_row": [[1, 0, 0], [0, 1, 0], [0.5, 0.5, 0], [0, 0, 1]],
    "classes": [0, 2, 1, 0],
}
VALID = {role: np.array(v, int if role == "classes" else float) for role, v in VALID.items()}


def valid_arguments(function):
    """这个函数的一组好参数（数组的部分）；每次都是新的。"""
    return {name: VALID[r].copy() for name, r in ROLES[function].items() if r not in OPTIONS}


def tags(function, name):
    """一个数组参数的标签；表里的每一格凭标签认出它管哪些参数。"""
    roles = ROLES[function]
    arrays = list(valid_arguments(function))
    company = "sparse" if "classes" in arrays else {1: "alone", 2: "paired"}[len(arrays)]
    return {
        "array",
        "classes" if roles[name] == "classes" else "real",
        roles[name],
        company,
        "first" if name == arrays[0] else "second",
        "axis" if "axis" in roles else "no_axis",
        function.__module__.rpartition(".")[2],
    }


SLOTS = [(f, name) for f, roles in ROLES.items() for name in roles if name not in OPTIONS]


# ---------------------------------------------------------------- 一格


@dataclass(frozen=True)
class Case:
    """一格：怎样弄坏、什么错、信息里要有哪几段。

    ``change`` 收一组好参数与参数名，返回要换掉的参数。``parts`` 里 ``{name}`` 是参数名，``{other}``
    是另一个数组参数，``{at}`` 是出错的位置 ``at`` （类别编号少一个轴，位置也少一个下标）。
    ``exact32`` 是说换成 float32 毛病还在。
    """

    change: Callable
    error: type
    parts: tuple
    at: tuple = (1, 1)
    exact32: bool = True


def bad(error, change, *parts, **details):
    """只换这一个参数：``change`` 是坏值，或者由好值得到坏值的函数。"""

    def change_one(arguments, name):
        return {name: change(arguments[name]) if callable(change) else change}

    return Case(change_one, error, parts, **details)


def bad_call(error, change, *parts, **details):
    """要连别的参数一起换。"""
    return Case(change, error, parts, **details)


def put(value, at=(1, 1), dtype=None):
    """把 ``at`` 处换成 ``value``。"""

    def change(array):
        array = array.astype(dtype or np.result_type(array, type(value)))
        array[at[: array.ndim]] = value
        return array

    return change


def put_in_list(element, at=(1, 1)):
    """同上，但变成嵌套的列表。"""

    def change(array):
        rows = array.tolist()
        (rows if array.ndim == 1 else rows[at[0]])[at[array.ndim - 1]] = element
        return rows

    return change


def put_row(row, at=1):
    """把第 ``at`` 行换掉。"""

    def change(array):
        array = array.copy()
        array[at] = row
        return array

    return change


def rows_of(*row):
    """每一行都是 ``row``，形状不变。"""
    return lambda array: np.resize(np.array(row), array.shape)


def everything(change):
    """所有的数组参数都照样改。"""
    return lambda arguments, name: {key: change(array) for key, array in arguments.items()}


def others(change_others, change):
    """这个参数用 ``change``，其余的数组参数用 ``change_others``。"""
    return lambda arguments, name: {
        key: (change if key == name else change_others)(array) for key, array in arguments.items()
    }


# 很长的输入：实现分片计算时，位置也要说对。
FAR, MANY = 100_000, 100_003


def far(spoil):
    """十万多行，其中第 FAR 行与最后一行用 ``spoil`` 弄坏：该报的是前一处。"""

    def change(arguments, name):
        long = {k: np.resize(v, (MANY, *v.shape[1:])) for k, v in arguments.items()}
        long[name] = spoil(spoil(long[name], MANY - 1), FAR)
        return long

    return change


def far_along_axis_0(spoil):
    """同上，但一列是一个分布。"""

    def change(arguments, name):
        long = far(spoil)(arguments, name)
        return {k: np.ascontiguousarray(v.T) for k, v in long.items()} | {"axis": 0}

    return change


def far_in_row(value):
    """一行（或一列数）有十万多个元素，第 FAR 个与最后一个是 ``value``。"""

    def change(arguments, name):
        long = {}
        for key, array in arguments.items():
            if array.dtype.kind == "i":
                long[key] = np.array(5)  # 一行 logits 只有一个类别编号
            else:
                # 只有第 5 个是 1：是分布，也是标签与 logits。
                long[key] = np.eye(1, MANY, 5)[0]
        long[name][[FAR, -1]] = value
        return long

    return change


def element(value, column=1):
    """供 ``far`` 用：把一行里的一个元素换成 ``value``。"""

    def spoil(array, row):
        return put(value, (row, column))(array)

    return spoil


def whole_row(row):
    """供 ``far`` 用：换掉整行。"""
    return lambda array, at: put_row(row, at)(array)


class Broken:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no")


class Foreign:
    """别的库的数组：转换之后才看得出元素太大。"""

    def __array__(self, dtype=None, copy=None):
        return np.array([1, 2**60])


def ragged(array):
    rows = array.tolist()
    rows[3] = rows[3][:2] if array.ndim == 2 else [rows[3]]
    return rows


def mask_one_row(array):
    rows = list(array)
    rows[1] = np.ma.array(rows[1])
    return rows


# ---------------------------------------------------------------- 数组参数的坏法
# 每种坏法对应一张小表：标签（空格是“且”，| 是“或”）→ 一格，或者不适用的理由。
# 每个参数必须恰好对上其中一个。

LEGAL_LOGIT = "任何实数都是合法的 logit"
LEGAL_INFINITY = "±inf 是合法的 logit"
NO_ROW = "逐元素计算，不看行"
ONLY_CLASSES = "只有 classes 收类别编号"
ONLY_LABELS = "只有标签有这种毛病"
NOT_INTEGERS = "就是小数给了类别编号，见 float_classes"
SINGLE = "只有一个数组参数"
LEGAL_SCALAR = "0 维是合法的"
LEGAL_ZERO_ONE = "0 与 1 在这里是合法的"
LOGITS = "看起来像 logits"
NO_BROADCAST = "不做广播"

PAIR = "distribution paired | label_row paired | logit_row paired"
ELEMENT_PAIR = "binary_label paired | probability paired | logit paired"
PROBABILITIES = "probability | distribution"
LABELS = "binary_label | label_row"
LOGIT_ROLES = "logit | logit_row"
ROWS = "distribution | label_row"
NOT_ROWS = "probability | logit | binary_label | classes"

LONGDOUBLE = bad(TypeError, lambda v: v.astype("g"), "{name} 的类型是", "float64")
if np.dtype("g").itemsize == 8:
    LONGDOUBLE = "这里的 longdouble 就是 float64"

KINDS = {
    # ---- 类型：对谁都一样
    "masked": {"array": bad(
        TypeError, lambda v: np.ma.array(v, mask=v == v.flat[0]), "{name} 是掩码数组", ".filled(")},
    "masked_in_list": {"array": bad(TypeError, mask_one_row, "{name}[1] 是掩码数组")},
    "complex": {"array": bad(
        TypeError, lambda v: v.astype(complex), "{at} = ", "复数", ".real", at=(0, 0))},
    "complex_in_list": {"array": bad(TypeError, put_in_list(1j), "{at} = ", "j", "复数")},
    "strings": {"array": bad(
        TypeError, lambda v: v.astype(str), "{at} = '", "字符串不是数", at=(0, 0))},
    "string_in_list": {"array": bad(TypeError, put_in_list("a"), "{at} = 'a'", "字符串")},
    "bytes": {"array": bad(
        TypeError, lambda v: v.astype("S8"), "{at} = b'", "字节串不是数", at=(0, 0))},
    "one_string": {"array": bad(TypeError, "0.5", "{name} = '0.5'", "字符串")},
    "one_bytes": {"array": bad(TypeError, b"0.5", "{name} = b'0.5'", "字节串")},
    "bytearray": {"array": bad(TypeError, bytearray(b"ab"), "{name} 是 bytearray", "字节")},
    "memoryview": {"array": bad(TypeError, memoryview(b"ab"), "{name} 是 memoryview", "字节")},
    "objects": {"array": bad(TypeError, lambda v: v.astype(object), "{name} 的类型是 object")},
    "none": {"array": bad(TypeError, None, "{name} = None", "缺失值")},
    "none_in_list": {"array": bad(TypeError, put_in_list(None), "{at} = None", "缺失值")},
    "ragged": {
        "real": bad(ValueError, ragged, "{name}[0] 是长 3，{name}[3] 是长 2", "长度要一致"),
        "classes": bad(ValueError, ragged, "{name}[0] 是一个数，{name}[3] 是长 1", "长度要一致"),
    },
    "dates": {"array": bad(
        TypeError, lambda v: np.full(v.shape, "2020-01-01", "M8[D]"),
        "{at} = datetime.date(2020, 1, 1)", "请先转换成数", at=(0, 0))},
    "durations": {"array": bad(
        TypeError, lambda v: np.full(v.shape, 1, "m8[D]"),
        "{at} = datetime.timedelta(days=1)", "请先转换成数", at=(0, 0))},
    "records": {"array": bad(
        TypeError, lambda v: np.zeros(v.shape, [("a", float)]),
        "{at} = (0.0,)", "每个位置只能是一个数", at=(0, 0))},
    "fraction": {"array": bad(
        TypeError, put_in_list(Fraction(1, 2)), "{at} = Fraction(1, 2)", "分数")},
    "dict": {"array": bad(TypeError, {0: 1}, "{name} = {{0: 1}}", "list({name}.values())")},
    "set": {"array": bad(TypeError, {1}, "{name} = {{1}}", "list({name})")},
    "generator": {"array": bad(
        TypeError, lambda v: (x for x in v), "{name} = <generator>", "list({name})")},
    "longdouble": {"array": LONGDOUBLE},
    "foreign_fails": {"array": bad(
        TypeError, Broken(), "{name}（类型 Broken）不能变成数组", ".detach()")},
    "foreign_too_large": {"array": bad(
        ValueError, Foreign(), "{name}[1] = 1152921504606846976 ", "2**53")},
    "too_large": {"array": bad(
        ValueError, put(2**53 + 1, dtype=np.int64), "{at} = 9007199254740993 ", "2**53")},
    "too_small": {"array": bad(
        ValueError, put(-(2**53) - 1, dtype=np.int64), "{at} = -9007199254740993 ", "2**53")},
    "too_large_unsigned": {"array": bad(
        ValueError, lambda v: put(2**63, dtype=np.uint64)(np.abs(v)),
        "{at} = 9223372036854775808 ", "2**53")},
    "barely_too_large_in_list": {"array": bad(
        ValueError, put_in_list(2**53 + 1), "{at} = 9007199254740993 ", "2**53")},
    "too_large_in_list": {"array": bad(
        ValueError, put_in_list(2**70), "{at} = 1180591620717411303424 ", "2**53")},

    # ---- NaN 与无穷大
    "nan_first": {
        "real": bad(ValueError, put(NAN, (0, 0)), "{at} = nan", "NaN", at=(0, 0)),
        "classes": bad(TypeError, put(NAN, (0, 0)), "{at} = nan 不是整数", "NaN", at=(0, 0)),
    },
    "nan_middle": {
        "real": bad(ValueError, put(NAN), "{at} = nan", "NaN"),
        "classes": bad(TypeError, put(NAN), "{at} = nan 不是整数", "NaN"),
    },
    "nan_last": {
        "real": bad(ValueError, put(NAN, (3, 2)), "{at} = nan", "NaN", at=(3, 2)),
        "classes": bad(TypeError, put(NAN, (3, 2)), "{at} = nan 不是整数", "NaN", at=(3, 2)),
    },
    "nan_alone": {
        "probability | logit | binary_label": bad_call(
            ValueError, others(lambda v: v[0, 0], lambda v: NAN), "{name} = nan", "NaN"),
        "distribution | label_row | logit_row alone | logit_row paired": "0 维已不是一行，见 zero_d",
        "classes": bad_call(
            TypeError, others(lambda v: v[0], lambda v: NAN), "{name} = nan 不是整数", "NaN"),
        "logit_row sparse": bad_call(
            ValueError, others(lambda v: v[0], lambda v: np.array([NAN])), "{name}[0] = nan", "NaN"),
    },
    "nan_everywhere": {
        "real": bad(ValueError, lambda v: np.full(v.shape, NAN), "{at} = nan", "NaN", at=(0, 0)),
        "classes": bad(
            TypeError, lambda v: np.full(v.shape, NAN), "{at} = nan 不是整数", "NaN", at=(0, 0)),
    },
    "plus_inf": {
        PROBABILITIES: bad(ValueError, put(INF), "{at} = inf 不是概率", "logits"),
        LABELS: bad(ValueError, put(INF), "{at} = inf 不是标签", "logits"),
        LOGIT_ROLES: LEGAL_INFINITY,
        "classes": bad(TypeError, put(INF), "{at} = inf 不是整数"),
    },
    "minus_inf": {
        PROBABILITIES: bad(ValueError, put(-INF), "{at} = -inf 不是概率", "logits"),
        LABELS: bad(ValueError, put(-INF), "{at} = -inf 不是标签", "logits"),
        LOGIT_ROLES: LEGAL_INFINITY,
        "classes": bad(TypeError, put(-INF), "{at} = -inf 不是整数"),
    },
    "row_of_minus_inf": {
        "logit_row": bad(ValueError, put_row(-INF), "{name}[1, :] 全是 -inf", "遮住"),
        "logit": NO_ROW,
        "classes": NOT_INTEGERS,
        f"{PROBABILITIES} | {LABELS}": "第一个元素就不合格，见 minus_inf",
    },
    "two_plus_inf": {
        "logit_row": bad(
            ValueError, put_row([INF, 0, INF]), "{name}[1, :] 有不止一个 +inf", "上游溢出"),
        "logit": NO_ROW,
        "classes": NOT_INTEGERS,
        f"{PROBABILITIES} | {LABELS}": "第一个元素就不合格，见 plus_inf",
    },

    # ---- 不在该在的范围里
    "logits_given": {
        PROBABILITIES: bad(ValueError, put_row([2.5, -1, 0.5]), "{at} = 2.5 ", LOGITS, at=(1, 0)),
        "binary_label": bad(ValueError, put_row([2.5, -1, 0.5]), "{at} = 2.5 ", "logits", at=(1, 0)),
        "label_row": bad(ValueError, put_row([2.5, -1, 0.5]), "{at} = 2.5 ", LOGITS, at=(1, 0)),
        LOGIT_ROLES: "要的就是 logits",
        "classes": bad(
            TypeError, rows_of(2.5, -1, 0.5), "{at} = 2.5 不是整数", "从 0 开始的整数", at=(0, 0)),
    },
    "negative": {
        PROBABILITIES: bad(ValueError, put(-0.5), "{at} = -0.5 不是概率", "logits"),
        LABELS: bad(ValueError, put(-0.5), "{at} = -0.5 不是标签", "logits"),
        LOGIT_ROLES: LEGAL_LOGIT,
        "classes": bad(TypeError, put(-0.5), "{at} = -0.5 不是整数"),
    },
    "above_one": {
        PROBABILITIES: bad(ValueError, put(1.5), "{at} = 1.5 不是概率", "logits"),
        LABELS: bad(ValueError, put(1.5), "{at} = 1.5 不是标签"),
        LOGIT_ROLES: LEGAL_LOGIT,
        "classes": bad(TypeError, put(1.5), "{at} = 1.5 不是整数"),
    },
    "huge": {
        PROBABILITIES: bad(ValueError, put(2.0**100), "{at} = 1.26765", "不是概率", "logits"),
        LABELS: bad(ValueError, put(2.0**100), "{at} = 1.26765", "不是标签"),
        LOGIT_ROLES: LEGAL_LOGIT,
        "classes": bad(TypeError, put(2.0**100), "不是整数"),
    },
    "barely_above_one": {
        PROBABILITIES: bad(
            ValueError, put(1 + 2**-52), "{at} = 1.0000000000000002", "舍入误差", exact32=False),
        LABELS: bad(
            ValueError, put(1 + 2**-52), "{at} = 1.0", "不是标签", "舍入误差", exact32=False),
        LOGIT_ROLES: LEGAL_LOGIT,
        "classes": bad(TypeError, put(1 + 2**-52), "不是整数", exact32=False),
    },
    "barely_negative": {
        PROBABILITIES: bad(ValueError, put(-(2.0**-60)), "{at} = -8.67", "舍入误差"),
        LABELS: bad(ValueError, put(-(2.0**-60)), "{at} = -8.67", "舍入误差"),
        LOGIT_ROLES: LEGAL_LOGIT,
        "classes": bad(TypeError, put(-(2.0**-60)), "不是整数"),
    },
    "log_probabilities": {
        PROBABILITIES: bad(
            ValueError, rows_of(*np.log([0.5, 0.25, 0.25])), "{at} = -0.69", "对数概率", "np.exp",
            at=(0, 0)),
        "binary_label": bad(
            ValueError, rows_of(*np.log([0.5, 0.25, 0.25])), "{at} = -0.69", "logits", at=(0, 0)),
        "label_row": bad(
            ValueError, rows_of(*np.log([0.5, 0.25, 0.25])), "{at} = -0.69", "对数概率", at=(0, 0)),
        LOGIT_ROLES: "对数概率就是合法的 logits",
        "classes": NOT_INTEGERS,
    },
    "percentages": {
        f"{PROBABILITIES} | {LABELS}": bad(
            ValueError, rows_of(100.0, 0, 0), "{at} = 100.0 ", "百分数", "除以 100", at=(0, 0)),
        LOGIT_ROLES: LEGAL_LOGIT,
        "classes": bad(ValueError, rows_of(50, 25, 25), "{at} = 50 ", "0 到 2", at=(0, 0)),
    },
    "counts": {
        "probability": bad(ValueError, rows_of(3, 5, 2), "{at} = 3.0 ", "计数", at=(0, 0)),
        ROWS: bad(
            ValueError, rows_of(3, 5, 2), "{at} = 3.0 ", "像计数，先除以总和",
            "{name} / np.sum({name}", at=(0, 0)),
        "binary_label": bad(ValueError, rows_of(3, 5, 2), "{at} = 3.0 ", "类别编号", at=(0, 0)),
        LOGIT_ROLES: LEGAL_LOGIT,
        "classes": bad(ValueError, rows_of(3, 5, 2), "{at} = 3 ", "0 到 2", at=(0, 0)),
    },

    # ---- 一行的和
    "sum_below_one": {
        ROWS: bad(ValueError, put_row([0.5, 0.25, 0.125]), "{name}[1, :] 之和是 0.875，不是 1"),
        NOT_ROWS: NO_ROW,
        "logit_row": LEGAL_LOGIT,
    },
    "sum_above_one": {
        ROWS: bad(
            ValueError, put_row([0.75, 0.5, 0.125]), "{name}[1, :] 之和是 1.375，不是 1", "多标签"),
        NOT_ROWS: NO_ROW,
        "logit_row": LEGAL_LOGIT,
    },
    "rounded_table": {
        ROWS: bad(ValueError, put_row([0.333] * 3), "{name}[1, :] 之和是 0.999", "四舍五入"),
        NOT_ROWS: NO_ROW,
        "logit_row": LEGAL_LOGIT,
    },
    "multi_label_row": {
        ROWS: bad(ValueError, put_row([1, 1, 0]), "{name}[1, :] 之和是 2.0，不是 1", "多标签"),
        NOT_ROWS: NO_ROW,
        "logit_row": LEGAL_LOGIT,
    },
    "row_of_zeros": {
        "distribution": bad(ValueError, put_row(0), "{name}[1, :] 之和是 0.0", "全是 0"),
        "label_row": bad(ValueError, put_row(0), "{name}[1, :] 全是 0", "没有正确的类"),
        NOT_ROWS: NO_ROW,
        "logit_row": LEGAL_LOGIT,
    },
    "columns_sum_to_one": {
        ROWS: bad_call(
            ValueError,
            others(lambda v: np.array([[0.5, 0.5], [0.25, 0.75]]),
                   lambda v: np.array([[0.5, 0.25], [0.5, 0.75]])),
            "{name}[0, :] 之和是 0.75，不是 1", "0"),
        NOT_ROWS: NO_ROW,
        "logit_row": LEGAL_LOGIT,
    },
    "one_column": {
        "distribution": bad_call(
            ValueError, others(lambda v: np.ones((4, 1)), lambda v: np.full((4, 1), 0.5)),
            "{name}[0, :] 之和是 0.5", "用 binary_"),
        "label_row": bad_call(
            ValueError, others(lambda v: np.ones((4, 1)), lambda v: np.full((4, 1), 0.5)),
            "{name}[0, :] 之和是 0.5", "用 ", "_cross_entropy"),
        NOT_ROWS: NO_ROW,
        "logit_row": LEGAL_LOGIT,
    },

    # ---- 标签与类别编号
    "plus_minus_one": {
        LABELS: bad(ValueError, rows_of(1.0, -1, 1), "{at} = -1.0 ", "±1", at=(0, 1)),
        PROBABILITIES: bad(ValueError, rows_of(1.0, -1, 1), "{at} = -1.0 ", LOGITS, at=(0, 1)),
        LOGIT_ROLES: LEGAL_LOGIT,
        "classes": bad(ValueError, rows_of(1, -1), "{at} = -1 不是类别编号", at=(1, 1)),
    },
    "minus_one": {
        LABELS: bad(ValueError, put(-1), "{at} = -1.0 ", "忽略"),
        PROBABILITIES: bad(ValueError, put(-1), "{at} = -1.0 "),
        LOGIT_ROLES: LEGAL_LOGIT,
        "classes": bad(ValueError, put(-1), "{at} = -1 不是类别编号", "0 到 2", "忽略"),
    },
    "minus_hundred": {
        LABELS: bad(ValueError, put(-100), "{at} = -100.0 ", "忽略"),
        PROBABILITIES: bad(ValueError, put(-100), "{at} = -100.0 "),
        LOGIT_ROLES: LEGAL_LOGIT,
        "classes": bad(ValueError, put(-100), "{at} = -100 不是类别编号", "0 到 2", "忽略"),
    },
    "class_k": {
        "classes": bad(ValueError, put(3), "{at} = 3 不是类别编号", "logits 有 3 类", "0 到 2"),
        "real": ONLY_CLASSES,
    },
    "numbered_from_one": {
        "classes": bad(ValueError, rows_of(1, 2, 3), "{at} = 3 ", "从 1 开始", at=(2, 2)),
        "real": ONLY_CLASSES,
    },
    "float_classes": {
        "classes": bad(
            TypeError, lambda v: v.astype(float), "{at} = 0.0 不是整数", ".astype(int)", at=(0, 0)),
        "real": ONLY_CLASSES,
    },
    "bool_classes": {
        "classes": bad(TypeError, lambda v: v == 1, "是布尔值", ".astype(int)"),
        "real": LEGAL_ZERO_ONE,
    },
    "bool_among_classes": {
        "classes": bad(TypeError, put_in_list(True), "{at} = True 是布尔值", ".astype(int)"),
        "real": LEGAL_ZERO_ONE,
    },
    "one_hot_given": {
        "classes": bad(
            ValueError, lambda v: np.eye(3, dtype=int)[v], "{name}", "(4, 3)",
            "独热", "softmax_cross_entropy", "np.argmax({name}"),
        "real": LEGAL_ZERO_ONE,
    },
    "float_one_hot_given": {
        "classes": bad(
            TypeError, lambda v: np.eye(3)[v], "{name}[0, 0] = 1.0 不是整数", "独热",
            "softmax_cross_entropy"),
        "real": LEGAL_ZERO_ONE,
    },
    "bool_one_hot_given": {
        "classes": bad(TypeError, lambda v: np.eye(3, dtype=bool)[v], "是布尔值"),
        "real": LEGAL_ZERO_ONE,
    },
    "soft_labels_given": {
        "classes": bad(
            TypeError, lambda v: VALID["distribution"], "{name}[0, 0] = 0.5 不是整数", "软的标签",
            "softmax_cross_entropy"),
        "real": "要的就是每个类一个数",
    },
    "class_numbers_given": {
        "distribution paired information": bad(
            ValueError, np.array([0, 2, 1, 0]), "{name} 像类别编号", "(4,)", "np.eye(3)"),
        "label_row": bad(
            ValueError, np.array([0, 2, 1, 0]), "{name} 像类别编号", "(4,)", "np.eye(3)"),
        "distribution losses | logit_row paired": bad(
            ValueError, np.array([0, 2, 1, 0]), "{name} 却像类别编号", "(4,)", "写反了"),
        "logit_row sparse": bad(ValueError, np.array([0, 2, 1, 0]), "{name} 是 (4,)"),
        "distribution alone": bad(ValueError, np.array([0, 2, 1, 0]), "{name}[1] = 2.0", "计数"),
        "probability": bad(ValueError, rows_of(0, 2, 1), "{at} = 2.0", "logits", at=(0, 1)),
        "binary_label": bad(
            ValueError, rows_of(0, 2, 1), "{at} = 2.0", "类别编号", "np.eye(", at=(0, 1)),
        "logit | logit_row alone": LEGAL_LOGIT,
        "classes": "要的就是类别编号",
    },
    "class_numbers_for_rows": {
        "binary_label": bad(
            ValueError, np.array([0, 2, 1, 0]), "{name} 像类别编号", "(4,)", "np.eye(3)"),
        "probability paired | logit paired": bad(
            ValueError, np.array([0, 2, 1, 0]), "{name} 却像类别编号", "(4,)", "写反了"),
        "alone": SINGLE,
        "distribution paired | label_row | logit_row paired | sparse": "见 class_numbers_given",
    },
    "swapped": {
        "binary_label | logit paired": bad_call(
            ValueError, lambda a, name: {
                key: np.array([0.25, 2.5] if key == "labels" else [0, 1]) for key in a},
            "labels[1] = 2.5 ", "却像标签", "写反了"),
        "probability paired | distribution paired | label_row losses": "两边都合法，看不出来",
        "logit_row paired": bad_call(
            ValueError, lambda a, name: {"labels": a["logits"], "logits": a["labels"]},
            "labels[0, 0] = 2.0 ", "{name} 却像标签", "写反了"),
        "sparse": bad_call(
            ValueError, lambda a, name: {"classes": a["logits"], "logits": a["classes"]},
            "classes 的形状是 (4, 3)", "logits 是 (4,)", "写反了"),
        "alone": SINGLE,
    },

    # ---- 形状
    "zero_d": {
        "distribution first | label_row | logit_row alone": bad_call(
            ValueError, everything(lambda v: np.float64(0.5)), "{name} = 0.5 是一个数（0 维）"),
        "logit_row sparse": bad_call(
            ValueError, everything(lambda v: v.dtype.type(1)), "{name} = 1.0 是一个数（0 维）"),
        "probability | logit | binary_label | classes": LEGAL_SCALAR,
        "distribution second | logit_row paired": "先报第一个参数",
    },
    "scalar_against_rows": {
        "paired": bad(ValueError, 0.5, "{name}", "{other}", "()", "(4, 3)", NO_BROADCAST),
        "classes": bad(ValueError, 1, "{name}", "()", "(4,)", "每行 logits"),
        "logit_row sparse": bad(ValueError, 0.5, "{name} = 0.5 是一个数（0 维）"),
        "alone": SINGLE,
    },
    "no_classes": {
        "distribution first | label_row": bad_call(
            ValueError, everything(lambda v: np.zeros((4, 0))), "{name} 的形状是 (4, 0)", "空分布"),
        "logit_row alone | logit_row sparse": bad(
            ValueError, np.zeros((4, 0)), "{name} 的形状是 (4, 0)", "一个类也没有"),
        "probability | logit | binary_label": NO_ROW,
        "distribution second | logit_row paired": "先报第一个参数",
        "classes": "类由 logits 数",
    },
    "no_classes_nor_rows": {
        "distribution first | label_row": bad_call(
            ValueError, everything(lambda v: np.zeros((0, 0))), "{name} 的形状是 (0, 0)", "空分布"),
        "logit_row alone | logit_row sparse": bad_call(
            ValueError, everything(lambda v: np.zeros((0, 0) if v.ndim == 2 else 0, v.dtype)),
            "{name} 的形状是 (0, 0)", "一个类也没有"),
        "probability | logit | binary_label": NO_ROW,
        "distribution second | logit_row paired": "先报第一个参数",
        "classes": "类由 logits 数",
    },
    "n_by_1_against_n": {
        "paired": bad_call(
            ValueError, others(lambda v: v[0], lambda v: v[0][:, np.newaxis]),
            "{name}", "{other}", "(3, 1)", "(3,)", NO_BROADCAST, "np.reshape({name}, (3,))"),
        "classes": bad(
            ValueError, lambda v: v[:, np.newaxis], "{name}", "(4, 1)", "(4,)",
            "np.reshape({name}, (4,))"),
        "logit_row sparse": bad(ValueError, lambda v: v[:, np.newaxis], "{name}", "(4, 1, 3)", "(4,)"),
        "alone": SINGLE,
    },
    "n_against_n_by_1": {
        "paired": bad_call(
            ValueError, others(lambda v: v[0][:, np.newaxis], lambda v: v[0]),
            "{name}", "{other}", "(3, 1)", "(3,)", NO_BROADCAST, "np.reshape({other}, (3,))"),
        "classes": bad_call(
            ValueError, others(lambda v: v[:, np.newaxis], lambda v: v),
            "{name}", "(4, 1)", "(4,)", "np.reshape({name}, (4, 1))"),
        "logit_row sparse": bad_call(
            ValueError, others(lambda v: v[:, np.newaxis], lambda v: v), "{name}", "(4, 1)", "(4, 3)"),
        "alone": SINGLE,
    },
    "one_row_against_rows": {
        "paired": bad(
            ValueError, lambda v: v[:1], "{name}", "{other}", "(1, 3)", "(4, 3)", NO_BROADCAST),
        "classes": bad(ValueError, lambda v: v[:1], "{name}", "(1,)", "(4,)", "每行 logits"),
        "logit_row sparse": bad(ValueError, lambda v: v[:1], "{name}", "(1, 3)", "(1,)", "(4,)"),
        "alone": SINGLE,
    },
    "row_against_rows": {
        "paired": bad(
            ValueError, lambda v: v[0], "{name}", "{other}", "(3,)", "(4, 3)", NO_BROADCAST,
            "np.broadcast_to({name}, (4, 3))"),
        "classes": bad(ValueError, lambda v: v[0], "{name}", "()", "(4,)", "每行 logits"),
        "logit_row sparse": bad(ValueError, lambda v: v[0], "{name}", "(3,)", "(4,)", "每行 logits"),
        "alone": SINGLE,
    },
    "one_column_against_columns": {
        "paired": bad(
            ValueError, lambda v: v[:, :1], "{name}", "{other}", "(4, 1)", "(4, 3)", NO_BROADCAST),
        "sparse": "类的个数只由 logits 定",
        "alone": SINGLE,
    },
    "too_few_rows": {
        "paired": bad(
            ValueError, lambda v: v[:3], "{name}", "{other}", "(3, 3)", "(4, 3)", NO_BROADCAST),
        "sparse": bad(ValueError, lambda v: v[:3], "{name}", "(3,", "(4,", "每行 logits"),
        "alone": SINGLE,
    },
    "too_many_rows": {
        "paired": bad(
            ValueError, lambda v: np.concatenate([v, v]), "{name}", "(8, 3)", "(4, 3)", NO_BROADCAST),
        "sparse": bad(
            ValueError, lambda v: np.concatenate([v, v]), "{name}", "(8,", "(4,", "每行 logits"),
        "alone": SINGLE,
    },
    "no_rows": {
        "paired": bad(
            ValueError, lambda v: v[:0], "{name}", "{other}", "(0, 3)", "(4, 3)", NO_BROADCAST),
        "sparse": bad(ValueError, lambda v: v[:0], "{name}", "(0,", "(4,", "每行 logits"),
        "alone": SINGLE,
    },
    "extra_axis": {
        "paired": bad(
            ValueError, lambda v: v[np.newaxis], "{name}", "{other}", "(1, 4, 3)", NO_BROADCAST,
            "np.reshape({name}, (4, 3))"),
        "sparse": bad(ValueError, lambda v: v[np.newaxis], "{name}", "(1, 4", "(4,"),
        "alone": SINGLE,
    },
    "transposed": {
        "paired": bad(
            ValueError, lambda v: v.T, "{name}", "{other}", "(3, 4)", "(4, 3)", NO_BROADCAST,
            "转置"),
        "classes": bad_call(
            ValueError, others(lambda v: np.resize(v, (2, 3, 3)), lambda v: np.zeros((3, 2), int)),
            "{name}", "(2, 3)", "(3, 2)", "每行 logits"),
        "logit_row sparse": bad(
            ValueError, lambda v: v.T, "{name}", "(3, 4)", "(4,)", "np.moveaxis({name}, 0, -1)"),
        "alone": "转置以后还是一个合法的形状，见 columns_sum_to_one",
    },
    "flattened": {
        "paired": bad(
            ValueError, lambda v: v.ravel(), "{name}", "{other}", "(12,)", "(4, 3)", NO_BROADCAST),
        "classes": "本来就只有一维",
        "logit_row sparse": bad(ValueError, lambda v: v.ravel(), "{name}", "(12,)", "(4,)"),
        "alone": SINGLE,
    },

    # ---- 哪一个先报
    "both_wrong": {
        "first": bad_call(
            ValueError, lambda a, name: {
                key: put(-1 if v.dtype.kind == "i" else NAN, (3, 2) if key == name else (0, 0))(v)
                for key, v in a.items()},
            "{at} = ", at=(3, 2)),
        "second": "先报第一个参数",
    },

    # ---- 很长的数组，毛病在远处
    "nan_far": {
        "real": bad_call(ValueError, far(element(NAN)), "{at} = nan", "NaN", at=(FAR, 1)),
        "classes": bad_call(
            TypeError, far(element(NAN)), "{at} = nan 不是整数", "NaN", at=(FAR, 1)),
    },
    "nan_far_in_row": {
        "real": bad_call(ValueError, far_in_row(NAN), "{name}[100000] = nan", "NaN"),
        "classes": "一行只有一个类别编号",
    },
    "nan_far_along_axis_0": {
        "axis": bad_call(
            ValueError, far_along_axis_0(element(NAN)), "{name}[1, 100000] = nan", "NaN"),
        "no_axis": "没有 axis",
    },
    "negative_far": {
        PROBABILITIES: bad_call(ValueError, far(element(-0.5)), "{at} = -0.5 ", at=(FAR, 1)),
        LABELS: bad_call(ValueError, far(element(-0.5)), "{at} = -0.5 ", at=(FAR, 1)),
        LOGIT_ROLES: LEGAL_LOGIT,
        "classes": bad_call(ValueError, far(element(-1)), "{at} = -1 ", "忽略", at=(FAR, 1)),
    },
    "above_one_far_in_row": {
        f"{PROBABILITIES} | {LABELS}": bad_call(
            ValueError, far_in_row(1.5), "{name}[100000] = 1.5 "),
        LOGIT_ROLES: LEGAL_LOGIT,
        "classes": "一行只有一个类别编号",
    },
    "class_k_far": {
        "classes": bad_call(ValueError, far(element(3)), "{at} = 3 ", "0 到 2", at=(FAR, 1)),
        "real": ONLY_CLASSES,
    },
    "too_large_far": {
        "array": bad_call(
            ValueError, far(lambda v, row: put(2**60, (row, 1), np.int64)(v)),
            "{at} = 1152921504606846976 ", "2**53", at=(FAR, 1)),
    },
    "sum_far": {
        ROWS: bad_call(
            ValueError, far(whole_row([0.5, 0.25, 0.125])), "{name}[100000, :] 之和是 0.875"),
        NOT_ROWS: NO_ROW,
        "logit_row": LEGAL_LOGIT,
    },
    "sum_far_along_axis_0": {
        "distribution axis": bad_call(
            ValueError, far_along_axis_0(whole_row([0.5, 0.25, 0.125])),
            "{name}[:, 100000] 之和是 0.875"),
        "logit_row axis": LEGAL_LOGIT,
        "no_axis": "没有 axis",
    },
    "sum_of_long_row": {
        ROWS: bad_call(ValueError, far_in_row(0.25), "{name} 之和是 1.5，不是 1"),
        NOT_ROWS: NO_ROW,
        "logit_row": LEGAL_LOGIT,
    },
    "row_of_zeros_far": {
        "distribution": bad_call(ValueError, far(whole_row(0)), "{name}[100000, :]", "全是 0"),
        "label_row": bad_call(ValueError, far(whole_row(0)), "{name}[100000, :] 全是 0"),
        NOT_ROWS: NO_ROW,
        "logit_row": LEGAL_LOGIT,
    },
    "row_of_minus_inf_far": {
        "logit_row": bad_call(ValueError, far(whole_row(-INF)), "{name}[100000, :] 全是 -inf"),
        f"logit | classes | {PROBABILITIES} | {LABELS}": "见 row_of_minus_inf",
    },
    "two_plus_inf_far": {
        "logit_row": bad_call(
            ValueError, far(whole_row([INF, 0, INF])), "{name}[100000, :] 有不止一个 +inf"),
        f"logit | classes | {PROBABILITIES} | {LABELS}": "见 two_plus_inf",
    },
    "two_plus_inf_in_long_row": {
        "logit_row": bad_call(ValueError, far_in_row(INF), "{name} 有不止一个 +inf"),
        f"logit | classes | {PROBABILITIES} | {LABELS}": "见 two_plus_inf",
    },
}  # fmt: skip


# ---------------------------------------------------------------- 选项的坏法


def empty_batch(arguments, name):
    """一个损失也没有：形状 (0, 3)，类别编号是 (0,)。"""
    return {key: array[:0] for key, array in arguments.items()} | {"reduction": "mean"}


OPTION_KINDS = {
    "axis": {
        "bool": bad(TypeError, True, "axis = True", "布尔值"),
        "numpy_bool": bad(TypeError, np.False_, "axis = False", "布尔值"),
        "float": bad(TypeError, 0.0, "axis", "0.0", "float"),
        "nan": bad(TypeError, NAN, "axis", "nan", "float"),
        "numpy_float": bad(TypeError, np.float64(1), "axis", "float64"),
        "none": bad(TypeError, None, "axis", "None"),
        "string": bad(TypeError, "0", "axis", "'0'", "str"),
        "tuple": bad(TypeError, (0,), "axis", "(0,)", "tuple"),
        "array": bad(TypeError, np.array([0, 1]), "axis", "ndarray"),
        "object": bad(TypeError, object(), "axis", "<object>"),
        "too_large": bad(ValueError, 2, "axis = 2 超出范围", "(4, 3)", "-2 到 1"),
        "too_small": bad(ValueError, -3, "axis = -3 超出范围", "(4, 3)", "-2 到 1"),
        "huge": bad(ValueError, 10**30, "axis = 1000000000", "超出范围"),
    },
    "base": {
        "one": bad(ValueError, 1, "base = 1 ", "ln 1 = 0"),
        "float_one": bad(ValueError, 1.0, "base = 1.0 ", "ln 1 = 0"),
        "below_one": bad(ValueError, 0.5, "base = 0.5 ", "倒数"),
        "zero": bad(ValueError, 0, "base = 0 ", "大于 1"),
        "negative": bad(ValueError, -2, "base = -2 ", "大于 1"),
        "nan": bad(ValueError, NAN, "base = nan", "大于 1"),
        "inf": bad(ValueError, INF, "base = inf", "有限"),
        "minus_inf": bad(ValueError, -INF, "base = -inf", "有限"),
        "huge": bad(ValueError, 10**400, "base = 1000", "有限"),
        "bool": bad(TypeError, True, "base", "True", "bool"),
        "numpy_bool": bad(TypeError, np.True_, "base", "bool"),
        "string": bad(TypeError, "2", "base", "'2'", "str", "base=None"),
        "bytes": bad(TypeError, b"2", "base", "b'2'", "bytes"),
        "complex": bad(TypeError, 2j, "base", "2j", "complex"),
        "list": bad(TypeError, [2], "base", "[2]", "list"),
        "array": bad(TypeError, np.array([2, 3]), "base", "ndarray"),
        "object": bad(TypeError, object(), "base", "<object>"),
    },
    "reduction": {
        "unknown": bad(ValueError, "avg", "reduction = 'avg'", "'mean'、'sum' 和 'none'"),
        "capitals": bad(ValueError, "MEAN", "reduction = 'MEAN'", "'mean'、'sum' 和 'none'"),
        "blank": bad(ValueError, "", "reduction = ''", "'mean'、'sum' 和 'none'"),
        "none": bad(ValueError, None, "reduction = None", "不汇总写 'none'"),
        "bytes": bad(ValueError, b"mean", "reduction = b'mean'"),
        "list": bad(ValueError, ["mean"], "reduction = ['mean']"),
        "bool": bad(ValueError, True, "reduction = True"),
        "array": bad(ValueError, np.array(["mean", "sum"]), "reduction = array("),
        "object": bad(ValueError, object(), "reduction = <object>"),
        "mean_of_nothing": bad_call(
            ValueError, empty_batch, "reduction = 'mean'", "空的平均没有定义", "'sum'"
        ),
    },
}


# ---------------------------------------------------------------- 表是齐全的


def matches(key, slot_tags):
    """``key`` 里用 | 隔开的几组标签，有没有一组全在 ``slot_tags`` 里。"""
    return any(set(group.split()) <= slot_tags for group in key.split("|"))


def cells(kind, function, name):
    """这种坏法的小表里，管着这个参数的各格；该恰好有一格。"""
    return [cell for key, cell in KINDS[kind].items() if matches(key, tags(function, name))]


CASES = [
    pytest.param(function, name, cell, id=f"{function.__name__}-{name}-{kind}")
    for kind in KINDS
    for function, name in SLOTS
    for cell in cells(kind, function, name)
    if isinstance(cell, Case)
]
CASES += [
    pytest.param(function, role, case, id=f"{function.__name__}-{role}-{kind}")
    for function, roles in ROLES.items()
    for role in roles
    if role in OPTIONS
    for kind, case in OPTION_KINDS[role].items()
]


def test_every_public_function_and_argument_is_in_the_table():
    public = {
        getattr(module, name)
        for module in (information, activations, losses)
        for name in module.__all__
    }
    assert set(ROLES) == public
    assert set(OPTION_KINDS) == set(OPTIONS)
    for function, roles in ROLES.items():
        assert list(inspect.signature(function).parameters) == list(roles)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_meets_every_argument_once(kind):
    for function, name in SLOTS:
        found = cells(kind, function, name)
        assert len(found) == 1, f"{kind} × {function.__name__} 的 {name} 有 {len(found)} 格"
        assert isinstance(found[0], Case | str)  # 不适用的一格是理由
    slot_tags = [tags(*slot) for slot in SLOTS]
    for key in KINDS[kind]:
        for group in key.split("|"):
            assert any(matches(group, each) for each in slot_tags), f"{group} 谁也不管"


@pytest.mark.parametrize("function", ROLES)
def test_the_untouched_arguments_are_good(function):
    # 否则弄坏以后报错，也许与弄坏的地方无关。
    strictly(function, valid_arguments(function))
    long = {k: np.resize(v, (MANY, *v.shape[1:])) for k, v in valid_arguments(function).items()}
    strictly(function, long)


# ---------------------------------------------------------------- 每一格


def strictly(function, arguments):
    """任何浮点警告都是错误。"""
    with np.errstate(all="raise"):
        return function(**arguments)


def message_of(function, arguments, error):
    """引发的错误的信息；类型恰好是 ``error``，参数一个字节也没有变。"""
    before = {k: v.tobytes() for k, v in arguments.items() if isinstance(v, np.ndarray)}
    with pytest.raises(error) as caught:
        strictly(function, arguments)
    assert type(caught.value) is error
    for key, data in before.items():
        assert arguments[key].tobytes() == data, f"{key} 被改动了"
    return str(caught.value)


def plain_arrays(arguments):
    """数组参数里，由普通的数组成的 NumPy 数组。"""
    return {
        key: value
        for key, value in arguments.items()
        if key not in OPTIONS
        and type(value) is np.ndarray
        and value.dtype.kind in "biuf"
        and value.dtype.itemsize <= 8
    }


def arranged(arguments, arrange):
    """普通的数组都换一种存放方式。"""
    return arguments | {key: arrange(array) for key, array in plain_arrays(arguments).items()}


LAYOUTS = [fortran, spaced, backwards, read_only, swapped_bytes]


def as_float32(array):
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def as_list(array):
    return array.tolist() if array.size else array  # 空列表没有形状


@pytest.mark.parametrize(("function", "name", "case"), CASES)
def test_bad_input(function, name, case):
    good = valid_arguments(function)
    arguments = good | case.change(good, name)
    at = case.at[: good[name].ndim] if name in good else ()
    words = {
        "name": name,
        "other": next((key for key in good if key != name), ""),
        "at": f"{name}[{', '.join(map(str, at))}]",
    }
    parts = [name, *(part.format(**words) for part in case.parts)]

    def check(arguments):
        message = message_of(function, arguments, case.error)
        assert " at 0x" not in message
        for part in parts:
            assert part in message, f"没有说“{part}”：{message}"
        return message

    message = check(arguments)
    arrays = plain_arrays(arguments)
    small = all(array.size < 1000 for array in arrays.values())
    for layout in LAYOUTS if small else LAYOUTS[:1]:
        # 存放方式变了，一个字也不该变。
        assert message_of(function, arranged(arguments, layout), case.error) == message
    # 类型变了，值的写法可以变，该说的几段还在。
    if small:
        check(arranged(arguments, as_list))
    if case.exact32:
        check(arranged(arguments, as_float32))
