// 三种结果的概率：两个滑块，第三种拿剩下的。滑块以 1/300 为单位，0.01 的倍数和三分之一都恰好在格子上。
import { fixed } from "./plot.js";

export const WHOLE = 300;

/** 一个概率的滑块；value 是概率。 */
export const slider = (name, label, value) =>
  ({ name, label, min: 0, max: WHOLE, step: 1, value: value * WHOLE, format: (v) => fixed(v / WHOLE, 3) });

/** 三个概率。 */
export const three = (first, second) => [first, second, WHOLE - first - second].map((parts) => parts / WHOLE);

/** 两个滑块加起来超过 1 时，没有拨的那个让出来。a、b 是它们的名字。 */
export const makeRoom = (values, changes, a, b) => {
  if (values[a] + values[b] <= WHOLE) return {};
  return a in changes ? { [b]: WHOLE - values[a] } : { [a]: WHOLE - values[b] };
};
