"""Composition schemes: step fractions that raise the order of a method, of any family."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.catalogue import Catalogue
from ..base.checks import check_count
from ..base.errors import MethodError
from ..rings import Scalar, scalar
from .gate import MethodLike
from .method import Method, compose_methods


@checked
@dataclass(frozen=True)
class Scheme:
    """Step fractions γ_1, ..., γ_m with sum 1; `order` is reached with symmetric methods of order 2 (HLW V.3.2).

    >>> from imde_sym.methods import methods
    >>> apply_scheme(methods["implicit_midpoint"], suzuki(2)).order
    4
    """

    name: str
    steps: tuple[Scalar, ...]
    order: int
    reference: str
    rounded: bool = False
    """Whether the fractions are decimals, which meet their conditions to 1e-10."""


@checked
def triple_jump(order: int = 2) -> Scheme:
    """1/(2 - 2^(1/(p+1))) twice around what is left: order p + 2 from a symmetric method of even order p, else p + 1.

    order : p, an integer from 1 to 20. Raises MethodError for another
    (Creutz and Gocksch 1989; Forest 1989; Suzuki 1990; Yoshida 1990; HLW Example II.4.2.)

    >>> triple_jump(2).order, sum(triple_jump(2).steps)
    (4, 1)
    """
    outer = _outer_step(2, _checked(order))
    return _scheme("triple_jump", [outer, 1 - 2 * outer, outer], order, "HLW Example II.4.2")


@checked
def suzuki(order: int = 2) -> Scheme:
    """1/(4 - 4^(1/(p+1))) twice on either side of what is left: smaller steps than a triple jump (Suzuki 1990; HLW II.4.3).

    order : p, an integer from 1 to 20. Raises MethodError for another

    >>> suzuki(2).order, len(suzuki(2).steps)
    (4, 5)
    """
    outer = _outer_step(4, _checked(order))
    return _scheme("suzuki", [outer, outer, 1 - 4 * outer, outer, outer], order, "HLW Example II.4.3")


def _outer_step(n: int, order: int) -> sympy.Expr:
    """1/(n - r) with r = n^(1/(order + 1)), without a root below: a geometric sum over n^(order + 1) - n."""
    root = sympy.Integer(n) ** sympy.Rational(1, order + 1)
    return sympy.expand(sympy.Add(*(n ** (order - i) * root**i for i in range(order + 1))) / (n ** (order + 1) - n))


def _checked(order: Any) -> int:
    return check_count(order, "the order of the method to be composed", 1, 20, MethodError)


def _scheme(kind: str, steps: Sequence[sympy.Expr], order: int, reference: str) -> Scheme:
    return Scheme(f"{kind}_{order + 2}", tuple(map(scalar, steps)), order + (2 if order % 2 == 0 else 1), reference)


def _load() -> list[dict[str, Any]]:
    path = files(__package__).joinpath("scheme_data").joinpath("schemes.json")
    return list(json.loads(path.read_text(encoding="utf-8"))["schemes"])


def _build(entry: dict[str, Any]) -> Scheme:
    """The data hold the first half of a symmetric scheme; the middle step is what is missing to 1."""
    half = [scalar(x) for x in entry["half"]]
    return Scheme(entry["name"], (*half, 1 - 2 * sum(half), *half[::-1]), entry["order"], entry["reference"], rounded=True)


schemes: Catalogue[Scheme] = Catalogue("scheme", _load, _build)
"""Published schemes by name: decimals that meet their conditions to 1e-10."""


@checked
def apply_scheme(method: MethodLike, scheme: Scheme | Sequence[Any], name: str = "") -> Method:
    """The method composed with itself by the fractions of a scheme, such as `suzuki()` or `schemes["kahan_li8"]`.

    Raises MethodError for what is no method or no scheme, and for a multistep method.

    >>> from imde_sym.methods import methods
    >>> apply_scheme(methods["implicit_midpoint"], triple_jump()).order
    4
    """
    if not isinstance(method, Method) or not isinstance(scheme, Scheme | Sequence):
        given = f"{type(method).__name__} and {type(scheme).__name__}"
        raise MethodError(f"apply_scheme takes a method and a scheme, such as suzuki() or a list of step fractions; got {given}")
    steps = scheme.steps if isinstance(scheme, Scheme) else tuple(scheme)
    title = f"{method.name}_{scheme.name}" if isinstance(scheme, Scheme) and method.name else name
    return compose_methods(*[method] * len(steps), steps=steps, name=name or title)
