"""Tableaux as they are found in papers, code and spreadsheets are read as they mean them, or refused with the place."""

from __future__ import annotations

import random
import time
from fractions import Fraction

import pytest
import sympy

from imde_sym import ButcherTableau, VectorField, inverse_modified_equation, methods
from imde_sym.base.errors import FieldError, ImdeError, MethodError
from imde_sym.method import method_from_json
from tests.methods.tableau_texts import CATALOGUE, LEGAL, REFUSED
from tests.rows import rows
from tests.strategies import survive


def numbers(text):
    convert = float if text.startswith("~") else Fraction
    return [[convert(x) for x in row.split(",")] for row in text.lstrip("~ ").split(";")]


def same(found, expected):
    return [complex(x) for x in found] == pytest.approx([complex(x) for x in expected], rel=1e-14, abs=1e-14)


@rows(
    "arguments, A, b, more",
    [pytest.param(a, A, b, more, id=f"{kind}: {str(a)[:50]!r}") for kind, rows in LEGAL.items() for a, A, b, *more in rows],
)
def test_tableaux_as_people_write_them_have_the_entries_that_they_mean(arguments, A, b, more):
    found = ButcherTableau(*arguments)
    assert all(same(x, y) for x, y in zip(found.A, numbers(A), strict=True)) and same(found.b, numbers(b)[0])
    assert same(found.c, [sum(row) for row in numbers(A)])
    assert (found.b_hat is not None) == bool(more) and all(same(found.b_hat, numbers(row)[0]) for row in more)
    if not any(isinstance(x, float) for row in found.A for x in row):
        assert found.is_exact and (A.startswith("~") or all(type(x) is Fraction for x in (*found.b, *found.c)))


@rows("text, name", CATALOGUE)
def test_a_known_method_as_text_is_that_of_the_catalogue(text, name):
    assert ButcherTableau(text) == methods[name]


@rows(
    "arguments, keywords, words",
    [pytest.param(*row, id=f"{kind}: {str(row[0])[:40]!r}") for kind, rows in REFUSED.items() for row in rows],
)
def test_what_is_no_tableau_is_refused_with_the_place(arguments, keywords, words):
    with pytest.raises(ImdeError) as error:
        ButcherTableau(*arguments, **keywords)
    assert [w for w in words if w not in str(error.value)] == []


def test_the_collection_is_as_large_as_it_says():
    assert sum(map(len, LEGAL.values())) >= 60


@rows("name", ["rk4", "gauss2", "radau_iia_3", "bogacki_shampine", "lobatto_iiia_4", "trapezoid", "dormand_prince5"])
def test_what_a_tableau_shows_of_itself_reads_back(name):
    m = methods[name]
    assert ButcherTableau(str(m)) == m and ButcherTableau(m.latex()) == m
    assert ButcherTableau(str(m)).b_hat == m.b_hat


def test_abscissae_are_taken_as_given_when_asked():
    m = ButcherTableau([[0, 0], [1, 0]], ["1/2", "1/2"], [0, "1/2"], check_c=False)
    assert m.c == (0, Fraction(1, 2)) and m.order == 2 and m != methods["heun"]
    again = method_from_json(m.to_json())
    assert again == m and again.c == m.c
    field = VectorField("x' = -x^3")
    assert inverse_modified_equation(field, m, 3).as_expr() == inverse_modified_equation(field, methods["heun"], 3).as_expr()
    with pytest.raises(FieldError, match="time"):
        inverse_modified_equation(VectorField("x' = -x + sin(t)"), m, 3)
    exact = ButcherTableau([[0, 0], [1, 0]], ["1/2", "1/2"], [0, 1], check_c=False)
    assert exact == methods["heun"] and "check_c" not in exact.to_dict()


def test_lower_rows_alone_are_a_diagonally_implicit_method():
    m = ButcherTableau([["1/2"], ["-1/2", 2]], ["-1/2", "3/2"])  # Kraaijevanger and Spijker, algebraically stable of order 1
    assert m.A == ((Fraction(1, 2), 0), (Fraction(-1, 2), 2)) and m.order == 1 and not m.is_explicit


def test_rows_that_are_neither_full_nor_triangular_are_refused():
    for matrix in ([[1], [1]], [[0], [1]], [[0, 0], [1]], [[], [1, 0]]):
        with pytest.raises(MethodError, match="entries: A must be square"):
            ButcherTableau(matrix, [0, 1])


ALPHABET = "0123456789/.|&-=+*,;\n\t \\(){}[]√½−│fracsqt_^#%b$"


def tableaux_survive(seed, count):
    texts = [a[0] for rows in LEGAL.values() for a, *_ in rows if isinstance(a[0], str)]
    pieces = [*ALPHABET, *(3 * c for c in ALPHABET)]
    survive(random.Random(seed), count, texts, pieces, lambda text: ButcherTableau(text).stages > 0)


def test_mutated_tableaux_end_in_a_tableau_or_in_a_refusal():
    tableaux_survive(1, 400)


@pytest.mark.slow
def test_twenty_thousand_mutated_tableaux_end_in_a_tableau_or_in_a_refusal():
    tableaux_survive(2, 20_000)


@pytest.mark.parametrize("text", ["|" * 50_000, " " * 90_000 + "|", "0 | 0\n" * 9_000, "&" * 90_000, "\\\\" * 40_000, "[" * 90_000, "0" * 90_000 + " | 1\n | 1",
                                  "b" * 90_000 + "|1\n|1", "{" * 50_000], ids=lambda t: t[:9])  # fmt: skip
def test_long_text_that_is_no_tableau_is_refused_soon(text):
    start = time.process_time()
    with pytest.raises(ImdeError):
        ButcherTableau(text)
    assert time.process_time() - start < 5


def test_entries_with_symbols_are_given_as_expressions():
    a = sympy.Symbol("a")
    assert ButcherTableau([[], [a]], [1 - 1 / (2 * a), 1 / (2 * a)]).order == 2


def test_a_tableau_in_text_may_have_free_parameters():
    alpha = sympy.Symbol("alpha")
    expected = ButcherTableau([[0, 0], [alpha, 0]], [1 - 1 / (2 * alpha), 1 / (2 * alpha)])
    text = "0 |\nalpha | alpha\n--\n | 1-1/(2*alpha) 1/(2*alpha)"
    for parameters in ("alpha", "auto", ["alpha"]):
        assert ButcherTableau(text, parameters=parameters) == expected and expected.order == 2
    assert ButcherTableau(text, parameters="alpha = 2/3") == ButcherTableau([[0, 0], ["2/3", 0]], ["1/4", "3/4"])
    assert ButcherTableau(text, parameters={"alpha": Fraction(1, 2)}) == methods["explicit_midpoint"]
    assert method_from_json(expected.to_json()) == expected
    y = sympy.Symbol("y")
    field = inverse_modified_equation("y' = y^2", ButcherTableau(text, parameters="alpha"), 3)
    # the third coefficient of y/(1 - h y) less that of the method: 1 - 3 alpha/4 - ... by Taylor expansion of one step
    h = sympy.Symbol("h")
    k1 = y**2
    k2 = (y + h * alpha * k1) ** 2
    step = y + h * ((1 - 1 / (2 * alpha)) * k1 + k2 / (2 * alpha))
    defect = sympy.series(y / (1 - h * y) - step, h, 0, 4).removeO().coeff(h, 3)
    assert sympy.simplify(field.term(2)[0] - defect) == 0
