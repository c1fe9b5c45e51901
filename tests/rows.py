"""Tests of many rows: joined to one item that names all rows that fail, or sampled, the others being slow."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from random import Random
from typing import Any

import pytest

from imde_sym import systems
from imde_sym.method import methods

MARKED = type(pytest.param())
HEAVY = {"double_pendulum", "lorenz96", "arenstorf", "merk5", "gauss4", "gauss5"}
"""Entries of the catalogues that take seconds."""


def rows(names: str | tuple[str, ...], values: Iterable[Any]) -> Callable[[Callable[..., None]], Any]:
    """`pytest.mark.parametrize` for rows that take less than an item does: one item for all, another for those that are marked slow.

    All rows run, and a failure has its row in a note. Fixtures are made once for all rows, and no row may skip.
    """
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    quick, marked_slow = [], []
    for row in values:
        marked = isinstance(row, MARKED)
        (marked_slow if marked and row.marks else quick).append(row.values if marked else row if len(keys) > 1 else (row,))
    joined = [pytest.param(quick, id="rows")] if quick else []
    joined += [pytest.param(marked_slow, id="slow rows", marks=pytest.mark.slow)] if marked_slow else []

    def decorate(test: Callable[..., None]) -> Any:
        @functools.wraps(test)
        def run(joined: list[tuple[Any, ...]], **fixtures: Any) -> None:
            failed: list[BaseException] = []
            for number, row in enumerate(joined, 1):
                arguments = dict(zip(keys, row, strict=True))
                try:
                    test(**arguments, **fixtures)
                except (Exception, pytest.fail.Exception) as error:
                    error.add_note(f"in row {number}: {arguments}")
                    failed.append(error)
            if failed:
                raise BaseExceptionGroup(f"{len(failed)} of {len(joined)} rows fail", failed)

        given = [p for name, p in inspect.signature(test).parameters.items() if name not in keys]
        del run.__wrapped__  # type: ignore[attr-defined]  # or pytest would look for the arguments of a row
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter("joined", inspect.Parameter.POSITIONAL_OR_KEYWORD), *given]
        )
        return pytest.mark.parametrize("joined", joined)(run)

    return decorate


def slow(values: Iterable[Any], *those: Any) -> list[Any]:
    """Rows of which some are slow."""
    return [pytest.param(*(v if isinstance(v, tuple) else (v,)), marks=pytest.mark.slow) if v in those else v for v in values]


def in_turn(names: Iterable[Any], others: Sequence[Any]) -> list[Any]:
    """Rows of each name with each of the others, of which one after the other is quick: rows (name, *other), or (name, other)."""
    return [
        pytest.param(
            name, *(other if isinstance(other, tuple) else (other,)), marks=() if i % len(others) == j else pytest.mark.slow
        )
        for i, name in enumerate(names)
        for j, other in enumerate(others)
    ]


def sampled(names: Iterable[str], seed: str, heavy: Iterable[str] = ()) -> list[Any]:
    """Methods or systems of the catalogue, those outside a sample marked slow: it has every family, order, tag and odd case twice.

    Another seed gives another sample, so that several tests together meet most of the catalogue; heavy ones are in none.
    """
    names, left = list(names), {*heavy, *HEAVY}
    shuffled = [name for name in names if name not in left]
    Random(seed).shuffle(shuffled)
    met: dict[Hashable, int] = {}
    for name in shuffled:
        traits = _of_a_method(methods.entry(name)) if name in methods.aliases else _of_a_system(systems.entry(name))
        if all(met.get(trait, 0) >= 2 for trait in traits):
            left.add(name)
        else:
            met |= {trait: met.get(trait, 0) + 1 for trait in traits}
    return slow(names, *left.intersection(names))


KINDS = {"explicit", "implicit", "diagonally_implicit", "fully_implicit", "symplectic", "symmetric", "exact_decimal"}


def _of_a_method(entry: Mapping[str, Any]) -> set[Hashable]:
    """What makes an entry unlike others."""
    family = entry.get("family", "runge_kutta")
    keys = {key for key in entry if key not in ("b", "c")}
    return {
        (family, entry["order"]),
        *((family, tag) for tag in entry["tags"] if tag in KINDS),
        *((family == "runge_kutta", tag) for tag in entry["tags"]),
        *keys,
    }


def _of_a_system(entry: Mapping[str, Any]) -> set[Hashable]:
    words = re.findall(r"[a-z]+(?=\()|/|\*\*\d", str(entry.get("equations", entry.get("structure"))))
    kind = (entry.get("structure") or {}).get("kind")
    return {*entry, *words, ("kind", kind), min(len(entry["x0"]), 5)}
