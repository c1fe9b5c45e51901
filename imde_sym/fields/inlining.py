"""A function of JAX arrays written out: what `jet` needs of functions with rules of their own for first derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "checkpoint": "jaxpr",
    "remat2": "jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
}
"""Operations that are functions, by what holds their program: jet loses its tracers in the last two, and knows no checkpoints."""
ALIKE = ("max", "min", "select_n")
"""Operations whose rules in jet want operands of one shape, where JAX also takes numbers."""


def written_out(jax: Any, f: Callable[..., Any], points: Sequence[Any]) -> Callable[..., Any]:
    """f at points of these shapes, one operation after the other; f itself where its value is not an array.

    log(exp a + exp b), which softplus and mish are made of, has kinks in it that cancel: it is written without them.
    """
    traced, shape = jax.make_jaxpr(f, return_shape=True)(*points)
    return (lambda *given: _run(jax, traced.jaxpr, traced.consts, given)[0]) if hasattr(shape, "shape") else f


def _run(jax: Any, program: Any, consts: Sequence[Any], given: Sequence[Any]) -> list[Any]:
    known: dict[Any, Any] = dict(zip([*program.constvars, *program.invars], [*consts, *given], strict=True))

    def read(v: Any) -> Any:
        return v.val if hasattr(v, "val") else known[v]

    for equation in program.eqns:
        name, values = equation.primitive.name, [read(v) for v in equation.invars]
        body = equation.params.get(CALLS.get(name, ""))
        inner = getattr(body, "jaxpr", body)
        if body is not None and _source(inner) == "logaddexp":
            found = [_log_of_sum(jax.numpy, *values)]
        elif body is not None:
            found = _run(jax, inner, getattr(body, "consts", ()), values)
        else:
            if name in ALIKE:
                shape = equation.outvars[0].aval.shape
                values = [v if i == 0 and name == "select_n" else jax.numpy.broadcast_to(v, shape) for i, v in enumerate(values)]
            answer = equation.primitive.bind(*values, **equation.params)
            found = list(answer) if equation.primitive.multiple_results else [answer]
        known.update(zip(equation.outvars, found, strict=True))
    return [read(v) for v in program.outvars]


def _source(program: Any) -> str:
    """The name of the function that a program was traced from."""
    known = getattr(program, "debug_info", None)
    return str(getattr(known, "func_name", None) or getattr(known, "func_src_info", "")).partition(" ")[0]


def _log_of_sum(jnp: Any, a: Any, b: Any) -> Any:
    """log(exp a + exp b), with the right series where a = b."""
    d = a - b
    return b + jnp.where(d > 0, d + jnp.log1p(jnp.exp(-d)), jnp.log1p(jnp.exp(d)))
