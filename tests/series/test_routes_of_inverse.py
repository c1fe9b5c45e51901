"""The inverse modified field by independent routes, for random rational tableaux.

Stage recursion over trees; recursion over partitions for the series of the method; and the closed recursion
g_i(t) = Σ over ordered subtrees s of c(s) Π U_i(pruned), written here with dictionaries of fractions.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imde_sym.method import ButcherTableau, methods
from imde_sym.series import exact_series, inverse_modified_series, log, method_series, modified_series, substitute
from imde_sym.trees import rooted_trees
from tests.series.random_series import as_dict, partitioned, partitions, plain, size, subtrees
from tests.strategies import examples, rationals, tableaux

Tree = tuple


def density(tree: Tree) -> int:
    return size(tree) * prod(map(density, tree[1]))


def stage_weights(parts: Sequence[ButcherTableau], tree: Tree) -> list[Fraction]:
    """φ_i(t) = Π over branches of Σ_j a_ij φ_j, with the tableau of the branch's colour (HNW II.2)."""
    s = range(parts[0].stages)
    inner = [(parts[b[0]].A, stage_weights(parts, b)) for b in tree[1]]
    return [prod((sum(A[i][j] * phi[j] for j in s) for A, phi in inner), start=Fraction(1)) for i in s]


def weight(parts: Sequence[ButcherTableau], tree: Tree) -> Fraction:
    return sum(b * phi for b, phi in zip(parts[tree[0]].b, stage_weights(parts, tree)))


def closed_recursion(parts: Sequence[ButcherTableau], trees: Sequence[Tree]) -> dict[Tree, Fraction]:
    """c with Φ[c] = the exact flow: trees in ascending order, g_i and U_i from lower orders only."""
    s = range(parts[0].stages)
    c: dict[Tree, Fraction] = {}
    U: dict[Tree, list[Fraction]] = {}
    for t in trees:
        A, b = parts[t[0]].A, parts[t[0]].b
        known = [
            sum((n * c[sub] * prod(U[p][i] for p in pruned) for (sub, pruned), n in subtrees(t).items() if pruned), Fraction(0))
            for i in s
        ]
        c[t] = (Fraction(1, density(t)) - sum(b[i] * known[i] for i in s)) / sum(b)
        g = [c[t] + known[i] for i in s]
        U[t] = [sum(A[i][j] * g[j] for j in s) for i in s]
    return c


def trees_up_to(order: int, colors: int = 1) -> list[Tree]:
    return [plain(t) for k in range(1, order + 1) for t in rooted_trees(k, colors)]


def check(m: ButcherTableau, order: int) -> None:
    c = inverse_modified_series(m, order)
    assert c == inverse_modified_series(method_series(m, order))
    assert as_dict(c) == closed_recursion([m], trees_up_to(order))


@examples(6)
@given(tableaux(max_stages=3))
def test_three_routes_agree_to_order_seven(m):
    check(m, 7)


@st.composite
def two_stages(draw):
    """Explicit, with two stages and sum(b) != 0."""
    a, b, total = draw(rationals().filter(bool)), draw(rationals()), draw(rationals().filter(bool))
    return ButcherTableau([[0, 0], [a, 0]], [total - b, b])


@pytest.mark.slow
@examples(4)
@given(two_stages())
def test_three_routes_agree_to_order_nine_for_explicit_methods(m):
    check(m, 9)


@pytest.mark.slow
@examples(10)
@given(tableaux(max_stages=4))
def test_three_routes_agree_to_order_nine(m):
    check(m, 9)


@examples(6)
@given(partitioned(max_stages=3))
def test_three_routes_agree_for_partitioned_methods(m):
    c = inverse_modified_series(m, 4)
    assert c == inverse_modified_series(method_series(m, 4))
    assert as_dict(c) == closed_recursion(m.parts, trees_up_to(4, 2))


@examples(3)
@given(partitioned(colors=3))
def test_three_routes_agree_for_three_parts(m):
    c = inverse_modified_series(m, 3)
    assert c == inverse_modified_series(method_series(m, 3))
    assert as_dict(c) == closed_recursion(m.parts, trees_up_to(3, 3))


@examples(6)
@given(tableaux(), partitioned(max_stages=3))
def test_the_series_of_a_method_is_that_of_its_elementary_weights(m, p):
    assert as_dict(method_series(m, 6)) == {t: weight([m], t) for t in trees_up_to(6)}
    assert as_dict(method_series(p, 4)) == {t: weight(p.parts, t) for t in trees_up_to(4, 2)}


@pytest.mark.parametrize("name", ["explicit_midpoint", "rk4", "gauss2", "radau_iia_2"])
def test_the_method_applied_to_its_inverse_field_is_exact_partition_by_partition(name):
    """Σ over partitions of Φ(skeleton) Π c(pieces) = 1/γ, and Σ 1/γ(skeleton) Π b(pieces) = Φ forward."""
    m = methods[name]
    phi, c, b = (as_dict(f(m, 7)) for f in (method_series, inverse_modified_series, modified_series))
    for t in trees_up_to(7):
        terms = [(skeleton, pieces, n) for (skeleton, pieces), n in partitions(t).items()]
        assert sum(n for *_, n in terms) == 2 ** (size(t) - 1)
        assert sum(n * phi[s] * prod(c[p] for p in pieces) for s, pieces, n in terms) == Fraction(1, density(t))
        assert sum(n * Fraction(1, density(s)) * prod(b[p] for p in pieces) for s, pieces, n in terms) == phi[t]


@examples(4)
@given(tableaux())
def test_the_modified_field_of_a_series_is_that_of_the_method(m):
    a = method_series(m, 8)
    assert modified_series(a) == log(a) == modified_series(m, 8)
    assert substitute(inverse_modified_series(m, 8), a) == exact_series(8)


def test_the_order_given_with_a_series_truncates_it():
    a = method_series(methods["heun3"], 6)
    for law in (modified_series, inverse_modified_series):
        assert law(a, 4) == law(methods["heun3"], 4) == law(a).truncate(4)
