"""Code is held to the field as it was written, in float64, before it is handed out; `check` says where it differs."""

from __future__ import annotations

import subprocess
import sys
import warnings

import mpmath
import numpy as np
import pytest
import sympy

from imde_sym import ModifiedField, VectorField, check, inverse_modified_equation, methods, modified_equation, systems
from imde_sym.base.errors import CodegenError, WrongCodeError
from imde_sym.codegen.rounding import SLACK, balls, compare, floats, trial_points
from imde_sym.codegen.written import written_program
from imde_sym.verify import code
from tests.rows import rows, sampled

EULER = methods["explicit_euler"]
x, y, a = sympy.symbols("x y a")


def told_as(field, other):
    """The equation of `other` under the name of `field`: what a wrong expansion would be."""
    F = inverse_modified_equation(other, EULER, 2)
    return ModifiedField(field, EULER, 2, "inverse", F.ring, F.colored)


@rows("target", ["numpy", "python", "c", "fortran", "julia", "jax", "torch"])
def test_code_of_another_field_is_not_emitted(target):
    F = told_as(VectorField({x: sympy.sin(x), y: x}), VectorField({x: sympy.sin(x), y: x + sympy.Rational(1, 10**7)}))
    with pytest.raises(
        WrongCodeError, match=r"at x = .*, y = .*: y' is .* in float64, the field as written is .*; it is not emitted"
    ):
        F.source(target)


def test_an_expansion_that_float64_cannot_evaluate_is_not_emitted(monkeypatch):
    """cos(157u) as its polynomial in cos(u): exact, and 1e43 in float64."""
    monkeypatch.setattr("imde_sym.equations.modified.TREES", 0)
    u = sympy.Symbol("u")
    wrong = VectorField({x: sympy.chebyshevt(157, u).subs(u, sympy.cos(x))})
    with pytest.raises(CodegenError, match="x' is"):
        told_as(VectorField({x: sympy.cos(157 * x)}), wrong).lambdify()


def test_a_value_that_is_built_in_counts_as_well():
    F = told_as(VectorField({x: a * x}), VectorField({x: a**2 * x}))
    F.lambdify(parameters={"a": 1})
    with pytest.raises(WrongCodeError):
        F.lambdify(parameters={"a": 3})


def test_exact_code_is_not_held_to_floats():
    assert "sympy" in told_as(VectorField({x: sympy.sin(x)}), VectorField({x: sympy.cos(x)})).source("sympy")


def test_a_field_that_is_ill_conditioned_itself_is_a_warning():
    F = inverse_modified_equation(VectorField.parse("x' = sin(10^12*x)"), EULER, 2)
    with pytest.warns(UserWarning, match="ill-conditioned in float64, as it is written and in the code, at x = "):
        assert "def f_h" in F.source("python")


