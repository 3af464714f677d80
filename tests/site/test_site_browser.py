"""真的浏览器里的网页：对外的请求、控制台的错误、横向滚动、界面的中文、搜索。

每一页只打开一次，看到的都记下来，各项测试再分别核对。
"""

import re
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import pytest
from site_browser import DESKTOP, PHONE

# 放过的控制台消息：写明原因，一条一条加。
EXPECTED_MESSAGES = ()

# 界面的文字和提示：正文以外的全部文字；正文里的按钮、标题栏、折叠行；以及全页的提示属性。
UI_STRINGS = r"""
() => {
  const strings = new Set();
  const note = (kind, text) => text && text.trim() && strings.add(`${kind}：${text.trim()}`);
  const skipped =
    "script, style, noscript, pre, code, .katex, svg:not(:has(title)), .bibtex-citation";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (element.closest(skipped)) continue;
    const article = element.closest("article.bd-article");
    const button = element.closest(
      "button, summary, .admonition-title, .headerlink, .caption-number, .field-list > dt, .rubric"
    );
    if (!article || button) note("文字", walker.currentNode.textContent);
  }
  for (const name of ["title", "aria-label", "placeholder", "alt", "data-tooltip", "data-bs-title",
                      "data-bs-original-title", "aria-description"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      if (!element.closest(".bibtex-citation, .katex")) note(name, element.getAttribute(name));
    }
  }
  note("标题", document.title);
  return [...strings];
}
"""

# 界面里可以出现的拉丁字：产品、文件名、许可、按键、标识符。没有汉字的字符串须全由这些词组成。
PRODUCTS = {
    *(
        "Binder",
        "Colab",
        "GitHub",
        "Jupyter",
        "JavaScript",
        "Python",
        "Ctrl",
        "MIT",
        "API",
        "K",
        "PDF",
    ),
    *("ce_book", "ipynb", "md", "pdf", "KL", "NumPy", "SymPy"),
}
# 汉字中间夹着这些词，就是没译完的界面。
ENGLISH_UI = re.compile(
    r"\b(the|to|of|this|page|search|launch|open|show|hide|click|toggle|source|copy|copied|download|next"
    r"|previous|home|contents?|issue|edit|link|menu|sidebar|copyright|by|powered|repository|navigation)\b",
    re.IGNORECASE,
)


@dataclass
class Visit:
    """打开一页时看到的。"""

    hosts: set = field(default_factory=set)
    failed: list = field(default_factory=list)
    messages: list = field(default_factory=list)
    widths: dict = field(default_factory=dict)
    wide: list = field(default_factory=list)
    stretched: list = field(default_factory=list)
    strings: set = field(default_factory=set)


def watched(context, address):
    """一个新页面，连同在那里看到的；别的主机连不上（conftest.py），但请求过就记下来。"""
    visit = Visit()
    own = urlsplit(address).netloc
    tab = context.new_page()

    def note_request(request):
        if urlsplit(request.url).netloc not in (own, ""):
            visit.hosts.add(request.url)

    def note_response(response):
        if response.status >= 400:
            visit.failed.append(f"{response.status} {response.url}")

    def note_message(message):
        if message.type in ("error", "warning"):
            visit.messages.append(message.text)

    tab.on("request", note_request)
    tab.on("response", note_response)
    tab.on("console", note_message)
    tab.on("pageerror", lambda error: visit.messages.append(str(error)))
    return tab, visit


@pytest.fixture(scope="session")
def desktop(browser):
    """电脑上的窗口；一直用同一个，样式和脚本只取一次。"""
    context = browser.new_context(locale="zh-CN", viewport=DESKTOP)
    yield context
    context.close()


