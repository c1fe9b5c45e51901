"""Modified equations of non-autonomous, second-order, undefined and complex fields."""

from __future__ import annotations

import pickle

import pytest
import sympy
from sympy import I, Rational, sin

import imde_sym as imde
from imde_sym import ModifiedField, VectorField, inverse_modified_equation, methods, modified_equation
from imde_sym.base.errors import FieldError
from imde_sym.fields import DifferentialRing

q, p, x, t, a, h = sympy.symbols("q p x t a h")
V = sympy.Function("V")
K = sympy.Function("H")(q, p)


@pytest.mark.parametrize("method", ["explicit_euler", "explicit_midpoint", "rk4", "gauss2", "implicit_euler"])
@pytest.mark.parametrize("equation", [modified_equation, inverse_modified_equation])
def test_component_of_time_stays_one(method, equation):
    F = equation(VectorField.parse("x' = -x**2 + sin(t)"), methods[method], 5)
    assert [F.term(k)[1] for k in range(5)] == [1, 0, 0, 0, 0] and F.term(4)[0] != 0


def test_inverse_euler_of_a_quadrature_is_the_taylor_series():
    # x' = g(t): Euler must add the integral of g over a step, so f_h = Σ h^k g^(k)/(k+1)!
    F = inverse_modified_equation(VectorField.parse("x' = g(t)", functions=["g"]), methods["explicit_euler"], 6)
    g = sympy.Function("g")(t)
    assert [F.term(k)[0] for k in range(6)] == [sympy.diff(g, t, k) / sympy.factorial(k + 1) for k in range(6)]


def test_forced_oscillator_has_the_claimed_orders_on_trajectories():
    field = VectorField.parse("x'' = -x + cos(2*t)/2", x0=["1", "0", "0"])
    assert imde.check(inverse_modified_equation(field, methods["explicit_midpoint"], 4)).passed


def test_euler_on_a_generic_function_lists_the_elementary_differentials():
    # docs/theory.md, section 7: f + h f'f/2 + h² (f''(f,f) + f'f'f)/6 in one dimension
    f = V(x)
    F = inverse_modified_equation(VectorField([x], [f]), methods["explicit_euler"], 4)
    D1, D2, D3 = (f.diff(x, n) for n in (1, 2, 3))
    expected = [f, f * D1 / 2, (f**2 * D2 + f * D1**2) / 6, (f**3 * D3 + 4 * f**2 * D1 * D2 + f * D1**3) / 24]
    assert all(sympy.expand(F.term(k)[0] - e) == 0 for k, e in enumerate(expected))


def test_implicit_midpoint_of_a_generic_hamiltonian_is_the_published_hamiltonian():
    # docs/theory.md, section 5: inverse H + h²/24 H''(J⁻¹∇H, J⁻¹∇H), forward with a minus sign
    field = VectorField.hamiltonian(K, [q], [p])
    flow = (K.diff(p), -K.diff(q))
    quadratic = K.diff(q, 2) * flow[0] ** 2 + 2 * K.diff(q, p) * flow[0] * flow[1] + K.diff(p, 2) * flow[1] ** 2
    for equation, sign in ((inverse_modified_equation, 1), (modified_equation, -1)):
        term = equation(field, methods["implicit_midpoint"], 3).term(2)
        wanted = VectorField.hamiltonian(sign * quadratic / 24, [q], [p]).as_matrix()
        assert (term - wanted).expand() == sympy.zeros(2, 1)


def test_undefined_functions_become_any_function():
    generic = inverse_modified_equation(VectorField([q, p], [p, -V(q).diff(q)]), methods["explicit_midpoint"], 4)
    special = inverse_modified_equation(VectorField([q, p], [p, -10 * sin(q)]), methods["explicit_midpoint"], 4)
    for k in range(4):
        put = generic.term(k).subs(V(q), -10 * sympy.cos(q)).doit()
        assert (put - special.term(k)).applyfunc(
            lambda e: sympy.expand(sympy.expand(e).subs(sympy.cos(q) ** 2, 1 - sin(q) ** 2))
        ) in (sympy.zeros(2, 1),) or all(
            abs(sympy.N(e.subs({q: Rational(3, 7), p: Rational(5, 11)}), 40)) < 1e-35 for e in put - special.term(k)
        )


@pytest.mark.parametrize(
    "right",
    [[V(q) ** 2 / (1 + V(q))], [V(q**2)], [V(q).diff(q) * sympy.exp(V(q))], [V(q + a * q**2).diff(q)], [V(V(q))]],
    ids=str,
)
def test_field_of_undefined_functions_survives_json_and_pickle(right):
    F = inverse_modified_equation(VectorField([q], right), methods["explicit_euler"], 3)
    for other in (ModifiedField.from_json(F.to_json()), pickle.loads(pickle.dumps(F))):
        assert other == F and str(other) == str(F)
    chain = F.term(1)[0] - sympy.diff(right[0], q) * right[0] / 2
    at = {V(q): sin(q)} if right != [V(V(q))] else {}
    assert sympy.simplify(chain.subs(at).doit()) == 0 or sympy.simplify(chain.replace(V, sympy.cosh).doit()) == 0


def test_a_ring_says_when_its_derivatives_end():
    ring = DifferentialRing([q], [V(q)], depth=1)
    first = ring.along(ring.convert(V(q)), ring.unit(0))
    assert ring.to_sympy(first) == V(q).diff(q)
    with pytest.raises(FieldError, match="larger depth"):
        ring.along(first, ring.unit(0))
    with pytest.raises(FieldError, match="larger depth"):
        ring.convert(V(q).diff(q, 2))


def test_complex_coefficients_obey_their_relation():
    # y' = i y under Euler: f_h = (exp(i h) - 1)/h y
    F = inverse_modified_equation(VectorField([x], [I * x]), methods["explicit_euler"], 5)
    assert [F.term(k)[0] for k in range(5)] == [sympy.expand(I ** (k + 1)) * x / sympy.factorial(k + 1) for k in range(5)]
    rotating = VectorField([x], [sympy.exp(I * x)])
    term = inverse_modified_equation(rotating, methods["explicit_euler"], 2).term(1)[0]
    assert abs(sympy.N((term - I * sympy.exp(2 * I * x) / 2).subs(x, Rational(1, 3)), 30)) < 1e-25


def test_symbolic_powers_differentiate_by_the_rule():
    F = inverse_modified_equation(VectorField([x], [x**a]), methods["explicit_euler"], 3)
    assert sympy.simplify(F.term(1)[0] - a * x ** (2 * a - 1) / 2) == 0
    assert sympy.simplify(F.term(2)[0] - (a * (a - 1) + a**2) * x ** (3 * a - 2) / 6) == 0


@pytest.mark.parametrize(
    "text, parts",
    [
        ("q' = p + p**2; p' = -q", [["q"], ["p"]]),  # not linear in the velocities
        ("q' = p*q; p' = -q", [["q"], ["p"]]),  # a mass that moves
        ("q' = -q; p' = -q", [["q"], ["p"]]),
    ],
)
def test_a_nystroem_method_takes_systems_of_second_order_alone(text, parts):
    f = imde.VectorField.parse(text)
    with pytest.raises(imde.ImdeError, match="linear in the velocities"):
        imde.modified_equation(f, imde.methods["nystrom_verlet"], 2, parts=parts)
