"""Generalized additive Runge-Kutta (GARK) methods: every part of the field has stages of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from ...base.errors import MethodError, shown
from ...rings import Scalar
from ..formulas import matrix
from ..method import Method
from ..plain import numbers, rows
from ..theory import growth
from ..theory.stages import MAX_STAGES, Stages, jointly_symplectic_residuals
from .partitioned import PartitionedTableau
from .runge_kutta import ButcherTableau

Blocks = tuple[tuple[tuple[tuple[Scalar, ...], ...], ...], ...]


class GeneralizedAdditive(Method):
    """For y' = f_0 + ... + f_{N-1}: Y^q_i = y + h Σ_m Σ_j a^{q,m}_ij f_m(Y^m_j); y advances by h Σ_q Σ_i b^q_i f_q(Y^q_i).

    A : N×N blocks, block [q][m] with as many rows as part q has stages, and as many columns as part m has; rows may leave out
        zeros at their ends, and a block of zeros may be 0
    b : for each part its weights
    (Sandu, Günther, SIAM J. Numer. Anal. 53, 2015.) The method is the additive one of all stages in one list, in which the
    tableau of a part has columns at the stages of that part alone (`tableaux`); with equal stages it is a PartitionedTableau.
    Raises MethodError if the blocks do not fit together.

    >>> euler, implicit = [[0]], [[1]]
    >>> GeneralizedAdditive(A=[[euler, euler], [implicit, implicit]], b=[[1], [1]]).order
    1
    >>> imex = GeneralizedAdditive(A=[[euler, euler], [implicit, implicit]], b=[[1], [1]])
    >>> imex.stages, imex.is_internally_consistent, imex.is_symplectic, len(imex.parts)
    (2, True, False, 2)
    """

    family = "generalized_additive"
    traits = ("is_explicit", "is_symplectic", "is_exact")

    def __init__(self, A: Sequence[Sequence[Any]], b: Sequence[Sequence[Any]], *, name: str = "", **info: Any):
        if isinstance(b, str) or not isinstance(b, Sequence) or not b:
            raise MethodError(f"b must be a list of weights for each part of the field; got {shown(b)}")
        self.b = tuple(numbers(f"b[{q}]", own) for q, own in enumerate(b))
        self.colors = n = len(self.b)
        if any(not own for own in self.b) or sum(map(len, self.b)) > MAX_STAGES:
            raise MethodError(
                f"each part needs a stage, and at most {MAX_STAGES} are accepted; got {[len(own) for own in self.b]}"
            )
        square = not isinstance(A, str) and isinstance(A, Sequence) and len(A) == n
        if not square or any(isinstance(row, str) or not isinstance(row, Sequence) or len(row) != n for row in A):
            raise MethodError(f"b has {n} parts, so A must have {n}×{n} blocks: A = [[A_11, A_12, ...], ...]; got {shown(A)}")
        self.A: Blocks = tuple(tuple(self._block(A[q][m], q, m) for m in range(n)) for q in range(n))
        super().__init__(name, info)

    def _block(self, given: Any, q: int, m: int) -> tuple[tuple[Scalar, ...], ...]:
        count, width = len(self.b[q]), len(self.b[m])
        found = rows(f"A[{q}][{m}]", [[]] * count if isinstance(given, int | Fraction) and given == 0 else given, width)
        if len(found) != count:
            raise MethodError(f"A[{q}][{m}] has {len(found)} rows, but b[{q}] has {count} entries")
        return found

    @property
    def data(self) -> dict[str, Any]:
        """The blocks and the weights."""
        return {"A": self.A, "b": self.b}

    @property
    def kind(self) -> str:
        """What the method is, for titles."""
        counts = " + ".join(str(len(own)) for own in self.b)
        return f"generalized additive Runge-Kutta method with {self.colors} parts and {counts} stages"

    @property
    def stages(self) -> int:
        """The number of stages of all parts together."""
        return sum(map(len, self.b))

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        """The stages (part, number), one after the other where they can be computed so."""
        places = [(q, i) for q, own in enumerate(self.b) for i in range(len(own))]
        needed = {(q, i): [(m, j) for m, j in places if self.A[q][m][i][j] != 0] for q, i in places}
        try:
            return list(TopologicalSorter(needed).static_order())
        except CycleError:
            return places

    @cached_property
    def parts(self) -> tuple[ButcherTableau, ...]:
        """The tableau of each part over all stages."""
        zero = Fraction(0)
        return tuple(
            ButcherTableau(
                [[self.A[q][m][i][j] if m == v else zero for m, j in self._places] for q, i in self._places],
                [self.b[m][j] if m == v else zero for m, j in self._places],
            )
            for v in range(self.colors)
        )

    @cached_property
    def is_explicit(self) -> bool:
        """Whether the stages of all parts can be computed one after the other."""
        return all(p.is_explicit for p in self.parts)

    @cached_property
    def is_symplectic(self) -> bool:
        """b^q_i a^{q,m}_ij + b^m_j a^{m,q}_ji = b^q_i b^m_j for all q, m: symplectic for every sum of Hamiltonian fields."""
        return self.numbers.satisfy(jointly_symplectic_residuals(self.parts, every_pair=True))

    @property
    def is_internally_consistent(self) -> bool:
        """Whether the abscissae of a stage are the same in all parts: Σ_j a^{q,m}_ij does not depend on m."""

        def residuals(number: Callable[[Scalar], Any]) -> Iterator[Any]:
            for line, own in zip(self.A, self.b, strict=True):
                for i in range(len(own)):
                    first, *others = (sum(map(number, block[i])) for block in line)
                    yield from (x - first for x in others)

        return self.numbers.satisfy(residuals)

    def stability_function(self, *z: Any) -> Any:
        """R(z_0, z_1, ...), the factor by which a step multiplies y where the parts are λ_ν y, z_ν = hλ_ν.

        z : a number, expression or array for each part; by default symbols z0, z1, ...
        Raises MethodError for another number of them.

        >>> from imde_sym import methods
        >>> methods["gark_midpoints"].stability_function()
        (z0*z1 + 2*z0 + 2*z1 + 4)/(z0*z1 - 2*z0 - 2*z1 + 4)
        """
        return growth.additive_factor(self.parts, z, self.parameters)

    # -- stages ---------------------------------------------------------------------------------
    def tableaux(self, colors: int) -> tuple[ButcherTableau, ...]:
        """The tableau of each part over all stages. Raises MethodError for another number of parts."""
        self.check_colors(colors)
        return self.parts if self.colors == colors else self.parts * colors

    def with_tableaux(self, parts: Sequence[Stages], name: str, info: Mapping[str, Any]) -> Method:
        """The method of these stages; a partitioned tableau where parts share one."""
        n, s = range(len(parts)), range(len(parts[0].b))
        owners = [[m for m in n if parts[m].b[j] != 0 or any(row[j] != 0 for row in parts[m].A)] for j in s]
        if len(parts) == 1 or any(len(own) > 1 for own in owners):
            tableaux = [ButcherTableau(*p[:2]) for p in parts]
            return tableaux[0] if len(parts) == 1 else PartitionedTableau(tableaux, name=name, **info)
        places = [[j for j in s if (owners[j] or [0]) == [m]] for m in n]
        A = [[[[parts[m].A[i][j] for j in places[m]] for i in places[q]] for m in n] for q in n]
        return GeneralizedAdditive(A, [[parts[m].b[j] for j in places[m]] for m in n], name=name, **info)

    def __str__(self) -> str:
        blocks = [(f"A[{q}][{m}]", block) for q, line in enumerate(self.A) for m, block in enumerate(line)]
        named = [*blocks, *((f"b[{q}]", [own]) for q, own in enumerate(self.b))]
        return "\n".join(f"{name} = [{'; '.join('  '.join(map(str, row)) for row in rows)}]" for name, rows in named)

    def latex(self) -> str:
        """The blocks and the weights of each part."""
        blocks = [rf"A^{{{q},{m}}} = {matrix(block)}" for q, line in enumerate(self.A) for m, block in enumerate(line)]
        return r", \quad ".join([*blocks, *(rf"b^{{{q}}} = {matrix([own])}" for q, own in enumerate(self.b))])
