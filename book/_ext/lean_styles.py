"""从主题的样式里去掉本书用不到的规则。

主题带着整个 Bootstrap 和 Font Awesome 的样式，四十万字节，本书用到的不到五分之一；读者第一次来，
样式不到，什么也看不见。做法与 PurgeCSS 相同：选择器里的类和 id，在任何一页、任何一段脚本里都没有
出现过的，那条规则不会起作用，不发布。判断从宽：脚本里作为一个词出现过就算用到；``:not(…)``
这样的括号里面不看；没有类和 id 的选择器全留。

只动主题和扩展带来的样式；本书自己的（``book/_static`` 里的）原样发布。每次构建 Sphinx 都重新复制
原来的样式，所以新用到一个类，规则就回来了。
"""

import re
from pathlib import Path

import tinycss2

NAMES = re.compile(r'(?:class|id)="([^"]*)"')
WORD = re.compile(r"[\w-]+")

# 图标不用字体（见 book/_static/icons.css）。
ICON_NAME = re.compile(r"fa-|fa[bdlrst]?$")
ICON_RULE = r"@font-face\s*\{[^}]*(Font ?Awesome)|@(-webkit-)?keyframes fa-"


class Used:
    """全部网页和脚本里出现过的名字。"""

    def __init__(self, root):
        self.names, self.prefixes = set(), []
        for page in root.rglob("*.html"):
            for names in NAMES.findall(page.read_text(encoding="utf-8")):
                self.names.update(names.split())
        for script in (root / "_static").rglob("*.js"):
            self.names.update(WORD.findall(script.read_text(encoding="utf-8")))
        # 脚本会把名字拼出来：`bs-tooltip-${placement}`。
        self.prefixes = tuple(n for n in self.names if len(n) > 2 and n.endswith("-"))

    def __contains__(self, name):
        return name in self.names or name.startswith(self.prefixes)


def names_in(selector):
    """选择器要求的类和 id；括号里面的不算。"""
    for before, token in zip([None, *selector], selector, strict=False):
        if token.type == "hash" or token.type == "ident" and before is not None and before == ".":
            yield token.value


def split(prelude):
    """逗号隔开的几个选择器。"""
    selectors = [[]]
    for token in prelude:
        if token == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return selectors


def draws_icon(selector):
    """主题用字体画图标的规则：``.fa-rocket:before``、``.fas``；不是摆放图标的（``.bd-search .fa-list``）。"""
    names = list(names_in(selector))
    return bool(names) and all(ICON_NAME.match(name) for name in names)


def lean(rules, used):
    """留下用得到的规则，写成文字。"""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [
                s for s in split(rule.prelude)
                if all(name in used for name in names_in(s)) and not draws_icon(s)
            ]  # fmt: skip
            if selectors:
                prelude = ",".join(tinycss2.serialize(s).strip() for s in selectors)
                kept.append(f"{prelude}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports", "layer"):
            if rule.content is None:
                kept.append(rule.serialize())
                continue
            inside = tinycss2.parse_rule_list(rule.content, skip_whitespace=True)
            if text := lean(inside, used):
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{text}}}")
        elif rule.type == "at-rule":
            text = rule.serialize()
            if not re.match(ICON_RULE, text):
                kept.append(text)
        elif rule.type == "comment":
            # 许可要留着；指向 .map 的不留。
            if re.search("copyright|license", rule.value, re.IGNORECASE):
                kept.append(rule.serialize())
        elif rule.type == "error":
            raise ValueError(f"样式第 {rule.source_line} 行读不懂：{rule.message}")
    return "\n".join(kept) if kept else ""


def lean_styles(app, error):
    """网页都写好以后，逐个样式文件去掉用不到的。"""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    own = [Path(app.confdir) / folder for folder in app.config.html_static_path]
    used = Used(Path(app.outdir))
    for sheet in static.rglob("*.css"):
        if any((folder / sheet.relative_to(static)).exists() for folder in own):
            continue
        rules = tinycss2.parse_stylesheet(sheet.read_text(encoding="utf-8"), skip_whitespace=True)
        sheet.write_text(lean(rules, used) + "\n", encoding="utf-8")


def setup(app):
    """最后运行：那时网页和脚本都在了。"""
    app.connect("build-finished", lean_styles, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
