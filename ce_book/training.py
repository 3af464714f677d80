r"""梯度下降：用交叉熵训练线性模型和带 ReLU 的小网络，只用 NumPy，梯度是手推的。

一个模型是 :class:`Network`，一种损失是一个函数：收标签与 logits，返回平均损失与它对 logits 的梯度。
:func:`train` 把两者连起来。本模块给出三种损失：

=========================  =======================  ============================================
函数                       标签                     梯度的每一个元素（m 行 K 列）
=========================  =======================  ============================================
``softmax_loss``           每行一个分布             :math:`(q_{ji} - y_{ji})/m`
``sparse_softmax_loss``    每行一个类别编号         同上，:math:`y` 是编号写成的独热
``sigmoid_loss``           每个元素在 [0, 1] 中     :math:`(q_{ji} - y_{ji})/(mK)`
=========================  =======================  ============================================

分母就是 :mod:`ce_book.losses` 里求平均的个数：前两种是行数，后一种是元素的个数。所以同样的学习率，
``sigmoid_loss`` 每步只走 1/K 那么远。

自己写的损失只要守同样的约定，就能交给 :func:`train`，书里用它做对照：

>>> def half_squared_error(labels, logits):
...     return np.mean((logits - labels) ** 2) / 2, (logits - labels) / logits.size

训练的次序由种子决定，同样的种子得到同样的权重（只差舍入误差）。
"""

import math
import numbers

import numpy as np

from ce_book._validation import (
    as_real_array,
    as_whole,
    first_index,
    place,
    read_numbers,
    show,
)
from ce_book.activations import sigmoid, softmax
from ce_book.losses import (
    sigmoid_cross_entropy,
    softmax_cross_entropy,
    sparse_softmax_cross_entropy,
)

__all__ = ["Network", "sigmoid_loss", "softmax_loss", "sparse_softmax_loss", "train"]


def softmax_loss(labels, logits):
    r"""平均的 softmax 交叉熵，与它对 logits 的梯度。

    .. math:: \frac{\partial J}{\partial x_{ji}} = \frac{q_{ji} - y_{ji}}{m},
        \qquad q_j = \mathrm{softmax}(x_j)

    Parameters
    ----------
    labels : array_like, 形状 (m, K)
        每行一个分布，独热的也行。
    logits : array_like, 形状 (m, K)

    Returns
    -------
    loss : float
        m 个损失的平均，单位 nat。
    gradient : numpy.ndarray，形状 (m, K)

    Raises
    ------
    ValueError, TypeError
        同 :func:`ce_book.losses.softmax_cross_entropy`。

    Examples
    --------
    >>> loss, gradient = softmax_loss([[1, 0]], [[0.0, 0.0]])
    >>> round(loss, 4), gradient.tolist()
    (0.6931, [[-0.5, 0.5]])
    """
    loss = float(softmax_cross_entropy(labels, logits))
    q = softmax(logits)
    return loss, (q - np.asarray(labels)) / _rows(q)


def sparse_softmax_loss(classes, logits):
    r"""平均的稀疏 softmax 交叉熵，与它对 logits 的梯度。

    与 :func:`softmax_loss` 相同，只是标签写成编号：梯度是概率，在正确的那一类减去 1，再除以 m。

    Parameters
    ----------
    classes : array_like, 形状 (m,)
        类别编号，0 到 K−1 的整数。
    logits : array_like, 形状 (m, K)

    Returns
    -------
    loss : float
        m 个损失的平均，单位 nat。
    gradient : numpy.ndarray，形状 (m, K)

    Raises
    ------
    ValueError, TypeError
        同 :func:`ce_book.losses.sparse_softmax_cross_entropy`。

    Examples
    --------
    >>> loss, gradient = sparse_softmax_loss([0], [[0.0, 0.0]])
    >>> round(loss, 4), gradient.tolist()
    (0.6931, [[-0.5, 0.5]])
    """
    loss = float(sparse_softmax_cross_entropy(classes, logits))
    gradient = softmax(logits)
    rows = gradient.reshape(-1, gradient.shape[-1])  # 同一块内存
    rows[np.arange(len(rows)), np.ravel(classes)] -= 1
    return loss, gradient / _rows(gradient)


