"""A B-series evaluated at a field: B(a, y) = a(∅) y + Σ_t h^|t|/σ(t) a(t) F(t)(y)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.errors import FieldError, shown
from ..expressions import find_symbol, one_symbol_a_name, step_symbol
from ..fields import DifferentialRing, FieldLike, FieldSpace, RingField, VectorField, as_field
from ..rings import scalar, to_sympy
from ..series import BSeries
from ..trees import RootedTree, graft_inside, numbered, tree_table
from .step import step_value


@checked
def evaluate(
    series: BSeries | RootedTree | str,
    field: VectorField | Sequence[FieldLike] | FieldLike,
    h: Any = None,
    at: Sequence[Any] | Mapping[Any, Any] | None = None,
) -> sympy.Matrix:
    """B(a, y) for a concrete field, as a sympy column Matrix in the field's variables and h.

    series : any B-series; with several colours, `field` is a list of one field for each colour. A rooted tree (or its
             brackets) stands for its elementary differential F(t), without h and σ
    h      : a number, or a symbol; by default the symbol h, or h_step where the field or the series has a symbol h
    at     : numbers for the variables, as a sequence or a mapping from variables; exact ones give exact values
    The direct route to the same formulas is `modified_equation` and its relatives; this one goes tree by
    tree. Raises FieldError if the fields do not suit the series. Cost: O(N(order)²) products at worst.

    >>> from imde_sym import VectorField, exact_series
    >>> evaluate(exact_series(3), VectorField.parse("y' = y"))
    Matrix([[h**3*y/6 + h**2*y/2 + h*y + y]])
    >>> evaluate(exact_series(3), VectorField.parse("y' = y"), h="1/2", at=[2])
    Matrix([[79/24]])
    >>> evaluate("[[],[]]", "y' = y**2")  # f''(f, f)
    Matrix([[2*y**4]])
    """
    if isinstance(series, RootedTree | str):
        return _of_tree(RootedTree(series), field, h, at)
    if not isinstance(series, BSeries):
        raise FieldError(f"evaluate takes a BSeries and a VectorField, got {type(series).__name__} and {type(field).__name__}")
    fields = _fields(field)
    variables = _variables(fields, series.colors)
    coefficients = [to_sympy(c) for c in dict.fromkeys(series.coefficients) if not isinstance(c, Fraction)]
    ring = DifferentialRing(variables, [*(c for f in fields for c in f.components), *coefficients])
    space = FieldSpace(ring, series.order)
    symbols = {*variables} | {s for e in (*coefficients, *(c for f in fields for c in f.components)) for s in e.free_symbols}
    one_symbol_a_name(symbols)
    step = step_value(h, step_symbol([*symbols, *(n for f in fields for n in f.functions)]), symbols)
    total = to_sympy(series.empty) * sympy.Matrix(variables)
    differentials = elementary_differentials(space, [ring.part(f.components) for f in fields])
    table = tree_table(series.colors, series.order)
    for k in range(1, series.order + 1):
        block = table.block(k)
        weights = [
            space.scalar(a / int(sigma)) for a, sigma in zip(series.coefficients[block], table.symmetry[block], strict=True)
        ]
        part = space.linear(weights, differentials[block])
        total += step**k * sympy.Matrix([ring.to_sympy(p) for p in part.components])
    if at is not None:
        total = total.subs(point_of(at, variables))
    return total.applyfunc(sympy.expand)


def _fields(field: Any) -> list[VectorField]:
    return [as_field(field)] if isinstance(field, str) or not isinstance(field, Sequence) else [as_field(f) for f in field]


def _of_tree(tree: RootedTree, field: Any, h: Any, at: Any) -> sympy.Matrix:
    """F(t) of one tree, by differentiation in frozen directions. Cost: dimension^(branches) derivatives a node."""
    if h is not None:
        raise FieldError(f"h = {shown(h)} for the tree {tree}: its elementary differential has no step")
    fields = _fields(field)
    variables = _variables(fields, max(tree.colors, len(fields)))

    def differential(node: RootedTree) -> list[sympy.Expr]:
        components = [sympy.sympify(c) for c in fields[node.color].components]
        values: dict[sympy.Symbol, sympy.Expr] = {}
        for child in node.children:
            frozen = [sympy.Dummy() for _ in variables]
            values.update(zip(frozen, differential(child), strict=True))
            components = [sum((v * c.diff(x) for v, x in zip(frozen, variables, strict=True)), sympy.S.Zero) for c in components]
        return [c.xreplace(values) for c in components]

    total = sympy.Matrix(differential(tree))
    if at is not None:
        total = total.subs(point_of(at, variables))
    return total.applyfunc(sympy.expand)


def elementary_differentials(space: FieldSpace, fields: Sequence[RingField]) -> list[RingField]:
    """F(t) of all trees up to the order of `space`, by number; one field for each colour.

    F(u ∘ w) is the derivative of F(u) along F(w), less the trees in which w sits on a node of u above the root.
    """
    table = tree_table(len(fields))
    known: list[Any] = [*fields, *[None] * (table.size(space.order) - len(fields))]
    for k in range(2, space.order + 1):
        block = table.block(k)
        # the trees to be taken off have fewer branches at the root, so they come first
        for i in sorted(range(block.start, block.stop), key=lambda i: len(numbered(table, i).children)):
            u, w = int(table.trunk[i]), int(table.branch[i])
            derivative = space.product([None, known[w]], [None, known[u]], 2, 1)
            grown = graft_inside(numbered(table, u), numbered(table, w))
            if grown:
                weights = [space.scalar(Fraction(1)), *(space.scalar(Fraction(-n)) for n in grown.values())]
                derivative = space.linear(weights, [derivative, *(known[t.number(len(fields))] for t in grown)])
            known[i] = derivative
    return known


def _variables(fields: list[VectorField], colors: int) -> tuple[sympy.Symbol, ...]:
    if len(fields) != colors or not all(isinstance(f, VectorField) for f in fields):
        raise FieldError(f"a series of {colors} colour(s) is evaluated at {colors} VectorField(s), one for each; got {fields}")
    if len({f.variables for f in fields}) > 1:
        raise FieldError("the fields of a split must have the same variables in the same order")
    return fields[0].variables


def point_of(at: Any, variables: tuple[sympy.Symbol, ...]) -> dict[sympy.Symbol, sympy.Expr]:
    """A point that a user gives as numbers, or as a mapping from variables to them. Raises FieldError for anything else."""
    if isinstance(at, str) or not isinstance(at, Iterable):
        raise FieldError(f"`at` is a sequence of numbers or a mapping from variables to them; got {str(at)[:60]!r}")
    named = {find_symbol(k, variables, "variable"): x for k, x in at.items()} if isinstance(at, Mapping) else {}
    values = [named[v] for v in variables if v in named] if isinstance(at, Mapping) else list(at)
    if len(values) != len(variables):
        raise FieldError(f"`at` needs a value for each of {', '.join(map(str, variables))}; got {at}")
    return {v: to_sympy(scalar(x)) for v, x in zip(variables, values, strict=True)}
