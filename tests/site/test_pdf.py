"""全书的 PDF：目录的页码、书签、字体、版心、链接，以及网页上的下载。

PDF 由 ``make pdf`` 排成；没有、或者比正文旧，测试略过（CI 里算失败）。
"""

import re
import subprocess
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from book_page import Book, characters
from pdf import FIT, print_book
from print_fonts import make_fonts

TITLE = "交叉熵：从信息量到多标签损失"
POINTS = 72 / 25.4
MARGIN = 25 * POINTS  # 左右的页边
# 页眉、页脚在版心之外；封面、扉页另算。
TOP, BOTTOM = 297 * POINTS - 24 * POINTS, 20 * POINTS


@pytest.fixture(scope="module")
def pdf(book_pdf):
    """PDF 的内部：字体、链接、书签。"""
    with pikepdf.open(book_pdf) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(book_pdf):
    """PDF 的每一页，能取出文字和位置。"""
    document = pypdfium2.PdfDocument(book_pdf)
    yield [document[k] for k in range(len(document))]
    document.close()


@pytest.fixture(scope="module")
def texts(pages):
    """每一页的文字。"""
    return [page.get_textpage().get_text_bounded() for page in pages]


@pytest.fixture(scope="module")
def places(pdf):
    """{位置的名字: 第几页}，页从 1 数起。"""
    number = {page.objgen: k for k, page in enumerate(pdf.pages, 1)}
    return {name[1:]: number[place[0].objgen] for name, place in pdf.Root.Dests.items()}


@pytest.fixture(scope="module")
def bookmarks(pdf):
    """书签：(层, 标题, 第几页)。"""
    number = {page.objgen: k for k, page in enumerate(pdf.pages, 1)}

    def walk(items, level):
        for item in items:
            yield level, plain(item.title), number[item.destination[0].objgen]
            yield from walk(item.children, level + 1)

    with pdf.open_outline() as outline:
        return list(walk(outline.root, 1))


@pytest.fixture(scope="module")
def headings(site):
    """网页上每一页的标题，一、二级；章号写成“第 2 章”。"""
    found = {}
    for name in site.names:
        titles = []
        for heading in site.soup(f"{name}.html").select("article :is(h1, h2)"):
            text = "".join(
                visible(part)
                for part in heading.children
                if "headerlink" not in (getattr(part, "attrs", None) or {}).get("class", ())
            )
            titles.append(plain(re.sub(r"^(\d+)\. ", r"第 \1 章", text)))
        found[name] = titles
    found[site.names[0]][0] = "前言"
    return found


def visible(part):
    """标题里的一段；公式以它的 LaTeX 代替，与书签不同，所以只取公式以外的字。"""
    return (
        "" if getattr(part, "name", None) == "span" and "math" in part["class"] else part.get_text()
    )


def plain(text):
    """只留字母、数字和汉字：空格、标点与公式的写法，PDF 与网页可以不同。"""
    text = unicodedata.normalize("NFKC", text)
    return "".join(c for c in text if c.isalnum())


def links(pdf):
    """每一页的链接：(第几页, 注释)。"""
    for k, page in enumerate(pdf.pages, 1):
        for note in page.get("/Annots", []):
            if note.Subtype == "/Link":
                yield k, note


def target(note):
    """站内链接的去处的名字；站外的返回空。"""
    destination = note.get("/Dest") or note.get("/A", {}).get("/D")
    return str(destination).lstrip("/") if destination is not None else ""


def test_metadata_names_the_book_and_its_language(pdf):
    assert str(pdf.docinfo.Title) == TITLE
    assert str(pdf.Root.Lang) == "zh-CN"
    assert pdf.Root.MarkInfo.Marked, "没有为读屏软件写的结构"
    with pdf.open_metadata() as metadata:
        assert metadata["dc:title"] == TITLE
        assert "CC BY 4.0" in metadata["dc:rights"]


def test_date_is_that_of_a_commit_not_of_the_build(site, pdf):
    """同一次提交排两遍，文件一样；所以日期不能是现在。"""
    if not (site.repo / ".git").exists():
        pytest.skip("不在 git 仓库里，没有提交的时间可对照。")
    log = subprocess.run(
        ["git", "log", "--format=%ct"], cwd=site.repo, capture_output=True, text=True, check=True
    ).stdout
    dates = {
        datetime.fromtimestamp(int(seconds), UTC).strftime("D:%Y%m%d%H%M%S")
        for seconds in log.split()
    }
    assert {str(pdf.docinfo[key])[:16] for key in ("/CreationDate", "/ModDate")} <= dates


