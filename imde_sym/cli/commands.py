"""What the commands do, once their arguments are parsed."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import webbrowser
from typing import Any

import sympy

from ..base.catalogue import Catalogue
from ..base.checks import check_order
from ..base.errors import CodegenError, ParseError, WrongCodeError
from ..base.libraries import library
from ..codegen import TARGETS
from ..documents import FORMATS as DOCUMENTS
from ..documents import write_document
from ..equations import ModifiedField, build_equation
from ..equations.held import hold
from ..expressions.layout import Text, numerals_of
from ..fields import systems
from ..fields.formulas import terms_of
from ..geometry import structure_report
from ..method import methods
from ..prediction import bound as run_bound
from ..prediction import predict as run_predict
from ..series import inverse_modified_series, method_series, modified_series
from ..trees import Gallery, check_tree_order, formula_table, rooted_trees, tree_table
from ..verify import check as run_check
from .arguments import parser
from .auditing import audit
from .designer import compare, method
from .inputs import equation_of, field_of, learned_field, method_option, number, numbers, parts_of, start_of, step_size, whole
from .project import code_options, write_project

SERIES = {"inverse": inverse_modified_series, "forward": modified_series, "method": method_series}
MAX_DIGITS = 100
DEBIAS_ORDER = 4


def derive(options: argparse.Namespace) -> int:
    """Print the equation."""
    F = equation_of(options)
    code = code_options(options)
    if options.project:
        return write_project(F, options, code)
    if options.format not in TARGETS:
        _note_of_code(F)
    if options.format == "latex":
        print(F.latex())
    elif options.format == "json":
        print(F.to_json())
    elif options.format in DOCUMENTS:
        print(write_document(F, options.format), end="")
    elif options.format in TARGETS:
        print(F.source(options.format, **code), end="")
    else:
        print(F)
    return 0


def _note_of_code(F: ModifiedField) -> None:
    """Say on the error stream where formulas, exact as they are, would not give the user's field in float64."""
    try:
        hold(F, {})
    except WrongCodeError as error:
        print(f"imde-sym: note: {error}", file=sys.stderr)
    except CodegenError:  # nothing that float64 could evaluate
        pass


def check(options: argparse.Namespace) -> int:
    """Hold the equation against trajectories; 1 where they disagree."""
    F = equation_of(options)
    steps = numbers(options.steps, "--steps") if options.steps else None
    report = run_check(F, x0=start_of(options, F.field), steps=steps)
    print(json.dumps(report.to_dict()) if options.format == "json" else report.table())
    return 0 if report.passed else 1


def predict(options: argparse.Namespace) -> int:
    """Print what a perfect learner learns, and how wrong it is."""
    found = run_predict(
        field_of(options),
        method_option(options),
        numbers(options.T, "--T"),
        numbers(options.S, "--S"),
        options.domain,
        target=numbers(options.target, "--target")[0] if options.target else None,
        norm=options.norm,
        order=whole(options.order) if options.order else None,
        parts=parts_of(options),
        rigorous=options.rigorous,
    )
    print(found.to_json() if options.format == "json" else found.table())
    return 0


def bound(options: argparse.Namespace) -> int:
    """Print a bound of the error of what is learned, with what it rests on."""
    found = run_bound(
        field_of(options),
        method_option(options),
        number(options.h, "--h"),
        options.domain,
        order=whole(options.order) if options.order else None,
        loss=number(options.loss, "--loss") if options.loss else None,
        M_theta=number(options.M_theta, "--M-theta") if options.M_theta else None,
        S=whole(options.S, "--S"),
        direction=options.direction,
        parts=parts_of(options),
    )
    print(found.to_json() if options.format == "json" else found.table())
    return 0


def structure(options: argparse.Namespace) -> int:
    """Print which structure the equation keeps."""
    rho = {name.strip(): -1 for name in options.reversing.split(",")} if options.reversing else None
    report = structure_report(equation_of(options), options.invariant, rho)
    print(json.dumps(report.to_dict()) if options.format == "json" else report)
    return 0


def debias(options: argparse.Namespace) -> int:
    """Print a learned field without the effect of its method."""
    learned = learned_field(options) if options.model else field_of(options)
    h = step_size(options.h)
    method = method_option(options)
    order = whole(options.order) if options.order else max(DEBIAS_ORDER, method.order + 2)
    corrected = build_equation(learned, method, order, "forward", parts_of(options)).as_field(h)
    if options.format != "text":
        print(corrected.to_json() if options.format == "json" else corrected.latex())
        return 0
    digits = check_order(whole(options.digits, "--digits"), MAX_DIGITS, "--digits") if options.digits else None
    script = Text(numerals_of(corrected.components))
    for name, component in zip(corrected.variables, map(sympy.expand, corrected.components), strict=True):
        shown = script.sum(terms_of(component, "expanded")) if digits is None else component.evalf(digits)
        print(f"{name}' = {shown}")
    return 0


