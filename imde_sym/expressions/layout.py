"""Sums of products, and how they are written: as text, as LaTeX, as expressions.

A sum is a list of terms; a term is a number, what stands above the fraction bar and what below it. A piece is an
expression, written as it is, or a group, a sum in brackets with a power. Scripts write sums in
chunks, between which a line may end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import sympy
from sympy.core.parameters import distribute
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from .latex import latex_printer

WIDTH = 75
"""Characters of a LaTeX line, commands not counted, before a formula is split between its terms."""
TEXT_WIDTH = 120
"""Characters of a line of text."""
FEW = 20
"""Terms of a sum that may stay in one line of LaTeX."""
SHORT = 60
"""Characters of a term of text that no line breaks."""
DIGITS = 10
"""Of decimals that have more."""
DOUBLE = 15
"""As many digits as a double surely has."""
SMALL = 99
"""Up to which numerators and denominators a fraction that is no decimal stays one among decimals."""
LONG = 40
"""Bits of a fraction beyond which a decimal is easier to read, in answers of rounded methods."""
_DECIMAL = re.compile(r"(?<![\w.])(?:\d*\.\d*[1-9]\d*(?:[eE][+-]?\d+)?|\d+(?:\.\d*)?[eE]-\d+)")
_QUOTIENT = re.compile(r"/\s*\d|\\[dt]?frac\{?-?\d")
_TOKEN = re.compile(r"\\[a-zA-Z]+|[{}]|[^\\{}^_\s]+")
_SPELT = frozenset(["sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log"])
_SPACELESS = frozenset([r"\left", r"\right", r"\bigl", r"\bigr", r"\operatorname", r"\mathrm", r"\text", r"\mathtt", r"\mathcal"])


class Group(NamedTuple):
    """A sum in brackets with a power."""

    terms: tuple[Term, ...]
    power: int = 1


class Term(NamedTuple):
    """number * above / below."""

    number: Any
    above: tuple[sympy.Expr | Group, ...] = ()
    below: tuple[sympy.Expr | Group, ...] = ()


class Numerals(NamedTuple):
    """How rational numbers are written: as fractions, or as decimals of some digits where that is what the user writes.

    decimals : significant digits of decimals; 0 for fractions
    rounded  : whether long fractions are rounded numbers, so written as decimals of `DOUBLE` digits too
    """

    decimals: int = 0
    rounded: bool = False

    @property
    def fractions(self) -> bool:
        """Whether numbers are written as fractions."""
        return not self.decimals and not self.rounded

    def decimal(self, x: Fraction) -> str | None:
        """The positive number as a decimal; None where it is to be written as a fraction.

        >>> Numerals(10).decimal(Fraction(37, 100)), Numerals(10).decimal(Fraction(1, 3)), Numerals().decimal(Fraction(1, 2))
        ('0.37', None, None)
        """
        if x.denominator == 1 and (self.fractions or x.numerator.bit_length() <= LONG):
            return None
        if self.rounded and x.numerator.bit_length() + x.denominator.bit_length() > LONG:
            return _decimal(x, DOUBLE)
        if not self.decimals:
            return None
        rest = x.denominator
        for p in (2, 5):
            while rest % p == 0:
                rest //= p
        return None if rest > 1 and max(x.numerator, x.denominator) <= SMALL else _decimal(x, self.decimals)


FRACTIONS = Numerals()


def numerals_of(
    expressions: Iterable[sympy.Expr], rounded: bool = False, digits: int = DIGITS, typed: bool | None = None
) -> Numerals:
    """Decimals where they were typed; where that is not known, where an expression holds a number of a tenth, a hundredth, ...

    typed : what `typed_decimals` says

    >>> numerals_of([sympy.Rational("0.37") * sympy.Symbol("x")])
    Numerals(decimals=10, rounded=False)
    """
    found = typed
    if found is None:  # nobody writes 37/100 for 0.37
        found = any(int(a.q) % 10 == 0 or int(a.q) % 25 == 0 for e in expressions for a in e.atoms(sympy.Rational))
    return Numerals(digits if found else 0, rounded)


def typed_decimals(*given: Any) -> bool | None:
    """Whether what a user gave holds decimals (True) or fractions instead (False); None where neither was typed.

    >>> typed_decimals("x' = -0.5*x"), typed_decimals({"k": 0.37}), typed_decimals("x' = -x/2"), typed_decimals("x' = 2.0*x")
    (True, True, False, None)
    """
    answers: set[bool | None] = set()
    left, seen = list(given), set()
    while left:
        one = left.pop()
        if isinstance(one, str):
            answers.add(True if _DECIMAL.search(one) else False if _QUOTIENT.search(one) else None)
        elif isinstance(one, float | sympy.Float):
            answers.add(True if one % 1 else None)
        elif isinstance(one, sympy.Basic):
            left += one.atoms(sympy.Float)
        elif isinstance(one, dict | list | tuple | sympy.MatrixBase) and id(one) not in seen:  # a list may hold itself
            seen.add(id(one))
            left += [*one.keys(), *one.values()] if isinstance(one, dict) else one
    return True if True in answers else False if False in answers else None


def _decimal(x: Fraction, digits: int) -> str:
    return decimal_text(x, digits)


def decimal_text(x: Any, digits: int = DOUBLE) -> str:
    """A real number to so many significant digits, without zeros at its end.

    >>> decimal_text(Fraction(1, 3), 4), decimal_text(0.5), decimal_text(Fraction(10**30, 7), 4)
    ('0.3333', '0.5', '1.429e+29')
    """
    if isinstance(x, Fraction):
        text = str(sympy.Rational(x.numerator, x.denominator).evalf(digits))
    elif isinstance(x, float):
        return f"{x:.{digits}g}"
    else:
        text = str(sympy.sympify(x).evalf(min(digits, DOUBLE)))
    mantissa, e, exponent = text.partition("e")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + e + exponent


class Script:
    """A way of writing; atoms are written once and remembered."""

    def __init__(self, numerals: Numerals = FRACTIONS):
        self.numerals = numerals
        self._known: dict[Any, str] = {}
        self._numbers: dict[Any, tuple[bool, str, str]] = {}

    def atom(self, e: sympy.Expr) -> str:
        """An expression as a factor, in brackets where it needs them."""
        found = self._known.get(e)
        if found is None:
            found = self._known[e] = self._write(e)
        return found

    def number(self, x: Any) -> tuple[bool, str, str]:
        """Whether it is negative, and numerator and denominator without the sign; "" for 1."""
        found = self._numbers.get(x)
        if found is None:
            found = self._numbers[x] = self._number(x)
        return found

    def _number(self, x: Any) -> tuple[bool, str, str]:
        if not isinstance(x, Fraction):
            shown = decimal_text(abs(x))
            return bool(x < 0), "" if shown == "1" else self._digits(shown), ""
        size = abs(x)
        if (text := self.numerals.decimal(size)) is not None:
            return x < 0, self._digits(text), ""
        above, below = (str(n) if n != 1 else "" for n in (size.numerator, size.denominator))
        return x < 0, above, below

    def chunks(self, terms: Sequence[Term]) -> list[str]:
        """The sum in pieces, each but the first with its sign in front."""
        out: list[str] = []
        for i, term in enumerate(terms):
            negative, parts = self.term(term)
            sign = ("-" if i == 0 else "- ") if negative else ("" if i == 0 else "+ ")
            out.append(sign + parts[0])
            out.extend(parts[1:])
        return out or ["0"]

    def sum(self, terms: Sequence[Term]) -> str:
        """The sum in one line."""
        return " ".join(self.chunks(terms))

    def term(self, term: Term) -> tuple[bool, list[str]]:
        """Whether the term is negative, and its chunks without the sign."""
        raise NotImplementedError

    def _write(self, e: sympy.Expr) -> str:
        raise NotImplementedError

    def _digits(self, text: str) -> str:
        return text


class _StrPrinter(StrPrinter):  # type: ignore[misc]  # sympy is not typed
    """sympy's printer with numbers inside functions as `numerals` says."""

    def __init__(self, numerals: Numerals):
        super().__init__()
        self._numerals = numerals

    def _print_Rational(self, e: sympy.Rational) -> str:
        text = None if e.is_Integer else self._numerals.decimal(abs(Fraction(int(e.p), int(e.q))))
        return str(super()._print_Rational(e)) if text is None else f"-{text}" if e < 0 else text

    def _print_Mul(self, e: sympy.Expr) -> str:
        # among decimals 37*x/100 is 0.37*x: as a term, which knows
        if self._numerals.fractions or not e.is_commutative:
            return str(super()._print_Mul(e))
        number, rest = e.as_coeff_Mul(rational=True)
        text = None if number.is_Integer else self._numerals.decimal(abs(Fraction(int(number.p), int(number.q))))
        if text is None:
            return str(super()._print_Mul(e))
        inner = self._print(rest) if rest.is_Mul else self.parenthesize(rest, PRECEDENCE["Mul"])
        if rest.is_Pow and rest.exp.is_Rational and rest.exp < 0:
            inner = f"1/{self.parenthesize(1 / rest, PRECEDENCE['Mul'])}"
        product = text + inner.removeprefix("1") if inner.startswith("1/") else f"{text}*{inner}"
        return f"{'-' if number < 0 else ''}{product}"

    def _print_Pow(self, e: sympy.Expr, rational: bool = False) -> str:
        if self._numerals.fractions or not e.exp.is_Rational or e.exp.is_Integer or abs(e.exp) == sympy.S.Half:
            return str(super()._print_Pow(e, rational))
        return f"{self.parenthesize(e.base, PRECEDENCE['Pow'], strict=False)}**({e.exp.p}/{e.exp.q})"  # powers stay fractions

    def _print_Float(self, e: sympy.Float) -> str:
        return decimal_text(e)


