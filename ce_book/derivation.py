r"""逐步证明的推导。

书里的每一条推导都是一串 SymPy 表达式，每一步都要被证明与上一步相等：

>>> import sympy as sp
>>> from ce_book.derivation import Derivation
>>> p, q = sp.symbols("p q", positive=True)
>>> d = Derivation(sp.log(p * q), "两件独立的事")
>>> _ = d.step(sp.log(p) + sp.log(q), "积的对数等于对数的和")
>>> d.result
log(p) + log(q)

写错的一步通不过，错误里给出一个两边不相等的点：

>>> d.step(sp.log(p) - sp.log(q), "抄错了符号")  # doctest: +ELLIPSIS
Traceback (most recent call last):
...
ce_book.derivation.DerivationError: 第 2 步“抄错了符号”不成立：...

“证明”指的是：在声明的假设下，SymPy 把两边的差化成了 0（必要时分情形）。代入数值只用来找反例，
从不用来认可一步。不能证明、也找不到反例的一步，同样是错误。
"""

import itertools
import random

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter

__all__ = ["Derivation", "DerivationError"]

RELATIONS = {">": r">", ">=": r"\ge", "<": r"<", "<=": r"\le"}

# 出现这些函数时，化简依赖实数符号的正负，于是对每个实数符号分 > 0、= 0、< 0 三种情形。
SIGN_DEPENDENT = (sp.Abs, sp.Max, sp.Min, sp.sign, sp.Heaviside, sp.Piecewise)


class DerivationError(ValueError):
    """一步推导没有被证明。

    Attributes
    ----------
    number : int
        第几步；起点是第 0 步。
    why : str
        这一步写下的理由。
    before, after : sympy.Expr
        上一步与这一步。
    point : dict or None
        使两边不相等的一个点；既没能证明、也没能推翻时是 ``None``。
    """

    def __init__(self, message, *, number, why, before, after, point=None):
        super().__init__(message)
        self.number = number
        self.why = why
        self.before = before
        self.after = after
        self.point = point


