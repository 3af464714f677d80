"""推导引擎：该证明的证得出，该拒绝的一个也不放过，出错信息说得清。各章推导的变异见 tests/book。"""

import doctest
import subprocess
import sys
from pathlib import Path

import pytest
import sympy as sp

from ce_book import derivation
from ce_book.derivation import Derivation, DerivationError

p, q, t, k = sp.symbols("p q t k", positive=True)
x, y = sp.symbols("x y", real=True)
z = sp.Symbol("z")
a, b, c = sp.symbols("a b c", positive=True)
n, m = sp.symbols("n m", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)
P, Q = sp.IndexedBase("p", positive=True), sp.IndexedBase("q", positive=True)
X = sp.IndexedBase("x", real=True)
Z = sp.IndexedBase("z", real=True)
UNIT, BIT = sp.Interval.open(0, 1), sp.FiniteSet(0, 1)
SIGMOID = 1 / (1 + sp.exp(-x))


def total(term, index=i, stop=n):
    return sp.Sum(term, (index, 1, stop))


ONES = [sp.Eq(total(P[i]), 1), sp.Eq(total(Q[i]), 1)]
KL = total(P[i] * sp.log(P[i] / Q[i]))

# （起点, 下一步, where, given）：书里各部分要用到的、真的等式。
TRUE_STEPS = {
    "积的对数": (sp.log(p * q), sp.log(p) + sp.log(q), {}, ()),
    "开方取绝对值": (sp.sqrt(x**2), sp.Max(x, -x), {}, ()),
    "sigmoid 的对称性": (1 - SIGMOID, 1 / (1 + sp.exp(x)), {}, ()),
    "sigmoid 的导数": (sp.Derivative(SIGMOID, x), SIGMOID * (1 - SIGMOID), {}, ()),
    "logits 恒等式": (
        -z * sp.log(SIGMOID) - (1 - z) * sp.log(1 - SIGMOID),
        x - x * z + sp.log(1 + sp.exp(-x)),
        {},
        (),
    ),
    "稳定形式": (
        x - x * z + sp.log(1 + sp.exp(-x)),
        sp.Max(x, 0) - x * z + sp.log(1 + sp.exp(-sp.Abs(x))),
        {},
        (),
    ),
    "区间里的对数": (sp.log((1 - t) / t), sp.log(1 - t) - sp.log(t), {t: UNIT}, ()),
    "两种取值": (t**z * (1 - t) ** (1 - z), t * z + (1 - t) * (1 - z), {t: UNIT, z: BIT}, ()),
    "KL 拆成两个和": (KL, total(P[i] * sp.log(P[i])) - total(P[i] * sp.log(Q[i])), {}, ()),
    "下标换名": (total(P[i]), total(P[j], j), {}, ()),
    "用概率之和": (KL, total(P[i] * sp.log(P[i] / Q[i]) - P[i] + Q[i]), {}, ONES),
    "二重和": (
        -sp.Sum(P[i] * Q[j] * sp.log(P[i] * Q[j]), (i, 1, n), (j, 1, m)),
        -total(P[i] * sp.log(P[i])) - total(Q[j] * sp.log(Q[j]), j, m),
        {},
        [sp.Eq(total(P[i]), 1), sp.Eq(total(Q[j], j, m), 1)],
    ),
    "连乘的对数": (
        sp.log(sp.Product(P[i] ** Z[i] * (1 - P[i]) ** (1 - Z[i]), (i, 1, n))),
        total(Z[i] * sp.log(P[i]) + (1 - Z[i]) * sp.log(1 - P[i])),
        {P: UNIT, Z: BIT},
        (),
    ),
    "对带下标的量求导": (
        sp.Derivative(total(P[i] * sp.log(P[i])), P[j]),
        sp.log(P[j]) + 1,
        {j: sp.Range(1, n + 1)},
        (),
    ),
    "log-sum-exp 的梯度": (
        sp.Derivative(sp.log(total(sp.exp(X[i]))), X[j]),
        sp.exp(X[j]) / total(sp.exp(X[i])),
        {j: sp.Range(1, n + 1)},
        (),
    ),
    "极限": (sp.Limit(p * sp.log(p), p, 0, "+"), sp.S.Zero, {}, ()),
    "积分": (sp.Integral(-k / t, (t, 1, q)), -k * sp.log(q), {}, ()),
    "有限个量的约束": (c, 1 - a - b, {}, [sp.Eq(a + b + c, 1)]),
}


