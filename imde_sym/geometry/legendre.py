"""The Legendre transform of a series in h whose leading term is any regular Hamiltonian: by Taylor's formula about its momenta.

With P_0(q, v) from v = ∂H_0/∂p and P = P_0 + δ, δ = h P_1 + ..., the equation v = Σ h^j ∂H_j/∂p(q, P) gives P_k from what the
known momenta leave at h^k, and L = P·v - Σ h^j H_j(q, P). A term of H at P is Σ_α ∂^α H(P_0) δ^α/α!.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import factorial, prod
from random import Random

import sympy

from ..base.errors import FieldError
from ..fields import DifferentialRing

Series = list[sympy.Expr]
TRIED, CLOSE = 6, 1e-9
"""Points at which a solution of v = ∂H/∂p must give the momenta back, and how closely."""


def general_transform(
    terms: Sequence[sympy.Expr], q: Sequence[sympy.Symbol], p: Sequence[sympy.Symbol], v: Sequence[sympy.Symbol]
) -> Series:
    """The terms of L(q, v). Raises FieldError where v = ∂H/∂p is not solved for p by one formula."""
    n = len(terms)
    momenta = [[e, *[sympy.S.Zero] * (n - 1)] for e in momenta_of(terms[0], p, v)]
    leading = dict(zip(p, (m[0] for m in momenta), strict=True))
    mass = sympy.hessian(terms[0], p).subs(leading, simultaneous=True).applyfunc(_plain).inv()
    for k in range(1, n):
        rest = sympy.Matrix([_at([sympy.diff(t, s) for t in terms], p, momenta, leading, k) for s in p])
        for own, change in zip(momenta, mass * rest, strict=True):
            own[k] = _plain(-change)
    found = [sum((s * m[k] for s, m in zip(v, momenta, strict=True)), -_at(terms, p, momenta, leading, k)) for k in range(n)]
    found = [_plain(e) for e in found]
    ring = DifferentialRing([*q, *v], found)
    return [ring.to_sympy(ring.reduce(ring.convert(e))) for e in found]


def _plain(e: sympy.Expr) -> sympy.Expr:
    """Quotients joined, powers of powers denested: what is real where the momenta are stays the same there."""
    for _ in range(2):
        e = sympy.powdenest(sympy.together(e), force=True)
    return e.replace(_is_root_of_reciprocal, lambda root: sympy.Pow(sympy.expand(1 / root.base), -root.exp))


def _is_root_of_reciprocal(e: sympy.Expr) -> bool:
    return bool(e.is_Pow and e.exp.is_Rational and not e.exp.is_Integer and e.base.as_numer_denom()[0].is_Number)


def _at(
    terms: Sequence[sympy.Expr],
    p: Sequence[sympy.Symbol],
    momenta: Sequence[Series],
    leading: dict[sympy.Symbol, sympy.Expr],
    k: int,
) -> sympy.Expr:
    """The coefficient of h^k of Σ h^j terms[j] at the momenta; those at h^k count only as far as they are known."""
    total = sympy.S.Zero
    for j in range(k + 1):
        for alpha in product(range(k - j + 1), repeat=len(p)):
            change = _power([m[1:] for m in momenta], alpha, k - j)
            if change != 0:
                slope = sympy.diff(terms[j], *((s, a) for s, a in zip(p, alpha, strict=True) if a)) if any(alpha) else terms[j]
                total += _plain(slope.subs(leading, simultaneous=True)) * change / prod(map(factorial, alpha))
    return total


def _power(changes: Sequence[Series], alpha: Sequence[int], k: int) -> sympy.Expr:
    """The coefficient of h^k in Π (h P_1 + h² P_2 + ...)^α."""
    row = [sympy.S.One, *[sympy.S.Zero] * k]
    for change, times in zip(changes, alpha, strict=True):
        own = [sympy.S.Zero, *change[:k]]
        for _ in range(times):
            row = [sum((row[i] * own[m - i] for i in range(m + 1)), sympy.S.Zero) for m in range(k + 1)]
    return row[k]


def momenta_of(H: sympy.Expr, p: Sequence[sympy.Symbol], v: Sequence[sympy.Symbol]) -> list[sympy.Expr]:
    """p as a function of q and v: the one solution of v = ∂H/∂p that gives real momenta back.

    >>> p, v = sympy.symbols("p v")
    >>> momenta_of(sympy.sqrt(1 + p**2), [p], [v])
    [v/sqrt(1 - v**2)]
    """
    slopes = [sympy.diff(H, s) for s in p]
    what = f"v = ∂H/∂p = {', '.join(map(str, slopes))}"
    if sympy.hessian(H, p).det().equals(0):
        raise FieldError(f"{what} does not determine the momenta: ∂²H/∂p² has no inverse")
    try:
        solved = sympy.solve([s - w for s, w in zip(slopes, v, strict=True)], list(p), dict=True)
    except NotImplementedError:
        solved = []
    given = [[s.get(symbol) for symbol in p] for s in solved if all(symbol in s for symbol in p)]
    right = [list(map(_plain, e)) for e in given if all(_gives_back(slopes, e, p, v, at) for at in _points(H, p))]
    if len(right) != 1:
        raise FieldError(
            f"{what} is solved for the momenta by {len(right) or 'no'} formula{'s' * (len(right) > 1)}; a Lagrangian needs one"
        )
    return right[0]


def _points(H: sympy.Expr, p: Sequence[sympy.Symbol]) -> Iterator[dict[sympy.Symbol, float]]:
    """Numbers for the symbols of H: momenta of both signs, everything else positive."""
    random = Random(0)
    for _ in range(TRIED):
        yield {
            s: random.uniform(0.3, 1.7) * (random.choice((-1, 1)) if s in p else 1)
            for s in sorted({*H.free_symbols, *p}, key=str)
        }


def _gives_back(
    slopes: Sequence[sympy.Expr],
    found: Sequence[sympy.Expr],
    p: Sequence[sympy.Symbol],
    v: Sequence[sympy.Symbol],
    at: dict[sympy.Symbol, float],
) -> bool:
    speeds = dict(zip(v, (s.evalf(30, subs=at) for s in slopes), strict=True))
    others = {s: value for s, value in at.items() if s not in p}
    return all(abs(sympy.N(e.subs(speeds).subs(others)) - at[s]) < CLOSE for s, e in zip(p, found, strict=True))
