"""The direct route (differential ring) against the tree route, with elementary differentials by plain sympy."""

from __future__ import annotations

from functools import cache
from itertools import product

import mpmath
import pytest
import sympy

from imde_sym import (
    inverse_modified_equation,
    inverse_modified_series,
    methods,
    modified_equation,
    modified_series,
    rooted_trees,
    systems,
)
from imde_sym.rings import to_sympy

ORDER = 4
SYSTEMS = ["pendulum", "nonlinear_oscillator", "kepler", "lorenz"]
METHODS = ["explicit_euler", "implicit_euler", "explicit_midpoint", "heun2", "implicit_midpoint", "rk4", "gauss2"]
POINT = [sympy.Rational(7, 11), sympy.Rational(9, 13), sympy.Rational(-3, 7), sympy.Rational(5, 17)]


@cache
def tensors(name: str, m: int) -> dict[tuple[int, ...], list[mpmath.mpf]]:
    """All m-th partial derivatives of all components at POINT, by sympy's diff."""
    field = systems[name]
    at = dict(zip(field.variables, POINT, strict=False))
    out = {}
    with mpmath.workdps(60):
        for indices in product(range(field.dimension), repeat=m):
            if tuple(sorted(indices)) == indices:
                by = [field.variables[i] for i in indices]
                values = [sympy.diff(c, *by) if by else c for c in field.components]
                out[indices] = [mpmath.mpf(v.subs(at).evalf(60)._mpf_) if v != 0 else mpmath.mpf(0) for v in values]
    return out


@cache
def elementary_differential_at_point(name: str, tree) -> tuple[mpmath.mpf, ...]:
    """F([t1..tm]) = f^(m)(F(t1), ..., F(tm))."""
    d = systems[name].dimension
    inner = [elementary_differential_at_point(name, t) for t in tree.children]
    table = tensors(name, len(inner))
    with mpmath.workdps(60):
        total = [mpmath.mpf(0)] * d
        for indices in product(range(d), repeat=len(inner)):
            weight = mpmath.mpf(1)
            for i, v in zip(indices, inner, strict=True):
                weight *= v[i]
            total = [t + weight * x for t, x in zip(total, table[tuple(sorted(indices))], strict=True)]
        return tuple(total)


@pytest.mark.parametrize("direction", ["inverse", "forward"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_ring_formulas_equal_tree_coefficients_times_elementary_differentials(system, method, direction):
    equation = inverse_modified_equation if direction == "inverse" else modified_equation
    series = inverse_modified_series if direction == "inverse" else modified_series
    field = systems[system]
    at = dict(zip(field.variables, POINT, strict=False))
    F = equation(field, methods[method], ORDER)
    c = series(methods[method], ORDER)
    with mpmath.workdps(60):
        for k in range(ORDER):
            expected = [mpmath.mpf(0)] * field.dimension
            for t in rooted_trees(k + 1):
                coefficient = to_sympy(c[t]).evalf(60)
                weight = mpmath.mpf(coefficient._mpf_ if coefficient != 0 else 0) / t.symmetry
                expected = [e + weight * x for e, x in zip(expected, elementary_differential_at_point(system, t), strict=True)]
            for found, wanted in zip(F.term(k), expected, strict=True):
                value = found.subs(at).evalf(60)
                value = mpmath.mpf(value._mpf_) if value != 0 else mpmath.mpf(0)
                assert abs(value - wanted) <= mpmath.mpf(10) ** -40 * (1 + abs(wanted))


def test_inner_elementary_differential_of_lorenz_is_the_corrected_value():
    # docs/theory.md, section 8, recomputed here with an independent Jacobian and Hessian
    field = systems["lorenz"]
    v = field.variables
    f = sympy.Matrix(field.components)
    J = f.jacobian(v)
    second = sympy.Matrix([(f.T * sympy.hessian(c, v) * f)[0] for c in field.components])
    at = dict(zip(v, map(sympy.Rational, ("7/10", "-13/10", "21/10")), strict=True))
    value = (J * second).subs(at)
    assert list(value) == [-2604, sympy.Rational("804.44"), sympy.Rational(2835380, 1500)]
    # and the ring's derivations agree: f''(f,f) = L_f L_f f - f'f'f
    from imde_sym.fields import DifferentialRing, RingField

    ring = DifferentialRing(v, field.components)
    part = ring.part(field.components)
    jf = RingField(ring, [ring.along(p, part) for p in part.components])
    jjf = [ring.along(p, jf) for p in part.components]
    fff = RingField(ring, [ring.along(p, part) - q for p, q in zip(jf.components, jjf, strict=True)])
    found = [ring.to_sympy(ring.along(p, fff)).subs(at) for p in part.components]
    assert found == list(value)
