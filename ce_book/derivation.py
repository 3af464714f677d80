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

# 符号自带的假设怎样印出来；从强到弱，每个符号只印最强的一条。
SIGNS = {
    "positive": "> 0",
    "negative": "< 0",
    "nonnegative": r"\ge 0",
    "nonpositive": r"\le 0",
    "extended_nonzero": r"\ne 0",
    "real": r"\in \mathbb{R}",
}

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
        等式逐点成立，要彼此相容；含自由下标的等式（如 ``Eq(p[i], q[i])``）只对那一个下标成立，不会用到和号里，
        有这样的等式时也不找反例。

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

    def _check_facts_against_derivatives(self, *expressions):
        """given 说 y 由 x 决定时，对 x 求导不能把 y 当常数。"""
        variables = set().union(*[d.variables for e in expressions for d in e.atoms(sp.Derivative)])
        sides = [pair for fact in self._context.given for pair in (fact, fact[::-1])]
        for (left, right), variable in itertools.product(sides, variables):
            is_named = left.is_Symbol or isinstance(left, sp.Indexed)
            if is_named and left != variable and _depends_on(right, variable):
                raise ValueError(
                    f"given：{left} = {right} 随 {variable} 变化，而式子对 {variable} 求导时会把 "
                    f"{left} 当成常数；把 {left} 换成它的表达式再求导。"
                )

    def _refute_or_prove(self, before, after, relation, why):
        self._check_facts_against_derivatives(before, after)
        error = {"number": len(self.lines), "why": why, "before": before, "after": after}
        head = f"第 {error['number']} 步“{why}”"
        found = _counterexample(before, after, relation, self._context)
        if found is not None:
            point, left, right = found
            place = (
                "，".join(f"{name} = {value}" for name, value in point.items()) or "（没有符号）"
            )
            raise DerivationError(
                f"{head}不成立：在 {place} 处，上一步的值是 {left!s}，这一步的值是 {right!s}。",
                point=point,
                **error,
            )
        try:
            if relation == "=":
                proved, rest = _prove_zero(before - after, self._context)
            else:
                proved, rest = _prove_sign(before - after, relation, self._context)
        except NotImplementedError:  # SymPy 求不出的极限、解不出的方程
            proved, rest = False, before - after
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
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def __str__(self):
        rows = [self.title, f"  {self.start}"]
        rows += [f"{relation} {e}    （{why}）" for relation, e, why in self.lines[1:]]
        return "\n".join(rows)

    def __repr__(self):
        return f"<Derivation “{self.title}”：{len(self.lines) - 1} 步，每一步都已证明>"


def _depends_on(expression, variable):
    """p[j] 也藏在 Σ p[i] 里。"""
    if isinstance(variable, sp.Indexed):
        return any(a.base == variable.base for a in expression.atoms(sp.Indexed))
    return variable in expression.free_symbols


def _checked_expression(value, place):
    if isinstance(value, bool | str) or not isinstance(value, sp.Expr | int):
        hint = {
            str: "字符串要先写成 SymPy 表达式",
            sp.Equality: "一步写一个表达式，不写等式",
        }.get(type(value), "要的是 SymPy 表达式")
        raise TypeError(f"{place}：得到 {type(value).__name__} {value!r}；{hint}。")
    value = sp.sympify(value)
    if value.has(sp.MatrixSymbol) or any(not a.is_commutative for a in value.atoms(sp.Symbol)):
        raise TypeError(f"{place}：{value} 里有矩阵或不可交换的符号；这里只证明数量的等式。")
    for total in value.atoms(sp.Sum, sp.Product):
        _check_index_assumptions(total, place)
    floats = sorted(value.atoms(sp.Float), key=str)
    if floats:
        raise ValueError(
            f"{place}：含有浮点数 {floats[0]}，它不是精确的数；改写成 sp.Rational，例如 sp.Rational(1, 2)。"
        )
    if value.has(sp.nan, sp.zoo):
        raise ValueError(f"{place}：{value} 没有定义（出现了 nan 或 zoo）；多半是除以了 0。")
    return value


