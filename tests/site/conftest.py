"""建好的网页，以及一个打开它的浏览器。

网页要先建好（``make test`` 会先建）；没有建好、或者比正文旧，测试略过并说明该做什么。
CI 设 ``CE_BOOK_REQUIRE_BROWSER=1``：缺网页、缺浏览器都算失败，不会悄悄略过。
"""

import functools
import http.server
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from chromium import FLAGS, MISSING, find_chromium

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"


def unavailable(reason):
    """缺了要用的东西：平时略过，CI 里算失败。"""
    if os.environ.get("CE_BOOK_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", name="unavailable")
def unavailable_fixture():
    """给自己打开别的浏览器的测试用。"""
    return unavailable


def sources():
    """目录（``_toc.yml``）里的页面，按次序；不带扩展名，相对于仓库的根。"""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))

    def files(entry):
        if isinstance(entry, dict):
            for key, value in entry.items():
                if key in ("file", "root"):
                    yield value
                else:
                    yield from files(value)
        elif isinstance(entry, list):
            for item in entry:
                yield from files(item)

    return list(files(toc))


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
    for name in sources():
        page, source = HTML / f"{name}.html", ROOT / f"{name}.md"
        if not page.exists() or page.stat().st_mtime < source.stat().st_mtime:
            unavailable(f"网页比正文旧（{source.relative_to(ROOT)}），先运行 make book。")
    return Site(ROOT, HTML, sources())


@pytest.fixture(scope="session")
def address(site):
    """127.0.0.1 上的网页服务器。"""

    class Handler(http.server.SimpleHTTPRequestHandler):
        """不在测试的输出里写访问日志。"""

        def log_message(self, *arguments):
            """什么也不写。"""

    handler = functools.partial(Handler, directory=str(site.root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """无界面的 Chromium。"""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        unavailable("没有 playwright，先运行 make test 所用的安装。")
    path = find_chromium()
    if path is None:
        unavailable(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
