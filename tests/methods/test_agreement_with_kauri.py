"""kauri and the package on the explicit rational methods of the catalogue: weights, modified equations, composition, substitution."""

from fractions import Fraction

import pytest

import imde_sym as imde
from imde_sym.method import ButcherTableau, methods

pytestmark = pytest.mark.slow

kauri = pytest.importorskip("kauri")
ORDER = 5
NAMES = [
    name
    for name, entry in methods._data.items()
    if entry.get("family", ButcherTableau.family) == ButcherTableau.family
    and "explicit" in entry["tags"]
    and "exact_decimal" not in entry["tags"]
    and "constants" not in entry
    and "sqrt" not in str(entry)
    and len(entry["b"]) <= 9
][::2]
"""Every other of the explicit ones of up to 9 stages, in rational numbers."""
PAIRS = list(zip(NAMES[::4], NAMES[2::4], strict=False))


def theirs(name):
    m = methods[name]
    return kauri.RK([list(row) for row in m.A], list(m.b)).elementary_weights_map()


def read(given, order=ORDER):
    return imde.BSeries.from_kauri(given, order)


def test_there_are_enough_to_compare():
    assert len(NAMES) > 35
    assert len(PAIRS) > 8


@pytest.mark.parametrize("name", NAMES)
def test_elementary_weights_agree_exactly(name):
    ours = imde.method_series(name, ORDER)
    assert read(theirs(name)) == ours
    assert all(isinstance(x, Fraction) for x in ours.coefficients)


@pytest.mark.parametrize("name", NAMES)
def test_orders_agree(name):
    m = methods[name]
    found = (
        kauri.RK([list(map(float, row)) for row in m.A], list(map(float, m.b))).order(tol=1e-9) if m.order < ORDER else m.order
    )
    assert found == m.order


@pytest.mark.parametrize("name", NAMES[::4])
def test_modified_equations_agree(name):
    """kauri's logarithm works in floats."""
    found, ours = read(theirs(name).modified_equation(), 4), imde.modified_series(name, 4)
    assert all(float(found[t]) == pytest.approx(float(ours[t]), abs=1e-12) for t in imde.rooted_trees(4))


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_compositions_agree_exactly(first, second):
    product = kauri.bck.map_product(theirs(first), theirs(second))
    assert read(product, 4) == imde.compose(imde.method_series(first, 4), imde.method_series(second, 4))


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_substitutions_agree_exactly(first, second):
    field = imde.modified_series(first, 4)
    product = kauri.cem.map_product(field.to_kauri(), theirs(second))
    assert read(product, 4) == imde.substitute(field, imde.method_series(second, 4))
