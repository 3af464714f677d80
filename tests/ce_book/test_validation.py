"""ce_book._validation 与 _logits_and_labels：共用检查自身的约定。经由公开函数的检查见各自的测试。"""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from messages import raises_saying

from ce_book import _logits_and_labels
from ce_book import _validation as validation


def test_place():
    assert validation.place("p", ()) == "p"
    assert validation.place("p", (2,)) == "p[2]"
    assert validation.place("q", (0, ":", 3)) == "q[0, :, 3]"


def test_first_index_is_in_row_major_order():
    mask = np.zeros((2, 3), dtype=bool)
    mask[1, 0] = mask[0, 2] = True
    assert validation.first_index(mask) == (0, 2)
    assert validation.first_index(np.array(True)) == ()


def test_units_per_nat_is_correctly_rounded_where_it_matters():
    with mpmath.workdps(60):
        for base in (2, 10):
            unit, lost = validation.units_per_nat(base)
            assert unit == float(1 / mpmath.log(base))
            assert lost == float(1 / mpmath.log(base) - mpmath.mpf(unit))
    assert validation.units_per_nat(None) == (1, 0)
    assert validation.units_per_nat(math.e) == (1, 0)


def test_sum_tolerance():
    assert validation.sum_tolerance(np.float64, 3) == 1e-9
    assert validation.sum_tolerance(np.float64, 10**6) == 1e-9
    assert 5e-7 < validation.sum_tolerance(np.float32, 3) < 1e-6
    assert 5e-5 < validation.sum_tolerance(np.float32, 50_000) < 2e-4
    assert validation.sum_tolerance(np.float16, 4096) == 1e-2  # 照公式是 0.25


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_not_copied(dtype):
    array = np.zeros(3, dtype)
    assert np.shares_memory(validation.as_real_array("p", array), array)


def test_check_axis_normalises():
    array = np.zeros((2, 3))
    assert [validation.check_axis("p", array, axis) for axis in (-2, -1, 0, 1)] == [0, 1, 0, 1]


def test_the_given_names_are_used():
    with pytest.raises(ValueError, match=r"^labels 与 logits 的形状要相同") as caught:
        validation.check_same_shape("labels", np.zeros((3, 1)), "logits", np.zeros(3))
    assert "np.reshape(labels, (3,))" in str(caught.value)
    with pytest.raises(ValueError, match=r"^probs\[1\] = 2\.0 "):
        validation.check_probabilities("probs", np.array([0.5, 2.0]))


def test_a_scalar_is_not_told_to_broadcast():
    with pytest.raises(ValueError, match=r"不做广播。$"):
        validation.check_same_shape("p", np.array(0.5), "q", np.zeros(3))


def test_class_numbers_are_told_to_become_one_hot():
    with pytest.raises(
        ValueError, match=r"p 像类别编号.*np\.eye\(3\)\[np\.asarray\(p\)\.astype\(int\)\]"
    ):
        validation.check_same_shape("p", np.array([2.0, 0.0, 1.0]), "q", np.full((3, 3), 1 / 3))


# ---------------------------------------------------------------- 变成数组


class Broken:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no")


class Foreign:
    """别的库的数组：转换之后才看得出元素太大。"""

    def __array__(self, dtype=None, copy=None):
        return np.array([1, 2**60 + 1])


MASKED = np.ma.array([1.0, 2.0], mask=[0, 1])


