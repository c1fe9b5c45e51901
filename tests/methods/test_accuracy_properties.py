"""Stage order, simplifying assumptions, principal errors, SSP coefficients, flags."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given

from imde_sym.method import ButcherTableau, methods
from imde_sym.trees import RootedTree
from tests.rows import rows
from tests.strategies import examples, in_floats, stage_matrices, tableaux


# Hairer, Wanner, Solving ODEs II, Table IV.5.13
@rows(
    "name, assumptions",
    [
        ("gauss3", (6, 3, 3)),
        ("radau_ia_3", (5, 2, 3)),
        ("radau_iia_3", (5, 3, 2)),
        ("lobatto_iiia_4", (6, 4, 2)),
        ("lobatto_iiib_4", (6, 2, 4)),
        ("lobatto_iiic_4", (6, 3, 3)),
        ("gauss5", (10, 5, 5)),
        ("dop853", (8, 1, 1)),
    ],
)
def test_simplifying_assumptions_are_those_of_the_book(name, assumptions):
    assert tuple(methods[name].simplifying_assumptions) == assumptions


@rows(
    "name, order",
    [
        ("trapezoid", 2),
        ("implicit_midpoint", 1),
        ("rk4", 1),
        ("radau_iia_3", 3),
        ("kvaerno4", 2),
        ("explicit_euler", 1),
        ("gauss4", 4),
    ],
)
def test_stage_orders(name, order):
    assert methods[name].stage_order == order


@examples(60)
@given(tableaux())
def test_the_assumptions_hold_as_far_as_they_say_and_no_further(m):
    s, c = range(m.stages), m.c

    def power(x, k):
        return x**k if k else Fraction(1)

    def B(k):
        return sum(m.b[i] * power(c[i], k - 1) for i in s) == Fraction(1, k)

    def C(k):
        return all(sum(m.A[i][j] * power(c[j], k - 1) for j in s) == power(c[i], k) / k for i in s)

    def D(k):
        return all(sum(m.b[i] * power(c[i], k - 1) * m.A[i][j] for i in s) == m.b[j] * (1 - power(c[j], k)) / k for j in s)

    for condition, limit in zip((B, C, D), m.simplifying_assumptions):
        reach = 12 if limit == math.inf else limit
        assert all(condition(k) for k in range(1, reach + 1))
        assert limit == math.inf or not condition(limit + 1)


def test_symbols_are_tested_exactly():
    a = sympy.Symbol("a")
    m = ButcherTableau([[0, 0], [a, 0]], [1 - 1 / (2 * a), 1 / (2 * a)])
    assert tuple(m.simplifying_assumptions) == (2, 1, 0)
    assert m.principal_error[RootedTree("[[[]]]")] == Fraction(-1, 6)
    bushy = m.principal_error[RootedTree("[[],[]]")]
    assert sympy.simplify(bushy - (a / 4 - sympy.Rational(1, 6))) == 0


def test_the_principal_error_of_rk4_tree_by_tree():
    """(Φ - 1/γ)/σ over the nine trees of order 5, e.g. Φ = 0 against 1/120 for the tall one."""
    error = methods["rk4"].principal_error
    assert len(error) == 9
    assert error[RootedTree("[[[[[]]]]]")] == Fraction(-1, 120)
    assert error[RootedTree("[[],[],[],[]]")] == (Fraction(5, 24) - Fraction(1, 5)) / 24
    assert all(type(x) is Fraction for x in error.values())


@rows(
    "name, norm",
    # Dormand and Prince 1980 (RK5(4)7M: 3.99e-4); Ralston 1962 minimises other norms
    [("dormand_prince5", 3.991e-4), ("explicit_euler", 0.5), ("rk4", 0.0145013), ("gauss2", 0.00433134)],
)
def test_norms_of_the_principal_error(name, norm):
    assert methods[name].principal_error_norm == pytest.approx(norm, rel=1e-3)


# Kraaijevanger 1991; Ferracina and Spijker 2008; Ketcheson 2008; Spiteri and Ruuth 2002; Ruuth 2006
@rows(
    "name, coefficient",
    [
        ("explicit_euler", 1),
        ("implicit_euler", math.inf),
        ("implicit_midpoint", 2),
        ("trapezoid", 2),
        ("heun2", 1),
        ("ssprk33", 1),
        ("ssprk32", 2),
        ("ssprk43", 2),
        ("ssprk93", 6),
        ("ssprk104", 6),
        ("rk4", 0),
        ("explicit_midpoint", 0),
        ("dormand_prince5", 0),
        ("gauss2", 0),
        ("qin_zhang2", 4),
        ("ssp_sdirk32", 6),
    ],
)
def test_ssp_coefficients_that_are_rational(name, coefficient):
    assert methods[name].ssp_coefficient == coefficient


@rows(
    "name, coefficient",
    [
        ("ssp_sdirk23", 1 + math.sqrt(3)),
        ("ssp_sdirk33", 2 + 2 * math.sqrt(2)),
        ("ssprk54", 1.508180049),
        ("ssprk63", 3.518392310),
        ("ssprk53", 2.650629191),
        ("sdirk2", 1 + math.sqrt(2)),
    ],
)
def test_ssp_coefficients_that_are_not(name, coefficient):
    """To 1e-8: where two branches touch, the 15 published digits of ssprk54 leave half as many."""
    assert methods[name].ssp_coefficient == pytest.approx(coefficient, abs=1e-8)


def test_the_ssp_coefficient_of_floats_is_that_of_their_rationals():
    for name in ("ssprk33", "ssprk104", "implicit_midpoint", "rk4", "ralston2"):
        m = methods[name]
        floats = in_floats(m)
        assert float(floats.ssp_coefficient) == pytest.approx(float(m.ssp_coefficient), abs=1e-9)


@examples(40)
@given(tableaux())
def test_the_ssp_conditions_hold_below_the_coefficient_and_fail_above(m):
    def holds(r):
        A, b = stage_matrices(m)
        K = np.vstack([A, b])
        Y = K @ np.linalg.inv(np.eye(m.stages) + r * A)
        return Y.min() > -1e-11 and (r * Y.sum(axis=1)).max() < 1 + 1e-9

    r = m.ssp_coefficient
    if r == math.inf:
        assert holds(50.0)
    else:
        assert r == 0 or holds(float(r) * 0.999)
        assert not holds(float(r) * 1.01 + 1e-3) or not holds(float(r) * 1.1 + 1e-2)


@rows(
    "name, stiffly_accurate, fsal, confluent",
    [
        ("dormand_prince5", True, True, True),
        ("rk4", False, False, True),
        ("radau_iia_2", True, False, False),
        ("trapezoid", True, True, False),
        ("implicit_euler", True, False, False),
        ("gauss2", False, False, False),
        ("bogacki_shampine", True, True, False),
    ],
)
def test_flags(name, stiffly_accurate, fsal, confluent):
    m = methods[name]
    assert (m.is_stiffly_accurate, m.is_fsal, m.is_confluent) == (stiffly_accurate, fsal, confluent)


def test_the_embedded_order_is_computed_with_the_tolerance_of_the_data():
    assert methods["bogacki_shampine"].embedded_order == 2
    assert methods["tsitouras5"].embedded_order == 4
    assert methods["rk4"].embedded_order is None
