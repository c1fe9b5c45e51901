"""`imde-sym`: one command, its exit code and its errors.

Results go to stdout, messages to stderr. Exit code 0: done; 1: a check failed; 2: bad input.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .arguments import DOCUMENTS, FORMATS, parser

__all__ = ["DOCUMENTS", "FORMATS", "main", "parser"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code.

    Whatever is wrong with the input is said in one line, with exit code 2.

    >>> main(["systems", "--search", "oscillator", "--output", "/dev/null"])
    0
    """
    options = parser().parse_args(arguments)
    from ..base.errors import ImdeError
    from .commands import COMMANDS

    warnings.showwarning = _warn
    warnings.simplefilter("ignore", RuntimeWarning)  # numpy's, of values that are not finite: the result says so
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", UserWarning)
            warnings.showwarning = lambda message, *_: print(f"imde-sym: note: {message}", file=sys.stderr)
            return _run(COMMANDS[options.command], options)
    except ImdeError as error:
        print(f"imde-sym: {_as_options(' '.join(str(error).split()))}", file=sys.stderr)
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


_SPELLING = {'parameters="': '--parameters "', 'domain="': '--domain "', "give x0,": "give --x0,", '" of VectorField': '"'}
"""What messages say to readers at the prompt for what they say in Python."""


def _as_options(message: str) -> str:
    """A message with options in the place of arguments."""
    for argument, option in _SPELLING.items():
        message = message.replace(argument, option)
    return message


def _run(command: Callable[[Any], int], options: Any) -> int:
    """The command with its output, when it is there as a whole, in the file that was asked for."""
    if not options.output:
        return command(options)
    from ..base.errors import ImdeError

    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        code = command(options)
    try:
        Path(options.output).write_text(text.getvalue(), encoding="utf-8")
    except OSError as error:
        raise ImdeError(f"cannot write {options.output}: {error.strerror}") from None
    return code


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    """A warning in one line, as all that the command says."""
    print(f"imde-sym: warning: {' '.join(str(message).split())}", file=sys.stderr)
