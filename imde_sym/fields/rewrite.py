"""Expressions brought to one form before they enter a ring: what is refused, what is rewritten.

Functions that are quotients of others become quotients, powers are split by the terms of their exponents,
logarithms and roots of integers by primes. Where few generators are wanted, denominators are factored into
irreducible polynomials in their functions: 1/(x**2 + x) and 1/(x*(1 + x)) then need the same ones. In formulas that
are evaluated they stay as they are written: 1/(x**10 + c) has no small values in the partial fractions over its factors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from math import comb

import sympy

from ..base.errors import FieldError, shown
from ..expressions.functions import TANGENTS, quotients
from ..expressions.undefined import decode, is_undefined, partial
from ..expressions.vocabulary import not_smooth
from ..rings import check_expression, scalar, to_sympy

NON_SMOOTH = (
    sympy.Abs, sympy.sign, sympy.Piecewise, sympy.Heaviside, sympy.Max, sympy.Min, sympy.floor, sympy.ceiling,
    sympy.re, sympy.im, sympy.arg, sympy.conjugate, sympy.DiracDelta, sympy.Mod, sympy.frac,
)  # fmt: skip
NOT_ELEMENTARY = (sympy.Integral, sympy.Sum, sympy.Product, sympy.Limit)
INFINITE = (sympy.nan, sympy.zoo, sympy.oo, -sympy.oo)
ATOMS = (sympy.pi, sympy.I, sympy.EulerGamma)
"""Constants that are generators; E is exp(1)."""

WRITTEN = quotients("written")
"""What becomes a quotient of functions that stay finite: tanh and sech do where sinh and cosh overflow."""
MERGED = quotients("merged")
"""What becomes a quotient where few generators and all their relations are wanted."""
Rules = Mapping[type, Callable[[sympy.Expr], sympy.Expr]]
MAX_EXPANDED = 5_000
"""How many terms a power of a sum may have when it is multiplied out."""
MAX_TRIED, MAX_FACTORED = 2**15, 64
"""Up to which prime all integers are divided, and up to how many bits what is left is factored."""


def as_expression(value: object) -> sympy.Expr:
    """A sympy expression or a number as an expression; text is never evaluated. Raises FieldError, RingError."""
    if isinstance(value, sympy.Expr):
        check_expression(value)
        return value
    if isinstance(value, str):
        raise FieldError(f"{shown(value)} is text; VectorField.parse reads text")
    return to_sympy(scalar(value))


def nodes(expression: sympy.Basic) -> Iterator[sympy.Basic]:
    """Every different sub-expression once."""
    seen, stack = {expression}, [expression]
    while stack:
        node = stack.pop()
        yield node
        new = [a for a in dict.fromkeys(node.args) if a not in seen]
        seen.update(new)
        stack += new


def refuse_non_smooth(expressions: Iterable[sympy.Expr]) -> None:
    """Raise FieldError, naming the sub-expression, where a field is not smooth or not understood."""
    for expression in expressions:
        for node in nodes(expression):
            if isinstance(node, NON_SMOOTH):
                why = not_smooth(type(node).__name__).removeprefix(type(node).__name__)
                raise FieldError(f"{node}{why}")
            if isinstance(node, NOT_ELEMENTARY):
                raise FieldError(f"{node} is not an elementary function of the variables")
            if node in INFINITE:
                what = "a component is" if node == expression else f"{expression} contains"
                raise FieldError(f"{what} {node}: a field must be finite (is a denominator zero?)")


def merging_rules(expressions: Iterable[sympy.Expr]) -> Rules:
    """The quotients of a ring with few generators.

    tan where sin or cos occur as well, or tan of a second argument, is a quotient too; tanh likewise.
    """
    kinds: set[type] = set()
    arguments: dict[type, set[sympy.Basic]] = {f: set() for f, _, _ in TANGENTS}
    for e in expressions:
        for n in nodes(e):
            kinds.add(type(n))
            if type(n) in arguments:
                arguments[type(n)].add(n)
    found = {f: r for f, beside, r in TANGENTS if len(arguments[f]) > 1 or (arguments[f] and kinds & {*beside})}
    return MERGED | found


def prepare(expressions: Iterable[sympy.Expr], merging: Rules | None = None) -> list[sympy.Expr]:
    """The expressions in the form that `KernelSet` and the ring understand.

    merging : see `merging_rules`; without them everything stays close to what is written
    """
    rules = WRITTEN if merging is None else merging
    expressions = [as_expression(e) for e in expressions]
    refuse_non_smooth(expressions)
    kinds = {type(n) for e in expressions for n in nodes(e)}
    for function in rules.keys() & kinds:
        expressions = [e.replace(function, rules[function]) for e in expressions]
    if merging is not None:
        expressions = [multiplied_out(e) for e in expressions]
    elif sympy.cosh in kinds:
        expressions = [e.replace(_divides_by_cosh, lambda n: sympy.sech(*n.base.args) ** -n.exp) for e in expressions]
    return [canonical(e, merging is not None) for e in expressions]


def _divides_by_cosh(e: sympy.Basic) -> bool:
    return bool(e.is_Pow and isinstance(e.base, sympy.cosh) and e.exp.is_Integer and e.exp < 0)


@lru_cache(maxsize=4096)
def multiplied_out(e: sympy.Expr) -> sympy.Expr:
    """Powers of sums as sums, inside functions too. Raises FieldError beyond `MAX_EXPANDED` terms."""
    if not e.args or is_undefined(e) or isinstance(e, sympy.CRootOf):
        return e
    args = [multiplied_out(a) for a in e.args]
    if any(a is not b for a, b in zip(args, e.args, strict=True)):
        e = e.func(*args)
    if e.is_Pow and e.base.is_Add and e.exp.is_Integer and e.exp > 1:
        check_size(e)
        return sympy.expand_multinomial(e)
    return e


def check_size(e: sympy.Expr) -> None:
    """Raise FieldError for a power of a sum with too many terms."""
    n, k = int(e.exp), len(e.base.args)
    if n > MAX_EXPANDED or comb(n + k - 1, k - 1) > MAX_EXPANDED:
        raise FieldError(f"the power {n} of a sum of {k} terms has over {MAX_EXPANDED} terms when it is multiplied out")


@lru_cache(maxsize=4096)
def canonical(e: sympy.Expr, split: bool) -> sympy.Expr:
    """The canonical form of one expression and of every sub-expression, with denominators factored or not."""
    if not e.args or isinstance(e, sympy.CRootOf):
        return e
    if is_undefined(e):
        return _undefined(e, split)
    args = [canonical(a, split) for a in e.args]
    if any(a is not b for a, b in zip(args, e.args, strict=True)):
        e = e.func(*args)
        if e in INFINITE:
            raise FieldError(f"the field is not finite: it contains {e} (is a denominator zero?)")
    if isinstance(e, sympy.log):
        return logarithm(e.args[0])
    if isinstance(e, sympy.exp):
        return _exponential(e)
    if not e.is_Pow:
        return e
    base, power = e.as_base_exp()
    return _power(base, power, split)


def _undefined(e: sympy.Expr, split: bool) -> sympy.Expr:
    found = decode(e)
    if found is None:
        done = e.doit()
        if done == e or any(decode(n) is None for n in sympy.preorder_traversal(done) if is_undefined(n)):
            raise FieldError(f"{e} is not a partial derivative of an undefined function by its own arguments")
        return canonical(done, split)
    function, arguments, orders = found
    return partial(function(*(expanded(canonical(a, split)) for a in arguments)), orders)


def logarithm(argument: sympy.Expr) -> sympy.Expr:
    """log, with the logarithms of positive rational numbers written by primes."""
    if argument.is_Rational and argument.is_positive:
        return sympy.Add(*(n * sympy.log(p) for p, n in prime_powers(argument).items()))
    return sympy.log(argument)


@lru_cache(maxsize=4096)
def prime_powers(number: sympy.Rational) -> Mapping[sympy.Expr, int]:
    """A positive rational number by primes; what trial division leaves of a long integer stays whole."""
    found: dict[sympy.Expr, int] = {}
    for part, sign in ((int(number.p), 1), (int(number.q), -1)):
        for p, n in sympy.factorint(part, limit=MAX_TRIED, use_rho=False, use_pm1=False, use_ecm=False).items():
            further = sympy.factorint(p) if p.bit_length() <= MAX_FACTORED else {p: 1}
            for q, m in further.items():
                found[sympy.Integer(q)] = found.get(sympy.Integer(q), 0) + sign * n * m
    return found


def _exponential(e: sympy.Expr) -> sympy.Expr:
    """exp(a + i b) as exp(a) (cos b + i sin b)."""
    terms = sympy.Add.make_args(expanded(e.args[0]))
    turning = [t / sympy.I for t in terms if sympy.I in t.args or t == sympy.I]
    if not turning:
        return e
    angle = sympy.Add(*turning)
    rest = sympy.Add(*(t for t in terms if not (sympy.I in t.args or t == sympy.I)))
    return sympy.exp(rest) * (sympy.cos(angle) + sympy.I * sympy.sin(angle))


def _power(base: sympy.Expr, power: sympy.Expr, split: bool) -> sympy.Expr:
    if not power.is_Rational:
        rational, rest = expanded(power).as_coeff_Add(rational=True)
        if rational == 0 or rest == 0:
            return base**power
        return canonical(base**rational, split) * base**rest
    if base.is_Rational:
        if power.is_Integer or base.is_negative:
            return base**power
        return sympy.Mul(*(p ** (n * power) for p, n in prime_powers(base).items()))
    if power.is_Integer:
        return _integer_power(base, power, split)
    content, primitive = expanded(base).as_content_primitive()
    if primitive == 0:
        raise FieldError(f"{base} under a root or in a denominator is identically zero")
    if content.is_positive and not base.has(sympy.Float):  # a positive number leaves a root on every branch
        return canonical(content**power, split) * primitive**power if content != 1 else primitive**power
    return base**power


def _integer_power(base: sympy.Expr, power: sympy.Expr, split: bool) -> sympy.Expr:
    if base.is_Add and base.could_extract_minus_sign():
        return (-1) ** power * canonical((-base) ** power, split)
    if base.is_Add and base.is_number and power.is_negative:
        rational = sympy.radsimp(base**power)
        return base**power if rational == base**power else canonical(rational, split)
    if power.is_positive or base.is_Symbol or base.is_number:
        return base**power
    if not split and not base.has(sympy.Float):
        content, primitive = base.as_content_primitive()
        return content**power * primitive**power
    coefficient, factors = factored(base)
    return coefficient**power * sympy.Mul(*(f ** (n * power) for f, n in factors))


@lru_cache(maxsize=4096)
def factored(base: sympy.Expr) -> tuple[sympy.Expr, tuple[tuple[sympy.Expr, int], ...]]:
    """A rational number and the irreducible factors, with powers, of a rational function of kernels.

    Raises FieldError where it is identically zero.
    """
    if base.has(sympy.Float) or not base.is_Add:
        return sympy.S.One, ((base, 1),)
    kernels: dict[sympy.Expr, sympy.Symbol] = {}
    masked = _mask(base, kernels, reciprocals=True)
    back = {s: k for k, s in kernels.items()}
    numerator, denominator = sympy.fraction(sympy.together(masked))
    coefficient, factors = sympy.S.One, dict[sympy.Expr, int]()
    if sympy.expand(numerator) == 0:
        raise FieldError(f"division by {base}, which is identically zero")
    for part, sign in ((numerator, 1), (denominator, -1)):
        number, found = sympy.factor_list(part)
        coefficient *= number**sign
        for f, n in found:
            f = f.xreplace(back)
            if f == 0:
                raise FieldError(f"division by {base}, which is identically zero")
            if f.could_extract_minus_sign():
                f, coefficient = -f, coefficient * (-1) ** n
            factors[f] = factors.get(f, 0) + n * sign
    return coefficient, tuple((f, n) for f, n in factors.items() if n)


@lru_cache(maxsize=4096)
def expanded(e: sympy.Expr) -> sympy.Expr:
    """The polynomial in kernels multiplied out; what is inside functions and denominators stays as it is."""
    kernels: dict[sympy.Expr, sympy.Symbol] = {}
    masked = _mask(e, kernels, reciprocals=False)
    return sympy.expand(masked).xreplace({s: k for k, s in kernels.items()})


def _mask(e: sympy.Expr, kernels: dict[sympy.Expr, sympy.Symbol], reciprocals: bool) -> sympy.Expr:
    """e with a new symbol for everything that is no sum, product, rational number or integer power (> 0) of these."""
    if e.is_Rational:
        return e
    if e.is_Add or e.is_Mul:
        return e.func(*(_mask(a, kernels, reciprocals) for a in e.args))
    if e.is_Pow and e.exp.is_Integer and e.exp > 0 and e.base.is_Add:  # stays a power of the sum
        return kernels.setdefault(e.base, sympy.Dummy(f"k{len(kernels)}")) ** e.exp
    if e.is_Pow and e.exp.is_Integer and (reciprocals or e.exp > 0):
        return _mask(e.base, kernels, reciprocals) ** e.exp
    return kernels.setdefault(e, sympy.Dummy(f"k{len(kernels)}"))