def sigmoid_loss(labels, logits):
    r"""平均的 sigmoid 交叉熵，与它对 logits 的梯度。

    .. math:: \frac{\partial J}{\partial x_{ji}} = \frac{q_{ji} - y_{ji}}{mK},
        \qquad q_{ji} = \sigma(x_{ji})

    Parameters
    ----------
    labels : array_like, 任意形状
        每个元素在 [0, 1] 中。
    logits : array_like
        形状与 ``labels`` 相同。

    Returns
    -------
    loss : float
        全部元素的损失的平均，单位 nat。
    gradient : numpy.ndarray，形状与 logits 相同

    Raises
    ------
    ValueError, TypeError
        同 :func:`ce_book.losses.sigmoid_cross_entropy`。

    Examples
    --------
    >>> loss, gradient = sigmoid_loss([[1, 0]], [[0.0, 0.0]])
    >>> round(loss, 4), gradient.tolist()
    (0.6931, [[-0.25, 0.25]])
    """
    loss = float(sigmoid_cross_entropy(labels, logits))
    q = sigmoid(logits)
    return loss, (q - np.asarray(labels)) / q.size


def _rows(logits):
    return logits.size // logits.shape[-1]


class Network:
    r"""全连接网络：每层是线性的，层与层之间夹一个 ReLU，最后一层给出 logits。

    .. math:: h_0 = u, \qquad h_{l} = \max(0,\; h_{l-1}W_l + b_l), \qquad
        x = h_{L-1}W_L + b_L

    ``sizes`` 是 (D, K) 时没有隐藏层，就是 softmax 回归（用 :func:`softmax_loss`）或 K 个 logistic 回归
    （用 :func:`sigmoid_loss`）。

    最后一层从 0 开始，所以训练前的损失恰好是 :math:`\ln K` 或 :math:`\ln 2`；隐藏层的权重取自方差
    为 :math:`2/n` 的正态分布，n 是那一层的输入个数；偏置都从 0 开始。

    Parameters
    ----------
    sizes : 整数的序列
        各层的宽度：输入的特征数 D，各隐藏层，最后是 logits 的个数 K。
    seed : int
        隐藏层权重的种子。

    Attributes
    ----------
    weights : list of numpy.ndarray
        每层一个，形状 (输入, 输出)，float64。可以改。
    biases : list of numpy.ndarray
        每层一个，形状 (输出,)。可以改。

    Raises
    ------
    ValueError, TypeError
        ``sizes`` 不是一串数、不到两个数，或有不是正整数的；``seed`` 不是非负整数。

    References
    ----------
    隐藏层的起点：K. He 等，"Delving Deep into Rectifiers", ICCV 2015。

    Examples
    --------
    >>> network = Network((3, 4, 2), seed=0)
    >>> [weight.shape for weight in network.weights]
    [(3, 4), (4, 2)]
    >>> network.logits([[1.0, 2.0, 3.0]]).tolist()
    [[0.0, 0.0]]
    """

    def __init__(self, sizes, *, seed):
        try:
            sizes = tuple(sizes)
        except TypeError as error:
            raise TypeError(f"sizes = {show(sizes)}；要一串整数，如 (64, 10)。") from error
        if len(sizes) < 2:
            raise ValueError(
                f"sizes = {show(sizes)}；至少要写输入的个数与 logits 的个数，如 (64, 10)。"
            )
        for k, size in enumerate(sizes):
            as_whole(f"sizes[{k}]", size, at_least=1)
        as_whole("seed", seed, at_least=0)
        generator = np.random.default_rng(seed)
        shapes = list(zip(sizes[:-1], sizes[1:], strict=True))
        self.weights = [
            math.sqrt(2 / n) * generator.standard_normal((n, k)) for n, k in shapes[:-1]
        ]
        self.weights.append(np.zeros(shapes[-1]))
        self.biases = [np.zeros(size) for size in sizes[1:]]

    def logits(self, inputs):
        """每个样本的 logits。

        Parameters
        ----------
        inputs : array_like, 形状 (m, D)

        Returns
        -------
        numpy.ndarray，形状 (m, K)

        Raises
        ------
        ValueError, TypeError
            ``inputs`` 不是两维、列数不是 D、一个样本也没有、有 NaN 或无穷大。
        """
        return self._layers(self._checked(inputs))[-1]

    def gradients(self, inputs, labels, loss):
        """平均损失，与它对每个权重、每个偏置的梯度（反向传播）。

        Parameters
        ----------
        inputs : array_like, 形状 (m, D)
        labels : array_like
            ``loss`` 要的标签，每个样本一行（或一个编号）。
        loss : 函数
            收 ``(labels, logits)``，返回平均损失与它对 logits 的梯度，如 :func:`softmax_loss`。

        Returns
        -------
        loss : float
        weight_gradients : list of numpy.ndarray
            与 ``weights`` 一一对应。
        bias_gradients : list of numpy.ndarray
            与 ``biases`` 一一对应。

        Raises
        ------
        ValueError, TypeError
            输入有误（同 :meth:`logits`），或 ``loss`` 拒绝了标签。

        Examples
        --------
        >>> network = Network((2, 2), seed=0)
        >>> loss, [weight], [bias] = network.gradients([[1.0, 3.0]], [[1, 0]], softmax_loss)
        >>> weight.tolist(), bias.tolist()
        ([[-0.5, 0.5], [-1.5, 1.5]], [-0.5, 0.5])
        """
        *hidden, logits = self._layers(self._checked(inputs))
        value, upstream = _evaluate(loss, labels, logits)
        return value, *self._backward(hidden, upstream)

    def _checked(self, inputs):
        inputs = as_real_array("inputs", inputs).astype(np.float64, copy=False)
        features = self.weights[0].shape[0]
        if inputs.ndim != 2 or inputs.shape[1] != features:
            raise ValueError(
                f"inputs 的形状是 {inputs.shape}；要 (样本数, {features})，一个样本一行。"
                "图片先用 reshape(len(images), -1) 排成一行"
            )
        if len(inputs) == 0:
            raise ValueError("inputs 一个样本也没有")
        if not np.isfinite(inputs).all():
            index = first_index(~np.isfinite(inputs))
            raise ValueError(f"{place('inputs', index)} = {inputs[index]:g}；特征要是有限的数。")
        return inputs

    def _layers(self, inputs):
        """各层的输入 h₀, h₁, …，末尾是 logits。"""
        values = [inputs]
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            values.append(np.maximum(values[-1] @ weight + bias, 0))
        values.append(values[-1] @ self.weights[-1] + self.biases[-1])
        return values

    def _backward(self, hidden, upstream):
        """由对 logits 的梯度，一层一层往回算。"""
        weights, biases = [], []
        for k in reversed(range(len(self.weights))):
            weights.append(hidden[k].T @ upstream)
            biases.append(upstream.sum(axis=0))
            if k:  # ReLU 放行的地方导数是 1，拦下的地方是 0
                upstream = (upstream @ self.weights[k].T) * (hidden[k] > 0)
        return weights[::-1], biases[::-1]


