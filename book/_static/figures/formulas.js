// 会动的插图用到的全部公式；单位是 nat，换单位由图自己做。
// tests/site/test_moving_figures.py 在网格上把每个函数与 ce_book 的同名函数比较。

/** 信息量 −ln p；p = 0 时无穷。 */
export const selfInformation = (p) => (p === 1 ? 0 : -Math.log(p));

// p ln p，约定 0 ln 0 = 0。
const pLogP = (p) => (p === 0 ? 0 : p * Math.log(p));

const sum = (terms) => terms.reduce((total, term) => total + term, 0);

/** 熵 −Σ p ln p。 */
export const entropy = (p) => Math.abs(sum(p.map(pLogP)));

/** 二元熵 h(p)。 */
export const binaryEntropy = (p) => entropy([p, 1 - p]);

/** 交叉熵 −Σ p ln q；p > 0 处 q = 0 则无穷。 */
export const crossEntropy = (p, q) => sum(p.map((pi, i) => (pi === 0 ? 0 : pi * selfInformation(q[i]))));

/**
 * KL 散度 Σ p ln(p/q)；p > 0 处 q = 0 则无穷。每一项写成不为负的 p ln(p/q) − p + q，和才不会因舍入变成负数；
 * q 与 p 靠近时，对数与差会抵消，改用 log1p。
 */
export const klDivergence = (p, q) => sum(p.map((pi, i) => {
  if (pi === 0) return q[i];
  if (q[i] < pi / 2) return pi * (Math.log(pi) - Math.log(q[i])) - pi + q[i];
  const excess = (q[i] - pi) / pi;
  return pi * (excess - Math.log1p(excess));
}));

/** 网格上的钟形分布；加起来是 1。 */
export const bell = (grid, center, width) => {
  const heights = grid.map((x) => Math.exp(-((x - center) ** 2) / (2 * width ** 2)));
  const total = sum(heights);
  return heights.map((height) => height / total);
};

/** sigmoid 函数；两边都不上溢。 */
export const sigmoid = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/** 由 logit 算的二元交叉熵 max(x, 0) − xy + ln(1 + e^−|x|)。 */
export const sigmoidCrossEntropy = (y, x) => Math.max(x, 0) - x * y + Math.log1p(Math.exp(-Math.abs(x)));

/** 二元交叉熵对 logit 的导数 q − y。 */
export const sigmoidCrossEntropyGradient = (y, x) => sigmoid(x) - y;

/** 均方误差 (q − y)²/2，q = σ(x)。 */
export const squaredError = (y, x) => (sigmoid(x) - y) ** 2 / 2;

/** 均方误差对 logit 的导数 (q − y) q (1 − q)。 */
export const squaredErrorGradient = (y, x) => (sigmoid(x) - y) * sigmoid(x) * sigmoid(-x);

/** softmax；temperature 是温度，先除以它。 */
export const softmax = (logits, temperature = 1) => {
  const top = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp((logit - top) / temperature));
  const total = sum(weights);
  return weights.map((weight) => weight / total);
};

/**
 * 一个神经元的梯度下降：输入是 1，目标是 0，每步 w 与 b 各减 rate × 梯度。
 * loss 是 "ce"（交叉熵）或 "mse"（均方误差）；返回开头与每一步之后的 q。
 */
export const descend = (loss, [w, b], rate, steps) => {
  const gradient = { ce: sigmoidCrossEntropyGradient, mse: squaredErrorGradient }[loss];
  const path = [sigmoid(w + b)];
  for (let step = 0; step < steps; step++) {
    const slope = gradient(0, w + b);
    w -= rate * slope;
    b -= rate * slope;
    path.push(sigmoid(w + b));
  }
  return path;
};
