"""Order conditions, error coefficients and effective order, against formulas written out here."""

import math
from collections import Counter
from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from imde_sym.method import ButcherTableau, methods
from imde_sym.series import (
    BSeries,
    adjoint,
    compose,
    effective_order,
    energy_preserving_order,
    error_coefficients,
    error_norm,
    exact_series,
    generic_series,
    generic_tableau,
    identity_series,
    inverse,
    log,
    method_series,
    order_conditions,
    order_of_accuracy,
    scale,
    symmetric_order,
    symplectic_order,
)
from imde_sym.trees import RootedTree
from tests.rows import rows
from tests.series.random_series import partitioned, series
from tests.strategies import examples, rationals, tableaux

few = examples(6)


def values_of(m, names):
    """The numbers of a tableau for the symbols a21, ..., b1, ... of a generic one."""
    entries = {f"a{i + 1}{j + 1}": a for i, row in enumerate(m.A) for j, a in enumerate(row)}
    entries |= {f"b{i + 1}": b for i, b in enumerate(m.b)}
    return {x: sympy.Rational(e.numerator, e.denominator) if isinstance(e := entries[str(x)], Fraction) else e for x in names}


def holds(equation, values):
    reached = equation.subs(values)
    return bool(reached if reached in (True, False) else sympy.simplify(reached.lhs - reached.rhs) == 0)


@pytest.mark.parametrize("name", ["rk4", "rk38", "gill4"])
def test_four_stage_methods_satisfy_the_eight_conditions(name):
    """HNW II.1: Kutta's eight conditions for order 4; gill4 with sqrt(2)."""
    generic = generic_tableau(4)
    conditions = order_conditions(method_series(generic, 5), 4)
    values = values_of(methods[name], generic.parameters)
    assert len(conditions) == 8
    assert all(holds(e, values) for e in conditions.values())


def test_conditions_that_fail_are_those_of_the_trees_that_fail():
    conditions = order_conditions(method_series(generic_tableau(4), 4))
    m = ButcherTableau([[0] * 4, ["1/2", 0, 0, 0], [0, "1/2", 0, 0], [0, 0, 1, 0]], ["1/6", "1/3", "1/3", "1/6"])
    spoiled = ButcherTableau((*m.A[:2], ("1/4", "1/4", 0, 0), *m.A[3:]), m.b)
    values = values_of(spoiled, generic_tableau(4).parameters)
    failing = {t for t, e in conditions.items() if not holds(e, values)}
    a = method_series(spoiled, 4)
    assert failing == {t for t, v in a.items() if v * t.density != 1} and failing


def test_conditions_of_the_generic_tableau_are_those_of_the_book():
    a21, a31, a32, b1, b2, b3 = sympy.symbols("a21 a31 a32 b1 b2 b3")
    c3 = a31 + a32
    sides = [b1 + b2 + b3, b2 * a21 + b3 * c3, b2 * a21**2 + b3 * c3**2, b3 * a32 * a21]
    found = order_conditions(method_series(generic_tableau(3), 3))
    for (tree, equation), side, density in zip(found.items(), sides, [1, 2, 3, 6], strict=True):
        assert sympy.expand(equation.lhs - side) == 0 and equation.rhs == sympy.Rational(1, density)
        assert tree.density == density


def test_three_stages_do_not_reach_order_four():
    """Σ b_i a_ij a_jk c_k is identically 0 for three explicit stages, so its condition is false (HNW II.1)."""
    conditions = order_conditions(method_series(generic_tableau(3), 4))
    assert conditions[RootedTree("[[[[]]]]")] == sympy.false
    assert [t for t, e in conditions.items() if e == sympy.false] == [RootedTree("[[[[]]]]")]


def test_conditions_of_numbers_are_true_or_false():
    conditions = order_conditions(method_series(methods["rk4"], 6), 5)
    assert max(t.order for t in conditions) == 5
    assert [e == sympy.true for e in conditions.values()] == [t.order <= 4 for t in conditions]


def test_the_generic_full_tableau_has_all_entries():
    full = generic_tableau(2, explicit=False)
    assert full.A == (tuple(sympy.symbols("a11 a12")), tuple(sympy.symbols("a21 a22")))
    assert full.b == tuple(sympy.symbols("b1 b2"))
    values = values_of(methods["gauss2"], full.parameters)
    assert all(holds(e, values) for e in order_conditions(method_series(full, 4)).values())


def sigma(tree):
    return math.prod(math.factorial(n) * sigma(t) ** n for t, n in Counter(tree.children).items())


