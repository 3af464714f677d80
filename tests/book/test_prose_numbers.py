"""正文、图题和图的说明里的每个小数，都要由本章的某一格算出来。"""

import re
from decimal import Decimal

import pytest

DECIMAL = re.compile(r"(?<![\d.])\d+\.\d+(?![\d.]*\d)")


def decimals(text):
    """文字里的小数，按数值比较（1.30 与 1.3 相同）。"""
    return {Decimal(number).normalize() for number in DECIMAL.findall(text)}


def prose_of(chapter):
    """正文，加上各图的标题与说明；去掉链接的目标、代码块与行内代码。"""
    text = re.sub(r"^```.*?^```$|\]\([^)]*\)|`[^`]*`", "", chapter.markdown, flags=re.S | re.M)
    for cell in chapter.code_cells:
        figure = cell.metadata.get("mystnb", {})
        text += "\n" + figure.get("image", {}).get("alt", "")
        text += "\n" + figure.get("figure", {}).get("caption", "")
    return text


def test_every_decimal_in_prose_comes_from_a_cell(chapter):
    invented = decimals(prose_of(chapter)) - decimals(chapter.output_text)
    assert not invented, f"{chapter.name}：没有哪一格算出 {sorted(map(str, invented))}"


def test_there_is_something_to_check(every_chapter):
    assert all(len(decimals(prose_of(chapter))) >= 3 for chapter in every_chapter)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("熵是 0.8018 nat", ["0.8018"]),
        ("约 $\\ln 2\\approx 0.6931$。", ["0.6931"]),
        ("1.30 与 1.3", ["1.3"]),
        ("版本 1.2.3 不是小数", []),
        ("第 3 章，100 个", []),
    ],
)
def test_decimals_are_recognised(text, found):
    assert decimals(text) == {Decimal(x) for x in found}
