import { crossEntropy, entropy, klDivergence } from "../formulas.js";
import { fixed, plot, range } from "../plot.js";

const TOP = 2.2; // 再高就出了图顶

const axes = (size) => plot(size, {
  x: [0, 1], y: [-0.25, TOP],
  xTicks: [0, 0.2, 0.4, 0.6, 0.8, 1], xLabel: "模型的概率 q",
  yTicks: [0, 0.5, 1, 1.5, 2], yFormat: (v) => v.toFixed(1), yLabel: "交叉熵（奈特）",
});

const two = (p) => [p, 1 - p];

export default {
  title: "交叉熵的碗：最低点在 q = p",
  controls: [
    { name: "p", label: "真实的 <i>p</i>", min: 0, max: 1, step: 0.01, value: 0.3 },
    { name: "q", label: "模型的 <i>q</i>", min: 0, max: 1, step: 0.01, value: 0.8 },
  ],
  draw({ p, q }, size) {
    const chart = axes(size);
    const floor = entropy(two(p));
    const total = crossEntropy(two(p), two(q));
    // 越近两端越陡，取的点也越密。
    const bowl = range(0, Math.PI, 241).map((angle) => (1 - Math.cos(angle)) / 2)
      .map((u) => [u, crossEntropy(two(p), two(u))]);
    const shown = Math.min(total, TOP);
    // 字写在紫色高的一侧，贴着边时换一侧。
    const toRight = q > 0.93 ? false : q < 0.07 ? true : q > p;
    const beside = (v, content, kind) => chart.textAt(chart.x(q) + (toRight ? 12 : -12), chart.y(v) + 5, content,
      { anchor: toRight ? "start" : "end", kind: `value ${kind}` });
    return chart.axes() +
      chart.area([[0, floor], ...bowl, [1, floor]], "extra") +
      chart.segment(0, floor, 1, floor, "model dashed") +
      chart.line(bowl, "truth") +
      chart.segment(q, floor, q, shown, "extra") +
      chart.textAt(p < 0.7 ? chart.right - 4 : chart.left + 4, chart.y(floor) + 22, "H(p)",
        { anchor: p < 0.7 ? "end" : "start", kind: "model" }) +
      chart.textAt(chart.x(p), chart.y(floor) + 22, "最低点 q = p", {
        anchor: p < 0.12 ? "start" : p > 0.88 ? "end" : "middle" }) +
      (shown - floor > 0.25 ? beside((floor + shown) / 2, "D", "extra") : "") +
      (total > TOP ? beside(TOP - 0.1, `↑ ${fixed(total)}`, "truth") : "") +
      chart.mark(p, floor, "model", { name: "lowest", drag: "p" }) +
      chart.mark(q, shown, "truth", { name: total > TOP ? "" : "total", drag: "q" });
  },
  words({ p, q }) {
    const [total, floor, extra] =
      [crossEntropy, entropy, klDivergence].map((f) => f(two(p), two(q)));
    const start = `真实 ${fixed(p)}，模型 ${fixed(q)}：一共付 <i>H</i>(<i>p</i>, <i>q</i>) = `;
    if (total === Infinity) {
      return `${start}∞ nat。会发生的事，模型说绝不可能：<i>H</i>(<i>p</i>) 只有 ${fixed(floor, 4)} nat，多付的 <i>D</i> 是 ∞。`;
    }
    const sum = `${start}${fixed(total, 4)} nat = <i>H</i>(<i>p</i>) ${fixed(floor, 4)} nat + <i>D</i> ${fixed(extra, 4)} nat。`;
    return p === q ? `${sum}这就是最低点，一点也没有多付。` : `${sum}把 <i>q</i> 拖到 ${fixed(p)}，多付的才是 0。`;
  },
  actions: [
    { label: "q = p", apply: ({ p }) => ({ q: p }) },
    { label: "q = 0", apply: () => ({ q: 0 }) },
  ],
  drag: (name, { x }, _, size) => ({ [name]: axes(size).fromX(x) }),
};
