"""Text to sympy expressions by a small recursive-descent parser; nothing is ever evaluated.

Grammar (decimals are read as the exact rational they spell, `^` means `**`):

    sum     := product (('+' | '-') product)*
    product := factor (('*' | '/') factor)*
    factor  := ('+' | '-') factor | atom (('**' | '^') factor)?
    atom    := number | name | name '(' sum (',' sum)* ')' | '(' sum ')'

Undefined functions are accepted where the caller names them; partial(V(q1, q2), 1, 2) is ∂1 ∂2² V.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

import sympy
from sympy.core.function import UndefinedFunction
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from ..errors import ParseError
from .undefined import decode, parsed_partial

_NAMES = (
    "sin cos tan cot sec csc asin acos atan atan2 acot exp log sqrt",
    "sinh cosh tanh coth sech csch asinh acosh atanh erf",
    "asec acsc acoth asech acsch erfc erfi sinc",
)
FUNCTIONS: dict[str, Callable[..., sympy.Expr]] = {n: getattr(sympy, n) for n in " ".join(_NAMES).split()}
FUNCTIONS |= {"ln": sympy.log, "arcsin": sympy.asin, "arccos": sympy.acos, "arctan": sympy.atan}
FUNCTIONS |= {
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
}
ARITY = {"atan2": 2}
CONSTANTS: dict[str, sympy.Expr] = {"pi": sympy.pi}
STORED = CONSTANTS | {"E": sympy.E, "I": sympy.I, "EulerGamma": sympy.EulerGamma}
"""Constants as sympy prints them, for reading stored formulas."""
NON_SMOOTH = {"abs", "sign", "max", "min", "floor", "ceil", "heaviside", "piecewise", "relu", "round", "mod"}

MAX_LENGTH = 400_000
MAX_DEPTH = 100
MAX_EXPONENT = 1_000
MAX_BITS = 4_096

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d]\w*)|(?P<operator>\*\*|[-+*/^(),]))",
    re.UNICODE,
)


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


def _tokens(text: str) -> list[_Token]:
    tokens, position, text = [], 0, text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            column = position + len(text[position:]) - len(text[position:].lstrip())
            raise ParseError(
                f"unexpected character {text[column]!r} at column {column + 1} of {_shorten(text)!r}; "
                "accepted: numbers, names, + - * / ** ^ ( ) and commas"
            )
        kind = str(match.lastgroup)
        tokens.append(_Token(kind, match[kind], match.start(kind) + 1))
        position = match.end()
    return tokens


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


class _Parser:
    def __init__(
        self, text: str, names: Callable[[str], sympy.Expr], floats: bool, functions: Mapping[str, UndefinedFunction]
    ):
        if len(text) > MAX_LENGTH:
            raise ParseError(f"an expression of {len(text)} characters; at most {MAX_LENGTH} are accepted")
        self.text, self.names, self.floats, self.functions = text, names, floats, functions
        self.tokens = [*_tokens(text), _Token("end", "", len(text) + 1)]
        self.position, self.depth = 0, 0

    def fail(self, message: str) -> ParseError:
        return ParseError(f"{message} in {_shorten(self.text)!r}")

    @property
    def token(self) -> _Token:
        return self.tokens[self.position]

    def take(self, *texts: str) -> str | None:
        if self.token.kind == "operator" and self.token.text in texts:
            self.position += 1
            return self.tokens[self.position - 1].text
        return None

    def parse(self) -> sympy.Expr:
        value = self.sum()
        if self.token.kind != "end":
            if self.token.text == ")":
                raise self.fail(f"unbalanced bracket: ')' at column {self.token.column} closes nothing")
            raise self.fail(
                f"unexpected {self.token.text!r} at column {self.token.column} (products are written with *)"
            )
        return value

    def sum(self) -> sympy.Expr:
        terms = [self.product()]
        while sign := self.take("+", "-"):
            term = self.product()
            terms.append(term if sign == "+" else -term)
        return sympy.Add(*terms)

    def product(self) -> sympy.Expr:
        # one Mul of all factors, as sympy builds it: 2*(x + 1)*y must not become (2*x + 2)*y
        factors = [self.factor()]
        number = factors[0] if factors[0].is_Rational else sympy.S.One
        while operator := self.take("*", "/"):
            other = self.factor()
            if operator == "/" and other.is_zero:
                raise self.fail("division by zero")
            factors.append(other if operator == "*" else 1 / other)
            if other.is_Rational:
                number = number * factors[-1]
                if max(abs(number.p), number.q).bit_length() > 4 * MAX_BITS:
                    raise self.fail("a number is too long")
        return sympy.Mul(*factors)

    def factor(self) -> sympy.Expr:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"brackets, signs or powers nested more than {MAX_DEPTH} deep")
        try:
            if sign := self.take("+", "-"):
                inner = self.factor()
                return inner if sign == "+" else -inner
            base = self.atom()
            if self.take("**", "^"):
                return self.power(base, self.factor())
            return base
        finally:
            self.depth -= 1

    def power(self, base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
        if exponent.is_Rational:
            bits = max(abs(base.p), base.q).bit_length() if base.is_Rational else 0
            if abs(exponent) > MAX_EXPONENT or bits * abs(exponent) > MAX_BITS:
                raise self.fail(f"an exponent is too large (at most {MAX_EXPONENT})")
            # a sum of roots is expanded to be brought to its normal form
            if base.is_number and base.is_Add and len(base.args) ** abs(exponent) > MAX_BITS:
                raise self.fail("a power of a sum of roots is too large")
        if base.is_zero and not exponent.is_positive:
            raise self.fail("zero to a power that is not positive")
        return base**exponent

    def atom(self) -> sympy.Expr:
        token = self.token
        self.position += 1
        if token.kind == "number":
            return self.number(token.text)
        if token.kind == "name":
            return self.call(token) if self.take("(") else self.names(token.text)
        if token.text == "(":
            value = self.sum()
            self.close(token)
            return value
        self.position -= 1
        found = f"{token.text!r} at column {token.column}" if token.text else "the end"
        raise self.fail(f"a number, a name or '(' was expected, found {found}")

    def number(self, text: str) -> sympy.Expr:
        _, _, exponent = text.lower().partition("e")
        if len(exponent) > 4 or abs(int(exponent or 0)) > MAX_EXPONENT or len(text) > MAX_EXPONENT:
            raise self.fail(f"the number {_shorten(text)} is too long")
        if self.floats and not text.isdigit():
            return sympy.Float(float(text))
        value = Fraction(text)
        return sympy.Rational(value.numerator, value.denominator)

    def close(self, opening: _Token) -> None:
        if not self.take(")"):
            raise self.fail(f"unbalanced bracket: '(' opened at column {opening.column} is not closed")

    def call(self, token: _Token) -> sympy.Expr:
        name = token.text
        if name.lower() in NON_SMOOTH:
            raise self.fail(f"{name} is not smooth, so it has no B-series; only smooth functions are accepted")
        undefined = self.functions.get(name)
        if name not in FUNCTIONS and name != "partial" and undefined is None:
            raise self.fail(f"unknown function {name!r}; accepted: {', '.join(sorted([*FUNCTIONS, *self.functions]))}")
        arguments = [self.sum()]
        while self.take(","):
            arguments.append(self.sum())
        self.close(token)
        if undefined is not None:
            return undefined(*arguments)
        if name == "partial":
            return parsed_partial(arguments[0], arguments[1:])
        expected = ARITY.get(name, 1)
        if len(arguments) != expected:
            raise self.fail(f"{name} takes {expected} argument{'s' * (expected > 1)}, {len(arguments)} given")
        value = FUNCTIONS[name](*arguments)
        if value.has(sympy.zoo, sympy.oo, -sympy.oo, sympy.nan):
            raise self.fail(f"{name}({', '.join(map(str, arguments))}) is not finite")
        return value


class _Printer(StrPrinter):
    def _print_Mul(self, expr: sympy.Expr) -> str:
        # x/(2*(x + 1)) would be read as x/(2*x + 2), and -(x - 1)/y as (1 - x)/y: one product, the number first
        number, rest = expr.as_coeff_Mul(rational=True)
        if number != 1 and any(f.is_Add or (f.is_Pow and f.base.is_Add) for f in sympy.Mul.make_args(rest)):
            factors = [self.parenthesize(f, PRECEDENCE["Mul"], strict=True) for f in sympy.Mul.make_args(rest)]
            return "*".join([str(number), *factors])
        return super()._print_Mul(expr)

    def _print_Derivative(self, expr: sympy.Expr) -> str:
        found = decode(expr)
        if found is None:
            return super()._print_Derivative(expr)
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
    return _Printer().doprint(expression)


def parse_expression(
    text: str, names: Mapping[str, sympy.Expr] | Callable[[str], sympy.Expr], floats: bool = False
) -> sympy.Expr:
    """Read `text` as a sympy expression in the given names; never evaluated as Python.

    names  : mapping from accepted names to expressions, or a callable that does the look-up; a name that
             stands for a sympy.Function("V") is accepted as an undefined function V(...)
    floats : read decimals as doubles, not as the exact rationals that they spell
    Raises ParseError, naming the culprit and its column.

    >>> parse_expression("1/4 - sqrt(3)/6", {})
    1/4 - sqrt(3)/6
    """
    functions: dict[str, UndefinedFunction] = {}
    if callable(names):
        lookup = names
    else:
        functions = {n: v for n, v in names.items() if isinstance(v, UndefinedFunction)}
        table = {n: v for n, v in (CONSTANTS | dict(names)).items() if n not in functions}

        def lookup(name: str) -> sympy.Expr:
            if name not in table:
                known = ", ".join(table)
                raise ParseError(f"unknown symbol {name!r} in {_shorten(text)!r}; accepted: {known}")
            return table[name]

    return _Parser(text, lookup, floats, functions).parse()
