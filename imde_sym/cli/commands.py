"""What the commands do, once their arguments are parsed."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import sympy

from ..base.errors import CodegenError, ImdeError, MethodError, ParseError, SeriesError, WrongCodeError, check_order
from ..codegen import TARGETS
from ..documents import FORMATS as DOCUMENTS
from ..documents import write_document
from ..equations import ModifiedField, build_equation
from ..equations.held import hold
from ..expressions import parse_expression
from ..fields import VectorField, systems
from ..geometry import structure_report
from ..method import ButcherTableau, Method, methods
from ..method.families import method_from_json
from ..prediction import predict as run_predict
from ..serialization import from_json
from ..series import inverse_modified_series, method_series, modified_series
from ..trees import Gallery, formula_table, rooted_trees
from ..verify import check as run_check

SERIES = {"inverse": inverse_modified_series, "forward": modified_series, "method": method_series}
MAX_DIGITS = 100


def derive(options: argparse.Namespace) -> int:
    """imde-sym derive: an equation as formulas, code or data."""
    F = _equation(options)
    if options.format not in TARGETS:
        _note_of_code(F)
    if options.format == "latex":
        print(F.latex())
    elif options.format == "json":
        print(F.to_json())
    elif options.format in DOCUMENTS:
        print(write_document(F, options.format), end="")
    elif options.format in TARGETS:
        print(F.source(options.format), end="")
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
    """imde-sym check: an equation against trajectories; 1 where it fails."""
    x0 = _numbers(options.x0, "--x0") if options.x0 else None
    steps = _numbers(options.steps, "--steps") if options.steps else None
    report = run_check(_equation(options), x0=x0, steps=steps)
    print(json.dumps(report.to_dict()) if options.format == "json" else report.table())
    return 0 if report.passed else 1


def predict(options: argparse.Namespace) -> int:
    """imde-sym predict: the errors of a perfect learner."""
    found = run_predict(
        _field(options),
        _method(options),
        _numbers(options.T, "--T"),
        _numbers(options.S, "--S"),
        _domain(options.domain) if options.domain else None,
        target=_numbers(options.target, "--target")[0] if options.target else None,
        norm=options.norm,
        order=_order(options.order) if options.order else None,
        parts=_parts(options),
    )
    print(found.to_json() if options.format == "json" else found.table())
    return 0


def structure(options: argparse.Namespace) -> int:
    """imde-sym structure: what an equation keeps."""
    rho = {name.strip(): -1 for name in options.reversing.split(",")} if options.reversing else None
    report = structure_report(_equation(options), options.invariant, rho)
    print(json.dumps(report.to_dict()) if options.format == "json" else report)
    return 0


def debias(options: argparse.Namespace) -> int:
    """imde-sym debias: the equation behind a learned one."""
    learned = _learned(options) if options.model else _field(options)
    h = _number(options.h, "--h")
    if not h.is_real or h.is_zero:
        raise ParseError(f"--h is the step size T/S, a real number other than 0; got {options.h[:40]!r}")
    corrected = build_equation(learned, _method(options), _order(options.order), "forward", _parts(options)).as_field(h)
    if options.format != "text":
        print(corrected.to_json() if options.format == "json" else corrected.latex())
        return 0
    digits = check_order(_order(options.digits, "--digits"), MAX_DIGITS, "--digits") if options.digits else None
    for name, component in zip(corrected.variables, corrected.components, strict=True):
        print(f"{name}' = {sympy.expand(component) if digits is None else sympy.expand(component).evalf(digits)}")
    return 0


def learn(options: argparse.Namespace) -> int:
    """imde-sym learn: an experiment of the seed paper, or their list."""
    from ..experiments.experiments import EXPERIMENTS, experiment

    if not options.experiment:
        return _print_table([(name, e.title) for name, e in EXPERIMENTS.items()])
    workers = _order(options.workers, "--workers") if options.workers else None
    chosen = experiment(options.experiment)
    study = chosen.study("quick" if options.quick else "full" if options.full else "normal", options.store)
    status = study.run(workers=workers, retry_failed=options.retry_failed)
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
    return 1 if status.failed else 0


def series(options: argparse.Namespace) -> int:
    """imde-sym series: the B-series of a method or of an equation."""
    found = SERIES[options.direction](_method(options), _order(options.order))
    if options.format == "json":
        print(found.to_json())
    else:
        print(found.latex() if options.format == "latex" else found.table())
    return 0


def trees(options: argparse.Namespace) -> int:
    """imde-sym trees: all rooted trees of an order."""
    colors = _order(options.colors, "--colors")
    found = rooted_trees(_order(options.order), colors)
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


def list_methods(_options: argparse.Namespace) -> int:
    """imde-sym methods: the catalogue of methods."""
    return _print_table([(name, f"order {e['order']}  {e['title']}") for name in methods for e in [methods.entry(name)]])


def list_systems(_options: argparse.Namespace) -> int:
    """imde-sym systems: the catalogue of systems."""
    return _print_table([(name, str(systems[name])) for name in systems])


def _print_table(rows: list[tuple[str, str]]) -> int:
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        print(f"{name.ljust(width)}  {text}")
    return 0


COMMANDS = {
    "derive": derive,
    "check": check,
    "predict": predict,
    "structure": structure,
    "debias": debias,
    "learn": learn,
    "series": series,
    "trees": trees,
    "methods": list_methods,
    "systems": list_systems,
}


def _equation(options: argparse.Namespace) -> ModifiedField:
    order = _order(options.order)
    return build_equation(_field(options), _method(options), order, options.direction, _parts(options))


def _parts(options: argparse.Namespace) -> list[list[str]] | None:
    return [[name.strip() for name in part.split(",")] for part in options.parts.split(";")] if options.parts else None


def _domain(text: str) -> dict[str, list]:
    sides = {}
    for side in filter(None, (s.strip() for s in text.split(";"))):
        name, colon, bounds = side.partition(":")
        if not colon:
            raise ParseError(f"--domain: {side[:60]!r} is not a side of a box; an example is 'p: -3.8,3.8; q: -1.2,1.2'")
        sides[name.strip()] = _numbers(bounds, "--domain")
    return sides


def _order(text: str, option: str = "--order") -> int:
    try:
        return int(text)
    except ValueError:
        raise SeriesError(f"{option} must be a positive integer, got {text[:40]!r}") from None


def _field(options: argparse.Namespace) -> VectorField:
    if bool(options.system) == bool(options.equations):
        raise ImdeError("give either --system NAME or --equations TEXT")
    names: list[str] = []
    values = {}
    for item in filter(None, (p.strip() for p in options.parameters.split(","))):
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
    field = VectorField.parse(options.equations, parameters=names)
    return field.with_parameters(**values) if values else field


def _learned(options: argparse.Namespace) -> VectorField:
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
            "A network is no formula: imde_sym.learn.debias(model, method, h) corrects it in Python"
        )
    return found


def _method(options: argparse.Namespace) -> Method:
    given = [options.method, options.tableau, options.A or options.b]
    if sum(map(bool, given)) != 1:
        raise ImdeError("give one of --method NAME, --tableau FILE, or --A ROWS with --b LIST")
    if options.method:
        return methods[options.method]
    if options.tableau:
        try:
            return method_from_json(Path(options.tableau).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise MethodError(f"cannot read the tableau {options.tableau}: {error}") from None
    if not (options.A and options.b):
        raise MethodError("--A and --b go together")
    text = options.A.strip()
    if text.startswith("[["):  # [[0,0],[1/2,0]] means the same as 0,0; 1/2,0
        text = text[2:-2].replace("]", "];").replace(";,", ";").replace("[", "").replace("]", "")
    return ButcherTableau([_numbers(row, "--A") for row in text.split(";")], _numbers(options.b, "--b"))


def _number(text: str, what: str) -> sympy.Expr:
    found = _numbers(text, what)
    if len(found) != 1:
        raise ParseError(f"{what} is one number, got {text[:60]!r}")
    return found[0]


def _numbers(text: str, what: str) -> list:
    entries = text.strip().strip("[]").split(",")
    if not all(e.strip() for e in entries):
        raise ParseError(f"{what}: {text[:60]!r} is not a list of numbers separated by commas")
    return [parse_expression(e, {}) for e in entries]
