"""社交预览的卡片：1200×630 像素，章名、它的问题、书名，和封面上的两个分布。由 social_preview.py 调用。"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke

from ce_book import figures

WIDTH, HEIGHT = 1200, 630
MARGIN = 80
MOTTO = "推导都有证明，数字都有出处"


def cells(text):
    """一段文字有几个汉字宽；西文字母约占半个多。"""
    return sum(0.6 if c.isascii() else 1 for c in text)


def draw(title, book, path):
    """画一张卡片；章名是标题里冒号以前的部分，冒号以后是它的问题。"""
    head, _, question = title.partition("：")
    figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor=figures.BACKGROUND)
    draw_two_distributions(figure)

    def write(text, y, size, color, bold=False):
        """一行字，左边对齐，放不下就缩小；y 是基线到上边的像素。随书的字体只有一种字重，粗体靠描边。"""
        size = min(size, (WIDTH - 2 * MARGIN) / max(cells(text), 1))
        figure.text(
            MARGIN / WIDTH,
            1 - y / HEIGHT,
            text,
            color=color,
            fontproperties=FontProperties(fname=figures.FONT_PATH, size=size * 0.72),
            path_effects=[withStroke(linewidth=size / 30, foreground=color)] if bold else None,
        )

    if title != book:
        write(book, 120, 30, figures.TRUTH)
    write(head, 270, 84, figures.INK, bold=True)
    write(question, 370, 40, figures.INK)
    write(MOTTO, 566, 26, figures.NEUTRAL)
    if missing := figures.missing_glyphs(figure):
        raise ValueError(f"随书的字体里没有 {missing}，画不了《{title}》的预览卡片。")
    figure.savefig(path, metadata={"Software": None})


def draw_two_distributions(figure):
    """右下角，与书的标志一样：真实的分布填满，模型的分布是一条线。"""
    x = np.linspace(-4, 5, 300)
    place = 0.60 + 0.40 * (x + 4) / 9
    truth, model = np.exp(-(x**2) / 2), 0.85 * np.exp(-((x - 1.3) ** 2) / 2.6)
    shape = {"transform": figure.transFigure}
    figure.add_artist(
        Polygon(np.column_stack([place, 0.3 * truth]), color=figures.TRUTH_FILL, **shape)
    )
    figure.add_artist(Line2D(place, 0.3 * model, color=figures.MODEL, linewidth=5, **shape))
