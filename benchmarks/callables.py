"""Inverse modified fields of a network: python benchmarks/callables.py [method]

A network 2-32-32-2 on 1000 points in double precision, orders 2 to 9, explicit midpoint unless another method is named.
JAX: CPU seconds to trace and compile, then for one call of the compiled function, and how many calls of the compiled network
that is. torch, where installed: one call without a compiler, without gradients. High orders go along lines (see
`fields.derivatives`), low ones take nested derivatives.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from timing import Time, machine, print_table, seconds

from imde_sym import inverse_modified_equation, methods
from imde_sym.trees import tree_table

WIDTH, POINTS, ORDERS, H = 32, 1000, range(2, 10), 0.05
SHAPES = [(WIDTH, 2), (WIDTH, WIDTH), (2, WIDTH)]
RNG = np.random.default_rng(0)
WEIGHTS = [RNG.normal(size=shape) / shape[1] ** 0.5 for shape in SHAPES]
X = RNG.normal(size=(POINTS, 2))


def network(x: jax.Array) -> jax.Array:
    A, B, C = WEIGHTS
    return C @ jnp.tanh(B @ jnp.tanh(A @ x))


def once(task: Callable[[], object]) -> float:
    """CPU seconds, of all threads."""
    start = process_time()
    task()
    return process_time() - start


def best(task: Callable[[], object], runs: int = 5) -> float:
    task()
    return min(once(task) for _ in range(runs))


def compile_time(order: int) -> Time:
    """To trace and compile in JAX."""
    with jax.enable_x64(True):
        g, cpu, wall = jax.jit(inverse_modified_equation(network, "explicit_midpoint", order)), process_time(), perf_counter()
        g.lower(jnp.asarray(X), H).compile()
        return Time(process_time() - cpu, perf_counter() - wall)


def growth(library: str, order: int) -> float:
    """The time of a call over that of the order before."""
    found = []
    with jax.enable_x64(True):
        for n in (order - 1, order):
            if library == "torch":
                if (task := torch_task("explicit_midpoint", n)) is None:
                    raise ImportError("torch", name="torch")
            else:
                g, x = jax.jit(inverse_modified_equation(network, "explicit_midpoint", n)), jnp.asarray(X)
                task = lambda g=g, x=x: g(x, H).block_until_ready()  # noqa: E731
            found.append(best(task))
    return found[1] / found[0]


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
