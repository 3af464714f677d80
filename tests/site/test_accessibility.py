"""看不见、用不了鼠标的读者：axe 的规则、只用键盘的操作、读屏软件听到的名字。

axe 怎样运行、放过哪些规则，见 ``tools/measure_pages.py``。深色与浅色只有颜色不同，深色只看与颜色有关的
规则；每一页只打开一次，折叠的都展开，先在手机上看，再放宽到电脑。
"""

import pytest
from measure_pages import axe_violations, new_context, pages_to_measure, unfold
from site_browser import DESKTOP, PHONE

CHAPTER = "book/information/entropy.html"
TABBED = "book/labels/frameworks.html"


@pytest.fixture
def tab(browser, address, request):
    """一个窗口，停在一章上；大小、明暗由 ``request.param`` 给。"""
    size, scheme, page = getattr(request, "param", (DESKTOP, "light", CHAPTER))
    context = new_context(browser, scheme, size)
    tab = context.new_page()
    tab.goto(address + page)
    yield tab
    context.close()


on_phone = pytest.mark.parametrize("tab", [(PHONE, "light", CHAPTER)], indirect=True)


def focused(tab, expression="e.outerHTML.slice(0, 120)"):
    """焦点所在的元素。"""
    return tab.evaluate(f"((e) => {expression})(document.activeElement)")


# ---------------------------------------------------------------- axe


def test_no_page_violates_axe(site, address, browser):
    """每一页，浅色、深色，手机、电脑。"""
    found = {}
    context = new_context(browser, "light", PHONE)
    for page in pages_to_measure(site.root):
        tab = context.new_page()
        tab.goto(address + page)
        for size, scheme in [
            (PHONE, "light"),
            (PHONE, "dark"),
            (DESKTOP, "dark"),
            (DESKTOP, "light"),
        ]:
            # 不要动画：颜色立刻是最后的。
            tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            tab.set_viewport_size(size)
            if scheme == "light":
                unfold(tab)
            if violations := axe_violations(tab, colours_only=scheme == "dark"):
                found[page, size["width"], scheme] = violations
        tab.close()
    context.close()
    assert not found


def open_search(tab):
    """搜索的对话框。"""
    tab.keyboard.press("Control+k")
    tab.wait_for_selector("dialog[open] input[name=q]")


def open_menu(name):
    """页头的一个下拉菜单。"""

    def open_it(tab):
        tab.locator(f".dropdown-{name}-buttons > button").click()
        tab.wait_for_selector(f".dropdown-{name}-buttons .dropdown-menu.show")

    return open_it


def open_sidebar(name):
    """手机上从旁边出来的目录。"""

    def open_it(tab):
        tab.locator(f".{name}-toggle").click()
        tab.wait_for_selector(f"#pst-{name}-sidebar-modal[open]")

    return open_it


def scroll_back(tab):
    """往回滚一点，“回到顶部”就出来了。"""
    tab.evaluate("scrollTo({ top: 3000, behavior: 'instant' })")
    tab.mouse.wheel(0, -200)
    tab.wait_for_selector("#pst-back-to-top", state="visible")


STATES = {
    "搜索": (DESKTOP, CHAPTER, open_search),
    "搜索（手机）": (PHONE, CHAPTER, open_search),
    "在线运行": (DESKTOP, CHAPTER, open_menu("launch")),
    "源文件": (DESKTOP, CHAPTER, open_menu("source")),
    "下载": (PHONE, CHAPTER, open_menu("download")),
    "全书目录": (PHONE, CHAPTER, open_sidebar("primary")),
    "本页目录": (PHONE, CHAPTER, open_sidebar("secondary")),
    "回到顶部": (PHONE, CHAPTER, scroll_back),
}


@pytest.mark.parametrize(
    ("tab", "open_it"),
    [((size, "dark", page), open_it) for size, page, open_it in STATES.values()],
    ids=STATES.keys(),
    indirect=["tab"],
)
def test_what_opens_does_not_violate_axe(tab, open_it):
    """打开对话框、菜单、侧栏以后。"""
    open_it(tab)
    tab.wait_for_timeout(400)  # 等淡入做完，颜色才是最后的
    assert not axe_violations(tab)


@pytest.mark.parametrize("tab", [(DESKTOP, "light", TABBED)], indirect=True)
def test_every_framework_tab_passes_axe(tab):
    """每一个标签页都翻出来看；代码的颜色随语言不同。"""
    labels = tab.locator(".sd-tab-set").first.locator("label")
    found = {}
    for k in range(labels.count()):
        labels.nth(k).click()
        unfold(tab)
        if violations := axe_violations(tab, colours_only=k != 1):
            found[labels.nth(k).inner_text()] = violations
    assert labels.count() == 5
    assert not found


# ---------------------------------------------------------------- 键盘


def test_the_first_tab_offers_to_skip_to_the_text(tab):
    """第一下 Tab 是“跳转至主要内容”，看得见；回车以后，下一个焦点在正文那一栏里。"""
    tab.keyboard.press("Tab")
    assert focused(tab, "e.getAttribute('href')") == "#main-content"
    tab.wait_for_function("document.activeElement.getBoundingClientRect().top >= 0")  # 滑下来
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert focused(tab, "!!e.closest('main')")


