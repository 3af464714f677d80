// 撤掉离线阅读：替下读者浏览器里原来的 service worker，删掉它存的书，再注销自己。
// 开着的页面看到换了主人，会自己重新载入（offline.js），这次来自网络。
"use strict";

async function retire() {
  await caches.delete(`cross-entropy:${registration.scope}`);
  await registration.unregister();
}

addEventListener("install", (event) => event.waitUntil(skipWaiting()));
addEventListener("activate", (event) => event.waitUntil(retire()));
