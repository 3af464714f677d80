"""量速度与内存的工具跑得通：只看结构，从不看快慢。存着的结果也齐全。"""

import json
import os
import subprocess
import sys
from pathlib import Path

import bench
import pytest

from ce_book.datasets import benchmark

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = {
    "task",
    "shape",
    "dtype",
    "library",
    "seconds",
    "over_pytorch",
    "over_ce_book",
    "peak_extra",
    "input_bytes",
}


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """小的一套，在没装那些库的环境里；返回（打印的，写下的）。"""
    output = tmp_path_factory.mktemp("bench") / "quick.json"
    command = [sys.executable, "tools/bench.py", "--quick", "--output", str(output)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout, json.loads(output.read_text(encoding="utf-8"))


def test_quick_run_measures_ours_and_the_textbook(quick):
    _, record = quick
    found = {"ce_book", "NumPy 教科书写法"}
    assert found <= {row["library"] for row in record["rows"]}
    work = {(row["task"], tuple(row["shape"]), row["dtype"]) for row in record["rows"]}
    assert work == {
        (task, shape, dtype)
        for task, shapes in bench.QUICK.items()
        for shape in shapes
        for dtype in bench.DTYPES
    }
    for row in record["rows"]:
        assert set(row) == COLUMNS
        assert row["seconds"] > 0
        assert row["over_ce_book"] > 0
        assert row["over_ce_book"] == 1 or row["library"] != "ce_book"


def test_missing_libraries_are_named(quick):
    shown, record = quick
    absent = {"PyTorch", "SciPy", "scikit-learn", "JAX/optax", "Keras"} & set(record["missing"])
    assert absent, "这个环境里装了全部的库？"
    assert not absent & {row["library"] for row in record["rows"]}
    assert all(name in shown for name in absent)
    assert all(row["over_pytorch"] is None for row in record["rows"]) or "PyTorch" not in absent


def test_peak_memory_is_measured_where_there_is_proc(quick):
    _, record = quick
    measurable = os.path.exists("/proc/self/clear_refs")
    for row in record["rows"]:
        assert (row["peak_extra"] is not None) == measurable
        assert row["peak_extra"] is None or row["peak_extra"] >= 0


def test_peak_memory_sees_a_large_temporary():
    if not os.path.exists("/proc/self/clear_refs"):
        pytest.skip("没有 /proc，不量内存。")
    workload = ["NumPy 教科书写法", bench.SIGMOID, [2 * 10**6], "float64"]
    command = [sys.executable, "tools/bench.py", "--peak", json.dumps(workload)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(result.stdout) >= 2 * 8 * 2 * 10**6  # 至少两个同样大的中间数组


def test_quick_run_writes_nowhere_by_itself(monkeypatch):
    written = []
    monkeypatch.setattr(bench.machine, "save", lambda *args: written.append(args))
    monkeypatch.setattr(bench, "benchmark", lambda *args, **kwargs: {"rows": []})
    monkeypatch.setattr("sys.argv", ["bench.py", "--quick"])
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "XLA_FLAGS"):
        monkeypatch.setenv(name, "")  # 测试结束后还原
    bench.main()
    assert written == []


def test_the_full_run_has_the_promised_sizes():
    assert [shape[0] for shape in bench.FULL[bench.SIGMOID]] == [10**e for e in (4, 5, 6, 7, 8)]
    for task in (bench.SOFTMAX, bench.SPARSE):
        assert bench.FULL[task] == [(65536, 10), (4096, 1000), (256, 50257)]
    assert bench.MIN_ROUNDS >= 9


def test_stored_benchmark_is_complete():
    record = benchmark()
    assert record["missing"] == []
    assert record["cores"] >= 1
    for row in record["rows"]:
        assert set(row) == COLUMNS
        assert row["seconds"] > 0 and row["input_bytes"] > 0
        alone = row["shape"] == [bench.ALONE]
        assert (row["over_pytorch"] is None) == alone
        assert not alone or row["library"] == "ce_book"
        small = row["input_bytes"] < bench.MEASURABLE
        assert (row["peak_extra"] is None) == (small or alone)
    work = {(row["task"], tuple(row["shape"]), row["dtype"]) for row in record["rows"]}
    assert len(work) == sum(map(len, bench.FULL.values())) * len(bench.DTYPES)
    assert {row["library"] for row in record["rows"]} == set(bench.LOADERS)
    assert record["accuracy"]