@pytest.mark.parametrize("name", TRUE_STEPS)
def test_true_step_is_proved(name):
    before, after, where, given = TRUE_STEPS[name]
    d = Derivation(before, name, where=where, given=given).step(after, "理由")
    assert d.result == after
    assert d.equation == sp.Eq(before, after, evaluate=False)


@pytest.mark.parametrize("name", TRUE_STEPS)
@pytest.mark.parametrize(
    "spoil", [lambda e: -e - 1, lambda e: 2 * e + 1, lambda e: e + sp.Rational(1, 7)]
)
def test_spoiled_step_is_refuted(name, spoil):
    before, after, where, given = TRUE_STEPS[name]
    with pytest.raises(DerivationError):
        Derivation(before, name, where=where, given=given).step(spoil(after), "理由")


FALSE_STEPS = {
    "x 可能为负": (sp.sqrt(x**2), x, {}, ()),
    "符号没有假设": (sp.sqrt(z**2), z, {}, ()),
    "和的对数": (sp.log(p + q), sp.log(p) + sp.log(q), {}, ()),
    "没说概率和是 1": (KL, total(P[i] * sp.log(P[i] / Q[i]) - P[i] + Q[i]), {}, ()),
    "只说了一个和是 1": (KL, total(P[i] * sp.log(P[i] / Q[i]) - P[i] + Q[i]), {}, ONES[:1]),
    "z 不只取 0 和 1": (t**z * (1 - t) ** (1 - z), t * z + (1 - t) * (1 - z), {t: UNIT}, ()),
    "z 还取 2": (z**2, z, {z: sp.FiniteSet(0, 1, 2)}, ()),
    "只在 x > 0 时对": (sp.Abs(x), x, {}, ()),
    "只在 x ≥ 0 时对": (sp.Max(x, 0), x, {}, ()),
    "求和上限差 1": (total(P[i]), total(P[i], stop=n - 1), {}, ()),
    "下标错位": (total(P[i] * Q[i]), total(P[i] * Q[i + 1]), {}, ()),
    "和的积不是积的和": (total(P[i]) * total(Q[i]), total(P[i] * Q[i]), {}, ()),
    "丢了 1/m": (total(P[i]) / n, total(P[i]), {}, ()),
}


@pytest.mark.parametrize("name", FALSE_STEPS)
def test_false_step_is_refuted_with_a_point(name):
    before, after, where, given = FALSE_STEPS[name]
    with pytest.raises(DerivationError, match="不成立") as caught:
        Derivation(before, "甲", where=where, given=given).step(after, "理由")
    assert caught.value.point


def test_the_point_really_separates_the_sides():
    with pytest.raises(DerivationError) as caught:
        Derivation(sp.log(p + q), "甲").step(sp.log(p) + sp.log(q), "理由")
    error = caught.value
    assert (error.number, error.why) == (1, "理由")
    assert error.before.subs(error.point) != error.after.subs(error.point)
    assert all(str(value) in str(error) for value in error.point.values())


def test_the_point_respects_the_declared_facts():
    with pytest.raises(DerivationError) as caught:
        Derivation(2 * a, "甲", given=[sp.Eq(a + b + c, 1)]).step(2 * b, "理由")
    assert caught.value.point[a] + caught.value.point[b] < 1


def test_facts_are_not_used_inside_derivatives():
    # Σp = 1 只在一点成立；若在求导之前就代进去，会“证明”导数是 0。
    start = sp.Derivative(total(P[i]), P[j])
    d = Derivation(start, "甲", where={j: sp.Range(1, n + 1)}, given=ONES)
    with pytest.raises(DerivationError):
        d.step(sp.S.Zero, "错误地先代入")
    assert d.step(sp.S.One, "先求导").result == 1


def test_facts_are_not_used_inside_unevaluated_integrals():
    f = sp.Function("f")
    d = Derivation(sp.Integral(f(t), (t, 0, 1)), "甲", given=[sp.Eq(f(t), 0)])
    with pytest.raises(DerivationError):
        d.step(sp.S.Zero, "f(t)=0 没说对一切 t")


