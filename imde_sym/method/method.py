"""Method: what every method offers, whatever its family, and the methods that are made of others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from html import escape
from itertools import count
from typing import Any, ClassVar

import numpy as np

from ..base.arguments import checked
from ..base.checks import MAX_COLORS, check_count, check_direction
from ..base.errors import MethodError
from ..base.pictures import Pictured
from ..base.tables import Table
from ..base.typeset import Typeset
from ..prelie import (
    AdjointRecursion,
    CompositionRecursion,
    Graded,
    PreLieSpace,
    Recursion,
    ScalarSpace,
    StageRecursion,
    inverse_in_one_part,
    inverse_modified,
    method_map,
    modified,
)
from ..rings import Arithmetic, Scalar
from ..trees import TreeSpace, tree_table
from . import formulas
from .display import report, rounding_sentence
from .gate import MethodLike, as_method
from .plain import numbers
from .theory.order import MAX_COMPUTED_ORDER, MAX_OTHER_ORDER, branching_once, order_over_trees
from .theory.stability import StabilityFunction
from .theory.stages import MAX_STAGES, HasStages, Stages, one_after_the_other, reversed_stages
from .theory.weights import StageWeights, elementary_weights
from .value import MethodValue, digits_of

MAX_SUBSTEPS = 100


class Method(Pictured, Typeset, MethodValue):
    r"""A method as a recursion over the grades of any pre-Lie space.

    A family gives `data` (its defining numbers by name, as canonical scalars in nested tuples) and
    `recursion`; from these follow its series, its equations, its order, its equality and its JSON form.
    `colors` is the number of parts into which the method splits the field: 1 unless it treats parts of
    it differently.
    A family is a subclass; its arguments are checked and raise MethodError. `modified`, `inverse_modified` and
    `elementary_weights` work on elements of a space, for everything that is asked of series and equations.

    >>> from imde_sym import methods
    >>> strang = methods["strang"]
    >>> strang.order, strang.is_explicit, strang.kind, strang.parameters
    (2, False, 'splitting method of 2 parts and 3 flows', ())
    >>> strang.data
    {'steps': ((Fraction(0, 1), Fraction(1, 2)), (Fraction(1, 1), Fraction(1, 1)), (Fraction(0, 1), Fraction(1, 2)))}
    >>> print(strang.letter, strang.consistency(2))
    \Phi^{\text{strang}} [Fraction(1, 1), Fraction(1, 1)]
    >>> strang.one_tableau, strang.own_times, strang.growth, strang.symbol_radius
    (None, False, None, None)
    >>> print(strang.latex())
    \varphi^{[0]}_{h / 2} \circ \varphi^{[1]}_{h} \circ \varphi^{[0]}_{h / 2}
    >>> from imde_sym.rings import ring_of
    >>> space = TreeSpace(tree_table(), 3, ring_of([0.5]))
    >>> f, heun = space.generator(), methods["heun2"]
    >>> space.flat(heun.modified(space, f)).round(3), space.flat(heun.inverse_modified(space, f)).round(3)
    (array([ 1.   ,  0.   ,  0.167, -0.167]), array([ 1.   ,  0.   , -0.167,  0.167]))
    >>> recursion = heun.recursion(space)  # the method grade by grade
    >>> heun.check_colors(2)  # fine: the parts are treated alike
    """

    view = "plot_method"
    colors: int = 1
    one_step = True
    """Whether the method is a map y -> Φ_h(y); a multistep method is not."""
    corrected: int | None = None
    """The part that the inverse equation corrects where the method solves the others exactly; None where each part learns its
    own terms."""
    part_names: ClassVar[tuple[str, ...]] = ()
    """What the parts of the field are called, where they have names."""
    linear_part: int | None = None
    """The part of the field that has to be linear with constant coefficients."""
    second_order = False
    """Whether part 0 of the field has to say q' = v and part 1 to move v alone."""
    measured: ClassVar[Mapping[str, str]] = {"inverse": "steps", "forward": "steps"}
    """What tells how well the method and its equation in a direction belong together: "steps", the distance of steps from a
    flow; "velocities", that of one step in the velocities alone; "formula", by how much a flow misses the difference formula."""
    traits: tuple[str, ...] = ("is_explicit", "is_exact")
    """The properties that `describe` tells where they hold."""

    def recursion(self, space: PreLieSpace) -> Recursion:
        """The method as a recursion over the grades of `space`: that of its stages, where these define it.

        Raises MethodError where it is no map of one step, or for a space of other colours than the method takes.
        """
        if parts := self.tableaux(space.colors):
            return StageRecursion(space, parts)
        raise MethodError(f"{self.title} is a {self.family} method: it is not a map of one step, so it has no stages")

    # -- what other rooms ask -------------------------------------------------------------------
    @property
    def is_explicit(self) -> bool:
        """Whether a step takes values of the field only; False also for families that do not step along values."""
        return False

    def tableaux(self, colors: int) -> tuple[HasStages, ...]:
        """The Butcher tableau of each of `colors` parts; none where more than stages defines the method.

        Raises MethodError for a number of parts that the method does not take.

        >>> from imde_sym.methods import methods
        >>> len(methods["rk4"].tableaux(2)), len(methods["strang"].tableaux(2))
        (2, 0)
        """
        if self.one_tableau is None:
            return ()
        return (self.one_tableau,) * check_count(colors, "the number of colours", 1, MAX_COLORS, MethodError)

    def with_tableaux(self, parts: Sequence[Stages], name: str, info: dict[str, Any]) -> Method:
        """A method of the same kind with these stages, for methods that have `tableaux`.

        Raises MethodError where a stage or their number does not fit.

        >>> from imde_sym import methods
        >>> from imde_sym.method.theory.stages import reversed_stages
        >>> euler = methods["explicit_euler"]
        >>> euler.with_tableaux([reversed_stages(euler)], "adjoint", {}).A  # implicit Euler
        ((Fraction(1, 1),),)
        """
        raise NotImplementedError

    @property
    def one_tableau(self) -> HasStages | None:
        """The Butcher tableau that alone defines the method; None where none does."""
        return None

    @property
    def own_times(self) -> bool:
        """Whether stages have times of their own, not the row sums: the method is then for fields without time."""
        return False

    @property
    def growth(self) -> StabilityFunction | None:
        """R(z), the factor by which a step multiplies y for y' = λy, z = hλ; None where that is not known."""
        return None

    @property
    def symbol_radius(self) -> float | None:
        """The radius of convergence of f_h = μ(h D) f in h D, for methods that make such a series of a field; None for others."""
        return None

    @property
    def derived(self) -> list[Scalar]:
        """Numbers that follow from the coefficients and that the recursion reads too.

        >>> from imde_sym import methods
        >>> methods["rk4"].derived
        []
        """
        return []

    # -- what the method makes of a field -------------------------------------------------------
    def read_units(self, order: int) -> Mapping[Scalar, float]:
        """`half_units` of the numbers that the recursion reads for an expansion up to `order`.

        Raises MethodError for an order that is not a whole number.

        >>> from imde_sym import methods
        >>> methods["rk4"].read_units(4)  # exact numbers
        {}
        """
        return self.half_units if order > 0 else {}

    def consistency(self, colors: int) -> list[Scalar]:
        """The weight of each part of the field in the first power of h; 1 for consistent methods.

        Raises MethodError for a number of colours that is no integer from 1 on, or that the method does not take.
        """
        colors = check_count(colors, "the number of colours", 1, MAX_COLORS, MethodError)
        return list(self.recursion(ScalarSpace(colors)).consistency)

    def modified(self, space: PreLieSpace, field: Graded) -> Graded:
        """The field whose exact flow is the method applied to `field`.

        Raises MethodError where the method does not take the colours of the space.
        """
        return self._meaningful(space, modified(space, self.recursion(space), field))

    def inverse_modified(self, space: PreLieSpace, field: Graded) -> Graded:
        """The field that the method turns into the exact flow of `field`.

        Raises MethodError where the method does not take the colours of the space, or sum(b) is 0.
        """
        if self.unknown is not None:
            return self._meaningful(space, inverse_in_one_part(space, self.recursion, field, self.unknown))
        return inverse_modified(space, self.recursion(space), field)

    @property
    def unknown(self) -> int | None:
        """The part that alone is corrected in the inverse equation; None where each part learns the terms of its own.

        >>> from imde_sym import methods
        >>> methods["strang"].unknown is None, methods["strang"].with_inverse(unknown=1).unknown
        (True, 1)
        """
        given: int | None = self.info.get("unknown", self.corrected)
        return given

    def leading(self, direction: str) -> list[Scalar] | None:
        """The weight of each part of the field in its own share of the equation, at h^0; None where that share is not so made.

        Raises MethodError for a direction that is neither "inverse" nor "forward".

        >>> from imde_sym import methods
        >>> methods["rk4"].leading("inverse")
        [Fraction(1, 1)]
        """
        weights = self.consistency(self.colors)
        if check_direction(direction, MethodError) == "forward":
            return weights
        if self.unknown is not None:
            return weights if all(w == 1 for w in weights) else None
        return None if any(w == 0 for w in weights) else [1 / w for w in weights]

    def with_inverse(self, unknown: int | str | None = None, match: str | None = None) -> Method:
        """The same method with a convention for its inverse equation, which is not unique where the field has several parts.

        unknown : the part (0, 1, ..., or its name) that is corrected, so that the method applied to it and the other parts as
                  they are is the exact flow of the field. By default each part learns the terms whose outermost field is its own
        match   : for Nyström methods, what is reproduced: "velocities", "positions" or "both"
        Raises MethodError for a part that there is not, and for a convention that the method does not have.

        >>> from imde_sym.methods import methods
        >>> methods["strang"].with_inverse(unknown=1).unknown
        1
        """
        if match is not None:
            raise MethodError(
                f"match= is for Nyström methods, whose inverse reproduces velocities or positions; not for {self.title}"
            )
        if unknown is None:
            return self
        if unknown in self.part_names:
            unknown = self.part_names.index(str(unknown))
        if isinstance(unknown, str) or not 0 <= unknown < self.colors or self.colors == 1:
            names = f", or {' or '.join(map(repr, self.part_names))}" if self.part_names else ""
            accepted = f"0 to {self.colors - 1}{names}" if self.colors > 1 else "nothing, as it takes the field as a whole"
            raise MethodError(f"unknown={unknown!r}: the parts that {self.title} can correct are {accepted}")
        return self._of_data(self.to_dict() | {"unknown": int(unknown)})

    def elementary_weights(self, order: int, arithmetic: Arithmetic, colors: int) -> np.ndarray:
        """The B-series of the method as an array over all trees of `colors` colours up to `order`.

        Tree by tree from the stages where these define the method, else grade by grade. Trees that stand for nothing, because a
        part is linear, carry 1/γ, the value of the exact flow, so that they count in no order condition.
        Raises MethodError for an order or colours that are not whole numbers.

        >>> from imde_sym import methods
        >>> from imde_sym.rings import ring_of
        >>> methods["heun2"].elementary_weights(3, ring_of([0.5]), 1)
        array([1. , 0.5, 0.5, 0. ])
        """
        if parts := self.tableaux(colors):
            return elementary_weights(parts, order, arithmetic)
        space = TreeSpace(tree_table(colors), order, arithmetic)
        found = space.flat(method_map(space, self.recursion(space), space.generator()))
        if self.linear_part is not None:
            idle = np.flatnonzero(~branching_once(self.linear_part, colors, order))
            if len(idle):
                found[idle] = arithmetic.constants([Fraction(1, int(tree_table(colors).density[i])) for i in idle])
        return found

    def _meaningful(self, space: PreLieSpace, element: Graded) -> Graded:
        """The element, over trees without those that stand for nothing."""
        if self.linear_part is None or not isinstance(space, TreeSpace):
            return element
        flat = space.flat(element)
        flat[~branching_once(self.linear_part, space.colors, space.order)] = space.scalar(Fraction(0))
        return space.graded(flat)

    def weight_blocks(self, arithmetic: Arithmetic) -> Iterator[np.ndarray]:
        """The B-series order by order, as far as it is asked for.

        Raises MethodError for what is not an arithmetic.

        >>> from imde_sym import methods
        >>> from imde_sym.rings import ring_of
        >>> blocks = methods["heun2"].weight_blocks(ring_of([0.5]))
        >>> next(blocks), next(blocks), next(blocks)
        (array([1.]), array([0.5]), array([0.5, 0. ]))
        """
        if parts := self.tableaux(self.colors):
            weights = StageWeights(parts, arithmetic)
            return (weights.block(k) for k in count(1))
        table = tree_table(self.colors)
        return (self.elementary_weights(k, arithmetic, self.colors)[table.block(k)] for k in count(1))

    @cached_property
    def order(self) -> int:
        """The computed order: the B-series agrees with the exact flow up to it, and not beyond.

        Exact for rational numbers and symbols, to 60 digits for roots, as far as rounding explains for rounded numbers;
        capped at 14 for tableaux, at 8 for other families.

        >>> from imde_sym import methods
        >>> methods["rk4"].order, methods["strang"].order
        (4, 2)
        """
        limit = MAX_COMPUTED_ORDER if self.tableaux(self.colors) else MAX_OTHER_ORDER
        return order_over_trees(self.numbers, self.weight_blocks, self.colors, limit)

    def check_colors(self, colors: int) -> None:
        """Raise MethodError unless the method can treat a field in `colors` parts."""
        if self.colors not in (1, colors):
            raise MethodError(f"{self.title} splits a field into {self.colors} parts; here it has {colors}")

    def __matmul__(self, other: object) -> Method:
        """`m1 @ m2`: m1 with half the step, then m2 with half the step."""
        return compose_methods(self, other) if isinstance(other, Method) else NotImplemented

    # -- how it is shown ------------------------------------------------------------------------
    def describe(self) -> Table:
        """A report: kind, order, traits, reference and numbers. Prints as text; Runge-Kutta methods tell more.

        >>> from imde_sym.methods import methods
        >>> print(methods["adams_bashforth_2"].describe().splitlines()[1])
        kind                linear 2-step method
        """
        rows = {
            "kind": self.kind,
            "order": str(self.order),
            "data": rounding_sentence(self.numbers, self.is_exact),
            "parts of the field": str(self.colors),
            "traits": ", ".join(t.removeprefix("is_").replace("_", " ") for t in self.traits if getattr(self, t)),
            "parameters": ", ".join(map(str, self.parameters)),
            "reference": self.reference,
            "doi": self.doi,
        }
        return report([self.title], rows, ["", str(self)], f"${escape(self.latex())}$")

    @property
    def evaluations(self) -> int | Fraction | None:
        """Evaluations of the whole field that a step takes: the stages, an implicit one counted once however it is solved for.

        A value that is kept from the step before costs nothing; the flow of one of n parts is an n-th. None where a step
        evaluates integrals over a continuum of stages.

        >>> from imde_sym import methods
        >>> [methods[name].evaluations for name in ("rk4", "adams_moulton_3", "strang", "average_vector_field")]
        [4, 1, Fraction(3, 2), None]
        """
        return getattr(self, "stages", None)

    def latex(self) -> str:
        """The tableau or the formula that defines the method."""
        raise NotImplementedError

    @property
    def letter(self) -> str:
        r"""`\Phi` with the method's name, for formulas."""
        return formulas.step_map(self.name or self.title)


