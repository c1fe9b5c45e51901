"""The arguments of every command. Nothing heavy is imported here: `--help` answers at once."""

from __future__ import annotations

import argparse
import re
import sys
from difflib import get_close_matches
from typing import Any, NoReturn, get_args

from .. import __version__
from ..base.words import TextTarget

FORMATS = ("text", "latex", "json", *get_args(TextTarget))
DOCUMENTS = ("latex-document", "markdown", "html")
EXAMPLES = {
    "": "examples:\n  imde-sym method rk4\n  imde-sym derive --system pendulum --method rk4 --order 5\n  imde-sym derive --help",
    "derive": """examples:
  imde-sym derive --equations "p' = -10*sin(q); q' = p" --method "explicit midpoint" --order 4
  imde-sym derive --system pendulum --method rk4 --order 6 --format c --stepper --h 0.1 --name step -o step.c
  imde-sym derive --system pendulum --method rk4 --order 6 --format c --stepper --h 0.1 --name step --project step/""",
    "check": "example:\n  imde-sym check --system pendulum --method rk4 --order 6 --steps 0.1,0.05,0.025",
    "audit": """examples:
  imde-sym audit "-10*sin(q) - 5*h*p*cos(q); p - 5*h*sin(q)" --system pendulum --method euler
  imde-sym audit claim.txt --equations "y' = y**2" --method rk4 --order 6
  echo '{"[[],[]]": "1/12", "[[[]]]": "1/6"}' | imde-sym audit - --method "explicit midpoint"
  imde-sym audit --run "python model.py" --system pendulum --method rk4
    (each line of the program's input holds x and h, separated by blanks; it prints as many numbers as x has)""",
    "predict": "example:\n  imde-sym predict --system pendulum --method euler --T 0.02,0.04 --target 0.01",
    "bound": """examples:
  imde-sym bound --system pendulum --method euler --h 0.02
  imde-sym bound --equations "x' = y; y' = -sin(x)" --method "explicit midpoint" --h 0.005 --domain "x: -1,1; y: -1,1" """,
    "structure": "example:\n  imde-sym structure --system pendulum --method implicit_midpoint --order 5",
    "debias": "example:\n  imde-sym debias --model learned.json --method euler --h 0.1",
    "learn": "example:\n  imde-sym learn --experiment pendulum-errors --quick",
    "series": "example:\n  imde-sym series --method rk4 --order 6 --direction inverse",
    "method": "examples:\n  imde-sym method rk4\n  printf '0 |\\n1/2 | 1/2\\n--\\n | 0 1' | imde-sym method - --format latex",
    "compare": "example:\n  imde-sym compare rk4 kutta38 mine.txt --system pendulum",
    "methods": "example:\n  imde-sym methods --order 4 --explicit --tag ssp --search ketcheson",
    "systems": "example:\n  imde-sym systems --search oscillator",
    "trees": "example:\n  imde-sym trees --order 5 --draw",
    "explore": "example:\n  imde-sym explore",
    "completion": "example:\n  imde-sym completion bash > ~/.local/share/bash-completion/completions/imde-sym",
}


BOX = "such as 'p: -3.8,3.8; q: -1.2,1.2', or '-3.8,3.8; -1.2,1.2' (default: the catalogue's)"
OPTION = re.compile(r"-|--|--?[A-Za-z][\w-]*(=.*)?", re.DOTALL)
"""What may be meant as an option; argparse alone takes -1,0 and -y**2 for some, which are values."""


