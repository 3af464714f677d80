"""``ce_book`` 在全部刁钻的点（``tools/grid.py``）上都准：float64、float32，至多 4 ulp，没有 NaN。"""

import grid
import libraries
import numpy as np
import pytest
from grid import DTYPES, TASKS

MOST_ULPS = 4
OURS = libraries.load_ce_book("ce_book").functions


def place(batch, k):
    """第 k 个真值属于哪个点：测试失败时给人看。"""
    row = k if batch.columns is None else k // batch.columns.shape[-1]
    return [array[row] for array in batch.args]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("task", TASKS)
def test_every_hard_point_is_right(task, dtype):
    for batch in grid.batches(task, dtype):
        with np.errstate(all="raise"):  # 用户这样设了，也不该有任何浮点警告
            result = OURS[task](*batch.args)
        values = batch.pick(result)
        assert values.dtype == dtype
        errors = batch.ulps(values)
        worst = int(np.argmax(errors))
        assert errors[worst] <= MOST_ULPS, (place(batch, worst), values[worst])


@pytest.mark.parametrize("task", ["kl_divergence", "js_divergence"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_divergences_are_never_negative_and_zero_only_for_equal_rows(task, dtype):
    for batch in grid.batches(task, dtype):
        p, q = batch.args
        values = OURS[task](p, q)
        assert (values >= 0).all()
        same = (p == q).all(axis=-1)
        assert same.any() or p.shape[-1] > 1000
        assert (values[same] == 0).all()
        # 真值不到最小的次正规数的一半时，只能是 0。
        tiny = np.array([truth < np.finfo(dtype).smallest_subnormal for truth in batch.truths])
        assert (values[~same & ~tiny] > 0).all()
