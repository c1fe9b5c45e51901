"""Nonlinear stability, reducibility, Shu-Osher forms, downwinding, error metrics, control of step sizes."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import imde_sym as imde
from imde_sym.base.errors import MethodError
from imde_sym.method.theory.contractivity import is_semidefinite
from imde_sym.methods import methods
from tests.rows import rows


@pytest.mark.parametrize(
    ("name", "stable"),
    [
        *((n, True) for n in ("gauss2", "gauss3", "gauss(6)", "radau_ia_3", "radau_iia_3", "radau_iia(5)", "lobatto_iiic_3")),
        *((n, False) for n in ("lobatto_iiia_3", "lobatto_iiib_3", "lobatto_iiia(5)", "trapezoid", "rk4", "explicit_euler")),
    ],
)
def test_the_methods_of_hairer_and_wanner_that_are_algebraically_stable(name, stable):
    assert methods[name].is_algebraically_stable is stable  # HW IV.12, Theorem 12.9


@given(st.lists(st.lists(st.integers(-3, 3), min_size=3, max_size=3), min_size=1, max_size=4))
def test_gram_matrices_are_semidefinite_and_less_something_they_are_not(rows):
    G = np.array(rows, dtype=object)
    M = (G @ G.T).tolist()
    assert is_semidefinite([[Fraction(x) for x in row] for row in M])
    M[0][0] -= M[0][0] + 1
    assert not is_semidefinite([[Fraction(x) for x in row] for row in M])


def test_circle_contractivity_of_explicit_methods():
    # NodePy gives 1 for the classical method; forward Euler is contractive in the unit disc about -1
    assert methods["rk4"].circle_contractivity_radius == pytest.approx(1)
    assert methods["explicit_euler"].circle_contractivity_radius == pytest.approx(1)
    assert methods["gauss3"].circle_contractivity_radius == math.inf
    assert methods["dopri5"].circle_contractivity_radius == 0  # a negative weight


@pytest.mark.parametrize(("scale", "contracts"), [(0.98, True), (1.05, False)])
def test_a_rotation_contracts_up_to_the_radius_of_the_method(scale, contracts):
    # two stages that see different fields of the disc |z + r| = r: y' = λ(t) y, the worst of all directions
    m = methods["heun2"]
    r = scale * m.circle_contractivity_radius
    angles = np.linspace(0, 2 * np.pi, 181)
    z = -r + r * np.exp(1j * angles)
    one, two = np.meshgrid(z, z)
    growth = abs(1 + one / 2 + two * (1 + one) / 2)
    assert bool(growth.max() <= 1 + 1e-9) is contracts


def test_dependencies_and_parallel_stages():
    assert methods["rk4"].parallel_stages == [(0,), (1,), (2,), (3,)]
    assert methods.extrapolation("explicit_euler", 3).parallel_stages[0] == (0, 1, 3)
    assert methods["gauss2"].dependencies == {0: (0, 1), 1: (0, 1)}
    with pytest.raises(MethodError, match="is implicit"):
        _ = methods["gauss2"].parallel_stages


def test_reducible_methods_are_found_and_reduced():
    twice = imde.ButcherTableau([[0, 0, 0], ["1/2", 0, 0], ["1/2", 0, 0]], [0, "1/4", "3/4"])
    assert twice.is_hs_reducible
    assert not twice.is_dj_reducible
    assert twice.reduced() == methods["explicit_midpoint"]
    assert methods["dopri5"].is_dj_reducible
    small = methods["dopri5"].reduced()
    assert (small.stages, small.is_reducible) == (6, False)
    assert imde.method_series(small, 6).coefficients == imde.method_series("dopri5", 6).coefficients
    assert not methods["gauss3"].is_reducible


@rows("name", ["ssprk33", "ssprk54", "ssprk(9,3)", "heun3", "implicit_midpoint", "ssprk_implicit(3,2)"])
def test_shu_osher_forms_give_the_method_back(name):
    m = methods[name]
    v, alpha, beta = m.shu_osher()
    a, b = np.array(alpha, float), np.array(beta, float)
    s = m.stages
    K = np.linalg.solve(np.eye(s) - a[:s], b[:s])
    last = b[s] + a[s] @ K
    assert np.allclose(K, np.array(m.A, float), atol=1e-10)
    assert np.allclose(last, np.array(m.b, float), atol=1e-10)
    assert np.allclose(np.array(v, float) + a.sum(axis=1), 1)
    assert min(np.min(np.array(v, float)), a.min(), b.min()) > -1e-9


def test_a_form_that_does_not_exist_is_refused():
    with pytest.raises(MethodError, match=r"I \+ rA is singular"):
        methods["implicit_midpoint"].shu_osher(-2)
    with pytest.raises(MethodError, match="unbounded"):
        methods["implicit_euler"].shu_osher()


@pytest.mark.parametrize(
    ("name", "radius"),
    [("rk4", 0.68501606), ("heun3", 0.77653792), ("ssprk33", 1), ("explicit_midpoint", 0.73205081), ("dopri5", 0.0407681)],
)
def test_downwind_radii_are_those_of_nodepy(name, radius):
    assert methods[name].downwind_radius == pytest.approx(radius, abs=2e-8)


def test_internal_polynomials_say_how_stage_errors_spread():
    z = sympy.Symbol("z")
    assert methods["rk4"].internal_polynomials() == [
        sympy.expand(z / 6 + z**2 / 6 + z**3 / 12 + z**4 / 24),
        sympy.expand(z / 3 + z**2 / 6 + z**3 / 12),
        sympy.expand(z / 3 + z**2 / 6),
        z / 6,
    ]
    total = sum(methods["rk4"].internal_polynomials())
    assert sympy.expand(1 + total - methods["rk4"].stability_function(z)) == 0
    assert methods["ssprk(6,2)"].internal_amplification() > 2.03  # NodePy finds 2.037 on a grid
    with pytest.raises(MethodError, match="is implicit"):
        methods["gauss2"].internal_amplification()


@pytest.mark.parametrize("name", ["radau_ib_3", "gauss4", "feagin10"])
def test_internal_polynomials_of_roots_and_of_many_digits_are_found_at_once(name):
    z = 0.3 - 0.7j
    found = [complex(x.subs(sympy.Symbol("z"), z)) for x in methods[name].internal_polynomials()]
    assert found == pytest.approx(methods[name].internal_polynomials(z), rel=1e-9)
    assert 1 + sum(found) == pytest.approx(methods[name].stability_function(z), rel=1e-9)


def test_the_internal_amplification_is_that_of_the_polynomials():
    z, m = sympy.Symbol("z"), methods["verner98"]
    inside = [-1.0, -2.0, -3.0, -1 + 2j, -0.5 + 3j]
    assert all(abs(m.stability_function(x)) <= 1 for x in inside)
    assert m.internal_amplification() > max(abs(complex(p.subs(z, x))) for p in m.internal_polynomials() for x in inside) > 1


def test_factors_of_additive_methods_with_roots_are_those_at_numbers():
    m = methods["forest_ruth_partitioned"]
    z = dict(zip(sympy.symbols("z0 z1"), (0.3 - 0.7j, -0.2 + 0.4j), strict=True))
    assert complex(m.stability_function().subs(z)) == pytest.approx(m.stability_function(*z.values()), rel=1e-9)
    many = imde.PartitionedTableau(["gauss(7)", "gauss(7)"])
    with pytest.raises(MethodError, match="give floats"):
        many.stability_function()
    assert many.stability_function(0.1, 0.2) == pytest.approx(np.exp(0.3))


def test_error_metrics_of_dormand_and_prince_are_the_published_ones():
    # Prince and Dormand 1981: ||τ(6)|| = 3.99e-4; B and C as in Hairer, Nørsett, Wanner II.5
    metrics = methods["dopri5"].error_metrics
    assert metrics.A == pytest.approx(3.99e-4, rel=1e-3)
    assert metrics.A == pytest.approx(math.sqrt(16719) / 324000)  # NodePy
    assert metrics.A_next == pytest.approx(math.sqrt(2840041584503718) / 13471920000)  # NodePy
    assert metrics.D == pytest.approx(25360 / 2187)
    assert methods["rk4"].error_metrics.B is None


@rows("name, q", [("rk4", 1), ("gauss2", 2), ("radau_iia_3", 3), ("lobatto_iiic_3", 2), ("implicit_midpoint", 1)])
def test_the_weak_stage_order_is_at_least_the_stage_order(name, q):
    m = methods[name]
    assert m.weak_stage_order == q
    assert m.weak_stage_order >= m.stage_order


def test_the_controller_of_dormand_and_prince_settles_less_well_than_that_of_heun_and_euler():
    assert 1 < methods["dopri5"].step_control_radius() < 1.4
    with pytest.raises(MethodError, match="no embedded formula"):
        methods["rk4"].step_control_radius()


def test_questions_about_symbols_are_refused():
    m = methods.explicit_order_2()
    for ask in (
        lambda: m.is_algebraically_stable,
        lambda: m.error_metrics,
        lambda: m.downwind_radius,
        lambda: m.weak_stage_order,
    ):
        with pytest.raises(MethodError, match="number"):
            ask()
