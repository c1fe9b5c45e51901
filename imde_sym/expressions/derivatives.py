r"""The spellings of a derivative in time, found among tokens: each becomes one token of kind "derivative".

    x'  x''  x'(t)  (x0)'  x'_1  ẋ  ẍ  \dot{x}  \ddot x       x_dot  x_ddot
    dx/dt  d²x/dt²  d^2x/dt^2  d2x/dt2  dx(t)/dt  d/dt x  \frac{dx}{dt}
    D(x)  der(x)  dot(x)  dxdt(x)  diff(x, t)  diff(x(t), t, 2)  diff(x, t, t)  Derivative(x(t), (t, 2))  x^{(4)}
    d[A]/dt, where [A] is the concentration of A wherever it stands
and, for names that stand alone on a left-hand side: dx  dxdt  dx_dt  xdot  xddot  Dx  D2x (`alone`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

from ..base.errors import ParseError
from .tokens import DOTS, Token, shorten

_DIFFERENTIAL = re.compile(r"d([2-9]?)([^\W\d]\w*)")
_BELOW = re.compile(r"d([^\W\d]\w*?)([2-9]?)")
_SUFFIX = re.compile(r"(.+)_(d|dd|ddd)ot|(.+)_dotdot")
_DOTTED = re.compile(r"([^\W\d])([\u0307\u0308])([\d_₀-₉]\w*|)")
_OPERATORS = {"D": 1, "Dt": 1, "der": 1, "dot": 1, "ddot": 2, "dxdt": 1, "diff": 1, "Derivative": 1}
_DOT_COMMANDS = {r"\dot": 1, r"\ddot": 2, r"\dddot": 3}
_ALONE = (
    (re.compile(r"d(.+?)_?dt(\d*)"), 1),
    (re.compile(r"(.*[^_d])dot(\d*)"), 1),
    (re.compile(r"(.*[^_])ddot(\d*)"), 2),
    (re.compile(r"d([^\W\d]\w*)"), 1),
    (re.compile(r"D(?:[2-9]?)([^\W\d]\w*)"), 1),
)
_LOOSE = {pattern for pattern, _ in _ALONE[-2:]}
"""delta is no derivative of elta, but dtheta one of theta where that occurs."""

DEEP = 4
"""So many brackets may stand around a variable."""

Found = tuple[str, int, int]
"""Name of the variable, order, and the place after it."""


class Derivatives:
    """The derivatives in a list of tokens that ends with an "end".

    declared, functions : names with a meaning of their own, which are no spelling of anything else; V' of a function V is none
                          in time
    times : the names of time that were met, in the order of the text
    """

    def __init__(self, text: str, tokens: Sequence[Token], declared: Collection[str], functions: Collection[str], time: str):
        self.text, self.functions, self.time = text, functions, time
        self.declared = {*declared, *functions}
        self.tokens = [*tokens, *[tokens[-1]] * 4]
        self.times: dict[str, int] = {}
        self._find_time()

    def read(self) -> list[Token]:
        """All tokens, those of a derivative joined into one. Raises ParseError where one is begun and not finished."""
        self._join_species()
        found: list[Token] = []
        i = 0
        while self.tokens[i].kind != "end":
            token = self.tokens[i]
            if token.kind == "prime" and self.is_(i + 1, "diff"):  # Maxima's 'diff
                i += 1
                continue
            match = self.at(i)
            if match is None:
                found.append(token)
                i += 1
                continue
            name, order, i = match
            i = self.after_time(i)
            found.append(Token("derivative", name, token.start, self.tokens[i - 1].end, order))
        return [*found, self.tokens[i]]

    def _join_species(self) -> None:
        """[A] as the name A, where there is a d[A]/dt."""
        if not any(self.is_(i, "d") and self.species(i + 1) and self.is_(i + 4, "/", "}") for i in range(len(self.tokens) - 4)):
            return
        joined: list[Token] = []
        i = 0
        while i < len(self.tokens):
            if self.species(i):
                joined.append(self.tokens[i + 1]._replace(start=self.tokens[i].start, end=self.tokens[i + 2].end))
                i += 3
            else:
                joined.append(self.tokens[i])
                i += 1
        self.tokens = joined

    def species(self, i: int) -> bool:
        """Whether [A] stands at i."""
        return i + 2 < len(self.tokens) and self.is_(i, "[") and self.name(i + 1) is not None and self.is_(i + 2, "]")

    def at(self, i: int) -> Found | None:
        """The derivative that begins at token i, if any."""
        if self.tokens[i].kind not in ("name", "command") and self.tokens[i].text != "(":
            return None
        return self.primed(i) or self.dotted(i) or self.quotient(i) or self.operator(i) or self.suffixed(i)

    def is_(self, i: int, *texts: str) -> bool:
        """Whether token i is one of these texts."""
        return self.tokens[i].text in texts

    def name(self, i: int) -> str | None:
        """The name at token i, if it is one."""
        return self.tokens[i].text if self.tokens[i].kind == "name" else None

    def after_time(self, i: int) -> int:
        """The place after a (t) or [t] at i, if there is one."""
        if self.is_(i, "(", "[") and self.is_(i + 1, self.time, *self.times) and self.is_(i + 2, ")", "]"):
            return i + 3
        return i

    def subject(self, i: int, depth: int = 0) -> tuple[str, int] | None:
        """A variable at i, perhaps in brackets, perhaps with its time: x, (x), x(t)."""
        if self.is_(i, "(", "{", "["):
            inner = self.subject(i + 1, depth + 1) if depth < DEEP else None
            return (inner[0], inner[1] + 1) if inner and self.is_(inner[1], ")", "}", "]") else None
        name = self.name(i)
        if name is None:
            return None
        i += 1
        if self.is_(i, "(", "[") and self.name(i + 1) and self.name(i + 1) not in self.declared and self.is_(i + 2, ")", "]"):
            i += 3
        return name, i

    def primed(self, i: int) -> Found | None:
        """x', x''(t), (x)', and x'_1, which is x_1'."""
        found = (self.name(i), i + 1) if self.name(i) else self.subject(i) if self.is_(i, "(") else None
        if found is None or found[0] is None or found[0] in self.functions:
            return None
        name, j = found
        j = self.after_time(j) if self.tokens[self.after_time(j)].kind == "prime" else j
        if self.tokens[j].kind == "prime":
            index = self.index(j + 1)
            return f"{name}{index}", self.tokens[j].order, j + 1 + bool(index)
        counted = (
            self.is_(j, "^") and self.is_(j + 1, "{") and self.is_(j + 2, "(") and self.is_(j + 4, ")") and self.is_(j + 5, "}")
        )
        if counted and re.fullmatch("[1-9]", self.tokens[j + 3].text):
            return str(name), int(self.tokens[j + 3].text), j + 6
        return None

    def _find_time(self) -> None:
        """The x of y'(x), if it stands after each prime and is nothing else."""
        primes = [i for i, token in enumerate(self.tokens) if token.kind == "prime"]
        moving = {self.tokens[i - 1].text for i in primes if i}
        inside = {self.name(i + 2) if self.is_(i + 1, "(", "[") and self.is_(i + 3, ")", "]") else None for i in primes}
        found = inside.pop() if len(inside) == 1 else None
        if found is not None and found != self.time and found not in self.declared and found not in moving:
            self.times[found] = self.tokens[primes[0] + 2].column

    def dotted(self, i: int) -> Found | None:
        r"""\dot x, \ddot{x}, ẋ."""
        if self.tokens[i].text in _DOT_COMMANDS:
            found = self.subject(i + 1)
            if found is None:
                raise self.fail(f"{self.tokens[i].text} needs a variable", i)
            index = self.index(found[1])
            return found[0] + index, _DOT_COMMANDS[self.tokens[i].text], found[1] + bool(index)
        name = self.name(i)
        match = _DOTTED.fullmatch(unicodedata.normalize("NFD", name)) if name and name not in self.declared else None
        return (match[1] + match[3], DOTS[match[2]], i + 1) if match else None

    def index(self, i: int) -> str:
        """A subscript at i that is glued to what stands before it, or ""."""
        tail = self.name(i) or ""
        return tail if tail.startswith("_") and self.tokens[i].start == self.tokens[i - 1].end else ""

    # -- differential quotients --------------------------------------------------------------------
    def quotient(self, i: int) -> Found | None:
        r"""dx/dt, d²x/dt², \frac{d^2 x}{dt^2}, d/dt x."""
        framed = self.is_(i, r"\frac", r"\dfrac", r"\tfrac")
        if framed and not self.is_(i + 1, "{"):
            return None
        above = self.above(i + 2 if framed else i)
        if above is None:
            return None
        name, order, j = above
        if (framed and not (self.is_(j, "}") and self.is_(j + 1, "{"))) or (not framed and not self.is_(j, "/")):
            return None
        below = self.below(j + 2 if framed else j + 1)
        if below is None or (framed and not self.is_(below[2], "}")):
            return None
        time, power, k = below
        if self.tokens[i].text in self.declared and f"d{time}" in self.declared:
            return None
        k += framed
        if not name:
            found = self.subject(k)
            if found is None:
                raise self.fail(f"d/d{time} needs a variable after it", k)
            name, k = found
        if power != order:
            raise self.fail(f"the orders of d{name}/d{time} above and below differ", i)
        self.times.setdefault(time, self.tokens[i].column)
        return name, order, k

    def above(self, i: int) -> Found | None:
        """dx, d x, d^2 x, d²x, d2x, dx(t), and d or d^2 alone with the name ""."""
        text = self.name(i)
        if text is None:
            return None
        if text == "d" or re.fullmatch("d[2-9]", text):
            order, j = self.exponent(i + 1)
            order = int(text[1:] or order)
            found = self.subject(j) if not self.is_(j, "/", "}") else None
            return (found[0], order, found[1]) if found else ("", order, j)
        match = _DIFFERENTIAL.fullmatch(text)
        if match is None:
            return None
        j = i + 1
        if self.is_(j, "(") and self.name(j + 1) and self.is_(j + 2, ")"):
            j += 3
        return match[2], int(match[1] or 1), j

    def below(self, i: int) -> Found | None:
        """dt, d t, dt^2, dt², dt2."""
        text = self.name(i)
        if text == "d" and self.name(i + 1):
            order, j = self.exponent(i + 2)
            return str(self.name(i + 1)), order, j
        match = _BELOW.fullmatch(text) if text else None
        if match is None:
            return None
        order, j = self.exponent(i + 1)
        return match[1], int(match[2] or order), j

    def exponent(self, i: int) -> tuple[int, int]:
        """The order written after token i, 1 where there is none, and the token after it."""
        braces = self.is_(i + 1, "{")
        digits = self.tokens[i].text if self.tokens[i].kind == "superscript" else self.tokens[i + 1 + braces].text
        if not re.fullmatch("[1-9]", digits) or not (self.tokens[i].kind == "superscript" or self.is_(i, "^")):
            return 1, i
        return int(digits), i + 1 if self.tokens[i].kind == "superscript" else i + 2 + 2 * braces

    # -- operators and suffixes ---------------------------------------------------------------------
    def operator(self, i: int, depth: int = 0) -> Found | None:
        """diff(x, t), Derivative(x, t, 2), D(x), D(D(x))."""
        word = self.name(i)
        if word not in _OPERATORS or word in self.declared or not self.is_(i + 1, "(", "["):
            return None
        inner = self.operator(i + 2, depth + 1) if depth < DEEP else None
        found = (inner[0], inner[2]) if inner else self.subject(i + 2)
        if found is None:
            return None
        (name, j), order = found, _OPERATORS[word] + (inner[1] if inner else 0)
        if word in ("diff", "Derivative") or self.is_(j, ","):
            if not self.is_(j, ","):
                return None
            j += 1
            if self.name(j + self.is_(j, "(", "{")) is None:
                return None
            order, j = self.by_time(j, order)
        return (name, order, j + 1) if self.is_(j, ")", "]") else None

    def by_time(self, i: int, order: int) -> tuple[int, int]:
        """The order and the place after t, (t, 2), {t, 2}, t, 2 or t, t at i."""
        framed = self.is_(i, "(", "{")
        i += framed
        time = self.tokens[i]
        self.times.setdefault(time.text, time.column)
        i += 1
        count = self.tokens[i + 1 if self.is_(i, ",") else i].text
        if re.fullmatch("[1-9]", count):
            order, i = int(count), i + 2 if self.is_(i, ",") else i + 1
        while self.is_(i, ",") and self.is_(i + 1, time.text):
            order, i = order + 1, i + 2
        return order, i + framed

    def suffixed(self, i: int) -> Found | None:
        """x_dot, x_ddot, dxdt and the like, where no such name is declared."""
        name = self.name(i)
        match = _SUFFIX.fullmatch(name) if name and name not in self.declared else None
        if match is None:
            return None
        return (match[3], 2, i + 1) if match[3] else (match[1], len(match[2]), i + 1)

    def fail(self, message: str, i: int) -> ParseError:
        """The error, with the column of token i."""
        column = self.tokens[i].column
        return ParseError(f"{message}, at column {column} of {shorten(self.text)!r}", self.text, column)


def alone(name: str, names: Collection[str]) -> tuple[str, int] | None:
    """What a name that stands alone on a left-hand side is the derivative of; `names` occur on right-hand sides.

    >>> alone("dxdt", ["x"]), alone("thetadot", []), alone("delta", ["x"])
    (('x', 1), ('theta', 1), None)
    """
    for pattern, order in _ALONE:
        if match := pattern.fullmatch(name):
            stem = "".join(g or "" for g in match.groups())
            sure = pattern not in _LOOSE or stem in names or re.fullmatch(r"[^\W\d_][\d_₀-₉]*", stem)
            if name[0] == "D" and name[1:2].isdigit():
                order = int(name[1])
            return (stem, order) if sure else None
    return None
