"""Expressions in LaTeX, with symbols of any name: Greek letters by their commands, signs of the language escaped."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import sympy


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLAIN = re.compile(r"[A-Za-z0-9_']+(\^[A-Za-z0-9]+)?")
_MARKUP = re.compile(r"(?:[A-Za-z0-9_^{}'+\-=,.()* ]|\\[A-Za-z]+)+")
_COMMANDS = _words(
    "hat tilde bar vec dot ddot check breve acute grave mathring overline underline widehat widetilde mathrm mathbf mathit "
    "mathsf mathtt mathcal mathbb mathfrak boldsymbol text textrm operatorname prime ell hbar imath jmath nabla partial infty "
    "star ast dagger perp parallel varepsilon vartheta varphi varpi varrho varsigma varkappa alpha beta gamma delta epsilon zeta "
    "eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma "
    "Upsilon Phi Psi Omega"
)
_SPECIAL = {"\\": r"\backslash ", "^": r"\hat{\ }", "~": r"\sim "} | {c: "\\" + c for c in "#$%&_{}"}
_SIGNS = {"∂": r"\partial ", "∇": r"\nabla ", "∞": r"\infty ", "ℓ": r"\ell ", "ħ": r"\hbar ", "′": "'", "·": r"\cdot "}
_SIGNS |= {"ς": r"\varsigma ", "ϕ": r"\phi ", "ϵ": r"\epsilon ", "ϑ": r"\vartheta ", "ϱ": r"\varrho ", "ϖ": r"\varpi "}
_LATIN = _words("Alpha Beta Epsilon Zeta Eta Iota Kappa Mu Nu Omicron omicron Rho Tau Chi")
"""Greek letters that LaTeX has no command for: they look like Latin ones."""


def latex(e: sympy.Basic) -> str:
    """`sympy.latex`, fit for pdflatex whatever the symbols are called.

    A name in LaTeX markup, such as \\tilde{x}, stays markup as long as it holds nothing but mathematical letters.

    >>> latex(sympy.Symbol("λ_1") ** 2 + sympy.Symbol("a%"))
    'a\\\\% + \\\\lambda_{1}^{2}'
    """
    names = {s: text for s in e.free_symbols if (text := symbol_latex(s.name)) is not None}
    return str(sympy.latex(e, symbol_names=names))


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


def _is_markup(name: str) -> bool:
    depth = 0
    for c in name:
        depth += (c == "{") - (c == "}")
        if depth < 0:
            return False
    commands = re.findall(r"\\([A-Za-z]+)", name)
    return depth == 0 and bool(_MARKUP.fullmatch(name)) and _COMMANDS.issuperset(commands)


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