def _check_index_assumptions(total, place):
    """下标的假设要由它的范围保证：声明 i 为正而从 -3 加起，SymPy 会照着假设错误地化简。"""
    plain = sp.Symbol("i", integer=True).assumptions0
    for index, low, *_ in total.limits:
        extra = set(getattr(index, "assumptions0", {})) - set(plain)
        if extra and not (index.is_positive and (low - 1).is_nonnegative):
            raise ValueError(
                f"{place}：下标 {index} 带着范围 {total.limits} 保证不了的假设；"
                "声明成 sp.Symbol(…, integer=True) 就够了。"
            )


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
        self._stand_ins = {}
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
        """符号自带的假设：正负与实数。整数（下标、项数）看写法就明白，不印。"""
        atoms = set().union(*[_free_atoms(e) for e in expressions])
        # 一族只印一个代表；有 q_i 就不印 q_1，免得像是只假设了第一个。
        families = [a for e in expressions for a in _sorted(e.atoms(sp.Indexed))]
        families.sort(key=lambda a: any(k.is_Integer for k in a.indices))
        indexed = {a.base: a for a in reversed(families)}
        names = [a for a in _sorted(atoms) if a.is_Symbol and not a.is_integer]
        names += [indexed[base] for base in _sorted(indexed)]
        names = [a for a in names if self.domain_of(a) is None]
        names += _sorted(set().union(*[e.atoms(AppliedUndef) for e in expressions]))
        parts = []
        for assumption, relation in SIGNS.items():
            those = [a for a in names if getattr(a, f"is_{assumption}")]
            names = [a for a in names if a not in those]
            if those:
                parts.append(",".join(map(sp.latex, those)) + " " + relation)
        return parts

    def domain_of(self, atom):
        return self.where.get(atom.base if isinstance(atom, sp.Indexed) else atom)

    def open_intervals(self, expression):
        """把 0 < p < 1 这样的符号换成 1/(1+u)（u > 0）：一一对应，而 SymPy 懂得什么叫 u > 0。"""

        def replaced(atom):
            domain = self.domain_of(atom)
            if not isinstance(domain, sp.Interval):
                return atom
            key = atom.base if isinstance(atom, sp.Indexed) else atom
            # 哑符号不会与作者的符号撞名；同一个量始终换成同一个。
            name = sp.Dummy(f"u_{key.name}", positive=True)
            if isinstance(atom, sp.Indexed):
                u = self._stand_ins.setdefault(key, sp.IndexedBase(name))[atom.indices]
            else:
                u = self._stand_ins.setdefault(key, name)
            return domain.start + (domain.end - domain.start) / (1 + u)

        return _replaced(expression, {atom: replaced(atom) for atom in _free_atoms(expression)})

    def in_range(self, condition):
        """下标条件（例如 1 ≤ j ≤ n）在 where 里声明过，就是真的。"""
        for name, domain in self.where.items():
            if isinstance(domain, sp.Range):
                facts = {sp.Ge(name, domain.start), sp.Le(name, domain.stop - 1)}
                facts = {f for f in facts if isinstance(f, sp.core.relational.Relational)}
                facts |= {f.reversed for f in facts}
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
    if isinstance(domain, sp.Range):
        return domain.step == 1
    return isinstance(domain, sp.FiniteSet) and len(domain.args) > 0


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
    for case in _cases(difference, context):
        rest = _reduced(case, context)
        if rest != 0:
            return False, rest
    return True, sp.S.Zero


def _prove_sign(difference, relation, context):
    """证明 difference > 0（或 ≥、<、≤ 0）。"""
    if relation.startswith("<"):
        difference, relation = -difference, relation.replace("<", ">")
    for case in _cases(difference, context):
        forms = _equal_forms(case, context)
        if not any(_is_above_zero(form, strictly=relation == ">") for form in forms):
            return False, case
    return True, sp.S.Zero


def _equal_forms(expression, context):
    """同一个式子的几种写法，从省事的到费事的；正负往往在某一种写法里才看得出来。"""
    yield expression
    yield sp.factor(expression)
    yield sp.factor(_as_one_fraction(expression))
    yield _reduced(expression, context)


def _is_above_zero(expression, strictly):
    """由符号的假设判定；和式看通项；都不行时看它是不是某个符号的凸函数，最小值又不小于 0。"""
    if expression.is_positive or (not strictly and expression.is_nonnegative):
        return True
    coefficient, rest = expression.as_coeff_Mul()
    if isinstance(rest, sp.Sum) and coefficient.is_positive and not strictly:
        # 上限小于下限的和，SymPy 约定取反，所以先要知道范围不倒着。
        forward = all((high - low + 1).is_nonnegative for _, low, high in rest.limits)
        return forward and _is_above_zero(rest.function, strictly)
    atoms = expression.atoms(sp.Indexed) or expression.free_symbols
    return any(_convex_minimum_is_above_zero(expression, a, strictly) for a in _sorted(atoms))


