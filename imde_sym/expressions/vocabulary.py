"""What words of a formula mean: functions, constants, Greek letters; and how much text is read."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable

import sympy

from .functions import TABLE

FUNCTIONS: dict[str, Callable[..., sympy.Expr]] = {w: f.value for f in TABLE for w in (*[f.name] * f.read, *f.words)}
"""What text may call, by its names."""
SYNONYMS: dict[str, Callable[..., sympy.Expr]] = {"arctan2": sympy.atan2, "hypot": lambda x, y: sympy.sqrt(x**2 + y**2)}
ARITY = {"atan2": 2, "arctan2": 2, "hypot": 2, "pow": 2}
CONSTANTS: dict[str, sympy.Expr] = {"pi": sympy.pi}
SPOKEN = {"e": sympy.E, "π": sympy.pi}
"""Constants wherever no symbol has that name."""
QUALIFIED = {"pi": sympy.pi, "PI": sympy.pi, "e": sympy.E, "E": sympy.E}
"""Constants of the modules below, as in Math.PI."""
MODULES = ("numpy", "np", "jnp", "math", "Math", "torch", "sympy", "sp")
STORED = CONSTANTS | {"E": sympy.E, "I": sympy.I, "EulerGamma": sympy.EulerGamma}
"""Constants as sympy prints them, for reading stored formulas."""
NON_SMOOTH = {
    "abs", "sign", "sgn", "max", "min", "floor", "ceil", "heaviside", "piecewise", "relu", "round", "mod",
    "maximum", "minimum", "fabs", "fmod", "fmax", "fmin",
}  # fmt: skip
_ABS, _SIGN, _MAX = (
    "sqrt(x**2 + eps**2) for |x|",
    "tanh(x/eps) for sign(x)",
    "(x + y + sqrt((x - y)**2 + eps**2))/2 for max(x, y)",
)
SMOOTHED = {"abs": _ABS, "fabs": _ABS, "sign": _SIGN, "sgn": _SIGN, "heaviside": f"{_SIGN}, (1 + tanh(x/eps))/2 for a step"}
SMOOTHED |= dict.fromkeys(["max", "maximum", "fmax", "min", "minimum", "fmin"], f"{_MAX}, with - before the root for min")
SMOOTHED |= {"relu": "eps*log(1 + exp(x/eps)) for relu(x)"}


def not_smooth(name: str) -> str:
    """Why a function is refused, and what has no kink in its place.

    >>> print(not_smooth("abs"))
    abs is not smooth, so it has no B-series; smooth with a small eps: sqrt(x**2 + eps**2) for |x|
    """
    smooth = SMOOTHED.get(name.lower())
    more = f"smooth with a small eps: {smooth}" if smooth else "only smooth functions are accepted"
    return f"{name} is not smooth, so it has no B-series; {more}"


ARRAYS = {"array", "asarray", "stack", "hstack", "tensor", "Matrix", "matrix", "SVector", "SA", "vcat", "list", "tuple", "c"}
"""What programs write before the entries of a vector."""
RESERVED = {*keyword.kwlist} - {"lambda"} | {
    "nan",
    "NaN",
    "inf",
    "Inf",
    "oo",
    "zoo",
    "infinity",
    "true",
    "false",
    "null",
    "then",
    "end",
}
"""Words of programs and of their numbers, which are no symbols."""

MAX_LENGTH = 400_000
MAX_NAME = 100
MAX_DEPTH = 100
MAX_EXPONENT = 1_000
MAX_BITS = 4_096

_LETTERS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi omicron pi varpi rho varrho",
    "sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar",
)
LETTERS = frozenset(" ".join(_LETTERS).split())
"""LaTeX commands that are letters, and so names."""
_VARIANT = re.compile(r"var(?=epsilon|theta|pi|rho|sigma|phi)")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def plain_name(name: str) -> str:
    """One spelling for all that differ by typesetting alone: ω₀, omega_0, omega0 and \\omega_{0}.

    >>> plain_name("ω₀"), plain_name("varphi_1")
    ('omega0', 'phi1')
    """
    spelled = "".join(map(_letter, name)).translate(_SUBSCRIPTS)
    return re.sub(r"_+(?=\d)", "", _VARIANT.sub("", spelled))


def _letter(c: str) -> str:
    if c.isascii():
        return c
    words = unicodedata.name(unicodedata.normalize("NFKC", c)[:1], "").split()
    if words[:1] != ["GREEK"] or words[2:3] != ["LETTER"] or len(words) != 4:
        return c
    letter = words[3].lower().replace("lamda", "lambda")
    return letter.capitalize() if words[1] == "CAPITAL" else letter
