"""Published and closed-form facts about concrete fields."""

from __future__ import annotations

import pytest
import sympy
from sympy import Rational, cos, sin

from imde_sym import VectorField, inverse_modified_equation, methods, modified_equation, systems
from imde_sym.base.errors import FieldError
from tests.rows import sampled

h, y, p, q = sympy.symbols("h y p q")
SQUARE = VectorField([y], [y**2])


def is_zero(e) -> bool:
    return sympy.expand(e) == 0


def test_second_term_of_the_pendulum_under_the_explicit_midpoint_rule_is_the_published_one():
    term = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 3).term(2)
    expected = [Rational(5, 12) * p**2 * sin(q) + Rational(50, 3) * sin(q) * cos(q), -Rational(5, 3) * p * cos(q)]
    assert all(is_zero(a - b) for a, b in zip(term, expected, strict=True))


def test_forward_euler_on_the_square_gives_the_coefficients_of_hairer_lubich_wanner():
    F = modified_equation(SQUARE, methods["explicit_euler"], 6)
    numbers = ["1", "-1", "3/2", "-8/3", "31/6", "-157/15"]
    assert [F.term(k)[0] for k in range(6)] == [Rational(c) * y ** (k + 2) for k, c in enumerate(numbers)]


def test_inverse_euler_on_the_square_is_geometric():
    F = inverse_modified_equation(SQUARE, methods["explicit_euler"], 9)
    assert [F.term(k)[0] for k in range(9)] == [y ** (k + 2) for k in range(9)]


def test_inverse_implicit_euler_on_the_square_is_the_alternating_geometric_series():
    F = inverse_modified_equation(SQUARE, methods["implicit_euler"], 9)
    assert [F.term(k)[0] for k in range(9)] == [(-1) ** k * y ** (k + 2) for k in range(9)]


def test_inverse_implicit_midpoint_on_the_square_is_the_closed_form_in_the_midpoint():
    # F = y0 y1 at the midpoint m gives h²F²/4 + F - m² = 0, so F = 2(sqrt(1 + h²m²) - 1)/h² with m = y itself
    F = inverse_modified_equation(SQUARE, methods["implicit_midpoint"], 9)
    x = sympy.Symbol("x")
    root = sympy.series(2 * (sympy.sqrt(1 + x) - 1), x, 0, 7).removeO()  # x = h² y²
    expected = [root.coeff(x, k // 2 + 1) * y ** (k + 2) if k % 2 == 0 else 0 for k in range(9)]
    assert [F.term(k)[0] for k in range(9)] == expected


def test_first_term_of_euler_on_lotka_volterra_is_the_published_one():
    term = modified_equation(systems["lotka_volterra"], methods["explicit_euler"], 2).term(1)
    expected = [p * (p * q - q**2 + 3 * q - 4) / 2, -q * (p**2 - p * q + 1) / 2]
    assert all(is_zero(a - b) for a, b in zip(term, expected, strict=True))


def test_scaled_lorenz_is_lorenz_in_scaled_variables():
    lorenz, scaled = systems["lorenz"], systems["lorenz_scaled"]
    tenfold = {v: 10 * v for v in lorenz.variables}
    for f, F in zip(lorenz.components, scaled.components, strict=True):
        assert is_zero(f.subs(tenfold, simultaneous=True) / 10 - F)


@pytest.mark.parametrize("name", sampled(systems, "first term"))
def test_first_euler_term_is_half_the_jacobian_times_the_field(name):
    field = systems[name]
    half = field.as_matrix().jacobian(field.variables) * field.as_matrix() / 2
    at = {v: Rational(3 + 2 * i, 7 + 5 * i) for i, v in enumerate(field.variables)}
    for equation, sign in ((inverse_modified_equation, 1), (modified_equation, -1)):
        difference = (equation(field, methods["explicit_euler"], 2).term(1) - sign * half).subs(at)
        assert all(abs(sympy.N(e, 50)) < 1e-45 for e in difference)


@pytest.mark.parametrize("method", ["explicit_midpoint", "rk4", "gauss2"])
def test_linear_field_is_learned_as_the_root_of_the_stability_function(method):
    # on y' = λ y the field is z y with R(h z) = exp(h λ)
    lam = sympy.Symbol("lam")
    tableau = methods[method]
    n = 7
    F = inverse_modified_equation(VectorField([y], [lam * y]), tableau, n)
    z = sum(F.term(k)[0].coeff(y) * h ** (k + 1) for k in range(n))
    A = sympy.Matrix(tableau.stages, tableau.stages, [sympy.sympify(str(a)) for r in tableau.A for a in r])
    b = sympy.Matrix([[sympy.sympify(str(x)) for x in tableau.b]])
    one = sympy.ones(tableau.stages, 1)
    powers = [1] + [(b * A**j * one)[0] for j in range(n)]
    at = z.subs(lam, 1)
    total, power = sympy.Integer(0), sympy.Integer(1)
    for c in powers:
        total += c * power
        power = sum(sympy.expand(power * at).coeff(h, k) * h**k for k in range(n + 1))
    total = sympy.expand(total)
    assert all(sympy.nsimplify(total.coeff(h, k) - Rational(1, sympy.factorial(k))) == 0 for k in range(n + 1))


def test_conservation_of_the_hamiltonian_structure_by_implicit_midpoint():
    # -J⁻¹ times the field is a gradient: its Jacobian is symmetric (seed paper, symplectic solver)
    field = systems["henon_heiles"]
    for k in range(5):
        t = inverse_modified_equation(field, methods["implicit_midpoint"], 5).term(k)
        gradient = sympy.Matrix([-t[2], -t[3], t[0], t[1]])
        J = gradient.jacobian(field.variables)
        assert (J - J.T).expand() == sympy.zeros(4, 4)


def test_parts_are_named_by_variables_or_by_their_places():
    f, m = systems["henon_heiles"], methods["symplectic_euler"]
    names = [[str(v) for v in f.structure.q], [str(v) for v in f.structure.p]]
    places = [[f.variables.index(v) for v in part] for part in (f.structure.q, f.structure.p)]
    assert inverse_modified_equation(f, m, 4, places) == inverse_modified_equation(f, m, 4, names)
    with pytest.raises(FieldError, match="or their places"):
        inverse_modified_equation(f, m, 4, [[0, 9], [2, 3]])
