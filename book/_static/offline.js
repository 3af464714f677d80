// 读者打开过一次，就把全书存进浏览器（service-worker.js）；有新版本时告诉读者，由读者决定何时换上。
const offlineBook = (() => {
  // 从 file:// 打开的、不是 https 的、浏览器不许存东西的窗口，没有这个功能。
  const worker = location.protocol.startsWith("http") && navigator.serviceWorker;
  if (!worker) return null;

  const root = new URL("..", document.currentScript.src).href;
  const shelf = `cross-entropy:${root}`;
  const refusal = `offline-refused:${root}`;
  const later = `offline-later:${root}`;
  let followed;

  const book = {
    onchange() {},
    async find() {
      const found = await worker.getRegistration(root);
      // 同一个域名的根上可能有别的网站。
      return found?.scope === root ? found : undefined;
    },
    async keep() {
      const registration = await worker.register(`${root}service-worker.js`, {
        updateViaCache: "none",
      });
      if (registration !== followed) follow(registration);
      return registration;
    },
    refused: () => localStorage.getItem(refusal) !== null,
    // 读者自己要存：开着“省流量”也下载。
    async accept() {
      localStorage.removeItem(refusal);
      await (await caches.open(shelf)).put(`${root}?asked`, new Response());
    },
    async discard() {
      localStorage.setItem(refusal, "");
      await (await book.find())?.unregister();
      await caches.delete(shelf);
    },
    // 一个版本的日期和大小。
    about: (version) =>
      new Promise((answer) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => answer(data);
        version.postMessage("about", [port2]);
      }),
    use(version) {
      version.addEventListener("statechange", () => {
        if (version.state === "activated") location.reload();
      });
      version.postMessage("use");
    },
  };

  function follow(registration) {
    followed = registration;
    const report = () => {
      if (registration.waiting && registration.active) offer(registration.waiting);
      book.onchange();
    };
    const track = () => {
      registration.installing?.addEventListener("statechange", report);
      report();
    };
    registration.addEventListener("updatefound", track);
    track();
  }

  // 页面底部的一条通知；读者说“以后再说”，这个窗口里就不再提这一版。
  async function offer(version) {
    document.querySelector(".offline-notice")?.remove();
    const notice = document.createElement("div");
    notice.className = "offline-notice";
    notice.setAttribute("role", "status");
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = `${root}_static/offline.css`;
    // 先放空的，再写字，读屏软件才会念。
    document.body.append(style, notice);
    const { date } = await book.about(version);
    if (sessionStorage.getItem(later) === date) return;
    const button = (text, act) => {
      const element = document.createElement("button");
      element.type = "button";
      element.textContent = text;
      element.addEventListener("click", act);
      return element;
    };
    notice.append(
      `这本书有新版本${date && `（${date}）`}。`,
      button("换上新版", () => book.use(version)),
      button("以后再说", () => {
        sessionStorage.setItem(later, date);
        notice.remove();
      }),
    );
  }

  async function start() {
    const saved = await book.find();
    // 作者在自己的机器上看改过的书，不能看到存下的旧书。
    const local = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(location.hostname);
    if (!saved && (local || navigator.connection?.saveData || book.refused())) return;
    await book.keep();
  }

  // 换版时，别的窗口里开着的页面也要换，不然它们后来要的文件会来自新的一版。
  if (worker.controller) worker.addEventListener("controllerchange", () => location.reload());
  // 每打开一页，浏览器自己会查有没有新版本；断着网存不下来，连上再存。
  const quietly = () => start().catch(() => {});
  addEventListener("load", () => (window.requestIdleCallback ?? setTimeout)(quietly));
  addEventListener("online", quietly);
  return book;
})();