class Derivation:
    r"""一条推导：起点，以及一步一步与它相等的表达式。

    Parameters
    ----------
    start : sympy.Expr
        起点。符号的假设写在符号上：``sp.symbols("p", positive=True)``、``real=True``；
        带下标的写 ``sp.IndexedBase("p", positive=True)``。
    title : str
        这条推导要说的事；可以夹 ``$...$``。
    where : dict, optional
        符号（或 ``IndexedBase``）的取值范围，补充 SymPy 的假设说不出来的两种：
        ``{p: sp.Interval.open(0, 1)}`` 表示 0 < p < 1；``{z: sp.FiniteSet(0, 1)}`` 表示 z 只取 0 或 1，
        证明时逐个代入；``{j: sp.Range(1, n + 1)}`` 表示下标 j 落在 1 到 n 之间。
    given : sequence of sympy.Eq, optional
        已知的等式，例如 ``sp.Eq(sp.Sum(p[i], (i, 1, n)), 1)``。证明时在求完导、求完和以后把左边换成右边。

    Raises
    ------
    TypeError
        表达式不是 SymPy 表达式（字符串、等式、NumPy 数组……）。
    ValueError
        表达式里有浮点数；``where``、``given`` 的形式不对；理由是空的。

    Notes
    -----
    “相等”指两边都有定义的地方处处相等。对数一律是自然对数，印成 :math:`\ln`。

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> sigmoid = 1 / (1 + sp.exp(-x))
    >>> d = Derivation(1 - sigmoid, "sigmoid 的对称性")
    >>> _ = d.step(1 / (1 + sp.exp(x)), "通分，再上下同乘 $e^{x}$")
    >>> print(d)
    sigmoid 的对称性
      1 - 1/(1 + exp(-x))
    = 1/(exp(x) + 1)    （通分，再上下同乘 $e^{x}$）
    """

    def __init__(self, start, title, *, where=None, given=()):
        self.title = _checked_reason(title, "title")
        self.where = dict(where or {})
        self.given = tuple(given)
        self._context = _Context(self.where, self.given)
        self.lines = [("", _checked_expression(start, "start"), self.title)]

    @property
    def start(self):
        """起点。"""
        return self.lines[0][1]

    @property
    def result(self):
        """最后一个与起点相等的表达式。"""
        return next(e for relation, e, _ in reversed(self.lines) if relation in ("", "="))

    @property
    def equation(self):
        """已经证明的等式：起点 = 最后一步。"""
        return sp.Eq(self.start, self.result, evaluate=False)

    def step(self, expression, why):
        """写下下一步；证明它等于上一步，否则抛出 ``DerivationError``。返回自己，可以连着写。

        Parameters
        ----------
        expression : sympy.Expr
            下一步的表达式。
        why : str
            这一步的理由；可以夹 ``$...$``。

        Raises
        ------
        DerivationError
            这一步没有被证明。``point`` 是两边不相等的一个点；找不到反例时是 ``None``。
        """
        expression, why = self._checked_line(expression, why)
        before = self.result
        if expression == before:
            raise ValueError(
                f"第 {len(self.lines)} 步“{why}”与上一步完全相同：{before}。"
                "多半是 SymPy 自动化简了；要保留写法，用 evaluate=False。"
            )
        self._refute_or_prove(before, expression, "=", why)
        self.lines.append(("=", expression, why))
        return self

    def bound(self, relation, value, why):
        """在末尾写一个不等号：证明最后一步 ``relation`` ``value``，例如 ``d.bound(">", 0, "…")``。

        证明指的是：由符号的假设，SymPy 判定了差的正负；或者差是某个符号的凸函数，而它在驻点处的最小值
        不小于 0；和式则看它的通项。

        Parameters
        ----------
        relation : {">", ">=", "<", "<="}
            不等号。
        value : sympy.Expr or int
            不等号右边。
        why : str
            理由。

        Raises
        ------
        DerivationError
            不等式没有被证明。
        """
        if relation not in RELATIONS:
            raise ValueError(f"relation={relation!r} 不是不等号；可用的有 {'、'.join(RELATIONS)}。")
        value, why = self._checked_line(value, why)
        self._refute_or_prove(self.result, value, relation, why)
        self.lines.append((relation, value, why))
        return self

    def _checked_line(self, expression, why):
        why = _checked_reason(why, "why")
        if self.lines[-1][0] in RELATIONS:
            raise ValueError(f"“{why}”：不等式已经收尾，后面不能再接一步；另起一条 Derivation。")
        return _checked_expression(expression, f"第 {len(self.lines)} 步"), why

    def _refute_or_prove(self, before, after, relation, why):
        error = {"number": len(self.lines), "why": why, "before": before, "after": after}
        head = f"第 {error['number']} 步“{why}”"
        found = _counterexample(before, after, relation, self._context)
        if found is not None:
            point, left, right = found
            place = (
                "，".join(f"{name} = {value}" for name, value in point.items()) or "（没有符号）"
            )
            raise DerivationError(
                f"{head}不成立：在 {place} 处，上一步的值是 {left}，这一步的值是 {right}。",
                point=point,
                **error,
            )
        if relation == "=":
            proved, rest = _prove_zero(before - after, self._context)
        else:
            proved, rest = _prove_sign(before - after, relation, self._context)
        if not proved:
            raise DerivationError(
                f"{head}既没能证明，也没找到反例。把这一步拆小些，或者给符号补上假设"
                f"（positive=True、where=…、given=…）。SymPy 化到这里就停了：{rest}",
                **error,
            )

    def _repr_latex_(self):
        return "$$\n" + self.latex() + "\n$$"

    def latex(self):
        r"""整条推导的 LaTeX（一个 ``aligned``，不含 ``$$``）。理由写在它所解释的那个等号旁边。"""
        conditions = self._context.latex(*[expression for _, expression, _ in self.lines])
        rows = [rf"&\text{{{_latex_text(self.title)}}}"]
        if conditions:
            rows.append(rf"&\small\textstyle\text{{前提：}}{conditions}")
        for relation, expression, why in self.lines:
            if relation:
                sign = RELATIONS.get(relation, "=")
                rows.append(rf"{{}}{sign}{{}}\;&\quad\small\text{{〔{_latex_text(why)}〕}}")
            rows.append(rf"&{_latex(expression)}")
        # 理由那一行贴近它下面的式子，式子与下一个等号之间留一点空。
        body = " \\\\\n".join(rows)
        return "\\begin{aligned}\n" + body + "\n\\end{aligned}"

    def __str__(self):
        rows = [self.title, f"  {self.start}"]
        rows += [f"{relation} {e}    （{why}）" for relation, e, why in self.lines[1:]]
        return "\n".join(rows)

    def __repr__(self):
        return f"<Derivation “{self.title}”：{len(self.lines) - 1} 步，每一步都已证明>"


