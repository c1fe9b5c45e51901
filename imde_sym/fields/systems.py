"""The catalogue of systems: plain data in `data/systems.json`, read when first asked for."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from ..catalogue import Catalogue
from .field import VectorField


def _load() -> list[dict[str, Any]]:
    path = files(__package__).joinpath("data", "systems.json")
    return json.loads(path.read_text(encoding="utf-8"))["systems"]


def _build(entry: dict[str, Any]) -> VectorField:
    info = {k: v for k, v in entry.items() if k not in ("name", "equations", "parameters")}
    return VectorField.parse(entry["equations"], entry.get("parameters", ()), name=entry["name"], **info)


systems: Catalogue[VectorField] = Catalogue("system", _load, _build)