def _convex_minimum_is_above_zero(expression, variable, strictly):
    """固定其他符号，证明它是 variable 的凸函数、驻点合乎假设、驻点处的值不小于 0。"""
    if not variable.is_real or variable.free_symbols & _bound_indices(expression):
        return False
    x = sp.Dummy("x", positive=variable.is_positive or None, real=True)
    function = expression.xreplace({variable: x})
    if not _is_smooth(function, x):
        return False
    curvature = sp.factor(sp.diff(function, x, 2))
    if not curvature.is_positive:
        return False
    try:
        stationary = sp.solve(sp.diff(function, x), x)
    except NotImplementedError:
        return False
    if len(stationary) != 1 or not _allowed(x, stationary[0], None):
        return False
    value = sp.simplify(sp.expand_log(function.subs(x, stationary[0])))
    return bool(value.is_positive or (not strictly and value.is_nonnegative))


def _is_smooth(function, x):
    """在 x 的整个范围里有定义、光滑：只由加、乘、exp、正数的 log 和正数的幂（或自然数次幂）组成。"""
    if not function.has_free(x) or function == x:
        return True
    if isinstance(function, sp.log) and not function.args[0].is_positive:
        return False
    if function.is_Pow and not (
        function.base.is_positive or function.exp.is_integer and function.exp.is_nonnegative
    ):
        return False
    if not isinstance(function, sp.Add | sp.Mul | sp.Pow | sp.exp | sp.log):
        return False
    return all(_is_smooth(part, x) for part in function.args)


def _evaluated(expression, context):
    """求完导数、积分、极限与有限和；下标落在范围内的条件随即成立。"""
    # 求导可以产生含 KroneckerDelta 的和，求和又产生带条件的分段式，所以一直做到不再变化。
    expression = _with_private_indices(expression)
    while True:
        # 积分用原函数之差来算，只有被积函数处处光滑时才对：跨过极点的积分不求，留着就证不出来。
        safe = all(_is_smooth_integral(e) for e in expression.atoms(sp.Integral))
        evaluated = expression.doit(integrals=safe).replace(
            lambda e: isinstance(e, sp.Piecewise),
            lambda e: sp.Piecewise(*[(value, context.in_range(test)) for value, test in e.args]),
        )
        if evaluated == expression:
            return evaluated
        expression = evaluated


def _is_smooth_integral(integral):
    if len(integral.limits) != 1 or len(integral.limits[0]) != 3:
        return False
    variable, low, high = integral.limits[0]
    positive = True if low.is_extended_nonnegative and high.is_extended_nonnegative else None
    x = sp.Dummy("x", positive=positive, real=True)
    return _is_smooth(integral.function.xreplace({variable: x}), x)


def _with_private_indices(expression):
    """哑下标换成谁也碰不到的名字：否则对 p[i] 求导时，SymPy 会把求和号里的 i 当成同一个 i。"""

    def renamed(total):
        function, *limits = total.args
        names, private = {}, []
        # 从外往里：里层的上下限可以用外层的下标，而一个下标自己的上下限里的同名符号是外面的。
        for index, low, high in reversed(limits):
            low, high = low.xreplace(names), high.xreplace(names)
            names[index] = sp.Dummy(str(index), integer=True)
            private.insert(0, (names[index], low, high))
        return total.func(function.xreplace(names), *private)

    return expression.replace(lambda e: isinstance(e, sp.Sum | sp.Product), renamed)


def _cases(expression, context):
    """求值、换元以后，把需要分情形的量逐个代入。"""
    expression = context.open_intervals(_evaluated(expression, context))
    for rule in _case_rules(expression, _free_atoms(expression), context):
        yield _replaced(expression, rule).doit(integrals=False)


def _case_rules(expression, atoms, context):
    """各种情形的替换规则：只取有限个值的量取遍它的值；正负要紧而未定的实数，分正、零、负。

    求和号里的 z[j] 不在此列：它是许多个量，不能一起取同一个值。不必分情形时，只有一条空的规则。
    """
    bound = _bound_indices(expression)
    needs_sign = expression.has(*SIGN_DEPENDENT)
    choices = {}
    for atom in _sorted(atoms):
        domain = context.domain_of(atom)
        if atom.free_symbols & bound:
            continue
        if isinstance(domain, sp.FiniteSet):
            choices[atom] = domain
        elif needs_sign and atom.is_real and not (atom.is_positive or atom.is_negative):
            size = sp.Dummy("size", positive=True)
            choices[atom] = (size, sp.S.Zero, -size)
    for values in itertools.product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def _bound_indices(expression):
    """求和号、连乘号自己的下标。"""
    return {limit[0] for e in expression.atoms(sp.Sum, sp.Product) for limit in e.limits}


