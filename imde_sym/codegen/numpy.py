"""numpy: a module that evaluates large batches block by block."""

from __future__ import annotations

from .language import Body, Language, Slots, functions, imports
from .names import PYTHON
from .numbers import is_complex
from .python import FROM, module, signature
from .routine import Routine

BLOCK = 8192
"""Points per block: the temporaries of a block stay in the processor's cache."""

LOGISTIC = '''

def logistic(x):
    """1/(1 + exp(-x)) without overflow."""
    right = np.real(x) >= 0
    e = np.exp(np.where(right, -x, x))
    return np.where(right, 1.0, e)/(1.0 + e)'''

SOFTPLUS = '''

def softplus(x):
    """log(1 + exp(x)), for real x without overflow."""
    if np.iscomplexobj(x):
        return np.log(1.0 + np.exp(x))
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))'''

COLUMNS = Slots("out[:, {output}]", "out[:, {output}]")
LANGUAGE = Language(
    name="numpy",
    functions=functions("numpy", "np."),
    reserved=PYTHON,
    power="**",
    imaginary="complex({}, {})",
    needs=imports("numpy", FROM) | {"logistic": LOGISTIC, "softplus": SOFTPLUS},
    reuse=True,
)

DRIVER = """
    state = np.asarray(state)
    given = [np.asarray(value) for value in {arguments}]
    dtype = np.result_type(state.dtype, *(v.dtype if v.ndim else v.item() for v in given){least})
    dtype = dtype if dtype.kind in "fcO" else np.dtype(float)
    shape = np.broadcast_shapes(state.shape[:-1], *(value.shape for value in given))
    points = np.broadcast_to(state, (*shape, {d})).reshape(-1, {d})
    given = [np.broadcast_to(v, shape).reshape(-1) if v.ndim else v.astype(dtype)[()] for v in given]
    {result}
    with np.errstate(over="ignore"):
        for low in range(0, len(points), BLOCK):
            here = slice(low, low + BLOCK)
            columns = [np.ascontiguousarray(points[here, i], dtype) for i in range({d})]
            {name}_block(*columns, *(v[here].astype(dtype) if v.ndim else v for v in given), result[here])
""".strip("\n")

PLAIN = """
    result = result.reshape(*shape, {d})
    if out is None or direct:
        return result if out is None else out
    out[...] = result
    return out
""".strip("\n")

DIRECT = """
    direct = out is not None and out.shape == (*shape, {d}) and out.dtype == dtype and out.flags.c_contiguous
    direct = direct and not any(np.may_share_memory(out, v) for v in (state, *given))
    result = out.reshape(-1, {d}) if direct else np.empty((len(points), {d}), dtype)
""".strip()

WITH_JACOBIAN = """
    jacobian = result[:, {d}:].reshape(*shape, {d}, {d})
    return result[:, :{d}].reshape(*shape, {d}), jacobian
""".strip("\n")


def emit(routine: Routine) -> str:
    """A module with a function of (state, h, parameters..., out=None).

    state has shape (..., d); h and parameters are numbers or arrays that broadcast against (...). float32 stays float32
    (numbers do not widen it), integers become float64. The
    result has shape (..., d) and is put into `out` if that is given; with the Jacobian it is the pair of
    arrays (..., d) and (..., d, d), and there is no `out`.
    """
    body, d, width = Body(routine, LANGUAGE), routine.dimension, len(routine.program.outputs)
    lines = module(body, ["import numpy as np"])
    lines += ["", f"BLOCK = {BLOCK}", "", "", signature(f"{routine.name}_block", [*body.names[:d], *body.arguments, "out"])]
    lines += [f"    {place} = {text}" for place, text in body.assignments(COLUMNS)]
    lines += ["", "", signature(routine.name, ["state", *body.arguments, *["out=None"] * (not routine.jacobian)])]
    lines.append(f'    """The value at `state`, shape (..., {d}); see above for the names."""')
    constants = [i[1] for i in routine.program.instructions if i[0] == "constant"]
    values = {
        "arguments": f"({', '.join(body.arguments)}{',' * (len(body.arguments) == 1)})",
        "least": ", 1j" if any(map(is_complex, constants)) else "",
        "d": d,
        "name": routine.name,
        "result": f"result = np.empty((len(points), {width}), dtype)" if routine.jacobian else DIRECT.format(d=d),
    }
    lines.append(DRIVER.format(**values))
    lines.append((WITH_JACOBIAN if routine.jacobian else PLAIN).format(d=d))
    return "\n".join(lines) + "\n"
