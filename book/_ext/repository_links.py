"""仓库的链接和网站的地址：在 GitHub Actions 里发布时，都指向正在发布的那个仓库，于是别人的复刻链接到它自己。

平时的地址写在 ``_config.yml`` 的 ``repository.url``，只写那一处。网站的地址（网页里的 canonical、
社交预览、sitemap.xml 要用绝对地址）由它推出；用自己的域名时，写在 ``_config.yml`` 的 ``html.baseurl``。
"""

import html
import os
import re
from urllib.parse import quote, urlsplit


def use_publishing_repository(app, config):
    """GitHub Actions 总会设这两个环境变量。"""
    server = os.environ.get("GITHUB_SERVER_URL")
    name = os.environ.get("GITHUB_REPOSITORY")
    if server and name:
        config.html_theme_options["repository_url"] = f"{server}/{name}"
        # 自建的 GitHub 从网址里认不出来。
        config.html_theme_options["repository_provider"] = "github"
    config.html_baseurl = config.html_baseurl or pages_address(
        config.html_theme_options["repository_url"]
    )


def pages_address(repository):
    """一个仓库的 GitHub Pages 地址；名叫 ``主人.github.io`` 的仓库，地址后面没有仓库名。"""
    owner, name = urlsplit(repository).path.strip("/").split("/")[:2]
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def name_page_in_issue(app, pagename, templatename, context, doctree):
    """页头的“提出问题”和页底的“告诉我们”带上这一页的标题和路径，报告的人不必自己说明是哪一页。"""
    title = quote(f"《{plain_title(context, pagename)}》：")
    body = quote(f"页面：{pagename}\n哪一节，哪句话：\n\n应当是：\n")
    repository = app.config.html_theme_options["repository_url"]
    context["report_url"] = f"{repository}/issues/new?title={title}&body={body}"
    for group in context.get("header_buttons", ()):
        for button in group.get("buttons", [group]):
            if button.get("label") == "source-issues-button":
                button["url"] = context["report_url"]


def plain_title(context, pagename):
    """一页的标题，去掉章号和标记。"""
    title = re.sub(r'<span class="section-number">.*?</span>', "", context.get("title") or pagename)
    return html.unescape(re.sub(r"<[^>]+>", "", title))


def setup(app):
    """在主题排好按钮（优先级 501）之后再改。"""
    app.connect("config-inited", use_publishing_repository)
    app.connect("html-page-context", name_page_in_issue, priority=502)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