def test_unprovable_and_unrefuted_is_an_error():
    # 一个真的等式，代入多少个点都对，可是 SymPy 证不出来：不能因为“看起来对”就放过。
    start = total(sp.cos(i * p))
    closed = sp.sin(n * p / 2) * sp.cos((n + 1) * p / 2) / sp.sin(p / 2)
    with pytest.raises(DerivationError, match="既没能证明，也没找到反例") as caught:
        Derivation(start, "余弦的和").step(closed, "积化和差")
    assert caught.value.point is None


TINY = sp.Range(1, n + 1)
HIDDEN = sp.Dummy("d", integer=True)
STEP = sp.Piecewise((1, i >= j), (0, True))

# 曾经骗得过引擎、或者只靠找反例才拦得住的假等式。
TRAPS = {
    "对 p[i] 求导，哑下标也叫 i": (
        sp.Derivative(total(P[i] ** 2), P[i]),
        total(2 * P[i]),
        {i: TINY},
        (),
    ),
    "和对 p[i] 的导数": (sp.Derivative(total(P[i]), P[i]), n, {i: TINY}, ()),
    "log-sum-exp 对 x[i] 的导数": (
        sp.Derivative(sp.log(total(sp.exp(X[i]))), X[i]),
        sp.S.One,
        {i: TINY},
        (),
    ),
    "倒着的 Range": (sp.Piecewise((1, j >= 3), (0, True)), sp.S.One, {j: sp.Range(1, 6)}, ()),
    "跨过极点的积分": (sp.Integral(1 / x**2, (x, -p, q)), -1 / q - 1 / p, {}, ()),
    "跨过极点的积分（移位）": (sp.Integral(1 / (x - p) ** 2, (x, 0, 2 * p)), -2 / p, {}, ()),
    "分段条件带着哑下标": (total(STEP) * (total(STEP) - n), sp.S.Zero, {}, ()),
    "分段条件里的范围": (
        sp.Sum(sp.Piecewise((P[j], j <= n), (0, True)), (j, 1, 2 * n)),
        sp.Sum(P[j], (j, 1, 2 * n)),
        {},
        (),
    ),
    "换元的名字撞上作者的符号": (
        sp.Symbol("u_t", positive=True) * t,
        sp.Symbol("u_t", positive=True) / (1 + sp.Symbol("u_t", positive=True)),
        {t: UNIT},
        (),
    ),
    "下标撞名": (total(P[i] ** sp.Symbol("_index0", integer=True)), total(P[i] ** i), {}, ()),
    "上限里的 i 是外面的": (
        sp.Derivative(sp.Sum(i, (i, 1, i)), i),
        sp.S.Zero,
        {},
        (),
    ),
    "哑下标已经是 Dummy": (
        sp.Derivative(sp.Sum(P[HIDDEN], (HIDDEN, 1, n)), P[HIDDEN]),
        n,
        {},
        (),
    ),
    "里层的 z[j] 不是同一个量": (
        sp.Sum(X[i] * total(Z[j], j) * (total(Z[j], j) - n), (i, 1, n)),
        sp.S.Zero,
        {Z: BIT},
        (),
    ),
    "二重和的上限依赖外层": (
        sp.Sum(P[j], (j, 1, i), (i, 1, n)),
        total(n * P[j], j),
        {},
        (),
    ),
}


@pytest.mark.parametrize("prover_alone", [False, True], ids=["整个引擎", "只有证明"])
@pytest.mark.parametrize("name", TRAPS)
def test_traps(name, prover_alone, monkeypatch):
    if prover_alone:
        monkeypatch.setattr(derivation, "_counterexample", lambda *_: None)
    before, after, where, given = TRAPS[name]
    with pytest.raises(DerivationError):
        Derivation(before, "甲", where=where, given=given).step(after, "理由")


def test_derivative_with_the_same_index_name_is_right():
    d = Derivation(sp.Derivative(total(P[i] ** 2), P[i]), "甲", where={i: TINY})
    assert d.step(2 * P[i], "只有一项").result == 2 * P[i]


def test_sampler_respects_every_assumption():
    small = sp.Symbol("x", nonnegative=True)
    Derivation(small, "甲").bound(">=", 0, "声明为非负")
    below = sp.Symbol("k", integer=True, negative=True)
    Derivation(below, "甲").bound("<", 0, "声明为负")


def test_sign_cases_reach_indexed_and_interval_symbols():
    softplus = sp.log(1 + sp.exp(-X[i])) + X[i] - X[i] * Z[i]
    stable = sp.Max(X[i], 0) - X[i] * Z[i] + sp.log(1 + sp.exp(-sp.Abs(X[i])))
    Derivation(total(softplus) / n, "批平均").step(total(stable) / n, "逐项换成稳定形式")
    Derivation(sp.Max(y, 0), "甲", where={y: UNIT}).step(y, "0<y<1")


