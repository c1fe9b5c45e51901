"""What a VectorField refuses, and what with_parameters does."""

from __future__ import annotations

import copy
import pickle

import pytest
import sympy

from imde_sym import VectorField, inverse_modified_equation, methods, systems
from imde_sym.base.errors import FieldError, ImdeError, ParseError
from tests.rows import rows, sampled

x, y = sympy.symbols("x y")


@rows(
    "e",
    [
        sympy.Abs(x), sympy.sign(x), sympy.Heaviside(x), sympy.Max(x, 0), sympy.Min(x, y), sympy.floor(x), sympy.ceiling(y),
        sympy.Piecewise((x, x > 0), (0, True)), sympy.Integral(sympy.exp(x**2), x),
        sympy.re(x), sympy.Mod(x, 2), sympy.nan, sympy.zoo, sympy.oo, x + sympy.sin(sympy.Abs(y)),
    ],
)  # fmt: skip
def test_field_that_is_not_smooth_or_not_finite_is_refused_by_name(e):
    with pytest.raises(FieldError) as error:
        VectorField([x, y], [e, x])
    assert len(str(error.value)) > 20


@rows("e", [sympy.gamma(x), sympy.besselj(0, x), sympy.LambertW(x), sympy.zeta(x), x > 0, sympy.Eq(x, y)])
def test_other_functions_end_in_this_packages_error_or_in_a_result(e):
    try:
        inverse_modified_equation(VectorField([x], [e]), methods["explicit_euler"], 3).as_expr()
    except ImdeError as error:
        assert str(error)


def test_a_function_that_is_not_smooth_is_named_with_its_argument():
    with pytest.raises(FieldError, match=r"Abs\(y\)"):
        VectorField([x, y], [x + sympy.sin(sympy.Abs(y)), x])


ONE = sympy.sin(x) ** 2 + sympy.cos(x) ** 2


@rows(
    "e",
    [
        1 / (ONE - 1), x / ((1 + x) ** 2 - 1 - 2 * x - x**2), 1 / (sympy.exp(2 * x) - sympy.exp(x) ** 2 + ONE - 1),
        1 / (1 / (x * (1 + x)) - 1 / x + 1 / (1 + x)), (ONE - 1) ** sympy.Rational(-1, 2), 1 / (sympy.sqrt(x) ** 2 * y - x * y + ONE - 1),
    ],
)  # fmt: skip
def test_division_by_something_identically_zero_is_refused(e):
    with pytest.raises(FieldError, match=r"zero|finite"):
        inverse_modified_equation(VectorField([x, y], [e, x]), methods["explicit_euler"], 2)


HOSTILE = [
    "x' = __import__('os').system('true')", "x' = x.__class__", "x' = (lambda: 0)()", "x' = exec(x)", "x' = x; import os",
    "x' = x[0]", "x' = 'x'", "x' = open(x)", "x' = x if x else y", "x' = 9**9**9**9", "x' = x**(10**9)", "x' = " + "(" * 5000,
    "x' = 1e999999999", "x' = \u202ex", "x' = x\x00", "__class__' = x", "x' := x",
]  # fmt: skip


@rows(
    "text",
    ["x' = z", "x' = (x", "x' = x)", "x' = ", "x' x", "", ";;", "= x", "x' = x; x' = 2*x", "x' = 1/0", "x' = x 2", "x' = abs(x)",
     "x' = sin(x, x)", "x' = sin()", "x' = foo(x)", "x' = log(0)", "2' = x", *HOSTILE],
)  # fmt: skip
def test_malformed_or_hostile_text_is_a_parse_error_with_a_short_message(text):
    with pytest.raises(ParseError) as error:
        VectorField.parse(text)
    assert 10 < len(str(error.value)) < 600


def test_unknown_symbol_and_bracket_are_named():
    with pytest.raises(ParseError, match="'omega'"):
        VectorField.parse("x' = omega*x")
    with pytest.raises(ParseError, match="bracket"):
        VectorField.parse("x' = 2*(x + 1")
    with pytest.raises(ParseError, match="both a variable and a parameter"):
        VectorField.parse("x' = x", ["x"])


