"""The stage recursion of Runge-Kutta methods and their relatives, for a given field or for the field to be found.

With a field c = h·(field) the stages are g_i = c ∘ U_i, U_i = id + Σ_j a_ij g_j, and the map is
Φ = id + Σ_i b_i g_i. With w_i = log U_i and P_i = Σ_{j>=1} L_{w_i}^j c / j!, grade k of g_i is
c_k + P_i,k, where P_i,k needs lower grades only. So implicit methods cost as much as explicit ones,
nothing is iterated, and Φ_k = (Σ b) c_k + Σ b_i P_i,k is solved for c_k as easily as it is evaluated.
With several colours each one has coefficients of its own (additive and partitioned methods). Methods
with derivatives read L_c c, L_c² c, ... off at the stages as well (two-derivative and Taylor methods);
Rosenbrock methods add D c(y)·Σ_j γ_ij g_j, one product more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, Protocol

from ..base.errors import MethodError
from ..rings import is_zero
from .calculus import exp, grades, log
from .colored import ColoredSpace
from .space import COMPOSE, EXP, Graded, Part, PreLieSpace


class Recursion(Protocol):
    """A method as a map Φ[c], with Φ_k = consistency · c_k + rest(k), one consistency for each colour.

    >>> from imde_sym.prelie import method_map
    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> class Euler:  # Φ[c] = id + c
    ...     consistency, c = [Fraction(1)], [None]
    ...     def rest(self, k):
    ...         return None
    ...     def push(self, part, k):
    ...         self.c.append(part)
    >>> space.flat(method_map(space, Euler(), space.generator()))  # calls .rest(k) and .push(c_k, k) in turn
    array([1., 0., 0., 0.])
    """

    consistency: Sequence[Any]
    c: Graded

    def rest(self, k: int) -> Part | None:
        """The part of Φ_k that lower grades of c fix; None stands for zero. Grades are asked for in turn."""

    def push(self, part: Part, k: int) -> None:
        """Fix grade k of c."""


class Tableau(Protocol):
    """Coefficients as canonical scalars."""

    @property
    def A(self) -> Sequence[Sequence[Any]]:
        """Rows of stage coefficients, shape (s, s)."""
        ...

    @property
    def b(self) -> Sequence[Any]:
        """Weights, shape (s,)."""
        ...


class StageRecursion:
    """Grade by grade: `rest(k)`, then `push(c_k, k)`.

    tableaux : one for each colour, with equal numbers of stages
    higher   : the same for the derivatives L_c c, L_c² c, ... of the field, one entry for each
    gamma    : rows γ_ij of a Rosenbrock method

    >>> from imde_sym import methods
    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> recursion = StageRecursion(space, [methods["heun2"]])
    >>> recursion.rest(1) is None
    True
    >>> recursion.push(space.generator()[1], 1)
    >>> recursion.rest(2)  # h² f'f/2: the second stage has moved
    array([0.5])
    """

    def __init__(
        self,
        space: PreLieSpace,
        tableaux: Sequence[Tableau],
        higher: Sequence[Sequence[Tableau]] = (),
        gamma: Sequence[Sequence[Any]] = (),
    ):
        stages = len(tableaux[0].b)
        self._space = space
        self.c: Graded = [None]
        self.consistency: Sequence[Any] = [sum(t.b, Fraction(0)) for t in tableaux]
        self._w: list[Graded] = [[None] for _ in range(stages)]
        layers = [tableaux, *higher]
        moving = [any(a != 0 for layer in layers for t in layer for a in t.A[i]) for i in range(stages)]
        self._layers = [_Layer(space, layer, self.c if m == 0 else [None], self._w, moving) for m, layer in enumerate(layers)]
        self._log_towers = [space.tower(w, w, EXP) for w in self._w]
        self._gamma = [_nonzero(space, ([x] * space.colors for x in row)) for row in gamma]
        self._turned: list[Graded] = [[None] for _ in self._gamma]

    def rest(self, k: int) -> Part | None:
        """Σ b_i P_i,k: what the displacement of the stages adds to the map at grade k."""
        space, first = self._space, self._layers[0]
        if k == 1:
            return None
        for m, layer in enumerate(self._layers):
            if m > 0:
                layer.field.append(space.product(self.c, self._layers[m - 1].field, k, m) if k > m else space.zero(self.c[1]))
            layer.move(k)
        for i, row in enumerate(self._gamma):
            if row:
                turned = space.product(self._turned[i], self.c, k, 1)
                moved = first.moved[i]
                first.moved[i] = turned if moved is None else space.sum(moved, turned)
        pairs = [(b, first.moved[i]) for i, b in first.b if first.moved[i] is not None]
        pairs += [(b, layer.value(i, k)) for layer in self._layers[1:] for i, b in layer.b]
        return space.colored([b for b, _ in pairs], [part for _, part in pairs], k) if pairs else None

    def push(self, part: Part, k: int) -> None:
        """Fix grade k of c, and with it grade k of every stage and of its displacement."""
        space = self._space
        self.c.append(part)
        if k == space.order:  # nothing reads the stages' last grade
            return
        for m, layer in enumerate(self._layers):
            if m > 0 and k == 1:
                layer.field.append(space.zero(part))
            for i, g in enumerate(layer.g):
                g.append(layer.value(i, k))
        for i, (w, tower) in enumerate(zip(self._w, self._log_towers, strict=True)):
            pairs = [(a, layer.g[j][k]) for layer in self._layers for j, a in layer.A[i]]
            if pairs:
                U = space.colored([a for a, _ in pairs], [g for _, g in pairs], k)
                w.append(U if k == 1 else space.difference(U, tower.total(k)))
        for row, turned in zip(self._gamma, self._turned, strict=True):
            if row:
                turned.append(space.colored([a for _, a in row], [self._layers[0].g[j][k] for j, _ in row], k))


class _Layer:
    """One field read off at all stages, g_i = field ∘ U_i, with the coefficients that weigh it."""

    def __init__(
        self, space: PreLieSpace, tableaux: Sequence[Tableau], field: Graded, w: Sequence[Graded], moving: Sequence[bool]
    ):
        self._space, self.field = space, field
        rows = zip(*(t.A for t in tableaux), strict=True)  # a row holds one sequence a colour
        self.A = [_nonzero(space, zip(*row, strict=True)) for row in rows]
        self.b = _nonzero(space, zip(*(t.b for t in tableaux), strict=True))
        self.g: list[Graded] = [[None] for _ in self.A]
        self.moved: list[Part | None] = [None] * len(self.A)
        self._towers = [space.tower(own, field, COMPOSE) if moves else None for own, moves in zip(w, moving, strict=True)]

    def move(self, k: int) -> None:
        """Find grade k of what the stages' displacement adds to the field."""
        self.moved = [None if tower is None else tower.total(k) for tower in self._towers]

    def value(self, i: int, k: int) -> Part:
        """Grade k of the field at stage i."""
        moved = self.moved[i]
        return self.field[k] if moved is None else self._space.sum(self.field[k], moved)


