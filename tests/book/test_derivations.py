"""各章自己的推导：每一步弄坏以后，Derivation 都必须拒绝。

变异由机器从各章的推导里生成：改符号、改系数、丢一项、错下标、对调 p 与 q、改不等号。
先用数值（独立于 Derivation）排除碰巧仍然相等的，其余的一个也不许放过。
"""

import contextlib
import io
import random

import matplotlib
import matplotlib.pyplot as plt
import pytest
import sympy as sp
from chapters import CHAPTERS

from ce_book import derivation
from ce_book.derivation import Derivation, DerivationError


def _derivations(chapter):
    """执行一章的全部代码格，收集其中建成的推导。"""
    found, original = [], Derivation.__init__

    def remember(self, *args, **kwargs):
        original(self, *args, **kwargs)
        found.append(self)

    namespace = {}
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setattr(Derivation, "__init__", remember)
        patch.setattr(plt, "show", lambda: plt.close("all"))
        for cell in chapter.code_cells:
            exec(compile(cell.source, chapter.name, "exec"), namespace)
    plt.close("all")
    return [d for d in found if len(d.lines) > 1]


@pytest.fixture(scope="module")
def derivations(chapter):
    """一章的全部推导。"""
    matplotlib.use("agg")
    with plt.rc_context():
        return _derivations(chapter)


def mutants(expression):
    """(怎么弄坏的, 弄坏后的表达式)。"""
    yield "整体变号", -expression
    yield "整体乘 2", 2 * expression
    yield "多加 1", expression + 1
    for where, part in _parts(expression):
        terms = sp.Add.make_args(part)
        for k, term in enumerate(terms):
            others = sp.Add(*terms[:k], *terms[k + 1 :])
            yield f"{where}第 {k + 1} 项变号", expression.xreplace({part: others - term})
            yield f"{where}第 {k + 1} 项乘 2", expression.xreplace({part: others + 2 * term})
            if len(terms) > 1:
                yield f"{where}丢掉第 {k + 1} 项", expression.xreplace({part: others})
    for atom in sorted(expression.atoms(sp.Indexed), key=str):
        for k, index in enumerate(atom.indices):
            shifted = atom.base[(*atom.indices[:k], index + 1, *atom.indices[k + 1 :])]
            yield f"{atom} 的第 {k + 1} 个下标加 1", expression.xreplace({atom: shifted})
    names = {a.base: a for a in expression.atoms(sp.Indexed)}
    if len(names) == 2 and len({len(a.indices) for a in names.values()}) == 1:
        a, b = sorted(names, key=str)
        swap = {x: (b if x.base == a else a)[x.indices] for x in expression.atoms(sp.Indexed)}
        yield f"对调 {a} 与 {b}", expression.xreplace(swap)
    symbols = sorted(expression.free_symbols - expression.atoms(sp.IndexedBase), key=str)
    symbols = [s for s in symbols if str(s) in ("p", "q") and not isinstance(s, sp.IndexedBase)]
    if len(symbols) == 2:
        yield "对调 p 与 q", expression.xreplace(dict(zip(symbols, symbols[::-1], strict=True)))
    for log in sorted(expression.atoms(sp.log), key=str):
        yield f"{log} 丢了对数", expression.xreplace({log: log.args[0]})


def _parts(expression):
    """整个表达式，以及每个和号里面的通项。"""
    yield "", expression
    for total in sorted(expression.atoms(sp.Sum), key=str):
        yield "和式里", total.function


def _random_value(atom, where, generator):
    """一个符号合乎前提的随机值。"""
    domain = where.get(atom.base if isinstance(atom, sp.Indexed) else atom)
    if isinstance(domain, sp.FiniteSet):
        return generator.choice(sorted(domain, key=str))
    if isinstance(domain, sp.Interval):
        return domain.start + (domain.end - domain.start) * generator.uniform(0.1, 0.9)
    return generator.uniform(0.2, 0.8) if atom.is_positive else generator.uniform(-1.5, 1.5)


