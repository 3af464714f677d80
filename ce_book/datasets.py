"""随书的数据：别的库在刁钻的点上到底答什么，各家的精度、速度与内存，以及训练用的手写数字。

答案与速度是真的跑出来的：前者由 ``tools/peers.py`` 写成，``make frameworks`` 重算、核对；后者由
``make bench`` 写成。读数据不需要装那些库。
"""

import json
from pathlib import Path

__all__ = ["benchmark", "digits", "peer_answers"]

_FOLDER = Path(__file__).parent / "data"


def peer_answers():
    """各个库在刁钻的点上的答案。

    Returns
    -------
    dict
        - ``"date"``、``"processor"``、``"python"``：什么时候、在什么处理器上、用哪个 Python 算的；
          ``"versions"`` 是 {包名: 版本}。
        - ``"points"``：值得一看的单点，每个是一个字典。``"task"`` 是 ``ce_book`` 里同一件事的函数名，
          ``"dtype"`` 是 ``"float64"`` 或 ``"float32"``，``"inputs"`` 是 {参数名: 值}，``"truth"`` 是
          20 位的真值，``"answers"`` 是 {库: 答案}。为了一位不差，数都写成字符串（``"inf"``、
          ``"nan"`` 也是），类别编号是整数。一行只在舍入误差内和为 1 时，不同的定义略有差别，
          ``"other_truths"`` 是按别的定义的真值。
        - ``"curves"``：误差随输入变化的曲线。``"x"``、``"truth"`` 与 ``"answers"`` 里每个库的列表
          一一对应，是数，不是有限数时是字符串；``"axis"`` 说明 ``"x"`` 是什么。
          ``numpy.array(…, dtype=float)`` 两种都读得懂。
        - ``"grid"``：每个库在几百个刁钻的点上，差一万 ulp 以上的有几个（``"wrong"``），4 ulp 以上的
          有几个（``"over4"``），NaN（``"nan"``）与不该有的负数（``"negative"``）各几个，最大的误差
          （``"worst_ulp"``，不是有限数时是 ``"inf"``），共量了几个点（``"points"``）。

    Examples
    --------
    标签是“否”，logit 是 −15，float32。真值与 PyTorch 的答案：

    >>> [point] = [
    ...     p for p in peer_answers()["points"]
    ...     if p["dtype"] == "float32" and p["inputs"] == {"labels": "0.0", "logits": "-15.0"}
    ... ]
    >>> print(point["truth"], point["answers"]["PyTorch"])
    3.059022737137204859e-7 0.0
    """
    return _read("peers.json")


def benchmark():
    """``ce_book`` 与别的库的精度、速度和内存。

    Returns
    -------
    dict
        - ``"date"``、``"processor"``、``"python"``、``"versions"``：同 :func:`peer_answers`；``"cores"``
          是机器的核数（量的时候只用一个），``"missing"`` 是没装、因而没量的库。
        - ``"rows"``：每个字典是一个库做一件事。``"task"`` 是函数名，``"shape"`` 是预测的形状，
          ``"dtype"`` 是类型；``"seconds"`` 是一次平均损失的用时（各轮的中位数），``"over_pytorch"`` 与
          ``"over_ce_book"`` 是它除以这两家的用时；``"input_bytes"`` 是输入的大小，``"peak_extra"`` 是
          算的时候另外用到的内存的最大值，以字节计。没量的是 ``None``。
        - ``"accuracy"``：同 :func:`peer_answers` 的 ``"grid"``。

    Examples
    --------
    >>> rows = benchmark()["rows"]
    >>> sorted({row["dtype"] for row in rows})
    ['float32', 'float64']
    """
    return _read("benchmark.json")


def digits():
    """UCI 的手写数字：1797 幅 8×8 的灰度图，与每幅写的是几。

    Returns
    -------
    images : numpy.ndarray，形状 (1797, 8, 8)，uint8
        灰度，0（白）到 16（黑）的整数。每次调用都是新的数组。
    classes : numpy.ndarray，形状 (1797,)，int64
        类别编号，0 到 9，就是写的那个数字。

    References
    ----------
    E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository, 1998, https://doi.org/10.24432/C50P49 ，CC BY 4.0。来历与许可写在
    ``ce_book/data/digits-license.md``。

    Examples
    --------
    >>> images, classes = digits()
    >>> images.shape, int(images.max())
    ((1797, 8, 8), 16)
    >>> [int(c) for c in classes[:5]]
    [0, 1, 2, 3, 4]
    """
    import numpy as np  # 只有这里用到：读别的数据不该等 NumPy

    with np.load(_FOLDER / "digits.npz") as arrays:
        return arrays["images"], arrays["classes"].astype(np.int64)


def _read(name):
    return json.loads((_FOLDER / name).read_text(encoding="utf-8"))