def _checked_expression(value, place):
    if isinstance(value, bool | str) or not isinstance(value, sp.Expr | int):
        hint = {
            str: "字符串要先写成 SymPy 表达式",
            sp.Equality: "一步写一个表达式，不写等式",
        }.get(type(value), "要的是 SymPy 表达式")
        raise TypeError(f"{place}：得到 {type(value).__name__} {value!r}；{hint}。")
    value = sp.sympify(value)
    floats = sorted(value.atoms(sp.Float), key=str)
    if floats:
        raise ValueError(
            f"{place}：含有浮点数 {floats[0]}，它不是精确的数；改写成 sp.Rational，例如 sp.Rational(1, 2)。"
        )
    if value.has(sp.nan, sp.zoo):
        raise ValueError(f"{place}：{value} 没有定义（出现了 nan 或 zoo）；多半是除以了 0。")
    return value


def _checked_reason(value, name):
    if not isinstance(value, str):
        raise TypeError(f"{name}：得到 {type(value).__name__} {value!r}；理由要写成一句话（str）。")
    if not value.strip():
        raise ValueError(f"{name} 是空的：每一步都要写理由。")
    if value.count("$") % 2:
        raise ValueError(f"{name}：“{value}”里的 $ 不成对。")
    return value


# ---------------------------------------------------------------- 假设


