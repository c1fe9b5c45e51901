"""Steps that need no solver: in which order the slopes of all stages can be worked out, one after the other.

The stages of an explicit method come one by one. Those of an implicit one may, too, component by component: where the force
depends on positions alone and the velocity on momenta alone, Störmer-Verlet and symplectic Euler are explicit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import product
from typing import NamedTuple

import numpy as np

from ..codegen import Program
from ..codegen.compose import Composer

MOST = 4_000
"""Operations of all stages together up to which components are told apart."""


class Piece(NamedTuple):
    """Some outputs of a field's program: their places, the code for them, and the places of the inputs that it reads."""

    outputs: tuple[int, ...]
    program: Program
    needs: tuple[int, ...]


class Evaluation(NamedTuple):
    """A piece of field k at stage i."""

    stage: int
    field: int
    piece: Piece


def pieces(program: Program, apart: bool) -> list[Piece]:
    """The outputs together, or one by one.

    >>> from imde_sym.codegen import field_program
    >>> from imde_sym.fields import VectorField, as_graded
    >>> [piece.needs for piece in pieces(field_program(as_graded(VectorField.parse("x' = y; y' = -x"))), apart=True)]
    [(1,), (0,)]
    """
    count = len(program.outputs)
    if not apart:
        return [Piece(tuple(range(count)), program, tuple(range(len(program.inputs))))]
    code = Composer(program.inputs)
    outputs = code.inline(program, {n: code.emit("input", i) for i, n in enumerate(program.inputs)}, code.emit("h"))
    own = [code.program([o]) for o in outputs]
    return [Piece((m,), p, tuple(i[1] for i in p.instructions if i[0] == "input")) for m, p in enumerate(own)]


def straight_line(
    programs: Sequence[Program | None], arrays: Sequence[tuple[np.ndarray, np.ndarray]], implicit: bool
) -> list[Evaluation] | None:
    """The evaluations of Y_i = x + Σ A_ij F(Y_j) in an order in which each needs earlier ones only; None where there is none.

    arrays : (A, b) for each field;  implicit : whether stages as a whole depend on each other
    """
    known = [p for p in programs if p is not None]
    if len(known) < len(programs):
        return None
    stages = range(len(arrays[0][1]))
    if implicit and sum(p.operations for p in known) * len(stages) > MOST:
        return None
    split = [pieces(p, implicit) for p in known]
    fields = range(len(known))
    used = [A.any(axis=0) | (b != 0) for A, b in arrays]
    of = {(k, m): n for k in fields for n, piece in enumerate(split[k]) for m in piece.outputs}

    def before(i: int, k: int, n: int) -> Iterable[tuple[int, int, int]]:
        needs = split[k][n].needs
        return {(j, l, of[l, m]) for l, j in product(fields, stages) if arrays[l][0][i, j] for m in needs}

    nodes = [(i, k, n) for i in stages for k in fields if used[k][i] for n in range(len(split[k]))]
    try:
        order = [*TopologicalSorter({node: before(*node) for node in nodes}).static_order()]
    except CycleError:
        return None
    return [Evaluation(i, k, split[k][n]) for i, k, n in order]
