"""各个库里同一件事怎么写：一个库一个 ``Library``，照这个库的用户真会写的样子。

函数的参数与 ``ce_book`` 同名函数的次序相同（真实的在前），都是 NumPy 数组：逐元素的是 1 维，成行的
是 2 维；返回每个点（每行）一个数，不汇总，答不了的点盖上掩码。一个库有几种写法时，取刁钻的点上错得
最少的一种；没有现成写法的就不列。
"""

import importlib.metadata
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Library:
    """一个库对各件事的写法。"""

    name: str
    versions: dict[str, str]
    functions: dict[str, Callable]

    def answer(self, task, *args):
        """``task`` 的答案；库自己的警告不显示。"""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return np.ma.asarray(self.functions[task](*args))


def available():
    """（装了的库，没装的库的名字）。"""
    found, missing = [], []
    for name, load in LOADERS.items():
        try:
            found.append(load(name))
        except ImportError:
            missing.append(name)
    return found, missing


def _versions(*packages):
    # CPU 版 PyTorch 的版本号末尾有 +cpu，与别的构建是同一个版本。
    return {package: importlib.metadata.version(package).split("+")[0] for package in packages}


def load_ce_book(name):
    import ce_book
    from ce_book import activations, information, losses

    functions = {
        task: getattr(module, task)
        for module in (information, activations)
        for task in module.__all__
    }
    for task in losses.__all__:
        functions[task] = _each(getattr(losses, task))
    return Library(name, {"ce_book": ce_book.__version__}, functions)


def _each(loss):
    return lambda labels, predictions: loss(labels, predictions, reduction="none")


def load_textbook(name):
    """多数文章里印的写法：logits 的损失减去了最大值，概率的损失照公式。"""

    def kl(p, q):
        return np.sum(p * np.log(p / q), axis=-1)

    def js(p, q):
        m = (p + q) / 2
        return (kl(p, m) + kl(q, m)) / 2

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    def softmax(x):
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)

    def log_sum_exp(x):
        m = np.max(x, axis=-1, keepdims=True)
        return m + np.log(np.sum(np.exp(x - m), axis=-1, keepdims=True))

    functions = {
        "self_information": lambda p: -np.log(p),
        "binary_entropy": lambda p: -p * np.log(p) - (1 - p) * np.log(1 - p),
        "entropy": lambda p: -np.sum(p * np.log(p), axis=-1),
        "cross_entropy": lambda p, q: -np.sum(p * np.log(q), axis=-1),
        "kl_divergence": kl,
        "js_divergence": js,
        "sigmoid": sigmoid,
        "log_sigmoid": lambda x: np.log(sigmoid(x)),
        "softmax": softmax,
        "log_softmax": lambda x: x - log_sum_exp(x),
        "binary_cross_entropy": lambda y, q: -(y * np.log(q) + (1 - y) * np.log(1 - q)),
        # TensorFlow 文档里的写法，框架也多照它实现。
        "sigmoid_cross_entropy": lambda y, x: (
            np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x)))
        ),
        "categorical_cross_entropy": lambda y, q: -np.sum(y * np.log(q), axis=-1),
        "softmax_cross_entropy": lambda y, x: np.sum(y * (log_sum_exp(x) - x), axis=-1),
        "sparse_softmax_cross_entropy": lambda c, x: _chosen(log_sum_exp(x) - x, c),
    }
    return Library(name, _versions("numpy"), functions)


def _chosen(rows, classes):
    return np.take_along_axis(rows, classes[:, np.newaxis], axis=-1)[:, 0]


def load_scipy(name):
    from scipy import special, stats
    from scipy.spatial import distance

    functions = {
        "binary_entropy": stats.bernoulli.entropy,
        # stats.entropy 与 special.kl_div 也行，错得多些。
        "entropy": lambda p: special.entr(p).sum(axis=-1),
        "cross_entropy": lambda p, q: -special.xlogy(p, q).sum(axis=-1),
        "kl_divergence": lambda p, q: special.rel_entr(p, q).sum(axis=-1),
        "js_divergence": lambda p, q: distance.jensenshannon(p, q, axis=-1) ** 2,
        "sigmoid": special.expit,
        "log_sigmoid": special.log_expit,
        "softmax": lambda x: special.softmax(x, axis=-1),
        "log_softmax": lambda x: special.log_softmax(x, axis=-1),
        "binary_cross_entropy": lambda y, q: -special.xlogy(y, q) - special.xlog1py(1 - y, -q),
        "sigmoid_cross_entropy": lambda y, x: (
            -y * special.log_expit(x) - (1 - y) * special.log_expit(-x)
        ),
        "categorical_cross_entropy": lambda y, q: -special.xlogy(y, q).sum(axis=-1),
        "softmax_cross_entropy": lambda y, x: -(y * special.log_softmax(x, axis=-1)).sum(axis=-1),
        "sparse_softmax_cross_entropy": lambda c, x: -_chosen(special.log_softmax(x, axis=-1), c),
    }
    return Library(name, _versions("scipy"), functions)


