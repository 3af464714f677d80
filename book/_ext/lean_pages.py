"""去掉 Jupyter Book 默认带上、本书用不着的脚本。

- thebe 会在页面里写进 CDN 的地址；本书用 Binder 和 Colab 运行。
- togglebutton 用脚本折叠内容；本书的折叠都是原生的 ``<details>``（见 exercises.py）。

``_config.yml`` 里没有开关能去掉这两个扩展，只好取消它们登记的事件。
"""

UNUSED = ("sphinx_thebe", "sphinx_togglebutton")
UNUSED_CSS = ("sphinx-thebe.css", "togglebutton.css")


def setup(app):
    """在别的扩展都登记好以后运行：本书的扩展排在最后。"""
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__.split(".")[0] in UNUSED:
                app.disconnect(listener.id)
    app.registry.css_files = [
        (name, options) for name, options in app.registry.css_files if name not in UNUSED_CSS
    ]
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
