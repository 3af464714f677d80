// 离线阅读：把全书存进读者的浏览器，以后页面都从那里来，有没有网都一样。
//
// 一个版本要么完整，要么不用：全部文件下载完、内容都与清单相符，这个版本才算装好；装好了也等读者
// 点“换上新版”，或者关掉全部标签页，才启用。于是一个页面和它的样式、脚本总出自同一次构建。
// 文件按“路径?内容的哈希”存放：换版只下载变了的；下到一半断了网，下一次接着下载余下的。
"use strict";

// 由 book/_ext/offline.py 填好：日期、大小（字节）、清单 {路径: 内容的 SHA-256}。
const BOOK = "BOOK";

const ROOT = registration.scope;
const SHELF = `cross-entropy:${ROOT}`;
const addressOf = (path) => new URL(encodeURI(path), ROOT).href;
const keyOf = (path) => `${addressOf(path)}?${encodeURIComponent(BOOK.files[path])}`;

async function download() {
  const shelf = await caches.open(SHELF);
  const stored = new Set((await shelf.keys()).map((request) => request.url));
  const paths = Object.keys(BOOK.files);
  const missing = paths.filter((path) => !stored.has(keyOf(path)));
  // 开着“省流量”的读者没有要，就不下载。离线阅读那一页的按钮会留下这个记号。
  if (missing.length && navigator.connection?.saveData && !stored.has(`${ROOT}?asked`)) {
    throw new Error("浏览器开着“省流量”，没有下载。");
  }
  let done = paths.length - missing.length;
  const one_after_another = async () => {
    while (missing.length) {
      const path = missing.shift();
      // 网站正在更新时，可能取到旧的文件；integrity 不让它混进来。
      const response = await fetch(addressOf(path), {
        cache: "no-cache",
        integrity: `sha256-${BOOK.files[path]}`,
      });
      if (!response.ok) throw new Error(`${response.status} ${path}`);
      await shelf.put(keyOf(path), response);
      done += 1;
      for (const page of await clients.matchAll({ includeUncontrolled: true })) {
        page.postMessage({ done, total: paths.length });
      }
    }
  };
  // 一次四个：不抢读者正在看的页面的网速。
  await Promise.all([1, 2, 3, 4].map(one_after_another));
}

async function discardOtherVersions() {
  // 更新的一版正在下载，它的文件也放在这里；等它启用时再清理。
  if (registration.installing) return;
  const shelf = await caches.open(SHELF);
  const mine = new Set(Object.keys(BOOK.files).map(keyOf));
  for (const request of await shelf.keys()) {
    if (!mine.has(request.url)) await shelf.delete(request);
  }
}

// 请求的是清单里的哪个文件；不在清单里的（下载、PDF、没有的页）走网络。查询串不影响内容。
function pathOf(request) {
  if (request.method !== "GET" || !request.url.startsWith(ROOT)) return null;
  const path = decodeURI(request.url.slice(ROOT.length).split(/[?#]/)[0]);
  const file = path === "" || path.endsWith("/") ? `${path}index.html` : path;
  return Object.hasOwn(BOOK.files, file) ? file : null;
}

// 浏览器可能在空间不够时删掉存下的书；那就走网络。
async function stored(path, request) {
  const shelf = await caches.open(SHELF);
  return (await shelf.match(keyOf(path))) ?? fetch(request);
}

addEventListener("install", (event) => event.waitUntil(download()));
addEventListener("activate", (event) => event.waitUntil(discardOtherVersions()));
addEventListener("fetch", (event) => {
  const path = pathOf(event.request);
  if (path) event.respondWith(stored(path, event.request));
});
addEventListener("message", (event) => {
  if (event.data === "use") skipWaiting();
  else event.ports[0].postMessage({ date: BOOK.date, bytes: BOOK.bytes });
});
