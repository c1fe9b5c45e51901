"""Expansion: a scalar function of the variables in powers of h, such as a modified Hamiltonian or a drift."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import sympy

from ..errors import check_index, check_order
from ..rings import latex, scalar, to_sympy
from ..values import Stored
from .modified import H as STEP


class Expansion(Stored):
    """terms[0] + h terms[1] + ... + h^(order-1) terms[order-1], exact; an immutable value.

    Two expansions of one kind are equal if their variables and terms are.
    """

    symbol, symbol_latex = "E", "E"
    """What stands to the left of the equals sign in text and in LaTeX."""

    def __init__(self, variables: Sequence[sympy.Symbol], terms: Sequence[sympy.Expr]):
        self.variables, self.terms = tuple(variables), tuple(terms)

    @property
    def order(self) -> int:
        return len(self.terms)

    def term(self, k: int) -> sympy.Expr:
        """The coefficient of h**k, 0 <= k < order. Raises FieldError for other k."""
        n = self.order
        message = f"term {k!r} does not exist: an expansion of order {n} has powers h**0 to h**{n - 1}"
        return self.terms[check_index(k, n, message)]

    def as_expr(self, h: Any = STEP) -> sympy.Expr:
        """The whole expansion, with a symbol or a number for h."""
        return sympy.Add(*(to_sympy(scalar(h)) ** k * t for k, t in enumerate(self.terms)))

    def truncate(self, order: int) -> Self:
        """Keep the powers of h up to h**(order - 1)."""
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
        """A numpy function g(x, h): x of shape (..., d) to (...). Free parameters must have values."""
        function = sympy.lambdify([self.variables, STEP], self.as_expr(), "numpy", cse=True)

        def value(x: Any, h: Any) -> Any:
            import numpy as np

            x = np.asarray(x, float)
            return function(np.moveaxis(x, -1, 0), h) + np.zeros(x.shape[:-1])

        return value

    @cached_property
    def shown(self) -> list[tuple[int, sympy.Expr]]:
        """The powers of h with their coefficients, zeros left out."""
        return [(k, t) for k, t in enumerate(self.terms) if t != 0]

    def __str__(self) -> str:
        powers = {0: "", 1: "h*"}
        body = " + ".join(f"{powers.get(k, f'h^{k}*')}({t})" if k else f"{t}" for k, t in self.shown) or "0"
        return f"{self.symbol} = {body} + O(h^{self.order})"

    def latex(self) -> str:
        powers = {0: "", 1: "h "}
        bodies = [
            latex(t) if k == 0 else rf"{powers.get(k, f'h^{{{k}}} ')}\left({latex(t)}\right)" for k, t in self.shown
        ]
        return rf"{self.symbol_latex} = {' + '.join(bodies) or '0'} + \mathcal{{O}}(h^{{{self.order}}})"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or not isinstance(other, Expansion):
            return False
        return (self.variables, self.terms) == (other.variables, other.terms)

    def __hash__(self) -> int:
        return hash((type(self), self.variables, self.terms))
