"""Numbers of rooted trees, without enumerating them."""

from __future__ import annotations

from ..base.arguments import checked
from ..base.checks import check_order

MAX_COLORS = 10**6


@checked
def count_rooted_trees(order: int, colors: int = 1) -> int:
    """Number of rooted trees with `order` nodes, each node in one of `colors` colours.

    The generating function satisfies T(x) = colors·x·exp(Σ T(x^k)/k) (Pólya 1937; OEIS A000081, A038055).
    Cost: O(order²) integer operations.
    Raises SeriesError for an order that is not a whole number from 1 to 10,000, or colours that are not one from 1 to 10⁶.

    >>> [count_rooted_trees(n) for n in range(1, 8)]
    [1, 1, 2, 4, 9, 20, 48]
    >>> count_rooted_trees(4, colors=2)
    52
    """
    order, colors = check_order(order, 10_000), check_order(colors, MAX_COLORS, "the number of colours")
    counts = [0, colors]
    divisor_sums = [0] * (order + 1)
    for n in range(1, order):
        for multiple in range(n, order + 1, n):
            divisor_sums[multiple] += n * counts[n]
        total = sum(divisor_sums[k] * counts[n - k + 1] for k in range(1, n + 1))
        counts.append(total // n)
    return counts[order]
