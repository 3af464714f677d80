"""离线阅读：存下全书、断网读、换版、接着下载、删掉；以及不经服务器、直接打开文件。

浏览器把 ``www.book.test`` 当作 https 的网站（见 conftest.py）；每个测试发布自己的一份网页，
里面只有清单列出的文件，所以清单漏了什么，页面就缺什么。
"""

import base64
import functools
import gzip
import hashlib
import http.server
import json
import re
import shutil
import threading
import time
from types import SimpleNamespace
from urllib.parse import urljoin, urlsplit

import offline
import pytest

WORKER = "service-worker.js"
PAGE = "book/appendix/offline.html"
NOTICE = ".offline-notice button"
STATUS = "#offline-panel [role=status]"

# 这一页的 service worker 装好了（没有别的在装）。
READY = """
async () => {
  const registration = await navigator.serviceWorker.ready;
  return !registration.installing && !registration.waiting;
}
"""
STORED = """
async () => {
  const shelves = await caches.keys();
  return shelves.length ? (await (await caches.open(shelves[0])).keys()).length : 0;
}
"""
REGISTERED = "async () => (await navigator.serviceWorker.getRegistrations()).length"
# 等全部图片画出来，按需载入的和折叠着的也算；返回画不出来的。
BROKEN_IMAGES = """
async () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  const images = [...document.images].filter((image) => image.getClientRects().length);
  for (const image of images) image.loading = "eager";
  await Promise.allSettled(images.map((image) => image.decode()));
  return images.filter((image) => !image.naturalWidth).map((image) => image.currentSrc);
}
"""

# 页面写着要载入的文件的地址，不带查询串。
LOADS = """
() => [...document.querySelectorAll(
  "[src], link:is([rel~=stylesheet], [rel~=icon], [rel~=preload], [rel~=modulepreload])"
)].map((e) => e.src || e.href).filter((url) => url.startsWith("http"))
  .map((url) => url.replace(/[?].*/, ""))
"""
# 页面已经载入，它自己起动的事（offline.js）也都开始了。
IDLE = "() => new Promise((done) => requestIdleCallback(() => setTimeout(done, 300)))"


def book_in(root):
    """``service-worker.js`` 里填好的内容。"""
    text = (root / WORKER).read_text(encoding="utf-8")
    return json.loads(re.search(r"const BOOK = (\{.*?\n\});", text, flags=re.DOTALL)[1])


class Published:
    """发布的一份网页：可以改动，可以断网，记下每个请求。"""

    def __init__(self, root):
        self.root = root
        self.requests = []
        self.allowed = None  # 再应答几个请求以后断网；不断网则为空

        class Handler(http.server.SimpleHTTPRequestHandler):
            """断网时不应答。"""

            def do_GET(handler):
                if self.allowed is not None:
                    if self.allowed <= 0:
                        handler.close_connection = True
                        return
                    self.allowed -= 1
                self.requests.append(urlsplit(handler.path).path.removeprefix(f"/{root.name}/"))
                super().do_GET()

            def log_message(handler, *arguments):
                """什么也不写。"""

        # 像 GitHub Pages 上的项目那样，网站不在域名的根上。
        handler = functools.partial(Handler, directory=str(root.parent))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        place = f"{self.server.server_port}/{root.name}/"
        self.address = f"http://www.book.test:{place}"
        self.local = f"http://127.0.0.1:{place}"

    def revise(self, page, old, new, date="2030-01-02"):
        """改一页，重写 ``service-worker.js``。"""
        text = (self.root / page).read_text(encoding="utf-8")
        assert old in text
        (self.root / page).write_text(text.replace(old, new), encoding="utf-8")
        pages = [path for path in book_in(self.root)["files"] if path.endswith(".html")]
        return offline.write_worker(self.root, pages, date)


@pytest.fixture(scope="module")
def book(site):
    """这次构建的清单、日期和大小。"""
    return book_in(site.root)