class Composition(Method):
    """The methods one after the other, the first applied first, each with its fraction of the step.

    `compose_methods` makes one, or a tableau where the methods are tableaux.
    Raises MethodError for methods that split a field into different numbers of parts.

    >>> from imde_sym.methods import methods
    >>> Composition([methods["strang"], methods["strang"]], ["1/2", "1/2"]).order
    2
    """

    family = "composition"
    nested = ("methods",)

    def __init__(self, methods: Sequence[MethodLike], steps: Sequence[Any], *, name: str = "", **info: Any):
        self.methods: tuple[Method, ...] = tuple(map(as_method, methods))
        self.steps = numbers("steps", steps)
        self.corrected = next((m.unknown for m in self.methods if m.unknown is not None), None)
        self.linear_part = next((m.linear_part for m in self.methods if m.linear_part is not None), None)
        self.colors = max(m.colors for m in self.methods)
        for m in self.methods:
            m.check_colors(self.colors)
        super().__init__(name, info)

    @property
    def data(self) -> dict[str, Any]:
        """The methods and their fractions of the step."""
        return {"methods": self.methods, "steps": self.steps}

    @property
    def kind(self) -> str:
        """The methods by their titles, in sequence."""
        return " then ".join(m.title if s == 1 else f"{m.title} ({s} h)" for m, s in zip(self.methods, self.steps, strict=True))

    @property
    def evaluations(self) -> int | Fraction | None:
        """Those of the methods together."""
        own = [m.evaluations for m in self.methods]
        return None if None in own else sum(n for n in own if n is not None)

    def latex(self) -> str:
        """The maps, the first applied first, so written last."""
        return formulas.one_after_another([(m.letter, s) for m, s in zip(self.methods, self.steps, strict=True)])

    @property
    def own_times(self) -> bool:
        """Whether one of the methods has."""
        return any(m.own_times for m in self.methods)

    def recursion(self, space: PreLieSpace) -> CompositionRecursion:
        """The recursions of the methods, one after the other."""
        return CompositionRecursion(space, [(m.recursion(space), s) for m, s in zip(self.methods, self.steps, strict=True)])


