"""执行记录：由 ``book/**/X.md`` 执行得到 ``book/**/X.ipynb``，并把记录交给网页构建的缓存。

用法::

    python tools/records.py            # 只执行有变化的，显示进度
    python tools/records.py book/likelihood/logits.md    # 只执行点名的几份
    python tools/records.py --all      # 全部重新执行
    python tools/records.py --seed     # 不执行：把记录放进 _build/.jupyter_cache
    python tools/records.py --check    # 不执行：列出与正文脱节的记录，有则退出码为 1

``.md`` 是唯一手写的；``.ipynb`` 带着输出提交，Binder、Colab 打开的是它，nbval 核对的也是它，
网页上看到的输出来自它。记录在三种情形下过期：正文变了，``ce_book`` 变了，仓库地址变了。
"""

import argparse
import hashlib
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import jupytext
import nbformat
import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from kernels import retry_start
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"
# 内核会写进自己的版本号；换一台机器不该让记录变样，所以只留这两项。
LANGUAGE = {"name": "python", "file_extension": ".py"}

# Colab 上没有 ce_book，记录的第一格把它装上。正文里没有这一格：它只属于能运行的记录。
COLAB_CELL = """\
# 在 Colab 上运行时，先装上本书的小工具包；别处已经装好，这一格什么也不做。
import importlib.util

if importlib.util.find_spec("ce_book") is None:
    %pip install -q "ce_book @ git+{repository}\""""


def sources(root=ROOT):
    """所有写成 MyST 笔记本的 ``.md``（开头声明了内核）。"""
    pages = sorted((root / "book").rglob("*.md"))
    return [page for page in pages if "\nkernelspec:" in page.read_text(encoding="utf-8")[:1000]]


def record_of(source):
    """一份正文的执行记录。"""
    return source.with_suffix(".ipynb")


def fingerprint(root=ROOT):
    """``ce_book`` 的指纹：代码、数据和字体变了，插图与输出就可能变，而 nbval 不比较图片。"""
    digest = hashlib.sha256()
    for path in sorted((root / "ce_book").rglob("*")):
        if path.is_file() and path.suffix in {".py", ".json", ".npz", ".otf", ".ttf"}:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def repository(root=ROOT):
    """``_config.yml`` 里的仓库地址。"""
    return yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]


def blank_record(source):
    """由正文生成还没有执行的记录。"""
    notebook = jupytext.read(source)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(COLAB_CELL.format(repository=repository())))
    notebook.cells[0].metadata["tags"] = ["remove-cell"]
    for k, cell in enumerate(notebook.cells):
        cell.id = f"cell-{k:03}"  # 固定的编号：重新生成时，没变的格子在 git 里没有差别
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": dict(notebook.metadata["kernelspec"]),
            "language_info": dict(LANGUAGE),
            "ce_book": {"fingerprint": fingerprint()},
        }
    )
    return notebook


def why_stale(source):
    """记录过期的原因；没有过期时返回空字符串。"""
    path = record_of(source)
    if not path.exists():
        return "还没有记录"
    record, expected = nbformat.read(path, as_version=4), blank_record(source)
    if record.metadata.get("ce_book") != expected.metadata["ce_book"]:
        return "ce_book 变了"
    if _content(record.cells[:1]) != _content(expected.cells[:1]):
        return "仓库地址变了"
    if _content(record.cells) != _content(expected.cells) or record.metadata != expected.metadata:
        return "正文变了"
    if any(c.cell_type == "code" and c.execution_count is None for c in record.cells):
        return "没有执行完"
    return ""


def stale_records():
    """{过期的正文: 原因}。"""
    return {page: why for page in sources() if (why := why_stale(page))}


def _content(cells):
    return [(cell.cell_type, cell.source, dict(cell.metadata)) for cell in cells]


def execute(source):
    """执行一份正文，写下记录；返回用时（秒）。"""
    start = time.perf_counter()
    notebook = run_in_kernel(blank_record(source), folder=source.parent)
    notebook.metadata["language_info"] = dict(LANGUAGE)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                first = cell.source.splitlines()[0]
                raise RuntimeError(
                    f"{source}：以“{first}”开头的格子写了 stderr：{output.text}"
                    "消除警告的原因；若警告正是要演示的，用 np.errstate 包住。"
                )
    nbformat.validate(notebook)
    nbformat.write(notebook, record_of(source))
    return time.perf_counter() - start


