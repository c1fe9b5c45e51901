"""Invariants, volume, reversibility and equilibria of modified fields, decided power by power of h."""

from __future__ import annotations

import mpmath
import pytest
import sympy
from hypothesis import given

from imde_sym import (
    ImdeError,
    VectorField,
    conserved,
    divergence,
    inverse_modified_equation,
    linearisation,
    methods,
    modified_equation,
    reversibility,
    systems,
)
from imde_sym.base.errors import FieldError, ParseError
from tests.rows import rows
from tests.strategies import examples, tableaux

BODY = systems["rigid_body"]


@pytest.mark.parametrize("invariant", ["energy", "casimir"])
@pytest.mark.parametrize("direction", [modified_equation, inverse_modified_equation])
@pytest.mark.parametrize("method, failure", [("implicit_midpoint", None), ("gauss2", None), ("rk4", 4), ("explicit_midpoint", 2)])
def test_quadratic_invariants_of_the_rigid_body(method, failure, direction, invariant):
    # symplectic Runge-Kutta methods keep quadratic invariants (Cooper 1987; HLW Thm IV.2.1), others fail at their order
    F = direction(BODY, methods[method], 6)
    result = conserved(invariant, F)
    assert (result.first_failure, result.holds) == (failure, failure is None)
    assert result.proven
    # against plain sympy
    gradient = sympy.Matrix([BODY.invariants[invariant]]).jacobian(BODY.variables)
    for k in range(6):
        assert sympy.expand((gradient * F.term(k))[0] - result.term(k)) == 0


def test_a_cubic_invariant_is_lost_even_by_a_symplectic_method():
    f = VectorField.parse("p' = -q**2; q' = p")
    result = conserved("p**2/2 + q**3/3", (f, methods["implicit_midpoint"], 4))
    assert result.first_failure == 2
    # hand computation: dH/dt at h² is ∇H·f_2 with f_2 = f''(f,f)/24 - f'f'f/12 (docs/theory.md, section 7)
    p, q = f.variables
    J = sympy.Matrix(f.components).jacobian(f.variables)
    F = sympy.Matrix(f.components)
    f2 = sympy.Matrix([(F.T * sympy.hessian(c, f.variables) * F)[0] for c in f.components]) / 24 - J * J * F / 12
    assert sympy.expand((sympy.Matrix([[p, q**2]]) * f2)[0] - result.term(2)) == 0


@examples(15)
@given(tableaux(max_stages=2))
def test_every_runge_kutta_method_keeps_linear_invariants(tableau):
    for direction in (modified_equation, inverse_modified_equation):
        assert conserved("y1 + y2 + y3", direction(systems["robertson"], tableau, 4)).holds


def test_what_is_no_invariant_fails_at_power_0():
    result = conserved("p", (systems["pendulum"], methods["rk4"], 3))
    assert result.first_failure == 0 and "field itself" in result.verdict
    assert result.term(0) == -10 * sympy.sin(sympy.Symbol("q"))


def test_parameters_of_the_field_may_occur_in_an_invariant():
    p, q, k = sympy.symbols("p q k")
    named = conserved("energy", (systems["pendulum"], methods["explicit_euler"], 3))
    text = conserved("p**2/2 - k*cos(q)", (systems["pendulum"], methods["explicit_euler"], 3))
    expression = conserved(p**2 / 2 - k * sympy.cos(q), (systems["pendulum"], methods["explicit_euler"], 3))
    assert named == text == expression and named.first_failure == 1
    free = systems["pendulum"].with_parameters(k=k)
    assert conserved("energy", (free, methods["explicit_euler"], 2)).term(1).has(k)


def test_functions_that_the_field_lacks_are_adjoined():
    f = systems["lotka_volterra"]
    result = conserved("energy", (f, methods["explicit_euler"], 3))
    p, q = f.variables
    assert result.term(0) == 0 and result.first_failure == 1
    F = inverse_modified_equation(f, methods["explicit_euler"], 3)
    H = 2 * sympy.log(q) - q + sympy.log(p) - p
    expected = sympy.diff(H, p) * F.term(2)[0] + sympy.diff(H, q) * F.term(2)[1]
    assert sympy.simplify(result.term(2) - expected) == 0


def test_a_result_prints_and_truncates():
    result = conserved("energy", (systems["pendulum"], methods["explicit_euler"], 3))
    assert str(result).startswith("d/dt(energy) = h*(") and "frac{d}{dt}" in result.latex()
    assert "fails first at h, by" in repr(result)
    assert result.truncate(1).holds and result.truncate(1).verdict == "holds up to h^0"
    assert result.lambdify()([[1.0, 0.0]], 0.1) == pytest.approx(0.1 * (-5))


