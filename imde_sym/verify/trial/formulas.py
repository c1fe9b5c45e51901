"""A claim in formulas: component by component in the differential ring of claim and truth, exact."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from ...base.errors import FieldError
from ...equations import ModifiedField
from ...equations.evaluation import elementary_differentials
from ...fields import DifferentialRing, FieldSpace
from ...fields.formulas import expression_text
from ...rings import Polynomial, to_sympy
from ...trees import RootedTree, numbered, tree_table
from .claims import FormulaClaim, Rows
from .value import LONG, WrongTerm

DEFAULT_ORDER = 4
"""Of the expansion of a claim that is no polynomial in h."""
FEW = 3
"""So many monomials that differ are named."""
MAX_TREE_ORDER = 5
MAX_ORDER = 30
ROUNDING = 1e-9


@dataclass(frozen=True)
class Expanded:
    """A claim by powers of h: formulas for each judged power, and what was taken for granted."""

    terms: Mapping[int, Rows]
    notes: tuple[str, ...] = ()


def expand(claim: FormulaClaim, F: ModifiedField, order: int | None) -> Expanded:
    """The claim by powers of h. F : the right equation, of which only the h^0 term is used."""
    if claim.powers is not None:
        return _by_powers(claim.powers, order)
    assert claim.whole is not None
    asked, order = order, min((n for n in (order, claim.remainder) if n is not None), default=None)
    if order == 0:
        raise FieldError("the claim is all remainder: O(1)")
    terms, polynomial = _collected(claim.whole, F, order)
    notes = [*claim.notes]
    if order is not None and order == claim.remainder and (len(terms) > order or (asked or 0) > order):
        notes.append(f"nothing is claimed from {F.step}^{order} on, where the claim has its remainder")
    if not polynomial:
        notes.append(f"the claim is not a polynomial in {F.step}: its expansion up to {F.step}^{len(terms) - 1}")
    last = len(terms) if order is None else order
    terms = [*terms, *[[sympy.S.Zero] * len(F.variables)] * (last - len(terms))][:last]
    found = dict(enumerate(terms))
    own = [e != 0 for e in F.term(0)]
    if all(e == 0 for e in terms[0]) and any(own) and len(terms) > 1:
        del found[0]
        notes.append(f"the claim vanishes at {F.step} = 0, so it is read as the correction f_{F.step} - f alone")
    return Expanded(found, tuple(notes))


def _by_powers(powers: Mapping[int, Rows], order: int | None) -> Expanded:
    if not powers:
        raise FieldError("the claim is empty: it names no power of h")
    low, high = min(powers), max(powers)
    if high >= MAX_ORDER:
        raise FieldError(f"the claim names h^{high}; powers up to h^{MAX_ORDER - 1} are judged")
    last = high + 1 if order is None else order
    if last <= low:
        raise FieldError(f"the claim begins with h^{low}; order={order} leaves nothing to judge")
    zeros = [sympy.S.Zero] * len(powers[low])
    notes = (f"powers below h^{low} are not claimed",) if low > 1 else ()
    return Expanded({k: powers.get(k, zeros) for k in range(low, last)}, notes)


def _collected(whole: Sequence[sympy.Expr], F: ModifiedField, order: int | None) -> tuple[list[Rows], bool]:
    """Components for each power of h, and whether that is all of the claim."""
    h = F.step
    for form in (lambda e: e, sympy.expand, _cancelled):
        written = [form(e) for e in whole]
        ring = DifferentialRing(F.variables, [*written, h])
        if any(g.expression.has(h) and g.expression != h for g in ring.generators):
            continue
        place = ring.expressions.index(h)
        rows: list[dict[int, dict[Any, Any]]] = []
        for e in written:
            found: dict[int, dict[Any, Any]] = {}
            for x, c in ring.polynomials.terms(ring.convert(e)):
                found.setdefault(x[place], {})[(*x[:place], 0, *x[place + 1 :])] = c
            rows.append(found)
        top = max((k for row in rows for k in row), default=0)
        if top >= MAX_ORDER:
            raise FieldError(f"the claim has terms up to {h}^{top}; powers up to {h}^{MAX_ORDER - 1} are judged")
        from_terms = ring.polynomials.from_terms
        return [[ring.to_sympy(from_terms(row.get(k, {}))) for row in rows] for k in range(top + 1)], True
    count = DEFAULT_ORDER if order is None else order
    columns = [_taylor(e, h, count) for e in whole]
    return [[column[k] for column in columns] for k in range(count)], False


def _cancelled(e: sympy.Expr) -> sympy.Expr:
    return sympy.cancel(e) if e.is_rational_function() else e


def _taylor(e: sympy.Expr, h: sympy.Symbol, count: int) -> Rows:
    found, derivative = [], e
    for k in range(count):
        value = derivative.subs(h, 0) / sympy.factorial(k)
        if value.has(sympy.nan, sympy.zoo, sympy.oo):
            break
        found.append(value)
        derivative = derivative.diff(h)
    else:
        return found
    try:
        series = sympy.series(e, h, 0, count).removeO()
    except (ValueError, NotImplementedError, TypeError) as error:
        raise FieldError(f"the claim has no expansion in {h} at 0: {error}") from None
    found = [series.coeff(h, k) for k in range(count)]
    if sympy.expand(series - sum(c * h**k for k, c in enumerate(found))) != 0:
        raise FieldError(f"the claim is not a power series in {h}: it expands into {str(series)[:120]}")
    return found


class Comparison:
    """Claim and truth over one ring."""

    def __init__(self, terms: Mapping[int, Rows], F: ModifiedField, tolerance: float | None, typed: bool | None = None):
        self.F, self._tolerance = F, tolerance
        self._numerals = F.field.numerals(rounded=F.method.is_unwieldy, typed=F.method.decimals or typed)
        right = {k: [*F.term(k)] for k in terms}
        ring = DifferentialRing(F.variables, [e for rows in (*terms.values(), *right.values()) for e in rows])
        self.ring = ring
        self._claimed = {k: [ring.convert(e) for e in row] for k, row in terms.items()}
        self._right = {k: [ring.convert(e) for e in row] for k, row in right.items()}

    def wrong(self) -> list[WrongTerm]:
        """The terms that differ, by power and component."""
        found = []
        decimals = self._numerals.decimals > 0
        for k, claimed in self._claimed.items():
            places = [m for m, (a, b) in enumerate(zip(claimed, self._right[k], strict=True)) if not self._equal(a, b)]
            tree, said = self._tree(k) if places else (None, "")
            for m in places:
                a, b = claimed[m], self._right[k][m]
                detail = said or self._monomials(a, b)
                shown, right = self.ring.to_sympy(a), self.ring.to_sympy(b)
                found.append(WrongTerm(k, str(self.F.variables[m]), tree, shown, right, detail, str(self.F.step), decimals))
        return found

    def agrees(self, factor: Any) -> bool:
        """Whether the claim is `factor(k)` times the truth, for every power."""
        rows = self._right.items()
        constant = self.ring.polynomials.constant
        return all(self._equal(a, b * constant(factor(k))) for k, row in rows for a, b in zip(self._claimed[k], row, strict=True))

    def _equal(self, a: Polynomial, b: Polynomial) -> bool:
        ring, difference = self.ring, a - b
        allowed = max(self._tolerance or 0.0, 0.0 if ring.exact else ROUNDING)
        if allowed:
            sizes = [_size(ring, p) for p in (difference, a, b)]
            if sizes[0] <= allowed * max(sizes[1:]):
                return True
        return ring.zero_test(difference).zero

    def _normal(self, p: Polynomial) -> dict[Any, Any] | None:
        try:
            return dict(self.ring.merged.polynomials.terms(self.ring.merge(p)))
        except FieldError:
            return None

    def _monomials(self, a: Polynomial, b: Polynomial) -> str:
        """The coefficients that differ, in words, where they are few."""
        claimed, right = self._normal(a), self._normal(b)
        if claimed is None or right is None:
            return ""
        different = [x for x in {**claimed, **right} if claimed.get(x, 0) != right.get(x, 0)]
        if len(claimed) <= 1 and len(right) <= 1 and len(different) == 1:
            return ""
        if len(different) > FEW:
            text = self._written(self.ring.to_sympy(self.ring.simplify(a - b)))
            return f"claimed - right = {text}" if len(text) <= LONG else f"{len(different)} coefficients differ"
        expressions = self.ring.merged.expressions
        said = []
        for x in different:
            body = sympy.Mul(*(e**n for e, n in zip(expressions, x, strict=True) if n))
            said.append(
                f"the coefficient of {body} is claimed {self._written(claimed.get(x, 0))}, right {self._written(right.get(x, 0))}"
            )
        return ", ".join(said)

    def _tree(self, k: int) -> tuple[RootedTree | None, str]:
        """The one elementary differential of which the error is a multiple, and its coefficients; or in words the factor."""
        F = self.F
        if (ratio := self._factor(k)) is not None:
            return None, f"the claimed term is {self._written(ratio)} times the right one"
        if F.split is not None or not 1 <= k < MAX_TREE_ORDER or not self.ring.exact:
            return None, ""
        error = [self._normal(a - b) for a, b in zip(self._claimed[k], self._right[k], strict=True)]
        space, table = FieldSpace(self.ring, k + 1), tree_table()
        differentials = elementary_differentials(space, [self.ring.part(F.field.components)])
        found = []
        for i in range(table.start[k + 1], table.start[k + 2]):
            values = [self._normal(p) for p in differentials[i].components]
            if (weight := _multiple(error, values)) is not None:
                found.append((numbered(table, i), weight))
        if len(found) != 1:
            return None, ""
        (tree, weight), series = found[0], F.series
        right = to_sympy(series[tree]) / tree.symmetry
        return tree, f"its coefficient is claimed {self._written(right + to_sympy(weight))}, right {self._written(right)}"

    def _written(self, value: Any) -> str:
        return expression_text(value if isinstance(value, sympy.Expr) else to_sympy(value), self._numerals)

    def _factor(self, k: int) -> Any:
        """A number by which the right term differs from the claimed one in every component; None if there is none."""
        pairs = [[self._normal(p) for p in row[k]] for row in (self._claimed, self._right)]
        ratio = _multiple(*pairs)
        return ratio if ratio not in (None, 0, 1) else None


def _multiple(a: Sequence[Any], b: Sequence[Any]) -> Any:
    """c with a = c b, for components as terms; None where there is no such number."""
    if None in a or None in b:
        return None
    found = None
    for x, y in zip(a, b, strict=True):
        if x.keys() != y.keys():
            return None
        for key, value in x.items():
            ratio = value / y[key]
            if found is None:
                found = ratio
            elif found != ratio:
                return None
    return found


def _size(ring: DifferentialRing, p: Polynomial) -> float:
    """The largest coefficient, roots and other numbers among the generators being part of it."""
    numbers = {g: complex(sympy.N(e)) for g, e in enumerate(ring.expressions) if e.is_number}
    found: dict[Any, complex] = {}
    for x, c in ring.polynomials.terms(p):
        key = tuple(0 if g in numbers else n for g, n in enumerate(x))
        found[key] = found.get(key, 0) + complex(to_sympy(c)) * math.prod(v ** x[g] for g, v in numbers.items())
    return max(map(abs, found.values()), default=0.0)
