"""找到 Chromium：网页的测试和全书 PDF 都用系统里装好的那一个。"""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "没有找到 Chromium：apt-get install chromium，或用环境变量 CE_BOOK_CHROMIUM 指出它的路径。"
)

# 打开浏览器只为看本书：别的主机一律连不上，不更新，不问东问西。
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


def find_chromium():
    """可执行文件的路径；没有装则返回 ``None``。"""
    return os.environ.get("CE_BOOK_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