@pytest.fixture(scope="session")
def visits(site, address, desktop):
    """每一页：先以电脑的宽度打开，再收窄到手机的宽度。"""
    seen = {}
    for page in site.pages:
        if page == "index.html":
            continue  # 只是转到第一页
        tab, visit = watched(desktop, address)
        tab.goto(address + page, wait_until="load")
        # 折叠的内容也要看：展开来量。
        tab.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
        visit.strings = set(tab.evaluate(UI_STRINGS))
        for name, size in (("电脑", DESKTOP), ("手机", PHONE)):
            tab.set_viewport_size(size)
            visit.widths[name] = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
        visit.wide = tab.evaluate(
            """() => [...document.querySelectorAll("article *")]
                 .filter((e) => e.getBoundingClientRect().right > innerWidth + 1
                   && !e.closest(".math-scroll, span.math, pre, .pst-scrollable-table-container"))
                 .map((e) => e.outerHTML.slice(0, 120)).slice(0, 3)"""
        )
        visit.stretched = tab.evaluate(
            """() => [...document.querySelectorAll("article .cell_output img")]
                 .map((e) => {
                   const pad = 2 * parseFloat(getComputedStyle(e).paddingTop);
                   const shown = (e.clientWidth - pad) / (e.clientHeight - pad);
                   return shown / (e.naturalWidth / e.naturalHeight);
                 })
                 .filter((ratio) => Math.abs(ratio - 1) > 0.03)"""
        )
        tab.close()
        seen[page] = visit
    return seen


def test_no_requests_to_other_hosts(visits):
    """浏览器真的只向自己请求。"""
    assert not {page: visit.hosts for page, visit in visits.items() if visit.hosts}


def test_nothing_is_missing(visits):
    """没有取不到的样式、脚本、图片、字体。"""
    assert not {page: visit.failed for page, visit in visits.items() if visit.failed}


def test_no_console_errors(visits):
    """脚本没有出错。"""
    problems = {
        page: messages
        for page, visit in visits.items()
        if (messages := [m for m in visit.messages if not any(e in m for e in EXPECTED_MESSAGES)])
    }
    assert not problems


def test_pages_never_scroll_sideways(visits):
    """手机上只上下滚动；太宽的公式、表格、代码在自己的框里滚动，没有东西被切掉。"""
    problems = {
        page: (visit.widths, visit.wide)
        for page, visit in visits.items()
        if visit.wide or any(extra > 0 for extra in visit.widths.values())
    }
    assert not problems


def test_figures_keep_their_shape(visits):
    """手机上图变窄时，高度跟着变。"""
    assert not {page: visit.stretched for page, visit in visits.items() if visit.stretched}


def is_english(string):
    """一条界面文字是不是没译的英文。"""
    kind, _, text = string.replace("CC BY", "").partition("：")
    if re.fullmatch(r"[\w.]+(\(\))?", text) and ("_" in text or "." in text):
        return False  # 标识符：API 页的链接以它作提示
    if re.search(r"[\u4e00-\u9fff]", text):
        return kind != "alt" and bool(ENGLISH_UI.search(text))
    words = re.findall(r"[A-Za-z_]{2,}|\b[A-Z]\b", text)
    return any(word not in PRODUCTS for word in words)


def test_interface_is_chinese(visits):
    """按钮、提示、读屏文字都是中文。"""
    problems = {
        page: english
        for page, visit in visits.items()
        if (english := sorted(filter(is_english, visit.strings)))
    }
    assert not problems
    # 看得见脚本加上的按钮，说明等到了脚本运行之后。
    assert any("复制" in s for visit in visits.values() for s in visit.strings)


def test_interface_uses_mainland_wording(visits):
    """大陆的说法：打印，不是列印。"""
    taiwan = re.compile("列印|搜寻|程式|资讯|档案|预设|滑鼠|网路|萤幕|连结")
    assert not {p: s for p, v in visits.items() for s in v.strings if taiwan.search(s)}


def test_home_leads_to_the_first_page(site, address, desktop):
    """打开网站的根，到书的第一页。"""
    tab, _ = watched(desktop, address)
    tab.goto(address)
    tab.wait_for_url(f"{address}{site.pages[0]}")
    tab.close()


# ---------------------------------------------------------------- 搜索


