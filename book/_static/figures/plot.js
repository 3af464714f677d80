// 画图的零件：坐标、曲线、标记。一切都返回 SVG 的文字，由 element.js 一次放进页面；
// 长度都是 CSS 像素，字在手机上也一样大。

/** 数字的写法：固定小数位，负号用真正的减号，不写出 −0。 */
export const fixed = (value, digits = 2) => {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
};

export const range = (start, stop, count) =>
  Array.from({ length: count }, (_, i) => start + ((stop - start) * i) / (count - 1));

const round = (pixels) => Math.round(pixels * 10) / 10;

// 长方形，用像素；类里有 striped 的再画上斜纹。
const block = (left, top, right, bottom, kind) => {
  const height = bottom - top;
  const filled = `<rect class="area ${kind}" x="${round(left)}" y="${round(top)}" ` +
    `width="${round(right - left)}" height="${round(height)}"/>`;
  if (!kind.includes("striped")) return filled;
  let stripes = "";
  for (let start = left - height + 6; start < right; start += 8) {
    const [from, to] = [Math.max(start, left), Math.min(start + height, right)];
    stripes += `M${round(from)} ${round(bottom - from + start)}L${round(to)} ${round(bottom - to + start)}`;
  }
  return `${filled}<path class="line thin ${kind}" d="${stripes}"/>`;
};

/**
 * 一个坐标系。
 * @param {{width, height}} size 整幅图的大小
 * @param options x、y 是数据的范围 [低, 高]；xTicks、yTicks 是刻度的位置，xFormat、yFormat 是刻度的写法；
 *   xLabel、yLabel 写在轴边；box 是坐标系占的位置 {left, right, top, bottom}（到四边的距离）。
 */
export function plot(size, options) {
  const { x, y, xTicks = [], yTicks = [], xLabel = "", yLabel = "" } = options;
  const { xFormat = String, yFormat = String } = options;
  const box = { left: 46, right: 14, top: 30, bottom: 46, ...options.box };
  const width = size.width - box.left - box.right;
  const height = size.height - box.top - box.bottom;
  const bottom = box.top + height;
  const right = box.left + width;

  const toX = (value) => box.left + ((value - x[0]) / (x[1] - x[0])) * width;
  const toY = (value) => bottom - ((value - y[0]) / (y[1] - y[0])) * height;
  const inY = (value) => Math.min(Math.max(toY(value), box.top - 2 * height), bottom + 2 * height);

  const text = (atX, atY, content, { anchor = "middle", kind = "" } = {}) =>
    `<text x="${round(atX)}" y="${round(atY)}" text-anchor="${anchor}" class="${kind}">${content}</text>`;

  const clipped = (points, kind) => {
    const path = points.filter(([, v]) => !Number.isNaN(v))
      .map(([u, v]) => `${round(toX(u))} ${round(inY(v))}`).join("L");
    return `<svg x="${box.left}" y="${box.top}" width="${round(width)}" height="${round(height)}" ` +
      `viewBox="${box.left} ${box.top} ${round(width)} ${round(height)}">` +
      `<path class="${kind}" d="M${path}"/></svg>`;
  };

  return {
    left: box.left,
    right,
    top: box.top,
    bottom,
    x: toX,
    y: toY,
    /** 像素换回数据。 */
    fromX: (pixels) => x[0] + ((pixels - box.left) / width) * (x[1] - x[0]),
    fromY: (pixels) => y[0] + ((bottom - pixels) / height) * (y[1] - y[0]),

    /** 网格、刻度与轴的名字；画在最下面。 */
    axes() {
      const horizontal = yTicks.map((tick) =>
        `<path class="grid" d="M${box.left} ${round(toY(tick))}h${round(width)}"/>` +
        text(box.left - 7, toY(tick) + 4, yFormat(tick), { anchor: "end", kind: "tick" }));
      const vertical = xTicks.map((tick) =>
        `<path class="grid" d="M${round(toX(tick))} ${box.top}v${round(height)}"/>` +
        text(toX(tick), bottom + 18, xFormat(tick), { kind: "tick" }));
      const names =
        text(right, bottom + 38, xLabel, { anchor: "end", kind: "axis-name" }) +
        text(box.left - 34, box.top - 12, yLabel, { anchor: "start", kind: "axis-name" });
      // 测试由这四个数把像素换回数据。
      const scale = `data-x="${x}" data-y="${y}" data-box="${[box.left, right, box.top, bottom].map(round)}"`;
      return `<g class="axes" ${scale}>${horizontal.join("")}${vertical.join("")}${names}` +
        `<path class="axis" d="M${box.left} ${round(bottom)}h${round(width)}"/></g>`;
    },

    /** 一条曲线：points 是 [x, y] 的数组；超出图框的部分被剪掉。 */
    line: (points, kind) => clipped(points, `line ${kind}`),

    /** 几个点围成的面；超出图框的部分也被剪掉。 */
    area: (points, kind) => clipped(points, `area ${kind}`),

    /** 函数的曲线。 */
    curve(f, kind, count = 161) {
      return this.line(range(x[0], x[1], count).map((u) => [u, f(u)]), kind);
    },

    /** 直的参照线。 */
    segment: (x1, y1, x2, y2, kind) =>
      `<path class="line ${kind}" d="M${round(toX(x1))} ${round(toY(y1))}L${round(toX(x2))} ${round(toY(y2))}"/>`,

    /** 封闭的形状：points 是 [x, y] 的数组。 */
    shape: (points, kind) =>
      `<path class="${kind}" d="M${points.map(([u, v]) => `${round(toX(u))} ${round(toY(v))}`).join("L")}Z"/>`,

    /** 长方形，四个角用数据的坐标；kind 里写 solid 是实色，写 striped 是浅色加斜纹。 */
    rect(x1, y1, x2, y2, kind) {
      const [left, right] = [toX(x1), toX(x2)].sort((a, b) => a - b);
      const [top, foot] = [toY(y1), toY(y2)].sort((a, b) => a - b);
      return block(left, top, right, foot, kind);
    },

    /** 圆点；name 是测试认它的名字，drag 是可以拖动的控件的名字。 */
    mark(u, v, kind, { name = "", drag = "" } = {}) {
      const at = `cx="${round(toX(u))}" cy="${round(inY(v))}"`;
      const grip = drag ? `<circle class="grip" ${at} r="22" data-drag="${drag}"/>` : "";
      return `<circle class="mark ${kind}" ${at} r="${drag ? 8 : 5}" data-mark="${name}"/>${grip}`;
    },

    /** 图例：写在图框上方的右边，线（或柱子的一小块）与名字同色；items 是 [类, 名字] 的数组。 */
    legend(items) {
      const width = (name) => 14 * [...name].reduce((n, c) => n + (c > "\u2000" ? 1 : 0.55), 0);
      let end = right;
      return items.toReversed().map(([kind, name]) => {
        const start = end - width(name);
        const sample = /solid|striped/.test(kind)
          ? block(start - 30, box.top - 23, start - 6, box.top - 10, kind)
          : `<path class="line ${kind}" d="M${round(start - 30)} ${box.top - 16.5}h24"/>`;
        const drawn = sample + text(start, box.top - 12, name, { anchor: "start", kind: kind.split(" ")[0] });
        end = start - 42;
        return drawn;
      }).join("");
    },

    text: (u, v, content, options) => text(toX(u), toY(v), content, options),
    textAt: text,
  };
}
