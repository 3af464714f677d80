"""从 Noto Sans CJK 裁出本书插图用的字体 ``ce_book/fonts/CEBookSansSC-Regular.otf``。

用法::

    python tools/subset_font.py SOURCE.ttc            # 写到 ce_book/fonts/
    python tools/subset_font.py SOURCE.ttc -o X.otf   # 写到别处

SOURCE 是 Noto Sans CJK 的 Regular 字重（``NotoSansCJK-Regular.ttc``，取其中的简体 SC 一款），
或单独的 ``NotoSansCJKsc-Regular.otf``、``NotoSansSC-Regular.otf``。Debian 和 Ubuntu 上::

    apt install fonts-noto-cjk     # /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

收哪些字：``WANTED`` 里的符号、GB2312 一级汉字、``EXTRA_HANZI``，再加上全书文字（``book/`` 下的
``.md``、``ce_book/`` 下的 ``.py``）里出现的每一个字。书里写了新的生僻字，测试会指出来，重跑本工具即可。
同一份源字体、同一份文字，得到的字节完全相同。
"""

from __future__ import annotations

import argparse
import sys
import unicodedata
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont, TTLibError

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "ce_book" / "fonts" / "CEBookSansSC-Regular.otf"

# 另起的名字：不与系统里装的 Noto 混淆，也不用 OFL 意义上的任何保留名。
FAMILY = "CEBook Sans SC"
POSTSCRIPT_NAME = "CEBookSansSC-Regular"
VERSION = "1.000"

# 源字体里可能叫的名字（按 PostScript 名认，不看文件名）。
SOURCE_NAMES = ("NotoSansCJKsc-Regular", "NotoSansSC-Regular")

# 常用而 GB2312 一级没有的字：书里的术语，和举例时容易想到的东西。
EXTRA_HANZI = "熵阈骰卦赝叵幺砝霾橘鹦鹉鲨蜻蜓蜥蜴琥珀喵骼"

# 图里用得着的符号，源字体有多少收多少。
WANTED = (
    range(0x20, 0x7F),  # ASCII
    range(0xA0, 0x180),  # Latin-1 与扩展 A
    range(0x391, 0x3CA),  # 希腊字母
    "ϑϕϵ–—―‘’“”…‰′″‖†‡•※",
    "⁰ⁱ⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓᵢⱼ",
    "ℓℂℕℙℚℝℤ№⅓⅔⅛",
    range(0x2190, 0x2200),  # 箭头
    range(0x2200, 0x2300),  # 数学运算符
    "⟂⟨⟩⩽⩾",
    range(0x2460, 0x2474),  # ①–⑳
    "■□▲△▶▷▼▽◀◁◆◇○◎●★☆✓✔✗✘",
    range(0x3000, 0x3020),  # 中文标点
    "·￥℃",
    range(0xFF01, 0xFF5F),  # 全角
)