class _Context:
    """一条推导的前提：取值范围 where 与已知等式 given，以及把它们用到表达式上的办法。"""

    def __init__(self, where, given):
        self.where = where
        for name, domain in self.where.items():
            if not isinstance(name, sp.Symbol | sp.IndexedBase | sp.Idx):
                raise ValueError(f"where：键 {name!r} 不是符号，也不是 IndexedBase。")
            if not _is_supported(domain):
                raise ValueError(
                    f"where：{name} 的范围 {domain!r} 不认得；"
                    "可用的有 Interval.open(a, b)、FiniteSet(…) 和 Range(a, b)。"
                )
        self.given = []
        for k, fact in enumerate(given):
            if not isinstance(fact, sp.Equality):
                raise ValueError(f"given[{k}]：{fact!r} 不是等式；写成 sp.Eq(左边, 右边)。")
            if not fact.lhs.free_symbols or fact.lhs.is_Number:
                raise ValueError(f"given[{k}]：{fact} 的左边没有符号，没有什么可换的。")
            self.given.append((fact.lhs, fact.rhs))

    def latex(self, *expressions):
        """全部前提：expressions 里各个符号自带的假设，where 的范围，given 的等式。"""
        parts = self._assumptions(expressions)
        for name, domain in self.where.items():
            name = name.name if isinstance(name, sp.IndexedBase) else sp.latex(name)
            if isinstance(domain, sp.Range):
                # Range 不含右端点，印成人习惯的闭区间。
                low, high = sp.latex(domain.start), sp.latex(domain.stop - 1)
                parts.append(rf"{low} \le {name} \le {high}")
            elif isinstance(domain, sp.Interval):
                parts.append(rf"{sp.latex(domain.start)} < {name} < {sp.latex(domain.end)}")
            else:
                parts.append(rf"{name} \in {sp.latex(domain)}")
        parts += [_latex(left) + " = " + _latex(right) for left, right in self.given]
        return r",\ ".join(parts)

    def _assumptions(self, expressions):
        """符号自带的假设：正数与实数。整数（下标、项数）看写法就明白，不印。"""
        atoms = set().union(*[_free_atoms(e) for e in expressions])
        indexed = {a.base: a for e in expressions for a in _sorted(e.atoms(sp.Indexed))[::-1]}
        names = [a for a in _sorted(atoms) if a.is_Symbol and not a.is_integer]
        names += [indexed[base] for base in _sorted(indexed)]
        names = [a for a in names if self.domain_of(a) is None]
        names += _sorted(set().union(*[e.atoms(AppliedUndef) for e in expressions]))
        positive = ",".join(sp.latex(a) for a in names if a.is_positive)
        real = ",".join(sp.latex(a) for a in names if a.is_real and not a.is_positive)
        return [rf"{positive} > 0"] * bool(positive) + [rf"{real} \in \mathbb{{R}}"] * bool(real)

    def domain_of(self, atom):
        return self.where.get(atom.base if isinstance(atom, sp.Indexed) else atom)

    def open_intervals(self, expression):
        """把 0 < p < 1 这样的符号换成 1/(1+u)（u > 0）：一一对应，而 SymPy 懂得什么叫 u > 0。"""

        def replaced(atom):
            domain = self.domain_of(atom)
            if not isinstance(domain, sp.Interval):
                return atom
            if isinstance(atom, sp.Indexed):
                base = sp.IndexedBase(f"u_{atom.base.name}", positive=True)
                u = base[atom.indices]
            else:
                u = sp.Symbol(f"u_{atom.name}", positive=True)
            return domain.start + (domain.end - domain.start) / (1 + u)

        return _replaced(expression, {atom: replaced(atom) for atom in _free_atoms(expression)})

    def in_range(self, condition):
        """下标条件（例如 1 ≤ j ≤ n）在 where 里声明过，就是真的。"""
        for name, domain in self.where.items():
            if isinstance(domain, sp.Range):
                facts = {sp.Ge(name, domain.start), sp.Le(name, domain.stop - 1)}
                facts |= {fact.reversed for fact in facts}
                condition = condition.xreplace(dict.fromkeys(facts, sp.true))
        return condition


def _is_supported(domain):
    if isinstance(domain, sp.Interval):
        return bool(
            domain.left_open
            and domain.right_open
            and domain.start.is_finite
            and domain.end.is_finite
        )
    return isinstance(domain, sp.FiniteSet | sp.Range) and len(domain.args) > 0


def _free_atoms(expression):
    """自由的符号和带下标的量。p[i] 里的名字 p 不算：它可以与另一个叫 p 的符号同名。"""
    stand_ins = {a: sp.Dummy() for a in expression.atoms(sp.Indexed)}
    symbols = expression.xreplace(stand_ins).free_symbols - set(stand_ins.values())
    return stand_ins.keys() | {s for s in symbols if isinstance(s, sp.Symbol)}


def _replaced(expression, rule):
    """同时替换；p[i] 作为整体，不动它里面的名字。"""
    return expression.xreplace({a: a for a in expression.atoms(sp.Indexed)} | rule)


# ---------------------------------------------------------------- 证明


def _prove_zero(difference, context):
    """分情形证明 difference = 0。返回（是否证明，没化完的部分）。"""
    for case in _cases(_evaluated(difference, context), context):
        rest = _reduced(context.open_intervals(case), context)
        if rest != 0:
            return False, rest
    return True, sp.S.Zero


def _prove_sign(difference, relation, context):
    """证明 difference > 0（或 ≥、<、≤ 0）。"""
    if relation.startswith("<"):
        difference, relation = -difference, relation.replace("<", ">")
    for case in _cases(_evaluated(difference, context), context):
        case = context.open_intervals(case)
        forms = (case, sp.factor(case), _reduced(case, context), sp.factor(_as_one_fraction(case)))
        if not any(_is_above_zero(form, strictly=relation == ">") for form in forms):
            return False, case
    return True, sp.S.Zero


