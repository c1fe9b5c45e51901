"""Right-hand sides as programs have them: arrays of entries, with their variables taken out before and abbreviations on the way.

    dydt = [y[1], -y[0]]        dy(1) = y(2); dy(2) = -y(1);        out[0] = y[1]; out[1] = -y[0]
    def f(t, y):                function f!(du, u, p, t)            lambda t, y: [y[1], -y[0]]
        x, v = y                    du[1] = u[2]                    @(t, y) [y(2); -y(1)]
        return [v, -x]              du[2] = -u[1]
                                end                                 list(c(dX, dY))

Places count from 0 in Python and from 1 in Julia, MATLAB, R and Fortran; text that does not tell is refused. There are no
branches and no loops. Nothing is run: statements are tokens like those of any formula.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from ..base.errors import ParseError
from .derivatives import alone
from .lines import blank, numbers_joined, outside, split
from .tokens import Token, shorten, tokens
from .vocabulary import ARRAYS, FUNCTIONS

_ARGUMENTS = r"\(\s*(?P<args>(?:[^()]|\([^()]*\))*)\)"
_DEFAULT = re.compile(r"(?P<name>[^\W\d]\w*)\s*(?::[^=,]*)?=\s*(?P<value>[\d.eE+\-*/ ()]*\d[\d.eE+\-*/ ()]*)")
_HEADERS = (
    (0, re.compile(rf"^[^\S\n]*def[^\S\n]+\w+[^\S\n]*{_ARGUMENTS}[^:\n]*:", re.MULTILINE)),
    (1, re.compile(rf"^[^\S\n]*function[^\S\n]+(?:\[?\w+\]?[^\S\n]*=[^\S\n]*)?\w+!?[^\S\n]*{_ARGUMENTS}", re.MULTILINE)),
    (0, re.compile(r"^[^\S\n]*(?:\w+[^\S\n]*=[^\S\n]*)?lambda\s+(?P<args>[\w\s,=.]*):", re.MULTILINE)),
    (1, re.compile(rf"^[^\S\n]*(?:\w+[^\S\n]*=[^\S\n]*)?@{_ARGUMENTS}", re.MULTILINE)),
    (1, re.compile(rf"^[^\S\n]*\w+[^\S\n]*<-[^\S\n]*function\s*{_ARGUMENTS}\s*\{{?", re.MULTILINE)),
    (1, re.compile(r"^[^\S\n]*\w+\(\s*(?P<args>[^\W\d]\w*\s*,\s*[^\W\d]\w*\s*,\s*t)\s*\)\s*=(?!=)", re.MULTILINE)),
    (0, re.compile(r"^[^\S\n]*(?:static\s+)?(?:void|int)\s+\w+\s*\(\s*(?P<args>[^()=]*)\)\s*\{", re.MULTILINE)),
)
_NOISE = re.compile(
    r"^[^\S\n]*(?:@\w[\w.]*(?:\(.*\))?|\}\)?[;,]?|with\s*\(as\.list\(.*\{|import\s.*|from\s.*import.*|using\s.*|end\w*[;.]?|nothing|\"\"\".*\"\"\")[^\S\n]*$",
    re.MULTILINE,
)
_OF_C = re.compile(
    r"^[^\S\n]*(?:\(void\)[^\n;]*|(?:const[^\S\n]+)?\w+[\s*]+\w+[^\S\n]*=[^\S\n]*\*?\([^()\n]*\*\)[^\n;]*);?[^\S\n]*$",
    re.MULTILINE,
)
"""(void)t; and double mu = *(double *)params: what is not used, and a parameter."""
_LAST_BRACE = re.compile(r"\}\s*\Z")
_QUOTED = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''", re.DOTALL)
_RETURN = re.compile(r"^[^\S\n]*return\b", re.MULTILINE)
_TYPE = re.compile(
    r"^[^\S\n]*(?:(?:const|static|double|float|real|let|var|auto|local)[^\S\n]+)+(?=\w+\s*(?:\[\d+\])?\s*=)", re.MULTILINE
)
_ALLOCATED = re.compile(
    r"^[^\S\n]*\w+[^\S\n]*=[^\S\n]*(?:\w+\.)?(?:zeros|zeros_like|empty|empty_like|similar|numeric)\s*\(.*\)[^\S\n]*;?[^\S\n]*$",
    re.MULTILINE,
)
_ARROW = re.compile(r"(?<=\w)(\s*)<-(?=\s)", re.MULTILINE)
_BRANCH = re.compile(r"^[^\S\n]*(if|for|while|elif|else|switch|try|with|repeat)\b(?!\s*[='(])", re.MULTILINE)
_PLACED = re.compile(r"(?P<base>[^\W\d]\w*?)\s*\[\s*(?P<place>\d+)\s*\]")
_TIMES = {"t", "time", "_t"}
_CONSTANTS = {"p", "par", "pars", "params", "parms", "parameters", "args", "theta", "k"}


class Definition(NamedTuple):
    """name = tokens, an abbreviation."""

    name: Token
    tokens: Sequence[Token]


class Read(NamedTuple):
    """Equations as two sides, the abbreviations in them, and the name of time."""

    equations: list[list[list[Token]]]
    definitions: list[Definition]
    time: str


def read_program(text: str, clean: str, declared: Collection[str], time: str, entries: Sequence[str]) -> Read | None:
    """The equations of text that is code, None where it is not. Raises ParseError where it is, and is not understood.

    clean   : the text without comments, in the same columns
    entries : the variables, where the code does not name them
    """
    header, base, defaults = None, None, []
    for counted, pattern in _HEADERS:
        if match := pattern.search(clean):
            header, defaults = _arguments(match), _defaults(clean, match)
            base, clean = counted, blank(clean, *match.span())
            break
    told = header is not None or bool(entries) or any(p.search(clean) for p in (_RETURN, _TYPE))
    if not told and not _may_be_code(clean):
        return None
    if branch := _BRANCH.search(clean):
        what = f"{branch[1]!r} begins a branch or a loop in {shorten(text)!r}"
        raise ParseError(f"{what}: a field has formulas without them", text, branch.start(1) + 1)
    clean = _ARROW.sub(lambda m: m[1] + "= ", clean)
    for pattern in (_QUOTED, _NOISE, _OF_C, _LAST_BRACE if told else _NOISE, _TYPE, _ALLOCATED):
        for noise in [*pattern.finditer(clean)]:
            clean = blank(clean, *noise.span())
    found = numbers_joined(text, tokens(clean, equations=True), declared)
    program = _Program(text, header, base, {*declared}, time, [*entries], defaults)
    statements = split(found, commas=False)
    if not told and not program.recognises(statements):
        return None
    return program.read(statements)


def _may_be_code(clean: str) -> bool:
    """Whether it is worth a closer look: brackets after a name or a sign of equality, an arrow, a list."""
    return bool(re.search(r"\w\s*[\[(]\s*\d+\s*[,\])]|=\s*(?:[\w.]+\(\s*)?[\[(]|<-|^\s*(?:list|c)\(", clean, re.MULTILINE))


@dataclass
class _Program:
    text: str
    header: list[str] | None
    base: int | None
    declared: set[str]
    time: str
    entries: list[str]
    defaults: list[Definition]
    """Arguments with numbers for values."""
    vector: str = ""
    """What the variables are taken from."""
    results: list[list[Token]] = field(default_factory=list)
    placed: list[tuple[int, Token, list[Token]]] = field(default_factory=list)
    """Place, target and tokens of out[i] = ..."""
    lists: dict[str, list[list[Token]]] = field(default_factory=dict)
    definitions: list[Definition] = field(default_factory=list)
    unpacked: list[tuple[Token, list[Token]]] = field(default_factory=list)
    """Vector and names of x, v = y."""

    def fail(self, message: str, token: Token | None = None) -> ParseError:
        """The error, with the column of a token."""
        return ParseError(f"{message}, in {shorten(self.text)!r}", self.text, token.column if token else None)

    # -- what is there ------------------------------------------------------------------------------
    def recognises(self, statements: Sequence[Sequence[Token]]) -> bool:
        """Whether this is code although no word says so: a list for a name, or places of a vector on all left-hand sides."""
        if any(t.kind == "prime" or t.text in ("dt", "Eq", "diff", "Derivative", "der", "D") for s in statements for t in s):
            return False
        parts = [outside(s, "=") for s in statements]
        if any(len(p) > 1 and _is_name(p[0]) and len(self.list_of(p[-1])) > 1 for p in parts):
            return True
        if any(s and s[0].text in ("list", "c") and len(self.list_of(s)) > 1 for s in statements):
            return True
        targets = [(p[0], self.place(p[0])) for p in parts if len(p) > 1]
        bases = {place[0] for _, place in targets if place}
        vectors = {b for b, _ in self.places(t for p in parts for t in p[-1])} - bases
        if len(targets) < len(parts) or len(bases) != 1 or not vectors:
            return False
        named = [t for t, place in targets if place is None]
        if named or any(t.text == "(" for target, _ in targets for t in target):
            return all(map(_is_name, named))
        # du[1] = u[2] is read like any equation, by the name of its derivative
        return alone(bases.pop(), vectors) is None

    def place(self, target: Sequence[Token]) -> tuple[str, int] | None:
        """The vector and the place of out[0], out(1), out(1, 1); None for other targets."""
        found = self.places(target)
        whole = len(found) == 1 and (len(target) == 1 or target[-1].text == ")") and len(target) in (1, 4, 6)
        return found[0] if whole else None

    def places(self, found: object) -> list[tuple[str, int]]:
        """All y[0] and y(1) in tokens."""
        row = list(found)  # type: ignore[call-overload]
        places = []
        for i, token in enumerate(row):
            if token.kind != "name":
                continue
            if match := _PLACED.fullmatch(self.text[token.start : token.end]):
                places.append((match["base"], int(match["place"])))
            elif token.text not in FUNCTIONS and token.text not in self.declared and (at := _in_round_brackets(row, i)):
                places.append((token.text, at[0]))
        return places

    def list_of(self, row: Sequence[Token]) -> list[list[Token]]:
        """The entries of [a, b], [a; b], (a, b), a, b or np.array([a, b]); one for anything else."""
        row = list(row)
        while len(row) > 1:
            called = row[0].kind == "name" and row[0].text in ARRAYS and row[1].text in ("(", "[")
            inside = row[1:] if called else row
            if inside[0].text not in ("(", "[", "{") or _closing(inside) != len(inside) - 1:
                break
            inner = inside[1:-1]
            if not called and inside[0].text == "(" and len(outside(inner, ",")) < 2:
                break
            if called and len(outside(inner, ",")) > 1 and row[0].text in ("array", "asarray", "Matrix", "tensor"):
                inner = outside(inner, ",")[0]  # np.array([a, b], dtype=float)
            row = inner
        return [piece for piece in outside(row, ",", ";") if piece] if row else []

    # -- statements ---------------------------------------------------------------------------------
    def read(self, statements: Sequence[list[Token]]) -> Read:
        """All statements, then the equations that they come to."""
        for i, statement in enumerate(statements):
            self.statement(statement, last=i == len(statements) - 1)
        given = {d.name.text for d in self.definitions} | self.declared | _TIMES | {self.time}
        self.definitions += [d for d in self.defaults if d.name.text not in given]
        # numbers may stand below the function that uses them
        self.definitions.sort(key=lambda d: any(t.kind == "name" for t in d.tokens))
        results = self.results[0] if self.results else []
        entries = self.lists.get(results[0].text, []) if _is_name(results) else []
        if not entries and results:
            entries = self.list_of(results)
        if not entries and not self.placed and len(self.lists) == 1:
            entries = next(iter(self.lists.values()))
        if self.placed:
            return self.of_places()
        if not entries:
            raise self.fail('no right-hand side is returned: code ends in "return [...]" or "dydt = [...]"')
        return self.of_list(entries)

    def statement(self, row: list[Token], last: bool) -> None:
        """One line of code."""
        if row[0].text == "return":
            if self.placed and len(row) == 2 and (row[1].text == "0" or row[1].text.isupper()):
                return  # a function of C that says that all went well
            if len(row) == 1 or self.results:
                raise self.fail("one return with a value is read", row[0])
            self.results.append(row[1:])
            return
        *targets, value = outside(row, "=")
        if not targets:
            if not last or self.results:
                raise self.fail(f"{self.shown(row)!r} is not a statement that is read", row[0])
            if not _is_name(row) or row[0].text in self.lists:  # the name of what is returned may stand alone
                self.results.append(row)
            return
        for target in targets:
            self.assign(target, value)

    def assign(self, target: list[Token], value: list[Token]) -> None:
        """target = value."""
        if not target or not value:
            raise self.fail("an assignment without a name or a value", next(iter(target or value), None))
        names = self.list_of(target)
        if place := self.place(target):
            self.placed.append((place[1], target[0]._replace(text=place[0]), value))
        elif len(names) > 1 and all(map(_is_name, names)):
            values = self.list_of(value)
            if _is_name(value):
                self.unpacked.append((value[0], [n[0] for n in names]))
            elif len(values) == len(names):
                self.definitions += [Definition(n[0], v) for n, v in zip(names, values, strict=True)]
            else:
                raise self.fail(f"{len(names)} names for {len(values)} values", target[0])
        elif _is_name(target):
            name = target[0]
            if len(self.list_of(value)) > 1 or (value[0].text in ("[", *ARRAYS) and len(value) > 1 and value[1].text in "[("):
                if name.text in self.lists:
                    raise self.fail(f"{name.text} is assigned twice", name)
                self.lists[name.text] = self.list_of(value)
            else:
                self.definitions.append(Definition(name, value))
        else:
            raise self.fail(f"{self.shown(target)!r} is not a name or a place that is read", target[0])

    def shown(self, row: Sequence[Token]) -> str:
        """The text of tokens."""
        return shorten(self.text[row[0].start : row[-1].end])

    # -- equations -----------------------------------------------------------------------------------
    def of_places(self) -> Read:
        """out[0] = ..., out[1] = ..., each once."""
        bases = {target.text for _, target, _ in self.placed}
        if len(bases) > 1 or self.lists or (self.results and not _is_name(self.results[0])):
            others = [*bases, *self.lists]
            raise self.fail(f"which of {', '.join(sorted(others))} is the right-hand side is not clear: one vector is assigned")
        output = bases.pop()
        places = [i for i, _, _ in self.placed]
        if len({*places}) < len(places) or {*places} not in ({*range(len(places))}, {*range(1, len(places) + 1)}):
            raise self.fail(f"the places of {output} are {', '.join(map(str, places))}: each is assigned once, from 0 or 1 on")
        first = self.base = 0 if 0 in places else 1
        names = self.names(len(places), output)
        if self.base != first and self.indexed():
            raise self.fail(f"places of {output} begin with {first}, those of {self.vector} with {self.base}")
        rows = [(names[i - first], value) for i, _, value in self.placed]
        return self.equations(rows, names, output)

    def of_list(self, entries: list[list[Token]]) -> Read:
        """[a, b], which may name derivatives that were defined before."""
        output = next((n for n, found in self.lists.items() if found is entries), "")
        defined = {d.name.text for d in self.definitions}
        stems = [alone(e[0].text, []) if _is_name(e) and e[0].text in defined else None for e in entries]
        if not self.entries and all(stems) and not {*self.vectors(output)} & {*self.used}:
            names = [stem[0] for stem in stems if stem]
        else:
            names = self.names(len(entries), output)
        return self.equations([*zip(names, entries, strict=True)], names, output)

    @property
    def used(self) -> list[str]:
        """The vectors of which entries are asked for, or that are taken apart."""
        return [b for row in self.values for b, _ in self.places(row)] + [v.text for v, _ in self.unpacked]

    def vectors(self, output: str) -> list[str]:
        """The vectors that the variables may be taken from, in the order of the text, without those of parameters."""
        found = [v for v in dict.fromkeys(self.used) if v != output and v not in self.declared]
        if self.header is not None:
            own = [a for a in self.header if a not in _TIMES and a not in ("self", "cls", "") and a != self.time]
            asked = [a for a in own if a in found and a not in _CONSTANTS] or [a for a in own if a in found]
            timed = len(own) < len([a for a in self.header if a not in ("self", "cls", "")])
            # f(t, y, ...), f(y, t, ...), f(u, p, t): the state is the first argument beside the time
            return (asked or own)[:1] if timed or len(asked) < 2 else asked
        stem = alone(output, found) if output else None
        if stem and stem[0] in found:
            return [stem[0]]
        return [v for v in found if v not in _CONSTANTS] or found

    def names(self, count: int, output: str) -> list[str]:
        """The names of the variables, one for each entry."""
        if self.entries:
            if len(self.entries) != count:
                raise self.fail(f"{len(self.entries)} variables for {count} entries")
            self.vector = (self.vectors(output) or [""])[0]
            self.base = self.counted_from(count) if self.indexed() else 0
            return self.entries
        vectors = self.vectors(output)
        if len(vectors) != 1:
            which = f"taken from {' or '.join(vectors)}" if vectors else "which variable belongs to which entry"
            raise self.fail(f'the variables are not clear ({which}): say variables="x, v", in the order of the entries')
        self.vector = vectors[0]
        rows = [names for v, names in self.unpacked if v.text == self.vector]
        indexed = self.indexed()
        if not rows and not indexed:
            if count > 1:
                raise self.fail(f'{self.vector} has {count} entries without names: say variables="x, v", in their order')
            return [self.vector]
        if rows and len(rows[0]) != count:
            raise self.fail(f"{self.vector} has {len(rows[0])} entries, but {count} derivatives are given")
        self.base = self.counted_from(count) if indexed else self.base or 0
        if outer := [i for i in indexed if not self.base <= i < self.base + count]:
            last = f"{self.vector}[{outer[0]}]"
            raise self.fail(f"{last} is none of the {count} entries of {self.vector}, whose places begin with {self.base}")
        names = [n.text for n in rows[0]] if rows else [f"{self.vector}{i + self.base}" for i in range(count)]
        aliases: dict[int, str] = {}
        for definition in [*self.definitions]:
            place = self.place(definition.tokens)
            if place and place[0] == self.vector and not rows and definition.name.text not in aliases.values():
                aliases[place[1] - self.base] = definition.name.text
                self.definitions.remove(definition)
        return [aliases.get(i, n) for i, n in enumerate(names)]

    @property
    def values(self) -> list[Sequence[Token]]:
        """The tokens of all right-hand sides."""
        defined: list[Sequence[Token]] = [d.tokens for d in self.definitions]
        return [*defined, *(v for _, _, v in self.placed), *self.results, *chain.from_iterable(self.lists.values())]

    def indexed(self) -> set[int]:
        """All places of the state vector that are asked for."""
        return {i for row in self.values for b, i in self.places(row) if b == self.vector}

    def counted_from(self, count: int) -> int:
        """0 or 1, where places begin."""
        places = self.indexed()
        if self.base is not None and not (self.placed and self.header is None):
            return self.base
        if 0 in places:
            return 0
        if self.placed:
            return int(self.base or 0)
        if count in places:
            return 1
        shown = f"{self.vector}[{min(places)}]"
        raise self.fail(
            f"{shown} can be read as the first entry, where places begin with 1, or as the second, where they begin with 0: "
            "write names, or the whole function"
        )

    def equations(self, rows: list[tuple[str, list[Token]]], names: list[str], output: str) -> Read:
        """Derivative tokens on the left, names of variables on the right."""
        places = {(self.vector, i + int(self.base or 0)): n for i, n in enumerate(names)}
        kinds = {n: (n, "name") for n in names}

        def renamed(row: Sequence[Token]) -> list[Token]:
            found: list[Token] = []
            i = 0
            while i < len(row):
                token = row[i]
                i += 1
                if token.kind != "name":
                    found.append(token)
                    continue
                match = _PLACED.fullmatch(self.text[token.start : token.end])
                at = _in_round_brackets(row, i - 1) if match is None else None
                key = (match["base"], int(match["place"])) if match else (token.text, at[0]) if at else None
                if key and key in places:
                    token = token._replace(text=places[key])
                    i += at[1] if at else 0
                elif key and key[0] == output and (self.vector, key[1]) in places:
                    token = token._replace(kind="derivative", text=places[self.vector, key[1]], order=1)
                    i += at[1] if at else 0
                found.append(token)
            return found

        for name in names:
            if re.fullmatch(r"[^\W\d]\w*", name) is None:
                raise self.fail(f"{name!r} is not the name of a variable")
        equations = []
        for name, row in rows:
            first = row[0]
            left = Token("derivative", name, first.start, first.start, 1)
            equations.append([[left], renamed(row)])
        definitions = [Definition(d.name, renamed(d.tokens)) for d in self.definitions if d.name.text not in kinds]
        if again := [d.name for d in self.definitions if d.name.text in kinds]:
            raise self.fail(
                f"{again[0].text} is a variable and is assigned again: give the new value a name of its own", again[0]
            )
        return Read(equations, definitions, self.time)


def _arguments(header: re.Match[str]) -> list[str]:
    """The names of the arguments, without types and defaults."""
    bare = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", header["args"])
    words = [re.sub(r"\s*(?:=|(?<!:):(?!:)).*", "", a.strip(), flags=re.DOTALL).split() for a in bare.split(",")]
    return [w[-1].strip("*&") if w else "" for w in words]


def _defaults(text: str, header: re.Match[str]) -> list[Definition]:
    """sigma=10, beta=8/3 among the arguments."""
    found = []
    for match in _DEFAULT.finditer(text, *header.span("args")):
        if match["value"].count("(") != match["value"].count(")"):  # of a tuple
            continue
        name = Token("name", match["name"], match.start("name"), match.end("name"))
        found.append(Definition(name, tokens(" " * match.start("value") + match["value"].rstrip(), equations=True)[:-1]))
    return found


def _is_name(row: Sequence[Token]) -> bool:
    return len(row) == 1 and row[0].kind == "name"


def _closing(row: Sequence[Token]) -> int:
    """The place of the bracket that closes the first token, -1 where none does."""
    depth = 0
    for i, token in enumerate(row):
        depth += (token.kind == "operator") * ((token.text in ("(", "[", "{")) - (token.text in (")", "]", "}")))
        if depth == 0:
            return i
    return -1


def _in_round_brackets(row: Sequence[Token], i: int) -> tuple[int, int] | None:
    """The place of y(2) or y(2, 1) at token i, and how many tokens follow the name; None for anything else."""
    after = [t.text for t in row[i + 1 : i + 6]]
    if after[:1] == ["("] and len(after) > 2 and after[1].isdigit() and len(after[1]) < 7:
        if after[2] == ")":
            return int(after[1]), 3
        if after[2:5] == [",", "1", ")"]:
            return int(after[1]), 5
    return None
