"""读得舒服：中文排版、悬停预览、摘要与社交预览、sitemap、404、最后改动的日期、报错的链接、复制、打印。"""

import gzip
import json
import os
import re
import shutil
import struct
import subprocess
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import page_dates
import pytest
import repository_links
import social_card
from site_browser import DESKTOP, PHONE

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "book/information/cross_entropy.html"


@pytest.fixture(scope="module")
def home(site):
    """网站发布后的地址，由首页的 canonical 读出。"""
    return (
        site.soup("book/intro.html")
        .find("link", rel="canonical")["href"]
        .removesuffix("book/intro.html")
    )


@pytest.fixture
def tab(browser):
    """电脑上的一个新页面；结束时控制台里不许有错误。"""
    context = browser.new_context(locale="zh-CN", viewport=DESKTOP, reduced_motion="reduce")
    tab, problems = context.new_page(), []
    tab.on("console", lambda m: m.type == "error" and problems.append(m.text))
    tab.on("pageerror", lambda error: problems.append(str(error)))
    yield tab
    context.close()
    assert not problems


def metadata(soup):
    """一页 ``<head>`` 里的 ``<meta>``：名字对内容；同名的排成列表。"""
    found = {}
    for meta in soup.head.find_all("meta", content=True):
        found.setdefault(meta.get("name") or meta.get("property"), []).append(meta["content"])
    return found


# ---------------------------------------------------------------- 摘要与社交预览


def test_site_address_follows_the_repository():
    """网站的地址由仓库的地址推出；以用户名命名的仓库放在根上。"""
    address = repository_links.pages_address
    assert address("https://github.com/CE-Book/cross-entropy") == (
        "https://ce-book.github.io/cross-entropy/"
    )
    assert address("https://github.com/someone/someone.github.io") == "https://someone.github.io/"


def test_every_page_has_a_description_of_its_own(site):
    """搜索结果里的那两行：整句、中文、没有公式源码，各页不同。"""
    seen = {}
    for name in site.names:
        (text,) = metadata(site.soup(f"{name}.html"))["description"]
        assert 50 <= len(text) <= 160, f"{name}：{len(text)} 个字：{text}"
        assert re.search(r"[。？！][”’）]*$", text), f"{name} 的摘要断在半句：{text}"
        assert not re.search(r"[\\$^{}\0]|_[a-z{]", text.replace("ce_book", "")), f"{name}：{text}"
        assert text not in seen, f"{name} 与 {seen.get(text)} 的摘要相同"
        seen[text] = name


def test_social_previews_are_complete(site, home):
    """发到聊天窗口里：标题、摘要、地址、一张 1200×630 的图，都是绝对地址；图不在页面里加载。"""
    for page in [*(f"{name}.html" for name in site.names), "index.html"]:
        soup = site.soup(page)
        found = metadata(soup)
        assert all(len(v) == 1 for k, v in found.items() if k and k.startswith(("og:", "tw"))), page
        target = "book/intro.html" if page == "index.html" else page
        assert found["og:url"] == [home + target] == [soup.find("link", rel="canonical")["href"]]
        heading = site.soup(target).h1.find(string=True, recursive=False)
        assert found["og:title"] == [heading]
        assert found["og:description"] == found["description"]
        assert found["og:site_name"] == ["交叉熵：从信息量到多标签损失"]
        assert found["twitter:card"] == ["summary_large_image"]
        card = found["og:image"][0].removeprefix(home)
        header = (site.root / card).read_bytes()[:24]
        assert header[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">2I", header[16:]) == (
            1200,
            630,
        )
        assert not soup.find(src=re.compile("cards"))


def test_cards_differ(site):
    """每一页的卡片画的是自己的标题。"""
    cards = [path.read_bytes() for path in (site.root / "_images" / "cards").glob("*.png")]
    assert len(set(cards)) == len(cards) >= len(site.names)


def test_card_refuses_a_missing_glyph(tmp_path):
    """随书的字体里没有的字，宁可构建失败，不画方框。"""
    with pytest.raises(ValueError, match="龘"):
        social_card.draw("龘：这是什么字？", "书名", tmp_path / "card.png")


