"""The laws of B-series are the coproducts and antipodes evaluated on their coefficients."""

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import imde_sym as imde
from imde_sym.rings import to_sympy
from imde_sym.trees import (
    antipode,
    coproduct,
    count_rooted_trees,
    rooted_trees,
    substitution_antipode,
    substitution_coproduct,
)
from tests.strategies import examples, rationals, tableaux

ORDER = 6
QUICK = examples(8)


def all_trees(order=ORDER, colors=1):
    return [t for n in range(1, order + 1) for t in rooted_trees(n, colors)]


@st.composite
def series(draw, order=3, colors=2, empty=1):
    """Series with any rational coefficients."""
    size = sum(count_rooted_trees(n, colors) for n in range(1, order + 1))
    return imde.BSeries(order, [draw(rationals()) for _ in range(size)], empty, colors)


def scaled(series, theta):
    """t ↦ θ^|t| a(t)."""
    return {t: value * theta**t.order for t, value in series.items()}


@QUICK
@given(tableaux(), tableaux())
def test_composition_is_the_coproduct(m1, m2):
    a, b = imde.method_series(m1, ORDER), imde.method_series(m2, ORDER)
    both = imde.compose(a, b)
    for t in all_trees():
        assert coproduct(t).evaluate(a, b) == both[t]


@QUICK
@given(tableaux())
def test_the_inverse_map_is_the_antipode(m):
    a = imde.method_series(m, ORDER)
    back = imde.inverse(a)
    for t in all_trees():
        assert antipode(t).evaluate(a) == back[t]


@QUICK
@given(tableaux(), tableaux())
def test_substitution_is_the_substitution_coproduct(m1, m2):
    b, a = imde.modified_series(m1, ORDER), imde.method_series(m2, ORDER)
    both = imde.substitute(b, a)
    for t in all_trees():
        assert substitution_coproduct(t).evaluate(b, a) == both[t]


@QUICK
@given(tableaux(), tableaux())
def test_the_reduced_coproduct_gives_substitution_after_scaling_by_powers_of_b_of_tau(m1, m2):
    # the Hopf algebra sets τ = 1, so with θ = b(τ): b ⋆ a = θ a(τ) · (b/θ) ⋆ (θ^(|t|-1) a(t)/a(τ))
    b, a = imde.modified_series(m1, ORDER), imde.method_series(m2, ORDER)
    theta, alpha = b["[]"], a["[]"]
    left = {t: value / theta for t, value in b.items()}
    right = {t: value / (theta * alpha) for t, value in scaled(a, theta).items()}
    both = imde.substitute(b, a)
    for t in all_trees():
        assert substitution_coproduct(t, reduced=True).evaluate(left, right) * theta * alpha == both[t]


@QUICK
@given(tableaux())
def test_the_inverse_modified_equation_is_the_substitution_antipode(m):
    # c ⋆ a = e with θ = a(τ): c = (e ⋆ (a_θ ∘ S))/θ, a_θ(t) = a(t)/θ^|t|
    a = imde.method_series(m, ORDER)
    theta = a["[]"]
    normal, exact = scaled(a, 1 / theta), imde.exact_series(ORDER)
    inverse = {t: substitution_antipode(t).evaluate(normal) for t in all_trees()}
    c = imde.inverse_modified_series(m, ORDER)
    for t in all_trees():
        assert substitution_coproduct(t, reduced=True).evaluate(exact, inverse) / theta == c[t]


@QUICK
@given(tableaux())
def test_the_modified_equation_is_the_substitution_antipode_of_the_flow(m):
    # b ⋆ e = a: b = a ⋆ (e ∘ S); e(τ) = 1, so nothing is scaled, but the one-node pieces must stay in the coproduct
    a, exact = imde.method_series(m, ORDER), imde.exact_series(ORDER)
    inverse = {t: substitution_antipode(t).evaluate(exact) for t in all_trees()}
    b = imde.modified_series(m, ORDER)
    for t in all_trees():
        assert substitution_coproduct(t).evaluate(a, inverse) == b[t]


@QUICK
@given(series(), series())
def test_composition_of_coloured_series_is_the_coproduct(a, b):
    both, back = imde.compose(a, b), imde.inverse(a)
    for t in all_trees(3, 2):
        assert coproduct(t).evaluate(a, b) == both[t]
        assert antipode(t).evaluate(a) == back[t]


@QUICK
@given(series(empty=0), series())
def test_substitution_of_coloured_series_is_the_substitution_coproduct(b, a):
    both = imde.substitute(b, a)
    for t in all_trees(3, 2):
        assert substitution_coproduct(t).evaluate(b, a) == both[t]


def test_the_laws_hold_for_symbolic_coefficients():
    x = sympy.Symbol("x")
    a = imde.method_series(imde.ButcherTableau([[0, 0], [x, 0]], [1 - 1 / (2 * x), 1 / (2 * x)]), 4)
    both, back = imde.compose(a, a), imde.inverse(a)
    for t in all_trees(4):
        for ours, law in ((coproduct(t).evaluate(a, a), both[t]), (antipode(t).evaluate(a), back[t])):
            assert sympy.cancel(to_sympy(ours) - to_sympy(law)) == 0


@pytest.mark.parametrize("n", range(2, 8))
def test_the_euler_method_has_the_signed_counts_of_the_antipode(n):
    # explicit Euler composed with implicit Euler's inverse: inverse(a)(t) = (-1)^|t| for all t
    euler = imde.method_series(imde.methods["explicit_euler"], n)
    for t in rooted_trees(n):
        assert antipode(t).evaluate(euler) == (-1) ** n
