"""When is one term of a modified field Hamiltonian, and what is its Hamiltonian, where the series gives no answer?

For a Poisson matrix B a field g is B∇G for some G, at least near each point, exactly if it keeps B, Dg B + B Dgᵀ = Σ g_l ∂_l B,
and is tangent to the leaves, cᵀg = 0 for all c with Bc = 0 (for invertible constant B this is the symmetry of D(B⁻¹g)). A term
can pass this test though its B-series coefficients break the condition for general H: f_4 of the classical Runge-Kutta
method is Hamiltonian for every linear H, for the pendulum, and for the Kepler problem.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from ..base.errors import FieldError
from ..fields import DifferentialRing, RingField
from ..rings import Polynomial
from .ansatz import box, combination
from .zeros import decide


def _cleared(c: sympy.Matrix) -> sympy.Matrix:
    """A null vector without denominators, which the ring need not hold."""
    return (c * sympy.lcm([sympy.fraction(sympy.together(e))[1] for e in c])).applyfunc(sympy.cancel)


def generated(ring: DifferentialRing, B: sympy.Matrix, G: Polynomial) -> list[Polynomial]:
    """B∇G, in normal form."""
    gradient = [ring.along(G, ring.unit(m)) for m in range(B.cols)]
    rows = []
    for m in range(B.rows):
        total = ring.polynomials.zero
        for n, slope in enumerate(gradient):
            if B[m, n] != 0:
                total = total + ring.convert(B[m, n]) * slope
        rows.append(ring.reduce(total))
    return rows


def generates(ring: DifferentialRing, B: sympy.Matrix, G: Polynomial, grade: RingField, size: float) -> bool:
    """Whether B∇G is the grade. B may be smaller than the grade, whose further components are left out.

    size : of the coefficients that went into it, for fields with floats (see `zeros.decide`)
    """
    return all(decide(ring, g - p, size).zero for g, p in zip(generated(ring, B, G), grade.components, strict=False))


def find_defect(
    ring: DifferentialRing, B: sympy.Matrix, grade: RingField, size: float
) -> tuple[tuple[sympy.Expr, ...], Polynomial] | None:
    """Where a grade is not Hamiltonian, and by how much; None if it is. B and `size` as for `generates`.

    Two variables: the entry of Df B + B Dfᵀ; one expression: the Casimir that changes.
    """
    d, zero = B.rows, ring.polynomials.zero
    for c in map(_cleared, B.nullspace()):
        rate = sum((ring.convert(w) * p for w, p in zip(c, grade.components[:d], strict=True) if w != 0), zero)
        if not decide(ring, rate, size).zero:
            place = sympy.Add(*(w * v for w, v in zip(c, ring.variables[:d], strict=True)))
            return (place,), rate
    weights = {(l, j): ring.convert(B[l, j]) for l in range(d) for j in range(d) if B[l, j] != 0}
    slopes = [[ring.along(grade.components[i], ring.unit(l)) for l in range(d)] for i in range(d)]
    for i in range(d):
        for j in range(i + 1, d):
            total = zero
            for l in range(d):
                if (l, j) in weights:
                    total = total + slopes[i][l] * weights[l, j]
                if (i, l) in weights:
                    total = total + weights[i, l] * slopes[j][l]
            if B[i, j].has(*ring.variables):
                total = total - ring.along(ring.convert(B[i, j]), grade)
            if not decide(ring, total, size).zero:
                return (ring.variables[i], ring.variables[j]), total
    return None


def find_potential(ring: DifferentialRing, B: sympy.Matrix, grade: RingField, size: float) -> sympy.Expr | None:
    """G with B∇G = grade; None if there is none.

    Integrated along lines in the variables that occur in no function; what is left is looked for among the polynomials
    in the generators of the ring, with the degrees of the grade and one more. Raises FieldError for a grade that is
    Hamiltonian and has no such form.
    """
    if find_defect(ring, B, grade, size) is not None:
        return None
    ring, grade = ring.merged, RingField(ring.merged, [ring.merge(p) for p in grade.components])  # where normal forms are unique
    return ring.to_sympy(_integrated(ring, B, grade, size))


def _integrated(ring: DifferentialRing, B: sympy.Matrix, grade: RingField, size: float) -> Polynomial:
    field = [ring.to_sympy(p) for p in grade.components[: B.rows]]
    total = ring.polynomials.zero
    constant = not B.has(*ring.variables)
    if constant and B.det() != 0:
        total = _along_plain_variables(ring, B, grade)
        done = generated(ring, B, total)
        grade = RingField(ring, [p - g for p, g in zip(grade.components, done, strict=False)])
    elif constant and all(e.is_polynomial(*ring.variables) for e in field):
        return ring.convert(_along_leaves(B, field, ring.variables[: B.rows]))
    if all(decide(ring, p, size).zero for p in grade.components[: B.rows]):
        return total
    found = _polynomial_in_generators(ring, B, grade)
    if found is None:
        raise FieldError(f"the term {field} is Hamiltonian, but not for every H, and its Hamiltonian is not found in its ring")
    return total + found


def _along_plain_variables(ring: DifferentialRing, B: sympy.Matrix, grade: RingField) -> Polynomial:
    """∫ Σ y (B⁻¹ grade)_y dt over the line from y = 0, y the variables that are in no function of the grade."""
    used = {g for p in grade.components[: B.rows] for g in ring.polynomials.used(p)}
    kernels = [g for g in used if ring.generators[g].function]
    places = {ring.expressions.index(v): m for m, v in enumerate(ring.variables[: B.rows])}
    plain = [g for g, m in places.items() if all(ring.generator_along(k, ring.unit(m)) == 0 for k in kernels)]
    inverse, zero = B.inv(), ring.polynomials.zero
    total = zero
    for g in plain:
        row = inverse[places[g], :]
        slope = sum((ring.convert(w) * p for w, p in zip(row, grade.components, strict=False) if w != 0), zero)
        total = total + ring.polynomials.generators[g] * slope
    terms = {}
    for x, c in ring.polynomials.terms(total):
        terms[x] = c / sum(x[g] for g in plain)
    return ring.polynomials.from_terms(terms)


def _polynomial_in_generators(ring: DifferentialRing, B: sympy.Matrix, grade: RingField) -> Polynomial | None:
    target = [ring.reduce(p) for p in grade.components[: B.rows]]
    seen = [x for p in target for x, _ in ring.polynomials.terms(p)]
    total = max(map(sum, seen)) + 1
    moved = {*ring.constants}
    degrees = [max(column) + (g not in moved) for g, column in enumerate(zip(*seen, strict=True))]
    for v in ring.variables[B.rows :]:  # s itself is in no term
        degrees[ring.expressions.index(v)] = 0
    candidates = box(ring, degrees, total)
    return combination(ring, lambda G: generated(ring, B, G), candidates, target) if candidates else None


def _along_leaves(B: sympy.Matrix, field: Sequence[sympy.Expr], variables: Sequence[sympy.Symbol]) -> sympy.Expr:
    """G with B∇G = field for a polynomial field without defect, by integration along straight lines in the leaves."""
    t, x, inverse = sympy.Dummy("t"), sympy.Matrix(variables), B.pinv()
    along = inverse * B * x  # the component of x in the leaf
    moved = dict(zip(variables, x - along + t * along, strict=True))
    slope = (inverse * sympy.Matrix(field)).xreplace(moved)
    return sympy.expand(sympy.integrate(sympy.expand((along.T * slope)[0]), (t, 0, 1)))
