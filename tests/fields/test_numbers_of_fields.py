"""The generated code gives the numbers of the user's own text: 40-digit derivatives of it are the other route."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from imde_sym import VectorField, inverse_modified_equation, methods
from imde_sym.base.errors import ImdeError
from tests.strategies import examples

H = sympy.Rational(1, 8)
TOLERANCE = 1e-10


def size(e: sympy.Expr, at: dict) -> tuple[sympy.Expr, sympy.Expr]:
    """The value and the sum of the absolute values of the terms as they are written, in 40 digits."""
    if e.is_Add or e.is_Mul:
        parts = [size(a, at) for a in e.args]
        values, sizes = zip(*parts)
        return (sympy.Add(*values), sympy.Add(*sizes)) if e.is_Add else (sympy.Mul(*values), sympy.Mul(*sizes))
    value = e.xreplace(at).evalf(40)
    return value, abs(value)


def taylor(text: str, order: int, parameters: dict) -> tuple[VectorField, list[list[sympy.Expr]]]:
    """The field and D^k f/(k + 1)!, which are the terms of the inverse modified equation of Euler's method."""
    field = VectorField.parse(text, list(parameters))
    terms = [list(field.components)]
    for k in range(1, order):
        slopes = [[sympy.diff(e, v) for v in field.variables] for e in terms[-1]]
        terms.append([sympy.Add(*(a * b for a, b in zip(row, field.components))) / (k + 1) for row in slopes])
    return field, terms


def agree(text: str, point: list[str], order: int, **parameters: float) -> None:
    field, terms = taylor(text, order, parameters)
    values = [float(v) for v in point]
    at = {v: sympy.Rational(x) for v, x in zip(field.variables, values, strict=True)}
    at |= {s: sympy.Rational(parameters[str(s)]) for s in field.free_parameters}
    got = inverse_modified_equation(field, methods["explicit_euler"], order).lambdify()(values, float(H), **parameters)
    for m in range(field.dimension):
        parts = [size(t[m], at) for t in terms]
        right = sum(v * H**k for k, (v, _) in enumerate(parts))
        scale = sum(s * H**k for k, (_, s) in enumerate(parts))
        assert abs(float(got[m]) - right) <= TOLERANCE * scale, (text, m, got[m], right)


HODGKIN_HUXLEY = """
V' = 10 - 120*m^3*k*(V - 50) - 36*n^4*(V + 77) - 0.3*(V + 54.4)
m' = 0.1*(V+40)/(1 - exp(-(V+40)/10))*(1 - m) - 4*exp(-(V+65)/18)*m
k' = 0.07*exp(-(V+65)/20)*(1 - k) - k/(1 + exp(-(V+35)/10))
n' = 0.01*(V+55)/(1 - exp(-(V+55)/10))*(1 - n) - 0.125*exp(-(V+65)/80)*n
"""
MORRIS_LECAR = """
V' = (30 - 4.4*(1 + tanh((V + 1.2)/18))/2*(V - 120) - 8*w*(V + 84) - 2*(V + 60))/20
w' = 0.04*((1 + tanh((V - 2)/30))/2 - w)*cosh((V - 2)/60)
"""
NETWORK = """
x' = 0.8127*tanh(0.5213*x - 0.3142*y + 0.2017) - 1.4142*tanh(1.1337*x + 0.7408*y - 0.4106) + 0.0931
y' = -0.6021*tanh(-0.8529*x + 0.3301*y + 0.1748) + 0.2718*tanh(2.3026*x + 0.0953*y - 1.0986)
"""
CASES = [
    (HODGKIN_HUXLEY, ["-65.3", "0.0529", "0.5961", "0.3177"], 2),
    pytest.param(HODGKIN_HUXLEY, ["-65.3", "0.0529", "0.5961", "0.3177"], 3, marks=pytest.mark.slow),
    ("V' = 0.7 + V - V^3/3 - w; w' = 0.08*(V + 0.7 - 0.8*w)", ["-1.2", "-0.625"], 4),
    (MORRIS_LECAR, ["-31.5", "0.014"], 3),
    (NETWORK, ["0.37", "-0.61"], 3),
    ("s' = 1/(1+exp(-(s-0.35)/0.06)) - s/(1+exp((s-0.61)/0.08))", ["0.5"], 3),
    ("V' = exp(-(V+35)/10) + exp(-(V+65)/18)", ["-65"], 4),
    ("x' = sin((x+35)/10) + sin((x+65)/18)", ["-65"], 4),
    ("x' = y; y' = -x + 0.377*cos(6.28*t) + cos(t)", ["0.3", "0.4", "1"], 4),
    ("x' = 1/(2+cos(1.23*t)) + sqrt(2+cos(150*t))*x", ["0.3", "0.3"], 3),
    ("x' = tan(0.37*x - 1.1) + tan(2.9*x)*sin(2.9*x)", ["0.6"], 3),
    ("x' = cosh(10*x) - cosh(x/2) + sinh(3*x - 7)*cosh(2*x + 5)", ["0.3"], 3),
    ("a' = a^2/(2+a^2)", ["1e-7"], 4),
    ("a' = a^4/(0.7^4+a^4) - 0.377*a", ["1e-3"], 4),
    ("a' = a^2.5/(0.7^2.5 + a^2.5) - 0.377*a/(1.3 + a)", ["0.041"], 4),
    ("z' = 0.7/(0.05^10 + z^10)", ["0.0004"], 4),
    ("x' = z/(0.37^8 + z^8) - 0.5*x; z' = x - 0.5/(1 + z^9)", ["0.3", "0.004"], 4),
    ("x' = sin(x)^2; y' = sinh(y)^2", ["1e-6", "1e-6"], 4),
    ("x' = (x - 100)^5 + 3", ["100.01"], 3),
    ("q' = p; r' = s; p' = -(q - 100)*((q - 100)^2 + (r - 37.7)^2)^(-1.5); s' = -(r - 37.7)*((q - 100)^2 + (r - 37.7)^2)^(-1.5)",
     ["100.0003", "37.7004", "0.01", "-0.02"], 3),
    ("x' = tanh(x)", ["12"], 4),
    ("x' = y/cosh(x)^2; y' = sinh(y)/cosh(x)", ["12.3", "0.4"], 3),
    ("x' = sqrt(377*x + 0.2*t + 37) - log(65.3*x + 41)", ["0.37", "1.1"], 4),
]  # fmt: skip


