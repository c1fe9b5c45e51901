"""MethodValue: the numbers, the names and the plain data of a method, whatever its family."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Self

import sympy

from ..base.arguments import checked
from ..base.errors import MethodError, UnknownNameError, shown
from ..base.values import Value, information, read_json
from ..expressions import Spelling, one_symbol_a_name
from ..expressions.layout import typed_decimals
from ..rings import Arithmetic, Scalar, half_units, is_exact, is_moderate
from .plain import constants, names_in, read, write
from .theory.numbers import Numbers

FORMAT = "imde_sym/method"
ROUNDED = "exact_decimal"
"""The tag of methods whose numbers are published decimals."""

SMALLEST, LARGEST = 1e-300, 1e30
"""Sizes of coefficients: floats hold the smallest one, and high powers of the largest one."""
PUBLISHED = 1e-12
"""How far, relative to them, such numbers may be off where their digits do not tell."""
INFORMATION = (
    *("title", "aliases", "reference", "doi", "tags", "note", "source", "library", "order", "order_hat", "constants"),
    *("inverse", "unknown", "match", "rounding", "decimals"),
)
"""What may be told of a method: the fields of the catalogue, what its inverse equation is to be (`with_inverse`), `rounding`,
the relative error of numbers that were computed from rounded ones, and `decimals`, that its numbers were typed as such."""
BEHAVIOUR = ("inverse", "unknown", "match", "rounding")
"""Information that changes what a method does, so that methods which differ in it are not equal."""
HEAD = {"format", "version", "family", "name", "symbols"}
WITHOUT_FAMILY = "runge_kutta"
"""The family of data that name none."""
FAMILIES: dict[str, type[MethodValue]] = {}
"""The families by the word that names them in data: every class with a `family` of its own enters itself."""
UNWIELDY = 60
"""Bits of a fraction that nobody would write."""


class MethodValue(Value):
    """A method as data: `data` holds its defining numbers by name, as canonical scalars in nested tuples.

    A class with a word of its own for `family` is a family. The keys of its data are the arguments of its constructor
    that may be given by position; those with a default may be missing in JSON.

    >>> from imde_sym import methods
    >>> heun = methods["heun2"]
    >>> heun.title
    "Heun's method of order 2 (explicit trapezoidal rule; optimal SSP method with 2 stages)"
    >>> heun.kind, heun.tags[:2]
    ('2-stage Runge-Kutta method', ('explicit', 'embedded'))
    >>> heun.reference[:12], heun.doi
    ('K. Heun 1900', '10.1007/978-3-540-78862-1')
    >>> heun.is_exact, heun.is_rounded, heun.rounding, heun.half_units, heun.ring
    (True, False, 0.0, {}, <ring QQ>)
    >>> heun.parameters, heun.numbers.ring, len(heun.coefficients), list(heun.data), heun.written_names
    ((), <ring QQ>, 6, ['A', 'b'], {})
    >>> method_from_data(heun.to_dict()) == heun, method_from_json(heun.to_json()) == heun
    (True, True)
    """

    name: str
    info: Mapping[str, Any]
    family = ""
    """The word that names the family in JSON and in the catalogue."""
    nested: ClassVar[tuple[str, ...]] = ()
    """The keys whose values are methods."""
    keys: ClassVar[tuple[str, ...]] = ()
    """The keys of the family's data, in the order of the constructor's arguments."""
    optional: ClassVar[frozenset[str]] = frozenset()
    """Those that JSON may leave out."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "family" in vars(cls):
            FAMILIES[cls.family] = cls
            given = [p for p in inspect.signature(cls.__init__).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
            cls.keys = tuple(p.name for p in given[1:])
            cls.optional = frozenset(p.name for p in given[1:] if p.default is not p.empty)

    def __new__(cls, *given: Any, **named: Any) -> Self:
        """How numbers were typed is seen before a family reads them."""
        made = super().__new__(cls)
        made.__dict__["_typed"] = typed_decimals(given, {key: x for key, x in named.items() if key in cls.keys})
        return made

    def __init__(self, name: str, info: Mapping[str, Any]):
        """Every family calls this last: it names the method and closes it.

        Raises RingError for numbers of no common ring, MethodError for those that floats cannot hold or multiply.
        """
        typed = self.__dict__.pop("_typed") or any(m.decimals for m in _inner(tuple(self.data.values())))
        if typed and self.is_exact:
            info = {**info, "decimals": True}
        self.name, self.info = str(name), information("method", info, INFORMATION, type(self))
        _ = Numbers(self.coefficients, {}).kind
        for x in self.coefficients:
            if not isinstance(x, sympy.Basic) and x != 0 and not SMALLEST <= abs(x) <= LARGEST:
                size = "large" if abs(x) > LARGEST else "small"
                sizes = "sizes from 1e-300 to 1e30 are accepted, and 0"
                raise MethodError(f"{self.title} has a coefficient too {size} for its powers in floats: {sizes}, got {shown(x)}")
        one_symbol_a_name(self.parameters)
        self._freeze()

    @property
    def data(self) -> dict[str, Any]:
        """The defining numbers, by name."""
        raise NotImplementedError

    @property
    def kind(self) -> str:
        """What the method is, for titles of methods without a name."""
        return f"{self.family} method"

    # -- numbers --------------------------------------------------------------------------------
    @property
    def coefficients(self) -> list[Scalar]:
        """All numbers of the method, as canonical scalars."""
        return list(leaves(tuple(self.data.values())))

    @cached_property
    def numbers(self) -> Numbers:
        """The coefficients with what is known of their rounding: what the theory is told of a method."""
        return Numbers(self.coefficients, self.half_units, self.title)

    @property
    def ring(self) -> Arithmetic:
        """The smallest ring that holds the coefficients."""
        return self.numbers.ring

    @property
    def is_exact(self) -> bool:
        """Whether no number is a float."""
        return all(is_exact(x) for x in self.coefficients)

    @cached_property
    def half_units(self) -> Mapping[Scalar, float]:
        """The rounded numbers of the method with half a unit of their last digits (`rings.rounding`)."""
        if self.parameters:
            return {}
        found = half_units(self.coefficients)
        for m in (self, *_inner(tuple(self.data.values()))):
            if relative := m.rounding:
                for x in m.coefficients:
                    if x != 0 and not is_moderate(x) and ("rounding" in m.info or x not in found):
                        found[x] = max(found.get(x, 0.0), relative * max(1.0, abs(complex(x))))
        return found

    @property
    def rounding(self) -> float:
        """How far numbers may be off, relative to them, beyond what their digits tell; 0 where the digits tell all."""
        return float(self.info.get("rounding", PUBLISHED if ROUNDED in self.tags else 0.0))

    @property
    def is_rounded(self) -> bool:
        """Whether numbers are rounded: floats, long decimals, decimals as published (tag exact_decimal), or made of such."""
        return bool(self.half_units)

    @property
    def is_unwieldy(self) -> bool:
        """Whether formulas with the numbers are read in decimals: rounded numbers, or fractions that nobody would write.

        >>> from imde_sym.methods import methods
        >>> [methods[name].is_unwieldy for name in ("rk4", "dopri5", "rkc(4)", "dop853")]
        [False, False, True, True]
        """
        fractions = (x for x in self.coefficients if isinstance(x, Fraction))
        return self.is_rounded or any(x.numerator.bit_length() + x.denominator.bit_length() > UNWIELDY for x in fractions)

    @property
    def decimals(self) -> bool | None:
        """True where exact numbers were typed as decimals, so that answers are written in decimals; None where not.

        >>> from imde_sym import ButcherTableau
        >>> ButcherTableau([[0, 0], ["0.65", 0]], ["0.25", "0.75"]).decimals, ButcherTableau([["1/2"]], [1]).decimals
        (True, None)
        """
        return True if self.info.get("decimals") and not self.is_rounded else None

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """Free symbols of the coefficients, by name."""
        return Numbers(self.coefficients, {}).parameters

    # -- names ----------------------------------------------------------------------------------
    @property
    def title(self) -> str:
        """What messages and reports call the method: its title, its name, or what kind it is of."""
        return str(self.info.get("title") or self.name or self.kind)

    @property
    def reference(self) -> str:
        """Where the method was published; empty where that is not told."""
        return str(self.info.get("reference", ""))

    @property
    def doi(self) -> str:
        """The DOI of the reference; empty where there is none."""
        return str(self.info.get("doi", ""))

    @property
    def tags(self) -> tuple[str, ...]:
        """The catalogue's words for the method."""
        return tuple(self.info.get("tags", ()))

    # -- values ---------------------------------------------------------------------------------
    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, MethodValue) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash((self.family, *self._identity))

    @property
    def _identity(self) -> tuple[Any, ...]:
        """What tells methods of one family apart: the numbers, and what else changes the results."""
        return (*self.data.values(), ROUNDED in self.tags, *(self.info.get(key) for key in BEHAVIOUR))

    def __repr__(self) -> str:
        given = ", ".join(f"{key}={_text(value)}" for key, value in self.data.items())
        name = f", name={self.name!r}" if self.name else ""
        return f"{type(self).__name__}({given}{name})"

    # -- plain data -----------------------------------------------------------------------------
    def to_dict(self) -> dict[str, Any]:
        """Plain exact data: rationals and roots as strings, floats as numbers; `method_from_data` reads them."""
        head = {"format": FORMAT, "version": 1, "family": self.family, "name": self.name}
        spelling, names = Spelling(self.parameters), self.written_names
        numbers = {key: write(value, names) for key, value in self.data.items() if value is not None}
        info = {k: v for k, v in self.info.items() if k not in head and k not in numbers}
        return head | {"symbols": [spelling.data(s) for s in self.parameters]} | numbers | info

    @property
    def written_names(self) -> dict[sympy.Expr, sympy.Symbol]:
        """What stands in the data for named constants, and for symbols that the parser could not read."""
        roots = constants(self.info.get("constants", {}))
        return {root: sympy.Symbol(name) for name, root in roots.items()} | Spelling(self.parameters).codes

    def to_json(self) -> str:
        """The text of `to_dict`, which `method_from_json` and `imde_sym.from_json` read."""
        return json.dumps(self.to_dict())

    @classmethod
    def _of_data(cls, data: Mapping[str, Any]) -> Self:
        """The method of this family that plain data describe."""
        missing = [key for key in cls.keys if key not in data and key not in cls.optional]
        if missing:
            raise MethodError(f"a {cls.family} method needs {', '.join(cls.keys)}; {missing[0]!r} is missing")
        names = names_in(data)

        numbers = {key: cls._read_key(key, data[key], names) for key in cls.keys if key in data}
        info = {str(k): v for k, v in data.items() if k not in HEAD and k not in cls.keys}
        build: Any = cls
        return build(**numbers, name=str(data.get("name", "")), **info)  # type: ignore[no-any-return]

    @classmethod
    def _read_key(cls, key: str, value: Any, names: dict[str, sympy.Expr]) -> Any:
        """What the data hold under a key, for the constructor."""
        return _methods(value) if key in cls.nested else read(key, value, names)


