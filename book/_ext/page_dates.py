"""每一页最后改动的日期，取自 git：正文（``.md``），以及它读的台账、参考文献这样的文件。

没有用 sphinx-last-updated-by-git：它在增量构建里不更新（提交以后，没有重读的页还是旧日期），在下载的
压缩包和浅克隆里发警告，而本书的警告算错误。这里没有 git、不是仓库、是浅克隆、还没有提交，都只是不写日期。
"""

import subprocess
from pathlib import Path


def git(root, *arguments):
    """一条 git 命令的输出；做不了就是空的。"""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, encoding="utf-8"
        )
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def sources_of(env, docname):
    """一页由哪些文件写成，相对于仓库的根；执行记录是生成的，不算。"""
    yield env.doc2path(docname, base=False)
    root = Path(env.srcdir)
    for name in env.dependencies.get(docname, ()):
        path = root / name
        if path.is_relative_to(root / "book") and path.suffix != ".ipynb":
            yield str(path.relative_to(root))


def note_dates(app, env):
    """记下每一页的日期；返回日期变了的页，它们要重新写出，正文没有变也一样。"""
    before = getattr(env, "page_dates", {})
    env.page_dates = {}
    # 浅克隆里，最早的那次提交看起来像是写了全部文件，日期是假的。
    if git(env.srcdir, "rev-parse", "--is-shallow-repository") == "false":
        for docname in env.found_docs:
            files = sorted(sources_of(env, docname))
            env.page_dates[docname] = git(env.srcdir, "log", "-1", "--format=%cs", "--", *files)
    return [name for name in env.found_docs if env.page_dates.get(name) != before.get(name)]


def show_date(app, pagename, templatename, context, doctree):
    """交给页底的模板（``page-end.html``）。"""
    context["page_date"] = app.env.page_dates.get(pagename)


def setup(app):
    """Sphinx 扩展的入口。"""
    app.connect("env-updated", note_dates)
    app.connect("html-page-context", show_date)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