def gamma(tree):
    return tree.order * math.prod(map(gamma, tree.children))


def weight(m, tree):
    def phi(i, t):
        return math.prod((sum(a * phi(j, c) for j, a in enumerate(m.A[i]) if a) for c in t.children), start=Fraction(1))

    return sum(b * phi(i, tree) for i, b in enumerate(m.b) if b)


@pytest.mark.parametrize(
    "name", ["explicit_euler", "ralston2", "kutta3", "rk4", "rk38", "dormand_prince5", "bogacki_shampine5", "prince_dormand6"]
)
def test_error_coefficients_are_those_of_the_definition(name):
    """(Φ(t) - 1/γ(t))/σ(t) over the trees one order above the method's, each by its own recursion."""
    m = methods[name]
    found = error_coefficients(method_series(m, m.order + 2))
    assert {t.order for t in found} == {m.order + 1}
    expected = {t: (weight(m, t) - Fraction(1, gamma(t))) / sigma(t) for t in found}
    assert found == expected
    norm = math.sqrt(math.fsum(float(v) ** 2 for v in expected.values()))
    assert math.isclose(error_norm(method_series(m, m.order + 1)), norm, rel_tol=1e-13)


def test_principal_error_of_dormand_prince_is_the_published_one():
    """A^(6) = 3.99e-4 (Dormand, Prince 1980; HNW II.5)."""
    assert f"{error_norm(method_series(methods['dopri5'], 6)):.2e}" == "3.99e-04"


def test_principal_error_of_rk4_is_the_one_written_out():
    """The nine conditions of order 5 for 1/6, 1/3, 1/3, 1/6 at 0, 1/2, 1/2, 1 (HNW II.1, Table 2.2 for γ and α)."""
    weights = {
        "[[],[],[],[]]": ("5/24", 5, 24),
        "[[],[],[[]]]": ("5/48", 10, 2),
        "[[],[[],[]]]": ("1/16", 15, 2),
        "[[],[[[]]]]": ("1/24", 30, 1),
        "[[[]],[[]]]": ("1/16", 20, 2),
        "[[[],[],[]]]": ("1/24", 20, 6),
        "[[[],[[]]]]": ("1/48", 40, 1),
        "[[[[],[]]]]": ("1/48", 60, 2),
        "[[[[[]]]]]": (0, 120, 1),
    }
    expected = {RootedTree(t): (Fraction(phi) - Fraction(1, g)) / s for t, (phi, g, s) in weights.items()}
    assert error_coefficients(method_series(methods["rk4"], 5)) == expected


def test_ralstons_method_has_the_least_principal_error_of_its_family():
    """Ralston 1962: α = 2/3 among all explicit methods with two stages and order 2."""
    alpha = sympy.Symbol("alpha", positive=True)
    family = ButcherTableau([[0, 0], [alpha, 0]], [1 - 1 / (2 * alpha), 1 / (2 * alpha)])
    squares = sum(v**2 for v in error_coefficients(method_series(family, 3), 3).values())
    assert sympy.solve(sympy.diff(sympy.sympify(squares), alpha), alpha) == [sympy.Rational(2, 3)]
    least = error_norm(method_series(methods["ralston2"], 3))
    assert least < min(error_norm(method_series(methods[n], 3)) for n in ("heun2", "explicit_midpoint"))
    assert math.isclose(least, 1 / 6)


def test_norms_of_the_error():
    a = method_series(methods["rk4"], 6)
    values = [abs(v) for v in error_coefficients(a).values()]
    assert error_norm(a, norm=math.inf) == float(max(values))
    assert math.isclose(error_norm(a, norm=1), float(sum(values)))
    assert error_norm(a, 3) == 0.0
    assert error_norm(a, 6) > 0


def test_a_complex_error_has_a_real_norm():
    assert error_norm(BSeries(2, [1, 0.5 + 0.25j])) == 0.25


def test_butchers_method_has_effective_order_five_with_five_stages():
    """Butcher 1969: order 5 itself needs six stages (HNW II.5), this one has order 4."""
    m = methods["butcher_effective5"]
    assert m.stages == 5 and m.order == 4
    assert effective_order(method_series(m, 7)) == 5


@rows("name", ["explicit_euler", "heun2", "kutta3", "rk4", "rk38", "dormand_prince5", "implicit_midpoint", "gauss2"])
def test_effective_order_of_common_methods_is_their_order(name):
    m = methods[name]
    assert effective_order(method_series(m, 6)) == m.order


