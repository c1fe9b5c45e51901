"""Julia: an in-place function and one that allocates its result; generic in the element type."""

from __future__ import annotations

from .language import Body, Language, Slots, functions, imports
from .names import JULIA
from .routine import Routine

SLOTS = Slots("out[{k}]", "jacobian[{i}, {j}]", first=1)
LANGUAGE = Language(
    name="Julia",
    functions=functions("Julia"),
    reserved=JULIA,
    power="^",
    imaginary="complex({}, {})",
    needs=imports("Julia", "using {}: {}")
    | {
        "logistic": "logistic(x) = (real(x) >= 0 ? one(x) : exp(x))/(1.0 + exp(real(x) >= 0 ? -x : x))",
        "softplus": "softplus(x) = real(x) >= 0 ? x + log1p(exp(-x)) : log1p(exp(x))",
    },
)


def emit(routine: Routine) -> str:
    """f_h!(out, state, h, parameters...) and f_h(state, h, parameters...), for vectors of length d.

    With the Jacobian f_h!(out, jacobian, state, ...) fills a d×d matrix too, and f_h returns both.
    """
    body, d, name = Body(routine, LANGUAGE), routine.dimension, routine.name
    arguments = ["state", *body.arguments]
    targets = ["out", *["jacobian"] * routine.jacobian]
    lines = [f"# {line}" for line in body.header()]
    lines += [*body.preamble, "", f"function {name}!({', '.join([*targets, *arguments])})"]
    lines += [f"    {v} = state[{i + 1}]" for i, v in enumerate(body.variables) if v in body.used]
    lines += [f"    {place} = {text}" for place, text in body.assignments(SLOTS)]
    types = ", ".join(["float(eltype(state))", *(f"typeof({a})" for a in body.arguments)])
    lines += [f"    return {', '.join(targets)}", "end", "", f"function {name}({', '.join(arguments)})"]
    lines += [f"    kind = promote_type({types})", f"    out = similar(state, kind, {d})"]
    lines += [f"    jacobian = similar(state, kind, {d}, {d})"] * routine.jacobian
    lines += [f"    return {name}!({', '.join([*targets, *arguments])})", "end"]
    return "\n".join(lines) + "\n"
