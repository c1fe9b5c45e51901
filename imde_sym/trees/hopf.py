"""The Hopf algebras of composition and of substitution, and the dual of Grossman and Larson.

Forests with their product carry two coproducts. Evaluated on B-series they are the laws of B-series:

    compose(a, b)[t]    = coproduct(t).evaluate(a, b)               pruned ⊗ remaining
    inverse(a)[t]       = antipode(t).evaluate(a)
    substitute(b, a)[t] = substitution_coproduct(t).evaluate(b, a)  pieces ⊗ skeleton

Every function takes a tree, a forest (or the brackets of one) or a linear combination of forests, and is linear.
Trees may have any colours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache, partial
from math import prod
from typing import Any, TypeAlias

from ..base.arguments import checked
from ..base.errors import TreeError
from ..rings import Scalar
from .combinations import LinearCombination, tensor
from .forest import Forest
from .splittings import splittings, tree_partitions
from .tree import RootedTree

Element: TypeAlias = RootedTree | Forest | LinearCombination | str

ONE = LinearCombination(Forest())
MAX_KEPT = 4096
"""Trees whose coproducts and antipodes are kept, of each kind."""


def _forests(x: Element) -> LinearCombination:
    x = x if isinstance(x, LinearCombination) else LinearCombination(Forest(x))
    if x.rank not in (None, 1):
        raise TreeError(f"a sum of tensors with {x.rank} factors; accepted: a tree, a forest or a combination of forests")
    return x


def _algebra_map(x: Element, on_tree: Callable[[RootedTree], LinearCombination], unit: LinearCombination) -> LinearCombination:
    """The linear and multiplicative extension of a function of trees."""
    return _forests(x).map_basis(lambda forest: prod(map(on_tree, forest), start=unit))


# -- composition: Butcher, Connes and Kreimer ------------------------------------------------------
@checked
def coproduct(x: Element) -> LinearCombination:
    """Δ(t) = t ⊗ ∅ + Σ pruned ⊗ remaining, over the ordered subtrees; multiplicative (Connes, Kreimer 1998).

    The left factor is what is cut off. Cost: the number of ordered subtrees, at most 2^(|t|-1), once a tree.
    Raises TreeError for anything else than a tree, a forest or a combination of forests.

    >>> coproduct("[[]]")
    <LinearCombination: ∅ ⊗ [[]] + [] ⊗ [] + [[]] ⊗ ∅>
    """
    return _algebra_map(x, _tree_coproduct, tensor(ONE, ONE))


@lru_cache(maxsize=MAX_KEPT)
def _tree_coproduct(tree: RootedTree) -> LinearCombination:
    return LinearCombination(Counter((pruned, Forest(kept or ())) for pruned, kept in splittings(tree)))


@checked
def counit(x: Element) -> Scalar:
    """The coefficient of the empty forest: the counit of `coproduct`.

    Raises TreeError for anything else than a tree, a forest or a combination of forests.

    >>> counit(LinearCombination({"": 3, "[]": 2}))
    Fraction(3, 1)
    """
    return _forests(x)[Forest()]


@checked
def antipode(x: Element) -> LinearCombination:
    """S(t) = Σ (-1)^(number of pieces) pieces, over all 2^(|t|-1) ways to cut edges; multiplicative.

    Raises TreeError for anything else than a tree, a forest or a combination of forests.

    >>> antipode("[[]]")
    <LinearCombination: [] [] - [[]]>
    """
    return _algebra_map(x, _tree_antipode, ONE)


@lru_cache(maxsize=MAX_KEPT)
def _tree_antipode(tree: RootedTree) -> LinearCombination:
    counts = Counter(pieces for pieces, _ in tree_partitions(tree))
    return LinearCombination({pieces: (-1) ** len(pieces) * n for pieces, n in counts.items()})


# -- its dual: Grossman and Larson -----------------------------------------------------------------
@checked
def grossman_larson(u: Element, v: Element) -> LinearCombination:
    """The product of trees: the branches of u's root grafted to the nodes of v, in all |v|^k ways.

    The root of u, with its colour, is dropped. Bilinear in combinations of single trees. It is dual to
    `coproduct` by ⟨f, g⟩ = σ(f) if f = g, else 0: with B₊ of a forest f written f.join(),
        grossman_larson(f.join(), g.join())[w.join()] · σ(w) = coproduct(w)[f, g] · σ(f) σ(g).
    Raises TreeError where a term is not a single tree (Grossman, Larson 1989).

    >>> grossman_larson("[[]]", "[[]]")
    <LinearCombination: [[],[]] + [[[]]]>
    """
    left, right = _trees(u), _trees(v)
    return left.map_basis(lambda f: right.map_basis(lambda g: _grafted(Forest(f.trees[0].children), g.trees[0])))


@checked
def grossman_larson_coproduct(x: Element) -> LinearCombination:
    """The branches of the root dealt to two roots of its colour, in all 2^k ways; dual to the product of forests.

    Raises TreeError where a term is not a single tree.

    >>> grossman_larson_coproduct("[[],[]]")
    <LinearCombination: [] ⊗ [[],[]] + 2 [[]] ⊗ [[]] + [[],[]] ⊗ []>
    """

    def deal(forest: Forest) -> LinearCombination:
        (tree,) = forest
        return _dealt(Forest(tree.children)).map_basis(lambda pair: tuple(f.join(tree.color) for f in pair))

    return _trees(x).map_basis(deal)


def _trees(x: Element) -> LinearCombination:
    combination = _forests(x)
    wrong = next((forest for forest in combination if len(forest) != 1), None)
    if wrong is not None:
        raise TreeError(f"{wrong!r} is not a single tree, which this product takes; Forest.join() makes one")
    return combination


@lru_cache(maxsize=MAX_KEPT)
def _dealt(forest: Forest) -> LinearCombination:
    """Δ(f) for the coproduct in which trees are primitive: all ways to deal the trees into two forests."""
    both = (LinearCombination({(tree, ""): 1, ("", tree): 1}) for tree in forest)
    return prod(both, start=tensor(ONE, ONE))


@lru_cache(maxsize=MAX_KEPT)
def _grafted(forest: Forest, tree: RootedTree) -> LinearCombination:
    """The trees of `forest` grafted to the nodes of `tree` in all ways: branch by branch, the rest to the root."""

    def step(child: RootedTree, state: tuple[Forest, Forest]) -> LinearCombination:
        waiting, branches = state

        def share(dealt: tuple[Forest, Forest]) -> LinearCombination:
            here, later = dealt
            return tensor(later, _grafted(here, child) * branches)

        return _dealt(waiting).map_basis(share)

    states = tensor(forest, ONE)
    for child in tree.children:
        states = states.map_basis(partial(step, child))
    return states.map_basis(lambda state: (state[0] * state[1]).join(tree.color))


# -- substitution: Calaque, Ebrahimi-Fard and Manchon ----------------------------------------------
@checked
def substitution_coproduct(x: Element, reduced: bool = False) -> LinearCombination:
    """Δ(t) = Σ pieces ⊗ skeleton, over all ways to cut edges (see `tree_partitions`); multiplicative.

    reduced : identify all one-node trees with the unit ∅, on both sides. Without this the forests are a bialgebra, in
              which one-node trees are group-like and have no inverse; with it they are the Hopf algebra of
              Calaque, Ebrahimi-Fard and Manchon (2011), whose antipode is `substitution_antipode`.

    The unreduced coproduct also makes the composition algebra a comodule: substitution distributes
    over composition. Cost: 2^(|t|-1), once a tree.
    Raises TreeError for anything else than a tree, a forest or a combination of forests.

    >>> substitution_coproduct("[[]]")
    <LinearCombination: [] [] ⊗ [[]] + [[]] ⊗ []>
    >>> substitution_coproduct("[[]]", reduced=True)
    <LinearCombination: ∅ ⊗ [[]] + [[]] ⊗ ∅>
    """
    on_tree = _reduced_substitution if reduced else _tree_substitution
    return _algebra_map(x, on_tree, tensor(ONE, ONE))


@lru_cache(maxsize=MAX_KEPT)
def _tree_substitution(tree: RootedTree) -> LinearCombination:
    return LinearCombination(Counter((pieces, Forest(skeleton)) for pieces, skeleton in tree_partitions(tree)))


@lru_cache(maxsize=MAX_KEPT)
def _reduced_substitution(tree: RootedTree) -> LinearCombination:
    return _tree_substitution(tree).map_basis(lambda pair: tuple(map(_reduced, pair)))


def _reduced(forest: Forest) -> Forest:
    """The forest with its one-node trees as units."""
    return Forest(tree for tree in forest if tree.order > 1)


@checked
def substitution_counit(x: Element) -> Scalar:
    """1 on forests of one-node trees (the empty one among them), 0 on others: the counit of `substitution_coproduct`.

    Raises TreeError for anything else than a tree, a forest or a combination of forests.

    >>> substitution_counit("[] []"), substitution_counit("[[]]")
    (Fraction(1, 1), Fraction(0, 1))
    """
    return _forests(x).map_basis(_reduced)[Forest()]


@checked
def substitution_antipode(x: Element) -> LinearCombination:
    """The antipode of the reduced `substitution_coproduct`, where one-node trees are the unit; multiplicative.

    S(t) = -Σ pieces · S(skeleton), over all partitions but that into single nodes. So for a series a with a(τ) = 1,
    t ↦ substitution_antipode(t).evaluate(a) is its inverse for the substitution law.
    Raises TreeError for anything else than a tree, a forest or a combination of forests.

    >>> substitution_antipode("[[[]]]")
    <LinearCombination: -[[[]]] + 2 [[]] [[]]>
    """
    return _algebra_map(x, _tree_substitution_antipode, ONE)


@lru_cache(maxsize=MAX_KEPT)
def _tree_substitution_antipode(tree: RootedTree) -> LinearCombination:
    if tree.order == 1:
        return ONE

    def term(pair: tuple[Forest, Forest]) -> Any:
        pieces, skeleton = pair
        return -substitution_antipode(skeleton) * pieces if pieces else LinearCombination()

    return _reduced_substitution(tree).map_basis(term)
