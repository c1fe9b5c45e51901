"""Symbols in stored formulas: any name, any assumptions, there and back; data that are no symbols refused."""

import json

import pytest
import sympy

import imde_sym as imde
from imde_sym import ButcherTableau, VectorField, from_json, methods
from imde_sym.base.errors import ImdeError, ParseError
from imde_sym.expressions import Spelling, read_symbols
from tests.rows import rows

HOSTILE = ["λ", "x'", "lambda", "for", 'x); system("', "s1", "I", "pi", "x y", "", "sin", "__class__", "q^2"]
REAL, PLAIN, POSITIVE = sympy.Symbol("x", real=True), sympy.Symbol("x"), sympy.Symbol("x", positive=True)


def symbols(names):
    return [sympy.Symbol(n) for n in names if n]


def test_every_symbol_has_a_text_of_its_own_that_comes_back():
    given = [*symbols(HOSTILE), REAL, PLAIN, POSITIVE, sympy.Symbol("n", integer=True, positive=True)]
    spelling = Spelling(given, avoid=["V"])
    assert len(set(spelling.written.values())) == len(given)
    stored = json.loads(json.dumps([spelling.data(s) for s in given]))
    assert list(read_symbols(stored).values()) == given


def test_plain_names_are_written_as_they_are():
    x, y = sympy.symbols("x y_1")
    spelling = Spelling([x, y, sympy.Symbol("V")], avoid=["V"])
    assert [spelling.data(x), spelling.data(y)] == ["x", "y_1"]
    assert spelling.data(sympy.Symbol("V")) == {"written": "s1", "name": "V"}
    assert Spelling([REAL]).data(REAL) == {"written": "x", "assumptions": {"real": True}}


@pytest.mark.parametrize("facts", [{}, {"real": True}, {"positive": True}])
def test_fields_and_equations_in_odd_symbols_come_back(facts):
    x, y, z, k = (sympy.Symbol(n, **facts) for n in ("x'", 'x); system("', "lambda", "λ_0"))
    f = VectorField([x, y, z], [k * y, sympy.sin(z), -x])
    F = imde.inverse_modified_equation(f, methods["heun2"], 3)
    assert from_json(f.to_json()) == f and from_json(F.to_json()) == F
    H = VectorField.hamiltonian(x**2 + k * sympy.cos(y), q=[y], p=[x])
    assert from_json(H.to_json()).structure == H.structure
    split = imde.modified_equation(H, methods["symplectic_euler"], 3)
    assert from_json(split.to_json()).part(1) == split.part(1)


def test_a_variable_named_as_the_imaginary_unit_is_not_taken_for_it():
    infected = sympy.Symbol("I")
    f = VectorField([infected], [sympy.I * infected**2])
    assert from_json(f.to_json()) == f


def test_methods_and_series_with_assumptions_come_back():
    a = sympy.Symbol("a", positive=True)
    m = ButcherTableau([[0, 0], [a, 0]], [1 - 1 / (2 * a), 1 / (2 * a)])
    c = imde.inverse_modified_series(m, 3)
    F = imde.inverse_modified_equation(VectorField([REAL], [REAL**2]), m, 3)
    assert from_json(m.to_json()) == m and from_json(c.to_json()) == c and from_json(F.to_json()) == F


@rows(
    "data",
    [
        "xy",
        [3],
        [{"name": "x"}],
        [{"written": "x y"}],
        [{"written": "x", "name": 3}],
        [{"written": "x", "assumptions": {"__class__": True}}],
        [{"written": "x", "assumptions": {"real": 1}}],
        [{"written": "x", "assumptions": {"positive": True, "negative": True}}],
        ["x", "x"],
    ],
)
def test_what_is_no_symbol_is_refused(data):
    with pytest.raises(ParseError):
        read_symbols(data)
    field = {"format": "imde_sym/field", "version": 1, "variables": data, "components": ["x"]}
    with pytest.raises(ImdeError):
        from_json(json.dumps(field))
