"""建好的网页，不用浏览器就能查的：链接、图片说明、公式、语言、对外的请求、界面文字、仓库按钮。"""

import json
import os
import re
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def config(site):
    """``_config.yml``。"""
    return yaml.safe_load((site.repo / "_config.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def ledger(site):
    """来源台账的条目。"""
    path = site.repo / "book" / "ledger.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["entries"]


@pytest.fixture(scope="module")
def repository(config):
    """按钮应当指向的仓库：在 GitHub Actions 里是正在发布的那个，平时是 ``_config.yml`` 写的。"""
    server, name = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    return f"{server}/{name}" if server and name else config["repository"]["url"]


def test_every_page_in_the_toc_is_built(site):
    """目录里的页面都建出来了，可以运行的不止一页。"""
    assert all((site.root / page).exists() for page in site.pages)
    assert len(site.chapters) >= 2


def test_language_is_simplified_chinese(site):
    """读屏软件和浏览器靠 lang 选读音和字形。"""
    wrong = {page: site.soup(page).html.get("lang") for page in site.pages if page != "index.html"}
    assert set(wrong.values()) == {"zh-CN"}, wrong


def test_nothing_is_loaded_from_other_hosts(site):
    """样式、脚本、图片、字体都是自己的：页面在断网、在屏蔽了 CDN 的地方也一样。"""
    loads = [
        ("link", "href"),
        ("script", "src"),
        ("img", "src"),
        ("iframe", "src"),
        ("source", "src"),
    ]
    problems = []
    for page in site.pages:
        soup = site.soup(page)
        for name, attribute in loads:
            for element in soup.find_all(name, attrs={attribute: True}):
                # canonical 只写明这一页的地址，浏览器不去取它。
                if element.get("rel") == ["canonical"]:
                    continue
                if urlsplit(element[attribute]).netloc:
                    problems.append(f"{page}: {element}")
        # 脚本里写着地址，就可能去请求它（thebe 正是这样）。
        for script in soup.find_all("script"):
            problems += [f"{page}: {u}" for u in re.findall(r"https?://\S+", script.string or "")]
    for sheet in site.root.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        imported = re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^\"')]+", text)
        problems += [f"{sheet.relative_to(site.root)}: {url}" for url in imported]
    assert not problems, "\n".join(problems)


def test_no_mathjax(site):
    """公式在构建时就排好了，不再需要脚本。"""
    assert not [page for page in site.pages if "mathjax" in str(site.soup(page)).lower()]


def test_formulas_are_rendered(site):
    """没有 KaTeX 排坏的公式；正文里没有留下没排的 LaTeX 或没认出来的 MyST 写法。"""
    problems, formulas = [], 0
    for page in site.pages:
        soup = site.soup(page)
        formulas += len(soup.select(".katex-html"))
        problems += [f"{page}: {error}" for error in soup.select(".katex-error")]
        for text in prose(soup):
            for pattern in (
                r"\\[(\[]",  # \( 与 \[
                r"\$[^$]*\$|\$\$",
                r"\\(frac|log|ln|sum|begin|text)\b",
                r"(:::|```)",
                r"\{[a-z:-]+\}`",
                r"^:[a-z-]+:",
                r"Unknown (directive|interpreted text)",
            ):
                if re.search(pattern, text, flags=re.MULTILINE):
                    problems.append(f"{page}: {text.strip()[:100]!r}（{pattern}）")
    assert not problems, "\n".join(problems)
    assert formulas > 50, "公式太少，多半没有排"


def prose(soup):
    """给人读的文字：不含代码、公式、脚本。"""
    hidden = {"script", "style", "pre", "code", "math", "title", "noscript"}
    for text in soup.find_all(string=True):
        if type(text).__name__ != "NavigableString":
            continue
        parents = list(text.parents)
        if any(p.name in hidden or "katex" in p.get("class", ()) for p in parents):
            continue
        yield str(text)


def test_formula_fonts_belong_to_the_same_katex(site):
    """构建用的脚本与发布的样式是同一个版本，否则字形会错位。"""
    script = (site.repo / "book/_ext/katex/katex.min.js").read_text(encoding="utf-8")
    style = (site.root / "_static/katex/katex.min.css").read_text(encoding="utf-8")
    version = re.search(r'content:("\d+\.\d+\.\d+")', style)
    assert version, "样式里没有找到版本号"
    assert version[1] in script
    fonts = set(re.findall(r"fonts/[\w-]+\.woff2", style))
    assert fonts and all((site.root / "_static/katex" / font).exists() for font in fonts)


def test_images_have_a_chinese_description(site):
    """看不见图的人靠它；没写的话 MyST-NB 会填文件名。"""
    problems = []
    for page in site.pages:
        for image in site.soup(page).find_all("img"):
            alt = image.get("alt", "")
            if not CHINESE.search(alt) or re.search(r"\.(png|svg|jpe?g)$", alt):
                problems.append(f"{page}: {image.get('src')} alt={alt!r}")
    assert not problems, "\n".join(problems)


def test_figures_are_described_not_just_named(site):
    """图的说明要说出看到了什么，几个字说不清。"""
    short = [
        f"{page}: {image['alt']}"
        for page in site.chapters
        for image in site.soup(page).select(".cell_output img")
        if len(image["alt"]) < 15
    ]
    assert not short, "\n".join(short)


def anchors(soup):
    """一页里可以链接到的地方。"""
    return {e["id"] for e in soup.find_all(id=True)} | {
        e["name"] for e in soup.find_all("a", attrs={"name": True})
    }


def check(site, page, link):
    """站内的一个链接走得通则返回空，否则返回原因。"""
    parts = urlsplit(urljoin(f"http://book/{page}", link))
    if parts.netloc != "book" or parts.scheme != "http":
        return ""
    target = unquote(parts.path).lstrip("/") or "index.html"
    if not (site.root / target).is_file():
        return f"没有 {target}"
    fragment = unquote(parts.fragment)
    if fragment and target.endswith(".html") and fragment not in anchors(site.soup(target)):
        return f"{target} 里没有 #{fragment}"
    return ""


def test_internal_links_resolve(site):
    """每一页的每一个站内链接，连同 # 后面的位置、上一页和下一页、图片和下载。"""
    problems = []
    for page in site.pages:
        soup = site.soup(page)
        links = [(e, e["href"]) for e in soup.find_all(["a", "link"], href=True)]
        links += [(e, e["src"]) for e in soup.find_all(src=True)]
        for _, link in links:
            if link != "#" and (reason := check(site, page, link)):
                problems.append(f"{page}: {link}：{reason}")
    assert not problems, "\n".join(sorted(set(problems)))


def test_search_index_links_resolve(site):
    """搜索结果点得开：标题、术语、函数的位置都在。"""
    text = (site.root / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    pages = [f"{name}.html" for name in index["docnames"]]
    links = [(p, i or "") for found in index["alltitles"].values() for p, i in found]
    links += [(p, i) for found in index["indexentries"].values() for p, i, _ in found]
    problems = [f"{pages[p]}#{i}" for p, i in links if check(site, pages[p], f"#{i}" if i else "")]
    assert not problems, problems
    assert set(pages) <= set(site.pages)


def test_search_index_is_small(site):
    """中文索引随字数增长得慢；若忽然变大，多半是把不该收的东西收了进去。"""
    assert (site.root / "searchindex.js").stat().st_size < 25_000 * len(site.pages)


def test_previous_and_next_follow_the_toc(site):
    """“上一页”“下一页”按目录的次序把全书串起来。"""
    names = site.names
    for k, name in enumerate(names):
        soup = site.soup(f"{name}.html")
        for selector, neighbour in ((".left-prev", k - 1), (".right-next", k + 1)):
            link = soup.select_one(selector)
            if 0 <= neighbour < len(names):
                target = urljoin(f"http://book/{name}.html", link["href"])
                assert target == f"http://book/{names[neighbour]}.html"
            else:
                assert link is None


def buttons(soup):
    """页头按钮的地址，按文字。"""
    links = soup.select(".bd-header-article a.dropdown-item")
    return {link.get_text(strip=True): link["href"] for link in links}


def test_chapters_link_to_binder_colab_and_source(site, config, repository):
    """运行去 .ipynb，修改去 .md，提问带上页面；都在同一个仓库。"""
    address = repository
    owner_and_name = urlsplit(address).path.strip("/")
    branch = config["repository"]["branch"]
    for page in site.chapters:
        name = page.removesuffix(".html")
        soup = site.soup(page)
        links = buttons(soup)
        assert (site.repo / f"{name}.md").exists() and (site.repo / f"{name}.ipynb").exists()
        binder = (
            f"https://mybinder.org/v2/gh/{owner_and_name}/{branch}?urlpath=lab/tree/{name}.ipynb"
        )
        assert links["Binder"] == binder
        colab = "https://colab.research.google.com/github"
        assert links["Colab"] == f"{colab}/{owner_and_name}/blob/{branch}/{name}.ipynb"
        assert links["代码仓库"] == address
        assert links["修改本页"] == f"{address}/edit/{branch}/{name}.md"
        issue = unquote(links["提出问题"])
        title = soup.h1.find(string=True, recursive=False)
        assert issue.startswith(f"{address}/issues/new?title=《{title}》")
        assert f"页面：{name}" in issue


def test_no_two_elements_share_an_id(site):
    """id 重复的链接会跳错地方。"""
    problems = {}
    for page in site.pages:
        ids = [e["id"] for e in site.soup(page).find_all(id=True)]
        # 主题为宽屏和窄屏各放一份同样的按钮。
        theme = {i for i in ids if i.startswith(("pst-", "search-", "__"))}
        if repeated := {i for i in ids if ids.count(i) > 1} - theme:
            problems[page] = repeated
    assert not problems


def test_one_top_heading_per_page(site):
    """每一页一个一级标题，级别不跳。"""
    for page in (f"{name}.html" for name in site.names):
        levels = [int(h.name[1]) for h in site.soup(page).select("article :is(h1,h2,h3,h4,h5,h6)")]
        assert levels.count(1) == 1 and levels[0] == 1, f"{page}: {levels}"
        assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False)), (
            f"{page}: {levels}"
        )


def test_every_ledger_entry_links_into_the_book(site, ledger):
    """来源对照：每条一行，链接落在它那一章、标着它的标签的那一节。"""
    page = "book/appendix/sources.html"
    soup = site.soup(page)
    for key, entry in ledger.items():
        row = soup.find(id=f"row-{key.lower()}")
        assert row is not None, f"{page} 里没有 {key} 的一行"
        link = row.find("a", href=True)["href"]
        assert link.startswith(f"../{entry['chapter']}.html#"), f"{key} 链接到 {link}"
        assert not check(site, page, link)
        target = site.soup(f"book/{entry['chapter']}.html").find(id=link.partition("#")[2])
        section = target if target.name == "section" else target.find_parent("section")
        assert section.find(["h2", "h3"]), f"{key}：{link} 不在一节的开头"


def test_errata_show_both_values(site, ledger):
    """勘误：文档印的数与正确的数，两边都看得见。"""
    text = site.soup("book/appendix/sources.html").get_text()
    for key, entry in ledger.items():
        if entry["verdict"] == "更正":
            for value in entry.get("printed", []) + entry.get("values", []):
                assert value in text, f"勘误 {key} 里看不到 {value}"