@rows(
    "arguments",
    [([x, x], [x, x]), ([x, y], [x]), ([x], [x, y]), ([], []), ({},), (["x y"], [x]), ([x],), ("x = x",), ([x], "x"), ([x], ["y"]),
     ({x: x}, [x]), ([x + 1], [x])],
)  # fmt: skip
def test_field_of_wrong_shape_is_refused(arguments):
    with pytest.raises(ImdeError):
        VectorField(*arguments)


def test_decimals_in_text_are_exact_and_floats_in_expressions_stay_floats():
    assert VectorField.parse("x' = 0.1*x").components == (x / 10,)
    term = inverse_modified_equation(VectorField([x], [0.1 * x]), methods["explicit_euler"], 2).term(1)[0]
    assert term.has(sympy.Float) and abs(term.coeff(x) - 0.005) < 1e-17


def test_parameters_are_overridden_by_numbers_and_symbols():
    pendulum = systems["pendulum"]
    k, p, q = sympy.symbols("k p q")
    assert pendulum.with_parameters(k="1/3").components[0] == -sympy.sin(q) / 3
    free = pendulum.with_parameters(k=k)
    assert free.free_parameters == (k,) and free.components == (-k * sympy.sin(q), p)
    assert free.with_parameters(k=10) == pendulum
    g, length = sympy.symbols("g l")
    assert pendulum.with_parameters(k=g / length).free_parameters == (g, length)
    assert systems["pendulum"].parameters == {k: 10}
    with pytest.raises(FieldError, match="parameters: k"):
        pendulum.with_parameters(omega=1)
    with pytest.raises(FieldError, match="parameters: none"):
        systems["kepler"].with_parameters(k=1)


def test_parameters_swapped_with_each_other_are_substituted_simultaneously():
    a, b = sympy.symbols("a b")
    field = VectorField([x], [a * x + 2 * b], parameters={a: 1, b: 2})
    assert field.with_parameters(a=b, b=a).components == (b * x + 2 * a,)


@rows("value", [float("nan"), float("inf"), sympy.oo, None, [1], "1/0", "os"])
def test_parameter_value_that_is_no_number_is_refused(value):
    with pytest.raises(ImdeError):
        systems["pendulum"].with_parameters(k=value)


def test_hamiltonian_gives_the_canonical_equations():
    q, p = sympy.symbols("q p")
    field = VectorField.hamiltonian(p**2 / 2 - sympy.cos(q), [q], [p])
    assert field.variables == (q, p) and field.components == (p, -sympy.sin(q))
    with pytest.raises(FieldError):
        VectorField.hamiltonian(p**2, [q], [])


def test_a_hamiltonian_may_be_named_and_tells_how_constants_are_declared():
    plain = VectorField.hamiltonian("p^2/2 + 0.37*q^4", "q", "p")
    for text in ("H = p^2/2 + 0.37*q^4", "H(q,p) = p^2/2 + 0.37*q^4", r"\mathcal{H}(q, p) = \frac{p^2}{2} + 0.37 q^4"):
        assert VectorField.hamiltonian(text, "q", "p") == plain
    with pytest.raises(ImdeError, match='parameters="m, k"'):
        VectorField.hamiltonian("p^2/(2*m) + k*q^2/2", "q", "p")
    with pytest.raises(ImdeError, match=r"a product is written p\*q"):
        VectorField.hamiltonian("p^2/2 + pq", "q", "p")
    with pytest.raises(ImdeError, match="unexpected character '='"):
        VectorField.hamiltonian("p^2/2 = q^2/2", "q", "p")


@rows("name", sampled(systems, "copies"))
def test_catalogue_field_survives_pickle_copy_and_its_dictionary(name):
    field = systems[name]
    for other in (pickle.loads(pickle.dumps(field)), copy.deepcopy(field), VectorField.from_dict(field.to_dict())):
        assert other == field and hash(other) == hash(field)
        assert other.structure == field.structure and other.time == field.time
