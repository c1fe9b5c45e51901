"""Plain Python with the math module, and what all Python targets share: docstring and table of names."""

from __future__ import annotations

from .language import Body, Language, Slots, functions
from .names import PYTHON, escape
from .routine import Routine

LOGISTIC = '''

{decorator}def logistic(x):
    """1/(1 + exp(-x)) for every x."""
    e = math.exp(-abs(x))
    return (1.0 if x >= 0.0 else e)/(1.0 + e)'''

SOFTPLUS = '''

{decorator}def softplus(x):
    """log(1 + exp(x)) for every x."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))'''


def helpers(decorator: str = "") -> dict[str, str]:
    """What the math module lacks."""
    return {"logistic": LOGISTIC.format(decorator=decorator), "softplus": SOFTPLUS.format(decorator=decorator)}


FROM = "from {} import {}"
"""How a function is imported from a module."""

LANGUAGE = Language(
    name="plain Python",
    functions=functions("plain Python", "math.") | {"pow": "math.pow"},  # ** would turn to complex numbers for a negative base
    needs=helpers(),
    reserved=PYTHON,
)


def module(body: Body, imports: list[str]) -> list[str]:
    """Docstring, imports and, where symbols have other names in the code, the dict NAMES."""
    lines = ['"""' + "\n".join(body.header()), '"""', "", *imports, *body.preamble]
    if body.renamed:
        pairs = ", ".join(f'"{i}": "{escape(n)}"' for n, i in body.renamed.items())
        lines += ["", f"NAMES = {{{pairs}}}"]
    return lines


def signature(name: str, arguments: list[str]) -> str:
    """The first line of a function."""
    return f"def {name}({', '.join(arguments)}):"


def unpack(names: list[str], value: str) -> str:
    """a, b = value, also for one name."""
    return f"{', '.join(names)}{',' * (len(names) == 1)} = {value}"


OUTPUTS = Slots("out{output}", "out{output}")


def results(body: Body, field: str, jacobian: str) -> list[str]:
    """The body of a function: the assignments, then the outputs are put together and returned.

    field    : the code of the field, {} in the place of the list of its components
    jacobian : that of the Jacobian, {entries} in the place of the list of its entries, or {rows} of that of its rows
    """
    d = body.routine.dimension
    names = [OUTPUTS.place(k, d) for k in range(len(body.routine.program.outputs))]
    rows = [f"[{', '.join(names[k : k + d])}]" for k in range(0, len(names), d)]
    lines = [f"    {place} = {text}" for place, text in body.assignments(OUTPUTS)]
    lines.append(f"    field = {field.format(rows[0])}")
    if not body.routine.jacobian:
        return [*lines, "    return field"]
    entries = f"[{', '.join(names[d:])}]"
    return [*lines, f"    return field, {jacobian.format(entries=entries, rows=', '.join(rows[1:]))}"]


def emit(routine: Routine) -> str:
    """A module with a function of (state, h, parameters...): a sequence of d numbers to a list of d numbers.

    With the Jacobian it returns that list and the list of rows.
    """
    body = Body(routine, LANGUAGE)
    lines = module(body, ["import math"])
    lines += ["", "", signature(routine.name, ["state", *body.arguments])]
    lines += [f"    {unpack(body.variables, 'state')}"]
    lines += results(body, "{}", "[{rows}]")
    return "\n".join(lines) + "\n"
