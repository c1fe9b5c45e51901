"""Equations of rounded methods: what rounding explains is left out, and numbers are given to the digits that they have."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from ..base.errors import ImdeError
from ..fields import DifferentialRing, FieldSpace, RingField
from ..method import Method
from ..rings import RealScalar, Scalar, as_fraction

NEIGHBOURS = 5
MARGIN = 8.0
"""A number below so many deviations of its neighbours has no digit."""
GUARD = 1
"""Digits that are kept beyond the uncertain one."""
STRETCH = Fraction(1, 2**26)
"""Neighbours are moved by about so much, relative to the largest number, where half units are smaller."""
DOUBLE = 53
"""Bits of a double."""
Monomials = Mapping[tuple[int, ...], Any]


class NearSpace(FieldSpace):
    """Vector fields for a method whose numbers are moved: by up to `stretch` half units, up or down."""

    def __init__(self, ring: DifferentialRing, order: int, units: Mapping[RealScalar, float], stretch: Fraction, sample: int):
        super().__init__(ring, order)
        places = {x: i for i, x in enumerate(dict.fromkeys(map(abs, units)))}
        signs = [random.Random(f"{sample} {place}").choice((-1, 1)) for place in range(len(places))]
        moved = units.items() if sample else ()
        self._moves = {x: (1 if x > 0 else -1) * signs[places[abs(x)]] * stretch * Fraction(u) for x, u in moved}

    def scalar(self, value: Scalar) -> Any:
        """A number of the method, moved."""
        if isinstance(value, float):
            return super().scalar(Fraction(value) + self._moves.get(value, 0))
        return super().scalar(value + self._moves[value] if value in self._moves else value)


@dataclass(frozen=True)
class Doubles:
    """A field with doubles, computed with the fractions that they are: what cancels then is 0, and not a rounding.

    exact : the ring of the field in fractions;  ring : that of the result, with the same generators in the same order
    values : the fraction of each double
    """

    exact: DifferentialRing
    ring: DifferentialRing
    values: Mapping[sympy.Float, sympy.Rational]

    @classmethod
    def of(cls, variables: Sequence[sympy.Symbol], shown: Sequence[sympy.Expr], ring: DifferentialRing) -> Doubles | None:
        """None where there are no doubles, or where fractions are related in other ways than doubles are told to be."""
        floats = {x for e in shown for x in e.atoms(sympy.Float)}
        if not floats or ring.exact or any(x._prec != DOUBLE or not x.is_finite for x in floats):
            return None
        values = {x: sympy.Rational(*float(x).as_integer_ratio()) for x in floats}
        exact = DifferentialRing(variables, [e.xreplace(values) for e in shown])
        ours, theirs = ([g.expression.xreplace(values) for g in r.generators] for r in (ring, exact))
        return cls(exact, ring, values) if exact.exact and ours == theirs else None

    def fractions(self, components: Sequence[sympy.Expr]) -> list[sympy.Expr]:
        """The components with fractions."""
        return [e.xreplace(self.values) for e in components]

    def rounded(self, found: list[list[RingField]], split: Sequence[Sequence[sympy.Expr]]) -> list[list[RingField]]:
        """The grades of each colour in doubles, each coefficient rounded once; the field itself as it is written."""
        terms, ring = self.exact.polynomials.terms, self.ring.polynomials

        def double(p: Any) -> Any:
            rounded = {x: _double(as_fraction(c)) for x, c in terms(p)}
            return ring.from_terms({x: c for x, c in rounded.items() if c})

        def grade(color: int, k: int, field: RingField) -> RingField:
            own = [double(p) for p in field.components]
            written = [self.ring.convert(e) for e in split[color]] if k == 0 else []
            if written and all(dict(ring.terms(a)) == dict(ring.terms(b)) for a, b in zip(own, written, strict=True)):
                return self.ring.part(split[color])
            return RingField(self.ring, own)

        return [[grade(color, k, field) for k, field in enumerate(grades)] for color, grades in enumerate(found)]


def _double(x: Fraction) -> float:
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def without_noise(method: Method, ring: DifferentialRing, found: list[list[RingField]]) -> list[list[RingField]]:
    """The grades of an equation in floats without those between the field and the order of the method, which are 0."""
    accurate = _order(method)
    nothing = [ring.polynomials.zero]
    return [
        [RingField(ring, nothing * len(g.components)) if 1 <= k < accurate else g for k, g in enumerate(grades)]
        for grades in found
    ]


def can_be_cleaned(method: Method, field: Sequence[sympy.Expr]) -> bool:
    """Whether the numbers are real, and the field has none of its own that are rounded."""
    real = all(isinstance(x, Fraction | float) for x in method.coefficients)
    return method.is_rounded and real and not any(e.has(sympy.Float) for e in field)


def cleaned(
    method: Method,
    order: int,
    exact: DifferentialRing,
    shown: DifferentialRing,
    compute: Callable[[FieldSpace], list[list[RingField]]],
    split: Sequence[Sequence[sympy.Expr]],
) -> list[list[RingField]]:
    """The grades of an equation, for each colour: nothing below the order of the method, and no digits that rounding explains.

    compute : gives them over `exact`, with the numbers of the method as a space reads them
    shown   : the ring of the result, with the same generators
    split   : the parts of the field, which a consistent method leaves as they are
    """
    units = {x: u for x, u in method.read_units(order).items() if not isinstance(x, complex)}
    size = max((abs(float(x)) for x in units), default=1.0) or 1.0
    largest = max(units.values(), default=0.0) / size
    stretch = max(Fraction(1), STRETCH / Fraction(largest)) if largest else Fraction(1)
    spaces = [NearSpace(exact, order, units, stretch, sample) for sample in range(NEIGHBOURS + 1)]
    first, *others = (compute(space) for space in spaces)
    accurate = _order(method)

    def clean(color: int, k: int, component: int) -> Any:
        if 1 <= k < accurate:
            return shown.polynomials.zero
        terms: Monomials = dict(exact.polynomials.terms(first[color][k].components[component]))
        near = [dict(exact.polynomials.terms(other[color][k].components[component])) for other in others]
        scale = 1 / float(stretch)
        kept = {}
        for monomial, value in terms.items():
            deviation = [float(n.get(monomial, Fraction(0)) - value) * scale for n in near]
            error = math.hypot(*deviation) / math.sqrt(len(deviation))
            if (found := _rounded(value, error)) != 0:
                kept[monomial] = found if shown.exact else float(found)
        return shown.polynomials.from_terms(kept)

    def grade(color: int, k: int) -> RingField:
        if accurate and k == 0:
            return shown.part(split[color])
        return RingField(shown, [clean(color, k, m) for m in range(len(first[color][k].components))])

    return [[grade(color, k) for k in range(len(grades))] for color, grades in enumerate(first)]


def _order(method: Method) -> int:
    try:
        return method.order
    except ImdeError:
        return 0


def _rounded(value: Fraction, error: float) -> Fraction:
    """The value to the digits that it has; 0 where it has none."""
    if error == 0:
        return value
    return Fraction(0) if abs(value) <= MARGIN * error else round(value, GUARD - math.floor(math.log10(error)))
