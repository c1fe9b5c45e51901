r"""Tokens to sympy expressions by recursive descent; nothing is ever evaluated.

    sum     := product (('+' | '-') product)*
    product := factor (('*' | '/') factor | power)*           a power that follows directly is multiplied
    factor  := ('+' | '-') factor | power
    power   := atom superscript* ('^' factor)?
    atom    := number | name | derivative | '(' sum ')' | '√' atom | \frac group group | \sqrt group
             | function '(' sum (',' sum)* ')' | function few names

Decimals are read as the exact rational they spell. Where two readings are usual, neither is taken: 1/2x, a/b c, e^2x, sin^-1(x)
and sin x y are refused with both. Undefined functions are accepted where the scope names them; partial(V(q1, q2), 1, 2) is
∂1 ∂2² V.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from fractions import Fraction
from typing import Protocol

import sympy
from sympy.core.function import UndefinedFunction

from ..base.errors import ParseError
from .tokens import Token, shorten
from .undefined import parsed_partial
from .vocabulary import ARITY, FUNCTIONS, MAX_BITS, MAX_DEPTH, MAX_EXPONENT, NON_SMOOTH, SYNONYMS, not_smooth

CLOSING = {"(": ")", "[": "]", "{": "}"}
FRACTIONS = (r"\frac", r"\dfrac", r"\tfrac")
PI = ("pi", "π")
_CALLED = FUNCTIONS | SYNONYMS


class Scope(Protocol):
    """What the names of a text stand for."""

    time: str | None
    functions: dict[str, UndefinedFunction]

    def symbol(self, token: Token) -> sympy.Expr:
        """The meaning of a name. Raises ParseError where it has none."""
        ...

    def declares(self, name: str) -> bool:
        """Whether a name is a variable or a parameter, so that a bracket after it means a product."""
        ...

    def hint(self, name: str) -> str:
        """What an unknown name may have been meant to be, for a message; or nothing."""
        ...

    def called(self, name: str) -> str:
        """How an unknown name before a bracket gets a meaning, for a message; or nothing."""
        ...

    def moves(self, name: str) -> bool:
        """Whether a name is a variable, so that x(t) is x."""
        ...

    def derivative(self, token: Token) -> sympy.Expr:
        """The meaning of x' on either side of an equation."""
        ...


