"""把建好的网页拼成一页：封面、目录、前言、各部分各章、附录，供 ``tools/pdf.py`` 打印。

内容与编号都取自 ``_build/html``，所以 PDF 与网页说的是同一件事。这里只改网页与纸不同的地方：
站内的链接变成页内的链接（各页的 id 前面加上页名，免得重复），折叠的解答展开，
标签页依次印出，按钮与标题后面的链接记号去掉。
"""

import html
import unicodedata
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

import lxml.html
import lxml.html.builder
import yaml
from print_fonts import FAMILIES, WEIGHTS, file_of
from site_server import HTML, ROOT

# 只在网页上有用的：按钮、标签页的单选钮、标题后面的链接记号、脚本、下载 PDF 的链接。
WEB_ONLY = "script, style, button, input, .headerlink, .toctree-wrapper, .pdf-download"

# 与一般的字同色的代码：不必各占一个元素，PDF 里为读屏软件写的结构小一半。
PLAIN_TOKENS = ".highlight :is(.n, .p, .nn, .nx, .w)"

# 代码与输出不超过这么多行，就不让它切在两页；都不切，页尾会留下大块空白。
SHORT = 13

# 里面写着别的元素的 id 的属性。
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls")


@dataclass(frozen=True)
class Edition:
    """这一版：日期与提交取自 git，没有 git 就空着。"""

    version: str
    date: str
    commit: str


@dataclass(frozen=True)
class Part:
    """书的一部分：标题，和它的各页（不带扩展名，相对于仓库的根）。"""

    title: str
    pages: tuple


def parts():
    """``_toc.yml`` 里的次序；前言自成一部分，没有标题。"""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    rest = [Part(p["caption"], tuple(c["file"] for c in p["chapters"])) for p in toc["parts"]]
    return [Part("", (toc["root"],)), *rest]


def slug(page):
    """一页在 PDF 里的名字：``book/labels/training`` → ``labels-training``。"""
    return page.removeprefix("book/").replace("/", "-")


