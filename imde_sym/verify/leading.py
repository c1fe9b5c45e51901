"""Which terms of a modified equation are there: those that are more than the rounding of the method's own numbers."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import mpmath

from ..equations import ModifiedField
from ..fields import FieldSpace, RingField, as_graded
from ..prelie import exp
from .numbers import number

ROUNDED = 1e-9
"""Published decimals meet their conditions to 1e-10, floats to more; numbers of fewer digits to what these tell."""
DOUBLE = 2.0**-52


class LeadingTerms:
    """The terms of an equation that is longer than the one under test.

    For exact numbers a term is there unless it is zero. For floats and for published decimals what rounding
    leaves of a term that the true numbers do not have is small against the term of the same power in the
    Taylor series of the flow, D^k f/(k + 1)!.
    """

    def __init__(self, equation: ModifiedField):
        self._equation = equation
        self._exact = equation.method.is_exact and not equation.method.is_rounded and equation.ring.exact
        self._rounded = max([ROUNDED, *equation.method.half_units.values()])
        self._there: dict[int, bool] = {}

    @cached_property
    def _natural(self) -> list[Any]:
        field = as_graded(self._equation.field)
        space = FieldSpace(field.ring, self._equation.order)
        return [_size(grade) for grade in exp(space, space.element(field.grades))[1:]]

    def is_there(self, k: int) -> bool:
        """Whether there is a term in h^k."""
        if k not in self._there:
            grade = self._equation.grades[k]
            self._there[k] = not grade.is_zero and (self._exact or _size(grade) > self._rounded * self._natural[k])
        return self._there[k]

    def first(self, n: int) -> int | None:
        """The power of h of the first term from h^n on; None where the equation holds none."""
        return next((k for k in range(n, self._equation.order) if self.is_there(k)), None)

    def begin(self, equation: ModifiedField) -> bool:
        """Whether a shorter equation has these very terms."""
        pairs = zip(self._equation.grades, equation.grades, strict=False)
        return all(
            dict(own.ring.polynomials.terms(p)) == dict(other.ring.polynomials.terms(q))
            for own, other in pairs
            for p, q in zip(own.components, other.components, strict=True)
        )

    def agree_with(self, equation: ModifiedField) -> bool:
        """Whether a shorter equation of a rounded method has these terms but for rounding."""
        if self._exact:
            return False
        ours, theirs = self._equation.ring.polynomials, equation.ring.polynomials
        for natural, own, other in zip(self._natural, self._equation.grades, equation.grades, strict=False):
            for p, q in zip(own.components, other.components, strict=True):
                one, two = dict(ours.terms(p)), dict(theirs.terms(q))
                off = (abs(number(one.get(m, 0)) - number(two.get(m, 0))) for m in {*one, *two})
                if max(off, default=0) > self._rounded * max(natural, 1):
                    return False
        return True

    def arithmetic(self, n: int, h: Any) -> Any:
        """About what doubles leave of the terms below h^n, where they are computed with them."""
        if self._equation.ring.exact:
            return mpmath.mpf(0)
        return DOUBLE * sum((v * h**k for k, v in enumerate(self._natural[:n])), mpmath.mpf(0))

    def rounding(self, n: int, h: Any) -> Any:
        """About what rounding leaves of the terms from h^n on."""
        if self._exact:
            return mpmath.mpf(0)
        grades = self._equation.grades
        return sum((_size(grades[k]) * h**k for k in range(n, len(grades)) if not self.is_there(k)), mpmath.mpf(0))


def _size(field: RingField) -> Any:
    """The largest coefficient."""
    ring = field.ring.polynomials
    return max((abs(number(c)) for p in field.components for _, c in ring.terms(p)), default=mpmath.mpf(0))
