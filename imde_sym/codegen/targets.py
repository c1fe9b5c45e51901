"""The table of targets, and the two questions about it: source text and live function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..base.arguments import checked
from ..base.checks import check_word
from ..base.errors import CodegenError
from . import c, fortran, jax, julia, numba, numpy, python, sympy, torch
from .live import LiveFunction, NumbaFunction, NumpyFunction, PointFunction
from .routine import Options, Routine


@dataclass(frozen=True)
class Target:
    """An emitter, and the class of live functions where the target is Python.

    exact : constants such as sqrt(2) stay as they are
    """

    emit: Callable[[Routine], str]
    live: type[LiveFunction] | None = None
    exact: bool = False
    precisions: tuple[str, ...] = ("double",)


TARGETS: dict[str, Target] = {
    "numpy": Target(numpy.emit, NumpyFunction),
    "numba": Target(numba.emit, NumbaFunction),
    "python": Target(python.emit, PointFunction),
    "sympy": Target(sympy.emit, PointFunction, exact=True),
    "jax": Target(jax.emit, LiveFunction),
    "torch": Target(torch.emit, LiveFunction),
    "julia": Target(julia.emit),
    "c": Target(c.emit, precisions=("double", "float")),
    "c-header": Target(c.header, precisions=("double", "float")),
    "fortran": Target(fortran.emit, precisions=("double", "float")),
}
"""The emitter of each target, and the live function where it runs inside Python."""


PRECISION = dict.fromkeys(("jax", "torch", "julia"), "in the precision of its arguments") | {"sympy": "exactly"}


@checked
def find_target(name: str, options: Options) -> Target:
    """The target of a name. Raises CodegenError, listing all, for an unknown one, or if it lacks the precision.

    >>> find_target("fortran", Options(precision="float")).precisions
    ('double', 'float')
    """
    target = TARGETS[check_word(name, "target", TARGETS, CodegenError)]
    if options.precision not in target.precisions:
        chosen = ", ".join(n for n, t in TARGETS.items() if options.precision in t.precisions)
        own = PRECISION.get(name, "in double precision")
        raise CodegenError(f"precision {options.precision!r} is for the targets {chosen}; {name} code computes {own}")
    return target


def live_function(name: str, target: Target, routine: Routine) -> LiveFunction:
    """The routine as a function. Raises CodegenError for a target that is not Python.

    >>> from imde_sym import inverse_modified_equation, methods
    >>> F = inverse_modified_equation("x' = -x", "explicit_euler", 2)
    >>> from imde_sym.codegen import routine
    >>> r = routine(F, methods["explicit_euler"], "decay", Options())
    >>> live_function("python", TARGETS["python"], r)([1.0], 0.1)
    [-0.95]
    """
    if target.live is None:
        runnable = ", ".join(n for n, t in TARGETS.items() if t.live)
        raise CodegenError(f"{name} code does not run inside Python: take source({name!r}); live functions: {runnable}")
    return target.live(name, routine, target.emit)
