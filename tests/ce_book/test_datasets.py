"""ce_book.datasets：例子、两份数据的格式、只用标准库。"""

import doctest
import subprocess
import sys

import numpy as np
import pytest

from ce_book import datasets
from ce_book.datasets import benchmark, peer_answers


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
