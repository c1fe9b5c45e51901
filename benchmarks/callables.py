"""Inverse modified fields of a network by nested jvps: python benchmarks/callables.py [method]

A network 2-32-32-2 on 1000 points in double precision, orders 2 to 6, explicit midpoint unless another method is named.
JAX: seconds to trace and compile, then for one call of the compiled function, and how many calls of the compiled network
that is. torch, where installed: one call without a compiler, without gradients.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from timing import best, machine, once, print_table, seconds

from imde_sym import inverse_modified_equation, methods
from imde_sym.trees import tree_table

WIDTH, POINTS, ORDERS, H = 32, 1000, range(2, 7), 0.05
SHAPES = [(WIDTH, 2), (WIDTH, WIDTH), (2, WIDTH)]
RNG = np.random.default_rng(0)
WEIGHTS = [RNG.normal(size=shape) / shape[1] ** 0.5 for shape in SHAPES]
X = RNG.normal(size=(POINTS, 2))


def network(x: jax.Array) -> jax.Array:
    A, B, C = WEIGHTS
    return C @ jnp.tanh(B @ jnp.tanh(A @ x))


def torch_task(method: Any, order: int) -> Callable[[], object] | None:
    """One evaluation in torch; None where torch is not installed."""
    try:
        import torch
    except ImportError:
        return None
    A, B, C = (torch.as_tensor(W) for W in WEIGHTS)
    g = inverse_modified_equation(lambda x: C @ torch.tanh(B @ torch.tanh(A @ x)), method, order)
    return torch.no_grad()(lambda: g(torch.as_tensor(X), H))


def main() -> None:
    method = methods[sys.argv[1] if len(sys.argv) > 1 else "explicit_midpoint"]
    print(f"{machine()}, {jax.devices()[0].platform}; {method.title}")
    x = jnp.asarray(X)
    plain = jax.jit(jax.vmap(network))
    unit = best(lambda: plain(x).block_until_ready())
    rows = []
    for order in ORDERS:
        g = jax.jit(inverse_modified_equation(network, method, order))
        compiling = once(lambda g=g: g.lower(x, H).compile())
        running = best(lambda g=g: g(x, H).block_until_ready())
        task = torch_task(method, order)
        eager = "-" if task is None else seconds(min(once(task) for _ in range(2)))
        trees = str(tree_table().size(order))
        rows.append([str(order), trees, seconds(compiling), seconds(running), f"{running / unit:.0f}", eager])
    print_table(["order", "trees", "JAX compile", "JAX call", "network calls", "torch call"], rows)


if __name__ == "__main__":
    with jax.enable_x64(True):
        main()
