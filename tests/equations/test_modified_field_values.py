"""ModifiedField as a value: terms, text, JSON, pickle, back ends, ground types."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from fractions import Fraction

import pytest
import sympy

import imde_sym as imde
from imde_sym import (
    ButcherTableau,
    ModifiedField,
    VectorField,
    inverse_modified_equation,
    inverse_modified_series,
    methods,
    modified_equation,
    systems,
)
from imde_sym.base.errors import FieldError, ImdeError, MethodError, SeriesError
from imde_sym.rings import backend
from tests.rows import rows, sampled

h, x, y = sympy.symbols("h x y")


@pytest.fixture(scope="module")
def pendulum() -> ModifiedField:
    return inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 4)


def test_whole_field_is_the_sum_of_its_terms(pendulum):
    total = sum((h**k * pendulum.term(k) for k in range(4)), sympy.zeros(2, 1))
    assert (pendulum.as_expr() - total).expand() == sympy.zeros(2, 1)
    s = sympy.Symbol("s")
    assert pendulum.as_expr(s) == pendulum.as_expr().xreplace({h: s})
    assert pendulum.as_field(0).components == pendulum.field.components
    assert pendulum.as_field(Fraction(1, 10)).components == tuple(pendulum.as_expr().xreplace({h: sympy.Rational(1, 10)}))


def test_truncation_is_the_field_of_lower_order(pendulum):
    for n in range(1, 5):
        lower = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], n)
        assert pendulum.truncate(n) == lower and hash(pendulum.truncate(n)) == hash(lower)
    with pytest.raises(SeriesError):
        pendulum.truncate(5)


@pytest.mark.parametrize("k", [4, -1, 1.0, "1", None])
def test_term_that_does_not_exist_is_refused(pendulum, k):
    with pytest.raises(FieldError, match="does not exist"):
        pendulum.term(k)


@pytest.mark.parametrize("order", [0, -1, 10**6, 2.5, "3", True, None])
@pytest.mark.parametrize("equation", [modified_equation, inverse_modified_equation])
def test_bad_order_is_refused(equation, order):
    with pytest.raises(SeriesError, match="integer from 1"):
        equation(systems["pendulum"], methods["rk4"], order)


def test_weights_that_sum_to_zero_have_no_inverse_but_a_forward_field():
    method = ButcherTableau([[0, 0], [1, 0]], [1, -1])
    with pytest.raises(MethodError, match="sum"):
        inverse_modified_equation(systems["pendulum"], method, 2)
    forward = modified_equation(VectorField([y], [y**2]), method, 3)
    assert [forward.term(k)[0] for k in range(2)] == [0, -2 * y**3]


def test_latex_is_an_align_environment_with_a_line_for_each_power(pendulum):
    lines = pendulum.latex().split("\n")
    assert lines[0] == r"\begin{align*}" and lines[-1] == r"\end{align*}"
    nonzero = sum(t != 0 for k in range(4) for t in pendulum.term(k))
    assert len(lines) == nonzero + 2
    assert all("&" in line for line in lines[1:-1])
    assert pendulum.latex().count(r"\mathcal{O}(h^{4})") == 2 and pendulum.latex().count("{") == pendulum.latex().count("}")
    zero = modified_equation(VectorField([x, y], [0, 0]), methods["rk4"], 2)
    assert zero.latex().count("& 0") == 2


LARGE = {name for name in systems if systems[name].dimension > 5} | {"double_pendulum", "arenstorf", "lorenz96"}
"""Systems whose formulas are long."""


@pytest.mark.parametrize("name", sampled(systems, "equal fields", heavy=LARGE))
def test_json_pickle_and_copy_give_an_equal_field(name):
    order = 4 if systems[name].dimension < 6 else 3 if systems[name].dimension < 10 else 2
    F = inverse_modified_equation(systems[name], methods["heun2"], order)
    for other in (ModifiedField.from_json(F.to_json()), pickle.loads(pickle.dumps(F)), copy.copy(F), copy.deepcopy(F)):
        assert other == F and hash(other) == hash(F) and str(other) == str(F) and repr(other) == repr(F)
        assert other.direction == F.direction and other.method == F.method


real = sympy.Symbol("x", positive=True)
subscript = sympy.Symbol("y_{1}")


@rows(
    "field",
    [
        VectorField([x], [sympy.sqrt(2) * x**2]),
        VectorField([x], [0.1 * x**2]),
        VectorField([x], [sympy.pi * x**2]),
        VectorField([x], [sympy.I * x**2]),
        VectorField([x], [sympy.exp(1) * x**2]),
        VectorField([x], [sympy.Symbol("lambda") * x**2]),
        VectorField([real], [sympy.sqrt(real)]),
        VectorField([subscript], [subscript**2]),
        VectorField([x], [sympy.erf(x)]),
    ],
)
def test_pickle_of_unusual_data_gives_an_equal_field(field):
    F = inverse_modified_equation(field, methods["explicit_euler"], 3)
    other = pickle.loads(pickle.dumps(F))
    assert other == F and other.variables == F.variables


def test_directions_and_other_fields_are_different(pendulum):
    forward = modified_equation(systems["pendulum"], methods["explicit_midpoint"], 4)
    assert pendulum != forward and pendulum != 1 and pendulum != pendulum.truncate(3)
    assert len({pendulum, forward, copy.copy(pendulum)}) == 2


@rows("text", ["", "[]", "{}", "1", "null", '{"field": 1}', '{"field": {}, "method": {}, "order": 1}'])
def test_text_that_is_no_field_is_refused(text):
    with pytest.raises(ImdeError):
        ModifiedField.from_json(text)


def test_hostile_formulas_in_data_are_not_evaluated(pendulum):
    data = pendulum.to_dict()
    data["terms"][1][0] = "__import__('os').getcwd()"
    with pytest.raises(ImdeError):
        ModifiedField.from_dict(data)
    data["terms"] = data["terms"][:2]
    with pytest.raises(ImdeError):
        ModifiedField.from_dict(data)


@pytest.mark.parametrize("method", ["explicit_midpoint", "gauss2"])
@pytest.mark.parametrize("name", ["pendulum", "kepler", "lorenz"])
def test_both_polynomial_back_ends_give_the_same_formulas(name, method, monkeypatch):
    found = []
    for choice in ("sympy", "flint"):
        if choice == "flint":
            pytest.importorskip("flint")
        monkeypatch.setenv("IMDE_SYM_POLYNOMIALS", choice)
        assert backend() == choice
        F = inverse_modified_equation(systems[name], methods[method], 4)
        found.append(F)
    assert found[0] == found[1] and str(found[0]) == str(found[1])


def test_unknown_back_end_is_refused(monkeypatch):
    monkeypatch.setenv("IMDE_SYM_POLYNOMIALS", "abacus")
    with pytest.raises(ImdeError, match="accepted: flint, sympy"):
        inverse_modified_equation(systems["pendulum"], methods["rk4"], 2)


def test_method_parameter_that_is_a_variable_is_refused():
    method = ButcherTableau([[0, 0], [1 / (2 * x), 0]], [1 - x, x])
    with pytest.raises(FieldError, match="rename"):
        inverse_modified_equation(VectorField([x], [x**2]), method, 2)
    a = sympy.Symbol("a")
    family = ButcherTableau([[0, 0], [1 / (2 * a), 0]], [1 - a, a])
    free = inverse_modified_equation(VectorField([x], [x**3]), family, 4)
    for value, name in ((1, "explicit_midpoint"), (sympy.Rational(1, 2), "heun2")):
        special = inverse_modified_equation(VectorField([x], [x**3]), methods[name], 4)
        assert (free.as_expr().subs(a, value) - special.as_expr()).expand() == sympy.zeros(1, 1)


PROGRAM = """
import sympy
from fractions import Fraction
from sympy.external.gmpy import GROUND_TYPES
from imde_sym import *
for direction in (modified_series, inverse_modified_series):
    s = direction(methods["rk4"], 6)
    assert all(type(c) is Fraction and type(c.numerator) is int for c in s.coefficients)
    print(s)