@pytest.fixture
def published(site, book, tmp_path):
    """清单里的文件和 ``service-worker.js``，别的一概没有。"""
    root = tmp_path / "cross-entropy"
    for path in [*book["files"], WORKER]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(site.root / path, root / path)
    published = Published(root)
    yield published
    published.server.shutdown()
    published.server.server_close()


@pytest.fixture
def reader(browser):
    """一位读者的浏览器：没来过这个网站。"""
    context = browser.new_context(locale="zh-CN")
    yield context
    context.close()


def watch(tab):
    """记下控制台的错误和取不到的文件。"""
    problems = []

    def note_message(message):
        if message.type in ("error", "warning"):
            problems.append(f"{tab.url}: {message.text}")

    def note_response(response):
        if response.status >= 400:
            problems.append(f"{tab.url}: {response.status} {response.url}")

    def note_failure(request):
        # 换到下一页时还没取完的，浏览器自己取消。
        if request.failure != "net::ERR_ABORTED":
            problems.append(f"{tab.url}: {request.failure} {request.url}")

    tab.on("console", note_message)
    tab.on("pageerror", lambda error: problems.append(f"{tab.url}: {error}"))
    tab.on("requestfailed", note_failure)
    tab.on("response", note_response)
    return problems


def visit(reader, address):
    """打开一页，等全书存好。"""
    tab = reader.new_page()
    tab.goto(address, wait_until="load")
    tab.wait_for_function(READY)
    return tab


def eventually(happened):
    """等到发生：何时查新版本、何时换 service worker，由浏览器自己安排。"""
    for _ in range(20):
        time.sleep(1)
        if happened():
            return
    raise AssertionError("等了 20 秒，没有发生")


# ---------------------------------------------------------------- 清单


def test_manifest_matches_the_files(site, book):
    """清单里的每个文件都在，内容与哈希相符；目录里的每一页都在清单里。"""
    wrong = [
        path
        for path, expected in book["files"].items()
        if base64.b64encode(hashlib.sha256((site.root / path).read_bytes()).digest()).decode()
        != expected
    ]
    assert not wrong
    assert set(site.pages) <= set(book["files"])


def test_manifest_has_fonts_and_modules(site, book):
    """按需载入的也收：样式里的字体，会动的插图的模块。"""
    wanted = {
        module.relative_to(site.root).as_posix()
        for module in (site.root / "_static" / "figures").rglob("*.js")
    }
    for sheet in [path for path in book["files"] if path.endswith(".css")]:
        text = (site.root / sheet).read_text(encoding="utf-8")
        fonts = re.findall(r"url\([\"']?([^\"')]+\.woff2)", text)
        wanted |= {urljoin(f"/{sheet}", font).lstrip("/") for font in fonts}
    assert len(wanted) >= 20, "公式的字体就有 20 个"
    assert not wanted - set(book["files"])


def test_manifest_leaves_out_what_readers_never_load(book):
    """源文件、PDF、调试用的对照表、旧格式的字体，不占读者的地方。"""
    unwanted = re.compile(r"\.(map|pdf|ttf|woff|inv|po|mo)$|^_sources/|screenshot")
    assert not [path for path in book["files"] if unwanted.search(path)]