def _is_above_zero(expression, strictly):
    """由符号的假设判定；和式看通项；都不行时看它是不是某个符号的凸函数，最小值又不小于 0。"""
    if expression.is_positive or (not strictly and expression.is_nonnegative):
        return True
    coefficient, rest = expression.as_coeff_Mul()
    if isinstance(rest, sp.Sum) and coefficient.is_positive:
        return not strictly and _is_above_zero(rest.function, strictly)
    atoms = expression.atoms(sp.Indexed) or expression.free_symbols
    return any(_convex_minimum_is_above_zero(expression, a, strictly) for a in _sorted(atoms))


def _convex_minimum_is_above_zero(expression, variable, strictly):
    """固定其他符号，证明它是 variable 的凸函数、驻点合乎假设、驻点处的值不小于 0。"""
    x = sp.Dummy("x", positive=variable.is_positive, real=True)
    function = expression.xreplace({variable: x})
    curvature = sp.factor(sp.diff(function, x, 2))
    if not curvature.is_positive:
        return False
    try:
        stationary = sp.solve(sp.diff(function, x), x)
    except NotImplementedError:
        return False
    values = [sp.simplify(sp.expand_log(function.subs(x, point))) for point in stationary]
    return any(v.is_positive or (not strictly and v.is_nonnegative) for v in values)


def _evaluated(expression, context):
    """求完导数、积分、极限与有限和；下标落在范围内的条件随即成立。"""
    # 求导可以产生含 KroneckerDelta 的和，求和又产生带条件的分段式，所以一直做到不再变化。
    while True:
        evaluated = expression.doit().replace(
            lambda e: isinstance(e, sp.Piecewise),
            lambda e: sp.Piecewise(*[(value, context.in_range(test)) for value, test in e.args]),
        )
        if evaluated == expression:
            return evaluated
        expression = evaluated


def _cases(expression, context):
    """分情形：只取有限个值的符号逐个代入；正负未定的实数符号在需要时分三种情形。"""
    choices = []
    bound = {limit[0] for s in expression.atoms(sp.Sum, sp.Product) for limit in s.limits}
    needs_sign = expression.has(*SIGN_DEPENDENT)
    for atom in _sorted(_free_atoms(expression)):
        domain = context.domain_of(atom)
        if isinstance(domain, sp.FiniteSet) and not (atom.free_symbols & bound):
            choices.append([(atom, value) for value in domain])
        elif (
            needs_sign
            and atom.is_Symbol
            and atom.is_real
            and not (atom.is_positive or atom.is_negative)
        ):
            size = sp.Symbol(f"{atom.name}_+", positive=True)
            choices.append([(atom, size), (atom, sp.S.Zero), (atom, -size)])
    for choice in itertools.product(*choices):
        yield _replaced(expression, dict(choice)).doit()


def _reduced(expression, context):
    """把表达式化到尽头；只有真的化成 0 才算证明。每种变形都在声明的假设下成立，从不 force。"""
    seen = expression
    for transform in (_with_expanded_logs, sp.powsimp, _as_one_fraction, sp.simplify):
        seen = _with_facts(_merged_sums(transform(seen), context), context)
        if seen == 0:
            return seen
        seen = sp.expand(seen)
        if seen == 0:
            return seen
    return seen


def _as_one_fraction(expression):
    return sp.cancel(sp.together(sp.powsimp(sp.expand(expression))))


def _with_expanded_logs(expression):
    """先把对数里面因式分解，再拆成对数的和；连乘的对数变成对数的和（各因子须为正）。"""
    expression = expression.replace(
        lambda e: isinstance(e, sp.log),
        lambda e: sp.log(sp.factor(sp.cancel(sp.together(e.args[0])))),
    )
    expression = expression.replace(
        lambda e: (
            isinstance(e, sp.log)
            and isinstance(e.args[0], sp.Product)
            and e.args[0].function.is_positive
        ),
        lambda e: sp.Sum(sp.log(e.args[0].function), *e.args[0].limits),
    )
    expanded = sp.expand_log(sp.expand_log(expression))
    return sp.expand(sp.powdenest(expanded))


