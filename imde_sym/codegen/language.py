"""The shared core of all emitters: a program as assignments in the notation of one language.

A Language is a table: function names, number format, reserved words. Results that are used once are
written into the expression that uses them as long as it stays readable; the order of every sum and
product is kept by brackets, so that all targets round alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from ..base.errors import CodegenError
from ..expressions.functions import CODED, spellings
from ..rings import Scalar
from .names import ARGUMENTS, escape, identifiers, title_text
from .numbers import nearest, real_text
from .program import operands
from .routine import Routine

LIMIT = 96
"""Characters of one expression; what is longer goes to a variable of its own."""
SUM, PRODUCT, ATOM = 1, 2, 3


def functions(language: str, prefix: str = "", suffix: str = "", names: Iterable[str] = CODED) -> dict[str, str]:
    """What a language calls functions: prefix + name + suffix, but for those that are imported or defined in the code."""
    table = spellings(language, names)
    own = {n: re.split("[:*]", text)[-1] for n, text in table.items() if ":" in text or "*" in text}
    return {n: own.get(n) or f"{prefix}{text}{suffix}" for n, text in table.items()}


def imports(language: str, line: str) -> dict[str, str]:
    """For functions that are imported the line that does it, made of the module and the name."""
    found = {n: text.split(":") for n, text in spellings(language).items() if ":" in text}
    return {n: line.format(*text) for n, text in found.items()}


@dataclass(frozen=True)
class Language:
    """How one target writes names, numbers, powers and functions.

    functions : program function -> name; "pow" is left out where `power` is an operator
    power     : the operator a ** b, or "" to call functions["pow"]
    number    : text of a real constant, by its value and the routine's precision
    imaginary : format of a complex constant in {} and {}; "" refuses complex constants
    needs     : function -> lines that make it available, such as an import
    reuse     : let variables whose value is not needed any more take new values (less memory)
    fold_case : x and X are the same name
    """

    name: str
    functions: Mapping[str, str]
    reserved: frozenset[str]
    power: str = ""
    number: Callable[[Any, str], str] = lambda value, _: real_text(value)
    imaginary: str = ""
    needs: Mapping[str, str] = field(default_factory=dict)
    reuse: bool = False
    fold_case: bool = False


class Text(NamedTuple):
    """Code of an expression, with how strongly it binds."""

    text: str
    level: int = ATOM

    @property
    def atom(self) -> str:
        """In brackets unless it binds as strongly as a name."""
        return self.text if self.level == ATOM else f"({self.text})"

    @property
    def factor(self) -> str:
        """In brackets unless it can stand in a product."""
        return self.text if self.level >= PRODUCT else f"({self.text})"


@dataclass(frozen=True)
class Slots:
    """Where a language keeps the results: component k of the field, and entry n of the Jacobian, (i, j) in a matrix.

    Each text holds some of {k}, {n}, {i} and {j}, which are counted from `first`, or {output}, which counts both together.
    """

    field: str
    jacobian: str
    first: int = 0

    def place(self, output: int, d: int) -> str:
        """The place of an output: d components, then the entries of the Jacobian row by row."""
        if output < d:
            return self.field.format(k=output + self.first, output=output)
        n, first = output - d, self.first
        return self.jacobian.format(n=n + first, i=n // d + first, j=n % d + first, output=output)


class Line(NamedTuple):
    """One assignment to `name`: a temporary, or output number `output`."""

    name: str
    text: str
    output: int | None = None


class Body:
    """A routine in a language.

    lines      : assignments to tmp0, tmp1, ... and to the outputs, in order
    names      : the identifier of every input, in order; `mapping` the same by name
    step       : the name of the step size
    used       : names of inputs and of the step that occur
    called     : functions that occur
    """

    def __init__(self, routine: Routine, language: Language):
        self.routine, self.language = routine, language
        own = {routine.name, f"imde_{routine.name}", *(f"{routine.name}_{x}" for x in ("batch", "each", "parameters", "block"))}
        self.step = routine.step
        words = {*language.reserved, *language.functions.values(), *ARGUMENTS, self.step, *own}
        if language.fold_case:
            words = {w.lower() for w in words}
        self.mapping = identifiers(routine.program.inputs, words, language.fold_case)
        self.names = [self.mapping[n] for n in routine.program.inputs]
        self.used: set[str] = set()
        self.called: set[str] = set()
        self.lines: list[Line] = []
        self._texts: list[Text] = []
        self._temporaries = 0
        self._write()
        if language.reuse:
            self.lines = _recycle(self.lines)

    @property
    def variables(self) -> list[str]:
        """The identifiers of the state."""
        return self.names[: self.routine.dimension]

    @property
    def parameters(self) -> list[str]:
        """The identifiers of the parameters."""
        return self.names[self.routine.dimension :]

    @property
    def arguments(self) -> list[str]:
        """The step size, unless it is built in, and the parameters."""
        return [self.step] * self.routine.has_h + self.parameters

    @property
    def temporaries(self) -> list[str]:
        """The names of the temporaries, each once."""
        return list(dict.fromkeys(line.name for line in self.lines if line.output is None))

    def assignments(self, slots: Slots) -> list[tuple[str, str]]:
        """Places and values: temporaries by name, outputs in their slots."""
        d = self.routine.dimension
        return [(line.name if line.output is None else slots.place(line.output, d), line.text) for line in self.lines]

    def header(self) -> list[str]:
        """Lines for a comment: what this is, which symbol is which name, how many operations it takes."""
        r = self.routine
        lines = [title_text(r.title), f"State: {', '.join(map(escape, r.variables))}."]
        if self.arguments:
            lines.append(f"Arguments after the state: {', '.join(self.arguments)}.")
        lines.append(f"Operations: {r.program.operations} ({_count(r.program.unshared)} if nothing were shared).")
        lines += [f'The symbol "{escape(n)}" is called {i}.' for n, i in self.renamed.items()]
        return lines

    @property
    def renamed(self) -> dict[str, str]:
        """The symbols that have another name in the code, with that name."""
        return {n: i for n, i in self.mapping.items() if n != i}

    @property
    def preamble(self) -> list[str]:
        """Imports and helpers for the functions that occur."""
        return [self.language.needs[f] for f in sorted(self.called) if f in self.language.needs]

    # -- expressions ----------------------------------------------------------------------------
    def _write(self) -> None:
        program = self.routine.program
        uses = Counter(a for i in program.instructions for a in operands(i))
        uses.update(program.outputs)
        targets: dict[int, list[int]] = {}
        for k, n in enumerate(program.outputs):
            targets.setdefault(n, []).append(k)
        for n, instruction in enumerate(program.instructions):
            self._texts.append(self._compose(instruction))
            if uses[n] > 1 and operands(instruction):  # not a constant or an input
                self._store(n)
            if operands(instruction):
                self.lines += [Line(f"out{k}", self._texts[n].text, k) for k in targets.get(n, ())]
        for k, n in enumerate(program.outputs):  # inputs and constants, in their places among the others
            if not operands(program.instructions[n]):
                later = [i for i, line in enumerate(self.lines) if line.output is not None and line.output > k]
                self.lines.insert(min(later, default=len(self.lines)), Line(f"out{k}", self._texts[n].text, k))

    def _compose(self, instruction: tuple[Any, ...]) -> Text:
        while True:
            text = self._expression(*instruction)
            long = [a for a in operands(instruction) if "(" in self._texts[a].text or self._texts[a].level < ATOM]
            long = [a for a in long if not self._is_constant(a)]
            if len(text.text) <= LIMIT or not long:
                return text
            self._store(max(long, key=lambda a: len(self._texts[a].text)))

    def _store(self, n: int) -> None:
        """Give instruction n a variable of its own."""
        name = f"tmp{self._temporaries}"
        self._temporaries += 1
        self.lines.append(Line(name, self._texts[n].text))
        self._texts[n] = Text(name)

    def _is_constant(self, n: int) -> bool:
        return bool(self.routine.program.instructions[n][0] == "constant")

    def _expression(self, op: str, *args: Any) -> Text:
        if op == "constant":
            return self._constant(args[0])
        if op in ("input", "h"):
            name = self.step if op == "h" else self.names[args[0]]
            self.used.add(name)
            return Text(name)
        if op == "add":
            return _add(self._texts[args[0]], self._texts[args[1]])
        if op == "mul":
            a, b = args
            if self._is_constant(b):
                a, b = b, a
            if self._is_constant(a) and self.routine.program.instructions[a][1] == -1:
                return _negative(self._texts[b])
            return _multiply(self._texts[a], self._texts[b], swap=not self._is_constant(a))
        if op == "power":
            return self._root(self._texts[args[0]], args[1])
        return self._call(args[0], *(self._texts[a] for a in args[1:]))

    def _constant(self, value: Scalar) -> Text:
        rounded = value if isinstance(value, Fraction) else nearest(value)
        if isinstance(rounded, complex):
            if not self.language.imaginary:
                raise CodegenError(f"{self.language.name} code has real numbers only; this field has the constant {value}")
            re_im = (int(x) if x.is_integer() else x for x in (rounded.real, rounded.imag))
            return Text(self.language.imaginary.format(*re_im))
        text = self.language.number(value, self.routine.precision)
        return Text(text, PRODUCT if text.startswith("-") or "/" in text else ATOM)

    def _root(self, base: Text, exponent: Fraction) -> Text:
        one = self._constant(Fraction(1)).text
        if exponent.denominator == 2:
            base = self._call("sqrt", base)
        elif exponent.denominator > 2:
            base = self._call("pow", base, self._constant(Fraction(1, exponent.denominator)))
        return base if exponent.numerator == 1 else Text(f"{one}/{base.atom}", PRODUCT)

    def _call(self, name: str, *arguments: Text) -> Text:
        if name == "pow" and self.language.power:
            return Text(f"({arguments[0].atom}{self.language.power}{arguments[1].atom})")
        if name not in self.language.functions:
            raise CodegenError(
                f"{name} has no form in {self.language.name} code; accepted: {', '.join(sorted(self.language.functions))}"
            )
        self.called.add(name)
        return Text(f"{self.language.functions[name]}({', '.join(a.text for a in arguments)})")


def _count(n: int) -> str:
    return str(n) if n < 10**15 else "more than 10^15"


def _negative(a: Text) -> Text:
    return Text(f"-{a.factor}", PRODUCT) if not a.text.startswith("-") else Text(f"-({a.text})", PRODUCT)


def _multiply(a: Text, b: Text, swap: bool) -> Text:
    if swap and a.level != PRODUCT and b.level == PRODUCT:
        a, b = b, a
    return Text(f"{a.factor}*{b.atom}", PRODUCT)


def _add(a: Text, b: Text) -> Text:
    """a + b, in the order that needs no brackets; x + -y is written x - y, which is the same number."""
    if b.level == SUM and a.level != SUM:
        a, b = b, a
    if b.level == SUM:
        return Text(f"{a.text} + ({b.text})", SUM)
    if a.text.startswith("-") and a.level == PRODUCT and not b.text.startswith("-"):
        a, b = b, a
    return Text(f"{a.text} - {b.text[1:]}" if b.text.startswith("-") else f"{a.text} + {b.text}", SUM)


def _recycle(lines: list[Line]) -> list[Line]:
    """The same assignments in as few variables as their lifetimes allow."""
    pattern = re.compile(r"\btmp\d+\b")
    last = {name: i for i, line in enumerate(lines) for name in pattern.findall(line.text)}
    slots: dict[str, str] = {}
    free: list[int] = []
    size, out = 0, []
    for i, line in enumerate(lines):
        text = pattern.sub(lambda m: slots[m[0]], line.text)
        free += [int(slots[name][3:]) for name in set(pattern.findall(line.text)) if last[name] == i]
        if line.output is not None:
            out.append(Line(line.name, text, line.output))
            continue
        free.sort(reverse=True)
        if not free:
            free, size = [size], size + 1
        slots[line.name] = f"tmp{free.pop()}"
        out.append(Line(slots[line.name], text))
    return out
