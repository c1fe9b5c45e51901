"""`imde-sym`: the arguments of every command.

Results go to stdout, messages to stderr. Exit code 0: done; 1: a check failed; 2: bad input.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence

from .. import __version__

FORMATS = ("text", "latex", "json", "numpy", "numba", "python", "sympy", "jax", "torch", "julia", "c", "c-header", "fortran")
DOCUMENTS = ("latex-document", "markdown", "html")


def parser() -> argparse.ArgumentParser:
    """The argument parser of every command."""
    top = argparse.ArgumentParser(
        prog="imde-sym",
        allow_abbrev=False,
        description="Modified and inverse modified equations (IMDE) of numerical integrators.",
    )
    top.add_argument("--version", action="version", version=f"imde-sym {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=help, description=help, allow_abbrev=False)

    derive = command("derive", "print the inverse modified (or modified) equation of a system under a method")
    _field_arguments(derive)
    derive.add_argument("--format", choices=FORMATS + DOCUMENTS, default="text", help="what to print (default: text)")

    check = command("check", "hold the equation against trajectories: errors and observed orders")
    _field_arguments(check)
    check.add_argument("--x0", metavar="LIST", help="initial value, such as 0,1 (default: the catalogue's)")
    check.add_argument("--steps", metavar="LIST", help="step sizes, such as 0.1,0.05,0.025")
    check.add_argument("--format", choices=("text", "json"), default="text")

    predict = command("predict", "say what a model trained to perfection through a method learns, and how wrong it is")
    _field_arguments(predict, equation=False)
    predict.add_argument("--T", required=True, metavar="LIST", help="times between data, such as 0.02,0.04")
    predict.add_argument("--S", metavar="LIST", default="1", help="equal steps of the method in each (default: 1)")
    predict.add_argument("--domain", metavar="BOX", help="such as 'p: -3.8,3.8; q: -1.2,1.2' (default: the catalogue's)")
    predict.add_argument("--target", metavar="ERROR", help="ask for the S that brings the error to this")
    predict.add_argument("--norm", choices=("sup", "mean"), default="sup", help="of the error that --target is for")
    predict.add_argument("--order", help="tree order of the expansion (default: as many as matter, at most 16)")
    predict.add_argument("--format", choices=("text", "json"), default="text")

    structure = command("structure", "say which structure the equation keeps: Hamiltonian, invariants, volume, reversibility")
    _field_arguments(structure)
    structure.add_argument("--invariant", metavar="TEXT", action="append", default=[], help="a further one; may be repeated")
    structure.add_argument("--reversing", metavar="LIST", help="the variables that change sign, such as p1,p2")
    structure.add_argument("--format", choices=("text", "json"), default="text")

    debias = command("debias", "take the effect of a method out of a learned field: the modified equation with h put in")
    _field_arguments(debias, equation=False)
    debias.add_argument("--model", metavar="FILE", help="the learned field as JSON (VectorField.to_json), instead of --equations")
    debias.add_argument("--h", required=True, metavar="NUMBER", help="the step size T/S of the training")
    debias.add_argument("--order", default="4", help="tree order; the error that remains is O(h^order) (default: 4)")
    debias.add_argument("--digits", help="round coefficients in the text to so many digits (default: exact)")
    debias.add_argument("--format", choices=("text", "json", "latex"), default="text")

    learn = command("learn", "train networks through solvers and hold them against the equations (extra: learn)")
    learn.add_argument("--experiment", metavar="NAME", help="which; without it all are listed")
    size = learn.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a small version that takes about a minute")
    size.add_argument("--full", action="store_true", help="the size of the paper: hours, less on a GPU")
    learn.add_argument("--workers", metavar="N", help="how many processes (default: one for each core)")
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

    command("methods", "list the methods of the catalogue")
    command("systems", "list the systems of the catalogue")

    trees = command("trees", "list the rooted trees of one order")
    trees.add_argument("--order", required=True, help="number of nodes")
    trees.add_argument("--colors", default="1", metavar="N", help="number of node colours (default: 1)")
    trees.add_argument("--draw", action="store_true", help="draw every tree in the text")
    trees.add_argument("--format", choices=("text", "svg", "tikz", "forest", "latex"), default="text")
    return top


def _method_arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("--method", metavar="NAME", help="a method of the catalogue (see: imde-sym methods)")
    p.add_argument("--tableau", metavar="FILE", help='a JSON file with "A" and "b", or a method of another family')
    p.add_argument("--A", metavar="ROWS", help="the matrix, such as '0,0; 1/2,0'")
    p.add_argument("--b", metavar="LIST", help="the weights, such as 0,1")


def _field_arguments(p: argparse.ArgumentParser, equation: bool = True) -> None:
    p.add_argument("--system", metavar="NAME", help="a system of the catalogue (see: imde-sym systems)")
    p.add_argument("--equations", metavar="TEXT", help="\"p' = -10*sin(q); q' = p\"")
    p.add_argument(
        "--parameters", metavar="LIST", default="", help="constants, such as 'a, b=1/2'; changes those of --system"
    )
    p.add_argument(
        "--parts", metavar="LISTS", help="for methods that split the field: the variables of each part, such as 'q; p'"
    )
    _method_arguments(p)
    if equation:
        p.add_argument("--order", required=True, help="highest tree order: powers of h up to order - 1")
        p.add_argument("--direction", choices=("inverse", "forward"), default="inverse")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parser().parse_args(arguments)
    from ..base.errors import ImdeError
    from .commands import COMMANDS

    warnings.showwarning = _warn
    warnings.simplefilter("ignore", RuntimeWarning)  # numpy's, of values that are not finite: the result says so
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", UserWarning)
            warnings.showwarning = lambda message, *_: print(f"imde-sym: note: {message}", file=sys.stderr)
            return COMMANDS[options.command](options)
    except ImdeError as error:
        print(f"imde-sym: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except RecursionError:
        print("imde-sym: the expressions are nested too deeply to be worked on", file=sys.stderr)
        return 2
    except MemoryError:
        print("imde-sym: this takes more memory than there is: lower the order, or take a smaller field", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as `head`, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("imde-sym: interrupted", file=sys.stderr)
        return 130


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    """A warning in one line, as all that the command says."""
    print(f"imde-sym: warning: {' '.join(str(message).split())}", file=sys.stderr)