@rows("text", ["x' = log(x - 15)", "x' = sqrt(x)*log(-x)", "x' = exp(x^9)", "x' = 1/(x - 1)^40", "x' = x^(1/3)"])
def test_points_where_the_field_is_not_finite_are_left_out(text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        inverse_modified_equation(VectorField.parse(text), EULER, 2).source("python")


@pytest.mark.parametrize("name", sampled((n for n in systems if not systems[n].functions), "code"))
def test_systems_of_the_catalogue_pass(name):
    field = systems[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        inverse_modified_equation(field, EULER, 1).source("python")


def test_the_weights_of_an_inconsistent_method_are_taken_into_account():
    from imde_sym import ButcherTableau

    half = ButcherTableau([[0]], ["1/2"])
    for equation in (inverse_modified_equation, modified_equation):
        assert "def f_h" in equation(VectorField({x: sympy.sin(x)}), half, 2).source("python")


def test_the_comparison_is_made_once_for_an_equation(monkeypatch):
    from imde_sym.equations import held

    calls = []
    monkeypatch.setattr(held, "compare", lambda *args: calls.append(args))
    F = inverse_modified_equation(systems["lorenz"], EULER, 2)
    for target in ("numpy", "c", "python"):
        F.source(target)
    assert len(calls) == 1


def test_points_lie_in_the_domain_or_near_the_initial_value():
    assert trial_points(2, x0=["1/2", -65])[0] == [0.5, -65.0]
    inside = trial_points(1, domain=[(100, 101)])[:3]
    assert all(100 <= p[0] <= 101 for p in inside)
    assert trial_points(2, parameters=3) == trial_points(2, parameters=3) and len(trial_points(1, parameters=2)[0]) == 3


EXPRESSIONS = [
    "sin(x)**3/(x - y) - 2.5*exp(-(x + 65)/18)", "x**(3/2)*log(y)**-2 + pi", "sqrt(x**2 + y)**3 - 1/3", "tanh(x)/cosh(y) + E**x",
    "x**y + y**pi", "sinc(x) + cot(y) + sech(x) + erf(y)", "LambertW(x) + atan2(y, x)",
]  # fmt: skip


@rows("text", EXPRESSIONS)
def test_written_programs_are_what_sympy_evaluates(text):
    e = sympy.sympify(text, rational=True)
    program = written_program([e], ["x", "y"])
    (ball,) = balls(program, [0.75, 1.5])
    expected = e.evalf(40, subs={x: sympy.Rational(3, 4), y: sympy.Rational(3, 2)})
    assert abs(mpmath.mpf(str(ball.value)) - mpmath.mpf(str(expected))) < 1e-30
    (found,) = floats(program, [0.75, 1.5])
    assert abs(found - float(expected)) <= 4 * float(ball.error) <= 1e-12 * float(ball.scale)


def test_the_error_bound_follows_the_condition():
    (ball,) = balls(written_program([sympy.sin(10**9 * x)], ["x"]), [0.7])
    (difference,) = balls(written_program([x - sympy.Rational(7, 10)], ["x"]), [0.7])
    assert 1e-8 < ball.error < 1e-6 and abs(difference.value) < difference.error


def test_a_difference_within_the_slack_is_none_and_a_nan_is_one():
    exact = written_program([x + 1], ["x"])
    near = written_program([x + 1 + sympy.Rational(1, 10**11)], ["x"])
    assert SLACK > 1e-11 and compare(near, exact, [[0.5]], [0]) is None
    nowhere = written_program([x + 1 + 0 * x, sympy.log(-x)], ["x"])
    pair = written_program([x + 1, x], ["x"])
    assert compare(nowhere, pair, [[0.5]], [0]).component == 1


def test_check_evaluates_the_code_and_does_not_pass_where_it_is_wrong(monkeypatch):
    F = inverse_modified_equation(systems["pendulum"], EULER, 2)
    right = check(F)
    assert right.passed and right.compared == 8 and "agrees with the exact formulas" in str(right)
    real = ModifiedField.lambdify
    monkeypatch.setattr(
        ModifiedField,
        "lambdify",
        lambda self, *args, **options: lambda p, h: np.add(real(self, *args, **options)(p, h), [0, 1e-6]),
    )
    wrong = check(F)
    assert wrong.agrees and not wrong.passed and len(wrong.differences) == 4
    assert "THE NUMPY CODE DIFFERS" in str(wrong) and "q' is" in wrong.differences[0]
    assert type(wrong).from_dict(wrong.to_dict()) == wrong


def test_check_tells_of_code_that_is_not_emitted():
    F = told_as(VectorField({x: sympy.sin(x)}), VectorField({x: sympy.sin(x) + sympy.Rational(1, 10**6)}))
    count, differences = code.code_differences(F, [[mpmath.mpf(1)]], [mpmath.mpf("0.1")])
    assert count and "not emitted" in differences[0]


def test_a_note_at_the_shell_in_the_place_of_a_warning():
    line = ["derive", "--equations", "x' = sin(10^12*x)", "--method", "rk4", "--order", "2", "--format", "c"]
    done = subprocess.run([sys.executable, "-m", "imde_sym", *line], capture_output=True, text=True)
    assert done.returncode == 0 and "void f_h(" in done.stdout
    assert done.stderr.startswith("imde-sym: note: the field is ill-conditioned") and "Warning" not in done.stderr
