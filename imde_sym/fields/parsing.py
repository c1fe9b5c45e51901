"""Systems of equations brought to first order: solved for the highest derivatives, with velocities as variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sympy
from sympy.polys.matrices import DomainMatrix
from sympy.polys.matrices.exceptions import DMNonInvertibleMatrixError

from ..base.errors import ParseError
from ..expressions.declaring import declared_parameters
from ..expressions.equations import Unsolved, read_equations, velocity_names

__all__ = ["System", "declared_parameters", "parse_system", "solved", "velocity_names"]

MAX_COUPLED = {True: 100, False: 4}
"""So many derivatives are solved for at once where their coefficients are numbers, and where they are not."""


class System(NamedTuple):
    """What the equations say; `time` is the symbol of time where it occurs."""

    variables: list[sympy.Symbol]
    components: list[sympy.Expr]
    constants: dict[str, sympy.Symbol]
    time: sympy.Symbol | None
    velocities: dict[sympy.Symbol, sympy.Symbol]
    """Velocity of each position, where every equation is of second order; else empty."""


def parse_system(
    text: str, parameters: Mapping[str, sympy.Symbol] | str, functions: Sequence[str], time: str, entries: Sequence[str] = ()
) -> System:
    """Read equations in text, as `expressions.equations` does. Raises ParseError, naming the culprit."""
    return solved(read_equations(text, parameters, functions, time, entries))


def solved(system: Unsolved) -> System:
    """The system of first order, variables before velocities. Raises ParseError where the equations do not determine it."""
    unknowns = {u: n for n, u in system.highest.items()}
    lefts = [left for left, _ in system.sides if left in unknowns]
    if len(set(lefts)) < len(lefts):
        raise ParseError(f"two equations for one variable among {', '.join(system.highest)}")
    found: dict[sympy.Basic, sympy.Expr] = {}
    rest = []
    for left, right in system.sides:
        if left in unknowns and not right.free_symbols & unknowns.keys():
            found[left] = right
        else:
            rest.append(left - right)
    if rest:
        found |= _coupled([e.xreplace(found) for e in rest], [u for u in unknowns if u not in found], system)
    if missing := [n for u, n in unknowns.items() if u not in found]:
        raise ParseError(f"no equation determines {_label(missing[0], system)}")
    chains = {n: [*system.lower[n], found[u]] for n, u in system.highest.items()}
    components = [c[k] for k in range(max(map(len, chains.values()))) for c in chains.values() if len(c) > k]
    pairs = {system.variables[n]: c[0] for n, c in chains.items()} if all(len(c) == 2 for c in chains.values()) else {}
    return System(list(system.variables.values()), components, system.constants, system.time, pairs)


def _label(name: str, system: Unsolved) -> str:
    return name + "'" * (len(system.lower[name]) + 1)


def _coupled(equations: list[sympy.Expr], unknowns: list[sympy.Dummy], system: Unsolved) -> dict[sympy.Basic, sympy.Expr]:
    """Linear equations in the derivatives, solved block by block."""
    labels = ", ".join(_label(n, system) for n, u in system.highest.items() if u in unknowns)
    if len(equations) != len(unknowns):
        raise ParseError(f"{len(equations)} equation{'s' * (len(equations) > 1)} for {len(unknowns)} derivatives ({labels})")
    known = {*unknowns}
    matrix = [{u: sympy.diff(e, u) for u in sorted(e.free_symbols & known, key=unknowns.index)} for e in equations]
    for row in matrix:
        if bent := set().union(*(a.free_symbols for a in row.values())) & known:
            name = next(n for n, u in system.highest.items() if u in bent)
            raise ParseError(f"an equation is not linear in {_label(name, system)}: it cannot be solved for it")
    zeros = dict.fromkeys(unknowns, sympy.S.Zero)
    right = [-e.xreplace(zeros) for e in equations]
    found: dict[sympy.Basic, sympy.Expr] = {}
    for rows, columns in _blocks(matrix):
        block = sympy.Matrix([[matrix[i].get(u, 0) for u in columns] for i in rows])
        names = ", ".join(_label(n, system) for n, u in system.highest.items() if u in columns)
        singular = ParseError(f"the equations do not determine {names or labels}")
        if len(rows) != len(columns) or (len(rows) == 1 and block[0].is_zero):
            raise singular
        if len(rows) == 1:
            found[columns[0]] = right[rows[0]] / block[0]
            continue
        if len(rows) > (limit := MAX_COUPLED[all(a.is_number for a in block)]):
            raise ParseError(f"{len(rows)} derivatives occur together ({names}): at most {limit} are solved for")
        try:
            inverse = DomainMatrix.from_Matrix(block).to_field().inv().to_Matrix()
        except DMNonInvertibleMatrixError:
            raise singular from None
        found |= dict(zip(columns, inverse * sympy.Matrix([right[i] for i in rows]), strict=True))
    return found


def _blocks(matrix: list[dict[sympy.Dummy, sympy.Expr]]) -> list[tuple[list[int], list[sympy.Dummy]]]:
    """Rows and columns that hang together."""
    blocks: list[tuple[list[int], list[sympy.Dummy]]] = []
    for i, row in enumerate(matrix):
        rows, columns = [i], list(row)
        for block in [b for b in blocks if not row.keys().isdisjoint(b[1])]:
            rows, columns = block[0] + rows, block[1] + [u for u in columns if u not in block[1]]
            blocks.remove(block)
        blocks.append((rows, columns))
    return blocks
