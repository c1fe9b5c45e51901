"""BSeries: a mapping from rooted trees to coefficients."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from fractions import Fraction
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import sympy

from ..base.arguments import checked
from ..base.checks import check_count, check_order
from ..base.columns import columns
from ..base.errors import SeriesError, TruncationError, shown
from ..base.pictures import Pictured
from ..base.tables import Cell, Framed, Table, cell_text
from ..base.typeset import Formulated
from ..base.values import Plain, reads
from ..expressions import Spelling, latex, one_symbol_a_name, read_symbols, step_symbol
from ..rings import (
    Arithmetic,
    Canonical,
    Neighbours,
    Rounded,
    Scalar,
    ring_of,
    scalar,
    scalar_from_json,
    scalar_to_json,
    scalars,
    to_sympy,
)
from ..trees import (
    RootedTree,
    check_tree_order,
    count_rooted_trees,
    elementary_differential,
    numbered,
    rooted_trees,
    tree_table,
)
from .residues import by_primes

FORMAT = "imde_sym/series"
SHOWN = 12
LETTERS = "fgkmnpqr"
CONVERTERS: dict[str, Callable[..., Any]] = {}
"""What reads and writes series of other libraries, by the name of the method here that offers it: `others`, which stands above,
enters it."""


@checked
class BSeries(Plain, Pictured, Formulated, Framed, Mapping[RootedTree, Scalar]):
    """B(a, y) = a(∅) y + Σ_t h^|t|/σ(t) a(t) F(t)(y), truncated at |t| <= order.

    A mapping from rooted trees (or anything that RootedTree reads, such as "[[],[]]") to coefficients:
    Fraction for rational data, sympy expressions for symbols and roots, floats for floats. `empty` is
    a(∅): 1 for a map, 0 for a field. Values are immutable, compare equal and hash by content.

    coefficients : one value for each tree of order 1..order, in the order of `rooted_trees`
    errors       : how far each may be off, where they come from rounded numbers; the laws carry errors on
    Raises SeriesError for a wrong number of coefficients or errors, RingError for what is not a number, TruncationError
    where a tree beyond the order is looked up.

    >>> a = BSeries(2, [1, "1/2"])
    >>> a["[[]]"], a.is_map, (2 * a).empty
    (Fraction(1, 2), True, Fraction(2, 1))
    """

    __slots__ = ("_values", "colors", "empty", "errors", "name", "order")

    form = FORMAT
    view = "plot_series"
    order: int
    colors: int
    empty: Scalar
    name: str
    errors: tuple[float, ...]
    _values: tuple[Scalar, ...]
    __array_ufunc__ = None  # numpy scalars leave `number * series` to the series

    def __init__(
        self,
        order: int,
        coefficients: Sequence[Scalar],
        empty: Scalar = Fraction(1),
        colors: int = 1,
        name: str = "",
        errors: Sequence[float] = (),
    ):
        set_ = object.__setattr__
        set_(self, "order", check_tree_order(order, colors))
        set_(self, "colors", colors)
        set_(self, "name", name)
        set_(self, "empty", scalar(empty))
        size = tree_table(colors).size(order)
        if not isinstance(coefficients, Sequence | np.ndarray):
            raise SeriesError(f"coefficients must be a sequence of {size} numbers, one for each tree; got {shown(coefficients)}")
        if len(coefficients) != size:
            raise SeriesError(f"{len(coefficients)} coefficients; a series of order {order} has {size} trees")
        set_(self, "_values", scalars(coefficients))
        one_symbol_a_name({s for v in (self.empty, *self._values) if isinstance(v, sympy.Basic) for s in v.free_symbols})
        if len(errors) not in (0, size) or not all(isinstance(e, int | float) and e >= 0 for e in errors):
            raise SeriesError(f"errors must be {size} numbers that are not negative, or none; got {errors!r}"[:200])
        set_(self, "errors", tuple(map(float, errors)) if any(errors) else ())

    @classmethod
    def from_rule(cls, rule: Callable[[RootedTree], Any], order: int, empty: Any = 1, colors: int = 1, name: str = "") -> BSeries:
        """The series with a(t) = rule(t) for every tree; the rule may return anything that `scalar` reads, symbols too.

        Raises SeriesError for an order or colours that are not whole numbers from 1 on, RingError or ParseError for bad values.

        >>> BSeries.from_rule(lambda t: Fraction(1, t.density), 3).coefficients[-1]
        Fraction(1, 6)
        """
        size = tree_table(colors).size(check_tree_order(order, colors))
        return cls(order, [rule(numbered(tree_table(colors), i)) for i in range(size)], empty, colors, name)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a BSeries cannot be changed: {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        return BSeries, (self.order, self._values, self.empty, self.colors, self.name, self.errors)

    # -- mapping --------------------------------------------------------------------------------
    def __getitem__(self, tree: object) -> Scalar:
        t = RootedTree(tree)
        if t.order > self.order:
            raise TruncationError(f"{t!r} has order {t.order}; this series is truncated at order {self.order}")
        return self._values[t.number(self.colors)]

    def __contains__(self, tree: object) -> bool:
        return isinstance(tree, RootedTree) and tree.order <= self.order and tree.colors <= self.colors

    def __iter__(self) -> Iterator[RootedTree]:
        table = tree_table(self.colors)
        return (numbered(table, i) for i in range(len(self._values)))

    def __len__(self) -> int:
        return len(self._values)

    @property
    def coefficients(self) -> tuple[Scalar, ...]:
        """All coefficients in the order of the trees' numbers.

        >>> from imde_sym import exact_series
        >>> exact_series(3).coefficients
        (Fraction(1, 1), Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))
        """
        return self._values

    @property
    def is_map(self) -> bool:
        """Whether a(∅) = 1.

        >>> from imde_sym import exact_series
        >>> exact_series(2).is_map
        True
        """
        return bool(self.empty == 1)

    @property
    def is_field(self) -> bool:
        """Whether a(∅) = 0.

        >>> from imde_sym import methods, modified_series
        >>> modified_series(methods["rk4"], 4).is_field
        True
        """
        return bool(self.empty == 0)

    def to_numpy(self, dtype: Any = None) -> np.ndarray:
        """Coefficients as an array of shape (N,): float64 (complex128 where needed), or of the given dtype.

        Raises SeriesError for coefficients with symbols and for a dtype that does not hold them.

        >>> from imde_sym import exact_series
        >>> exact_series(2).to_numpy()
        array([1. , 0.5])
        """
        if symbol := next((v for v in self._values if isinstance(v, sympy.Basic) and v.free_symbols), None):
            raise SeriesError(f"the coefficient {symbol} has symbols: it has no numerical value")
        if dtype is None:
            dtype = complex if any(isinstance(v, complex) for v in self._values) else float
        try:
            return np.array(self._values, np.dtype(dtype))
        except Exception as error:  # numpy raises what it likes, SyntaxError too
            raise SeriesError(f"dtype={shown(dtype)} holds no such coefficients: {shown(error, 120)}") from None

    def truncate(self, order: int) -> BSeries:
        """The same series up to a lower order. Raises SeriesError for a higher one. Cost: O(N(order)).

        >>> from imde_sym import exact_series
        >>> exact_series(5).truncate(3) == exact_series(3)
        True
        """
        order = check_order(order, self.order, "the order of a truncation")
        size = tree_table(self.colors).size(order)
        return BSeries(order, Canonical(self._values[:size]), self.empty, self.colors, self.name, self.errors[:size])

    @property
    def rounded(self) -> list[Scalar | Rounded]:
        """The coefficients, with their errors where they have some.

        >>> BSeries(1, [0.333], errors=[0.0005]).rounded
        [Rounded(value=0.333, error=0.0005)]
        """
        return list(self._values) if not self.errors else [Rounded(*pair) for pair in zip(self._values, self.errors, strict=True)]

    # -- values ---------------------------------------------------------------------------------
    def _content(self) -> tuple[Any, ...]:
        return self.order, self.colors, self.empty, self._values, self.errors

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BSeries) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash(self._content())

    # -- linear combinations ----------------------------------------------------------------------
    def __add__(self, other: object) -> BSeries:
        return linear_combination([1, 1], [self, other]) if isinstance(other, BSeries) else NotImplemented

    def __sub__(self, other: object) -> BSeries:
        return linear_combination([1, -1], [self, other]) if isinstance(other, BSeries) else NotImplemented

    def __mul__(self, factor: object) -> BSeries:
        return NotImplemented if isinstance(factor, BSeries) else linear_combination([factor], [self])

    __rmul__ = __mul__

    def __truediv__(self, divisor: object) -> BSeries:
        if isinstance(divisor, BSeries):
            return NotImplemented
        number = scalar(divisor)
        if number == 0:
            raise SeriesError("a series cannot be divided by 0")
        return linear_combination([1 / number], [self])

    def __neg__(self) -> BSeries:
        return linear_combination([-1], [self])

    def __pos__(self) -> BSeries:
        return self

    # -- output ---------------------------------------------------------------------------------
    def rows(self) -> Iterator[tuple[RootedTree, Scalar, str]]:
        """Tree, coefficient and elementary differential of every term.

        >>> from imde_sym import exact_series
        >>> list(exact_series(2).rows())[1]
        (RootedTree('[[]]'), Fraction(1, 2), "f'f")
        """
        names = self.field_names
        return ((t, v, elementary_differential(t, names=names)) for t, v in self.items())

    @property
    def field_names(self) -> str:
        """The letters of the fields in formulas: f, or one letter for each colour as far as they reach.

        >>> from imde_sym import exact_series
        >>> exact_series(2).field_names, exact_series(2, colors=2).field_names
        ('f', 'fg')
        """
        return LETTERS[: self.colors] if 1 < self.colors <= len(LETTERS) else LETTERS[0]

    def __str__(self) -> str:
        return self.table()

    def table(self, limit: int | None = None) -> Table:
        """One line a tree: order, brackets, a(t), a(t)/σ(t), elementary differential; `limit` lines at most.

        Raises SeriesError for a limit that is not a whole number.

        >>> from imde_sym import exact_series
        >>> print(exact_series(2).table())
        order  tree  a(t)  a(t)/σ(t)  F(t)
        1      []    1     1          f
        2      [[]]  1/2   1/2        f'f
        """
        limit = len(self) if limit is None else check_count(limit, "limit", 0, sys.maxsize, SeriesError)
        head = ("order", "tree", "a(t)", "a(t)/σ(t)", "F(t)")
        names = self.field_names
        rows = []
        for t, v, name in islice(self.rows(), limit):
            tree = Cell(t, t.brackets, picture=t.svg())
            differential = Cell(name, name, elementary_differential(t, latex=True, names=names))
            rows.append(dict(zip(head, (t.order, tree, v, _over(v, t.symmetry), differential), strict=True)))
        more = [f"... {len(self) - len(rows)} more"] if len(self) > len(rows) else []
        lines = columns([head, *([cell_text(x) for x in row.values()] for row in rows)], str.ljust)
        caption = repr(self).partition(": ")[0].strip("<")
        return Table.of(rows, head, notes=more, caption=caption, text="\n".join([*lines, *more]))

    def __repr__(self) -> str:
        kind = "map" if self.is_map else "field" if self.is_field else f"a(∅) = {self.empty}"
        name = f" {self.name}" if self.name else ""
        head = ", ".join(f"{t.brackets}: {v}" for t, v in list(self.items())[:4])
        more = ", ..." if len(self) > 4 else ""
        return f"<BSeries{name} of order {self.order} ({kind}): {{{head}{more}}}>"

    def latex(
        self, field: str | None = None, terms: int | None = None, per_step: bool = True, step: sympy.Symbol | str | None = None
    ) -> str:
        r"""The series in elementary differentials, one `+`-separated sum, powers of h in front.

        field    : the letter of the field, or one letter for each colour (default: f, g, ...)
        terms    : at most so many terms, then dots
        per_step : False for the series divided by h: a field as a rate, f + h ..., in place of h·f + h² ...
        step     : the symbol of the step size, or its name: "\\tau", "dt" (default: h)
        Raises TreeError for fewer letters than colours, but one.

        >>> from imde_sym import exact_series
        >>> print(exact_series(2).latex())
        y + h f + \frac{1}{2} h^{2} f' f + \mathcal{O}(h^{3})
        """
        names = field or self.field_names
        own = sorted({s for v in self._values if isinstance(v, sympy.Basic) for s in v.free_symbols}, key=str)
        step = latex(step_symbol(own) if step is None else sympy.Symbol(str(step)), own)
        parts = ["y"] if self.is_map else []
        count = 0
        for t, v in self.items():
            coefficient = to_sympy(_over(v, t.symmetry))
            if coefficient == 0:
                continue
            count += 1
            if terms is not None and count > terms:
                parts.append(r"\cdots")
                break
            k = t.order if per_step else t.order - 1
            h = ("", step)[k] if k < 2 else f"{step}^{{{k}}}"
            factor = "" if coefficient == 1 else latex(coefficient, own)
            if isinstance(coefficient, sympy.Add):
                factor = rf"\left({factor}\right)"
            parts.append(f"{factor} {h} {elementary_differential(t, latex=True, names=names)}".strip())
        total = (" + ".join(parts) or "0").replace("+ - ", "- ").replace("+ -", "- ")
        return rf"{total} + \mathcal{{O}}({step}^{{{self.order + per_step}}})"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex(terms=SHOWN)}$"

    def _repr_html_(self) -> str:
        """The first terms as a table with drawn trees."""
        return self.table(SHOWN)._repr_html_()

    def to_dict(self) -> dict[str, Any]:
        """Plain data: exact coefficients as strings, trees as brackets (docs/json.md).

        >>> from imde_sym import exact_series
        >>> exact_series(2).to_dict()["coefficients"]
        {'[]': '1', '[[]]': '1/2'}
        """
        found = {s for v in (self.empty, *self._values) if isinstance(v, sympy.Basic) for s in v.free_symbols}
        symbols = sorted(found, key=str)
        spelling = Spelling(symbols)

        def write(value: Scalar) -> Any:
            return scalar_to_json(value.xreplace(spelling.codes) if isinstance(value, sympy.Basic) else value)

        return (
            self.head
            | {
                "name": self.name,
                "order": self.order,
                "colors": self.colors,
                "symbols": [spelling.data(s) for s in symbols],
                "empty": write(self.empty),
                "coefficients": {t.brackets: write(v) for t, v in self.items()},
            }
            | ({"errors": list(self.errors)} if self.errors else {})
        )

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> BSeries:
        """Inverse of `to_dict`. Raises SeriesError where the data are not such a dictionary.

        >>> from imde_sym import exact_series
        >>> BSeries.from_dict(exact_series(2).to_dict()) == exact_series(2)
        True
        """
        names: dict[str, sympy.Expr] = {**read_symbols(data["symbols"])}
        coefficients = {RootedTree(t): scalar_from_json(v, names) for t, v in data["coefficients"].items()}
        order, colors, empty = data["order"], data["colors"], scalar_from_json(data["empty"], names)
        colors = check_order(colors, 100, "the number of colours")
        order = check_tree_order(order, colors)
        if len(coefficients) != len(data["coefficients"]):
            raise SeriesError("the data hold a tree twice, written differently")
        alien = next((t for t in coefficients if t.order > order or t.colors > colors), None)
        if alien is not None:
            raise SeriesError(f"the data hold the tree {alien}, which is none of order <= {order} with {colors} colour(s)")
        size = sum(count_rooted_trees(k, colors) for k in range(1, order + 1))
        if len(coefficients) < size:
            missing = next(t for k in range(1, order + 1) for t in rooted_trees(k, colors) if t not in coefficients)
            raise SeriesError(f"the data lack the tree {missing}: they hold {len(coefficients)} of {size}")
        trees = [numbered(tree_table(colors), i) for i in range(size)]
        return cls(order, [coefficients[t] for t in trees], empty, colors, str(data.get("name", "")), data.get("errors", ()))

    # -- other libraries ------------------------------------------------------------------------
    @classmethod
    def from_julia(cls, given: Any) -> BSeries:
        """The series that BSeries.jl prints, as text, or as a mapping from level sequences (the root's level is 1) to numbers.

        Coefficients are the same numbers in both packages. Raises SeriesError where trees are missing or given twice.

        >>> BSeries.from_julia("rootedtree(Int[]) => 1//1, rootedtree([1]) => 1//1, rootedtree([1, 2]) => 1//2")
        <BSeries of order 2 (map): {[]: 1, [[]]: 1/2}>
        >>> BSeries.from_julia({(): 0, (1,): 1, (1, 2): 0}).is_field
        True
        """
        return CONVERTERS["from_julia"](given)  # type: ignore[no-any-return]

    def to_julia(self) -> str:
        """The series as a call that makes it in Julia, with BSeries.jl; `from_julia` reads it back.

        >>> from imde_sym import exact_series
        >>> print(exact_series(2).to_julia())
        TruncatedBSeries(OrderedDict(
            rootedtree(Int[]) => 1//1,
            rootedtree([1]) => 1//1,
            rootedtree([1, 2]) => 1//2,
        ))
        """
        return CONVERTERS["to_julia"](self)  # type: ignore[no-any-return]

    @classmethod
    def from_kauri(cls, given: Any, order: int) -> BSeries:
        """The values of a kauri Map (or the weights of its BSeries, or of an RK) on all trees up to an order.

        Raises SeriesError for anything else, MissingLibraryError without kauri.

        >>> import kauri  # doctest: +SKIP
        >>> round(BSeries.from_kauri(kauri.rk4, 4)["[[],[]]"], 6)  # doctest: +SKIP
        0.333333
        """
        return CONVERTERS["from_kauri"](given, order)  # type: ignore[no-any-return]

    def to_kauri(self) -> Any:
        """The series as a Map of kauri. Raises MissingLibraryError without it.

        >>> import kauri  # doctest: +SKIP
        >>> BSeries(2, [1, "1/2"]).to_kauri()(kauri.Tree([[]]))  # doctest: +SKIP
        Fraction(1, 2)
        """
        return CONVERTERS["to_kauri"](self)


def _over(value: Scalar, n: int) -> Scalar:
    return value / n


def common(*series: BSeries) -> tuple[int, int]:
    """The lowest order of some series and their number of colours. Raises SeriesError where the colours differ."""
    if not series or not all(isinstance(s, BSeries) for s in series):
        found = ", ".join(type(s).__name__ for s in series) or "none"
        raise SeriesError(f"B-series are needed, got {found}; method_series gives that of a method")
    colors = {s.colors for s in series}
    if len(colors) > 1:
        raise SeriesError(f"series over trees with different numbers of colours ({sorted(colors)}) do not combine")
    return min(s.order for s in series), colors.pop()


@checked
def linear_combination(weights: Sequence[Any], series: Sequence[BSeries]) -> BSeries:
    """Σ weight · series, coefficient by coefficient and at the empty tree, up to the lowest order.

    `a + b`, `a - b`, `2 * a` and `a / 3` are shorthands. Raises SeriesError where the numbers of colours
    differ, RingError where floats meet symbols. Cost: O(N(order)).

    >>> from imde_sym import exact_series
    >>> linear_combination([2, "-1/2"], [exact_series(2), exact_series(3)]).coefficients
    (Fraction(3, 2), Fraction(3, 4))
    """
    if len(weights) != len(series):
        raise SeriesError(f"{len(weights)} weights for {len(series)} series: give one for each")
    order, colors = common(*series)
    size = tree_table(colors).size(order)
    factors = [scalar(w) for w in weights]
    rows = [(s.empty, *s.coefficients[:size]) for s in series]

    def compute(arithmetic: Arithmetic) -> np.ndarray:
        total = arithmetic.zeros(1 + size)
        for factor, row in zip(factors, rows, strict=True):
            total = arithmetic.reduce(total + arithmetic.array(row) * arithmetic.element(factor))
        return total

    empty, *values = ring_of([*factors, *(v for row in rows for v in row)]).run(compute)
    own = [(abs(complex(w)), s.errors) for w, s in zip(factors, series, strict=True) if s.errors]
    errors = [math.fsum(w * e[i] for w, e in own) for i in range(size)] if own else ()
    return BSeries(order, values, empty, colors, errors=errors)


def evaluate(
    compute: Callable[..., np.ndarray], *series: BSeries, others: Sequence[Scalar] = (), executor: Executor | None = None
) -> tuple[Sequence[Scalar], Sequence[float]]:
    """What `compute` makes of the coefficients of some series, in the smallest ring that holds them, with the errors.

    compute : takes the arithmetic, and an array for each series
    others  : numbers that it needs besides
    executor : for residues; `compute` is then one that can be sent to its workers
    """
    given = [s.coefficients for s in series]
    ring = ring_of([*others, *(v for row in given for v in row)])
    values = ring.run(by_primes(partial(_of_arrays, compute, given), executor, "trees modulo primes"))
    if not any(s.errors for s in series):
        return values, ()
    errors = [s.errors or (0.0,) * len(s) for s in series]
    near = Neighbours.around([v for row in given for v in row], [e for row in errors for e in row])
    moved = compute(near, *(near.nudged(row, e) for row, e in zip(given, errors, strict=True)))
    return values, [float(e) for e in near.spread(moved)]


def _of_arrays(compute: Callable[..., np.ndarray], given: Sequence[Sequence[Scalar]], ring: Arithmetic) -> np.ndarray:
    return compute(ring, *map(ring.array, given))
