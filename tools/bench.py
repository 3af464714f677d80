"""各个库的精度、速度与内存，写进 ``ce_book/data/benchmark.json``。

用法（在装了各个库的环境里，见 CONTRIBUTING.md）::

    python tools/bench.py                        # 全部，写进 ce_book/data/benchmark.json
    python tools/bench.py --quick                # 小得多的一套，只看跑不跑得通，什么也不写
    python tools/bench.py --quick --output a.json

量的是平均损失，与训练时一样：输入已在各库自己的数组里；进程只用一个核，各库都只开一个线程；JAX 先编译
好；PyTorch 不记梯度。各库一轮一轮交替着跑，取各轮的中位数，机器忽快忽慢时大家一起快慢。

内存在另外的进程里量：每个库、每件事一个新进程，建好输入，热身，把内核记的峰值清零
（``/proc/self/clear_refs``），跑一次，看峰值比跑之前高多少。没有 ``/proc`` 的系统上记 ``None``。

``rows`` 的每一行是一个库做一件事；各列的意思见 ``ce_book.datasets.benchmark``。
"""

import argparse
import contextlib
import ctypes
import functools
import gc
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import machine
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # ce_book 不必安装

import libraries
import peers

RECORD = Path(__file__).resolve().parents[1] / "ce_book" / "data" / "benchmark.json"

SIGMOID, SOFTMAX, SPARSE = (
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
)
TASKS = (SIGMOID, SPARSE, SOFTMAX)
ROWS = [(65536, 10), (4096, 1000), (256, 50257)]
DTYPES = ["float32", "float64"]
FULL = {SIGMOID: [(10**e,) for e in (4, 5, 6, 7, 8)], SPARSE: ROWS, SOFTMAX: ROWS}
QUICK = {SIGMOID: [(10**4,)], SPARSE: [(64, 10)], SOFTMAX: [(64, 10)]}
# 一亿个元素只量 ce_book：看每个元素的用时变不变，不与人比。
ALONE = 10**8
MIN_ROUNDS, MIN_SECONDS = 9, 0.02  # 小的输入在一轮里重复到 20 毫秒
MEASURABLE = 2**22  # 输入不到 4 MiB 时，峰值淹没在分配器的零头里，不量


# ---------------------------------------------------------------- 各库怎样写


@dataclass(frozen=True)
class Caller:
    """一个库怎样接收输入、怎样算平均损失。"""

    convert: Callable  # NumPy 数组变成库自己的数组
    functions: dict[str, Callable]
    bind: Callable = functools.partial  # 函数与参数变成一调用就算一次的东西

    def prepared(self, task, arrays):
        """没有参数、一调用就算一次的函数；输入已换成库自己的数组。"""
        return self.bind(self.functions[task], *map(self.convert, arrays))


def load_ce_book():
    from ce_book import losses

    return Caller(np.asarray, {task: getattr(losses, task) for task in TASKS})


def load_averaged(name):
    """按 ``libraries.py`` 里的写法逐点算，再平均。"""
    functions = libraries.LOADERS[name](name).functions
    averaged = {task: lambda *args, f=functions[task]: f(*args).mean() for task in TASKS}
    return Caller(np.asarray, averaged)


def load_pytorch():
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    functions = {
        SIGMOID: lambda y, x: F.binary_cross_entropy_with_logits(x, y),
        SPARSE: lambda c, x: F.cross_entropy(x, c),
        SOFTMAX: lambda y, x: F.cross_entropy(x, y),
    }
    return Caller(torch.tensor, functions)


def load_jax():
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)
    sparse = optax.softmax_cross_entropy_with_integer_labels
    functions = {
        SIGMOID: lambda y, x: optax.sigmoid_binary_cross_entropy(x, y).mean(),
        SPARSE: lambda c, x: sparse(x, c).mean(),
        SOFTMAX: lambda y, x: optax.softmax_cross_entropy(x, y).mean(),
    }

    def compiled(function, *args):
        ready = jax.jit(function).lower(*args).compile()
        return lambda: ready(*args).block_until_ready()

    return Caller(jnp.asarray, functions, compiled)


