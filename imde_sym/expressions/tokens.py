r"""Text cut into tokens: plain, typeset in Unicode, or simple LaTeX; every token knows where it stands.

Typeset signs become plain ones (− is -, × and · are *, x² is x^2, ½ is 1/2, and so is 1//2, as Julia writes it), Greek commands
become names, \, and \left and the like become space. A subscript in braces belongs to the name: x_{1} is x_1.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ..base.errors import ParseError
from .vocabulary import ARRAYS, FUNCTIONS, LETTERS, MAX_LENGTH, MAX_NAME, MODULES, QUALIFIED, SYNONYMS, not_smooth

POWERS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+", strict=True))
FRACTIONS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅙": "1/6", "⅚": "5/6"}
FRACTIONS |= {"⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"}
SIGNS = {"−": "-", "–": "-", "·": "*", "⋅": "*", "×": "*", "∗": "*", "÷": "/", "∕": "/", "//": "/", "**": "^"}
SIGNS |= {"⁄": "/", "∙": "*", "•": "*", ".*": "*", "./": "/", ".^": "^", "==": "=", "~": "="}
PRIMES = {"'": 1, "′": 1, "’": 1, "‘": 1, "´": 1, '"': 2, "″": 2, "”": 2, "“": 2, "‴": 3}
ACCENTS = {"˙": r"\dot", "¨": r"\ddot"}
"""Dots beside their letter, as text is copied from printed pages."""
DOTS = {"\u0307": 1, "\u0308": 2}
"""Combining dots: ẋ and ẍ are single characters or a letter with one of these."""

_APART = "".join(POWERS) + "".join(FRACTIONS)
_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
_NAME = rf"[^\W\d{_APART}{_SUBSCRIPTS}][\u0307\u0308]?[^\W{_APART}]*"
_TOKEN = re.compile(
    r"(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    rf"|(?P<fraction>[{''.join(FRACTIONS)}])"
    rf"|(?P<superscript>[{''.join(POWERS)}]+)"
    rf"|(?:(?P<module>{'|'.join(MODULES)})\.)?(?P<name>{_NAME})"
    r"|(?P<command>\\(?:[A-Za-z]+|\\|[,;:! {}]))"
    r"|(?P<operator>\*\*|(?<=\d)//(?=\d)|\.[*/^]|[-+*/^(),{}\[\]√−–·⋅∙•×∗÷∕⁄])"
    r"|(?P<space>[^\S\n]+|\n)"
)
_EQUATION = re.compile(rf"(?P<prime>[{''.join(PRIMES)}]+)|(?P<accent>[˙¨])|(?P<operator>==|[=~;])|(?P<space>[&$])")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SPACE = _words(r"\, \; \: \! \quad \qquad \left \right \displaystyle \textstyle \bigl \bigr \Bigl \Bigr \big \Big") | {"\\ "}
_WORDS = _words(r"\operatorname \mathrm \text \textrm \mathit \mathbf \rm")
_PRODUCTS = {r"\cdot": "*", r"\times": "*", r"\ast": "*", r"\div": "/"}
COMMANDS = _words(r"\frac \dfrac \tfrac \sqrt \dot \ddot \dddot")
_BRACES = {"\\{": "(", "\\}": ")"}
_LAYOUTS = "aligned|align|flalign|alignat|[dr]?cases|equation|displaymath|math|gather|gathered|split|multline|subequations"
_LAYOUTS += "|array|eqnarray"
_LAYOUT = re.compile(rf"\\(?:begin|end)\s*\{{(?:{_LAYOUTS})\*?\}}(?:\{{[lcr|@\d ]*\}})?")
_INDEX = re.compile(r"\{((?:\\(?:mathrm|text|textrm|mathit)\s*\{[^{}]*\}|[^{}])*)\}")
_BRACED = re.compile(r"\s*\{\s*([A-Za-z]+)\s*\}|\s+([A-Za-z])(?![A-Za-z])")
_OPEN_END = re.compile(r"\s*(?:\.|\\\{(?=\s*\\begin))")
"""After \\left or \\right: a bracket that is not drawn, or the brace before a system."""
_TAIL = re.compile(r"\s*_(?:(\d+|[A-Za-z])|(?=\{))")
_EMPTY = re.compile(r"\{\s*\}")
"""Braces around nothing, which LaTeX needs before a sign at the beginning of a line."""
_PLACE = re.compile(r"\[\s*(\d{1,6})\s*\]")


class Token(NamedTuple):
    """kind: number, name, operator, superscript, prime, command, derivative (with its order), newline or end."""

    kind: str
    text: str
    start: int
    end: int
    order: int = 0

    @property
    def column(self) -> int:
        """Where it begins in the text, from 1 on."""
        return self.start + 1


def shorten(text: str) -> str:
    """The text on one line and in at most 60 characters, for messages."""
    text = " ".join(text.split()) if len(text) < 1000 else text
    return text if len(text) <= 60 else text[:57] + "..."


def tokens(text: str, equations: bool = False) -> list[Token]:
    """The tokens of a formula, an "end" last; of `equations` also =, primes, new lines and ;. Raises ParseError."""
    if len(text) > MAX_LENGTH:
        raise ParseError(f"an expression of {len(text)} characters; at most {MAX_LENGTH} are accepted")
    return _Reader(text, equations).read()


def greek(name: str) -> bool:
    """Whether a name begins with a Greek letter that stands for itself: ωt, ζω, but not ω₀ or ω_0."""
    return len(name) > 1 and unicodedata.name(name[0], "").startswith("GREEK") and name[1].isalpha()


def letters_apart(found: Iterable[Token], means: Callable[[str], bool]) -> Iterator[Token]:
    """ωt as ω t: a Greek letter that means something is a name of its own where the whole name means nothing."""
    for token in found:
        name = token.text
        while token.kind == "name" and not means(name) and greek(name) and (name[0] == "π" or means(name[0])):
            yield token._replace(text=name[0], end=token.start + 1)
            name = name[1:]
            token = token._replace(text=name, start=token.start + 1)
        yield token


def _is_typeset(c: str) -> bool:
    """Whether this is a letter of a formula in Unicode, such as an italic x."""
    return "\U0001d400" <= c <= "\U0001d7ff" or c == "ℎ"


class _Reader:
    def __init__(self, text: str, equations: bool):
        self.text, self.equations = text, equations
        self.found: list[Token] = []
        self.position = 0

    def read(self) -> list[Token]:
        while self.position < len(self.text):
            if (empty := _EMPTY.match(self.text, self.position)) and not (self.found and self.found[-1].text == "^"):
                self.position = empty.end()
                continue
            match = _TOKEN.match(self.text, self.position)
            if match is None and self.equations:
                match = _EQUATION.match(self.text, self.position)
            if match is None:
                raise self.unexpected(self.position)
            self.position = match.end()
            getattr(self, f"read_{match.lastgroup}")(match)
        self.found.append(Token("end", "", len(self.text), len(self.text)))
        return self.found

    def unexpected(self, at: int) -> ParseError:
        if self.text[at] == "|":
            said = f"|...| is abs: {not_smooth('abs')}, at column {at + 1} of {shorten(self.text)!r}"
            return ParseError(said, self.text, at + 1)
        more = ", = and '" if self.equations else ""
        return ParseError(
            f"unexpected character {self.text[at]!r} at column {at + 1} of {shorten(self.text)!r}; "
            f"accepted: numbers, names, + - * / ** ^ ( ) and commas{more}",
            self.text,
            at + 1,
        )

    def add(self, kind: str, text: str, start: int) -> None:
        self.found.append(Token(kind, text, start, self.position))

    def read_space(self, match: re.Match[str]) -> None:
        if self.equations and match[0] == "\n":
            self.add("newline", "\n", match.start())

    def read_number(self, match: re.Match[str]) -> None:
        end = match.end()
        # \frac12 is 1/2: an argument without braces is one digit
        if self.after_fraction() and match[0].isdigit():
            end = match.start() + 1
        following = self.text[end : end + 1]
        if following == "_" or (match[0] == "0" and following in "xXbBoO" and self.text[end + 1 : end + 2].isalnum()):
            raise self.unexpected(end)
        self.position = end
        self.add("number", self.text[match.start() : end], match.start())

    def after_fraction(self) -> bool:
        last = self.found[-2:]
        fractions = [t.text in (r"\frac", r"\dfrac", r"\tfrac") for t in last]
        return bool(last) and (fractions[-1] or (len(last) == 2 and fractions[0] and last[1].text.isdigit()))

    def read_fraction(self, match: re.Match[str]) -> None:
        self.add("number", FRACTIONS[match[0]], match.start())

    def read_superscript(self, match: re.Match[str]) -> None:
        self.add("superscript", "".join(map(POWERS.__getitem__, match[0])), match.start())

    def read_operator(self, match: re.Match[str]) -> None:
        self.add("operator", SIGNS.get(match[0], match[0]), match.start())

    def read_accent(self, match: re.Match[str]) -> None:
        """A dot after its letter is a prime; before it, the command of LaTeX."""
        after = bool(self.found) and self.found[-1].kind == "name" and self.found[-1].end == match.start()
        if after and not self.text[match.end() : match.end() + 1].isalpha():
            self.found.append(Token("prime", match[0], match.start(), match.end(), 1 + (match[0] == "¨")))
        else:
            self.add("command", ACCENTS[match[0]], match.start())

    def read_prime(self, match: re.Match[str]) -> None:
        self.found.append(Token("prime", match[0], match.start(), match.end(), sum(map(PRIMES.__getitem__, match[0]))))

    def read_name(self, match: re.Match[str]) -> None:
        name = match["name"]
        known = name in FUNCTIONS or name in SYNONYMS or name in QUALIFIED or name == "pow" or (self.equations and name in ARRAYS)
        if match["module"] and not known:
            raise self.unexpected(match.end("module"))
        if match["module"] and name in QUALIFIED:
            name = "pi" if name.lower() == "pi" else "e"
        name = unicodedata.normalize("NFKC" if any(map(_is_typeset, name)) else "NFC", name)
        if name.endswith("_") and self.text.startswith("{", self.position):
            name += self.index()
        elif place := _PLACE.match(self.text, self.position):
            name += place[1]
            self.position = place.end()
        if len(name) > MAX_NAME:
            raise ParseError(f"{shorten(name)!r} is a name of {len(name)} characters; at most {MAX_NAME} are accepted", self.text)
        self.add("name", name, match.start())

    def index(self) -> str:
        """The subscript in braces at the position."""
        match = _INDEX.match(self.text, self.position)
        inner = match and re.sub(r"\\(?:mathrm|text|textrm|mathit)\s*\{([^{}]*)\}|\\([A-Za-z]+)|[\s,]", r"\1\2", match[1])
        if not match or not inner or not re.fullmatch(r"\w+", inner):
            column = self.position + 1
            raise ParseError(f"the index at column {column} of {shorten(self.text)!r} is not a name or number", self.text, column)
        self.position = match.end()
        return inner

    def read_command(self, match: re.Match[str]) -> None:
        command, start = match[0], match.start()
        if command == "\\\\" and self.equations:
            self.add("newline", ";", start)
        elif command in _SPACE:
            if command in (r"\left", r"\right") and (end := _OPEN_END.match(self.text, self.position)):
                self.position = end.end()
        elif command in _BRACES:
            self.add("operator", _BRACES[command], start)
        elif command in _PRODUCTS:
            self.add("operator", _PRODUCTS[command], start)
        elif command in COMMANDS:
            self.add("command", command, start)
        elif command in _WORDS and (word := _BRACED.match(self.text, self.position)):
            self.position = word.end()
            self.add("name", (word[1] or word[2]) + self.tail(), start)
        elif command[1:] in LETTERS or command[1:] in FUNCTIONS:
            self.add("name", command[1:] + self.tail(), start)
        elif self.equations and (layout := _LAYOUT.match(self.text, start)):
            self.position = layout.end()
        else:
            raise ParseError(
                f"unexpected character '\\' at column {start + 1} of {shorten(self.text)!r}: {command[:20]} is not LaTeX that is "
                r"read; accepted: \frac, \sqrt, \dot, \ddot, \cdot, \left, \right, Greek letters and functions such as \sin",
                self.text,
                start + 1,
            )

    def tail(self) -> str:
        """The subscript after a command, with its underscore."""
        match = _TAIL.match(self.text, self.position)
        if not match:
            return ""
        self.position = match.end()
        return "_" + (match[1] or self.index())