def _with_facts(expression, context):
    # 已知等式只是逐点成立，不能拿到没求完的导数、积分里去换。
    if expression.has(sp.Derivative, sp.Integral, sp.Limit, sp.Subs):
        return expression
    for left, right in context.given:
        left = _merged_sums(context.open_intervals(left), context)
        right = _merged_sums(context.open_intervals(right), context)
        expression = sp.expand(_merged_sums(expression.subs(left, right), context))
    return expression


def _merged_sums(expression, context):
    """把求和化成唯一的写法：同一范围的和并成一个，化简通项，再拆开、提出与下标无关的因子。

    于是 Σ(a+b) 与 Σa+Σb、Σcf 与 cΣf、下标叫 i 还是 k，都不再有区别。
    """
    if not expression.has(sp.Sum):
        return expression
    if not (expression.is_Add or expression.is_Mul or isinstance(expression, sp.Sum)):
        return expression.func(*[_merged_sums(a, context) for a in expression.args])
    merged, rest = {}, []
    for term in sp.Add.make_args(sp.expand(expression)):
        sums = [factor for factor in sp.Mul.make_args(term) if isinstance(factor, sp.Sum)]
        if len(sums) != 1:
            factors = [f if f in sums else _merged_sums(f, context) for f in sp.Mul.make_args(term)]
            rest.append(sp.Mul(*factors))
            continue
        coefficient = _merged_sums(term / sums[0], context)
        # 多重求和从里往外，一次一层。
        function, *inner_limits, (index, low, high) = sums[0].args
        function = sp.Sum(function, *inner_limits) if inner_limits else function
        name, summand = merged.get((low, high), (sp.Dummy("index", integer=True), sp.S.Zero))
        inner = _merged_sums(function, context).subs(index, name)
        merged[low, high] = name, summand + coefficient * inner
    for (low, high), (name, summand) in merged.items():
        rest.append(_split_sum(_zero_or_expanded(summand, context), name, low, high))
    return sp.Add(*rest)


def _zero_or_expanded(summand, context):
    """通项里只取有限个值的 z[i] 逐个代入；若各情形都是 0，通项就是 0。"""
    expanded = _with_expanded_logs(summand)
    if expanded == 0 or sp.cancel(sp.together(sp.powsimp(expanded))) == 0:
        return sp.S.Zero
    atoms = [
        a for a in expanded.atoms(sp.Indexed) if isinstance(context.domain_of(a), sp.FiniteSet)
    ]
    for values in itertools.product(*[context.domain_of(a) for a in atoms]) if atoms else ():
        if (
            sp.simplify(_with_expanded_logs(summand.subs(dict(zip(atoms, values, strict=True)))))
            != 0
        ):
            return expanded
    return sp.S.Zero if atoms else expanded


def _split_sum(summand, index, low, high):
    total = sp.S.Zero
    for term in sp.Add.make_args(summand):
        outside, inside = term.as_independent(index, as_Add=False)
        if inside == 1:
            total += outside * (high - low + 1)
        else:
            # 下标按嵌套的深浅取固定的名字：里层的和总比外层浅，不会撞名。
            name = sp.Symbol(f"_index{_nesting(inside)}", integer=True)
            total += outside * sp.Sum(inside.subs(index, name), (name, low, high))
    return total


def _nesting(expression):
    """表达式里求和套了几层。"""
    return max((1 + _nesting(s.function) for s in expression.atoms(sp.Sum)), default=0)


# ---------------------------------------------------------------- 找反例

DIGITS = 30
POINTS = 6