for name, method in (("pendulum", "gauss2"), ("kepler", "rk4"), ("lorenz", "heun2")):
    F = inverse_modified_equation(systems[name], methods[method], 4)
    for k in range(4):
        for e in F.term(k):
            assert isinstance(e, sympy.Expr)
            assert all(type(n.p) is int for n in e.atoms(sympy.Rational)), [type(n.p) for n in e.atoms(sympy.Rational)]
    print(F)
print(inverse_modified_series(methods["gauss2"], 6))
"""


def test_ground_types_change_nothing_and_do_not_leak():
    outputs = []
    for kind in ("python", "flint"):
        env = os.environ | {"SYMPY_GROUND_TYPES": kind, "PYTHONHASHSEED": "0" if kind == "python" else "1"}
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-2000:]
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]


def test_series_coefficients_are_fractions():
    assert all(type(c) is Fraction for c in inverse_modified_series(methods["gauss3"], 5).coefficients)


@rows("text", ["sqrt(2)*x", "x*exp(1)", "pi*x", "x/3", "exp(2)*x + exp(-x)"])
def test_json_reads_back_constants(text):
    f = imde.VectorField.parse(f"x' = {text}")
    F = imde.inverse_modified_equation(f, imde.methods["explicit_midpoint"], 3)
    assert imde.ModifiedField.from_json(F.to_json()) == F


def test_json_keeps_floats_floats_and_rationals_rational():
    x = sympy.Symbol("x")
    f = imde.VectorField([x], [0.1 * x + x**2 / 3 + sympy.Float(2.0) / 3])
    again = imde.VectorField.from_dict(f.to_dict())
    assert again == f and again.components[0].has(sympy.Rational(1, 3), sympy.Float)
    F = imde.inverse_modified_equation(f, imde.methods["explicit_midpoint"], 3)
    assert imde.ModifiedField.from_json(F.to_json()) == F and F.term(2).has(sympy.Float)


def test_a_float_tableau_gives_a_float_field_near_the_exact_one():
    exact = imde.methods["explicit_midpoint"]
    m = imde.ButcherTableau([[0.0, 0.0], [0.5, 0.0]], [0.0, 1.0])
    f = imde.systems["pendulum"]
    F, G = (imde.inverse_modified_equation(f, method, 4) for method in (m, exact))
    assert F.term(2).has(sympy.Float) and not G.term(2).has(sympy.Float)
    point = [0.3, -0.7]
    assert abs(F.lambdify()(point, 0.1) - G.lambdify()(point, 0.1)).max() < 1e-14


def test_the_series_of_an_equation_gives_its_formulas_back():
    F = inverse_modified_equation(systems["lorenz"], methods["heun2"], 4)
    assert F.series == inverse_modified_series(methods["heun2"], 4)
    assert sympy.expand(imde.evaluate(F.series, F.field) - sympy.Symbol("h") * F.as_expr()) == sympy.zeros(3, 1)


@pytest.mark.parametrize("direction", ["forward", "inverse"])
@pytest.mark.parametrize(
    "components", [[-0.37 * x + 0.65 * x**2], [0.65 * sympy.sin(1.3 * x) - 0.37 * x], [0.37 * sympy.exp(-0.65 * x) * x**3]]
)
def test_fields_with_doubles_have_no_terms_that_are_all_rounding(components, direction):
    derive = imde.inverse_modified_equation if direction == "inverse" else imde.modified_equation
    decimals = [sympy.nsimplify(e, rational=True) for e in components]
    for name, powers in (("rk4", {0, 4}), ("heun2", {0, 2, 3, 4}), ("implicit_midpoint", {0, 2, 4}), ("gauss2", {0, 4})):
        found, exact = derive(imde.VectorField([x], components), name, 5), derive(imde.VectorField([x], decimals), name, 5)
        assert {k for k in range(5) if found.term(k)[0] != 0} == powers, name
        assert all(found.term(k).has(sympy.Float) for k in powers)
        for k in powers:
            assert found.term(k)[0].subs(x, 0.7) == pytest.approx(
                float(exact.term(k)[0].subs(x, sympy.Rational(7, 10))), rel=1e-9
            )


@pytest.mark.parametrize(
    "components, method",
    [
        ([0.65 * sympy.sin(1.3 * x) - 0.37 * x], "rk4"),
        ([-0.37 * x + 0.65 * x**2], "implicit_midpoint"),
        ([-(x**0.5)], "heun2"),  # the exponent is a double
        ([-0.37 * x**1.5], "heun2"),
        ([-sympy.Rational(37, 100) * x + x**2], [[0.5 + 3**0.5 / 6, 0], [-(3**0.5) / 3, 0.5 + 3**0.5 / 6]]),
    ],
)
def test_equations_in_doubles_agree_with_trajectories(components, method):
    m = method if isinstance(method, str) else imde.ButcherTableau(method, [0.5, 0.5])
    for derive in (imde.inverse_modified_equation, imde.modified_equation):
        report = imde.check(derive(imde.VectorField([x], components), m, 4), x0=[0.4])
        assert report.passed, report
        assert report.expected[0] == imde.methods[method].order if isinstance(method, str) else report.expected[0] == 3
