"""ButcherTableau: a Runge-Kutta method as exact data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from html import escape
from typing import Any, Self

import sympy

from ...base.checks import check_count
from ...base.errors import MethodError
from ...base.tables import Table
from ...base.values import read_json
from ...rings import Scalar, scalar_from_json, vanishes
from ...trees import RootedTree
from .. import display
from ..method import Method
from ..notations import with_parameters
from ..plain import names_in, numbers, rows, write
from ..reading import filled, read_tableau
from ..theory import assumptions
from ..theory.assumptions import SimplifyingAssumptions
from ..theory.order import MAX_COMPUTED_ORDER
from ..theory.ssp import ssp_coefficient
from ..theory.stability import StabilityFunction
from ..theory.stages import (
    MAX_STAGES,
    Stages,
    agreeing_abscissa,
    is_strictly_lower,
    symmetric_residuals,
    symplectic_residuals,
    total,
)
from ..value import HEAD, digits_of
from .questions import StageQuestions

FORMAT = "imde_sym/tableau"
CONVERTERS: dict[str, Callable[..., Any]] = {}
"""What reads solvers of other libraries and writes them, by the name of the method here that offers it: `solvers`, which
stands above the families, enters it."""


class ButcherTableau(StageQuestions, Method):
    """A Runge-Kutta method: stages g_i = f(y + h Σ_j a_ij g_j), result y + h Σ_i b_i g_i.

    A : s×s entries; rows of explicit and lower triangular methods may leave out their zeros: [[], ["1/2"]]. Without b: the whole
        tableau as text with bars, CSV, LaTeX or JSON, or as one (s+1)×(s+1) array with c before and b below (`reading`)
    b : s weights; their sum may differ from 1 (the method is then not consistent, and says `order` 0)
    c : s abscissae, by default the row sums of A, with which they must agree; decimals of fewer digits than A has are
        compared to the digits that they have, and replaced by the row sums
    check_c : False takes c as given. It is the time of the stages; nothing else depends on it, so such a method is for
        fields that do not depend on time
    b_hat : s weights of an embedded formula (`embedded` is the method with these weights)
    parameters : symbols in entries that are text, as in VectorField: "alpha", "alpha = 1/2", or "auto" for all names
    Entries: int, Fraction, "1/2", sympy numbers or expressions, float, complex, mpmath numbers. Exact
    entries stay exact (rational ones become Fraction); floats stay floats.
    Raises MethodError for data of the wrong shape, RingError for entries that are no finite numbers.

    >>> m = ButcherTableau(A=[[0, 0], ["1/2", 0]], b=[0, 1], name="explicit midpoint")
    >>> m.stages, m.order, m.is_explicit, m.c
    (2, 2, True, (Fraction(0, 1), Fraction(1, 2)))
    >>> ButcherTableau("0 | \\n α | α\\n--\\n | 1-1/(2α) 1/(2α)", parameters="α").order
    2
    >>> m == ButcherTableau("0 | \\n1/2 | 1/2\\n--\\n | 0 1")
    True
    """

    family = "runge_kutta"
    traits = ("is_explicit", "is_symplectic", "is_exact")

    def __init__(
        self,
        A: Any,
        b: Any = None,
        c: Any = None,
        *,
        b_hat: Any = None,
        check_c: bool = True,
        parameters: Any = None,
        name: str = "",
        **info: Any,
    ):
        A, b, c, b_hat = with_parameters(read_tableau(A, b, c, b_hat), parameters)
        self.b = numbers("b", b)
        s = len(self.b)
        if not 1 <= s <= MAX_STAGES:
            raise MethodError(f"b has {s} entries; 1 to {MAX_STAGES} stages are accepted")
        self.A = _matrix(A, s)
        sums = tuple(map(total, self.A))
        given = sums if c is None else numbers("c", c)
        if len(given) != s:
            raise MethodError(f"c has {len(given)} entries, b has {s}: they must have one for each stage")
        if check_c:
            given = tuple(agreeing_abscissa(i, *pair) for i, pair in enumerate(zip(given, self.A, strict=True)))
        self.c = given
        self.given_c = None if check_c or all(vanishes(x - y) for x, y in zip(given, sums, strict=True)) else given
        self.b_hat = None if b_hat is None else numbers("b_hat", b_hat)
        if self.b_hat is not None and len(self.b_hat) != s:
            raise MethodError(f"b_hat has {len(self.b_hat)} entries, b has {s}")
        super().__init__(name, info)

    # -- data -----------------------------------------------------------------------------------
    @property
    def data(self) -> dict[str, Any]:
        """A and b, and c where it was given and is not the row sums."""
        return {"A": self.A, "b": self.b} | ({"c": self.given_c} if self.given_c is not None else {})

    @property
    def kind(self) -> str:
        """With its number of stages."""
        return f"{self.stages}-stage Runge-Kutta method"

    @property
    def stages(self) -> int:
        """The number s of stages."""
        return len(self.b)

    @property
    def embedded(self) -> ButcherTableau:
        """The method with the embedded weights b_hat. Raises MethodError where there are none.

        >>> from imde_sym import methods
        >>> methods["dopri5"].embedded.b[:2]
        (Fraction(5179, 57600), Fraction(0, 1))
        """
        if self.b_hat is None:
            raise MethodError(f"{self.title} has no embedded formula")
        kept = digits_of(self) | {k: v for k, v in self.info.items() if k == "constants"}
        return self._with(Stages(self.A, self.b_hat, self.given_c), f"{self.name}_embedded" if self.name else "", kept)

    # -- stages ---------------------------------------------------------------------------------
    @property
    def one_tableau(self) -> ButcherTableau:
        """The tableau itself."""
        return self

    @property
    def own_times(self) -> bool:
        """Whether c was given and is not the row sums."""
        return self.given_c is not None

    def with_tableaux(self, parts: Sequence[Stages], name: str, info: Mapping[str, Any]) -> ButcherTableau:
        """The tableau of these stages.

        Raises MethodError for what is not one tableau.

        >>> from imde_sym import methods
        >>> from imde_sym.method.theory.stages import reversed_stages
        >>> rk4 = methods["rk4"]
        >>> rk4.with_tableaux([reversed_stages(rk4)], "backwards", {}).b, rk4.one_tableau is rk4, rk4.own_times
        ((Fraction(1, 6), Fraction(1, 3), Fraction(1, 3), Fraction(1, 6)), True, False)
        """
        return self._with(parts[0], name, info)

    @classmethod
    def _with(cls, stages: Stages, name: str, info: Mapping[str, Any]) -> ButcherTableau:
        A, b, c = stages
        return ButcherTableau(A, b, c, check_c=c is None, name=name, **info)

    @cached_property
    def is_explicit(self) -> bool:
        """Whether the stages can be computed one after the other.

        >>> from imde_sym import methods
        >>> methods["rk4"].is_explicit, methods["implicit_euler"].is_explicit
        (True, False)
        """
        return is_strictly_lower(self.A)

    @cached_property
    def is_symplectic(self) -> bool:
        """b_i a_ij + b_j a_ji = b_i b_j for all i, j (Sanz-Serna 1988; HLW Thm VI.4.3).

        >>> from imde_sym import methods
        >>> methods["implicit_midpoint"].is_symplectic, methods["trapezoid"].is_symplectic
        (True, False)
        """
        return self.numbers.satisfy(symplectic_residuals(self.A, self.b))

    @cached_property
    def is_symmetric(self) -> bool:
        """a_ij + a_{s+1-i,s+1-j} = b_j with the stages in the order of c (HLW Thm V.2.3).

        >>> from imde_sym import methods
        >>> methods["trapezoid"].is_symmetric, methods["rk4"].is_symmetric
        (True, False)
        """
        return self.numbers.satisfy(symmetric_residuals([self]))

    # -- accuracy -------------------------------------------------------------------------------
    @cached_property
    def simplifying_assumptions(self) -> SimplifyingAssumptions:
        """The largest p, q, r with B(p), C(q), D(r) (HNW II.7).

        >>> from imde_sym import methods
        >>> methods["gauss2"].simplifying_assumptions
        SimplifyingAssumptions(B=4, C=2, D=2)
        """
        return assumptions.simplifying_assumptions(self, self.numbers)

    @property
    def stage_order(self) -> int:
        """The largest q with B(q) and C(q): the order that is left on the stiffest problems (HW IV.15).

        >>> from imde_sym import methods
        >>> methods["gauss2"].stage_order, methods["rk4"].stage_order
        (2, 1)
        """
        return int(min(self.simplifying_assumptions.B, self.simplifying_assumptions.C))

    @property
    def embedded_order(self) -> int | None:
        """The computed order of the embedded formula; None where there is none.

        >>> from imde_sym import methods
        >>> methods["dopri5"].embedded_order
        4
        """
        return None if self.b_hat is None else self.embedded.order

    @cached_property
    def principal_error(self) -> dict[RootedTree, Scalar]:
        """(Φ(t) - 1/γ(t)) / σ(t) for every tree of order p + 1.

        >>> from imde_sym import methods
        >>> methods["explicit_midpoint"].principal_error
        {RootedTree('[[],[]]'): Fraction(-1, 24), RootedTree('[[[]]]'): Fraction(-1, 6)}
        """
        return self.errors_at(self.order + 1)

    def errors_at(self, order: int) -> dict[RootedTree, Scalar]:
        """(Φ(t) - 1/γ(t)) / σ(t) for every tree of an order.

        Raises MethodError for an order that is not a whole number from 1 to 16.

        >>> from imde_sym import methods
        >>> methods["explicit_midpoint"].errors_at(2), methods["explicit_midpoint"].errors_at(1)
        ({RootedTree('[[]]'): Fraction(0, 1)}, {RootedTree('[]'): Fraction(0, 1)})
        """
        return assumptions.principal_error(
            self, self.numbers, check_count(order, "the order", 1, MAX_COMPUTED_ORDER + 2, MethodError) - 1
        )

    @property
    def principal_error_norm(self) -> float:
        """The Euclidean norm of `principal_error`, by which pairs are compared (Dormand and Prince 1980).

        Raises MethodError if the tableau has free parameters.

        >>> from imde_sym import methods
        >>> round(methods["dopri5"].principal_error_norm, 6)
        0.000399
        """
        if self.parameters:
            raise MethodError(f"the norm of the principal error needs a number for {self.parameters[0]}")
        return math.hypot(*(abs(complex(x)) for x in self.principal_error.values()))

    @property
    def error_constant(self) -> Scalar:
        """C in e^z - R(z) = C z^(q + 1) + ..., q = `stability.order` >= `order`.

        >>> from imde_sym import methods
        >>> methods["rk4"].error_constant
        Fraction(1, 120)
        """
        return self.stability.error_constant

    # -- linear stability -----------------------------------------------------------------------
    @cached_property
    def stability(self) -> StabilityFunction:
        """R as an object with coefficients and properties.

        >>> from imde_sym import methods
        >>> methods["heun2"].stability.order
        2
        """
        return StabilityFunction(self, self.numbers)

    def stability_function(self, z: Any = None) -> Any:
        """R(z): a sympy expression for a symbol (by default z) or expression, complex numbers for numbers and arrays.

        Raises MethodError for a z that is none of these.

        >>> from imde_sym import methods
        >>> methods["heun2"].stability_function(), methods["heun2"].stability_function(-0.5)
        ((z**2 + 2*z + 2)/2, np.complex128(0.625+0j))
        """
        return self.stability.as_expr() if z is None else self.stability(z)

    @property
    def growth(self) -> StabilityFunction:
        """R, as linear theory asks for it.

        >>> from imde_sym import methods
        >>> methods["heun2"].growth.as_expr()
        (z**2 + 2*z + 2)/2
        """
        return self.stability

    @property
    def is_a_stable(self) -> bool:
        """|R(z)| <= 1 for Re z <= 0.

        >>> from imde_sym import methods
        >>> methods["implicit_midpoint"].is_a_stable, methods["rk4"].is_a_stable
        (True, False)
        """
        return self.stability.is_a_stable

    @property
    def is_l_stable(self) -> bool:
        """A-stable with R(∞) = 0.

        >>> from imde_sym import methods
        >>> methods["implicit_euler"].is_l_stable, methods["implicit_midpoint"].is_l_stable
        (True, False)
        """
        return self.stability.is_l_stable

    @property
    def is_i_stable(self) -> bool:
        """|R(iy)| <= 1 for all real y.

        >>> from imde_sym import methods
        >>> methods["implicit_euler"].is_i_stable, methods["rk4"].is_i_stable
        (True, False)
        """
        return self.stability.is_i_stable

    @property
    def is_p_stable(self) -> bool:
        """|R(iy)| = 1 for all real y.

        >>> from imde_sym import methods
        >>> methods["implicit_midpoint"].is_p_stable, methods["implicit_euler"].is_p_stable
        (True, False)
        """
        return self.stability.is_p_stable

    @property
    def imaginary_stability_interval(self) -> sympy.Expr:
        """The largest β with |R(iy)| <= 1 for |y| <= β; oo if for all y.

        >>> from imde_sym import methods
        >>> methods["rk4"].imaginary_stability_interval
        2*sqrt(2)
        """
        return self.stability.imaginary_interval

    def imaginary_stability_within(self, tolerance: float = 1e-12) -> sympy.Expr:
        """`imaginary_stability_interval` with what is rounding left out: by how far published decimals miss |R(iy)| = 1.

        tolerance : coefficients of |D(iy)|² - |N(iy)|², N/D = R, count as zero below so much of the terms that they are sums of
        Raises MethodError where it is not a number from 0 to 0.01.

        >>> from imde_sym import methods
        >>> nearly = ButcherTableau(methods["rk4"].A, ["1667/10000", "1/3", "1/3", "4999/30000"])
        >>> nearly.imaginary_stability_interval, nearly.imaginary_stability_within(0.001).evalf(4)
        (0, 2.828)
        """
        return self.stability.imaginary_within(tolerance)

    @property
    def real_stability_interval(self) -> sympy.Expr:
        """The largest α with |R(x)| <= 1 for -α <= x <= 0; oo if for all x <= 0.

        >>> from imde_sym import methods
        >>> round(float(methods["rk4"].real_stability_interval), 4)
        2.7853
        """
        return self.stability.real_interval

    @property
    def dispersion_order(self) -> int:
        """q in y - arg R(iy) = O(y^(q + 1)).

        >>> from imde_sym import methods
        >>> methods["rk4"].dispersion_order
        4
        """
        return self.stability.dispersion_order

    @property
    def dissipation_order(self) -> int | sympy.Expr:
        """q in 1 - |R(iy)| = O(y^(q + 1)); oo where |R(iy)| = 1.

        >>> from imde_sym import methods
        >>> methods["rk4"].dissipation_order
        5
        """
        return self.stability.dissipation_order

    @cached_property
    def ssp_coefficient(self) -> Scalar:
        """The radius of absolute monotonicity: steps up to this multiple of forward Euler's are strong stability preserving.

        >>> from imde_sym import methods
        >>> methods["ssprk33"].ssp_coefficient
        Fraction(1, 1)
        """
        return ssp_coefficient(self, self.numbers)

    # -- structure ------------------------------------------------------------------------------
    @property
    def is_stiffly_accurate(self) -> bool:
        """The last row of A equals b.

        >>> from imde_sym import methods
        >>> methods["implicit_euler"].is_stiffly_accurate, methods["rk4"].is_stiffly_accurate
        (True, False)
        """
        return self.A[-1] == self.b

    @property
    def is_fsal(self) -> bool:
        """First same as last: the last stage of a step is the first of the next.

        >>> from imde_sym import methods
        >>> methods["dopri5"].is_fsal, methods["rk4"].is_fsal
        (True, False)
        """
        return self.stages > 1 and self.is_stiffly_accurate and not any(self.A[0])

    @property
    def is_confluent(self) -> bool:
        """Two abscissae coincide.

        >>> from imde_sym import methods
        >>> methods["rk4"].is_confluent  # c = 0, 1/2, 1/2, 1
        True
        """
        return len(set(self.c)) < self.stages

    # -- how it is shown ------------------------------------------------------------------------
    def __repr__(self) -> str:
        rows = ", ".join("[" + ", ".join(map(str, row)) + "]" for row in self.A)
        name = f", name={self.name!r}" if self.name else ""
        return f"ButcherTableau(A=[{rows}], b=[{', '.join(map(str, self.b))}]{name})"

    def __str__(self) -> str:
        return display.tableau_text(*self._shown)

    def latex(self) -> str:
        r"""The tableau as a LaTeX array with its lines as in a book.

        >>> from imde_sym import methods
        >>> print(methods["explicit_euler"].latex())
        \begin{array}{c|c}
        0 & 0 \\ \hline
         & 1
        \end{array}
        """
        return display.array_latex(*self._shown)

    def _repr_html_(self) -> str:
        return display.tableau_html(self.title, *self._shown, self.is_explicit)

    @property
    def _shown(self) -> tuple[Sequence[Any], Sequence[Sequence[Any]], list[Sequence[Any]]]:
        """c, A and the rows of weights, as they are displayed."""
        weights: list[Sequence[Any]] = [self.b] if self.b_hat is None else [self.b, self.b_hat]
        if not self.decimals:
            return self.c, self.A, weights
        found: list[Sequence[Any]] = [[*map(display.as_typed, row)] for row in (self.c, *self.A, *weights)]
        return found[0], found[1 : self.stages + 1], found[self.stages + 1 :]

    def describe(self) -> Table:
        """A report of the method: tableau, accuracy, stability, structure. Prints as text.

        Cost: that of all properties: mostly milliseconds, about a second for 16 stages or large number fields.

        >>> from imde_sym.methods import methods
        >>> print(methods["explicit_midpoint"].describe().splitlines()[-1])
        SSP coefficient     0
        """
        R, shown = self.stability, ("symplectic", "symmetric", "stiffly_accurate", "fsal", "confluent")
        words = {"fsal": "FSAL", "stiffly_accurate": "stiffly accurate"}
        kinds = [words.get(k, k) for k in shown if getattr(self, f"is_{k}")]
        rows: dict[str, Any] = {
            "kind": ", ".join(["explicit" if self.is_explicit else "implicit", *kinds]),
            "data": display.rounding_sentence(self.numbers, self.is_exact) or ("exact" if self.is_exact else "floating point"),
            "stages": self.stages,
            "order": lambda: str(self.order) + ("" if self.b_hat is None else f"; embedded formula {self.embedded_order}"),
            "stage order": lambda: self.stage_order,
            "assumptions": lambda: "B({}), C({}), D({})".format(*self.simplifying_assumptions),
            "principal error": lambda: f"norm {self.principal_error_norm:.4g} over the trees of order {self.order + 1}",
            "R(z)": lambda: R.short_form(display.LONG),
            "e^z - R(z)": lambda: f"{display.short(R.error_constant)} z^{R.order + 1} + ...",
            "stability": lambda: ", ".join(
                f"{letter}-stable: {'yes' if getattr(R, f'is_{letter.lower()}_stable') else 'no'}" for letter in "ALIP"
            ),
            "imaginary interval": lambda: display.intervals(R.imaginary_interval, R.imaginary_within()),
            "real interval": lambda: display.number_text(R.real_interval),
            "dispersion order": lambda: R.dispersion_order,
            "dissipation order": lambda: R.dissipation_order,
            "SSP coefficient": lambda: self.ssp_coefficient,
            "note": self.info.get("note", ""),
        }
        source = [text for text in (self.reference, self.doi and f"doi:{self.doi}") if text]
        head = [self.title, *source, "", display.fitting_text(*self._shown), ""]
        return display.report(head, rows, picture="".join(f"<p>{escape(s)}</p>" for s in source) + self._repr_html_())

    # -- plain data -----------------------------------------------------------------------------
    def to_dict(self) -> dict[str, Any]:
        """Exact plain data: rationals and roots as strings, floats as numbers; `from_json` reads them back.

        >>> from imde_sym import methods
        >>> methods["explicit_midpoint"].to_dict()["A"]
        [['0', '0'], ['1/2', '0']]
        """
        data = super().to_dict()
        data["format"] = FORMAT
        if self.b_hat is not None:
            data["b_hat"] = write(self.b_hat, self.written_names)
        if self.given_c is not None:
            data["check_c"] = False
        return data

    @classmethod
    def from_json(cls, text: Any) -> ButcherTableau:
        """Read a tableau: an object with "A", "b" and optionally "c", "b_hat", "name", "symbols".

        Raises MethodError for anything else; strings are parsed, never evaluated.

        >>> ButcherTableau.from_json('{"A": [["1/2"]], "b": [1]}').order
        2
        """
        return cls._of_data(read_json(text, "tableau", MethodError))

    @classmethod
    def _of_data(cls, data: Any) -> Self:
        if not isinstance(data, Mapping) or "b" not in data or "A" not in data:
            found = f"an object with {', '.join(map(str, data))}" if isinstance(data, Mapping) else type(data).__name__
            raise MethodError(f'a tableau is a JSON object with "A" (list of rows) and "b" (list); found {found}')
        names = names_in(data)

        def read(key: str, value: Any) -> list[Any]:
            if not isinstance(value, list):
                raise MethodError(f'"{key}" must be a list, got {str(value)[:40]!r}')
            return [scalar_from_json(x, names) for x in value]

        if not isinstance(data["A"], list):
            raise MethodError(f'"A" must be a list of rows, got {str(data["A"])[:40]!r}')
        own = {*HEAD, *cls.keys, "b_hat", "check_c", "self"}
        c, b_hat = (read(key, data[key]) if data.get(key) is not None else None for key in ("c", "b_hat"))
        return cls(
            [read("A", row) for row in data["A"]],
            read("b", data["b"]),
            c,
            b_hat=b_hat,
            check_c=data.get("check_c", True) is not False,
            name=str(data.get("name", "")),
            **{str(k): v for k, v in data.items() if k not in own},
        )

    # -- other libraries ------------------------------------------------------------------------
    @classmethod
    def from_scipy(cls, solver: Any) -> ButcherTableau:
        """The tableau of a solver of scipy.integrate: "RK23", "RK45", "DOP853", "Radau" or its class.

        Known floats become the exact entry of the catalogue (`info["source"]` says which). All of them
        adapt their steps: `info["note"]` says what that means. Raises MethodError for a solver without a tableau
        (BDF, LSODA), UnknownNameError for another name, MissingLibraryError without SciPy.

        >>> import scipy
        >>> tableau = ButcherTableau.from_scipy("RK23")
        >>> tableau.b, tableau.order
        ((Fraction(2, 9), Fraction(1, 3), Fraction(4, 9), Fraction(0, 1)), 3)
        """
        return CONVERTERS["from_scipy"](solver)  # type: ignore[no-any-return]

    @classmethod
    def from_diffrax(cls, solver: Any, part: str | None = None) -> ButcherTableau:
        """The tableau of a diffrax solver, instance or class, as `from_scipy` does.

        part : "explicit" or "implicit", for the additive pairs KenCarp3-5 and Sil3.
        Raises MethodError for solvers without a tableau and for step size controllers, saying what to do.

        >>> import diffrax
        >>> ButcherTableau.from_diffrax(diffrax.Heun()).b
        (Fraction(1, 2), Fraction(1, 2))
        """
        return CONVERTERS["from_diffrax"](solver, part)  # type: ignore[no-any-return]

    @classmethod
    def from_torchdiffeq(cls, solver: Any) -> ButcherTableau:
        """The tableau of a method of torchdiffeq.odeint ("dopri5", "rk4", ...), name or class, as `from_scipy` does.

        Raises MethodError for a method without a tableau, UnknownNameError for another name, MissingLibraryError without
        torchdiffeq.

        >>> import torchdiffeq
        >>> ButcherTableau.from_torchdiffeq("midpoint").A
        ((Fraction(0, 1), Fraction(0, 1)), (Fraction(1, 2), Fraction(0, 1)))
        """
        return CONVERTERS["from_torchdiffeq"](solver)  # type: ignore[no-any-return]

    @classmethod
    def from_nodepy(cls, method: Any) -> ButcherTableau:
        """The tableau of a NodePy Runge-Kutta method; exact entries stay exact. Raises MethodError for what has no A and b.

        >>> from nodepy import rk
        >>> ButcherTableau.from_nodepy(rk.loadRKM("RK44")).b
        (Fraction(1, 6), Fraction(1, 3), Fraction(1, 3), Fraction(1, 6))
        """
        return CONVERTERS["from_nodepy"](method)  # type: ignore[no-any-return]

    def to_nodepy(self) -> Any:
        """The method as an object of NodePy. Raises MissingLibraryError without it.

        >>> import nodepy
        >>> from imde_sym import methods
        >>> methods["rk4"].to_nodepy().order()
        4
        """
        return CONVERTERS["to_nodepy"](self)

    def to_julia(self) -> str:
        """The tableau as a function of Julia, as OrdinaryDiffEq writes them; `ButcherTableau` reads such text back.

        Roots become sqrt(big(3)), other algebraic numbers decimals of 50 digits. Raises MethodError for symbols.

        >>> from imde_sym import methods
        >>> print(methods["heun2"].to_julia().splitlines()[5])
            c = [0, 1]
        >>> ButcherTableau(methods["heun2"].to_julia()) == methods["heun2"]
        True
        """
        return CONVERTERS["to_julia"](self)  # type: ignore[no-any-return]


def _matrix(A: Sequence[Sequence[Any]], s: int) -> tuple[tuple[Scalar, ...], ...]:
    found = tuple(map(tuple, filled(rows("A", A), s)))
    if len(found) != s:
        raise MethodError(f"A has {len(found)} rows, b has {s} entries: A must be {s}×{s}")
    for i, row in enumerate(found):
        if len(row) != s:
            raise MethodError(f"row {i} of A has {len(row)} entries: A must be square, here {s}×{s}")
    return found
