"""Names of symbols as names in generated code: safe, injective, and written down in the code.

A name that the language accepts and that the generated code does not use itself stays as it is. Every
other name becomes "s_" and its letters and digits, all else as _hex_: λ is s__3bb_, x' is s_x_27_.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Sequence

from ..base.errors import CodegenError
from ..expressions.functions import CODED

MAX_LENGTH = 31
"""Longer names become s__0, s__1, ...: C and Fortran need not tell longer ones apart."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OWN = re.compile(
    r"(tmp|out)\d+|s_.*"  # ours
    r"|NULL|NAN|INFINITY|HUGE\w*|MAXFLOAT|DOMAIN|SING|OVERFLOW|UNDERFLOW|[PT]LOSS|(FP|M|MATH|X|IMDE)_\w+"  # macros of C
)
_SAFE = re.compile(r"[A-Za-z0-9 _.,:+\-^='/\[\]]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ARGUMENTS = _words("state states parameters out outs jacobian jacobians count point BLOCK NAMES")
"""Names that the emitters use themselves, next to tmp0, tmp1, ... and out0, out1, ..."""

PYTHON = frozenset(keyword.kwlist) | _words(
    "np jnp jax torch math numba sympy njit erf atan2 tensor field any bool columns complex direct dtype float given here "
    "int len list low points range result shape slice tuple type case match"
)
C = _words(
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while bool true false "
    "nullptr asm typeof constexpr alignas alignof thread_local static_assert catch class const_cast delete dynamic_cast "
    "explicit export friend mutable namespace new operator private protected public reinterpret_cast static_cast template "
    "this throw try typeid typename using virtual wchar_t and and_eq bitand bitor compl not not_eq or or_eq xor xor_eq "
    "linux unix i386 size_t ptrdiff_t max_align_t main errno"
)
JULIA = _words(
    "baremodule begin break catch const continue do else elseif end export false finally for function global if import let "
    "local macro module quote return struct true try using while abstract mutable primitive type where in isa outer public "
    "im pi kind similar promote_type typeof eltype float complex size axes eachcol view nothing missing Inf NaN"
)
FORTRAN = _words(
    "allocatable allocate assign associate asynchronous backspace bind block call case character class close codimension "
    "common complex contains continue critical cycle data deallocate deferred dimension do double elemental else elsewhere "
    "end endif enddo entry enum enumerator equivalence error exit extends external final flush forall format function "
    "generic goto if implicit import impure include inquire integer intent interface intrinsic kind len logical module "
    "namelist none nopass nullify only open operator optional parameter pass pause pointer precision print private "
    "procedure program protected public pure read real recursive result return rewind save select sequence stop submodule "
    "subroutine sync target then to type unlock use value volatile wait where while write rk c_size_t dble"
)

PLAIN = str.maketrans({"(": "[", ")": "]", ";": ",", '"': "'", "*": " star", "²": "^2"})


def escape(name: str) -> str:
    r"""ASCII text that is safe in a comment and in a double-quoted string: unusual characters as \uXXXX."""
    return "".join(c if _SAFE.fullmatch(c) else rf"\u{ord(c):04x}" if ord(c) < 0x10000 else rf"\U{ord(c):08x}" for c in name)


def title_text(title: str) -> str:
    """A title for a comment, with the signs of the catalogue's titles in a form that `escape` keeps."""
    return escape(title.translate(PLAIN))


def identifiers(names: Sequence[str], reserved: Collection[str], fold_case: bool = False) -> dict[str, str]:
    """Each name with its identifier; `fold_case` for languages where x and X are one name.

    Raises CodegenError if two of the names are equal: code could not tell the symbols apart.

    >>> identifiers(["x", "λ", "for"], PYTHON)
    {'x': 'x', 'λ': 's__3bb_', 'for': 's_for'}
    """
    table: dict[str, str] = {}
    taken: set[str] = set()
    for i, name in enumerate(names):
        if name in table:
            raise CodegenError(f"two symbols of this field are written {name[:60]!r}: rename one")
        key = name.lower() if fold_case else name
        plain = _PLAIN.fullmatch(name) and len(name) <= MAX_LENGTH and not _OWN.fullmatch(key) and not _OWN.fullmatch(name)
        if plain and key not in reserved and key not in taken:
            table[name] = name
        else:
            coded = "s_" + "".join(c if _keeps(c, fold_case) else f"_{ord(c):x}_" for c in name)
            table[name] = coded if len(coded) <= MAX_LENGTH else f"s__{i}"
        taken.add(key)
    return table


def _keeps(c: str, fold_case: bool) -> bool:
    return c.isascii() and c.isalnum() and not (fold_case and c.isupper())


def check_function_name(name: object) -> str:
    """A name for the generated function that every target accepts. Raises CodegenError for others."""
    limit = MAX_LENGTH - len("_parameters")
    words = {"h", "h_step", *ARGUMENTS, *CODED, *PYTHON, *C, *JULIA, *FORTRAN}
    text = name if isinstance(name, str) else ""
    if not _PLAIN.fullmatch(text) or len(text) > limit or _OWN.fullmatch(text) or text.lower() in words:
        raise CodegenError(
            f"{str(name)[:60]!r} cannot name a function in every language; accepted: up to {limit} "
            "ASCII letters, digits and underscores, no keyword"
        )
    return text
