// 只用键盘、或用读屏软件的读者需要的，主题没有做到的两件事。
(() => {
  // 一、太宽的代码、公式、表格、输出在自己的框里滚动。真的要滚动的才停得住焦点，并且有名字；
  // 不用滚动的不占 Tab 键。主题的脚本也给其中一些设 tabindex，所以等它做完再做。
  const KINDS = [
    [".cell_input pre, .highlight pre", "代码"],
    [".cell_output pre, .cell_output > .output", "输出"],
    [".math-scroll, span.math", "公式"],
    [".pst-scrollable-table-container", "表格"],
  ];

  const scrolls = (element) =>
    element.scrollWidth > element.clientWidth &&
    /auto|scroll/.test(getComputedStyle(element).overflowX);

  const label = () => {
    const counts = {};
    const done = new Set();
    for (const [selector, kind] of [KINDS[1], KINDS[0], KINDS[2], KINDS[3]]) {
      for (const element of document.querySelectorAll(`article :is(${selector})`)) {
        if (done.has(element)) continue;
        done.add(element);
        if (scrolls(element)) {
          // 同一页里的名字不能相同。
          counts[kind] = (counts[kind] ?? 0) + 1;
          element.tabIndex = 0;
          element.setAttribute("role", "region");
          element.setAttribute("aria-label", `${kind} ${counts[kind]}，可以左右滚动`);
        } else if (element.hasAttribute("tabindex")) {
          element.removeAttribute("tabindex");
          element.removeAttribute("role");
          element.removeAttribute("aria-label");
        }
      }
    }
  };

  let waiting;
  const labelSoon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(label, 350);
  };
  addEventListener("load", () => setTimeout(label));
  addEventListener("resize", labelSoon);
  // 展开解答、换标签页以后，原来量不到宽的也要量。
  document.addEventListener("toggle", labelSoon, true);
  document.addEventListener("change", labelSoon);

  // 二、主题在按下这些按钮以后把焦点丢掉（为了收起提示），只用键盘的人就不知道自己在哪里，
  // 关上侧栏也回不到原处。用鼠标时照旧，用键盘时（detail 是 0）留住。
  const KEPT = ".theme-switch-button, .search-button, .primary-toggle, .secondary-toggle";
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest?.(KEPT);
      if (!button) return;
      if (event.detail === 0) button.blur = () => {};
      else delete button.blur;
    },
    true
  );
})();
