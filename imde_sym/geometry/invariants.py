"""Does a modified or inverse modified field keep an invariant, or volume? Decided power by power of h."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.errors import FieldError, UnknownNameError
from ..base.pictures import Pictured
from ..base.values import reads
from ..equations.asking import is_triple, of_equation
from ..equations.display import sentence
from ..equations.modified import ModifiedField
from ..equations.step import power
from ..expressions import STORED, parse_expression
from ..fields import DifferentialRing, RingField, VectorField, ZeroTest
from ..fields.formulas import expression_latex, expression_text
from ..rings import Polynomial, formula
from .expansion import OfEquation
from .zeros import decide, size_of

_NAME = re.compile(r"(?<![\w.])([^\W\d]\w*)(?!\w)(?!\s*\()")


class Rate(OfEquation):
    """What must vanish if a property is to hold: terms[k] belongs to h**k.

    equation : the modified field
    proven   : whether every zero is exact; False where one rests on numbers: a certificate of 40 digits (see fields.zero), or,
               for fields with floats, coefficients that are mere rounding beside `size`
    """

    def __init__(self, equation: ModifiedField, ring: DifferentialRing, rates: Sequence[Polynomial], size: float):
        tests = [decide(ring, p, size) for p in rates]
        zero = sympy.S.Zero
        terms = [zero if test.zero else ring.to_sympy(ring.reduce(p)) for test, p in zip(tests, rates, strict=True)]
        super().__init__(equation.variables, terms)
        self.equation, self.field, self.tests = equation, equation.field, tuple(tests)

    tests: tuple[ZeroTest, ...]

    @property
    def holds(self) -> bool:
        """Whether all terms vanish: the property holds up to h**(order - 1)."""
        return self.first_failure is None

    @property
    def first_failure(self) -> int | None:
        """The first power of h whose term is not zero; None if there is none."""
        return self.shown[0][0] if self.shown else None

    @property
    def proven(self) -> bool:
        """Whether every zero is proven."""
        return all(test.proven for test in self.tests[: self.order])

    @property
    def answers(self) -> dict[str, Any]:
        """The result as plain data."""
        rate = [self.equation.write(t) for t in self.terms]
        return {"holds": self.holds, "first_failure": self.first_failure, "proven": self.proven, "rate": rate}

    @property
    def verdict(self) -> str:
        """One line in words."""
        k = self.first_failure
        if k is None:
            return f"holds up to {self.step}^{self.order - 1}" + ("" if self.proven else " (numerically)")
        place = power(self.step, k) if k else f"{self.step}^0, so not even for the field itself"
        return f"fails first at {place}, by {sentence(self.equation, [self.terms[k]], f'term({k}) is all of it')}"

    @property
    def _given(self) -> Sequence[sympy.Expr]:
        return self.equation.field.components

    def __repr__(self) -> str:
        return f"<{self.symbol} along {repr(self.equation)[1:-1]}: {self.verdict}>"


class Conservation(Pictured, Rate):
    r"""dI/dt along a modified field: `holds`, `first_failure`, `term(k)`, `as_expr()`, `latex()`.

    invariant, name : I as an expression, and its name where it has one
    Made by `conserved`, which says what is raised.

    >>> from imde_sym import conserved, methods, systems
    >>> rate = conserved("p**2 + q**2", (systems["harmonic_oscillator"], methods["explicit_euler"], 3))
    >>> rate.holds, rate.first_failure, rate.proven, rate.step, rate.symbols
    (False, 1, True, h, (p, q))
    >>> rate.verdict
    'fails first at h, by -p**2 - q**2'
    >>> rate.symbol, rate.symbol_latex, sorted(rate.answers)
    ('d/dt(p**2 + q**2)', '\\frac{d}{dt}\\left(p^{2} + q^{2}\\right)', ['first_failure', 'holds', 'proven', 'rate'])
    >>> Conservation.from_dict(rate.to_dict()) == rate
    True
    """

    def __init__(
        self,
        equation: ModifiedField,
        ring: DifferentialRing,
        rates: Sequence[Polynomial],
        size: float,
        invariant: sympy.Expr,
        name: str,
    ):
        super().__init__(equation, ring, rates, size)
        self.invariant, self.name = invariant, name
        self._freeze()

    form = "imde_sym/conservation"
    view = "plot_structure"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        F = self.equation
        asked = {"equation": F.to_dict(), "invariant": F.write(self.invariant), "name": self.name}
        return self.head | asked | self.answers

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> Conservation:
        """Inverse of `to_dict`: the question is asked again."""
        F = ModifiedField.from_dict(data["equation"])
        return _conservation(F.read(data["invariant"]), str(data["name"]), F).truncate(len(data["rate"]))

    @property
    def symbol(self) -> str:  # type: ignore[override]
        """What the expansion is one of, as text."""
        return f"d/dt({self.name or expression_text(self.invariant, self._numerals)})"

    @property
    def symbol_latex(self) -> str:  # type: ignore[override]
        """As `symbol`, in LaTeX."""
        return rf"\frac{{d}}{{dt}}\left({expression_latex(self.invariant, self.symbols, self._numerals)}\right)"


class Divergence(Rate):
    """div f_h in powers of h. Where all terms vanish, the field keeps volume.

    Made by `divergence`, which says what is raised.

    >>> from imde_sym import divergence, methods, systems
    >>> rate = divergence((systems["harmonic_oscillator"], methods["explicit_euler"], 3))
    >>> rate.first_change, rate.term(1)
    (1, -1)
    >>> Divergence.from_dict(rate.to_dict()) == rate
    True
    """

    symbol, symbol_latex = "div f_h", r"\nabla\cdot f_h"
    form = "imde_sym/divergence"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return self.head | {"equation": self.equation.to_dict()} | self.answers

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> Divergence:
        """Inverse of `to_dict`: the question is asked again."""
        return divergence(ModifiedField.from_dict(data["equation"])).truncate(len(data["rate"]))

    def __init__(self, equation: ModifiedField, ring: DifferentialRing, rates: Sequence[Polynomial], size: float):
        super().__init__(equation, ring, rates, size)
        self._freeze()

    @property
    def first_change(self) -> int | None:
        """The first power of h above 0 with a term: there volume grows otherwise than under the field itself."""
        return next((k for k, _ in self.shown if k), None)


@checked
def conserved(*given: Any, **options: Any) -> Conservation:
    """Is an invariant a first integral of a modified field? conserved(F, invariant), exact, power by power of h.

    F         : the equation; or field, method and order in its place, with direction="forward" where that is meant, and parts=;
                or (field, method, order), which stands for the inverse modified equation. The invariant may come first
    invariant : an expression in the variables and parameters of the field; or its text; or the name of one of
                `F.field.invariants`, such as "energy"
    The rate dI/dt = ∇I·f_h is formed in the differential ring. Raises FieldError for symbols that the field does not
    have (with the nearest names), ParseError for text that is no expression.

    >>> from imde_sym import methods, systems
    >>> result = conserved("casimir", (systems["rigid_body"], methods["implicit_midpoint"], 5))
    >>> result.holds
    True
    >>> conserved("y1**2 + y2**2 + y3**2", (systems["rigid_body"], methods["rk4"], 7)).first_failure
    4
    """
    equations = [isinstance(x, ModifiedField) or is_triple(x) for x in given[:2]]
    if equations == [False, True]:
        given = (given[1], given[0], *given[2:])
    elif "F" in options and given:
        given = (options.pop("F"), *given)
    return _conserved(*given, **options)


@of_equation
@checked
def _conserved(F: ModifiedField, invariant: sympy.Expr | str) -> Conservation:
    return _conservation(*read_invariant(invariant, F), F)


def _conservation(expression: sympy.Expr, name: str, F: ModifiedField) -> Conservation:
    ring, grades = enlarged(F, [expression])
    target = ring.convert(expression)
    size = size_of(ring, [target]) * size_of(ring, [p for grade in grades for p in grade.components])
    return Conservation(F, ring, [ring.along(target, grade) for grade in grades], size, expression, name)


@of_equation
@checked
def divergence(F: ModifiedField) -> Divergence:
    """div f_h: what happens to volume. F : the equation, or field, method and order, as for `conserved`.

    Raises as `conserved` does.

    >>> from imde_sym import methods, systems
    >>> divergence((systems["pendulum"], methods["explicit_euler"], 2))
    <div f_h along inverse modified field of pendulum under Explicit Euler method, order 2: fails first at h, by -10*cos(q)>
    """
    ring = F.ring
    units = [ring.unit(m) for m in range(len(F.variables))]
    zero = ring.polynomials.zero
    rates = [sum((ring.along(p, u) for p, u in zip(grade.components, units, strict=True)), zero) for grade in F.grades]
    return Divergence(F, ring, rates, size_of(ring, [p for grade in F.grades for p in grade.components]))


def read_invariant(invariant: sympy.Expr | str, F: ModifiedField) -> tuple[sympy.Expr, str]:
    """The expression, with the parameters at their values, and its name."""
    field = F.field
    names = {str(s): s for s in (*field.parameters, *field.free_parameters, *F.method.parameters, *field.variables)}
    if isinstance(invariant, str):
        text = invariant.strip()
        if text in field.invariants and text not in names:
            return field.invariants[text], text
        for name in _NAME.findall(text):
            if name not in names and name not in STORED:
                _refuse(name, names, field)
        invariant = parse_expression(text, names | field.functions)
    if not isinstance(invariant, sympy.Expr):
        raise FieldError(f"an invariant is an expression, its text or its name; got {invariant!r}")
    formula(invariant)
    for symbol in sorted(invariant.free_symbols, key=str):
        if names.get(str(symbol)) != symbol:
            _refuse(str(symbol), names, field)
    return invariant.xreplace(field.parameters), ""


def _refuse(name: str, names: dict[str, sympy.Symbol], field: VectorField) -> None:
    if name in names:
        raise FieldError(f"the symbol {name} of the invariant has other assumptions than {name} of the field: use that one")
    unknown = UnknownNameError("symbol", name, [*names, *field.invariants])
    how = "; give the invariant as a formula: this field has none with a name (VectorField.hamiltonian names its energy)"
    raise FieldError(f"an invariant of this field: {unknown}{how * (not field.invariants)}")


def enlarged(F: ModifiedField, expressions: Sequence[sympy.Expr]) -> tuple[DifferentialRing, Sequence[RingField]]:
    """A ring that holds the expressions too, with the grades of F in it."""
    try:
        if F.ring.exact and any(e.has(sympy.Float) for e in expressions):
            raise FieldError("floats are not elements of an exact ring")
        for e in expressions:
            F.ring.convert(e)
    except FieldError:
        terms = [F.term(k) for k in range(F.order)]
        ring = DifferentialRing(F.variables, [*expressions, *(e for t in terms for e in t)])
        return ring, [ring.part(list(t)) for t in terms]
    return F.ring, F.grades
