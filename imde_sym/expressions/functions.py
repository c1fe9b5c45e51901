"""The elementary functions, a row each: what people write, what they are made of, how each language says them.

The parser, the ring, the code emitters and the arithmetics of mpmath and floats all read this table, so that a new function
is one row here (and, where a language lacks it, a few lines of that language in its emitter).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy

Rule = Callable[..., Any]


@dataclass(frozen=True)
class Function:
    """One function, by the name that programs call it: sympy's, or our own where sympy has none.

    words      : other words for it in formulas that people write; `read` is whether its name is one too
    formula    : arguments -> value, as sympy expressions
    partials   : value -> partial derivatives, where sympy's own would lead to ever new functions
    written    : a quotient of functions that stay finite, which it becomes in rings that code is made of
    merged     : a quotient of few functions, which it becomes in rings that hold all their relations
    reciprocal : the function f with this(x) = f(1/x): no language needs both
    coded      : every target that computes with floats has it, or is given it
    spelled    : by language what it is called there, where that is another name: "module:name" is to be imported, "*name" is
                 defined by the code itself, "" is missing
    mpmath     : its name in mpmath, or its rule in the arithmetic of an mpmath context; None where sympy has to evaluate it
    real       : its value for a float, where the module math does not have it
    """

    name: str
    words: tuple[str, ...] = ()
    read: bool = True
    formula: Rule | None = None
    partials: Rule | None = None
    written: Rule | None = None
    merged: Rule | None = None
    reciprocal: str = ""
    coded: bool = False
    spelled: Mapping[str, str] = field(default_factory=dict)
    mpmath: str | Rule | None = None
    real: Callable[[float], float] | None = None

    @property
    def value(self) -> Rule:
        """The function of sympy expressions."""
        return self.formula or getattr(sympy, self.name)


def _coded(name: str, *words: str, **more: Any) -> Function:
    """A function that every language has, and mpmath under the same name."""
    return Function(name, words, coded=True, **{"mpmath": name} | more)


def _arc(name: str, short: str) -> Function:
    """The inverse of a function; numpy and its like spell it out, as some people do."""
    return _coded(name, f"arc{short}", spelled=dict.fromkeys(("numpy", "JAX"), f"arc{short}"))


def _quotient(name: str, rule: Rule, **more: Any) -> Function:
    """A function that is always written as a quotient of others."""
    return Function(name, written=rule, merged=rule, **more)


def _known(name: str, mpmath: str = "", read: bool = False) -> Function:
    """A function that sympy and mpmath have and most languages lack."""
    return Function(name, read=read, mpmath=mpmath or name)


def _logistic(x: float) -> float:
    e = math.exp(-abs(x))
    return (1.0 if x >= 0 else e) / (1.0 + e)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _given(name: str, *languages: str) -> dict[str, str]:
    """The spelling where the code itself defines the function; sympy needs none, as it has no overflow."""
    return dict.fromkeys(("plain Python", "numba", *languages), f"*{name}") | {"sympy": ""}


TABLE = (
    _coded("sqrt"),
    _coded("exp"),
    _coded("log", "ln"),
    _coded("sin"),
    _coded("cos"),
    _coded("tan", partials=lambda t: [1 + t**2]),
    _arc("asin", "sin"),
    _arc("acos", "cos"),
    _arc("atan", "tan"),
    _coded("atan2", spelled={"numpy": "arctan2", "JAX": "arctan2", "Julia": "atan", "torch": "*atan2"}),
    _coded("sinh"),
    _coded("cosh"),
    _coded("tanh", partials=lambda t: [1 - t**2]),
    _arc("asinh", "sinh"),
    _arc("acosh", "cosh"),
    _arc("atanh", "tanh"),
    _coded("erf", spelled={"numpy": "scipy.special:erf", "JAX": "jax.scipy.special:erf", "Julia": "SpecialFunctions:erf"}),
    # sums of exponentials that do not overflow: codegen/stable.py
    Function(
        "logistic",
        ("sigmoid",),
        read=False,
        formula=lambda x: 1 / (1 + sympy.exp(-x)),
        coded=True,
        spelled={"JAX": "jax.nn:sigmoid", "torch": "sigmoid", "C": "imde_logistic"} | _given("logistic", "numpy"),
        mpmath=lambda context: lambda x: 1 / (1 + context.exp(-x)),
        real=_logistic,
    ),
    Function(
        "softplus",
        formula=lambda x: sympy.log(1 + sympy.exp(x)),
        coded=True,
        spelled={"JAX": "jax.nn:softplus", "C": "imde_softplus"} | _given("softplus", "numpy", "torch"),
        mpmath=lambda context: lambda x: context.log(1 + context.exp(x)),
        real=_softplus,
    ),
    _quotient("cot", lambda x: sympy.cos(x) / sympy.sin(x), mpmath="cot"),
    _quotient("sec", lambda x: 1 / sympy.cos(x), mpmath="sec"),
    _quotient("csc", lambda x: 1 / sympy.sin(x), mpmath="csc"),
    _quotient("sinc", lambda x: sympy.sin(x) / x, mpmath="sinc"),
    _quotient("erfc", lambda x: 1 - sympy.erf(x), mpmath="erfc"),
    Function("coth", written=lambda x: 1 / sympy.tanh(x), merged=lambda x: sympy.cosh(x) / sympy.sinh(x), mpmath="coth"),
    Function("sech", merged=lambda x: 1 / sympy.cosh(x), mpmath="sech"),
    Function("csch", written=lambda x: sympy.sech(x) / sympy.tanh(x), merged=lambda x: 1 / sympy.sinh(x), mpmath="csch"),
    Function("acot", reciprocal="atan", mpmath="acot"),
    Function("asec", reciprocal="acos", mpmath="asec"),
    Function("acsc", reciprocal="asin", mpmath="acsc"),
    Function("acoth", reciprocal="atanh", mpmath="acoth"),
    Function("asech", reciprocal="acosh", mpmath="asech"),
    Function("acsch", reciprocal="asinh", mpmath="acsch"),
    _known("erfi", read=True),
    _known("LambertW", "lambertw"),
    _known("Ei", "ei"),
    _known("li"),
    _known("Si", "si"),
    _known("Ci", "ci"),
    _known("Shi", "shi"),
    _known("Chi", "chi"),
    Function("fresnels", read=False, mpmath="fresnels"),
    Function("fresnelc", read=False, mpmath="fresnelc"),
    # read, and made of others at once
    Function("cbrt"),
    Function("log10", formula=lambda x: sympy.log(x) / sympy.log(10)),
    Function("log2", formula=lambda x: sympy.log(x) / sympy.log(2)),
    Function("log1p", formula=lambda x: sympy.log(1 + x)),
    Function("expm1", formula=lambda x: sympy.exp(x) - 1),
    Function("square", formula=lambda x: x**2),
    Function("cube", formula=lambda x: x**3),
    Function("inv", formula=lambda x: 1 / x),
    Function("neg", formula=lambda x: -x),
)
BY_NAME = {f.name: f for f in TABLE}
CODED = tuple(f.name for f in TABLE if f.coded)
"""What programs call, in every language that computes with floats."""
SYMBOLIC = tuple(f.name for f in TABLE if f.mpmath and not f.written and not f.merged)
"""What programs call where sympy evaluates them."""
RECIPROCAL = {f.name: f.reciprocal for f in TABLE if f.reciprocal}

ANGLES = ((sympy.sin, sympy.cos, -1), (sympy.sinh, sympy.cosh, 1))
"""Pairs (s, c, σ) with s' = c, c' = σ s and c² - σ s² = 1, which the addition theorems tie to those of other arguments."""
TANGENTS = (
    (sympy.tan, (sympy.sin, sympy.cos, sympy.cot, sympy.sec, sympy.csc, sympy.sinc), lambda x: sympy.sin(x) / sympy.cos(x)),
    (sympy.tanh, (sympy.sinh, sympy.cosh, sympy.coth, sympy.sech, sympy.csch), lambda x: sympy.sinh(x) / sympy.cosh(x)),
)
"""Quotients that are functions of their own, unless one of these occurs beside them."""


def quotients(kind: str) -> dict[type, Rule]:
    """What functions of sympy's become, by the column "written" or "merged"."""
    return {getattr(sympy, f.name): rule for f in TABLE if (rule := getattr(f, kind))}


