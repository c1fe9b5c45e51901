"""Every law stays in the arithmetic of its coefficients: rationals, symbols, roots, floats, complex and mpmath numbers."""

from fractions import Fraction
from operator import add, sub

import mpmath
import numpy as np
import pytest
import sympy

from imde_sym.base.errors import RingError
from imde_sym.method import ButcherTableau, PartitionedTableau, methods
from imde_sym.series import (
    BSeries,
    adjoint,
    compose,
    effective_order,
    error_coefficients,
    exact_series,
    exp,
    generic_series,
    identity_series,
    inverse,
    inverse_modified_series,
    linear_combination,
    log,
    method_series,
    modified_series,
    order_of_accuracy,
    scale,
    substitute,
    symmetric_order,
    symplectic_order,
)
from imde_sym.trees import RootedTree
from tests.rows import rows

alpha = sympy.Symbol("alpha")
FAMILY = ButcherTableau([[0, 0], [alpha, 0]], [1 - 1 / (2 * alpha), 1 / (2 * alpha)], name="family")
ORDER = 5

LAWS = {
    "exp": lambda a: exp(log(a)),
    "log": log,
    "compose": lambda a: compose(a, a, a),
    "steps": lambda a: compose(a, a, steps=["1/2", "1/3"]),
    "inverse": inverse,
    "adjoint": adjoint,
    "scale": lambda a: scale(a, "2/3"),
    "substitute": lambda a: substitute(log(a), a),
    "modified": modified_series,
    "inverse modified": inverse_modified_series,
    "sum": lambda a: 2 * a - exact_series(a.order) / 3,
    "negative": lambda a: -a,
    "truncate": lambda a: a.truncate(2),
}


def rational():
    return ButcherTableau([["1/3", "1/5"], ["-1/2", "2/7"]], ["1/4", "2/3"])


def converted(number):
    m = rational()
    return ButcherTableau([[number(x) for x in row] for row in m.A], [number(x) for x in m.b])


def to_complex(x):
    return complex(float(x), float(x) / 8)


def to_mpf(x):
    return mpmath.mpf(x.numerator) / x.denominator


def distance(a, b):
    return max(abs(complex(x) - complex(y)) for x, y in zip(a.coefficients, b.coefficients, strict=True))


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("number", "kind"), [(Fraction, Fraction), (float, float), (to_complex, complex), (to_mpf, mpmath.mpf)])
def test_laws_keep_the_type_of_the_numbers(law, number, kind):
    a = method_series(converted(number), ORDER)
    result = LAWS[law](a)
    assert {type(v) for v in result.coefficients} == {kind}
    if number is not to_complex:
        assert distance(result, LAWS[law](method_series(rational(), ORDER))) < (0 if kind is Fraction else 1e-12) + 1e-300


@rows("law", LAWS)
def test_laws_of_mpmath_series_keep_their_digits(law):
    with mpmath.workdps(50):
        found = LAWS[law](method_series(converted(to_mpf), ORDER)).coefficients
        expected = LAWS[law](method_series(rational(), ORDER)).coefficients
        assert max(abs(v - to_mpf(x)) for v, x in zip(found, expected, strict=True)) < mpmath.mpf(10) ** -45


def test_floats_are_not_rounded_rationals_nor_rationals_floats():
    a, f = method_series(methods["rk4"], 4), method_series(converted(float), 4)
    assert {type(v) for v in (a + f).coefficients} == {float}
    assert {type(v) for v in (0.5 * a).coefficients} == {float} and {type(v) for v in (a / 2).coefficients} == {Fraction}
    assert (0.5 * a).coefficients == tuple(map(float, (a / 2).coefficients))
    assert (a * "1/3")["[]"] == Fraction(1, 3) == (sympy.Rational(1, 3) * a)["[]"]


def test_the_types_order_themselves_rational_float_complex_mpmath():
    samples = [method_series(converted(n), 3) for n in (Fraction, float, to_complex)]
    for i, one in enumerate(samples):
        for j, other in enumerate(samples):
            for law in (add, sub, compose):
                assert {type(v) for v in law(one, other).coefficients} == {[Fraction, float, complex][max(i, j)]}
    m = method_series(converted(to_mpf), 3)
    assert {type(v) for v in compose(m, samples[1]).coefficients} == {mpmath.mpf}
    assert {type(v) for v in (m + samples[2]).coefficients} == {mpmath.mpc}


# -- symbols ----------------------------------------------------------------------------------------
A, B, C = (generic_series(4, name) for name in "abc")
U, V = (generic_series(4, name, empty=0) for name in "uv")


