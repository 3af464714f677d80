"""量每一页要读者付出的：下载多少字节、多久看到正文、版面跳不跳、有没有无障碍的毛病。

用法::

    python tools/measure_pages.py                        # 目录里的每一页，再加搜索页和 404 页
    python tools/measure_pages.py book/intro.html        # 只量点名的几页
    python tools/measure_pages.py --json pages.json      # 另存一份 JSON，里面有每个请求的明细

网页要先建好（``make book``）。服务器像 GitHub Pages 那样压缩和缓存（``site_server.py``），
Service Worker 一律不许启动。各列的意思：

- 首次：缓存是空的，打开这一页，到网络安静为止传输的字节（含响应头）。
- 后续：先看过另一章，再打开这一页；同一个网址十分钟内不再取，所以是“首次”减去那一章也取了的。
- 滚到底：首次打开以后一直滚到页底，连同晚些才取的图，一共的字节。
- 请求：滚到底为止的请求数；对外：其中发往别的主机的。
- LCP：缓存是空的，最大的一块内容出现的时刻，三次的中位数，毫秒。
- CLS：打开并滚到底，全程每一次版面跳动之和（通行的算法只取最大的一段，这里更严）。
- axe：浅色、深色，电脑、手机，四种情形下违反的规则数之和；运行 axe-core 除 AAA 以外的全部规则，
  连同推荐的做法和还在试验的。
- 控制台：错误与警告的条数。
"""

import argparse
import json
import statistics
import sys
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from site_browser import DESKTOP, PHONE, NoBrowser, launch
from site_server import HTML, names_in_toc, serve

SITUATIONS = [
    (f"{mode} {name}", scheme, size)
    for name, size in (("电脑", DESKTOP), ("手机", PHONE))
    for mode, scheme in (("浅", "light"), ("深", "dark"))
]

# 在网页自己的脚本之前运行，这样一次跳动也不会漏。
OBSERVE = """
window.measured = { cls: 0, lcp: 0, shifts: [] };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    measured.cls += entry.value;
    measured.shifts.push([entry.value, entry.sources.map((s) => s.node?.outerHTML?.slice(0, 120))]);
  }
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    measured.lcp = entry.startTime;
    measured.largest = entry.element?.outerHTML.slice(0, 120);
  }
}).observe({ type: "largest-contentful-paint", buffered: true });
"""

# 打开以后、滚动以前：LCP 和它是什么；第一屏里有没有晚取的图。
FIRST_SCREEN = """
() => [
  measured.lcp,
  measured.largest,
  [...document.querySelectorAll("img[loading=lazy]")]
    .filter((i) => i.checkVisibility() && i.getBoundingClientRect().top < innerHeight)
    .map((i) => i.getAttribute("src")),
]
"""

# 一屏一屏往下滚，让晚些才取的图都有机会去取；每一屏等两帧。
SCROLL = """
async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
    scrollTo({ top: y, behavior: "instant" });
    await frame(), await frame();
  }
}
"""

