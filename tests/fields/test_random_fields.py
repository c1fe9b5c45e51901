"""Random smooth expressions: value, derivative and normal form in the ring against plain sympy."""

from __future__ import annotations

import sympy
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from imde_sym.fields import DifferentialRing
from tests.strategies import examples

x, y, a = sympy.symbols("x y a")
AT = {x: sympy.Rational(61, 89), y: sympy.Rational(37, 73), a: sympy.Rational(17, 13)}
LEAVES = st.sampled_from([x, y, a, sympy.Integer(2), sympy.Rational(-1, 3)])
SMOOTH = [
    sympy.sin, sympy.cos, sympy.sinh, sympy.cosh, sympy.tanh, sympy.atan, sympy.asinh, sympy.erf, lambda e: 1 / (2 + e**2),
    lambda e: sympy.sqrt(3 + e**2), lambda e: (2 + e**2) ** sympy.Rational(-3, 2), lambda e: sympy.log(2 + e**2), lambda e: (1 + e**2) ** a,
    lambda e: sympy.exp(-(e**2)), lambda e: 1 / (1 + sympy.exp(-sympy.sin(e))), lambda e: 2 ** sympy.cos(e),
]  # fmt: skip


def larger(inner: st.SearchStrategy) -> st.SearchStrategy:
    return st.one_of(
        st.builds(lambda e, f: e + f, inner, inner),
        st.builds(lambda e, f: e * f, inner, inner),
        st.builds(lambda f, e: f(e), st.sampled_from(SMOOTH), inner),
        st.builds(lambda e, n: e**n, inner, st.integers(2, 3)),
    )


EXPRESSIONS = st.recursive(LEAVES, larger, max_leaves=5)
RATIONAL = st.recursive(
    st.sampled_from([x, y, sympy.sin(x), sympy.cos(x), sympy.exp(y), sympy.Integer(1), sympy.Integer(-2)]),
    lambda inner: st.one_of(
        st.builds(lambda e, f: e + f, inner, inner),
        st.builds(lambda e, f: e * f, inner, inner),
        st.builds(lambda e: 1 / (2 + e**2), inner),
        st.builds(lambda e, n: e / (x + n), inner, st.integers(0, 2)),
    ),
    max_leaves=6,
)
FEW = examples(40, suppress_health_check=[HealthCheck.too_slow])


def value(e) -> sympy.Expr:
    return e.subs(AT).evalf(30)


@given(EXPRESSIONS)
@FEW
def test_derivative_in_the_ring_has_the_value_of_sympys(e):
    ring = DifferentialRing([x, y], [e])
    p = ring.convert(e)
    assert abs(value(ring.to_sympy(p)) - value(e)) <= 1e-12 * (1 + abs(value(e)))
    for m, v in enumerate((x, y)):
        found, wanted = value(ring.to_sympy(ring.reduce(ring.along(p, ring.unit(m))))), value(sympy.diff(e, v))
        assert abs(found - wanted) <= 1e-12 * (1 + abs(wanted))


@given(RATIONAL)
@FEW
def test_rearranged_expressions_have_one_normal_form(e):
    for other in (sympy.expand(e), sympy.together(e)):
        ring = DifferentialRing([x, y], [e, other])
        p, q = ring.convert(e), ring.convert(other)
        assert ring.merge(p) == ring.merge(q) or not ring.merged.relations.complete
        answer = ring.zero_test(p - q)
        assert answer.zero and answer.proven
        assert not ring.zero_test(p - q + ring.polynomials.constant(sympy.Rational(1, 7).p)).zero


@given(EXPRESSIONS, EXPRESSIONS)
@FEW
def test_the_derivation_obeys_the_product_rule(e, f):
    ring = DifferentialRing([x, y], [e, f])
    p, q, unit = ring.convert(e), ring.convert(f), ring.unit(0)
    left = ring.along(ring.reduce(p * q), unit)
    assert ring.zero_test(left - ring.along(p, unit) * q - p * ring.along(q, unit)).zero
