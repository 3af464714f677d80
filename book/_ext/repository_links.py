"""仓库的链接：在 GitHub Actions 里发布时，链接指向正在发布的那个仓库，于是别人的复刻链接到它自己。

平时的地址写在 ``_config.yml`` 的 ``repository.url``，只写那一处。
"""

import html
import os
import re
from urllib.parse import quote


def use_publishing_repository(app, config):
    """GitHub Actions 总会设这两个环境变量。"""
    server = os.environ.get("GITHUB_SERVER_URL")
    name = os.environ.get("GITHUB_REPOSITORY")
    if server and name:
        config.html_theme_options["repository_url"] = f"{server}/{name}"
        # 自建的 GitHub 从网址里认不出来。
        config.html_theme_options["repository_provider"] = "github"


def name_page_in_issue(app, pagename, templatename, context, doctree):
    """“提出问题”带上这一页的标题和路径，报告的人不必自己说明是哪一页。"""
    title = quote(f"《{plain_title(context, pagename)}》：")
    body = quote(f"页面：{pagename}\n\n")
    for group in context.get("header_buttons", ()):
        for button in group.get("buttons", [group]):
            if button.get("label") == "source-issues-button":
                button["url"] = button["url"].partition("?")[0] + f"?title={title}&body={body}"


def plain_title(context, pagename):
    """一页的标题，去掉章号和标记。"""
    title = re.sub(r'<span class="section-number">.*?</span>', "", context.get("title") or pagename)
    return html.unescape(re.sub(r"<[^>]+>", "", title))


def setup(app):
    """在主题排好按钮（优先级 501）之后再改。"""
    app.connect("config-inited", use_publishing_repository)
    app.connect("html-page-context", name_page_in_issue, priority=502)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
