"""Families of any size: gauss(s), lobatto_iiic(s), ssprk(s, p), rkc(s), ... by function and by name, "gauss(7)".

Functions enter `SIZES`, by which the catalogue reads such names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from math import isqrt
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.checks import check_count
from ..base.errors import ImdeError, MethodError, shown
from ..rings import scalar, to_sympy, vanishes
from .extrapolation import extrapolate
from .families.collocation import MAX_NODES, Collocation, mirrored
from .families.runge_kutta import ButcherTableau
from .gate import NAMED, SIZES, MethodLike
from .plain import numbers
from .theory.nodal import Bivariate, Nodes
from .theory.stages import MAX_STAGES

x = sympy.Symbol("x")
MAX_DAMPING = 100
HAIRER_WANNER = "E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, 2nd ed., Sect. IV.5"


# -- Gauss, Radau, Lobatto -------------------------------------------------------------------------
def _legendre(s: int) -> sympy.Expr:
    return sympy.legendre(s, 2 * x - 1)


def _nodes(P: sympy.Expr) -> Nodes:
    return Nodes([Fraction(int(c.p), int(c.q)) for c in reversed(sympy.Poly(sympy.expand(P), x).all_coeffs())])


def _size(s: Any, least: int = 1) -> int:
    return check_count(s, "the number of stages", least, MAX_NODES, MethodError)


def _sized(family: str, s: int, title: str, build: Callable[[], tuple[Nodes, Bivariate]]) -> ButcherTableau:
    """The entry of the catalogue, where there is one, else the method with these nodes and this a(τ, ζ)."""
    catalogue: Any = NAMED[0]
    for name in (f"{family}_{s}", f"{family}{s}"):
        if name in catalogue.aliases:
            known: ButcherTableau = catalogue[name]
            return known
    nodes, a = build()
    return Collocation(nodes.P, a, name=f"{family}_{s}", title=f"{title} method with {s} stages", reference=HAIRER_WANNER)


@checked
def gauss(s: int) -> ButcherTableau:
    """The Gauss method with s stages: collocation at the roots of the shifted Legendre polynomial, order 2s, symplectic.

    s : 1 to 30
    From the catalogue up to 5 stages, with radicals; larger ones are a `Collocation`. Raises MethodError for another s.

    >>> gauss(7).order, gauss(7).is_symplectic
    (14, True)
    """
    s = _size(s)

    def build() -> tuple[Nodes, Bivariate]:
        nodes = _nodes(_legendre(s))
        return nodes, nodes.integrals

    return _sized("gauss", s, "Gauss", build)


def _radau_right(s: int) -> Nodes:
    return _nodes(_legendre(s) - _legendre(s - 1))


@checked
def radau_iia(s: int) -> ButcherTableau:
    """The Radau IIA method with s stages: collocation at the right Radau nodes, order 2s - 1, L-stable (HW IV.5).

    Raises MethodError for s that is not a whole number from 1 on.

    >>> radau_iia(6).order, radau_iia(6).is_l_stable
    (11, True)
    """
    s = _size(s)

    def build() -> tuple[Nodes, Bivariate]:
        nodes = _radau_right(s)
        return nodes, nodes.integrals

    return _sized("radau_iia", s, "Radau IIA", build)


@checked
def radau_ia(s: int) -> ButcherTableau:
    """The Radau IA method with s stages: left Radau nodes and D(s), order 2s - 1, L-stable (HW IV.5).

    Raises MethodError for s that is not a whole number from 1 on.

    >>> radau_ia(6).order, radau_ia(6).simplifying_assumptions.D
    (11, 6)
    """
    s = _size(s)

    def build() -> tuple[Nodes, Bivariate]:
        right = _radau_right(s)
        left = mirrored(right)
        ratio = right.scaled(right.integrals, right.inverse(right.quadrature))  # a_ij / b_j of Radau IIA
        return left, left.scaled(left.swapped(left.reflected(right, ratio)), left.quadrature)

    return _sized("radau_ia", s, "Radau IA", build)


def _lobatto(s: int) -> tuple[Nodes, Bivariate]:
    """The nodes, and a/b of Lobatto IIIA."""
    nodes = _nodes(_legendre(s) - _legendre(s - 2))
    return nodes, nodes.scaled(nodes.integrals, nodes.inverse(nodes.quadrature))


def _partner(nodes: Nodes, ratio: Bivariate) -> Bivariate:
    """1 - α(ζ, τ): a_ij / b_j of the symplectic partner."""
    turned = [[-y for y in row] for row in nodes.swapped(ratio)]
    turned[0][0] += 1
    return turned


def _lobatto_c(s: int) -> tuple[Nodes, Bivariate]:
    """a/b of Lobatto IIIC: that of IIIA, changed by a multiple of the discrete Legendre polynomial so that a_i1 = b_1."""
    nodes, ratio = _lobatto(s)
    last = _nodes(_legendre(s - 1)).P  # orthogonal to lower degrees in the quadrature of the nodes, so that C(s - 1) stays
    missing = [-row[0] for row in ratio]  # 1 - α(τ, 0)
    missing[0] += 1
    return nodes, [[y + m * z / last[0] for y, z in zip(row, last, strict=True)] for row, m in zip(ratio, missing, strict=True)]


def _half(one: Bivariate, other: Bivariate) -> Bivariate:
    return [[(u + v) / 2 for u, v in zip(*pair, strict=True)] for pair in zip(one, other, strict=True)]


def _lobatto_ratio(kind: str, s: int) -> tuple[Nodes, Bivariate]:
    """a/b of a kind: a and c, their partners b and c_star, and the means d and e."""
    nodes, ratio = _lobatto(s) if kind in "abe" else _lobatto_c(s)
    if kind in "ac":
        return nodes, ratio
    partner = _partner(nodes, ratio)
    return nodes, _half(ratio, partner) if kind in "de" else partner


def _lobatto_method(kind: str, s: int) -> ButcherTableau:
    s = _size(s, 2)

    def build() -> tuple[Nodes, Bivariate]:
        nodes, ratio = _lobatto_ratio(kind, s)
        return nodes, nodes.scaled(ratio, nodes.quadrature)

    return _sized(f"lobatto_iii{kind}", s, f"Lobatto III{kind[0].upper()}{'*' if 'star' in kind else ''}", build)


@checked
def lobatto_iiia(s: int) -> ButcherTableau:
    """The Lobatto IIIA method with s >= 2 stages: collocation at the Lobatto nodes, order 2s - 2 (HW IV.5).

    Raises MethodError for s that is not a whole number from 2 on.

    >>> lobatto_iiia(6).order
    10
    """
    return _lobatto_method("a", s)


@checked
def lobatto_iiib(s: int) -> ButcherTableau:
    """The Lobatto IIIB method, the symplectic partner of IIIA, order 2s - 2 (HW IV.5; HLW IV.2).

    Raises MethodError for s that is not a whole number from 2 on.

    >>> lobatto_iiib(6).order
    10
    """
    return _lobatto_method("b", s)


@checked
def lobatto_iiic(s: int) -> ButcherTableau:
    """The Lobatto IIIC method: a_i1 = b_1 and C(s - 1), order 2s - 2, L-stable (HW IV.5).

    Raises MethodError for s that is not a whole number from 2 on.

    >>> lobatto_iiic(6).order, lobatto_iiic(6).is_l_stable
    (10, True)
    """
    return _lobatto_method("c", s)


@checked
def lobatto_iiic_star(s: int) -> ButcherTableau:
    """The Lobatto IIIC* method, the symplectic partner of IIIC: a_is = 0 (Jay 1996).

    Raises MethodError for s that is not a whole number from 2 on.

    >>> lobatto_iiic_star(6).order
    10
    """
    return _lobatto_method("c_star", s)


@checked
def lobatto_iiid(s: int) -> ButcherTableau:
    """The Lobatto IIID method: the mean of IIIC and IIIC*, symplectic (Jay 2015).

    Raises MethodError for s that is not a whole number from 2 on.

    >>> lobatto_iiid(6).order, lobatto_iiid(6).is_symplectic
    (10, True)
    """
    return _lobatto_method("d", s)


@checked
def lobatto_iiie(s: int) -> ButcherTableau:
    """The Lobatto IIIE method: the mean of IIIA and IIIB, symplectic and symmetric (Jay 2015).

    Raises MethodError for s that is not a whole number from 2 on.

    >>> lobatto_iiie(6).order, lobatto_iiie(6).is_symmetric
    (10, True)
    """
    return _lobatto_method("e", s)


@checked
def collocation(nodes: Sequence[Any], name: str = "") -> ButcherTableau:
    """Collocation at given nodes: a_ij = ∫ ℓ_j over [0, c_i], b_j = ∫ ℓ_j over [0, 1] (HNW II.7). Exact for exact nodes.

    nodes : different numbers, of which some may be symbols
    Raises MethodError where two agree. Cost: O(s³) operations.

    >>> collocation(["1/3", 1]) == NAMED[0]["radau_iia_2"]
    True
    """
    c = [to_sympy(v) for v in numbers("nodes", nodes)]
    if not c or any(vanishes(u - v) for u, v in combinations(c, 2)):
        raise MethodError(f"nodes must be different numbers, at least one; got {shown(nodes)}")
    if len(c) > MAX_NODES:
        raise MethodError(f"{len(c)} nodes; at most {MAX_NODES} are taken")
    A: list[list[Any]] = [[] for _ in c]
    b = []
    x = sympy.Dummy("x")  # nodes may have a symbol x
    for j, cj in enumerate(c):
        others = [v for i, v in enumerate(c) if i != j]
        scale = sympy.prod([cj - v for v in others])
        ell = sympy.Poly(sympy.prod([x - v for v in others]) if others else 1, x)
        primitive = ell.integrate(x)
        for i, ci in enumerate(c):
            A[i].append(scalar(sympy.radsimp(primitive.eval(ci) / scale)))
        b.append(scalar(sympy.radsimp(primitive.eval(1) / scale)))
    return ButcherTableau(A, b, list(map(scalar, c)), name=name)


# -- strong stability preserving --------------------------------------------------------------------
@checked
def ssprk(s: int, p: int) -> ButcherTableau:
    """The optimal explicit strong stability preserving method with s stages and order p (Ketcheson 2008).

    p = 1 and s >= 1, p = 2 and s >= 2, p = 3 and s = n² >= 4, or (3, 3), (5, 4) and (10, 4), from the catalogue
    Its SSP coefficient is s, s - 1, n² - n. Raises MethodError, with this list, for others.

    >>> ssprk(9, 3).order, ssprk(9, 3).ssp_coefficient
    (3, Fraction(6, 1))
    """
    s, p = check_count(s, "the number of stages", 1, MAX_STAGES, MethodError), check_count(p, "the order", 1, 100, MethodError)
    n, name = isqrt(s), f"ssprk_{s}_{p}"
    if p == 1:
        return _from_increments([[Fraction(1, s)] * i for i in range(s)], [Fraction(1, s)] * s, name)
    if p == 2 and s >= 2:
        return _from_increments([[Fraction(1, s - 1)] * i for i in range(s)], [Fraction(1, s)] * s, name)
    if (s, p) in ((3, 3), (5, 4), (10, 4)):
        known: ButcherTableau = NAMED[0][f"ssprk{s}{p}"]
        return known
    if p == 3 and n * n == s and n > 1:
        return _ssprk_cubic(n, name)
    raise MethodError(
        f"there is no ssprk({s}, {p}); there are p = 1 with any s, p = 2 with s >= 2, p = 3 with s = 3 or s = n² >= 4, "
        "and (5, 4), (10, 4)"
    )


def _from_increments(A: list[list[Any]], b: list[Any], name: str) -> ButcherTableau:
    title = "strong stability preserving method with {} stages and order {}".format(*name.split("_")[1:])
    return ButcherTableau(A, b, name=name, title=title, reference="D. I. Ketcheson, SIAM J. Sci. Comput. 30 (2008) 2113-2136")


def _ssprk_cubic(n: int, name: str) -> ButcherTableau:
    """s = n²: Euler steps of h/(n² - n), one of which is averaged with an earlier value."""
    s, step = n * n, Fraction(1, n * n - n)
    value: list[Fraction] = []
    kept: list[Fraction] = []
    rows = []
    for i in range(1, s + 1):
        rows.append(value)
        value = [*value, step]  # y + h f(y) / (n² - n)
        if i == (n - 1) * (n - 2) // 2:
            kept = value
        if i == n * (n + 1) // 2:
            old = [*kept, *[Fraction(0)] * (len(value) - len(kept))]
            value = [(n * u + (n - 1) * v) / Fraction(2 * n - 1) for u, v in zip(old, value, strict=True)]
    return _from_increments(rows, value, name)


@checked
def ssprk_implicit(s: int, p: int) -> ButcherTableau:
    """The optimal diagonally implicit SSP method with s stages and order p = 2 or 3 (Ketcheson et al. 2009).

    Its SSP coefficient is 2s for p = 2, s - 1 + sqrt(s² - 1) for p = 3, s >= 2. Raises MethodError for another p.

    >>> ssprk_implicit(3, 2).order, ssprk_implicit(4, 3).order
    (2, 3)
    """
    s, p = check_count(s, "the number of stages", 1, MAX_STAGES, MethodError), check_count(p, "the order", 1, 100, MethodError)
    if p == 2:
        below, diagonal = sympy.Rational(1, s), sympy.Rational(1, 2 * s)
    elif p == 3 and s >= 2:
        below = 1 / sympy.sqrt(s * s - 1)
        diagonal = (1 - sympy.sqrt(sympy.Rational(s - 1, s + 1))) / 2
    else:
        raise MethodError(f"there is no ssprk_implicit({s}, {p}); there are p = 2 with any s, and p = 3 with s >= 2")
    A = [[below] * i + [diagonal] for i in range(s)]
    title = f"diagonally implicit SSP method with {s} stages and order {p}"
    reference = "D. I. Ketcheson, C. B. Macdonald, S. Gottlieb, Appl. Numer. Math. 59 (2009) 373-392"
    return ButcherTableau(A, [sympy.Rational(1, s)] * s, name=f"ssprk_implicit_{s}_{p}", title=title, reference=reference)


# -- stabilised explicit methods --------------------------------------------------------------------
def _recurrence(first: Any, terms: Sequence[tuple[Any, Any, Any, Any]]) -> tuple[list[list[Any]], list[Any]]:
    """A and b of Y_1 = y + μ̃_1 h f_0, Y_j = (1 - μ - ν) y + μ Y_(j-1) + ν Y_(j-2) + μ̃ h f_(j-1) + γ̃ h f_0."""
    before: list[Any] = []
    now = [first]
    rows = [before, now]
    for mu, nu, own, start in terms:
        width = len(now) + 1
        u, v = ([*row, *[Fraction(0)] * (width - len(row))] for row in (now, before))
        new = [mu * a + nu * b for a, b in zip(u, v, strict=True)]
        new[-1] += own
        new[0] += start
        before, now = now, new
        rows.append(now)
    return rows[:-1], rows[-1]


@checked
def rkc(s: int, p: int = 2, damping: Any = None) -> ButcherTableau:
    """The Runge-Kutta-Chebyshev method with s stages and order p (Sommeijer, Shampine, Verwer 1997), rational.

    s       : 2 or more (p = 1: 1 or more)
    p       : 1 or 2
    damping : ε in w0 = 1 + ε/s², by default 2/13 for p = 2 and 1/20 for p = 1
    It is stable along the negative axis up to about 0.653 s² (p = 2) and (2 - 4ε/3) s² (p = 1).
    Raises MethodError for other s and p, RingError or ParseError for damping that is not a number.

    >>> m = rkc(5)
    >>> m.order, round(float(m.real_stability_interval), 2)
    (2, 16.6)
    """
    p = check_count(p, "the order", 1, 2, MethodError)
    s = check_count(s, "the number of stages", 1, MAX_STAGES, MethodError)
    if s < p:
        raise MethodError(f"rkc of order {p} needs at least {p} stages, got {s}")
    epsilon = scalar(damping) if damping is not None else Fraction(2, 13) if p == 2 else Fraction(1, 20)
    if not isinstance(epsilon, Fraction | float) or not 0 <= epsilon <= MAX_DAMPING:
        raise MethodError(f"the damping must be a number from 0 to {MAX_DAMPING}, got {shown(damping)}")
    w0 = 1 + epsilon / s**2
    T, D1, D2 = _chebyshev(s, w0)
    if p == 2:
        w1, b = D1[s] / D2[s], [D2[j] / D1[j] ** 2 for j in range(2, s + 1)]
        b = [b[0], b[0], *b]
        a = [1 - b[j] * T[j] for j in range(s + 1)]
        first = b[1] * w1
    else:
        w1, b = T[s] / D1[s], [1 / T[j] for j in range(s + 1)]
        a, first = [Fraction(0)] * (s + 1), w1 / w0
    terms = []
    for j in range(2, s + 1):
        own = 2 * b[j] * w1 / b[j - 1]
        terms.append((2 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], own, -a[j - 1] * own))
    rows, weights = _recurrence(first, terms)
    title = f"Runge-Kutta-Chebyshev method with {s} stages and order {p}"
    reference = "B. P. Sommeijer, L. F. Shampine, J. G. Verwer, J. Comput. Appl. Math. 88 (1998) 315-326"
    return ButcherTableau(rows, weights, name=f"rkc_{s}_{p}", title=title, reference=reference)


def _chebyshev(s: int, w: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """T_j, T_j' and T_j'' at w, for j up to s."""
    one, zero = Fraction(1), Fraction(0)
    T, D1, D2 = [one, w], [zero, one], [zero, zero]
    for _ in range(2, s + 1):
        D2.append(4 * D1[-1] + 2 * w * D2[-1] - D2[-2])
        D1.append(2 * T[-1] + 2 * w * D1[-1] - D1[-2])
        T.append(2 * w * T[-1] - T[-2])
    return T, D1, D2


