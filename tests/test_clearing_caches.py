"""clear_caches: memory comes back, results stay."""

from __future__ import annotations

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