class Book:
    """建好的网页里的全书。"""

    def __init__(self, title):
        self.title = title
        self.parts = parts()
        self.pages = [page for part in self.parts for page in part.pages]
        web = {page: lxml.html.parse(HTML / f"{page}.html").getroot() for page in self.pages}
        # 网页上的按钮已经指向正在发布的那个仓库。
        self.repository = one(web[self.pages[0]], "a.btn-source-repository-button").get("href")
        self.articles = {page: self._article(page, root) for page, root in web.items()}
        self._check_links()

    def heading(self, page):
        """一页的标题，连同章号。"""
        return one(self.articles[page], "h1, h2").text_content()

    def _article(self, page, root):
        """一页的正文，改成适合印的样子。"""
        article = one(root, "article.bd-article")
        for element in article.cssselect(WEB_ONLY):
            element.drop_tree()
        self._move_ids_and_links(article, page)
        unfold(article)
        lay_tabs_in_turn(article)
        for formula in article.cssselect(".katex"):
            describe_formula(formula)
        for block in article.cssselect("div.highlight"):
            if block.text_content().count("\n") <= SHORT:
                block.set("class", "highlight short")
        for token in article.cssselect(PLAIN_TOKENS):
            token.drop_tag()
        if page == self.pages[0]:
            self._preface(article)
        else:
            # 一级标题留给“第一部分”那一层，各章的标题降一级，书签的层次才对。
            for heading in article.cssselect("h1, h2, h3, h4, h5"):
                heading.tag = f"h{int(heading.tag[1]) + 1}"
            lay_out_title(one(article, "h2"))
        for section in article.cssselect("section"):
            aim_at_heading(section)
        article.tag = "section"
        article.set("class", "chapter")
        article.set("id", slug(page))
        return article

    def _preface(self, article):
        """首页在网页上以书名为标题；封面已经有了，这里叫前言。"""
        heading = one(article, "h1")
        heading.text = "前言"
        heading.addnext(lxml.html.fromstring(note_to_reader(self.repository)))

    def _move_ids_and_links(self, article, page):
        """id 前面加上页名；站内的链接改成页内的，图片改成相对于这一页的路径。"""
        for name in ("id", *REFERENCES):
            for element in article.xpath(f".//*[@{name}]"):
                ids = element.get(name).split()
                element.set(name, " ".join(f"{slug(page)}--{i}" for i in ids))
        for link in article.cssselect("a.image-reference"):
            link.drop_tag()
        for image in article.iter("img"):
            image.set("src", f"../html{local(page, image.get('src')).path}")
            image.attrib.pop("loading", None)  # 打印时不滚动，懒加载的图会漏掉
        for link in article.xpath(".//a[@href]"):
            target = local(page, link.get("href"))
            if not target:
                continue
            other = unquote(target.path).removeprefix("/").removesuffix(".html")
            if other not in self.pages:
                raise SystemExit(f"{page} 链接到 {link.get('href')}，它不在 PDF 里。")
            fragment = unquote(target.fragment)
            link.set("href", f"#{slug(other)}--{fragment}" if fragment else f"#{slug(other)}")

    def _check_links(self):
        """id 不重复，每个链接都有去处：打印的时候，走不通的链接会悄悄失灵。"""
        ids = Counter(i for a in self.articles.values() for i in a.xpath(".//@id | ./@id"))
        if repeated := [i for i, count in ids.items() if count > 1]:
            raise SystemExit(f"PDF 里的 id 重复：{'、'.join(repeated)}")
        for page, article in self.articles.items():
            for link in article.xpath(".//a[starts-with(@href, '#')]/@href"):
                if link[1:] not in ids:
                    raise SystemExit(f"{page} 链接到 {link}，PDF 里没有这个位置。")

    def contents(self):
        """目录的各项：(层, 标题的 HTML, 位置)。"""
        for k, part in enumerate(self.parts):
            if part.title:
                yield 1, html.escape(part.title), f"part-{k}"
            for page in part.pages:
                title, *sections = self.articles[page].cssselect("h1, h2, h3")
                if title.tag == "h2":
                    sections = [s for s in sections if s.tag == "h3"]
                yield 2, inner_html(title), slug(page)
                for heading in sections:
                    yield 3, inner_html(heading), heading.get("id")

    def html(self, edition):
        """全书的 HTML。"""
        body = [cover(self, edition), contents_page(self)]
        for k, part in enumerate(self.parts):
            if part.title:
                body.append(part_page(k, part, self))
            body += [
                lxml.html.tostring(self.articles[page], encoding="unicode") for page in part.pages
            ]
        return PAGE.format(
            title=html.escape(self.title),
            fonts="\n".join(font_faces()),
            running=self._running_heads(),
            body="\n".join(body),
        )

    def _running_heads(self):
        """每一章一种页：页眉左边是哪一部分，右边是章名。"""
        rules = []
        for part in self.parts:
            for page in part.pages:
                left, right = part.title or self.title, self.heading(page).partition("：")[0]
                rules.append(
                    f"#{slug(page)} {{ page: {slug(page)} }}\n@page {slug(page)} {{ "
                    f"@top-left {{ content: {css(left)} }} @top-right {{ content: {css(right)} }} }}"
                )
        return "\n".join(rules)


def one(element, selector):
    """选中的第一个。"""
    return element.cssselect(selector)[0]


def lay_out_title(heading):
    """章的标题：“2. ”写成“第 2 章”；冒号前面是概念，后面是问题，要换行就换在这里。"""
    number = "".join(e.text for e in heading.cssselect(".section-number"))
    concept, colon, question = heading.text_content().removeprefix(number).partition("：")
    parts = [("phrase", concept + colon), ("phrase", question)]
    if number:
        parts.insert(0, ("chapter-number", f"第 {number.strip(' .')} 章　"))
    heading.clear()
    for name, text in parts:
        heading.append(lxml.html.builder.SPAN(text, {"class": name}))


def aim_at_heading(section):
    """链接指向一节，就落在它的标题上：标题会挪到下一页，而这一节的框还从上一页的末尾算起。"""
    heading = section.xpath("h1 | h2 | h3 | h4 | h5 | h6")[0]
    heading.set("id", section.attrib.pop("id"))
    for mark in section.xpath("span[@id and not(node())]"):  # 同一节的别的名字
        mark.drop_tree()
        mark.tail, heading.text = heading.text, None
        heading.insert(0, mark)


def inner_html(element):
    """一个标题里面的 HTML；别的名字留在原处，id 不重复。"""
    element = deepcopy(element)
    for mark in element.xpath("span[@id]"):
        mark.drop_tree()
    inside = [lxml.html.tostring(child, encoding="unicode") for child in element]
    return html.escape(element.text or "") + "".join(inside)


def local(page, address):
    """站内的地址，相对于网页的根；站外的返回 ``None``。"""
    parts = urlsplit(urljoin(f"http://book/{page}.html", address))
    return parts if parts.netloc == "book" else None


def font_faces():
    """裁好的字体，在这一页旁边的 ``fonts/`` 里。"""
    for family in FAMILIES:
        for weight in WEIGHTS:
            yield (
                f'@font-face {{ font-family: "{family}"; font-weight: {weight.replace("regular", "normal")}; '
                f'src: url("fonts/{file_of(family, weight)}") }}'
            )


