"""What a step of additive, exponential and two-step methods does to y' = λy, against one step of the method itself."""

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym.base.errors import MethodError
from imde_sym.method.theory.growth import spectral_radius
from imde_sym.methods import methods


@pytest.mark.parametrize("name", ["imex_euler", "ars343", "ark436l2sa", "gark_midpoints", "gark_strang_midpoints"])
def test_the_factor_of_additive_methods_is_that_of_their_stages(name):
    m = methods[name]
    z = (-0.7, 0.2)
    A = sum(x * np.array(p.A, float) for x, p in zip(z, m.tableaux(2), strict=True))
    b = sum(x * np.array(p.b, float) for x, p in zip(z, m.tableaux(2), strict=True))
    assert m.stability_function(*z) == pytest.approx(1 + b @ np.linalg.solve(np.eye(len(A)) - A, np.ones(len(A))))
    with pytest.raises(MethodError, match="takes 2 numbers"):
        m.stability_function(1.0)


def test_equal_parts_add_up_to_the_method_itself():
    pair = imde.PartitionedTableau(["rk4", "rk4"])
    z = sympy.Symbol("z")
    assert sympy.expand(pair.stability_function(z / 3, 2 * z / 3) - methods["rk4"].stability_function(z)) == 0


@pytest.mark.parametrize(("name", "order"), [("etdrk2", 2), ("krogstad4", 4), ("hochbruck_ostermann4", 4), ("lawson4", 4)])
def test_the_factor_of_exponential_methods_approximates_the_exponential_to_their_order(name, order):
    m = methods[name]
    errors = [abs(m.stability_function(-3.0 * h, 1.0 * h) - np.exp(-2.0 * h)) for h in (0.04, 0.02)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order + 1, abs=0.35)
    assert m.stability_function(-3.0, 0.0) == pytest.approx(np.exp(-3))
    exact = complex(m.stability_function(sympy.Rational(-1, 2), sympy.Rational(1, 5)))
    assert m.stability_function(np.array([-0.5, 0.0]), 0.2)[0] == pytest.approx(exact)


def test_two_step_methods_have_a_matrix_and_its_radius():
    m = methods["jackiewicz_tracogna4"]
    z = -0.3 + 0.1j
    M = np.array(m.stability_matrix(sympy.Symbol("z")).subs("z", z), complex)
    assert m.spectral_radius(z) == pytest.approx(abs(np.linalg.eigvals(M)).max())
    assert spectral_radius(*m._of_one_part, np.array([z, z])).shape == (2,)
    assert abs(m.spectral_radius(0.1) - np.exp(0.1)) < 1e-4


def test_strong_stability_of_two_step_methods():
    euler = imde.TwoStep(theta=0, u=[0], A=[[0]], B=[[0]], v=[1], w=[0])
    assert euler.ssp_coefficient == 1
    assert methods["two_step_adams_bashforth"].ssp_coefficient == 0


@pytest.mark.parametrize(("theta", "new", "old"), [("1/4", "3/2", "1/8"), ("1/3", "2/3", "1/2"), ("3/4", "1/8", "0")])
def test_strong_stability_of_a_two_step_method_of_one_stage_is_that_of_the_multistep_method(theta, new, old):
    two = imde.TwoStep(theta=theta, u=[0], A=[[0]], B=[[0]], v=[new], w=[old])
    t = sympy.Rational(theta)
    assert two.ssp_coefficient == imde.LinearMultistep([-t, t - 1, 1], [old, new, 0]).ssp_coefficient > 0


@pytest.mark.parametrize(
    ("name", "r"),
    [("rk4", 1), ("ssprk104", 6), ("trapezoid", 2), ("gauss2", 0), ("implicit_euler", float("inf")), ("dopri5", "5/6")],
)
def test_the_threshold_factors_of_linear_problems(name, r):
    # Kraaijevanger 1986: 1 for R of degree p = 4, 2 for the trapezoidal rule; Padé (2,2) has a negative derivative at 0
    assert (
        methods[name].linear_ssp_coefficient == sympy.Rational(r)
        if isinstance(r, str)
        else methods[name].linear_ssp_coefficient == r
    )


def test_a_weight_of_a_stage_that_is_not_needed_does_not_end_contractivity():
    m = methods["bogacki_shampine"]
    assert m.b[-1] == 0
    assert m.circle_contractivity_radius == pytest.approx(m.reduced().circle_contractivity_radius) == pytest.approx(0.8989794855)
