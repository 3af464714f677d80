"""练习与折叠的解答。

语法与 sphinx-exercise、MyST 2 相同：``{exercise}``、``{solution}``，以及夹住可执行格子的
``{solution-start}`` 和 ``{solution-end}``（指令里面不能放可执行的格子，只好用一头一尾夹住）。
自己实现，是因为那个包在同一页写出重复的 id，折叠要靠脚本，编号也从书的开头一直连到末尾。

这里的解答是原生的 ``<details>``：不用脚本，键盘能开合，读屏软件认得，编号每页从 1 起。
"""

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)


class fold(nodes.Element):
    """可折叠的一块；第一个子节点是 ``fold_summary``。"""


class fold_summary(nodes.TextElement):
    """折叠时看得见的那行字。"""


class solution_start(nodes.Invisible, nodes.Element):
    """解答从这里开始。"""


class solution_end(nodes.Invisible, nodes.Element):
    """解答到这里为止。"""


class Exercise(SphinxDirective):
    """一道练习：``:::{exercise} 标题`` 加 ``:label: ex-…``。"""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar = {"label": directives.unchanged_required}

    def run(self):
        """排成一个带编号的提示框。"""
        self.assert_has_content()
        label = self.options.get("label")
        if not label:
            raise self.error("练习要有 :label:，解答靠它找到练习。")
        title = f"练习 {self.env.new_serialno('exercise') + 1}"
        self.env.temp_data.setdefault("exercises", {})[label] = title
        target = nodes.make_id(label)
        box = nodes.admonition(ids=[target], classes=["exercise"])
        heading = nodes.title("", title)
        if self.arguments:
            parsed, messages = self.state.inline_text(self.arguments[0], self.lineno)
            heading += [nodes.Text("　"), *parsed, *messages]
        box += heading
        self.state.nested_parse(self.content, self.content_offset, box)
        domain = self.env.get_domain("std")
        domain.note_hyperlink_target(label, self.env.docname, target, title)
        self.set_source_info(box)
        return [box]


class Solution(SphinxDirective):
    """没有可执行格子的解答：``:::{solution} ex-…``。"""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {
        "class": directives.class_option
    }  # 与 sphinx-exercise 兼容；解答总是折叠的

    def run(self):
        """排成一个折叠块。"""
        self.assert_has_content()
        block = fold("", summary_of(self), classes=["solution"])
        self.state.nested_parse(self.content, self.content_offset, block)
        return [block]


class SolutionStart(SphinxDirective):
    """解答的开头：``:::{solution-start} ex-…``。"""

    required_arguments = 1
    option_spec: ClassVar = {"class": directives.class_option}

    def run(self):
        """留下一个记号，读完整页以后再把中间的内容收进折叠块。"""
        mark = solution_start("", summary_of(self))
        self.set_source_info(mark)
        return [mark]


class SolutionEnd(SphinxDirective):
    """解答的结尾：``:::{solution-end}``。"""

    def run(self):
        """留下一个记号。"""
        mark = solution_end()
        self.set_source_info(mark)
        return [mark]


def summary_of(directive):
    """解答的那行字。练习必须写在解答之前，同一页。"""
    label = directive.arguments[0]
    title = directive.env.temp_data.get("exercises", {}).get(label)
    if title is None:
        raise directive.error(f"解答“{label}”之前没有 :label: {label} 的练习。")
    return fold_summary("", f"解答（{title}）")


class GatherSolutions(SphinxTransform):
    """把一头一尾之间的内容收进折叠块。"""

    default_priority = 10

    def apply(self):
        """一头一尾必须同属一节，中间不能有标题。"""
        for start in list(self.document.findall(solution_start)):
            siblings = start.parent.children
            first = siblings.index(start)
            block = fold("", *start.children, classes=["solution"])
            rest = siblings[first + 1 :]
            last = next((k for k, n in enumerate(rest) if isinstance(n, solution_end)), None)
            between = rest[: last or 0]
            if last is None or any(isinstance(n, solution_start) for n in between):
                logger.warning("这个 solution-start 没有同一节里的 solution-end。", location=start)
                start.parent.remove(start)
                continue
            block += between
            start.parent.children[first : first + last + 2] = [block]
            block.parent = start.parent
        for end in list(self.document.findall(solution_end)):
            logger.warning("这个 solution-end 没有同一节里的 solution-start。", location=end)
            end.parent.remove(end)


class FoldAdmonitions(SphinxTransform):
    """``:class: dropdown`` 的提示框也改成原生的折叠块，而不靠脚本。"""

    default_priority = 800

    def apply(self):
        """标题作那行字，其余照旧。"""
        for box in list(self.document.findall(nodes.Admonition)):
            if "dropdown" not in box.get("classes", ()) or not isinstance(box[0], nodes.title):
                continue
            classes = [name for name in box["classes"] if name != "dropdown"]
            block = fold(
                "",
                fold_summary("", "", *box[0].children),
                classes=classes,
                ids=box["ids"],
            )
            block += box.children[1:]
            # 不用 replace_self：它会把 dropdown 这个类又带过来。
            box.parent.replace(box, block)


def visit_fold(translator, node):
    """折叠块的开头。"""
    translator.body.append(translator.starttag(node, "details", CLASS="admonition fold"))


def depart_fold(translator, node):
    """折叠块的结尾。"""
    translator.body.append("</details>\n")


def visit_fold_summary(translator, node):
    """那行字的开头。"""
    translator.body.append('<summary class="admonition-title">')


def depart_fold_summary(translator, node):
    """那行字的结尾。"""
    translator.body.append("</summary>\n")


def setup(app):
    """登记指令与节点。"""
    app.add_node(fold, html=(visit_fold, depart_fold))
    app.add_node(fold_summary, html=(visit_fold_summary, depart_fold_summary))
    app.add_node(solution_start)
    app.add_node(solution_end)
    app.add_directive("exercise", Exercise)
    app.add_directive("solution", Solution)
    app.add_directive("solution-start", SolutionStart)
    app.add_directive("solution-end", SolutionEnd)
    app.add_transform(GatherSolutions)
    app.add_transform(FoldAdmonitions)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