@pytest.fixture(scope="module")
def search(desktop, address):
    """在搜索页输入一个查询，返回结果。"""
    tab, visit = watched(desktop, address)
    tab.goto(address + "search.html")

    def run(query):
        field = tab.locator("article input[name=q], .bd-search-container input[name=q]").first
        field.fill(query)
        field.press("Enter")
        tab.wait_for_url(f"**/search.html?q={quote(query).replace('%20', '+')}*")
        tab.wait_for_function("document.querySelector('.search-summary')?.innerText")
        # 摘要是另外取来的，等它们都到。
        tab.wait_for_function(
            """() => [...document.querySelectorAll("ul.search > li")]
                 .every((item) => item.querySelector(".context, span"))"""
        )
        return tab.evaluate(
            """() => [...document.querySelectorAll("ul.search > li")].map((li) => ({
                 page: li.querySelector("a").getAttribute("href").split(/[?#]/)[0],
                 title: li.querySelector("a").innerText,
                 summary: li.querySelector(".context")?.innerText ?? "",
                 marked: [...li.querySelectorAll(".highlighted")].map((e) => e.innerText),
               }))"""
        )

    yield run
    assert not visit.messages
    tab.close()


# 查询、应当在结果里的页面、它应当排在第几以内。
QUERIES = [
    ("熵", "book/information/entropy.html", 1),
    ("信息量", "book/information/self_information.html", 1),
    ("交叉熵", "book/information/cross_entropy.html", 2),
    ("KL散度", "book/information/kl_divergence.html", 1),
    ("KL 散度", "book/information/kl_divergence.html", 1),
    ("kl 散度", "book/information/kl_divergence.html", 1),
    ("二元熵函数", "book/information/entropy.html", 1),
    ("霍夫曼编码", "book/information/entropy.html", 3),
    ("真实分布", "book/information/cross_entropy.html", 6),
    ("真实分布 交叉熵", "book/information/cross_entropy.html", 3),
    ("最大 熵", "book/information/entropy.html", 1),
    ("似然", "book/likelihood/maximum_likelihood.html", 1),
    ("极大似然", "book/likelihood/maximum_likelihood.html", 1),
    ("logits", "book/likelihood/logits.html", 1),
    ("均方误差", "book/likelihood/why_not_mse.html", 1),
    ("单标签", "book/labels/single_label.html", 1),
    ("多标签", "book/labels/multi_label.html", 2),
    ("双重softmax", "book/labels/three_losses.html", 2),
    ("准确率", "book/likelihood/error_to_loss.html", 3),
    ("标签平滑", "book/labels/frameworks.html", 1),
    ("PyTorch", "book/labels/frameworks.html", 4),
    ("反向传播", "book/labels/training.html", 2),
    ("温度", "book/labels/calibration.html", 1),
    ("可靠性图", "book/labels/calibration.html", 1),
    ("勘误", "book/appendix/sources.html", 1),
    ("sigmoid_cross_entropy", "book/appendix/api.html", 1),
    ("kl_divergence", "book/appendix/api.html", 1),
    ("Derivation", "book/appendix/api.html", 1),
    ("divergence", "book/information/kl_divergence.html", 12),
]


@pytest.mark.parametrize(("query", "page", "place"), QUERIES)
def test_search_finds(search, query, page, place):
    """找得到，而且排在前面；摘要里看得到要找的字，并且标了出来。"""
    results = search(query)
    pages = list(dict.fromkeys(result["page"] for result in results))
    assert page in pages[:place], pages
    for result in results:
        assert "\\" not in result["summary"], result
        if result["summary"]:
            assert len(result["summary"]) <= 130, result
    first = query.split()[0].lower()
    shown = " ".join(r["title"] + r["summary"] for r in results).lower()
    assert first in shown or first in shown.replace(" ", "")
    assert any(result["marked"] for result in results)


@pytest.mark.parametrize("query", ["魑魅魍魉", "熵魑", "zzzzqqq", "真实分布 魑魅"])
def test_search_finds_nothing_for_nonsense(search, query):
    """书里没有的字，一个结果也没有。"""
    assert search(query) == []


def test_search_from_the_keyboard(site, address, desktop):
    """在任何一章按 Ctrl+K，输入，回车，到搜索结果。"""
    tab, visit = watched(desktop, address)
    tab.goto(address + site.chapters[0])
    tab.keyboard.press("Control+k")
    tab.locator("dialog[open] input[name=q]").fill("交叉熵")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("ul.search > li")
    assert not visit.messages
    tab.close()


