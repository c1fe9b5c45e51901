"""Expressions in LaTeX, with symbols of any name: Greek letters by their commands, signs of the language escaped.

What is escaped is harmless in Markdown and HTML too, whose pages hold LaTeX formulas.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy
from sympy.core.function import AppliedUndef, UndefinedFunction
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE

from .undefined import decode


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLAIN = re.compile(r"[A-Za-z0-9']+(__?[A-Za-z0-9']+)*(\^[A-Za-z0-9]+)?")
_MARKUP = re.compile(r"(?:[A-Za-z0-9_^{}'+\-=,.()* ]|\\[A-Za-z]+)+")
_WORDS = re.compile(r"[A-Za-z0-9 ,.;:()+/'-]+")
_LOOSE = re.compile(r"^[_^]|[_^][_^}]|[_^]$")
"""Scripts of nothing, or two of one kind."""
_COMMANDS = _words(
    "hat tilde bar vec dot ddot check breve acute grave mathring overline underline widehat widetilde mathrm mathbf mathit "
    "mathsf mathtt mathcal mathbb mathfrak boldsymbol text textrm operatorname prime ell hbar imath jmath nabla partial infty "
    "star ast dagger perp parallel varepsilon vartheta varphi varpi varrho varsigma varkappa alpha beta gamma delta epsilon zeta "
    "eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma "
    "Upsilon Phi Psi Omega"
)
_SPECIAL = {"\\": r"\backslash ", "^": r"\hat{\ }", "~": r"\sim ", "|": r"\vert ", "<": "{<}", ">": "{>}", "*": r"\ast "}
_SPECIAL |= {"[": r"\lbrack ", "]": r"\rbrack ", "`": r"\mathtt{U60}", '"': r"\mathtt{U22}"} | {c: "\\" + c for c in "#$%&_{}"}
_SIGNS = {"∂": r"\partial ", "∇": r"\nabla ", "∞": r"\infty ", "ℓ": r"\ell ", "ħ": r"\hbar ", "′": "'", "·": r"\cdot "}
_SIGNS |= {"ς": r"\varsigma ", "ϕ": r"\phi ", "ϵ": r"\epsilon ", "ϑ": r"\vartheta ", "ϱ": r"\varrho ", "ϖ": r"\varpi "}
_SIGNS |= {"≤": r"\leq ", "≥": r"\geq ", "±": r"\pm ", "×": r"\times ", "−": "-", "→": r"\to ", "∅": r"\emptyset ", "∈": r"\in "}
_SIGNS |= {"⊗": r"\otimes ", "∘": r"\circ ", "√": r"\surd "} | {c: f"{{}}^{{{n}}}" for n, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_LATIN = _words("Alpha Beta Epsilon Zeta Eta Iota Kappa Mu Nu Omicron omicron Rho Tau Chi")
"""Greek letters that LaTeX has no command for: they look like Latin ones."""


PRIMES = 3
"""Derivatives of up to this order have primes."""
_LETTERS = (type(sympy.pi), type(sympy.I), type(sympy.E), type(sympy.EulerGamma), sympy.exp)


class _Printer(LatexPrinter):  # type: ignore[misc]  # sympy is not typed
    """sympy's printer with names of symbols and of undefined functions as `names` says."""

    def __init__(self, names: dict[Any, str], numerals: Any = None, **settings: Any):
        super().__init__({"symbol_names": {s: t for s, t in names.items() if isinstance(s, sympy.Symbol)}} | settings)
        self._functions = {f: t for f, t in names.items() if isinstance(f, UndefinedFunction)}
        self._numerals = numerals

    def _print_AppliedUndef(self, e: sympy.Expr, exp: str | None = None) -> str:
        name = self._functions.get(e.func)
        if name is None:
            return str(self._print_Function(e, exp))
        power = "" if exp is None else rf"^{{{exp}}}"
        return rf"{{{name}}}{power}{{\left({','.join(map(self._print, e.args))} \right)}}"

    def _print_Derivative(self, e: sympy.Expr) -> str:
        """f'(x), f^{(4)}(x); of several arguments ∂ with their names, or how often by which where they are no symbols."""
        found = decode(e)
        if found is None:
            return str(super()._print_Derivative(e))
        function, arguments, orders = found
        name = self._functions.get(function) or self._print(sympy.Symbol(function.__name__))
        at = rf"\left({', '.join(map(self._print, arguments))}\right)"
        if len(orders) == 1:
            return name + ("'" * orders[0] if orders[0] <= PRIMES else f"^{{({orders[0]})}}") + at
        if not all(a.is_Symbol for a in arguments):
            return rf"{name}^{{({','.join(map(str, orders))})}}{at}"
        return "".join(_partial(self._print(a), n) for a, n in zip(arguments, orders, strict=True) if n) + f" {name}{at}"

    _print_Subs = _print_Derivative

    def _print_Pow(self, e: sympy.Expr) -> str:
        if decode(e.base) is not None and isinstance(e.base, sympy.Derivative | sympy.Subs) and e.exp.is_Integer and e.exp > 0:
            return rf"\left({self._print(e.base)}\right)^{{{e.exp}}}"
        if self._numerals is not None and not self._numerals.fractions and e.exp.is_Rational and abs(e.exp.p) > 1 and e.exp.q > 1:
            power = rf"^{{{'-' if e.exp < 0 else ''}\frac{{{abs(e.exp.p)}}}{{{e.exp.q}}}}}"  # powers stay fractions
            return f"{self.parenthesize(e.base, PRECEDENCE['Pow'])}{power}"
        return str(super()._print_Pow(e))

    def _print_Mul(self, e: sympy.Expr) -> str:
        number, rest = e.as_coeff_Mul(rational=True)
        plain = self._numerals is None or number.is_Integer or not e.is_commutative
        text = None if plain else self._numerals.decimal(abs(Fraction(int(number.p), int(number.q))))
        if text is None:
            return str(super()._print_Mul(e))
        inner, one = self._print(rest), r"\frac{1}"
        if inner.startswith(one):
            return f"{'- ' if number < 0 else ''}\\frac{{{text}}}{inner.removeprefix(one)}"
        return f"{'- ' if number < 0 else ''}{text} " + (rf"\left({inner}\right)" if rest.is_Add else str(inner))

    def _print_Rational(self, e: sympy.Rational) -> str:
        text = None if self._numerals is None or e.is_Integer else self._numerals.decimal(abs(Fraction(int(e.p), int(e.q))))
        return str(super()._print_Rational(e)) if text is None else f"-{text}" if e < 0 else str(text)


