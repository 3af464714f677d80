"""读取各章：正文、代码格、记录里的输出。供 tests/book 的各个测试使用。"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import frameworks
import jupytext
import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"


@dataclass(frozen=True)
class Chapter:
    """一章：``path`` 是 .md 的路径。"""

    path: Path

    @property
    def name(self):
        """例如 ``information/entropy``。"""
        return self.path.relative_to(BOOK).with_suffix("").as_posix()

    @cached_property
    def notebook(self):
        """正文（没有输出）。"""
        return jupytext.read(self.path)

    @cached_property
    def record(self):
        """执行记录（有输出）。"""
        return nbformat.read(self.path.with_suffix(".ipynb"), as_version=4)

    @cached_property
    def code_cells(self):
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]

    @cached_property
    def markdown(self):
        """全部正文，按次序连起来。"""
        return "\n\n".join(c.source for c in self.notebook.cells if c.cell_type == "markdown")

    @cached_property
    def output_text(self):
        """读者看得到的全部文字输出：记录里的，加上标签页里各框架的（由 tools/frameworks.py 重跑）。"""
        return "\n".join(_output_texts(self.record.cells) + _tab_outputs(self.markdown))

    def headings(self, level=2):
        return re.findall(rf"^{'#' * level} (.+)$", self.markdown, flags=re.MULTILINE)

    def section(self, heading):
        """二级标题下的正文，到下一个二级标题为止。"""
        found = re.search(
            rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", self.markdown, re.S | re.M
        )
        return found.group(1) if found else ""

    def section_at(self, label):
        """标签 ``(label)=`` 所指的那一节：正文与输出，到下一个同级或更高的标题为止。"""
        level, prose, outputs = 0, [], []
        for cell in self.record.cells:
            if cell.cell_type == "code":
                outputs += _output_texts([cell]) if level else []
                continue
            pending = False
            for line in cell.source.split("\n"):
                heading = re.match(r"(#+) ", line)
                if heading and pending:
                    level = len(heading.group(1))
                elif heading and level and len(heading.group(1)) <= level:
                    return _section(prose, outputs)
                # 几个标签可以叠在同一个标题前面。
                is_label = re.fullmatch(r"\([\w-]+\)=|", line)
                pending = line == f"({label})=" or bool(pending and is_label)
                if level:
                    prose.append(line)
        if not level:
            raise LookupError(f"{self.name} 里没有标题前面写着 ({label})= 的一节")
        return _section(prose, outputs)


class Section(NamedTuple):
    """一节：正文，与它的代码格、标签页的文字输出。"""

    markdown: str
    output_text: str


def _section(prose, outputs):
    markdown = "\n".join(prose)
    return Section(markdown, "\n".join(outputs + _tab_outputs(markdown)))


def _tab_outputs(markdown):
    return [snippet.output for snippet in frameworks.snippets(markdown)]


def _output_texts(cells):
    texts = []
    for cell in cells:
        for output in cell.get("outputs", []):
            texts.append(output.get("text", ""))
            texts += [v for k, v in output.get("data", {}).items() if k.startswith("text/")]
    return texts


def _has_kernel(path):
    return "\nkernelspec:" in path.read_text(encoding="utf-8")[:1000]


def pages_in_toc():
    """目录里的全部页面，按次序。"""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [toc["root"]] + [c["file"] for part in toc["parts"] for c in part["chapters"]]
    return [ROOT / f"{name}.md" for name in files]


# 带代码的章节；附录里的页面没有内核。
CHAPTERS = [Chapter(page) for page in pages_in_toc() if _has_kernel(page)]
