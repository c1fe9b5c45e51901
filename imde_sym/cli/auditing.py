"""imde-sym audit: a formula, or a program, on trial."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..base.errors import ImdeError, ParseError
from ..base.values import read_json
from ..equations import build_equation
from ..serialization import from_json
from ..verify import audit as run_audit
from ..verify.trial.command import command_claim
from ..verify.trial.formulas import DEFAULT_ORDER
from ..verify.trial.judge import judge_function
from .inputs import field_of, is_file, method_option, number, parts_of, read_text, start_of, whole


def audit(options: argparse.Namespace) -> int:
    """Hold a claim against the equation; 1 where it is wrong, or not decided."""
    if bool(options.claim) == bool(options.run):
        raise ImdeError("give the claim, as text, FILE or - for stdin, or --run COMMAND, and not both")
    field = field_of(options) if options.system or options.equations else None
    method, order = method_option(options), whole(options.order) if options.order else None
    x0 = None if field is None else start_of(options, field)
    tolerance = number(options.tolerance, "--tolerance") if options.tolerance else None
    if options.run:
        if field is None:
            raise ImdeError("--run computes a field: give --system NAME or --equations TEXT")
        F = build_equation(field, method, order or DEFAULT_ORDER, options.direction, parts_of(options))
        limit = float(number(options.timeout, "--timeout"))
        if not limit > 0:
            raise ParseError(f"--timeout is a number of seconds, got {options.timeout[:40]!r}")
        found = judge_function(command_claim(options.run, field.dimension, limit), F, x0, tolerance)
    else:
        asked: dict[str, Any] = {"parts": parts_of(options), "x0": x0, "convention": options.convention, "tolerance": tolerance}
        found = run_audit(_claim(options.claim), field, method, options.direction, order, **asked)
    print(json.dumps(found.to_dict()) if options.format == "json" else found)
    return 0 if found.ok else 1


def _claim(given: str) -> Any:
    """The text of a claim; a value of the package, or a mapping, where it is JSON."""
    text = read_text(given, "claim") if is_file(given) else given
    if not text.lstrip().startswith("{"):
        return text
    data = read_json(text, "claim")
    return from_json(text) if "format" in data else data
