"""“下载全书 PDF”：``make pdf`` 排好的 PDF 放进网页，首页写上它的大小和页数。

用法：``{pdf-download}``。还没有 PDF 的构建里什么也不显示，也就没有走不通的链接。
PDF 由网页排成，所以 ``make pdf`` 排好以后再构建一次网页：Sphinx 的增量构建不看 PDF，
由这里告诉它首页过时了。
"""

import shutil
from pathlib import Path

import pikepdf
from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

NAME = "cross-entropy.pdf"


def built_pdf(app):
    """``make pdf`` 排好的 PDF。"""
    return Path(app.srcdir) / "_build" / "pdf" / NAME


class PdfDownload(SphinxDirective):
    """下载的链接，连同大小和页数。"""

    def run(self):
        """没有 PDF 就什么也不写。"""
        path = built_pdf(self.env.app)
        if not path.exists():
            return []
        with pikepdf.open(path) as pdf:
            count = len(pdf.pages)
        page = self.env.app.builder.get_target_uri(self.env.docname)
        text = f"下载全书 PDF（{path.stat().st_size / 1e6:.1f} MB，{count} 页）"
        link = nodes.reference("", text, refuri=relative_uri(page, NAME), internal=True)
        after = nodes.Text("：内容相同，解答都已展开，适合打印，也适合离线读。")
        return [nodes.paragraph("", "", link, after, classes=["pdf-download"])]


def find_outdated(app, env, added, changed, removed):
    """PDF 变了，首页重新生成。"""
    path = built_pdf(app)
    state = path.stat().st_mtime_ns if path.exists() else None
    outdated = state != getattr(env, "book_pdf", None)
    env.book_pdf = state
    return [app.config.root_doc] if outdated else []


def copy_pdf(app, error):
    """放在网页的根：地址短，而且不变。"""
    path = built_pdf(app)
    if error is None and path.exists():
        shutil.copy2(path, Path(app.outdir) / NAME)


def setup(app):
    """Sphinx 扩展的入口。"""
    app.add_directive("pdf-download", PdfDownload)
    app.connect("env-get-outdated", find_outdated)
    app.connect("build-finished", copy_pdf)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