def test_every_page_is_a4(pdf):
    sizes = {tuple(round(float(v)) for v in page.mediabox) for page in pdf.pages}
    assert sizes == {(0, 0, 595, 842)}


def test_length_and_size_are_those_of_a_book(book_pdf, pdf):
    """少了几章、图没有压缩，这里先看得出来。"""
    assert 250 <= len(pdf.pages) <= 600
    assert book_pdf.stat().st_size < 8e6


def test_bookmarks_follow_the_book(bookmarks, headings):
    """各章各节都在，次序与网页相同，页码只增不减。"""
    titles = [title for _, title, _ in bookmarks]
    rest = iter(titles)
    for name, wanted in headings.items():
        for title in wanted:
            assert any(title in t for t in rest), f"书签里没有（或次序不对）：{name} 的“{title}”"
    numbers = [number for _, _, number in bookmarks]
    assert numbers == sorted(numbers)


def test_every_chapter_starts_where_its_bookmark_says(bookmarks, headings, texts):
    starts = {title: number for _, title, number in bookmarks}
    for name, (title, *_) in headings.items():
        number = next(n for t, n in starts.items() if t == title)
        assert title in plain(texts[number - 1]), f"第 {number} 页没有“{title}”（{name}）"


def test_contents_print_the_page_each_entry_is_on(pdf, pages, places, bookmarks):
    """目录印出的页码，就是点过去的那一页，也就是书签的那一页。"""
    last = next(number for _, title, number in bookmarks if title == "前言") - 1
    marked = {(title, number) for _, title, number in bookmarks}
    rows = 0
    for k, note in links(pdf):
        if not 2 <= k <= last:
            continue
        left, bottom, right, top = map(float, note.Rect)
        row = pages[k - 1].get_textpage().get_text_bounded(left, bottom + 1, right, top - 1)
        found = re.search(r"(\d+)\s*$", row)
        assert found, f"目录第 {k} 页的一行没有页码：{row!r}"
        assert int(found[1]) == places[target(note)], f"目录的页码不对：{row!r}"
        title = plain(row[: found.start()])
        if not re.search(r"[𝐴-𝑧]", row):  # 公式里的字形，书签里写成 LaTeX
            assert (title, int(found[1])) in marked, f"书签里没有目录的这一行：{row!r}"
        rows += 1
    assert rows == len(bookmarks) - 1 - sum(level > 3 for level, _, _ in bookmarks)


def test_page_numbers_at_the_foot_count_from_the_cover(texts, bookmarks):
    """印出的页码与阅读器里的一致；封面与各部分的扉页不印。"""
    parts = {number for level, title, number in bookmarks if level == 1} - {2}
    for k, text in enumerate(texts, 1):
        lines = [line.strip() for line in text.splitlines()]
        if k > 1 and (k not in parts or "前言" in lines):
            assert str(k) in lines, f"第 {k} 页没有页码"


def test_fonts_are_embedded_and_chinese_is_the_books_own(pdf):
    """别的字体混进来，说明有的字本书的字体里没有，换一台机器就会是方框。"""
    names = set()
    for page in pdf.pages:
        for font in page.Resources.get("/Font", {}).values():
            assert font.Subtype == "/Type0", "有的字是一笔一笔画的，不是字体"
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile2" in descriptor, f"没有嵌入 {descriptor.FontName}"
            names.add(str(descriptor.FontName).partition("+")[2])
    assert {"BookSerif-Regular", "BookSans-Bold", "BookMono-Regular", "KaTeX_Main-Regular"} <= names
    assert all(name.startswith(("Book", "KaTeX_")) for name in names), names


def test_text_can_be_read_back(texts):
    """没有方框，也没有抽不出来的字：能搜索，能复制，读屏软件能念。"""
    whole = "".join(texts)
    assert "\ufffd" not in whole and "□" not in whole
    assert sum("\u4e00" <= c <= "\u9fff" for c in whole) > 50_000


def test_nothing_is_printed_outside_the_margins(pages):
    """每个字都在版心里：太宽的代码、公式、表格会在这里露出来。"""
    right = pages[0].get_width() - MARGIN
    problems = []
    for k, page in enumerate(pages[1:], 2):
        text = page.get_textpage()
        for j in range(text.count_rects()):
            left, bottom, end, top = text.get_rect(j)
            if left < MARGIN - 2 or end > right + 2:
                problems.append(f"第 {k} 页：{text.get_text_bounded(left, bottom, end, top)!r}")
    assert not problems, "\n".join(problems)