class Grammar:
    """One pass over tokens, the last of which is an "end"."""

    def __init__(self, text: str, tokens: Sequence[Token], scope: Scope, floats: bool = False):
        self.text, self.scope, self.floats = text, scope, floats
        self.tokens = [*tokens, tokens[-1], tokens[-1]]  # so that two may be looked ahead
        self.position, self.depth = 0, 0

    # -- tokens -----------------------------------------------------------------------------------
    def fail(self, message: str, token: Token | None = None) -> ParseError:
        """The error, with the column of this or the next token."""
        column = token.column if token else self.token.column
        return ParseError(f"{message} in {shorten(self.text)!r}", self.text, column)

    def ambiguous(self, shown: str, first: str, second: str, token: Token) -> ParseError:
        """The error for text with two readings, both named."""
        reading = f"{shown} can be read as {first} or as {second}: write the one that is meant"
        return ParseError(f"{reading}, in {shorten(self.text)!r}", self.text, token.column)

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.position]

    @property
    def last(self) -> Token:
        """The token just taken."""
        return self.tokens[self.position - 1]

    @property
    def spaced(self) -> bool:
        """Whether there is space before the present token."""
        return self.token.start > self.last.end

    def take(self, *texts: str) -> str | None:
        """Take the next token if it is one of these operators; its text, else None."""
        if self.token.kind == "operator" and self.token.text in texts:
            self.position += 1
            return self.last.text
        return None

    def source(self, start: int, end: int) -> str:
        """The text of the tokens from `start` up to `end`, for messages."""
        return " ".join(self.text[self.tokens[start].start : self.tokens[end - 1].end].split())

    def begins(self) -> bool:
        """Whether the present token begins a factor without a sign, on the same line."""
        if self.position and "\n" in self.text[self.last.end : self.token.start]:
            return False
        return self.token.kind in ("number", "name", "derivative", "command") or self.token.text in ("(", "√", "{")

    # -- sums, products, powers ---------------------------------------------------------------------
    def parse(self) -> sympy.Expr:
        """The whole text as one expression. Raises ParseError where something is left."""
        value = self.sum()
        if self.token.kind != "end":
            if self.token.text in CLOSING.values():
                raise self.fail(f"unbalanced bracket: {self.token.text!r} at column {self.token.column} closes nothing")
            raise self.fail(f"unexpected {self.token.text!r} at column {self.token.column} (products are written with *)")
        return value

    def sum(self) -> sympy.Expr:
        """product (("+" | "-") product)*"""
        terms = [self.product()]
        while sign := self.take("+", "-"):
            term = self.product()
            terms.append(term if sign == "+" else -term)
        return sympy.Add(*terms)

    def product(self) -> sympy.Expr:
        # one Mul of all factors, as sympy builds it: 2*(x + 1)*y must not become (2*x + 2)*y
        """factor (("*" | "/" | nothing) factor)*"""
        start, below = self.position, 0
        factors = [self.factor()]
        number = factors[0] if factors[0].is_Rational else sympy.S.One
        while True:
            operator = self.take("*", "/")
            if operator is None and not self.begins():
                break
            before = self.position
            if operator is None:
                other = self.power() if self.token.kind != "number" else self.unit()
                if below:
                    self.check_quotient(start, below, before)
                below = 0
            else:
                other = self.factor()
                below = before if operator == "/" else 0
                if operator == "/" and other.is_zero:
                    raise self.fail("division by zero")
            factors.append(1 / other if operator == "/" else other)
            if other.is_Rational:
                number = number * factors[-1]
                if max(abs(number.p), number.q).bit_length() > 4 * MAX_BITS:
                    raise self.fail("a number is too long")
        return sympy.Mul(*factors)

    def unit(self) -> sympy.Expr:
        """A number after a factor: nothing but the 1 of a constant term in print-outs, as in 0.500 1."""
        previous, token = self.last, self.token
        after = self.tokens[self.position + 1]
        if previous.kind == "number" and "." in previous.text and token.text == "1" and after.text in ("+", "-", ")", ""):
            self.position += 1
            return sympy.S.One
        raise self.fail(f"unexpected {token.text!r} at column {token.column} (products are written with *)")

    def check_quotient(self, start: int, below: int, factor: int) -> None:
        """Refuse a/b c unless it is a number before a factor, such as 8/3 z, or b is in brackets."""
        apart = self.tokens[factor].start > self.tokens[factor - 1].end
        if apart and all(t.kind == "number" or t.text in ("*", "/", "+", "-") for t in self.tokens[start:factor]):
            return
        if self.tokens[below].text in CLOSING and self.matching(below) == factor - 1 and self.tokens[factor].text != "(":
            return
        if self.tokens[below].text in FRACTIONS:
            return
        above, under, other = self.source(start, below - 1), self.source(below, factor), self.source(factor, self.position)
        shown = self.source(start, self.position)
        raise self.ambiguous(shown, f"{above}/({under}*{other})", f"({above}/{under})*{other}", self.tokens[factor])

    def matching(self, opening: int) -> int:
        """The position of the bracket that closes the one at `opening`, -1 where none does."""
        depth = 0
        for i in range(opening, len(self.tokens)):
            depth += (self.tokens[i].text in CLOSING) - (self.tokens[i].text in CLOSING.values())
            if depth == 0:
                return i
        return -1

    def factor(self) -> sympy.Expr:
        """("+" | "-")* power"""
        self.enter()
        try:
            if sign := self.take("+", "-"):
                inner = self.factor()
                return inner if sign == "+" else -inner
            return self.power()
        finally:
            self.depth -= 1

    def enter(self) -> None:
        """One level deeper. Raises ParseError beyond MAX_DEPTH."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"brackets, signs or powers nested more than {MAX_DEPTH} deep")

    def power(self) -> sympy.Expr:
        """atom superscript* ["^" (group | factor)]"""
        start = self.position
        base = self.atom()
        while self.token.kind == "superscript":
            self.position += 1
            base = self.raised(base, self.integer(self.last))
        if not self.take("^"):
            return base
        exponent_at = self.position
        exponent = self.group() if self.token.text == "{" else self.factor()
        if base.is_number and self.begins() and not self.spaced and self.last.text not in CLOSING.values():
            lower, upper = self.source(start, exponent_at - 1), self.source(exponent_at, self.position)
            rest = self.source(self.position, self.position + 1)
            raise self.ambiguous(f"{lower}^{upper}{rest}", f"{lower}^({upper}*{rest})", f"{lower}^{upper}*{rest}", self.token)
        return self.raised(base, exponent)

    def integer(self, token: Token) -> sympy.Expr:
        """An exponent in superscript digits."""
        digits = token.text.lstrip("+-")
        if not digits.isdigit() or len(token.text) > len(digits) + 1:
            raise self.fail(f"the exponent at column {token.column} is not an integer", token)
        value = self.number(digits)
        return -value if token.text.startswith("-") else value

    def raised(self, base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
        """base**exponent. Raises ParseError where it would be too large or is not defined."""
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

    # -- atoms ------------------------------------------------------------------------------------
    def atom(self) -> sympy.Expr:
        """A number, name, derivative, command, root or group."""
        token = self.token
        self.position += 1
        if token.kind == "number":
            return self.number(token.text)
        if token.kind == "derivative":
            return self.scope.derivative(token)
        if token.kind == "name":
            return self.name(token)
        if token.kind == "command" and token.text not in (r"\dot", r"\ddot", r"\dddot"):
            return self.command(token)
        if token.text == "√":
            return self.root(token)
        if token.text in ("(", "{") and token.kind == "operator":
            value = self.sum()
            self.close(token)
            return value
        self.position -= 1
        found = f"{token.text!r} at column {token.column}" if token.text else "the end"
        raise self.fail(f"a number, a name or '(' was expected, found {found}")

    def number(self, text: str) -> sympy.Expr:
        """An exact rational for digits, or a float where floats are wanted."""
        _, _, exponent = text.lower().partition("e")
        if len(exponent) > 4 or abs(int(exponent or 0)) > MAX_EXPONENT or len(text) > MAX_EXPONENT:
            raise self.fail(f"the number {shorten(text)} is too long")
        if self.floats and not text.isdigit() and "/" not in text:
            return sympy.Float(float(text))
        value = Fraction(text)
        return sympy.Rational(value.numerator, value.denominator)

    def close(self, opening: Token) -> None:
        """Take the bracket that closes `opening`. Raises ParseError where it is not there."""
        if not self.take(CLOSING[opening.text]):
            raise self.fail(f"unbalanced bracket: {opening.text!r} opened at column {opening.column} is not closed", opening)

    def group(self) -> sympy.Expr:
        """The argument of a LaTeX command or an exponent: {sum}, or one atom."""
        self.enter()
        try:
            token = self.token
            if not self.take("{"):
                return self.atom()
            value = self.sum()
            self.close(token)
            return value
        finally:
            self.depth -= 1

    def command(self, token: Token) -> sympy.Expr:
        r"""\sqrt{a}, \sqrt[n]{a} and \frac{a}{b}."""
        if token.text == r"\sqrt":
            degree = sympy.Integer(2)
            if self.take("["):
                opening = self.last
                degree = self.sum()
                self.close(opening)
            if degree.is_zero:
                raise self.fail("division by zero")
            return self.raised(self.group(), 1 / degree)
        above, below = self.group(), self.group()
        if below.is_zero:
            raise self.fail("division by zero")
        return above / below

    def root(self, token: Token) -> sympy.Expr:
        """√ and what stands under it."""
        bare = self.token.text != "("
        self.enter()
        try:
            value = self.atom()
        finally:
            self.depth -= 1
        if bare and self.begins() and not self.spaced:
            inner, rest = self.last.text, self.token.text
            raise self.ambiguous(f"√{inner}{rest}", f"√({inner}*{rest})", f"√({inner})*{rest}", token)
        return sympy.sqrt(value)

    # -- names ------------------------------------------------------------------------------------
    def name(self, token: Token) -> sympy.Expr:
        """A symbol, or a function with its argument."""
        name = token.text
        if self.token.kind == "operator" and self.token.text in ("(", "["):
            return self.before_bracket(token)
        if name in self.scope.functions and self.token.kind == "prime":
            return self.primed_function(token)
        if name in FUNCTIONS and not self.scope.declares(name):
            if self.token.kind == "superscript" or self.token.text == "^":
                return self.powered_function(token)
            if self.begins() and self.token.kind != "derivative":
                return self.apply(token, [self.few_names(token)])
        return self.scope.symbol(token)

    def before_bracket(self, token: Token) -> sympy.Expr:
        """A name before a bracket: a call, a variable at time t, or a product."""
        name, opening = token.text, self.token
        time = self.scope.time
        inside, closing = self.tokens[self.position + 1], self.tokens[self.position + 2]
        if time and inside.text == time and closing.text == CLOSING[opening.text]:
            if self.scope.moves(name):
                self.position += 3
                return self.scope.symbol(token)
            if self.scope.declares(name) and name not in FUNCTIONS:
                product = f"write {name}*{time} for the product, or declare {name} among the functions"
                raise self.fail(f"{name}({time}) depends on time, but {name} is a constant parameter: {product};", token)
        if opening.text == "[":  # Sin[x], as Mathematica writes it
            if name.lower() not in FUNCTIONS:
                raise self.fail(f"unknown function {name!r}{self.scope.hint(name)}", token)
            token = token._replace(text=name.lower())
        elif (self.scope.declares(name) or name in PI) and name not in FUNCTIONS and name.lower() not in NON_SMOOTH:
            if self.scope.moves(name) and self.matching(self.position) > 0:
                self.check_product(token)
            return self.scope.symbol(token)
        elif self.is_factor(token):
            return self.scope.symbol(token)
        self.check_function(token)
        self.position += 1
        arguments = [self.sum()]
        while self.take(","):
            arguments.append(self.sum())
        self.close(opening)
        return self.apply(token, arguments)

    def check_product(self, name: Token) -> None:
        """Refuse x(t - 1) and x(0) of a variable x: as likely its value at that time as a product."""
        end = self.matching(self.position)
        inner = self.tokens[self.position + 1 : end]
        names = [t.text for t in inner if t.kind in ("name", "derivative")]
        if not names or (self.scope.time in names and not any(map(self.scope.moves, names))):
            shown, inside = self.source(self.position - 1, end + 1), self.source(self.position + 1, end)
            raise self.ambiguous(shown, f"{name.text}*({inside})", f"the value of {name.text} at the time {inside}", name)

    def is_factor(self, name: Token) -> bool:
        """Whether an unknown name stands apart from a sum in brackets, as mu does in mu (1 - x^2): as no function is called."""
        known = self.callable(name.text) or self.callable(name.text.lower()) or name.text.lower() in NON_SMOOTH
        close = get_close_matches(name.text.lower(), [*_CALLED, *self.scope.functions], n=1, cutoff=0.75)
        end = self.matching(self.position)
        if known or close or end < 0 or name.end == self.token.start:
            return False
        inner = self.tokens[self.position + 1 : end]
        names = [t.text for t in inner if t.kind in ("name", "derivative")]
        delayed = self.scope.time in names and not any(map(self.scope.moves, names))
        return not delayed and any(t.kind == "operator" and t.text in ("+", "-") for t in inner[1:])

    def callable(self, name: str) -> bool:
        """Whether the name is that of a function, of the package or of the user."""
        return name in _CALLED or name in ("partial", "pow") or name in self.scope.functions

    def primed_function(self, token: Token) -> sympy.Expr:
        """V'(q) of an undefined function V."""
        order = self.token.order
        self.position += 1
        opening = self.token
        if not self.take("("):
            raise self.fail(f"{token.text}' is a function and needs an argument", token)
        argument = self.sum()
        self.close(opening)
        return parsed_partial(self.scope.functions[token.text](argument), [sympy.Integer(order)])

    def check_function(self, token: Token) -> None:
        """Raise ParseError unless this is a smooth function that is known or declared."""
        name, functions = token.text, self.scope.functions
        if name.lower() in NON_SMOOTH:
            raise self.fail(not_smooth(name), token)
        if not self.callable(name):
            accepted = ", ".join(sorted([*FUNCTIONS, "pow", *functions]))
            raise self.fail(f"unknown function {name!r}{self.scope.called(name)}; accepted: {accepted}", token)

    def apply(self, token: Token, arguments: list[sympy.Expr]) -> sympy.Expr:
        """The function at its arguments. Raises ParseError for a wrong number of them."""
        name = token.text
        if name in self.scope.functions:
            return self.scope.functions[name](*arguments)
        if name == "partial":
            return parsed_partial(arguments[0], arguments[1:])
        expected = ARITY.get(name, 1)
        if len(arguments) != expected:
            raise self.fail(f"{name} takes {expected} argument{'s' * (expected > 1)}, {len(arguments)} given", token)
        if name == "pow":
            return self.raised(*arguments)
        value = _CALLED[name](*arguments)
        if value.has(sympy.zoo, sympy.oo, -sympy.oo, sympy.nan):
            raise self.fail(f"{name}({', '.join(map(str, arguments))}) is not finite", token)
        return value

    def powered_function(self, token: Token) -> sympy.Expr:
        """sin^2(x), sin²x: a power of the value."""
        if self.token.kind == "superscript":
            self.position += 1
            exponent = self.integer(self.last)
        else:
            self.position += 1
            sign = -1 if self.take("-") else 1
            exponent = sign * self.group()
        if not self.begins():
            raise self.fail(f"{token.text} is a function and needs an argument", token)
        if exponent == -1:
            raise self.ambiguous(f"{token.text}^-1", f"a{token.text}", f"1/{token.text}", token)
        if self.token.text == "(":
            opening = self.token
            self.position += 1
            arguments = [self.sum()]
            self.close(opening)
        else:
            arguments = [self.few_names(token)]
        return self.raised(self.apply(token, arguments), exponent)

    def few_names(self, function: Token) -> sympy.Expr:
        """The argument of a function without brackets: a number, π, one factor, and perhaps the time. sin 2πx, cos ωt."""
        start = self.position
        if self.token.text == "{" and self.tokens[start + 1].text == "(":  # \sin{\left(x\right)}, as sympy prints it
            end = self.matching(start + 1)
            if end > 0 and self.tokens[end + 1].text == "}":
                value = self.group()
                if self.token.kind == "superscript" or self.token.text == "^":
                    shown = self.source(start - 1, self.position)
                    raise self.ambiguous(f"{shown}^", f"({shown})^", f"{function.text} of a power", function)
                return value
        parts = []
        self.enter()
        try:
            while self.token.kind == "number" or self.token.text in PI:
                parts.append(self.power())
            if self.begins() and self.token.text != "(" and self.token.text not in FUNCTIONS:
                parts.append(self.power())
                if self.token.text == self.scope.time:
                    parts.append(self.power())
        finally:
            self.depth -= 1
        if not parts:
            raise self.fail(f"{function.text} is a function: write its argument in brackets", function)
        beside = self.begins() and self.token.text not in FUNCTIONS and self.token.kind != "command"
        if beside or (self.token.text in ("*", "/") and not self.spaced):
            after = self.position + (not beside)
            operator = "*" if beside else self.token.text
            given, rest, name = self.source(start, self.position), self.tokens[after].text, function.text
            shown = self.source(start - 1, after + 1)
            raise self.ambiguous(shown, f"{name}({given}{operator}{rest})", f"{name}({given}){operator}{rest}", function)
        return sympy.Mul(*parts)
