"""ButcherTableau: a Runge-Kutta method as exact data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy

from ..base.errors import MAX_COLORS, MethodError, check_count
from ..base.pictures import Pictured
from ..base.values import read_json
from ..rings import Scalar, is_exact, scalar, scalar_from_json, sum_tolerance, to_sympy, vanishes
from . import display
from .analysis import Analysis
from .method import rounding_tags
from .plain import names_in, numbers, rows, write
from .reading import filled, read_tableau
from .weights import holds

FORMAT = "imde_sym/tableau"
MAX_STAGES = 100


class ButcherTableau(Pictured, Analysis):
    """A Runge-Kutta method: stages g_i = f(y + h Σ_j a_ij g_j), result y + h Σ_i b_i g_i.

    A : s×s entries; rows of explicit and lower triangular methods may leave out their zeros: [[], ["1/2"]]. Without b: the whole
        tableau as text with bars, CSV, LaTeX or JSON, or as one (s+1)×(s+1) array with c before and b below (`reading`)
    b : s weights; their sum may differ from 1 (the method is then not consistent, and says `order` 0)
    c : s abscissae, by default the row sums of A, with which they must agree; decimals of fewer digits than A has are
        compared to the digits that they have, and replaced by the row sums
    check_c : False takes c as given. It is the time of the stages; nothing else depends on it, so such a method is for
        fields that do not depend on time
    b_hat : s weights of an embedded formula (`embedded` is the method with these weights)
    Entries: int, Fraction, "1/2", sympy numbers or expressions, float, complex, mpmath numbers. Exact
    entries stay exact (rational ones become Fraction); floats stay floats.
    Raises MethodError for data of the wrong shape, RingError for entries that are no finite numbers.

    >>> m = ButcherTableau(A=[[0, 0], ["1/2", 0]], b=[0, 1], name="explicit midpoint")
    >>> m.stages, m.order, m.is_explicit, m.c
    (2, 2, True, (Fraction(0, 1), Fraction(1, 2)))
    >>> m == ButcherTableau("0 | \\n1/2 | 1/2\\n--\\n | 0 1")
    True
    """

    family = "runge_kutta"
    view = "plot_stability_region"

    def __init__(
        self,
        A: Any,
        b: Any = None,
        c: Any = None,
        *,
        b_hat: Any = None,
        check_c: bool = True,
        name: str = "",
        **info: Any,
    ):
        A, b, c, b_hat = read_tableau(A, b, c, b_hat)
        self.b = numbers("b", b)
        s = len(self.b)
        if not 1 <= s <= MAX_STAGES:
            raise MethodError(f"b has {s} entries; 1 to {MAX_STAGES} stages are accepted")
        self.A = _matrix(A, s)
        sums = tuple(_simplify(sum(row, Fraction(0))) for row in self.A)
        given = sums if c is None else numbers("c", c)
        if len(given) != s:
            raise MethodError(f"c has {len(given)} entries, b has {s}: they must have one for each stage")
        if check_c:
            given = tuple(_abscissa(i, *pair) for i, pair in enumerate(zip(given, sums, self.A, strict=True)))
        self.c = given
        self.given_c = None if check_c or all(vanishes(x - y) for x, y in zip(given, sums, strict=True)) else given
        self.b_hat = None if b_hat is None else numbers("b_hat", b_hat)
        if self.b_hat is not None and len(self.b_hat) != s:
            raise MethodError(f"b_hat has {len(self.b_hat)} entries, b has {s}")
        super().__init__(name, info)

    # -- data -----------------------------------------------------------------------------------
    @property
    def data(self) -> dict[str, Any]:
        return {"A": self.A, "b": self.b} | ({"c": self.given_c} if self.given_c is not None else {})

    @property
    def kind(self) -> str:
        return f"{self.stages}-stage Runge-Kutta method"

    @property
    def stages(self) -> int:
        return len(self.b)

    @property
    def embedded(self) -> ButcherTableau:
        """The method with the embedded weights b_hat. Raises MethodError where there are none."""
        if self.b_hat is None:
            raise MethodError(f"{self.title} has no embedded formula")
        kept = rounding_tags(self) | {k: v for k, v in self.info.items() if k == "constants"}
        name = f"{self.name}_embedded" if self.name else ""
        return ButcherTableau(self.A, self.b_hat, name=name, **kept)

    # -- properties -----------------------------------------------------------------------------
    @cached_property
    def is_explicit(self) -> bool:
        return all(a == 0 for i, row in enumerate(self.A) for a in row[i:])

    @cached_property
    def is_symplectic(self) -> bool:
        """b_i a_ij + b_j a_ji = b_i b_j for all i, j (Sanz-Serna 1988; HLW Thm VI.4.3)."""
        s = range(self.stages)

        def residuals(number: Callable[[Scalar], Any]) -> Iterator[Any]:
            A, b = [[number(a) for a in row] for row in self.A], [number(x) for x in self.b]
            return (b[i] * A[i][j] + b[j] * A[j][i] - b[i] * b[j] for i in s for j in s if j <= i)

        return holds(self, residuals)

    @cached_property
    def is_symmetric(self) -> bool:
        """a_ij + a_{s+1-i,s+1-j} = b_j with the stages in the order of c (HLW Thm V.2.3)."""
        numeric = [complex(to_sympy(x)) if not to_sympy(x).free_symbols else 0j for x in self.c]
        up = sorted(range(self.stages), key=lambda i: numeric[i].real)

        def residuals(number: Callable[[Scalar], Any]) -> Iterator[Any]:
            A, b = [[number(a) for a in row] for row in self.A], [number(x) for x in self.b]
            return (A[i][j] + A[up[-1 - k]][up[-1 - m]] - b[j] for k, i in enumerate(up) for m, j in enumerate(up))

        return holds(self, residuals)

    def tableaux(self, colors: int) -> tuple[ButcherTableau, ...]:
        return (self,) * check_count(colors, "the number of colours", 1, MAX_COLORS, MethodError)

    # -- values ---------------------------------------------------------------------------------
    def __repr__(self) -> str:
        rows = ", ".join("[" + ", ".join(map(str, row)) + "]" for row in self.A)
        name = f", name={self.name!r}" if self.name else ""
        return f"ButcherTableau(A=[{rows}], b=[{', '.join(map(str, self.b))}]{name})"

    def __str__(self) -> str:
        return display.tableau_text(self)

    def latex(self) -> str:
        """The tableau as a LaTeX array with its lines as in a book."""
        return display.tableau_latex(self)

    def _repr_html_(self) -> str:
        return display.tableau_html(self)

    def to_dict(self) -> dict[str, Any]:
        """Exact plain data: rationals and roots as strings, floats as numbers; `from_json` reads them back."""
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
        """
        return tableau_from_data(read_json(text, "tableau", MethodError))


    # -- other libraries ------------------------------------------------------------------------
    @classmethod
    def from_scipy(cls, solver: Any) -> ButcherTableau:
        """The tableau of a solver of scipy.integrate: "RK23", "RK45", "DOP853", "Radau" or its class.

        Known floats become the exact entry of the catalogue (`info["source"]` says which). All of them
        adapt their steps: `info["note"]` says what that means. Raises MethodError for a solver without a tableau
        (BDF, LSODA), UnknownNameError for another name, MissingLibraryError without SciPy.
        """
        from .converters import from_scipy

        return from_scipy(solver)

    @classmethod
    def from_diffrax(cls, solver: Any, part: str | None = None) -> ButcherTableau:
        """The tableau of a diffrax solver, instance or class, as `from_scipy` does.

        part : "explicit" or "implicit", for the additive pairs KenCarp3-5 and Sil3.
        Raises MethodError for solvers without a tableau and for step size controllers, saying what to do.
        """
        from .converters import from_diffrax

        return from_diffrax(solver, part)

    @classmethod
    def from_torchdiffeq(cls, solver: Any) -> ButcherTableau:
        """The tableau of a method of torchdiffeq.odeint ("dopri5", "rk4", ...), name or class, as `from_scipy` does."""
        from .converters import from_torchdiffeq

        return from_torchdiffeq(solver)

    @classmethod
    def from_nodepy(cls, method: Any) -> ButcherTableau:
        """The tableau of a NodePy Runge-Kutta method; exact entries stay exact."""
        from .converters import from_nodepy

        return from_nodepy(method)

    def to_nodepy(self) -> Any:
        """The method as an object of NodePy."""
        from .converters import to_nodepy

        return to_nodepy(self)