def _partial(name: str, n: int) -> str:
    return rf"\partial_{{{name}}}" + (f"^{{{n}}}" if n > 1 else "")


def letters(expressions: Iterable[sympy.Basic]) -> set[sympy.Basic]:
    """The numbers that are written as letters: π, i, e (of exp as well) and Euler's γ, as far as they occur.

    >>> letters([sympy.exp(sympy.Symbol("x"))])
    {E}
    """
    found = {a for e in expressions for a in e.atoms(*_LETTERS)}
    return {sympy.E if isinstance(a, sympy.exp) else a for a in found}


def latex(e: sympy.Basic, among: Iterable[sympy.Basic] = (), **settings: Any) -> str:
    """`sympy.latex`, fit for pdflatex whatever the symbols and functions are called, each written differently.

    among    : further symbols and constants on the same page, such as all of a system: alpha and α, x1 and x_1, a symbol e
               and exp look alike, so where both occur one of them is written letter by letter
    settings : those of `sympy.latex`
    A name in LaTeX markup, such as \\tilde{x}, stays markup as long as it holds nothing but mathematical letters.

    >>> latex(sympy.Symbol("λ_1") ** 2 + sympy.Symbol("a%"))
    'a\\\\% + \\\\lambda_{1}^{2}'
    >>> latex(sympy.Symbol("x1") + sympy.Symbol("x_1"))
    'x_{1} + \\\\mathtt{x\\\\_1}'
    """
    return str(latex_printer([e], among, **settings).doprint(e))


def latex_printer(
    expressions: Iterable[sympy.Basic], among: Iterable[sympy.Basic] = (), numerals: Any = None, **settings: Any
) -> Any:
    """The printer of `latex` for several expressions.

    numerals : how rational numbers are written (`layout.Numerals`); by default as fractions
    """
    expressions = list(expressions)
    functions = {f for e in expressions for f in ({a.func for a in e.atoms(AppliedUndef)} | e.atoms(UndefinedFunction))}
    symbols = {s for e in expressions for s in e.free_symbols}
    names = _names(frozenset(symbols | letters(expressions) | {*among})) | _names(frozenset(functions))
    return _Printer(names, numerals, **settings)


