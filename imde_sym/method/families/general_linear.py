"""General linear methods, two-step Runge-Kutta and IMEX multistep methods, by their underlying one-step method."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from ...base.errors import MethodError, shown
from ...prelie import GeneralLinearRecursion, PreLieSpace
from ...rings import Scalar, sum_tolerance, to_sympy, vanishes
from .. import formulas
from ..method import Method
from ..plain import depth, numbers, rows
from ..theory import growth, linear
from ..theory.ssp import spijker_coefficient
from ..theory.stages import is_strictly_lower, total

Matrix = tuple[tuple[Scalar, ...], ...]


class ValueMethod(Method):
    """A method that hands r values from step to step: Y = U y + h A f(Y), new values V y + h B f(Y).

    Its underlying one-step method Φ is the map for which there is a starting procedure S, value 0 of which is y itself, such that
    a step takes S(y) to S(Φ(y)): value 0 of a run that starts at S(y) is Φ(y), Φ(Φ(y)), ... (Kirchgraber 1986; Stoffer 1993;
    HLW XV.2). It exists as a series if 1 is a simple eigenvalue of V. The modified equation and the inverse are those of Φ.
    """

    one_step = False

    @property
    def matrices(self) -> tuple[tuple[Matrix, ...], Matrix, tuple[Matrix, ...], Matrix]:
        """A for each part of the field, U, B for each part, V."""
        raise NotImplementedError

    def _check(self) -> None:
        """Raise MethodError unless the underlying one-step method is defined."""
        _, U, _, V = self.matrices
        try:
            u = self.start
            _ = self.invariance
        except MethodError:
            raise MethodError(
                "the underlying one-step method needs 1 as a simple eigenvalue of V, with an eigenvector whose first entry is "
                f"not 0; V = {shown([[str(x) for x in row] for row in V])}"
            ) from None
        tolerance = sum_tolerance([x for row in (*U, *V) for x in row])
        for i, row in enumerate(U):
            weight = total([x * v for x, v in zip(row, u, strict=True)])
            if not vanishes(weight - 1, tolerance):
                raise MethodError(
                    f"stage {i} starts from {weight} y where the values are consistent: U u = 1 for V u = u, u_0 = 1"
                )

    @cached_property
    def start(self) -> tuple[Scalar, ...]:
        """The u with V u = u and u_0 = 1: to lowest order the values are u_0 y, u_1 y, ..."""
        return tuple(linear.consistent_values(self.matrices[-1]))

    @cached_property
    def invariance(self) -> Matrix:
        """The inverse of the matrix with the columns -u, (V - I)_1, (V - I)_2, ..., which S and Φ are solved with."""
        return tuple(map(tuple, linear.invariance(self.matrices[-1], self.start)))

    @property
    def derived(self) -> list[Scalar]:
        """What the recursion reads of these two."""
        return [*self.start, *(x for row in self.invariance for x in row), *self._consistency]

    @cached_property
    def _consistency(self) -> list[Scalar]:
        first = self.invariance[0]
        return [total([-x * total(row) for x, row in zip(first, B, strict=True)]) for B in self.matrices[2]]

    @cached_property
    def is_explicit(self) -> bool:
        """Whether the stages can be computed one after the other."""
        return all(map(is_strictly_lower, self.matrices[0]))

    @property
    def stages(self) -> int:
        """The number s of stages."""
        return len(self.matrices[1])

    @property
    def values(self) -> int:
        """The number r of values that are handed on."""
        return len(self.matrices[-1])

    @cached_property
    def is_zero_stable(self) -> bool:
        """Whether powers of V are bounded: its eigenvalues lie in the closed unit disc, those on the circle are not defective.

        Raises MethodError where a coefficient is a symbol.
        """
        if self.parameters:
            raise MethodError(f"the stability of {self.title} needs a number for {self.parameters[0]}")
        V = sympy.Matrix([[to_sympy(x) for x in row] for row in self.matrices[-1]])
        for value, count in V.eigenvals().items():
            size = abs(complex(value))
            if size > 1 + 1e-9 or (size > 1 - 1e-9 and count > 1 and len(value_space(V, value)) < count):
                return False
        return True

    def stability_matrix(self, z: Any = None) -> sympy.Matrix:
        """M(z) = V + zB (I - zA)⁻¹ U, by which a step multiplies the values for y' = λy, z = hλ.

        z : a number or expression, by default the symbol z
        Raises MethodError for a method whose parts have matrices of their own.

        >>> from imde_sym import methods
        >>> methods["two_step_adams_bashforth"].stability_matrix()
        Matrix([
        [3*z/2 + 1, 0, -1/2],
        [        1, 0,    0],
        [        z, 0,    0]])
        """
        (z,) = growth.arguments([] if z is None else [z], 1, self.parameters) or [sympy.sympify(z)]
        return growth.matrix(*self._of_one_part, z)

    def spectral_radius(self, z: Any) -> Any:
        """The largest modulus of an eigenvalue of `stability_matrix`, at a number or an array: steps decay where it is below 1.

        Raises MethodError for symbols, and for a method whose parts have matrices of their own.

        >>> from imde_sym import methods
        >>> round(float(methods["two_step_adams_bashforth"].spectral_radius(-1)), 12)
        1.0
        """
        if self.parameters:
            raise MethodError(f"the stability of {self.title} needs a number for {self.parameters[0]}")
        matrices = self._of_one_part
        try:
            return growth.spectral_radius(*matrices, np.asarray(z, complex))
        except (TypeError, ValueError, OverflowError):
            raise MethodError(f"z must be a number or an array of numbers, got {shown(z)}") from None
        except np.linalg.LinAlgError:
            raise MethodError(f"the stages of {self.title} have no solution at one of the z") from None

    @property
    def _of_one_part(self) -> tuple[Matrix, Matrix, Matrix, Matrix]:
        A, U, B, V = self.matrices
        if len(A) > 1:
            raise MethodError(f"the stability matrix takes methods of one part; {self.title} has {len(A)}")
        return A[0], U, B[0], V

    def recursion(self, space: PreLieSpace) -> GeneralLinearRecursion:
        """The underlying one-step method as a recursion over the grades of `space`."""
        self.check_colors(space.colors)
        A, U, B, _ = self.matrices
        if len(A) == 1:
            A, B = A * space.colors, B * space.colors
        consistency = self._consistency * (space.colors // len(self._consistency))
        return GeneralLinearRecursion(space, A, U, B, self.start, self.invariance, consistency)


def value_space(V: Any, value: Any) -> list[Any]:
    """The eigenvectors of a sympy matrix."""
    return list((V - value * sympy.eye(V.rows)).nullspace(simplify=True))


class GeneralLinear(ValueMethod):
    """Y_i = Σ_l u_il y_l + h Σ_j a_ij f(Y_j) from the values y_l; the new values are Σ_m v_lm y_m + h Σ_j b_lj f(Y_j).

    A : s×s, U : s×r, B : r×s, V : r×r; rows are filled up with zeros. For a field in parts A and B may be lists of matrices, one
        for each part (IMEX methods)
    Value 0 is the approximation of y. Raises MethodError for other shapes, where 1 is not a simple eigenvalue of V, and where
    the stages of consistent values do not start from y (Butcher 2006; Jackiewicz 2009).

    >>> euler_twice = GeneralLinear(A=[[0]], U=[[1]], B=[[1]], V=[[1]])
    >>> euler_twice.order
    1
    >>> euler_twice.stages, euler_twice.values, euler_twice.start, euler_twice.is_zero_stable
    (1, 1, (Fraction(1, 1),), True)
    >>> euler_twice.matrices[-1], euler_twice.invariance, euler_twice.derived
    (((Fraction(1, 1),),), ((Fraction(-1, 1),),), [Fraction(1, 1), Fraction(-1, 1), Fraction(1, 1)])
    """

    family = "general_linear"
    traits = ("is_explicit", "is_zero_stable", "is_exact")

    def __init__(self, A: Any, U: Sequence[Sequence[Any]], B: Any, V: Sequence[Sequence[Any]], *, name: str = "", **info: Any):
        self.V = rows("V", V)
        r = len(self.V)
        self.V, self.U = rows("V", V, r), rows("U", U, r)
        s = len(self.U)
        if not r or not s:
            raise MethodError("a general linear method needs a stage and a value: U and V have no rows")
        self.parted = depth(A) == 3
        if self.parted != (depth(B) == 3) or (self.parted and len(A) != len(B)):
            raise MethodError("A and B are both one matrix, or both a list of matrices, one for each part of the field")
        given_A, given_B = (list(A), list(B)) if self.parted else ([A], [B])
        self._A = tuple(rows(f"A[{v}]" if self.parted else "A", x, s) for v, x in enumerate(given_A))
        self._B = tuple(rows(f"B[{v}]" if self.parted else "B", x, s) for v, x in enumerate(given_B))
        for what, matrices, count in (("A", self._A, s), ("B", self._B, r), ("V", (self.V,), r)):
            if wrong := next((len(x) for x in matrices if len(x) != count), None):
                raise MethodError(f"with {s} stages and {r} values {what} has {count} rows; found {wrong}")
        self.colors = len(self._A)
        self.A: Any = self._A if self.parted else self._A[0]
        self.B: Any = self._B if self.parted else self._B[0]
        self._check()
        super().__init__(name, info)

    @classmethod
    def multistep(cls, alpha: Sequence[Any], *beta: Sequence[Any], name: str = "", **info: Any) -> GeneralLinear:
        """Σ_j alpha_j y_{n+j} = h Σ_ν Σ_j beta^ν_j f_ν(y_{n+j}): a multistep method with a formula for each part of the field.

        alpha, beta : k + 1 numbers each, from the oldest value on. With one beta it is that of `LinearMultistep`; with two
        it is an IMEX method (Ascher, Ruuth, Wetton 1995), the first beta usually with 0 at its end. Raises MethodError for other
        lengths.

        >>> GeneralLinear.multistep([-1, 1], [1, 0], [0, 1]).order
        1
        """
        a, b = numbers("alpha", alpha), [numbers(f"beta[{v}]", x) for v, x in enumerate(beta)]
        k = len(a) - 1
        if k < 1 or not b or any(len(x) != k + 1 for x in b) or a[-1] == 0:
            lengths = [len(x) for x in b]
            raise MethodError(
                f"alpha has {len(a)} entries, beta {lengths}: k + 1 each are needed, k >= 1, and alpha[-1] is not 0"
            )
        one, zero = Fraction(1), Fraction(0)
        old = [-x / a[-1] for x in a[:-1]]
        unit = [[one if i == j else zero for j in range(k)] for i in range(k)]
        A = [[*[[zero] * (k + 1)] * k, [x / a[-1] for x in own]] for own in b]
        B = [[*[[zero] * (k + 1)] * (k - 1), [x / a[-1] for x in own]] for own in b]
        first, last = (A, B) if len(b) > 1 else (A[0], B[0])
        return cls(first, [*unit, old], last, [*unit[1:], old], name=name, **info)

    @property
    def data(self) -> dict[str, Any]:
        """The four matrices."""
        return {"A": self.A, "U": self.U, "B": self.B, "V": self.V}

    @property
    def kind(self) -> str:
        """What the method is, for titles."""
        parts = f" of {self.colors} parts" if self.parted else ""
        return f"general linear method{parts} with {self.stages} stages and {self.values} values"

    @property
    def matrices(self) -> tuple[tuple[Matrix, ...], Matrix, tuple[Matrix, ...], Matrix]:
        """A for each part of the field, U, B for each part, V."""
        return self._A, self.U, self._B, self.V

    def latex(self) -> str:
        """The four matrices."""
        A, B = (", ".join(map(formulas.matrix, x)) for x in (self._A, self._B))
        return rf"A = {A}, \quad U = {formulas.matrix(self.U)}, \quad B = {B}, \quad V = {formulas.matrix(self.V)}"


class TwoStep(ValueMethod):
    """Two-step Runge-Kutta methods: stages of this step and of the one before.

    Y_i = (1 - u_i) y_n + u_i y_{n-1} + h Σ_j (a_ij f(Y_j) + b_ij f(Y_j of the last step)),
    y_{n+1} = (1 - theta) y_n + theta y_{n-1} + h Σ_j (v_j f(Y_j) + w_j f(Y_j of the last step)).

    theta : a number; u, v, w : s numbers; A, B : s rows, filled up with zeros
    (Jackiewicz, Tracogna 1995.) Raises MethodError for data of the wrong shape, and for theta = -1, where 1 is not a simple root.

    >>> ab2 = TwoStep(theta=0, u=[0], A=[[0]], B=[[0]], v=["3/2"], w=["-1/2"])
    >>> ab2.order
    2
    >>> ab2.general.order, len(ab2.matrices[-1])
    (2, 3)
    """

    family = "two_step"
    traits = ("is_explicit", "is_zero_stable", "is_exact")

    def __init__(
        self,
        theta: Any,
        u: Sequence[Any],
        A: Sequence[Sequence[Any]],
        B: Sequence[Sequence[Any]],
        v: Sequence[Any],
        w: Sequence[Any],
        *,
        name: str = "",
        **info: Any,
    ):
        self.theta = numbers("theta", [theta])[0]
        self.u, self.v, self.w = numbers("u", u), numbers("v", v), numbers("w", w)
        s = len(self.v)
        self.A, self.B = rows("A", A, s), rows("B", B, s)
        lengths = {"u": len(self.u), "w": len(self.w), "A": len(self.A), "B": len(self.B)}
        if wrong := next((key for key, n in lengths.items() if n != s or not s), None):
            raise MethodError(f"a two-step method with {s} weights v needs {s} entries of {wrong}, found {lengths[wrong]}")
        self._check()
        super().__init__(name, info)

    @property
    def data(self) -> dict[str, Any]:
        """The defining numbers, by name."""
        return {"theta": self.theta, "u": self.u, "A": self.A, "B": self.B, "v": self.v, "w": self.w}

    @property
    def kind(self) -> str:
        """What the method is, for titles."""
        return f"{self.stages}-stage two-step Runge-Kutta method"

    @property
    def matrices(self) -> tuple[tuple[Matrix, ...], Matrix, tuple[Matrix, ...], Matrix]:
        """Those of the general linear method whose values are y_n, y_{n-1} and h f at the stages of the last step."""
        one, zero = Fraction(1), Fraction(0)
        s = range(len(self.v))
        nothing = (zero,) * len(self.v)
        U = tuple((one - u, u, *row) for u, row in zip(self.u, self.B, strict=True))
        V = ((one - self.theta, self.theta, *self.w), (one, zero, *nothing), *((zero, zero, *nothing) for _ in s))
        B = (self.v, nothing, *(tuple(one if i == j else zero for j in s) for i in s))
        return (self.A,), U, (B,), V

    @cached_property
    def ssp_coefficient(self) -> Scalar:
        """Steps up to this multiple of forward Euler's are strong stability preserving; 0 where none are.

        The radius of absolute monotonicity of w = S x + T h f(w): x is y_{n-1}, y_n and the stages of the last step, w these
        stages, those of this step and y_{n+1} (Spijker 2007; Ketcheson, Gottlieb, Macdonald 2011). A stage that is y_n was
        y_{n-1} in the last step.
        Raises MethodError for symbols and complex data.

        >>> TwoStep(theta="1/4", u=[0], A=[[0]], B=[[0]], v=["3/2"], w=["1/8"]).ssp_coefficient
        Fraction(1, 2)
        """
        s, zero, one = len(self.v), Fraction(0), Fraction(1)
        old: list[list[Scalar]] = [
            [one if j == (0 if self._is_start(i) else i + 2) else zero for j in range(s + 2)] for i in range(s)
        ]
        mixed: list[list[Scalar]] = [[u, one - u, *[zero] * s] for u in (*self.u, self.theta)]
        T: list[list[Scalar]] = [[zero] * (2 * s + 1)] * s
        T += [[*row, *own, zero] for row, own in zip((*self.B, self.w), (*self.A, self.v), strict=True)]
        return spijker_coefficient(old + mixed, T, self.numbers)

    def _is_start(self, i: int) -> bool:
        return not any((self.u[i], *self.A[i], *self.B[i]))

    @property
    def general(self) -> GeneralLinear:
        """The same as a general linear method."""
        (A,), U, (B,), V = self.matrices
        return GeneralLinear(A, U, B, V, name=self.name)

    def latex(self) -> str:
        """The defining numbers."""
        A, B = formulas.matrix(self.A), formulas.matrix(self.B)
        u, v, w = (formulas.matrix([x]) for x in (self.u, self.v, self.w))
        theta = formulas.matrix([[self.theta]])
        return rf"\theta = {theta}, \quad u^T = {u}, \quad A = {A}, \quad B = {B}, \quad v^T = {v}, \quad w^T = {w}"
