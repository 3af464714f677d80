"""让每一页依赖它的执行记录：``.ipynb`` 变了（例如 ``ce_book`` 改动后重新执行过），页面就重新生成。

不然 Sphinx 只看 ``.md`` 有没有变，增量构建会留下旧的输出。
"""

from pathlib import Path


def note_record(app, docname, _source):
    """读一页之前，把旁边的记录登记为它的依赖。"""
    record = Path(app.env.doc2path(docname)).with_suffix(".ipynb")
    if record.exists():
        app.env.note_dependency(str(record))


def setup(app):
    """Sphinx 扩展的入口。"""
    app.connect("source-read", note_record)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