def _counterexample(before, after, relation, context):
    """代入随机的点找反例。找到时返回（点，上一步的值，这一步的值），否则返回 None。"""
    generator = random.Random(20)  # 固定的种子：同一步错误总是给出同一个点
    # 只取几个值的符号，要多试几次才试得全。
    listed = any(isinstance(domain, sp.FiniteSet) for domain in context.where.values())
    for _ in range(4 * POINTS if listed else POINTS):
        point = _Point(context, generator)
        try:
            left, right = point.value(before), point.value(after)
        except (TypeError, ValueError, ZeroDivisionError, AttributeError, NotImplementedError):
            continue
        if left is None or right is None or not point.satisfies_facts():
            continue
        gap = sp.N(left - right, DIGITS)
        scale = 1 + abs(left) + abs(right)
        equal = bool(abs(gap) < scale * sp.Float(10) ** (8 - DIGITS))
        if relation == "=":
            refuted = not equal
        elif left.is_real and right.is_real:
            wrong_side = gap < 0 if relation.startswith(">") else gap > 0
            refuted = bool(wrong_side) and not equal or equal and relation in "<>" and gap == 0
        else:
            refuted = False
        if refuted:
            return point.shown(before, after), sp.N(left, 8), sp.N(right, 8)
    return None


class _Point:
    """一个随机的点：给每个符号一个满足假设的有理数；符号 n 这样的求和上限取小整数。"""

    def __init__(self, context, generator):
        self.context = context
        self.generator = generator
        self.values = {}
        self._impose_facts()

    def value(self, expression):
        number = self._substituted(expression)
        number = sp.N(number.doit(integrals=False), DIGITS)  # 积分直接用数值算
        if not number.is_number or number.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
            return None
        return number

    def shown(self, *expressions):
        names = set().union(*[_free_atoms(self._unrolled(e)) for e in expressions])
        names |= set().union(*[self._integers(e) for e in expressions])
        return {name: self.values[name] for name in _sorted(names) if name in self.values}

    def satisfies_facts(self):
        for left, right in self.context.given:
            gap = self.value(left - right)
            if gap is None or abs(gap) > sp.Float(10) ** (8 - DIGITS):
                return False
        return True

    def _impose_facts(self):
        """让随机点满足已知等式：逐个等式解出一个符号；解出来不合假设（如概率为负），就把其余的缩小再试。"""
        for left, right in self.context.given:
            fact = self._unrolled(left - right)
            atoms = _sorted(_free_atoms(fact))
            for unknown, scale in itertools.product(
                reversed(atoms), (1, len(atoms), 4 * len(atoms))
            ):
                others = {a: self._sample(a) / scale for a in atoms if a != unknown}
                root = _root(_replaced(fact, others), unknown)
                if root is not None and _allowed(unknown, root, self.context.domain_of(unknown)):
                    self.values |= others | {unknown: root}
                    break

    def _substituted(self, expression):
        expression = self._unrolled(expression)
        # 未定的函数（例如待求的 I）可以是任何函数，取一个具体的来试。
        functions = {call.func: call.is_positive for call in expression.atoms(AppliedUndef)}
        for k, function in enumerate(_sorted(functions), 2):
            concrete = _some_function(k, functions[function])
            expression = expression.replace(function, concrete).doit(integrals=False)
        return _replaced(expression, {a: self._sample(a) for a in _sorted(_free_atoms(expression))})

    def _unrolled(self, expression):
        expression = expression.doit()
        expression = expression.subs(
            {s: self._sample(s) for s in _sorted(self._integers(expression))}
        )
        return expression.doit()

    def _integers(self, expression):
        """求和、连乘的上下限和自由下标，都要先定下来。"""
        found = {s for e in expression.atoms(sp.Sum, sp.Product) for _, *ends in e.limits for end in ends
                 for s in end.free_symbols}  # fmt: skip
        found |= {
            s for e in expression.atoms(sp.Indexed) for k in e.indices for s in k.free_symbols
        }
        bound = {limit[0] for e in expression.atoms(sp.Sum, sp.Product) for limit in e.limits}
        found |= {
            s for s in expression.free_symbols if isinstance(self.context.domain_of(s), sp.Range)
        }
        return found - bound

    def _sample(self, atom):
        if atom not in self.values:
            domain = self.context.domain_of(atom)
            draw = sp.Rational(self.generator.randint(1, 40), 41)
            if isinstance(domain, sp.Range):
                value = domain.start + self.generator.randint(0, 2)
            elif isinstance(domain, sp.FiniteSet):
                value = self.generator.choice(sorted(domain, key=sp.default_sort_key))
            elif isinstance(domain, sp.Interval):
                value = domain.start + (domain.end - domain.start) * draw
            elif atom.is_integer:
                value = sp.Integer(self.generator.randint(3, 5))
            elif atom.is_positive:
                value = 2 * draw
            elif atom.is_negative:
                value = -2 * draw
            else:
                value = 6 * draw - 3
            self.values[atom] = value
        return self.values[atom]


