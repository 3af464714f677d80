"""ce_book._validation：共用检查自身的约定。经由公开函数的检查见 test_information.py。"""

import math

import mpmath
import numpy as np
import pytest

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
    with mpmath.workdps(40):
        for base in (2, 10):
            assert validation.units_per_nat(base) == float(1 / mpmath.log(base))
    assert validation.units_per_nat(None) == 1
    assert validation.units_per_nat(math.e) == 1


def test_sum_tolerance():
    assert validation.sum_tolerance(np.float64, 3) == 1e-9
    assert validation.sum_tolerance(np.float64, 10**6) == 1e-9
    assert 5e-7 < validation.sum_tolerance(np.float32, 3) < 1e-6
    assert 5e-5 < validation.sum_tolerance(np.float32, 50_000) < 2e-4


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
    with pytest.raises(ValueError, match=r"p 像类别编号.*np\.eye\(3\)\[p\]"):
        validation.check_same_shape("p", np.array([2.0, 0.0, 1.0]), "q", np.full((3, 3), 1 / 3))