def load_keras():
    os.environ["KERAS_BACKEND"] = "jax"
    import jax
    from keras import ops

    jax.config.update("jax_enable_x64", True)

    def averaged(function):
        return lambda y, x: ops.mean(function(y, x, from_logits=True)).block_until_ready()

    def warmed(function, *args):
        function(*args)  # 底下的 JAX 为每种形状把各个运算各编译一遍，不该算在内存里
        return functools.partial(function, *args)

    functions = {
        SIGMOID: averaged(ops.binary_crossentropy),
        SPARSE: averaged(ops.sparse_categorical_crossentropy),
        SOFTMAX: averaged(ops.categorical_crossentropy),
    }
    return Caller(ops.convert_to_tensor, functions, warmed)


LOADERS = {
    "ce_book": load_ce_book,
    "NumPy 教科书写法": functools.partial(load_averaged, "NumPy 教科书写法"),
    "SciPy": functools.partial(load_averaged, "SciPy"),
    "PyTorch": load_pytorch,
    "JAX/optax": load_jax,
    "Keras": load_keras,
}


def available():
    """（{库: Caller}，没装的库的名字）。"""
    found, missing = {}, []
    for name, load in LOADERS.items():
        try:
            found[name] = load()
        except ImportError:
            missing.append(name)
    return found, missing


# ---------------------------------------------------------------- 输入


def inputs(task, shape, dtype):
    """（标签，logits）。"""
    rng = np.random.default_rng(0)
    logits = rng.standard_normal(shape, dtype) * 3
    if task == SPARSE:
        return rng.integers(shape[-1], size=shape[0]), logits
    if task == SIGMOID:
        return rng.integers(2, size=shape).astype(dtype), logits
    labels = rng.random(shape, dtype)
    labels /= labels.sum(axis=-1, keepdims=True)
    return labels, logits


# ---------------------------------------------------------------- 用时


def timed(calls, rounds):
    """{库: 一次用几秒}：交替着跑 ``rounds`` 轮，取中位数。"""
    repeats = {}
    for name, call in calls.items():
        call()  # 热身
        start = time.perf_counter()
        call()
        repeats[name] = max(1, round(MIN_SECONDS / (time.perf_counter() - start)))
    seconds = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            for _ in range(repeats[name]):
                call()
            seconds[name].append((time.perf_counter() - start) / repeats[name])
    return {name: statistics.median(values) for name, values in seconds.items()}


def time_rows(found, workloads, rounds):
    """量用时：每个库做每件事一行。"""
    rows = []
    for (task, shapes), dtype in itertools.product(workloads.items(), DTYPES):
        for shape in shapes:
            arrays = inputs(task, shape, dtype)
            size = sum(array.nbytes for array in arrays)
            names = ["ce_book"] if shape == (ALONE,) else list(found)
            calls = {name: found[name].prepared(task, arrays) for name in names}
            seconds = timed(calls, rounds)
            for name in names:
                row = {
                    "task": task,
                    "shape": list(shape),
                    "dtype": dtype,
                    "library": name,
                    "seconds": _rounded(seconds[name]),
                    "over_pytorch": _ratio(seconds, name, "PyTorch"),
                    "over_ce_book": _ratio(seconds, name, "ce_book"),
                    "peak_extra": None,
                    "input_bytes": size,
                }
                rows.append(row)
            _print_block(rows[-len(names) :])
            del calls, arrays
    return rows


def _ratio(seconds, name, other):
    return _rounded(seconds[name] / seconds[other]) if other in seconds else None


def _rounded(value):
    return float(f"{value:.4g}")


def _print_block(rows):
    first = rows[0]
    shape = "×".join(map(str, first["shape"]))
    print(f"\n{first['task']}  {shape}  {first['dtype']}")
    for row in sorted(rows, key=lambda row: row["seconds"]):
        ratio = row["over_pytorch"]
        against = "" if ratio is None else f"  PyTorch 的 {ratio:.2f} 倍"
        print(f"  {row['seconds'] * 1e3:10.3f} 毫秒{against}  {row['library']}", flush=True)


