"""插图样式：字体覆盖、缺字报错、颜色的对比与色盲可辨、面积等于熵。"""

import importlib.util
import io
import itertools
import logging
import re
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager, get_font

from ce_book import figures

ROOT = Path(__file__).resolve().parents[2]
SOURCE_FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")

LINES = {name: getattr(figures, name) for name in ("TRUTH", "MODEL", "EXTRA", "OTHER", "NEUTRAL")}
FILLS = {name: getattr(figures, f"{name}_FILL") for name in ("TRUTH", "MODEL", "EXTRA")}


@pytest.fixture(autouse=True)
def book_style():
    """每个测试都在样式里，之后还原。"""
    math_logger = logging.getLogger("matplotlib.mathtext")
    with mpl.rc_context(), warnings.catch_warnings():
        figures.use_book_style()
        yield
    math_logger.removeFilter(figures._refuse_missing_math_glyph)


@pytest.fixture(scope="module")
def subset_font():
    spec = importlib.util.spec_from_file_location("subset_font", ROOT / "tools/subset_font.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- 字体 ----------------------------------------------------------------------------------


def charmap():
    return {chr(code) for code in get_font(figures.FONT_PATH).get_charmap()}


def is_chinese(character):
    """汉字、中文标点、全角字符。"""
    code = ord(character)
    return 0x3000 <= code < 0xA000 or 0xF900 <= code < 0xFB00 or 0xFF00 <= code < 0xFFF0


def code_cells(markdown):
    """MyST 笔记本里的代码格；画进图里的字都写在这里。"""
    fence = re.compile(r"^(`{3,})\{code-cell\}.*?\n(.*?)^\1\s*$", re.DOTALL | re.MULTILINE)
    return "\n".join(match[2] for match in fence.finditer(markdown))


def test_font_has_gb2312_level_1_and_the_word_for_entropy(subset_font):
    level1 = subset_font.gb2312_level1()
    assert len(level1) == 3755
    assert (level1[0], level1[-1]) == ("啊", "座")
    assert set(level1) | {"熵"} <= charmap()


def test_font_has_the_symbols_that_figures_use():
    assert set(map(chr, range(0x20, 0x7F))) <= charmap()
    assert (
        set("−×÷·±≤≥≠≈≡∞∑∏∫∂√∈→←↔‖∥…—“”′αβγθλμπσφωΣΔ①②¹²³，。：；（）《》「」、？！％") <= charmap()
    )


def test_code_cells_are_found():
    text = (
        "熵\n```{code-cell} ipython3\n:tags: [x]\nax.set_title('交')\n```\n叉\n```python\n无\n```\n"
    )
    assert "交" in code_cells(text)
    assert not set("熵叉无") & set(code_cells(text))


def test_font_covers_the_chinese_in_every_code_cell():
    lacking = {}
    for path in ROOT.glob("book/**/*.md"):
        cells = code_cells(path.read_text(encoding="utf-8"))
        if missing := {c for c in cells if is_chinese(c)} - charmap():
            lacking[str(path.relative_to(ROOT))] = "".join(sorted(missing))
    assert not lacking, f"插图字体缺字，请重跑 tools/subset_font.py：{lacking}"


def test_font_covers_the_chinese_in_the_package():
    text = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("ce_book/**/*.py"))
    missing = {c for c in text if is_chinese(c)} - charmap()
    assert not missing, f"插图字体缺字，请重跑 tools/subset_font.py：{''.join(sorted(missing))}"


def test_family_is_ours_and_only_ours():
    assert findfont(figures.FONT_FAMILY, fallback_to_default=False) == str(figures.FONT_PATH)
    figures.use_book_style()  # 再调用一次也不重复登记
    entries = [e.fname for e in fontManager.ttflist if e.name == figures.FONT_FAMILY]
    assert entries == [str(figures.FONT_PATH)]
    assert mpl.rcParams["font.sans-serif"] == [figures.FONT_FAMILY]