class Adjoint(Method):
    """The adjoint Φ* = (Φ with step -h)⁻¹ of any one-step method. `adjoint_method` makes one.

    Raises MethodError for what is not a method.

    >>> from imde_sym.methods import methods
    >>> Adjoint(methods["strang"]).order
    2
    """

    family = "adjoint"
    nested = ("method",)

    def __init__(self, method: MethodLike, *, name: str = "", **info: Any):
        self.method: Method = as_method(method)
        self.colors, self.corrected, self.linear_part = self.method.colors, self.method.unknown, self.method.linear_part
        super().__init__(name, info)

    @property
    def data(self) -> dict[str, Any]:
        """The method whose adjoint this is."""
        return {"method": self.method}

    @property
    def kind(self) -> str:
        """Whose adjoint this is."""
        return f"adjoint of {self.method.title}"

    @property
    def evaluations(self) -> int | Fraction | None:
        """As many as of the method."""
        return self.method.evaluations

    def latex(self) -> str:
        """The inverse of the map with step -h."""
        return rf"\left({self.method.letter}_{{-h}}\right)^{{-1}}"

    @property
    def own_times(self) -> bool:
        """Whether the method has."""
        return self.method.own_times

    def recursion(self, space: PreLieSpace) -> Recursion:
        """The inverse of the method's recursion with the sign of h turned."""
        return AdjointRecursion(space, self.method.recursion(space))