def train(
    network,
    inputs,
    labels,
    loss,
    *,
    epochs,
    seed,
    learning_rate=0.05,
    batch_size=32,
    momentum=0.9,
    weight_decay=0.0,
    noise=0.0,
    anneal=False,
    report=None,
):
    r"""小批量梯度下降，就地更新 ``network``。

    每一轮把样本打乱，依次取 ``batch_size`` 个（最后一批可以少些），用动量更新每个参数：

    .. math:: v \leftarrow \mu v - \eta\,(g + \lambda\theta), \qquad \theta \leftarrow \theta + v

    g 是这一批的平均损失的梯度，:math:`\eta` 是学习率，:math:`\mu` 是动量，:math:`\lambda` 是权重衰减
    （只作用于权重，不作用于偏置）。动手之前，先用全部标签和全 0 的 logits 试算一次 ``loss``：标签有毛病，
    一步也不走。

    Parameters
    ----------
    network : Network
    inputs : array_like, 形状 (n, D)
    labels : array_like, 第一维长 n
        ``loss`` 要的标签。
    loss : 函数
        收 ``(labels, logits)``，返回平均损失与梯度，如 :func:`softmax_loss`。
    epochs : int
        轮数；一轮把每个样本用一次。
    seed : int
        打乱次序与噪声的种子。
    learning_rate : float
        学习率。
    batch_size : int
        一批的样本数。
    momentum : float
        动量，在 [0, 1) 中；0 就是普通的梯度下降。
    weight_decay : float
        权重衰减，不小于 0。
    noise : float
        每取一批，给每个特征加正态噪声，这是它的标准差；0 就是不加。逼模型不死记每个像素。
    anneal : bool
        True 时学习率随步数线性降到 0。
    report : 函数，可省略
        每轮之后调用 ``report(epoch, loss)``：轮数从 1 开始，``loss`` 是这一轮的平均训练损失。用来显示进度、
        记录验证集上的表现。

    Returns
    -------
    list of float
        每轮的平均训练损失。它是边走边记的，不是走完再量；``noise`` 大于 0 时，是在加了噪声的输入上
        量的，不能与干净的输入上的比。

    Raises
    ------
    ValueError, TypeError
        参数不合要求，样本数与标签数不同，或 ``loss`` 拒绝了标签。
    FloatingPointError
        logits、损失或参数不再是有限的数：学习率多半太大。``network`` 停在那一步，不再更新；要从头
        来，就新建一个。

    Examples
    --------
    两个点，两类，走一百轮：

    >>> network = Network((1, 2), seed=0)
    >>> losses = train(
    ...     network, [[-1.0], [1.0]], [0, 1], sparse_softmax_loss, epochs=100, seed=0
    ... )
    >>> losses[0] > losses[-1]
    True
    >>> network.logits([[-1.0], [1.0]]).argmax(axis=1).tolist()
    [0, 1]
    """
    inputs = network._checked(inputs)
    labels = read_numbers("labels", labels)
    if labels.ndim == 0 or len(labels) != len(inputs):
        raise ValueError(
            f"labels 的形状是 {labels.shape}，而 inputs 有 {len(inputs)} 个样本；"
            "第一维要一样长，一个样本一份标签"
        )
    as_whole("epochs", epochs, at_least=1)
    as_whole("batch_size", batch_size, at_least=1)
    as_whole("seed", seed, at_least=0)
    _check_number("learning_rate", learning_rate, above=0)
    _check_number("momentum", momentum, at_least=0, below=1)
    _check_number("weight_decay", weight_decay, at_least=0)
    _check_number("noise", noise, at_least=0)

    # 标签有毛病，现在就说：位置还是调用者给的次序，网络也还没动。
    _evaluate(loss, labels, np.zeros((len(inputs), network.biases[-1].size)))

    generator = np.random.default_rng(seed)
    parameters = [*network.weights, *network.biases]
    velocities = [np.zeros_like(parameter) for parameter in parameters]
    decays = [weight_decay] * len(network.weights) + [0.0] * len(network.biases)
    batches = math.ceil(len(inputs) / batch_size)
    history = []
    for epoch in range(1, epochs + 1):
        order, summed = generator.permutation(len(inputs)), 0.0
        for k in range(batches):
            chosen = order[k * batch_size : (k + 1) * batch_size]
            batch = inputs[chosen]
            if noise:
                batch = batch + noise * generator.standard_normal(batch.shape)
            # 发散由 _check_finite 报告，不靠 NumPy 的警告；调用者的 loss 与 report 不在内。
            with np.errstate(all="ignore"):
                *hidden, logits = network._layers(batch)
            where = f"第 {epoch} 轮第 {k + 1} 批"
            _check_finite(f"{where}的 logits", logits, learning_rate)
            value, upstream = _evaluate(loss, labels[chosen], logits)
            _check_finite(f"{where}的损失", value, learning_rate)
            done = ((epoch - 1) * batches + k) / (epochs * batches)
            rate = learning_rate * (1 - done) if anneal else learning_rate
            with np.errstate(all="ignore"):
                weights, biases = network._backward(hidden, upstream)
                for theta, v, g, decay in zip(
                    parameters, velocities, weights + biases, decays, strict=True
                ):
                    if decay:
                        g = g + decay * theta
                    v *= momentum
                    v -= rate * g
                    theta += v
            summed += value * len(chosen)
        for theta in parameters:
            _check_finite(f"第 {epoch} 轮之后的参数", theta, learning_rate)
        history.append(summed / len(inputs))
        if report is not None:
            report(epoch, history[-1])
    return history


