import { binaryEntropy } from "../formulas.js";
import { fixed, plot } from "../plot.js";

const UNITS = { bit: ["bit", "比特", Math.LN2, 1], nat: ["nat", "奈特", 1, 0.7] };

const axes = (size, unit) => plot(size, {
  x: [0, 1], y: [0, UNITS[unit][3] * 1.12],
  xTicks: [0, 0.25, 0.5, 0.75, 1], xFormat: String, xLabel: "概率 p",
  yTicks: unit === "bit" ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.2, 0.4, 0.6],
  yLabel: `h(p)（${UNITS[unit][1]}）`,
});

export default {
  title: "二元熵：概率与平均的惊讶",
  controls: [
    { name: "p", label: "概率 <i>p</i>", min: 0, max: 1, step: 0.01, value: 0.1 },
    { name: "unit", label: "单位", value: "bit", choices: [["bit", "比特"], ["nat", "奈特"]] },
  ],
  draw({ p, unit }, size) {
    const chart = axes(size, unit);
    const scale = UNITS[unit][2];
    const height = binaryEntropy(p) / scale;
    return chart.axes() +
      chart.curve((u) => binaryEntropy(u) / scale, "truth") +
      chart.segment(p, 0, p, height, "neutral dashed") +
      chart.segment(0, height, p, height, "neutral dashed") +
      chart.mark(1 - p, height, "neutral", { name: "mirror" }) +
      chart.mark(p, height, "model", { name: "p", drag: "p" }) +
      chart.text(p, height + 0.045 * UNITS[unit][3], fixed(height, 3), {
        anchor: p < 0.12 ? "start" : p > 0.88 ? "end" : "middle", kind: "value" });
  },
  words({ p, unit }) {
    const [name, , scale] = UNITS[unit];
    const height = binaryEntropy(p) / scale;
    const start = `一成一败，概率 ${fixed(p)} 与 ${fixed(1 - p)}：平均惊讶 ${fixed(height, 4)} ${name}`;
    if (p === 0 || p === 1) return `${start}。结果早就知道了，没有惊讶。`;
    if (p === 0.5) return `${start}，这是最大值：最难猜。`;
    return `${start}，是最大值的 ${fixed((100 * binaryEntropy(p)) / Math.LN2, 1)}%。`;
  },
  drag: (_, { x }, { unit }, size) => ({ p: axes(size, unit).fromX(x) }),
};
