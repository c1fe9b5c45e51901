"""Polynomials in functions as formulas: expanded, with common factors collected, factored; as sympy expressions.

A formula is rows, pairs of exponents and a coefficient, over atoms. Those of a ring are printed from its own terms; any other
expression is taken apart into rows first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cmp_to_key
from itertools import chain
from typing import Any, Literal, NamedTuple, get_args

import sympy
from sympy.core.basic import Basic, _cmp_name
from sympy.core.exprtools import decompose_power

from ..base.errors import UnknownNameError
from ..expressions import latex
from ..expressions.layout import FRACTIONS, WIDTH, Group, Latex, Numerals, Term, Text
from ..rings import polynomial_ring, scalar, to_sympy
from ..rings.polynomials import Monomial, PolynomialRing, occurring
from .quotients import Sum, cancelled, content, polynomial, saved

Style = Literal["expanded", "collected", "factored"]
STYLES: tuple[str, ...] = get_args(Style)
WRITTEN_STYLES = (*STYLES, "cse")
"""Of text and LaTeX; "cse" names what occurs several times."""
MAX_FACTORED = 400
"""Terms of a polynomial beyond which "factored" is "collected": factoring could take minutes."""
MAX_TRIED = 200
"""Terms of a formula in whose sums products and powers of sums are looked for when it is collected."""
MAX_POWER_TERMS = 12
"""Terms of such a sum."""
MAX_NUMERATOR = 40
"""Terms of a numerator that is shortened."""
Rows = Sequence[tuple[Monomial, Any]]
Compared = cmp_to_key(Basic.compare)
NUMBERS = tuple({type(sympy.Rational(p, q)) for p, q in ((2, 1), (1, 3), (1, 2), (-1, 1), (1, 1), (0, 1))})
"""The classes of sympy's rational numbers."""


def find_style(style: str, accepted: Sequence[str] = STYLES) -> str:
    """The style of this name. Raises UnknownNameError.

    >>> find_style("factored")
    'factored'
    """
    if style not in accepted:
        raise UnknownNameError("style", style, accepted)
    return style


class Factor(NamedTuple):
    """What a power of an atom is: a number, what stands above the fraction bar and what stands below it."""

    number: Fraction
    above: tuple[sympy.Expr, ...]
    below: tuple[sympy.Expr, ...]
    length: int
    """About how many characters it has."""


class Piece:
    """A factor as sympy holds it; its hash is its place in memory, which is quicker to have than that of the expression."""

    __slots__ = ("expression",)

    def __init__(self, expression: sympy.Expr):
        self.expression = expression


NOTHING = Piece(sympy.S.NaN)


