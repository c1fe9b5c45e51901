"""JAX: a pure function that jit, vmap, grad, jvp and the like accept."""

from __future__ import annotations

from .language import Body, Language, functions, imports
from .names import PYTHON
from .python import FROM, module, results, signature, unpack
from .routine import Routine

STACK = "jnp.stack([jnp.broadcast_to(v, shape) for v in {}], axis=-1)"
LANGUAGE = Language(
    name="JAX",
    functions=functions("JAX", "jnp."),
    reserved=PYTHON,
    power="**",
    imaginary="complex({}, {})",
    needs=imports("JAX", FROM),
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
        *results(body, STACK.format("{}"), f"{STACK.format('{entries}')}.reshape(*shape, {d}, {d})"),
    ]
    return "\n".join(lines) + "\n"
