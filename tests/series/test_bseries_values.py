"""BSeries: a mapping, its text forms, and errors."""

import copy
import json
import pickle
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given

from imde_sym.base.errors import ImdeError, SeriesError, TreeError
from imde_sym.method import ButcherTableau, methods
from imde_sym.series import BSeries, exact_series, inverse_modified_series, method_series, modified_series
from imde_sym.trees import RootedTree, rooted_trees
from tests.rows import rows
from tests.strategies import examples, tableaux

a = sympy.Symbol("a")
FAMILY = ButcherTableau([[0, 0], [a, 0]], [1 - 1 / (2 * a), 1 / (2 * a)])


def test_a_series_is_a_mapping_from_trees_in_ascending_order():
    s = exact_series(4)
    assert isinstance(s, Mapping)
    assert list(s) == [t for n in range(1, 5) for t in rooted_trees(n)]
    assert len(s) == 8
    assert dict(s) == dict(zip(s, s.coefficients))
    assert s[RootedTree("[[]]")] == s["[[]]"] == s[((),)] == Fraction(1, 2)
    assert RootedTree("[[]]") in s
    assert RootedTree("[[[[[]]]]]") not in s
    assert RootedTree("[1]") not in s
    assert s.get("[[]]") == Fraction(1, 2)


def test_get_gives_the_default_where_the_tree_is_not_in_the_series():
    """The contract of Mapping: `get` asks `__getitem__` for KeyError."""
    assert exact_series(2).get(RootedTree("[[],[]]"), 0) == 0


def test_maps_and_fields_are_told_apart():
    m = methods["heun"]
    assert exact_series(3).is_map
    assert method_series(m, 3).is_map
    assert modified_series(m, 3).is_field
    assert inverse_modified_series(m, 3).is_field
    assert not BSeries(1, [Fraction(1)], Fraction(1, 2)).is_map


def test_trees_beyond_the_order_or_malformed_are_refused():
    s = exact_series(2)
    with pytest.raises(SeriesError, match="truncated at order 2"):
        s["[[],[]]"]
    with pytest.raises(TreeError):
        s["foo"]
    with pytest.raises(TreeError):
        s[3]
    with pytest.raises(TreeError, match="colour 1"):
        s["[1]"]


@examples(15)
@given(tableaux())
def test_json_and_pickle_read_back_rational_series(m):
    s = inverse_modified_series(m, 4)
    for again in (BSeries.from_json(s.to_json()), pickle.loads(pickle.dumps(s)), copy.deepcopy(s)):
        assert again == s
        assert hash(again) == hash(s)
        assert again.name == s.name
    assert json.loads(s.to_json())["order"] == 4


@rows(
    "method",
    [FAMILY, methods["gauss2"], ButcherTableau([[0, 0], [0.5, 0]], [0.25, 0.75]), ButcherTableau([[0.5j]], [1])],
)
def test_json_and_pickle_read_back_other_series(method):
    s = inverse_modified_series(method, 4)
    assert BSeries.from_json(s.to_json()) == s
    assert pickle.loads(pickle.dumps(s)) == s


def test_json_keeps_roots_exact():
    s = BSeries(2, [sympy.sqrt(3) / 6, Fraction(1, 3)])
    assert BSeries.from_json(s.to_json()) == s
    assert BSeries.from_json(s.to_json())["[]"] == sympy.sqrt(3) / 6


@rows("text", ["", "{", "[]", "{}", "3", "null", '"x"', '{"order": 1}', "[" * 10**5])
def test_text_that_is_no_series_is_refused(text):
    with pytest.raises(SeriesError):
        BSeries.from_json(text)


@rows(
    "key, value",
    [
        ("order", 0),
        ("order", "3"),
        ("order", 10**6),
        ("order", 4),
        ("order", 2),
        ("colors", 0),
        ("colors", "1"),
        ("colors", None),
        ("colors", 10**5),
        ("symbols", 3),
        ("empty", None),
        ("coefficients", []),
        ("coefficients", {"[]": "1"}),
        ("coefficients", {"[]": "__import__('os')"}),
        ("coefficients", {"x": "1"}),
    ],
)
def test_data_with_one_wrong_entry_are_refused(key, value):
    data = exact_series(3).to_dict()
    with pytest.raises(ImdeError):
        BSeries.from_dict(data | {key: value})


