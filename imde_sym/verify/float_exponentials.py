"""Float steps of exponential methods, with φ-functions of matrices."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from math import ceil, factorial, log2

import numpy as np

from ..base.errors import MethodError
from ..codegen.numbers import nearest
from ..method import Exponential, ExponentialRosenbrock
from ..method.families.exponential import PhiMethod
from ..method.phi import Entry
from .newton import solve_beside
from .slopes import FloatField
from .stepping import Step, float_step

TAYLOR_TERMS = 20
"""Of φ-functions of matrices of norm 1/2: the next one is below rounding."""
LINEARITY = 1e-8
"""How far a linear part may be from its matrix, relative."""
Forcing = Callable[[np.ndarray], np.ndarray]
Point = Callable[[int, Sequence[np.ndarray]], np.ndarray]
"""Stage i, or the new point for -1, from the forcing at the stages."""


def phi_functions(Z: np.ndarray, highest: int) -> list[np.ndarray]:
    """φ_0, ..., φ_highest of matrices (..., d, d): Taylor series of Z/2^n, then doubling.

    φ_k(2z) = 2^(-k) (φ_0(z) φ_k(z) + Σ_{j=1}^k φ_j(z)/(k - j)!)  (Skaflestad, Wright, Appl. Numer. Math. 59, 2009).
    """
    norm = float(np.abs(Z).sum(-1).max(initial=0.0))
    doublings = max(0, ceil(log2(2 * norm))) if 0 < norm < np.inf else 0
    Z = Z / 2.0**doublings
    one = np.eye(Z.shape[-1])
    top = one / factorial(highest + TAYLOR_TERMS)
    for n in range(TAYLOR_TERMS - 1, -1, -1):
        top = Z @ top + one / factorial(highest + n)
    found = [top]
    for k in range(highest - 1, -1, -1):
        found.insert(0, Z @ found[0] + one / factorial(k))
    for _ in range(doublings):
        found = [
            sum((found[j] / factorial(k - j) for j in range(1, k + 1)), found[0] @ found[k]) / 2.0**k for k in range(highest + 1)
        ]
    return found


class Entries:
    """The entries of a method as matrices, at Z of shape (M, d, d): one for each of M points, or one for all."""

    def __init__(self, Z: np.ndarray):
        self._Z = Z
        self._found: dict[float, list[np.ndarray]] = {}

    def phi(self, k: int, scale: float) -> np.ndarray:
        """φ_k(scale · Z)."""
        if len(self._found.get(scale, ())) <= k:
            self._found[scale] = phi_functions(scale * self._Z, max(k, 3))
        return self._found[scale][k]

    def matrix(self, own: Entry) -> np.ndarray:
        """The value of an entry."""
        total: np.ndarray = np.zeros_like(self._Z)
        for term in own:
            product = float(nearest(term.weight)) * np.linalg.matrix_power(self._Z, term.power)
            for factor in term.factors:
                product = product @ np.linalg.matrix_power(self.phi(factor.k, float(nearest(factor.scale))), factor.exponent)
            total = total + product
        return total


def applied(matrix: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Matrices (M, d, d) times columns (d, N); M is 1 or N."""
    if len(matrix) == 1:
        return np.asarray(matrix[0] @ columns)
    return np.ascontiguousarray((matrix @ columns.T[..., None])[..., 0].T)


