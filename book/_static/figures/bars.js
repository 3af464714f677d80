// 成对的柱子：左边实色的是原来，右边斜纹的是现在；现在的柱顶可以拖。
export const pairsOfBars = (chart, before, now, name) => now.map((value, i) => {
  const above = (u, v, rise, kind) =>
    chart.textAt(chart.x(u), chart.y(v) - rise, v.toFixed(2), { kind });
  return chart.rect(i - 0.38, 0, i - 0.02, before[i], "model solid") +
    chart.rect(i + 0.02, 0, i + 0.38, value, "model striped") +
    above(i - 0.2, before[i], 6, "tick") + above(i + 0.2, value, 14, "tick value") +
    chart.mark(i + 0.2, value, "model", { name: `${name}-${i}`, drag: `${name}-${i}` });
}).join("");

/** 哪一类的 logit 该是多少，概率才恰好是 share；others 是其余各类的 logit。 */
export const logitFor = (share, others = [0]) => {
  const q = Math.min(Math.max(share, 1e-6), 1 - 1e-6);
  const rest = others.reduce((sum, x) => sum + Math.exp(x), 0);
  return Math.log(q / (1 - q)) + Math.log(rest);
};