def _reduced(expression, context):
    """把表达式化到尽头；只有真的化成 0 才算证明。每种变形都在声明的假设下成立，从不 force。"""
    seen = expression
    for transform in (_with_expanded_logs, sp.powsimp, _as_one_fraction, _simplified):
        seen = _with_facts(_merged_sums(transform(seen), context), context)
        if seen == 0:
            return seen
        seen = sp.expand(seen)
        if seen == 0:
            return seen
    return seen


def _simplified(expression):
    """sp.simplify；含分段的和号当成一个量：SymPy 会把分段条件连同哑下标搬到和号外面。"""
    stand_ins = {e: sp.Dummy() for e in expression.atoms(sp.Sum, sp.Product) if e.has(sp.Piecewise)}
    back = {d: e for e, d in stand_ins.items()}
    try:
        return sp.simplify(expression.xreplace(stand_ins), doit=False).xreplace(back)
    except StopIteration:  # SymPy 1.14 的 sum_simplify 有时这样崩溃
        return expression


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
        if left.is_Add:  # a + b + c = 1：消去一个量；展开以后 subs 就认不出整个和了
            for atom in _sorted(_free_atoms(left)):
                rest = sp.expand(left - atom)
                if not rest.has(atom) and not right.has(atom):
                    left, right = atom, right - rest
                    break
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
    """通项里只取有限个值的 z[i] 逐个代入，正负要紧的 x[i] 分三种情形；若各情形都是 0，通项就是 0。"""
    expanded = _with_expanded_logs(summand)
    if expanded == 0 or sp.cancel(sp.together(sp.powsimp(expanded))) == 0:
        return sp.S.Zero
    for rule in _case_rules(expanded, expanded.atoms(sp.Indexed), context):
        # 空的规则就是不分情形，上面已经试过了。
        if not rule or _simplified(_with_expanded_logs(_replaced(summand, rule))) != 0:
            return expanded
    return sp.S.Zero


def _split_sum(summand, index, low, high):
    total = sp.S.Zero
    for term in sp.Add.make_args(summand):
        outside, inside = term.as_independent(index, as_Add=False)
        if inside == 1:
            total += outside * (high - low + 1)
        else:
            taken = inside.atoms(sp.Dummy)
            name = next(d for d in INDICES[_nesting(inside) :] if d not in taken)
            total += outside * sp.Sum(inside.subs(index, name), (name, low, high))
    return total


# 规范的哑下标，按嵌套的深浅取：里层的和总比外层浅，不会撞名；哑符号也不会与作者的下标撞名。
INDICES = [sp.Dummy(f"i{depth}", integer=True) for depth in range(16)]


def _nesting(expression):
    """表达式里求和套了几层。"""
    return max((1 + _nesting(s.function) for s in expression.atoms(sp.Sum)), default=0)


# ---------------------------------------------------------------- 找反例

DIGITS = 30
POINTS = 6
# 在一个随机的点上算不出值（没有定义、SymPy 展不开），就换一个点：找不到反例不等于证明。
SAMPLING_ERRORS = (
    ArithmeticError,
    AttributeError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)


def _counterexample(before, after, relation, context):
    """代入随机的点找反例。找到时返回（点，上一步的值，这一步的值），否则返回 None。"""
    if any(_has_free_index(side) for fact in context.given for side in fact):
        return None  # 随机的点只能让等式在一个下标上成立，会冤枉对的步骤
    generator = random.Random(20)  # 固定的种子：同一步错误总是给出同一个点
    # 只取几个值的符号，要多试几次才试得全。
    listed = any(isinstance(domain, sp.FiniteSet) for domain in context.where.values())
    for _ in range(4 * POINTS if listed else POINTS):
        try:
            point = _Point(context, generator)
            left, right = point.value(before), point.value(after)
            usable = left is not None and right is not None and point.satisfies_facts()
        except SAMPLING_ERRORS:
            continue
        if not usable:
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


