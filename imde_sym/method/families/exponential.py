"""Exponential Runge-Kutta and Lawson methods, for fields with a linear part, and exponential Rosenbrock methods."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from ...base.errors import MethodError, shown
from ...expressions import latex
from ...prelie import ExponentialRecursion, ExponentialRosenbrockRecursion, PreLieSpace
from ...rings import Scalar, to_sympy
from .. import phi
from ..gate import MethodLike, as_method
from ..method import Method
from ..plain import numbers
from ..theory import growth
from ..theory.stages import total


class PhiMethod(Method):
    """A method whose coefficients are functions of z, h times a matrix: combinations of φ-functions (`phi`)."""

    def _read(self, a: Any, b: Any, c: Any, read: Any) -> None:
        if isinstance(b, str | bytes) or not isinstance(b, Sequence) or not b:
            raise MethodError(f"b must be a sequence of entries, at least one; got {shown(b)}")
        s = len(b)
        self.b = phi.rows_of_entries("b", [b], read, s)[0]
        self.a = phi.rows_of_entries("a", a, read, s)
        if len(self.a) != s:
            raise MethodError(f"a has {len(self.a)} rows, b has {s} entries: a must be {s}×{s}")
        sums = tuple(phi.taylor(sum(row, ()), 1)[0] for row in self.a)
        self.c = sums if c is None else numbers("c", c)
        if len(self.c) != s:
            raise MethodError(f"c has {len(self.c)} entries, b has {s}: they must have one for each stage")

    @property
    def data(self) -> dict[str, Any]:
        """The entries as text, and the nodes."""
        return {"a": tuple(tuple(map(phi.text, row)) for row in self.a), "b": tuple(map(phi.text, self.b)), "c": self.c}

    @property
    def coefficients(self) -> list[Scalar]:
        """All numbers in the entries, and the nodes."""
        return [*(x for row in (*self.a, self.b) for e in row for x in phi.scalars(e)), *self.c]

    @property
    def stages(self) -> int:
        """The number of stages."""
        return len(self.b)

    @cached_property
    def is_explicit(self) -> bool:
        """Whether the stages can be computed one after the other."""
        return not any(e for i, row in enumerate(self.a) for e in row[i:])

    def latex(self) -> str:
        """The nodes and entries with their lines as in a book."""
        lines = [[latex(to_sympy(c)), *(self._cell(e) for e in row)] for c, row in zip(self.c, self.a, strict=True)]
        body = " \\\\\n".join(" & ".join(line) for line in lines)
        last = " & ".join(["", *(self._cell(e) for e in self.b)])
        return f"\\begin{{array}}{{c|{'c' * self.stages}}}\n{body} \\\\ \\hline\n{last}\n\\end{{array}}"

    @staticmethod
    def _cell(own: phi.Entry) -> str:
        return phi.latex_name(latex(phi.expression(own)))

    # -- plain data -----------------------------------------------------------------------------
    @classmethod
    def _read_key(cls, key: str, value: Any, names: dict[str, sympy.Expr]) -> Any:
        if key == "c" or value is None:
            return super()._read_key(key, value, names)
        if taken := phi.NAMES.keys() & names.keys():
            raise MethodError(f"{min(taken)} has its own meaning in the entries of an exponential method: rename the symbol")
        if isinstance(value, list):
            return [cls._read_key(key, item, names) for item in value]
        return phi.expression(phi.entry(key, value, names, floats=True)) if isinstance(value, str) else value


class Exponential(PhiMethod):
    """For y' = L y + N(y): U_i = e^{c_i hL} y + h Σ_j a_ij(hL) N(U_j), and y advances to e^{hL} y + h Σ_j b_j(hL) N(U_j).

    a : s rows of at most s entries, filled up with zeros: numbers or text in φ-functions, such as "phi1(z/2)/2", z = hL, with
        exp, phi0 to phi9 and their products (`phi`)
    b : s entries
    c : s nodes, by default Σ_j a_ij(0)

    Part 0 of the field is L y, linear with constant coefficients (or affine; then e^{chL} y stands for its flow), part 1 is N(y).
    By default the linear terms of the field are part 0. The inverse modified equation keeps L, which the method solves exactly,
    and corrects N: its part 1 holds all corrections, also those whose outermost field is L. Over trees a node of colour 0 (L)
    has one branch at most; other trees stand for nothing, and carry the value of the exact flow so that they count in no
    condition. (Hochbruck, Ostermann, Acta Numerica 19, 2010; Luan, Ostermann 2013.)
    Raises MethodError for data of the wrong shape and for entries that are no combination of φ-functions.

    >>> etd1 = Exponential(a=[[]], b=["phi1(z)"], c=[0])
    >>> etd1.order, etd1
    (1, Exponential(a=[[0]], b=[phi1(z)], c=[0]))
    >>> etd1.stages
    1
    """

    family = "exponential"
    colors = 2
    corrected = 1
    linear_part = 0
    part_names = ("linear", "nonlinear")

    def __init__(self, a: Sequence[Any], b: Sequence[Any], c: Sequence[Any] | None = None, *, name: str = "", **info: Any):
        self._read(a, b, c, phi.entry)
        super().__init__(name, info)
        if self.unknown != 1:
            raise MethodError(
                f"the linear part of an exponential method stays linear: the inverse corrects part 1; got unknown={self.unknown}"
            )

    @classmethod
    def lawson(cls, method: MethodLike, *, name: str = "", **info: Any) -> Exponential:
        """The Runge-Kutta method applied to v = e^{-tL} y: a_ij e^{(c_i - c_j) z} and b_j e^{(1 - c_j) z} (Lawson 1967).

        Raises MethodError for what is not one tableau.

        >>> Exponential.lawson("explicit_euler")
        Exponential(a=[[0]], b=[phi0(z)], c=[0])
        """
        tableau = as_method(method).one_tableau
        if tableau is None:
            raise MethodError(f"a Lawson method is made of a Butcher tableau; {shown(method)} is none")
        c = [to_sympy(total(row)) for row in tableau.A]
        rows = [
            [to_sympy(x) * sympy.exp((own - node) * phi.Z) for x, node in zip(row, c, strict=True)]
            for own, row in zip([*c, 1], [*tableau.A, tableau.b], strict=True)
        ]
        return cls(rows[:-1], rows[-1], c, name=name, **info)

    def stability_function(self, *z: Any) -> Any:
        """R(z_0, z_1) = e^{z_0} + z_1 b(z_0) (I - z_1 a(z_0))⁻¹ e^{c z_0}, the factor of a step for L y + λy, z = hL, hλ.

        z : two numbers, expressions or arrays; by default symbols z0, z1. In expressions φ-functions stand as exponentials
        Raises MethodError for another number of them.

        >>> from imde_sym import methods
        >>> methods["exponential_euler"].stability_function()
        (z0*exp(z0) + z1*exp(z0) - z1)/z0
        >>> methods["exponential_euler"].stability_function(0.0, -0.5)
        np.complex128(0.5+0j)
        """
        exact = growth.arguments(z, 2, self.parameters)
        if exact is not None:
            a, b = ([[exact[1] * phi.elementary(x, exact[0]) for x in row] for row in rows] for rows in (self.a, [self.b]))
            start = sympy.Matrix([sympy.exp(to_sympy(c) * exact[0]) for c in self.c])
            return growth.factor(sympy.Matrix(a), sympy.Matrix(b), start, sympy.exp(exact[0]))
        first, second = growth.numbers(z, self.parameters)
        A, B = (
            np.moveaxis(np.array([[second * phi.value(x, first) for x in row] for row in rows]), (0, 1), (-2, -1))
            for rows in (self.a, [self.b])
        )
        nodes = np.exp(first[..., None, None] * np.array([[complex(c)] for c in self.c]))
        return growth.solved(A, B, nodes, np.exp(first))

    @property
    def kind(self) -> str:
        """What the method is, for titles."""
        return f"{self.stages}-stage exponential Runge-Kutta method"

    def recursion(self, space: PreLieSpace) -> ExponentialRecursion:
        """The method as a recursion over the grades of `space`."""
        if space.colors != 2:
            raise MethodError(f"{self.title} needs a field in 2 parts, linear and nonlinear; here it has {space.colors}")
        rows = [[phi.taylor(e, space.order) for e in row] for row in (*self.a, self.b)]
        return ExponentialRecursion(space, self.c, rows[:-1], rows[-1])


class ExponentialRosenbrock(PhiMethod):
    """U_i = y + c_i φ_1(c_i hJ) h f(y) + h Σ_j a_ij(hJ) D_j, J = f'(y), D_j = g(U_j) - g(y) with g(u) = f(u) - J u.

    y advances to y + φ_1(hJ) h f(y) + h Σ_j b_j(hJ) D_j. The field has no parts: it is linearised anew in every step.
    a : s rows of at most s entries, filled up with zeros, as for `Exponential`; stages with c_i = 0 are y and have D_i = 0
    b : s entries;  c : s nodes
    (Hochbruck, Ostermann, Schweitzer, SIAM J. Numer. Anal. 47, 2009.) Raises MethodError for data of the wrong shape and for
    entries that are no combination of φ-functions.

    >>> exprb32 = ExponentialRosenbrock(a=[[], []], b=[0, "2*phi3(z)"], c=[0, 1])
    >>> exprb32.order
    3
    """

    family = "exponential_rosenbrock"

    def __init__(self, a: Sequence[Any], b: Sequence[Any], c: Sequence[Any], *, name: str = "", **info: Any):
        self._read(a, b, c, phi.entry)
        super().__init__(name, info)

    @property
    def kind(self) -> str:
        """What the method is, for titles."""
        return f"{self.stages}-stage exponential Rosenbrock method"

    def recursion(self, space: PreLieSpace) -> ExponentialRosenbrockRecursion:
        """The method as a recursion over the grades of `space`."""
        rows = [[phi.taylor(e, space.order) for e in row] for row in (*self.a, self.b)]
        return ExponentialRosenbrockRecursion(space, self.c, rows[:-1], rows[-1])
