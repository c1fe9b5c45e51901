"""C99: a header and a source file; plain loops over restrict pointers, no allocation."""

from __future__ import annotations

from typing import Any

from .language import Body, Language, Slots, functions
from .names import C
from .numbers import DOUBLE, SINGLE, real_text
from .routine import Routine


def number(value: Any, precision: str) -> str:
    """A literal of this precision."""
    return real_text(value, SINGLE, "f") if precision == "float" else real_text(value, DOUBLE)


_LOGISTIC = """#ifndef IMDE_LOGISTIC{S}
#define IMDE_LOGISTIC{S}
static {real} imde_logistic{s}({real} x)
{{
    const {real} e = exp{s}(-fabs{s}(x));
    return (x >= 0 ? 1 : e)/(1 + e);
}}
#endif"""

_SOFTPLUS = """#ifndef IMDE_SOFTPLUS{S}
#define IMDE_SOFTPLUS{S}
static {real} imde_softplus{s}({real} x)
{{
    return fmax{s}(x, 0) + log1p{s}(exp{s}(-fabs{s}(x)));
}}
#endif"""


def _language(suffix: str) -> Language:
    real = "float" if suffix else "double"
    helpers = {"logistic": _LOGISTIC, "softplus": _SOFTPLUS}
    needs = {n: text.format(real=real, s=suffix, S=suffix.upper()) for n, text in helpers.items()}
    return Language("C", functions("C", "", suffix) | {"pow": f"pow{suffix}"}, C, number=number, needs=needs)


SLOTS = Slots("out[{k}]", "jacobian[{n}]")
LANGUAGES = {"double": _language(""), "float": _language("f")}


def _signatures(routine: Routine, body: Body) -> tuple[str, str]:
    real, name = routine.precision, routine.name
    middle = [f"{real} {body.step}"] * routine.has_h
    middle += [f"const {name}_parameters *restrict parameters"] * bool(body.parameters)
    one = [f"const {real} *restrict state", *middle, f"{real} *restrict out"]
    many = ["size_t count", f"const {real} *restrict states", *middle, f"{real} *restrict outs"]
    if routine.jacobian:
        one.append(f"{real} *restrict jacobian")
        many.append(f"{real} *restrict jacobians")
    return f"void {name}({', '.join(one)})", f"void {name}_batch({', '.join(many)})"


def _comment(lines: list[str]) -> str:
    return "/* " + "\n   ".join(lines) + " */"


def header(routine: Routine) -> str:
    """The header: the parameters' struct and the prototypes, with an include guard."""
    body = Body(routine, LANGUAGES[routine.precision])
    d, one_many = routine.dimension, _signatures(routine, body)
    guard = f"IMDE_{routine.name.upper()}_H"
    about = [*body.header(), f"state and out hold {d} numbers; the batch takes `count` points, one after the other."]
    if routine.jacobian:
        about.append(f"jacobian holds {d * d} numbers, row by row: d(out[i])/d(state[j]) at {d}*i + j.")
    lines = [_comment(about), f"#ifndef {guard}", f"#define {guard}", "", "#include <stddef.h>", ""]
    if body.parameters:
        fields = "\n".join(f"    {routine.precision} {p};" for p in body.parameters)
        lines += ["typedef struct {", fields, f"}} {routine.name}_parameters;", ""]
    return "\n".join([*lines, *(f"{s};" for s in one_many), "", "#endif"]) + "\n"


def emit(routine: Routine) -> str:
    """The source file. It repeats the header under its include guard, so it compiles with or without that file."""
    real, name, d = routine.precision, routine.name, routine.dimension
    body = Body(routine, LANGUAGES[real])
    one, many = _signatures(routine, body)
    lines = [header(routine), "#include <math.h>", "", *(f"{p}\n" for p in body.preamble), one, "{"]
    lines += [f"    const {real} {v} = state[{i}];" for i, v in enumerate(body.variables) if v in body.used]
    lines += [f"    const {real} {p} = parameters->{p};" for p in body.parameters if p in body.used]
    idle = [body.step] * (routine.has_h and body.step not in body.used)
    idle += ["parameters"] * (bool(body.parameters) and not body.used & set(body.parameters))
    idle += ["state"] * (not body.used & set(body.variables))
    lines += [f"    (void){n};" for n in idle]
    temporaries = {*body.temporaries}
    lines += [f"    {f'const {real} ' * (v in temporaries)}{v} = {text};" for v, text in body.assignments(SLOTS)]
    call = [f"states + {d}*point", *[body.step] * routine.has_h, *["parameters"] * bool(body.parameters), f"outs + {d}*point"]
    call += [f"jacobians + {d * d}*point"] * routine.jacobian
    lines += ["}", "", many, "{", "    for (size_t point = 0; point < count; ++point)"]
    lines += [f"        {name}({', '.join(call)});", "}"]
    return "\n".join(lines) + "\n"
