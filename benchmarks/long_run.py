"""Modified invariants against trajectories: python benchmarks/long_run.py [steps] [--triples]

Six pairs, each with three steps, the smallest so many times (10^6 unless told otherwise): the largest
deviation of the invariant and of the modified one, the drift per time, and whether the powers of h are those of the formulas.
Two of the pairs solve for their stages, which takes ten minutes each; the others take seconds.
With --triples instead the verdicts for 40 systems, methods and invariants over the default time.
"""

from __future__ import annotations

import sys

from timing import machine, once, print_table, seconds

import imde_sym as imde
from imde_sym.base.errors import MethodError
from imde_sym.verify import LongRun

PAIRS = [
    ("pendulum", "explicit_midpoint", "energy", 5, 1 / 256),
    ("pendulum", "rk4", "energy", 6, 1 / 32),
    ("rigid_body", "trapezoid", "energy", 5, 1 / 8),
    ("kepler", "stoermer_verlet", "energy", 3, 1 / 32),
    ("henon_heiles", "stoermer_verlet", "energy", 5, 1 / 8),
    ("lotka_volterra", "symplectic_euler", "energy", 4, 1 / 64),
]
TRIPLES = {
    "pendulum": ("explicit_euler explicit_midpoint heun2 kutta3 rk4 symplectic_euler stoermer_verlet", "energy"),
    "harmonic_oscillator": ("explicit_midpoint heun3 rk4 stoermer_verlet", "energy"),
    "rigid_body": ("explicit_euler explicit_midpoint rk4 trapezoid implicit_midpoint", "energy casimir"),
    "kepler": ("explicit_midpoint stoermer_verlet symplectic_euler", "energy angular_momentum"),
    "morse": ("explicit_midpoint stoermer_verlet rk4", "energy"),
    "henon_heiles": ("explicit_midpoint stoermer_verlet kutta3", "energy"),
    "lotka_volterra": ("explicit_euler explicit_midpoint", "energy"),
    "nonlinear_oscillator": ("explicit_euler explicit_midpoint", "energy radius"),
    "toda": ("stoermer_verlet", "energy"),
}


def parts_of(system: str, method: str) -> list[list[str]] | None:
    return [["p"], ["q"]] if (system, method) == ("lotka_volterra", "symplectic_euler") else None


def shown(run: LongRun, verdict: str, spent: float) -> list[str]:
    kept, drift = (f"{o[0]:.2f}" if o else "rounding" for o in (run.rest_order, run.drift_order))
    numbers = [f"{v[0]:.1e}" for v in (run.swings, run.remains, run.rates)]
    return [run.title.split(" under")[0], *numbers, kept, drift, "yes" if run.confirmed else "NO", verdict, seconds(spent)]


HEAD = ["invariant", "of I", "modified", "drift/time", "power", "drift's", "agree", "from formulas", "time"]


def pairs(steps: int) -> None:
    rows = []
    for system, method, invariant, order, h in PAIRS:
        parts = parts_of(system, method)
        found = imde.modified_invariant(system, method, order, invariant, direction="forward", parts=parts)
        runs: list[LongRun] = []
        fast = compiles(found.equation)
        spent = once(lambda: runs.append(imde.long_run(found, steps=[h, h / 2, h / 4], time=steps * h / 4, numba=fast)))  # noqa: B023
        rows.append(shown(runs[0], found.verdict, spent))
    print_table(HEAD, rows)


def compiles(F: imde.ModifiedField) -> bool:
    """Whether numba takes the steps of the method on the field."""
    try:
        imde.integrate(F.method, F.field, None, 1e-3, 1, parts=F.split, numba=True)
    except MethodError:
        return False
    return True


def triples() -> None:
    rows = []
    for system, (names, invariants) in TRIPLES.items():
        for method in names.split():
            for invariant in invariants.split():
                order = imde.methods[method].order + 2
                found = imde.modified_invariant(system, method, order, invariant, direction="forward")
                runs: list[LongRun] = []
                spent = once(lambda: runs.append(imde.long_run(found)))  # noqa: B023
                rows.append([method, *shown(runs[0], found.verdict, spent)])
    print_table(["method", *HEAD], rows)
    print(f"{sum(row[7] == 'yes' for row in rows)} of {len(rows)} agree")


def main() -> None:
    print(machine())
    if "--triples" in sys.argv:
        triples()
    else:
        pairs(int(float(sys.argv[1])) if len(sys.argv) > 1 else 10**6)


if __name__ == "__main__":
    main()
