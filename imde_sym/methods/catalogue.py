"""The catalogue of methods: plain data in `data/*.json`, read when first asked for."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from ..catalogue import Catalogue
from .tableau import ButcherTableau, tableau_from_data


def _load() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for path in sorted(files(__package__).joinpath("data").iterdir(), key=lambda p: p.name):
        if path.name.endswith(".json"):
            entries.extend(json.loads(path.read_text(encoding="utf-8"))["methods"])
    return entries


def _build(entry: dict[str, Any]) -> ButcherTableau:
    """Rows in the data stop at their last entry that is not zero."""
    width = len(entry["b"])
    return tableau_from_data(entry | {"A": [row + ["0"] * (width - len(row)) for row in entry["A"]]})


methods: Catalogue[ButcherTableau] = Catalogue("method", _load, _build)
