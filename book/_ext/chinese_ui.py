"""界面的中文：补上 Sphinx 和主题没有译、或译得不合大陆习惯的文字。

Sphinx 按“领域”查译文；这里在每个领域的译文之前放一张小表，查不到再问原来的译文。
主题模板里写死的英文不经过译文，由 ``book/_templates`` 处理。
"""

from gettext import NullTranslations

from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.locale import translators

MESSAGES = {
    "sphinx": {
        "Breadcrumb": "所在位置",
        "Collapse Sidebar": "收起侧栏",
        "Color mode": "明暗",
        "Expand Sidebar": "展开侧栏",
        "General Index": "索引",
        "Home": "首页",
        "Indices": "索引",
        "Link to this code": "这段代码的链接",
        "Link to this definition": "这条定义的链接",
        "Link to this equation": "这个公式的链接",
        "Link to this heading": "这一节的链接",
        "Link to this image": "这幅图的链接",
        "Link to this table": "这张表的链接",
        "Link to this term": "这个术语的链接",
        "Link to this toctree": "这份目录的链接",
        "On this page": "本页目录",
        "Permalink to this equation": "这个公式的链接",
        "System Settings": "跟随系统",
        "module": "模块",
        "next": "下一页",
        "previous": "上一页",
    },
    "booktheme": {
        "By": "作者：",
        "Download notebook file": "下载笔记本",
        "Download source file": "下载源文件",
        "Download this page": "下载本页",
        "Fullscreen mode": "全屏",
        "Launch interactive content": "在线运行",
        "Launch on": "打开",
        "Open an issue": "提出问题",
        "Open issue": "提出问题",
        "Print to PDF": "打印成 PDF",
        "Repository": "代码仓库",
        "Source repositories": "源文件与反馈",
        "Source repository": "代码仓库",
        "Suggest edit": "修改本页",
        "logo": "标志",
    },
}

# _config.yml 里 nb_code_prompt_show 的 {type}，MyST-NB 填的是下面这几个英文词。
FOLDED = {
    "content": "代码与输出",
    "source": "代码",
    "outputs": "输出",
    "output": "输出",
}


class Supplement(NullTranslations):
    """先查小表，再问原来的译文。"""

    def __init__(self, messages, original):
        super().__init__()
        self.messages = messages
        self.add_fallback(original)

    def gettext(self, message):
        """译文。"""
        return self.messages.get(message) or super().gettext(message)


def visit_folded_cell(translator, node):
    """与 MyST-NB 的写法相同，只是去掉了英文的 aria-label：读屏软件读按钮上的字就够了。"""
    classes = " ".join(node["classes"])
    show, hide = node["prompt_show"], node["prompt_hide"]
    for english, chinese in FOLDED.items():
        show, hide = show.replace(english, chinese), hide.replace(english, chinese)
    translator.body.append(
        f'<details class="admonition hide {classes}">\n<summary>\n'
        f'<p class="collapsed admonition-title">{translator.encode(show)}</p>\n'
        f'<p class="expanded admonition-title">{translator.encode(hide)}</p>\n'
        "</summary>\n"
    )


def depart_folded_cell(translator, node):
    """折叠格子的结尾。"""
    translator.body.append("</details>\n")


def setup(app):
    """译文在构建开始前就位；本书的扩展排在主题之后。"""
    for domain, messages in MESSAGES.items():
        translators["general", domain] = Supplement(messages, translators["general", domain])
    app.translator = translators["general", "sphinx"]
    app.add_node(HideCodeCellNode, override=True, html=(visit_folded_cell, depart_folded_cell))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