def test_font_names_keep_the_licence_and_drop_the_old_name():
    ttlib = pytest.importorskip("fontTools.ttLib")
    font = ttlib.TTFont(figures.FONT_PATH)
    names = {record.nameID: str(record) for record in font["name"].names}
    assert "Adobe" in names[0]
    assert "SIL Open Font License" in names[13]
    for name_id in (1, 3, 4, 6):
        assert "CEBook" in names[name_id]
        assert not re.search("Noto|Source", names[name_id])
    cff = font["CFF "].cff
    top = cff.topDictIndex[0]
    for name in (*cff.fontNames, top.FamilyName, top.FullName, *(f.FontName for f in top.FDArray)):
        assert "CEBook" in name
    licence = (figures.FONT_PATH.parent / "OFL.txt").read_text(encoding="utf-8")
    assert names[0].rstrip(".") in licence
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "PERMISSION & CONDITIONS" in licence


def test_font_is_small():
    assert figures.FONT_PATH.stat().st_size < 1_000_000


def test_subsetting_is_deterministic(subset_font, tmp_path, capsys):
    if not SOURCE_FONT.exists():
        pytest.skip(f"没有源字体 {SOURCE_FONT}；装上 fonts-noto-cjk 再跑")
    outputs = [tmp_path / "a.otf", tmp_path / "b.otf"]
    for output in outputs:
        subset_font.main([str(SOURCE_FONT), "-o", str(output)])
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert "个字形" in capsys.readouterr().out
    # 提交的那份可以收得更多（书删过字），但除此之外应当一样大小。
    made, shipped = outputs[0].stat().st_size, figures.FONT_PATH.stat().st_size
    assert abs(made - shipped) < 0.05 * shipped


def test_subsetting_explains_a_wrong_source(subset_font, tmp_path):
    with pytest.raises(SystemExit, match="fonts-noto-cjk"):
        subset_font.main([str(tmp_path / "none.ttc")])
    with pytest.raises(SystemExit, match="Regular 字重"):
        subset_font.main([str(Path(mpl.get_data_path(), "fonts/ttf/DejaVuSans.ttf"))])
    broken = tmp_path / "broken.otf"
    broken.write_text("不是字体", encoding="utf-8")
    with pytest.raises(SystemExit, match="不是读得懂的字体"):
        subset_font.main([str(broken)])


# ---- 缺字 ----------------------------------------------------------------------------------

RARE = "龘"  # 不在字体里


def test_missing_glyph_is_an_error_when_drawing():
    figure = Figure()
    figure.text(0.5, 0.5, f"交叉熵{RARE}")
    with pytest.raises(UserWarning, match="missing from font"):
        figure.savefig(io.BytesIO())


@pytest.mark.parametrize("text", [f"{RARE} $p$", "$中文$", r"$\mathrm{熵}$"])
def test_missing_glyph_in_or_beside_mathematics_is_an_error(text):
    figure = Figure()
    figure.text(0.5, 0.5, text)
    with pytest.raises(UserWarning, match="公式里有画不出的字"):
        figure.savefig(io.BytesIO())


def test_ordinary_figure_draws_without_any_warning():
    figure = Figure()
    ax = figure.subplots()
    ax.plot([1e-3, 1, 1e3], [-2, 0, 3], label="损失 $-\\log q_i$，‖x‖ ≤ 1")
    ax.set(xscale="log", title="交叉熵 $H(p, q) = -\\sum_i p_i \\log q_i$", ylabel="奈特 × −1")
    ax.legend()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        figure.savefig(io.BytesIO())
    assert figures.missing_glyphs(figure) == set()


def test_missing_glyphs_are_collected_from_all_texts_but_not_from_mathematics():
    figure = Figure()
    ax = figure.subplots()
    ax.set_title(f"标题{RARE} $\\mathbb{{R}}$")
    ax.set_xticks([0, 1], ["是", "靐"])
    ax.annotate("ŵ 价格 \\$5", (0, 0))
    ax.text(0, 0, "齉", visible=False)
    assert figures.missing_glyphs(figure) == {RARE, "靐", "ŵ"}


