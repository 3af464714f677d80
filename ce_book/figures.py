"""全书插图的样子：一次调用定好字体、颜色和尺寸，外加几种反复出现的图。

每章开头调用一次::

    from ce_book import figures
    figures.use_book_style()

**字体。** 随包附带一个中文字体（Noto Sans SC 的子集，另起名 ``CEBook Sans SC``），所以任何机器上中文都能显示，
图也长得一样。字体里没有的字会报错，不会悄悄画成方框。

**深色页面。** 图有自己的底色：一张不透明的浅色卡片。GitHub、Colab、Binder 和本书网页的深色模式各有各的
背景，透明底的图总会在其中一处看不清；带底色的图在哪里都一样清楚，打印出来也一样。

**颜色有固定的意思。** 真实分布永远是 ``TRUTH``，模型永远是 ``MODEL``，多付的那部分（KL 散度）永远是
``EXTRA``。颜色之外总还有一重区别（线型、填充或文字），分不清颜色的人也读得懂。
"""

from __future__ import annotations

import logging
import re
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from cycler import cycler
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from ce_book.calibration import Reliability, reliability

__all__ = [
    "BACKGROUND",
    "EXTRA",
    "EXTRA_FILL",
    "FONT_FAMILY",
    "FONT_PATH",
    "GRID",
    "INK",
    "MODEL",
    "MODEL_FILL",
    "NEUTRAL",
    "OTHER",
    "TRUTH",
    "TRUTH_FILL",
    "WIDTH",
    "draw_code_rectangles",
    "draw_distributions",
    "draw_reliability",
    "missing_glyphs",
    "use_book_style",
]

FONT_FAMILY = "CEBook Sans SC"
FONT_PATH = Path(__file__).resolve().parent / "fonts" / "CEBookSansSC-Regular.otf"

# 线条与文字的颜色。五种颜色两两之间，在三类色盲的模拟下也分得开（测试里量过）。
TRUTH = "#1B5FBF"  # 蓝：真实分布 p
MODEL = "#B85A00"  # 橙：模型 q
EXTRA = "#560E50"  # 紫：多付的部分，KL 散度，罚
OTHER = "#0B4D38"  # 绿：第四样东西，如省下的部分
NEUTRAL = "#6E7177"  # 灰：参照线、次要的说明

# 同一意思的浅色，用来填充面积。
TRUTH_FILL = "#BCD4F5"
MODEL_FILL = "#FAD9B5"
EXTRA_FILL = "#DDB3D8"

INK = "#24262B"  # 文字、坐标轴
GRID = "#DFDDD8"
BACKGROUND = "#FCFBF8"

# 插图都用同一个宽度（英寸），这样缩放之后，全书图里的字一样大。
WIDTH = 6.4

_STYLE = {
    "figure.figsize": (WIDTH, 3.8),
    "figure.dpi": 110,  # 笔记本里以两倍像素输出：宽 1408 像素，显示为 704 像素
    "savefig.dpi": 220,
    "figure.facecolor": BACKGROUND,
    "savefig.facecolor": BACKGROUND,
    "axes.facecolor": BACKGROUND,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.1,
    "figure.constrained_layout.w_pad": 0.1,
    "font.family": "sans-serif",
    "font.sans-serif": [FONT_FAMILY],  # 没有后备字体：缺字就报错
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.labelsize": 12,
    "axes.labelpad": 6,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "figure.titlesize": 14,
    "mathtext.fontset": "stix",
    "axes.unicode_minus": True,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.color": NEUTRAL,
    "ytick.color": NEUTRAL,
    "axes.edgecolor": NEUTRAL,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "lines.linewidth": 2.2,
    "lines.markersize": 7,
    "patch.linewidth": 1.2,
    "hatch.linewidth": 1.2,
    "axes.prop_cycle": (
        cycler(color=[TRUTH, MODEL, EXTRA, OTHER, NEUTRAL])
        + cycler(linestyle=["-", "--", "-.", ":", (0, (5, 1.5, 1, 1.5, 1, 1.5))])
    ),
    "legend.frameon": True,  # 无边的底色，让网格线不穿过文字
    "legend.facecolor": BACKGROUND,
    "legend.edgecolor": "none",
    "legend.framealpha": 0.9,
    "legend.handlelength": 2.3,
    "svg.hashsalt": "ce_book",  # SVG 里的编号固定下来
}