# 全部规则：推荐的做法、还在试验的也算；不算的只有已经废弃的，比 AA 更严的 AAA，
# 和从来不判违反、只提醒人去看的 hidden-content。
# 一页的公式里有上万个 span，没有可以操作的，也不换颜色：每条公式先换成同样大小的一个字，不然要量几十秒。
# 颜色的规则只与文字色、底色、字号、字重、下划线有关，每种搭配取一个元素来看，结果与逐个看相同。
AXE = """
async (coloursOnly) => {
  const formulas = [...document.querySelectorAll(".katex")];
  const boxes = formulas.map((formula) => formula.getBoundingClientRect());
  formulas.forEach((formula, k) => {
    const { width, height } = boxes[k];
    formula.textContent = "0";
    formula.style.cssText = `display: inline-block; overflow: hidden; width: ${width}px; height: ${height}px`;
  });

  const styleOf = (element) => getComputedStyle(element);
  const grounds = new Map();
  const ground = (element) => {
    if (!element) return "";
    if (!grounds.has(element)) {
      const { backgroundColor, backgroundImage, opacity } = styleOf(element);
      grounds.set(element, ground(element.parentElement) + backgroundColor + backgroundImage + opacity);
    }
    return grounds.get(element);
  };
  const samples = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true }))
      continue;
    const { color, fontSize, fontWeight, textDecorationLine } = styleOf(element);
    // 代码里的词在浅色下同色，深色下未必。
    const word = element.closest("pre") ? element.className : "";
    const key = [color, fontSize, fontWeight, textDecorationLine, ground(element), word].join();
    if (!samples.has(key)) samples.set(key, element);
  }
  // 代码里成千上万个给词上色的 span，取过样的留下，别的只留文字。
  const sampled = new Set(samples.values());
  for (const word of document.querySelectorAll("pre span"))
    if (!sampled.has(word)) word.replaceWith(...word.childNodes);

  const colours = ["color-contrast", "link-in-text-block"];
  const skipped = ({ ruleId, tags }) =>
    [...colours, "hidden-content"].includes(ruleId) ||
    tags.some((tag) => tag === "deprecated" || tag.endsWith("aaa"));
  const rules = axe.getRules().map((rule) => [rule.ruleId, { enabled: !skipped(rule) }]);
  const resultTypes = ["violations"];
  const found = [await axe.run({ include: [...sampled] }, { runOnly: colours, resultTypes })];
  if (!coloursOnly) found.push(await axe.run({ rules: Object.fromEntries(rules), resultTypes }));
  return found.flatMap(({ violations }) => violations).map((rule) =>
    [rule.id, rule.nodes.map((node) => [node.target.join(" "), node.html.slice(0, 160)])]);
}
"""


@dataclass
class Tally:
    """一个窗口从打开起的全部请求与控制台消息。"""

    address: str
    bytes: dict = field(default_factory=dict)  # 网址 → 传输的字节；从缓存取的是 0
    outside: list = field(default_factory=list)
    messages: list = field(default_factory=list)


def open_tab(context, address):
    """一个新窗口，连同它的账。"""
    tally, tab = Tally(address), context.new_page()
    network = context.new_cdp_session(tab)
    urls = {}

    def start(event):
        urls[event["requestId"]] = url = event["request"]["url"]
        if urlsplit(url).scheme in ("http", "https"):
            tally.bytes.setdefault(url, 0)
            if not url.startswith(address):
                tally.outside.append(url)

    def finish(event):
        url = urls.get(event["requestId"])
        if url in tally.bytes:
            tally.bytes[url] += event["encodedDataLength"]

    def note(message):
        if message.type in ("error", "warning"):
            tally.messages.append(message.text)

    network.on("Network.requestWillBeSent", start)
    network.on("Network.loadingFinished", finish)
    network.send("Network.enable")
    tab.on("console", note)
    tab.on("pageerror", lambda error: tally.messages.append(str(error)))
    return tab, tally


def new_context(browser, scheme="light", size=DESKTOP):
    """缓存是空的、不许有 Service Worker 的窗口。"""
    return browser.new_context(
        locale="zh-CN", viewport=size, color_scheme=scheme, service_workers="block"
    )


@dataclass
class Load:
    """空缓存打开一页，滚到底。"""

    page: str
    opened: dict = field(default_factory=dict)  # 打开时：网址 → 字节
    requests: dict = field(default_factory=dict)  # 滚到底为止：网址 → 字节
    lcp: float = 0
    largest: str = ""
    late: list = field(default_factory=list)  # 第一屏里晚取的图
    cls: float = 0
    shifts: list = field(default_factory=list)
    outside: list = field(default_factory=list)
    messages: list = field(default_factory=list)

    @property
    def first(self):
        """打开时传输的字节。"""
        return sum(self.opened.values())

    @property
    def scrolled(self):
        """滚到底为止传输的字节。"""
        return sum(self.requests.values())

    def after(self, before):
        """先看过 ``before``，再打开这一页，传输的字节。"""
        return sum(count for url, count in self.opened.items() if url not in before.requests)


def load_cold(browser, address, page):
    """空缓存打开一页，看它取了什么、何时看得到、跳不跳。"""
    context = new_context(browser)
    context.add_init_script(OBSERVE)
    tab, tally = open_tab(context, address)
    tab.goto(address + page, wait_until="networkidle")
    tab.wait_for_function("measured.lcp > 0")
    load = Load(page, opened=dict(tally.bytes))
    load.lcp, load.largest, load.late = tab.evaluate(FIRST_SCREEN)
    tab.evaluate(SCROLL)
    tab.wait_for_load_state("networkidle")
    tab.wait_for_function(
        "[...document.images].every((i) => i.complete || !i.checkVisibility())", timeout=5000
    )
    load.cls, load.shifts = tab.evaluate("[measured.cls, measured.shifts]")
    load.requests = tally.bytes
    load.outside, load.messages = tally.outside, tally.messages
    context.close()
    return load


