"""Trajectories in CPU seconds: python benchmarks/trajectories.py

Batches: `integrate` with RK4 on Lorenz beside a loop that one writes by hand in numpy, from 1 to 100,000 initial values.
Single trajectories: `integrate` with numba beside SciPy's solve_ivp (DOP853, tolerance 1e-10, the right-hand side compiled by
numba), on Lorenz and the pendulum, with as many steps of `dormand_prince8` as solve_ivp takes. The first call, which generates
and compiles code, is a column of its own. Numba and SciPy are used where installed.
Targets: at most 1.5 times the loop on batches; faster than SciPy on single trajectories.
"""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import numpy as np

from imde_sym import integrate
from imde_sym.base.libraries import found

REPEATS = 5
SIZES = (1, 10, 100, 1_000, 10_000, 100_000)


def lorenz(x: np.ndarray) -> np.ndarray:
    a, b, c = x[..., 0], x[..., 1], x[..., 2]
    return np.stack([10 * (b - a), a * (28 - c) - b, a * b - 8 / 3 * c], -1)


def by_hand(x: np.ndarray, h: float, steps: int) -> np.ndarray:
    """Classical Runge-Kutta as one writes it."""
    path = np.empty((steps + 1, *x.shape))
    path[0] = x
    for n in range(steps):
        k1 = lorenz(x)
        k2 = lorenz(x + h / 2 * k1)
        k3 = lorenz(x + h / 2 * k2)
        k4 = lorenz(x + h * k3)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        path[n + 1] = x
    return path


def cpu(task: Callable[[], object]) -> float:
    """CPU seconds of the fastest of several runs."""
    times = []
    for _ in range(REPEATS):
        start = process_time()
        task()
        times.append(process_time() - start)
    return min(times)


def batches() -> None:
    print(f"{'points':>8} {'steps':>6} {'integrate':>11} {'by hand':>11} {'ratio':>7}")
    for count in SIZES:
        x0 = np.random.default_rng(0).normal(size=(count, 3))
        steps = int(np.clip(1_000_000 // count, 10, 1_000))
        integrate("rk4", "lorenz", x0, 0.01, 1)
        ours = cpu(lambda x0=x0, steps=steps: integrate("rk4", "lorenz", x0, 0.01, steps))
        loop = cpu(lambda x0=x0, steps=steps: by_hand(x0, 0.01, steps))
        print(f"{count:8} {steps:6} {ours * 1e3:8.2f} ms {loop * 1e3:8.2f} ms {ours / loop:7.2f}")


def singles() -> None:
    numba, scipy = found("numba"), found("scipy.integrate")
    if not (numba and scipy):
        print("single trajectories: numba or SciPy is not installed")
        return

    @numba.njit
    def attractor(_t: float, x: np.ndarray) -> np.ndarray:
        return np.array([10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]])

    @numba.njit
    def pendulum(_t: float, x: np.ndarray) -> np.ndarray:
        return np.array([-np.sin(x[1]), x[0]])

    print(f"\n{'system':>9} {'steps':>6} {'integrate':>11} {'solve_ivp':>11} {'ratio':>7} {'first call':>11}")
    for name, field, f, x0, time in (
        ("lorenz", "lorenz", attractor, [-8.0, 7.0, 27.0], 10.0),
        ("pendulum", "p' = -sin(q); q' = p", pendulum, [0.0, 1.0], 100.0),
    ):

        def solve(f: object = f, x0: object = x0, time: float = time) -> object:
            return scipy.solve_ivp(f, (0.0, time), x0, "DOP853", rtol=1e-10, atol=1e-10)

        steps = len(solve().t) - 1  # type: ignore[attr-defined]

        def ours(field: str = field, x0: object = x0, h: float = time / steps, steps: int = steps) -> object:
            return integrate("dormand_prince8", field, x0, h, steps, numba=True)

        start = process_time()
        ours()
        first = process_time() - start
        one, other = cpu(ours), cpu(solve)
        print(f"{name:>9} {steps:6} {one * 1e3:8.2f} ms {other * 1e3:8.2f} ms {one / other:7.3f} {first:9.2f} s")


if __name__ == "__main__":
    batches()
    singles()
