"""B-series as BSeries.jl and kauri hold them; their coefficients are a(t), without 1/σ(t), as here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from ..base.errors import SeriesError, shown
from ..base.libraries import library
from ..rings import Scalar, scalar, to_sympy
from ..trees import RootedTree, check_tree_order, count_rooted_trees, numbered, rooted_trees, tree_table
from .bseries import CONVERTERS, BSeries

_PAIR = re.compile(r"(rootedtree\([^()]*(?:\([^()]*\))?[^()]*\)|\w*RootedTree\{[^=\n:]*\}\s*:[^=\n]*?)\s*=>\s*([^\n,)]+)")
MAX_LENGTH = 10**7


def from_julia(given: Any) -> BSeries:
    """What BSeries.jl prints for a series, or level sequences with coefficients."""
    if isinstance(given, str):
        if len(given) > MAX_LENGTH or "⋮" in given:
            raise SeriesError(
                "the text does not hold the whole series: print all of it, such as by show(stdout, collect(series))"
            )
        pairs: list[tuple[Any, Any]] = _PAIR.findall(given)
    elif isinstance(given, Mapping):
        pairs = list(given.items())
    else:
        raise SeriesError(f"a series of BSeries.jl is its text, or a mapping from level sequences; got {shown(given)}")
    empty: Scalar = Fraction(0)
    found: dict[RootedTree, Scalar] = {}
    for key, value in pairs:
        number = scalar(value.strip() if isinstance(value, str) else value)
        if (isinstance(key, str) and re.search(r"\[\s*\]", key)) or (not isinstance(key, str) and not len(key)):
            empty = number
            continue
        tree = RootedTree(key) if isinstance(key, str) else RootedTree.from_level_sequence(key)
        if tree in found:
            raise SeriesError(f"the series holds the tree {tree} twice")
        found[tree] = number
    if not found:
        raise SeriesError(f"no pairs RootedTree{{..}}: [1, 2] => 1//2 in {shown(given)}")
    colors = max(t.colors for t in found)
    order = check_tree_order(max(t.order for t in found), colors)
    size = sum(count_rooted_trees(k, colors) for k in range(1, order + 1))
    if len(found) < size:
        missing = next(t for k in range(1, order + 1) for t in rooted_trees(k, colors) if t not in found)
        raise SeriesError(f"the series lacks the tree {missing:julia}: it holds {len(found)} of {size}")
    return BSeries(order, [found[numbered(tree_table(colors), i)] for i in range(size)], empty, colors)


def to_julia(a: BSeries) -> str:
    """The call that makes the series in Julia."""
    lines = [f"    rootedtree(Int[]{', Bool[]' if a.colors > 1 else ''}) => {_written(a.empty)},"]
    lines += [f"    {t:julia} => {_written(v)}," for t, v in a.items()]
    return "TruncatedBSeries(OrderedDict(\n" + "\n".join(lines) + "\n))"


def _written(value: Scalar) -> str:
    if isinstance(value, Fraction):
        return f"{value.numerator}//{value.denominator}"
    if isinstance(value, sympy.Basic):
        return re.sub(r"\b(\d+)/(\d+)\b", r"\1//\2", str(to_sympy(value)).replace("**", "^"))
    return repr(value)


def from_kauri(given: Any, order: int) -> BSeries:
    """A map of kauri on all trees up to an order."""
    kauri = library("kauri", "reading a map of kauri", "solvers")
    if isinstance(given, kauri.RK):
        given = given.elementary_weights_map()
    if isinstance(given, kauri.BSeries):
        given = given.weights
    if not isinstance(given, kauri.Map):
        raise SeriesError(f"from_kauri takes a Map of kauri, or what has one; got {shown(given)}")
    return BSeries.from_rule(lambda t: given(t.to_kauri()), order, given(kauri.Tree(None)))


def to_kauri(a: BSeries) -> Any:
    """A map of kauri. What it is asked beyond the order of the series raises TruncationError."""
    kauri = library("kauri", "a map of kauri", "solvers")
    return kauri.Map(lambda t: a.empty if t.list_repr is None else a[RootedTree(t)])


CONVERTERS |= {f.__name__: f for f in (from_julia, to_julia, from_kauri, to_kauri)}
