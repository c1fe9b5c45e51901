"""Splitting methods: exact flows of the parts of f = f_0 + f_1 + ..., one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from ...base.checks import MAX_COLORS, check_count
from ...base.errors import MethodError, shown
from ...prelie import CompositionRecursion, FlowRecursion, Graded, PreLieSpace
from ...rings import Scalar, scalar
from .. import formulas
from ..method import Method
from ..theory.order import MAX_OTHER_ORDER, order_over_words


class Splitting(Method):
    """exp(θ_m h f_{ν_m}) ∘ ... ∘ exp(θ_1 h f_{ν_1}): the flow of part ν_1 over the time θ_1 h first.

    steps : pairs (part, fraction), in the order in which they are applied
    The modified field is the Baker-Campbell-Hausdorff series, over coloured trees or for concrete fields.
    The inverse is not unique: a field can be split in many ways. Asked for it, the method refuses, unless
    the split is fixed by giving the parts of the field; part ν then learns the terms whose outermost field is f_ν.
    Raises MethodError for parts that are not 0, 1, ...

    >>> strang = Splitting([(0, "1/2"), (1, 1), (0, "1/2")])
    >>> strang.order, strang.colors
    (2, 2)
    """

    family = "splitting"

    def __init__(self, steps: Sequence[tuple[int, Any]], *, name: str = "", **info: Any):
        try:
            pairs = tuple((_part(part), scalar(fraction)) for part, fraction in steps)
        except (TypeError, ValueError) as error:
            raise MethodError(f"steps must be pairs (part, fraction), such as (0, '1/2'): {error}") from None
        parts = {part for part, _ in pairs}
        if not pairs or parts != set(range(max(parts) + 1)):
            given = shown(sorted(parts))
            raise MethodError(f"the parts of a splitting are numbered 0, 1, ..., {MAX_COLORS - 1} without a gap; got {given}")
        self.steps: tuple[tuple[Fraction, Scalar], ...] = tuple((Fraction(part), fraction) for part, fraction in pairs)
        self.colors = len(parts)
        super().__init__(name, info)

    @cached_property
    def order(self) -> int:
        """The computed order, at most 8: the product of the flows agrees with the flow of the sum up to it."""
        flows = [(int(part), fraction) for part, fraction in self.steps]
        return order_over_words(self.numbers, flows, self.colors, MAX_OTHER_ORDER)

    @property
    def data(self) -> dict[str, Any]:
        """The defining numbers, by name."""
        return {"steps": self.steps}

    @property
    def kind(self) -> str:
        """What the method is, for titles."""
        return f"splitting method of {self.colors} parts and {len(self.steps)} flows"

    @property
    def evaluations(self) -> int | Fraction:
        """The flows, each of one part of the field: strang with 2 parts has 3 halves of an evaluation."""
        return Fraction(len(self.steps), self.colors)

    def latex(self) -> str:
        """The flows of the parts, the first applied first, so written last."""
        return formulas.one_after_another([(rf"\varphi^{{[{part}]}}", theta) for part, theta in self.steps])

    def recursion(self, space: PreLieSpace) -> CompositionRecursion:
        """The method as a recursion over the grades of `space`."""
        if space.colors != self.colors:
            raise MethodError(f"{self.title} needs a field in {self.colors} parts; here it has {space.colors}")
        return CompositionRecursion(space, [(FlowRecursion(space, int(part)), fraction) for part, fraction in self.steps])

    def inverse_modified(self, space: PreLieSpace, field: Graded) -> Graded:
        """The field that the method turns into the exact flow of `field`."""
        if "inverse" not in self.info and self.unknown is None:
            raise MethodError(
                f"the inverse of {self.title} is not unique, because the learned field can be split in many ways; "
                "`with_inverse()` fixes it: each part learns the terms whose outermost field is its own; "
                "`with_inverse(unknown=1)` (or unknown=1 in the equation) keeps the other parts and corrects part 1"
            )
        return super().inverse_modified(space, field)

    def with_inverse(self, unknown: int | str | None = None, match: str | None = None) -> Method:
        """The same method with a convention: by default part ν learns the terms whose outermost field is f_ν.

        unknown : the part that is corrected while the others stay as they are

        >>> Splitting([(0, "1/2"), (1, 1), (0, "1/2")]).with_inverse().info["inverse"]
        'outermost field'
        """
        if unknown is not None or match is not None:
            return super().with_inverse(unknown, match)
        return Splitting([(int(p), x) for p, x in self.steps], name=self.name, **{**self.info, "inverse": "outermost field"})


def _part(given: Any) -> int:
    """The number of a part; data hold it as text, "0"."""
    number = scalar(given) if isinstance(given, str) else given
    return check_count(number, "the number of a part", 0, MAX_COLORS - 1, MethodError)