def dotted(name: str) -> str:
    r"""A name in LaTeX with a dot above it, not above its indices.

    >>> dotted("q_{1}"), dotted(r"\theta")
    ('\\dot{q}_{1}', '\\dot{\\theta}')
    """
    depth = 0
    for i, c in enumerate(name):
        depth += (c == "{") - (c == "}")
        if c in "_^'" and depth == 0 and i and name[i - 1] != "\\":
            return rf"\dot{{{name[:i]}}}{name[i:]}"
    return rf"\dot{{{name}}}"


def alike(symbols: Iterable[sympy.Symbol]) -> frozenset[sympy.Symbol]:
    """The symbols that look like another one of them, but for one of each kind.

    >>> alike(sympy.symbols("alpha, α, x"))
    frozenset({alpha})
    """
    given = frozenset(symbols)
    return frozenset(s for s, text in _names(given).items() if text != symbol_latex(s.name))


@lru_cache(maxsize=1024)
def _names(symbols: frozenset[Any]) -> dict[Any, str]:
    """How symbols (or functions) are written, where sympy's own way is not right or not told from another one's."""
    found: dict[Any, str] = {}
    numbers = {s for s in symbols if isinstance(s, _LETTERS)}
    taken = {_looks(str(sympy.latex(n))) for n in numbers}
    for s in sorted(symbols - numbers, key=lambda s: (_name(s).isascii(), _name(s), sympy.default_sort_key(s))):
        text = symbol_latex(_name(s))
        seen = str(sympy.latex(sympy.Symbol(_name(s)))) if text is None else text
        if _looks(seen) in taken:
            text = seen = _letter_by_letter(_name(s))
            while _looks(seen) in taken:  # symbols of one name
                text = seen = rf"{{{seen}}}'"
        taken.add(_looks(seen))
        if text is not None:
            found[s] = text
    return found


def _name(s: Any) -> str:
    return str(s.name if isinstance(s, sympy.Symbol) else s.__name__)


def _looks(text: str) -> str:
    return re.sub(r"[{}\s]", "", text)


def _letter_by_letter(name: str) -> str:
    shown = (c if c.isascii() and c.isalnum() else r"\_" if c == "_" else f"U{ord(c):02X}" for c in name)
    return rf"\mathtt{{{''.join(shown)}}}"


@lru_cache(maxsize=4096)
def symbol_latex(name: str) -> str | None:
    """How a symbol of this name looks in LaTeX; None where sympy's own way is right."""
    if _PLAIN.fullmatch(name) or _is_markup(name):
        return None
    base, *rest = name.split("_")
    if base and all(rest):
        below = " ".join(map(_letters, rest))
        return f"{_letters(base)}_{{{below}}}" if rest else _letters(base)
    return _letters(name)


def latex_words(text: str) -> str:
    r"""Plain text within a formula, such as a name; signs of the language as they look.

    >>> latex_words("A-stable, 2 stages")
    '\\text{A-stable, 2 stages}'
    """
    runs = re.findall(rf"{_WORDS.pattern}|.", text, re.DOTALL)
    return "".join(rf"\text{{{run}}}" if _WORDS.fullmatch(run) else _letter(run).strip() for run in runs)


def _is_markup(name: str) -> bool:
    depth = 0
    for c in name:
        depth += (c == "{") - (c == "}")
        if depth < 0:
            return False
    commands = re.findall(r"\\([A-Za-z]+)", name)
    formed = depth == 0 and not _LOOSE.search(name) and bool(_MARKUP.fullmatch(name))
    return formed and ("{" in name or bool(commands)) and _COMMANDS.issuperset(commands)


def _letters(text: str) -> str:
    return "".join(map(_letter, text)).strip()


def _letter(c: str) -> str:
    if c in _SPECIAL or c in _SIGNS:
        return _SPECIAL.get(c) or _SIGNS[c]
    if c.isascii():
        return c if c.isprintable() else rf"\mathtt{{U{ord(c):02X}}}"
    words = unicodedata.name(c, "").split(" ")
    if words[0] == "GREEK" and words[2:3] == ["LETTER"] and len(words) == 4:
        letter = words[3].lower().replace("lamda", "lambda")
        letter = letter.capitalize() if words[1] == "CAPITAL" else letter
        return rf"\mathrm{{{'o' if letter == 'omicron' else letter[0]}}}" if letter in _LATIN else rf"\{letter} "
    return rf"\text{{{c}}}" if c.isalpha() and ord(c) < 0x250 else rf"\mathtt{{U{ord(c):04X}}}"