def characters(page):
    """一页里的字，不算公式里用 KaTeX 自己的字体排的那些。"""
    root = lxml.html.fromstring(page)
    for formula in root.cssselect(".katex"):
        chinese = "".join(e.text_content() for e in formula.cssselect(".cjk_fallback"))
        formula.clear(keep_tail=True)
        formula.text = chinese
    return {c for c in root.text_content() if unicodedata.category(c)[0] != "C"} | set("0123456789")


def css(text):
    """CSS 里的一个字符串。"""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unfold(article):
    """折叠的解答与代码展开：纸上点不开。"""
    for details in article.iter("details"):
        details.tag = "div"
        details.attrib.pop("open", None)
        summary = details.find("summary")
        for prompt in summary.cssselect(".collapsed, .expanded"):
            prompt.drop_tree()  # “展开代码”“收起代码”
        if summary.text_content().strip():
            summary.tag = "p"
        else:
            summary.drop_tree()


def lay_tabs_in_turn(article):
    """标签变成小标题，各页一页接一页。"""
    for label in article.cssselect("label.sd-tab-label"):
        label.tag = "p"
        label.attrib.clear()
        label.set("class", "tab-name")


def describe_formula(formula):
    """一条公式只留排好的字形，读屏软件读它的 LaTeX：逐个字形念没有意义，整套 MathML 又太大。"""
    formula.set("role", "img")
    formula.set("aria-label", formula.find(".//annotation").text.strip())
    one(formula, ".katex-mathml").drop_tree()
    one(formula, ".katex-html").attrib.pop("aria-hidden")


def cover(book, edition):
    """封面。"""
    title, _, subtitle = book.title.partition("：")
    lines = [f"版本 {edition.version}", edition.date, edition.commit and f"提交 {edition.commit}"]
    return f"""<section class="cover">
<p class="cover-title">{title}</p>
<p class="cover-subtitle">{subtitle}</p>
<p class="cover-line">从“一件事发生了，值得多惊讶”讲起，一步一步走到你每天用的损失函数。<br>推导逐步证明，数字当场算出。</p>
{COVER_DRAWING}
<p class="cover-edition">{"　".join(filter(None, lines))}<br>正文 CC BY 4.0，代码 MIT<br>
<a href="{book.repository}">{book.repository}</a></p>
</section>"""


def contents_page(book):
    """目录；页码先空着，打印一遍以后才知道。"""
    rows = "".join(
        f'<li class="level-{level}"><a href="#{target}"><span class="entry">{title}</span>'
        f'<span class="leader"></span><span class="number">000</span></a></li>'
        for level, title, target in book.contents()
    )
    return f'<section class="contents" id="contents"><h1>目录</h1><ul>{rows}</ul></section>'


def part_page(k, part, book):
    """一部分的扉页：标题，和这一部分的各章。"""
    label, _, name = part.title.partition(" ")
    heading = f'<span class="part-number">{label}　</span>{name}' if name else label
    rows = "".join(
        f'<li><a href="#{slug(page)}">{html.escape(book.heading(page))}</a></li>'
        for page in part.pages
    )
    return f'<section class="part" id="part-{k}"><h1>{heading}</h1><ul>{rows}</ul></section>'


def note_to_reader(repository):
    """PDF 与网页不同的地方，开头说一声。"""
    return f"""<div class="admonition note"><p class="admonition-title">你在读全书的 PDF</p>
<p>内容与网页版相同，只是：折叠的解答都展开了，各个框架的写法一个接一个印出来，会动的插图停在一处。蓝色的字是链接。</p>
<p>想运行、修改书里的代码，或者提出问题，去 <a href="{repository}">{repository}</a>。</p></div>"""


# 与标志同一幅图：真实的分布（实心），与预测的分布（轮廓）。
COVER_DRAWING = """<svg class="cover-drawing" viewBox="0 0 210 110" aria-hidden="true">
<path d="M0 110C45 110 45 22 82 22s37 88 82 88z" fill="#1f5f8b"/>
<path d="M46 110C91 110 91 8 128 8s37 102 82 102" fill="none" stroke="#e08a1e" stroke-width="2.4"/>
</svg>"""

PAGE = """<!doctype html>
<html lang="zh-CN" data-theme="light">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="../html/_static/pygments.css">
<link rel="stylesheet" href="../html/_static/katex/katex.min.css">
<link rel="stylesheet" href="../../tools/book_page.css">
<style>
{fonts}
{running}
</style>
</head>
<body>
{body}
</body>
</html>
"""