class Atoms:
    """The expressions that monomials are made of; what they become as factors is found once.

    Atoms that sympy would put together (powers of one base, exponentials, roots of numbers) are one family: their product is one
    factor.
    """

    def __init__(self, expressions: Sequence[sympy.Expr]):
        self.expressions = tuple(expressions)
        families: dict[Any, list[int]] = {}
        for i, e in enumerate(self.expressions):
            base = e.as_base_exp()[0]
            families.setdefault("number" if base.is_number and base is not sympy.E else base, []).append(i)
        keys = {base: sympy.default_sort_key(_root(self.expressions[f[0]])) for base, f in families.items()}
        self.families = [tuple(families[base]) for base in sorted(families, key=keys.__getitem__)]
        self._multiples = list(_multiples(self.expressions))
        self._signs = [_sign(e) for e in self.expressions]
        bases = [decompose_power(e) for e in self.expressions]
        moving = [i for i, e in enumerate(self.expressions) if not e.is_number]
        places = sorted(moving, key=lambda i: sympy.default_sort_key(bases[i][0]))
        self._order = [(i, bases[i][1]) for i in places]
        self._factors: dict[tuple[int, Monomial], Factor] = {}
        self._family_of = {i: f for f, members in enumerate(self.families) for i in members}
        alone = [len(self.families[self._family_of[i]]) == 1 for i in range(len(self.expressions))]
        self._powers: list[dict[int, Piece] | None] = [{} if a else None for a in alone]
        self._pieces: dict[sympy.Expr, Piece] = {}

    def sorted(self, rows: Rows) -> list[tuple[Monomial, Any]]:
        """The rows in the order in which sympy prints terms."""
        used = _used(rows)
        order = [(i, s) for i, s in self._order if i in used]
        rows = sorted(rows, key=lambda row: [s * row[0][i] for i, s in order], reverse=True)
        if len(rows) == 2 and not any(rows[1][0]) and _negative(rows[0][1]) and not _negative(rows[1][1]):
            rows.reverse()  # 1 - x
        return rows

    def factor(self, family: int, exponents: Monomial) -> Factor:
        """The product of the powers of a family."""
        found = self._factors.get((family, exponents))
        if found is None:
            members = self.families[family]
            e = sympy.Mul(*(self.expressions[i] ** n for i, n in zip(members, exponents, strict=True)))
            found = self._factors[family, exponents] = _as_factor(e)
        return found

    def factors(self, monomial: Monomial) -> list[Factor]:
        """The factors of a monomial, in the order in which sympy prints them."""
        found = sorted({self._family_of[i] for i in occurring(monomial)})
        return [self.factor(f, tuple([monomial[i] for i in self.families[f]])) for f in found]

    # -- styles -----------------------------------------------------------------------------------
    def terms(self, rows: Rows, style: str, ring: PolynomialRing | None = None, fractions: bool = True) -> tuple[Term, ...]:
        """The layout of a formula in one of STYLES, without brackets around all of a term.

        ring      : of the rows, where it is one over the rationals
        fractions : whether numbers may be put in front of sums; decimals stay where they are
        """
        for j, i, n in self._multiples:
            rows = [(tuple([0 if k == j else x + n * m[j] * (k == i) for k, x in enumerate(m)]), c) for m, c in rows]
        found: list[Term] = []
        for term in self._terms(rows, style, ring, fractions):
            whole = term.above[0] if term.number == 1 and len(term.above) == 1 and not term.below else None
            found.extend(whole.terms if isinstance(whole, Group) and whole.power == 1 else [term])
        return tuple(found)

    def _terms(self, rows: Rows, style: str, ring: PolynomialRing | None, fractions: bool) -> Iterable[Term]:
        if style == "expanded":
            return map(self._term, self.sorted(rows))
        exact = all(isinstance(c, Fraction) for _, c in rows)
        own = ring or polynomial_ring(len(self.expressions))
        if style == "factored" and len(rows) <= MAX_FACTORED and exact:
            return self._factored(rows, own, fractions)
        return self._collected(rows, fractions and exact, own if exact and len(rows) <= MAX_TRIED else None)

    def _term(self, row: tuple[Monomial, Any]) -> Term:
        return self._product(row[1], self.factors(row[0]))

    def _product(self, number: Any, factors: Iterable[Factor], more: tuple[Group, ...] = ()) -> Term:
        above: list[Any] = []
        below: list[Any] = []
        for f in factors:
            above += f.above
            below += f.below
            if f.number != 1:
                number = number * f.number
        if not _is_real(number):  # complex numbers and expressions are factors
            above, number = [to_sympy(number), *above], Fraction(1)
        return Term(number, (*above, *more), tuple(below))

    def _denominators(self, rows: Rows) -> list[int]:
        return [i for i in sorted(_used(rows)) if any(self._signs[i] * m[i] < 0 for m, _ in rows)]

    def _collected(self, rows: Rows, fractions: bool, own: PolynomialRing | None) -> list[Term]:
        """Terms of one denominator together, with what they have in common in front, where that is shorter."""
        below = self._denominators(rows)
        if own is not None:
            rows = self._reduced(rows, below, own)
        found: list[Term] = []
        for members in self._together(self.sorted(rows), below):
            found += self._common(members, below, fractions, own)
        return found

    def _reduced(self, rows: Rows, below: Sequence[int], own: PolynomialRing) -> Rows:
        """The rows where a numerator and its denominator have no sum in common, and no two rows are alike."""
        sums, again = self._sums(own), bool(below)
        while again and sums:
            again, total = False, dict[Monomial, Any]()
            for members in self._together(rows, below):
                shorter: Rows | None = None
                if 1 < len(members) <= MAX_NUMERATOR:
                    shorter = self._cancel(members, below, sums, own)
                if shorter is not None:
                    again = True
                else:
                    shorter = members
                for m, c in shorter:
                    total[m] = total.get(m, Fraction(0)) + c
            rows = [(m, c) for m, c in total.items() if c != 0]
        return rows

    def _cancel(self, rows: Rows, below: Sequence[int], sums: Sequence[Sum], own: PolynomialRing) -> Rows | None:
        """The rows of one denominator, shortened by sums; None where that cannot be."""
        denominator = [rows[0][0][i] if i in below and self._signs[i] * rows[0][0][i] < 0 else 0 for i in range(len(rows[0][0]))]
        inner = {tuple([0 if d else n for n, d in zip(m, denominator, strict=True)]): c for m, c in rows}
        powers = {s.atom: s.power * denominator[s.atom] for s in sums}
        number, factors = own.factors(own.from_terms(inner))
        number, factors, left = cancelled(number, factors, sums, powers)
        if left == powers:
            return None
        for s in sums:
            denominator[s.atom] = int(left[s.atom] / s.power)
        total = own.constant(number)
        for p, n in factors:
            total = total * p**n
        return [(tuple([a + b for a, b in zip(m, denominator, strict=True)]), c) for m, c in own.terms(total)]

    def _together(self, rows: Rows, below: Sequence[int]) -> Iterable[list[tuple[Monomial, Any]]]:
        """The rows of each denominator."""
        found: dict[Monomial, list[tuple[Monomial, Any]]] = {}
        for row in rows:
            found.setdefault(tuple([min(0, self._signs[i] * row[0][i]) for i in below]), []).append(row)
        return found.values()

    def _common(
        self, rows: list[tuple[Monomial, Any]], below: Sequence[int], fractions: bool, own: PolynomialRing | None
    ) -> list[Term]:
        if len(rows) == 1:
            return [self._term(rows[0])]
        monomials = [m for m, _ in rows]
        shared = [max(min(column), 0) or min(max(column), 0) for column in zip(*monomials, strict=True)]
        for i in below:
            if any(self._signs[i] * m[i] < 0 for m in monomials):
                shared[i] = monomials[0][i]
        factors = self.factors(tuple(shared))
        numbers = [c for _, c in rows]
        front = content(numbers) if fractions else Fraction(1)
        inner = [(tuple([a - b for a, b in zip(m, shared, strict=True)]), c if front == 1 else c / front) for m, c in rows]
        gain = (len(rows) - 1) * sum(f.length for f in factors) + saved(numbers, front)
        if gain <= 3:
            return [self._term(row) for row in rows]
        inner = self.sorted(inner)
        groups = [Group(tuple(map(self._term, inner)))]
        if own is not None and fractions and len(inner) <= MAX_POWER_TERMS and not any(min(m) < 0 for m, _ in inner):
            number, parts = own.factors(own.from_terms(dict(inner)))
            if sum(len(own.terms(p)) for p, _ in parts) < len(inner):  # a power, or a product of short sums
                number, turned = self._turned(number, [(own.terms(p), n) for p, n in parts])
                front, groups = front * number, [Group(tuple(map(self._term, p)), n) for p, n in turned]
        return [self._product(front, factors, tuple(groups))]

    def _turned(self, number: Any, parts: Sequence[tuple[Rows, int]]) -> tuple[Any, list[tuple[Rows, int]]]:
        """The factors of a product with the sign of each first term in front."""
        found: list[tuple[Rows, int]] = []
        for rows, n in parts:
            inner = self.sorted(rows)
            if inner[0][1] < 0:
                inner, number = [(m, -c) for m, c in inner], number * (-1) ** n
            found.append((inner, n))
        return number, found

    def _sums(self, own: PolynomialRing) -> list[Sum]:
        """The atoms that are powers of sums of atoms, with these sums as polynomials."""
        places = {e: i for i, e in enumerate(self.expressions)}
        found = []
        for i, e in enumerate(self.expressions):
            base, power = (e.base, e.exp) if e.is_Pow else (e, sympy.S.One)
            if base.is_Add and power.is_Rational and not base.is_number:
                u = polynomial(base, places, own)
                if u is not None and i not in own.used(u):
                    found.append(Sum(i, Fraction(int(power.p), int(power.q)), u, own.factors(u)))
        inner = {s.atom for s in found}
        return [s for s in found if not inner & {*own.used(s.polynomial)}]

    def _factored(self, rows: Rows, own: PolynomialRing, fractions: bool) -> list[Term]:
        """Over common denominators, each numerator by its irreducible factors."""
        sums = self._sums(own)
        classes: dict[Any, list[tuple[Monomial, Any]]] = {}
        below = [i for i in self._denominators(rows) if i not in {s.atom for s in sums}]
        for row in rows:
            key = tuple([s.power * row[0][s.atom] % 1 for s in sums]), tuple([row[0][i] for i in below])
            classes.setdefault(key, []).append(row)
        return [self._numerator(members, below, sums, own, fractions) for members in classes.values()]

    def _numerator(
        self, rows: list[tuple[Monomial, Any]], below: Sequence[int], sums: Sequence[Sum], own: PolynomialRing, fractions: bool
    ) -> Term:
        base = [0] * len(self.expressions)
        for i in below:
            base[i] = rows[0][0][i]
        total = own.zero
        lowest = {s.atom: min(s.power * m[s.atom] for m, _ in rows) for s in sums}
        for m, c in rows:
            rest = list(m)
            for i in (*below, *lowest):
                rest[i] = 0
            p = own.from_terms({tuple(rest): c})
            for s in sums:
                p = p * s.polynomial ** int(s.power * m[s.atom] - lowest[s.atom])
            total = total + p
        number, factors = own.factors(total)
        number, factors, lowest = cancelled(number, factors, sums, lowest)
        for s in sums:
            base[s.atom] = int(lowest[s.atom] / s.power)
        products = []
        for p, n in factors:
            inner = own.terms(p)
            if len(inner) == 1 and inner[0][1] == 1:
                base = [a + n * b for a, b in zip(base, inner[0][0], strict=True)]
            else:
                products.append((inner, n))
        number, groups = self._turned(number, products)
        if not fractions and (alone := next((i for i, (_, n) in enumerate(groups) if n == 1), None)) is not None:
            groups[alone], number = ([(m, number * c) for m, c in groups[alone][0]], 1), Fraction(1)
        shown = tuple(Group(tuple(map(self._term, inner)), n) for inner, n in groups)
        return self._product(number, self.factors(tuple(base)), shown)

    # -- sympy ------------------------------------------------------------------------------------
    def expression(self, rows: Rows) -> sympy.Expr:
        """The sum as sympy holds it, made without its search for what could be put together: nothing can."""
        terms: list[Any] = []
        keys: dict[int, Any] = {}
        simple = [self._simple(m) for m, _ in rows]
        factors = {piece.expression: piece for piece in set(chain.from_iterable(simple))}
        kinds = sorted({*map(type, factors), *NUMBERS, sympy.Mul}, key=cmp_to_key(_cmp_name))
        place = {kind: i for i, kind in enumerate(kinds)}
        ranks: dict[Piece, Any] = {factors[e]: (place[type(e)], i) for i, e in enumerate(sorted(factors, key=Compared))}
        product = (place[sympy.Mul],)
        for (monomial, c), own in zip(rows, simple, strict=True):
            if not isinstance(c, Fraction) or (not own and any(monomial)):
                return sympy.Add(*(self._slow(*row) for row in rows))
            if not own:
                terms.append(number := _rational(c))
                keys[id(number)] = ((-1,), 0)  # a number comes first
                continue
            pieces = sorted(own, key=ranks.__getitem__)
            args, key = [piece.expression for piece in pieces], [ranks[piece] for piece in pieces]
            if c != 1:
                number = _rational(c)
                args, key = [number, *args], [(place[type(number)], number.p, number.q), *key]
            if len(args) == 1:
                terms.append(args[0])
                keys[id(args[0])] = ((key[0][0],), 0, key)
            else:
                terms.append(term := sympy.Mul._from_args(args, True))
                keys[id(term)] = (product, len(args), key)
        if len(terms) < 2:
            return terms[0] if terms else sympy.S.Zero
        return sympy.Add._from_args(sorted(terms, key=lambda t: keys[id(t)]), True)

    def _simple(self, monomial: Monomial) -> tuple[Piece, ...]:
        """The factors, each an atom or a power that sympy leaves alone in a product; empty where one is not."""
        found: list[Piece] = []
        joint: set[int] = set()
        for i in occurring(monomial):
            powers, n = self._powers[i], monomial[i]
            if powers is None:
                joint.add(self._family_of[i])
                continue
            if n not in powers:
                powers[n] = self._power(self._family_of[i], (n,))
            found.append(powers[n])
        found += [self._power(f, tuple([monomial[i] for i in self.families[f]])) for f in joint]
        return () if NOTHING in found else tuple(found)

    def _power(self, family: int, exponents: Monomial) -> Piece:
        """The product of the powers of a family; NOTHING where sympy would not leave it alone in a product."""
        e = sympy.Mul(*(self.expressions[i] ** n for i, n in zip(self.families[family], exponents, strict=True)))
        if e.is_number or e.is_Add or e.is_Mul or not e.is_commutative:
            return NOTHING
        return self._pieces.setdefault(e, Piece(e))

    def _slow(self, monomial: Monomial, c: Any) -> sympy.Expr:
        return sympy.Mul(to_sympy(c), *(e**n for e, n in zip(self.expressions, monomial, strict=True) if n))