def run_in_kernel(notebook, folder):
    """在一个新的内核里执行笔记本。"""

    def attempt():
        client = NotebookClient(
            notebook,
            timeout=120,
            record_timing=False,
            coalesce_streams=True,  # 输出到达的快慢不该让记录变样
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(folder)}},
        )
        return client.execute()

    return retry_start(attempt)


def execute_records(todo):
    """执行 ``todo``（{正文: 原因}）里的记录，两个一起跑，逐个报告。返回失败的个数。"""
    # 内核继承这个变量：每个内核一个线程，两个内核正好占两个核。
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not todo:
        print("执行记录都是新的。")
        return 0
    start, failed = time.perf_counter(), 0
    with ProcessPoolExecutor(max_workers=min(len(todo), os.cpu_count() or 1)) as pool:
        jobs = {pool.submit(execute, page): page for page in todo}
        for done, job in enumerate(as_completed(jobs), 1):
            page = jobs[job]
            name = page.relative_to(ROOT)
            try:
                print(
                    f"[{done}/{len(jobs)}] {name}：{job.result():.1f} 秒（{todo[page]}）",
                    flush=True,
                )
            except (CellExecutionError, RuntimeError) as error:
                failed += 1
                print(f"[{done}/{len(jobs)}] {name}：失败\n{error}", file=sys.stderr, flush=True)
    print(f"共 {len(jobs)} 份，{time.perf_counter() - start:.1f} 秒，失败 {failed} 份。")
    return failed


def outputs_are_current(source):
    """记录里的输出还作数：代码与 ``ce_book`` 都没变。正文的文字变了不要紧，页面的文字取自 ``.md``。"""
    if not record_of(source).exists():
        return False
    record, expected = nbformat.read(record_of(source), as_version=4), blank_record(source)
    code = [[c.source for c in n.cells if c.cell_type == "code"] for n in (record, expected)]
    return code[0] == code[1] and record.metadata == expected.metadata


def seed_cache():
    """把记录放进构建的缓存。代码与记录相同的章节，构建时直接用记录里的输出，什么也不执行。"""
    CACHE.mkdir(parents=True, exist_ok=True)
    cache = get_cache(CACHE)
    # 记录是唯一的依据：缓存里旧的输出（例如 ce_book 改动之前的）不能留下。
    cache.clear_cache()
    seeded = 0
    for source in sources():
        if not outputs_are_current(source):
            name = source.relative_to(ROOT)
            print(f"{name}：代码与记录脱节，构建时会重新执行；提交之前运行 make notebooks")
        else:
            notebook = nbformat.read(record_of(source), as_version=4)
            del notebook.cells[0]  # 正文里没有 Colab 那一格
            bundle = CacheBundleIn(nb=notebook, uri=str(source))
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            seeded += 1
    print(f"{seeded} 份执行记录已放进构建缓存。")


def _named_source(name):
    page = Path(name).resolve()
    if page not in sources():
        raise SystemExit(f"{name} 不是 book/ 里带代码的 .md。")
    return page


def main():
    parser = argparse.ArgumentParser(description="执行、核对 book/ 里的笔记本记录")
    parser.add_argument("pages", nargs="*", help="只执行这几份 .md（不写就执行有变化的）")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--all", action="store_true", help="全部重新执行")
    group.add_argument("--seed", action="store_true", help="把记录放进构建缓存")
    group.add_argument("--check", action="store_true", help="列出过期的记录")
    options = parser.parse_args()
    if options.seed:
        seed_cache()
        return 0
    if options.check:
        stale = stale_records()
        for page, why in stale.items():
            print(f"{page.relative_to(ROOT)}：{why}；运行 make notebooks")
        return bool(stale)
    if options.pages:
        todo = dict.fromkeys(map(_named_source, options.pages), "点名执行")
    elif options.all:
        todo = dict.fromkeys(sources(), "要求全部重来")
    else:
        todo = stale_records()
    return bool(execute_records(todo))


if __name__ == "__main__":
    sys.exit(main())
