import { logitFor, pairsOfBars } from "../bars.js";
import { entropy, softmax } from "../formulas.js";
import { fixed, plot } from "../plot.js";

const CLASSES = ["第一类", "第二类", "第三类"];
const logits = ({ x0, x1, x2 }) => [x0, x1, x2];
// 滑块走的是温度的对数；取两位有效数字，用的就是读者看到的。
const temperature = ({ t }) => Number((10 ** t).toPrecision(2));

const axes = (size) => plot(size, {
  x: [-0.5, 2.9], y: [0, 1.18],
  xTicks: [0, 1, 2], xFormat: (i) => CLASSES[i],
  yTicks: [0, 0.2, 0.4, 0.6, 0.8, 1], yLabel: "概率",
});

export default {
  title: "温度：压平或削尖，不改名次",
  controls: [
    { name: "t", label: "温度 <i>T</i>", min: -1, max: 1, step: 0.05, value: 0.3, format: (t) => fixed(temperature({ t })) },
    ...[2, 1, 0].map((value, i) => (
      { name: `x${i}`, label: `${CLASSES[i]}的 logit`, min: -3, max: 3, step: 0.1, value, digits: 1 })),
  ],
  draw(values, size) {
    const chart = axes(size);
    const now = softmax(logits(values), temperature(values));
    return chart.axes() +
      chart.segment(-0.5, 1 / 3, 2.9, 1 / 3, "neutral dashed thin") +
      chart.textAt(chart.right, chart.y(1 / 3) - 6, "均匀", { anchor: "end", kind: "tick" }) +
      pairsOfBars(chart, softmax(logits(values)), now, "x") +
      chart.legend([["model solid", "T = 1"], ["model striped", `T = ${fixed(temperature(values))}`]]);
  },
  words(values) {
    const [x, T] = [logits(values), temperature(values)];
    const now = softmax(x, T);
    const top = CLASSES.filter((_, i) => x[i] === Math.max(...x));
    const told = `<i>T</i> = ${fixed(T)}：概率 ${now.map((q) => fixed(q, 4)).join("、")}，` +
      `最大的是${top.join("、")}，名次与 <i>T</i> = 1 时相同；` +
      `熵 ${fixed(entropy(now), 4)} nat，<i>T</i> = 1 时 ${fixed(entropy(softmax(x)), 4)} nat。`;
    if (top.length === 3) return `${told}三个 logit 相等，什么温度都是均匀。`;
    if (T === 1) return `${told}除以 1，什么也没变。`;
    return T > 1 ? `${told}压平了；<i>T</i> 再大，就趋于均匀，熵趋于 ln 3 = ${fixed(Math.log(3), 4)} nat。`
      : `${told}削尖了；<i>T</i> 再小，${top.length === 1 ? "第一名独占" : "并列第一的平分，别的归 0"}。`;
  },
  actions: [
    { label: "温度为 1", apply: () => ({ t: 0 }) },
    { label: "削尖", apply: () => ({ t: -1 }) },
    { label: "压平", apply: () => ({ t: 1 }) },
  ],
  // 拖柱顶，改的是那一类的 logit。
  drag(name, { y }, values, size) {
    const i = Number(name.at(-1));
    const T = temperature(values);
    const others = logits(values).filter((_, k) => k !== i).map((x) => x / T);
    return { [name.replace("-", "")]: T * logitFor(axes(size).fromY(y), others) };
  },
};
