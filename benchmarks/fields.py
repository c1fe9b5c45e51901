"""Times of concrete fields with the order, and the growth per order: python benchmarks/fields.py

Explicit midpoint, inverse direction, best of three after a warm-up; the ring is built each time. "terms"
counts the terms of the highest power of h, "x" the growth of the time against the order before.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import sympy

from imde_sym import VectorField, inverse_modified_equation, methods, systems
from imde_sym.fields import fput, lorenz96, n_body, toda
from imde_sym.rings import backend

REPEATS = 3
MASSES = {n: sympy.Symbol(n) for n in ("m1", "m2", "l1", "l2", "g")}

TASKS: list[tuple[str, Callable[[], VectorField], tuple[int, ...], float | None]] = [
    ("pendulum", lambda: systems["pendulum"], (4, 6, 8, 10, 12), 0.1),
    ("Henon-Heiles", lambda: systems["henon_heiles"], (3, 4, 5, 6), 2.0),
    ("double pendulum", lambda: systems["double_pendulum"], (3, 4, 5, 6), 20.0),
    ("double pendulum, free parameters", lambda: systems["double_pendulum"].with_parameters(**MASSES), (3, 4, 5), None),
    ("Lorenz-96, 40 variables", lambda: lorenz96(40), (2, 3, 4, 5), 10.0),
    ("Toda, 20 particles", lambda: toda(20), (2, 3, 4), None),
    ("FPUT, 25 particles", lambda: fput(25).with_parameters(alpha="1/4", beta="1/4"), (2, 3, 4), None),
    ("three bodies in the plane", lambda: n_body(3), (2, 3, 4), None),
]
TARGET_ORDER = {"Lorenz-96, 40 variables": 4}


def best(task: Callable[[], object]) -> float:
    """Seconds of the fastest of three runs, after one that does not count."""
    times = []
    for _ in range(REPEATS + 1):
        start = perf_counter()
        task()
        times.append(perf_counter() - start)
    return min(times[1:])


def main() -> None:
    print(f"polynomial backend: {backend()}; best of {REPEATS} after a warm-up")
    print(f"{'system':34s} {'order':>5s} {'terms':>7s} {'seconds':>9s} {'x':>5s}  target")
    method = methods["explicit_midpoint"]
    for name, build, orders, target in TASKS:
        field, before = build(), None
        for order in orders:
            F = inverse_modified_equation(field, method, order)
            terms = sum(len(F.ring.polynomials.terms(p)) for p in F.parts[-1].components)
            time = best(lambda f=field, n=order: inverse_modified_equation(f, method, n))
            growth = f"{time / before:5.1f}" if before else "     "
            aim = f"  {target:g} s" if target and order == TARGET_ORDER.get(name, orders[-1]) else ""
            print(f"{name:34s} {order:5d} {terms:7d} {time:9.4f} {growth}{aim}", flush=True)
            before = time


if __name__ == "__main__":
    main()