def test_equality_is_by_content():
    s = exact_series(3)
    assert s == exact_series(3)
    assert len({s, exact_series(3)}) == 1
    assert s != exact_series(4)
    assert s != BSeries(3, s.coefficients, 0)
    assert s != dict(s)
    assert method_series(methods["kutta3"], 3) == s


@pytest.mark.parametrize("name", ["order", "colors", "empty", "_values", "other"])
def test_a_series_cannot_be_changed(name):
    s = exact_series(3)
    with pytest.raises(AttributeError):
        setattr(s, name, 2)
    assert s.order == 3


def test_a_series_has_no_item_assignment():
    with pytest.raises(TypeError):
        exact_series(3)["[]"] = 2


def test_truncation_keeps_the_lower_orders():
    m = methods["rk4"]
    s = inverse_modified_series(m, 6)
    assert s.truncate(4) == inverse_modified_series(m, 4)
    assert s.truncate(6) == s
    for order in (0, 7, True, "2"):
        with pytest.raises(SeriesError, match="order of a truncation"):
            s.truncate(order)


def test_numpy_arrays_are_copies_in_the_order_of_the_trees():
    s = exact_series(5)
    v = s.to_numpy()
    assert v.dtype == np.float64
    assert v.tolist() == [float(x) for x in s.coefficients]
    v[0] = 7
    assert s["[]"] == 1
    assert s.to_numpy(np.float32).dtype == np.float32
    assert s.to_numpy(object)[1] == Fraction(1, 2)


def test_roots_become_floats_in_numpy():
    v = BSeries(1, [sympy.sqrt(2)]).to_numpy()
    assert v.dtype == np.float64
    assert abs(v[0] - 2**0.5) < 1e-15


def test_latex_writes_the_terms_of_the_book():
    text = " ".join(inverse_modified_series(methods["explicit_midpoint"], 4).latex().split())
    assert text.startswith(r"h f + \frac{1}{24} h^{3} f''(f, f)")
    assert r"\frac{1}{6} h^{3} f' f' f" in text
    assert r"- \frac{1}{16} h^{4} f' f''(f, f)" in text
    assert text.endswith(r"\mathcal{O}(h^{5})")
    assert "h^{2}" not in text.split("O")[0]
    assert "+ -" not in text
    assert exact_series(3).latex("g", terms=2).startswith(r"y + h g + \frac{1}{2} h^{2} g' g + \cdots")
    assert exact_series(3)._repr_latex_().startswith("$")


def test_latex_brackets_symbolic_sums():
    text = method_series(FAMILY, 3).latex()
    assert text.count("{") == text.count("}")
    assert "a" in text


def test_text_forms_show_the_content():
    s = inverse_modified_series(methods["heun"], 4)
    assert "order" in str(s).splitlines()[0]
    assert len(str(s).splitlines()) == 9
    assert s.table(limit=3).splitlines()[-1] == "... 5 more"
    assert "field" in repr(s)
    assert "map" in repr(exact_series(2))
    assert "f''(f, f'f)" in str(s)


def test_a_series_needs_one_coefficient_for_each_tree():
    with pytest.raises(SeriesError, match="1 coefficients; a series of order 2 has 2 trees"):
        BSeries(2, [1])


def test_coefficients_are_brought_into_canonical_form():
    s = BSeries(2, [1, "1/2"])
    assert s.coefficients == (Fraction(1), Fraction(1, 2))
    assert all(type(v) is Fraction for v in s.coefficients)


@rows("value", ["foo", None, float("nan"), True])
def test_coefficients_that_are_no_numbers_are_refused(value):
    with pytest.raises(ImdeError):
        BSeries(1, [value])
