"""Public values do not change, and copies are equal."""

import copy
import itertools
import pickle

import pytest

import imde_sym as imde
from imde_sym.base.arguments import checked
from tests.rows import rows

m = imde.methods["gauss2"]
f = imde.systems["kepler"]
VALUES = {
    "tree": imde.RootedTree("[[],[[]]]"),
    "tableau": m,
    "series": imde.inverse_modified_series(m, 4),
    "field": f,
    "modified field": imde.inverse_modified_equation(f, m, 3),
}


@rows("name", VALUES)
def test_values_refuse_assignment(name):
    with pytest.raises(AttributeError, match="cannot be changed"):
        VALUES[name].order = 7
    with pytest.raises(AttributeError):
        VALUES[name].anything = 7


@rows("name", VALUES)
def test_copies_are_equal_and_hash_equal(name):
    value = VALUES[name]
    for other in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert other == value and hash(other) == hash(value)


@rows("name", VALUES)
def test_reprs_name_the_value_on_one_line(name):
    assert "\n" not in repr(VALUES[name]) and len(repr(VALUES[name])) < 500


def test_a_list_of_millions_is_taken_and_what_may_have_no_end_is_not():
    @checked
    def count(values: object) -> int:
        return len(values)

    assert count([0] * 1_100_000) == 1_100_000  # the trees up to order 17 are more than a million
    for endless in (itertools.count(), range(10**12)):
        with pytest.raises(imde.ImdeError, match="more than 1,000,000 entries"):
            count(endless)
