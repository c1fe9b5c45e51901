"""What becomes of an equilibrium: its place, its eigenvalues, its stability."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from ..base.arguments import checked
from ..base.errors import FieldError
from ..base.values import Stored, reads
from ..equations.asking import of_equation
from ..equations.evaluation import point_of
from ..equations.modified import ModifiedField
from ..equations.step import step_value
from ..rings import scalar, to_sympy

RESIDUAL = 1e-9
"""What a field may be at an equilibrium given in floats, relative to its largest term."""
NEUTRAL = 1e-12
"""Real parts below this, relative to the eigenvalue, count as zero."""


class Linearisation(Stored):
    """A modified field at an equilibrium of f: f_k(at) and Df_k(at), exact, for every power of h.

    Made by `linearisation`, which says what is raised; `matrix`, `eigenvalues` and `changes` raise RingError for an h that
    is not a number or a formula, and the last two FieldError where a symbol is left.

    >>> from imde_sym import linearisation, methods, systems
    >>> point = linearisation((systems["harmonic_oscillator"], methods["explicit_euler"], 3))
    >>> point.kept, point.true_eigenvalues, point.matrix("1/10")
    (True, (-I, I), Matrix([
    [  -1/20, -599/600],
    [599/600,    -1/20]]))
    >>> true, learned = point.eigenvalues(0.1)[0]
    >>> true, round(learned.real, 6)
    (-1j, -0.05)
    >>> len(point.changes(0.1)), point.expansion(point.true_eigenvalues[0])
    (2, (-I, -1/2, I/6))
    >>> Linearisation.from_dict(point.to_dict()) == point
    True
    """

    def __init__(self, equation: ModifiedField, at: Sequence[sympy.Expr]):
        self.equation, self.at = equation, tuple(to_sympy(scalar(x)) for x in at)
        place = dict(zip(equation.variables, self.at, strict=True))
        columns = [equation.term(k) for k in range(equation.order)]
        self.values = tuple(sympy.ImmutableMatrix(c.subs(place)) for c in columns)
        self.matrices = tuple(sympy.ImmutableMatrix(c.jacobian(equation.variables).subs(place)) for c in columns)
        self._freeze()

    form = "imde_sym/linearisation"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        F = self.equation
        matrices = [[[F.write(e) for e in row] for row in m.tolist()] for m in self.matrices]
        return self.head | {"equation": F.to_dict(), "at": [F.write(e) for e in self.at], "kept": self.kept, "matrices": matrices}

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> Linearisation:
        """Inverse of `to_dict`: the question is asked again."""
        F = ModifiedField.from_dict(data["equation"])
        return linearisation(F, [F.read(e) for e in data["at"]])

    @property
    def kept(self) -> bool:
        """Whether the point is an equilibrium of every term."""
        vanishing = _vanishing(self.equation, dict(zip(self.equation.variables, self.at, strict=True)))
        return all(vanishing(e) for v in self.values for e in v)

    def matrix(self, h: Any) -> sympy.Matrix:
        """Df_h at the point, with a symbol or a number for h (see `ModifiedField.as_expr`).

        Raises RingError for an h that is not a number or a formula.
        """
        h = step_value(h, self.equation.step, self.equation.symbols)
        return sum((h**k * sympy.Matrix(m) for k, m in enumerate(self.matrices)), sympy.zeros(len(self.at)))

    @cached_property
    def true_eigenvalues(self) -> tuple[sympy.Expr, ...]:
        """Those of Df at the point: exact where radicals of degree two suffice, else to 15 digits; multiple ones repeated."""
        x = sympy.Dummy("x")
        _, factors = sympy.factor_list(self.matrices[0].charpoly().as_expr(x), x)
        found = []
        for factor, times in factors:
            polynomial = sympy.Poly(factor, x)
            exact = polynomial.degree() <= 2
            roots = sympy.roots(polynomial, multiple=True) if exact else polynomial.nroots()
            found += [sympy.simplify(r) if exact else r for r in roots] * times
        return tuple(found if self.matrices[0].free_symbols else sorted(found, key=_by_size))

    def expansion(self, eigenvalue: Any) -> tuple[sympy.Expr, ...]:
        """What becomes of a simple eigenvalue, in powers of h: λ, λ_1, ..., λ_(order-1).

        Order by order from det(Df_h - λ) = 0. Raises FieldError for a multiple eigenvalue, whose expansion may need roots of h.
        """
        eigenvalue, h, x = to_sympy(scalar(eigenvalue)), sympy.Dummy("h"), sympy.Dummy("x")
        P = sympy.Poly(self.matrix(h).charpoly().as_expr(x), x, h)
        slope = sympy.simplify(P.as_expr().diff(x).subs({h: 0, x: eigenvalue}))
        if slope == 0 or (slope.is_number and abs(slope.evalf()) < NEUTRAL):
            raise FieldError(f"{eigenvalue} is not a simple eigenvalue, so it has no expansion in powers of h")
        series = [eigenvalue]
        for k in range(1, len(self.matrices)):
            defect = _coefficient(P, series, k)
            series.append(_tidy(-defect / slope))
        return tuple(series)

    def eigenvalues(self, h: Any) -> tuple[tuple[complex, complex], ...]:
        """Pairs (true, learned) at a given h, the learned ones matched in the order of the least distance.

        Raises FieldError where a symbol is left.
        """
        true, learned = (list(map(_clean, np.linalg.eigvals(_numbers(m)))) for m in (self.matrices[0], self.matrix(h)))
        pairs = []
        for a in sorted(true, key=_by_size):
            nearest = min(range(len(learned)), key=lambda i: abs(learned[i] - a))
            pairs.append((a, learned.pop(nearest)))
        return tuple(pairs)

    def changes(self, h: Any) -> tuple[str, ...]:
        """Where damping, growth or neutrality at the point is learned as something else, at a given h; empty if nowhere.

        Raises FieldError where a symbol is left.
        """
        found = []
        for a, b in self.eigenvalues(h):
            kinds = [_kind(a), _kind(b)]
            if kinds[0] != kinds[1]:
                found.append(f"{kinds[0]} learned as {kinds[1]}: eigenvalue {a:.6g} becomes {b:.6g}")
        return tuple(found)

    def __repr__(self) -> str:
        place = ", ".join(f"{v} = {e}" for v, e in zip(self.equation.variables, self.at, strict=True))
        state = "kept" if self.kept else "moved"
        return f"<equilibrium {place} of {repr(self.equation)[1:-1]}: {state}>"


@of_equation
@checked
def linearisation(F: ModifiedField, at: Sequence[Any] | Mapping[Any, Any] | None = None) -> Linearisation:
    """F at an equilibrium of the field: is the point kept, and what becomes of its eigenvalues?

    at : coordinates, as a sequence or a mapping from variables or names; by default the origin. With floats among them the
         field need only vanish up to rounding
    F  : as for `conserved`
    Raises FieldError if `at` is no equilibrium of the field itself.

    >>> from imde_sym import methods, systems
    >>> point = linearisation((systems["harmonic_oscillator"], methods["explicit_euler"], 3))
    >>> point.expansion(point.true_eigenvalues[1])
    (I, -1/2, -I/6)
    >>> point.changes(h="1/10")[0]
    'neutral learned as damped: eigenvalue 0-1j becomes -0.05-0.998333j'
    """
    variables = F.variables
    place = point_of([0] * len(variables) if at is None else at, variables)
    point, values = list(place.values()), [c.subs(place) for c in F.field.components]
    if not all(map(_vanishing(F, place), values)):
        raise FieldError(f"{tuple(point)} is not an equilibrium of the field: there it is {tuple(values)}")
    return Linearisation(F, point)


def _vanishing(F: ModifiedField, place: Mapping[sympy.Symbol, sympy.Expr]) -> Callable[[sympy.Expr], bool]:
    """Whether a value at the place is zero: exactly, or for a place in floats beside the terms of the field there."""
    if not any(x.has(sympy.Float) for x in place.values()):
        return lambda value: sympy.simplify(value) == 0
    terms = [abs(t.subs(place)) for c in F.field.components for t in sympy.Add.make_args(sympy.expand(c))]
    size = max([1.0, *(float(t) for t in terms if t.is_number)])
    return lambda value: sympy.simplify(value) == 0 or bool(value.is_number and abs(value) <= RESIDUAL * size)


def _coefficient(P: sympy.Poly, series: Sequence[sympy.Expr], k: int) -> sympy.Expr:
    """The coefficient of h^k in P(Σ series[j] h^j, h)."""
    powers = {0: [sympy.S.One] + [sympy.S.Zero] * k}
    padded = [*series, *[sympy.S.Zero] * (k + 1 - len(series))]
    for n in range(1, P.degree() + 1):
        previous = powers[n - 1]
        powers[n] = [sympy.expand(sum((previous[i] * padded[j - i] for i in range(j + 1)), sympy.S.Zero)) for j in range(k + 1)]
    return sympy.Add(*(c * powers[n][k - m] for (n, m), c in P.terms() if m <= k))


def _tidy(e: sympy.Expr) -> sympy.Expr:
    """Square roots and I out of denominators; symbols as simplify leaves them."""
    return sympy.expand(sympy.radsimp(sympy.expand(e))) if e.is_number else sympy.simplify(e)


def _kind(z: complex) -> str:
    if z.real == 0:
        return "neutral"
    return "damped" if z.real < 0 else "anti-damped"


def _clean(z: complex) -> complex:
    """Without a real or imaginary part that is only rounding."""
    size = NEUTRAL * max(1.0, abs(z))
    return complex(z.real if abs(z.real) > size else 0.0, z.imag if abs(z.imag) > size else 0.0)


def _by_size(z: sympy.Expr | complex) -> tuple[float, float]:
    """By the real part, then by the imaginary part."""
    number = _clean(complex(z))
    return number.real, number.imag


def _numbers(matrix: sympy.Matrix) -> np.ndarray:
    if free := matrix.free_symbols:
        raise FieldError(f"eigenvalues at a given h need numbers: {min(map(str, free))} has no value")
    return np.array(matrix.evalf().tolist(), complex)
