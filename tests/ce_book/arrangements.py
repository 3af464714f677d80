"""同样的数，几种存放方式：答案与错误信息都不该因此而变。"""

import numpy as np


def fortran(array):
    return array.copy("F")


def transposed(array):
    return array.T.copy().T


def spaced(array):
    return np.repeat(array, 2, axis=-1)[..., ::2] if array.ndim else array


def backwards(array):
    flip = (slice(None, None, -1),) * array.ndim
    return array[flip].copy()[flip]


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def swapped_bytes(array):
    return array.astype(array.dtype.newbyteorder())


def unaligned(array):
    whole = np.zeros(array.nbytes + 1, np.uint8)
    moved = whole[1:].view(array.dtype).reshape(array.shape)
    moved[...] = array
    return moved


def layouts(array):
    """几种内存次序：C、Fortran、转置的视图、隔一个取一个、最后一个轴倒着放。"""
    reversed_ = np.ascontiguousarray(array[..., ::-1])[..., ::-1]
    return [array.copy("C"), fortran(array), transposed(array), spaced(array), reversed_]