@checked
def rkl(s: int, p: int = 2) -> ButcherTableau:
    """The Runge-Kutta-Legendre method with s stages and order p = 1 or 2 (Meyer, Balsara, Aslam 2014), rational.

    Raises MethodError for other p, and for fewer stages than the order needs: 3 for p = 2.

    >>> rkl(3).order, rkl(4, 1).order
    (2, 1)
    """
    p = check_count(p, "the order", 1, 2, MethodError)
    s = check_count(s, "the number of stages", 1, MAX_STAGES, MethodError)
    if s < p + (p == 2):
        raise MethodError(f"rkl of order {p} needs at least {p + (p == 2)} stages, got {s}")
    if p == 2:
        w1 = Fraction(4, s * s + s - 2)
        b = [Fraction(1, 3)] * 2 + [Fraction(j * j + j - 2, 2 * j * (j + 1)) for j in range(2, s + 1)]
        first = b[1] * w1
    else:
        w1, b = Fraction(2, s * s + s), [Fraction(1)] * (s + 1)
        first = w1
    terms = []
    for j in range(2, s + 1):
        mu = Fraction(2 * j - 1, j) * b[j] / b[j - 1]
        own = mu * w1
        terms.append((mu, -Fraction(j - 1, j) * b[j] / b[j - 2], own, -(1 - b[j - 1]) * own if p == 2 else Fraction(0)))
    rows, weights = _recurrence(first, terms)
    title = f"Runge-Kutta-Legendre method with {s} stages and order {p}"
    reference = "C. D. Meyer, D. S. Balsara, T. D. Aslam, J. Comput. Phys. 257 (2014) 594-626"
    return ButcherTableau(rows, weights, name=f"rkl_{s}_{p}", title=title, reference=reference)