class Parser(argparse.ArgumentParser):
    """Options in full, examples as they are written, and errors in one line."""

    def __init__(self, *args: object, **options: object):
        kind = argparse.RawDescriptionHelpFormatter
        super().__init__(*args, **{"allow_abbrev": False, "formatter_class": kind} | options)  # type: ignore[arg-type]

    def _parse_optional(self, arg_string: str) -> Any:
        """None for what is a value."""
        return super()._parse_optional(arg_string) if OPTION.fullmatch(arg_string) else None

    def error(self, message: str) -> NoReturn:
        """One line on stderr, with the options that are nearest to an unknown one, and exit code 2."""
        words = [w.partition("=")[0] for w in message.split() if w.startswith("--")] if "unrecognized" in message else []
        known = sorted(self._all_options())
        near = [o for w in words if w not in known for o in get_close_matches(w, known, n=2)]
        nearest = f"; nearest: {', '.join(dict.fromkeys(near))}" if near else ""
        print(f"{self.prog}: {' '.join(message.split())}{nearest} (see {self.prog} --help)", file=sys.stderr)
        sys.exit(2)

    def _all_options(self) -> set[str]:
        """The options of this parser and of its commands."""
        commands = [a.choices.values() for a in self._actions if isinstance(a.choices, dict)]
        return {*self._option_string_actions} | {o for row in commands for p in row for o in p._option_string_actions}


