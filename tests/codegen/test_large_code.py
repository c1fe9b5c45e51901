"""Deep and long programs, and numbers that a target cannot hold."""

from __future__ import annotations

import pytest
import sympy

from imde_sym import VectorField, inverse_modified_equation, methods
from imde_sym.base.errors import CodegenError, ImdeError
from imde_sym.codegen import program

EULER = methods["explicit_euler"]
x, y = sympy.symbols("x y")
TARGETS = ["numpy", "c", "fortran", "sympy"]


@pytest.mark.parametrize(
    "polynomial",
    [
        lambda: (x + 1) ** 350,
        lambda: sympy.Add(*((k + 1) * x**k for k in range(200))),
        lambda: sympy.Add(*(x * y**k / (k + 2) for k in range(150))),
    ],
    ids=["power", "one variable", "two variables"],
)
@pytest.mark.parametrize("target", TARGETS)
def test_deep_polynomials_become_code(polynomial, target):
    text = inverse_modified_equation(VectorField([x, y], [polynomial(), x]), EULER, 1).source(target)
    assert max(map(len, text.splitlines())) < 400


def test_deep_polynomials_have_their_values():
    e = sum((k + 1) * x**k for k in range(200))
    value = inverse_modified_equation(VectorField([x], [e]), EULER, 1).lambdify()([0.5])[0]
    assert value == pytest.approx(4.0, rel=1e-13)  # Σ (k + 1) x^k = (1 - x)^-2


def test_long_sums_become_code():
    e = sympy.Add(*(x * y / (k + 1) + x**2 * sympy.Symbol(f"a{k}") for k in range(100)))
    assert len(inverse_modified_equation(VectorField([x, y], [e, x]), EULER, 2).source("c")) > 1000


BEYOND = [sympy.Integer(10) ** 400, sympy.exp(1000), sympy.exp(10**5), sympy.exp(sympy.exp(10))]


@pytest.mark.parametrize("number", BEYOND, ids=["1e400", "exp(1000)", "exp(1e5)", "tower"])
@pytest.mark.parametrize("target", [t for t in TARGETS if t != "sympy"])
def test_numbers_beyond_the_target_are_refused(number, target):
    with pytest.raises(CodegenError, match="beyond the range"):
        inverse_modified_equation(VectorField([x], [number * x]), EULER, 2).source(target)


def test_single_precision_has_a_smaller_range():
    F = inverse_modified_equation(VectorField([x], [sympy.Integer(10) ** 60 * x]), EULER, 1)
    assert "1e+60" in F.source("c")
    for target in ("c", "fortran"):
        with pytest.raises(CodegenError, match="beyond the range"):
            F.source(target, precision="float")


def test_tiny_numbers_round_to_zero():
    F = inverse_modified_equation(VectorField([x], [1 + x * sympy.exp(-(10**5))]), EULER, 1)
    assert F.lambdify()([3.0])[0] == 1.0


def test_integers_of_over_4300_digits_are_refused():
    with pytest.raises(ImdeError, match="4,000 digits"):
        VectorField([x], [sympy.Integer(7) ** 6000 * x])


def test_long_integers_go_through_sympy_code():
    n = sympy.Integer(7) ** 4000
    F = inverse_modified_equation(VectorField([x], [n * x]), EULER, 1)
    assert F.lambdify("sympy")([sympy.Integer(1)])[0] == n
    quotient = inverse_modified_equation(VectorField([x], [sympy.Rational(n + 1, 7**3999) * x]), EULER, 1)
    assert quotient.lambdify()([1.0])[0] == 7.0


def test_the_size_of_code_has_a_limit(monkeypatch):
    monkeypatch.setattr(program, "MAX_INSTRUCTIONS", 50)
    F = inverse_modified_equation(VectorField.parse("x' = sin(x*y)*exp(x); y' = cos(x)*y^2"), EULER, 5)
    with pytest.raises(CodegenError, match="over 50 operations; a lower order"):
        F.source("c")
