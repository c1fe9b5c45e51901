"""Gallery: many trees in one picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from ..base.arguments import checked
from ..base.checks import check_order
from ..base.errors import TreeError
from ..base.pictures import Pictured
from .svg import trees_svg
from .tree import RootedTree

MAX_TREES = 2000


@checked
@dataclass(frozen=True, init=False)
class Gallery(Pictured):
    """Trees side by side in rows, with labels; Jupyter shows it as a picture.

    trees   : trees (anything RootedTree reads), such as a list, `rooted_trees(5)` or a BSeries; at most 2000
    labels  : a line of text for each tree, or a function of the tree, such as `elementary_differential`
    columns : trees in a row

    Raises TreeError where there are no trees, too many of them, or not as many labels.

    >>> from imde_sym import exact_series
    >>> series = exact_series(3)
    >>> Gallery(series, labels=series.values())
    <Gallery of 4 trees>
    """

    trees: tuple[RootedTree, ...]
    labels: tuple[str, ...]
    columns: int

    view = "plot_trees"

    def __init__(
        self,
        trees: Iterable[object],
        labels: Callable[[RootedTree], object] | Iterable[object] = (),
        columns: int = 10,
    ):
        if not isinstance(trees, Iterable) or isinstance(trees, str):
            raise TreeError(f"{trees!r} is not a list of trees; accepted: a list of trees, rooted_trees(5), a BSeries")
        shown = tuple(map(RootedTree, islice(trees, MAX_TREES + 1)))
        if not 1 <= len(shown) <= MAX_TREES:
            given = f"more than {MAX_TREES}" if shown else "no"
            raise TreeError(f"a gallery of {given} trees: from 1 to {MAX_TREES} are accepted")
        texts = tuple(map(str, map(labels, shown) if callable(labels) else labels))
        if texts and len(texts) != len(shown):
            raise TreeError(f"{len(texts)} labels for {len(shown)} trees: give one for each tree, or none")
        object.__setattr__(self, "trees", shown)
        object.__setattr__(self, "labels", texts)
        object.__setattr__(self, "columns", check_order(columns, MAX_TREES, "the number of columns"))

    def __repr__(self) -> str:
        return f"<Gallery of {len(self.trees)} trees>"

    def svg(self) -> str:
        """One SVG document.

        >>> Gallery(["[]", "[[]]"]).svg().startswith("<svg")
        True
        """
        return trees_svg(self.trees, self.labels, self.columns)

    _repr_svg_ = svg
