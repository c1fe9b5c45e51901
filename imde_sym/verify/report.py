"""check: a modified field held against trajectories, truncation by truncation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mpmath

from ..equations import EQUATIONS, ModifiedField
from ..errors import FieldError, MissingLibraryError
from ..rings import scalar, to_sympy
from .flow import ReferenceFlow
from .numbers import evaluate, number, vector
from .steps import Stepper

TOLERANCE = 0.1
"""How far an observed order may lie from the expected one."""
LOOKAHEAD = 3


@dataclass(frozen=True)
class Report:
    """Errors of every truncation at every step size, with observed and expected orders.

    errors[n - 1][i] : max-norm error at the end point of truncation n with steps[i]; the orders are
    slopes between the two smallest steps (None where the error is zero to the working precision).
    """

    title: str
    steps: tuple[float, ...]
    times: tuple[float, ...]
    errors: tuple[tuple[float, ...], ...]
    observed: tuple[float | None, ...]
    expected: tuple[int | None, ...]

    @property
    def passed(self) -> bool:
        """Whether every observed order agrees with its expectation within 0.1."""
        pairs = enumerate(zip(self.observed, self.expected, strict=True), 1)
        return all(
            o is None or (o > n - TOLERANCE if e is None else abs(o - e) <= TOLERANCE) for n, (o, e) in pairs
        )

    def table(self) -> str:
        """A text table: one column for each truncation, one line for each step size."""
        head = ["h", *(f"order {n}" for n in range(1, len(self.errors) + 1))]
        cells = [head]
        for i, h in enumerate(self.steps):
            cells.append([f"{h:.6g}", *(f"{e[i]:.3e}" for e in self.errors)])
        cells.append(["observed", *("exact" if o is None else f"{o:.2f}" for o in self.observed)])
        cells.append(
            ["expected", *(str(e) if e is not None else f">= {n}" for n, e in enumerate(self.expected, 1))]
        )
        widths = [max(len(row[j]) for row in cells) for j in range(len(head))]
        lines = ["  ".join(x.rjust(w) for x, w in zip(row, widths, strict=True)) for row in cells]
        rule = "-" * len(lines[0])
        verdict = "all observed orders agree with the theory" if self.passed else "DISAGREEMENT with the theory"
        return "\n".join([self.title, rule, *lines[:-2], rule, *lines[-2:], verdict])

    def __str__(self) -> str:
        return self.table()

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {
            "title": self.title,
            "steps": list(self.steps),
            "times": list(self.times),
            "errors": [list(e) for e in self.errors],
            "observed": list(self.observed),
            "expected": list(self.expected),
            "passed": self.passed,
        }

    def plot(self, ax: Any = None) -> Any:
        """Errors against h on logarithmic axes, one line for each truncation; returns the matplotlib Axes."""
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise MissingLibraryError("matplotlib", "plot", "Report.plot") from None
        ax = ax or plt.subplots()[1]
        for n, (errors, o) in enumerate(zip(self.errors, self.observed, strict=True), 1):
            label = f"order {n}: " + ("exact" if o is None else f"slope {o:.2f}")
            ax.loglog(self.steps, errors, "o-", label=label)
        ax.set(xlabel="step size h", ylabel="max-norm error", title=self.title)
        ax.legend()
        return ax


def check(
    F: ModifiedField, x0: Sequence[Any] | None = None, steps: Sequence[Any] | None = None, digits: int | None = None
) -> Report:
    """Hold a modified field against trajectories, for each truncation 1..F.order.

    Inverse direction: the method applied to the truncated F against the exact flow of f. Forward
    direction: the method applied to f against the exact flow of the truncated F. Both run over the time
    of the largest step, in mpmath arithmetic; the reference is a Taylor series at that precision.

    x0    : initial value, by default the catalogue's
    steps : step sizes, largest first; by default four, each half of the one before, small against the
            field's own time scale, so that the observed orders are asymptotic
    digits: working precision, by default 25 + 3 * F.order decimal digits
    Raises FieldError if a parameter has no value or x0 does not fit, ConvergenceError if an implicit
    method's stages or the reference are not found.
    """
    free = [*F.field.free_parameters, *F.method.parameters]
    if free:
        raise FieldError(f"a check needs numbers: parameter {free[0]} has no value")
    point = x0 if x0 is not None else F.field.info.get("x0")
    if point is None:
        raise FieldError(f"give x0, the initial value, with {len(F.variables)} entries")
    if len(point) != len(F.variables):
        raise FieldError(f"x0 has {len(point)} entries, the field has {len(F.variables)} variables")
    with mpmath.workdps(digits or 25 + 3 * F.order):
        start = vector([scalar(v) for v in point])
        sizes = [number(to_sympy(scalar(h))) for h in steps] if steps is not None else _default_steps(F, start)
        if len(sizes) < 2 or any(h <= 0 for h in sizes):
            raise FieldError(f"steps must be at least two positive numbers, got {steps}")
        sizes.sort(reverse=True)
        return _report(F, start, sizes)


def _default_steps(F: ModifiedField, x: list[Any]) -> list[Any]:
    """h, h/2, h/4, h/8 with h times the norm of the Jacobian and of the field near 1/32."""
    plain = F.truncate(1)
    d = len(x)
    entries = evaluate(plain.jacobian_program, x)
    rate = max(sum(abs(v) for v in entries[i * d : i * d + d]) for i in range(d))
    speed = max(abs(v) for v in evaluate(plain.program, x)) / max(1, *(abs(v) for v in x))
    exponent = math.ceil(math.log2(max(float(rate), float(speed), 1.0)))
    return [mpmath.ldexp(1, -5 - exponent - i) for i in range(4)]


def _report(F: ModifiedField, start: list[Any], sizes: list[Any]) -> Report:
    ahead = EQUATIONS[F.direction](F.field, F.method, F.order + LOOKAHEAD)
    expected = [_expected(ahead, n) for n in range(1, F.order + 1)]
    counts = [max(1, int(mpmath.nint(sizes[0] / h))) for h in sizes]
    times = [n * h for n, h in zip(counts, sizes, strict=True)]
    inverse, flows = F.direction == "inverse", {}
    if inverse:
        plain = F.truncate(1)
        exact = ReferenceFlow(plain.ring, plain.parts)
        flows = {float(t): exact(start, t) for t in times}
    else:
        plain = EQUATIONS[F.direction](F.field, F.method, 1)
    errors = []
    for n in range(1, F.order + 1):
        truncated = F.truncate(n)
        stepper = Stepper(truncated if inverse else plain)
        row = []
        for count, h, t in zip(counts, sizes, times, strict=True):
            x = start
            for _ in range(count):
                x = stepper(x, h)
            reference = flows[float(t)] if inverse else ReferenceFlow(truncated.ring, truncated.parts, h)(start, t)
            row.append(max(abs(a - b) for a, b in zip(x, reference, strict=True)))
        errors.append(row)
    noise = mpmath.mpf(10) ** (8 - mpmath.mp.dps)
    observed = [_slope(row, sizes, noise) for row in errors]
    return Report(
        f"{F!r}"[1:-1],
        tuple(map(float, sizes)),
        tuple(map(float, times)),
        tuple(tuple(map(float, row)) for row in errors),
        tuple(observed),
        tuple(expected),
    )


def _expected(ahead: ModifiedField, n: int) -> int | None:
    """The power of h of the first omitted term that is not zero."""
    return next((k for k in range(n, ahead.order) if not ahead.parts[k].is_zero), None)


def _slope(errors: list[Any], sizes: list[Any], noise: Any) -> float | None:
    if errors[-1] <= noise or errors[-2] <= noise:
        return None
    return float(mpmath.log(errors[-2] / errors[-1]) / mpmath.log(sizes[-2] / sizes[-1]))
