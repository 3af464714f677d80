"""中文与标记语言的两处不合。

源文件里汉字之间的换行，网页上不应变成空格，搜索也不应在那里断开：英文的换行等于一个空格；
中文没有词间空格，正文为了好编辑而折行，读者不该看见痕迹。

文档字符串（reStructuredText）要求 ``**着重**`` 的两边有空格，中文里没有空格可写。
"""

import re

from docutils import nodes
from sphinx.transforms import SphinxTransform

# 汉字、全角标点与全角字母。
WIDE = "[\u2014\u2018-\u201d\u2026\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]"
BREAK = re.compile(rf"(?<={WIDE})[ \t]*\n[ \t]*(?={WIDE})")


class JoinChineseLines(SphinxTransform):
    """去掉两个全角字符之间的换行，包括换行两边隔着强调、链接等标记的情形。"""

    default_priority = 850

    def apply(self):
        """一段一段地看；代码和公式不动。"""
        for block in self.document.findall(nodes.TextElement):
            if isinstance(block.parent, nodes.TextElement) or isinstance(
                block, nodes.FixedTextElement | nodes.math_block
            ):
                continue
            texts = list(block.findall(nodes.Text))
            for k, text in enumerate(texts):
                before = texts[k - 1][-1:] if k else ""
                after = texts[k + 1][:1] if k + 1 < len(texts) else ""
                joined = BREAK.sub("", before + text + after)
                joined = joined[len(before) : len(joined) - len(after)]
                if joined != text:
                    text.parent.replace(text, nodes.Text(joined))


def setup(app):
    """登记。"""
    app.add_transform(JoinChineseLines)
    app.connect(
        "builder-inited",
        lambda app: app.env.settings.update(character_level_inline_markup=True),
    )
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
