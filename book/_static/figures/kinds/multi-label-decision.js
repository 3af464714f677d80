import { logitFor, pairsOfBars } from "../bars.js";
import { sigmoid, softmax } from "../formulas.js";
import { fixed, plot } from "../plot.js";

const ANIMALS = ["猫", "青蛙", "老鼠"];
const BEFORE = [-2.2, 0.85, 1.4]; // 正文里原来的分数，概率 0.1、0.7、0.8
const NAMES = ["cat", "frog", "mouse"];
const logits = (values) => NAMES.map((name) => values[name]);
const sigmoids = (x) => x.map(sigmoid);
const present = (q) => ANIMALS.filter((_, i) => q[i] > 0.5);
// 概率最大的；可能并列。
const best = (q) => ANIMALS.filter((_, i) => q[i] === Math.max(...q));
// 印出来的四位小数里看得出的变化。
const changes = (before, now) => {
  const changed = ANIMALS.filter((_, i) => Math.abs(now[i] - before[i]) > 5e-5);
  return changed.length === 3 ? "三个全变了" : changed.length ? `只变了${changed.join("、")}` : "一个没变";
};

// 并排的两幅；窄了就上下放。
const panel = (size, side, chosen) => {
  const narrow = size.width < 520;
  const second = side === "softmax";
  const half = narrow ? size.height / 2 : size.width / 2;
  const box = narrow
    ? { top: second ? half + 34 : 30, bottom: second ? 26 : half + 22 }
    : { left: second ? half + 34 : 46, right: second ? 14 : half + 4, bottom: 30 };
  return plot(size, {
    x: [-0.5, 2.5], y: [0, 1.22],
    xTicks: [0, 1, 2], xFormat: (i) => ANIMALS[i] + (chosen.includes(ANIMALS[i]) ? (second ? "：选" : "：有") : ""),
    yTicks: [0, 0.5, 1], yLabel: side, box,
  });
};

export default {
  title: "三个标签：sigmoid 各答各的，softmax 此消彼长",
  controls: [2.2, 0.85, 1.4].map((value, i) => (
    { name: NAMES[i], label: `${ANIMALS[i]}的 logit`, min: -5, max: 5, step: 0.05, value })),
  draw(values, size) {
    const x = logits(values);
    const [each, shared] = [sigmoids(x), softmax(x)];
    const left = panel(size, "sigmoid", present(each));
    const winners = best(shared);
    const right = panel(size, "softmax", winners.length === 1 ? winners : []);
    return left.axes() + right.axes() +
      left.segment(-0.5, 0.5, 2.5, 0.5, "neutral dashed") +
      pairsOfBars(left, sigmoids(BEFORE), each, "sigmoid") +
      pairsOfBars(right, softmax(BEFORE), shared, "softmax") +
      right.legend([["model solid", "原来"], ["model striped", "现在"]]);
  },
  words(values) {
    const x = logits(values);
    const [each, shared] = [sigmoids(x), softmax(x)];
    const list = (q) => q.map((v) => fixed(v, 4)).join("、");
    const there = present(each);
    const winners = best(shared);
    return `sigmoid ${list(each)}，之和 ${fixed(each[0] + each[1] + each[2], 4)}，` +
      `${there.length ? `判“有”的是${there.join("、")}` : "一个“有”也没有"}；` +
      `softmax ${list(shared)}，之和总是 1，${there.length ? "" : "说不出“都没有”，"}` +
      `${winners.length === 1 ? `只选${winners}` : `${winners.join("、")}并列，只能挑一个`}。` +
      `与原来比，sigmoid ${changes(sigmoids(BEFORE), each)}，softmax ${changes(softmax(BEFORE), shared)}。`;
  },
  actions: [
    // 三个分数都比原来高 1：softmax 只看差，不动。
    { label: "都加 1", apply: () => Object.fromEntries(NAMES.map((name, i) => [name, BEFORE[i] + 1])) },
    { label: "都没有", apply: () => ({ cat: -3, frog: -3, mouse: -3 }) },
  ],
  drag(name, { y }, values, size) {
    const [side, i] = name.split("-");
    const share = panel(size, side, []).fromY(y);
    const others = logits(values).filter((_, k) => k !== Number(i));
    return { [NAMES[i]]: side === "sigmoid" ? logitFor(share) : logitFor(share, others) };
  },
};