def test_generic_series_have_one_symbol_for_each_coefficient():
    for s in (A, generic_series(3, "x", colors=3), generic_series(3, colors=10)):
        assert len(set(s.coefficients)) == len(s) and all(isinstance(v, sympy.Symbol) for v in s.coefficients)
    assert A["[[],[]]"] == sympy.Symbol("a_011")
    assert generic_series(2, colors=2)["[1[]]"] == sympy.Symbol("a_01_10")
    assert A.is_map and U.is_field


def test_laws_of_generic_series_are_identities_of_polynomials():
    one = identity_series(4)
    assert compose(compose(A, B), C) == compose(A, compose(B, C))
    assert compose(A, inverse(A)) == compose(inverse(A), A) == one
    assert exp(log(A)) == A and log(exp(U)) == U
    assert adjoint(adjoint(A)) == A and adjoint(compose(A, B)) == compose(adjoint(B), adjoint(A))
    assert substitute(U, compose(A, B)) == compose(substitute(U, A), substitute(U, B))
    assert substitute(U, substitute(V, A)) == substitute(substitute(U, V), A)


def test_laws_of_generic_coloured_series_are_identities_of_polynomials():
    a, b, c = (generic_series(3, name, colors=2) for name in "abc")
    u = generic_series(3, "u", empty=0, colors=2)
    assert compose(compose(a, b), c) == compose(a, compose(b, c))
    assert exp(log(a)) == a
    assert substitute(u, compose(a, b)) == compose(substitute(u, a), substitute(u, b))


def test_the_group_law_of_generic_series_is_the_one_in_the_book():
    """HLW III.1.4, the first four lines: a first, then b."""
    ab = compose(A, B)
    a1, a2, a31, a32 = A.coefficients[:4]
    b1, b2, b31, b32 = B.coefficients[:4]
    expected = [
        a1 + b1,
        a2 + b1 * a1 + b2,
        a31 + b1 * a1**2 + 2 * b2 * a1 + b31,
        a32 + b1 * a2 + b2 * a1 + b32,
    ]
    assert all(sympy.expand(x - y) == 0 for x, y in zip(ab.coefficients, expected))


def test_the_inverse_modified_field_of_a_generic_series_divides_by_its_first_coefficient():
    """By hand: c(τ) = 1/a(τ), and a(τ) c([τ]) + a([τ]) c(τ)² = 1/2."""
    c = inverse_modified_series(A)
    a0, a01 = A["[]"], A["[[]]"]
    assert c["[]"] == 1 / a0
    assert sympy.cancel(c["[[]]"] - (sympy.Rational(1, 2) - a01 / a0**2) / a0) == 0
    assert substitute(c, A) == exact_series(4)
    assert substitute(modified_series(A), exact_series(4)) == A


def at(s, values):
    return BSeries(s.order, [v.subs(values) if isinstance(v, sympy.Basic) else v for v in s.coefficients], s.empty, s.colors)


@pytest.mark.parametrize(("value", "name"), [("1/2", "explicit_midpoint"), ("1", "heun2"), ("2/3", "ralston2")])
@pytest.mark.parametrize("make", [method_series, modified_series, inverse_modified_series])
def test_the_one_parameter_family_specialises_to_its_members(value, name, make):
    values = {alpha: sympy.Rational(value)}
    assert at(make(FAMILY, 6), values) == make(methods[name], 6)
    by_series = make(method_series(FAMILY, 6)) if make is not method_series else method_series(FAMILY, 6)
    assert by_series == make(FAMILY, 6)


def test_structure_of_the_family_holds_for_every_parameter():
    a = method_series(FAMILY, 4)
    assert order_of_accuracy(a) == effective_order(a) == 2
    assert sorted(map(str, error_coefficients(a).values())) == ["-1/6", "alpha/4 - 1/6"]
    lawful = symplectic_order(inverse_modified_series(FAMILY, 4)), symplectic_order(a)
    assert lawful == (2, 2)


def test_a_symbolic_partitioned_method_specialises_too():
    theta = sympy.Symbol("theta")
    m = PartitionedTableau([ButcherTableau([[theta]], [1]), ButcherTableau([[1 - theta]], [1])])
    c = inverse_modified_series(m, 4)
    for value in (Fraction(0), Fraction(1, 2), Fraction(1, 3)):
        member = PartitionedTableau([ButcherTableau([[value]], [1]), ButcherTableau([[1 - value]], [1])])
        assert at(c, {theta: sympy.Rational(value.numerator, value.denominator)}) == inverse_modified_series(member, 4)
    # at 1/2 both parts are the midpoint rule
    assert symplectic_order(method_series(m, 4)) == 4