def parser() -> argparse.ArgumentParser:
    """The argument parser of every command."""
    top = Parser(
        prog="imde-sym",
        description="Modified and inverse modified equations (IMDE) of numerical integrators.",
        epilog=EXAMPLES[""],
    )
    top.add_argument("--version", action="version", version=f"imde-sym {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help: str) -> argparse.ArgumentParser:
        found = commands.add_parser(name, help=help, description=help, epilog=EXAMPLES[name])
        found.add_argument("-o", "--output", metavar="FILE", help="write there instead of printing")
        return found

    derive = command("derive", "print the inverse modified (or modified) equation of a system under a method")
    _field_arguments(derive)
    derive.add_argument("--format", choices=FORMATS + DOCUMENTS, default="text", help="what to print (default: text)")
    _code_arguments(derive)

    check = command("check", "hold the equation against trajectories: errors and observed orders")
    _field_arguments(check)
    check.add_argument("--x0", metavar="LIST", help="initial value, such as 0,1 or q=0,p=1 (default: the catalogue's)")
    check.add_argument("--steps", metavar="LIST", help="step sizes, such as 0.1,0.05,0.025")
    check.add_argument("--format", choices=("text", "json"), default="text")

    audit = command("audit", "put a formula, a table or a program on trial: each wrong or missing term is named")
    audit.add_argument("claim", metavar="TEXT|FILE", nargs="?", help="components in h, or JSON by tree or power; - for stdin")
    audit.add_argument("--run", metavar="COMMAND", help="a program as the claim; only this command is run, without a shell")
    audit.add_argument("--timeout", metavar="SECONDS", default="60", help="of --run, for all that is asked of it (default: 60)")
    _field_arguments(audit, equation=False)
    audit.add_argument("--order", help="highest tree order that is judged (default: as far as the claim goes; of --run 4)")
    audit.add_argument("--direction", choices=("inverse", "forward"), default="inverse")
    audit.add_argument("--convention", default="c", help="of numbers by tree: c, c/sigma or alpha (default: c)")
    audit.add_argument("--tolerance", metavar="NUMBER", help="relative, for numbers that are rounded")
    audit.add_argument("--x0", metavar="LIST", help="where trajectories start (default: the catalogue's)")
    audit.add_argument("--format", choices=("text", "json"), default="text")

    predict = command("predict", "say what a model trained to perfection through a method learns, and how wrong it is")
    _field_arguments(predict, equation=False)
    predict.add_argument("--T", required=True, metavar="LIST", help="times between data, such as 0.02,0.04")
    predict.add_argument("--S", metavar="LIST", default="1", help="equal steps of the method in each (default: 1)")
    predict.add_argument("--domain", metavar="BOX", help=BOX)
    predict.add_argument("--target", metavar="ERROR", help="ask for the S that brings the error to this")
    predict.add_argument("--norm", choices=("sup", "mean"), default="sup", help="of the error that --target is for")
    predict.add_argument("--order", help="tree order of the expansion (default: as many as matter, at most 16)")
    predict.add_argument("--rigorous", action="store_true", help="enclose the sup error over all points of the domain")
    predict.add_argument("--format", choices=("text", "json"), default="text")

    bound = command("bound", "prove how far a learned field can be from the true one over a domain")
    _field_arguments(bound, equation=False)
    bound.add_argument("--h", required=True, metavar="NUMBER", help="the step of the method")
    bound.add_argument("--S", default="1", metavar="N", help="steps between data (default: 1)")
    bound.add_argument("--domain", metavar="BOX", help=BOX)
    bound.add_argument("--order", help="tree order of the terms that are enclosed (default: the best one up to 6)")
    bound.add_argument("--loss", metavar="L", help="sup of |step of the learner - flow|/h near the domain (default: 0)")
    bound.add_argument("--M-theta", metavar="M", help="a bound of the learner near the domain (default: assumed)")
    bound.add_argument("--direction", choices=("inverse", "forward"), default="inverse")
    bound.add_argument("--format", choices=("text", "json"), default="text")

    structure = command("structure", "say which structure the equation keeps: Hamiltonian, invariants, volume, reversibility")
    _field_arguments(structure)
    structure.add_argument("--invariant", metavar="TEXT", action="append", default=[], help="a further one; may be repeated")
    structure.add_argument("--reversing", metavar="LIST", help="the variables that change sign, such as p1,p2")
    structure.add_argument("--format", choices=("text", "json"), default="text")

    debias = command("debias", "take the effect of a method out of a learned field: the modified equation with h put in")
    _field_arguments(debias, equation=False)
    debias.add_argument("--model", metavar="FILE", help="the learned field as JSON (VectorField.to_json), instead of --equations")
    debias.add_argument("--h", required=True, metavar="NUMBER", help="the step size T/S of the training")
    debias.add_argument(
        "--order", help="tree order; the error that remains is O(h^order) (default: 4, or two more than the method's order)"
    )
    debias.add_argument("--digits", help="round coefficients in the text to so many digits (default: exact)")
    debias.add_argument("--format", choices=("text", "json", "latex"), default="text")

    learn = command("learn", "train networks through solvers and hold them against the equations (extra: learn)")
    learn.add_argument("--experiment", metavar="NAME", help="which; without it all are listed")
    size = learn.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a small version that takes about a minute")
    size.add_argument("--full", action="store_true", help="the size of the paper: hours, less on a GPU")
    learn.add_argument("--workers", metavar="N", help="how many processes (default: one for each core)")
    learn.add_argument("--limit", metavar="SECONDS", help="for a cell; one that takes longer counts as failed")
    learn.add_argument("--store", metavar="FILE", help="SQLite file for the results: run again to continue or to see them")
    learn.add_argument("--retry-failed", action="store_true", help="run also cells that failed before")
    learn.add_argument("--csv", metavar="FILE", help="write the results there too")
    learn.add_argument("--plot", metavar="FILE", help="draw the figure of the experiment (svg, png or pdf; extra: plot)")
    learn.add_argument("--format", choices=("text", "json"), default="text")

    series = command("series", "print tree, coefficient and elementary differential of a B-series")
    _method_arguments(series)
    series.add_argument("--order", required=True, help="highest tree order")
    series.add_argument("--direction", choices=("inverse", "forward", "method"), default="inverse")
    series.add_argument("--format", choices=("text", "latex", "json"), default="text")

    method = command("method", "say all of a method: tableau, order conditions, errors, stability, structure, reference")
    method.add_argument("name", metavar="NAME|FILE", help="a name, a file with a tableau (text, CSV or JSON), or - for stdin")
    method.add_argument("--order", help="order up to which conditions are listed (default: one above that of the method)")
    method.add_argument("--format", choices=("text", "json", "latex", "bibtex"), default="text")

    compare = command("compare", "put methods beside each other: order, errors, stability, structure")
    compare.add_argument("names", metavar="NAME|FILE", nargs="+", help="names, files that hold a tableau, or - for stdin")
    compare.add_argument("--system", metavar="NAME", help="measure errors against evaluations on a system of the catalogue")
    compare.add_argument("--equations", metavar="TEXT|FILE", help="measure errors on these; - for stdin")
    compare.add_argument("--parameters", metavar="LIST", default="", help="such as 'a=1/2'")
    compare.add_argument("--x0", metavar="LIST", help="initial value, such as 0,1 or q=0,p=1 (default: the catalogue's)")
    compare.add_argument("--format", choices=("text", "json"), default="text")

    listed = command("methods", "list the methods of the catalogue")
    listed.add_argument("--order", metavar="N", help="of this order")
    listed.add_argument("--stages", metavar="N", help="with so many stages")
    listed.add_argument("--family", metavar="NAME", help="such as runge_kutta, partitioned, multistep, rosenbrock, splitting")
    listed.add_argument("--tag", metavar="TAG", action="append", default=[], help="such as ssp; may be repeated")
    listed.add_argument("--search", metavar="WORDS", default="", help="in names, titles and references")
    for flag in ("explicit", "symplectic", "symmetric", "embedded", "a-stable", "l-stable"):
        listed.add_argument(f"--{flag}", action="store_true", default=None)
    listed = command("systems", "list the systems of the catalogue")
    listed.add_argument("--search", metavar="WORDS", default="", help="in names, titles and references")

    explore = commands.add_parser(
        "explore",
        help="open a page on which sliders derive equations (extra: explore)",
        description="Serve an interactive page on this machine only, and open it; its address is the first line printed.",
        epilog=EXAMPLES["explore"],
    )
    explore.add_argument("--port", metavar="N", default="0", help="by default any that is free")
    explore.add_argument("--no-browser", action="store_true", help="print the address only")
    explore.set_defaults(output=None)

    completion = command("completion", "print the completion script of a shell (extra: completion)")
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))

    trees = command("trees", "list the rooted trees of one order")
    trees.add_argument("--order", required=True, help="number of nodes")
    trees.add_argument("--colors", default="1", metavar="N", help="number of node colours (default: 1)")
    trees.add_argument("--draw", action="store_true", help="draw every tree in the text")
    trees.add_argument("--format", choices=("text", "svg", "tikz", "forest", "latex"), default="text")
    return top


