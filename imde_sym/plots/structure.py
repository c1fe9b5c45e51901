"""What an equation conserves, along a trajectory: how far invariants and modified Hamiltonians move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import sympy

from ..base.arguments import checked
from ..base.errors import FieldError
from ..equations import ModifiedField
from ..geometry import Conservation, ModifiedHamiltonian, ModifiedInvariant, StructureReport
from ..geometry.expansion import numpy_function
from ..verify import Trajectory, integrate
from .canvas import DASHES, axes, color, finished, typeset
from .equations import numbered, numbers_of
from .fields import solve
from .planes import start_of, step_of, time_of, title_of

LEAST = 1e-17
"""What is 0 all along is drawn here, on a logarithmic axis; else no change is drawn smaller than rounding at t = 0."""
Answer = StructureReport | Conservation | ModifiedHamiltonian | ModifiedInvariant


@checked
def plot_structure(
    answer: Answer,
    ax: Any = None,
    *,
    x0: Any = None,
    h: Any = None,
    time: Any = None,
    parameters: Mapping[Any, Any] | None = None,
) -> Any:
    """By how much what is conserved changes along a trajectory, on a logarithmic axis; returns the matplotlib Axes.

    answer : a structure report, of which the invariants and the Hamiltonian are drawn; a Conservation; a modified Hamiltonian or
             invariant, of which its first term is drawn beside all of it
    x0, h, time : where the trajectory starts, the step size, how long it is; by default the field's point, 1/8 of its time scale
             and some time scales
    parameters : numbers for free parameters
    The trajectory is the flow of f_h for an inverse equation, the steps of the method on f for a forward one.
    Raises FieldError where nothing is known to be conserved, or a parameter has no number; ConvergenceError where the trajectory
    blows up; MissingLibraryError without matplotlib, ImdeError for another `ax`.

    >>> import imde_sym as imde, matplotlib
    >>> report = imde.structure_report("pendulum", "stoermer_verlet", 4, direction="forward")
    >>> [line.get_label() for line in plot_structure(report, h=0.05).lines]
    ['energy: changes at $h^2$', 'H_h, order 4']
    """
    quantities = list(_quantities(answer))
    F = answer.equation
    if not quantities:
        raise FieldError(f"nothing is known to be conserved by {F.field.name or 'this field'}: give invariants= in its report")
    values = numbers_of(F, parameters)
    trajectory, size = _trajectory(numbered(F, parameters), x0, h, time)
    ax = axes(ax, "what is conserved")
    for n, (label, expression) in enumerate(quantities):
        function = numpy_function([*F.variables, F.step], expression.subs(values))
        with np.errstate(all="ignore"):
            along = function(*trajectory.points.T, size) + np.zeros(len(trajectory.times))
        style = {"color": color(n), "linestyle": DASHES[n % len(DASHES)]}
        changes = np.maximum(np.abs(along - along[0]), np.finfo(float).eps * abs(along[0]) or LEAST)
        ax.semilogy(trajectory.times[1:], changes[1:], label=typeset(label), **style)
    what = "flow of f_h" if F.direction == "inverse" else f"steps of {F.method.name or F.method.title}"
    title = f"{title_of(F)}: {what}, h = {size:.4g}"
    return finished(ax, title, legend=True, xlabel="t", ylabel="|change since t = 0|")


def _quantities(answer: Answer) -> Iterator[tuple[str, sympy.Expr]]:
    """Label and expression of what is drawn."""
    if isinstance(answer, StructureReport):
        for found in answer.invariants.values():
            yield from _quantities(found)
        if isinstance(answer.hamiltonian, ModifiedHamiltonian):
            yield f"H_h, order {answer.hamiltonian.order}", answer.hamiltonian.as_expr()
    elif isinstance(answer, Conservation):
        k = answer.first_failure
        place = f"{answer.step}^{k}" if k else f"{answer.step}^0"
        yield f"{answer.name or answer.invariant}: {'kept' if k is None else f'changes at {place}'}", answer.invariant
    else:
        name = "H" if isinstance(answer, ModifiedHamiltonian) else answer.name or "I"
        yield name, answer.terms[0]
        yield f"{answer.symbol}, order {answer.order}", answer.as_expr()


def _trajectory(F: ModifiedField, x0: Any, h: Any, time: Any) -> tuple[Trajectory, float]:
    start = start_of(F.field, x0)
    size = step_of(F.field, start, h)
    steps = max(1, int(np.ceil(time_of(F.field, start, time, size) / abs(size))))
    if F.direction == "inverse":
        return solve(F, start, steps * abs(size), size), size
    parts = None if F.split is None else [list(part) for part in F.split]
    return integrate(F.method, F.field, start, size, steps, parts=parts, dense=True), size