def test_search_dialog_returns_focus(tab):
    """Ctrl+K 打开搜索，可以直接打字；Esc 关上，焦点回到原处。"""
    tab.locator(".theme-switch-button").focus()
    tab.keyboard.press("Control+k")
    assert focused(tab, "e.name") == "q"
    assert tab.get_by_role("dialog", name="搜索").count() == 1
    tab.keyboard.press("Escape")
    assert tab.locator("dialog[open]").count() == 0
    assert focused(tab, "e.classList.contains('theme-switch-button')")


def test_theme_switch_keeps_focus(tab):
    """用键盘换明暗，可以接着按。"""
    button = tab.locator(".theme-switch-button")
    button.focus()
    modes = []
    for _ in range(3):
        tab.keyboard.press("Enter")
        modes.append(tab.evaluate("document.documentElement.dataset.mode"))
        assert focused(tab, "e.classList.contains('theme-switch-button')")
        assert button.locator("i:visible").count() == 1
    assert sorted(modes) == ["auto", "dark", "light"]


@pytest.mark.parametrize("name", ["launch", "source", "download"])
def test_menus_work_from_the_keyboard(tab, name):
    """回车打开，方向键走，Esc 关上并回到按钮。"""
    menu = f".dropdown-{name}-buttons"
    tab.locator(f"{menu} > button").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f"{menu} .dropdown-menu.show")
    assert tab.locator(f"{menu} > button").get_attribute("aria-expanded") == "true"
    tab.keyboard.press("ArrowDown")
    first = focused(tab, "e.innerText.trim()")
    tab.keyboard.press("ArrowDown")
    second = focused(tab, "e.innerText.trim()")
    items = [text.strip() for text in tab.locator(f"{menu} .dropdown-item").all_inner_texts()]
    assert [first, second] == items[:2]
    tab.keyboard.press("Escape")
    assert tab.locator(f"{menu} .dropdown-menu.show").count() == 0
    assert focused(tab, "e.classList.contains('dropdown-toggle')")


@on_phone
@pytest.mark.parametrize(("name", "title"), [("primary", "全书目录"), ("secondary", "本页目录")])
def test_phone_sidebars_hold_and_return_focus(tab, name, title):
    """打开侧栏，焦点进去，Tab 不会走到盖住的正文里；Esc 关上，回到按钮。"""
    tab.locator(f".{name}-toggle").focus()
    tab.keyboard.press("Enter")
    dialog = tab.get_by_role("dialog", name=title)
    dialog.wait_for()
    inside = "e === document.body || !!e.closest('dialog[open]')"
    for _ in range(5):
        tab.keyboard.press("Tab")
        assert focused(tab, inside), focused(tab)
    tab.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert focused(tab, f"e.classList.contains('{name}-toggle')"), focused(tab)


def test_solutions_open_from_the_keyboard(tab):
    """焦点停得住，回车开合。"""
    solution = tab.locator("details.solution").first
    solution.locator("summary").focus()
    tab.keyboard.press("Enter")
    assert solution.evaluate("(e) => e.open")
    tab.keyboard.press("Enter")
    assert not solution.evaluate("(e) => e.open")


SCROLLERS = """
() => [...document.querySelectorAll("article *")]
  .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth
    && /auto|scroll/.test(getComputedStyle(e).overflowX))
  .map((e) => [e.tabIndex, e.getAttribute("role"), e.getAttribute("aria-label"), e.className])
"""


@pytest.mark.parametrize(
    "tab", [(PHONE, "light", CHAPTER), (PHONE, "light", TABBED)], indirect=True, ids=["章", "表"]
)
def test_what_scrolls_sideways_can_be_reached_and_has_a_name(tab):
    """手机上太宽的代码、公式、表格：Tab 停得住，名字是中文、不重复，方向键滚得动。"""
    unfold(tab)
    boxes = tab.evaluate(SCROLLERS)
    assert len(boxes) > 5
    assert not [box for box in boxes if box[0] != 0 or box[1] != "region" or not box[2]]
    names = [box[2] for box in boxes]
    assert len(set(names)) == len(names)
    box = tab.get_by_role("region", name=names[0], exact=True)
    box.focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function("document.activeElement.scrollLeft > 0")


@pytest.mark.parametrize(
    "tab",
    [(DESKTOP, "light", CHAPTER), (PHONE, "dark", TABBED)],
    indirect=True,
    ids=["电脑", "手机"],
)
def test_focus_is_always_visible(tab):
    """一路按 Tab，每一处都看得出焦点在哪里：有轮廓，或者框的外面画了一圈。"""
    unfold(tab)
    seen, hidden = set(), []
    for _ in range(60):
        tab.keyboard.press("Tab")
        # 看不见的单选钮，画在它的标签上。
        html, shown = tab.evaluate(
            """() => {
                 const e = document.activeElement;
                 const marked = [e, e.matches("input[type=radio]") && e.nextElementSibling, e.form]
                   .filter(Boolean).map((m) => getComputedStyle(m));
                 const ring = marked.some((s) => parseFloat(s.outlineWidth) >= 2
                   && s.outlineStyle !== "none" || s.boxShadow !== "none");
                 return [e.outerHTML.slice(0, 150), ring];
               }"""
        )
        seen.add(html)
        if not shown:
            hidden.append(html)
    assert len(seen) > 40
    assert not hidden