def run_notebook(*sources):
    nbformat = pytest.importorskip("nbformat")
    records = pytest.importorskip("records")
    preamble = (
        "import matplotlib.pyplot as plt\nfrom ce_book import figures\nfigures.use_book_style()"
    )
    cells = [nbformat.v4.new_code_cell(source) for source in (preamble, *sources)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    records.run_in_kernel(notebook, folder=Path(__file__).parent)
    return notebook.cells[1:]


def test_notebook_shows_doubled_pixels_and_the_whole_width():
    (cell,) = run_notebook("fig, ax = plt.subplots()\nax.set_title('熵')\nplt.show()")
    (output,) = cell.outputs
    assert output.output_type == "display_data"
    assert output.metadata["image/png"] == {"width": 704, "height": 418}


@pytest.mark.parametrize("ending", ["plt.show()", "pass", "fig"])
def test_missing_glyph_fails_the_notebook_cell(ending):
    exceptions = pytest.importorskip("nbclient.exceptions")
    with pytest.raises(exceptions.CellExecutionError, match="missing from font"):
        run_notebook(f"fig, ax = plt.subplots()\nax.set_title('{RARE}')\n{ending}")


# ---- 样式 ----------------------------------------------------------------------------------


def test_package_import_stays_light():
    code = "import sys, ce_book; print('matplotlib' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"


def test_style_does_not_depend_on_earlier_settings():
    expected = dict(mpl.rcParams)
    mpl.rcParams.update({"lines.linewidth": 9, "axes.titleweight": "bold", "image.cmap": "jet"})
    figures.use_book_style()
    assert dict(mpl.rcParams) == expected


def test_svg_is_deterministic(tmp_path):
    pages = []
    for name in ("a.svg", "b.svg"):
        figure = Figure()
        figures.draw_code_rectangles(figure.subplots(), [0.5, 0.5], [0.25, 0.75])
        figure.savefig(tmp_path / name, metadata={"Date": None})
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]


# ---- 颜色 ----------------------------------------------------------------------------------

# 三类色盲（完全型）的模拟，线性 RGB：Machado, Oliveira & Fernandes, 2009, 表 1。
COLOR_VISION = {
    "正常": np.eye(3),
    "红色盲": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "绿色盲": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "蓝色盲": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(color):
    c = np.array(mpl.colors.to_rgb(color))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(a, b):
    """WCAG 2 的对比度。"""
    light, dark = sorted(
        (np.dot([0.2126, 0.7152, 0.0722], linear(c)) for c in (a, b)), reverse=True
    )
    return (light + 0.05) / (dark + 0.05)


def lab(color, vision):
    rgb = np.clip(np.array(vision) @ linear(color), 0, 1)
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
              [0.0193339, 0.1191920, 0.9503041]]  # fmt: skip
    t = np.array(to_xyz) @ rgb / [0.95047, 1.0, 1.08883]
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(color1, color2, vision):
    """CIEDE2000 色差；2.3 左右是刚能看出，10 以上一眼分得开。"""
    (l1, a1, b1), (l2, a2, b2) = lab(color1, vision), lab(color2, vision)
    c_mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(c_mean**7 / (c_mean**7 + 25**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    dh = (h2 - h1 + 180) % 360 - 180
    h, c, lightness = h1 + dh / 2, (c1 + c2) / 2, (l1 + l2) / 2
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh / 2))
    t = 1 + sum(
        k * np.cos(np.radians(n * h + shift))
        for k, n, shift in ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.2, 4, -63))
    )
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t
    rotation = (
        -2
        * np.sqrt(c**7 / (c**7 + 25**7))
        * np.sin(np.radians(60 * np.exp(-(((h % 360 - 275) / 25) ** 2))))
    )
    x, y, z = (l2 - l1) / s_l, (c2 - c1) / s_c, d_hue / s_h
    return np.sqrt(x**2 + y**2 + z**2 + rotation * y * z)


