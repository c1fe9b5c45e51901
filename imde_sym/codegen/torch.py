"""torch: a batched function through which autograd and torch.func differentiate."""

from __future__ import annotations

from .language import Body, Language, functions
from .names import PYTHON
from .python import module, results, signature, unpack
from .routine import Routine

_ATAN2 = '''

def atan2(y, x):
    """torch.atan2 that takes a number for one of its arguments."""
    like = y if torch.is_tensor(y) else x
    y, x = (v if torch.is_tensor(v) else torch.as_tensor(v, dtype=like.dtype, device=like.device) for v in (y, x))
    return torch.atan2(y, x)'''

_SOFTPLUS = '''

def softplus(x):
    """log(1 + exp(x)) to all digits: torch's own is linear from 20 on."""
    return torch.log(1 + torch.exp(x)) if torch.is_complex(x) else torch.nn.functional.softplus(x, threshold=50.0)'''

STACK = "torch.stack([tensor(v, state).expand(shape) for v in {}], dim=-1)"
LANGUAGE = Language(
    name="torch",
    functions=functions("torch", "torch."),
    reserved=PYTHON,
    power="**",
    imaginary="complex({}, {})",
    needs={"atan2": _ATAN2, "softplus": _SOFTPLUS},
    reuse=True,
)


def emit(routine: Routine) -> str:
    """A module with a function of (state, h, parameters...): tensor (..., d) to tensor (..., d).

    h and parameters are numbers or tensors that broadcast against (...).
    """
    body, d = Body(routine, LANGUAGE), routine.dimension
    lines = module(body, ["import torch"])
    lines += ["", "", "def tensor(value, state):", '    """A number in the precision and on the device of the state."""']
    lines.append("    return value if torch.is_tensor(value) else torch.as_tensor(value, dtype=state.dtype, device=state.device)")
    lines += ["", "", signature(routine.name, ["state", *body.arguments])]
    lines.append("    state = torch.as_tensor(state)")
    lines.append("    state = state if state.is_floating_point() or state.is_complex() else state.to(torch.get_default_dtype())")
    lines += [f"    {a} = tensor({a}, state)" for a in body.arguments]
    shapes = ["state.shape[:-1]", *(f"{a}.shape" for a in body.arguments)]
    lines.append(f"    shape = torch.broadcast_shapes({', '.join(shapes)})")
    lines.append(f"    {unpack(body.variables, 'state.unbind(-1)')}")
    lines += results(body, STACK.format("{}"), f"{STACK.format('{entries}')}.reshape(*shape, {d}, {d})")
    return "\n".join(lines) + "\n"
