"""Which stages a Runge-Kutta method needs: dependencies, and stages that can be left out or united."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...rings import vanishes
from .stages import HasStages, Stages, total


def dependencies(stages: HasStages) -> dict[int, tuple[int, ...]]:
    """For each stage, counted from 0, the stages whose slopes it reads."""
    return {i: tuple(j for j, a in enumerate(row) if a != 0) for i, row in enumerate(stages.A)}


def levels(stages: HasStages) -> list[tuple[int, ...]] | None:
    """The stages of an explicit method in groups that can be computed at the same time; None for implicit ones."""
    reads, done, out = dependencies(stages), set[int](), []
    while len(done) < len(reads):
        ready = tuple(i for i, before in reads.items() if i not in done and done.issuperset(before))
        if not ready:
            return None
        out.append(ready)
        done.update(ready)
    return out


def needed(stages: HasStages) -> list[int]:
    """The stages that the result depends on: the others make a method DJ-reducible (Dahlquist, Jeltsch 1979; HW IV.12)."""
    reads = dependencies(stages)
    waiting = [i for i, x in enumerate(stages.b) if x != 0]
    found = set(waiting)
    while waiting:
        new = [j for j in reads[waiting.pop()] if j not in found]
        found.update(new)
        waiting += new
    return sorted(found)


def classes(stages: HasStages) -> list[list[int]]:
    """The coarsest partition of the stages into those that are equal for every field (Hundsdorfer, Spijker 1981; HW IV.12).

    Σ a_ij over the j of a class is the same for all i of one class. Where a class has two, the method is HS-reducible.
    """
    parts = [list(range(len(stages.b)))]
    while True:
        split: list[list[int]] = []
        for part in parts:
            groups: list[tuple[list[Any], list[int]]] = []
            for i in part:
                sums = [total([stages.A[i][j] for j in other]) for other in parts]
                home = next((g for known, g in groups if _equal(known, sums)), None)
                if home is None:
                    groups.append((sums, [i]))
                else:
                    home.append(i)
            split += [group for _, group in groups]
        if len(split) == len(parts):
            return split
        parts = split


def reduced(stages: HasStages) -> Stages:
    """The same method without the stages that it does not need, equal ones as one."""
    kept = needed(stages)
    A = [[stages.A[i][j] for j in kept] for i in kept]
    inner = Stages(A, [stages.b[i] for i in kept])
    groups = classes(inner)
    return Stages(
        [[total([A[group[0]][j] for j in other]) for other in groups] for group in groups],
        [total([inner.b[j] for j in group]) for group in groups],
    )


def _equal(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return all(vanishes(x - y) for x, y in zip(one, other, strict=True))
