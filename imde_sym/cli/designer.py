"""The commands of a person who designs methods: `method` and `compare`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..base.errors import ImdeError
from ..base.tables import aligned
from ..method import Method, cite
from ..verify import compare as run_compare
from ..verify.comparing import conditions, structure_orders
from .inputs import field_of, method_of, start_of, whole

MOST = 6
"""Conditions are listed up to this order unless more are asked for."""


def method(options: argparse.Namespace) -> int:
    """imde-sym method: all that is known of a method."""
    found = method_of(options.name)
    if options.format in ("latex", "bibtex"):
        print(found.latex() if options.format == "latex" else cite(found))
        return 0
    order = whole(options.order) if options.order else min(found.order + 1, MOST)
    orders = {name: value for name, value in structure_orders(found).items() if value is not None}
    try:
        rows = conditions(found, order)
    except ImdeError as error:
        if options.order:
            raise
        rows, why = [], str(error)
    if options.format == "json":
        plain = [{k: v if isinstance(v, int) else str(v) for k, v in row.items()} for row in rows]
        print(json.dumps({"method": found.to_dict(), "order": found.order, "conditions": plain} | orders))
        return 0
    print(found.describe())
    for name, value in orders.items():
        print(f"{name.ljust(20)}{value}")
    print(f"\n{_conditions(found, rows) if rows else f'no order conditions: {why}'}")
    if found.reference:
        print(f"\n{cite(found)}")
    return 0


def _conditions(found: Method, rows: list[dict[str, Any]]) -> str:
    head = ["order", "tree", "weight", "1/density", "residual", ""]
    words = [
        [str(r["order"]), r["tree"], *(_short(r[k]) for k in ("weight", "exact", "residual")), "pass" if r["passed"] else "fail"]
        for r in rows
    ]
    lines = "\n".join(aligned(words, head))
    return f"order conditions: all hold up to order {found.order}\n{lines}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 24 else f"{complex(value).real:.6g}"


def compare(options: argparse.Namespace) -> int:
    """imde-sym compare: methods beside each other."""
    given = [method_of(name) for name in options.names]
    field = field_of(options) if options.system or options.equations else None
    if options.x0 and field is None:
        raise ImdeError("--x0 goes with --system or --equations")
    x0 = None if field is None else start_of(options, field)
    found = run_compare(given, field, x0=x0)
    print(json.dumps(found.to_dict()) if options.format == "json" else found)
    return 0
