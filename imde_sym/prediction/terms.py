"""The terms of f_h - f over sample points: what each power of h contributes, and where to stop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from ..base.errors import FieldError, RingError
from ..codegen import Options, field_program, find_target, live_function, routine
from ..codegen.enclosures import coordinates, enclose
from ..equations import ModifiedField

NEGLIGIBLE = 3e-3
"""A term this much smaller than the error does not matter any more."""
LATE = 4
"""The terms have begun to grow when the smallest lies this many behind."""
FEW = 3
"""So many terms that do not vanish are needed before they tell a radius."""
NEAR = 16
"""At so many points with the largest errors the slopes are looked at."""


class SampledTerms:
    """The terms of f_h - f at the points, and from them the errors for any h."""

    def __init__(self, equation: ModifiedField, points: np.ndarray):
        self.equation, self.points, self.values = equation, points, []
        numpy = find_target("numpy", Options())
        for k in range(equation.order):
            term = routine(equation.only(k), equation.method, "one term", Options())
            self.values.append(np.asarray(live_function("numpy", numpy, term)(points, 0.0)))
        norms = [np.abs(v).max(axis=-1) for v in self.values]
        self.sup = [float(n.max()) for n in norms]
        self.size = float(norms[0].mean()) or math.inf
        if not np.isfinite(self.sup).all():
            raise FieldError("the field or a term of its modified equation is not finite on all of the domain: give another one")

    def kept(self, h: float) -> int:
        """How many terms are summed: all, if the last is negligible or none is smaller; else up to the smallest."""
        shown = [(h**k * s, k) for k, s in enumerate(self.sup) if k and s]
        converged = not shown or shown[-1][0] <= NEGLIGIBLE * max(shown)[0]
        return len(self.sup) if converged else min(shown)[1] + 1

    def left_out(self, h: float) -> float:
        """An estimate of what the sum misses: the first term beyond it, or the last one in it where all are summed."""
        sizes = [(k, h**k * s) for k, s in enumerate(self.sup) if k and s]
        beyond = [size for k, size in sizes if k >= self.kept(h)]
        return beyond[0] if beyond else sizes[-1][1] if sizes else 0.0

    def smallest(self, h: float) -> int:
        """The order of the sum that ends with the smallest term: where an asymptotic expansion is nearest to f_h."""
        return min(((h**k * s, k + 1) for k, s in enumerate(self.sup) if s), default=(0.0, 1))[1]

    def partial(self, h: float, order: int) -> np.ndarray:
        """f_h cut off at an order, at the points: f for order 1."""
        return sum((h**k * v for k, v in enumerate(self.values[1:order], 1)), self.values[0])

    def at(self, h: float) -> tuple[float, float, float, int]:
        """(mean error, sup error, truncation estimate, order)."""
        n = self.kept(h)
        norms = np.abs(self.partial(h, n) - self.values[0]).max(axis=-1)
        return float(norms.mean()), float(norms.max()), self.left_out(h), n

    @cached_property
    def convergence(self) -> float | None:
        """The radius of convergence in h that the terms on the domain suggest."""
        return convergence(self.sup)

    @np.errstate(all="ignore")
    def missed(self, h: float, order: int) -> float | None:
        """An estimate of how far the largest error among the points lies below the supremum over the box.

        The slopes at the points with the largest errors, times the distance of neighbours in each coordinate. None where a
        function of the field has no slopes here.
        """
        errors = np.abs(self.partial(h, order) - self.values[0])
        nearest = self.points[np.argsort(errors.max(axis=-1))[-NEAR:]].T
        spread = np.ptp(self.points, axis=0) * len(self.points) ** (-1 / len(nearest))
        program = field_program(self.equation.truncate(order), correction=True)
        try:
            outputs = enclose(program, coordinates(nearest, np.broadcast_to(spread[:, None], nearest.shape)), h)
        except RingError:
            return None
        reach = max(float(o.reach.sum(axis=0).max()) for o in outputs)
        return reach if math.isfinite(reach) else None

    def settled(self, h: float) -> bool:
        """Whether further terms are of no use: the last is negligible and the one before small, or they grow ever faster."""
        sizes = [h**k * s for k, s in enumerate(self.sup) if k and s]
        if len(sizes) < 3:
            return False
        growing = min(sizes[-LATE:]) > min(sizes) and sizes[-1] * sizes[-3] > sizes[-2] * sizes[-2]
        return growing or max(sizes[-1], sizes[-2] / 10) <= NEGLIGIBLE * max(sizes)

    def rate(self) -> float:
        """max|λ| of Df over the points."""
        _, jacobians = self.equation.truncate(1).lambdify("numpy", jacobian=True)(self.points, 0.0)
        return float(np.abs(np.linalg.eigvals(jacobians)).max())


def convergence(sizes: Sequence[float]) -> float | None:
    """The radius of convergence that the sizes of the coefficients of h^0, h^1, ... suggest; None where they are too few.

    The least ratio of neighbours in the second half of those that do not vanish. An estimate: where an expansion is
    asymptotic only, it falls with the number of terms.

    >>> convergence([1, 2, 4, 8, 16])
    0.5
    """
    shown = [(k, s) for k, s in enumerate(sizes) if k and s]
    if len(shown) < FEW:
        return None
    ratios = [(s / t) ** (1 / (j - i)) for (i, s), (j, t) in pairwise(shown)]
    return float(min(ratios[len(ratios) // 2 :]))