@pytest.mark.parametrize(
    ("variable", "fact"),
    [
        (x, sp.Eq(y, SIGMOID)),
        (x, sp.Eq(x, y)),
        (P[j], sp.Eq(y, total(P[i]))),
        (P[1], sp.Eq(y, total(P[i]))),
    ],
)
def test_fact_that_hides_a_dependence_is_refused(variable, fact):
    d = Derivation(sp.Derivative(y**2, variable), "甲", where={j: TINY}, given=[fact])
    with pytest.raises(ValueError, match="given.*当成常数"):
        d.step(sp.S.Zero, "y 不随它变？")


def test_fact_at_one_index_refutes_nothing():
    # Eq(Σ_j p[i,j], r[i]) 只说了一个 i；随机的点满足不了每一行，就不该说哪一步“不成立”。
    rows = sp.Eq(sp.Sum(P[i, j], (j, 1, m)), Q[i])
    d = Derivation(sp.Sum(P[i, j] * sp.log(Q[i]), (i, 1, n), (j, 1, m)), "甲", given=[rows])
    with pytest.raises(DerivationError, match="没能证明"):
        d.step(total(Q[i] * sp.log(Q[i])), "对 j 求和")


def test_limit_that_sympy_cannot_find_is_unproved():
    with pytest.raises(DerivationError):
        Derivation(sp.Limit(sp.exp(x * t), t, sp.oo), "甲").step(sp.S.Zero, "x 的正负没说")


def test_divergent_integral_gives_a_readable_message():
    with pytest.raises((DerivationError, TypeError)):
        Derivation(sp.Integral(sp.exp(-x * t), (t, 0, sp.oo)), "甲").step(1 / x, "x 的正负没说")


def test_index_assumptions_must_follow_from_the_limits():
    k = sp.Symbol("k", integer=True, positive=True)
    with pytest.raises(ValueError, match="下标 k"):
        Derivation(sp.Sum(sp.Abs(k) * P[k], (k, -3, n)), "甲")
    Derivation(sp.Sum(k * P[k], (k, 1, n)), "从 1 加起，下标确实为正")


@pytest.mark.parametrize(
    "value", [sp.MatrixSymbol("A", 2, 2)[0, 0], sp.Symbol("a", commutative=False)]
)
def test_matrices_are_refused(value):
    with pytest.raises(TypeError, match="矩阵"):
        Derivation(value, "甲")


def test_never_uses_force():
    source = Path(derivation.__file__).read_text(encoding="utf-8")
    assert "force=True" not in source
    assert ".equals(" not in source


TRUE_BOUNDS = {
    "符号为正": (p, ">", 0, {}, ()),
    "负的倒数": (-k / p, "<", 0, {}, ()),
    "区间": (1 / (t * (1 - t)), ">", 0, {t: UNIT}, ()),
    "凸函数碰到 0": (t - 1 - sp.log(t), ">=", 0, {}, ()),
    "凸函数高于 0": (t - sp.log(t), ">", 0, {}, ()),
    "对数的切线": (sp.log(t), "<=", t - 1, {}, ()),
    "吉布斯": (total(P[i] * sp.log(P[i] / Q[i]) - P[i] + Q[i]), ">=", 0, {}, ()),
    "平方": (x**2, ">=", 0, {}, ()),
}


@pytest.mark.parametrize("name", TRUE_BOUNDS)
def test_true_bound_is_proved(name):
    start, relation, value, where, given = TRUE_BOUNDS[name]
    d = Derivation(start, "甲", where=where, given=given).bound(relation, value, "理由")
    assert d.result == start
    assert d.lines[-1][0] == relation


_v, _root = sp.Symbol("v", negative=True), sp.exp(y) - 1
_primitive = sp.integrate(sp.expand((t - _root) * (1 - t)), t)
NEGATIVE_CASE = sp.expand(_primitive.subs(t, _v) - _primitive.subs(t, _root))