def _rational(c: Fraction) -> sympy.Expr:
    return sympy.Integer(c.numerator) if c.denominator == 1 else sympy.Rational.from_coprime_ints(c.numerator, c.denominator)


def _multiples(expressions: Sequence[sympy.Expr]) -> Iterable[tuple[int, int, int]]:
    """(j, i, n) where exponential j is the n-th power of exponential i, n > 1: it is then written as that."""
    known = [(i, e.args[0]) for i, e in enumerate(expressions) if isinstance(e, sympy.exp)]
    for j, argument in known:
        for i, other in known:
            ratio = argument / other
            if ratio.is_Integer and ratio > 1:
                yield j, i, int(ratio)
                break


def _root(e: sympy.Expr) -> sympy.Expr:
    """The base of a power, an exponential as it is: where a factor stands in a product."""
    return e.base if e.is_Pow and e.exp.is_Rational else e


def _used(rows: Rows) -> set[int]:
    """The atoms that occur."""
    return {i for m, _ in rows for i in occurring(m)}


def _sign(e: sympy.Expr) -> int:
    """-1 for 1/x, 1/sqrt(x) and the like."""
    return -1 if e.is_Pow and e.exp.is_Rational and e.exp < 0 and not e.base.is_number else 1


def _as_factor(e: sympy.Expr) -> Factor:
    number, rest = e.as_coeff_Mul(rational=True)
    above: list[sympy.Expr] = []
    below: list[sympy.Expr] = []
    for part in sympy.Mul.make_args(rest) if rest != 1 else ():
        if part.is_Pow and part.exp.is_Rational and part.exp < 0:
            below.append(1 / part)
        else:
            above.append(part)
    length = sum(len(str(p)) + 1 for p in (*above, *below))
    return Factor(Fraction(int(number.p), int(number.q)), tuple(above), tuple(below), length)


