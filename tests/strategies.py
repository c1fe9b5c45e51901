"""Hypothesis strategies for the values of the package, and texts that are nearly right. Imported as `from tests.strategies import ...`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from imde_sym.base.errors import ImdeError
from imde_sym.method import ButcherTableau
from imde_sym.trees import Forest, RootedTree


def examples(count: int, **options: Any) -> settings:
    """Settings for so many examples, as the profile of the run has it (tests/conftest.py)."""
    return settings(max_examples=count * settings.default.max_examples // 50, **options)


def rationals(bound: int = 4, denominator: int = 5) -> st.SearchStrategy[Fraction]:
    """Small rational numbers, zero included."""
    return st.builds(Fraction, st.integers(-bound, bound), st.integers(1, denominator))


@st.composite
def tableaux(draw, max_stages: int = 3, explicit: bool | None = None) -> ButcherTableau:
    """Rational tableaux with sum(b) != 0, explicit or implicit; b need not sum to 1."""
    s = draw(st.integers(1, max_stages))
    lower = draw(st.booleans()) if explicit is None else explicit
    A = [[draw(rationals()) if j < i or not lower else Fraction(0) for j in range(s)] for i in range(s)]
    b = [draw(rationals()) for _ in range(s)]
    if sum(b) == 0:
        b[0] += 1
    return ButcherTableau(A, b)


@st.composite
def trees(draw, max_order: int = 9, colors: int = 1) -> RootedTree:
    """Trees of up to `max_order` nodes with their branches in any order."""
    order = draw(st.integers(1, max_order))
    levels = [0]
    for _ in range(order - 1):
        levels.append(draw(st.integers(1, levels[-1] + 1)))
    paint = [draw(st.integers(0, colors - 1)) for _ in levels]
    return RootedTree.from_level_sequence(levels, paint)


def forests(max_trees: int = 3, max_order: int = 4, colors: int = 1) -> st.SearchStrategy[Forest]:
    """Forests of up to `max_trees` trees of up to `max_order` nodes each."""
    return st.builds(Forest, st.lists(trees(max_order, colors), max_size=max_trees))


def nested(tree: RootedTree) -> tuple:
    """A one-coloured tree as nested tuples, largest branch first."""
    return tuple(nested(child) for child in reversed(tree.children))


def in_floats(m: ButcherTableau) -> ButcherTableau:
    """The tableau with all its numbers as floats."""
    return ButcherTableau([[float(a) for a in row] for row in m.A], [float(x) for x in m.b])


def stage_matrices(m: ButcherTableau) -> tuple[np.ndarray, np.ndarray]:
    """A and b as arrays of floats."""
    return np.array([[float(a) for a in row] for row in m.A]), np.array([float(x) for x in m.b])


def mutated(rng: Random, text: str, pieces: Sequence[str]) -> str:
    """The text with up to six places where something is left out, put in or repeated."""
    for _ in range(rng.randint(1, 6)):
        at = rng.randint(0, len(text))
        cut = at + rng.choice((0, 0, 1, 1, 3, 8))
        new = rng.choice(("", rng.choice(pieces), text[rng.randint(0, len(text)) :][:12]))
        text = text[:at] + new + text[cut:]
    return text


def survive(rng: Random, count: int, texts: Sequence[str], pieces: Sequence[str], read: Callable[[str], bool]) -> None:
    """Mutated texts are read or refused by this package's own errors, each within two seconds."""
    done = 0
    for _ in range(count):
        text = mutated(rng, rng.choice(texts), pieces)
        start = time.process_time()
        try:
            done += read(text)
        except ImdeError as error:
            assert len(str(error)) < 2000, text
        except Exception as error:
            raise AssertionError(f"{text!r}: {type(error).__name__}: {error}") from error
        assert time.process_time() - start < 2, text
    assert 0.02 * count < done < count
