"""Stability of multistep methods as integrators: A(α) and strong stability, against the literature."""

import cmath
import math
from fractions import Fraction

import pytest
import sympy

from imde_sym.base.errors import MethodError
from imde_sym.method import LinearMultistep, methods
from tests.rows import rows


@rows(
    "name, angle",
    [("bdf1", 90), ("bdf2", 90), ("bdf3", 86.03), ("bdf4", 73.35), ("bdf5", 51.84), ("bdf6", 17.84), ("adams_moulton_1", 90)],
)
def test_the_angles_of_backward_differentiation(name, angle):
    """Hairer, Wanner II, table V.2.1."""
    assert round(methods[name].stability_angle, 2) == angle


@rows("name", ["adams_bashforth_1", "adams_bashforth_2", "adams_moulton_2", "milne_simpson_2", "nystroem_2"])
def test_methods_with_bounded_regions_have_no_wedge(name):
    assert methods[name].stability_angle == 0


@pytest.mark.parametrize("name", ["bdf3", "bdf5"])
@pytest.mark.parametrize("side", [-0.5, 0.5])
def test_rays_inside_the_wedge_are_stable_and_some_point_of_a_ray_outside_is_not(name, side):
    """By the roots of ρ(ζ) - zσ(ζ) at points of the ray."""
    import numpy as np

    m = methods[name]
    turn = math.radians(m.stability_angle + side)
    worst = 0.0
    for size in np.geomspace(0.01, 100, 400):
        z = -size * cmath.exp(1j * turn)
        polynomial = [complex(a) - z * complex(b) for a, b in zip(m.alpha[::-1], m.beta[::-1])]
        worst = max(worst, np.abs(np.roots(polynomial)).max())
    assert (worst > 1) == (side > 0)


@rows(
    "name, coefficient",
    [
        ("adams_bashforth_1", 1),  # forward Euler
        ("ssp_multistep_32", Fraction(1, 2)),  # Shu 1988; Gottlieb, Ketcheson, Shu 2011, table 8.1
        ("ssp_multistep_43", Fraction(1, 3)),
        ("adams_moulton_1", 2),  # the trapezoidal rule
        ("bdf1", sympy.oo),  # the implicit Euler method
        ("bdf2", 0),
        ("adams_bashforth_2", 0),
    ],
)
def test_strong_stability_of_multistep_methods(name, coefficient):
    assert methods[name].ssp_coefficient == coefficient


def test_free_parameters_have_no_stability():
    a = sympy.Symbol("a")
    m = LinearMultistep([a - 1, -a, 1], [2 - a, 0, 0])
    for property in ("stability_angle", "ssp_coefficient"):
        with pytest.raises(MethodError, match="needs a number for a"):
            getattr(m, property)
