"""Low-storage forms of explicit Runge-Kutta methods: a few registers of the size of y, whatever the number of stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Self

import numpy as np
import sympy

from ...base.errors import MethodError, UnknownNameError
from ...rings import Scalar, half_units, is_moderate, scalar
from ..plain import numbers, rows, write
from ..value import ROUNDED, MethodValue, leaves
from .runge_kutta import ButcherTableau

FORMS = ("2N", "2R", "3R", "4R", "5R", "2S", "3S*")
PLACES = 40
"""Decimal places that are kept of the tableau of published decimals, which are right to fewer."""
WEIGHT = 1e-9
"""How far published numbers may take the weight of y_n in a stage from 1."""
SAFETY = 4.0
"""By how much that may be more than rounding explains to first order."""
BUMP = 1e-4
"""By which numbers are moved to see how entries follow: these are polynomials in them."""
Vector = list[Scalar]
"""Weights of y_n, h k_1, ..., h k_s in a register."""


class LowStorage(ButcherTableau):
    """A Butcher tableau that knows the registers in which it is run. With k_i = f(stage i), i = 1..s:

    "2N"  : d = A_i d + h k_i, y = y + B_i d; the stages are the values of y (Williamson 1980). A may leave out A_1 = 0
    "2R"  : B holds the weights, A the s - 1 entries a_{i+1,i}; other entries of the tableau are a_ij = b_j
            (van der Houwen 1977; Kennedy, Carpenter, Lewis 2000)
    "3R", "4R", "5R" : A has a row a_{i+1,i}, a row a_{i+2,i}, ...; other entries are a_ij = b_j
    "2S", "3S*" : A has rows γ_1, γ_2 (and γ_3), B is β, delta is δ, each of s numbers: S_2 += δ_i S_1,
            S_1 = γ_1i S_1 + γ_2i S_2 + γ_3i S_3 + β_i h k_i from S_1 = S_3 = y_n, S_2 = 0; the stages are the values of S_1
            (Ketcheson 2010, with γ and β of its row i + 1 called i)

    b_hat : s weights of an embedded formula
    It is the method of its tableau in all that is asked of it; `plain` is that tableau.
    Raises MethodError for data of the wrong shape, and where a stage does not hold y_n with weight 1.

    >>> m = LowStorage(A=["-5/9", "-153/128"], B=["1/3", "15/16", "8/15"])
    >>> m.order, m.plain.A[2]
    (3, (Fraction(-3, 16), Fraction(15, 16), Fraction(0, 1)))
    """

    family = "low_storage"

    def __init__(
        self,
        A: Sequence[Any],
        B: Sequence[Any],
        form: str = "2N",
        delta: Sequence[Any] | None = None,
        *,
        b_hat: Any = None,
        name: str = "",
        **info: Any,
    ):
        if form not in FORMS:
            raise UnknownNameError("low-storage form", form, FORMS)
        if (delta is None) == form.endswith(("S", "S*")):
            raise MethodError(f'delta belongs to the forms "2S" and "3S*", and they need it; the form is "{form}"')
        beta = numbers("B", B)
        count = int(form[0])
        if form == "2N":
            given: Any = numbers("A", A)
            given = (Fraction(0),) * (len(given) == len(beta) - 1) + given
            lengths = {"A": (len(given), len(beta))}
        elif form.endswith("R"):
            given = (numbers("A", A),) if count == 2 else rows("A", A)
            lengths = {f"row {i} of A": (len(row), len(beta) - 1 - i) for i, row in enumerate(given)}
            lengths["A"] = (len(given), count - 1)
        else:
            given = rows("A", A)
            lengths = {f"row {i} of A": (len(row), len(beta)) for i, row in enumerate(given)} | {"A": (len(given), count)}
        small = None if delta is None else numbers("delta", delta)
        if small is not None:
            lengths["delta"] = (len(small), len(beta))
        if wrong := next((key for key, (found, wanted) in lengths.items() if found != wanted), None):
            found, wanted = lengths[wrong]
            raise MethodError(f'the form "{form}" with {len(beta)} entries of B needs {wanted} entries of {wrong}; found {found}')
        run: Any = {"N": _two_n, "R": _r, "S": _s}[form[1]]
        numbers_given = (given, beta) if small is None else (given, beta, small)
        stages = run(*numbers_given)
        self.form, self.registers = form, {"A": given[0] if form == "2R" else given, "B": beta, "delta": small}
        published = ROUNDED in info.get("tags", ())
        rounding = 0.0 if published else _rounding(run, numbers_given)
        tableau = _entries(stages, published, max(WEIGHT, SAFETY * rounding))
        if rounding:
            info = {"rounding": rounding} | info
        super().__init__(tableau[:-1], tableau[-1], b_hat=b_hat, name=name, **info)

    @property
    def data(self) -> dict[str, Any]:
        """The numbers of the form and its name."""
        own = {"A": self.registers["A"], "B": self.registers["B"], "form": self.form}
        return own if self.registers["delta"] is None else own | {"delta": self.registers["delta"]}

    @property
    def coefficients(self) -> list[Scalar]:
        """The numbers of the tableau, which say what the method does."""
        return [*(a for row in self.A for a in row), *self.b]

    @property
    def kind(self) -> str:
        """With its form."""
        return f"{self.stages}-stage Runge-Kutta method in the low-storage form {self.form}"

    @property
    def plain(self) -> ButcherTableau:
        """The tableau alone."""
        info = {key: value for key, value in self.info.items() if key in ("tags", "rounding", "reference", "doi")}
        return ButcherTableau(self.A, self.b, b_hat=self.b_hat, name=self.name, **info)

    def __repr__(self) -> str:
        return MethodValue.__repr__(self)

    # -- plain data -----------------------------------------------------------------------------
    def to_dict(self) -> dict[str, Any]:
        """Plain exact data of the form; `method_from_data` reads them."""
        data = MethodValue.to_dict(self)
        return data if self.b_hat is None else data | {"b_hat": write(self.b_hat, self.written_names)}

    @classmethod
    def _of_data(cls, data: Mapping[str, Any]) -> Self:
        return MethodValue._of_data.__func__(cls, data)  # type: ignore[attr-defined, no-any-return]

    @classmethod
    def _read_key(cls, key: str, value: Any, names: dict[str, sympy.Expr]) -> Any:
        if key == "form":
            return str(value)
        return super()._read_key(key, value, names)


def _two_n(A: Sequence[Scalar], B: Sequence[Scalar]) -> list[Vector]:
    y, d = _unit(len(B), 0), _zero(len(B))
    found = [y]
    for i, (a, b) in enumerate(zip(A, B, strict=True), 1):
        d = _sum((a, d), (Fraction(1), _unit(len(B), i)))
        y = _sum((Fraction(1), y), (b, d))
        found.append(y)
    return found


def _r(A: Sequence[Sequence[Scalar]], b: Sequence[Scalar]) -> list[Vector]:
    found = []
    for i in range(len(b) + 1):
        row = [Fraction(1), *b[:i], *[Fraction(0)] * (len(b) - i)]
        if i < len(b):
            for back, own in enumerate(A, 1):
                if i >= back:
                    row[i - back + 1] = own[i - back]
        found.append(row)
    return found


def _s(gamma: Sequence[Sequence[Scalar]], beta: Sequence[Scalar], delta: Sequence[Scalar]) -> list[Vector]:
    first, second, start = _unit(len(beta), 0), _zero(len(beta)), _unit(len(beta), 0)
    found = [first]
    for i, (b, d) in enumerate(zip(beta, delta, strict=True)):
        second = _sum((Fraction(1), second), (d, first))
        terms = zip([row[i] for row in gamma], (first, second, start), strict=False)
        first = _sum(*terms, (b, _unit(len(beta), i + 1)))
        found.append(first)
    return found


def _entries(stages: Sequence[Vector], rounded: bool, near: float) -> list[Vector]:
    """The rows of A and b. Raises MethodError for a stage that does not hold y_n with a weight so near to 1."""
    for i, (weight, *_) in enumerate(stages, 1):
        number = scalar(sympy.expand(weight)) if isinstance(weight, sympy.Basic) else weight
        symbolic = bool(getattr(number, "free_symbols", None))
        if number != 1 and (symbolic or abs(complex(number) - 1) > near):
            what = f"stage {i}" if i < len(stages) else "the result"
            raise MethodError(f"{what} holds y_n with the weight {number}: in a Runge-Kutta method it is 1")
    out = []
    for _, *row in stages:
        expanded = [scalar(sympy.expand(x)) if isinstance(x, sympy.Basic) else x for x in row]
        out.append([round(x, PLACES) if rounded and isinstance(x, Fraction) and not is_moderate(x) else x for x in expanded])
    return out


def _rounding(run: Callable[..., list[Vector]], given: Sequence[Any]) -> float:
    """How far the rounding of the numbers takes the entries, relative to them: those are sums of products, of more digits."""
    known = list(leaves(given))
    if any(getattr(x, "free_symbols", None) for x in known):
        return 0.0
    units = half_units(known)

    def entries(moved: Scalar, by: float) -> np.ndarray:
        return np.array(run(*_each(given, lambda x: complex(x) + (by if x == moved else 0))), complex)

    slopes = ((entries(x, BUMP) - entries(x, -BUMP)) / (2 * BUMP) for x in units)
    errors = sum((np.abs(slope) * unit for slope, unit in zip(slopes, units.values(), strict=True)), np.zeros(1))
    return float(np.max(errors / np.maximum(1, np.abs(entries(Fraction(0), 0.0))))) if units else 0.0


def _each(given: Any, change: Callable[[Scalar], Any]) -> Any:
    return [_each(x, change) for x in given] if isinstance(given, Sequence) else change(given)


def _zero(s: int) -> Vector:
    return [Fraction(0)] * (s + 1)


def _unit(s: int, i: int) -> Vector:
    return [Fraction(int(j == i)) for j in range(s + 1)]


def _sum(*terms: tuple[Scalar, Vector]) -> Vector:
    return [sum((w * v[j] for w, v in terms if w != 0), Fraction(0)) for j in range(len(terms[0][1]))]
