"""一片一片地算：公式只见到大数组的一小片，中间结果都留在缓存里。

大数组上，公式的每一步都要把整个中间结果写进内存再读回来，时间多半花在搬运上，内存也要多用好几倍。
每次只取几万个元素，中间结果就不出缓存。任何形状、任何内存次序都可以：一片总是按行优先的次序取，
所以结果与内存次序无关。

这里的“一行”是公式一次要看到的东西：逐元素的公式是一个元素，softmax 是一行 logits。
"""

import math

import numpy as np

_LARGEST = 2**20  # 中间结果合起来最多多少字节：一个核的二级缓存多在 1 MB 上下
_SMALLEST = 2**16  # 一片再小，时间就花在一次次调用 NumPy 上了
_SMALLEST_COUNT = 20_000  # 逐元素时不少于这么多个：公式短，一次调用的开销更显眼
_SHARE = 1 / 22  # 中间结果合起来最多占输入的多少
_BYTES_PER_ROW = 120  # 一行除了元素，还有和、最大值、下标之类十来个数

# glibc 起初一释放几百 KB 就还给系统，下次再要；一片片地算时，大半时间会花在缺页上。它释放过一块大的，
# 就学会留着几十 MB 备用。所以先要一块再放掉：从没写过，不占内存。别的系统上，这一句没有作用。
np.empty(2**24, np.uint8)


def slices(arrays, dtypes, lead, temporaries):
    """逐片产生（行的起止, 各数组的一片）。

    Parameters
    ----------
    arrays : sequence of numpy.ndarray
        形状都以 ``lead`` 开头，后面的轴是一行。
    dtypes : sequence of dtype
        各数组的一片要换成什么类型。
    lead : tuple of int
        行怎样排列。
    temporaries : int
        公式里大约同时有几个与一片同样大的中间数组。

    Returns
    -------
    iterable of (slice, list of numpy.ndarray)
        行的起止；各数组的这些行，形状 ``(行数, …)``，在内存中连续。可能是原数组的视图，不要改动。
    """
    rows = math.prod(lead)
    if rows == 0:
        return []
    if max([array.size for array in arrays]) <= _SMALLEST_COUNT:  # 小数组不必分
        parts = [
            np.asarray(array, dtype, order="C").reshape(rows, *array.shape[len(lead) :])
            for array, dtype in zip(arrays, dtypes, strict=True)
        ]
        return [(slice(0, rows), parts)]
    return _many_slices(arrays, dtypes, rows, lead, temporaries)


def _many_slices(arrays, dtypes, rows, lead, temporaries):
    tails = [array.shape[len(lead) :] for array in arrays]
    widths = [math.prod(tail) for tail in tails]
    flat = [a.reshape(-1) if a.flags.c_contiguous else a.flat for a in arrays]
    row = max(w * np.dtype(dtype).itemsize for w, dtype in zip(widths, dtypes, strict=True))
    step = _rows_per_slice(sum(a.nbytes for a in arrays), max(widths), row, temporaries)
    for start in range(0, rows, step):
        stop = min(start + step, rows)
        parts = [
            np.asarray(f[start * w : stop * w], dtype).reshape(-1, *tail)
            for f, w, dtype, tail in zip(flat, widths, dtypes, tails, strict=True)
        ]
        yield slice(start, stop), parts


def _rows_per_slice(input_bytes, width, row, temporaries):
    """一片几行；一行有 ``width`` 个元素，占 ``row`` 字节。"""
    smallest = _SMALLEST_COUNT * row if width == 1 else _SMALLEST
    if width > 1:
        row += _BYTES_PER_ROW // temporaries
    wanted = min(input_bytes * _SHARE, _LARGEST) / temporaries
    return max(1, int(max(wanted, smallest)) // row)


def fill(out, formula, arrays, *, lead=None, temporaries=4):
    """把 ``formula`` 逐片算出的结果填进 ``out``；``out`` 是 0 维时返回标量。

    Parameters
    ----------
    out : numpy.ndarray
        C 连续，形状以 ``lead`` 开头。
    formula : callable
        由各数组的一片（float64）得到一片结果，行数相同。
    lead : tuple of int, optional
        行怎样排列；不写就是 ``out`` 的形状：每行一个数。
    """
    lead = out.shape if lead is None else lead
    rows = out.reshape(math.prod(lead), *out.shape[len(lead) :])
    for where, parts in slices(arrays, [np.float64] * len(arrays), lead, temporaries):
        rows[where] = formula(*parts)
        rows[where] += 0.0  # 负得太小的数会变成 -0.0，加上 0.0 就没有符号了
    return out if out.ndim else out[()]


def mend(results, where, formula, *arrays):
    """``where`` 的行改用 ``formula`` 计算；``where`` 是 ``None`` 时什么也不做。返回 ``results``。"""
    if where is not None:
        parts = [array[where] for array in arrays]
        out = np.empty((len(parts[0]), *results.shape[1:]))
        results[where] = fill(out, formula, parts, lead=out.shape[:1], temporaries=10)
    return results
