"""Options of generated code, and a C project around a corrected one-step integrator."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..base.errors import CodegenError, FieldError, ImdeError
from ..codegen import TARGETS, FieldOptions
from ..codegen.numbers import nearest
from ..equations import ModifiedField
from ..rings import scalar
from .inputs import step_size

STEPS = 1000

MAIN = """\
/* {count} steps of {name}, h = {h}: prints the time and the state, every {every} steps. */
#include <stdio.h>
#include "{name}.h"

int main(void)
{{
    const double h = {h};
    double state[{d}] = {{{start}}}, next[{d}];
    for (int n = 0; n <= {count}; ++n) {{
        if (n % {every} == 0) {{
            printf("%.6g", n * h);
            for (int i = 0; i < {d}; ++i)
                printf(" %.17g", state[i]);
            printf("\\n");
        }}
        {name}(state, next);
        for (int i = 0; i < {d}; ++i)
            state[i] = next[i];
    }}
    return 0;
}}
"""
MAKEFILE = """\
CC ?= cc
CFLAGS ?= -std=c11 -O2 -Wall -Werror

{name}: main.c {name}.c {name}.h
\t$(CC) $(CFLAGS) -o $@ main.c {name}.c -lm

clean:
\trm -f {name}

.PHONY: clean
"""


def code_options(options: argparse.Namespace) -> dict[str, Any]:
    """Options of `ModifiedField.source` among those of `derive`. Raises CodegenError where the format is no language."""
    given = {
        "stepper": options.stepper or None,
        "h": step_size(options.h) if options.h else None,
        "name": options.name,
        "jacobian": options.jacobian or None,
        "part": options.part,
    }
    found = {key: value for key, value in given.items() if value is not None}
    if found and options.format not in TARGETS:
        languages = ", ".join(TARGETS)
        raise CodegenError(f"--{next(iter(found))} is for code: --format is one of {languages}; got {options.format}")
    return found


def write_project(F: ModifiedField, options: argparse.Namespace, code: dict[str, Any]) -> int:
    """Source, header, main and Makefile of a stepper in C."""
    if options.format != "c" or not options.stepper or not options.h:
        raise CodegenError("--project goes with --format c, --stepper and --h NUMBER")
    if free := [*F.field.free_parameters, *F.method.parameters]:
        raise FieldError(f"a program needs numbers: parameter {free[0]} has no value")
    name = options.name or "step"
    options_of = FieldOptions(**code | {"name": name})  # type: ignore[typeddict-item]
    files = {f"{name}.c": F.source("c", **options_of), f"{name}.h": F.source("c-header", **options_of)}
    x0 = F.field.info.get("x0") or [1] * len(F.variables)
    values = {
        "name": name,
        "d": len(F.variables),
        "h": repr(nearest(scalar(code["h"]))),
        "start": ", ".join(repr(nearest(scalar(x))) for x in x0),
        "count": STEPS,
        "every": STEPS // 10,
    }
    files |= {"main.c": MAIN.format(**values), "Makefile": MAKEFILE.format(**values)}
    folder = Path(options.project)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ImdeError(f"cannot write the project to {folder}: {error.strerror}") from None
    print(f"{folder}: {', '.join(files)}; make -C {folder} && {folder / name}")
    return 0