class PhiStep(Step):
    """Stages x + c_i φ_1(c_i Z) drift + Σ_j a_ij(Z) forcing(U_j), all times the step, with Z the step times a matrix."""

    def __init__(self, method: PhiMethod, field: FloatField):
        self.title, self._field, self._method = method.title, field, method
        self._nodes = [*(float(nearest(c)) for c in method.c), 1.0]

    @abstractmethod
    def linearised(self, x: np.ndarray, size: float) -> tuple[Entries, np.ndarray, Forcing]:
        """The matrices, the drift (d, N), and the forcing as a function of a stage."""

    def _points(self, x: np.ndarray, size: float) -> tuple[Point, Forcing]:
        entries, drift, forcing = self.linearised(x, size)

        def point(i: int, forces: Sequence[np.ndarray]) -> np.ndarray:
            total = x + size * self._nodes[i] * applied(entries.phi(1, self._nodes[i]), drift)
            for own, force in zip(self._method.b if i < 0 else self._method.a[i], forces, strict=False):
                if own:
                    total = total + size * applied(entries.matrix(own), force)
            return total

        return point, forcing

    def move(self, x: np.ndarray, size: float) -> np.ndarray:
        """One step."""
        point, forcing = self._points(x, size)
        forces: list[np.ndarray] = []
        if self._method.is_explicit:
            for i in range(self._method.stages):
                forces.append(forcing(point(i, forces)))
        else:
            guess = np.zeros((self._method.stages * len(x), x.shape[1]))
            moves = solve_beside(lambda x, moves: self._residual(x, moves, size), x, guess)
            forces = [forcing(x + move) for move in np.split(moves, self._method.stages)]
        return point(-1, forces)

    def _residual(self, x: np.ndarray, moves: np.ndarray, size: float) -> np.ndarray:
        """What is left of the equations for the stages, less x."""
        point, forcing = self._points(x, size)
        forces = [forcing(x + move) for move in np.split(moves, self._method.stages)]
        return np.asarray(moves - np.concatenate([point(i, forces) - x for i in range(self._method.stages)]))


class LinearPartStep(PhiStep):
    """The linear part is known once for all; so are the functions of it, for a size."""

    def __init__(self, method: Exponential, field: FloatField):
        super().__init__(method, field)
        self._entries: dict[float, KeptEntries] = {}

    @cached_property
    def _matrix(self) -> np.ndarray:
        """L, from the values of the part L x + c. Raises MethodError for a part that is not of this form."""
        d, part = self._field.dimension, self._field.parts[0]
        columns = np.hstack([np.zeros((d, 1)), np.eye(d), 1 + np.arange(d, dtype=float)[:, None] / (d + 1)])
        values = part.values(np.ascontiguousarray(columns))
        L = values[:, 1:-1] - values[:, :1]
        away = np.abs(L @ columns[:, -1] + values[:, 0] - values[:, -1]).max()
        if not away <= LINEARITY * (1 + np.abs(values).max()):
            raise MethodError(
                f"part 0 of the field is to be linear for {self.title}, a constant matrix times the point; it is not"
            )
        return np.asarray(L[None])

    def linearised(self, x: np.ndarray, size: float) -> tuple[Entries, np.ndarray, Forcing]:
        """L, L x + c and N."""
        if size not in self._entries:
            self._entries = {size: KeptEntries(size * self._matrix)}
        linear, other = self._field.parts
        return self._entries[size], linear.values(x), lambda y: other.values(np.ascontiguousarray(y))


class KeptEntries(Entries):
    """Entries that are asked for again and again."""

    def __init__(self, Z: np.ndarray):
        super().__init__(Z)
        self._matrices: dict[Entry, np.ndarray] = {}

    def matrix(self, own: Entry) -> np.ndarray:
        """The value of an entry."""
        if own not in self._matrices:
            self._matrices[own] = super().matrix(own)
        return self._matrices[own]


class JacobianStep(PhiStep):
    """The field is linearised at each point: f(y) - f(x) - J (y - x) is left."""

    def __init__(self, method: ExponentialRosenbrock, field: FloatField):
        super().__init__(method, field)
        field.formulas(self.title)  # difference quotients are not Jacobians

    def linearised(self, x: np.ndarray, size: float) -> tuple[Entries, np.ndarray, Forcing]:
        """J = f'(x), f(x), and what is left."""
        here, jacobian = self._field.whole.both(x)
        J = np.moveaxis(jacobian, -1, 0)

        def forcing(y: np.ndarray) -> np.ndarray:
            return np.asarray(self._field.whole.values(np.ascontiguousarray(y)) - here - applied(J, y - x))

        return KeptEntries(size * J), here, forcing


@float_step.register
def _(method: Exponential, field: FloatField) -> Step:
    return LinearPartStep(method, field)


@float_step.register
def _(method: ExponentialRosenbrock, field: FloatField) -> Step:
    return JacobianStep(method, field)
