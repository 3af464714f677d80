"""另一个浏览器：Firefox 里同样读得了、拨得动、搜得到。

用 Mozilla 自己的 marionette_driver 驱动 Debian 的 Firefox。细处都在 Chromium 里核对过
（test_site_browser.py、test_moving_figures.py），这里看的是换一个浏览器会不会坏。
"""

import os
import shutil

import pytest

NAMES = ["firefox-esr", "firefox"]


@pytest.fixture(scope="module")
def firefox(unavailable, tmp_path_factory):
    """无界面的 Firefox。"""
    try:
        from marionette_driver.marionette import Marionette
    except ImportError:
        unavailable("没有 marionette_driver（只在 Linux 上装），先运行 make test 所用的安装。")
    path = os.environ.get("CE_BOOK_FIREFOX") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        unavailable(
            "没有找到 Firefox：apt install firefox-esr，或用环境变量 CE_BOOK_FIREFOX 指出它的路径。"
        )
    # 只看这些网页：不更新，不联系别处。
    quiet = {
        "network.proxy.type": 1,
        "network.proxy.socks": "127.0.0.1",
        "network.proxy.socks_port": 9,  # 没有人听的端口：别的主机一律连不上
        "network.proxy.no_proxies_on": "127.0.0.1",
        "app.update.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "intl.accept_languages": "zh-CN",
    }
    # 它自己的日志默认写在当前文件夹里。
    log = str(tmp_path_factory.mktemp("firefox") / "gecko.log")
    driver = Marionette(bin=path, headless=True, prefs=quiet, gecko_log=log)
    driver.start_session()
    yield driver
    driver.quit()


def errors(firefox):
    """页面脚本的错误，看过就清掉。"""
    with firefox.using_context("chrome"):
        return firefox.execute_script(
            """
            const found = Services.console.getMessageArray()
              .filter((m) => m instanceof Ci.nsIScriptError && m.sourceName.startsWith("http"))
              .filter((m) => !(m.flags & Ci.nsIScriptError.warningFlag))
              // 网页还没收完就排版，正好断在一条公式中间，Firefox 也要说一声；收完就没事了。
              .filter((m) => !m.errorMessage.startsWith("Invalid markup"))
              .map((m) => `${m.sourceName}:${m.lineNumber} ${m.errorMessage}`);
            Services.console.reset();
            return found;
            """
        )


def test_every_page_loads(site, address, firefox):
    """每一页：脚本不出错，图都到了，不横向滚动。"""
    firefox.set_window_rect(width=500, height=900)  # Firefox 的窗口最窄大约这么宽
    problems = {}
    for page in site.pages:
        if page == "index.html":
            continue
        firefox.navigate(address + page)
        found = firefox.execute_async_script(
            """
            const done = arguments[0];
            const pictures = [...document.querySelectorAll("article img")];
            for (const picture of pictures) picture.loading = "eager";
            Promise.all(pictures.map((p) => p.decode().then(() => "", () => p.src)))
              .then((broken) => done({
                broken: broken.filter(Boolean),
                beyond: Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth),
              }));
            """
        )
        found["errors"] = errors(firefox)
        if any(found.values()):
            problems[page] = found
    assert not problems


def test_figures_move(site, address, firefox):
    """每种会动的图：按方向键，图和话都变。"""
    kinds = 0
    for page in site.chapters:
        if not site.soup(page).select("ce-figure"):
            continue
        firefox.navigate(address + page)
        moved = firefox.execute_async_script(
            """
            const done = arguments[0];
            const look = (f) => f.querySelector(".words").textContent + f.querySelector("svg").innerHTML;
            (async () => {
              const answers = [];
              for (const figure of document.querySelectorAll("ce-figure")) {
                while (!figure.hasAttribute("ready")) await new Promise((r) => setTimeout(r, 20));
                figure.scrollIntoView();
                await new Promise((r) => setTimeout(r, 50));
                const before = look(figure);
                const slider = figure.querySelector("input[type=range]");
                slider.value = slider.valueAsNumber < Number(slider.max) ? slider.max : slider.min;
                slider.dispatchEvent(new Event("input"));
                answers.push([figure.getAttribute("kind"), look(figure) !== before]);
              }
              done(answers);
            })();
            """
        )
        assert all(changed for _, changed in moved), moved
        kinds += len(moved)
        assert not errors(firefox)
    assert kinds >= 8


def test_search_works(address, firefox):
    """搜得到，而且排在前面的是讲它的那一章。"""
    firefox.navigate(f"{address}search.html?q=KL 散度")
    first = firefox.execute_async_script(
        """
        const done = arguments[0];
        const wait = () => {
          const link = document.querySelector("ul.search > li a");
          link ? done(link.getAttribute("href")) : setTimeout(wait, 50);
        };
        wait();
        """
    )
    assert first.startswith("book/information/kl_divergence.html")
    assert not errors(firefox)
