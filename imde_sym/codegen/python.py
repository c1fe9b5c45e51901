"""Plain Python with the math module, and what all Python targets share: docstring and table of names."""

from __future__ import annotations

from .language import Body, Language, functions
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


OWN = {"logistic": "logistic", "softplus": "softplus"}

LANGUAGE = Language(
    name="plain Python",
    functions=functions("math.", pow="math.pow", **OWN),  # ** would turn to complex numbers for a negative base
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
    return f"def {name}({', '.join(arguments)}):"


def unpack(names: list[str], value: str) -> str:
    """a, b = value, also for one name."""
    return f"{', '.join(names)}{',' * (len(names) == 1)} = {value}"


def outputs(low: int, high: int) -> str:
    """The list of some outputs."""
    return f"[{', '.join(f'out{k}' for k in range(low, high))}]"


def emit(routine: Routine) -> str:
    """A module with a function of (state, h, parameters...): a sequence of d numbers to a list of d numbers.

    With the Jacobian it returns that list and the list of rows.
    """
    body, d = Body(routine, LANGUAGE), routine.dimension
    lines = module(body, ["import math"])
    lines += ["", "", signature(routine.name, ["state", *body.arguments])]
    lines += [f"    {unpack(body.variables, 'state')}"]
    lines += [f"    {line.name} = {line.text}" for line in body.lines]
    lines.append(f"    field = {outputs(0, d)}")
    rows = ", ".join(outputs(k, k + d) for k in range(d, d + d * d, d))
    lines.append(f"    return field, [{rows}]" if routine.jacobian else "    return field")
    return "\n".join(lines) + "\n"