# draw_distributions 里各组柱子依次的样子：颜色、填充、斜纹。
_BAR_STYLES = (
    (TRUTH, TRUTH, ""),
    (MODEL, MODEL_FILL, "//"),
    (EXTRA, EXTRA_FILL, ".."),
    (OTHER, BACKGROUND, ""),
)

_UNITS = {None: "奈特", 2: "比特", 10: "哈特利"}


def use_book_style() -> None:
    """换上全书的插图样式；每章开头调用一次，多次调用也无妨。

    做四件事：登记随包的中文字体；设好颜色、字号、尺寸（宽 6.4 英寸，正文栏宽约 700 像素时恰好一栏）；
    让缺字成为错误；在 Jupyter 里把图输出成两倍像素、整幅不裁边的 PNG。先前的 Matplotlib 设置一概还原成
    默认值，所以同一段代码在哪里画出来都一样。

    缺字的错误类型是 ``UserWarning``（Matplotlib 原来的警告升格而成），在画图的那一刻抛出：普通程序里是
    ``savefig``，笔记本里是 ``plt.show()`` 或一格的末尾。IPython 会吞掉显示时的错误，这里让那一格照样算失败。

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> use_book_style()
    >>> plt.rcParams["font.sans-serif"]
    ['CEBook Sans SC']
    """
    if str(FONT_PATH) not in {entry.fname for entry in fontManager.ttflist}:
        fontManager.addfont(FONT_PATH)
    style.use(["default", _STYLE])

    warnings.filterwarnings("error", message=r"Glyph .* missing from", category=UserWarning)
    math_logger = logging.getLogger("matplotlib.mathtext")
    if _refuse_missing_math_glyph not in math_logger.filters:
        math_logger.addFilter(_refuse_missing_math_glyph)

    _configure_notebook()


def missing_glyphs(figure: Figure) -> set[str]:
    """图中的文字里，有哪些字是本书字体没有的。

    检查每一处看得见的文字：标题、坐标轴、刻度、图例、注释。``$…$`` 里的公式用的是数学字体，不在检查之列。

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        画好的图。

    Returns
    -------
    set of str
        缺的字；空集表示一个不缺。

    Examples
    --------
    >>> figure = Figure()
    >>> _ = figure.text(0, 0, "交叉熵 $H(p, q)$")
    >>> missing_glyphs(figure)
    set()
    """
    for ax in figure.axes:  # 刻度的文字要问起才生成
        ax.get_xticklabels(which="both")
        ax.get_yticklabels(which="both")
    available = get_font(FONT_PATH).get_charmap()
    shown = (text for text in figure.findobj(Text) if text.get_visible())
    characters = {c for text in shown for c in _without_math(text) if not c.isspace()}
    return {c for c in characters if ord(c) not in available}


