"""Reversibility of a modified field under a linear involution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from ..base.arguments import checked
from ..base.errors import FieldError, ImdeError, UnknownNameError
from ..base.values import Stored, reads
from ..equations.asking import of_equation
from ..equations.display import sentence
from ..equations.modified import ModifiedField
from ..equations.step import power
from ..expressions import find_symbol
from ..fields import DifferentialRing
from ..rings import scalar, to_sympy
from .zeros import decide, size_of


class Reversibility(Stored):
    """f_k(ρy) + ρ f_k(y) for every power of h; the field is ρ-reversible where these vanish.

    holds, first_failure : as of `conserved`;  defects[k] : the column for h**k
    Made by `reversibility`, which says what is raised.

    >>> from imde_sym import methods, reversibility, systems
    >>> found = reversibility((systems["pendulum"], methods["explicit_midpoint"], 4))
    >>> found.holds, found.first_failure
    (False, 3)
    >>> found.verdict.split(",")[0]
    'fails first at h^3'
    >>> Reversibility.from_dict(found.to_dict()) == found
    True
    """

    def __init__(self, equation: ModifiedField, rho: sympy.ImmutableMatrix, defects: Sequence[sympy.ImmutableMatrix]):
        self.equation, self.rho, self.defects = equation, rho, tuple(defects)
        self._freeze()

    form = "imde_sym/reversibility"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        write = self.equation.write
        asked = {"equation": self.equation.to_dict(), "rho": [[write(e) for e in row] for row in self.rho.tolist()]}
        defects = [[write(e) for e in d] for d in self.defects]
        return self.head | asked | {"holds": self.holds, "first_failure": self.first_failure, "defects": defects}

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> Reversibility:
        """Inverse of `to_dict`: the question is asked again."""
        F = ModifiedField.from_dict(data["equation"])
        return reversibility(F, [[F.read(e) for e in row] for row in data["rho"]])

    @property
    def first_failure(self) -> int | None:
        """The first power of h at which it fails; None where it holds."""
        return next((k for k, d in enumerate(self.defects) if not d.is_zero_matrix), None)

    @property
    def holds(self) -> bool:
        """Whether it holds as far as the equation goes."""
        return self.first_failure is None

    @property
    def verdict(self) -> str:
        """The answer in words."""
        k = self.first_failure
        step = self.equation.step
        if k is None:
            return f"holds up to {step}^{len(self.defects) - 1}"
        return f"fails first at {power(step, k)}, by ({sentence(self.equation, self.defects[k], f'defects[{k}] is all of it')})"

    def __repr__(self) -> str:
        return f"<reversibility of {repr(self.equation)[1:-1]}: {self.verdict}>"


@of_equation
@checked
def reversibility(F: ModifiedField, rho: Sequence[Any] | Mapping[Any, Any] | sympy.Matrix | None = None) -> Reversibility:
    """Is F reversible under the linear involution ρ, ρ f(y) = -f(ρy)? (HLW V.1)

    rho : a matrix with ρ² = I, or a mapping from variables (or names) to the sign ±1 that they take, others staying; by
          default the momenta (or velocities) of the field's structure change sign
    F   : as for `conserved`
    Raises FieldError if ρ is no involution, or is needed and not given.

    >>> from imde_sym import methods, systems
    >>> reversibility((systems["pendulum"], methods["explicit_midpoint"], 4)).first_failure
    3
    """
    matrix = _involution(F, rho)
    image = dict(zip(F.variables, matrix * sympy.Matrix(F.variables), strict=True))
    columns = [F.term(k) for k in range(F.order)]
    defects = [c.xreplace(image) + matrix * c for c in columns]
    ring = DifferentialRing(F.variables, [e for m in (*columns, *defects) for e in m], F.order + 1)
    decided = [[ring.convert(e) for e in d] for d in defects]
    zero, size = sympy.S.Zero, size_of(ring, [ring.convert(e) for c in columns for e in c])
    shown = [[zero if decide(ring, p, size).zero else ring.to_sympy(p) for p in row] for row in decided]
    return Reversibility(F, matrix, [sympy.ImmutableMatrix(row) for row in shown])


def _involution(F: ModifiedField, rho: Any) -> sympy.ImmutableMatrix:
    d = len(F.variables)
    if rho is None:
        structure = F.field.structure
        if structure is None or not structure.p:
            example = {str(F.variables[-1]): -1}
            raise FieldError(f"say with `rho` which involution is meant: a matrix, or signs such as {example}")
        rho = dict.fromkeys(structure.p, -1)
    if isinstance(rho, Mapping):
        signs = dict.fromkeys(F.variables, sympy.S.One)
        for name, sign in rho.items():
            try:
                v = find_symbol(name, F.variables, "variable")
            except UnknownNameError as error:
                raise FieldError(f"an involution of this field: {error}") from None
            signs[v] = to_sympy(scalar(sign))
        rho = [[signs[v] if v == w else 0 for w in F.variables] for v in F.variables]
    rows = rho.tolist() if isinstance(rho, sympy.MatrixBase | np.ndarray) else rho
    if not isinstance(rows, Sequence) or not all(isinstance(row, Sequence) and not isinstance(row, str) for row in rows):
        raise FieldError(f"an involution is a matrix or a mapping from variables to signs; got {str(rho)[:60]}")
    try:
        matrix = sympy.ImmutableMatrix([[to_sympy(scalar(e)) for e in row] for row in rows])
    except ImdeError as error:
        raise FieldError(f"an involution is a matrix of numbers: {error}") from None
    except (TypeError, ValueError, NotImplementedError) as error:
        raise FieldError(f"an involution is a matrix or a mapping from variables to signs: {error}") from None
    if matrix.shape != (d, d) or sympy.expand(matrix**2) != sympy.eye(d):
        raise FieldError(f"an involution of {d} variables is a matrix of shape {(d, d)} with ρ² = I; got {matrix.tolist()}")
    return matrix