FALSE_BOUNDS = {
    "复数": (z**2, ">=", 0),
    "复数的凸函数": (sp.exp(z) - z - 1, ">=", 0),
    "非正的符号，驻点是正的": (NEGATIVE_CASE, ">=", 0),
    "驻点在定义域外": (p**3 - 3 * x**2 * p - 2 * x**3 + 1000, ">", 0),
    "有跳跃的分段函数": (
        sp.Piecewise(((t - 1) ** 2 + 1, t < 5), ((t - 1) ** 2 - 100, True)),
        ">",
        0,
    ),
    "上下限可能倒着": (sp.Sum(P[i], (i, m, n)), ">=", 0),
    "凸函数碰到 0，不是大于": (t - 1 - sp.log(t), ">", 0),
    "凸函数低于 0": (t - 2 - sp.log(t), ">=", 0),
    "凹函数": (sp.log(t) - t + 1, ">=", 0),
    "正负不定": (x, ">=", 0),
    "方向反了": (-k / p, ">", 0),
    "没有约束的 KL": (KL, ">=", 0),
    "只在一边对": (p - 1, ">=", 0),
}


@pytest.mark.parametrize("prover_alone", [False, True], ids=["整个引擎", "只有证明"])
@pytest.mark.parametrize("name", FALSE_BOUNDS)
def test_false_bound_is_rejected(name, prover_alone, monkeypatch):
    if prover_alone:
        monkeypatch.setattr(derivation, "_counterexample", lambda *_: None)
    start, relation, value = FALSE_BOUNDS[name]
    with pytest.raises(DerivationError):
        Derivation(start, "甲").bound(relation, value, "理由")


def test_nothing_follows_a_bound():
    d = Derivation(p, "甲").bound(">", 0, "p 为正")
    with pytest.raises(ValueError, match="已经收尾"):
        d.step(p + 1 - 1 * sp.S.One, "再来一步")


BAD_INPUT = {
    "字符串": (lambda: Derivation("p*q", "甲"), TypeError, "start.*字符串"),
    "等式": (lambda: Derivation(p, "甲").step(sp.Eq(p, q), "乙"), TypeError, "第 1 步.*不写等式"),
    "浮点数": (lambda: Derivation(0.5 * p, "甲"), ValueError, r"start.*0\.5.*Rational"),
    "一步里的浮点数": (
        lambda: Derivation(p, "甲").step(p + 0.1, "乙"),
        ValueError,
        r"第 1 步.*0\.1",
    ),
    "没有定义": (lambda: Derivation(sp.zoo, "甲"), ValueError, "没有定义"),
    "布尔值": (lambda: Derivation(True, "甲"), TypeError, "start"),
    "理由是空的": (
        lambda: Derivation(p, "甲").step(2 * p / 2 + q - q + 1 - 1, " "),
        ValueError,
        "why 是空的",
    ),
    "理由不是文字": (lambda: Derivation(p, 3), TypeError, "title"),
    "美元号不成对": (lambda: Derivation(p, "对 $p 求导"), ValueError, "不成对"),
    "与上一步相同": (lambda: Derivation(p, "甲").step(p, "乙"), ValueError, "完全相同"),
    "where 的键": (lambda: Derivation(p, "甲", where={"p": UNIT}), ValueError, "where.*'p'"),
    "where 的值": (lambda: Derivation(p, "甲", where={p: (0, 1)}), ValueError, r"where.*\(0, 1\)"),
    "倒着的 Range": (
        lambda: Derivation(p, "甲", where={j: sp.Range(5, 0, -1)}),
        ValueError,
        "where.*Range",
    ),
    "闭区间": (lambda: Derivation(p, "甲", where={p: sp.Interval(0, 1)}), ValueError, "where"),
    "given 不是等式": (lambda: Derivation(p, "甲", given=[p]), ValueError, r"given\[0\]"),
    "given 恒真": (lambda: Derivation(p, "甲", given=[sp.Eq(1, 1)]), ValueError, r"given\[0\]"),
    "不等号": (lambda: Derivation(p, "甲").bound("≥", 0, "乙"), ValueError, "relation.*≥"),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_says_what_and_where(name):
    call, error, message = BAD_INPUT[name]
    with pytest.raises(error, match=message):
        call()


def test_symbol_and_indexed_of_the_same_name_are_kept_apart():
    # p 与 p[1] 的名字相同，却是两个量：区间换元只动前者。
    d = Derivation(P[1] * sp.log(p * (1 - p)), "甲", where={p: UNIT})
    d.step(P[1] * sp.log(p) + P[1] * sp.log(1 - p), "拆开对数")
    with pytest.raises(DerivationError):
        d.step(p * sp.log(p) + P[1] * sp.log(1 - p), "把 p[1] 当成了 p")


def test_latex_shows_conditions_reasons_and_every_line():
    d = Derivation(KL, "吉布斯 $D$", given=ONES)
    d.step(total(P[i] * sp.log(P[i] / Q[i]) - P[i] + Q[i]), "添上 0").bound(">=", 0, "凸 100%")
    text = d.latex()
    assert text.startswith("\\begin{aligned}") and text.endswith("\\end{aligned}")
    assert r"\text{吉布斯 $D$}" in text
    assert r"\sum_{i=1}^{n} {p}_{i} = 1" in text
    assert r"〔添上 0〕" in text and r"〔凸 100\%〕" in text
    assert r"\ge" in text and r"\ln" in text and r"\log" not in text
    assert d._repr_latex_() == "$$\n" + text + "\n$$"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (total(P[i] * sp.log(P[i])), r"{p}_{i} \ln{\left({p}_{i} \right)}"),
        (sp.log(1 - p) - sp.log(p), r"\ln{\left(1 - p \right)} - \ln{\left(p \right)}"),
        (-2 * p * (1 - p) * sp.log(q), r"- 2 p \left(1 - p\right) \ln{\left(q \right)}"),
        (x - x * z, r"x - x z"),
        (sp.Add(0, p, -1, evaluate=False), r"0 + p - 1"),
        (sp.Derivative(sp.Function("f")(p), p) * sp.log(p), r"\ln{\left(p \right)} \frac{d}{d p}"),
        (-sp.log(p / (1 + p)) * sp.log(1 + p), r"\ln{\left(p + 1 \right)}"),
        (total(-P[i] * sp.log(P[i])), r"\left(- {p}_{i} \ln{\left({p}_{i} \right)}\right)"),
        (total(P[i]) + 1, r"1 + \sum_{i=1}^{n} {p}_{i}"),
        (sp.Mul(-1, x + z, evaluate=False), r"- \left(x + z\right)"),
        (sp.Piecewise((1, x > 0), (0, True)), r"\text{其他}"),
    ],
)
def test_terms_are_printed_in_textbook_order(expression, expected):
    assert expected in derivation._latex(expression)


