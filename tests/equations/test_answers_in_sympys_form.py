"""Answers come back in the functions of time, or entries of a column, in which sympy's own equations were given."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sympy
from sympy import Eq, Function, MatrixSymbol, Rational, cos, sin
from sympy.physics.mechanics import dynamicsymbols

import imde_sym as imde
from imde_sym import VectorField
from imde_sym.base.errors import FieldError

t, h = sympy.symbols("t h")
X, Y = Function("x")(t), Function("y")(t)
EQUATIONS = [Eq(X.diff(t), Y), Eq(Y.diff(t), -sin(X))]


def test_a_modified_equation_comes_back_as_equations_of_the_same_functions():
    F = imde.modified_equation(EQUATIONS, "euler", 2)
    assert F.as_equations() == [Eq(X.diff(t), Y + h * sin(X) / 2), Eq(Y.diff(t), -sin(X) + h * Y * cos(X) / 2)]
    assert F.as_expr(form="given") == sympy.Matrix([Y + h * sin(X) / 2, -sin(X) + h * Y * cos(X) / 2])
    assert F.field.as_given(F.term(1)) == sympy.Matrix([sin(X) / 2, Y * cos(X) / 2])
    assert F.as_equations(h="1/10")[0] == Eq(X.diff(t), Y + sin(X) / 20)
    assert VectorField(F.as_equations(h=Rational(1, 10))) == F.as_field("1/10")
    assert VectorField(EQUATIONS).as_equations() == EQUATIONS


def test_functions_with_assumptions_and_another_time_are_the_users_own():
    s = sympy.Symbol("s", positive=True)
    z = Function("z", real=True)(s)
    F = imde.modified_equation({z: -z}, "euler", 3)
    assert F.as_equations() == [Eq(z.diff(s), -z - h * z / 2 - h**2 * z / 3)]
    assert pickle.loads(pickle.dumps(F)).as_equations() == F.as_equations()
    k = sympy.Symbol("k")
    decay = VectorField(Eq(z.diff(s), -k * z)).with_parameters(k=2)
    assert decay.as_equations() == [Eq(z.diff(s), -2 * z)]
    q, u = dynamicsymbols("q u")
    back = imde.inverse_modified_equation({q: u, u: -q}, "euler", 2).as_equations()
    assert back == [Eq(q.diff(), u - h * q / 2), Eq(u.diff(), -q - h * u / 2)]


def test_a_velocity_is_a_function_of_its_own_or_is_eliminated():
    pendulum = Eq(X.diff(t, 2) + sin(X), 0)
    F = imde.modified_equation(pendulum, "leapfrog", 3)
    v = Function("v")(t)
    assert F.as_equations()[0] == Eq(X.diff(t), v + h**2 * v * cos(X) / 6)
    # x(t+h) - 2x(t) + x(t-h) = h² x'' + h⁴/12 x'''' = -h² sin x
    expected = -sin(X) - h**2 / 12 * (sin(X) * cos(X) + sin(X) * X.diff(t) ** 2)
    (found,) = F.as_equations(second_order=True)
    assert found.lhs == X.diff(t, 2) and sympy.expand(found.rhs - expected) == 0
    assert VectorField(pendulum).as_equations(second_order=True) == [Eq(X.diff(t, 2), -sin(X))]


def test_the_time_of_a_forced_system_stays():
    (found,) = imde.modified_equation(Eq(X.diff(t, 2), -X + cos(t)), "leapfrog", 3).as_equations(second_order=True)
    assert sympy.expand(found.rhs - (-X + cos(t) - h**2 / 12 * (X - 2 * cos(t)))) == 0
    assert len(imde.modified_equation(Eq(X.diff(t), -X + cos(t)), "euler", 2).as_equations()) == 1


@pytest.mark.parametrize("method, order", [("euler", 3), ("symplectic_euler", 3), ("rk4", 5)])
def test_the_equation_of_second_order_holds_along_the_system_to_its_order(method, order):
    F = imde.modified_equation("x'' = -x^3 - 0.37 x' + y; y'' = -y + x y'", method, order)
    system, first = F.as_equations(second_order=True), F.as_expr()
    symbols = sympy.symbols("x y vx vy")
    point = dict(zip(symbols, sympy.Rational(1, 100) * sympy.Matrix([61, -29, 83, 113])))
    rates = [sum(sympy.diff(first[k], s) * f for s, f in zip(symbols, first)) for k in range(2)]
    meaning = {X.diff(t): first[0], Y.diff(t): first[1], X: symbols[0], Y: symbols[1]}
    errors = [(rate - equation.rhs.xreplace(meaning)).subs(point) for rate, equation in zip(rates, system, strict=True)]
    steps = [Rational(1, 2**k) for k in range(5, 9)]
    sizes = [max(abs(float(e.subs(h, step))) for e in errors) for step in steps]
    slope = np.polyfit(np.log([float(s) for s in steps]), np.log(sizes), 1)[0]
    assert slope > order - 0.2


def test_a_column_of_unknowns_comes_back_in_its_entries():
    z = MatrixSymbol("z", 2, 1)
    F = imde.modified_equation(VectorField(z, sympy.Matrix([[0, 1], [-1, 0]]) * z), "euler", 2)
    assert F.as_expr(form="given") == sympy.Matrix([z[1, 0] + h * z[0, 0] / 2, -z[0, 0] + h * z[1, 0] / 2])
    with pytest.raises(FieldError, match="without a time"):
        F.as_equations()


def test_hamiltonians_and_invariants_are_answered_in_the_same_functions():
    q, p = dynamicsymbols("q p")
    f = VectorField.hamiltonian("p^2/2 + q^4", q="q", p="p")
    H = imde.modified_hamiltonian(f, "implicit_midpoint", 3)
    assert sympy.expand(H.as_expr(form="given") - H.as_expr().subs({"q": q, "p": p})) == 0
    assert imde.divergence(imde.modified_equation(EQUATIONS, "euler", 2)).as_expr(form="given") == h * cos(X)


def test_what_has_no_such_form_says_so():
    with pytest.raises(FieldError, match="positions and velocities"):
        imde.modified_equation("x' = -x", "euler", 2).as_equations(second_order=True)
    with pytest.raises(FieldError, match="velocities cannot be eliminated"):
        imde.modified_equation("x'' = -x", imde.ButcherTableau([[0]], [2]), 2).as_equations(second_order=True)
    with pytest.raises(imde.ImdeError, match="unknown form"):
        imde.modified_equation("x' = -x", "euler", 2).as_expr(form="sympy")
    with pytest.raises(FieldError, match="expression"):
        VectorField("x' = -x").as_given(None)
