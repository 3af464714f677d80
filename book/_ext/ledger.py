"""来源对照与勘误：由 ``book/ledger.yml`` 生成附录里的表，每一条链接到书里的那一节。

用法：``{ledger} 更正`` 列出勘误，``{ledger} A`` 列出来源文档 A 的全部条目。

台账里编号为 A4 的一条，链接到标签 ``(src-a4)=`` 所在的那一节；标签不存在时，Sphinx 的警告使构建失败。
同一份台账，``tests/book/test_ledger.py`` 也读：数值是不是那一节算出来的，由它核对。
"""

import re
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

CORRECTION = "更正"


def target_of(key):
    """一条的编号在书里的标签：A4 → src-a4。"""
    return f"src-{key.lower()}"


def short_title(page):
    """一章的标题里冒号前面的部分。"""
    found = re.search(r"^# (.+?)[：？]", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return found.group(1)


class Ledger(SphinxDirective):
    """台账的一部分：``更正``，或一份来源文档的字母。"""

    required_arguments = 1

    def run(self):
        """勘误逐条写开；一份文档的条目排成表。"""
        self.book = Path(self.env.srcdir) / "book"
        path = self.book / "ledger.yml"
        self.env.note_dependency(str(path))
        ledger = yaml.safe_load(path.read_text(encoding="utf-8"))
        wanted = self.arguments[0]
        if wanted == CORRECTION:
            chosen = {k: e for k, e in ledger["entries"].items() if e["verdict"] == CORRECTION}
            return [node for key, entry in chosen.items() for node in self._correction(key, entry)]
        if wanted not in ledger["documents"]:
            raise self.error(f"台账里没有文档 {wanted}；有的是 {'、'.join(ledger['documents'])}。")
        chosen = {k: e for k, e in ledger["entries"].items() if k[0] == wanted}
        return [self._table(chosen)]

    def _correction(self, key, entry):
        """一条勘误：文档怎么说，正确的是什么，在哪一节算给你看。"""
        heading = self._paragraph(f"**{key}**　{entry['what']}（{self._link(key, entry)}）")
        heading["classes"].append("erratum")
        rows = nodes.bullet_list()
        for label, field in (("文档", "wrong"), ("正确", "right")):
            rows += nodes.list_item("", self._paragraph(f"{label}：{entry[field]}"))
        return [heading, rows]

    def _table(self, entries):
        """一份文档的条目：编号、讲什么（连同书里的哪一节）、结论。三列，手机上也放得下。"""
        widths = [8, 46, 46]
        group = nodes.tgroup(cols=len(widths))
        group += [nodes.colspec(colwidth=width) for width in widths]
        head, body = nodes.thead(), nodes.tbody()
        head += self._row(["编号"], ["文档里讲的，书里在哪一节"], ["结论"])
        for key, entry in entries.items():
            verdict = f"**{entry['verdict']}**"
            if "note" in entry:
                verdict += f"：{entry['note']}"
            elif "right" in entry:
                verdict += f"：{entry['right']}"
            elif "values" in entry:
                verdict += f"：{'、'.join(entry['values'])}"
            row = self._row([key], [entry["what"], f"→ {self._link(key, entry)}"], [verdict])
            row["ids"] = [f"row-{key.lower()}"]
            body += row
        group += [head, body]
        table = nodes.table("", group, classes=["ledger"])
        self.set_source_info(table)
        return table

    def _row(self, *cells):
        """一行；每格是一段或几段文字。"""
        row = nodes.row()
        row += [nodes.entry("", *map(self._paragraph, cell)) for cell in cells]
        return row

    def _link(self, key, entry):
        chapter = short_title(self.book / f"{entry['chapter']}.md")
        return f"{chapter} › {{ref}}`{target_of(key)}`"

    def _paragraph(self, text):
        inline, messages = self.parse_inline(str(text), lineno=self.lineno)
        return nodes.paragraph("", "", *inline, *messages)


def setup(app):
    """Sphinx 扩展的入口。"""
    app.add_directive("ledger", Ledger)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
