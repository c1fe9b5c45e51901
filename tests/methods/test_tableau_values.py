"""ButcherTableau: validation, properties, text and JSON."""

import copy
import json
import pickle
from fractions import Fraction

import mpmath
import pytest
import sympy
from hypothesis import given

from imde_sym.base.errors import ImdeError, MethodError, RingError
from imde_sym.method import ButcherTableau, methods
from tests.rows import rows
from tests.strategies import examples, tableaux

HALF = Fraction(1, 2)
a = sympy.Symbol("a")


def midpoint(**info):
    return ButcherTableau([[0, 0], ["1/2", 0]], [0, 1], **info)


def test_entries_of_all_exact_kinds_give_the_same_tableau():
    for half in (HALF, "1/2", "0.5", sympy.Rational(1, 2), "sqrt(1/4)"):
        m = ButcherTableau([[0, 0], [half, 0]], [0, 1])
        assert m == midpoint() == methods["explicit_midpoint"]
        assert hash(m) == hash(midpoint())
        assert type(m.A[1][0]) is Fraction


def test_row_sums_are_the_default_abscissae():
    assert midpoint().c == (0, HALF)
    m = methods["gauss2"]
    assert [sympy.nsimplify(x) if not isinstance(x, Fraction) else x for x in m.c] == [
        HALF - sympy.sqrt(3) / 6,
        HALF + sympy.sqrt(3) / 6,
    ] or all(abs(complex(x).imag) == 0 for x in m.c)


@rows(
    "A, b, kwargs, why",
    [
        ([[0, 0]], [0, 1], {}, "1 rows"),
        ([[0], [1]], [0, 1], {}, "row 0 of A has 1 entries"),
        ([[0, 0], [1, 0, 0]], [0, 1], {}, "row 1 of A has 3 entries"),
        ([], [], {}, "1 to 100 stages"),
        ([[0] * 101] * 101, [1] * 101, {}, "1 to 100 stages"),
        ([[0]], 3, {}, "sequence of numbers"),
        ([0], [1], {}, "sequence of numbers"),
        ([[float("nan")]], [1], {}, "A\\[0\\]"),
        ([[0]], [float("inf")], {}, "b\\[0\\]"),
        ([["x"]], [1], {}, "unknown symbol 'x'"),
        ([["__import__('os')"]], [1], {}, "unexpected character"),
        ([[True]], [1], {}, "not a number"),
        ([[None]], [1], {}, "not a number"),
        ([[0]], [1], {"c": [1]}, "row 0 of A sums to 0"),
        ([[0, 0], ["0.37", 0]], ["1/2", "1/2"], {"c": [0, "0.38"]}, r"c\[1\] = 0.38, but row 1 of A sums to 0.37"),
        ([[0.1, 0.2], [0, 0]], [0.5, 0.5], {"c": [0.3001, 0]}, "c must be the row sums"),
        ([[0]], [1], {"c": [0, 0]}, "c has 2 entries"),
        ([[0]], [1], {"b_hat": [1, 0]}, "b_hat has 2 entries"),
        ([[0]], [1], {"b_hat": ["nan"]}, "b_hat\\[0\\]"),
    ],
)
def test_data_that_are_no_tableau_are_refused_with_the_place(A, b, kwargs, why):
    with pytest.raises(MethodError, match=why):
        ButcherTableau(A, b, **kwargs)


@pytest.mark.parametrize("A", [None, 3])
def test_a_matrix_that_is_none_is_refused(A):
    with pytest.raises(ImdeError):
        ButcherTableau(A, [1])


def test_floats_and_symbols_together_are_refused():
    with pytest.raises(RingError, match="rationals"):
        ButcherTableau([[0, 0], [a, 0]], [0.5, 0.5])


def test_float_row_sums_may_miss_by_rounding():
    m = ButcherTableau([[0.1, 0.2], [0, 0]], [0.5, 0.5], [0.3, 0])
    assert not m.is_exact
    assert m.c == (0.3, 0.0)


@rows(
    "A, b, order",
    [
        ([[0]], [1], 1),
        ([[0]], [2], 0),
        ([[HALF]], [1], 2),
        ([[0.5]], [1.0], 2),
        ([[0, 0], [a, 0]], [1 - 1 / (2 * a), 1 / (2 * a)], 2),
        ([[mpmath.mpf(1) / 2]], [1], 2),
        ([[0, 0], [0.5 + 0.5j, 0]], [0.5 + 0.5j, 0.5 - 0.5j], 2),
    ],
)
def test_the_order_is_computed(A, b, order):
    assert ButcherTableau(A, b).order == order


def test_the_order_of_a_float_copy_of_rk4_is_four():
    m = methods["rk4"]
    assert ButcherTableau([[float(x) for x in row] for row in m.A], [float(x) for x in m.b]).order == 4


def test_the_embedded_formula_has_its_own_order():
    m = methods["bogacki_shampine"]
    assert (m.order, m.embedded.order) == (3, 2)
    assert m.embedded.A == m.A
    with pytest.raises(MethodError, match="no embedded formula"):
        _ = methods["rk4"].embedded