def axe_script():
    """axe-core，取自 axe-playwright-python 这个包。"""
    spec = find_spec("axe_playwright_python")
    if spec is None:
        raise NoBrowser("没有 axe-playwright-python，先运行 make test 所用的安装。")
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def axe_violations(tab, colours_only=False):
    """眼前这个样子违反的规则：``[规则, [[选择器, HTML], …]]``；公式和代码的颜色从此不能看了。

    ``colours_only`` 只看与颜色有关的规则：换了明暗，别的规则的结果不会变。
    """
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(axe_script())
    return tab.evaluate(AXE, colours_only)


def unfold(tab):
    """展开全部折叠的内容，等脚本给要滚动的框起好名字（keyboard.js）。"""
    tab.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    tab.wait_for_timeout(400)


def check_page(browser, address, page):
    """四种情形下，刚打开时违反的规则；折叠的都展开。"""
    found = {}
    for name, scheme, size in SITUATIONS:
        context = new_context(browser, scheme, size)
        tab = context.new_page()
        tab.goto(address + page, wait_until="load")
        unfold(tab)
        found[name] = axe_violations(tab)
        context.close()
    return found


@dataclass
class Measurement:
    """一页的一行。"""

    load: Load
    later: int
    lcp: float
    axe: dict

    @property
    def violations(self):
        """四种情形之和。"""
        return sum(len(rules) for rules in self.axe.values())

    def row(self):
        """Markdown 表的一行。"""
        load = self.load
        cells = [
            load.page.removesuffix(".html"),
            kilobytes(load.first),
            kilobytes(self.later),
            kilobytes(load.scrolled),
            str(len(load.requests)),
            f"{self.lcp:.0f}",
            f"{load.cls:.3f}",
            str(self.violations),
            str(len(load.messages)),
            str(len(load.outside)),
        ]
        return "| " + " | ".join(cells) + " |"


HEADER = """\
| 页 | 首次 kB | 后续 kB | 滚到底 kB | 请求 | LCP ms | CLS | axe | 控制台 | 对外 |
| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |"""


def kilobytes(count):
    """千字节，一位小数。"""
    return f"{count / 1000:.1f}"


def pages_to_measure(root=HTML):
    """目录里的每一页，再加上建出来的搜索页和 404 页。"""
    extra = [page for page in ("search.html", "404.html") if (root / page).exists()]
    return [*(f"{name}.html" for name in names_in_toc()), *extra]


def measure(browser, address, page, before):
    """一页的全部；``before`` 是先看过的那一页。"""
    loads = [load_cold(browser, address, page) for _ in range(3)]
    return Measurement(
        load=loads[0],
        later=loads[0].after(before),
        lcp=statistics.median(load.lcp for load in loads),
        axe=check_page(browser, address, page),
    )


def main():
    """逐页量，逐行印。"""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", nargs="*", help="相对于 _build/html；不写就是全部")
    parser.add_argument("--json", type=Path, help="另存一份 JSON，有每个请求和每处违反的明细")
    options = parser.parse_args()
    if not (HTML / "search.html").exists():
        sys.exit("没有 _build/html，先运行 make book。")
    chapters = [f"{name}.html" for name in names_in_toc()][1:3]
    measurements = []
    print(HEADER, flush=True)
    try:
        with serve() as address, launch() as browser:
            # 浏览器刚启动时的第一页总要慢些，正好当作先看过的那一页。
            seen = [load_cold(browser, address, chapter) for chapter in chapters]
            for page in options.pages or pages_to_measure():
                before = next(load for load in seen if load.page != page)
                measurements.append(measure(browser, address, page, before))
                print(measurements[-1].row(), flush=True)
    except NoBrowser as missing:
        sys.exit(str(missing))
    if options.json:
        rows = [asdict(m) | {"violations": m.violations} for m in measurements]
        options.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
