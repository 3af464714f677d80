"""ce_book._slices：一片不漏、次序不变；任何内存次序都得到连续的一片；中间结果不大。"""

import math

import numpy as np
import pytest
from arrangements import layouts

from ce_book import _slices
from ce_book._slices import fill, mend, slices


def joined(arrays, dtypes, lead, temporaries=4):
    """各片的起止，与拼回去的数组。"""
    where, parts = zip(*slices(arrays, dtypes, lead, temporaries), strict=True)
    return where, [np.concatenate(each) for each in zip(*parts, strict=True)]


@pytest.mark.parametrize("shape", [(3,), (100_003,), (7, 20_001), (3, 5, 4001)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_element_once_and_in_order(shape, dtype):
    array = np.arange(math.prod(shape), dtype=np.float64).reshape(shape)
    for each in layouts(array):
        where, (whole,) = joined([each], [dtype], shape)
        assert np.array_equal(whole, array.astype(dtype).ravel())
        assert whole.dtype == dtype
        assert [w.start for w in where] == [0, *[w.stop for w in where[:-1]]]
        assert where[-1].stop == array.size


def test_rows_stay_together():
    rows = np.arange(600_000.0).reshape(2, 3, 100_000)
    classes = np.arange(6).reshape(2, 3)
    where, (labels, whole) = joined([classes, rows], [np.intp, np.float32], (2, 3))
    assert len(where) == 6  # 一行已经不小了
    assert labels.dtype == np.intp
    assert np.array_equal(labels, np.arange(6))
    assert np.array_equal(whole, rows.reshape(6, -1).astype(np.float32))


def test_parts_are_contiguous_and_not_copied_without_need():
    array = np.zeros((300, 400))
    for _, (part,) in slices([array], [np.float64], (300,), 4):
        assert part.flags.c_contiguous
        assert np.shares_memory(part, array)
    for _, (part,) in slices([array.T], [np.float64], (400,), 4):
        assert part.flags.c_contiguous


@pytest.mark.parametrize(
    ("shape", "lead"), [((0,), (0,)), ((0, 3), (0,)), ((2, 0, 3), (2, 0)), ((0, 5), (0, 5))]
)
def test_nothing_gives_no_slices(shape, lead):
    assert list(slices([np.zeros(shape)], [np.float64], lead, 4)) == []


def test_a_number_is_one_slice():
    [(where, (part,))] = slices([np.array(3.0)], [np.float64], (), 4)
    assert (where, part.tolist()) == (slice(0, 1), [3.0])


@pytest.mark.parametrize("temporaries", [1, 4, 12])
@pytest.mark.parametrize("shape", [(10**7,), (10**6, 10), (4096, 1000), (256, 50_257)])
def test_slices_are_small(shape, temporaries):
    array = np.broadcast_to(np.float64(1), shape)  # 不占内存，而 nbytes 照样是全部
    lead = shape[:1]
    where, parts = next(iter(slices([array], [np.float64], lead, temporaries)))
    scratch = parts[0].nbytes * temporaries
    least = 8 * math.prod(shape[1:]) if shape[1:] else 8 * _slices._SMALLEST_COUNT
    assert scratch <= max(_slices._LARGEST, least * temporaries)
    assert scratch <= array.nbytes / 20


def test_fill():
    doubled = fill(np.empty((2, 3), np.float32), lambda x: 2 * x, [np.arange(6).reshape(2, 3)])
    assert doubled.dtype == np.float32
    assert doubled.tolist() == [[0, 2, 4], [6, 8, 10]]
    assert isinstance(fill(np.empty(()), np.negative, [np.array(1)]), np.float64)
    assert not np.signbit(fill(np.empty(2), np.negative, [np.zeros(2)])).any()  # 零没有符号


def test_mend_changes_only_the_marked_rows():
    results, x = np.zeros(4), np.arange(8.0).reshape(4, 2)
    where = np.array([False, True, False, True])
    mended = mend(results, where, lambda rows: rows.sum(axis=1), x)
    assert mended.tolist() == [0, 5, 0, 13]
    assert mend(results, None, None, x) is results