def test_only_referenced_files_are_stored(tmp_path):
    """样式的 url()、脚本的 import、srcset 跟着找；没有谁引用的不收，别的网页不顺着链接去收。"""
    contents = {
        "a/page.html": """<link rel="stylesheet" href="../s/main.css?v=1"><link rel="next" href="other.html">
            <script src='../s/main.js'></script><img src="pic.png" srcset="pic.png 1x, big%20pic.png 2x">
            <a href="paper.pdf">PDF</a><img src="https://example.org/x.png"><img src="gone.png">
            <style>p { background: url(inline.svg#part) }</style>""",
        "s/main.css": "@import 'more.css'; @font-face { src: url(f.woff2), url('f.ttf'), url(data:x) }",
        "s/main.js": 'import { x } from "./module.js"; import("./lazy.js");',
        "_static/figures/kinds/coin.js": "",
        **dict.fromkeys(["a/other.html", "a/pic.png", "a/big pic.png", "a/inline.svg"], ""),
        **dict.fromkeys(["s/more.css", "s/f.woff2", "s/f.ttf", "s/module.js", "s/lazy.js"], ""),
        **dict.fromkeys(["a/paper.pdf", "s/unused.js", "a/unused.png"], ""),
    }
    for path, text in contents.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    unused = {"a/other.html", "a/paper.pdf", "s/unused.js", "a/unused.png", "s/f.ttf"}
    assert set(offline.files_to_store(tmp_path, ["a/page.html"])) == set(contents) - unused


def test_the_same_files_give_the_same_worker(published, book):
    """内容没变，service-worker.js 就一个字节也不变：不然读者会收到什么也没改的“新版本”。"""
    before = (published.root / WORKER).read_bytes()
    pages = [path for path in book["files"] if path.endswith(".html")]
    offline.write_worker(published.root, pages, book["date"])
    assert (published.root / WORKER).read_bytes() == before


def test_sizes_on_the_page_are_true(site, book):
    """页面上写的大小，就是清单里的文件压缩后和存下来的大小。"""
    spans = site.soup(PAGE).select("[data-offline]")
    shown = {span["data-offline"]: span.get_text() for span in spans}
    sizes = {"download": 0, "stored": 0}
    for path in book["files"]:
        data = (site.root / path).read_bytes()
        packed = gzip.compress(data) if path.endswith((".html", ".css", ".js", ".svg")) else data
        sizes["download"] += len(packed)
        sizes["stored"] += len(data)
    for name, size in sizes.items():
        # 大小写进网页，网页又大了几个字节。
        assert abs(book["bytes"][name] - size) < 100
        assert shown[name] == f"{book['bytes'][name] / 1e6:.1f}\u00a0MB"
    assert book["date"] in shown["edition"]


def test_date_is_not_the_time_of_building(tmp_path, monkeypatch, site):
    """日期取自提交，或 SOURCE_DATE_EPOCH；没有 git 的文件夹没有日期，但照样建得出来。"""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert offline.edition_date(site.repo) == "1970-01-02"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert offline.edition_date(tmp_path) == ""


# ---------------------------------------------------------------- 断网读


def test_whole_book_reads_offline_after_one_visit(site, published, book, reader):
    """打开过首页，断网：每一页、每幅图、样式、字体都在，搜索有结果和摘要；清单没有漏，不发一个请求。"""
    tab = visit(reader, published.address)
    installed = list(published.requests)
    reader.set_offline(True)
    published.allowed = 0
    problems = watch(tab)
    for page in site.pages:
        if page == "index.html":
            continue  # 只是转到第一页，下面再看
        response = tab.goto(published.address + page, wait_until="load")
        assert response.ok and tab.title(), page
        loads = {url.removeprefix(published.address) for url in tab.evaluate(LOADS)}
        assert len(loads) > 10 and not loads - set(book["files"]), page
        assert tab.evaluate(BROKEN_IMAGES) == [], page
        failed = "[...document.fonts].filter((font) => font.status === 'error').length"
        assert tab.evaluate(failed) == 0, page
    tab.goto(f"{published.address}search.html?q=交叉熵")
    tab.wait_for_selector("ul.search > li .context")
    assert not problems
    # 网站的根也打得开。
    tab.goto(published.address)
    tab.wait_for_url(published.address + site.pages[0])
    assert published.requests == installed


def test_pages_that_do_not_exist_are_not_intercepted(published, reader):
    """没有的页，照服务器说的：404。"""
    tab = visit(reader, published.address + PAGE)
    tab.reload()
    assert tab.evaluate("navigator.serviceWorker.controller !== null")
    assert tab.goto(f"{published.address}book/nothing.html").status == 404