# ---------------------------------------------------------------- 折叠、打印


def test_solutions_open_without_scripts(site, address, browser):
    """练习的解答默认折叠，不用脚本也能打开；里面是执行过的格子。"""
    page = next((p for p in site.chapters if site.soup(p).select("details.solution")), None)
    assert page, "没有一章有折叠的解答"
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    tab = context.new_page()
    tab.goto(address + page)
    solution = tab.locator("details.solution:has(.cell_output)").first
    assert not solution.locator(".cell_output").first.is_visible()
    solution.locator("summary").click()
    assert solution.locator(".cell_output").first.is_visible()
    context.close()


def test_printing_opens_solutions(site, address, desktop):
    """打印时解答是展开的，打印完又合上。"""
    page = next(p for p in site.chapters if site.soup(p).select("details.solution"))
    tab, _ = watched(desktop, address)
    tab.goto(address + page)
    count = "document.querySelectorAll('article details[open]').length"
    before = tab.evaluate(count)
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.evaluate(count) > before
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.evaluate(count) == before
    tab.close()


# ---------------------------------------------------------------- 标签页

TABBED = "book/labels/frameworks.html"
CHOSEN = "() => [...document.querySelectorAll('.sd-tab-set > input:checked + label')].map((e) => e.innerText)"


def test_tabs_stay_in_step(site, address, desktop):
    """点一个框架，全页的标签页都换成它；方向键也行。"""
    tab, visit = watched(desktop, address)
    tab.goto(address + TABBED)
    sets = tab.locator(".sd-tab-set")
    assert set(tab.evaluate(CHOSEN)) == {"ce_book"}
    sets.nth(3).locator("label", has_text="TensorFlow").click()
    assert tab.evaluate(CHOSEN) == ["TensorFlow"] * sets.count()
    sets.nth(5).locator("input:checked").focus()
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate(CHOSEN) == ["Keras"] * sets.count()
    assert sets.last.locator(".sd-tab-content:visible").count() == 1
    assert not visit.messages
    tab.close()


def test_tabs_open_without_scripts(address, browser):
    """没有脚本，一组一组地点，也看得到每个框架。"""
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    tab = context.new_page()
    tab.goto(address + TABBED)
    first = tab.locator(".sd-tab-set").first
    first.locator("label", has_text="PyTorch").click()
    assert first.locator(".sd-tab-content:visible").inner_text().strip().startswith("import torch")
    context.close()


def test_printing_shows_every_tab(address, desktop):
    """纸上点不了标签，所以全都印出来。"""
    tab, _ = watched(desktop, address)
    tab.goto(address + TABBED)
    tab.emulate_media(media="print")
    contents = tab.locator(".sd-tab-content")
    assert contents.count() == tab.locator(".sd-tab-content:visible").count() > 50
    tab.close()


# ---------------------------------------------------------------- 对比


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_contrast(site, address, desktop, mode):
    """本书自己的框与标题，文字与底色的对比至少 4.5（WCAG AA）。"""
    tab, _ = watched(desktop, address)
    tab.emulate_media(color_scheme=mode)
    worst = {}
    for page in site.chapters:
        tab.goto(address + page)
        for selector, ratio in tab.evaluate(CONTRAST).items():
            worst[selector] = min(ratio, worst.get(selector, 21))
    tab.close()
    assert worst and min(worst.values()) >= 4.5, worst


CONTRAST = r"""
() => {
  const rgb = (text) => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const background = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const selectors = ["p", "p a:not(.headerlink)", "h1", "h2", "figcaption", ".admonition-title",
    ".misconception p", ".exercise p", ".solution p", ".solution > summary", "table td",
    ".cell_output pre", ".sd-tab-set > label", ".sd-tab-content pre"];
  const found = {};
  for (const s of selectors) for (const e of document.querySelectorAll(`article ${s}`)) {
    const pair = [light(rgb(getComputedStyle(e).color)), light(background(e))];
    found[s] = Math.min(found[s] ?? 21, (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05));
  }
  return found;
}
"""
