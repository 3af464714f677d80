// 载入会动的插图。浏览器不许从 file:// 载入模块：那时什么也不做，留着代码画的静态图。
if (location.protocol !== "file:" && "customElements" in window) {
  // 样式靠它预先留出控件的位置，图换上来时下面的正文不会跳动。
  document.documentElement.dataset.figures = "moving";
  import("./element.js");
}