# -- methods made of simpler ones -------------------------------------------------------------------
@checked
def extrapolation(method: MethodLike, s: int) -> ButcherTableau:
    """Richardson extrapolation over 1, 2, ..., s substeps (HNW II.9); `extrapolate` takes other counts.

    Raises MethodError for s that is not a whole number from 1 on, and for a multistep method.

    >>> extrapolation("explicit_euler", 4).order, extrapolation("trapezoid", 3).order
    (4, 6)
    """
    return extrapolate(method, list(range(1, check_count(s, "the number of columns", 1, MAX_STAGES, MethodError) + 1)))


@checked
def sdc(nodes: Sequence[Any], sweeps: int, implicit: bool = False) -> ButcherTableau:
    """Spectral deferred correction as one tableau: Euler from node to node, then so many correcting sweeps (Dutt et al. 2000).

    nodes    : times in (0, 1], ascending, the last one 1; the start 0 is a node besides
    sweeps   : corrections, each of which raises the order by 1, up to that of the quadrature on the nodes with 0
    implicit : implicit Euler, in place of the explicit one
    Raises MethodError for other nodes. Stages: nodes · (sweeps + 1), and one at 0.

    >>> sdc(["1/2", 1], 2).order, sdc(["1/2", 1], 3, implicit=True).order
    (3, 4)
    """
    c = numbers("nodes", nodes)
    sweeps = check_count(sweeps, "the number of sweeps", 1, MAX_STAGES, MethodError)
    times = [Fraction(0), *c]
    steps = [to_sympy(v) - to_sympy(u) for u, v in pairwise(times)]
    if not c or c[-1] != 1 or not all(d.is_positive for d in steps):
        raise MethodError(f"nodes must ascend from above 0 to 1, got {shown(nodes)}")
    if len(c) * (sweeps + 1) + 1 > MAX_STAGES:
        raise MethodError(f"{len(c)} nodes and {sweeps} sweeps make more than {MAX_STAGES} stages")
    S = collocation(times).A  # integrals from 0 to each node
    size, count = len(c) * (sweeps + 1) + 1, len(c)

    def place(sweep: int, m: int) -> int:
        """The stage at node m of a sweep; the start is one stage for all."""
        return 0 if m == 0 else 1 + sweep * count + m - 1

    rows: list[list[Any]] = [[sympy.S.Zero] * size]
    for sweep in range(sweeps + 1):
        for m in range(1, count + 1):
            row = list(rows[place(sweep, m - 1)])
            at = m if implicit else m - 1
            row[place(sweep, at)] += steps[m - 1]
            if sweep:
                row[place(sweep - 1, at)] -= steps[m - 1]
                for j in range(count + 1):
                    row[place(sweep - 1, j)] += to_sympy(S[m][j]) - to_sympy(S[m - 1][j])
            rows.append(row)
    A = [[scalar(sympy.expand(v)) for v in row] for row in rows]
    return ButcherTableau(A, A[-1], name=f"sdc_{count}_{sweeps}{'_implicit' if implicit else ''}")