def learn(options: argparse.Namespace) -> int:
    """Run an experiment, or list them; 1 where a cell failed, 130 where it was interrupted, with the results so far."""
    from ..experiments.experiments import EXPERIMENTS, experiment

    if not options.experiment:
        return _print_table([(name, e.title) for name, e in EXPERIMENTS.items()])
    workers = whole(options.workers, "--workers") if options.workers else None
    chosen = experiment(options.experiment)
    study = chosen.study("quick" if options.quick else "full" if options.full else "normal", options.store)
    limit, interrupted = whole(options.limit, "--limit") if options.limit else None, False
    try:
        study.run(workers=workers, retry_failed=options.retry_failed, limit=limit)
    except KeyboardInterrupt:
        print("imde-sym: interrupted; the results so far", file=sys.stderr)
        interrupted = True
    if options.csv:
        study.to_csv(options.csv)
    if options.plot and (rows := study.results()):
        try:
            chosen.plot(rows).savefig(options.plot)
        except (OSError, ValueError) as error:
            raise ParseError(f"cannot write a picture to {options.plot}: {error}") from None
    print(json.dumps(study.results()) if options.format == "json" else chosen.report(study))
    for failure in study.failures():
        print(f"{failure.cell}: {failure.error}", file=sys.stderr)
    return 130 if interrupted else 1 if study.status.failed else 0


def series(options: argparse.Namespace) -> int:
    """Print a B-series."""
    found = SERIES[options.direction](method_option(options), whole(options.order))
    if options.format == "json":
        print(found.to_json())
    else:
        print(found.latex() if options.format == "latex" else found.table())
    return 0


def trees(options: argparse.Namespace) -> int:
    """Print the rooted trees of one order."""
    colors = whole(options.colors, "--colors")
    # all trees are printed: an order whose table would not fit in memory is refused, as one that never ends
    tree_table(colors).require(check_tree_order(whole(options.order), colors, "the order of a tree"))
    found = rooted_trees(whole(options.order), colors)
    if options.format == "svg":
        print(Gallery(found).svg())
    elif options.format == "latex":
        print(formula_table(found, colored=colors > 1))
    elif options.format == "text":
        for t in found:
            line = f"{t.brackets}  symmetry {t.symmetry}  density {t.density}  alpha {t.alpha}"
            print(f"{line}\n{t.ascii(upright=True)}\n" if options.draw else line)
    else:
        for t in found:
            print(f"% {t.brackets}\n{t.tikz() if options.format == 'tikz' else t.forest()}\n")
    return 0


def list_methods(options: argparse.Namespace) -> int:
    """Print the catalogue of methods, or what a search finds."""
    numbers: Any = {key: whole(getattr(options, key), f"--{key}") for key in ("order", "stages") if getattr(options, key)}
    flags = {key: getattr(options, key) for key in ("explicit", "symplectic", "symmetric", "embedded", "a_stable", "l_stable")}
    found = methods.search(options.search, family=options.family, tags=options.tag, **numbers, **flags)
    rows = [(name, f"order {e['order']}  {e['title']}") for name in found for e in [methods.entry(name)]]
    return _print_table(rows, methods, options.search)


def list_systems(options: argparse.Namespace) -> int:
    """Print the catalogue of systems, or what a search finds."""
    return _print_table([(name, str(systems[name])) for name in systems.search(options.search)], systems, options.search)


def explore(options: argparse.Namespace) -> int:
    """Serve the interactive page until it is interrupted; its address, with the token, is the first line."""
    from ..explore import PageServer

    page = PageServer(whole(options.port, "--port"))
    print(page.url, flush=True)
    if not options.no_browser:
        webbrowser.open(page.url)
    print("imde-sym: the page is there as long as this command runs; Ctrl-C ends it", file=sys.stderr)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # processes are ended, too
    with contextlib.suppress(KeyboardInterrupt):
        page.serve()
    return 0


def completion(options: argparse.Namespace) -> int:
    """Print what a shell needs to complete commands and options."""
    print(library("shtab", "shell completion", "completion").complete(parser(), options.shell))
    return 0


def _print_table(rows: list[tuple[str, str]], catalogue: Catalogue[Any] | None = None, asked: str = "") -> int:
    if not rows:
        near = catalogue.nearest_words(asked) if catalogue is not None else []
        more = f"; nearest words: {', '.join(near)}" if near else ""
        print(f"imde-sym: note: nothing in the catalogue meets all that{more}", file=sys.stderr)
        return 0
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        print(f"{name.ljust(width)}  {text}")
    return 0


COMMANDS = {
    "derive": derive,
    "check": check,
    "audit": audit,
    "predict": predict,
    "bound": bound,
    "structure": structure,
    "debias": debias,
    "learn": learn,
    "series": series,
    "method": method,
    "compare": compare,
    "completion": completion,
    "explore": explore,
    "trees": trees,
    "methods": list_methods,
    "systems": list_systems,
}