def _evaluate(loss, labels, logits):
    """调用损失，核对它守约定：一个数，和一个与 logits 同形状的梯度。"""
    value, gradient = loss(labels, logits)
    gradient = np.asarray(gradient)
    if np.ndim(value) != 0 or gradient.shape != logits.shape:
        raise ValueError(
            f"loss 返回的损失是 {np.ndim(value)} 维、梯度的形状是 {gradient.shape}；"
            f"要一个数，和与 logits 同形状 {logits.shape} 的梯度"
        )
    return float(value), gradient


def _check_finite(what, value, learning_rate):
    if not np.isfinite(value).all():
        raise FloatingPointError(
            f"{what}不是有限的数，训练发散了。多半是学习率 {learning_rate:g} 太大，先除以 10 试试"
        )


def _check_number(name, value, *, at_least=-math.inf, above=-math.inf, below=math.inf):
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} 要是一个数，而得到 {show(value)}（类型 {type(value).__name__}）。")
    if not (at_least <= value < below and above < value and math.isfinite(value)):
        low = f"大于 {above:g}" if math.isfinite(above) else f"不小于 {at_least:g}"
        high = f"、小于 {below:g}" if math.isfinite(below) else ""
        raise ValueError(f"{name} = {value}，要是有限的数，{low}{high}。")
