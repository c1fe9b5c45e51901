"""clear_caches: memory comes back, results stay."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

import imde_sym
from imde_sym import RootedTree, inverse_modified_equation, inverse_modified_series, methods, systems
from imde_sym.trees import tree_table


def test_results_are_the_same_after_the_caches_are_cleared():
    series, equation = inverse_modified_series("rk4", 7), inverse_modified_equation(systems["pendulum"], "gauss2", 3)
    text, tree = str(equation), RootedTree("[[],[[]]]")
    before = series[tree]
    imde_sym.clear_caches()
    assert inverse_modified_series("rk4", 7) == series
    assert inverse_modified_equation(systems["pendulum"], "gauss2", 3) == equation
    assert str(equation) == text
    assert series[tree] == before
    assert methods["rk4"] == methods["rk4"]


def test_tables_of_trees_are_let_go():
    tree_table().grow(9)
    imde_sym.clear_caches()
    assert tree_table().max_order < 9
    assert inverse_modified_series("rk4", 9)[RootedTree()] == 1


def test_what_was_made_before_is_read_after_the_tables_are_let_go():
    series, table = inverse_modified_series("rk4", 7), tree_table()
    before = dict(series.items())
    imde_sym.clear_caches()
    assert dict(series.items()) == before
    imde_sym.clear_caches()
    assert RootedTree.from_number(11).order == 5
    assert table.product(np.array([3]), np.array([1])) == tree_table().product(np.array([3]), np.array([1]))


BY_FEW_KEYS = {
    "arguments.kind_of": "annotations of this package",
    "arguments._fields_of": "classes of this package",
    "tables.tree_total": "orders and colours",
    "tables.memory": "orders and colours",
    "order.branching_once": "orders and colours",
    "derivatives._directions": "orders",
    "derivatives._interpolation": "orders",
    "derivatives._families": "orders and colours",
    "taylor.log_weights": "orders",
    "interpolation.integration": "numbers of stages",
    "continuous._quadrature": "numbers of stages",
    "modular._prime": "primes, in their sequence",
    "polynomials._flint_available": "nothing",
    "polynomials._inner": "numbers of generators in a polynomial",
    "coefficients.at_order": "orders",
    "deciding._euler_weights": "nothing",
    "flows._pair": "nothing",
    "canvas._shown_axes": "nothing",
}
"""Caches without a largest number of entries, and what they are kept by."""


def test_every_cache_is_bounded_or_kept_by_few_keys():
    texts = {path.stem: path.read_text(encoding="utf-8") for path in Path(imde_sym.__file__).parent.rglob("*.py")}
    found = {f"{name}.{function}" for name, text in texts.items() for function in re.findall(r"@cache\n *def (\w+)", text)}
    assert "modular._prime" in found
    assert found <= set(BY_FEW_KEYS), found - set(BY_FEW_KEYS)
