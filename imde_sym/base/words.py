"""The targets of code by name, as types and as words; the shell asks for them before anything heavy is imported."""

from __future__ import annotations

from typing import Literal

PythonTarget = Literal["numpy", "numba", "python", "sympy", "jax", "torch"]
"""What runs inside Python."""
TextTarget = Literal[PythonTarget, "julia", "c", "c-header", "fortran"]
"""All of them, in the sequence in which they are listed."""
