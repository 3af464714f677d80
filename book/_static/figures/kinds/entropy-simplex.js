import { entropy } from "../formulas.js";
import { fixed, plot, range } from "../plot.js";
import { makeRoom, slider, three, WHOLE } from "../three_outcomes.js";

const NAMES = ["正常开机", "没有反应", "冒烟爆炸"];
const TOP = Math.sqrt(3) / 2; // 边长为 1 的正三角形的高
const CENTRE = [1 / 3, 1 / 3, 1 / 3];
const CORNERS = [[0, 0], [1, 0], [0.5, TOP]];
const place = ([, second, third]) => [second + third / 2, third * TOP];

const mix = (a, b, t) => a.map((v, i) => v + (b[i] - v) * t);

// 三条边上的点；等高线在角上拐得急，所以角上取得密。
const BORDER = NAMES.flatMap((_, i) => range(0, 1, 41).slice(1).map((s) => {
  const corner = NAMES.map((_, k) => Number(k === i));
  const next = NAMES.map((_, k) => Number(k === (i + 1) % 3));
  return mix(corner, next, (1 - Math.cos(Math.PI * s)) / 2);
}));

// 熵至少是 level 的那一片的边界：从正中往外熵只降不升，每个方向上二分。
const contour = (level) => BORDER.map((edge) => {
  if (entropy(edge) >= level) return edge;
  let [inside, outside] = [0, 1];
  for (let k = 0; k < 20; k++) {
    const t = (inside + outside) / 2;
    if (entropy(mix(CENTRE, edge, t)) >= level) inside = t;
    else outside = t;
  }
  return mix(CENTRE, edge, inside);
});

// 这几条不随控件变，只算一次。
const LEVELS = [0.2, 0.4, 0.6, 0.8, 1].map((level) => [level, contour(level).map(place)]);
const APEX = BORDER.findIndex((p) => p[2] === 1);

const triangle = (size) => {
  const height = Math.min(size.height - 64, (size.width - 28) * TOP);
  const side = (size.width - height / TOP) / 2;
  return plot(size, {
    x: [0, 1], y: [0, TOP],
    box: { left: side, right: side, top: 32, bottom: size.height - 32 - height },
  });
};

// 落在三角形外面时，换成离它最近的分布：负的归零，多出来的由其余的平摊。
const nearest = (p) => {
  while (p.some((v) => v < 0)) {
    const kept = p.filter((v) => v > 0);
    const over = (kept.reduce((a, b) => a + b) - 1) / kept.length;
    p = p.map((v) => (v > 0 ? v - over : 0));
  }
  return p;
};

export default {
  title: "三种结果的熵：每个点是一个分布",
  controls: [
    slider("first", "正常开机", 0.7),
    slider("second", "没有反应", 0.2),
  ],
  settle: (values, changes) => makeRoom(values, changes, "first", "second"),
  draw({ first, second }, size) {
    const chart = triangle(size);
    const p = three(first, second);
    const [x, y] = place(p);
    const level = entropy(p);
    const name = (i, shift, rise, anchor) =>
      chart.textAt(chart.x(CORNERS[i][0]) + shift, chart.y(CORNERS[i][1]) + rise, NAMES[i], { anchor });
    const before = x < 0.8;
    return chart.axes() +
      chart.shape(CORNERS, "band truth") +
      LEVELS.map(([, points]) => chart.shape(points, "band truth")).join("") +
      LEVELS.slice(1).map(([height, points]) =>
        chart.text(...points[APEX], fixed(height, 1), { kind: "tick" })).join("") +
      chart.shape(contour(level).map(place), "line truth dashed") +
      // 边框最后画：那一片的边界有几段就是三角形的边，那几段不是等高线。
      chart.shape(CORNERS, "line neutral") +
      name(0, -12, 22, "start") + name(1, 12, 22, "end") + name(2, 0, -12, "middle") +
      chart.textAt(2, 20, "等高线：熵（奈特）", { anchor: "start", kind: "axis-name" }) +
      chart.mark(...place(CENTRE), "neutral") +
      chart.textAt(chart.x(0.5), chart.y(TOP / 3) + 20, "ln 3", { kind: "tick" }) +
      chart.mark(x, y, "truth", { name: "p", drag: "p" }) +
      chart.textAt(chart.x(x) + (before ? 14 : -14), chart.y(y) - 11, fixed(level, 4),
        { anchor: before ? "start" : "end", kind: "value" });
  },
  words({ first, second }) {
    const p = three(first, second);
    const level = entropy(p);
    const told = NAMES.map((name, i) => `${name} ${fixed(p[i], 4)}`).join("、") + `：熵 ${fixed(level, 4)} nat`;
    const absent = NAMES.filter((_, i) => p[i] === 0);
    if (absent.length === 2) return `${told}。在角上，结果早就知道了，没有惊讶。`;
    if (absent.length === 1) return `${told}。在边上，${absent[0]}不会发生，只剩两种结果，熵到不了 ln 2 以上。`;
    if (Math.log(3) - level < 1e-9) return `${told}，正好是上限 ln 3：正中最难猜，往哪边走都下降。`;
    return `${told}，是上限 ln 3 的 ${fixed((100 * level) / Math.log(3), 1)}%。虚线上的分布都一样难猜。`;
  },
  actions: [
    { label: "均匀", apply: () => ({ first: WHOLE / 3, second: WHOLE / 3 }) },
    { label: "开机键", apply: () => ({ first: 0.7 * WHOLE, second: 0.2 * WHOLE }) },
  ],
  drag(_, { x, y }, __, size) {
    const chart = triangle(size);
    const third = chart.fromY(y) / TOP;
    const second = chart.fromX(x) - third / 2;
    const [a, b] = nearest([1 - second - third, second, third]);
    return { first: a * WHOLE, second: b * WHOLE };
  },
};
