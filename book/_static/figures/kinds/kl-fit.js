import { bell, klDivergence } from "../formulas.js";
import { fixed, plot, range } from "../plot.js";

// 与那一格代码相同的网格、相同的真实分布。
const GRID = range(-10, 10, 201);
const [left, right] = [bell(GRID, -2, 0.6), bell(GRID, 2, 0.6)];
const TRUTH = left.map((v, i) => 0.6 * v + 0.4 * right[i]);
const curve = (heights) => GRID.map((x, i) => [x, heights[i]]).filter(([x]) => Math.abs(x) < 6.01);

const FORWARD = { center: -0.4, width: 2.05 };
const REVERSE = { center: -2, width: 0.6 };
const OTHER_LOW = { center: 2, width: 0.6 };

const model = ({ center, width }) => bell(GRID, center, width);
const both = (values) => {
  const q = model(values);
  return { forward: klDivergence(TRUTH, q), reverse: klDivergence(q, TRUTH) };
};
const same = (a, b) => a.center === b.center && a.width === b.width;

const axes = (size) => plot(size, {
  x: [-6, 6], y: [0, 0.105],
  xTicks: [-6, -4, -2, 0, 2, 4, 6], xFormat: (v) => fixed(v, 0), xLabel: "x",
  yTicks: [0, 0.02, 0.04, 0.06, 0.08, 0.1], yLabel: "概率",
});

const meaning = (values) => {
  if (same(values, FORWARD)) return "正向在这里最小：两个峰都罩住，谷里也不得不放概率。";
  if (same(values, REVERSE)) return "反向在这里最小：只认左峰，右峰不管。";
  if (same(values, OTHER_LOW)) return "这是反向的另一个低点：小步挪动只会变大，可左峰那个更低。";
  const share = model(values).reduce((total, v, i) => total + (GRID[i] > 0 ? v : 0), 0);
  if (share < 0.05) return "右峰有真实概率的四成，模型几乎不给，正向就贵。";
  if (share > 0.95) return "左峰有真实概率的六成，模型几乎不给，正向就贵。";
  return "模型在几乎没有数据的地方放了概率，反向就贵。";
};

export default {
  title: "用一个单峰贴近两个峰：正向与反向 KL",
  controls: [
    { name: "center", label: "中心 <i>μ</i>", min: -4, max: 4, step: 0.1, value: FORWARD.center, digits: 1 },
    { name: "width", label: "宽度 <i>σ</i>", min: 0.4, max: 4, step: 0.05, value: FORWARD.width },
  ],
  draw(values, size) {
    const chart = axes(size);
    const q = model(values);
    const p = curve(TRUTH);
    return chart.shape([[-6, 0], ...p, [6, 0]], "area truth") + chart.axes() +
      chart.line(p, "truth") +
      chart.line(curve(model(REVERSE)), "other dotted thin") +
      chart.line(curve(q), "model dashed") +
      chart.mark(values.center, Math.max(...q), "model", { name: "peak", drag: "peak" }) +
      chart.legend([["truth", "真实 p"], ["model dashed", "模型 q"], ["other dotted thin", "反向最小"]]);
  },
  words(values) {
    const { forward, reverse } = both(values);
    return `正向 D(p‖q) = ${fixed(forward, 4)} nat（最小 ${fixed(both(FORWARD).forward, 4)}），` +
      `反向 D(q‖p) = ${fixed(reverse, 4)} nat（最小 ${fixed(both(REVERSE).reverse, 4)}）。${meaning(values)}`;
  },
  actions: [
    { label: "正向最小", apply: () => FORWARD },
    { label: "反向最小", apply: () => REVERSE },
    { label: "另一个低点", apply: () => OTHER_LOW },
  ],
  // 峰顶的位置定中心，高矮定宽度：越窄越高。
  drag(_, { x, y }, __, size) {
    const chart = axes(size);
    const center = Math.round(10 * chart.fromX(x)) / 10;
    const gap = (width) => Math.abs(Math.max(...bell(GRID, center, width)) - chart.fromY(y));
    const width = range(0.4, 4, 73).reduce((best, w) => (gap(w) < gap(best) ? w : best));
    return { center, width };
  },
};
