"""搜索结果和聊天窗口里的预览：每页的摘要、社交预览的标记和卡片（social_card.py）。

没有用 sphinxext-opengraph：它的摘要把公式的 LaTeX 源码写进去、在汉字之间塞空格、截在半句话上；它的卡片
不会折中文的行，随书的字体也没有它要的粗体。剩下可用的只有几行标记。

网站的根只是转到第一页；大家分享的多半是它，所以它也带着同样的标记。

摘要取一页开头的整句，含公式的句子不要。开头没有这样几句话的页，在文件头写 ``html_meta`` 的 ``description``。
"""

import html
import re
from pathlib import Path

from docutils import nodes
from repository_links import plain_title
from social_card import HEIGHT, WIDTH, draw
from sphinx.util import logging

logger = logging.getLogger(__name__)

CARDS = "_images/cards"
SHORTEST, ENOUGH, LONGEST = 50, 80, 155
SENTENCE = re.compile(r"[^。？！]*[。？！][”’）]*")
# 公式在摘要里的位置；含它的句子不要。
FORMULA = "\0"
WRITTEN = re.compile(r'<meta [^>]*name="description"[^>]*>\s*')

# 网站的根。Jupyter Book 只在没有 index.html 时才写自己的那一行。
ENTRANCE = """\
<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{title}</title>
{preview}
<link rel="canonical" href="{address}">
<meta http-equiv="refresh" content="0; url={page}">
</head>
<body><p><a href="{page}">{title}</a></p></body>
</html>
"""


def plain_text(node):
    """一段的文字；源码与排出来一样的公式照写，别的换成记号。"""
    if isinstance(node, nodes.math):
        tex = node.astext()
        return FORMULA if re.search(r"[\\^_{}]", tex) else tex
    if isinstance(node, nodes.Text):
        return node.astext().replace("\n", " ")
    return "".join(map(plain_text, node.children))


def summary(doctree):
    """一页的摘要：手写的，或开头几段里的整句。"""
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") == "description":
            return meta["content"]
    text = ""
    for paragraph in doctree.findall(nodes.paragraph):
        if not isinstance(paragraph.parent, nodes.section):
            continue  # 提示框、列表、图题里的话，单独拿出来读不懂
        for sentence in SENTENCE.findall(plain_text(paragraph)):
            if FORMULA in sentence:
                continue
            if len(text) >= SHORTEST and len(text + sentence) > LONGEST:
                return text
            text += sentence.strip()
        if len(text) >= ENOUGH:
            return text
    return text


def add_metadata(app, pagename, templatename, context, doctree):
    """写进 ``<head>``。"""
    if doctree is None:
        return
    title = plain_title(context, pagename)
    description = summary(doctree)
    if not SHORTEST <= len(description) <= LONGEST:
        logger.warning("摘要有 %d 个字：%s", len(description), description, location=pagename)
    card = f"{CARDS}/{pagename.replace('/', '-')}.png"
    path = Path(app.outdir) / card
    path.parent.mkdir(parents=True, exist_ok=True)
    draw(title, app.config.html_title, path)
    at_root = pagename == app.config.root_doc
    preview = tags(
        {
            "description": description,
            "og:type": "website" if at_root else "article",
            "og:locale": "zh_CN",
            "og:site_name": app.config.html_title,
            "og:title": title,
            "og:description": description,
            "og:url": context["pageurl"],
            "og:image": app.config.html_baseurl + card,
            "og:image:width": str(WIDTH),
            "og:image:height": str(HEIGHT),
            "og:image:alt": title,
            "twitter:card": "summary_large_image",
        }
    )
    # 手写的摘要，Sphinx 已经写过一次。
    context["metatags"] = WRITTEN.sub("", context["metatags"]) + preview
    if at_root:
        page = ENTRANCE.format(
            title=title, preview=preview, address=context["pageurl"], page=f"{pagename}.html"
        )
        (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")


def tags(pairs):
    """一行一个 ``<meta>``；Open Graph 的用 property，其余用 name。"""
    return "\n".join(
        f'<meta {"property" if name.startswith("og:") else "name"}="{name}"'
        f' content="{html.escape(content)}">'
        for name, content in pairs.items()
    )


def setup(app):
    """在主题和仓库的链接都排好之后。"""
    app.connect("html-page-context", add_metadata, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