class Text(Script):
    """As sympy writes it: p**2/2."""

    def __init__(self, numerals: Numerals = FRACTIONS):
        super().__init__(numerals)
        self._printer = _StrPrinter(numerals)

    def _write(self, e: sympy.Expr) -> str:
        return str(self._printer.parenthesize(e, PRECEDENCE["Mul"]))

    def term(self, term: Term) -> tuple[bool, list[str]]:
        """Whether the term is negative, and its chunks without the sign."""
        negative, top, bottom = self.number(term.number)
        above, below = ([top] if top else []), ([bottom] if bottom else [])
        groups = []
        for p in term.above:
            if isinstance(p, Group):
                groups.append(p)
            else:
                above.append(self._known.get(p) or self.atom(p))
        below += [self._bracket(p) if isinstance(p, Group) else self._known.get(p) or self.atom(p) for p in term.below]
        end = "" if not below else f"/{below[0]}" if len(below) == 1 else f"/({'*'.join(below)})"
        if not groups:
            return negative, [("*".join(above) or "1") + end]
        longest = max(groups, key=lambda g: len(g.terms))
        before = [*above, *(self._bracket(g) for g in groups if g is not longest)]
        inner = self.chunks(longest.terms)
        inner[0] = "".join(f"{b}*" for b in before) + "(" + inner[0]
        inner[-1] += ")" + (f"**{longest.power}" if longest.power != 1 else "") + end
        return negative, [whole] if len(whole := " ".join(inner)) <= SHORT else inner

    def _bracket(self, g: Group) -> str:
        return f"({self.sum(g.terms)})" + (f"**{g.power}" if g.power != 1 else "")


