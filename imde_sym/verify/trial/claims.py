"""Claims in their many forms, read into one of three: coefficients over trees, formulas by powers of h, a function of x and h."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from ...base.errors import FieldError, ImdeError, shown
from ...equations import ModifiedField
from ...expressions import STORED, find_symbol, parse_expression
from ...expressions.vocabulary import plain_name
from ...fields import GradedField, VectorField
from ...rings import Scalar, scalar, to_sympy
from ...rings.rounding import ROUNDED_DIGITS
from ...series import BSeries
from ...trees import RootedTree
from .published import Published, published

ACCEPTED = (
    "components in h (a list, a column, {variable: expression}, text), corrections {power: components}, {tree: coefficient}, "
    "a BSeries, a ModifiedField, or a function g(x, h)"
)
MARKS = "='′̇"
DECIMAL = re.compile(r"\d*\.\d+")
DEFINED = re.compile(r"\s*\\?[^\W\d]\w*(?:_\{?\w+\}?)?\s*\(\s*\w+\s*\)\s*=([^=]*)")
"""f_h(y) = ..., of a single component."""
Rows = list[sympy.Expr]


@dataclass(frozen=True)
class TreeClaim:
    """Coefficients by tree; those that are not named are claimed to be 0, from the lowest order named on."""

    coefficients: Mapping[RootedTree, Scalar]


@dataclass(frozen=True)
class FormulaClaim:
    """Formulas in the equation's own symbols.

    whole : one expression a component, with h in it;  powers : or components by power of h
    remainder : the power of h in its own O(...): nothing is claimed from there on;  notes : what was taken for granted
    """

    whole: Rows | None = None
    powers: Mapping[int, Rows] | None = None
    remainder: int | None = None
    notes: tuple[str, ...] = ()
    rounded: bool = False
    """Whether it is text with decimals of ten digits or more, which count as rounded."""


@dataclass(frozen=True)
class FunctionClaim:
    """A function: `values` takes pairs (x, h) and gives an array (pairs, d); `real` where h can only be real, `dear` if slow."""

    values: Callable[[Sequence[tuple[np.ndarray, Any]]], np.ndarray]
    real: bool = False
    dear: bool = False


def is_over_trees(claim: Any) -> bool:
    """Whether the claim is one about coefficients, which needs no field."""
    if isinstance(claim, BSeries):
        return True
    return isinstance(claim, Mapping) and bool(claim) and all(_is_tree(key) for key in claim)


def _is_tree(key: Any) -> bool:
    return isinstance(key, RootedTree) or (isinstance(key, str) and (key.strip().startswith("[") or key.strip() == "τ"))


def tree_claim(claim: Any) -> TreeClaim:
    """Of a mapping from trees, or their brackets, to numbers; or of a series."""
    if isinstance(claim, BSeries):
        if not claim.is_field:
            raise FieldError(f"a claim about an equation is the series of a field, a(∅) = 0; here a(∅) = {claim.empty}")
        return TreeClaim(dict(claim))
    found: dict[RootedTree, Scalar] = {}
    for key, value in claim.items():
        tree = RootedTree(key)
        if tree in found:
            raise FieldError(f"the claim names the tree {tree.brackets} twice")
        found[tree] = scalar(value)
    return TreeClaim(found)


def read_claim(claim: Any, F: ModifiedField) -> FormulaClaim | FunctionClaim:
    """The claim about a field under a method, F being the right equation (of any order). Raises FieldError, ParseError."""
    if isinstance(claim, FunctionClaim):
        return claim
    if isinstance(claim, GradedField):
        if {*claim.variables} != {*F.variables}:
            raise FieldError(f"the claim is a field in {claim.variables}, the equation one in {F.variables}")
        return FormulaClaim(powers={k: _ordered(claim.variables, claim.grade(k).expressions, F) for k in range(claim.order)})
    if isinstance(claim, VectorField):
        return FormulaClaim(whole=_own(_ordered(claim.variables, claim.components, F), F))
    if isinstance(claim, Mapping):
        if claim and all(_is_power(key) for key in claim):
            return FormulaClaim(powers={int(key): read_components(value, F, step=False) for key, value in claim.items()})
        return _whole(claim, F)
    if callable(claim) and not isinstance(claim, sympy.Basic | type):
        return FunctionClaim(_function(claim, len(F.variables)))
    return _whole(claim, F)


def _whole(claim: Any, F: ModifiedField) -> FormulaClaim:
    """Components with h in them; what of it is text may end with a remainder."""
    found: list[Published] = []

    def clean(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        found.append(published(value, F.step.name, [s.name for s in (*F.symbols, *F.field.parameters)]))
        return found[-1].text

    if isinstance(claim, Mapping):
        claim = {key: clean(value) for key, value in claim.items()}
    else:
        claim = [clean(value) for value in claim] if isinstance(claim, list | tuple) else clean(claim)
    rows = read_components(claim, F)
    remainders = [text.remainder for text in found if text.remainder is not None]
    notes = tuple(dict.fromkeys(note for text in found for note in text.notes))
    rounded = any(
        len(digits[0].strip("0.").replace(".", "")) >= ROUNDED_DIGITS for text in found for digits in DECIMAL.finditer(text.text)
    )
    return FormulaClaim(whole=rows, remainder=min(remainders, default=None), notes=notes, rounded=rounded)


def _is_power(key: Any) -> bool:
    if isinstance(key, bool):
        return False
    return isinstance(key, int | np.integer | sympy.Integer) or (isinstance(key, str) and key.strip().isdecimal())


def read_components(claim: Any, F: ModifiedField, step: bool = True) -> Rows:
    """One expression a component; `step` says whether h may occur."""
    if isinstance(claim, str):
        rows = _from_text(claim, F, step)
    elif isinstance(claim, Mapping):
        named = {find_symbol(key, F.variables, "variable"): value for key, value in claim.items()}
        if F.field.time is not None:
            named.setdefault(F.field.time, 1 if step else 0)
        if missing := [v for v in F.variables if v not in named]:
            raise FieldError(f"the claim has no component for {missing[0]}")
        rows = [_expression(named[v], F, step) for v in F.variables]
    else:
        rows = [_expression(e, F, step) for e in _listed(claim)]
    if F.field.time is not None and len(rows) == len(F.variables) - 1:
        rows.insert(F.variables.index(F.field.time), sympy.S.One if step else sympy.S.Zero)
    if len(rows) != len(F.variables):
        names = ", ".join(map(str, F.variables))
        raise FieldError(f"the claim has {len(rows)} components; the field has one for each of {names}")
    return _own(rows, F, step)


def _listed(claim: Any) -> list[Any]:
    if isinstance(claim, sympy.MatrixBase | np.ndarray):
        return list(claim.flat() if isinstance(claim, sympy.MatrixBase) else claim.ravel())
    if isinstance(claim, list | tuple):
        return [e for row in claim for e in (row if isinstance(row, list | tuple) else [row])]
    if isinstance(claim, sympy.Expr | int | float) and not isinstance(claim, bool):
        return [claim]
    raise FieldError(f"{shown(claim)} is not a claim; accepted: {ACCEPTED}")


def _from_text(text: str, F: ModifiedField, step: bool) -> Rows:
    if len(F.variables) == 1 and (defined := DEFINED.fullmatch(text)):
        text = defined[1]
    if any(mark in text for mark in MARKS) or "dot" in text:
        named = {s.name for s in F.symbols if s not in F.variables} | {s.name for s in F.field.parameters}
        words = [*sorted(named), *([F.step.name] if step else [])]
        found = VectorField.parse(text, words, functions=list(F.field.functions))
        meant = {v: _typeset(v, F.variables) for v in found.variables}
        return _ordered([*meant.values()], [e.xreplace(meant) for e in found.components], F)
    return [_expression(part, F, step) for part in text.strip().strip("[]").replace("\n", ";").split(";") if part.strip()]


def _typeset(name: sympy.Symbol, variables: Sequence[sympy.Symbol]) -> sympy.Symbol:
    """The variable that a name stands for that is typeset in another way: q1 for q_{1}."""
    same = [v for v in variables if plain_name(v.name) == plain_name(name.name)]
    return same[0] if len(same) == 1 else name


def _ordered(variables: Sequence[sympy.Symbol], components: Sequence[sympy.Expr], F: ModifiedField) -> Rows:
    named = {find_symbol(v, F.variables, "variable of the field"): c for v, c in zip(variables, components, strict=True)}
    if F.field.time is not None:
        named.setdefault(F.field.time, sympy.S.One)
    if missing := [v for v in F.variables if v not in named]:
        raise FieldError(f"the claim has no component for {missing[0]}")
    return [named[v] for v in F.variables]


def _expression(value: Any, F: ModifiedField, step: bool) -> sympy.Expr:
    if isinstance(value, str):
        names: dict[str, Any] = {s.name: s for s in (*F.symbols, *F.field.parameters)} | F.field.functions
        return parse_expression(value, STORED | names | ({F.step.name: F.step} if step else {}))
    try:
        return to_sympy(scalar(value))
    except ImdeError as error:
        raise FieldError(f"{shown(value)} is not a component of a claim: {error}") from None


def _own(rows: Sequence[sympy.Expr], F: ModifiedField, step: bool = True) -> Rows:
    """In the symbols of F, parameters at their values. The step may have assumptions: whose it is, its name says."""
    known = {s.name: s for s in (*F.field.parameters, *F.symbols)} | ({F.step.name: F.step} if step else {})
    found = []
    for e in rows:
        places = {}
        for s in e.free_symbols:
            places[s] = F.step if s.name == F.step.name and step else find_symbol(s, known.values(), "symbol of the equation")
        found.append(e.xreplace(places).xreplace(dict(F.field.parameters)))
    return found


def _function(g: Callable[..., Any], d: int) -> Callable[[Sequence[tuple[np.ndarray, Any]]], np.ndarray]:
    def values(pairs: Sequence[tuple[np.ndarray, Any]]) -> np.ndarray:
        rows = []
        for x, h in pairs:
            try:
                row = np.asarray(g(x, h))
            except Exception as error:  # a stranger's function may raise anything
                raise FieldError(f"the claim failed at x = {x.tolist()}, h = {h:.6g}: {shown(error, 200)}") from error
            if row.shape not in ((d,), (d, 1), (1, d)) or row.dtype.kind not in "iufc":
                raise FieldError(f"the claim gave {shown(row)} for x of shape ({d},); numbers of shape ({d},) are needed")
            rows.append(row.reshape(d))
        found = np.array(rows)  # what a function rounds is its own; fits are in doubles
        return found.astype(complex if np.iscomplexobj(found) else float)

    return values
