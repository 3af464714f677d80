"""每一页只带它用得到的样式和脚本。

- thebe 会在页面里写进 CDN 的地址；本书用 Binder 和 Colab 运行。togglebutton 用脚本折叠内容；本书的折叠
  都是原生的 ``<details>``（见 exercises.py）。``_config.yml`` 里没有开关能去掉这两个扩展，
  只好取消它们登记的事件。
- 标签页、代码格、复制按钮、公式的样式和脚本，只给有这些东西的页面。
- 脚本一律等页面读完再运行（``defer``）：它们都不影响正文的样子，不必挡在正文前面。
- 构建时顺带复制、没有一页用到的文件，不发布。

主题在每一页都载入的图标脚本和搜索，在 ``book/_templates`` 里去掉。
"""

import re
import shutil
from pathlib import Path

from sphinx.builders.html._assets import _JavaScript

UNUSED = ("sphinx_thebe", "sphinx_togglebutton")
UNUSED_CSS = ("sphinx-thebe.css", "togglebutton.css")

# 文件名 → 正文里有它才用得到。
NEEDED_BY = {
    r"sphinx-design|design-tabs": 'class="sd-',
    r"mystnb": 'class="cell',
    r"copybutton|clipboard": "<pre>",
    r"katex": 'class="katex',
}

# 只有搜索页用：搜索的底子、摘要里的高亮、那里几句话的译文。
FOR_SEARCH = re.compile("doctools|sphinx_highlight|translations")

# 主题切换版本、边打字边搜索用的变量，本书没有这两样；它们不能推迟，会挡住正文。
INLINE = "DOCUMENTATION_OPTIONS."

# 会动的插图的位置要在第一次排版之前留好：这一小段不推迟，不然图换上来时正文会跳。
EARLY = "figures/load.js"

# 调试用的对照表、主题的译文原件、图标的字体与脚本、没有用到的图标。
UNPUBLISHED = (
    "**/*.map",
    "*webpack-macros.html",
    "check-solid.svg",
    "copy-button.svg",
    "copybutton_funcs.js",
    "file.png",
    "images/logo_deepnote.svg",
    "images/logo_jupyterhub.svg",
    "images/logo_jupyterlite.svg",
    "locales",
    "minus.png",
    "plus.png",
    "scripts/fontawesome.js*",
    "styles/theme.css",
    "vendor",
)


def is_needed(asset, body):
    """这份样式或脚本，正文用不用得到。"""
    name = str(asset.filename or "")
    return all(mark in body for file, mark in NEEDED_BY.items() if re.search(file, name))


def deferred(script):
    """同一个脚本，推迟到页面读完再运行。"""
    attributes = script.attributes | {"defer": "defer"}
    return _JavaScript(script.filename, priority=script.priority, **attributes)


def lean_assets(app, pagename, templatename, context, doctree):
    """挑出这一页用得到的；在主题和各个扩展都加完以后。"""
    body = context.get("body", "")
    context["css_files"] = [css for css in context["css_files"] if is_needed(css, body)]
    # 搜索页自己的脚本不推迟，要用到前面的。
    if pagename == "search":
        return
    context["script_files"] = [
        js if EARLY in str(js.filename) else deferred(js)
        for js in context["script_files"]
        if is_needed(js, body)
        and not FOR_SEARCH.search(str(js.filename or ""))
        and not js.attributes.get("body", "").startswith(INLINE)
    ]


def remove_unpublished(app, error):
    """删掉没有一页用到的。"""
    if error or app.builder.format != "html":
        return
    for pattern in UNPUBLISHED:
        for path in (Path(app.outdir) / "_static").glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def setup(app):
    """在别的扩展都登记好以后运行：本书的扩展排在最后。"""
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__.split(".")[0] in UNUSED:
                app.disconnect(listener.id)
    app.registry.css_files = [
        (name, options) for name, options in app.registry.css_files if name not in UNUSED_CSS
    ]
    app.connect("html-page-context", lean_assets, priority=900)
    app.connect("build-finished", remove_unpublished, priority=800)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
