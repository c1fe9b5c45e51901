"""The catalogue of systems: plain data in `data/systems.json`, read when first asked for.

An entry has equations, or variables and the structure that generates them, or the name and size of a
family; further a reference, a domain, an initial value x0, and conserved quantities as `invariants`.
"""

from __future__ import annotations

import json
from functools import partial
from importlib.resources import files
from typing import Any

import sympy

from ..base.catalogue import Catalogue
from ..expressions import parse_expression
from .families import FAMILIES
from .field import VectorField
from .structure import Structure

USED = ("name", "equations", "variables", "family", "size", "parameters", "structure")


def _load() -> list[dict[str, Any]]:
    path = files(__package__).joinpath("data", "systems.json")
    systems: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["systems"]
    return systems


def _build(entry: dict[str, Any]) -> VectorField:
    options = {k: v for k, v in entry.items() if k not in USED} | {"name": entry["name"]}
    parameters = {sympy.Symbol(n): v for n, v in entry.get("parameters", {}).items()}
    if "family" in entry:
        return FAMILIES[entry["family"]](entry["size"], parameters=parameters, **options)
    if "structure" not in entry:
        return VectorField.parse(entry["equations"], entry.get("parameters", ()), **options)
    if "equations" in entry:
        field = VectorField.parse(entry["equations"], entry.get("parameters", ()))
        variables, components = field.variables, field.template
    else:
        variables, components = tuple(map(sympy.Symbol, entry["variables"])), None
    read = partial(parse_expression, names={str(s): s for s in (*variables, *parameters)})
    structure = Structure.from_dict(entry["structure"], read)
    right = structure.components(variables) if components is None else components
    return VectorField(variables, right, parameters=parameters, structure=structure, **options)


systems: Catalogue[VectorField] = Catalogue("system", _load, _build)
"""The catalogue of systems, by name: `systems["pendulum"]`, `systems.search("chaos")`."""
