"""Equations as people write them are read as they mean them, or refused with the reason; whatever the text, nothing is executed."""

from __future__ import annotations

import cmath
import random
import time
import unicodedata
from pathlib import Path

import pytest
import sympy

from imde_sym import VectorField
from imde_sym.base.errors import ImdeError, ParseError
from tests.fields.equation_texts import LEGAL, REFUSED
from tests.rows import rows
from tests.strategies import survive

ROWS = [pytest.param(*row, id=f"{kind}: {row[0][:50]}") for kind, rows in LEGAL.items() for row in rows]
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
FUNCTIONS = {n: getattr(cmath, n) for n in "sin cos tan asin atan exp log sqrt sinh cosh tanh pi".split()}
NUMBERS = (0.37, 0.61, 1.13, 0.83, 1.7, 0.29, 1.41, 0.53, 2.3, 0.71)


def spelled(name):
    return unicodedata.normalize("NFKC", name.translate(SUBSCRIPTS))


@rows("text, parameters, variables, reading", ROWS)
def test_equations_as_people_write_them_have_the_value_that_they_mean(text, parameters, variables, reading):
    field = VectorField(text, parameters=parameters)
    assert [str(v) for v in field.variables] == variables.split()
    symbols = sorted({*field.variables, *field.free_parameters}, key=str)
    point = dict(zip(symbols, NUMBERS))
    right = eval(f"({reading},)", {"__builtins__": {}}, FUNCTIONS | {spelled(str(s)): value for s, value in point.items()})
    found = [complex(sympy.N(c.subs(point), 30)) for c in field.components]
    assert found == pytest.approx(list(right), rel=1e-12)
    assert VectorField.parse(text, parameters) == field == VectorField.from_dict(field.to_dict())


@rows(
    "text, parameters, words", [pytest.param(*row, id=f"{kind}: {row[0][:40]}") for kind, rows in REFUSED.items() for row in rows]
)
def test_equations_with_two_readings_or_none_are_refused_with_the_reason(text, parameters, words):
    with pytest.raises(ImdeError) as error:
        VectorField(text, parameters=parameters)
    assert [w for w in words if w not in str(error.value)] == []
    assert 10 < len(str(error.value)) < 700


def test_the_collection_is_as_large_as_it_says():
    assert sum(map(len, LEGAL.values())) + sum(map(len, REFUSED.values())) >= 240


def test_a_refusal_points_at_its_place():
    text = "x' = y\ny' = -k x"
    with pytest.raises(ParseError, match='parameters="k"') as error:
        VectorField(text)
    assert error.value.text == text and text[error.value.column - 1] == "k"


def test_all_undeclared_symbols_are_named_at_once():
    with pytest.raises(ParseError, match='parameters="sigma, rho, beta"'):
        VectorField("x' = sigma*(y - x); y' = x*(rho - z) - y; z' = x*y - beta*z")


def test_parameters_may_have_values_in_text():
    field = VectorField("x' = -a x + b", parameters="a = 1/3, b")
    assert str(field) == "x' = b - x/3" and field.with_parameters(a=2) == VectorField("x' = b - 2x", parameters=["b"])
    a = sympy.Symbol("a", positive=True)
    assert VectorField("x' = -a x", parameters=[a]).free_parameters == (a,)
    assert VectorField("x' = -a x", parameters={"a": 0.37}).components[0].has(sympy.Float)


def test_equations_may_be_a_list_of_texts():
    assert VectorField(["x' = y", "y' = -x"]) == VectorField("x' = y; y' = -x")