@pytest.mark.parametrize(
    ("assumptions", "expected"),
    [
        ({"positive": True}, r"a > 0"),
        ({"negative": True}, r"a < 0"),
        ({"nonnegative": True}, r"a \ge 0"),
        ({"nonpositive": True}, r"a \le 0"),
        ({"real": True, "nonzero": True}, r"a \ne 0"),
        ({"real": True}, r"a \in \mathbb{R}"),
    ],
)
def test_the_strongest_assumption_is_printed(assumptions, expected):
    a, b = sp.Symbol("a", **assumptions), sp.Symbol("b", real=True)
    text = Derivation(a * (b + 1), "前提").step(a * b + a, "乘开").latex()
    conditions = text.split(r"前提：}")[1].split(r" \\")[0]
    both_real = expected.endswith(r"\mathbb{R}")
    rest = r"a,b \in \mathbb{R}" if both_real else expected + r",\ b \in \mathbb{R}"
    assert conditions == rest


def test_the_family_is_named_not_one_member():
    """q_i 与 q_1 都出现时，前提说的是 q_i。"""
    d = Derivation(total(P[i] - P[1]) + 1, "一族").step(total(P[i]) - n * P[1] + 1, "拆开")
    assert r"前提：}{p}_{i} > 0" in d.latex()


def test_plain_text():
    d = Derivation(sp.log(p * q), "积").step(sp.log(p) + sp.log(q), "对数")
    assert str(d) == "积\n  log(p*q)\n= log(p) + log(q)    （对数）"
    assert repr(d) == "<Derivation “积”：1 步，每一步都已证明>"


def test_messages_do_not_depend_on_the_hash_seed():
    code = (
        "import sympy as sp\nfrom ce_book.derivation import *\np, q, r = sp.symbols('p q r', positive=True)\n"
        "try:\n Derivation(p+q*r, '甲').step(p*q+r, '乙')\nexcept DerivationError as e: print(e)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1 and "不成立" in outputs.pop()


def test_doctests():
    assert doctest.testmod(derivation).failed == 0
    assert doctest.testmod(derivation).attempted >= 10
