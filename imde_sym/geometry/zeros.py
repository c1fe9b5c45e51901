"""Zero or not, for exact fields and for fields with floats."""

from __future__ import annotations

from collections.abc import Iterable

from ..fields import DifferentialRing, ZeroTest
from ..rings import Polynomial

ROUNDING = 1e-9
"""How large a float coefficient may be, relative to those that it is computed from, and count as zero."""


def size_of(ring: DifferentialRing, polynomials: Iterable[Polynomial]) -> float:
    """The largest coefficient; only asked for where there are floats."""
    return 0.0 if ring.exact else max((abs(complex(c)) for p in polynomials for _, c in ring.polynomials.terms(p)), default=0.0)


def decide(ring: DifferentialRing, p: Polynomial, size: float) -> ZeroTest:
    """`ring.zero_test`; with floats, coefficients that are rounding beside `size` are zero, without proof."""
    if not ring.exact and size_of(ring.merged, [ring.merge(p)]) <= ROUNDING * size:
        return ZeroTest(True, False)
    return ring.zero_test(p)
