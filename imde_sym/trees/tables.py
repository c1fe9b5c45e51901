"""Numbered trees of one colour count, and the vectorised tables that everything over trees runs on.

Every tree with more than one node is u ∘ w in exactly one way: w is its largest branch, u the rest
(Butcher product; u's branches are then at most w). Trees are numbered by order, then by w, then by u.
So the u that fit a given w are the first ones of their block, and the number of u ∘ w is one addition:
no dictionary is needed, and all tables are built by numpy.
"""

from __future__ import annotations

import threading
from functools import cache

import numpy as np

from ..base.arguments import checked
from ..base.checks import check_order, whole
from ..base.errors import SeriesError, TreeError
from ..base.sharing import shared
from .counting import count_rooted_trees

MAX_ORDER = 20
"""Density and symmetry of trees up to this order fit 64 bits."""
MAX_BYTES = 12 * 2**30
MAX_ESTIMATED = 40
"""The highest order whose memory is told."""


class TreeTable:
    """Trees with `colors` node colours, numbered from 0; grows on demand and is shared (`tree_table`).

    `start[k]:start[k+1]` are the trees of order k. Arrays indexed by tree number: `trunk` and `branch`
    (the factors u, w; -1 for one node), `order`, `root` (colour), `symmetry`, `density`.
    Cost of order k: O(k N_k) time and memory for the cuts, O(N_k) for the rest.
    Raises TreeError for fewer colours than one; `require` and `grow` for orders whose tables would not fit in memory.

    >>> table = TreeTable()
    >>> table.grow(4)
    >>> table.max_order, table.start, table.symmetry[table.block(4)]
    (4, [0, 0, 1, 2, 4, 8], array([6, 1, 2, 1]))
    >>> trunk, branch = table.cuts(3)  # of the trees [[],[]] and [[[]]], an edge a row
    >>> trunk.tolist(), branch.tolist()
    ([[1, 0], [1, 1]], [[0, 1], [0, 0]])
    >>> table.merged(np.array([1]), np.array([1]))  # [[]] onto the root of [[]]: the tree [[],[]]
    array([2])
    >>> table.require(21)
    Traceback (most recent call last):
    imde_sym.base.errors.TreeError: trees of order 21: orders up to 20 are accepted
    """

    def __init__(self, colors: int = 1):
        if colors < 1:
            raise TreeError(f"the number of colours must be at least 1, got {colors}")
        self.colors = colors
        self.start = [0, 0, colors]
        self.trunk = np.full(colors, -1, np.int64)
        self.branch = np.full(colors, -1, np.int64)
        self.order = np.ones(colors, np.int8)
        self.root = np.arange(colors, dtype=np.int8)
        self.symmetry = np.ones(colors, np.int64)
        self._repeats = np.zeros(colors, np.int64)  # how often the largest branch occurs
        self._branch_densities = np.ones(colors, np.int64)
        # _base[_base_start[k] + w] + (u - start[k - |w|]) is the number of the canonical product u ∘ w of order k
        self._base = np.zeros(0, np.int64)
        self._base_start = [0, 0]
        self._cuts: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._lock = threading.RLock()

    @property
    def max_order(self) -> int:
        """The highest order that is numbered by now."""
        return len(self.start) - 2

    @property
    def density(self) -> np.ndarray:
        """γ of every tree by its number, shape (N,).

        >>> tree_table(1, 3).density[:4]
        array([1, 2, 3, 6])
        """
        with self._lock:  # both arrays of one size, while another thread may be growing them
            return self._branch_densities * self.order

    def size(self, order: int) -> int:
        """How many trees have at most `order` nodes. Raises TreeError where their tables would not fit in memory.

        >>> [tree_table().size(k) for k in range(1, 6)]
        [1, 2, 4, 8, 17]
        """
        self.grow(order)
        return self.start[order + 1]

    def block(self, k: int) -> slice:
        """The numbers of the trees of order k. Raises TreeError where their tables would not fit in memory.

        >>> tree_table().block(4)
        slice(4, 8, None)
        """
        self.grow(k)
        return slice(self.start[k], self.start[k + 1])

    def grow(self, order: int) -> None:
        """Number the trees up to `order`. Raises TreeError if their tables would not fit in memory."""
        if order <= self.max_order:
            return
        self.require(order)
        with self._lock:
            while self.max_order < order:
                self._add_block(self.max_order + 1)

    def hold(self, number: int) -> None:
        """Number the trees up to the order of the one with this number. Raises TreeError if their tables would not fit in memory.

        >>> table = TreeTable()
        >>> table.hold(4)  # the first tree of order 4
        >>> table.max_order
        4
        """
        while number >= self.start[-1]:
            self.grow(self.max_order + 1)

    def require(self, order: int) -> None:
        """Raise TreeError if the tables of all trees up to `order` would not fit in memory."""
        if order > MAX_ORDER:
            raise TreeError(f"trees of order {order}: orders up to {MAX_ORDER} are accepted")
        need = memory(order, self.colors)
        if need > MAX_BYTES:
            raise TreeError(
                f"tables of all trees of order {order} with {self.colors} colour(s) would take "
                f"{need / 2**30:.1f} GiB; at most {MAX_BYTES // 2**30} GiB are used: lower the order"
            )

    def _add_block(self, k: int) -> None:
        us, ws, bases = [], [], []
        total = self.start[k]
        for m in range(1, k):  # |w| = m
            w = np.arange(self.start[m], self.start[m + 1])
            first, last = self.start[k - m], self.start[k - m + 1]
            fitting = np.searchsorted(self.branch[first:last], w, side="right")
            ends = np.cumsum(fitting)
            bases.append(total + ends - fitting)
            total += int(ends[-1])
            ws.append(np.repeat(w, fitting))
            us.append(first + np.arange(int(ends[-1])) - np.repeat(ends - fitting, fitting))
        u, w = np.concatenate(us), np.concatenate(ws)
        repeats = np.where(self.branch[u] == w, self._repeats[u] + 1, 1)
        self.trunk = np.concatenate([self.trunk, u])
        self.branch = np.concatenate([self.branch, w])
        self.symmetry = np.concatenate([self.symmetry, self.symmetry[u] * self.symmetry[w] * repeats])
        densities = self._branch_densities[u] * self._branch_densities[w] * self.order[w]
        self.root = np.concatenate([self.root, self.root[u]])
        self._branch_densities = np.concatenate([self._branch_densities, densities])
        self._repeats = np.concatenate([self._repeats, repeats])
        self.order = np.concatenate([self.order, np.full(len(u), k, np.int8)])
        self._base_start.append(len(self._base))
        self._base = np.concatenate([self._base, *bases])
        self.start.append(total)

    def product(self, u: np.ndarray, w: np.ndarray) -> np.ndarray:
        """The numbers of the Butcher products u ∘ w (w grafted to the root of u), elementwise; arrays of shape (N,).

        Raises TreeError where their tables would not fit in memory.

        >>> tree_table().product(np.array([1]), np.array([0]))
        array([2])
        """
        if len(u):
            self.hold(int(max(np.max(u), np.max(w))))
            self.grow(int(np.max(self.order[u] + self.order[w])))
        return self._product(u, w)

    def _product(self, u: np.ndarray, w: np.ndarray) -> np.ndarray:
        largest = self.branch[u]
        late = largest > w
        if not late.any():
            return self._canonical(u, w)
        out = np.empty(len(u), np.int64)
        out[~late] = self._canonical(u[~late], w[~late])
        # u = u0 ∘ l with l > w: (u0 ∘ w) ∘ l is canonical
        out[late] = self._canonical(self._product(self.trunk[u[late]], w[late]), largest[late])
        return out

    def _canonical(self, u: np.ndarray, w: np.ndarray) -> np.ndarray:
        start, base_start = np.asarray(self.start), np.asarray(self._base_start)
        n = self.order[u]
        return np.asarray(self._base[base_start[n + self.order[w]] + w] + (u - start[n]))

    def merged(self, u: np.ndarray, w: np.ndarray) -> np.ndarray:
        """The numbers of the trees with the root of w put onto the root of u (whose colour stays), elementwise."""
        u, w = u.copy(), w.copy()
        while (left := np.flatnonzero(self.trunk[w] >= 0)).size:
            u[left] = self.product(u[left], self.branch[w[left]])
            w[left] = self.trunk[w[left]]
        return u

    def cuts(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """All single-edge cuts of the trees of order k: arrays trunk, branch of shape (k - 1, N_k).

        Column i belongs to tree start[k] + i; the trunk keeps the root.
        """
        self.grow(k)
        with self._lock:
            for m in range(2, k + 1):
                if m not in self._cuts:
                    self._cuts[m] = self._cut(m)
        return self._cuts[k] if k > 1 else (np.zeros((0, self.colors), np.int32),) * 2

    def _cut(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        block = self.block(k)
        u, w = self.trunk[block], self.branch[block]
        trunk = np.empty((k - 1, len(u)), np.int32)
        branch = np.empty_like(trunk)
        trunk[0], branch[0] = u, w
        sizes = self.order[w]
        for m in range(1, k):
            here = slice(*np.searchsorted(sizes, [m, m + 1]))
            if k - m > 1:  # the edges inside u
                inner, outer = self._cuts[k - m]
                column = u[here] - self.start[k - m]
                for e in range(k - m - 1):
                    trunk[1 + e, here] = self._product(inner[e, column].astype(np.int64), w[here])
                    branch[1 + e, here] = outer[e, column]
            if m > 1:  # the edges inside w
                inner, outer = self._cuts[m]
                column = w[here] - self.start[m]
                for e in range(m - 1):
                    trunk[k - m + e, here] = self._product(u[here], inner[e, column].astype(np.int64))
                    branch[k - m + e, here] = outer[e, column]
        return trunk, branch


@checked
def check_tree_order(order: object, colors: int = 1, what: str = "order") -> int:
    """`order` as an int from 1 to 20. Raises SeriesError; for higher ones it says what memory they would take.

    >>> check_tree_order(20)
    20
    """
    try:
        return check_order(order, MAX_ORDER, what)
    except SeriesError as error:
        try:
            n = whole(order)
        except TypeError:
            raise error from None
        if n <= MAX_ORDER:
            raise
        more = "more than " if n > MAX_ESTIMATED else ""
        need = memory(min(n, MAX_ESTIMATED), colors)
        raise SeriesError(f"{error}; the tables of all trees up to it would take {more}{need / 2**30:,.0f} GiB") from None


@cache
def tree_total(order: int, colors: int) -> int:
    """How many trees have at most `order` nodes, without numbering them."""
    return sum(count_rooted_trees(k, colors) for k in range(1, order + 1))


@cache
def memory(order: int, colors: int) -> int:
    """Bytes that the tables of all trees up to `order` take."""
    counts = [count_rooted_trees(k, colors) for k in range(1, order + 1)]
    cuts = sum(8 * (k - 1) * n for k, n in enumerate(counts, 1))
    bases = 8 * sum(sum(counts[:k]) for k in range(1, order))
    return cuts + bases + 50 * sum(counts)


@checked
def tree_table(colors: int = 1, order: int = 1) -> TreeTable:
    """The process-wide table for this number of colours, 1 to 100, with the trees up to `order` at least numbered.

    What reads arrays by the numbers of trees of something made before says up to which order: `clear_caches` lets tables go.
    Raises SeriesError for other numbers, TreeError where the tables would not fit in memory.

    >>> tree_table() is tree_table(1)
    True
    >>> tree_table(2, 3).order[:6]
    array([1, 1, 2, 2, 2, 2], dtype=int8)
    """
    table = _shared(check_order(colors, 100, "the number of colours"))
    table.grow(order)
    return table


_shared = shared(TreeTable)