def _root(expression, unknown):
    """expression = 0 的一个根；一次方程直接算，比通用的解法快得多。"""
    at = [_replaced(expression, {unknown: sp.Integer(k)}) for k in (0, 1, 2)]
    slope = at[1] - at[0]
    if slope.is_Rational and slope != 0 and at[2] - at[1] == slope:
        return -at[0] / slope
    try:
        return next(iter(sp.solve(expression, unknown)), None)
    except NotImplementedError:
        return None


def _some_function(k, positive):
    """一个没有特殊性质的函数，顶替未定的函数；声明为正的，就取正的。"""

    def function(*arguments):
        value = sum(sp.cos(k * x) + x**2 / k for x in arguments)
        return sp.exp(value) if positive else value

    return function


def _sorted(atoms):
    """按名字排好：集合的次序每次运行都可能不同，而错误信息应当每次一样。"""
    return sorted(atoms, key=str)


def _allowed(atom, value, domain):
    if domain is not None:
        return domain.contains(value) == sp.true
    if atom.is_positive and not value.is_positive:
        return False
    return bool(value.is_real)


# ---------------------------------------------------------------- 排版


class _TextbookPrinter(LatexPrinter):
    """照书写的习惯排：因子里先单项、再括号、最后函数与和号，正的项放在最前；evaluate=False 写下的顺序照原样。"""

    def __init__(self):
        super().__init__({"ln_notation": True})

    def _print_Mul(self, expression):
        if expression.args[0].is_negative and sp.Mul(*expression.args) == expression:
            return "- " + self._print(-expression)
        factors = expression.as_ordered_factors()
        if sp.fraction(expression)[1] == 1:
            factors = sorted(factors, key=_place_in_product)
        return self._as_written(super()._print_Mul, sp.Mul(*factors, evaluate=False))

    def _print_Add(self, expression, order=None):
        terms = list(expression.args)
        if sp.Add(*terms).args == expression.args:
            terms = expression.as_ordered_terms()
            first = next((t for t in terms if not t.could_extract_minus_sign()), terms[0])
            terms.remove(first)
            terms.insert(0, first)
        return self._as_written(super()._print_Add, sp.Add(*terms, evaluate=False), order="none")

    def _hprint_Function(self, func):
        # I' 是一撇导数，不是名叫“I'”的函数。
        name = func.rstrip("'")
        return super()._hprint_Function(name) + func[len(name) :]

    def _as_written(self, print_method, expression, **options):
        saved, self._settings["order"] = self._settings["order"], "none"
        try:
            return print_method(expression, **options)
        finally:
            self._settings["order"] = saved


def _place_in_product(factor):
    if isinstance(factor, sp.Function | sp.Sum | sp.Product):
        return 2
    return 1 if factor.is_Add else 0


def _latex(expression):
    return _TextbookPrinter().doprint(expression)


def _latex_text(text):
    r"""放进 \text{} 的文字：$...$ 里面照旧，外面的特殊字符转义。"""
    pieces = text.split("$")
    for k in range(0, len(pieces), 2):
        for character in "#%&_":
            pieces[k] = pieces[k].replace(character, "\\" + character)
    return "$".join(pieces)
