"""印书的字体：从系统里的 Noto CJK 裁出全书用到的字，转成 TrueType。

Noto CJK 的轮廓是 CFF，Chromium 嵌进 PDF 时只会把每个字画成一小段图形（Type 3 字体）：
几百个没有名字的字体，打开慢，有的阅读器里发虚。转成 TrueType，就作为普通的字体嵌进去。
"""

import shutil
import subprocess
import unicodedata

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

MISSING = (
    "没有找到思源字体（Noto Serif CJK SC、Noto Sans CJK SC、Noto Sans Mono CJK SC）："
    "apt-get install fonts-noto-cjk fontconfig。"
)
# 样式表里的名字（与系统里的不同，免得分不清用了哪一个）: fontconfig 里的名字。
FAMILIES = {
    "Book Serif": "Noto Serif CJK SC",
    "Book Sans": "Noto Sans CJK SC",
    "Book Mono": "Noto Sans Mono CJK SC",
}
WEIGHTS = ("regular", "bold")


def find(family, weight):
    """字体文件的路径，和它在文件里排第几；没有装就报错。"""
    command = shutil.which("fc-match")
    if command is None:
        raise SystemExit(MISSING)
    result = subprocess.run(
        [command, "--format=%{family}|%{file}|%{index}", f"{family}:{weight}"],
        capture_output=True,
        text=True,
        check=True,
    )
    found, path, index = result.stdout.split("|")
    if family not in found.split(","):  # fontconfig 找不到时给一个别的
        raise SystemExit(MISSING)
    return path, int(index)


def file_of(family, weight):
    """裁好的字体的文件名。"""
    return f"{family.replace(' ', '')}-{weight.title()}.ttf"


def make_fonts(characters, folder):
    """写出六个字体文件；有哪个字没有字形就报错，不让它印成别的字体或者方框。"""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {ord(c) for c in characters}
    for family, source in FAMILIES.items():
        for weight in WEIGHTS:
            path, index = find(source, weight)
            font = subset_of(TTFont(path, fontNumber=index), wanted)
            to_truetype(font, file_of(family, weight).removesuffix(".ttf"))
            add_small_digits(font, wanted, fixed_width=family == "Book Mono")
            if lacking := wanted - font.getBestCmap().keys():
                raise SystemExit(f"{source} 里没有这些字：{' '.join(map(chr, sorted(lacking)))}")
            font.save(folder / file_of(family, weight))


def subset_of(font, codes):
    """只留这些字，和做上下标用的数字与正负号。"""
    options = subset.Options(
        layout_features=["kern", "halt", "chws"],  # 字距，与标点的挤压
        notdef_outline=True,
        desubroutinize=True,
        hinting=False,
        name_IDs=[],
        drop_tables=["BASE", "VORG", "vhea", "vmtx"],
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes | {*map(ord, "0123456789+-−")})
    subsetter.subset(font)
    return font


def to_truetype(font, name):
    """三次曲线改成二次曲线，误差不超过一个字的千分之一。"""
    order, shapes = font.getGlyphOrder(), font.getGlyphSet()
    glyphs = {}
    for glyph in order:
        pen = TTGlyphPen(None)
        shapes[glyph].draw(Cu2QuPen(pen, max_err=1.0, reverse_direction=True))
        glyphs[glyph] = pen.glyph()
    del font["CFF "]
    font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = order, glyphs
    limits = font["maxp"]
    limits.tableVersion = 0x00010000
    for field in (
        *("maxPoints", "maxContours", "maxCompositePoints", "maxCompositeContours"),
        *("maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs"),
        *("maxStackElements", "maxSizeOfInstructions", "maxComponentElements"),
        "maxComponentDepth",
    ):
        setattr(limits, field, 0)
    limits.maxZones = 1
    font["post"].formatType, font["post"].glyphOrder = 3.0, order
    font.sfntVersion = "\x00\x01\x00\x00"
    for identifier, text in ((1, name), (2, "Regular"), (4, name), (6, name)):
        font["name"].setName(text, identifier, 3, 1, 0x409)
    font.recalcTimestamp = False


def add_small_digits(font, wanted, fixed_width):
    """₁、⁺ 这样的上下标，Noto CJK 里没有几个：把原来的字缩小，挪到上面或下面。"""
    scale, glyphs, widths = 0.62, font["glyf"], font["hmtx"]
    for code in sorted(wanted - font.getBestCmap().keys()):
        kind, _, base = unicodedata.decomposition(chr(code)).partition(" ")
        if kind not in ("<sub>", "<super>"):
            continue
        original = font.getBestCmap()[int(base, 16)]
        name, width = f"uni{code:04X}", widths[original][0]
        pen = TTGlyphPen(None)
        left = width * (1 - scale) / 2 if fixed_width else 0
        up = -140 if kind == "<sub>" else 330
        glyphs[original].draw(TransformPen(pen, (scale, 0, 0, scale, left, up)), glyphs)
        glyphs[name] = pen.glyph()
        glyphs[name].recalcBounds(glyphs)
        widths[name] = (width if fixed_width else round(width * scale), glyphs[name].xMin)
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[code] = name