def _has_free_index(expression):
    free = expression.free_symbols
    return any(k.free_symbols & free for e in expression.atoms(sp.Indexed) for k in e.indices)


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
        # 先定下 K 与 k，写成一项一项的和，再求导：对符号 K 求导会引出费时的符号求和。
        expression = self._written_out(expression)
        if expression.has(sp.Derivative, sp.Limit, sp.Integral, sp.Subs):
            expression = self._written_out(expression.doit())
        return expression.doit()

    def _written_out(self, expression):
        expression = _with_private_indices(expression)
        integers = {s: self._sample(s) for s in _sorted(self._integers(expression))}
        # 里层的上下限可以依赖外层的下标，所以先展开最外层；SymPy 的 doit 只会从里往外。
        return expression.xreplace(integers).replace(lambda e: isinstance(e, sp.Sum), _written_out)

    def _integers(self, expression):
        """求和、连乘的上下限和自由下标，都要先定下来。"""
        found = {s for e in expression.atoms(sp.Sum, sp.Product) for _, *ends in e.limits for end in ends
                 for s in end.free_symbols}  # fmt: skip
        found |= {
            s for e in expression.atoms(sp.Indexed) for k in e.indices for s in k.free_symbols
        }
        found |= {
            s for s in expression.free_symbols if isinstance(self.context.domain_of(s), sp.Range)
        }
        return found - _bound_indices(expression)

    def _sample(self, atom):
        if atom not in self.values:
            domain = self.context.domain_of(atom)
            draw = sp.Rational(self.generator.randint(1, 40), 41)
            if isinstance(domain, sp.Range):
                room = domain.stop - domain.start - 1
                value = domain.start + self.generator.randint(
                    0, min(2, int(room)) if room.is_Integer else 2
                )
            elif isinstance(domain, sp.FiniteSet):
                value = self.generator.choice(sorted(domain, key=sp.default_sort_key))
            elif isinstance(domain, sp.Interval):
                value = domain.start + (domain.end - domain.start) * draw
            elif atom.is_integer:
                value = sp.Integer(self.generator.randint(3, 5)) * (
                    -1 if atom.is_nonpositive else 1
                )
            elif atom.is_nonnegative:
                value = 2 * draw
            elif atom.is_nonpositive:
                value = -2 * draw
            else:
                value = 6 * draw - 3
                if atom.is_real is None and self.generator.random() < 0.5:
                    value += sp.I * draw  # 没有声明为实数，就也试试复数
            self.values[atom] = value
        return self.values[atom]


def _written_out(total):
    """写成一项一项的和；上下限不是整数的（无穷级数）照旧。"""
    function, *inner, (index, low, high) = total.args
    if not (low.is_Integer and high.is_Integer):
        return total
    terms = [
        (sp.Sum(function, *inner) if inner else function).xreplace({index: sp.Integer(k)})
        for k in range(int(low), int(high) + 1)
    ]
    return sp.Add(*[t.replace(lambda e: isinstance(e, sp.Sum), _written_out) for t in terms])


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
    return sorted(atoms, key=lambda atom: (str(atom), sp.default_sort_key(atom)))


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
        first, *others = expression.args
        if first.is_Number and first.is_negative:
            size = others if first == -1 else [-first, *others]
            positive = size[0] if len(size) == 1 else sp.Mul(*size, evaluate=False)
            text = self._print(positive)
            return rf"- \left({text}\right)" if positive.is_Add else f"- {text}"
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
            # 和号管到哪里要看得清：别的项写在它前面。
            terms.sort(key=lambda t: isinstance(t.as_coeff_Mul()[1], sp.Sum))
        return self._as_written(super()._print_Add, sp.Add(*terms, evaluate=False), order="none")

    def _print_Exp1(self, expression, exp=None):
        # 常数 e 用正体，与正文一致。
        return r"\mathrm{e}"

    def _print_ExpBase(self, expression, exp=None):
        return self._do_exponent(rf"\mathrm{{e}}^{{{self._print(expression.args[0])}}}", exp)

    def _print_Sum(self, expression):
        text, body = super()._print_Sum(expression), self._print(expression.function)
        if expression.function.is_Add or not expression.function.could_extract_minus_sign():
            return text
        return text.removesuffix(body) + rf"\left({body}\right)"

    def _print_Piecewise(self, expression):
        text = super()._print_Piecewise(expression)
        return text.replace(r"\text{for}", r"\text{当}").replace(
            r"\text{otherwise}", r"\text{其他}"
        )

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
    if isinstance(factor, sp.Derivative | sp.Limit | sp.Integral | sp.Subs):
        return 3
    if isinstance(factor, sp.Function | sp.Sum | sp.Product):
        return 2
    return 1 if factor.as_base_exp()[0].is_Add else 0


def _latex(expression):
    return _TextbookPrinter().doprint(expression)


def _latex_text(text):
    r"""放进 \text{} 的文字：$...$ 里面照旧，外面的特殊字符转义。"""
    pieces = text.split("$")
    for k in range(0, len(pieces), 2):
        for character in "#%&_":
            pieces[k] = pieces[k].replace(character, "\\" + character)
    return "$".join(pieces)
