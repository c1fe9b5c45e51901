"""JAX: a pure function that jit, vmap, grad, jvp and the like accept."""

from __future__ import annotations

from .language import Body, Language, functions
from .names import PYTHON
from .numpy import arcs
from .python import module, outputs, signature, unpack
from .routine import Routine

LANGUAGE = Language(
    name="JAX",
    functions=functions("jnp.", **arcs("jnp.") | {"erf": "erf", "logistic": "sigmoid", "softplus": "softplus"}),
    reserved=PYTHON,
    power="**",
    imaginary="complex({}, {})",
    needs={
        "erf": "from jax.scipy.special import erf",
        "logistic": "from jax.nn import sigmoid",
        "softplus": "from jax.nn import softplus",
    },
)


def emit(routine: Routine) -> str:
    """A module with a function of (state, h, parameters...): shape (..., d) to (..., d).

    h and parameters broadcast against (...). Double precision needs jax_enable_x64, as everywhere in JAX.
    """
    body, d = Body(routine, LANGUAGE), routine.dimension
    lines = module(body, ["import jax.numpy as jnp"])
    lines += ["", "", signature(routine.name, ["state", *body.arguments])]
    shapes = ["state.shape[:-1]", *(f"jnp.shape({a})" for a in body.arguments)]
    lines += [
        "    state = jnp.asarray(state)",
        f"    dtype = jnp.result_type({', '.join(['state', *body.arguments, '1.0'])})",
        f"    shape = jnp.broadcast_shapes({', '.join(shapes)})",
        "    state = state.astype(dtype)",
        f"    {unpack(body.variables, f'(state[..., i] for i in range({d}))')}",
        *(f"    {line.name} = {line.text}" for line in body.lines),
    ]

    def stack(names: str) -> str:
        return f"jnp.stack([jnp.broadcast_to(v, shape) for v in {names}], axis=-1)"

    jacobian = f"{stack(outputs(d, d + d * d))}.reshape(*shape, {d}, {d})"
    lines.append(f"    field = {stack(outputs(0, d))}")
    lines.append(f"    return field, {jacobian}" if routine.jacobian else "    return field")
    return "\n".join(lines) + "\n"
