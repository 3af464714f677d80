"""每章的骨架：学习目标、常见误解、练习与解答、小结、来源；代码格短而够用；插图有说明。"""

import re
import statistics
import unicodedata

import frameworks
import pytest
import yaml

CLOSING = ["常见误解", "练习", "小结", "来源"]


def _cells_with_context(chapter):
    """(上一格正文, 代码格) 的序列。"""
    before = ""
    for cell in chapter.notebook.cells:
        if cell.cell_type == "markdown":
            before = cell.source
        else:
            yield before, cell


def _lines(cell):
    return cell.source.count("\n") + 1


def test_opening(chapter):
    titles = re.findall(r"^# (.+)$", chapter.markdown, flags=re.MULTILINE)
    assert len(titles) == 1, f"要有一个、且只有一个一级标题，现在有 {titles}"
    (title,) = titles
    assert title.endswith("？"), "章题是读者的一个问题"
    assert "{admonition} 学习目标" in chapter.markdown.split("\n## ")[0]


def test_learning_objectives_are_verbs(chapter):
    goals = re.search(r"学习目标.*?:::", chapter.markdown, re.S).group()
    items = re.findall(r"^- (.+)$", goals, flags=re.MULTILINE)
    assert len(items) >= 3
    for item in items:
        assert "**" in item, f"“{item}”没有标出要做到的动词"


def test_closing_sections_in_order(chapter):
    assert chapter.headings()[-4:] == CLOSING


def test_misconceptions_are_followed_by_a_failing_cell(chapter):
    claims = re.findall(r"\{admonition\} 常见误解：“", chapter.section("常见误解"))
    assert len(claims) >= 3
    # 每个误解框与下一个之间，至少有一格代码让它露馅。
    cells = list(chapter.notebook.cells)
    boxes = [
        k
        for k, c in enumerate(cells)
        if c.cell_type == "markdown" and ":class: misconception" in c.source
    ]
    assert len(boxes) == len(claims), "两个误解框之间没有代码"
    for k in boxes:
        assert cells[k + 1].cell_type == "code"


def test_exercises_have_executed_solutions(chapter):
    section = chapter.section("练习")
    exercises = re.findall(r":label: (ex-[\w-]+)", section)
    solutions = re.findall(r":::\{solution-start\} (ex-[\w-]+)", section)
    assert len(exercises) >= 4
    unsolved, unasked = set(exercises) - set(solutions), set(solutions) - set(exercises)
    assert exercises == solutions, (
        f"没有解答的练习：{unsolved}；没有练习的解答：{unasked}；或次序不同"
    )
    inside, solved = None, set()
    for cell in chapter.notebook.cells:
        if cell.cell_type == "code" and inside:
            solved.add(inside)
        for start, name in re.findall(r":::\{solution-(start|end)\} ?([\w-]*)", cell.source):
            inside = name if start == "start" else None
    assert solved == set(exercises), f"解答里没有代码：{set(exercises) - solved}"


def test_number_and_length_of_code_cells(chapter):
    inside, main = False, []
    for cell in chapter.notebook.cells:
        if cell.cell_type == "code" and not inside:
            main.append(cell)
        for edge in re.findall(r":::\{solution-(start|end)\}", cell.source):
            inside = edge == "start"
    assert 15 <= len(main) <= 25, f"练习以外有 {len(main)} 格"
    lengths = [_lines(cell) for cell in chapter.code_cells]
    assert max(lengths) <= 20
    assert statistics.median(lengths) <= 6


def _columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def test_code_fits_the_column(chapter):
    cells = [(cell.source, 84) for cell in chapter.code_cells]
    # 标签页有边框，窄一点；代码与输出都要放得下。
    tabs = [(s.code + s.output, 82) for s in frameworks.snippets(chapter.markdown)]
    for source, limit in cells + tabs:
        for line in source.splitlines():
            assert _columns(line) <= limit, f"{_columns(line)} 格，网页上要横着滚：{line}"


def test_every_figure_has_alt_text(chapter):
    drawn = 0
    for cell in chapter.record.cells:
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            drawn += 1
            image = cell.metadata.get("mystnb", {}).get("image", {})
            alt = image.get("alt", "")
            assert len(alt) >= 30, f"插图没有说明（alt）或太短：{cell.source[:60]}"
            assert len(re.findall(r"[\u4e00-\u9fff]", alt)) >= 20
    assert drawn >= 1


def test_chapter_uses_the_book_style(chapter):
    assert "figures.use_book_style()" in chapter.code_cells[0].source


def test_cells_have_an_introduction(chapter):
    """每格代码前面都有正文说它要回答什么；连着的两格只允许出现在定义函数之后。"""
    for before, _ in _cells_with_context(chapter):
        assert before.strip()


@pytest.mark.parametrize(
    "phrase", ["众所周知", "显然", "不难看出", "笔者", "小编", "运行下面的代码", "多分类的标签"]
)
def test_no_filler(chapter, phrase):
    assert phrase not in chapter.markdown


def test_halfwidth_punctuation_next_to_chinese(chapter):
    prose = re.sub(
        r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|\]\([^)]*\)|\{[^}]*\}|^:::.*$|^:\w+:.*$",
        "",
        chapter.markdown,
        flags=re.S | re.M,
    )
    found = re.findall(r"[\u4e00-\u9fff][,;?!][^\n]{0,10}", prose)
    assert not found, f"中文后面用了半角标点：{found}"


def test_front_matter_names_the_kernel(chapter):
    head = yaml.safe_load(chapter.path.read_text(encoding="utf-8").split("---\n")[1])
    assert head["kernelspec"]["name"] == "python3"
    assert head["jupytext"]["text_representation"]["format_name"] == "myst"
