"""离线阅读：网页建好以后写 ``service-worker.js``，读者打开过一次网站，全书就存进了他的浏览器。

清单里是读者用得到的文件：目录里的每一页、搜索页，以及它们引用的样式、脚本、图片、字体（样式里的
``url()`` 和脚本里的 ``import`` 也跟着找），再加上会动的插图按需载入的模块。没有谁引用的不收。
每个文件带着内容的 SHA-256，浏览器下载时核对；换版时只下载变了的。

要撤掉离线阅读，不能只删掉这个扩展：读过的人浏览器里还留着旧的一版。在 ``_config.yml`` 的
``sphinx.config`` 里写 ``offline_reading: false``，照常发布，过几个月再删；这段时间里
``service-worker.js`` 的内容是注销自己、删掉存下的书。“离线阅读”那一页的第一节同时去掉。
"""

import base64
import gzip
import hashlib
import html
import json
import os
import posixpath
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from page_dates import git

WORKERS = Path(__file__).parent / "service_worker"
PAGE = "book/appendix/offline"

TAGS = re.compile(r"<(?:link|script|img|source|video|audio|iframe|object|use|image)\b[^>]*>", re.I)
ATTRIBUTES = re.compile(r"\b(?:href|src|srcset|poster|data)=(?:\"([^\"]*)\"|'([^']*)')", re.I)
CSS_URLS = re.compile(r"(?:url\(\s*|@import\s+)[\"']?([^\"')]+)")
IMPORTS = re.compile(r"\b(?:import|from)\s*\(?\s*[\"'](\.[^\"']+)[\"']")

# 从网络下载时会压缩的文件；图片和字体本来就压缩过。
TEXT = {".html", ".css", ".js", ".json", ".svg", ".txt"}
# 有它就不必再收同一个字体的旧格式：能离线阅读的浏览器都认得。
FONT = ".woff2"


def references(path, text):
    """一个文件引用的地址。"""
    if path.endswith(".html"):
        for tag in TAGS.findall(text):
            for double, single in ATTRIBUTES.findall(tag):
                value = html.unescape(double or single)
                # srcset 是逗号隔开的“地址 倍数”；别的属性只有一个地址。
                yield from (part.split()[0] for part in value.split(",") if part.strip())
        yield from (
            url
            for style in re.findall(r"<style.*?</style>", text, re.S)
            for url in CSS_URLS.findall(style)
        )
    elif path.endswith(".css"):
        yield from CSS_URLS.findall(text)
    elif path.endswith((".js", ".mjs")):
        yield from IMPORTS.findall(text)


def files_to_store(root, pages):
    """读者用得到的文件，相对于网页的根，按字母排序。"""
    figures = root / "_static" / "figures"
    modules = [p.relative_to(root).as_posix() for p in figures.rglob("*.js")]
    found, waiting = set(), [*pages, *modules]
    while waiting:
        path = waiting.pop()
        if path in found or not (root / path).is_file():
            continue
        font = (root / path).with_suffix(FONT)
        if path.endswith((".ttf", ".woff", ".otf")) and font.exists():
            continue
        found.add(path)
        if Path(path).suffix not in {".html", ".css", ".js", ".mjs"}:
            continue
        for reference in references(path, (root / path).read_text(encoding="utf-8")):
            parts = urlsplit(reference)
            if parts.scheme or parts.netloc or not parts.path:
                continue
            target = posixpath.normpath(
                posixpath.join(posixpath.dirname(path), unquote(parts.path))
            )
            # 别的网页只由目录决定收不收：<link rel="next"> 之类也指向网页。
            if not target.endswith(".html"):
                waiting.append(target)
    return sorted(found)


def edition_date(repository):
    """这一版的日期：正文、程序或设置最后一次提交的那天；不取构建的时间，同一次提交才总建出同样的网页。"""
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return datetime.fromtimestamp(int(epoch), UTC).date().isoformat()
    sources = ["book", "ce_book", "_config.yml", "_toc.yml", "requirements.txt"]
    # 没有 git、或者是下载的压缩包，就是空的。
    return git(repository, "log", "-1", "--format=%cs", "--", *sources)


def download_size(path, data):
    """一个文件下载时的字节数。"""
    return len(gzip.compress(data)) if Path(path).suffix in TEXT else len(data)


def fill(page, facts):
    """把大小和日期填进“离线阅读”那一页。"""
    text = page.decode("utf-8")
    for name, value in facts.items():
        text = re.sub(rf'(<span data-offline="{name}">)[^<]*', rf"\g<1>{value}", text)
    return text.encode("utf-8")


def write_worker(root, pages, date):
    """把清单填进 ``service-worker.js``，把大小和日期写在网页上；返回填进去的内容。"""
    content = {path: (root / path).read_bytes() for path in files_to_store(root, pages)}
    page = f"{PAGE}.html"
    # 大小要写在其中一页上：算的时候那几处当作空的，填过没填过才都一样。
    blank = {page: fill(content[page], dict.fromkeys(["download", "stored", "edition"], ""))}
    counted = {**content, **blank}
    sizes = {
        "download": sum(download_size(path, data) for path, data in counted.items()),
        "stored": sum(len(data) for data in counted.values()),
    }
    # 数与单位之间是不换行的空格。
    facts = {name: f"{size / 1e6:.1f}\u00a0MB" for name, size in sizes.items()}
    facts["edition"] = f"你正在读的是 {date} 的版本。" if date else ""
    content[page] = fill(content[page], facts)
    (root / page).write_bytes(content[page])
    book = {
        "date": date,
        "bytes": sizes,
        "files": {
            path: base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")
            for path, data in content.items()
        },
    }
    worker = (WORKERS / "service-worker.js").read_text(encoding="utf-8")
    worker = worker.replace('"BOOK"', json.dumps(book, ensure_ascii=False, indent=1))
    (root / "service-worker.js").write_text(worker, encoding="utf-8")
    return book


def finish(app, error):
    """网页都写好以后：别的扩展可能还要改网页和图片，所以排在最后。"""
    if error or app.builder.name != "html":
        return
    root = Path(app.outdir)
    if app.config.offline_reading:
        pages = [f"{name}.html" for name in app.env.found_docs]
        write_worker(root, [*pages, "search.html", "index.html"], edition_date(app.srcdir))
    else:
        retire = (WORKERS / "retire.js").read_text(encoding="utf-8")
        (root / "service-worker.js").write_text(retire, encoding="utf-8")


def add_scripts(app, pagename, templatename, context, doctree):
    """每页一个小脚本；状态和按钮只在“离线阅读”那一页。"""
    if not app.config.offline_reading:
        return
    app.add_js_file("offline.js", loading_method="defer")
    if pagename == PAGE:
        app.add_js_file("offline_panel.js", loading_method="defer")
        app.add_css_file("offline.css")


def setup(app):
    """登记。"""
    app.add_config_value("offline_reading", True, "html", bool)
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", finish, priority=1000)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
