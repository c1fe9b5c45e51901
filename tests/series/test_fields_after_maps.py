"""Series that need not be maps after maps, brackets, conjugation, the odd-even decomposition, renormalisation."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings

import imde_sym as imde
from imde_sym.base.errors import ImdeError, SeriesError
from imde_sym.series import (
    BSeries,
    conjugate,
    even_part,
    identity_series,
    lie_bracket,
    order_of_accuracy,
    scale,
    symmetric_part,
)
from tests.rows import rows
from tests.series.random_series import series

maps, fields = series(5), series(5, empty=0)


def of(name, order=6):
    return imde.method_series(name, order)


def step_of(field_order):
    return BSeries.from_rule(lambda t: int(t.order == 1), field_order, empty=0)


@rows("name", ["rk4", "gauss2", "radau_iia_2", "adams_bashforth_2"])
def test_a_field_read_off_after_a_map_is_the_product_over_the_branches(name):
    a = of(name)
    c = imde.compose(a, step_of(6))
    assert all(c[t] == math.prod((a[s] for s in t.children), start=Fraction(1)) for t in c)


def test_dense_output_of_dormand_and_prince_has_order_four_within_the_step():
    # Shampine's quartic as in Hairer's DOPRI5: y(θ) = y0 + h Σ b_i(θ) k_i, with k_7 = f(y1)
    m = imde.methods["dopri5"]
    b = [Fraction(x) for x in m.b] + [Fraction(0)] * (7 - len(m.b))
    d = [Fraction(x) for x in (
        "-12715105075/11282082432", "0", "87487479700/32700410799", "-10690763975/1880347072",
        "701980252875/199316789632", "-1453857185/822651844", "69997945/29380423",
    )]  # fmt: skip
    a, k1 = of("dopri5", 5), step_of(5)
    k7 = imde.compose(a, k1)
    for theta in (Fraction(37, 100), Fraction(1, 2), Fraction(9, 10)):
        t1 = 1 - theta
        ydiff = a - identity_series(5)
        bspl = k1 - ydiff
        # y0 + θ(ydiff + (1-θ)(bspl + θ(ydiff - k7 - bspl + (1-θ) Σ d_i k_i)))
        stages = [k1, *(_stage(m, i, 5) for i in range(1, 6)), k7]
        last = sum((x * s for x, s in zip(d[1:], stages[1:], strict=True)), d[0] * stages[0])
        inner = ydiff - k7 - bspl + t1 * last
        total = identity_series(5) + theta * (ydiff + t1 * (bspl + theta * inner))
        assert order_of_accuracy(scale(total, 1 / theta)) == 4
    assert len(b) == 7


def _stage(m, i, order):
    """h f at stage i, from the tableau: f after the map y + h Σ a_ij k_j."""
    inner = imde.ButcherTableau([list(row[:i]) for row in m.A[:i]], list(m.A[i][:i]))
    return imde.compose(imde.method_series(inner, order), step_of(order))


@given(maps, maps, fields)
@settings(max_examples=20, deadline=None)
def test_reading_off_after_two_maps_is_reading_off_twice(a, b, w):
    assert imde.compose(a, b, w) == imde.compose(a, imde.compose(b, w))


@given(maps, fields, maps)
@settings(max_examples=20, deadline=None)
def test_composition_is_linear_in_what_is_read_off(a, v, b):
    assert imde.compose(a, 3 * v + 2 * b) == 3 * imde.compose(a, v) + 2 * imde.compose(a, b)


def test_any_coefficient_of_the_empty_tree_is_carried_on():
    s = sympy.Symbol("s")
    a, b = of("heun2", 4), BSeries.from_rule(lambda t: t.order, 4, empty=s)
    c = imde.compose(a, b)
    assert c.empty == s
    assert c["[[]]"] == s / 2 + 2 + 1  # s a([[]]) + b([[]]) + b(τ) a(τ)


def test_only_the_last_series_may_be_a_field():
    with pytest.raises(SeriesError, match=r"compose, before its last argument, needs a map, a\(∅\) = 1; here a\(∅\) = 0"):
        imde.compose(step_of(3), of("rk4", 3))


@given(fields, fields, fields)
@settings(max_examples=20, deadline=None)
def test_the_bracket_is_a_lie_bracket(u, v, w):
    assert lie_bracket(u, v) == -lie_bracket(v, u)
    cycle = [lie_bracket(lie_bracket(x, y), z) for x, y, z in ((u, v, w), (v, w, u), (w, u, v))]
    assert cycle[0] + cycle[1] + cycle[2] == 0 * u


def test_the_bracket_of_series_is_that_of_their_fields():
    v, w = imde.modified_series("explicit_euler", 4), imde.modified_series("radau_iia_2", 4)
    f = imde.VectorField("x' = y; y' = -0.37*sin(x)")
    x = sympy.Matrix(f.variables)
    V, W = (imde.evaluate(s, f) for s in (v, w))
    h = sympy.Symbol("h")
    direct = W.jacobian(x) * V - V.jacobian(x) * W
    difference = (direct - imde.evaluate(lie_bracket(v, w), f)).subs({f.variables[0]: 0.7, f.variables[1]: -1.3})
    for entry in difference:
        low = sympy.Poly(sympy.expand(entry), h).all_coeffs()[::-1][:5]
        assert all(abs(float(c)) < 1e-12 for c in low)


def test_the_trapezoid_is_the_midpoint_rule_in_other_coordinates():
    half = scale(of("explicit_euler"), "1/2")
    assert conjugate(of("trapezoid"), half) == of("implicit_midpoint")


@given(maps)
@settings(max_examples=20, deadline=None)
def test_every_map_is_a_symmetric_method_after_an_even_map(a):
    s, e = symmetric_part(a), even_part(a)
    assert imde.adjoint(s) == s
    assert scale(e, -1) == e
    assert imde.compose(e, s) == a


def test_renormalised_coefficients_are_those_of_the_elementary_differentials():
    a = of("rk4")
    r = imde.renormalize(a)
    assert all(r[t] == a[t] / t.symmetry for t in a)
    assert imde.renormalize(r, back=True) == a


def test_a_unary_plus_changes_nothing():
    assert +of("rk4") == of("rk4")


@pytest.mark.parametrize("quadratic", [False, True])
def test_the_midpoint_rule_is_symplectic_and_avf_keeps_the_energy_for_quadratic_fields_too(quadratic):
    assert imde.series.symplectic_order(of("implicit_midpoint"), quadratic=quadratic) == 6
    avf = imde.series.average_vector_field_series(6)
    assert imde.series.energy_preserving_order(avf, quadratic=quadratic) == 6


def test_a_defect_that_quadratic_fields_cannot_see_does_not_count():
    b = imde.modified_series("implicit_midpoint", 4)
    t = imde.RootedTree("[[],[],[]]")
    off = BSeries.from_rule(lambda s: b[s] + (s == t), 4, empty=0)
    assert imde.series.symplectic_order(off) == 3
    assert imde.series.symplectic_order(off, quadratic=True) == 4
    with pytest.raises(SeriesError, match="quadratic=True takes series of one colour"):
        imde.series.symplectic_order(imde.method_series("symplectic_euler", 3), quadratic=True)


def test_a_single_tree_is_evaluated_as_its_elementary_differential():
    # MATH: the third component of f'f''(f,f) of Lorenz at this point, from the released code of the seed paper corrected
    at = [Fraction(7, 10), Fraction(-13, 10), Fraction(21, 10)]
    value = imde.evaluate("[[[],[]]]", "lorenz", at=at)
    assert [round(float(v), 5) for v in value] == [-2604, 804.44, 1890.25333]
    with pytest.raises(ImdeError, match="its elementary differential has no step"):
        imde.evaluate("[[]]", "lorenz", h=0.1)


def test_conditions_as_python_code_hold_for_methods_of_that_order():
    m = imde.methods["kutta38"]
    A, b, c = (np.array(x, float) for x in (m.A, m.b, m.c))
    residuals = [eval(line, {"A": A, "b": b, "c": c, "sum": sum}) for line in imde.trees.order_conditions_code(5).splitlines()]
    trees = [t for k in range(1, 6) for t in imde.rooted_trees(k)]
    a = imde.method_series(m, 5)
    for t, residual in zip(trees, residuals, strict=True):
        assert abs(residual - float(a[t] - Fraction(1, t.density))) < 1e-15


@rows(
    "language, line",
    [
        ("julia", "dot(b, (c .* (A * c))) - 1//8"),
        ("matlab", "b' * (c .* (A * c)) - 1/8"),
        ("mathematica", "b.(c (A.c)) == 1/8"),
        ("maple", "b^+ . (c *~ (A . c)) = 1/8"),
    ],
)
def test_conditions_are_written_in_other_languages(language, line):
    assert imde.trees.order_conditions_code(4, language).splitlines()[-3] == line


def test_an_unknown_language_is_refused_with_the_nearest():
    with pytest.raises(ImdeError, match="julia"):
        imde.trees.order_conditions_code(3, "jullia")
