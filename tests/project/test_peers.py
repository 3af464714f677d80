"""存着的答案：写得齐全，版本与 requirements-frameworks.txt 一致，重算相符。

重算要用装了各个库的环境（``make frameworks``）；没有时略过，CI 设 ``CE_BOOK_REQUIRE_PEERS=1``，不许略过。
"""

import copy

import libraries
import numpy as np
import peers
import pytest
from environment import ROOT, pins, recompute

from ce_book.datasets import benchmark, peer_answers


@pytest.fixture(scope="module")
def stored():
    return peer_answers()


def test_pins_are_exact_and_carry_no_addresses():
    text = (ROOT / "requirements-frameworks.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(lines) == len(pins()) == 10
    assert "http" not in text and "--" not in text


def test_numpy_and_mpmath_are_those_of_the_book():
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for name in ("numpy", "mpmath"):
        assert f"\n{name}=={pins()[name]} " in lock


@pytest.mark.parametrize("read", [peer_answers, benchmark])
def test_recorded_versions_are_the_pinned_ones(read):
    versions = read()["versions"]
    del versions["ce_book"]
    unused = ("mpmath", "tensorflow-cpu")  # 前者算真值；后者只在标签页里，见 test_frameworks.py
    assert versions == {name: v for name, v in pins().items() if name not in unused}


def test_record_holds_every_point_curve_and_library(stored):
    assert [(p["task"], p["dtype"]) for p in stored["points"]] == [p[:2] for p in peers.POINTS]
    assert 20 <= len(stored["points"]) <= 60
    assert len(stored["curves"]) >= 4
    for item in [*stored["points"], *stored["curves"]]:
        assert {"ce_book", "NumPy 教科书写法"} <= set(item["answers"]) <= set(libraries.LOADERS)
    assert {row["library"] for row in stored["grid"]} == set(libraries.LOADERS)
    assert {row["task"] for row in stored["grid"]} == set(peers.TASKS)


def test_ours_are_right_everywhere(stored):
    for row in stored["grid"]:
        if row["library"] == "ce_book":
            assert [row["wrong"], row["over4"], row["nan"], row["negative"]] == [0, 0, 0, 0], row


def test_every_curve_shows_a_library_going_wrong(stored):
    for curve in stored["curves"]:
        truth = np.array(curve["truth"], float)
        errors = {
            name: np.max(np.abs(np.array(answers, float) - truth) / np.where(truth == 0, 1, truth))
            for name, answers in curve["answers"].items()
        }
        assert errors["ce_book"] <= 1e-6
        assert max(errors.values()) > 0.01


# ---------------------------------------------------------------- 核对本身


def test_a_record_agrees_with_itself(stored):
    assert peers.differences(stored, copy.deepcopy(stored)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["versions"].update(torch="0"),
        lambda r: r["points"].pop(),
        lambda r: r["points"][0]["answers"].pop("ce_book"),
        lambda r: r["points"][0]["answers"].update(ce_book="nan"),
        lambda r: r["points"][0]["answers"].update(ce_book="0.00672"),
        lambda r: r["points"][0]["answers"].update(ce_book="-0.0067153485"),
        lambda r: r["curves"][0]["answers"]["ce_book"].__setitem__(3, 0.0),
        lambda r: r["grid"][0].update(wrong=1),
        lambda r: r["grid"][0].update(points=1),
        lambda r: r["grid"].pop(),
    ],
)
def test_a_difference_is_found(stored, change):
    fresh = copy.deepcopy(stored)
    change(fresh)
    assert len(peers.differences(stored, fresh)) == 1


@pytest.mark.parametrize(
    ("stored", "fresh", "truth", "dtype", "same"),
    [
        ("1.0", "1.00000000000001", "1", "float64", True),
        ("1.0", "1.0000000001", "1", "float64", False),
        ("1.0", "1.00001", "1", "float32", True),
        ("inf", "inf", "1", "float64", True),
        ("inf", "1.0", "1", "float64", False),
        ("nan", "nan", "1", "float64", True),
        ("nan", "inf", "1", "float64", False),
        ("1e-20", "-1e-20", "1e-20", "float64", False),  # 本来是对的，变号就是错
        ("1e-17", "-5e-17", "1e-20", "float64", True),  # 本来就只剩舍入误差
        ("0.0", "1e-9", "1e-20", "float64", False),
    ],
)
def test_what_counts_as_the_same(stored, fresh, truth, dtype, same):
    assert peers.close(stored, fresh, truth, dtype) is same


def test_missing_libraries_are_left_out_by_name(monkeypatch):
    def absent(name):
        raise ImportError(name)

    loaders = {"NumPy 教科书写法": libraries.load_textbook, "没有这个库": absent}
    monkeypatch.setattr(libraries, "LOADERS", loaders)
    found, missing = libraries.available()
    assert [library.name for library in found] == ["NumPy 教科书写法"]
    assert missing == ["没有这个库"]


def test_the_peers_still_answer_what_is_recorded(record_property):
    recompute("peers.py", record_property)
