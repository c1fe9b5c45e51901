"""All partitions of all numbered trees, as arrays: what the substitution law runs on.

A partition keeps or cuts every edge: the pieces are trees, and contracting each piece to one node (of
its root's colour) gives the skeleton. The partitions of u ∘ w are those of u, times those of w, times
the new edge cut or kept; so every tree of order k has 2^(k-1) of them, in one fixed sequence.
"""

from __future__ import annotations

import threading

import numpy as np

from ..base.errors import TreeError
from ..base.sharing import shared
from .counting import count_rooted_trees
from .tables import TreeTable, tree_table

MAX_PARTITIONS = 10_000_000


class PartitionTable:
    """Root pieces and skeletons of the partitions of all trees with `colors` colours; grows on demand and is shared.

    `piece[k]` and `skeleton[k]` have shape (N_k, 2^(k-1)) and hold tree numbers; partition 2 · e of the
    sequence below cuts the edge between u and w, 2^(k-1) - 1 is the tree itself in one piece. Cost of
    order k: O(N_k 2^k) time and memory.
    """

    def __init__(self, colors: int):
        self.table: TreeTable = tree_table(colors)
        one = np.arange(colors, dtype=np.int32)[:, None]
        self.piece: list[np.ndarray] = [one[:0], one]
        self.skeleton: list[np.ndarray] = [one[:0], one]
        self._lock = threading.RLock()

    def grow(self, order: int) -> None:
        """Have the partitions up to `order`. Raises TreeError where there are too many."""
        entries = count_rooted_trees(order, self.table.colors) << (order - 1)
        if entries > MAX_PARTITIONS:
            raise TreeError(
                f"the substitution law at order {order} would run over {entries:,} partitions of trees "
                f"({130 * entries / 2**30:.1f} GiB); at most {MAX_PARTITIONS:,} are used: lower the order"
            )
        with self._lock:
            for k in range(len(self.piece), order + 1):
                piece = np.empty((count_rooted_trees(k, self.table.colors), 1 << (k - 1)), np.int32)
                skeleton = np.empty_like(piece)
                for here, u, w, m in self.factors(k):
                    piece[here], skeleton[here] = self._joined(u, w, k, m)
                self.piece.append(piece)
                self.skeleton.append(skeleton)

    def factors(self, k: int) -> list[tuple[slice, np.ndarray, np.ndarray, int]]:
        """For each m = |w|: the columns of the trees u ∘ w of order k, and the columns of u and w in their own orders."""
        table, block = self.table, self.table.block(k)
        u, w = table.trunk[block], table.branch[block]
        ends = np.searchsorted(table.order[w], np.arange(1, k + 1))
        return [
            (here, u[here] - table.start[k - m], w[here] - table.start[m], m)
            for m in range(1, k)
            for here in [slice(int(ends[m - 1]), int(ends[m]))]
        ]

    def _joined(self, u: np.ndarray, w: np.ndarray, k: int, m: int) -> tuple[np.ndarray, np.ndarray]:
        def pairs(values: list[np.ndarray]) -> list[np.ndarray]:
            left, right = values[k - m][u], values[m][w]
            both = np.broadcast_arrays(left[:, :, None], right[:, None, :])
            return [x.ravel().astype(np.int64) for x in both]

        pieces, skeletons = pairs(self.piece), pairs(self.skeleton)
        cut = pieces[0], self.table.product(*skeletons)
        kept = self.table.product(*pieces), self.table.merged(*skeletons)
        piece, skeleton = (np.concatenate([x.reshape(len(u), -1) for x in both], axis=1) for both in zip(cut, kept, strict=True))
        return piece, skeleton


partition_table = shared(PartitionTable)