@checked
def symplectic_partner(method: MethodLike) -> ButcherTableau:
    """The tableau â_ij = b_j (1 - a_ji / b_i), b̂ = b: with it the method makes a symplectic pair (HLW VI.4).

    Raises MethodError where a weight is 0, and for a method without a tableau.

    >>> symplectic_partner("lobatto_iiia_3") == NAMED[0]["lobatto_iiib_3"]
    True
    """
    if not isinstance(method, ButcherTableau):
        raise MethodError(f"symplectic_partner takes a Butcher tableau, got a {type(method).__name__}")
    A, b = [[to_sympy(v) for v in row] for row in method.A], [to_sympy(v) for v in method.b]
    if any(v == 0 for v in b):
        raise MethodError(f"{method.title} has a weight 0: it has no symplectic partner")
    partner = [[sympy.radsimp(sympy.expand(b[j] * (1 - A[j][i] / b[i]))) for j in range(len(b))] for i in range(len(b))]
    return ButcherTableau(partner, method.b, check_c=True, name=f"{method.name}_partner" if method.name else "")


# -- families with parameters -----------------------------------------------------------------------
@checked
def explicit_order_2(c2: Any = "c2") -> ButcherTableau:
    """All explicit two-stage methods of order 2: b = (1 - 1/(2 c2), 1/(2 c2)). c2 is a number or the name of a symbol.

    >>> explicit_order_2("1/2") == NAMED[0]["explicit_midpoint"]
    True
    """
    (c2,) = _parameters(c2=c2)
    weight = 1 / (2 * c2)
    return _parametric([[], [c2]], [1 - weight, weight])