ALPHABET = "xyzt01289.+-*/^=()[]{}',;:\n #%\\_~|!?\"<>&$@ πθω²′·−√½abcdef"
PIECES = ["sin(", "dx/dt", "x''", r"\frac{", r"\dot{x}", "D(x)", "e^", "1/2", "**", "9^9^9", "((((", "{{{{", "__import__('os')", "'" * 9, "diff(x,t)", "²³",
          "x₁", "(x0)'", "lambda x: x", "exec(", "def f(t, y):\n", "return [", "x, v = y\n", "dydt = [", "y[1]", "u(2)", ",5", "1.d4", "if ", "lambda t, y: ", ": volt", "d[A]/dt", "\\\\", "\u0307", "\x00", "9" * 40, "1e9", "-" * 30]  # fmt: skip


def fields_survive(seed, count, tmp_path, monkeypatch):
    """Mutated texts leave no trace on the disk either."""
    monkeypatch.chdir(tmp_path)
    rng, texts = random.Random(seed), [row[0] for rows in LEGAL.values() for row in rows]

    def read(text):
        return VectorField(text, parameters=rng.choice(("", "auto", "a b k m"))).dimension > 0

    survive(rng, count, texts, [*ALPHABET, *PIECES], read)
    assert not list(Path(tmp_path).iterdir())


def test_mutated_texts_end_in_a_field_or_in_a_refusal(tmp_path, monkeypatch):
    fields_survive(1, 600, tmp_path, monkeypatch)


@pytest.mark.slow
def test_twenty_thousand_mutated_texts_end_in_a_field_or_in_a_refusal(tmp_path, monkeypatch):
    fields_survive(2, 20_000, tmp_path, monkeypatch)


@pytest.mark.parametrize("text", ["x' = " + "(" * 20_000, "D(" * 20_000 + "x", "x" + "'" * 100_000 + " = 1", "x' = " + "sin " * 20_000 + "x", r"\dot{" * 30_000,
                                  "x' = " + "√" * 50_000 + "2", "=\n" * 20_000, "(1) x' = x," * 5_000, "x' = x" + " " * 30_000 + "(1)" + " " * 30_000 + "x", r"x' = " + r"\frac" * 50_000, "x' = " + "x^" * 20_000 + "2", "x' = x" + "²" * 20_000,
                                  ";".join(f"x{i}' = x{i}" for i in range(2_000))], ids=lambda t: t[:14])  # fmt: skip
def test_long_text_made_to_exhaust_the_machine_ends_soon(text):
    start = time.process_time()
    try:
        VectorField(text)
    except ImdeError as error:
        assert len(str(error)) < 2000
    assert time.process_time() - start < 5


def test_code_that_does_not_name_its_variables_is_told_them():
    field = VectorField("return [v, -k*x]", variables="x, v", parameters="k")
    assert field == VectorField("x' = v; v' = -k x", parameters="k")
    assert VectorField("[y[1], -y[0]]", variables=["x", "v"]) == VectorField("x' = v; v' = -x")
    with pytest.raises(ParseError, match="3 variables for 2 entries"):
        VectorField("return [v, -x]", variables="x, v, a")


def test_abbreviations_that_grow_without_end_are_refused_soon():
    lines = [f"a{i} = a{i - 1}*sin(a{i - 1})" for i in range(1, 60)]
    start = time.process_time()
    with pytest.raises(ParseError, match="too long"):
        VectorField("\n".join(["def f(t, x):", "a0 = x + 1", *lines, "return a59"]))
    assert time.process_time() - start < 5


def test_equations_of_higher_order_agree_with_their_system_of_first_order():
    jerk = VectorField("x''' = -0.37 x'' - x' + x^2")
    assert jerk == VectorField("x' = v; v' = a; a' = -0.37 a - v + x^2")
    t = sympy.Symbol("t")
    x = sympy.Function("x")(t)
    assert VectorField(sympy.Eq(x.diff(t, 3), -sympy.Rational(37, 100) * x.diff(t, 2) - x.diff(t) + x**2)) == jerk
    assert [str(v) for v in VectorField("x'''' = y; y''' = x").variables] == ["x", "y", "vx", "vy", "ax", "ay", "j"]
    assert jerk.structure is None