BAD = {
    "misspelt name": ("enrgy", FieldError, "nearest: energy"),
    "unknown symbol in text": ("p**2 + qq", FieldError, "'qq'; nearest: q"),
    "unknown symbol": (sympy.Symbol("P") ** 2, FieldError, "nearest: p"),
    "other assumptions": (sympy.Symbol("p", positive=True), FieldError, "assumptions"),
    "broken text": ("p +", ParseError, "the end"),
    "unknown function": ("foo(p)", ParseError, "foo"),
    "no expression": (3.5, FieldError, "expression"),
    "not smooth": ("abs(p)", ParseError, "smooth"),
}


@rows("name", BAD)
def test_invariants_that_make_no_sense_are_refused(name):
    given, error, culprit = BAD[name]
    with pytest.raises(error, match=culprit):
        conserved(given, (systems["pendulum"], methods["rk4"], 2))


def test_what_is_no_modified_field_is_refused():
    for wrong in ("pendulum", (1, 2, 3), systems["pendulum"], (systems["pendulum"], methods["rk4"])):
        with pytest.raises(ImdeError, match=r"(accepted:|takes) a ModifiedField, or field, method and order"):
            conserved("energy", wrong)


def test_rounding_in_a_field_with_floats_is_no_failure():
    p, q = sympy.symbols("p q")
    f = VectorField.hamiltonian(0.3 * p**2 + 0.7 * q**2 + 0.1 * p * q, q=[q], p=[p])
    kept = conserved("energy", (f, methods["gauss2"], 5))
    assert kept.holds and not kept.proven and "numerically" in kept.verdict
    assert conserved("energy", (f, methods["rk4"], 6)).first_failure == 5
    assert reversibility((systems["pendulum"].with_parameters(k=9.81), methods["gauss2"], 5)).holds


# -- volume -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["explicit_euler", "rk4", "implicit_midpoint"])
@pytest.mark.parametrize("system", ["pendulum", "lorenz", "abc_flow"])
def test_divergence_is_the_trace_of_the_jacobian(system, method):
    F = inverse_modified_equation(systems[system], methods[method], 5)
    result, point = divergence(F), dict(zip(F.variables, map(sympy.Rational, ("7/11", "-9/13", "3/7"))))
    for k in range(5):
        trace = sum(sympy.diff(F.term(k)[m], v) for m, v in enumerate(F.variables))
        assert abs(sympy.N((trace - result.term(k)).subs(point), 30)) < 1e-25
    # f_4 of the classical method keeps the area for the pendulum: see test_modified_hamiltonians
    assert result.holds == (system == "pendulum" and method != "explicit_euler")


def test_no_runge_kutta_method_keeps_the_volume_of_every_divergence_free_field():
    # HLW Thm VI.9.4 asks for more than one part; the ABC flow is a counter-example for the midpoint rule
    result = divergence((systems["abc_flow"], methods["implicit_midpoint"], 3))
    assert (result.term(0), result.first_change) == (0, 2)


# -- reversibility ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "method, failure",
    [("implicit_midpoint", None), ("trapezoid", None), ("explicit_euler", 1), ("explicit_midpoint", 3), ("rk4", 5)],
)
@pytest.mark.parametrize("system", ["pendulum", "kepler"])
def test_reversibility_is_kept_exactly_by_symmetric_methods(system, method, failure):
    # ρF(t)(y) = (-1)^|t| F(t)(ρy): the odd powers of h must vanish (HLW Thm V.1.5)
    assert reversibility((systems[system], methods[method], 6)).first_failure == failure


def test_an_involution_can_be_a_matrix_or_signs():
    F = inverse_modified_equation(systems["pendulum"], methods["explicit_euler"], 3)
    by_signs, by_matrix = reversibility(F, {"p": -1}), reversibility(F, [[-1, 0], [0, 1]])
    assert by_signs.defects == by_matrix.defects and by_signs.first_failure == 1
    p, q = F.variables
    assert by_signs.defects[1] == sympy.Matrix([10 * p * sympy.cos(q), -10 * sympy.sin(q)])
    swap = reversibility((VectorField.parse("x' = y - x; y' = y - x"), methods["implicit_midpoint"], 3), [[0, 1], [1, 0]])
    assert swap.holds


