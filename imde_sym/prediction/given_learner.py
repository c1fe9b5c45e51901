"""What is proved of one learner that is given: how far it is from f and from f_h^K, and how far its steps miss the flow.

docs/bounds.md, section 4, has the proofs. What is said of the domain asks for the learner on the reals only, so that poles of its
activations nearby do no harm; complex neighbourhoods are asked of the field alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import sympy

from ..codegen import Program, field_program
from ..equations import ModifiedField
from ..fields import GradedField, VectorField, as_graded, over_a_ring
from ..fields.domain import Box
from .enclosing import RELATIVE
from .neighbourhoods import COARSE, FINE, Neighbourhood, Neighbourhoods
from .outward import fraction, up
from .suprema import Boundary, RealBox, Region, suprema
from .theorem import Setting, largest_H, step_error

Settings = tuple[Setting, Setting]
Weights = tuple[float, ...]

TRIES, ROOM = 5, 1.1
"""How often the box for the stages is made larger until it is proved to hold them, and by how much more than they need."""
PLACES = 2
"""On how many complex neighbourhoods of the field the flow is compared with its map."""


class GivenLearner:
    """f_θ against the terms of an equation: enclosures of |f_θ - f_h^K| over sets, for any K; K = 1 is f itself."""

    def __init__(self, learner: VectorField, equation: ModifiedField, box: Box, h: float):
        self.field, self._equation, self._box, self._h = learner, equation, box, h
        self._size = field_program(as_graded(learner))
        self._programs: dict[int, Program] = {}
        self._found: dict[tuple[int, Weights | None], tuple[float, float]] = {}

    def _away(self, K: int) -> Program:
        """One ring holds both fields, h as a fraction: what they have in common is gone before anything is rounded."""
        if K not in self._programs:
            h = sympy.Rational(*self._h.as_integer_ratio())
            grades = [grade.expressions for grade in self._equation.grades[:K]]
            away = [u - sum(h**k * e for k, e in enumerate(own)) for u, *own in zip(self.field.components, *grades, strict=True)]
            self._programs[K] = field_program(GradedField(*over_a_ring(self.field.variables, [[away]])))
        return self._programs[K]

    def distance(self, K: int, weights: Weights | None = None, region: Region | None = None) -> tuple[float, float]:
        """(low, high) of sup |f_θ - f_h^K| over a region, by default the domain; in the max-norm, or that with weights."""
        key = K, weights
        if region is None and key in self._found:
            return self._found[key]
        scale, tolerance = None if weights is None else np.array(weights), COARSE if isinstance(region, Boundary) else RELATIVE
        program = self._away(K)
        if all(program.instructions[o] == ("constant", 0) for o in program.outputs):
            return 0.0, 0.0
        ends = suprema(program, self._h, region or RealBox(self._box), tolerance, weights=scale)
        found = float(ends.low[0]), float(ends.high[0])
        if region is None:
            self._found[key] = found
        return found

    def both(self, K: int, weights: Weights, region: Region | None = None) -> tuple[float, float]:
        """Bounds over a region: in the max-norm, and in the norm with weights."""
        largest = self.distance(K, None, region)[1]
        return largest, largest if min(weights) == 1 else self.distance(K, weights, region)[1]

    def around(self, radii: np.ndarray) -> Region | None:
        """The complex points within some radii of the domain; the learner has to be analytic there."""
        return Boundary(self._box, radii) if (radii > 0).all() else None

    def residual(self, settings: Mapping[Weights, Settings], near: Neighbourhoods, K: int) -> float:
        """A bound of sup |Φ_T[f_θ] - φ_T[f]|/T over the domain; inf where none is found.

        settings : for each choice of weights the numbers of the theorem, as floats and as fractions
        """
        found = []
        for place in near:
            s, (E, weighted) = settings[place.weights][0], self.both(K, place.weights)
            M, H = s.sum(place.sample[:K], s.T) + weighted, largest_H(s, place.sample[:K], place.R, direct=False)
            value = step_error(s, place.R, place.sample[:K], H, s.T * s.stages.kappa * M, M, E, weighted) if H else None
            if value is not None:
                found.append((value, place))
        places = [place for _, place in sorted(found, key=lambda f: f[0])[:PLACES]]
        return min((self._proved(*settings[place.weights], near, place, K) for place in places), default=math.inf)

    def _proved(self, floats: Setting, exact: Setting, near: Neighbourhoods, place: Neighbourhood, K: int) -> float:
        sizes = near.proved(place)[:K]
        H, reach, M = largest_H(floats, sizes, place.R, direct=False), 0.0, 0.0
        for _ in range(TRIES):
            reach = float(floats.T * floats.stages.kappa) * M * ROOM
            region = RealBox(self._wider(reach, place))
            M = float(suprema(self._size, self._h, region, FINE, weights=np.array(place.weights)).high[0])
            if not (H and math.isfinite(M)):
                return math.inf
            if exact.T * exact.stages.kappa * Fraction(M) <= Fraction(reach):
                own = map(fraction, (H, reach, M, *self.both(K, place.weights, region if reach else None)))
                value = step_error(exact, Fraction(place.R), tuple(map(fraction, sizes)), *own)
                return math.inf if value is None else up(value)
        return math.inf

    def _wider(self, reach: float, place: Neighbourhood) -> Box:
        """A box that holds all real points within some distance of the domain."""
        sides = zip(self._box, (reach * np.array(place.weights)).tolist(), strict=True)
        return tuple((math.nextafter(a - r, -math.inf), math.nextafter(b + r, math.inf)) for (a, b), r in sides)
