"""Expressions as text that `parse_expression` reads back."""

from __future__ import annotations

import sympy
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from .undefined import decode


class _Printer(StrPrinter):  # type: ignore[misc]  # sympy is not typed
    def _print_Mul(self, expr: sympy.Expr) -> str:
        # x/(2*(x + 1)) would be read as x/(2*x + 2), and -(x - 1)/y as (1 - x)/y: one product, the number first
        number, rest = expr.as_coeff_Mul(rational=True)
        if number != 1 and any(f.is_Add or (f.is_Pow and f.base.is_Add) for f in sympy.Mul.make_args(rest)):
            factors = [self.parenthesize(f, PRECEDENCE["Mul"], strict=True) for f in sympy.Mul.make_args(rest)]
            return "*".join([str(number), *factors])
        return str(super()._print_Mul(expr))

    def _print_Derivative(self, expr: sympy.Expr) -> str:
        found = decode(expr)
        if found is None:
            return str(super()._print_Derivative(expr))
        function, arguments, orders = found
        return f"partial({self._print(function(*arguments))}, {', '.join(map(str, orders))})"

    _print_Subs = _print_Derivative

    def _print_Float(self, expr: sympy.Float) -> str:
        return repr(float(expr))


def expression_text(expression: sympy.Expr) -> str:
    """The expression in the grammar of `parse_expression`; doubles with all their digits.

    >>> expression_text(sympy.Float(0.1) + sympy.Symbol("x"))
    'x + 0.1'
    """
    return str(_Printer().doprint(expression))
