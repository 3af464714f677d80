// 鼠标停在书里的链接上，或用 Tab 键走到它，就地看一眼它指的东西：术语、公式、图、文献、函数、章节。
// 触屏上不出现；Esc、移开、点下去都收起。别页的内容临时取来；直接打开文件（file://）时取不到，就只看本页的。
(() => {
  const LINKS = "article.bd-article a.reference.internal:not(.image-reference, .download)";
  const PATIENCE = 250; // 毫秒：路过的不弹，移向预览的不收
  const card = document.createElement("div");
  card.id = card.className = "link-preview";
  card.setAttribute("role", "tooltip");
  card.popover = "manual"; // 叠放在最上面，由浏览器管；太旧的浏览器没有它，也就没有预览
  if (!card.showPopover) return;
  document.body.append(card);

  const pages = new Map([[location.pathname, Promise.resolve(document)]]);
  const page = (url) => {
    if (!pages.has(url.pathname)) {
      const parse = (text) => new DOMParser().parseFromString(text, "text/html");
      pages.set(url.pathname, fetch(url).then((answer) => answer.text()).then(parse));
    }
    return pages.get(url.pathname);
  };

  // 目标是整块的就整块拿来；是一节、一条术语、一个函数的，拿名字和第一段。
  const excerpt = (found, id) => {
    const target = id ? found.getElementById(id) : found.querySelector("article h1");
    if (!target) return [];
    if (target.matches("dt")) {
      let body = target;
      while (body && !body.matches("dd")) body = body.nextElementSibling;
      return [target, body?.querySelector("p")];
    }
    if (target.matches("figure, div")) return [target];
    const section = target.closest("section");
    return [section.querySelector("h1, h2, h3, h4"), section.querySelector(":scope > p")];
  };

  // 预览只给人看：链接留下文字，去掉 id（不能重复）和按钮；图的地址从原来的页面算起。
  const copy = (element, url) => {
    const clone = document.importNode(element, true);
    clone.querySelectorAll(".headerlink, .copybtn, script, details").forEach((e) => e.remove());
    // 会动的插图换回代码画的那张。
    clone.querySelectorAll("ce-figure").forEach((e) => e.replaceWith(e.querySelector("img")));
    clone.querySelectorAll("a").forEach((a) => a.replaceWith(...a.childNodes));
    clone.querySelectorAll("img").forEach((img) => (img.src = new URL(img.getAttribute("src"), url)));
    for (const e of [clone, ...clone.querySelectorAll("[id], [tabindex]")]) {
      e.removeAttribute("id");
      e.removeAttribute("tabindex");
    }
    return clone;
  };

  let shown, timer;
  const hide = () => {
    card.hidePopover();
    shown?.removeAttribute("aria-describedby");
    shown = undefined;
  };
  const show = async (link) => {
    if (link === shown) return;
    const mine = timer;
    const url = new URL(link.href);
    if (url.protocol === "file:" && !pages.has(url.pathname)) return hide();
    const parts = await page(url).then((found) => excerpt(found, decodeURIComponent(url.hash.slice(1))), () => []);
    if (timer !== mine) return; // 等的时候已经去了别处
    hide();
    if (!parts.length) return;
    card.replaceChildren(...parts.filter(Boolean).map((part) => copy(part, url)));
    card.showPopover();
    const box = link.getBoundingClientRect();
    const above = box.bottom + card.offsetHeight > innerHeight && box.top > card.offsetHeight;
    card.style.top = `${scrollY + (above ? box.top - card.offsetHeight : box.bottom)}px`;
    card.style.left = `${scrollX + Math.max(8, Math.min(box.left, innerWidth - card.offsetWidth - 24))}px`;
    shown = link;
    link.setAttribute("aria-describedby", card.id);
  };
  const later = (action, link) => {
    clearTimeout(timer);
    timer = setTimeout(action, PATIENCE, link);
  };
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const link = event.target.closest(LINKS);
    if (link) later(show, link);
    else if (card.contains(event.target)) clearTimeout(timer);
    else later(hide);
  });
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches(LINKS) && target.matches(":focus-visible")) later(show, target);
  });
  document.addEventListener("focusout", () => later(hide));
  document.addEventListener("click", () => later(hide));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    clearTimeout(timer);
    hide();
  });
})();
