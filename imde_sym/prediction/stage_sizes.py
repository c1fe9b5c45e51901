"""What a bound needs to know of a method: how far its stages go from the point, and how it weighs them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

from ..base.errors import MethodError
from ..method import Composition, ContinuousStage, Method, Splitting
from ..method.theory.stages import HasStages
from ..rings import Scalar, is_zero
from ..rings.balls import ball

FAMILIES = "Runge-Kutta methods, partitioned ones, continuous stages, splittings, and compositions of these"
CHAINS = 8
"""Chains of so many stages are weighed one by one, longer ones together."""
MOST = 64
"""Up to so many substeps."""
FEW = 16
"""Stages up to which they are told apart."""
HALVINGS, LONGEST = 20, 10**9
"""How near the room that stages need is worked out, and in fractions of which denominators."""


Signed = tuple[Fraction, Fraction]
"""A fraction, and how far from it a number can be at most."""


@dataclass(frozen=True)
class StageSizes:
    """Of one step over the time T: mu is Σ|b_i|, kappa is max_i Σ_j |a_ij|, sigma is |Σ b_i| (rounded down, all else up).

    chains : |b| |A|^m 1 for m = 1, 2, ...: how much weight the step gives to stages that hang on m others; further ones are
             at most mu kappa^m, and none where `ends` is true
    For a method of several parts the largest over the parts; for continuous stages the sums are integrals; for a splitting,
    whose stages are the points on the flows of its parts, mu and kappa are the time that a part moves in all.

    Where stages are told apart, from some stage k on (or from the point itself, a stage with a_kj = 0): rows are |a_ij|, apart
    |a_ij - a_kj|, nodes |c_i - c_k|, the largest over the parts; reference is Σ_j |a_kj|; weights are |b_i| for each part;
    spreads |c_i - θ| for the median θ of the nodes of a part, and theta the largest |θ|.
    """

    mu: Any
    kappa: Any
    sigma: Any
    chains: tuple[Any, ...] = ()
    ends: bool = False
    rows: tuple[tuple[Any, ...], ...] = ()
    apart: tuple[tuple[Any, ...], ...] = ()
    nodes: tuple[Any, ...] = ()
    spreads: tuple[Any, ...] = ()
    weights: tuple[tuple[Any, ...], ...] = ()
    theta: Any = 0
    reference: Any = 0
    reach: Any = None

    def of(self, kind: Any) -> StageSizes:
        """The same in numbers of another kind."""

        def each(values: Any) -> Any:
            if values is None or isinstance(values, bool):
                return values
            return tuple(map(each, values)) if isinstance(values, tuple) else kind(values)

        return StageSizes(*(each(getattr(self, f.name)) for f in fields(self)))

    @property
    def room(self) -> Any:
        """R/(T M) where R is what stages need around a point, of a field that is at most M there: kappa, or less."""
        return self.kappa if self.reach is None else self.reach

    @property
    def first(self) -> Any:
        """Σ |b_i| Σ_j |a_ij|."""
        return self.chains[0] if self.chains else self.mu * self.kappa


def chained(m: StageSizes, c: Any) -> Any:
    """Σ |b| |A|^m 1 c^m over m >= 1, c being T times a Lipschitz constant between stages; None where it is not finite."""
    total, power = c * 0, c
    for chain in m.chains:
        total, power = total + chain * power, power * c
    if not m.ends:
        rest = c * m.kappa
        if rest >= 1:
            return None
        total += m.mu * rest ** (len(m.chains) + 1) / (1 - rest)
    return total


def check_consistent(method: Method) -> None:
    """Raise MethodError where f_h - f does not vanish with h, so that what follows from its powers of h is not the error.

    Weights that do not sum to 1 only because they were rounded do no harm.
    """
    weights = method.consistency(method.colors)
    if all(w == 1 for w in weights) or (method.order >= 1 if method.is_rounded else all(is_zero(w - 1) for w in weights)):
        return
    sums = ", ".join(str(w)[:20] for w in weights)
    raise MethodError(
        f"{method.title} is not consistent: its weights sum to {sums} where 1 is needed, and what is learned through it does not "
        "tend to f as h -> 0. Scale the weights so that they sum to 1"
    )


def stage_sizes(method: Method, S: int = 1) -> StageSizes:
    """The sizes of S substeps of a method, for a field in the parts that it takes.

    Raises MethodError for the families that have none.
    """
    mu, kappa = _sizes(method, method.colors)
    sigma = min(_size(s, up=False) for s in method.consistency(method.colors))
    if sigma == 0:
        raise MethodError(f"the weights of {method.title} sum to 0: no field makes it follow the flow")
    composed = ((S - 1) * mu + kappa) / S  # stage i of substep s comes after s - 1 whole substeps
    parts = [] if isinstance(method, Composition | Splitting | ContinuousStage) else method.tableaux(method.colors)
    if not parts or S > MOST:
        return StageSizes(mu, composed, sigma)
    chains = _chains(parts, S)
    shown = tuple(c for c in chains if c)  # once one is 0, all that follow are
    found = StageSizes(mu, composed, sigma, shown, len(shown) < len(chains))
    return found if S * len(parts[0].b) > FEW else _told_apart(found, [_composed(part, S) for part in parts])


def _told_apart(sizes: StageSizes, parts: Sequence[tuple[list[list[Signed]], list[Signed]]]) -> StageSizes:
    """The sizes with what is known of the stages one by one, the reference being that from which they vary least."""
    stages = range(len(parts[0][1]))
    zero: list[Signed] = [(Fraction(0), Fraction(0))] * len(stages)
    sums = [[_total(row) for row in A] for A, _ in parts]
    medians = [_median([c for c, _ in own], [_largest(w) for w in b]) for own, (_, b) in zip(sums, parts, strict=True)]
    known = replace(
        sizes,
        rows=_by_entries([A for A, _ in parts], [zero] * len(parts)),
        weights=tuple(tuple(map(_largest, b)) for _, b in parts),
        spreads=tuple(max(_distance(own[i], (m, Fraction(0))) for own, m in zip(sums, medians, strict=True)) for i in stages),
        theta=max(map(abs, medians)),
    )
    found = []
    for k in (None,) if sizes.ends else (None, *stages):
        own = [zero if k is None else A[k] for A, _ in parts]
        nodes = [zero[0] if k is None else c[k] for c in sums]
        found.append(
            replace(
                known,
                apart=_by_entries([A for A, _ in parts], own),
                nodes=tuple(max(_distance(c[i], node) for c, node in zip(sums, nodes, strict=True)) for i in stages),
                reference=max(sum(map(_largest, row), Fraction(0)) for row in own),
            )
        )
    best = min(found, key=_variation)
    return replace(best, reach=_reach(best)) if best.ends else best


def _reach(sizes: StageSizes) -> Any:
    """1/y for the largest T M/R = y, nearly, at which the stages of a field that is at most M on B_R are proved to stay there.

    One after the other: f(U_j) differs from f(x) by at most 2 M u/(1 + sqrt(1 - u²)) < M u/(1 - u²/2), u being |U_j - x|/R.
    """
    low, high = 1 / sizes.kappa if sizes.kappa else Fraction(0), Fraction(2)
    for _ in range(HALVINGS if low < high else 0):
        y = (low + high) / 2
        shares: list[Fraction] = []
        for node, row in zip(sizes.nodes, sizes.apart, strict=True):
            varied = sum((a * v for a, v in zip(row, shares, strict=False)), Fraction(0))
            u = min(y * sum(row), y * (node + varied)).limit_denominator(LONGEST) + Fraction(1, LONGEST)
            if u >= 1:
                break
            shares.append(u / (1 - u * u / 2))
        low, high = (y, high) if len(shares) == len(sizes.nodes) else (low, y)
    kappa: Fraction = sizes.kappa
    return min(kappa, 1 / low) if low else kappa


def _variation(sizes: StageSizes) -> Any:
    """How much a field varies over the stages from which each stage comes, roughly: by their distances from the reference."""
    far = [sum(row) for row in sizes.apart]
    varied = [sum(a * t for a, t in zip(row, far, strict=True)) for row in sizes.rows]
    return max(sum(b * v for b, v in zip(own, varied, strict=True)) for own in sizes.weights)


def _by_entries(matrices: Sequence[list[list[Signed]]], rows: Sequence[list[Signed]]) -> tuple[tuple[Fraction, ...], ...]:
    """|a_ij - r_j|, the largest over the parts."""
    stages = range(len(rows[0]))
    return tuple(
        tuple(max(_distance(A[i][j], row[j]) for A, row in zip(matrices, rows, strict=True)) for j in stages) for i in stages
    )


def _composed(part: HasStages, S: int) -> tuple[list[list[Signed]], list[Signed]]:
    """The tableau of S substeps, over the time of all."""
    own, b = [[_signed(x, S) for x in row] for row in part.A], [_signed(x, S) for x in part.b]
    zero: list[Signed] = [(Fraction(0), Fraction(0))] * len(b)
    return [b * n + row + zero * (S - 1 - n) for n in range(S) for row in own], b * S


def _signed(x: Scalar, S: int) -> Signed:
    if isinstance(x, Fraction | float):
        return Fraction(x) / S, Fraction(0)
    enclosed = ball(x)
    return Fraction(float(enclosed.centre)) / S, Fraction(float(enclosed.radius)) / S


def _total(row: Sequence[Signed]) -> Signed:
    return sum((x for x, _ in row), Fraction(0)), sum((r for _, r in row), Fraction(0))


def _distance(one: Signed, two: Signed) -> Fraction:
    """0 for a number and itself: a stage is where it is."""
    return Fraction(0) if one is two else abs(one[0] - two[0]) + one[1] + two[1]


def _largest(x: Signed) -> Fraction:
    return abs(x[0]) + x[1]


def _median(values: Sequence[Fraction], weights: Sequence[Fraction]) -> Fraction:
    """The value nearest to 0 among those from which the weighted sum of distances is least."""
    sums = {v: sum((w * abs(x - v) for x, w in zip(values, weights, strict=True)), Fraction(0)) for v in [Fraction(0), *values]}
    return min(sums, key=lambda v: (sums[v], abs(v)))


def _chains(parts: Sequence[HasStages], S: int) -> list[Fraction]:
    """|b| |A|^m 1 for S substeps, m = 1 to CHAINS; entries of the parts' matrices by the largest."""
    weights = [[_size(x) / S for x in t.b] for t in parts]
    rows = [[[_size(x) / S for x in row] for row in t.A] for t in parts]
    stages = range(len(weights[0]))
    A = [[max(own[i][j] for own in rows) for j in stages] for i in stages]
    b = [max(own[j] for own in weights) for j in stages]
    values = [[Fraction(1)] * len(b) for _ in range(S)]
    found = []
    for m in range(CHAINS):
        before, new = Fraction(0), []
        for step in values:
            if m:
                inside = [sum((A[i][j] * step[j] for j in stages), Fraction(0)) for i in stages]
            else:  # the parts one by one, as long as nothing but a sum of a row is asked for
                inside = [max(sum(own[i], Fraction(0)) for own in rows) for i in stages]
            new.append([before + x for x in inside])
            before += sum((w * v for w, v in zip(b, step, strict=True)), Fraction(0))
        values = new
        found.append(max(sum((own[j] * step[j] for step in values for j in stages), Fraction(0)) for own in weights))
    return found