@pytest.mark.parametrize("name", LINES)
def test_colors_are_readable_on_the_card(name):
    # 文字要 4.5，线条要 3；这些颜色两样都画，按严的来。
    assert contrast(LINES[name], figures.BACKGROUND) >= 4.5


@pytest.mark.parametrize("name", FILLS)
def test_fills_carry_text_and_edges(name):
    assert contrast(figures.INK, FILLS[name]) >= 7  # 填充上写字
    assert contrast(LINES[name], FILLS[name]) >= 3  # 填充的边与斜纹


def test_ink_and_card_stand_out_on_both_pages():
    assert contrast(figures.INK, figures.BACKGROUND) >= 12
    assert contrast(figures.BACKGROUND, "#121212") >= 12  # 深色页上是一张浅卡片


@pytest.mark.parametrize("vision", COLOR_VISION)
@pytest.mark.parametrize(("palette", "threshold"), [(LINES, 15), (FILLS, 6)])
def test_colors_are_told_apart_under_color_blindness(vision, palette, threshold):
    for a, b in itertools.combinations(palette, 2):
        difference = ciede2000(palette[a], palette[b], COLOR_VISION[vision])
        assert difference >= threshold, f"{a} 与 {b} 在{vision}下只差 {difference:.1f}"


def test_cycle_changes_line_style_with_color():
    cycle = list(mpl.rcParams["axes.prop_cycle"])
    assert [entry["color"] for entry in cycle] == list(LINES.values())
    assert len({str(entry["linestyle"]) for entry in cycle}) == len(cycle)


# ---- 画码长的长方形 ------------------------------------------------------------------------


def areas(parts):
    return {k: sum(r.get_width() * r.get_height() for r in rs) for k, rs in parts.items()}


@pytest.mark.parametrize("base", [2, None, 10])
@pytest.mark.parametrize("seed", range(4))
def test_areas_are_entropy_cross_entropy_and_kl(base, seed):
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.ones(5), size=2)
    unit = 1 if base is None else np.log(base)
    area = areas(figures.draw_code_rectangles(Figure().subplots(), p, q, base=base))
    entropy = -np.sum(p * np.log(p)) / unit
    cross_entropy = -np.sum(p * np.log(q)) / unit
    assert area["shared"] + area["saved"] == pytest.approx(entropy, rel=1e-12)
    assert area["shared"] + area["extra"] == pytest.approx(cross_entropy, rel=1e-12)
    assert area["extra"] - area["saved"] == pytest.approx(cross_entropy - entropy, rel=1e-9)
    assert area["extra"] > 0 < area["saved"]


def test_without_a_model_only_entropy_is_drawn():
    ax = Figure().subplots()
    parts = figures.draw_code_rectangles(ax, [0.5, 0.25, 0.25], labels=["甲", "乙", "丙"])
    assert areas(parts) == {"shared": 1.5, "extra": 0, "saved": 0}
    assert ax.get_legend() is None
    assert [r.get_x() for r in parts["shared"]] == [0, 0.5, 0.75]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["甲", "乙", "丙"]
    assert "比特" in ax.get_ylabel()


def test_impossible_outcomes_have_no_width():
    ax = Figure().subplots()
    parts = figures.draw_code_rectangles(
        ax, [0.5, 0, 0.5], [0.25, 0, 0.75], labels=["甲", "乙", "丙"]
    )
    assert len(parts["shared"]) == 2
    assert [t.get_text() for t in ax.get_xticklabels()] == ["甲", "丙"]


def test_certainty_is_drawn_with_no_area():
    ax = Figure().subplots()
    assert areas(figures.draw_code_rectangles(ax, [0, 1]))["shared"] == 0
    assert ax.get_ylim() == (0, pytest.approx(1.08))


