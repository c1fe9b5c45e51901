"""Tasks for studies, in a module of their own so that worker processes can import them."""

import os
import time
from pathlib import Path


def square(cell):
    return {"square": cell["n"] ** 2}


def cube(cell):
    return {"cube": cell["n"] ** 3}


def logged(cell):
    """Leave a line for each call."""
    with Path(cell["log"]).open("a") as file:
        file.write(f"{cell['n']}\n")
    return square(cell)


def picky(cell):
    """Fail at n = 3 until the file `repaired` is there."""
    if cell["n"] == 3 and not Path(cell["repaired"]).exists():
        raise ValueError("three is refused")
    return square(cell)


def deadly(cell):
    """Kill the worker at n = 2: always, or as often as there are files to take away."""
    if cell["n"] == 2:
        lives = sorted(Path(cell["lives"]).iterdir()) if "lives" in cell else [None]
        if lives:
            if lives[0]:
                lives[0].unlink()
            os._exit(9)
    time.sleep(0.05)
    return square(cell)


def patient(cell):
    """Take a while, and tell by which process."""
    time.sleep(cell.get("seconds", 0.3))
    return {"pid": os.getpid()}


def given_back(cell):
    """Return what the cell names."""
    import numpy as np

    kinds = {
        "numpy": {"a": np.arange(3), "b": np.float64(0.5), "c": float("nan")},
        "no dict": [1, 2],
        "own name": {"kind": 1},
        "object": {"a": object()},
        "exit": None,
    }
    if cell["kind"] == "exit":
        raise SystemExit(3)
    return kinds[cell["kind"]]


def slow(cell):
    """Sleep in short naps; an Exception would not end it."""
    end = time.monotonic() + cell["seconds"]
    while time.monotonic() < end:
        try:
            time.sleep(0.01)
        except Exception:
            continue
    return {"slept": True}