@checked
def explicit_order_3(c2: Any = "c2", c3: Any = "c3") -> ButcherTableau:
    """The explicit three-stage methods of order 3 with 0, c2, c3 different and c2 not 2/3 (Butcher; HNW II.1).

    >>> explicit_order_3("1/3", "2/3") == NAMED[0]["heun3"]
    True
    """
    c2, c3 = _parameters(c2=c2, c3=c3)
    b2 = (3 * c3 - 2) / (6 * c2 * (c3 - c2))
    b3 = (2 - 3 * c2) / (6 * c3 * (c3 - c2))
    a32 = c3 * (c3 - c2) / (c2 * (2 - 3 * c2))
    return _parametric([[], [c2], [c3 - a32, a32]], [1 - b2 - b3, b2, b3])


@checked
def explicit_order_4(c2: Any = "c2", c3: Any = "c3") -> ButcherTableau:
    """The explicit four-stage methods of order 4 with 0, c2, c3, 1 different (Kutta 1901; Butcher 2016, Sect. 322).

    >>> explicit_order_4("1/3", "2/3") == NAMED[0]["rk38"]
    True
    """
    c2, c3 = _parameters(c2=c2, c3=c3)
    # b from the quadrature of order 4 with nodes 0, c2, c3, 1; then b3 a32 and b4 a4j from the conditions of order 4
    b2 = (2 * c3 - 1) / (12 * c2 * (c3 - c2) * (1 - c2))
    b3 = (1 - 2 * c2) / (12 * c3 * (c3 - c2) * (1 - c3))
    b4 = (6 * c2 * c3 - 4 * c2 - 4 * c3 + 3) / (12 * (1 - c2) * (1 - c3))
    a32 = c3 * (c3 - c2) / (2 * c2 * (1 - 2 * c2))
    a43 = b3 * (1 - c3) / b4
    a42 = (b2 * (1 - c2) - b3 * a32) / b4
    return _parametric([[], [c2], [c3 - a32, a32], [1 - a42 - a43, a42, a43]], [1 - b2 - b3 - b4, b2, b3, b4])


