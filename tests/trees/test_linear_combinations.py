"""LinearCombination: a module over its coefficients, an algebra, a mapping."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from imde_sym.base.errors import ImdeError, RingError, TreeError
from imde_sym.trees import Forest, LinearCombination, RootedTree, tensor
from tests.rows import rows
from tests.strategies import examples, forests, rationals

QUICK = examples(50)
small = forests(max_trees=2, max_order=3)
combinations = st.builds(LinearCombination, st.dictionaries(small, rationals(), max_size=4))
pairs = st.builds(LinearCombination, st.dictionaries(st.tuples(small, small), rationals(), max_size=3))
a, b = sympy.symbols("a b")


@QUICK
@given(combinations, combinations, combinations, rationals())
def test_combinations_are_a_commutative_algebra(x, y, z, c):
    assert x + y == y + x
    assert (x + y) + z == x + (y + z)
    assert x * y == y * x
    assert (x * y) * z == x * (y * z)
    assert x * (y + z) == x * y + x * z
    assert c * (x * y) == (c * x) * y == x * (y * c)
    assert x - x == LinearCombination() == 0 * x
    assert x * Forest() == x == LinearCombination() - (-x)


@QUICK
@given(pairs, pairs, combinations, combinations)
def test_tensors_multiply_componentwise_and_are_bilinear(p, q, x, y):
    assert p * q == q * p
    assert tensor(x, y) * tensor(y, x) == tensor(x * y, y * x)
    assert tensor(x + y, x) == tensor(x, x) + tensor(y, x)
    assert tensor(tensor(x, y), x) == tensor(x, tensor(y, x)) == tensor(x, y, x)
    assert tensor(x, y).multiply_factors() == x * y


@QUICK
@given(combinations)
def test_equal_combinations_hash_alike_and_pickle(x):
    again = LinearCombination(dict(reversed(list(x.items()))))
    assert again == x and hash(again) == hash(x)
    assert pickle.loads(pickle.dumps(x)) == x
    assert list(x) == sorted(x)
    assert all(v != 0 and isinstance(v, Fraction) for v in x.values())
    assert LinearCombination(x) == x


@QUICK
@given(combinations, combinations, rationals())
def test_a_map_of_the_basis_extends_linearly(x, y, c):
    def grow(f):
        return LinearCombination({f: 2}) + f * RootedTree("[[]]")

    assert (x + c * y).map_basis(grow) == x.map_basis(grow) + c * y.map_basis(grow)


@QUICK
@given(combinations, combinations, st.integers(-3, 3))
def test_characters_are_multiplicative_and_linear(x, y, n):
    def character(t):
        return Fraction(n, t.density)

    assert (x * y).evaluate(character) == x.evaluate(character) * y.evaluate(character)
    assert (x + y).evaluate(character) == x.evaluate(character) + y.evaluate(character)
    assert tensor(x, y).evaluate(character, character) == (x * y).evaluate(character)


def test_a_missing_element_has_the_coefficient_zero():
    x = LinearCombination({"[]": 1, "[[]]": 0})
    assert x["[[]]"] == 0 and "[[]]" not in x and len(x) == 1
    assert x[RootedTree()] == x[Forest("[]")] == x["[]"] == 1
    assert RootedTree() in x and 5 not in x and None not in x


def test_the_same_element_in_two_spellings_is_one_term():
    assert LinearCombination({"[]": 1, RootedTree(): "1/2", Forest("τ"): Fraction(-3, 2)}) == LinearCombination()


@rows("coefficient", [2, "2/3", 0.5, a, a / (a + b), sympy.sqrt(2), sympy.Rational(1, 3), np.float64(0.25)])
def test_scalars_of_every_kind_multiply_from_both_sides(coefficient):
    x = LinearCombination("[]")
    assert x * coefficient == LinearCombination({"[]": coefficient})
    if not isinstance(coefficient, str):
        assert coefficient * x == x * coefficient
    assert x * coefficient / coefficient == x


def test_rational_coefficients_of_symbols_cancel_exactly():
    x = LinearCombination({"[]": 1 / (1 - a), "[[]]": sympy.sqrt(2)})
    assert x - LinearCombination({"[]": (1 + a) / (1 - a**2), "[[]]": 2 / sympy.sqrt(2)}) == LinearCombination()
    assert (x * (1 - a))["[]"] == 1
    assert isinstance((x * (1 - a))["[]"], Fraction)
    assert (x * a).evaluate(lambda t: (1 - a) if t.order == 1 else 0) == a


def test_sympy_numbers_become_fractions_and_floats_stay_floats():
    x = LinearCombination({"[]": sympy.Rational(1, 3), "[[]]": 0.5})
    assert isinstance(x["[]"], Fraction) and isinstance(x["[[]]"], float)


def test_floats_and_symbols_do_not_mix():
    with pytest.raises(RingError, match="mix"):
        LinearCombination({"[]": a}) * 0.5


def test_text_shows_signs_powers_and_tensors():
    x = LinearCombination({("[]", ""): 1, ("[]", "[] [[]]"): -1, ("[[]]", "[]"): "-3/2", ("", "[]"): a + 1})
    assert str(x) == "(a + 1) ∅ ⊗ [] + [] ⊗ ∅ - [] ⊗ [] [[]] - 3/2 [[]] ⊗ []"
    assert x.latex() == (
        r"\left(a + 1\right) \emptyset \otimes \tau + \tau \otimes \emptyset"
        r" - \tau \otimes \tau\,[\tau] - \frac{3}{2} [\tau] \otimes \tau"
    )
    assert (str(LinearCombination()), LinearCombination().latex()) == ("0", "0")
    long = LinearCombination({Forest(["[]"] * k): 1 for k in range(30)})
    assert "18 more" in repr(long) and "more" not in str(long)


def test_a_combination_cannot_be_changed():
    x = LinearCombination("[]")
    with pytest.raises(AttributeError, match="cannot be changed"):
        x._terms = {}
    with pytest.raises(TypeError):
        x["[]"] = 2


@rows("terms", [{"[": 1}, {3: 1}, {(): 1}, {("[]", 3): 1}, 7, None, {"[]": 1, ("[]", "[]"): 1}])
def test_terms_that_are_no_basis_elements_are_refused(terms):
    with pytest.raises(TreeError):
        LinearCombination(terms)


@rows("value", [None, "x y", float("nan"), True])
def test_coefficients_that_are_no_scalars_are_refused(value):
    with pytest.raises(ImdeError):
        LinearCombination({"[]": value})


def test_sums_and_products_need_the_same_number_of_factors():
    x, y = LinearCombination("[]"), LinearCombination(("[]", "[]"))
    for mixed in (lambda: x + y, lambda: x * y, lambda: y.evaluate(len), lambda: y.map_factor(2, lambda f: f)):
        with pytest.raises(TreeError, match="factor"):
            mixed()
    with pytest.raises(RingError, match="divided by 0"):
        x / 0


def test_a_notebook_shows_drawn_trees_with_their_coefficients():
    html = LinearCombination({("[] [[]]", ""): "-3/2", ("[]", "[]"): 1})._repr_html_()
    assert html.count("<circle") == 5 and html.count("<svg") == 3  # a picture for each forest, none for the empty one
    assert html.count("⊗") == 2 and "∅" in html and "3/2" in html
    assert LinearCombination()._repr_html_() == "<div>0</div>"


def test_a_notebook_shows_the_first_terms_of_a_long_sum():
    x = LinearCombination({" ".join(["[]"] * n): 1 for n in range(30)})
    assert "18 more" in x._repr_html_() and x._repr_html_().count("<svg") == 11


def test_sums_and_multiples_of_trees_and_forests_are_linear_combinations():
    t, f = RootedTree("[[]]"), Forest("[] []")
    assert t + t == 2 * t == t * 2 == LinearCombination({"[[]]": 2})
    assert t / 3 - t == LinearCombination({"[[]]": "-2/3"})
    assert sum([t, f, -t]) == LinearCombination(f)
    assert np.float64(0.5) * f == LinearCombination({"[] []": 0.5})
    assert t - t == LinearCombination()
    assert +t == LinearCombination(t)


def test_a_product_of_trees_is_a_forest():
    t = RootedTree("[[]]")
    assert t * t == Forest("[[]] [[]]")
    assert t * Forest("[]") == Forest("[]") * t == Forest("[] [[]]")


def test_a_tree_times_what_is_not_a_number_is_refused():
    with pytest.raises(ImdeError):
        RootedTree("[[]]") * "apples"
    with pytest.raises(ImdeError):
        RootedTree("[[]]") / 0