def tableau_from_data(data: Any) -> ButcherTableau:
    """A tableau from the plain data that JSON holds; every entry is checked."""
    if not isinstance(data, dict) or "b" not in data or "A" not in data:
        found = f"an object with {', '.join(map(str, data))}" if isinstance(data, dict) else type(data).__name__
        raise MethodError(f'a tableau is a JSON object with "A" (list of rows) and "b" (list); found {found}')
    names = names_in(data)

    def read(key: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise MethodError(f'"{key}" must be a list, got {str(value)[:40]!r}')
        return [scalar_from_json(x, names) for x in value]

    if not isinstance(data["A"], list):
        raise MethodError(f'"A" must be a list of rows, got {str(data["A"])[:40]!r}')
    own = {"A", "b", "c", "b_hat", "check_c", "format", "version", "family", "symbols", "name", "self"}
    info = {k: v for k, v in data.items() if k not in own}
    return ButcherTableau(
        [read("A", row) for row in data["A"]],
        read("b", data["b"]),
        read("c", data["c"]) if data.get("c") is not None else None,
        b_hat=read("b_hat", data["b_hat"]) if data.get("b_hat") is not None else None,
        check_c=data.get("check_c", True) is not False,
        name=str(data.get("name", "")),
        **{str(k): v for k, v in info.items()},
    )


def _matrix(A: Sequence[Sequence[Any]], s: int) -> tuple[tuple[Scalar, ...], ...]:
    found = tuple(map(tuple, filled(rows("A", A), s)))
    if len(found) != s:
        raise MethodError(f"A has {len(found)} rows, b has {s} entries: A must be {s}×{s}")
    for i, row in enumerate(found):
        if len(row) != s:
            raise MethodError(f"row {i} of A has {len(row)} entries: A must be square, here {s}×{s}")
    return found


FEWEST_PLACES = 3
"""Abscissae of fewer decimal places must be the row sums: 0.2 is no rounded 0.24."""


def _abscissa(i: int, given: Scalar, expected: Scalar, row: Sequence[Scalar]) -> Scalar:
    """The given abscissa where it is the sum of its row, the sum where it agrees to the digits that are given.

    Raises MethodError for another one.
    """
    difference = given - expected if is_exact(given) == is_exact(expected) else complex(given) - complex(expected)
    if is_exact(given) == is_exact(expected) and vanishes(difference, sum_tolerance(row)):
        return given
    places = _places(given)
    written = 0.5001 * 10.0**-places if places >= FEWEST_PLACES else 0.0
    tolerance = max(written, sum_tolerance([given, *row]) or 0.0)
    if tolerance and vanishes(difference, tolerance):
        return expected
    sums_to = f"c[{i}] = {given}, but row {i} of A sums to {expected}"
    raise MethodError(f"{sums_to}: c must be the row sums; check_c=False takes c as given")


def _places(value: Scalar) -> int:
    """Decimal places of a decimal or a float as it is printed; 0 for other numbers."""
    if isinstance(value, float):
        value = Fraction(repr(value))
    if not isinstance(value, Fraction):
        return 0
    places = next((k for k in range(1, 40) if 10**k % value.denominator == 0), 0)
    return places if value.denominator > 1 else 0


def _simplify(value: Scalar) -> Scalar:
    return scalar(sympy.expand(value)) if isinstance(value, sympy.Basic) else value