def draw_distributions(
    ax: Axes,
    distributions: Mapping[str, Sequence[float]],
    labels: Sequence[str],
    *,
    value_format: str | None = ".2f",
) -> list[BarContainer]:
    """把一个或几个分布画成并排的柱子，数值直接写在柱顶。

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        画在哪里。
    distributions : dict，名字 → 形状 (n,) 的概率
        最多四个。次序就是颜色的次序：先真实分布，再模型。只有一个分布时不画图例。
    labels : 长 n 的字符串序列
        每种结果的名字，写在横轴上。
    value_format : str 或 None
        柱顶数值的格式；None 为不写，柱子很多时用。

    Returns
    -------
    list of matplotlib.container.BarContainer
        每个分布一组柱子。

    Raises
    ------
    ValueError
        概率不成分布（有负数、NaN，或加起来不是 1）、长度与 ``labels`` 不等、没有分布或多于四个。

    Examples
    --------
    >>> ax = Figure().subplots()
    >>> p, q = [0.7, 0.2, 0.1], [0.5, 0.25, 0.25]
    >>> bars = draw_distributions(ax, {"真实分布 p": p, "模型 q": q}, ["晴", "阴", "雨"])
    >>> [float(bar.get_height()) for bar in bars[0]]
    [0.7, 0.2, 0.1]
    """
    if not 1 <= len(distributions) <= len(_BAR_STYLES):
        raise ValueError(
            f"distributions 有 {len(distributions)} 个分布；一张图只画 1–{len(_BAR_STYLES)} 个，"
            "多了请分成几张图"
        )
    rows = [_checked(row, f"distributions[{name!r}]") for name, row in distributions.items()]
    for name, row in zip(distributions, rows, strict=True):
        _check_labels(labels, row, f"distributions[{name!r}]")

    places = np.arange(len(labels))
    width = 0.8 / len(rows)
    containers = []
    for i, (name, row) in enumerate(zip(distributions, rows, strict=True)):
        color, fill, hatch = _BAR_STYLES[i]
        bars = ax.bar(
            places + (i - (len(rows) - 1) / 2) * width,
            row,
            0.86 * width,
            label=name,
            facecolor=fill,
            edgecolor=color,
            hatch=hatch,
        )
        if value_format is not None:
            ax.bar_label(bars, fmt=f"{{:{value_format}}}", padding=2, fontsize=10.5, color=color)
        containers.append(bars)

    ax.set_xticks(places, labels)
    ax.tick_params(axis="x", length=0)
    ax.grid(axis="x", visible=False)
    ax.set_ylabel("概率")
    several = len(rows) > 1
    ax.set_ylim(0, max(map(max, rows)) * (1.3 if several else 1.15))
    if several:
        ax.legend(loc="upper right", ncols=len(rows), borderaxespad=0, columnspacing=1.4)
    return containers


def draw_code_rectangles(
    ax: Axes,
    p: Sequence[float],
    q: Sequence[float] | None = None,
    *,
    labels: Sequence[str] | None = None,
    base: float | None = 2,
) -> dict[str, list[Rectangle]]:
    """把平均码长画成面积：每种结果一个长方形，宽是它的概率，高是它的码长。

    真实分布 p 决定宽。按 p 编码时高是 −log p，总面积是熵 H(p)；按模型 q 编码时高是 −log q，总面积是
    交叉熵 H(p, q)。两者之差在图上看得见：q 给得太小的结果多付一块（``EXTRA`` 色），给得太大的结果省下
    一块（斜纹）；多付的从不少于省下的，差额就是 KL 散度。

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        画在哪里。
    p : 形状 (n,) 的概率
        真实分布。概率为 0 的结果宽为 0，不画。
    q : 形状 (n,) 的概率，可省略
        模型。省略时只画熵。
    labels : 长 n 的字符串序列，可省略
        每种结果的名字，写在长方形下面；宜短。省略时横轴标累计概率。
    base : 2、None 或 10
        对数的底；码长的单位依次是比特、奈特、哈特利。

    Returns
    -------
    dict，名字 → list of matplotlib.patches.Rectangle
        ``"shared"`` 两种码都要付的，``"extra"`` 按 q 编码多付的，``"saved"`` 按 q 编码省下的。面积之和：
        熵 = shared + saved，交叉熵 = shared + extra，KL 散度 = extra − saved。

    Raises
    ------
    ValueError
        p 或 q 不成分布，两者长度不等，``labels`` 长度不符，``base`` 不认识，或某处 q = 0 而 p > 0
        （码长无穷，画不出来）。

    References
    ----------
    图的画法来自 C. Olah, "Visual Information Theory", 2015。

    Examples
    --------
    >>> ax = Figure().subplots()
    >>> parts = draw_code_rectangles(ax, [0.5, 0.25, 0.25])
    >>> float(sum(r.get_width() * r.get_height() for r in parts["shared"]))
    1.5
    """
    p = _checked(p, "p")
    if base not in _UNITS:
        raise ValueError(f"base 是 {base!r}；只认 2（比特）、None（奈特）、10（哈特利）")
    if labels is not None:
        _check_labels(labels, p, "p")
    model = p if q is None else _checked(q, "q")
    if model.shape != p.shape:
        raise ValueError(f"p 有 {p.size} 种结果而 q 有 {model.size} 种；两者说的须是同一组结果")
    if np.any(infinite := (p > 0) & (model == 0)):
        i = int(np.argmax(infinite))
        raise ValueError(
            f"q[{i}] 是 0 而 p[{i}] 是 {p[i]:g}：会发生的事被模型判为不可能，码长无穷，画不出来。"
            "请给 q 留一点概率"
        )

    scale = 1.0 if base is None else np.log(base)
    left = np.cumsum(p) - p
    parts: dict[str, list[Rectangle]] = {"shared": [], "extra": [], "saved": []}
    looks = {
        "shared": {"facecolor": TRUTH_FILL, "edgecolor": BACKGROUND},
        "extra": {"facecolor": EXTRA_FILL, "edgecolor": BACKGROUND},
        "saved": {"facecolor": BACKGROUND, "edgecolor": OTHER, "hatch": "///", "linewidth": 0},
    }
    happens = np.flatnonzero(p)
    for i in happens:
        own, used = abs(np.log(p[i])) / scale, abs(np.log(model[i])) / scale
        spans = {"shared": (0.0, min(own, used))}
        if used != own:
            spans["extra" if used > own else "saved"] = (min(own, used), max(own, used))
        for kind, (low, high) in spans.items():
            rectangle = Rectangle((left[i], low), p[i], high - low, **looks[kind])
            parts[kind].append(ax.add_patch(rectangle))
        ends = (left[i], left[i] + p[i])
        by_p = ax.hlines(own, *ends, color=TRUTH, linewidth=2.6)
        if q is not None:
            by_q = ax.hlines(used, *ends, color=MODEL, linewidth=2.6, linestyle=(0, (2.5, 1)))

    top = max(r.get_y() + r.get_height() for kind in parts.values() for r in kind) or 1.0
    ax.set_xlim(0, 1)
    ax.set_ylim(0, top * (1.08 if q is None else 1.42))
    ax.set_ylabel(f"码长（{_UNITS[base]}）")
    ax.set_xlabel("宽度是真实概率 p")
    ax.grid(axis="x", visible=False)
    if labels is not None:
        ax.set_xticks((left + p / 2)[happens], [labels[i] for i in happens])
        ax.tick_params(axis="x", length=0)
    if q is not None:
        shown = {by_p: "按 p 编码的码长", by_q: "按 q 编码的码长"}
        for kind, name in {"extra": "按 q 多付的", "saved": "按 q 省下的"}.items():
            shown |= dict.fromkeys(parts[kind][:1], name)
        ax.legend([*shown], [*shown.values()], loc="upper left", ncols=2, columnspacing=2)
    return parts


