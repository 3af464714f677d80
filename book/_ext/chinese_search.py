"""站内的中文搜索：索引单字和相邻两字，查询在浏览器里按同样的办法切开。

Sphinx 自带的中文搜索丢掉一个字的词（“熵”搜不到），也不切开查询（“真实分布”搜不到）。
按字切分不需要词典，不会切错，索引也小：一段汉字里的每个字、每两个相邻的字各是一个词条；
查询“真实分布”变成“真实”“实分”“分布”，三个都有的页面才算找到。
"""

import re

from sphinx.search import SearchLanguage, languages

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
RUN = re.compile(rf"[{HAN}]+|[^\W{HAN}]+")

# 查询的切法与下面 split 的切法配成一对；一个字的查询用单字去找，更长的只用相邻两字。
# searchtools.js 在这段脚本之前载入，所以可以在这里换掉 Search 的三个函数。
JAVASCRIPT = r"""
// 汉字一段，别的字母数字一段；KL散度 是两段。
const queryRuns = (query) =>
  query.toLowerCase().match(/[HAN]+|(?:(?![HAN])[\p{L}\p{N}_])+/gu) || [];

var splitQuery = (query) => queryRuns(query).flatMap((run) =>
  /[HAN]/.test(run) && run.length > 1
    ? Array.from({ length: run.length - 1 }, (_, k) => run.slice(k, k + 2))
    : [run]
);

if (typeof Search !== "undefined") {
  // 从文件打开的网页不许读别的网页：只列出结果，不取摘要。
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  // 高亮整段查询，而不是切开的两字词。
  const parseQuery = Search._parseQuery;
  Search._parseQuery = (query) => {
    const [text, terms, excluded, , objects] = parseQuery(query);
    const whole = queryRuns(query);
    Search.wholeWords = whole;
    if (SPHINX_HIGHLIGHT_ENABLED) localStorage.setItem("sphinx_highlight_terms", whole.join(" "));
    return [text, terms, excluded, new Set(whole), objects];
  };

  // 标题里有的排在前面：节标题里有的，高于术语表的词条（100 分）和正文（5 分）；
  // 页面（或函数）的名字里每有查询的一个词，再往前一些；以它开头的更前，冒号以前恰好是它的最前。
  Scorer.title = 200;
  Scorer.score = ([, title, , , score]) => {
    // 有编号的章，标题里带着 <span class="section-number">。
    const name = title.replace(/<span.*?<\/span>/g, "").trim().toLowerCase();
    const head = Search.wholeWords.includes(name.split(/[：？]/)[0]) ? 150 : 0;
    const places = Search.wholeWords.map((word) => name.indexOf(word));
    return places.reduce((sum, place) => sum + (place < 0 ? 0 : place > 0 ? 50 : 80), score + head);
  };

  // 摘要取自正文里给人看的字：公式另有一份给读屏软件的，不重复。
  Search.htmlToText = (html, anchor, dropped = "") => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const article = page.querySelector("article.bd-article");
    if (!article) return "";
    article.querySelectorAll("h1, script, style, .headerlink, .katex-mathml" + dropped)
      .forEach((element) => element.remove());
    const place = anchor && page.getElementById(anchor.slice(1));
    // 术语的解释写在词条的下一个元素里。
    const text = place
      ? place.textContent + " " + (place.nextElementSibling?.textContent ?? "")
      : article.textContent;
    return text.replace(/\s+/g, " ").trim();
  };
  // 从查询第一次出现的地方截取；先在文字里找，文字里没有再到代码里找。
  Search.makeSearchSummary = (html, keywords, anchor) => {
    const words = [...Search.wholeWords, ...keywords];
    const find = (text) =>
      words.map((word) => text.toLowerCase().indexOf(word)).find((place) => place >= 0);
    let text = Search.htmlToText(html, anchor, ", .cell_input, .cell_output");
    if (find(text) === undefined) text = Search.htmlToText(html, anchor);
    if (!text) return null;
    const start = Math.max((find(text) ?? 0) - 30, 0);
    const end = start + 120;
    const summary = document.createElement("p");
    summary.classList.add("context");
    summary.textContent =
      (start ? "……" : "") + text.slice(start, end).trim() + (end < text.length ? "……" : "");
    return summary;
  };
}
""".replace("HAN", r"\u3400-\u4dbf\u4e00-\u9fff")


class ChineseSearch(SearchLanguage):
    """单字加相邻两字的索引；拉丁词不取词干，因为书里的拉丁词多是标识符。"""

    lang = "zh"
    language_name = "Chinese"
    js_splitter_code = JAVASCRIPT

    def split(self, input):
        """切开一段文字。``kl_divergence`` 这样的标识符既整个收进索引，也按下划线拆开。"""
        words = []
        for run in RUN.findall(input):
            if re.match(f"[{HAN}]", run):
                words += run
                words += [run[k : k + 2] for k in range(len(run) - 1)]
            else:
                words.append(run)
                words += [part for part in run.split("_") if part != run and part]
        return words

    def word_filter(self, word):
        """纯数字不收：查询里的数字本来就被略过。"""
        return bool(word) and not word.isdigit()


def setup(app):
    """替换 Sphinx 自带的中文搜索。"""
    languages["zh"] = ChineseSearch
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