def _sizes(method: Method, colors: int) -> tuple[Fraction, Fraction]:
    if isinstance(method, Composition):
        mu = kappa = Fraction(0)
        for inner, step in zip(method.methods, method.steps, strict=True):
            share, (own_mu, own_kappa) = _size(step), _sizes(inner, colors)
            kappa = max(kappa, mu + share * own_kappa)
            mu += share * own_mu
        return mu, kappa
    if isinstance(method, Splitting):
        times = [_sum(x for part, x in method.steps if part == own) for own in range(method.colors)]
        return max(times), max(times)
    if isinstance(method, ContinuousStage):
        return _integral(method.B), sum((_integral(row) for row in method.A), Fraction(0))
    if method.one_step and (parts := method.tableaux(colors)):
        return max(_sum(t.b) for t in parts), max(_sum(row) for t in parts for row in t.A)
    raise MethodError(f"no bound is known for {method.title} (family: {method.family}); it is for {FAMILIES}")


def _integral(coefficients: Iterable[Scalar]) -> Fraction:
    """A bound of ∫ |Σ c_j z^j| over [0, 1]."""
    return sum((_size(c) / (j + 1) for j, c in enumerate(coefficients)), Fraction(0))


def _sum(values: Iterable[Scalar]) -> Fraction:
    return sum(map(_size, values), Fraction(0))


def _size(value: Scalar, up: bool = True) -> Fraction:
    """|value|: exact for fractions and floats, else rounded up (or down)."""
    if isinstance(value, Fraction | float):
        return abs(Fraction(value))
    enclosed = ball(value)
    return Fraction(float(enclosed.upper if up else enclosed.lower))
