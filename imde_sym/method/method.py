"""Method: what every method offers, whatever its family."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np
import sympy

from ..base.errors import MAX_COLORS, MethodError, check_count
from ..base.values import Value, information
from ..expressions import Spelling, one_symbol_a_name
from ..prelie import Graded, PreLieSpace, Recursion, ScalarSpace, inverse_modified, method_map, modified
from ..rings import Arithmetic, Scalar, half_units, is_exact, is_moderate, promote, ring_of
from ..trees import TreeSpace, tree_table
from .display import Text, method_report
from .plain import constants, write
from .weights import computed_order

FORMAT = "imde_sym/method"
ROUNDED = "exact_decimal"
"""The tag of methods whose numbers are published decimals."""
PUBLISHED = 1e-12
"""How far, relative to them, such numbers may be off where their digits do not tell."""
INFORMATION = (
    *("title", "aliases", "reference", "doi", "tags", "note", "source", "library", "order", "order_hat", "constants"),
    *("inverse", "rounding"),
)
"""What may be told of a method: the fields of the catalogue, `inverse` of a splitting, and `rounding`, the relative error of
numbers that were computed from rounded ones."""
BEHAVIOUR = ("inverse", "rounding")
"""Information that changes what a method does, so that methods which differ in it are not equal."""


class Method(Value):
    """A method as a recursion over the grades of any pre-Lie space.

    A family gives `data` (its defining numbers by name, as canonical scalars in nested tuples) and
    `recursion`; from these follow its series, its equations, its order, its equality and its JSON form.
    `colors` is the number of parts into which the method splits the field: 1 unless it treats parts of
    it differently.
    """

    name: str
    info: Mapping[str, Any]
    colors: int = 1
    family = ""
    """The word that names the family in JSON and in the catalogue."""
    one_step = True
    """Whether the method is a map y -> Φ_h(y); a multistep method is not."""

    def __init__(self, name: str, info: Mapping[str, Any]):
        """Every family calls this last: it names the method and closes it. Raises RingError for numbers of no common ring."""
        self.name, self.info = str(name), information("method", info, INFORMATION)
        promote(self.coefficients)
        one_symbol_a_name(self.parameters)
        self._freeze()

    @property
    def data(self) -> dict[str, Any]:
        """The defining numbers, by name."""
        raise NotImplementedError

    def recursion(self, space: PreLieSpace) -> Recursion:
        """The method as a recursion over the grades of `space`."""
        raise NotImplementedError

    @property
    def kind(self) -> str:
        """What the method is, for titles of methods without a name."""
        return f"{self.family} method"

    # -- numbers --------------------------------------------------------------------------------
    @property
    def coefficients(self) -> list[Scalar]:
        """All numbers of the method, as canonical scalars."""
        return list(_leaves(tuple(self.data.values())))

    @cached_property
    def ring(self) -> Arithmetic:
        """The smallest ring that holds the coefficients."""
        return ring_of(self.coefficients)

    @property
    def is_exact(self) -> bool:
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

    def read_units(self, order: int) -> Mapping[Scalar, float]:
        """`half_units` of the numbers that the recursion reads for an expansion up to `order`."""
        return self.half_units

    @property
    def rounding(self) -> float:
        """How far numbers may be off, relative to them, beyond what their digits tell; 0 where the digits tell all."""
        return float(self.info.get("rounding", PUBLISHED if ROUNDED in self.tags else 0.0))

    @property
    def is_rounded(self) -> bool:
        """Whether numbers are rounded: floats, long decimals, decimals as published (tag exact_decimal), or made of such."""
        return bool(self.half_units)

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """Free symbols of the coefficients, by name."""
        free = {s for x in self.coefficients if isinstance(x, sympy.Basic) for s in x.free_symbols}
        return tuple(sorted(free, key=str))

    # -- what the method makes of a field -------------------------------------------------------
    def consistency(self, colors: int) -> list[Scalar]:
        """The weight of each part of the field in the first power of h; 1 for consistent methods."""
        colors = check_count(colors, "the number of colours", 1, MAX_COLORS, MethodError)
        return list(self.recursion(ScalarSpace(colors)).consistency)

    def modified(self, space: PreLieSpace, field: Graded) -> Graded:
        """The field whose exact flow is the method applied to `field`."""
        return modified(space, self.recursion(space), field)

    def inverse_modified(self, space: PreLieSpace, field: Graded) -> Graded:
        """The field that the method turns into the exact flow of `field`."""
        return inverse_modified(space, self.recursion(space), field)

    def elementary_weights(self, order: int, arithmetic: Arithmetic, colors: int) -> np.ndarray:
        """The B-series of the method as an array over all trees of `colors` colours up to `order`."""
        space = TreeSpace(tree_table(colors), order, arithmetic)
        return space.flat(method_map(space, self.recursion(space), space.generator()))

    def weight_blocks(self, arithmetic: Arithmetic) -> Iterator[np.ndarray]:
        """The B-series order by order, as far as it is asked for."""
        table = tree_table(self.colors)
        return (self.elementary_weights(k, arithmetic, self.colors)[table.block(k)] for k in count(1))

    @cached_property
    def order(self) -> int:
        """The computed order: the B-series agrees with the exact flow up to it, and not beyond.

        Exact for rational numbers and symbols, to 60 digits for roots, within 1e-12 for floats; capped at
        14 for tableaux, at 8 for other families.
        """
        return computed_order(self)

    def check_colors(self, colors: int) -> None:
        """Raise MethodError unless the method can treat a field in `colors` parts."""
        if self.colors not in (1, colors):
            raise MethodError(f"{self.title} splits a field into {self.colors} parts; here it has {colors}")

    def __matmul__(self, other: object) -> Method:
        """`m1 @ m2`: m1 with half the step, then m2 with half the step."""
        from .composition import compose_methods  # families know Method, not the other way round

        return compose_methods(self, other) if isinstance(other, Method) else NotImplemented

    def describe(self) -> Text:
        """A report: kind, order, traits, reference and numbers. Prints as text; Runge-Kutta methods tell more."""
        return method_report(self)

    # -- names ----------------------------------------------------------------------------------
    @property
    def title(self) -> str:
        return self.info.get("title") or self.name or self.kind

    @property
    def reference(self) -> str:
        return self.info.get("reference", "")

    @property
    def doi(self) -> str:
        """The DOI of the reference; empty where there is none."""
        return self.info.get("doi", "")

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self.info.get("tags", ()))

    # -- values ---------------------------------------------------------------------------------
    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Method) and self._identity == other._identity

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

    def latex(self) -> str:
        """The tableau or the formula that defines the method."""
        raise NotImplementedError

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "ring"}  # sympy's domains do not pickle

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
        return json.dumps(self.to_dict())


def rounding_tags(*methods: Method) -> dict[str, Any]:
    """What a method made of others has to say of its numbers: `rounding`, where some of theirs are rounded."""
    units = [(x, u) for m in methods for x, u in m.half_units.items()]
    relative = [u / max(1.0, abs(complex(x))) for x, u in units if isinstance(x, Fraction)]  # floats tell themselves
    return {"rounding": max(relative)} if relative else {}


def _inner(value: Any) -> Iterator[Method]:
    """The methods among the data of a method."""
    if isinstance(value, tuple):
        for item in value:
            yield from _inner(item)
    elif isinstance(value, Method):
        yield value


def _leaves(value: Any) -> Iterator[Scalar]:
    if isinstance(value, tuple):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, Method):
        yield from value.coefficients
    elif value is not None:
        yield value


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_text, value))}]"
    return str(value) if not isinstance(value, Method) else repr(value)
