"""建好的网页，以及一个打开它的浏览器。

网页要先建好（``make test`` 会先建）；没有建好、或者比正文旧，测试略过并说明该做什么。
CI 设 ``CE_BOOK_REQUIRE_BROWSER=1``：缺网页、缺浏览器都算失败，不会悄悄略过。
"""

import functools
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from site_browser import NoBrowser, launch
from site_server import HTML, ROOT, names_in_toc, serve

PDF = ROOT / "_build" / "pdf" / "cross-entropy.pdf"


def unavailable(reason):
    """缺了要用的东西：平时略过，CI 里算失败。"""
    if os.environ.get("CE_BOOK_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", name="unavailable")
def unavailable_fixture():
    """给自己打开别的浏览器的测试用。"""
    return unavailable


def is_notebook(name):
    """这一页是可以运行的（开头声明了内核）。"""
    return "\nkernelspec:" in (ROOT / f"{name}.md").read_text(encoding="utf-8")[:1000]


@dataclass(eq=False)
class Site:
    """建好的网页，和它们的正文。"""

    repo: Path  # 仓库的根
    root: Path  # 网页的根
    names: list  # 目录里的页面，按次序，不带扩展名

    @property
    def pages(self):
        """目录里的每一页，加上搜索页和首页；相对于网页的根。"""
        return [*(f"{name}.html" for name in self.names), "search.html", "index.html"]

    @property
    def chapters(self):
        """可以运行的那些页。"""
        return [f"{name}.html" for name in self.names if is_notebook(name)]

    @functools.cache  # noqa: B019 整个测试只有一个实例
    def soup(self, page):
        """一页的内容；不要改动它。"""
        return BeautifulSoup((self.root / page).read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="session")
def site():
    """建好的网页；每一页都不比它的正文旧。"""
    if not (HTML / "search.html").exists():
        unavailable("没有 _build/html，先运行 make book。")
    for name in names_in_toc():
        page, source = HTML / f"{name}.html", ROOT / f"{name}.md"
        if not page.exists() or page.stat().st_mtime < source.stat().st_mtime:
            unavailable(f"网页比正文旧（{source.relative_to(ROOT)}），先运行 make book。")
    return Site(ROOT, HTML, names_in_toc())


@pytest.fixture(scope="session")
def book_pdf():
    """全书的 PDF，不比正文旧。"""
    if not PDF.exists():
        unavailable("没有全书的 PDF，先运行 make pdf。")
    for name in names_in_toc():
        if PDF.stat().st_mtime < (ROOT / f"{name}.md").stat().st_mtime:
            unavailable(f"PDF 比正文旧（{name}.md），先运行 make pdf。")
    return PDF


@pytest.fixture(scope="session")
def address(site):
    """127.0.0.1 上的网页服务器。"""
    with serve(site.root) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """无界面的 Chromium。"""
    try:
        with launch() as browser:
            yield browser
    except NoBrowser as missing:
        unavailable(str(missing))