def gb2312_level1() -> str:
    """GB2312 一级汉字，第 16–55 区，共 3755 个。"""
    hanzi = []
    for row in range(16, 56):
        for cell in range(1, 95):
            try:
                hanzi.append(bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312"))
            except UnicodeDecodeError:  # 55 区最后五个位置是空的
                continue
    return "".join(hanzi)


def book_characters(root: Path = ROOT) -> set[str]:
    """全书文字里出现的每一个可见字符。"""
    files = [*root.glob("book/**/*.md"), *root.glob("ce_book/**/*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    return {c for c in text if unicodedata.category(c)[0] != "C"}


def open_source(path: Path) -> TTFont:
    """打开源字体；字体集（.ttc）里取简体的那一款。"""
    if not path.is_file():
        raise SystemExit(
            f"找不到源字体 {path}。Debian/Ubuntu 上先执行 apt install fonts-noto-cjk，"
            "再给出 /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
        )
    try:
        if path.suffix.lower() in (".ttc", ".otc"):
            fonts = TTCollection(path, lazy=True).fonts
        else:
            fonts = [TTFont(path, lazy=True)]
    except TTLibError as error:
        raise SystemExit(f"{path} 不是读得懂的字体文件：{error}") from error
    names = [font["name"].getDebugName(6) for font in fonts]
    for font, name in zip(fonts, names, strict=True):
        if name in SOURCE_NAMES:
            if "CFF " not in font:
                raise SystemExit(f"{path} 是 TrueType 轮廓；请用 CFF 轮廓的 .ttc 或 .otf")
            return font
    raise SystemExit(
        f"{path} 里没有 {' 或 '.join(SOURCE_NAMES)}，只有 {'、'.join(map(str, names))}。"
        "需要的是 Noto Sans CJK 的 Regular 字重（不是 Bold、Serif 或 Mono）"
    )


def cut(font: TTFont, characters: set[str]) -> None:
    """就地裁剪：只留这些字符的横排轮廓，去掉 Matplotlib 用不到的一切。"""
    options = subset.Options()
    options.layout_features = []
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG"]
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=sorted(map(ord, characters)))
    subsetter.subset(font)
    # 所有字都在基本平面内：留一张格式 4 的字符表就够。
    font["cmap"].tables = [
        table for table in font["cmap"].tables if (table.platformID, table.platEncID) == (3, 1)
    ]


def rename(font: TTFont) -> None:
    """换名：name 表与 CFF 里的名字都换掉；版权（0）、许可（13、14）和作者各条照留。"""
    table = font["name"]
    original = table.getDebugName(5)
    keep = {0, 8, 9, 10, 13, 14}
    table.names = [r for r in table.names if r.nameID in keep and r.langID == 0x409]
    for name_id, text in {
        1: FAMILY,
        2: "Regular",
        3: f"{VERSION};{POSTSCRIPT_NAME}",
        4: f"{FAMILY} Regular",
        5: f"Version {VERSION}; subset of Noto Sans CJK SC {original}",
        6: POSTSCRIPT_NAME,
    }.items():
        table.setName(text, name_id, 3, 1, 0x409)

    font["head"].fontRevision = float(VERSION)
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False  # 否则保存时写入当前时间
    cff = font["CFF "].cff
    cff.fontNames = [POSTSCRIPT_NAME]
    top = cff.topDictIndex[0]
    top.FamilyName, top.FullName, top.Weight = FAMILY, f"{FAMILY} Regular", "Regular"
    for number, private_font in enumerate(getattr(top, "FDArray", [])):
        private_font.FontName = f"{POSTSCRIPT_NAME}-{number}"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="裁出本书插图用的中文字体")
    parser.add_argument("source", type=Path, help="NotoSansCJK-Regular.ttc 的路径")
    parser.add_argument("-o", "--output", type=Path, default=OUTPUT, help="写到哪里")
    options = parser.parse_args(arguments)

    font = open_source(options.source)
    available = {chr(code) for code in font.getBestCmap()}
    symbols = {c if isinstance(c, str) else chr(c) for group in WANTED for c in group}
    hanzi = {*gb2312_level1(), *EXTRA_HANZI}
    written = book_characters()

    if lacking := hanzi - available:
        raise SystemExit(f"源字体缺汉字：{''.join(sorted(lacking))}。文件大概不完整，请重新下载")
    if lacking := written - available:
        listed = " ".join(f"{c}(U+{ord(c):04X})" for c in sorted(lacking))
        print(f"注意：书里有源字体没有的字符，不能画进图里：{listed}", file=sys.stderr)

    cut(font, (symbols | hanzi | written) & available)
    rename(font)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    font.save(options.output, reorderTables=True)
    font.close()

    count = len(TTFont(options.output).getGlyphOrder())
    size = options.output.stat().st_size / 1000
    print(f"写好 {options.output}：{count} 个字形，{size:.0f} kB")


if __name__ == "__main__":
    main()
