"""PartitionedTableau: one Runge-Kutta tableau for each part of the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from ...base.errors import MethodError
from ..gate import MethodLike, as_method
from ..method import Method
from ..theory import growth
from ..theory.stages import Stages, jointly_symplectic_residuals, symmetric_residuals
from .runge_kutta import ButcherTableau


class PartitionedTableau(Method):
    """A partitioned or additive Runge-Kutta method for y' = f_0(y) + ... + f_{N-1}(y).

    The stages U_i = y + h Σ_ν Σ_j a^ν_ij f_ν(U_j) are common to all parts; y advances by h Σ_ν Σ_i b^ν_i f_ν(U_i).
    A partitioned system is the case in which f_ν holds some of the components and zeros elsewhere; an IMEX
    method is the case of two parts of one field. Trees have one colour for each part (HLW III.2).

    parts : ButcherTableaux with equal numbers of stages, one for each part
    Raises MethodError if the parts do not fit together.

    >>> explicit = ButcherTableau([[0, 0], [1, 0]], ["1/2", "1/2"])
    >>> implicit = ButcherTableau([[0, 0], ["1/2", "1/2"]], ["1/2", "1/2"])
    >>> PartitionedTableau([explicit, implicit]).order
    2
    >>> from imde_sym import methods
    >>> verlet = methods["stormer_verlet"]
    >>> verlet.stages, verlet.is_symplectic, verlet.is_explicit, verlet.kind
    (2, True, False, '2-stage partitioned Runge-Kutta method with 2 parts')
    """

    family = "partitioned"
    nested = ("parts",)
    traits = ("is_explicit", "is_symplectic", "is_exact")

    def __init__(self, parts: Sequence[MethodLike], *, name: str = "", **info: Any):
        given = [as_method(p) for p in parts]
        self.parts = tuple(p for p in given if isinstance(p, ButcherTableau))
        if not given or len(self.parts) < len(given):
            raise MethodError("a partitioned method needs a list of ButcherTableaux, one for each part of the field")
        counts = [p.stages for p in self.parts]
        if len(set(counts)) > 1:
            raise MethodError(f"the parts have {', '.join(map(str, counts))} stages; they must have equally many")
        self.colors = len(self.parts)
        super().__init__(name, info)

    @property
    def data(self) -> dict[str, Any]:
        """The defining numbers, by name."""
        return {"parts": self.parts}

    @property
    def kind(self) -> str:
        """What the method is, for titles."""
        return f"{self.stages}-stage partitioned Runge-Kutta method with {self.colors} parts"

    @property
    def stages(self) -> int:
        """The number of stages."""
        return self.parts[0].stages

    @cached_property
    def is_explicit(self) -> bool:
        """Whether the stages can be computed one after the other, for any splitting."""
        return all(p.is_explicit for p in self.parts)

    @cached_property
    def is_symplectic(self) -> bool:
        """Two parts: b_i â_ij + b̂_j a_ji = b_i b̂_j and b = b̂, symplectic for every H(q, p) (HLW Thm VI.4.6).

        More parts: the first condition for every pair of parts, symplectic for every sum of Hamiltonian fields.
        """
        return self.numbers.satisfy(jointly_symplectic_residuals(self.parts))

    @cached_property
    def is_symmetric(self) -> bool:
        """a_ij + a_{s+1-i,s+1-j} = b_j in each part, with the stages of all of them in one order (HLW Thm V.2.3, V.2.4).

        >>> from imde_sym import methods
        >>> methods["stormer_verlet"].is_symmetric, methods["symplectic_euler"].is_symmetric
        (True, False)
        """
        return self.numbers.satisfy(symmetric_residuals(self.parts))

    def stability_function(self, *z: Any) -> Any:
        """R(z_0, z_1, ...), the factor by which a step multiplies y where the parts are λ_ν y, z_ν = hλ_ν.

        z : a number, expression or array for each part; by default symbols z0, z1, ...
        Raises MethodError for another number of them.

        >>> from imde_sym import methods
        >>> methods["imex_euler"].stability_function()
        (-z0 - 1)/(z1 - 1)
        """
        return growth.additive_factor(self.parts, z, self.parameters)

    # -- stages ---------------------------------------------------------------------------------
    def tableaux(self, colors: int) -> tuple[ButcherTableau, ...]:
        """The parts. Raises MethodError for another number of them."""
        self.check_colors(colors)
        return self.parts

    def with_tableaux(self, parts: Sequence[Stages], name: str, info: Mapping[str, Any]) -> Method:
        """The method of these stages; a Butcher tableau where there is one part.

        Raises MethodError where their number of stages differs.
        """
        if len(parts) == 1:
            return self.parts[0].with_tableaux(parts, name, info)
        tableaux = [own.with_tableaux([part], "", {}) for own, part in zip(self.parts, parts, strict=True)]
        return PartitionedTableau(tableaux, name=name, **info)

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.parts))

    def latex(self) -> str:
        """The tableaux side by side."""
        return r" \qquad ".join(p.latex() for p in self.parts)
