"""来源台账：一条不缺；每一条都链接到书里的一节，数值由那一节的代码算出，结论与各章的“来源”一致。"""

import re

import frameworks
import pytest
import yaml
from chapters import BOOK, CHAPTERS

LEDGER = yaml.safe_load((BOOK / "ledger.yml").read_text(encoding="utf-8"))
ENTRIES = LEDGER["entries"]
BY_NAME = {chapter.name: chapter for chapter in CHAPTERS}

# 四篇文档各有几条。C14–C17 是框架的运行结果，要有真实的框架的输出。
COUNTS = {"A": 14, "B": 5, "C": 18, "D": 9}
FRAMEWORKS = {"C14": "pytorch", "C15": "pytorch", "C16": "tensorflow", "C17": "tensorflow"}
REQUIRED = {f"{d}{k}" for d, n in COUNTS.items() for k in range(1, n + 1)}

FIELDS = {"chapter", "verdict", "what", "values", "printed", "wrong", "right", "note"}


def _with_verdict(verdict):
    return [key for key, entry in ENTRIES.items() if entry["verdict"] == verdict]


def section_of(key):
    return BY_NAME[ENTRIES[key]["chapter"]].section_at(f"src-{key.lower()}")


def test_nothing_is_missing():
    assert set(ENTRIES) == REQUIRED


def test_entries_are_in_order():
    keys = [(key[0], int(key[1:])) for key in ENTRIES]
    assert keys == sorted(keys)


@pytest.mark.parametrize("key", ENTRIES)
def test_entry_is_well_formed(key):
    entry = ENTRIES[key]
    assert set(entry) <= FIELDS
    assert entry["verdict"] in ("复现", "补充", "更正")
    assert ("note" in entry) == (entry["verdict"] == "补充"), "补充要说补了什么（note）"
    for field in ("wrong", "right"):
        assert (field in entry) == (entry["verdict"] == "更正"), f"更正要写 {field}"


@pytest.mark.parametrize("key", ENTRIES)
def test_entry_is_in_its_chapter(key):
    entry = ENTRIES[key]
    section = BY_NAME[entry["chapter"]].section("来源")
    line = re.search(rf"^- \*\*{key}\*\* (.*(?:\n  .*)*)", section, flags=re.MULTILINE)
    assert line, f"{entry['chapter']} 的“来源”里没有 {key}"
    assert entry["verdict"] in line.group(1), f"{key}：台账说“{entry['verdict']}”，正文不是"


@pytest.mark.parametrize("key", ENTRIES)
def test_values_are_computed_in_the_linked_section(key):
    output = section_of(key).output_text
    for value in ENTRIES[key].get("values", []) + ENTRIES[key].get("printed", []):
        found = re.search(rf"(?<![\d.]){re.escape(value)}(?!\d)", output)
        assert found, f"{key}：链接到的那一节没有算出 {value}"


@pytest.mark.parametrize(("key", "framework"), FRAMEWORKS.items())
def test_framework_examples_carry_real_output(key, framework):
    recorded = {s.key: s.output for s in frameworks.snippets(section_of(key).markdown)}
    shown = re.findall(r"\d\.\d+", recorded[framework])
    stated = ENTRIES[key]["values"] + ENTRIES[key].get("printed", [])
    # 框架印的位数有多有少：末位以内相符就是同一个数。
    assert any(abs(float(a) - float(b)) < 1e-4 for a in shown for b in stated), (shown, stated)


@pytest.mark.parametrize("key", _with_verdict("更正"))
def test_corrections_show_both_values(key):
    entry, section = ENTRIES[key], section_of(key)
    for value in entry.get("printed", []) + entry.get("values", [])[:1]:
        assert value in section.markdown + section.output_text
    for value in entry.get("printed", []):
        assert value in section.markdown, f"{key}：那一节的正文没有提到文档印的 {value}"
        assert value in entry["wrong"], f"{key}：勘误表里看不到文档印的 {value}"
    for value in entry.get("values", []):
        assert value in entry["right"] + entry["wrong"], f"{key}：勘误表里看不到 {value}"


@pytest.mark.parametrize("key", _with_verdict("更正"))
def test_corrections_have_a_cell(key):
    assert section_of(key).output_text.strip(), f"{key}：那一节没有代码说明错在哪里"


def test_chapters_cite_only_entries_of_the_ledger():
    for chapter in CHAPTERS:
        cited = re.findall(r"^- \*\*([A-D]\d+)\*\*", chapter.section("来源"), flags=re.MULTILINE)
        assert {k for k in cited if ENTRIES.get(k, {}).get("chapter") != chapter.name} == set()


def test_targets_belong_to_entries():
    for chapter in CHAPTERS:
        targets = re.findall(r"^\(src-([a-d]\d+)\)=$", chapter.markdown, flags=re.MULTILINE)
        assert {k for k in targets if ENTRIES[k.upper()]["chapter"] != chapter.name} == set()


def test_documents_are_in_the_bibliography():
    bibliography = (BOOK / "references.bib").read_text(encoding="utf-8")
    for key in LEDGER["documents"].values():
        assert f"{{{key}," in bibliography