@pytest.mark.parametrize(
    "text, point, order", [case if i % 2 else pytest.param(*case, marks=pytest.mark.slow) for i, case in enumerate(CASES)]
)
def test_code_agrees_with_derivatives_of_the_text_in_40_digits(text, point, order):
    agree(text, point, order)


@pytest.mark.parametrize("x", ["0.37", "-2.5"])
@pytest.mark.parametrize("text", ["x' = x**a", "x' = -x**a/(1 + x**a)", "x' = x**a*(x - 1)"])
def test_a_symbolic_exponent_agrees_with_the_integer_that_it_stands_for(text, x):
    for order in (1, 2, 3, 4):
        field = VectorField.parse(text.replace("a", "2"))
        right = inverse_modified_equation(field, methods["explicit_euler"], order).lambdify()([float(x)], 0.125)
        free = inverse_modified_equation(VectorField.parse(text, ["a"]), methods["explicit_euler"], order).lambdify()
        assert np.allclose(free([float(x)], 0.125, a=2.0), right, rtol=1e-12)


@pytest.mark.parametrize("text", ["x' = x**a", "x' = -x**a/(1 + x**a)", "x' = x**a/(0.7**a + x**a) - x"])
@pytest.mark.parametrize("a", [2.0, 2.5, 4.0])
def test_a_power_with_a_symbolic_exponent_is_finite_at_zero(text, a):
    free = inverse_modified_equation(VectorField.parse(text, ["a"]), methods["explicit_euler"], 3).lambdify()
    assert free([0.0], 0.01, a=a).tolist() == [0.0]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("text", "x", "value"),
    [("x' = 1/(1+exp(-x))", -800.0, 0.0), ("x' = 1/(1+exp(-x))", 800.0, 1.0), ("x' = 1/(1+2.5*exp(x/0.3-4))", 800.0, 0.0),
     ("x' = tanh(x)", 800.0, 1.0), ("x' = 1/cosh(x)", -800.0, 0.0), ("x' = sinh(x)/cosh(x)", 800.0, 1.0), ("x' = coth(x)", 800.0, 1.0)],
)  # fmt: skip
def test_saturated_functions_are_finite_with_their_derivatives(text, x, value):
    got = inverse_modified_equation(VectorField.parse(text), methods["explicit_euler"], 4).lambdify()([x], 0.01)
    assert got.tolist() == [value]


