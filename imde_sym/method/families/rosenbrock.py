"""Rosenbrock methods: one linear system a stage in place of a nonlinear one (Hairer, Wanner II, IV.7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from ...base.errors import MethodError, shown
from ...prelie import PreLieSpace, StageRecursion
from ...rings import to_sympy
from .. import formulas
from ..method import Method
from ..plain import numbers, rows
from .runge_kutta import ButcherTableau


class Rosenbrock(Method):
    """k_i = h f(y + Σ_j a_ij k_j) + h J Σ_{j<=i} γ_ij k_j with J = f'(y); y advances by Σ b_i k_i.

    A, gamma : s rows of at most s entries; rows are filled up with zeros. A is strictly lower triangular,
               gamma lower triangular
    b        : s weights
    Raises MethodError for other shapes.

    >>> Rosenbrock(A=[[0]], gamma=[["1/2"]], b=[1]).order
    2
    >>> Rosenbrock(A=[[0]], gamma=[["1/2"]], b=[1]).stages
    1
    """

    family = "rosenbrock"

    def __init__(
        self,
        A: Sequence[Sequence[Any]],
        gamma: Sequence[Sequence[Any]],
        b: Sequence[Any],
        *,
        name: str = "",
        **info: Any,
    ):
        self.b = numbers("b", b)
        s = len(self.b)
        self.A, self.gamma = rows("A", A, s), rows("gamma", gamma, s)
        if not s or len(self.A) != s or len(self.gamma) != s:
            found = f"{len(self.A)} and {len(self.gamma)}"
            raise MethodError(f"A and gamma need as many rows as b has entries, {s}; they have {found}")
        if any(x != 0 for i, row in enumerate(self.A) for x in row[i:]):
            raise MethodError("A of a Rosenbrock method has entries below the diagonal only")
        if any(x != 0 for i, row in enumerate(self.gamma) for x in row[i + 1 :]):
            raise MethodError("gamma of a Rosenbrock method has entries on and below the diagonal only")
        super().__init__(name, info)

    @classmethod
    def from_implementation(
        cls, a: Sequence[Sequence[Any]], C: Sequence[Sequence[Any]], gamma: Any, m: Sequence[Any], *, name: str = "", **info: Any
    ) -> Rosenbrock:
        """From the coefficients that codes use: (I/(hγ) - J) u_i = f(y + Σ a_ij u_j) + Σ c_ij u_j / h, y += Σ m_i u_i.

        There u = Γ k, so that Γ⁻¹ = diag(1/γ) - C, A = a Γ and b = Γᵀ m.
        Raises MethodError for shapes that do not fit, and where I/γ - C has no inverse.

        >>> Rosenbrock.from_implementation([[0]], [[0]], "1/2", [2]) == Rosenbrock(A=[[0]], gamma=[["1/2"]], b=[1])
        True
        """
        m = numbers("m", m)
        s = len(m)
        low, wide = (sympy.Matrix([[to_sympy(x) for x in row] for row in rows(what, v, s)]) for what, v in (("a", a), ("C", C)))
        if low.shape != (s, s) or wide.shape != (s, s):
            raise MethodError(f"a and C need one row for each of the {s} entries of m, got {low.rows} and {wide.rows}")
        step = numbers("gamma", [gamma])[0]
        if step == 0 or (inverse := sympy.eye(s) / to_sympy(step) - wide).det() == 0:
            raise MethodError(f"I/gamma - C must have an inverse; it has none for gamma = {shown(gamma)}")
        G = inverse.inv()
        b = sympy.Matrix([to_sympy(x) for x in m]).T * G
        return cls((low * G).applyfunc(sympy.radsimp).tolist(), G.applyfunc(sympy.radsimp).tolist(), list(b), name=name, **info)

    @property
    def data(self) -> dict[str, Any]:
        """The defining numbers, by name."""
        return {"A": self.A, "gamma": self.gamma, "b": self.b}

    @property
    def kind(self) -> str:
        """What the method is, for titles."""
        return f"{self.stages}-stage Rosenbrock method"

    @property
    def stages(self) -> int:
        """The number of stages."""
        return len(self.b)

    def latex(self) -> str:
        """A, Γ and b."""
        A, gamma, b = (formulas.matrix(rows) for rows in (self.A, self.gamma, [self.b]))
        return rf"A = {A}, \quad \Gamma = {gamma}, \quad b^T = {b}"

    def recursion(self, space: PreLieSpace) -> StageRecursion:
        """The method as a recursion over the grades of `space`."""
        return StageRecursion(space, [ButcherTableau(self.A, self.b)] * space.colors, gamma=self.gamma)
