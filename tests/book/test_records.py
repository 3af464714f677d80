"""正文与执行记录成对，而且没有脱节。"""

import shutil

import kernels
import nbformat
import pytest
import records
from chapters import BOOK, CHAPTERS, ROOT, pages_in_toc


def test_every_page_is_in_the_toc():
    missing = set(BOOK.rglob("*.md")) - set(pages_in_toc())
    assert not missing, f"这些页面不在 _toc.yml 里，网页上看不到：{sorted(map(str, missing))}"


def test_every_record_belongs_to_a_page():
    orphans = {p for p in BOOK.rglob("*.ipynb") if not p.with_suffix(".md").exists()}
    assert not orphans, f"没有正文的记录：{sorted(map(str, orphans))}"


def test_record_is_in_step(chapter):
    why = records.why_stale(chapter.path)
    assert not why, f"{chapter.name}：{why}；运行 make notebooks"


def test_record_has_no_errors_warnings_or_stderr(chapter):
    for cell in chapter.record.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", output.text


def test_record_carries_nothing_of_the_machine(chapter):
    text = nbformat.writes(chapter.record)
    for trace in (str(ROOT), "/ho" + "me/", "/tmp/", "0x7f"):
        assert trace not in text, f"{chapter.name} 的记录里有 {trace}"


@pytest.fixture
def copy(tmp_path):
    """一份可以弄坏的正文与记录。"""
    source = tmp_path / "chapter.md"
    shutil.copy(CHAPTERS[0].path, source)
    shutil.copy(records.record_of(CHAPTERS[0].path), records.record_of(source))
    assert records.why_stale(source) == ""
    return source


def test_edited_prose_makes_the_record_stale(copy):
    copy.write_text(
        copy.read_text(encoding="utf-8").replace("## 小结", "## 总结"), encoding="utf-8"
    )
    assert records.why_stale(copy) == "正文变了"


def test_edited_code_makes_the_record_stale(copy):
    copy.write_text(copy.read_text(encoding="utf-8").replace("0.95", "0.96"), encoding="utf-8")
    assert records.why_stale(copy) == "正文变了"


def test_edited_package_makes_the_record_stale(copy, monkeypatch):
    monkeypatch.setattr(records, "fingerprint", lambda: "别的指纹")
    assert records.why_stale(copy) == "ce_book 变了"


def test_outputs_stay_current_when_only_prose_changes(copy):
    copy.write_text(
        copy.read_text(encoding="utf-8").replace("## 小结", "## 总结"), encoding="utf-8"
    )
    assert records.outputs_are_current(copy)
    copy.write_text(copy.read_text(encoding="utf-8").replace("0.95", "0.96"), encoding="utf-8")
    assert not records.outputs_are_current(copy)


def test_missing_record_is_stale(copy):
    records.record_of(copy).unlink()
    assert records.why_stale(copy) == "还没有记录"


def test_fingerprint_sees_every_file_of_the_package(tmp_path):
    shutil.copytree(
        ROOT / "ce_book", tmp_path / "ce_book", ignore=shutil.ignore_patterns("__pycache__")
    )
    before = records.fingerprint(tmp_path)
    assert before == records.fingerprint(ROOT)
    for path in sorted((tmp_path / "ce_book").rglob("*")):
        if path.suffix in {".py", ".json", ".npz", ".otf"}:
            original = path.read_bytes()
            path.write_bytes(original + b"\n")
            assert records.fingerprint(tmp_path) != before, path
            path.write_bytes(original)


def test_kernel_that_does_not_start_is_tried_again(monkeypatch):
    attempts = []

    def execute(client):
        attempts.append(client)
        if len(attempts) < 3:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return client.nb

    monkeypatch.setattr(records.NotebookClient, "execute", execute)
    notebook = nbformat.v4.new_notebook()
    assert records.run_in_kernel(notebook, folder=ROOT) is notebook
    assert len(attempts) == 3

    attempts.clear()
    monkeypatch.setattr(kernels, "START_ATTEMPTS", 1)
    with pytest.raises(RuntimeError, match="Kernel died"):
        records.run_in_kernel(notebook, folder=ROOT)


def test_cell_that_fails_fails_the_execution(tmp_path):
    source = tmp_path / "broken.md"
    head = CHAPTERS[0].path.read_text(encoding="utf-8").split("---\n")[1]
    source.write_text(
        f"---\n{head}---\n\n```{{code-cell}} ipython3\n1 / 0\n```\n", encoding="utf-8"
    )
    with pytest.raises(records.CellExecutionError, match="ZeroDivisionError"):
        records.execute(source)


def test_cell_that_writes_stderr_fails_the_execution(tmp_path):
    source = tmp_path / "noisy.md"
    head = CHAPTERS[0].path.read_text(encoding="utf-8").split("---\n")[1]
    cell = "import warnings\nwarnings.warn('x')"
    source.write_text(
        f"---\n{head}---\n\n```{{code-cell}} ipython3\n{cell}\n```\n", encoding="utf-8"
    )
    with pytest.raises(RuntimeError, match="stderr"):
        records.execute(source)


def test_only_the_named_pages_are_executed(monkeypatch):
    page = CHAPTERS[0].path
    asked = []
    monkeypatch.setattr(records, "execute_records", lambda todo: asked.append(list(todo)) or 0)
    monkeypatch.setattr("sys.argv", ["records.py", str(page)])
    assert records.main() == 0
    assert asked == [[page]]
    monkeypatch.setattr("sys.argv", ["records.py", "book/appendix/glossary.md"])
    with pytest.raises(SystemExit, match="glossary.md 不是"):
        records.main()
