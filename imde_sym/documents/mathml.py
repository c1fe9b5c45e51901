"""The LaTeX of this package as MathML, which browsers show without any script or net."""

from __future__ import annotations

import re
from html import escape
from typing import ClassVar

_TOKEN = re.compile(r"\\(?:[a-zA-Z]+\*?|.)|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)


def _listed(text: str) -> list[str]:
    return text.split()


_GREEK_NAMES = _listed(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho sigma "
    "varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
_GREEK = dict(zip(_GREEK_NAMES, "αβγδϵεζηθϑικλμνξπϖρϱσςτυϕφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True))
_LETTERS = _GREEK | {"partial": "∂", "nabla": "∇", "infty": "∞", "ell": "ℓ", "hbar": "ℏ", "prime": "′"}
_LETTERS |= {"emptyset": "∅", "varnothing": "∅"}
_SIGNS = {
    "cdot": "⋅", "cdots": "⋯", "dots": "…", "ldots": "…", "circ": "∘", "otimes": "⊗", "times": "×", "pm": "±", "leq": "≤",
    "geq": "≥", "le": "≤", "ge": "≥", "neq": "≠", "to": "→", "sum": "∑", "prod": "∏", "int": "∫", "ast": "∗", "star": "⋆",
    "sim": "∼", "vert": "|", "backslash": "\\", "lbrack": "[", "rbrack": "]", "in": "∈", "mid": "∣", "dagger": "†",
    "approx": "≈", "equiv": "≡", "ll": "≪", "gg": "≫", "mapsto": "↦", "rightarrow": "→", "triangleright": "▷", "langle": "⟨",
    "rangle": "⟩", "subset": "⊂", "cup": "∪", "cap": "∩", "forall": "∀", "setminus": "∖", "perp": "⊥", "parallel": "∥",
    "land": "∧", "wedge": "∧", "lim": "lim",
}  # fmt: skip
_ACCENTS = {"dot": "˙", "ddot": "¨", "hat": "^", "tilde": "~", "bar": "¯", "vec": "→", "check": "ˇ", "breve": "˘", "acute": "´"}
_ACCENTS |= {"grave": "`", "overline": "¯", "widehat": "^", "widetilde": "~", "mathring": "˚"}
_VARIANTS = {"mathcal": "script", "mathbb": "double-struck", "mathfrak": "fraktur", "mathbf": "bold", "boldsymbol": "bold"}
_VARIANTS |= {"mathrm": "normal", "mathtt": "monospace", "mathsf": "sans-serif", "mathit": "italic"}
_SPACES = {"quad": "1em", "qquad": "2em", ",": "0.17em", ";": "0.28em", ":": "0.22em", " ": "0.25em", "!": "0em"}
_SIZES = frozenset(["bigl", "bigr", "Bigl", "Bigr", "big", "Big"])
_FUNCTIONS = _listed(
    "sin cos tan cot sec csc sinh cosh tanh coth exp log ln arcsin arccos arctan det max min sup inf deg dim arg"
)
_ELEMENTS = {n: f"<mi>{c}</mi>" for n, c in _LETTERS.items()}
_ELEMENTS |= {n: f'<mrow><mspace width="0.17em"></mspace><mi>{n}</mi></mrow>' for n in _FUNCTIONS}
_ELEMENTS |= {n: f"<mo>{escape(c)}</mo>" for n, c in _SIGNS.items()}
_ELEMENTS |= {n: f'<mspace width="{w}"></mspace>' for n, w in _SPACES.items()}
_ELEMENTS |= dict.fromkeys(["displaystyle", "textstyle", "limits", "nolimits"], "")
"""Commands that stand for one element, or for nothing."""


def mathml(latex: str, display: bool = False) -> str:
    r"""A formula in LaTeX, as this package writes it, as a <math> element; what is not known stays as text.

    >>> mathml("x^{2}")[:73]
    '<math><semantics><msup><mi>x</mi><mn>2</mn></msup><annotation encoding="a'
    """
    inner = _Reader(latex).all()
    kind = ' display="block"' if display else ""
    note = f'<annotation encoding="application/x-tex">{escape(latex)}</annotation>'
    return f"<math{kind}><semantics>{inner}{note}</semantics></math>"


def _row(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"


class _Reader:
    """Reads a formula token by token."""

    def __init__(self, latex: str):
        self._tokens = _TOKEN.findall(latex)
        self._place = 0

    def all(self) -> str:
        parts: list[str] = []
        while self._place < len(self._tokens):
            parts += self._until(())
            if self._place < len(self._tokens):  # a closing sign that nothing opened
                parts.append(f"<mtext>{escape(self._next())}</mtext>")
        return _row(parts)

    def _peek(self) -> str:
        while self._place < len(self._tokens) and self._tokens[self._place].isspace():
            self._place += 1
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._place += 1
        return token

    def _until(self, ends: tuple[str, ...]) -> list[str]:
        """Elements up to one of the tokens, or to one that ends what is outside."""
        parts: list[str] = []
        while (token := self._peek()) and token not in ends and token not in ("}", r"\right", r"\end", "&", r"\\"):
            parts.append(self._scripted())
        return parts

    def _scripted(self) -> str:
        base = "<mrow></mrow>" if self._peek() in ("_", "^") else self._atom()
        below = above = ""
        primes = ""
        while (token := self._peek()) in ("_", "^", "'"):
            self._next()
            if token == "'":
                primes += "′"
            elif token == "_":
                below = self._argument()
            else:
                above = self._argument()
        if primes:
            above = f"<mo>{primes}</mo>" if not above else f"<mrow><mo>{primes}</mo>{above}</mrow>"
        if below and above:
            return f"<msubsup>{base}{below}{above}</msubsup>"
        return f"<msub>{base}{below}</msub>" if below else f"<msup>{base}{above}</msup>" if above else base

    def _argument(self) -> str:
        if self._peek() == "{":  # a name, such as the index of h_{step}; products of letters have blanks between them
            end = next((i for i in range(self._place + 1, len(self._tokens)) if not self._tokens[i].isalpha()), len(self._tokens))
            name = "".join(self._tokens[self._place + 1 : end])
            if len(name) > 1 and end < len(self._tokens) and self._tokens[end] == "}":
                self._place = end + 1
                return f"<mi>{escape(name)}</mi>"
        return self._atom() if self._peek() else "<mrow></mrow>"

    def _raw(self) -> str:
        """The text of a group, taken as it is but for escapes."""
        if self._next() != "{":
            return ""
        depth, out = 1, []
        while self._place < len(self._tokens):
            token = self._tokens[self._place]
            self._place += 1
            depth += (token == "{") - (token == "}")
            if depth == 0:
                break
            out.append(token[1:] if len(token) == 2 and token[0] == "\\" else token)
        return "".join(out)

    def _atom(self) -> str:
        token = self._next()
        if token == "{":
            parts = self._until(())
            if self._peek() == "}":
                self._next()
            return _row(parts)
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        if token[0] == "\\" and len(token) > 1:
            return self._command(token[1:])
        if token.isalpha():
            return f"<mi>{escape(token)}</mi>"
        fixed = ' stretchy="false"' if token in "()[]|" else ""
        return f"<mo{fixed}>{'−' if token == '-' else escape(token)}</mo>"

    def _command(self, name: str) -> str:
        if name in _ELEMENTS:
            return _ELEMENTS[name]
        if name in _ACCENTS:
            return f'<mover accent="true">{self._argument()}<mo>{escape(_ACCENTS[name])}</mo></mover>'
        if name in _VARIANTS:
            return f'<mi mathvariant="{_VARIANTS[name]}">{escape(self._raw())}</mi>'
        if name in _SIZES:
            return self._argument()
        if name in ("frac", "tfrac", "dfrac"):
            return f"<mfrac>{self._argument()}{self._argument()}</mfrac>"
        if name in ("text", "textrm", "operatorname"):
            kind = "mi" if name == "operatorname" else "mtext"
            return f"<{kind}>{escape(self._raw())}</{kind}>"
        if name in self._structures:
            return str(getattr(self, self._structures[name])())
        return f"<mtext>\\{escape(name)}</mtext>" if name.isalpha() else f"<mo>{escape(name)}</mo>"

    _structures: ClassVar = {"sqrt": "_root", "left": "_fenced", "begin": "_table"}

    def _root(self) -> str:
        if self._peek() != "[":
            return f"<msqrt>{self._argument()}</msqrt>"
        self._next()
        index = _row(self._until(("]",)))
        self._next()
        return f"<mroot>{self._argument()}{index}</mroot>"

    def _fenced(self) -> str:
        opening, inner, closing = self._delimiter(), self._until(()), ""
        if self._peek() == r"\right":
            self._next()
            closing = self._delimiter()
        return f"<mrow>{opening}{''.join(inner)}{closing}</mrow>"

    def _delimiter(self) -> str:
        token = self._next()
        sign = _SIGNS.get(token[1:], token[1:]) if token.startswith("\\") else token
        return "" if sign in (".", "") else f'<mo stretchy="true">{escape(sign)}</mo>'

    def _table(self) -> str:
        environment = self._raw().rstrip("*")
        columns = self._raw() if environment == "array" and self._peek() == "{" else ""
        sides = {"l": "left", "c": "center", "r": "right"}
        aligns = [sides[c] for c in columns if c in sides]
        rows: list[str] = []
        cells: list[str] = []
        line = False
        while token := self._peek():
            if token == r"\hline":
                self._next()
                line = True
                continue
            if token not in ("&", r"\\", r"\end"):
                cells.append(
                    _row(self._until((r"\hline",))) if token not in ("}", r"\right") else f"<mo>{escape(self._next())}</mo>"
                )
                continue
            self._next()
            if token == "&":
                cells.append("&")
                continue
            if cells:
                rows.append(self._line(cells, aligns, environment, line))
                line = False
            cells = []
            if token == r"\end":
                self._raw()
                break
        table = '<mtable displaystyle="true">' + "".join(rows) + "</mtable>"
        fences = {"matrix": "[]", "bmatrix": "[]", "pmatrix": "()", "cases": "{"}.get(environment, "")
        opening, closing = ([f"<mo>{c}</mo>" for c in fences] + ["", ""])[:2]
        return f"<mrow>{opening}{table}{closing}</mrow>" if fences and environment != "matrix" else table

    def _line(self, cells: list[str], aligns: list[str], environment: str, line: bool) -> str:
        columns: list[list[str]] = [[]]
        for cell in cells:
            if cell == "&":
                columns.append([])
            else:
                columns[-1].append(cell)
        out = []
        for i, column in enumerate(columns):
            side = aligns[i] if i < len(aligns) else "center" if environment.endswith("matrix") else ("right", "left")[i % 2]
            rule = "; border-top: 1px solid" if line else ""
            out.append(f'<mtd columnalign="{side}" style="text-align: {side}{rule}">{"".join(column)}</mtd>')
        return f"<mtr>{''.join(out)}</mtr>"
