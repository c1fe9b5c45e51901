"""States in pieces, tuples and other pytrees as torchdiffeq and diffrax take them: one array (..., d) inside, and back."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from ..base.errors import LearningError, shown

Shape = tuple[int, ...]


@dataclass(frozen=True)
class State:
    """The pieces of one state; its d components are theirs, one piece after the other.

    library   : whose pytree it is: JAX sorts the keys of a dict, torch keeps their order
    structure : the pytree without its arrays;  shapes : those of the arrays at one point
    """

    library: str
    structure: Any
    shapes: tuple[Shape, ...]

    @classmethod
    def of(cls, pieces: Any, library: str, lead: int = 0) -> State:
        """Of pieces whose first axes, so many of them, count points."""
        leaves, structure = flatten(pieces, library)
        return cls(library, structure, tuple(tuple(np.shape(leaf))[lead:] for leaf in leaves))

    def __hash__(self) -> int:
        return hash((self.library, self.shapes))

    def __reduce__(self) -> Any:  # pytrees of one's own classes keep their structure, which is not pickled as such
        return _rebuilt, (self.library, _unflatten(self.library)(range(len(self.shapes)), self.structure), self.shapes)

    @property
    def size(self) -> int:
        """d, how many components there are."""
        return sum(map(math.prod, self.shapes))

    def split(self, x: Any) -> Any:
        """The pieces of points (..., d)."""
        ends = accumulate(map(math.prod, self.shapes), initial=0)
        lead = tuple(x.shape[:-1])
        leaves = [x[..., a:b].reshape((*lead, *shape)) for (a, b), shape in zip(pairwise(ends), self.shapes, strict=True)]
        return _unflatten(self.library)(leaves, self.structure)

    def join(self, pieces: Any) -> Any:
        """Points (..., d) of pieces. Raises LearningError where they are not such pieces."""
        leaves, lead = self._leaves(pieces)
        if lead is None:
            given = f"pieces of shapes {[tuple(np.shape(a)) for a in leaves]}" if in_pieces(pieces) else shown(pieces)
            raise LearningError(f"the states of the model have pieces of shapes {list(self.shapes)}; {given} do not fit")
        flat = [leaf.reshape((*lead, -1)) for leaf in _arrays(leaves)]
        return _joined(flat)

    def fits(self, pieces: Any) -> bool:
        """Whether they are such pieces, of one point or of many."""
        return self._leaves(pieces)[1] is not None

    def _leaves(self, pieces: Any) -> tuple[list[Any], Shape | None]:
        """The arrays, and the shape in front of those of one point."""
        if isinstance(pieces, list) and self.library == "torch":  # torchdiffeq takes both
            pieces = tuple(pieces)
        leaves, structure = flatten(pieces, self.library)
        if structure != self.structure:
            return leaves, None
        found = [tuple(np.shape(leaf)) for leaf in leaves]
        leads = {own[: len(own) - len(shape)] for own, shape in zip(found, self.shapes, strict=True)}
        good = len(leads) == 1 and all(own[len(own) - len(s) :] == s for own, s in zip(found, self.shapes, strict=True))
        return leaves, leads.pop() if good else None


def in_pieces(x: Any) -> bool:
    """Whether a state is a pytree of arrays and no array; a list is an array, as everywhere."""
    if isinstance(x, Mapping):
        return bool(x)
    if isinstance(x, tuple):
        return any(hasattr(piece, "shape") or in_pieces(piece) for piece in x)
    if x is None or isinstance(x, list) or hasattr(x, "shape"):
        return False
    jax = sys.modules.get("jax")
    return jax is not None and not jax.tree_util.all_leaves([x]) and bool(jax.tree_util.tree_leaves(x))


def first_piece(x: Any) -> Any:
    """An array of a state: what tells its library."""
    while isinstance(x, Mapping | tuple) and in_pieces(x):
        x = next(iter(x.values() if isinstance(x, Mapping) else x))
    return sys.modules["jax"].tree_util.tree_leaves(x)[0] if in_pieces(x) else x


def readings(x: Any, library: str, many: bool) -> list[State]:
    """What one state can be where x is of several, the likeliest first: the last is x as a whole.

    many : the first axis of each piece counts points, as jax.vmap has it; else x is what a model is called with, and the axes
           that its pieces have in common in front of the last are those of a batch, as in torch
    """
    shapes = State.of(x, library).shapes
    axes = 1 if many else min((len(s) - 1 for s in shapes), default=0)
    lead = 0
    while lead < axes and all(len(s) > lead and s[lead] == shapes[0][lead] for s in shapes):
        lead += 1
    return [State.of(x, library, own) for own in dict.fromkeys((max(lead, 0), 0))]


def flatten(pieces: Any, library: str) -> tuple[list[Any], Any]:
    """The arrays of a pytree and its structure."""
    if library == "torch":
        leaves, structure = _torch_trees().tree_flatten(pieces)
    else:
        leaves, structure = sys.modules["jax"].tree_util.tree_flatten(pieces)
    return list(leaves), structure


def _unflatten(library: str) -> Callable[[Any, Any], Any]:
    if library == "torch":
        unflatten: Callable[[Any, Any], Any] = _torch_trees().tree_unflatten
        return unflatten
    return lambda leaves, structure: sys.modules["jax"].tree_util.tree_unflatten(structure, leaves)


def _torch_trees() -> Any:
    import torch.utils._pytree as trees  # torch is there: it is the model's library

    return trees


def _rebuilt(library: str, example: Any, shapes: tuple[Shape, ...]) -> State:
    return State(library, flatten(example, library)[1], shapes)


def _arrays(leaves: Sequence[Any]) -> list[Any]:
    """Numbers among the leaves as arrays of the kind of the others."""
    like = next((leaf for leaf in leaves if hasattr(leaf, "shape")), None)
    if like is not None and hasattr(like, "new_tensor"):
        return [leaf if hasattr(leaf, "shape") else like.new_tensor(leaf) for leaf in leaves]
    return [leaf if hasattr(leaf, "shape") else np.asarray(leaf) for leaf in leaves]


def _joined(flat: Sequence[Any]) -> Any:
    torch = sys.modules.get("torch")
    if torch is not None and any(hasattr(type(a), "__torch_function__") for a in flat):
        return torch.cat([a if hasattr(type(a), "__torch_function__") else torch.as_tensor(a) for a in flat], -1)
    if any(not isinstance(a, np.ndarray | np.generic) for a in flat):
        return sys.modules["jax"].numpy.concatenate(flat, -1)
    return np.concatenate(flat, -1)
