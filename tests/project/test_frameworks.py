"""标签页里各框架的代码与输出：写得齐全，版本是钉住的那些，重跑相符；核对本身不放过差别。

重跑要用装了各个框架的环境（``make frameworks``）；没有时略过，CI 设 ``CE_BOOK_REQUIRE_PEERS=1``，不许略过。
"""

import sys
from collections import Counter

import frameworks
import pytest
from environment import ROOT, pins, recompute

PAGE = ROOT / "book" / "labels" / "frameworks.md"
NAMES = {
    "ce_book": "ce_book",
    "pytorch": "PyTorch",
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "jax": "JAX",
}


@pytest.fixture(scope="module")
def text():
    return PAGE.read_text(encoding="utf-8")


def test_every_task_is_done_by_every_framework(text):
    found = frameworks.snippets(text)
    assert {snippet.key: snippet.name for snippet in found} == NAMES
    counts = Counter(snippet.key for snippet in found)
    assert min(counts.values()) == max(counts.values()) >= 15


def test_tabs_stay_in_step(text):
    groups = text.split("::::{tab-set}")[1:]
    orders = {tuple(tab["key"] for tab in frameworks.TAB.finditer(g)) for g in groups}
    assert orders == {tuple(NAMES)}


def test_printed_versions_are_the_pinned_ones(text):
    first = dict.fromkeys(NAMES, "")
    for snippet in frameworks.snippets(text):
        first[snippet.key] = first[snippet.key] or snippet.output
    version = pins()
    assert first["pytorch"] == f"PyTorch {version['torch']}\n"
    assert first["tensorflow"] == f"TensorFlow {version['tensorflow-cpu']}\n"
    assert first["keras"] == f"Keras {version['keras']}\n"
    assert first["jax"] == f"JAX {version['jax']} optax {version['optax']}\n"


def test_every_snippet_shows_something(text):
    assert all(snippet.output.strip() for snippet in frameworks.snippets(text))


def test_ce_book_tabs_are_rerun(text):
    mine = [snippet for snippet in frameworks.snippets(text) if snippet.key == "ce_book"]
    assert frameworks.run([s.code for s in mine]) == [s.output for s in mine]


def test_the_frameworks_still_print_what_is_recorded(record_property):
    recompute("frameworks.py", record_property)


# ---------------------------------------------------------------- 工具本身

TABS = """\
::::{tab-set}
:::{tab-item} 甲
:sync: a

先说一句。

```python
x = 2
```

```python
print(x / 3)
print("行", x)
```

```text
旧的
```
:::
:::{tab-item} 乙
:sync: b

```python
print("乙")
```
:::
::::
"""


def test_snippets_are_found_in_order():
    a1, a2, b = frameworks.snippets(TABS)
    assert (a1.key, a1.name, a1.code, a1.output) == ("a", "甲", "x = 2\n", "")
    assert (a2.key, a2.output) == ("a", "旧的\n")
    assert (b.key, b.code, b.output) == ("b", 'print("乙")\n', "")


def test_outputs_are_written_in_place():
    outputs = {"a": frameworks.run([s.code for s in frameworks.snippets(TABS)[:2]])}
    assert outputs == {"a": ["", "0.6666666666666666\n行 2\n"]}
    new = frameworks.with_outputs(TABS, outputs)
    assert [s.output for s in frameworks.snippets(new)] == ["", "0.6666666666666666\n行 2\n", ""]
    assert frameworks.with_outputs(new, outputs) == new
    again = frameworks.with_outputs(new, {"a": ["", ""], "b": ["乙\n"]})
    assert [s.output for s in frameworks.snippets(again)] == ["", "", "乙\n"]


def test_failing_code_tells_where():
    with pytest.raises(RuntimeError, match=r"nothing_here"):
        frameworks.run(["x = 1\n", "nothing_here(x)\n"])


@pytest.mark.parametrize(
    ("recorded", "fresh", "expected"),
    [
        ("0.5398464\n", "0.5398464\n", True),
        ("0.5398464\n", "0.53984636\n", True),  # 末一位
        ("[0.474077   0.40318605]", "[0.47407705 0.40318605]", True),  # 末尾的 0 不印，空格跟着变
        ("0.5398464\n", "0.53984624\n", True),  # 3 ulp
        ("0.5398464\n", "0.53985\n", False),
        ("0.5398464\n", "0.539848\n", False),
        ("tensor(0.4580)", "tensor(0.4581)", False),
        ("tensor(0.4580)", "tensor(-0.4580)", False),
        ("0.45", "0.46", False),
        ("[1. 2.]", "[1. 2. 3.]", False),
        ("(3, 3) 1.3819209", "(3, 1) 1.3819209", False),
        ("nan", "0.0", False),
        ("Received a label value of -100", "Received a label value of -101", False),
        ("-999999995904.0", "-999999995905.0", True),
        ("一行\n", "一行\n两行\n", False),
    ],
)
def test_what_counts_as_the_same(recorded, fresh, expected):
    assert frameworks.same(recorded, fresh) is expected


@pytest.mark.parametrize(("good", "bad"), [("0.66666", "0.66667"), ("行 2", "行 3")])
def test_check_fails_on_a_changed_output(tmp_path, monkeypatch, capsys, good, bad):
    page = tmp_path / "page.md"
    outputs = {"a": ["", "0.6666666666666666\n行 2\n"], "b": ["乙\n"]}
    page.write_text(frameworks.with_outputs(TABS, outputs), encoding="utf-8")
    monkeypatch.setattr(frameworks, "pages", lambda: [page])
    monkeypatch.setattr(sys, "argv", ["frameworks.py", "--check"])
    assert frameworks.main() == 0
    assert "输出全部相符" in capsys.readouterr().out

    changed = page.read_text(encoding="utf-8").replace(good, bad)
    page.write_text(changed, encoding="utf-8")
    assert frameworks.main() == 1
    assert "1 段不同" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8") == changed  # 只核对，不改正文

    monkeypatch.setattr(sys, "argv", ["frameworks.py"])
    assert frameworks.main() == 0
    assert good in page.read_text(encoding="utf-8")


def test_a_misspelt_framework_is_refused(monkeypatch, capsys):
    """不然什么也没核对，却算通过。"""
    monkeypatch.setattr(sys, "argv", ["frameworks.py", "--check", "--only", "torch"])
    with pytest.raises(SystemExit, match="2"):
        frameworks.main()
    assert "没有叫 torch 的标签页；有的是 ce_book、jax" in capsys.readouterr().err


def test_only_the_named_frameworks_are_rerun(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    page.write_text(TABS, encoding="utf-8")
    assert frameworks.rerun(page, only=["b"], write=True) == 1
    assert "甲" not in capsys.readouterr().out
    assert [s.output for s in frameworks.snippets(page.read_text("utf-8"))] == [
        "",
        "旧的\n",
        "乙\n",
    ]
