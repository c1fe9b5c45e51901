"""The same loss in less time? `learn.fit` beside loops of optimistix, optax with diffrax, and torchdiffeq, in one run.

    python benchmarks/training.py [--save FILE]

The pendulum, 400 pairs over T = 0.08, one step of the explicit midpoint rule, a tanh network of 82 weights from the same start in
each library, double precision. Each row: the seconds until the loss first came below the levels, compilation included, and the
loss at the end. A loss is the mean of |Φ(x) - y|²/T².
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import optimistix
import torch
from torchdiffeq import odeint

from imde_sym import learn

jax.config.update("jax_enable_x64", True)
torch.set_default_dtype(torch.float64)
T = 0.08
LEVELS = (1e-2, 1e-4, 1e-6)
SECONDS = 60.0


def start_of_jax() -> Any:
    """The network in equinox."""
    return learn.mlp(2, 16, seed=0)


def start_of_torch() -> Any:
    """The same network, with the same weights, in torch."""
    net = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 2))
    with torch.no_grad():
        for mine, theirs in zip((net[0], net[2]), start_of_jax().layers, strict=True):
            mine.weight.copy_(torch.tensor(np.asarray(theirs.weight)))
            mine.bias.copy_(torch.tensor(np.asarray(theirs.bias)))
    return net


def ends(model: Any, x: Any) -> Any:
    """One step of diffrax from each point, as its users write it."""
    term = diffrax.ODETerm(lambda _t, y, _args: model(y))

    def one(point: Any) -> Any:
        solution = diffrax.diffeqsolve(
            term, diffrax.Midpoint(), 0.0, T, T, point, stepsize_controller=diffrax.ConstantStepSize(), max_steps=2
        )
        return solution.ys[-1]

    return jax.vmap(one)(x)


def by_optax(x: Any, y: Any) -> Iterator[float]:
    """Adam of optax through diffeqsolve."""
    model = start_of_jax()
    rates = optax.exponential_decay(1e-2, 20_000, 1e-3)
    optimiser = optax.adam(rates)
    state = optimiser.init(eqx.filter(model, eqx.is_array))

    @eqx.filter_jit
    def step(model: Any, state: Any) -> Any:
        loss, slope = eqx.filter_value_and_grad(lambda m: jnp.mean(jnp.sum(((ends(m, x) - y) / T) ** 2, axis=-1)))(model)
        change, state = optimiser.update(slope, state)
        return eqx.apply_updates(model, change), state, loss

    while True:
        model, state, loss = step(model, state)
        yield float(loss)


def by_optimistix(x: Any, y: Any) -> Iterator[float]:
    """Levenberg-Marquardt of optimistix through diffeqsolve, looked at after every 25 steps."""
    values, static = eqx.partition(start_of_jax(), eqx.is_array)

    def residuals(values: Any, _: Any) -> Any:
        return (ends(eqx.combine(values, static), x) - y) / T / len(x) ** 0.5

    solver = optimistix.LevenbergMarquardt(rtol=1e-14, atol=1e-14)
    found = values
    while True:  # 25 steps at a time, from where the last ones ended
        found = optimistix.least_squares(residuals, solver, found, options={"jac": "bwd"}, max_steps=25, throw=False).value
        yield float(jnp.sum(residuals(found, None) ** 2))


def by_torchdiffeq(name: str) -> Callable[[Any, Any], Iterator[float]]:
    """A plain torchdiffeq loop."""

    def run(x: Any, y: Any) -> Iterator[float]:
        net, x, y, times = start_of_torch(), torch.tensor(np.asarray(x)), torch.tensor(np.asarray(y)), torch.tensor([0.0, T])
        if name == "adam":
            optimiser: Any = torch.optim.Adam(net.parameters(), lr=1e-2)
        else:
            optimiser = torch.optim.LBFGS(net.parameters(), max_iter=20, history_size=50, line_search_fn="strong_wolfe")

        def closure() -> Any:
            optimiser.zero_grad()
            end = odeint(lambda _t, v: net(v), x, times, method="midpoint")[-1]
            loss = torch.mean(torch.sum(((end - y) / T) ** 2, dim=-1))
            loss.backward()
            return loss

        while True:
            yield float(optimiser.step(closure).detach())

    return run


def by_fit(kind: str, library: str) -> Callable[[Any, Any], Iterator[float]]:
    """`learn.fit`, in one call for each level, so that its time is that of its user."""

    def run(x: Any, y: Any) -> Iterator[float]:
        for level in (*LEVELS, 0.0):
            model, solver = (start_of_jax(), diffrax.Midpoint()) if library == "jax" else (start_of_torch(), "midpoint")
            steps = 1500 if kind == "lm" else 100
            yield learn.fit((np.asarray(x), np.asarray(y)), model, solver, T=T, optimiser=kind, steps=steps, target=level).loss

    return run


ROWS: dict[str, Callable[[Any, Any], Iterator[float]]] = {
    "learn.fit, JAX, Levenberg-Marquardt": by_fit("lm", "jax"),
    "optimistix.LevenbergMarquardt, diffrax": by_optimistix,
    "optax.adam, diffrax": by_optax,
    "learn.fit, torch, Levenberg-Marquardt": by_fit("lm", "torch"),
    "learn.fit, torch, L-BFGS": by_fit("lbfgs", "torch"),
    "torch.optim.LBFGS, torchdiffeq": by_torchdiffeq("lbfgs"),
    "torch.optim.Adam, torchdiffeq": by_torchdiffeq("adam"),
}


def timed(run: Callable[[Any, Any], Iterator[float]], x: Any, y: Any, fresh: bool, limit: float) -> dict[str, Any]:
    """Seconds to each level, and the best loss within the limit; `fresh` where each loss is that of a run from the start."""
    start = began = perf_counter()
    reached: dict[str, float] = {}
    best = float("inf")
    for loss in run(x, y):
        now = perf_counter()
        best = min(best, loss)
        for level in LEVELS:
            if loss <= level and f"{level:g}" not in reached:
                reached[f"{level:g}"] = round(now - (began if fresh else start), 2)
        began = now
        if now - start > limit or (not fresh and best <= LEVELS[-1]):
            break
    return {"seconds": reached, "loss": best}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", type=Path, help="write the rows as JSON")
    parser.add_argument("--limit", type=float, default=SECONDS, help="seconds for a row")
    options = parser.parse_args()
    data = learn.datasets.pairs("pendulum", T, 400, seed=0)
    x, y, rows = jnp.asarray(data.x), jnp.asarray(data.y), []
    print(f"{'':<42}" + "".join(f"{f'to {level:g}':>12}" for level in LEVELS) + f"{'best loss':>12}")
    for name, run in ROWS.items():
        found = timed(run, x, y, name.startswith("learn.fit"), options.limit)
        times = [found["seconds"].get(f"{level:g}") for level in LEVELS]
        print(
            f"{name:<42}" + "".join(f"{'-' if s is None else f'{s:.1f} s':>12}" for s in times) + f"{found['loss']:>12.1e}",
            flush=True,
        )
        rows.append({"loop": name} | found)
    if options.save:
        options.save.write_text(json.dumps({"cores": os.cpu_count(), "rows": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