def test_the_derivative_of_tanh_keeps_its_digits_where_tanh_is_one():
    term = inverse_modified_equation(VectorField.parse("x' = tanh(x)"), methods["explicit_euler"], 2).lambdify(part="correction")
    with mpmath.workdps(40):
        right = mpmath.tanh(12) * mpmath.sech(12) ** 2 / 2
    assert abs(float(term([12.0], 1.0)[0]) / float(right) - 1) < 1e-14


def test_arguments_stay_as_they_are_written_unless_their_ratio_is_small():
    first = inverse_modified_equation(
        VectorField.parse("x' = sin(6.28*x) + sin(x) + exp((x+65)/18)"), methods["explicit_euler"], 1
    )
    assert set(map(str, first.term(0)[0].atoms(sympy.Function))) == {"sin(x)", "sin(157*x/25)", "exp(x/18 + 65/18)"}
    doubled = inverse_modified_equation(VectorField.parse("x' = exp(x) + exp(2*x)"), methods["explicit_euler"], 2)
    assert len(doubled.ring.generators) == 2


NUMBER = st.integers(-40000, 40000).map(lambda n: f"{n / 100}")
SMALL = st.integers(-300, 300).map(lambda n: f"{n / 100}")
ARGUMENT = st.tuples(st.one_of(NUMBER, SMALL), SMALL, st.one_of(SMALL, st.integers(-10000, 10000).map(lambda n: f"{n / 100}")))
NAMES = st.sampled_from(["exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "sqrt"])
TERMS = st.lists(st.tuples(NAMES, ARGUMENT), min_size=1, max_size=4)
CONDITION = {
    "exp": lambda u: u, "sin": lambda u: u / mpmath.tan(u), "cos": lambda u: u * mpmath.tan(u), "tan": lambda u: 2 * u / mpmath.sin(2 * u),
    "sinh": lambda u: u / mpmath.tanh(u), "cosh": lambda u: u * mpmath.tanh(u), "tanh": lambda u: 2 * u / mpmath.sinh(2 * u),
    "log": lambda u: 1 / mpmath.log(u), "sqrt": lambda u: mpmath.mpf(1) / 2,
}  # fmt: skip


@examples(20)
@given(TERMS, st.integers(1, 3), st.integers(-64, 64), st.integers(0, 64))
def test_code_of_random_sums_of_functions_agrees_in_40_digits(terms, order, x, t):
    at = {"x": sympy.Rational(x, 32), "t": sympy.Rational(t, 32)}
    text = "x' = 0.25 + 0*t + " + " + ".join(f"{f}({a}*x + ({b})*t + ({c}))" for f, (a, b, c) in terms)
    for f, (a, b, c) in terms:
        u = mpmath.mpmathify((sympy.Rational(a) * at["x"] + sympy.Rational(b) * at["t"] + sympy.Rational(c)).evalf(40))
        if u == 0 or abs(u) > 150 or (f in ("log", "sqrt") and u <= 0) or u == 1 or not abs(CONDITION[f](u)) < 1e4:
            return
    moving = "t" in {str(v) for v in VectorField.parse(text).variables}
    agree(text, [str(float(at["x"]))] + [str(float(at["t"]))] * moving, order)


@pytest.mark.parametrize(
    "text",
    ["x' = exp(1e900)*x", "x' = cosh(1e900)*x"],
)
def test_a_number_beyond_all_ranges_is_refused_before_it_is_computed(text):
    with pytest.raises(ImdeError, match="beyond the range"):
        inverse_modified_equation(VectorField.parse(text), methods["explicit_euler"], 2)


def test_a_high_power_of_a_sum_is_not_multiplied_out():
    F = inverse_modified_equation(VectorField.parse("x' = (x+y+z+1)^1000; y' = x; z' = y"), methods["explicit_euler"], 2)
    x, y, z = sympy.symbols("x y z")
    s = x + y + z + 1
    assert F.term(0)[0] == s**1000
    at = dict(zip((x, y, z), (sympy.Rational(1, 100), sympy.Rational(1, 300), sympy.Rational(-1, 70))))
    difference = F.term(1)[0] - 500 * s**999 * (s**1000 + x + y)
    assert abs(difference.xreplace(at).evalf(30)) < 1e-20


def test_every_number_of_a_tableau_can_stand_in_a_field():
    x = sympy.Symbol("x")
    for name in ("sdirk3", "radau_iia_4"):
        F = inverse_modified_equation(VectorField.parse("x' = x^2"), methods[name], 4)
        for k in (1, 2, 3):  # up to its order a method keeps the field
            vanishes = abs((F.term(k)[0].subs(x, 1)).evalf(30)) < 1e-25
            assert vanishes == (k < methods[name].order), name