def _nonzero(space: PreLieSpace, weights: Iterable[Sequence[Any]]) -> list[tuple[int, Sequence[Any]]]:
    """The weights (one scalar a colour) that are not zero for all colours, with their places."""
    return [(j, [space.scalar(a) for a in w]) for j, w in enumerate(weights) if any(a != 0 for a in w)]


def method_map(space: PreLieSpace, recursion: Recursion, field: Graded) -> Graded:
    """The map Φ of a method applied to the field (grades of h·field).

    >>> from imde_sym import methods
    >>> from imde_sym.prelie import StageRecursion
    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> space.flat(method_map(space, StageRecursion(space, [methods["heun2"]]), space.generator()))
    array([1. , 0.5, 0.5, 0. ])
    """
    consistency = [space.scalar(x) for x in recursion.consistency]
    phi: Graded = [None]
    for k in grades(space, 1, "method, grades"):
        rest = recursion.rest(k)
        own = space.colored([consistency], [field[k]], k)
        phi.append(own if rest is None else space.sum(own, rest))
        recursion.push(field[k], k)
    return phi


def modified(space: PreLieSpace, recursion: Recursion, field: Graded) -> Graded:
    """The modified field: its exact flow is the method applied to `field`.

    >>> from imde_sym import methods
    >>> from imde_sym.prelie import StageRecursion
    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> space.flat(modified(space, StageRecursion(space, [methods["explicit_euler"]]), space.generator()))
    array([ 1.        , -0.5       ,  0.16666667,  0.33333333])
    """
    return log(space, method_map(space, recursion, field))