@checked
def compose_methods(*methods: MethodLike, steps: Sequence[Any] | None = None, name: str = "", **info: Any) -> Method:
    """The composition of one-step methods, the first argument applied first.

    steps : the fraction of the step h that each method takes, by default equal ones that sum to 1
    Runge-Kutta methods compose to one Butcher tableau, partitioned ones to one partitioned tableau;
    others, and those with over 100 stages together, to a Composition. `m1 @ m2` is m1, then m2, with half a step each.
    Raises MethodError for no methods, multistep methods, or as many steps as there are not methods.

    >>> from imde_sym.methods import methods
    >>> compose_methods(methods["implicit_euler"], methods["explicit_euler"]).is_symplectic
    False
    >>> (methods["implicit_euler"] @ methods["explicit_euler"]).order
    2
    """
    if not methods:
        raise MethodError("compose_methods needs at least one method")
    maps: list[Method] = [as_method(m) for m in methods]
    for m in maps:
        require_one_step(m)
    fractions = numbers("steps", steps) if steps is not None else (Fraction(1, len(maps)),) * len(maps)
    if len(fractions) != len(maps):
        raise MethodError(f"{len(fractions)} step fractions for {len(maps)} methods: give one for each")
    colors = max(m.colors for m in maps)
    for m in maps:
        m.check_colors(colors)
    tableaux = [m.tableaux(colors) for m in maps]
    if all(tableaux) and sum(len(parts[0].b) for parts in tableaux) <= MAX_STAGES:
        joined = [one_after_the_other(column, fractions) for column in zip(*tableaux, strict=True)]
        return max(maps, key=lambda m: m.colors).with_tableaux(joined, name, digits_of(*maps) | info)
    return Composition(maps, fractions, name=name, **info)


