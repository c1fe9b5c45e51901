"""Expansion: a scalar function of the variables in powers of h, such as a modified Hamiltonian or a drift."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import sympy

from ..base.checks import check_order, check_power
from ..base.errors import FieldError
from ..base.typeset import Typeset
from ..base.values import Stored
from ..equations.display import DISPLAYED, Row, row_latex, rows_latex, rows_text
from ..equations.modified import ModifiedField
from ..equations.step import Symbols, step_value
from ..expressions import letters, step_symbol
from ..expressions.layout import TEXT_WIDTH, WIDTH, Latex, Numerals, Term, Text, visible
from ..expressions.undefined import undefined_functions
from ..fields import VectorField
from ..fields.formulas import Style as Written
from ..fields.formulas import find_style, terms_of
from ..fields.given import Form, is_given
from ..rings import formula, scalar, to_sympy

SEVERAL = 20
"""Powers of h of which a line may hold all."""


class Expansion(Stored, Typeset):
    """terms[0] + h terms[1] + ... + h^(order-1) terms[order-1], exact; an immutable value.

    Two expansions of one kind are equal if their variables and terms are.
    """

    field: VectorField
    """The field that it belongs to."""
    symbol, symbol_latex = "E", "E"
    """What stands to the left of the equals sign in text and in LaTeX."""

    def __init__(self, variables: Sequence[sympy.Symbol], terms: Sequence[sympy.Expr]):
        self.variables = tuple(variables)
        self.terms = tuple(to_sympy(formula(t) if isinstance(t, sympy.Basic) else scalar(t)) for t in terms)

    @property
    def order(self) -> int:
        """How many powers of h are held.

        >>> from imde_sym import conserved, methods, systems
        >>> conserved("p**2 + q**2", (systems["harmonic_oscillator"], methods["rk4"], 5)).order
        5
        """
        return len(self.terms)

    @property
    def symbols(self) -> Symbols:
        """What the terms may hold."""
        return (*self.variables, *sorted({s for t in self.terms for s in t.free_symbols} - {*self.variables}, key=str))

    @property
    def step(self) -> sympy.Symbol:
        """The step size: h; h_step where one of the symbols is called h."""
        return step_symbol(self.symbols)

    def term(self, k: int) -> sympy.Expr:
        """The coefficient of h**k, 0 <= k < order. Raises FieldError for other k.

        >>> from imde_sym import methods, modified_hamiltonian, systems
        >>> modified_hamiltonian(systems["harmonic_oscillator"], methods["stormer_verlet"], 3).term(2)
        p**2/12 - q**2/24
        """
        return self.terms[check_power(k, self.order, "an expansion")]

    def as_expr(self, h: Any = None, form: Form = "symbols") -> sympy.Expr:
        """The whole expansion; h and form as for `ModifiedField.as_expr`.

        Raises RingError for an h that is not a number, a symbol or a formula, FieldError for another form.

        >>> from imde_sym import methods, modified_hamiltonian, systems
        >>> H = modified_hamiltonian(systems["harmonic_oscillator"], methods["symplectic_euler"], 2)
        >>> H.as_expr(), H.as_expr("1/10")
        (-h*p*q/2 + p**2/2 + q**2/2, p**2/2 - p*q/20 + q**2/2)
        """
        value = step_value(h, self.step, self.symbols)
        found = sympy.Add(*(value**k * t for k, t in enumerate(self.terms)))
        return self.field.as_given(found) if is_given(form) else found

    def truncate(self, order: int) -> Self:
        """Keep the powers of h up to h**(order - 1).

        Raises SeriesError for an order that is not a whole number from 1 to that of the expansion.

        >>> from imde_sym import methods, modified_hamiltonian, systems
        >>> modified_hamiltonian(systems["harmonic_oscillator"], methods["stormer_verlet"], 3).truncate(2).order
        2
        """
        kept = check_order(order, self.order, "the order of a truncation")
        other = object.__new__(type(self))
        other.__dict__.update({k: v for k, v in self.__dict__.items() if k not in self._derived})
        other.__dict__["terms"] = self.terms[:kept]
        return other

    @property
    def _derived(self) -> set[str]:
        """Names of the cached properties, which a truncation computes anew."""
        return {n for kind in type(self).__mro__ for n, v in vars(kind).items() if isinstance(v, cached_property)}

    def lambdify(self) -> Any:
        """A numpy function g(x, h): x of shape (..., d) to (...).

        Raises FieldError where a free parameter has no value, or an undefined function occurs.

        >>> from imde_sym import methods, modified_hamiltonian, systems
        >>> H = modified_hamiltonian(systems["harmonic_oscillator"], methods["symplectic_euler"], 2)
        >>> H.lambdify()([[1.0, 0.0], [1.0, 2.0]], 0.1)
        array([0.5, 2.4])
        """
        function = numpy_function([*self.variables, self.step], self.as_expr())

        def value(x: Any, h: Any) -> Any:
            import numpy as np

            x = np.asarray(x, float)
            return function(*np.moveaxis(x, -1, 0), h) + np.zeros(x.shape[:-1])

        return value

    @cached_property
    def shown(self) -> list[tuple[int, sympy.Expr]]:
        """The powers of h with their coefficients, zeros left out.

        >>> from imde_sym import methods, modified_hamiltonian, systems
        >>> modified_hamiltonian(systems["harmonic_oscillator"], methods["stormer_verlet"], 3).shown
        [(0, p**2/2 + q**2/2), (2, p**2/12 - q**2/24)]
        """
        return [(k, t) for k, t in enumerate(self.terms) if t != 0]

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, style: Written = "collected", width: int | None = TEXT_WIDTH) -> str:
        """The expansion as text, broken at terms; style and width as for `ModifiedField.to_text`, "cse" aside.

        Raises UnknownNameError for another style.

        >>> from imde_sym import methods, modified_hamiltonian, systems
        >>> print(modified_hamiltonian(systems["harmonic_oscillator"], methods["symplectic_euler"], 2).to_text())
        H_h = p**2/2 + q**2/2 + h*(-p*q/2) + O(h^2)
        """
        numerals = self._numerals
        rows = [Row(self.symbol, self._layouts(style, numerals), self.order)]
        return rows_text(rows, self.step, Text(numerals), width)

    def latex(self, width: int = WIDTH, style: Written = "collected") -> str:
        """The expansion as a formula: one line where it fits in about `width` visible characters, else a power of h a line.

        Raises FieldError for a width that is not a whole number, UnknownNameError for another style.

        >>> from imde_sym import methods, modified_hamiltonian, systems
        >>> H = modified_hamiltonian(systems["harmonic_oscillator"], methods["symplectic_euler"], 2)
        >>> H.latex().startswith("H_h = ")
        True
        """
        return self._formula(width, style)

    def displayed(self) -> str:
        """As `latex`, cut where it is very long, with a sentence on how to get the rest.

        >>> from imde_sym import methods, modified_hamiltonian, systems
        >>> H = modified_hamiltonian(systems["harmonic_oscillator"], methods["symplectic_euler"], 2)
        >>> H.displayed() == H.latex()  # a short one
        True
        """
        return self._formula(WIDTH, "collected", DISPLAYED)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.displayed()}$"

    def _formula(self, width: int, style: str, limit: int | None = None) -> str:
        own, numerals = (*self.symbols, self.step, *letters(self.terms)), self._numerals
        script = Latex(self.terms, own, numerals)
        row = Row(self.symbol_latex, self._layouts(style, numerals), self.order)
        if len(self.terms) <= SEVERAL and visible(line := row_latex(row, self.step, script, own)) <= width:
            return line
        lines = rows_latex([row], self.step, script, own, width, limit, "print it, or .latex(), for all")
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    @property
    def _numerals(self) -> Numerals:
        """How numbers are written."""
        return self.field.numerals(self._given)

    @property
    def _given(self) -> Sequence[sympy.Expr]:
        """Expressions of the user, whose numbers tell whether decimals are wanted."""
        return self.terms[:1]

    def _layouts(self, style: str, numerals: Numerals) -> list[tuple[int, Sequence[Term]]]:
        return [(k, terms_of(t, find_style(style), numerals.fractions)) for k, t in self.shown]

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or not isinstance(other, Expansion):
            return False
        return (self.variables, self.terms) == (other.variables, other.terms)

    def __hash__(self) -> int:
        return hash((type(self), self.variables, self.terms))


def numpy_function(symbols: Sequence[sympy.Symbol], e: sympy.Expr) -> Any:
    """The expression as a function of numpy arrays; names of symbols are in no text that runs.

    Raises FieldError for symbols that are no arguments and for undefined functions.
    """
    if free := e.free_symbols - {*symbols}:
        raise FieldError(f"numbers are needed: parameter {min(map(str, free))} has no value")
    if unknown := undefined_functions([e]):
        raise FieldError(f"numbers are needed: the function {next(iter(unknown))} is not defined")
    arguments = [sympy.Dummy() for _ in symbols]
    return sympy.lambdify(arguments, e.xreplace(dict(zip(symbols, arguments, strict=True))), "numpy", cse=True)


class OfEquation(Expansion):
    """An expansion that a modified field has: with the field's symbols and step size."""

    equation: ModifiedField
    """The modified field."""

    @property
    def symbols(self) -> Symbols:
        """The symbols of the equation."""
        return self.equation.symbols

    @property
    def step(self) -> sympy.Symbol:
        """The step size in formulas."""
        return self.equation.step
