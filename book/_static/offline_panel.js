// “离线阅读”一页：存下了没有、是哪一版、占多少；存下、换版、删掉的按钮。
(() => {
  const panel = document.querySelector("#offline-panel");
  const words = panel.querySelector("[role=status]");
  const progress = panel.querySelector("progress");
  const buttons = panel.querySelectorAll("button");

  function show(text, ...names) {
    const focused = document.activeElement;
    words.textContent = text;
    for (const button of buttons) button.hidden = !names.includes(button.name);
    // 按下的按钮不见了，焦点留在这里，不跳回页首。
    if (panel.contains(focused) && focused.hidden) words.focus();
  }

  if (location.protocol === "file:") {
    show("你是从文件打开这一页的：书已经在你的电脑上，不用再存。");
    return;
  }
  if (!offlineBook) {
    show("这个窗口存不了书：浏览器太旧，或是隐私模式，或网址不是 https 开头。下面还有别的办法。");
    return;
  }

  // 看到过开始下载：后来又没有在下载了，就是没有下载完。
  let begun = false;
  let updating = false;

  async function refresh() {
    const { installing, waiting, active } = (await offlineBook.find()) ?? {};
    progress.hidden = !installing;
    if (active) {
      const { date, bytes } = await offlineBook.about(active);
      const edition = date ? `${date} 的版本` : "全书";
      const stored = `已存好：${edition}，占 ${(bytes.stored / 1e6).toFixed(1)}\u00a0MB，断网也能读。`;
      if (waiting) show(`${stored}新版本已经下载好，换上就能读。`, "use", "discard");
      else if (installing) {
        updating = true;
        show(`${stored}正在下载新版本……`, "discard");
      } else if (updating) {
        show(`${stored}有新版本，还没有下载完，点下面的按钮接着下载。`, "check", "discard");
      } else show(stored, "check", "discard");
    } else if (installing) {
      begun = true;
      show("正在存……离开这一页也会接着存。");
    } else if (begun) {
      show("没有存完，多半是网断了。已经下载的部分留着，不会再下载一遍。", "save");
    } else if (offlineBook.refused()) {
      show("没有存。你删掉过，所以不会自动再存。", "save");
    } else {
      show("还没有存下这本书。", "save");
    }
  }

  const actions = {
    async save() {
      await offlineBook.accept();
      await offlineBook.keep();
    },
    async use() {
      offlineBook.use((await offlineBook.find()).waiting);
    },
    async check() {
      await offlineBook.accept();
      const registration = await offlineBook.keep();
      await registration.update();
      if (!registration.installing && !registration.waiting) {
        words.append("刚刚查过，这就是最新的。");
      }
    },
    async discard() {
      begun = false;
      await offlineBook.discard();
      await refresh();
    },
  };
  for (const button of buttons) {
    button.addEventListener("click", () =>
      actions[button.name]().catch(() => words.append("现在连不上网，过一会儿再试。")),
    );
  }
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    progress.max = data.total;
    progress.value = data.done;
  });
  navigator.serviceWorker.startMessages();
  offlineBook.onchange = refresh;
  refresh();
})();