def test_links_inside_the_book_have_a_target(pdf, places):
    """章与章之间的链接在 PDF 里点得到；走不通的、指向文件的都没有。"""
    inside, outside = Counter(), Counter()
    for k, note in links(pdf):
        if "/URI" in note.get("/A", {}):
            address = str(note.A.URI)
            assert re.match(r"https?://", address), f"第 {k} 页链接到 {address}"
            outside[address] += 1
        else:
            assert target(note) in places, f"第 {k} 页的链接没有去处：{target(note)}"
            inside[target(note)] += 1
    assert sum(inside.values()) > 500 and len(outside) > 30


def test_solutions_and_every_framework_are_printed(site, texts):
    """折叠的解答展开了；标签页一页接一页，各带框架的名字。"""
    whole = plain("".join(texts))
    names = Counter()
    solutions = 0
    for page in site.chapters:
        soup = site.soup(page)
        names.update(label.get_text(strip=True) for label in soup.select(".sd-tab-label"))
        solutions += len(soup.select("details.solution"))
    assert solutions > 50 and whole.count("解答练习") >= solutions
    assert len(names) >= 5
    lines = Counter(line.strip() for text in texts for line in text.splitlines())
    assert all(lines[name] >= count for name, count in names.items())


def test_the_web_page_offers_the_pdf(site, book_pdf, pdf):
    """首页的链接写着大小和页数，下载到的就是这一份。"""
    link = site.soup(f"{site.names[0]}.html").select_one(".pdf-download a")
    assert link, "网页在 PDF 之前建好，运行 make pdf"
    size = f"{book_pdf.stat().st_size / 1e6:.1f} MB"
    assert link.get_text() == f"下载全书 PDF（{size}，{len(pdf.pages)} 页）"
    offered = site.root / Path(f"{site.names[0]}.html").parent / link["href"]
    assert offered.resolve().read_bytes() == book_pdf.read_bytes()


def test_too_wide_content_is_reported(browser):
    """版心的检查真的会拦：放得下的长公式缩小，放不下的长词报告出来。"""
    page = browser.new_page()
    box = '<section class="chapter" id="{}"><div><p>{}</p></div></section>'
    page.set_content(
        "<body style='width: 300px; margin: 0'>"
        + box.format("narrow", "短")
        + box.format("wide", "W" * 60)
        + '<section class="chapter" id="formula"><div style="width: 300px">'
        + '<span class="katex-display" style="display: block; white-space: nowrap">'
        + "x" * 45
        + "</span></div></section>"
    )
    problems = page.evaluate(FIT)
    assert [problem.partition("：")[0] for problem in problems] == ["wide"]
    assert float(page.evaluate("document.querySelector('.katex-display').style.fontSize")[:-2]) < 1
    page.close()


def test_a_character_without_a_glyph_is_an_error(book_pdf, tmp_path):
    """字体里没有的字要说出来，不能印成方框。"""
    with pytest.raises(SystemExit, match="没有这些字：\U0001f427"):
        make_fonts({"熵", "\U0001f427"}, tmp_path)


def test_missing_fonts_and_browser_are_explained(tmp_path, monkeypatch):
    """缺什么，就说装什么。"""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CE_BOOK_CHROMIUM", raising=False)
    with pytest.raises(SystemExit, match="apt-get install chromium"):
        print_book()
    with pytest.raises(SystemExit, match="fonts-noto-cjk"):
        make_fonts({"熵"}, tmp_path)


def test_a_link_that_leads_nowhere_in_the_pdf_is_an_error(site):
    """新写的链接指向 PDF 里没有的地方，排版的时候就报错。"""
    book = Book(TITLE)
    paragraph = book.articles[book.pages[0]].cssselect("p a[href^='#']")[0]
    paragraph.set("href", "#nowhere")
    with pytest.raises(SystemExit, match="nowhere"):
        book._check_links()


def test_formula_glyphs_do_not_ask_for_book_fonts():
    """公式里的字形由 KaTeX 的字体排，不必在中文字体里找；公式里的汉字要找。"""
    page = (
        "<p>熵 <span class='katex'><span>ϵ</span><span class='cjk_fallback'>焓</span></span>。</p>"
    )
    assert {"熵", "焓", "。"} <= characters(page)
    assert "ϵ" not in characters(page)