@checked
def substeps(method: MethodLike, count: int) -> Method:
    """The method applied `count` times with step h/count: what a model trained with `count` substeps a datum sees.

    Raises MethodError unless count is an integer from 1 to 100, or for a multistep method.

    >>> from imde_sym.methods import methods
    >>> substeps(methods["explicit_euler"], 4).stages
    4
    """
    n = check_count(count, "the number of substeps", 1, MAX_SUBSTEPS, MethodError)
    return compose_methods(*[method] * n, name=f"{method.name}_x{n}" if method.name else "")


@checked
def adjoint_method(method: MethodLike) -> Method:
    """The adjoint method; a tableau where the method is one (HLW Thm II.3.2). Raises MethodError for a multistep method.

    >>> from imde_sym.methods import methods
    >>> adjoint_method(methods["explicit_euler"]) == methods["implicit_euler"]
    True
    """
    own: Method = as_method(method)
    require_one_step(own)
    name = f"{own.name}_adjoint" if own.name else ""
    if parts := own.tableaux(own.colors):
        return own.with_tableaux([reversed_stages(t) for t in parts], name, digits_of(own))
    return own.method if isinstance(own, Adjoint) else Adjoint(own, name=name)


def require_one_step(method: Method) -> None:
    """Raise MethodError for what is no one-step method."""
    if not isinstance(method, Method) or not method.one_step:
        what = method.title if isinstance(method, Method) else f"a {type(method).__name__}"
        raise MethodError(f"{what} is not a one-step method: only one-step methods compose and have an adjoint")