@rows("rho, culprit", [({"P": -1}, "nearest: p"), ([[2, 0], [0, 1]], "ρ² = I"), ([[1]], "shape"), ("x", "involution")])
def test_maps_that_are_no_involution_are_refused(rho, culprit):
    with pytest.raises(ImdeError, match=culprit):
        reversibility((systems["pendulum"], methods["rk4"], 2), rho)
    with pytest.raises(ImdeError, match="say with `rho`"):
        reversibility((systems["lorenz"], methods["rk4"], 2))


# -- equilibria -----------------------------------------------------------------------------------------
def test_equilibria_are_kept_and_eigenvalues_follow_the_linear_theory():
    # R(hλ_h) = e^{hλ}, here for R(z) = 1 + z + z²/2, solved by mpmath for a complex and a real λ
    h, order = mpmath.mpf(1) / 50, 6
    point = linearisation((systems["lorenz"], methods["explicit_midpoint"], order))
    assert point.kept and len(point.true_eigenvalues) == 3
    for eigenvalue in point.true_eigenvalues[:2]:
        a = mpmath.mpmathify(eigenvalue.evalf(30))
        learned = sum(mpmath.mpmathify(sympy.N(c, 30)) * h**k for k, c in enumerate(point.expansion(eigenvalue)))
        exact = mpmath.findroot(lambda w, a=a: 1 + h * w + (h * w) ** 2 / 2 - mpmath.exp(h * a), a)
        assert abs(learned - exact) < abs(h * a) ** order * abs(a) and abs(exact - a) > 2 * abs(h * a) ** order * abs(a)


def test_the_expansion_of_eulers_eigenvalue_is_the_exponential():
    point = linearisation((systems["harmonic_oscillator"], methods["explicit_euler"], 6))
    found = point.expansion(sympy.I)
    assert list(found) == [sympy.I ** (k + 1) / sympy.factorial(k + 1) for k in range(6)]
    assert point.true_eigenvalues == (-sympy.I, sympy.I)


def test_damping_learned_as_growth_is_flagged():
    f = VectorField.parse("x' = -x/10 + 2*y; y' = -2*x - y/10")
    wrong = linearisation((f, methods["implicit_euler"], 8)).changes("1/10")
    assert len(wrong) == 2 and all("damped learned as anti-damped" in w for w in wrong)
    assert linearisation((f, methods["explicit_euler"], 8)).changes("1/10") == ()
    oscillator = systems["harmonic_oscillator"]
    forward = linearisation(modified_equation(oscillator, methods["explicit_euler"], 8)).changes("1/10")
    assert len(forward) == 2 and all("neutral learned as anti-damped" in w for w in forward)
    assert linearisation((oscillator, methods["implicit_midpoint"], 8)).changes("1/10") == ()


def test_equilibria_elsewhere_than_the_origin():
    point = linearisation((systems["lotka_volterra"], methods["rk4"], 6), at={"q": 2, "p": 1})
    assert point.kept and point.true_eigenvalues == (-sympy.sqrt(2) * sympy.I, sympy.sqrt(2) * sympy.I)
    learned = dict(point.eigenvalues(0.1))
    assert all(abs(a - b) < 1e-4 and a != b for a, b in learned.items())
    with pytest.raises(ImdeError, match="not an equilibrium"):
        linearisation((systems["lotka_volterra"], methods["rk4"], 6), at=[1, 1])
    with pytest.raises(ImdeError, match="a value for each"):
        linearisation((systems["lotka_volterra"], methods["rk4"], 6), at=[1])


def test_equilibria_in_floats_are_accepted_up_to_rounding():
    place, F = 72**0.5, (systems["lorenz"], methods["rk4"], 5)
    point, exact = linearisation(F, at=[place, place, 27]), linearisation(F, at=[6 * sympy.sqrt(2), 6 * sympy.sqrt(2), 27])
    assert point.kept
    for a, b in zip(point.eigenvalues(0.01), exact.eigenvalues(0.01)):
        assert a == pytest.approx(b, rel=1e-12)
    with pytest.raises(ImdeError, match="not an equilibrium"):
        linearisation(F, at=[place + 1e-6, place, 27])
    assert linearisation((systems["pendulum"], methods["rk4"], 5), at={"q": 3.141592653589793, "p": 0}).kept


def test_multiple_eigenvalues_have_no_expansion():
    point = linearisation((VectorField.parse("x' = y; y' = 0"), methods["rk4"], 2))
    with pytest.raises(ImdeError, match="not a simple eigenvalue"):
        point.expansion(sympy.S.Zero)
