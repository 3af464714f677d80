import { descend, sigmoidCrossEntropy, squaredError } from "../formulas.js";
import { fixed, plot } from "../plot.js";

const STEPS = 600;
const STARTS = { "0.82": [0.6, 0.9], "0.98": [2, 2] }; // 权重与偏置，与正文相同
const RUNNERS = [["ce", "truth", "交叉熵"], ["mse", "model dashed", "均方误差"]];
const LOGIT = (q) => Math.log(q / (1 - q));

const axes = (size) => plot(size, {
  x: [0, STEPS], y: [0, 1.05],
  xTicks: [0, 100, 200, 300, 400, 500, 600], xLabel: "步数",
  yTicks: [0, 0.2, 0.4, 0.6, 0.8, 1], yLabel: "模型的概率 q",
});

// 走得最慢的（学习率 0.05，均方误差）也不到 1500 步。
const run = ({ start, rate }) => RUNNERS.map(([loss]) => {
  const path = descend(loss, STARTS[start], rate, 1500);
  return { path, done: path.findIndex((q) => q < 0.1) };
});

export default {
  title: "同一个学习率下的赛跑：交叉熵与均方误差",
  controls: [
    { name: "step", label: "步数", min: 0, max: STEPS, step: 1, value: 0, digits: 0 },
    { name: "rate", label: "学习率 <i>η</i>", min: 0.05, max: 1, step: 0.05, value: 0.15 },
    { name: "start", label: "起点", value: "0.98", choices: [["0.98", "0.98"], ["0.82", "0.82"]] },
  ],
  draw(values, size) {
    const chart = axes(size);
    const runners = run(values);
    // 细线是整条路，粗线是走过的。
    const roads = RUNNERS.map(([, kind], i) => {
      const road = runners[i].path.slice(0, STEPS + 1).map((q, step) => [step, q]);
      return chart.line(road.filter(([step]) => step % 3 === 0), `${kind} thin`) +
        chart.line(road.slice(0, values.step + 1), `${kind} bold`);
    });
    const marks = RUNNERS.map(([loss, kind], i) =>
      chart.mark(values.step, runners[i].path[values.step], kind.split(" ")[0], { name: loss, drag: "step" }));
    return chart.axes() +
      chart.segment(0, 0.1, STEPS, 0.1, "neutral dotted") +
      chart.textAt(chart.right, chart.y(0.1) - 6, "终点 q = 0.1", { anchor: "end", kind: "tick" }) +
      roads.join("") + marks.toReversed().join("") +
      chart.legend(RUNNERS.map(([, kind, name]) => [kind, name]));
  },
  words(values) {
    const [ce, mse] = run(values);
    const { step } = values;
    const [q, r] = [ce.path[step], mse.path[step]];
    const now = `第 ${step} 步：交叉熵 <i>q</i> = ${fixed(q, 4)}，损失 ${fixed(sigmoidCrossEntropy(0, LOGIT(q)), 4)} nat；` +
      `均方误差 <i>q</i> = ${fixed(r, 4)}，损失 ${fixed(squaredError(0, LOGIT(r)), 4)}。`;
    if (step < ce.done) return `${now}到 0.1 以下，交叉熵还要 ${ce.done - step} 步，均方误差还要 ${mse.done - step} 步。`;
    if (step < mse.done) return `${now}交叉熵第 ${ce.done} 步已低于 0.1，均方误差还要 ${mse.done - step} 步。`;
    return `${now}交叉熵第 ${ce.done} 步低于 0.1，均方误差第 ${mse.done} 步，晚了 ${mse.done - ce.done} 步。`;
  },
  play: { name: "step", seconds: 8 },
  drag: (_, { x }, __, size) => ({ step: axes(size).fromX(x) }),
};