def draw_reliability(
    ax: Axes,
    outcomes: Sequence[float],
    probs: Sequence[float],
    *,
    bins: int = 10,
    legend: bool = True,
) -> Reliability:
    """画可靠性图：把预测按模型说的概率分格，每格比较模型说的与实际的频率。

    每格一根柱子，高是事情发生的频率（``TRUTH``）；粗横线是这一格里概率的平均，即模型说的（``MODEL``）；两者
    之间涂成斜纹（``EXTRA``），就是差距。横线总在对角线附近，所以柱子矮过对角线是过于自信，高过是不够自信。
    柱子下面的数是这一格有几个预测：个数少的柱子，高低多半是碰巧。

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        画在哪里。
    outcomes, probs, bins
        同 :func:`ce_book.calibration.reliability`：先结果（0 或 1），后概率。格数多于 12 时不写个数。
    legend : bool
        要不要图例；并排的几幅图，一幅有就够了。

    Returns
    -------
    ce_book.calibration.Reliability
        画的数：``counts``、``mean_prob``、``frequency``。

    Raises
    ------
    ValueError, TypeError
        同 :func:`ce_book.calibration.reliability`。

    Examples
    --------
    >>> ax = Figure().subplots()
    >>> parts = draw_reliability(ax, [0, 1, 1, 1], [0.1, 0.3, 0.5, 0.9], bins=2)
    >>> parts.frequency.tolist()
    [0.5, 1.0]
    """
    parts = reliability(outcomes, probs, bins=bins)
    (used,) = np.nonzero(parts.counts)
    said, seen = parts.mean_prob[used], parts.frequency[used]
    width = 1 / len(parts.counts)
    left, inner = used * width, 0.9 * width
    middle = left + width / 2

    ax.plot([0, 1], [0, 1], color=NEUTRAL, linestyle=":", linewidth=1.4)
    bars = ax.bar(middle, seen, inner, facecolor=TRUTH_FILL, edgecolor=TRUTH)
    gaps = ax.bar(
        middle,
        np.abs(seen - said),
        inner,
        np.minimum(seen, said),
        facecolor="none",
        edgecolor=EXTRA,
        hatch="////",
        linewidth=0,
    )
    lines = ax.hlines(said, middle - inner / 2, middle + inner / 2, color=MODEL, linewidth=3)
    lines.set_zorder(3)
    counted = len(parts.counts) <= 12
    if counted:
        for x, count in zip(middle, parts.counts[used], strict=True):
            ax.text(x, -0.025, f"{count}", ha="center", va="top", fontsize=8.5, color=NEUTRAL)
    ax.axhline(0, color=NEUTRAL, linewidth=0.8)
    ax.set(xlim=(0, 1), ylim=(-0.1 if counted else 0, 1.02))
    ax.set(xlabel="模型说的概率", ylabel="发生的频率")
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.grid(axis="x", visible=False)
    if legend:
        ax.legend([lines, bars, gaps], ["模型说的", "实际的", "差距"], loc="upper left")
    return parts


