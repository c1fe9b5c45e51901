"""Polynomials of a differential ring as instructions, sums nested by Horner's rule in the generator that occurs most often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from fractions import Fraction
from typing import Any

import sympy

from ..base.errors import CodegenError
from ..fields import DifferentialRing
from ..rings import Polynomial, Scalar, scalar
from ..rings.polynomials import occurring
from .joints import Joints
from .program import Code
from .stable import Stable


class Builder(Code):
    """Turns polynomials of a differential ring into instructions.

    inputs : generator indices that are inputs; None takes the variables and parameters and computes
             every kernel from them
    stable : call `logistic` and `softplus` where a sum of exponentials could overflow
    Raises CodegenError for undefined functions, which have no code.

    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> ring = DifferentialRing([x], [sympy.sin(x)])
    >>> builder = Builder(ring)
    >>> p = ring.convert(sympy.sin(x) + 2)
    >>> builder.program([builder.polynomial(p)]).operations  # a call and a sum
    2
    >>> builder.program([builder.graded([p, p])]).operations  # p + h p
    4
    >>> builder.program([builder.generator(0)]).inputs
    ('x',)
    """

    def __init__(self, ring: DifferentialRing, inputs: Sequence[int] | None = None, stable: bool = False):
        self._ring = ring
        self._stable = Stable(self, self.polynomial, ring) if stable else None
        if inputs is None:
            place = {g.expression: i for i, g in enumerate(ring.generators)}
            inputs = [*(place[v] for v in ring.variables), *sorted(ring.constants, key=lambda i: str(ring.expressions[i]))]
        super().__init__([str(ring.expressions[g]) for g in inputs])
        self._inputs = {g: n for n, g in enumerate(inputs)}
        self._generators: dict[int, int] = {}
        self._joints = Joints(ring, self._stable.size if self._stable else len(ring.generators), self._inputs)

    def generator(self, g: int) -> int:
        """The instruction of a generator."""
        if g in self._inputs:
            return self.emit("input", self._inputs[g])
        if g not in self._generators:
            number = self._stable.generator(g) if self._stable and g not in self._joints else None
            self._generators[g] = self._computed(g) if number is None else number
        return self._generators[g]

    def _computed(self, g: int) -> int:
        """The instruction of a generator that is no input, from what it is a function of."""
        if g in self._joints:
            base, exponent = self._joints[g]
            return self.emit("call", "pow", self.polynomial(base), self.polynomial(exponent))
        generator = self._ring.generators[g]
        e, arguments = generator.expression, generator.arguments
        if generator.undefined:
            raise CodegenError(f"{e} has no formula, so there is no code for it: put a function in its place first")
        if generator.function == "sum":
            return self.polynomial(arguments[0])
        if generator.function == "sech":
            return self.emit("power", self.emit("call", "cosh", self.polynomial(arguments[0])), Fraction(-1))
        if generator.function == "power":
            return self.emit("power", self.polynomial(arguments[0]), generator.exponent)
        if generator.function:
            return self.emit("call", generator.function, *map(self.polynomial, arguments))
        if e.is_number:
            return self.constant(complex(0, 1) if e is sympy.I else scalar(e))
        raise CodegenError(f"{e} is not an input of this program")

    def polynomial(self, p: Polynomial) -> int:
        """The instruction of a polynomial."""
        terms = dict(self._ring.polynomials.terms(p))
        return self._horner(self._joints.join(self._stable.rewrite(terms) if self._stable else terms))

    def graded(self, grades: Sequence[Polynomial]) -> int:
        """Σ grades[k] h^k by Horner's rule."""
        total: int | None = None
        skipped = 0
        for p in reversed(grades):
            if total is not None:
                skipped += 1
            if p != 0:
                value = self.polynomial(p)
                if total is not None:
                    total = self.emit("add", value, self.emit("mul", self.raised(self.emit("h"), skipped), total))
                else:
                    total = value
                skipped = 0
        if total is None:
            return self.constant(Fraction(0))
        return self.emit("mul", self.raised(self.emit("h"), skipped), total) if skipped else total

    def _horner(self, terms: dict[tuple[int, ...], Scalar]) -> int:
        """Horner's rule, as deep as the degree is: with a stack of its own, not Python's."""
        used = sorted({g for m in terms for g in occurring(m)})  # of the many generators of a large field
        few = {tuple([m[g] for g in used]): c for m, c in terms.items()}
        stack: list[Generator[Any, Any, int]] = [self._nested(few, used)]
        value: int | None = None
        while stack:
            try:
                inner = stack[-1].send(value)
            except StopIteration as done:
                stack.pop()
                value = done.value
            else:
                stack.append(self._nested(inner, used))
                value = None
        return value  # type: ignore[return-value]

    def _nested(self, terms: dict[tuple[int, ...], Scalar], used: Sequence[int]) -> Generator[Any, Any, int]:
        """Yields the polynomials whose instructions it needs; exponents are those of the generators `used`."""
        if not terms:
            return self.constant(Fraction(0))
        if len(terms) == 1:
            ((monomial, coefficient),) = terms.items()
            return self._monomial(monomial, coefficient, used)
        counts = Counter(g for m in terms for g in occurring(m))
        if not counts or max(counts.values()) == 1:
            total: int | None = None
            for monomial, coefficient in terms.items():
                value = self._monomial(monomial, coefficient, used)
                total = value if total is None else self.emit("add", total, value)
            return total  # type: ignore[return-value]
        g = max(counts, key=lambda i: (counts[i], -i))
        inside = {m: c for m, c in terms.items() if m[g]}
        n = min(m[g] for m in inside)
        quotient = {(*m[:g], m[g] - n, *m[g + 1 :]): c for m, c in inside.items()}
        power = self.raised(self.generator(used[g]), n)
        value = self.emit("mul", power, (yield quotient))
        rest = {m: c for m, c in terms.items() if not m[g]}
        return self.emit("add", value, (yield rest)) if rest else value

    def _monomial(self, monomial: tuple[int, ...], coefficient: Scalar, used: Sequence[int]) -> int:
        total: int | None = None
        for g in occurring(monomial):
            factor = self.raised(self.generator(used[g]), monomial[g])
            total = factor if total is None else self.emit("mul", total, factor)
        if total is None:
            return self.constant(coefficient)
        return total if coefficient == 1 else self.emit("mul", self.constant(coefficient), total)
