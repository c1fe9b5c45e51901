"""Fields, methods, numbers out of the options of a command."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import sympy

from ..base.errors import ImdeError, MethodError, ParseError, SeriesError
from ..equations import ModifiedField, build_equation
from ..expressions import parse_expression
from ..expressions.declaring import AUTO
from ..fields import VectorField, systems
from ..fields.domain import point_of
from ..method import ButcherTableau, Method, as_method, method_from_data, methods
from ..serialization import from_json

MAX_BYTES = 2_000_000
_FILE = re.compile(r"[\w./~\\:-]+\.(txt|csv|json|tex|md|dat|in)")
"""Names that neither methods nor formulas have."""


def read_text(name: str, what: str) -> str:
    """What a file, or stdin for "-", holds. Raises ImdeError."""
    try:
        text = sys.stdin.read(MAX_BYTES) if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ParseError(f"cannot read the {what} {name[:80]}: {error}") from None
    if not text.strip():
        raise ParseError(f"the {what} {name[:80]} is empty")
    return text


def is_file(name: str) -> bool:
    """Whether it is the name of a file, or - for stdin. Raises ParseError for a file's name where there is none."""
    try:
        found = name == "-" or Path(name).is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False
    if not found and _FILE.fullmatch(name):
        raise ParseError(f"there is no file {name[:80]}")
    return found


def method_of(name: str) -> Method:
    """A name of the catalogue, a file that holds a tableau, or the text of one."""
    if name not in methods and is_file(name):
        return _stored_method(name)
    found: Method = as_method(name)
    return found


def _stored_method(name: str) -> Method:
    """The method that a file holds; one without a name is called as the file."""
    found: Method = as_method(_tableau_text(read_text(name, "tableau")))
    if found.name or name == "-":
        return found
    named: Method = method_from_data(found.to_dict() | {"name": Path(name).stem})
    return named


def _tableau_text(text: str) -> str:
    """Text that is a tableau and no name, even in one line."""
    return text if text.lstrip().startswith("{") or "\n" in text else f"{text}\n"


def equation_of(options: argparse.Namespace) -> ModifiedField:
    """The equation that the options ask for."""
    order = whole(options.order)
    return build_equation(field_of(options), method_option(options), order, options.direction, parts_of(options))


def parts_of(options: argparse.Namespace) -> list[list[str]] | None:
    """Lists of variables, one for each part."""
    return [[name.strip() for name in part.split(",")] for part in options.parts.split(";")] if options.parts else None


def start_of(options: argparse.Namespace, field: VectorField) -> list[Any] | None:
    """The initial value of --x0, in order or by name."""
    return point_of(field, options.x0) if options.x0 else None


def whole(text: str, option: str = "--order") -> int:
    """A whole number."""
    try:
        return int(text)
    except ValueError:
        raise SeriesError(f"{option} must be a positive integer, got {text[:40]!r}") from None


def field_of(options: argparse.Namespace) -> VectorField:
    """The field of --system or --equations, with its parameters."""
    if bool(options.system) == bool(options.equations):
        raise ImdeError("give either --system NAME or --equations TEXT")
    names: list[str] = []
    values = {}
    auto = options.parameters.strip() == AUTO and not options.system
    for item in filter(None, (p.strip() for p in ("" if auto else options.parameters).split(","))):
        name, equal, value = (part.strip() for part in item.partition("="))
        if not name.isidentifier():
            raise ParseError(f"{name[:40]!r} is not the name of a parameter; an example is --parameters 'a, b=1/2'")
        names.append(name)
        if equal:
            values[name] = parse_expression(value, {})
    if options.system:
        field = systems[options.system]
        if free := [n for n in names if n not in values]:
            raise ParseError(f"parameter {free[0]!r} of --system needs a value, such as {free[0]}=1")
        return field.with_parameters(**values) if values else field
    text = read_text(options.equations, "equations") if is_file(options.equations) else options.equations
    field = VectorField.parse(text, parameters=AUTO if auto else names)
    return field.with_parameters(**values) if values else field


def learned_field(options: argparse.Namespace) -> VectorField:
    """The field that --model holds."""
    if options.system or options.equations or options.parameters:
        raise ImdeError("give one of --model FILE, --system NAME and --equations TEXT; --parameters goes with the latter two")
    try:
        found = from_json(Path(options.model).read_text(encoding="utf-8"))
    except OSError as error:
        raise ParseError(f"cannot read {options.model}: {error}") from None
    except UnicodeDecodeError:
        found = None
    if not isinstance(found, VectorField):
        raise ParseError(
            f"{options.model} holds no field as JSON (VectorField.to_json; for a library model, model.to_field().to_json()). "
            "A network is not a formula: imde_sym.learn.debias(model, method, h) corrects it in Python"
        )
    return found


def method_option(options: argparse.Namespace) -> Method:
    """The method of --method, --tableau, or --A and --b."""
    given = [options.method, options.tableau, options.A or options.b]
    if sum(map(bool, given)) != 1:
        raise ImdeError("give one of --method NAME, --tableau FILE, or --A ROWS with --b LIST")
    if options.method:
        return method_of(options.method)
    if options.tableau:
        return _stored_method(options.tableau)
    if not (options.A and options.b):
        raise MethodError("--A and --b go together")
    return ButcherTableau(options.A, options.b)


def number(text: str, what: str) -> sympy.Expr:
    """One number."""
    found = numbers(text, what)
    if len(found) != 1:
        raise ParseError(f"{what} is one number, got {text[:60]!r}")
    return found[0]


def step_size(text: str) -> sympy.Expr:
    """The number of --h."""
    h = number(text, "--h")
    if not h.is_real or h.is_zero:
        raise ParseError(f"--h is the step size T/S, a real number other than 0; got {text[:40]!r}")
    return h


def numbers(text: str, what: str) -> list[sympy.Expr]:
    """A list of numbers."""
    entries = text.strip().strip("[]").split(",")
    if not all(e.strip() for e in entries):
        raise ParseError(f"{what}: {text[:60]!r} is not a list of numbers separated by commas")
    return [parse_expression(e, {}) for e in entries]
