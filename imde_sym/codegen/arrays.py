"""Programs run on arrays of any library, by `Program.run`."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ..base.errors import CodegenError
from ..base.libraries import library
from ..expressions.functions import spellings


def power(a: Any, exponent: Fraction) -> Any:
    """Rational powers, for `Program.run` on arrays."""
    return a ** float(exponent)


def function_caller(functions: str, special: str) -> Callable[..., Any]:
    """The functions of a program in an array library, for `Program.run`: from the module `functions`, others from `special`."""
    names = spellings("numpy")

    def call(name: str, *arguments: Any) -> Any:
        if name == "pow":
            return arguments[0] ** arguments[1]
        module, _, own = names.get(name, name).rpartition(":")
        home = special if module else functions
        found = getattr(library(home, f"the function {name}", home.partition(".")[0]), own, None)
        if found is None:
            raise CodegenError(f"{name} has no form in {functions}")
        return found(*arguments)

    return call