@pytest.mark.parametrize(
    ("name", "starter"), [("rk4", "explicit_euler"), ("rk4", "heun2"), ("kutta3", "implicit_euler"), ("dormand_prince5", "heun2")]
)
def test_processing_hides_the_order_but_not_the_effective_order(name, starter):
    """χ of order q is a flow up to h^q and commutes so far with the method, which leaves order q + 1."""
    a, chi = (method_series(methods[n], 6) for n in (name, starter))
    processed = compose(chi, a, inverse(chi))
    assert order_of_accuracy(processed) == methods[starter].order + 1 < methods[name].order
    assert effective_order(processed) == methods[name].order


@pytest.mark.parametrize("case", [(6, 1), (4, 2)])
@few
@given(st.data())
def test_effective_order_is_invariant_under_conjugation(case, data):
    order, colors = case
    chi = data.draw(series(order, colors))
    a = method_series(
        data.draw(st.sampled_from([methods[n] for n in ("kutta3", "heun2", "explicit_euler", "rk4")])), order, colors
    )
    assert effective_order(compose(chi, a, inverse(chi))) == effective_order(a)
    assert effective_order(compose(chi, exact_series(order, colors), inverse(chi))) == order


@few
@given(tableaux(), partitioned())
def test_effective_order_is_at_least_the_order(m, p):
    for a in (method_series(m, 5), method_series(p, 4)):
        assert effective_order(a) >= order_of_accuracy(a)


def test_trapezoidal_rule_and_midpoint_rule_are_conjugate():
    """HLW VI.8: half a step of explicit Euler carries one into the other, so the trapezoidal rule is conjugate symplectic."""
    euler = scale(method_series(methods["explicit_euler"], 6), "1/2")
    trapezoid, midpoint = (method_series(methods[n], 6) for n in ("trapezoid", "implicit_midpoint"))
    assert compose(inverse(euler), trapezoid, euler) == midpoint
    assert symplectic_order(trapezoid) == 2 and symplectic_order(midpoint) == 6
    assert effective_order(trapezoid) == effective_order(midpoint) == 2


def test_an_order_of_zero_where_the_weights_do_not_sum_to_one():
    a = scale(exact_series(4), "1/2")
    assert effective_order(a) == order_of_accuracy(a) == 0
    assert effective_order(identity_series(3)) == 0
    assert effective_order(generic_series(3)) == 0


SYMMETRIC = ["implicit_midpoint", "trapezoid", "gauss2", "lobatto_iiia_3", "lobatto_iiib_3"]


@rows("name", [*SYMMETRIC, "rk4", "explicit_euler", "radau_iia_2", "lobatto_iiic_3"])
def test_symmetric_order_tells_symmetric_methods_from_others(name):
    """HLW V.2; a method of even order p is symmetric up to p + 1 at least, one of odd order up to p."""
    m, even = methods[name], name in SYMMETRIC
    p = m.order
    assert symmetric_order(method_series(m, 8)) == (8 if even else p + 1 - p % 2)
    assert symmetric_order(log(method_series(m, 8))) == symmetric_order(method_series(m, 8))
    assert m.is_symmetric == even


@few
@given(st.data())
def test_symmetric_order_is_where_a_map_leaves_its_adjoint(data):
    a = data.draw(series(5)) if data.draw(st.booleans()) else method_series(data.draw(tableaux()), 5)
    difference = a - adjoint(a)
    first = min((t.order for t, v in difference.items() if v), default=6)
    assert symmetric_order(a) == min(first - 1, 5)


@few
@given(tableaux(), rationals().filter(bool))
def test_structure_does_not_depend_on_the_step_size(m, s):
    a = method_series(m, 5)
    for order in (symmetric_order, symplectic_order, energy_preserving_order):
        assert order(scale(a, s)) == order(a)


@few
@given(tableaux())
def test_a_map_and_its_inverse_preserve_the_same(m):
    a = method_series(m, 5)
    for order in (symmetric_order, symplectic_order, energy_preserving_order):
        assert order(inverse(a)) == order(a)


@few
@given(tableaux())
def test_symplectic_order_by_the_condition_on_maps(m):
    """a(u∘v) + a(v∘u) = a(u) a(v) for all trees with |u| + |v| <= p (HLW Thm VI.7.6)."""
    a = method_series(m, 6)

    def defect(u, v):
        uv, vu = (RootedTree.with_children((*x.children, y)) for x, y in ((u, v), (v, u)))
        return a[uv] + a[vu] - a[u] * a[v]

    failing = [u.order + v.order for u in a for v in a if u.order + v.order <= 6 and defect(u, v)]
    assert symplectic_order(a) == min(failing, default=7) - 1
