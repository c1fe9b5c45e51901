"""Every method of the catalogue: claimed order, embedded order and flags against computed ones."""

import re
from fractions import Fraction

import numpy as np
import pytest

from imde_sym.base.errors import ImdeError, UnknownNameError
from imde_sym.method import ButcherTableau, methods
from imde_sym.method.theory.weights import elementary_weights
from imde_sym.rings.arithmetic import FloatArithmetic
from imde_sym.trees import tree_table
from tests.rows import rows, sampled

DATA = {n: e for n, e in methods._data.items() if e.get("family", "runge_kutta") == "runge_kutta"}
"""The Runge-Kutta methods; those of other families have a file of their own."""
SLOW = {"gauss4", "gauss5"}  # number fields of degree 8 and more: seconds to minutes each
FLOAT = 1e-9
"""How far published decimals (25 digits or so) may miss an order condition."""


def entries(keep=lambda entry: True):
    return [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name, entry in DATA.items() if keep(entry)]


def sample(seed):
    return sampled(DATA, seed, heavy=SLOW)


def decimal(entry):
    return "exact_decimal" in entry["tags"]


def residual(m, weights, order):
    """Largest miss of the order conditions, in floats: |Φ(t) - 1/γ(t)| over |t| <= order."""
    as_floats = ButcherTableau(
        [[complex(a).real if not isinstance(a, Fraction) else float(a) for a in row] for row in m.A],
        [complex(b).real if not isinstance(b, Fraction) else float(b) for b in weights],
    )
    values = elementary_weights([as_floats], order, FloatArithmetic(float))
    return np.abs(values - 1 / tree_table().density[: len(values)]).max()


@rows("name", DATA)
def test_every_entry_builds(name):
    m = methods[name]
    assert m.is_exact
    assert m.name == name
    assert m.reference
    assert m.title
    assert all(sum(row, Fraction(0)) == c for row, c in zip(m.A, m.c)) or not all(isinstance(c, Fraction) for c in m.c)


@rows("name", entries(lambda e: not decimal(e)))
def test_the_claimed_order_is_the_computed_order(name):
    assert methods[name].order == DATA[name]["order"]


@rows("name", entries(lambda e: not decimal(e) and "b_hat" in e))
def test_the_claimed_order_of_the_embedded_formula_is_the_computed_order(name):
    assert methods[name].embedded.order == DATA[name]["order_hat"]


@rows("name", sample("order conditions"))
def test_order_conditions_hold_in_floats_and_one_order_beyond_does_not(name):
    """An independent route: floats, no number fields; the only one for published decimals."""
    m, entry = methods[name], DATA[name]
    assert residual(m, m.b, entry["order"]) < FLOAT
    assert residual(m, m.b, entry["order"] + 1) > FLOAT
    if m.b_hat is not None:
        assert residual(m, m.b_hat, entry["order_hat"]) < FLOAT
        assert residual(m, m.b_hat, entry["order_hat"] + 1) > FLOAT


@rows("name", sample("symplectic"))
def test_the_symplectic_flag_agrees_with_the_tags(name):
    assert methods[name].is_symplectic == ("symplectic" in DATA[name]["tags"])


@rows("name", sample("symmetric"))
def test_the_symmetric_flag_agrees_with_the_tags(name):
    assert methods[name].is_symmetric == ("symmetric" in DATA[name]["tags"])


@rows("name", DATA)
def test_structure_tags_agree_with_the_tableau(name):
    m, tags = methods[name], set(DATA[name]["tags"])
    s = range(m.stages)
    assert m.is_explicit == ("explicit" in tags)
    assert ("embedded" in tags) == (m.b_hat is not None)
    lower = all(m.A[i][j] == 0 for i in s for j in s if j > i)
    if "diagonally_implicit" in tags:
        assert lower
        assert not m.is_explicit
    if "fully_implicit" in tags:
        assert not m.is_explicit
    if "stiffly_accurate" in tags:
        assert m.A[-1] == m.b
    if "sdirk" in tags:
        assert len({m.A[i][i] for i in s}) == 1
    if "fsal" in tags:
        assert m.is_explicit
        assert m.A[-1] == m.b


def test_names_and_aliases_are_unique_and_lead_to_their_entries():
    names = [re.sub(r"[-\s]", "_", a.lower()) for e in methods._data.values() for a in (e["name"], *e.get("aliases", ()))]
    assert len(names) == len(set(names))
    assert methods["Forward Euler"] is methods["explicit_euler"]
    assert methods["backward-euler"] is methods["implicit_euler"]


@rows(
    "typo, right",
    [("explicit_eular", "explicit_euler"), ("gaus2", "gauss2"), ("rk4b", "rk4"), ("trapzoid", "trapezoid")],
)
def test_an_unknown_name_offers_the_nearest(typo, right):
    with pytest.raises(UnknownNameError, match=right) as caught:
        methods[typo]
    assert right in caught.value.nearest
    assert typo in str(caught.value)
    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, ImdeError)


@rows("name", ["", "zzzzzz", 3, None, "x" * 10_000])
def test_a_name_far_from_all_is_refused_briefly(name):
    with pytest.raises(UnknownNameError, match="unknown method") as caught:
        methods[name]
    assert len(str(caught.value)) < 400
    assert name not in methods
    assert methods.get(name) is None


def test_the_catalogue_is_a_mapping_of_names_without_aliases():
    assert len(methods) == len(list(methods)) >= len(DATA) >= 100
    assert "euler" in methods
    assert "euler" not in list(methods)
    assert "catalogue of" in repr(methods)
