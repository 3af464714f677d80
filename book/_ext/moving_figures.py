"""会动的插图：把一格代码画的图，在网页上换成读者可以拨动的图。

在那一格的元数据里写 ``moving_figure: 种类``，与 ``mystnb`` 并列::

    ---
    mystnb:
      image: {alt: …}
      figure: {name: fig-binary-entropy, caption: 二元熵函数。}
    moving_figure: binary-entropy
    ---

网页里那张图就套上一个 ``<ce-figure kind="binary-entropy">``，由 ``_static/figures/`` 里的脚本换成会动的图；
没有脚本、打印、PDF、笔记本里，看到的仍是代码画的那一张，连同它的说明。每种图一个模块，在 ``_static/figures/kinds/``。
"""

from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

KINDS = Path(__file__).parents[1] / "_static" / "figures" / "kinds"


class moving_figure(nodes.General, nodes.Element):
    """套在一张静态图外面；``kind`` 是图的种类。"""


class WrapMovingFigures(SphinxPostTransform):
    """在 MyST-NB 选好每格输出的格式（优先级 4）之后，把图套起来。"""

    default_priority = 50
    formats = ("html",)

    def run(self, **_):
        """一格里恰好要有一张图；种类要真有。"""
        for cell in self.document.findall(nodes.container):
            kind = (cell.get("cell_metadata") or {}).get("moving_figure")
            if kind is None:
                continue
            if not (KINDS / f"{kind}.js").exists():
                known = "、".join(sorted(path.stem for path in KINDS.glob("*.js")))
                raise ExtensionError(
                    f"{self.env.docname}：moving_figure 是 {kind!r}，没有这种图。现有：{known}。"
                )
            images = list(cell.findall(nodes.image))
            if len(images) != 1:
                raise ExtensionError(
                    f"{self.env.docname}：moving_figure {kind!r} 那一格有 {len(images)} 张图；"
                    "要恰好一张，好在没有脚本的地方代替它。"
                )
            image = images[0]
            wrapper = moving_figure(kind=kind)
            image.replace_self(wrapper)
            wrapper += image


def visit_html(translator, node):
    """开始标签。"""
    translator.body.append(f'<ce-figure kind="{node["kind"]}">')


def depart_html(translator, _node):
    """结束标签。"""
    translator.body.append("</ce-figure>")


def add_assets(app, pagename, templatename, context, doctree):
    """只有用到的页面才载入脚本和样式。"""
    if doctree is not None and any(doctree.findall(moving_figure)):
        app.add_css_file("figures/figures.css")
        app.add_js_file("figures/load.js")


def setup(app):
    """Sphinx 扩展的入口。"""
    app.add_node(moving_figure, html=(visit_html, depart_html))
    app.add_post_transform(WrapMovingFigures)
    app.connect("html-page-context", add_assets)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