def test_first_page_is_not_slowed(published, reader):
    """先显示页面，再下载：页面载入以前，一个要存的文件也没有取。"""
    tab = reader.new_page()
    tab.goto(published.address + PAGE, wait_until="load")
    loading = list(published.requests)
    assert WORKER not in loading
    tab.wait_for_function(READY)
    assert published.requests.count(WORKER) == 1


# ---------------------------------------------------------------- 换版


def test_new_edition_is_offered_and_only_changes_are_downloaded(site, published, reader):
    """有新版本：后台下载变了的文件，通知里写着日期；点了才换，别的窗口跟着换。"""
    page = site.chapters[0]
    tab = visit(reader, published.address + page)
    tab.reload()
    other = reader.new_page()
    other.goto(published.address + page)
    old_title, new_title = tab.title(), "修订过的一章"
    published.requests.clear()
    published.revise(page, f"<title>{old_title}".split(" ")[0], f"<title>{new_title}")
    tab.reload()
    notice = tab.get_by_role("status").filter(has_text="这本书有新版本（2030-01-02）。")
    notice.wait_for()
    # 变了的：这一页，和写着日期的“离线阅读”。
    assert sorted(set(published.requests)) == sorted([WORKER, page, PAGE])
    assert published.requests.count(page) == 1
    # 没有点，就还是旧的。
    tab.reload()
    assert tab.title() == old_title
    tab.get_by_role("button", name="换上新版").click()
    tab.wait_for_function(f"document.title.startsWith('{new_title}')")
    other.wait_for_function(f"document.title.startsWith('{new_title}')")
    # 旧的文件清掉了。
    tab.wait_for_function(READY)
    assert tab.evaluate(STORED) == len(book_in(published.root)["files"])
    assert tab.locator(NOTICE).count() == 0


def test_new_edition_arrives_when_all_windows_are_closed(site, published, reader):
    """不点“换上新版”，关掉全部窗口，下次打开就是新的。"""
    page = site.chapters[0]
    tab = visit(reader, published.address + page)
    tab.reload()
    published.revise(page, "</title>", "（新）</title>")
    tab.reload()
    tab.get_by_role("button", name="以后再说").click()
    assert tab.locator(NOTICE).count() == 0
    # 说过“以后再说”，这个窗口里不再问。
    tab.reload()
    tab.evaluate(IDLE)
    assert tab.locator(NOTICE).count() == 0
    tab.close()

    def renewed():
        tab = reader.new_page()
        tab.goto(published.address + page)
        new = tab.title().endswith("（新）")
        tab.close()
        return new

    eventually(renewed)


def test_pages_never_mix_editions(site, published, reader):
    """新版本下载到一半断了网：读者看到的，页面、样式、脚本全是旧的一版，断网也完整。"""
    page = site.chapters[0]
    tab = visit(reader, published.address + page)
    tab.reload()
    sheet = "_static/book.css"
    (published.root / sheet).write_text("body { color: red }", encoding="utf-8")
    published.revise(page, "</title>", "（新）</title>")
    published.allowed = 2  # service-worker.js 和一个文件
    tab.reload()
    tab.wait_for_function(READY)
    tab.reload()
    assert not tab.title().endswith("（新）")
    body = "getComputedStyle(document.body).color"
    assert tab.evaluate(body) != "rgb(255, 0, 0)"
    published.allowed = None
    tab.reload()
    tab.get_by_role("button", name="换上新版").click()
    tab.wait_for_function(f"document.title.endsWith('（新）') && {body} === 'rgb(255, 0, 0)'")


def test_stale_files_are_refused(site, published, reader):
    """网站更新到一半，取到的文件与清单不符：这一版不用，等下一次。"""
    page = site.chapters[0]
    (published.root / page).write_text("旧的一章", encoding="utf-8")
    tab = reader.new_page()
    tab.goto(published.address + PAGE)
    tab.get_by_text("没有存完").wait_for()
    assert tab.evaluate(REGISTERED) == 0


