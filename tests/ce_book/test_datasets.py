"""ce_book.datasets：例子、数据的格式与指纹、读答案只用标准库。"""

import doctest
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ce_book import datasets
from ce_book.datasets import benchmark, digits, peer_answers

DATA = Path(datasets.__file__).parent / "data"


def test_doctests():
    result = doctest.testmod(datasets)
    assert result.failed == 0
    assert result.attempted >= 4


def test_reading_needs_only_the_standard_library():
    code = "import sys, ce_book.datasets; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("read", [peer_answers, benchmark])
def test_where_the_numbers_come_from_is_told(read):
    record = read()
    assert all(record[key] for key in ("date", "processor", "python"))
    assert record["versions"]["numpy"]


def test_each_call_returns_a_fresh_copy():
    peer_answers()["points"].clear()
    assert peer_answers()["points"]


def test_curves_become_arrays():
    for curve in peer_answers()["curves"]:
        x = np.array(curve["x"], dtype=float)
        assert np.isfinite(x).all()
        for values in [curve["truth"], *curve["answers"].values()]:
            assert np.array(values, dtype=float).shape == x.shape


def test_points_are_strings_that_read_as_numbers():
    for point in peer_answers()["points"]:
        for value in [point["truth"], *point["other_truths"], *point["answers"].values()]:
            assert isinstance(value, str)
            float(value)


# ---------------------------------------------------------------- 手写数字


def test_digits_file_is_the_one_that_was_checked():
    """书里的准确率都出自这一份；换一个字节都要有人知道。"""
    found = hashlib.sha256((DATA / "digits.npz").read_bytes()).hexdigest()
    assert found == "90e127868120f46db67039f14e8b5551e3b572fbb3c229fd30ddacdb50afc641"


def test_digits_are_small_images_and_class_numbers():
    images, classes = digits()
    assert (images.shape, images.dtype) == ((1797, 8, 8), np.uint8)
    assert (classes.shape, classes.dtype) == ((1797,), np.int64)
    assert (images.min(), images.max()) == (0, 16)
    assert np.bincount(classes).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_digits_are_a_fresh_copy_each_time():
    images, classes = digits()
    images[:], classes[:] = 0, 0
    again, labels = digits()
    assert again.any() and labels.any()


def test_digits_carry_their_source_and_licence():
    text = (DATA / "digits-license.md").read_text(encoding="utf-8")
    for needed in ("Alpaydin", "Kaynak", "10.24432/C50P49", "CC BY 4.0", "digits.npz"):
        assert needed in text


def test_digits_are_small():
    assert (DATA / "digits.npz").stat().st_size < 50_000
