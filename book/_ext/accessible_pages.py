"""docutils 写出的、读屏软件认不好的地方。

参考文献的每一条，docutils 写成 ``doc-biblioentry``，这个角色已经废弃，而且外面的列表里要的是列表项。
"""


def repair_roles(app, pagename, templatename, context, doctree):
    """正文写好以后换掉。"""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app):
    """Sphinx 扩展的入口。"""
    app.connect("html-page-context", repair_roles)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
