import { selfInformation } from "../formulas.js";
import { fixed, plot, range } from "../plot.js";

const TOP = 7.2; // 比特；再往上是概率不到 1% 的事
const bits = (p) => selfInformation(p) / Math.LN2;

const axes = (size) => plot(size, {
  x: [0, 1], y: [0, TOP],
  xTicks: [0, 0.125, 0.25, 0.5, 0.75, 1], xFormat: (v) => ({ 0.125: "⅛", 0.25: "¼", 0.5: "½", 0.75: "¾" })[v] ?? v,
  yTicks: [0, 1, 2, 3, 4, 5, 6, 7], xLabel: "概率 p", yLabel: "信息量（比特）",
});

export default {
  title: "信息量：两件事，谁更让人惊讶",
  controls: [
    { name: "first", label: "事件甲的概率", min: 0.01, max: 1, step: 0.01, value: 0.5 },
    { name: "second", label: "事件乙的概率", min: 0.01, max: 1, step: 0.01, value: 0.25 },
  ],
  draw({ first, second }, size) {
    const chart = axes(size);
    const points = range(0, 1, 300).map((t) => 0.006 + 0.994 * t * t).map((p) => [p, bits(p)]);
    const event = (p, name, label, kind) => {
      const right = p < 0.75;
      return chart.segment(0, bits(p), p, bits(p), `${kind} dashed thin`) +
        chart.segment(p, 0, p, bits(p), `${kind} dashed thin`) +
        chart.mark(p, bits(p), kind, { name, drag: name }) +
        chart.textAt(chart.x(p) + (right ? 13 : -13), chart.y(bits(p)) - 10, `${label} ${fixed(bits(p))}`,
          { anchor: right ? "start" : "end", kind: `value ${kind}` });
    };
    return chart.axes() + chart.line(points, "truth") +
      event(second, "second", "乙", "model") + event(first, "first", "甲", "extra");
  },
  words({ first, second }) {
    const [a, b] = [bits(first), bits(second)];
    const told = `甲 ${fixed(a, 4)} bit，乙 ${fixed(b, 4)} bit；`;
    const both = `若两件事独立，一起发生的概率是 ${fixed(first * second, 4)}，信息量 ${fixed(a + b, 4)} bit，正是两份之和。`;
    if (first === second) return `${told}同样的概率，同样的惊讶。${both}`;
    const rarer = first < second ? "甲" : "乙";
    return `${told}${rarer}更稀奇，多 ${fixed(Math.abs(a - b), 4)} bit。${both}`;
  },
  actions: [
    { label: "甲减半", apply: ({ first }) => ({ first: first / 2 }) },
  ],
  drag: (name, { x }, _, size) => ({ [name]: axes(size).fromX(x) }),
};
