"""numpy arrays in compiled loops: source that numba's njit takes as it is."""

from __future__ import annotations

from .language import Body, Language, functions
from .names import PYTHON
from .python import module, signature
from .routine import Routine

LANGUAGE = Language(
    name="numba",
    functions=functions("math.", pow="math.pow"),
    reserved=PYTHON,
)
DECORATOR = '@njit(error_model="numpy")'


def emit(routine: Routine) -> str:
    """A module with two compiled functions.

    f_h(state, h, parameters..., out)        one point: arrays of shape (d,)
    f_h_batch(states, h, parameters..., outs) arrays of shape (n, d), all points with one h
    With the Jacobian an array (d, d) or (n, d, d) comes last.
    """
    body, d, name = Body(routine, LANGUAGE), routine.dimension, routine.name
    lines = module(body, ["import math", "", "from numba import njit"])
    extra = ["jacobian"] * routine.jacobian
    lines += ["", "", DECORATOR, signature(name, ["state", *body.arguments, "out", *extra])]
    lines += [f"    {v} = state[{i}]" for i, v in enumerate(body.variables) if v in body.used]
    for line in body.lines:
        place = line.name
        if line.output is not None:
            k = line.output - d
            place = f"out[{line.output}]" if k < 0 else f"jacobian[{k // d}, {k % d}]"
        lines.append(f"    {place} = {line.text}")
    extra = ["jacobians"] * routine.jacobian
    lines += ["", "", DECORATOR, signature(f"{name}_batch", ["states", *body.arguments, "outs", *extra])]
    call = ["states[point]", *body.arguments, "outs[point]", *(f"{e}[point]" for e in extra)]
    lines += ["    for point in range(states.shape[0]):", f"        {name}({', '.join(call)})"]
    return "\n".join(lines) + "\n"
