"""``sitemap.xml``：告诉搜索引擎全书有哪些页、各是什么时候改的。

没有用 sphinx-sitemap：它只列这一次写出的页，增量构建以后就缺了大半。
"""

from pathlib import Path
from xml.etree import ElementTree


def write_sitemap(app, error):
    """列出每一页的地址；有日期的（见 page_dates.py）写上日期。"""
    if error or app.builder.format != "html":
        return
    root = ElementTree.Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for docname in sorted(app.env.found_docs):
        entry = ElementTree.SubElement(root, "url")
        address = app.config.html_baseurl + app.builder.get_target_uri(docname)
        ElementTree.SubElement(entry, "loc").text = address
        if date := app.env.page_dates.get(docname):
            ElementTree.SubElement(entry, "lastmod").text = date
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(
        Path(app.outdir) / "sitemap.xml", encoding="utf-8", xml_declaration=True
    )


def setup(app):
    """Sphinx 扩展的入口。"""
    app.connect("build-finished", write_sitemap)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
