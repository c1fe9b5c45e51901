"""Programs made from programs: values baked in, a Runge-Kutta step around a field, constants folded.

Folding is exact: rational arithmetic for rationals, sympy for roots and the like, which a target rounds
once. Products with 0 and 1 and sums with 0 disappear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from ..base.errors import CodegenError
from ..expressions.functions import RECIPROCAL, formula
from ..fields import GradedField
from ..rings import Scalar, is_exact, scalar, to_sympy
from .builder import Builder
from .numbers import nearest
from .program import Code, Program

ZERO = Fraction(0)


def field_program(
    graded: GradedField,
    field: bool = True,
    jacobian: bool = False,
    correction: bool = False,
    stable: bool = False,
) -> Program:
    """Σ h^k f_k, its exact Jacobian row by row, or first the one and then the other.

    correction : leave out f_0
    stable     : write sums of exponentials so that they do not overflow

    >>> from imde_sym import inverse_modified_equation
    >>> F = inverse_modified_equation("x' = sin(x)", "explicit_euler", 2)
    >>> field_program(F).operations, field_program(F, jacobian=True).operations, len(field_program(F, jacobian=True).outputs)
    (6, 13, 2)
    """
    ring, d = graded.ring, len(graded.variables)
    builder = Builder(ring, stable=stable)
    rows = [[grade.components[m] for grade in graded.grades] for m in range(d)]
    if correction:
        rows = [[ring.polynomials.zero, *row[1:]] for row in rows]
    outputs = [builder.graded(row) for row in rows] if field else []
    if jacobian:
        units = [ring.unit(m) for m in range(d)]
        outputs += [builder.graded([ring.reduce(ring.along(p, unit)) for p in row]) for row in rows for unit in units]
    return builder.program(outputs)


class Composer(Code):
    """Instructions that fold constants while they are emitted.

    irrational : fold roots and function values of constants too (False keeps them as they are written)
    """

    def __init__(self, names: Sequence[str], irrational: bool = True):
        super().__init__(names)
        self._irrational = irrational

    def value(self, n: int) -> Scalar | None:
        """The constant that an instruction is, if it is one."""
        op, *args = self._code[n]
        return args[0] if op == "constant" else None

    def emit(self, *instruction: Any) -> int:
        """The number of an instruction, or of the constant or simpler instruction that it is."""
        op, *args = instruction
        if op in ("add", "mul"):
            folded = self._sum(*args) if op == "add" else self._product(*args)
            return super().emit(*instruction) if folded is None else folded
        if op == "power":
            return self._power(*args)
        if op == "call":
            return self._call(*args)
        return super().emit(*instruction)

    def _sum(self, a: int, b: int) -> int | None:
        u, v = self.value(a), self.value(b)
        if u is not None and v is not None:
            return self._fold(u, v, lambda x, y: x + y)
        if u == 0 or v == 0:
            return b if u == 0 else a
        return None

    def _product(self, a: int, b: int) -> int | None:
        u, v = self.value(a), self.value(b)
        if u is not None and v is not None:
            return self._fold(u, v, lambda x, y: x * y)
        if u == 0 or v == 0:
            return self.constant(ZERO)
        if u == 1 or v == 1:
            return b if u == 1 else a
        for factor, other in ((u, b), (v, a)):
            op, *args = self._code[other]
            if isinstance(factor, Fraction) and op == "mul":  # c1*(c2*x) = (c1*c2)*x
                for x, y in (args, args[::-1]):
                    inner = self.value(x)
                    if isinstance(inner, Fraction):
                        return self.emit("mul", self.constant(factor * inner), y)
        return None

    def _fold(self, u: Scalar, v: Scalar, operation: Any) -> int | None:
        if isinstance(u, Fraction) and isinstance(v, Fraction):
            return self.constant(operation(u, v))
        if not self._irrational:
            return None
        if is_exact(u) and is_exact(v):
            return self.constant(scalar(operation(to_sympy(u), to_sympy(v))))
        return self.constant(operation(nearest(u), nearest(v)))

    def _power(self, a: int, exponent: Fraction) -> int:
        value = self.value(a)
        if value == 0 and exponent < 0:
            raise CodegenError("a given value makes the field divide by zero")
        if isinstance(value, Fraction) and exponent.denominator == 1:
            return self.constant(value**exponent.numerator)
        if value is None or not self._irrational:
            return super().emit("power", a, exponent)
        return self._number(to_sympy(value) ** to_sympy(exponent))

    def _call(self, name: str, *arguments: int) -> int:
        if name in RECIPROCAL and self._irrational:
            return self.emit("call", RECIPROCAL[name], self.emit("power", arguments[0], Fraction(-1)))
        values = [self.value(a) for a in arguments]
        function = formula(name)
        if None in values or function is None or not self._irrational:
            return super().emit("call", name, *arguments)
        return self._number(function(*map(to_sympy, values)))

    def _number(self, e: sympy.Expr) -> int:
        if e.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo):
            raise CodegenError("a given value makes the field infinite")
        return self.constant(nearest(e) if e.has(sympy.Float) else scalar(e))

    def inline(self, program: Program, inputs: Mapping[str, int], h: int) -> list[int]:
        """Emit a program with its inputs and h replaced by instructions of this one; its outputs."""
        new: list[int] = []
        for op, *args in program.instructions:
            if op == "input":
                new.append(inputs[program.inputs[args[0]]])
            elif op == "h":
                new.append(h)
            elif op in ("add", "mul"):
                new.append(self.emit(op, new[args[0]], new[args[1]]))
            elif op == "power":
                new.append(self.emit(op, new[args[0]], args[1]))
            elif op == "call":
                new.append(self.emit(op, args[0], *(new[a] for a in args[1:])))
            else:
                new.append(self.emit(op, args[0]))
        return [new[o] for o in program.outputs]


def bake(program: Program, h: Scalar | None, values: Mapping[str, Scalar], irrational: bool = True) -> Program:
    """The program with numbers for h (None: keep it) and for some inputs; the other inputs keep their order."""
    code = Composer([n for n in program.inputs if n not in values], irrational)
    inputs = {n: code.emit("input", i) for i, n in enumerate(code.names)}
    inputs |= {n: code.constant(v) for n, v in values.items()}
    step = code.emit("h") if h is None else code.constant(h)
    return code.program(code.inline(program, inputs, step))


def step_program(field: Program, variables: Sequence[str], coefficients: Program, stages: int) -> Program:
    """One step of an explicit Runge-Kutta method of the field: y + h Σ b_i f(y + h Σ a_ij g_j).

    coefficients : a program whose outputs are the rows of A below the diagonal, then b
    """
    constants = sorted({*field.inputs, *coefficients.inputs} - set(variables))
    code = Composer([*variables, *constants])
    inputs = {n: code.emit("input", i) for i, n in enumerate(code.names)}
    h = code.emit("h")
    weights = iter(code.inline(coefficients, inputs, h))
    g: list[list[int]] = []
    for i in range(stages + 1):  # the last row is b
        point = dict(inputs)
        row = [next(weights) for _ in range(i if i < stages else stages)]
        for m, v in enumerate(variables):
            total = code.constant(ZERO)
            for a, stage in zip(row, g, strict=True):
                total = code.emit("add", total, code.emit("mul", a, stage[m]))
            point[v] = code.emit("add", inputs[v], code.emit("mul", h, total))
        if i == stages:
            return code.program([point[v] for v in variables])
        g.append(code.inline(field, point, h))
    raise AssertionError