class Latex(Script):
    """LaTeX, with brackets that fit where a term stays in one line.

    expressions, among : all that is written, and what else stands on the page (see `latex`)
    """

    def __init__(self, expressions: Iterable[sympy.Basic], among: Iterable[sympy.Basic] = (), numerals: Numerals = FRACTIONS):
        super().__init__(numerals)
        self._printer = latex_printer(expressions, among, numerals)
        self.width = WIDTH

    def _write(self, e: sympy.Expr) -> str:
        text = str(self._printer.doprint(e))
        return rf"\left({text}\right)" if e.is_Add else text

    def _digits(self, text: str) -> str:
        mantissa, e, exponent = text.partition("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else text

    def term(self, term: Term) -> tuple[bool, list[str]]:
        """Whether the term is negative, and its chunks without the sign."""
        negative, top, bottom = self.number(term.number)
        above = [self.atom(p) for p in term.above if not isinstance(p, Group)]
        groups = [p for p in term.above if isinstance(p, Group)]
        below = [self._bracket(p) if isinstance(p, Group) else self.atom(p) for p in term.below]
        if not top and not groups and len(above) == 1 and (below or bottom):
            above = [self._alone(term.above[0])]
        if not bottom and len(below) == 1:
            below = [self._alone(term.below[0])]
        start, under = _times(top, above), _times(bottom, below)
        if not groups:
            return negative, [rf"\frac{{{start or 1}}}{{{under}}}" if under else start or "1"]
        longest = max(groups, key=lambda g: len(g.terms))
        others = [self._bracket(g) for g in groups if g is not longest]
        inner = self.chunks(longest.terms)
        power = f"^{{{longest.power}}}" if longest.power != 1 else ""
        whole = " ".join(filter(None, [start, *others, f"{_fitting(' '.join(inner))}{power}"]))
        if under and not start and not others and not power:
            whole = " ".join(inner)
        if under:
            whole = rf"\frac{{{whole}}}{{{under}}}"
        if len(inner) <= FEW and visible(whole) <= self.width:
            return negative, [whole]
        if under:
            start = rf"\frac{{{start or 1}}}{{{under}}}"
        inner[0] = " ".join(filter(None, [start, *others, rf"\bigl({inner[0]}"]))
        inner[-1] += rf"\bigr){power}"
        return negative, inner

    def _alone(self, p: sympy.Expr | Group) -> str:
        """A piece that needs no brackets, as it is all of a numerator or denominator."""
        if isinstance(p, Group):
            return self.sum(p.terms) if p.power == 1 else self._bracket(p)
        text = self.atom(p)
        return text.removeprefix(r"\left(").removesuffix(r"\right)") if p.is_Add else text

    def _bracket(self, g: Group) -> str:
        return _fitting(self.sum(g.terms)) + (f"^{{{g.power}}}" if g.power != 1 else "")


def _times(number: str, factors: Sequence[str]) -> str:
    """A product; a dot where two numbers meet."""
    if number and factors and factors[0][:1].isdigit():
        return rf"{number} \cdot {' '.join(factors)}"
    return " ".join([*([number] if number else []), *factors])


def _fitting(text: str) -> str:
    return rf"\left({text}\right)"


class Expressions(Script):
    """sympy expressions that keep the groups."""

    def expression(self, terms: Sequence[Term]) -> sympy.Expr:
        """The sum as an expression."""
        with distribute(False):
            return sympy.Add(*map(self._product, terms))

    def _product(self, term: Term) -> sympy.Expr:
        x = term.number
        number = sympy.Rational(x.numerator, x.denominator) if isinstance(x, Fraction) else sympy.sympify(x)
        above, below = ([self._piece(p) for p in side] for side in (term.above, term.below))
        return sympy.Mul(number, *above, *(1 / p for p in below))

    def _piece(self, p: sympy.Expr | Group) -> sympy.Expr:
        return self.expression(p.terms) ** p.power if isinstance(p, Group) else p


def visible(latex: str) -> int:
    """About how wide LaTeX text is, in characters: a fraction is as wide as the longer of its sides.

    >>> visible(r"\\frac{1}{2} p^{2} + \\sin{\\left(q \\right)}")
    10
    """
    sizes, fractions, pending, last = [0.0], [0], 0, 0.0
    for token in _TOKEN.findall(latex):
        if token == "{":
            sizes.append(0.0)
            fractions.append(0)
            fractions[-2], pending = (2, 0) if pending else (fractions[-2], 0)
        elif token == "}" and len(sizes) > 1:
            size = sizes.pop()
            fractions.pop()
            if fractions[-1] == 2:  # the numerator waits for the denominator
                sizes[-1] += size
                fractions[-1] = 1
                last = size
            elif fractions[-1] == 1:
                sizes[-1] += max(0.0, size - last)
                fractions[-1] = 0
            else:
                sizes[-1] += size
        elif token == r"\frac":
            pending = 1
        else:
            sizes[-1] += _width(token)
    return round(sum(sizes))


@lru_cache(maxsize=4096)
def _width(token: str) -> float:
    """Of a command, or of characters side by side."""
    if token[0] == "\\":
        return len(token) - 1 if token[1:] in _SPELT else token not in _SPACELESS
    return len(token) + sum(map(token.count, "+-=")) / 2


def lines_of(chunks: Sequence[str], width: int, measure: Any = len, first: int = 0) -> list[str]:
    """Chunks put together into lines of about `width`; `first` is what stands before the first one.

    >>> lines_of(["a", "+ b", "+ c"], 5)
    ['a + b', '+ c']
    """
    lines: list[list[str]] = [[]]
    size = first
    for chunk in chunks:
        length = measure(chunk) + 1
        if lines[-1] and size + length > width + 1:
            lines.append([])
            size = 0
        lines[-1].append(chunk)
        size += length
    return [" ".join(line) for line in lines]