# ---------------------------------------------------------------- 中断、省流量、删掉


def test_interrupted_download_goes_on_where_it_stopped(published, book, reader):
    """下载到一半断网；连上以后自己接着存，只下载余下的。"""
    files = set(book["files"])
    tab = reader.new_page()
    tab.goto(published.address + PAGE, wait_until="load")
    published.allowed = 40
    tab.get_by_text("没有存完").wait_for()
    first = tab.evaluate(STORED)
    assert 20 < first < len(files)
    published.allowed = None
    published.requests.clear()
    reader.set_offline(True)
    reader.set_offline(False)
    tab.get_by_text("已存好").wait_for()
    assert published.requests.count(WORKER) == 1
    assert len(published.requests) - 1 == len(files) - first
    assert tab.evaluate(STORED) == len(files)


def test_data_saver_is_respected(published, reader):
    """开着“省流量”，不自动下载；读者自己点，才下载。"""
    tab = reader.new_page()
    saver = reader.new_cdp_session(tab)
    saver.send("Emulation.setDataSaverOverride", {"dataSaverEnabled": True})
    tab.goto(published.address + PAGE)
    tab.get_by_text("还没有存下这本书").wait_for()
    tab.evaluate(IDLE)
    assert WORKER not in published.requests
    assert tab.evaluate(REGISTERED) == 0
    tab.get_by_role("button", name="存下全书").click()
    tab.get_by_text("已存好").wait_for()


def test_data_saver_is_respected_in_updates(site, published, reader):
    """存过书的人后来开了“省流量”：新版本也要等他自己点了才下载。"""
    page = site.chapters[0]
    tab = visit(reader, published.address + PAGE)
    published.revise(page, "</title>", "（新）</title>")
    worker = (published.root / WORKER).read_text(encoding="utf-8")
    assert "navigator.connection?.saveData" in worker
    worker = worker.replace("navigator.connection?.saveData", "true")
    (published.root / WORKER).write_text(worker, encoding="utf-8")
    published.requests.clear()
    tab.reload()
    eventually(lambda: WORKER in published.requests)
    tab.evaluate(IDLE)
    assert set(published.requests) == {WORKER}
    tab.get_by_role("button", name="看看有没有新版本").click()
    tab.locator(STATUS, has_text="新版本已经下载好").wait_for()
    assert page in published.requests


def test_authors_preview_is_never_stored_by_itself(published, reader):
    """在自己的机器上预览，不自动存，改了书立刻看得到；按钮仍然可用。"""
    tab = reader.new_page()
    tab.goto(published.local + PAGE)
    tab.evaluate(IDLE)
    assert tab.evaluate(REGISTERED) == 0
    tab.get_by_role("button", name="存下全书").click()
    tab.get_by_text("已存好").wait_for()
    assert tab.evaluate(REGISTERED) == 1


def test_deleting_the_stored_book(published, reader):
    """删掉：什么也不留，也不再自动存；再点“存下全书”又有了。"""
    tab = visit(reader, published.address + PAGE)
    tab.get_by_role("button", name="删掉存下的书").press("Enter")
    tab.locator(STATUS, has_text="不会自动再存").wait_for()
    # 按过的按钮没有了，键盘的焦点还在这里。
    assert tab.locator(STATUS).evaluate("(status) => status === document.activeElement")
    assert tab.evaluate("caches.keys()") == []
    assert tab.evaluate(REGISTERED) == 0
    tab.reload()
    tab.evaluate(IDLE)
    assert tab.evaluate(REGISTERED) == 0
    tab.get_by_role("button", name="存下全书").click()
    tab.get_by_text("已存好").wait_for()


