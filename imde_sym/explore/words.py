"""What an answer says in sentences, for a reader who has never heard of a B-series."""

from __future__ import annotations

import numpy as np

from .derivation import Derivation, Sampled
from .pictures import Curves, Drift
from .state import Asked

NOTHING = 1e-12
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def told(
    asked: Asked, derivation: Derivation, box: Sampled | None, h: float, limit: float | None, curves: Curves, drift: Drift
) -> list[str]:
    """Sentences: what the equation is, how far it lies from the given one, what is gained or lost."""
    method, F = asked.method.title, derivation.equation
    inverse = asked.direction == "inverse"
    first = next((k for k, grade in enumerate(F.grades) if k and not grade.is_zero), None)
    subject = f"{method}, h = {h:.4g}: " + ("a model trained through it learns " if inverse else "it really solves ")
    if first is None:
        return [f"{subject}your equation, exactly as far as order {F.order} tells.", *_drifted(drift, curves, inverse)]
    power = "h" if first == 1 else f"h{str(first).translate(RAISED)}"
    out = [f"{subject}another equation than yours; they differ by a term in {power}."]
    if box is not None and box.terms.size < np.inf:
        mean, _, doubt, _ = box.terms.at(h)
        share = mean / box.terms.size
        several = sum(size > 0 for size in box.terms.sup[1:]) > 1
        sure = (
            ""
            if not several or doubt < 0.1 * mean or (limit is not None and h >= limit)
            else " (roughly: the series converges badly)"
        )
        out.append(f"Over the region around the motion the two fields differ by {_percent(share)} on average{sure}.")
    return [*out, *_drifted(drift, curves, inverse)]


def _drifted(drift: Drift, curves: Curves, inverse: bool) -> list[str]:
    """How a conserved quantity has changed at the end of the numerical solution."""
    if not drift.name:
        return []
    name = drift.name.replace("_", " ")
    size = abs(drift.start)
    out = []
    other = "a perfectly trained model" if inverse else "the modified equation"
    for who, values, times in (("the numerical solution", drift.numerical, curves.steps), (other, drift.learned, curves.times)):
        good = np.flatnonzero(np.isfinite(values))
        if len(good) < 2:
            continue
        end, most = float(values[good[-1]]), float(np.abs(values[good]).max())
        if most <= NOTHING * max(size, 1.0):
            out.append(f"The {name} of {who} stays as it was.")
        elif abs(end) < 0.6 * most or _turns(values[good]):
            share = f" by up to {_percent(most / size)}" if size > NOTHING else f" by up to {most:.3g}"
            out.append(f"The {name} of {who} goes up and down{share}.")
        else:
            change = _percent(abs(end) / size) if size > NOTHING else f"{abs(end):.3g}"
            moved = "risen" if end > 0 else "fallen"
            out.append(f"At the time {times[good[-1]]:.3g} the {name} of {who} has {moved} by {change}.")
    return out


def _turns(values: np.ndarray) -> bool:
    """Whether it comes back as often as it goes: most of its way is not progress."""
    way = float(np.abs(np.diff(values)).sum())
    return way > 3 * float(np.abs(values).max())


def _percent(share: float) -> str:
    if share >= 10:
        return f"{100 * share:,.0f} %" if share < 1e6 else "beyond all bounds"
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"
