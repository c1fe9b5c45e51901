"""The table of elementary functions: its columns agree with each other and with sympy."""

import math

import mpmath
import pytest
import sympy

from imde_sym import VectorField, check, inverse_modified_equation, methods
from imde_sym.base.sharing import precision
from imde_sym.expressions.functions import CODED, RECIPROCAL, SYMBOLIC, TABLE, formula, in_floats, in_mpmath, spellings
from imde_sym.fields.kernels import partial_derivatives
from tests.rows import rows

X = sympy.Symbol("x", positive=True)
POINT = {"acosh": 1.75, "asec": 1.75, "acoth": 1.75}
UNARY = [f for f in TABLE if f.name != "atan2"]


def at(name):
    return POINT.get(name, 0.37)


@rows("row", [f for f in UNARY if f.mpmath])
def test_mpmath_means_the_same_as_sympy(row):
    with precision(30):
        found = in_mpmath(row.name, mpmath.mp)(mpmath.mpf(at(row.name)))
        assert abs(found - mpmath.mpmathify(row.value(sympy.Float(at(row.name), 30)).evalf(30))) < mpmath.mpf(10) ** -27


@rows("name", [n for n in CODED if n != "atan2"])
def test_floats_mean_the_same_as_sympy(name):
    assert in_floats(name)(at(name)) == pytest.approx(float(formula(name)(sympy.Float(at(name)))), rel=1e-14)


@rows("x", [-800.0, -65.0, 0.0, 377.0, 800.0])
def test_sums_of_exponentials_do_not_overflow(x):
    for name in ("logistic", "softplus"):
        with precision(400):
            exact = float(in_mpmath(name, mpmath.mp)(mpmath.mpf(x)))
        assert in_floats(name)(x) == pytest.approx(exact, rel=1e-14, abs=0)


@pytest.mark.parametrize("column", ["written", "merged"])
def test_quotients_are_the_functions_that_they_stand_for(column):
    for row in TABLE:
        if rule := getattr(row, column):
            difference = rule(X) - row.value(X)
            assert abs(difference.subs(X, sympy.Rational(37, 100)).evalf(30)) < 1e-25, row.name


@pytest.mark.parametrize("row", [f for f in UNARY if f.partials], ids=lambda f: f.name)
def test_partial_derivatives_are_those_of_sympy(row):
    (found,) = partial_derivatives(row.value(X))
    assert abs((found - sympy.diff(row.value(X), X)).subs(X, sympy.Rational(37, 100)).evalf(30)) < 1e-25


@rows("name, of", RECIPROCAL.items())
def test_reciprocal_functions_take_the_reciprocal(name, of):
    x = sympy.Rational(37, 100) if name in ("acot", "acsch", "asech") else sympy.Rational(377, 100)
    assert abs((formula(name)(x) - formula(of)(1 / x)).evalf(30)) < 1e-25


def test_a_function_that_a_language_lacks_has_no_spelling_there():
    assert "logistic" not in spellings("sympy", SYMBOLIC) and "LambertW" in spellings("sympy", SYMBOLIC)
    assert spellings("numpy")["erf"] == "scipy.special:erf" and spellings("Fortran")["erf"] == "erf"


def test_what_mpmath_lacks_is_evaluated_by_sympy():
    with precision(30):
        assert abs(in_mpmath("airyaiprime", mpmath.mp)(mpmath.mpf(1)) - mpmath.airyai(1, derivative=1)) < mpmath.mpf(10) ** -28
    assert in_mpmath("no_such_function", mpmath.mp) is None and in_floats("no_such_function") is None


def test_a_field_of_a_function_called_otherwise_in_mpmath_is_checked():
    x = sympy.Symbol("x")
    field = VectorField([x], [sympy.LambertW(x)])
    assert check(inverse_modified_equation(field, methods["explicit_euler"], 2), x0=["0.37"]).agrees
    assert math.isfinite(float(sympy.LambertW(0.37)))
