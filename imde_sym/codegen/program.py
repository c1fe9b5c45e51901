"""One frozen program per field: straight-line code over few operations, built from ring polynomials.

Instructions are (operation, operands...) with operands the numbers of earlier instructions:
    ("input", i)  ("constant", value)  ("h",)  ("add", a, b)  ("mul", a, b)
    ("power", a, n/d)  ("call", "sin", a, ...)    the exponents are -1 and ±1/q
Equal instructions are stored once, so common sub-expressions are shared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..base.errors import CodegenError
from ..rings import Scalar

Instruction = tuple[Any, ...]
Rule = Callable[..., Any]
ARITHMETIC = ("add", "mul", "power", "call")
MAX_INSTRUCTIONS = 200_000
"""Beyond that, no compiler and no reader takes the text: some ten megabytes."""


@dataclass(frozen=True)
class Program:
    """Straight-line code from `inputs` (names, in order) and h to `outputs` (instruction numbers).

    >>> code = Code(["x"])
    >>> x = code.emit("input", 0)
    >>> square = code.emit("mul", x, x)
    >>> program = code.program([code.emit("add", square, square)])
    >>> program.operations, program.unshared  # x² is computed once
    (2, 3)
    >>> program.run([3], 0.1, constant=None, power=None, call=None)
    [18]
    """

    inputs: tuple[str, ...]
    instructions: tuple[Instruction, ...]
    outputs: tuple[int, ...]

    @property
    def operations(self) -> int:
        """Number of arithmetic operations and function calls."""
        return sum(i[0] in ARITHMETIC for i in self.instructions)

    @property
    def unshared(self) -> int:
        """Number of operations if every output were written out as one expression, nothing computed once."""
        costs: list[int] = []
        for instruction in self.instructions:
            costs.append((instruction[0] in ARITHMETIC) + sum(costs[a] for a in operands(instruction)))
        return sum(costs[o] for o in self.outputs)

    def run(self, inputs: Sequence[Any], h: Any, constant: Rule, power: Rule, call: Rule) -> list[Any]:
        """Evaluate in any arithmetic with + and *; the callables do constants, powers and functions."""
        values: list[Any] = []
        for op, *args in self.instructions:
            if op == "mul":
                values.append(values[args[0]] * values[args[1]])
            elif op == "add":
                values.append(values[args[0]] + values[args[1]])
            elif op == "input":
                values.append(inputs[args[0]])
            elif op == "constant":
                values.append(constant(args[0]))
            elif op == "h":
                values.append(h)
            elif op == "power":
                values.append(power(values[args[0]], args[1]))
            else:
                values.append(call(args[0], *(values[a] for a in args[1:])))
        return [values[o] for o in self.outputs]


def operands(instruction: Instruction) -> tuple[int, ...]:
    """The earlier instructions that an instruction reads."""
    op, *args = instruction
    if op in ("add", "mul"):
        return tuple(args)
    if op == "power":
        return (args[0],)
    return tuple(args[1:]) if op == "call" else ()


class Code:
    """Instructions under construction, each stored once. `names` are those of the inputs, in order.

    >>> from fractions import Fraction
    >>> code = Code(["x"])
    >>> x = code.emit("input", 0)
    >>> cube = code.raised(x, 3)
    >>> code.program([code.emit("add", cube, code.constant(Fraction(1, 2)))]).operations  # x x, times x, and the sum
    3
    """

    def __init__(self, names: Sequence[str]):
        self.names = tuple(names)
        self._code: list[Instruction] = []
        self._known: dict[Instruction, int] = {}

    def emit(self, *instruction: Any) -> int:
        """The number of an instruction, which is stored unless it is there.

        Raises CodegenError beyond 200,000 instructions.
        """
        if instruction[0] in ("add", "mul") and instruction[1] > instruction[2]:
            instruction = (instruction[0], instruction[2], instruction[1])
        # 1/2 == 0.5, but they are not the same constant
        key = (*instruction, type(instruction[1])) if instruction[0] == "constant" else instruction
        if key not in self._known:
            if len(self._code) == MAX_INSTRUCTIONS:
                raise CodegenError(f"the code would take over {MAX_INSTRUCTIONS} operations; a lower order takes fewer")
            self._known[key] = len(self._code)
            self._code.append(instruction)
        return self._known[key]

    def constant(self, value: Scalar) -> int:
        """The number of a constant."""
        return self.emit("constant", value)

    def raised(self, base: int, n: int) -> int:
        """base**n, n >= 1, by squaring."""
        if n == 1:
            return base
        half = self.raised(base, n // 2)
        square = self.emit("mul", half, half)
        return square if n % 2 == 0 else self.emit("mul", square, base)

    def program(self, outputs: Sequence[int]) -> Program:
        """Freeze; instructions that no output needs are dropped."""
        needed, stack = set(outputs), list(outputs)
        while stack:
            for a in operands(self._code[stack.pop()]):
                if a not in needed:
                    needed.add(a)
                    stack.append(a)
        order = sorted(needed)
        place = {old: new for new, old in enumerate(order)}
        code = tuple(_renumber(self._code[old], place) for old in order)
        return Program(self.names, code, tuple(place[o] for o in outputs))


def _renumber(instruction: Instruction, place: dict[int, int]) -> Instruction:
    op, *args = instruction
    if op in ("add", "mul"):
        return (op, place[args[0]], place[args[1]])
    if op == "power":
        return (op, place[args[0]], args[1])
    return (op, args[0], *(place[a] for a in args[1:])) if op == "call" else instruction
