"""R(z) and what follows from it: published facts, and agreement with plain numerical linear algebra."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given

from imde_sym.base.errors import MethodError
from imde_sym.method import ButcherTableau, methods
from imde_sym.method.theory.univariate import first_sign_change, has_roots_in_right_half_plane_only, odd_part
from tests.rows import rows
from tests.strategies import examples, in_floats, stage_matrices, tableaux

z = sympy.Symbol("z")
oo = sympy.oo


def plain(m, point):
    A, b = stage_matrices(m)
    return 1 + point * b @ np.linalg.solve(np.eye(m.stages) - point * A, np.ones(m.stages))


# -- the function ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("explicit_euler", 1 + z),
        ("implicit_euler", 1 / (1 - z)),
        ("implicit_midpoint", (1 + z / 2) / (1 - z / 2)),
        ("rk4", 1 + z + z**2 / 2 + z**3 / 6 + z**4 / 24),
        # Hairer, Wanner, Solving ODEs II, Table IV.3.1
        ("radau_iia_2", (1 + z / 3) / (1 - 2 * z / 3 + z**2 / 6)),
        ("lobatto_iiic_3", (1 + z / 4) / (1 - 3 * z / 4 + z**2 / 4 - z**3 / 24)),
        ("gauss2", (1 + z / 2 + z**2 / 12) / (1 - z / 2 + z**2 / 12)),
        ("gauss4", (z**4 + 20 * z**3 + 180 * z**2 + 840 * z + 1680) / (z**4 - 20 * z**3 + 180 * z**2 - 840 * z + 1680)),
        ("sdirk2", (1 + (sympy.sqrt(2) - 1) * z) / (1 - (1 - 1 / sympy.sqrt(2)) * z) ** 2),
    ],
)
def test_known_stability_functions(name, expected):
    assert sympy.simplify(methods[name].stability_function(z) - expected) == 0


@examples(60)
@given(tableaux())
def test_the_function_is_what_one_step_does_to_a_linear_equation(m):
    point = complex(0.3, 0.7) / 7
    R = m.stability
    assert abs(R(point) - plain(m, point)) < 1e-9 * max(1, abs(R(point)))
    assert sympy.gcd(*(sum(sympy.Rational(c) * z**k for k, c in enumerate(p)) for p in (R.numerator, R.denominator))) == 1
    exact = m.stability_function(sympy.Rational(1, 29))
    assert exact == sum(sympy.Rational(c) / 29**k for k, c in enumerate(R.numerator)) / sum(
        sympy.Rational(c) / 29**k for k, c in enumerate(R.denominator)
    )


def test_coefficients_keep_the_kind_of_the_data():
    rational = methods["radau_iia_2"].stability
    assert rational.numerator == (1, Fraction(1, 3))
    assert all(type(x) is Fraction for x in rational.denominator)
    floats = ButcherTableau([[0.5]], [1.0]).stability
    assert (floats.numerator, floats.denominator) == ((1.0, 0.5), (1.0, -0.5))
    assert all(type(x) is float for x in floats.numerator)
    roots = methods["sdirk2"].stability
    assert roots.numerator == (1, sympy.sqrt(2) - 1)
    complex_entries = ButcherTableau([[0.5j]], [1]).stability
    assert complex_entries(2.0) == pytest.approx(1 + 2 / (1 - 1j))
    precise = ButcherTableau([[mpmath.mpf(1) / 2]], [1]).stability
    assert precise.is_p_stable and precise.numerator == (1, mpmath.mpf(1) / 2)


def test_symbols_give_a_function_and_no_answers():
    a = sympy.Symbol("a")
    m = ButcherTableau([[a]], [1], name="family")
    assert sympy.simplify(m.stability_function(z) - (1 + z / (1 - a * z))) == 0
    for ask in ("is_a_stable", "real_stability_interval", "error_constant", "ssp_coefficient"):
        with pytest.raises(MethodError, match="family"):
            getattr(m, ask)
    with pytest.raises(MethodError, match="parameter a has no value"):
        m.stability_function(0.5)


def test_arrays_and_latex():
    m = methods["rk4"]
    points = np.array([[0.5, -1j], [2.0, 1 + 1j]])
    assert np.allclose(m.stability_function(points), 1 + points + points**2 / 2 + points**3 / 6 + points**4 / 24)
    assert r"R(z) = \frac" in m.stability._repr_latex_()


# -- A-, L-, I-, P-stability ----------------------------------------------------------------------
# Hairer, Wanner, Solving ODEs II, Sect. IV.3 and IV.5, IV.6; γ = 1/2 + √3/6 A-stable, 1/2 - √3/6 not (Table IV.6.4)
A_STABLE = ["crouzeix3", "crouzeix4", "gauss3", "gauss5", "trapezoid", "lobatto_iiia_4", "lobatto_iiib_3", "implicit_midpoint"]
L_STABLE = [
    "implicit_euler",
    "sdirk2",
    "sdirk3",
    "sdirk4",
    "radau_ia_3",
    "radau_iia_4",
    "lobatto_iiic_4",
    "tr_bdf2",
    "kencarp4",
    "kvaerno5",
]
NEITHER = ["rk4", "dormand_prince5", "ssp_sdirk23", "lobatto_iiic_star_3", "sanz_serna_abia4", "suzuki4_midpoint"]


@rows("name", A_STABLE + L_STABLE + NEITHER)
def test_a_and_l_stability_of_known_methods(name):
    m = methods[name]
    assert (m.is_a_stable, m.is_l_stable) == (name not in NEITHER, name in L_STABLE)


def test_symmetric_methods_keep_the_amplitude_of_oscillations():
    for name in ("trapezoid", "gauss3", "lobatto_iiib_4", "suzuki4_midpoint"):
        m = methods[name]
        assert m.is_p_stable and m.is_i_stable
        assert m.dissipation_order == m.imaginary_stability_interval == oo
    assert methods["radau_iia_2"].is_i_stable and not methods["radau_iia_2"].is_p_stable


def test_a_pole_on_the_left_is_no_a_stability():
    """θ-method with θ = -1: |R| <= 1 fails; R = 1/(1 + z)² is I-stable, but has its pole at -1."""
    m = ButcherTableau([[-1, 0], [-1, -1]], [-1, -1])
    assert m.stability_function(z).equals(1 / (1 + z) ** 2)
    assert m.is_i_stable and not m.is_a_stable


@examples(80)
@given(tableaux())
def test_a_stability_agrees_with_samples(m):
    poles = np.roots(m.stability.coefficients[1][::-1])
    y = np.concatenate([np.geomspace(1e-2, 1e3, 300), [0]])
    with np.errstate(all="ignore"):
        size = np.abs(m.stability(1j * y))
    if m.is_a_stable:
        assert poles.real.min(initial=1) > 0
        assert size.max() <= 1 + 1e-9
    elif poles.real.min(initial=1) > 1e-6 and m.order > 0:
        wide = np.abs(m.stability(1j * np.geomspace(1e-4, 1e6, 20_000)))
        assert wide.max() > 1 - 1e-9


def test_floats_are_judged_as_what_they_stand_for():
    for name in ("gauss2", "radau_iia_3", "sdirk3", "crouzeix3", "lobatto_iiic_4"):
        m = methods[name]
        floats = in_floats(m)
        for ask in ("is_a_stable", "is_l_stable", "is_p_stable", "dispersion_order", "dissipation_order"):
            assert getattr(floats, ask) == getattr(m, ask), (name, ask)
        assert float(floats.error_constant) == pytest.approx(float(m.error_constant), rel=1e-9)


# -- intervals ------------------------------------------------------------------------------------
@rows(
    "name, real, imaginary",
    [
        ("explicit_euler", 2, 0),
        ("heun2", 2, 0),
        ("kutta3", 2.5127453266, sympy.sqrt(3)),  # HW II, Sect. IV.2
        ("rk4", 2.7852935634, 2 * sympy.sqrt(2)),
        ("dormand_prince5", 3.3065678862, 0.9971893),
        ("ssprk32", 4.5198420998, 0),  # R = 1/3 + 2/3 (1 + z/2)³
        ("implicit_euler", oo, oo),
        ("merson4", 3.5483223, 2 * sympy.sqrt(3)),
    ],
)
def test_stability_intervals(name, real, imaginary):
    m = methods[name]
    for found, expected in ((m.real_stability_interval, real), (m.imaginary_stability_interval, imaginary)):
        assert found == expected or abs(float(found) - float(expected)) < 1e-6


@pytest.mark.parametrize(
    "name", ["rk4", "dop853", "verner76", "kutta3", "ssprk104", "ssprk53", "fehlberg78", "carpenter_kennedy54"]
)
def test_one_holds_up_to_the_end_of_the_interval_and_fails_beyond(name):
    m = methods[name]
    for end, turn in ((m.real_stability_interval, -1.0), (m.imaginary_stability_interval, 1j)):
        end = float(end)
        inside = np.abs(m.stability_function(turn * end * np.linspace(0, 1 - 1e-7, 500)))
        assert inside.max() <= 1 + 1e-9
        assert abs(m.stability_function(turn * end * (1 + 1e-5) + (0 if end else turn * 0.5))) > 1


def test_exact_intervals_stay_exact():
    assert methods["rk4"].imaginary_stability_interval == 2 * sympy.sqrt(2)
    root = methods["rk4"].real_stability_interval
    assert sympy.expand(root**3 - 4 * root**2 + 12 * root - 24) == 0 or root.has(sympy.CRootOf)


# -- orders and constants -------------------------------------------------------------------------
@rows(
    "name, order, constant",
    [
        ("explicit_euler", 1, Fraction(1, 2)),
        ("implicit_euler", 1, Fraction(-1, 2)),
        ("implicit_midpoint", 2, Fraction(-1, 12)),
        ("rk4", 4, Fraction(1, 120)),
        ("gauss2", 4, Fraction(1, 720)),  # (-1)^s s!² / ((2s)! (2s + 1)!), HW II, (IV.3.30)
        ("gauss3", 6, Fraction(-1, 100800)),
        ("radau_iia_2", 3, Fraction(1, 72)),
        ("lobatto_iiif_3", 6, Fraction(-1, 100800)),  # R is that of Gauss with three stages
    ],
)
def test_error_constants(name, order, constant):
    m = methods[name]
    assert (m.stability.order, m.error_constant) == (order, constant)


@rows(
    "name, dispersion, dissipation",
    # van der Houwen and Sommeijer 1987: from the expansion of log R(iy), by hand for these
    [("explicit_euler", 2, 1), ("heun2", 2, 3), ("kutta3", 4, 3), ("rk4", 4, 5), ("implicit_midpoint", 2, oo), ("gauss3", 6, oo)],
)
def test_dispersion_and_dissipation_orders(name, dispersion, dissipation):
    m = methods[name]
    assert (m.dispersion_order, m.dissipation_order) == (dispersion, dissipation)


@pytest.mark.parametrize("name", ["rk4", "dormand_prince5", "radau_iia_2", "sdirk3", "crouzeix4"])
def test_the_linear_orders_are_slopes(name):
    """Phase and amplitude of R(iy) at two small y, in 50 digits."""
    m = methods[name]
    with mpmath.workdps(50):
        above, below = (
            [mpmath.mpmathify(sympy.sympify(c).evalf(60)) for c in p] for p in (m.stability.numerator, m.stability.denominator)
        )
        rows = []
        for y in (mpmath.mpf(2) ** -12, mpmath.mpf(2) ** -13):
            R = mpmath.polyval(above[::-1], 1j * y) / mpmath.polyval(below[::-1], 1j * y)
            rows.append((abs(y - mpmath.arg(R)), abs(1 - abs(R)), abs(mpmath.exp(1j * y) - R)))
        slopes = [float(mpmath.log(p / q, 2)) for p, q in zip(*rows)]
    assert slopes == pytest.approx([m.dispersion_order + 1, m.dissipation_order + 1, m.stability.order + 1], abs=0.05)


# -- polynomials ----------------------------------------------------------------------------------
def expanded(*roots):
    out = [Fraction(1)]
    for r in roots:
        out = [a - r * b for a, b in zip([Fraction(0), *out], [*out, Fraction(0)])]
    return out


def test_a_double_root_is_no_change_of_sign():
    assert first_sign_change(expanded(1, 1, 2)) == 0  # negative at once
    assert first_sign_change([-x for x in expanded(1, 1, 2)]) == 2
    assert first_sign_change(expanded(1, 1)) == oo
    assert first_sign_change([-x for x in expanded(3, 3, 3)]) == 3
    assert odd_part(expanded(1, 1, 2, 5, 5, 5)) == expanded(2, 5)


def test_a_zero_at_the_origin_is_passed():
    assert first_sign_change([Fraction(0), Fraction(0), *[-x for x in expanded(4)]]) == 4
    assert first_sign_change([]) == oo
    assert first_sign_change([Fraction(2)]) == oo


def test_half_planes_by_rouths_criterion():
    assert has_roots_in_right_half_plane_only(expanded(1, 2, 5))
    assert not has_roots_in_right_half_plane_only(expanded(1, 2, -5))
    assert not has_roots_in_right_half_plane_only(expanded(1, 0))
    assert not has_roots_in_right_half_plane_only([Fraction(1), Fraction(0), Fraction(1)])
    assert has_roots_in_right_half_plane_only([Fraction(1)])
