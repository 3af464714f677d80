"""全书 PDF：把建好的网页拼成一页，用 Chromium 打印，写进 ``_build/pdf/cross-entropy.pdf``。

Chromium 的样式表不会填“见第几页”，所以打印两遍：第一遍读出目录各项落在哪一页，填好目录再打印。
公式、表格太宽就缩小，缩了还放不下就报错。同一次提交印出同样的文件：日期取自提交
（``SOURCE_DATE_EPOCH`` 优先），不取现在的时间。
"""

import io
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime

import pikepdf
import yaml
from book_page import HTML, ROOT, Book, Edition, characters
from print_fonts import make_fonts
from site_browser import NoBrowser, launch

import ce_book

PDF = ROOT / "_build" / "pdf" / "cross-entropy.pdf"
PAGE = PDF.with_name("book.html")

# 太宽的公式和表格，字缩到放得下为止；返回缩了也放不下的，和别的超出版心的字与图。
FIT = r"""
() => {
  const SMALLEST = 0.6;
  const rights = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].map((box) => box.right);
  };
  for (const element of document.querySelectorAll(".chapter :is(.katex-display, table)")) {
    const box = element.parentElement.getBoundingClientRect().right + 1;
    for (let scale = 1; scale >= SMALLEST && Math.max(...rights(element)) > box; scale -= 0.02)
      element.style.fontSize = `${scale}em`;
  }
  const edge = document.body.getBoundingClientRect().right + 1;
  // 看字和图，不看元素的框：KaTeX 的根号、大括号画在比自己宽得多、又裁掉了的框里。
  const wide = (node) => rights(node).some((right) => right > edge);
  const found = [...document.querySelectorAll(".chapter :is(img, table)")].filter(wide);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode())
    if (/[^\s\u200b]/.test(texts.currentNode.data) && wide(texts.currentNode))
      found.push(texts.currentNode.parentElement);
  return found.map((e) => `${e.closest(".chapter").id}：${e.textContent.trim().slice(0, 60)}`);
}
"""

FILL = """
(numbers) => {
  for (const link of document.querySelectorAll(".contents a"))
    link.querySelector(".number").textContent = numbers[link.getAttribute("href").slice(1)];
}
"""


def commit():
    """这一版取自哪次提交：(时刻, 短的提交号)；不在 git 里就没有。"""
    log = ""
    if (git := shutil.which("git")) and (ROOT / ".git").exists():
        command = [git, "log", "-1", "--format=%ct %h"]
        log = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    seconds, _, name = log.strip().partition(" ")
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or seconds
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None, name


def print_page(browser, numbers):
    """打印一遍，目录里填上这些页码。每一遍都从头载入：接着排过的版面再排，分页会有出入。"""
    page = browser.new_page()
    page.goto(PAGE.as_uri())
    page.emulate_media(media="print")
    page.evaluate("() => document.fonts.ready")
    if numbers:
        page.evaluate(FILL, numbers)
    if wide := page.evaluate(FIT):
        raise SystemExit("下面的内容比版心宽：\n" + "\n".join(wide))
    data = page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
    page.close()
    return data


def destinations(data):
    """{位置的名字: 第几页}。"""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        number = {page.objgen: k for k, page in enumerate(pdf.pages, 1)}
        return {name[1:]: number[place[0].objgen] for name, place in pdf.Root.Dests.items()}


def print_book():
    """打印两遍，第二遍的目录带着页码。"""
    try:
        with launch() as browser:
            numbers = destinations(print_page(browser, {}))
            data = print_page(browser, numbers)
    except NoBrowser as missing:
        raise SystemExit(str(missing)) from None
    if destinations(data) != numbers:
        raise SystemExit("填进页码以后，分页变了：目录里的页码不准。")
    return data


def shrink_images(pdf):
    """插图改用调色板：线条图没有几种颜色，文件小一多半。"""
    for image in {o.objgen: o for p in pdf.pages for o in p.get_images().values()}.values():
        picture = pikepdf.PdfImage(image).as_pil_image().convert("RGB")
        picture = picture.quantize(256, dither=0)
        palette = pikepdf.String(bytes(picture.getpalette("RGB")))
        image.ColorSpace = pikepdf.Array(
            [pikepdf.Name.Indexed, pikepdf.Name.DeviceRGB, len(bytes(palette)) // 3 - 1, palette]
        )
        image.BitsPerComponent = 8
        image.write(picture.tobytes())


def finish(data, title, date):
    """填写书名、语言与日期，收起书签，压缩。"""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        shrink_images(pdf)
        pdf.Root.Lang = pikepdf.String("zh-CN")
        pdf.Root.PageMode = pikepdf.Name.UseOutlines
        with pdf.open_outline() as outline:
            for part in outline.root:
                for chapter in part.children:
                    chapter.is_closed = True
        pdf.docinfo["/Creator"] = "Jupyter Book, Chromium"
        for key in ("/CreationDate", "/ModDate"):
            if date:
                pdf.docinfo[key] = date.strftime("D:%Y%m%d%H%M%S+00'00'")
            elif key in pdf.docinfo:
                del pdf.docinfo[key]
        with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata.load_from_docinfo(pdf.docinfo)
            metadata["dc:title"] = title
            metadata["dc:language"] = {"zh-CN"}
            metadata["dc:rights"] = "正文 CC BY 4.0，代码 MIT"
        pdf.save(
            PDF,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            recompress_flate=True,
            deterministic_id=True,
        )
        return len(pdf.pages)


def main():
    start = time.perf_counter()
    if not (HTML / "search.html").exists():
        raise SystemExit("没有 _build/html，先运行 make book。")
    title = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["title"]
    date, name = commit()
    day = f"{date.year} 年 {date.month} 月 {date.day} 日" if date else ""
    page = Book(title).html(Edition(ce_book.__version__, day, name))
    make_fonts(characters(page), PDF.parent / "fonts")
    PAGE.write_text(page, encoding="utf-8")
    count = finish(print_book(), title, date)
    size, seconds = PDF.stat().st_size / 1e6, time.perf_counter() - start
    print(
        f"全书 PDF 在 {PDF.relative_to(ROOT)}：{count} 页，{size:.1f} MB（用了 {seconds:.0f} 秒）。"
    )


if __name__ == "__main__":
    main()