def load_sklearn(name):
    from sklearn.metrics import log_loss

    def binary(y, q):
        return _hard_only(
            np.isin(y, (0, 1)), lambda k: log_loss(y[k : k + 1], q[k : k + 1], labels=[0, 1])
        )

    def categorical(y, q):
        return _hard_only(
            (y.max(axis=-1) == 1) & (np.count_nonzero(y, axis=-1) == 1),
            lambda k: log_loss(y[k].argmax(keepdims=True), q[k : k + 1], labels=range(y.shape[-1])),
        )

    functions = {"binary_cross_entropy": binary, "categorical_cross_entropy": categorical}
    return Library(name, _versions("scikit-learn"), functions)


def _hard_only(hard, loss):
    """``log_loss`` 只收硬标签，又总是汇总，所以逐行调用；软标签的行盖上掩码。"""
    results = np.ma.masked_all(len(hard))
    for k in np.flatnonzero(hard):
        results[k] = loss(k)
    return results


def load_pytorch(name):
    import torch
    import torch.nn.functional as F

    def on_tensors(function):
        def answer(*args):
            with torch.no_grad():
                return function(*map(torch.tensor, args)).numpy()

        return answer

    entr, xlogy = torch.special.entr, torch.special.xlogy
    functions = {
        "self_information": lambda p: -torch.log(p),
        "binary_entropy": lambda p: entr(p) + entr(1 - p),
        "entropy": lambda p: entr(p).sum(-1),
        "cross_entropy": lambda p, q: -xlogy(p, q).sum(-1),
        "kl_divergence": lambda p, q: F.kl_div(q.log(), p, reduction="none").sum(-1),
        "sigmoid": torch.sigmoid,
        "log_sigmoid": F.logsigmoid,
        "softmax": lambda x: F.softmax(x, dim=-1),
        "log_softmax": lambda x: F.log_softmax(x, dim=-1),
        "binary_cross_entropy": lambda y, q: F.binary_cross_entropy(q, y, reduction="none"),
        "sigmoid_cross_entropy": lambda y, x: F.binary_cross_entropy_with_logits(
            x, y, reduction="none"
        ),
        "categorical_cross_entropy": lambda y, q: -xlogy(y, q).sum(-1),
        "softmax_cross_entropy": lambda y, x: F.cross_entropy(x, y, reduction="none"),
        "sparse_softmax_cross_entropy": lambda c, x: F.cross_entropy(x, c, reduction="none"),
    }
    functions = {task: on_tensors(function) for task, function in functions.items()}
    return Library(name, _versions("torch"), functions)


def load_jax(name):
    import jax
    import jax.numpy as jnp
    import optax
    from jax.scipy import special

    jax.config.update("jax_enable_x64", True)  # 不开，float64 的输入会悄悄变成 float32

    functions = {
        "self_information": lambda p: -jnp.log(p),
        "binary_entropy": lambda p: special.entr(p) + special.entr(1 - p),
        "entropy": lambda p: special.entr(p).sum(-1),
        "cross_entropy": lambda p, q: -special.xlogy(p, q).sum(-1),
        "kl_divergence": lambda p, q: optax.kl_divergence(jnp.log(q), p),
        "sigmoid": jax.nn.sigmoid,
        "log_sigmoid": jax.nn.log_sigmoid,
        "softmax": jax.nn.softmax,
        "log_softmax": jax.nn.log_softmax,
        "binary_cross_entropy": lambda y, q: -special.xlogy(y, q) - special.xlog1py(1 - y, -q),
        "sigmoid_cross_entropy": lambda y, x: optax.sigmoid_binary_cross_entropy(x, y),
        "categorical_cross_entropy": lambda y, q: -special.xlogy(y, q).sum(-1),
        "softmax_cross_entropy": lambda y, x: optax.softmax_cross_entropy(x, y),
        "sparse_softmax_cross_entropy": lambda c, x: (
            optax.softmax_cross_entropy_with_integer_labels(x, c)
        ),
    }
    # 训练时总是编译过的，这里也编译：逐个运算地执行要多等几倍的时间。
    functions = {task: _on(jnp.asarray, jax.jit(function)) for task, function in functions.items()}
    return Library(name, _versions("jax", "jaxlib", "optax"), functions)


def _on(convert, function):
    return lambda *args: np.asarray(function(*map(convert, args)))


def load_keras(name):
    os.environ["KERAS_BACKEND"] = "jax"
    import jax
    import keras
    from keras import ops

    jax.config.update("jax_enable_x64", True)

    functions = {
        "kl_divergence": keras.losses.kl_divergence,
        "sigmoid": ops.sigmoid,
        "log_sigmoid": ops.log_sigmoid,
        "softmax": ops.softmax,
        "log_softmax": ops.log_softmax,
        "binary_cross_entropy": ops.binary_crossentropy,
        "sigmoid_cross_entropy": lambda y, x: ops.binary_crossentropy(y, x, from_logits=True),
        "categorical_cross_entropy": ops.categorical_crossentropy,
        "softmax_cross_entropy": lambda y, x: ops.categorical_crossentropy(y, x, from_logits=True),
        "sparse_softmax_cross_entropy": lambda c, x: ops.sparse_categorical_crossentropy(
            c, x, from_logits=True
        ),
    }
    functions = {task: _on(ops.convert_to_tensor, function) for task, function in functions.items()}
    return Library(name, _versions("keras"), functions)


LOADERS = {
    "ce_book": load_ce_book,
    "NumPy 教科书写法": load_textbook,
    "SciPy": load_scipy,
    "scikit-learn": load_sklearn,
    "PyTorch": load_pytorch,
    "JAX/optax": load_jax,
    "Keras": load_keras,
}