def test_sitemap_lists_every_page(site, home):
    """全书的页，一页不少，地址与 canonical 相同，日期与页底相同。"""
    root = ElementTree.parse(site.root / "sitemap.xml").getroot()
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    listed = {
        url.findtext("s:loc", namespaces=space): url.findtext("s:lastmod", namespaces=space)
        for url in root.findall("s:url", space)
    }
    assert set(listed) == {f"{home}{name}.html" for name in site.names}
    for name in site.names:
        shown = site.soup(f"{name}.html").select_one(".page-end time")
        assert listed[f"{home}{name}.html"] == (shown and shown["datetime"])


# ---------------------------------------------------------------- 404


@pytest.fixture
def published(browser, site, home):
    """像 GitHub Pages 那样：网站在自己的地址上，没有的地址送出 404.html。"""
    context = browser.new_context(locale="zh-CN", viewport=PHONE)

    def answer(route):
        name = unquote(urlsplit(route.request.url).path.removeprefix(urlsplit(home).path))
        if (site.root / name).is_file():
            route.fulfill(path=site.root / name)
        else:
            body = (site.root / "404.html").read_text(encoding="utf-8")
            route.fulfill(status=404, body=body, content_type="text/html; charset=utf-8")

    context.route(f"{home}**", answer)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("wrong", ["nothing.html", "book/labels/old/deep/nothing.html"])
def test_not_found_page_works_at_any_depth(published, site, home, wrong):
    """不存在的地址，不论多深：样式在，链接走得通，能搜索，能报告。"""
    tab, failed = published, []
    tab.on("response", lambda r: r.status >= 400 and failed.append(r.url))
    tab.goto(home + wrong)
    assert failed == [home + wrong], "404 页自己的样式或脚本取不到"
    assert tab.locator("h1").inner_text() == "没有这一页"
    assert (
        tab.evaluate("getComputedStyle(document.querySelector('.bd-article')).lineHeight")
        != "normal"
    )
    links = tab.locator(".not-found-contents a")
    found = {a.evaluate("a => a.href") for a in links.all()}
    assert found == {f"{home}{name}.html" for name in site.names[1:]}
    assert metadata(site.soup("404.html"))["robots"] == ["noindex"]
    assert "/issues/new" in tab.locator("article a", has_text="告诉我们").get_attribute("href")
    tab.locator(".not-found-search input").fill("熵")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("ul.search > li")
    assert tab.url.startswith(f"{home}search.html?q=")


# ---------------------------------------------------------------- 页底：日期，报告错误