def _checked(probabilities: Sequence[float], name: str) -> np.ndarray:
    """核对一个分布：一维、有限、不为负、加起来是 1。"""
    values = np.asarray(probabilities, dtype=np.float64)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"{name} 的形状是 {values.shape}；要一维、至少一个数的概率")
    if np.any(bad := ~np.isfinite(values) | (values < 0)):
        i = int(np.argmax(bad))
        raise ValueError(
            f"{name}[{i}] 是 {values[i]:g}，不是概率。若这是 logits，请先经过 softmax 或 sigmoid"
        )
    if abs((total := values.sum()) - 1) > 1e-6:
        raise ValueError(f"{name} 加起来是 {total:g}，不是 1。若这是次数，请先除以总数")
    return values


def _check_labels(labels: Sequence[str], values: np.ndarray, name: str) -> None:
    if isinstance(labels, str) or len(labels) != values.size:
        raise ValueError(
            f"labels 有 {len(labels)} 个名字而 {name} 有 {values.size} 个数；每种结果要有一个名字"
        )


def _without_math(text: Text) -> str:
    """一处文字里由本书字体来画的部分。"""
    string = text.get_text()
    dollars = len(re.findall(r"(?<!\\)\$", string))
    if not text.get_parse_math() or dollars == 0 or dollars % 2:
        return string
    return re.sub(r"(?<!\\)\$.*?(?<!\\)\$", "", string, flags=re.DOTALL).replace(r"\$", "$")


def _refuse_missing_math_glyph(record: logging.LogRecord) -> bool:
    """公式里缺字时，Matplotlib 只记一条日志；这里让它也成为错误。"""
    message = record.getMessage()
    if "does not have a glyph" in message:
        raise UserWarning(f"公式里有画不出的字；中文要写在 $…$ 之外。{message}")
    return True


def _configure_notebook() -> None:
    """在 Jupyter 里：输出两倍像素、整幅的 PNG，并让缺字的一格算失败。别处什么也不做。"""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if getattr(shell, "kernel", None) is None:
        return
    from matplotlib_inline.config import InlineBackend

    backend = InlineBackend.instance(parent=shell)
    backend.shell = shell
    backend.print_figure_kwargs = {"bbox_inches": None}  # 不裁边，幅面才一样宽
    backend.figure_formats = {"retina"}
    shell.events.register("post_run_cell", _fail_cell_with_missing_glyph)


def _fail_cell_with_missing_glyph(result) -> None:
    """显示图时的错误，IPython 印出来之后就当没事；缺字时，把这一格改判为失败。"""
    error = getattr(sys, "last_value", None)
    if not isinstance(error, UserWarning) or getattr(error, "seen_by_ce_book", False):
        return
    error.seen_by_ce_book = True
    if result is not None and result.success:
        result.error_in_exec = error
