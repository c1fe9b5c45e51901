"""Fields from sympy's own equations, functions of time, matrices, and from right-hand sides written in Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
from sympy import Eq, Function, Matrix, MatrixSymbol, cos, sin
from sympy.physics.mechanics import dynamicsymbols

from imde_sym import VectorField, systems
from imde_sym.base.errors import FieldError, ImdeError
from imde_sym.fields.gate import as_field
from tests.rows import rows

t, a, m, k = sympy.symbols("t a m k")
x, y = sympy.symbols("x y")
X, Y = Function("x")(t), Function("y")(t)
ROTATION = VectorField("x' = y; y' = -x")


@rows(
    "given",
    [
        ([Eq(X.diff(t), Y), Eq(Y.diff(t), -X)],),
        ((Eq(X.diff(t), Y), Eq(Y.diff(t), -X)),),
        ([Eq(Y, X.diff(t)), Eq(Y.diff(t) + X, 0)],),
        ([X.diff(t) - Y, Y.diff(t) + X],),
        ({X: Y, Y: -X},),
        ({X.diff(t): Y, Y.diff(t): -X},),
        ([X, Y], [Y, -X]),
        (Matrix([X, Y]), Matrix([Y, -X])),
        (Eq(Matrix([X, Y]).diff(t), Matrix([[0, 1], [-1, 0]]) * Matrix([X, Y])),),
        (Matrix([x, y]), Matrix([y, -x])),
        ([x, y], Matrix([[0, 1], [-1, 0]]) * Matrix([x, y])),
        (["x' = y", "y' = -x"],),
        (lambda x, y: (y, -x),),
        (lambda x, y: [y, -x],),
        (lambda x, y: np.array([y, -x]),),
        (lambda u: [u[1], -u[0]], "x, y"),
        (lambda t, u: np.array([u[1], -u[0]]), ["x", "y"]),
        (lambda u, t: np.array([[0, 1], [-1, 0]]) @ u, [x, y]),
    ],
)
def test_one_field_in_the_forms_of_sympy_and_python(given):
    assert VectorField(*given) == ROTATION


def test_equations_of_sympy_are_solved_for_their_highest_derivative():
    field = VectorField(Eq(m * X.diff(t, 2) + k * X, cos(t)))
    assert [str(v) for v in field.variables] == ["x", "v", "t"] and field.free_parameters == (k, m)
    assert field == VectorField(m * X.diff(t, 2) + k * X - cos(t)) == as_field(m * X.diff(t, 2) + k * X - cos(t))
    assert field.equivalent(VectorField("m*x'' + k*x = cos(t)", parameters="m, k"))
    assert field.structure.kind == "second_order" and [str(s) for s in (*field.structure.q, *field.structure.p)] == ["x", "v"]
    assert field.with_parameters(m=2, k=3).components[1] == cos(t) / 2 - 3 * x / 2


def test_coordinates_of_mechanics_are_variables():
    q, u = dynamicsymbols("q u")
    time = dynamicsymbols._t
    assert str(VectorField({q: u, u: -sin(q)})) == "q' = u; u' = -sin(q)"
    assert str(VectorField(Eq(q.diff(time, 2), -sin(q)))) == "q' = v; v' = -sin(q)"
    q1, q2 = dynamicsymbols("q1 q2")
    field = VectorField([Eq(2 * q1.diff(time, 2) + q2.diff(time, 2), -q1), Eq(q1.diff(time, 2) + 2 * q2.diff(time, 2), -q2)])
    assert field == VectorField("2q1'' + q2'' = -q1; q1'' + 2q2'' = -q2")


def test_an_explicit_time_becomes_the_last_variable():
    s = sympy.Symbol("s", real=True)
    z = Function("z")(s)
    field = VectorField(Eq(z.diff(s), -z + sin(s)))
    assert field.variables[-1] == s == field.time and field.components == (-sympy.Symbol("z") + sin(s), 1)
    assert VectorField({X: -X + cos(t)}).time == t and VectorField(lambda t, x: -x + cos(t)).variables == (x, t)


def test_a_column_of_unknowns_gets_names_by_its_places():
    z = MatrixSymbol("z", 2, 1)
    assert str(VectorField(z, Matrix([[0, 1], [-1, -a]]) * z)) == "z0' = z1; z1' = -a*z1 - z0"


def test_undefined_functions_of_the_variables_stay():
    V = Function("V")
    field = VectorField(Eq(X.diff(t), -V(X)))
    assert field.components == (-V(x),) and list(field.functions) == ["V"]


@rows(
    "given, words",
    [
        ((Eq(X, 2),), "derivative"),
        ((Eq(X.diff(t, 8), 1),), "order 8"),
        (([Eq(X.diff(t), Y)],), "functions=['y']"),
        ((Eq(X.diff(t), x),), "both a symbol and a function"),
        ((Eq(X.diff(t) ** 2, 1),), "not linear"),
        (([Eq(X.diff(t), 1), Eq(Function("z")(a).diff(a), 1)],), "one time"),
        ((Eq(Matrix([X]).diff(t), Matrix([1, 2]), evaluate=False),), "shape"),
        ((lambda x: abs(x),), "smooth"),
        ((lambda x: x if x > 0 else -x,), "branches"),
        ((lambda x: math.sin(x),), "NumPy"),
        ((lambda x, y: x,), "returns 1"),
        ((lambda u: [u[1], u[0]],), 'variables="x, y"'),
        ((lambda: 1,), "argument"),
        ((lambda x: "x",), "components"),
        ((lambda x: [None],), "components"),
        ((3,), "field is"),
        ((x,), "field is"),
        ((), "field is"),
    ],
)
def test_forms_that_are_no_field_are_refused_with_a_hint(given, words):
    with pytest.raises(ImdeError) as error:
        VectorField(*given)
    assert words in str(error.value)


def test_functions_of_numpy_are_read_on_symbols():
    def right(t, u, mu=0.37, gain=-65):
        q, p = u
        return np.array(
            [p, mu * (1 - q**2) * p - np.sin(q) + gain * np.exp(-(q**2)) * np.tanh(t) / np.sqrt(2 + np.arctan2(q, p))]
        )

    field = VectorField(right, variables="q, p")
    point = dict(zip(field.variables, (0.61, 0.29, 1.13)))
    assert [float(c.subs(point)) for c in field.components[:2]] == pytest.approx(right(1.13, np.array([0.61, 0.29])), rel=1e-14)


def test_further_arguments_are_parameters():
    field = VectorField(lambda t, u, a: [u[1], -a * u[0]], variables="q p", parameters={"a": 2})
    assert str(field) == "q' = p; p' = -2*q" and field.with_parameters(a=3).components[1] == -3 * sympy.Symbol("q")
    with pytest.raises(FieldError, match="known already"):
        VectorField({x: 1}, variables=[x])


def test_compiled_functions_are_read_from_their_source():
    numba = pytest.importorskip("numba")

    @numba.njit
    def right(t, u):
        return np.array([u[1], -u[0]])

    assert VectorField(right, variables="x, y") == ROTATION


def test_a_hamiltonian_as_text():
    field = VectorField.hamiltonian("p^2/(2*m) + k*q^2/2", q="q", p="p", parameters="m, k")
    assert str(field) == "q' = p/m; p' = -k*q" and field.hamiltonian_function == sympy.sympify("p**2/(2*m) + k*q**2/2")
    pendulum = VectorField.hamiltonian(r"\frac{p²}{2} − k \cos q", q="q", p="p", parameters="k=10")
    assert pendulum.hamiltonian_function == systems["pendulum"].hamiltonian_function
    assert VectorField.hamiltonian("p²/(2m) + V(q)", q="q", p="p", parameters="auto", functions=["V"]).functions == {
        "V": Function("V")
    }