def run_git(folder, *arguments):
    """一条 git 命令的输出。"""
    if not shutil.which("git"):
        pytest.skip("没有 git。")
    name = ["-c", "user.name=测试", "-c", "user.email=test@example.org"]
    command = ["git", *name, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


# 除了正文，还由别的文件写成的页。
ALSO = {
    "book/appendix/sources": ["book/ledger.yml"],
    "book/appendix/bibliography": ["book/references.bib"],
}


def test_pages_say_when_they_were_last_changed(site):
    """页底的日期就是 git 里最后一次提交的日期；没有完整的历史就不写。"""
    inside = page_dates.git(site.repo, "rev-parse", "--is-shallow-repository")
    for name in site.names:
        shown = site.soup(f"{name}.html").select_one(".page-end time")
        if inside != "false":
            assert shown is None
            continue
        files = [f"{name}.md", *ALSO.get(name, [])]
        expected = run_git(site.repo, "log", "-1", "--format=%cs", "--", *files).strip()
        assert (shown.get_text() if shown else "") == expected, name


def dates(folder):
    """``page_dates`` 给出的日期，和日期变了、要重写的页。"""
    env = SimpleNamespace(
        srcdir=str(folder),
        found_docs={"book/page"},
        dependencies={"book/page": ["book/page.ipynb", "book/ledger.yml"]},
        doc2path=lambda name, base: f"{name}.md",
    )
    changed = page_dates.note_dates(None, env)
    return env.page_dates.get("book/page"), changed


def test_dates_need_a_full_history(tmp_path):
    """不是仓库、没有提交、浅克隆：不写日期，也不报错。提交以后，正文没有重读也更新。"""
    repository = tmp_path / "full"
    (repository / "book").mkdir(parents=True)
    (repository / "book" / "page.md").write_text("正文", encoding="utf-8")
    assert dates(repository) == (None, []), "不是仓库"
    run_git(repository, "init", "-q")
    assert not dates(repository)[0], "还没有提交"
    run_git(repository, "add", "book/page.md")
    run_git(repository, "commit", "-qm", "A page", "--date=2020-02-02T12:00:00")
    today = run_git(repository, "log", "-1", "--format=%cs").strip()
    assert dates(repository) == (today, ["book/page"])
    run_git(tmp_path, "clone", "-q", "--depth=1", repository.as_uri(), "shallow")
    assert dates(tmp_path / "shallow") == (None, []), "浅克隆"


def test_dates_follow_the_data_but_not_the_record(tmp_path):
    """台账改了算改动；执行记录是生成的，不算。"""
    (tmp_path / "book").mkdir()
    run_git(tmp_path, "init", "-q")
    for day, name in enumerate(["page.md", "ledger.yml", "page.ipynb"], start=1):
        (tmp_path / "book" / name).write_text("……", encoding="utf-8")
        run_git(tmp_path, "add", ".")
        moment = f"2020-01-0{day}T12:00:00"
        subprocess.run(
            [
                "git",
                "-c",
                "user.name=测试",
                "-c",
                "user.email=t@example.org",
                "commit",
                "-qm",
                name,
            ],
            cwd=tmp_path,
            check=True,
            env={"GIT_COMMITTER_DATE": moment, "PATH": os.environ["PATH"]},
        )
    assert dates(tmp_path)[0] == "2020-01-02"


def test_every_page_can_be_reported(site):
    """页底的“告诉我们”与页头的“提出问题”是同一个地址，写明了页面，问清楚哪一句。"""
    for name in site.names:
        soup = site.soup(f"{name}.html")
        link = soup.select_one(".page-end a")
        assert link.get_text() == "告诉我们"
        issue = unquote(link["href"])
        assert f"页面：{name}\n" in issue and "应当是：" in issue
        header = [
            a["href"] for a in soup.select(".bd-header-article a") if "提出问题" in a.get_text()
        ]
        assert header == [link["href"]]


# ---------------------------------------------------------------- 悬停预览

CARD = ".link-preview"


def hover(tab, selector):
    """鼠标停在第一个这样的链接上，等预览出来。"""
    link = tab.locator(f"article {selector}").first
    link.hover()
    tab.wait_for_selector(CARD)
    return link


# 页面、链接、预览里应当看得到的元素、应当有的文字。
PREVIEWS = [
    (CHAPTER, "p a[href*='#term']", "dt", "交叉熵"),
    (CHAPTER, "a.reference[href*='#equation']", "div.math .katex-html", "(4.2)"),
    (CHAPTER, "a[href*='bibliography']", "div.citation", "A mathematical theory"),
    (CHAPTER, "p a[href$='entropy.html']", "h1", "开机键"),
    (CHAPTER, "a[href*='api.html#']", "dt.sig", "cross_entropy"),
    ("book/information/self_information.html", "a.reference[href*='#fig']", "figure img", "图 1.1"),
    ("book/appendix/sources.html", "a[href*='#src-a4']", "h2", "0.804"),
]


@pytest.mark.parametrize(("page", "selector", "element", "text"), PREVIEWS)
def test_links_preview_their_target(tab, address, page, selector, element, text):
    """停在链接上，看得到术语、公式、文献、章节、函数、图；公式是排好的，图真的显示。"""
    tab.goto(address + page)
    hover(tab, selector)
    card = tab.locator(CARD)
    assert card.locator(element).first.is_visible()
    assert text.lower() in card.inner_text().lower()
    assert "\\" not in card.evaluate(
        "e => { e = e.cloneNode(true); e.querySelectorAll('.katex').forEach((k) => k.remove());"
        " return e.textContent; }"
    )
    for image in card.locator("img").all():
        image.evaluate("e => e.decode()")
    box, size = card.bounding_box(), tab.viewport_size
    assert box["x"] >= 0 and box["x"] + box["width"] <= size["width"]
    assert box["height"] <= 330
    # 预览里没有第二个同样的 id，也没有走得到的链接。
    ids = tab.evaluate("[...document.querySelectorAll('.link-preview [id]')].map((e) => e.id)")
    assert not ids and card.locator("a, [tabindex]").count() == 0


def test_preview_shows_formulas_typeset(tab, address):
    """术语的解释里的公式，在预览里用的也是 KaTeX 的字体。"""
    tab.goto(address + CHAPTER)
    hover(tab, "p a[href*='#term']")
    font = tab.locator(f"{CARD} .katex .mathnormal").first.evaluate(
        "e => getComputedStyle(e).fontFamily"
    )
    assert font.startswith("KaTeX")


def test_preview_from_the_keyboard(tab, address):
    """用 Tab 键走到链接也有预览，读屏软件念得到；Esc 收起，焦点不动；走开也收起。"""
    tab.goto(address + CHAPTER)
    link = tab.locator("article p a[href*='#term']").first
    link.focus()
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    tab.wait_for_selector(CARD)
    described = link.get_attribute("aria-describedby")
    assert tab.locator(f"#{described}").get_attribute("role") == "tooltip"
    tab.keyboard.press("Escape")
    assert not tab.locator(CARD).is_visible()
    assert link.get_attribute("aria-describedby") is None
    assert link.evaluate("e => e === document.activeElement")
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    tab.wait_for_selector(CARD)
    tab.keyboard.press("Shift+Tab")
    tab.wait_for_selector(CARD, state="hidden")


def test_preview_stays_under_the_mouse(tab, address):
    """鼠标移进预览，它不消失；移到别处，它收起。"""
    tab.goto(address + CHAPTER)
    hover(tab, "p a[href*='#term']")
    tab.locator(CARD).hover()
    tab.wait_for_timeout(600)
    assert tab.locator(CARD).is_visible()
    tab.mouse.move(5, 5)
    tab.wait_for_selector(CARD, state="hidden")


def test_preview_fetches_nothing_until_asked(tab, address):
    """没有停在链接上，就一页也不多取；同一页的目标从不去取；别页的只取一次。"""
    requests = []
    tab.goto(address + CHAPTER, wait_until="networkidle")
    # 快滚到的图也在取，与预览无关。
    tab.on("request", lambda r: ".html" in r.url and requests.append(r.url))
    hover(tab, "a.reference[href*='#equation']")
    assert not requests
    for _ in range(2):
        tab.mouse.move(5, 5)
        tab.wait_for_selector(CARD, state="hidden")
        hover(tab, "p a[href*='#term']")
    assert requests == [f"{address}book/appendix/glossary.html"]


def test_preview_leaves_touch_screens_alone(browser, address):
    """手指点链接就是去那里，不弹预览。"""
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    tab = context.new_page()
    tab.goto(address + CHAPTER)
    link = tab.locator("article a.reference[href*='#equation']").first
    link.tap()
    tab.wait_for_timeout(600)
    assert "#equation" in tab.url and not tab.locator(CARD).is_visible()
    context.close()


def test_preview_from_a_file(tab, site):
    """直接打开文件：本页的公式照样预览，别页的不去取，控制台不报错。"""
    tab.goto((site.root / CHAPTER).as_uri())
    hover(tab, "a.reference[href*='#equation']")
    tab.locator("article p a[href*='#term']").first.hover()
    tab.wait_for_selector(CARD, state="hidden")
    tab.wait_for_timeout(600)
    assert not tab.locator(CARD).is_visible()


def test_preview_is_light_and_late(site):
    """每页只多一个小脚本，不挡首屏。"""
    script = (site.root / "_static" / "link_preview.js").read_bytes()
    assert len(gzip.compress(script)) <= 2_200
    tag = site.soup(CHAPTER).find("script", src=re.compile("link_preview"))
    assert tag.has_attr("defer")


# ---------------------------------------------------------------- 复制


def test_copied_code_is_the_code(browser, site, address):
    """复制出来的就是笔记本里那一格，一个字不差；提示是中文。"""
    context = browser.new_context(locale="zh-CN", viewport=DESKTOP)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto(address + CHAPTER)
    record = json.loads((site.repo / CHAPTER.replace("html", "ipynb")).read_text(encoding="utf-8"))
    sources = [
        "".join(cell["source"])
        for cell in record["cells"]
        if cell["cell_type"] == "code" and "remove-cell" not in cell["metadata"].get("tags", ())
    ]
    buttons = tab.locator(".cell_input .copybtn")
    assert buttons.count() == len(sources)
    for k in range(3):
        assert buttons.nth(k).get_attribute("data-tooltip") == "复制"
        buttons.nth(k).click(force=True)
        tab.wait_for_function(
            "k => document.querySelectorAll('.copybtn')[k].dataset.tooltip != '复制'", arg=k
        )
        assert tab.evaluate("navigator.clipboard.readText()").strip() == sources[k].strip()
    assert tab.locator(".cell_output .copybtn, .highlight-text .copybtn").count() == 0
    # 文档字符串里的例子：只要代码，不要提示符和结果。
    tab.goto(address + "book/appendix/api.html")
    example = tab.locator(".highlight:has(.gp)").first
    example.locator(".copybtn").click(force=True)
    tab.wait_for_timeout(300)
    lines = [x[4:] for x in example.inner_text().splitlines() if x.startswith((">>> ", "... "))]
    assert tab.evaluate("navigator.clipboard.readText()").splitlines() == lines
    context.close()


def test_copy_buttons_show_on_focus(tab, address):
    """用键盘走到复制按钮，看得见它。"""
    tab.goto(address + CHAPTER)
    button = tab.locator(".cell_input .copybtn").first
    button.focus()
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    assert (
        button.evaluate("e => e === document.activeElement && getComputedStyle(e).opacity") == "1"
    )


# ---------------------------------------------------------------- 中文排版


def test_chinese_typesetting_takes_effect(tab, address):
    """行距、避头尾、标点挤压、中西文间距、标题均匀折行，浏览器都认得。"""
    tab.goto(address + CHAPTER)
    style = """(s) => { const c = getComputedStyle(document.querySelector(s)); return Object.fromEntries(
      ["lineBreak", "textSpacingTrim", "textAutospace", "textWrapStyle", "fontSize", "lineHeight"]
        .map((name) => [name, c[name]])); }"""
    paragraph = tab.evaluate(style, "article p")
    assert paragraph["lineBreak"] == "strict"
    assert paragraph["textSpacingTrim"] == "trim-start"
    assert paragraph["textAutospace"] == "normal"
    assert paragraph["textWrapStyle"] == "pretty"
    assert 1.7 <= float(paragraph["lineHeight"][:-2]) / float(paragraph["fontSize"][:-2]) <= 1.9
    assert tab.evaluate(style, "article h1")["textWrapStyle"] == "balance"
    for other in ("article .katex", "article .cell_input pre"):
        assert tab.evaluate(style, other)["textAutospace"] == "no-autospace"


def test_spaces_between_scripts_are_not_doubled(tab, address):
    """正文里手工空了一格的地方，浏览器不再加；没有空格的地方才加。"""
    tab.goto(address + CHAPTER)
    width = """(text) => { const p = document.createElement("p"); p.style.display = "inline-block";
      p.textContent = text; document.querySelector("article").append(p);
      const both = ["normal", "no-autospace"].map((v) => ((p.style.textAutospace = v), p.offsetWidth));
      p.remove(); return both; }"""
    on, off = tab.evaluate(width, "熵的单位是 nat 或 bit 或 hartley")
    assert on == off
    on, off = tab.evaluate(width, "熵的单位是nat或bit或hartley")
    assert on > off


LINES = r"""
() => {
  document.querySelectorAll("article details").forEach((d) => (d.open = true));
  const bad = [], rect = (text) => {
    const range = document.createRange();
    range.selectNodeContents(text);
    return [...range.getClientRects()];
  };
  for (const glue of document.querySelectorAll("article .glue")) {
    const boxes = [...glue.querySelectorAll(".katex-base")].map((e) => e.getBoundingClientRect());
    const after = glue.querySelector(".closing, .closings")?.firstChild;
    const edge = glue.closest("p, li, dd, td, th, h2, h3, figcaption").getBoundingClientRect().right;
    const last = after && rect(after).at(-1);
    if (last && last.top > boxes.at(-1).bottom - 2) bad.push("行首：" + glue.textContent);
    if (last && last.right > edge + 1) bad.push("伸出：" + glue.textContent);
    if (glue.firstChild.nodeType === 3 && rect(glue.firstChild)[0].bottom < boxes[0].top + 2)
      bad.push("行尾：" + glue.textContent);
  }
  for (const math of document.querySelectorAll("article span.math")) {
    if (getComputedStyle(math).display !== "inline") bad.push("滚动：" + math.textContent);
    if (math.matches(".unbroken") && math.getClientRects().length > 1)
      bad.push("拆开：" + math.textContent);
  }
  return bad;
}
"""


def test_formulas_sit_well_in_the_lines(tab, site, address):
    """手机上：标点不离开公式，也不伸出版心；短公式不拆成两行；行内公式不是一个个小的滚动框。"""
    tab.set_viewport_size(PHONE)
    problems = {}
    for page in site.chapters:
        tab.goto(address + page)
        if bad := tab.evaluate(LINES):
            problems[page] = bad
    assert not problems


def test_equation_numbers_stand_on_the_right(tab, address):
    """编号在公式的右边，中文的书都这样。"""
    tab.goto(address + CHAPTER)
    number = tab.locator("article div.math .eqno").first.bounding_box()
    formula = tab.locator("article div.math:has(.eqno) .math-scroll").first.bounding_box()
    assert number["x"] >= formula["x"] + formula["width"]


def test_ledger_is_readable_on_a_phone(tab, address):
    """来源对照在手机上一条一块，每行都有整个屏幕宽。"""
    tab.set_viewport_size(PHONE)
    tab.goto(address + "book/appendix/sources.html")
    widths = tab.evaluate(
        "[...document.querySelectorAll('table.ledger td')].map((e) => e.clientWidth)"
    )
    assert min(widths) > 280


# ---------------------------------------------------------------- 上一页、下一页，打印


def test_neighbours_are_named_and_reachable(tab, site, address):
    """“上一页”“下一页”写着章名，用 Tab 键走得到，焦点看得见。"""
    tab.goto(address + CHAPTER)
    place = site.names.index(CHAPTER.removesuffix(".html"))
    for selector, neighbour in ((".left-prev", place - 1), (".right-next", place + 1)):
        title = site.soup(f"{site.names[neighbour]}.html").h1.find(string=True, recursive=False)
        link = tab.locator(selector)
        assert title in link.inner_text().replace("\n", "")
        link.focus()
        tab.keyboard.press("Shift+Tab")
        tab.keyboard.press("Tab")
        assert link.evaluate("e => e === document.activeElement")
        assert link.evaluate("e => getComputedStyle(e).outlineStyle") != "none"


def test_a_printed_chapter_has_its_title_and_date(tab, address):
    """打印一章：标题和日期在，链接和按钮不印，代码不折行。"""
    tab.goto(address + CHAPTER)
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 672, "height": 900})  # A4 减去页边
    assert tab.locator("article h1").is_visible()
    assert not tab.locator(".page-end a").is_visible()
    assert not tab.locator(".prev-next-area").is_visible()
    assert not tab.locator(".copybtn").first.is_visible()
    wide = tab.evaluate(
        "[...document.querySelectorAll('.cell_input pre')].filter((e) => e.scrollWidth > e.clientWidth)"
    )
    assert not wide
