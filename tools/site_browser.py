"""打开网页用的浏览器：系统里的 Chromium，无界面，除了本机哪里也连不上。"""

import contextlib
import os
import shutil

NAMES = ["chromium", "chromium-browser", "google-chrome"]

# 打开浏览器只为看这些网页：别的主机一律连不上，不更新，不问东问西。
# *.book.test 也是这台机器，浏览器当它是 https 的网站：离线阅读在 127.0.0.1 上不会自动开始。
FLAGS = [
    "--host-resolver-rules=MAP *.book.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--unsafely-treat-insecure-origin-as-secure=*.book.test",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PHONE = {"width": 375, "height": 812}
DESKTOP = {"width": 1280, "height": 900}


class NoBrowser(Exception):
    """缺 Playwright 或 Chromium；信息里说该装什么。"""


@contextlib.contextmanager
def launch():
    """一个浏览器；用完就关。"""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise NoBrowser("没有 playwright，先运行 make test 所用的安装。") from None
    path = os.environ.get("CE_BOOK_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise NoBrowser(
            "没有找到 Chromium：apt-get install chromium，或用环境变量 CE_BOOK_CHROMIUM 指出它的路径。"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