def test_symplectic_and_symmetric_methods_are_recognised():
    assert methods["implicit_midpoint"].is_symplectic
    assert methods["implicit_midpoint"].is_symmetric
    assert methods["trapezoid"].is_symmetric
    assert not methods["trapezoid"].is_symplectic
    assert methods["gauss2"].is_symplectic
    assert methods["gauss2"].is_symmetric
    assert not methods["rk4"].is_symmetric


def test_symmetry_does_not_depend_on_the_numbering_of_the_stages():
    m = methods["gauss2"]
    turned = ButcherTableau([row[::-1] for row in m.A[::-1]], m.b[::-1])
    assert turned.is_symmetric
    # stages that share an abscissa: the order among them must not matter either
    A = [[HALF, 0, 0], [HALF, HALF, 0], [HALF, HALF, HALF]]
    b = [1, -1, 1]
    assert is_symmetric_up_to_numbering(ButcherTableau(A, b))


def is_symmetric_up_to_numbering(m):
    from itertools import permutations

    s = range(m.stages)
    found = any(all(m.A[i][j] + m.A[p[i]][p[j]] == m.b[j] for i in s for j in s) for p in permutations(s))
    return m.is_symmetric == found


@examples(40)
@given(tableaux())
def test_the_symmetric_flag_is_the_existence_of_a_renumbering(m):
    assert is_symmetric_up_to_numbering(m)


@examples(30)
@given(tableaux())
def test_values_survive_json_pickle_and_copy(m):
    for again in (ButcherTableau.from_json(m.to_json()), pickle.loads(pickle.dumps(m)), copy.deepcopy(m)):
        assert again == m
        assert hash(again) == hash(m)
        assert again.c == m.c
    assert m.is_explicit == all(m.A[i][j] == 0 for i in range(m.stages) for j in range(i, m.stages))


@rows(
    "m",
    [
        methods["gauss2"],
        ButcherTableau([[0, 0], [a, 0]], [1 - 1 / (2 * a), 1 / (2 * a)], b_hat=[1, 0], name="family"),
        ButcherTableau([["sqrt(2)/3"]], ["1 + sqrt(2)"]),
        ButcherTableau([[0.1]], [1.0]),
        ButcherTableau([[0.5j]], [1]),
        ButcherTableau([["2**(1/3)"]], ["pi"]),
    ],
)
def test_json_reads_back_roots_symbols_and_floats(m):
    again = ButcherTableau.from_json(m.to_json())
    assert again == m
    assert (again.b_hat, again.name, again.parameters) == (m.b_hat, m.name, m.parameters)
    assert json.loads(m.to_json())["format"] == "imde_sym/tableau"
    assert pickle.loads(pickle.dumps(m)) == m


@rows(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "null",
        "{}",
        '{"A": [[0]]}',
        '{"A": 3, "b": [1]}',
        '{"A": [3], "b": [1]}',
        '{"A": [[0]], "b": "1"}',
        '{"A": [[0]], "b": [null]}',
        '{"A": [[0]], "b": [NaN]}',
        '{"A": [[0]], "b": ["x"]}',
        '{"A": [[0]], "b": [1], "symbols": "x"}',
        '{"A": [[0]], "b": [1], "symbols": ["x y"]}',
        '{"A": [[0]], "b": [1], "c": 3}',
        '{"A": [["__import__(\'os\').system(\'touch x\')"]], "b": [1]}',
        "[" * 10**5,
        '{"A": [[0]], "b": [[1, 2, 3]]}',
        '{"A": [[0]], "b": [["1", "2"]]}',
    ],
)
def test_text_that_is_no_tableau_is_refused(text):
    with pytest.raises(ImdeError):
        ButcherTableau.from_json(text)


def test_symbols_in_json_must_be_declared():
    m = ButcherTableau.from_json('{"A": [[0, 0], ["q", 0]], "b": ["1 - 1/(2*q)", "1/(2*q)"], "symbols": ["q"]}')
    assert m.parameters == (sympy.Symbol("q"),)
    assert m.order == 2


@pytest.mark.parametrize("key", ["self", "A", "info"])
def test_unknown_keys_in_json_are_kept_or_refused_but_never_break(key):
    try:
        m = ButcherTableau.from_json(json.dumps({"A": [[0]], "b": [1], "note": "mine", **({key: 1} if key != "A" else {})}))
    except ImdeError:
        return
    assert m.info["note"] == "mine"
    assert json.loads(m.to_json())["note"] == "mine"


def test_the_title_falls_back_to_the_name_and_to_a_description():
    assert midpoint(title="Runge's method").title == "Runge's method"
    assert midpoint(name="mine").title == "mine"
    assert midpoint().title == "2-stage Runge-Kutta method"


def test_text_forms_look_like_the_book():
    m = midpoint(name="mine")
    assert str(m).splitlines()[1].split() == ["1/2", "│", "1/2", "0"]
    assert "┼" in str(m)
    assert m.latex().startswith(r"\begin{array}{c|cc}")
    assert m.latex().count(r"\\") == 2
    assert eval(repr(m).replace("1/2", "'1/2'"), {"ButcherTableau": ButcherTableau}) == m


def test_equality_ignores_the_name():
    assert midpoint(name="x") == midpoint(name="y")
    assert midpoint() != methods["heun"]
    assert midpoint() != "midpoint"
