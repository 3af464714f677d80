import { klDivergence, selfInformation } from "../formulas.js";
import { fixed, plot } from "../plot.js";
import { makeRoom, slider, three, WHOLE } from "../three_outcomes.js";

const NAMES = ["甲", "乙", "丙"];
const TOP = 4; // 比特；更高的码长画到图框的上沿，数写在旁边
const bits = (p) => selfInformation(p) / Math.LN2;

const axes = (size) => plot(size, {
  x: [0, 1], y: [0, TOP], yTicks: [0, 1, 2, 3, 4],
  xLabel: "宽度是真实概率 p", yLabel: "码长（比特）",
});

const split = ({ p1, p2, q1, q2 }) => {
  const [p, q] = [three(p1, p2), three(q1, q2)];
  return NAMES.map((name, i) => {
    const [own, used] = [bits(p[i]), bits(q[i])];
    const start = p.slice(0, i).reduce((a, b) => a + b, 0);
    return { name, p: p[i], q: q[i], own, used, start, end: start + p[i], more: p[i] === 0 ? 0 : p[i] * (used - own) };
  });
};

const column = (chart, { name, p, own, used, start, end, more }, i) => {
  const middle = (start + end) / 2;
  const [low, high] = [Math.min(own, used, TOP), Math.min(Math.max(own, used), TOP)];
  const room = chart.x(end) - chart.x(start);
  const line = (height, kind) => (p > 0 && height <= TOP ? chart.segment(start, height, end, height, kind) : "");
  const [sign, word, kind] = more > 0 ? ["+", "多付 ", "extra"] : ["−", "省下 ", "other"];
  const note = (room > 64 ? word : sign) + fixed(Math.abs(more));
  const beyond = used > TOP;
  const say = (dy, text, kind) => chart.textAt(chart.x(middle), chart.y(high) + dy, text, { kind: `value ${kind}` });
  return chart.rect(start, 0, end, low, "truth") +
    chart.rect(start, low, end, high, more > 0 ? "extra" : "other striped") +
    line(own, "truth") + line(used, "model dashed") +
    (room > 40 ? chart.textAt(chart.x(middle), chart.bottom + 18, `${name} ${fixed(p)}`) : "") +
    (room > 40 && Math.abs(more) > 0.005 ? say(beyond ? 50 : -14, note, kind) : "") +
    (room > 40 && beyond ? say(28, `↑ ${fixed(used)}`, "model") : "") +
    chart.mark(middle, Math.min(used, TOP), "model", { name: `q${i + 1}`, drag: `q${i + 1}` });
};

export default {
  title: "KL 散度：多付的面积减去省下的面积",
  controls: [
    slider("p1", "甲的 <i>p</i>", 0.5), slider("p2", "乙的 <i>p</i>", 0.3),
    slider("q1", "甲的 <i>q</i>", 0.2), slider("q2", "乙的 <i>q</i>", 0.3),
  ],
  settle: (values, changes) =>
    ({ ...makeRoom(values, changes, "p1", "p2"), ...makeRoom(values, changes, "q1", "q2") }),
  draw(values, size) {
    const chart = axes(size);
    const [first, , third] = three(values.p1, values.p2);
    return chart.axes() +
      split(values).map((part, i) => column(chart, part, i)).join("") +
      chart.mark(first, 0, "truth", { name: "p1", drag: "p1" }) +
      chart.mark(1 - third, 0, "truth", { name: "p2", drag: "p2" }) +
      chart.legend([["truth", "按 p 编码"], ["model dashed", "按 q 编码"]]);
  },
  words(values) {
    const parts = split(values);
    const [p, q] = ["p", "q"].map((letter) => parts.map((part) => part[letter]));
    const total = (sign) => fixed(parts.reduce((sum, { more }) => sum + Math.max(0, sign * more), 0), 4);
    const [there, back] = [[p, q], [q, p]].map(([a, b]) => fixed(klDivergence(a, b) / Math.LN2, 4));
    const impossible = parts.filter((part) => part.p > 0 && part.q === 0).map(({ name }) => name).join("、");
    const told = impossible
      ? `q 说${impossible}不可能，可它真会发生：码长无穷，多付无穷，D(p‖q) = ${there} bit`
      : `多付 ${total(1)} bit，省下 ${total(-1)} bit，相差 D(p‖q) = ${there} bit`;
    const compared = p.every((v, i) => v === q[i]) ? "p 与 q 相同，一点不多付"
      : there === back ? "这一对恰好相等，换一对就未必"
      : back === "∞" ? "那时是 p 说不可能的事发生了" : "方向不同，代价不同";
    return `${told}。反过来 D(q‖p) = ${back} bit：${compared}。`;
  },
  actions: [
    { label: "交换 p 与 q", apply: ({ p1, p2, q1, q2 }) => ({ p1: q1, p2: q2, q1: p1, q2: p2 }) },
    { label: "开机键", apply: () => ({ p1: 0.7 * WHOLE, p2: 0.2 * WHOLE, q1: WHOLE / 3, q2: WHOLE / 3 }) },
  ],
  // 分界左右挪：一边多的，另一边少。横线上下挪：改这种结果的 q。
  drag(name, { x, y }, { p1, p2, q1 }, size) {
    const chart = axes(size);
    const [at, used] = [chart.fromX(x) * WHOLE, 2 ** -chart.fromY(y) * WHOLE];
    const between = (low, high) => Math.round(Math.min(Math.max(at, low), high));
    if (name === "p1") return { p1: between(0, p1 + p2), p2: p1 + p2 - between(0, p1 + p2) };
    if (name === "p2") return { p2: between(p1, WHOLE) - p1 };
    if (name === "q3") return { q1: Math.min(q1, WHOLE - used), q2: WHOLE - used - q1 };
    return { [name]: used };
  },
};