def test_legend_lies_above_every_rectangle():
    figure = Figure()
    ax = figure.subplots()
    figures.draw_code_rectangles(ax, [0.1, 0.2, 0.7], [0.5, 0.3, 0.2])
    figure.draw_without_rendering()
    bottom = ax.get_legend().get_window_extent().transformed(ax.transData.inverted()).y0
    assert bottom > max(r.get_y() + r.get_height() for r in ax.patches)
    texts = [t.get_text() for t in ax.get_legend().get_texts()]
    assert texts == ["按 p 编码的码长", "按 q 编码的码长", "按 q 多付的", "按 q 省下的"]
    assert figures.missing_glyphs(figure) == set()


@pytest.mark.parametrize(
    ("p", "q", "options", "message"),
    [
        ([0.5, 0.5], [1, 0], {}, r"q\[1\] 是 0 而 p\[1\] 是 0.5.*无穷"),
        ([0.5, 0.6], None, {}, "p 加起来是 1.1"),
        ([0.5, 0.4], None, {}, "p 加起来是 0.9"),
        ([1.5, -0.5], None, {}, r"p\[1\] 是 -0.5.*logits"),
        ([0.5, 0.5], [np.nan, 1], {}, r"q\[0\] 是 nan"),
        ([0.5, 0.5], [0.2, 0.3, 0.5], {}, "p 有 2 种结果而 q 有 3 种"),
        ([[0.5, 0.5]], None, {}, r"p 的形状是 \(1, 2\)"),
        ([], None, {}, r"p 的形状是 \(0,\)"),
        ([0.5, 0.5], None, {"labels": ["一"]}, "labels 有 1 个名字而 p 有 2 个数"),
        ([0.5, 0.5], None, {"base": 3}, "base 是 3"),
    ],
)
def test_code_rectangles_explain_bad_input(p, q, options, message):
    ax = Figure().subplots()
    with pytest.raises(ValueError, match=message):
        figures.draw_code_rectangles(ax, p, q, **options)
    assert not ax.patches


# ---- 画分布 --------------------------------------------------------------------------------


def test_distributions_are_drawn_with_their_values():
    figure = Figure()
    ax = figure.subplots()
    p, q = [0.7, 0.2, 0.1], [0.5, 0.25, 0.25]
    bars = figures.draw_distributions(ax, {"真实分布 p": p, "模型 q": q}, ["晴", "阴", "雨"])
    assert [[bar.get_height() for bar in group] for group in bars] == [p, q]
    assert [t.get_text() for t in ax.texts] == ["0.70", "0.20", "0.10", "0.50", "0.25", "0.25"]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["真实分布 p", "模型 q"]
    assert mpl.colors.same_color(bars[0][0].get_facecolor(), figures.TRUTH)
    assert mpl.colors.same_color(bars[1][0].get_edgecolor(), figures.MODEL)
    for left, right in itertools.pairwise(sorted(ax.patches, key=lambda r: r.get_x())):
        assert left.get_x() + left.get_width() <= right.get_x()  # 柱子不相叠
    assert figures.missing_glyphs(figure) == set()


def test_single_distribution_needs_no_legend_and_values_can_be_left_out():
    ax = Figure().subplots()
    figures.draw_distributions(ax, {"p": [0.5, 0.5]}, ["正", "反"], value_format=None)
    assert ax.get_legend() is None
    assert not ax.texts


@pytest.mark.parametrize(
    ("distributions", "labels", "message"),
    [
        ({}, [], "distributions 有 0 个分布"),
        ({str(i): [1.0] for i in range(5)}, ["甲"], "distributions 有 5 个分布"),
        ({"p": [0.5, 0.5]}, ["甲"], r"labels 有 1 个名字而 distributions\['p'\] 有 2 个数"),
        ({"p": [0.5, 0.5]}, "正反", "labels"),
        ({"p": [3, 1]}, ["正", "反"], r"distributions\['p'\] 加起来是 4.*次数"),
        ({"p": [1.0, 0], "q": [2, -1]}, ["正", "反"], r"distributions\['q'\]\[1\] 是 -1.*logits"),
    ],
)
def test_distributions_explain_bad_input(distributions, labels, message):
    with pytest.raises(ValueError, match=message):
        figures.draw_distributions(Figure().subplots(), distributions, labels)


