"""Networks as formulas: a layered network is a field like any other, with its weights as exact numbers.

So what the package proves of fields it proves of networks: `bound(..., learner=network_field(model))` encloses how large one is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import sympy

from ..base.arguments import checked
from ..base.errors import FieldError, LearningError, UnknownNameError, shown
from ..fields import VectorField
from ..fields.structure import listed
from .base import as_numpy, real_array
from .models import Symbols

Activation = Callable[[sympy.Expr], sympy.Expr]
ACTIVATIONS: dict[str, Activation] = {
    "tanh": sympy.tanh,
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "silu": lambda x: x / (1 + sympy.exp(-x)),
    "sin": sympy.sin,
    "identity": lambda x: x,
}
"""Analytic activations by their names; those with kinks, such as relu, have no B-series."""
OTHER_NAMES = {"swish": "silu", "logistic": "sigmoid", "expit": "sigmoid", "linear": "identity"}
MOST_WEIGHTS = 4096
"""A formula of more would not be read by anybody, nor enclosed in minutes."""

Layer = tuple[np.ndarray, np.ndarray] | str
"""(W, b), or the name of an activation."""


@checked
def network_field(model: Any, variables: Symbols | str | None = None) -> VectorField:
    """The field that a layered network stands for, its weights as exact numbers.

    model     : a torch Sequential of Linear layers and activations, an equinox MLP as `mlp` makes, or layers in their order:
                pairs (W, b), W of shape (out, in), and names of activations. Of a Module of one's own give the Sequential in it
    variables : their names; by default x0, x1, ...
    Activations are tanh, sigmoid, softplus, silu, sin and identity. Raises LearningError for other models, with what could not
    be read, and for over 4,096 weights; UnknownNameError for other activations.

    >>> print(network_field([([[1, 2], [0, 1]], [0, 0]), "tanh", ([[0.5, 0], [0, -1]], [0, 0.25])], "x, y"))
    x' = tanh(x + 2*y)/2; y' = 1/4 - tanh(y)
    """
    layers = list(_layers(model))
    pairs = [layer for layer in layers if not isinstance(layer, str)]
    if not pairs:
        raise LearningError(f"{shown(model)} has no layers with weights")
    if (count := sum(W.size + b.size for W, b in pairs)) > MOST_WEIGHTS:
        raise LearningError(f"a network of {count} weights is too large for a formula; at most {MOST_WEIGHTS} are taken")
    size = pairs[0][0].shape[1]
    names = sympy.symbols(f"x:{size}") if variables is None else listed(variables)
    if len(names) != size:
        raise LearningError(f"the network takes {size} numbers, and {len(names)} variables were given")
    values: list[sympy.Expr] = list(names)
    for layer in layers:
        if isinstance(layer, str):
            values = [ACTIVATIONS[layer](v) for v in values]
            continue
        W, b = layer
        if W.shape[1] != len(values) or b.shape != W.shape[:1]:
            raise LearningError(f"a layer of shapes {W.shape} and {b.shape} does not take the {len(values)} numbers before it")
        values = [
            sympy.Add(_exact(own), *(_exact(w) * v for w, v in zip(row, values, strict=True)))
            for row, own in zip(W, b, strict=True)
        ]
    if len(values) != size:
        raise LearningError(f"the network takes {size} numbers and gives {len(values)}: a field has as many as it takes")
    try:
        return VectorField(dict(zip(names, values, strict=True)))
    except FieldError as error:
        raise LearningError(f"the network is not a field: {error}") from None


def _exact(value: float) -> sympy.Rational:
    """A float as the fraction that it is."""
    return sympy.Rational(*float(value).as_integer_ratio())


def _layers(model: Any) -> Iterator[Layer]:
    if isinstance(model, Sequence) and not isinstance(model, str):
        for layer in model:
            yield _activation(layer) if isinstance(layer, str) else _pair(layer)
    elif _is(model, "equinox", "MLP"):
        yield from _of_equinox(model)
    else:
        yield from _of_torch(model)


def _pair(layer: Any) -> tuple[np.ndarray, np.ndarray]:
    try:
        W, b = layer
    except (TypeError, ValueError):
        raise LearningError(f"a layer is a pair (W, b) or the name of an activation, got {shown(layer)}") from None
    return real_array(W, "the weights of a layer", 2), real_array(b, "the biases of a layer", 1)


def _activation(name: str) -> str:
    own = OTHER_NAMES.get(name.lower(), name.lower())
    if own not in ACTIVATIONS:
        raise UnknownNameError("analytic activation", name, ACTIVATIONS)
    return own


def _linear(weight: Any, bias: Any) -> tuple[np.ndarray, np.ndarray]:
    W = as_numpy(weight).astype(float)
    return W, np.zeros(len(W)) if bias is None else as_numpy(bias).astype(float)


def _of_equinox(model: Any) -> Iterator[Layer]:
    *hidden, last = model.layers
    for layer in hidden:
        yield _linear(layer.weight, layer.bias)
        yield _function(model.activation)
    yield _linear(last.weight, last.bias)
    yield _function(model.final_activation)


def _function(function: Any) -> str:
    """The name of an activation; what gives back whatever it is given is the identity."""
    marker = object()
    try:
        if function(marker) is marker:
            return "identity"
    except Exception:  # it wants numbers
        pass
    return _activation(str(getattr(function, "__name__", type(function).__name__)))


def _of_torch(model: Any) -> Iterator[Layer]:
    """The layers of a torch Sequential; of another Module nobody knows what its forward does with its parts."""
    if not _is(model, "torch", "Sequential"):
        raise LearningError(f"{shown(model)} is not read: give a torch Sequential, an equinox MLP or a list of (W, b)")
    for child in model:
        if _is(child, "torch", "Sequential"):
            yield from _of_torch(child)
        elif _is(child, "torch", "Linear"):
            yield _linear(child.weight, child.bias)
        elif _is(child, "torch", "Softplus"):
            raise LearningError("torch's Softplus is linear beyond its threshold, so it is not analytic")
        else:
            yield _activation(type(child).__name__)


def _is(model: Any, library: str, name: str) -> bool:
    """Whether this is a library's own class and no subclass, whose call may be another."""
    return type(model).__name__ == name and type(model).__module__.split(".")[0] == library
