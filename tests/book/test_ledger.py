"""来源台账：每一条都在它那一章的“来源”里，结论一致；数值是那一章算出来的。"""

import re

import pytest
import yaml
from chapters import BOOK, CHAPTERS

LEDGER = yaml.safe_load((BOOK / "ledger.yml").read_text(encoding="utf-8"))
ENTRIES = LEDGER["entries"]
BY_NAME = {chapter.name: chapter for chapter in CHAPTERS}

# 第一部分要讲到的条目；以后的部分往这里添。
REQUIRED = {"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "C6"}


def test_nothing_is_missing():
    assert set(ENTRIES) >= REQUIRED


@pytest.mark.parametrize("key", ENTRIES)
def test_entry_is_in_its_chapter(key):
    entry = ENTRIES[key]
    section = BY_NAME[entry["chapter"]].section("来源")
    line = re.search(rf"^- \*\*{key}\*\* (.*(?:\n  .*)*)", section, flags=re.MULTILINE)
    assert line, f"{entry['chapter']} 的“来源”里没有 {key}"
    assert entry["verdict"] in line.group(1), f"{key}：台账说“{entry['verdict']}”，正文不是"


@pytest.mark.parametrize("key", [k for k, e in ENTRIES.items() if "values" in e])
def test_values_are_computed_in_the_chapter(key):
    output = BY_NAME[ENTRIES[key]["chapter"]].output_text
    for value in ENTRIES[key]["values"] + ENTRIES[key].get("printed", []):
        assert re.search(rf"(?<![\d.]){re.escape(value)}(?!\d)", output), f"{key}：没有算出 {value}"


@pytest.mark.parametrize("key", [k for k, e in ENTRIES.items() if e["verdict"] == "更正"])
def test_corrections_show_both_values(key):
    chapter = BY_NAME[ENTRIES[key]["chapter"]]
    for value in ENTRIES[key]["printed"] + ENTRIES[key]["values"][:1]:
        assert value in chapter.markdown


def test_chapters_cite_only_entries_of_the_ledger():
    for chapter in CHAPTERS:
        cited = re.findall(r"^- \*\*([A-D]\d+)\*\*", chapter.section("来源"), flags=re.MULTILINE)
        assert {k for k in cited if ENTRIES.get(k, {}).get("chapter") != chapter.name} == set()


def test_documents_are_in_the_bibliography():
    bibliography = (BOOK / "references.bib").read_text(encoding="utf-8")
    for key in LEDGER["documents"].values():
        assert f"{{{key}," in bibliography
