"""Multirate infinitesimal methods (MIS, MRI-GARK, MERK) against a fine inner integration and against other families."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym.method.theory.interpolation import integration
from imde_sym.method.theory.order import branching_once
from tests.rows import in_turn, rows, slow

methods = imde.methods
NAMES = methods.search(family="multirate")
FIELD = imde.VectorField("x' = y - x^2; y' = x*y - 1/2")
FAST, SLOW = imde.VectorField("x' = -x^2; y' = x*y"), imde.VectorField("x' = y; y' = -1/2")
START = np.array([0.75, 0.37])


def numbers(rows):
    return [[float(x) for x in row] for row in rows]


def fine_step(m, fast, slow, y, h, inner=24):
    """A step in floats: each inner problem by so many steps of the classical Runge-Kutta method (Wensch, Knoth, Galant 2009)."""
    layers = [numbers(layer) for layer in m.layers]
    alpha, gamma = (None if x is None else numbers(x) for x in (m.alpha, m.gamma))
    Y = [y]
    slopes = [slow(y)]
    for i in range(len(layers[0])):
        d = sum(x / (k + 1) for k, layer in enumerate(layers) for x in layer[i])
        away = [v - y for v in Y]
        start = Y[i] if alpha is None else y + sum((a * v for a, v in zip(alpha[i], away)), np.zeros(2))
        drift = sum((a * v for a, v in zip(gamma[i], away)), np.zeros(2)) if gamma is not None else np.zeros(2)

        def rate(v, s, i=i, d=d, drift=drift):
            forcing = sum(layer[i][j] * s**k * g for k, layer in enumerate(layers) for j, g in enumerate(slopes))
            return h * d * fast(v) + drift + h * forcing

        v, step = start, 1 / inner
        for n in range(inner):
            s = n * step
            k1 = rate(v, s)
            k2 = rate(v + step / 2 * k1, s + step / 2)
            k3 = rate(v + step / 2 * k2, s + step / 2)
            k4 = rate(v + step * k3, s + step)
            v = v + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        Y.append(v)
        slopes.append(slow(v))
    return Y[-1]


def functions(F, h):
    """Both parts of an equation as functions of a point."""
    found = [sympy.lambdify(F.variables, list(F.part(i).subs(F.step, sympy.Rational(h)))) for i in (0, 1)]
    return [lambda y, f=f: np.array(f(*y), float) for f in found]


def flow(f, y, time, count=200):
    step = time / count
    for _ in range(count):
        k1 = f(y)
        k2 = f(y + step / 2 * k1)
        k3 = f(y + step / 2 * k2)
        k4 = f(y + step * k3)
        y = y + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


@pytest.mark.parametrize(
    "name, order",
    in_turn(["mri_gark_erk33", "merk3", "mis_kw3", "wicker_skamarock3"], [4, 2])
    + [pytest.param("mis4a", n, marks=pytest.mark.slow) for n in (2, 4)],
)
def test_the_learned_field_under_a_fine_inner_integration_follows_the_flow(name, order):
    """The local error of the truncation at h^n is of order n + 1 where the method's own order is less, else of that."""
    m = methods[name]
    F = imde.inverse_modified_equation(FIELD, m, order, parts=[FAST, SLOW])
    whole = sympy.lambdify(FIELD.variables, list(FIELD.components))
    errors = []
    for h in (Fraction(1, 4), Fraction(1, 8), Fraction(1, 16)):
        fast, slow = functions(F, h)
        end = flow(lambda y: np.array(whole(*y), float), START, float(h))
        errors.append(np.abs(fine_step(m, fast, slow, START, float(h)) - end).max())
    expected = 1 + max(order, m.order)
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert abs(slopes[-1] - expected) < 0.4, slopes


@rows("name", slow([n for n in NAMES if "mri" in n or "merk" in n], "merk5"))
def test_a_field_without_a_slow_part_is_solved_exactly(name):
    """For trees of the fast colour alone the series is that of the flow (MRI-GARK: Sandu 2019, 2.2)."""
    a, exact = imde.method_series(name, 4), imde.exact_series(4, 2)
    assert all(
        v == exact[t] if "exact_decimal" not in methods[name].tags else abs(float(v - exact[t])) < 1e-15
        for t, v in a.items()
        if not any(t.color_sequence)
    )


@rows(
    "name, slow",
    [
        ("mri_gark_erk22a", "explicit_midpoint"),
        ("mri_gark_erk22b", "heun2"),
        ("mri_gark_backward_euler", "implicit_euler"),
        ("mri_gark_irk21a", "trapezoid"),
    ],
)
def test_a_field_without_a_fast_part_is_solved_by_the_runge_kutta_method(name, slow):
    a, b = imde.method_series(name, 4), imde.method_series(slow, 4)
    alone = {t.level_sequence: v for t, v in a.items() if all(t.color_sequence)}
    assert alone == {t.level_sequence: v for t, v in b.items()}


@pytest.mark.parametrize(("name", "exponential"), [("merk2", "hochbruck_ostermann2"), ("merk3", "hochbruck_ostermann3")])
def test_with_a_linear_fast_part_merk_methods_are_exponential_runge_kutta_methods(name, exponential):
    """Luan, Chinomona, Reynolds 2020: they were made of these. Two families, two recursions."""
    n = 5
    a, b = imde.method_series(name, n), imde.method_series(exponential, n)
    kept = branching_once(0, 2, n)
    assert all(x == y for x, y, k in zip(a.coefficients, b.coefficients, kept) if k)


def test_the_fast_part_stays_and_the_slow_part_is_corrected():
    F = imde.inverse_modified_equation(FIELD, "mri_gark_erk22a", 4, parts=[FAST, SLOW])
    assert F.part(0) == FAST.as_matrix() and F.part(1) != SLOW.as_matrix()
    G = imde.inverse_modified_equation(FIELD, "mri_gark_erk22a", 4, parts=[FAST, SLOW], unknown="fast")
    assert G.part(1) == SLOW.as_matrix() and G.part(0) != FAST.as_matrix()


def test_forward_and_inverse_begin_with_opposite_terms():
    """An order-p method has inverse = -forward for p < |t| <= 2p (docs/theory.md, section 6)."""
    forward, inverse = imde.modified_series("merk3", 6), imde.inverse_modified_series(methods["merk3"], 6)
    total = {}
    for series in (forward, inverse):
        for t, v in series.items():
            total[t] = total.get(t, 0) + v
    assert all(v == 0 for t, v in total.items() if 3 < t.order <= 6)


@rows("count", range(1, 7))
def test_interpolation_integrates_polynomials_exactly(count):
    nodes, inner, whole = integration(count)
    for k in range(count):
        assert sum(w * x**k for w, x in zip(whole, nodes)) == Fraction(1, k + 1)
        assert all(sum(w * x**k for w, x in zip(row, nodes)) == at ** (k + 1) / (k + 1) for row, at in zip(inner, nodes))


def test_a_higher_order_only_adds_to_the_series():
    low, high = imde.method_series("mri_gark_erk33", 3), imde.method_series("mri_gark_erk33", 5)
    assert low == high.truncate(3)
