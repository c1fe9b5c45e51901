"""Random rational series, and the combinatorial definitions of the laws in plain Python.

The definitions work on nested tuples (colour, branches) with dictionaries: no tables, no arrays, nothing of the
package but its values.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod

from hypothesis import strategies as st

from imde_sym.method import ButcherTableau, PartitionedTableau
from imde_sym.series import BSeries
from imde_sym.trees import RootedTree, tree_table
from tests.strategies import rationals

SIMPLE = sorted({Fraction(n, d) for n in range(-4, 5) for d in (1, 2, 3, 5)}, key=abs)


def series(order: int, colors: int = 1, empty: int = 1) -> st.SearchStrategy[BSeries]:
    """Maps (or with empty=0 fields) with small rational coefficients; zeros included, a(τ) not 1 in general."""
    size = tree_table(colors).size(order)
    values = st.lists(st.sampled_from(SIMPLE), min_size=size, max_size=size)
    return values.map(lambda coefficients: BSeries(order, coefficients, empty, colors))


@st.composite
def partitioned(draw, colors: int = 2, max_stages: int = 2) -> PartitionedTableau:
    """Rational tableaux with equal numbers of stages, one for each colour, all with sum(b) != 0."""
    s = draw(st.integers(1, max_stages))
    parts = []
    for _ in range(colors):
        b = [draw(rationals()) for _ in range(s)]
        b[0] += sum(b) == 0
        parts.append(ButcherTableau([[draw(rationals()) for _ in range(s)] for _ in range(s)], b))
    return PartitionedTableau(parts)


def plain(tree: RootedTree) -> tuple:
    """The tree as (colour, branches in ascending order of the tuples)."""
    return node(tree.color, map(plain, tree.children))


def node(color: int, branches) -> tuple:
    return color, tuple(sorted(branches))


def size(tree: tuple) -> int:
    return 1 + sum(map(size, tree[1]))


@cache
def subtrees(tree: tuple) -> Counter:
    """How often each (subtree with the root, pruned branches) occurs among the ordered subtrees of HLW III.1.4."""
    found: Counter = Counter()
    for choice in product(*([(None, (b,), 1), *((s, p, n) for (s, p), n in subtrees(b).items())] for b in tree[1])):
        kept = node(tree[0], (s for s, _, _ in choice if s is not None))
        found[kept, tuple(sorted(p for _, pruned, _ in choice for p in pruned))] += prod(n for _, _, n in choice)
    return found


@cache
def partitions(tree: tuple) -> Counter:
    """How often each (skeleton, pieces) occurs when the edges of the tree are kept or cut in all ways (CHV 2010)."""
    found: Counter = Counter()
    for skeleton, root_piece, others, n in _partitions(tree):
        found[skeleton, tuple(sorted((root_piece, *others)))] += n
    return found


@cache
def _partitions(tree: tuple) -> list:
    """(skeleton, piece with the root, other pieces, how often), with equal ones collected."""
    found: Counter = Counter()
    for choice in product(*(_partitions(b) for b in tree[1]), *([(False, True)] * len(tree[1]))):
        branches, kept = choice[: len(tree[1])], choice[len(tree[1]) :]
        below: list = []
        root_piece: list = []
        others: list = []
        for (skeleton, piece, rest, _), joined in zip(branches, kept):
            others.extend(rest)
            if joined:
                below.extend(skeleton[1])
                root_piece.append(piece)
            else:
                below.append(skeleton)
                others.append(piece)
        key = node(tree[0], below), node(tree[0], root_piece), tuple(sorted(others))
        found[key] += prod(n for *_, n in branches)
    return [(*key, n) for key, n in found.items()]


def as_dict(a: BSeries) -> dict[tuple, Fraction]:
    return {plain(t): v for t, v in a.items()}


def composed(first: BSeries, second: BSeries) -> dict[tuple, Fraction]:
    """(a·b)(t) = a(t) + Σ over ordered subtrees s of b(s) Π a(pruned), for maps."""
    a, b = as_dict(first), as_dict(second)
    return {t: v + sum(n * b[s] * prod(a[p] for p in pruned) for (s, pruned), n in subtrees(t).items()) for t, v in a.items()}


def substituted(field: BSeries, a: BSeries) -> dict[tuple, Fraction]:
    """(b ⋆ a)(t) = Σ over partitions of a(skeleton) Π b(pieces)."""
    b, series = as_dict(field), as_dict(a)
    return {t: sum(n * series[s] * prod(b[p] for p in pieces) for (s, pieces), n in partitions(t).items()) for t in series}


def sequential(first: ButcherTableau, second: ButcherTableau, steps) -> ButcherTableau:
    """The tableau of one step of each, with these fractions of the step size."""
    x, y = map(Fraction, steps)
    A = [[*(x * a for a in row), *[0] * second.stages] for row in first.A]
    A += [[*(x * b for b in first.b), *(y * a for a in row)] for row in second.A]
    return ButcherTableau(A, [*(x * b for b in first.b), *(y * b for b in second.b)])
