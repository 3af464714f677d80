"""``404.html``：GitHub Pages 在任何不存在的地址上都送出这一页。

地址可能有好几层深，相对的链接会落空。``<base>`` 让样式、脚本、目录和搜索都从这一页自己的地址算起，
一行就够，不必改写每一条链接。
"""

from urllib.parse import urlsplit


def collect(app):
    """一页没有正文的网页；内容在 ``book/_templates/404.html``。"""
    base = urlsplit(app.config.html_baseurl).path + "404.html"
    head = f'<base href="{base}">\n<meta name="robots" content="noindex">'
    # 谁也不该收藏这一页，所以不写 canonical。
    yield "404", {"title": "没有这一页", "metatags": head, "pageurl": None}, "404.html"


def setup(app):
    """Sphinx 扩展的入口。"""
    app.connect("html-collect-pages", collect)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