def _negative(c: Any) -> bool:
    return isinstance(c, Fraction | float) and c < 0


def _is_real(c: Any) -> bool:
    return isinstance(c, Fraction | float) or (hasattr(c, "_mpf_") and not hasattr(c, "free_symbols"))


def rows_of(e: sympy.Expr) -> tuple[Atoms, Rows]:
    """An expression taken apart: its terms as exponents over the factors that occur. Nothing is multiplied out.

    >>> x = sympy.Symbol("x")
    >>> atoms, rows = rows_of(x**2 / 2 + sympy.sin(x))
    >>> len(atoms.expressions), sorted(c for _, c in rows)
    (2, [Fraction(1, 2), Fraction(1, 1)])
    """
    places: dict[sympy.Expr, int] = {}
    found: list[tuple[dict[int, int], Any]] = []
    for term in sympy.Add.make_args(e):
        number, rest = term.as_coeff_Mul()
        powers: dict[int, int] = {}
        for part in sympy.Mul.make_args(rest) if rest != 1 else ():
            base, n = decompose_power(part) if not part.is_number else (part, 1)
            i = places.setdefault(base, len(places))
            powers[i] = powers.get(i, 0) + int(n)
        if number != 0:
            found.append((powers, scalar(number)))
    rows = [(tuple([powers.get(i, 0) for i in range(len(places))]), c) for powers, c in found]
    return Atoms(list(places)), rows


