import {
  sigmoid, sigmoidCrossEntropy, sigmoidCrossEntropyGradient, squaredError, squaredErrorGradient,
} from "../formulas.js";
import { fixed, plot } from "../plot.js";

// 上下两幅：损失，与往对的方向推的力（梯度的相反数）。
const half = (size, part) => {
  const gap = 16;
  const height = (size.height - gap) / 2;
  const [low, high] = part === "loss" ? [-0.2, 5] : [-0.08, 1.15];
  const top = part === "loss" ? 28 : height + gap + 28;
  return plot(size, {
    x: [-6, 6], y: [low, high],
    xTicks: [-6, -4, -2, 0, 2, 4, 6], xFormat: (v) => (part === "loss" ? "" : fixed(v, 0)),
    yTicks: part === "loss" ? [0, 2, 4] : [0, 0.5, 1],
    xLabel: part === "loss" ? "" : "logit x", yLabel: part === "loss" ? "损失" : "推 logit 的力",
    box: { top, bottom: part === "loss" ? size.height - height : 46 },
  });
};

const values = (y, x) => {
  const sign = y === 1 ? -1 : 1; // 力指向对的一边，记作正
  return {
    q: sigmoid(x),
    ce: sigmoidCrossEntropy(y, x),
    mse: squaredError(y, x),
    cePush: sign * sigmoidCrossEntropyGradient(y, x),
    msePush: sign * squaredErrorGradient(y, x),
  };
};

export default {
  title: "交叉熵与均方误差：错得越多，谁推得越用力",
  controls: [
    { name: "x", label: "logit <i>x</i>", min: -6, max: 6, step: 0.1, value: -4, digits: 1 },
    { name: "y", label: "标签", value: "1", choices: [["1", "1"], ["0", "0"]] },
  ],
  draw({ x, y }, size) {
    const label = Number(y);
    const [loss, push] = [half(size, "loss"), half(size, "push")];
    const at = values(label, x);
    const pair = (chart, ce, mse, name) =>
      chart.segment(x, name === "loss" ? -0.2 : -0.08, x, name === "loss" ? 5 : 1.15, "neutral dashed thin") +
      chart.curve((u) => values(label, u)[ce], "truth") +
      chart.curve((u) => values(label, u)[mse], "model dashed") +
      chart.mark(x, at[mse], "model", { name: `mse-${name}`, drag: "x" }) +
      chart.mark(x, at[ce], "truth", { name: `ce-${name}`, drag: "x" });
    return loss.axes() + push.axes() +
      pair(loss, "ce", "mse", "loss") + pair(push, "cePush", "msePush", "push") +
      loss.legend([["truth", "交叉熵"], ["model dashed", "均方误差"]]);
  },
  words({ x, y }) {
    const at = values(Number(y), x);
    const ratio = at.cePush / at.msePush;
    return `标签 ${y}，logit ${fixed(x, 1)}，模型说 ${fixed(at.q, 4)}。` +
      `交叉熵 ${fixed(at.ce, 4)} nat，推力 ${fixed(at.cePush, 4)}；` +
      `均方误差 ${fixed(at.mse, 4)}，推力 ${fixed(at.msePush, 4)}，` +
      `交叉熵推得有它的 ${fixed(ratio, ratio < 100 ? 1 : 0)} 倍用力。`;
  },
  actions: [
    { label: "错得离谱", apply: ({ y }) => ({ x: y === "1" ? -6 : 6 }) },
    { label: "拿不准", apply: () => ({ x: 0 }) },
  ],
  drag: (_, { x }, __, size) => ({ x: half(size, "push").fromX(x) }),
};