def test_checking_for_a_new_edition(published, reader):
    """“看看有没有新版本”：没有就说没有，断网就说查不了，有就可以换。"""
    tab = visit(reader, published.address + PAGE)
    check = tab.get_by_role("button", name="看看有没有新版本")
    check.click()
    tab.get_by_text("这就是最新的").wait_for()
    published.allowed = 0
    check.click()
    tab.get_by_text("连不上网").wait_for()
    published.revise(PAGE, "</title>", "（新）</title>")
    published.allowed = 1  # 只有 service-worker.js
    check.click()
    tab.locator(STATUS, has_text="还没有下载完").wait_for()
    published.allowed = None
    check.click()
    tab.locator("#offline-panel").get_by_role("button", name="换上新版").click()
    tab.wait_for_function("document.title.endsWith('（新）')")


def test_retiring_leaves_nothing_behind(site, published, reader):
    """网站撤掉离线阅读：读过的人下次打开，旧的 service worker 注销，存下的书删掉。"""
    page = site.chapters[0]
    tab = visit(reader, published.address + page)
    tab.reload()
    retiring = SimpleNamespace(
        builder=SimpleNamespace(name="html"),
        config=SimpleNamespace(offline_reading=False),
        outdir=published.root,
    )
    offline.finish(retiring, None)
    for path in published.root.rglob("*.html"):
        text = re.sub(r"<script[^>]*offline[^>]*></script>", "", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
    tab.close()

    def retired():
        tab = reader.new_page()
        tab.goto(published.address + page)
        gone = not tab.evaluate(REGISTERED) and tab.evaluate("caches.keys()") == []
        tab.close()
        return gone

    eventually(retired)


# ---------------------------------------------------------------- 没有脚本、从文件打开


def test_offline_page_makes_sense_without_scripts(published, browser):
    """没有脚本：没有按不动的按钮，说得清为什么不能存、还能怎么办。"""
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(published.address + PAGE)
    assert "没有运行脚本" in tab.locator(STATUS).inner_text()
    assert tab.locator("#offline-panel :is(button, progress):visible").count() == 0
    context.close()


def test_every_page_opens_from_a_file(site, reader):
    """下载的网页，双击就能读：没有错误，图和公式都在。"""
    tab = reader.new_page()
    problems = watch(tab)
    for page in site.pages:
        tab.goto((site.root / page).as_uri(), wait_until="load")
        if page == "index.html":  # 转到第一页
            tab.wait_for_url(f"**/{site.pages[0]}", wait_until="load")
        assert tab.evaluate(BROKEN_IMAGES) == [], page
    tab.goto((site.root / PAGE).as_uri())
    assert "从文件打开" in tab.locator(STATUS).inner_text()
    assert not problems


def test_pages_from_a_file_are_not_dead(site, reader):
    """从文件打开：明暗、折叠、标签页、上下页都好用，搜索列出结果。"""
    tab = reader.new_page()
    problems = watch(tab)
    tab.goto((site.root / "book/labels/frameworks.html").as_uri())
    theme = "document.documentElement.dataset.theme"
    before = tab.evaluate(theme)
    switch = tab.locator(".theme-switch-button:visible").first
    for _ in range(2):  # 跟随系统、浅、深轮换，两次之内总会变
        switch.click()
    assert tab.evaluate(theme) != before or tab.evaluate("localStorage.mode") != "auto"
    tab.locator(".sd-tab-set label", has_text="PyTorch").first.click()
    visible = tab.locator(".sd-tab-set").first.locator(".sd-tab-content:visible")
    assert visible.inner_text().startswith("import torch")
    summary = tab.locator("article details > summary:visible").first
    summary.click()
    assert summary.evaluate("(e) => e.parentElement.open")
    following = tab.locator(".right-next").get_attribute("href")
    tab.locator(".right-next").click()
    tab.wait_for_url(f"**/{following}")
    tab.keyboard.press("Control+k")
    tab.locator("dialog[open] input[name=q]").fill("交叉熵")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("ul.search > li")
    tab.wait_for_function("document.querySelector('.search-summary')?.innerText")
    assert not problems