def _code_arguments(p: argparse.ArgumentParser) -> None:
    code = p.add_argument_group("code", "with a --format that is a language")
    code.add_argument("--stepper", action="store_true", help="one step of the explicit method along the corrected field")
    code.add_argument("--h", metavar="NUMBER", help="build the step size in")
    code.add_argument("--name", help="of the function (default: f_h, or f_h_step)")
    code.add_argument("--jacobian", action="store_true", help="the exact Jacobian beside the field")
    code.add_argument("--part", choices=("field", "correction"), help="correction: only what is added to the field")
    code.add_argument("--project", metavar="DIR", help="with --format c --stepper --h: source, header, main and Makefile")


def _method_arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("--method", metavar="NAME|FILE", help="a method of the catalogue (see: imde-sym methods)")
    p.add_argument("--tableau", metavar="FILE", help="a file that holds a tableau, as text with bars, CSV or JSON; - for stdin")
    p.add_argument("--A", metavar="ROWS", help="the matrix, such as '0,0; 1/2,0'")
    p.add_argument("--b", metavar="LIST", help="the weights, such as 0,1")


def _field_arguments(p: argparse.ArgumentParser, equation: bool = True) -> None:
    p.add_argument("--system", metavar="NAME", help="a system of the catalogue (see: imde-sym systems)")
    p.add_argument("--equations", metavar="TEXT|FILE", help="such as \"p' = -10*sin(q); q' = p\", or a file; - for stdin")
    p.add_argument(
        "--parameters",
        metavar="LIST",
        default="",
        help="such as 'a, b=1/2', or auto: all other names; changes those of --system",
    )
    p.add_argument(
        "--parts", metavar="LISTS", help="for methods that split the field: the variables of each part, such as 'q; p'"
    )
    _method_arguments(p)
    if equation:
        p.add_argument("--order", required=True, help="highest tree order: powers of h up to order - 1")
        p.add_argument("--direction", choices=("inverse", "forward"), default="inverse")