@checked
def ees25(x: Any = "x") -> ButcherTableau:
    """EES(2,5;x): explicit, order 2, and symmetric up to order 5 (Shmelev, Ebrahimi-Fard, Tapia, Salvi 2025); x not 1, ±1/2.

    >>> ees25("1/10").order
    2
    """
    (x,) = _parameters(x=x)
    a21 = (1 + 2 * x) / (4 * (1 - x))
    a31, a32 = (4 * x - 1) ** 2 / (4 * (x - 1) * (1 - 4 * x**2)), (1 - x) / (1 - 4 * x**2)
    return _parametric([[], [a21], [a31, a32]], [x, sympy.Rational(1, 2), sympy.Rational(1, 2) - x])


@checked
def ees27(x: Any = "x", minus: bool = False) -> ButcherTableau:
    """EES(2,7;x): explicit, order 2, and symmetric up to order 7 (Shmelev, Ebrahimi-Fard, Tapia, Salvi 2025).

    minus : whether √2 is replaced by -√2 throughout
    Raises MethodError for x = 1, 1/2, ±1/√2, 1 ± 1/√2 and 1/2 ± 1/√2.

    >>> ees27("1/10").order
    2
    """
    (x,) = _parameters(x=x)
    r = -sympy.sqrt(2) if minus else sympy.sqrt(2)
    alpha = (1 + r - 2 * x) * (2 * x + r) / ((2 * x - 1) * (4 * x**2 - 4 * x - 1))
    beta = (1 + r - 2 * x) * (2 + r - 2 * x) / ((2 * x - 1) * (2 * x**2 - 4 * x + 1) * (4 * x**2 - 4 * x - 1))
    quartic = -40 * x**4 + (80 - 40 * r) * x**3 - (88 - 60 * r) * x**2 + (48 - 34 * r) * x + 7 * r - 10
    a43 = (2 - r) * (2 * x - r) * (2 + r - 2 * x) * (x - 1) * (2 * x - 1) / (4 * (2 * x**2 - 1) * (2 * x**2 - 4 * x + 1))
    rows = [
        [],
        [(r * (1 - 2 * x) - 2) / (4 * (x - 1))],
        [(2 * x + r - 2) * (4 * x + r - 2) * alpha / (4 * r * (x - 1)), (r - 1) * alpha / 2],
        [
            beta * (2 * x - r) * quartic / (8 * (x - 1) * (2 * x**2 - 1)),
            (2 - r) * x * (x - 1) * (4 * x + r - 2) * beta / 2,
            a43,
        ],
    ]
    return _parametric(rows, [x, (2 - r) / 2 - (1 - r) * x, (1 - r) * (x - 1), (2 - r) / 2 - x])