def test_symbols_as_step_fractions():
    s, t = sympy.symbols("s t")
    two = compose(exact_series(4), exact_series(4), steps=[s, t])
    assert all(sympy.expand(v - (s + t) ** tree.order / sympy.Integer(tree.density)) == 0 for tree, v in two.items())
    assert symmetric_order(scale(method_series(methods["trapezoid"], 4), s)) == 4


# -- roots ------------------------------------------------------------------------------------------
R3 = sympy.sqrt(3)
SKEW = ButcherTableau([["1/4", "1/4 - sqrt(3)/6"], ["1/4 + sqrt(3)/6", "1/4"]], [R3 / 2, 1 - R3 / 2])
"""The stages of Gauss with other weights, so that the roots stay in the series."""


def test_the_series_of_gauss_are_rational_though_its_tableau_is_not():
    for make in (method_series, modified_series, inverse_modified_series):
        assert {type(v) for v in make(methods["gauss2"], 6).coefficients} == {Fraction}
    a = method_series(methods["gauss2"], 6)
    assert inverse_modified_series(a) == inverse_modified_series(methods["gauss2"], 6)


def test_roots_stay_exact_in_every_law():
    a = method_series(SKEW, 3)
    assert any(isinstance(v, sympy.Basic) for v in a.coefficients)
    for law in LAWS.values():
        assert all(
            isinstance(v, Fraction) or (v.atoms(sympy.Pow) == {R3} and not v.atoms(sympy.Float)) for v in law(a).coefficients
        )
    assert exp(log(a)) == a and compose(a, inverse(a)) == identity_series(3)
    assert {type(v) for v in (a - a).coefficients} == {Fraction}
    c = inverse_modified_series(a)
    assert c == inverse_modified_series(SKEW, 3) and substitute(c, a) == exact_series(3)


def test_roots_agree_with_their_floats():
    exact = inverse_modified_series(method_series(SKEW, ORDER)).to_numpy()
    numbers = ButcherTableau([[float(x) for x in row] for row in SKEW.A], [float(x) for x in SKEW.b])
    assert np.abs(exact - inverse_modified_series(numbers, ORDER).to_numpy()).max() < 1e-12


def test_half_a_step_of_a_method_with_roots():
    """scale by sqrt(2) twice is the scale by 2, exactly."""
    a = method_series(methods["rk4"], 5)
    assert scale(scale(a, sympy.sqrt(2)), sympy.sqrt(2)) == scale(a, 2)


# -- what does not mix --------------------------------------------------------------------------------
@pytest.mark.parametrize("number", [0.5, 0.5j, mpmath.mpf("0.5")], ids=["float", "complex", "mpmath"])
@pytest.mark.parametrize("exact", [generic_series(2, "x"), method_series(SKEW, 2)], ids=["symbols", "roots"])
def test_floats_and_symbols_do_not_mix(number, exact):
    floats = BSeries(2, [1, number])
    for law in (
        add,
        sub,
        compose,
        lambda a, b: compose(b, a),
        lambda a, b: substitute(log(a), b),
        lambda a, b: substitute(log(b), a),
    ):
        with pytest.raises(RingError, match="cannot be mixed: write the floats as rationals"):
            law(exact, floats)
    for combine in (lambda: number * exact, lambda: exact / number, lambda: linear_combination([number], [exact])):
        with pytest.raises(RingError, match="cannot be mixed"):
            combine()


def test_an_expression_with_a_float_inside_is_refused_by_the_laws():
    a = BSeries(1, [sympy.Float(0.5) * alpha])
    with pytest.raises(RingError, match="mixes floats and symbols"):
        exp(log(a))


def test_symbolic_coefficients_of_a_rule_may_be_any_accepted_number():
    s = BSeries.from_rule(lambda t: [1, "1/3", sympy.Rational(2, 7), np.int64(3)][t.number()], 3)
    assert s.coefficients == (1, Fraction(1, 3), Fraction(2, 7), 3) and {type(v) for v in s.coefficients} == {Fraction}
    assert BSeries.from_rule(lambda t: alpha**t.order, 3)["[[[]]]"] == alpha**3
    assert BSeries.from_rule(lambda t: 1.0, 2, empty=0).is_field


def test_a_rule_of_the_densities_is_the_exact_flow():
    for colors in (1, 2):
        assert BSeries.from_rule(lambda t: Fraction(1, t.density), 4, colors=colors) == exact_series(4, colors)
    assert scale(exact_series(4), alpha) == BSeries.from_rule(lambda t: alpha**t.order * Fraction(1, t.density), 4)
    assert RootedTree("[]") in exact_series(1)