# ---- 可靠性图 ------------------------------------------------------------------------------

OUTCOMES = [0, 1, 1, 1, 0, 0, 1]
PROBS = [0.1, 0.3, 0.6, 0.9, 0.95, 0.55, 0.97]


def test_reliability_bars_are_the_frequencies_and_hatches_the_gaps():
    figure = Figure()
    ax = figure.subplots()
    parts = figures.draw_reliability(ax, OUTCOMES, PROBS, bins=4)
    assert parts.counts.tolist() == [1, 1, 2, 3]
    bars, gaps = ax.containers
    assert [b.get_height() for b in bars] == [0, 1, 0.5, pytest.approx(2 / 3)]
    assert [b.get_x() + b.get_width() / 2 for b in bars] == [0.125, 0.375, 0.625, 0.875]
    said = parts.mean_prob
    for bar, gap, q in zip(bars, gaps, said, strict=True):
        ends = sorted([bar.get_height(), q])
        assert [gap.get_y(), gap.get_y() + gap.get_height()] == pytest.approx(ends)
        assert (gap.get_x(), gap.get_width()) == (bar.get_x(), bar.get_width())
    (marks,) = (c for c in ax.collections if len(c.get_segments()) == 4)
    assert [segment[0][1] for segment in marks.get_segments()] == said.tolist()
    assert mpl.colors.same_color(bars[0].get_edgecolor(), figures.TRUTH)
    assert mpl.colors.same_color(marks.get_color()[0], figures.MODEL)
    assert mpl.colors.same_color(gaps[0].get_edgecolor(), figures.EXTRA)
    assert gaps[0].get_hatch()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["模型说的", "实际的", "差距"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("模型说的概率", "发生的频率")
    assert figures.missing_glyphs(figure) == set()


def test_reliability_counts_are_written_below_and_empty_bins_are_left_out():
    figure = Figure()
    ax = figure.subplots()
    parts = figures.draw_reliability(ax, OUTCOMES, PROBS)
    used = np.flatnonzero(parts.counts)
    assert [t.get_text() for t in ax.texts] == [str(n) for n in parts.counts[used]]
    assert [t.get_position()[0] for t in ax.texts] == pytest.approx((used + 0.5) / 10)
    assert len(ax.containers[0]) == len(used) < 10
    assert ax.get_ylim()[0] < 0
    figure.draw_without_rendering()
    inside = ax.get_window_extent()
    for text in ax.texts:
        extent = text.get_window_extent()
        assert inside.y0 < extent.y0 and extent.y1 < ax.transData.transform((0, 0))[1]


def test_reliability_with_many_bins_writes_no_counts_and_the_legend_can_be_left_out():
    ax = Figure().subplots()
    figures.draw_reliability(ax, OUTCOMES, PROBS, bins=20, legend=False)
    assert not ax.texts
    assert ax.get_legend() is None
    assert ax.get_ylim()[0] == 0


def test_reliability_explains_bad_input_and_draws_nothing():
    ax = Figure().subplots()
    with pytest.raises(ValueError, match=r"outcomes\[1\] = 3.*类别编号"):
        figures.draw_reliability(ax, [0, 3], [0.5, 0.5])
    with pytest.raises(ValueError, match=r"probs\[0\] = 2.5 不是概率"):
        figures.draw_reliability(ax, [0, 1], [2.5, 0.5])
    with pytest.raises(ValueError, match="bins = 0"):
        figures.draw_reliability(ax, [0, 1], [0.5, 0.5], bins=0)
    assert not ax.patches and not ax.lines and not ax.collections