def terms_of(e: sympy.Expr, style: str, fractions: bool = True) -> tuple[Term, ...]:
    """The layout of an expression in a style; one that holds floats is not factored.

    >>> x, y = sympy.symbols("x, y")
    >>> len(terms_of(x**2 - y**2, "factored")), len(terms_of(x**2 - y**2, "expanded"))
    (1, 2)
    """
    atoms, rows = rows_of(e)
    return atoms.terms(rows, style, fractions=fractions)


def expression_text(e: Any, numerals: Numerals = FRACTIONS) -> str:
    """An expression or a number in one line, as sympy writes it, or with decimals.

    >>> expression_text(sympy.Rational("0.37") * sympy.Symbol("x") + 1, Numerals(10)), expression_text(sympy.pi / 2)
    ('0.37*x + 1', 'pi/2')
    """
    if numerals.fractions or not isinstance(e, sympy.Expr | Fraction):
        return str(e)
    return Text(numerals).sum(terms_of(to_sympy(e), "expanded", False))


def expression_latex(e: Any, among: Iterable[sympy.Basic] = (), numerals: Numerals = FRACTIONS) -> str:
    r"""As `expression_text`, in LaTeX; `among` is what else stands on the page.

    >>> expression_latex(sympy.Symbol("x") ** 2 / 2), expression_latex(sympy.Rational("0.37"), (), Numerals(10))
    ('\\frac{x^{2}}{2}', '0.37')
    """
    e = to_sympy(e)
    if numerals.fractions:
        return latex(e, among)
    script = Latex([e], among, numerals)
    script.width = WIDTH
    return script.sum(terms_of(e, "expanded", False))