# ---------------------------------------------------------------- 内存


def add_peaks(rows, least):
    """给各行补上 ``peak_extra``；输入小于 ``least`` 字节的不量。"""
    worth = [row for row in rows if least <= row["input_bytes"] and row["shape"] != [ALONE]]
    if not Path("/proc/self/clear_refs").exists():
        print("\n没有 /proc，不量内存。")
        return
    print(f"\n内存：{len(worth)} 个新进程……", flush=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for row, peak in zip(worth, pool.map(_peak_in_new_process, worth), strict=True):
            row["peak_extra"] = peak
    for row in worth:
        shape = "×".join(map(str, row["shape"]))
        times = (
            "—" if row["peak_extra"] is None else f"{row['peak_extra'] / row['input_bytes']:.2f}"
        )
        print(f"  {row['task']} {shape} {row['dtype']}  {row['library']}：输入的 {times} 倍")


def _peak_in_new_process(row):
    workload = json.dumps([row["library"], row["task"], row["shape"], row["dtype"]])
    command = [sys.executable, __file__, "--peak", workload]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return json.loads(result.stdout) if result.returncode == 0 else None


def peak_extra(name, task, shape, dtype):
    """在这个进程里算一次，内存的峰值比算之前高几个字节。"""
    caller = LOADERS[name]()
    run = caller.prepared(task, inputs(task, tuple(shape), dtype))
    caller.prepared(task, inputs(task, (8, *shape[1:]), dtype))()  # 头一次调用会载入些别的
    gc.collect()
    # 建输入时放掉的内存要还给系统，不然会被重复使用，看不出来。
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    run()
    return max(0, _status("VmHWM") - before)


def _status(key):
    text = Path("/proc/self/status").read_text()
    [line] = [line for line in text.splitlines() if line.startswith(key + ":")]
    return int(line.split()[1]) * 1024


# ---------------------------------------------------------------- 全部


def benchmark(workloads, rounds, least, tasks):
    """整份记录。"""
    found, missing = available()
    measured, unmeasured = libraries.available()
    missing = sorted({*missing, *unmeasured})
    if missing:
        print(f"没有装，略过：{'、'.join(missing)}")
    print("精度……", flush=True)
    accuracy = peers.grid_records(measured, tasks)
    with on_one_core():
        rows = time_rows(found, workloads, rounds)
    add_peaks(rows, least)
    versions = {name: v for library in measured for name, v in library.versions.items()}
    return machine.about() | {
        "cores": os.cpu_count(),
        "versions": versions,
        "missing": missing,
        "rows": rows,
        "accuracy": accuracy,
    }


@contextlib.contextmanager
def on_one_core():
    """这期间进程只用一个核（只有 Linux 能钉住）。"""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    yield
    os.sched_setaffinity(0, cores)


def on_one_thread():
    """各库都只开一个线程；要在载入它们之前说。"""
    for name in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{name}_NUM_THREADS"] = "1"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def main():
    parser = argparse.ArgumentParser(description="比较各个库的精度、速度与内存")
    parser.add_argument("--quick", action="store_true", help="小得多的一套，只看跑不跑得通")
    parser.add_argument("--output", type=Path, help="写到哪里")
    parser.add_argument("--peak", help=argparse.SUPPRESS)  # 量内存的子进程
    options = parser.parse_args()
    on_one_thread()
    if options.peak:
        print(peak_extra(*json.loads(options.peak)))
        return
    if options.quick:
        record = benchmark(QUICK, rounds=3, least=0, tasks=["sigmoid", SIGMOID])
    else:
        record = benchmark(FULL, MIN_ROUNDS, MEASURABLE, peers.TASKS)
    output = options.output or (None if options.quick else RECORD)
    if output:
        machine.save(output, record)
        print(f"\n写好了 {output.name}：{len(record['rows'])} 行。")


if __name__ == "__main__":
    main()