@checked
def pareschi_russo(x: Any = "x") -> ButcherTableau:
    """The DIRK methods of order 2 of Pareschi and Russo (2005): A-stable from x = 1/4 on, L-stable for x = 1 ± 1/√2.

    >>> pareschi_russo("1/4") == NAMED[0]["qin_zhang2"]
    True
    """
    (x,) = _parameters(x=x)
    return _parametric([[x], [1 - 2 * x, x]], ["1/2", "1/2"])


def _parameters(**given: Any) -> list[sympy.Expr]:
    """Numbers, or symbols by their names."""
    out = []
    for name, value in given.items():
        if isinstance(value, str) and value.strip().isidentifier():
            out.append(sympy.Symbol(value.strip()))
            continue
        try:
            out.append(to_sympy(scalar(value)))
        except ImdeError as error:
            raise MethodError(f"{name}: {error}") from None
    return out


def _parametric(A: list[list[Any]], b: list[Any]) -> ButcherTableau:
    given = [v for row in (*A, b) for v in row]
    if any(sympy.sympify(v).has(sympy.zoo, sympy.nan, sympy.oo) for v in given):
        raise MethodError("the family has no method for these parameters: a denominator is 0")
    return ButcherTableau([[_number(v) for v in row] for row in A], [_number(v) for v in b])


def _number(value: Any) -> Any:
    """In lowest terms; what is made of complex floats is one."""
    found = sympy.cancel(value)
    return complex(found) if found.has(sympy.Float) and found.has(sympy.I) and not found.free_symbols else scalar(found)


SIZES.update(
    (f.__name__, f)
    for f in (
        *(gauss, radau_ia, radau_iia, lobatto_iiia, lobatto_iiib, lobatto_iiic, lobatto_iiic_star, lobatto_iiid, lobatto_iiie),
        *(ssprk, ssprk_implicit, rkc, rkl, explicit_order_2, explicit_order_3, explicit_order_4, ees25, ees27, extrapolation),
        pareschi_russo,
    )
)
SIZES["gauss_legendre"] = gauss  # as Irksome calls it