@checked
def method_from_data(data: Any) -> Any:
    """The method of any family that `Method.to_dict` wrote; data without a family are a Butcher tableau.

    Strings are parsed, never evaluated. Raises MethodError for anything else, UnknownNameError for an unknown family.

    >>> method_from_data({"A": [["1/2"]], "b": ["1"]}).order
    2
    """
    if not isinstance(data, Mapping):
        raise MethodError(f"a method is a JSON object, found {type(data).__name__}")
    family = data.get("family", WITHOUT_FAMILY)
    if not isinstance(family, str) or family not in FAMILIES:
        raise UnknownNameError("family", family, FAMILIES)
    return FAMILIES[family]._of_data(data)


@checked
def method_from_json(text: Any) -> Any:
    """Inverse of `Method.to_json`, for every family. Raises what `method_from_data` raises, MethodError for other text.

    >>> from imde_sym.methods import methods
    >>> method_from_json(methods["strang"].to_json()) == methods["strang"]
    True
    """
    return method_from_data(read_json(text, "method", MethodError))


def digits_of(*methods: MethodValue) -> dict[str, Any]:
    """What a method made of others has to say of its numbers: `rounding` where some of theirs are rounded, `decimals`."""
    units = [(x, u) for m in methods for x, u in m.half_units.items()]
    relative = [u / max(1.0, abs(complex(x))) for x, u in units if isinstance(x, Fraction)]  # floats tell themselves
    typed = {"decimals": True} if any(m.decimals for m in methods) else {}
    return {"rounding": max(relative)} if relative else typed


def _methods(data: Any) -> Any:
    """A method, or a list of them."""
    return [method_from_data(item) for item in data] if isinstance(data, list) else method_from_data(data)


def _inner(value: Any) -> Iterator[MethodValue]:
    """The methods among the data of a method."""
    if isinstance(value, tuple):
        for item in value:
            yield from _inner(item)
    elif isinstance(value, MethodValue):
        yield value


def leaves(value: Any) -> Iterator[Scalar]:
    """The numbers in nested tuples, those of methods among them too."""
    if isinstance(value, tuple):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, MethodValue):
        yield from value.coefficients
    elif value is not None and not isinstance(value, str):
        yield value


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_text, value))}]"
    return repr(value) if isinstance(value, MethodValue) else str(value)
