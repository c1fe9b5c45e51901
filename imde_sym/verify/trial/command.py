"""A claim that is a program: it reads x and h on its standard input and prints the vector."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Sequence
from time import monotonic
from typing import Any

import numpy as np

from ...base.errors import ImdeError, shown
from .claims import FunctionClaim

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf(?:inity)?)", re.IGNORECASE)
LONGEST = 4_000_000
"""Characters of an answer."""


def command_claim(command: str, d: int, limit: float = 60.0) -> FunctionClaim:
    """The claim that a command computes; nothing but this command is run, and no shell.

    Each line of its input holds the coordinates of x and then h, separated by blanks; it prints as many numbers as there are
    components. One that reads all lines is run once for many points, one that answers the first line only once for each.

    limit : seconds for all of it
    Raises ImdeError where the command is not found, fails, takes too long or prints something else.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ImdeError(f"--run: {error}: {command[:80]!r}") from None
    if not words:
        raise ImdeError("--run: the command is empty")
    end = monotonic() + limit
    probe = [(np.full(d, 0.5), 0.0625), (np.full(d, 0.25), 0.03125)]
    many = len(_numbers(_answer(words, probe, end, limit))) == 2 * d

    def values(pairs: Sequence[tuple[np.ndarray, Any]]) -> np.ndarray:
        groups = [pairs] if many else [[pair] for pair in pairs]
        rows: list[float] = []
        for group in groups:
            answer = _answer(words, group, end, limit)
            found = _numbers(answer)
            if len(found) != d * len(group):
                raise ImdeError(f"--run: {d * len(group)} numbers are needed, the command printed {shown(answer, 120)}")
            rows += found
        return np.array(rows).reshape(len(pairs), d)

    return FunctionClaim(values, real=True, dear=not many)


def _answer(words: list[str], pairs: Sequence[tuple[np.ndarray, Any]], end: float, limit: float) -> str:
    lines = "".join(" ".join(repr(float(v)) for v in (*x, h)) + "\n" for x, h in pairs)
    left = end - monotonic()
    try:
        if left <= 0:
            raise subprocess.TimeoutExpired(words, limit)
        done = subprocess.run(words, input=lines, capture_output=True, text=True, timeout=left, check=False)
    except subprocess.TimeoutExpired:
        raise ImdeError(f"--run: the command took over {limit:g} s (--timeout)") from None
    except (OSError, ValueError) as error:
        raise ImdeError(f"--run: {words[0][:80]!r} cannot be run: {error}") from None
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["nothing on stderr"]
        raise ImdeError(f"--run: the command ended with status {done.returncode}: {last[0][:200]}")
    return done.stdout[:LONGEST]


def _numbers(text: str) -> list[float]:
    return [float(word) for word in NUMBER.findall(text)]