def _still_equal(before, after, where, given):
    """与 Derivation 无关的数值判断：随机代入后两边是否仍然相等；判断不了时返回 None。"""
    generator = random.Random(7)
    values = {}

    def concrete(expression):
        # 先定下 K 与 k 再求导、求和：对符号 K 求和很慢。
        sizes = [s for s in expression.free_symbols if s.is_Symbol and s.is_integer]
        expression = expression.xreplace({s: sp.Integer(2 if s in where else 3) for s in sizes})
        expression = expression.doit()
        inside = {a.base.label for a in expression.atoms(sp.Indexed)}
        atoms = expression.atoms(sp.Indexed) | (expression.free_symbols - inside)
        for atom in sorted(atoms, key=str):
            if not isinstance(atom, sp.IndexedBase):
                values.setdefault(atom, _random_value(atom, where, generator))
        return expression

    for _ in range(5):
        values.clear()
        sides = [concrete(before), concrete(after)]
        for fact in given:
            if isinstance(fact.lhs, sp.Sum | sp.Add):  # 概率之和是 1：把这一族归一化
                left = concrete(fact.lhs)
                family = left.atoms(sp.Indexed) or left.free_symbols
                scale = fact.rhs / left.subs(values)
                values.update({a: values[a] * scale for a in family})
            else:
                values[fact.lhs] = sp.N(fact.rhs.subs(values))
        numbers = [sp.N(side.subs(values)) for side in sides]
        if not all(number.is_number and number.is_finite for number in numbers):
            return None
        if abs(numbers[0] - numbers[1]) > 1e-9:
            return False
    return True


def _broken_steps(chain):
    for d in chain:
        previous = d.start
        for relation, expression, why in d.lines[1:]:
            if relation == "=":
                for how, mutant in mutants(expression):
                    yield d, previous, how, mutant, why
                previous = expression


FLIP = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


class EveryStep:
    """每章的每一步都要过的四关。各部分各成一类，好让几个进程分头测（--dist loadscope）。"""

    def test_every_mutated_step_is_rejected(self, derivations, record_property):
        rejected, skipped, accepted, with_point = [], [], [], 0
        for d, previous, how, mutant, why in _broken_steps(derivations):
            if mutant == previous or _still_equal(previous, mutant, d.where, d.given):
                skipped.append((why, how))
                continue
            try:
                Derivation(previous, d.title, where=d.where, given=d.given).step(mutant, why)
            except DerivationError as error:
                rejected.append((why, how))
                with_point += error.point is not None
            else:
                accepted.append((why, how, mutant))
        # pytest --junitxml=… 里看得到每章的个数。
        record_property("rejected", len(rejected))
        assert not accepted, f"放过了 {len(accepted)} 个错误：{accepted[:5]}"
        assert len(rejected) >= 25, "弄坏的步骤太少，测不出什么"
        assert len(skipped) < len(rejected) / 4, f"跳过的太多：{skipped}"
        # 拒绝的时候，多半说得出反例，而不只是“证不出来”。
        assert with_point >= 0.95 * len(rejected)

    def test_reversed_inequalities_are_rejected(self, derivations):
        for d in derivations:
            relation, value, why = d.lines[-1]
            if relation in FLIP:
                with pytest.raises(DerivationError):
                    Derivation(d.result, d.title, where=d.where, given=d.given).bound(
                        FLIP[relation], value, why
                    )

    def test_nothing_was_accepted_by_sampling(self, derivations, monkeypatch):
        """找反例的那一半关掉以后，各章的每一步仍然都能证明。"""
        monkeypatch.setattr(derivation, "_counterexample", lambda *_: None)
        steps = 0
        for d in derivations:
            again = Derivation(d.start, d.title, where=d.where, given=d.given)
            for relation, expression, why in d.lines[1:]:
                again.step(expression, why) if relation == "=" else again.bound(
                    relation, expression, why
                )
                steps += 1
        assert steps >= 3

    def test_without_the_prover_every_step_fails(self, derivations, monkeypatch):
        """证明的那一半关掉以后，没有一步能过：代入数值从不用来认可一步。"""
        monkeypatch.setattr(derivation, "_prove_zero", lambda difference, _: (False, difference))
        for d in derivations:
            relation, expression, why = d.lines[1]
            if relation == "=":
                with pytest.raises(DerivationError, match="没能证明"):
                    Derivation(d.start, d.title, where=d.where, given=d.given).step(expression, why)


class TestInformation(EveryStep):
    part = "information"


class TestLikelihood(EveryStep):
    part = "likelihood"


class TestLabels(EveryStep):
    part = "labels"


class TestAppendix(EveryStep):
    part = "appendix"


def test_every_chapter_belongs_to_a_tested_part():
    parts = {tested.part for tested in EveryStep.__subclasses__()}
    assert {chapter.name.split("/")[0] for chapter in CHAPTERS} == parts