def inverse_modified(
    space: PreLieSpace, recursion: Recursion, field: Graded, kept: Sequence[int] = (), target: Graded | None = None
) -> Graded:
    """The inverse modified field c: the method applied to c is the exact flow of `field`.

    kept   : colours whose share of the field c has as it is; the flow is then reproduced in the others alone
    target : another map than the flow
    Raises MethodError where the consistency of a colour is zero.

    >>> from imde_sym import methods
    >>> from imde_sym.prelie import StageRecursion
    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> space.flat(inverse_modified(space, StageRecursion(space, [methods["explicit_euler"]]), space.generator()))  # 1/γ
    array([1.        , 0.5       , 0.33333333, 0.16666667])
    """
    unknown = [Fraction(v not in kept) for v in range(space.colors)]
    target = exp(space, field) if target is None else target
    solved = [space.scalar(x * u) for x, u in zip(inverses(recursion.consistency), unknown, strict=True)]
    given = [space.scalar(1 - u) for u in unknown]
    for k in grades(space, 1, "inverse modified field, grades"):
        rest = recursion.rest(k)
        missing = target[k] if rest is None else space.difference(target[k], rest)
        weights, parts = ([given, solved], [field[k], missing]) if kept else ([solved], [missing])
        recursion.push(space.colored(weights, parts, k), k)
    return recursion.c


def inverse_in_one_part(space: PreLieSpace, build: Callable[[PreLieSpace], Recursion], field: Graded, unknown: int) -> Graded:
    """The field of which all parts but one are those of `field`, and which the method turns into the exact flow of it.

    build   : the recursion of the method over a space
    unknown : the colour of the part that is to be found. It makes up for all that the method does, so it holds terms of every
              outermost colour; over trees, whose roots have a colour, the parts are carried as trees of their own

    >>> from imde_sym import methods
    >>> from imde_sym.rings import ring_of
    >>> from imde_sym.trees import TreeSpace, tree_table
    >>> space = TreeSpace(tree_table(2), 2, ring_of([0.5]))
    >>> space.flat(inverse_in_one_part(space, methods["strang"].recursion, space.generator(), 1))[:2]
    array([1., 1.])
    """
    split = space if isinstance(space, ColoredSpace) else ColoredSpace(space, space.colors)
    if split is not space:
        shares = [[space.scalar(Fraction(v == own)) for v in range(space.colors)] for own in range(space.colors)]
        field = [None, *(tuple(space.colored([w], [part], k) for w in shares) for k, part in enumerate(field[1:], 1))]
    recursion, target = build(split), exp(split, field)
    consistency = recursion.consistency
    solved = split.scalar(inverses([consistency[unknown]])[0])
    weights = [split.scalar(Fraction(0) if v == unknown else -x) for v, x in enumerate(consistency)]
    for k in grades(split, 1, "inverse modified field, grades"):
        rest = recursion.rest(k)
        known = split.colored([weights], [field[k]], k)
        taken = () if rest is None else split.linear([split.scalar(Fraction(-1))], [rest])
        missing = split.base.sum(*target[k], *known, *taken)
        found = split.base.linear([solved], [missing])
        recursion.push(tuple(found if v == unknown else part for v, part in enumerate(field[k])), k)
    return recursion.c if split is space else split.total(recursion.c)


def inverses(consistency: Sequence[Any]) -> list[Any]:
    """1/consistency of each colour. Raises MethodError where one is zero.

    >>> inverses([Fraction(2), 0.5])
    [Fraction(1, 2), 2.0]
    """
    if any(is_zero(x) for x in consistency):
        raise MethodError(
            "the method has no term in the first power of h, so no field makes it reproduce a flow: an inverse "
            "modified equation needs a(τ) != 0, for a tableau sum(b) != 0"
        )
    return [1 / x for x in consistency]
