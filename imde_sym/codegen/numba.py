"""numpy arrays in compiled loops: source that numba's njit takes as it is."""

from __future__ import annotations

from .language import Body, Language, Slots, functions
from .names import PYTHON
from .python import helpers, module, signature
from .routine import Routine

DECORATOR = '@njit(error_model="numpy")'
SLOTS = Slots("out[{k}]", "jacobian[{i}, {j}]")
LANGUAGE = Language(
    name="numba",
    functions=functions("numba", "math.") | {"pow": "math.pow"},
    reserved=PYTHON,
    needs=helpers(f"{DECORATOR}\n"),
)


def emit(routine: Routine) -> str:
    """A module with compiled functions.

    f_h(state, h, parameters..., out)        one point: arrays of shape (d,)
    f_h_batch(states, h, parameters..., outs) arrays of shape (n, d), all points with one h
    f_h_each(states, h, parameters..., outs)  the same with an h and parameters of shape (n,), where there are any
    With the Jacobian an array (d, d) or (n, d, d) comes last.
    """
    body, name = Body(routine, LANGUAGE), routine.name
    lines = module(body, ["import math", "", "from numba import njit"])
    extra = ["jacobian"] * routine.jacobian
    lines += ["", "", DECORATOR, signature(name, ["state", *body.arguments, "out", *extra])]
    lines += [f"    {v} = state[{i}]" for i, v in enumerate(body.variables) if v in body.used]
    lines += [f"    {place} = {text}" for place, text in body.assignments(SLOTS)]
    extra = ["jacobians"] * routine.jacobian
    for many, given in (("batch", "{}"), ("each", "{}[point]"))[: 2 if body.arguments else 1]:
        lines += ["", "", DECORATOR, signature(f"{name}_{many}", ["states", *body.arguments, "outs", *extra])]
        call = ["states[point]", *map(given.format, body.arguments), "outs[point]", *(f"{e}[point]" for e in extra)]
        lines += ["    for point in range(states.shape[0]):", f"        {name}({', '.join(call)})"]
    return "\n".join(lines) + "\n"