@pytest.mark.parametrize(
    ("value", "error", "parts"),
    [
        # 掩码
        ([[MASKED]], TypeError, ["x[0, 0] 是掩码数组"]),
        (([1.0, 2.0], [1.0, np.ma.masked]), TypeError, ["x[1, 1] 是掩码数组"]),
        # 太大的整数
        ([2**60, 2**60 + 1], ValueError, ["x[0] = 1152921504606846976 ", "2**53"]),
        (np.array([1, -(2**53) - 1]), ValueError, ["x[1] = -9007199254740993 ", "2**53"]),
        (np.array([2**63], np.uint64), ValueError, ["x[0] = 9223372036854775808 "]),
        ([0.5, 2**53 + 1], ValueError, ["x[1] = 9007199254740993 "]),
        ([[0.5, 1], np.array([1, 2**53 + 1])], ValueError, ["x[1, 1] = 9007199254740993 "]),
        ([1, 2**70], ValueError, ["x[1] = 1180591620717411303424 "]),
        (np.array([0.5, 2**70], object), ValueError, ["x[1] = 1180591620717411303424 "]),
        (Foreign(), ValueError, ["x[1] = 1152921504606846977 "]),
        ([1, 10**5000], ValueError, ["x[1] = <int> "]),
        # 长短不齐
        ([np.array(1.0), [1, 2]], ValueError, ["x[0] 是一个数，x[1] 是长 2"]),
        ([[[1, 2], [3, 4]], [[1, 2], [3]]], ValueError, ["x[0, 0] 是长 2，x[1, 1] 是长 1"]),
        ([[[1, 2], [3, 4]], [[1], [2]]], ValueError, ["x[0, 0] 是长 2，x[1, 0] 是长 1"]),
        ([np.zeros((2, 3)), np.zeros((2, 4))], ValueError, ["x[0, 0] 是长 3，x[1, 0] 是长 4"]),
        # 不是数
        (Broken(), TypeError, ["x（类型 Broken）不能变成数组", ".detach()"]),
        ([Broken()], TypeError, ["x（类型 list）不能变成数组"]),
        (bytearray(b"ab"), TypeError, ["x 是 bytearray", "字节"]),
        ([memoryview(b"ab")], TypeError, ["x[0] 是 memoryview", "字节"]),
        (np.array([0.5, 1], object), TypeError, ["x 的类型是 object", ".astype(float)"]),
        ([0.5, None], TypeError, ["x[1] = None", "缺失值"]),
        ((i for i in [1, 2]), TypeError, ["x = <generator>", "list(x)"]),
        ([1, map(float, [1])], TypeError, ["x[1] = <map>", "list(x[1])"]),
        ({1.5}, TypeError, ["x = {1.5}", "list(x)"]),
        ({"a": 1}, TypeError, ["x = {'a': 1}", "list(x.values())"]),
        ({"a": 1}.values(), TypeError, ["dict_values", "list(x)"]),
        (np.array([[1, [2]]], object), TypeError, ["x[0, 1] = [2]", "每个位置只能是一个数"]),
        ([1, object()], TypeError, ["x[1] = <object>（类型 object）", "float()"]),
        ([Fraction(1, 2)], TypeError, ["x[0] = Fraction(1, 2)", "分数"]),
        ([0.5, "a"], TypeError, ["x[1] = 'a'", "dtype=float"]),
    ],
)
def test_what_cannot_become_an_array(value, error, parts):
    # dtype=float 会把 None 变成 nan，不能这样建议。
    unsaid = ["0x", "dtype=float"] if "缺失值" in parts else ["0x"]
    with raises_saying(error, parts, unsaid=unsaid):
        validation.as_real_array("x", value)


def test_integers_are_exact_up_to_2_to_the_53():
    values = [2**53, -(2**53), 1]
    for given in (values, np.array(values)):
        assert validation.as_real_array("x", given).tolist() == values


def test_messages_carry_no_memory_addresses():
    for call in [
        lambda: validation.check_axis("x", np.zeros(2), object()),
        lambda: validation.units_per_nat(object()),
        lambda: _logits_and_labels.check_reduction(object()),
    ]:
        with pytest.raises((TypeError, ValueError), match="<object>") as caught:
            call()
        assert "x7f" not in str(caught.value)


def test_empty_arrays_are_not_class_numbers():
    with pytest.raises(ValueError, match="不做广播") as caught:
        validation.check_same_shape("p", np.zeros(0), "q", np.zeros((0, 3)))
    assert "类别编号" not in str(caught.value)


def test_the_callers_hint_comes_first():
    with pytest.raises(ValueError, match=r"不做广播。只有这一句。$"):
        validation.check_same_shape("p", np.zeros(3), "q", np.zeros((3, 1)), hint="只有这一句。")


def test_only_losses_put_multi_label_first():
    rows = np.array([[1.0, 1, 0], [0, 0, 1]])
    with pytest.raises(ValueError, match="也许该写 axis=0"):
        validation.check_distribution("p", rows, 1)
    with pytest.raises(ValueError, match="多标签"):
        _logits_and_labels.check_label_rows(rows, "logits", np.zeros((2, 3)))
