// 由 katex_math.py 启动的常驻进程：每行读一个 {"tex", "display"}，每行回一个 {"html"} 或 {"error"}。
const katex = require("./katex.min.js");
const lines = require("readline").createInterface({ input: process.stdin });

lines.on("line", (line) => {
  const { tex, display } = JSON.parse(line);
  let answer;
  try {
    // strict：KaTeX 与 LaTeX 说法不一的写法（例如公式里裸露的汉字）也算错误，而不是悄悄排坏。
    answer = { html: katex.renderToString(tex, { displayMode: display, throwOnError: true, strict: "error" }) };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