def spellings(language: str, names: Iterable[str] = CODED) -> dict[str, str]:
    """What a language calls functions, in the form of `Function.spelled`; those that it lacks are left out."""
    found = {name: BY_NAME[name].spelled.get(language, name) for name in names}
    return {name: text for name, text in found.items() if text}


def formula(name: str) -> Rule | None:
    """A function of sympy expressions by the name that programs call; None for a name that nobody knows."""
    if name == "pow":
        return sympy.Pow  # type: ignore[no-any-return]
    return BY_NAME[name].value if name in BY_NAME else getattr(sympy, name, None)


def in_mpmath(name: str, context: Any) -> Rule | None:
    """The function in the arithmetic of an mpmath context, by sympy where mpmath does not have it; None if neither does."""
    if name == "pow":
        return lambda a, b: a**b
    known = BY_NAME[name].mpmath if name in BY_NAME else None
    if known is not None:
        return getattr(context, known) if isinstance(known, str) else known(context)  # type: ignore[no-any-return]
    function = getattr(sympy, name, None)
    if function is None:
        return None
    return lambda *values: context.convert(function(*map(sympy.sympify, values)).evalf(context.dps))


def in_floats(name: str) -> Callable[..., float] | None:
    """The function of floats; None where the module math does not have it, and nor do we."""
    if name in BY_NAME and (own := BY_NAME[name].real):
        return own
    return getattr(math, name, None)
