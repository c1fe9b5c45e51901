"""Fortran 2008: a module of pure procedures that C can call as well."""

from __future__ import annotations

from typing import Any

from .language import Body, Language, Slots, functions
from .names import FORTRAN
from .numbers import DOUBLE, SINGLE, real_text
from .routine import Routine

WIDTH = 120
"""Characters of a line; the standard allows 132."""


def number(value: Any, precision: str) -> str:
    """A literal of the kind `rk`."""
    return real_text(value, SINGLE if precision == "float" else DOUBLE, "_rk")


_LOGISTIC = """
  pure elemental function logistic(x) result(value)
    real(rk), intent(in) :: x
    real(rk) :: value
    value = exp(-abs(x))
    value = merge(1.0_rk, value, x >= 0.0_rk)/(1.0_rk + value)
  end function logistic"""

_SOFTPLUS = """
  pure elemental function softplus(x) result(value)
    real(rk), intent(in) :: x
    real(rk) :: value, above
    value = exp(-abs(x))
    above = 1.0_rk + value
    if (above > 1.0_rk) value = log(above)*(value/(above - 1.0_rk))
    value = value + max(x, 0.0_rk)
  end function softplus"""

SLOTS = Slots("out({k})", "jacobian({i}, {j})", first=1)
LANGUAGE = Language(
    name="Fortran",
    functions=functions("Fortran"),
    reserved=FORTRAN,
    power="**",
    number=number,
    reuse=True,
    fold_case=True,
    needs={"logistic": _LOGISTIC, "softplus": _SOFTPLUS},
)


def _wrap(text: str, indent: str) -> list[str]:
    """A statement in lines of at most WIDTH characters, broken after commas."""
    lines, line = [], indent
    for word in text.split(", "):
        if len(line) + len(word) + 4 > WIDTH and line.strip():
            lines.append(f"{line}&")
            line = f"{indent}  "
        line += f"{word}, "
    return [*lines, line[:-2]]


def emit(routine: Routine) -> str:
    """A module imde_f_h with f_h(state, h, parameters..., out) and f_h_batch for arrays of shape (d, n).

    With the Jacobian an argument jacobian(i, j) = d out(i) / d state(j) comes last.
    """
    body, d, name = Body(routine, LANGUAGE), routine.dimension, routine.name
    kind = "c_float" if routine.precision == "float" else "c_double"
    values = [f"real(rk), intent(in), value :: {a}" for a in body.arguments]
    names = [*body.arguments, "out", *["jacobian"] * routine.jacobian]
    lines = [f"! {line}" for line in body.header()]
    lines += [
        f"module imde_{name}",
        f"  use, intrinsic :: iso_c_binding, only: rk => {kind}, c_size_t",
        "  implicit none",
        "  private",
        f"  public :: {name}, {name}_batch",
        "contains",
        *_wrap(f'pure subroutine {name}({", ".join(["state", *names])}) bind(c, name="{name}")', "  "),
        f"    real(rk), intent(in) :: state({d})",
        *(f"    {v}" for v in values),
        f"    real(rk), intent(out) :: out({d})",
    ]
    lines += [f"    real(rk), intent(out) :: jacobian({d}, {d})"] * routine.jacobian
    state = [v for v in body.variables if v in body.used]
    if local := [*state, *body.temporaries]:
        lines += _wrap(f"real(rk) :: {', '.join(local)}", "    ")
    lines += [f"    {v} = state({i + 1})" for i, v in enumerate(body.variables) if v in body.used]
    lines += [f"    {place} = {text}" for place, text in body.assignments(SLOTS)]
    batch = [*body.arguments, "outs", *["jacobians"] * routine.jacobian]
    call = ["states(:, point)", *body.arguments, "outs(:, point)", *["jacobians(:, :, point)"] * routine.jacobian]
    lines += [
        f"  end subroutine {name}",
        "",
        *_wrap(f'pure subroutine {name}_batch({", ".join(["count", "states", *batch])}) bind(c, name="{name}_batch")', "  "),
        "    integer(c_size_t), intent(in), value :: count",
        f"    real(rk), intent(in) :: states({d}, count)",
        *(f"    {v}" for v in values),
        f"    real(rk), intent(out) :: outs({d}, count)",
    ]
    lines += [f"    real(rk), intent(out) :: jacobians({d}, {d}, count)"] * routine.jacobian
    lines += [
        "    integer(c_size_t) :: point",
        "    do point = 1, count",
        *_wrap(f"call {name}({', '.join(call)})", "      "),
        "    end do",
        f"  end subroutine {name}_batch",
        *body.preamble,
        f"end module imde_{name}",
    ]
    return "\n".join(lines) + "\n"
