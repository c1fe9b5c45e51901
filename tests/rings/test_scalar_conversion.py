"""Scalars: canonical forms, refusals, JSON, promotion."""

import decimal
import json
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from imde_sym.base.errors import ImdeError, RingError
from imde_sym.rings import (
    FractionArithmetic,
    is_exact,
    promote,
    ring_of,
    scalar,
    scalar_from_json,
    scalar_to_json,
    to_sympy,
)
from imde_sym.rings.modular import RationalArithmetic, ResidueArithmetic
from tests.rows import rows
from tests.strategies import examples

THIRD = Fraction(1, 3)


@rows(
    "value",
    [2, np.int8(2), np.int64(2), np.uint64(2), sympy.Integer(2), "2", "4/2", Fraction(2), sympy.sqrt(2) ** 2, "sqrt(4)"],
)
def test_rational_numbers_become_fractions(value):
    assert scalar(value) == Fraction(2)
    assert type(scalar(value)) is Fraction
    assert type(scalar(value).numerator) is int


@rows("value", [0.5, np.float64(0.5), np.float32(0.5), np.float16(0.5), sympy.Float(0.5)])
def test_floats_stay_floats(value):
    assert scalar(value) == 0.5
    assert type(scalar(value)) is float


def test_complex_numbers_stay_complex():
    assert type(scalar(1 + 2j)) is type(scalar(np.complex64(1 + 2j))) is complex


def test_expressions_stay_expressions_and_rational_ones_collapse():
    assert scalar(sympy.Rational(1, 3)) == THIRD
    assert type(scalar(sympy.Rational(1, 3))) is Fraction
    assert scalar(sympy.sqrt(3)) == sympy.sqrt(3)
    assert type(scalar((1 + sympy.sqrt(3)) * (1 - sympy.sqrt(3)))) is Fraction


@rows(
    "value",
    [
        float("nan"),
        float("inf"),
        -np.inf,
        np.float32("nan"),
        complex(0, float("inf")),
        mpmath.nan,
        mpmath.inf,
        sympy.nan,
        sympy.oo,
        sympy.zoo,
        "1/0",
    ],
)
def test_numbers_that_are_not_finite_are_refused(value):
    with pytest.raises(ImdeError):
        scalar(value)


@rows(
    "value",
    [True, False, np.True_, sympy.true, None, [], [1], (1,), {}, object(), b"1", np.array([1, 2]), sympy.Matrix([1]), len],
)
def test_things_that_are_no_numbers_are_refused(value):
    with pytest.raises(RingError, match="accepted"):
        scalar(value)


def test_a_relation_is_no_number():
    with pytest.raises(RingError):
        scalar(sympy.Eq(sympy.Symbol("x"), 1))


def test_a_python_decimal_is_refused_or_exact():
    try:
        assert scalar(decimal.Decimal("0.1")) == Fraction(1, 10)
    except RingError:
        pass


def test_flint_numbers_convert_through_integers():
    flint = pytest.importorskip("flint")
    assert scalar(flint.fmpq(1, 3)) == THIRD
    assert scalar(flint.fmpz(7)) == 7
    big = flint.fmpq(10**40 + 1, 3)
    assert scalar(big) == Fraction(10**40 + 1, 3)
    assert type(scalar(flint.fmpq(1, 3)).numerator) is int


def test_gmpy2_numbers_convert_through_integers():
    gmpy2 = pytest.importorskip("gmpy2")
    assert scalar(gmpy2.mpq(1, 3)) == THIRD
    assert scalar(gmpy2.mpz(7)) == 7
    assert type(scalar(gmpy2.mpq(1, 3)).numerator) is int


def test_mpmath_numbers_stay_as_precise_as_they_are():
    with mpmath.workdps(40):
        third = mpmath.mpf(1) / 3
    assert scalar(third) is third
    precise = scalar(sympy.Float("0.1", 40))
    assert isinstance(precise, mpmath.mpf)
    with mpmath.workdps(40):
        assert abs(precise - mpmath.mpf(1) / 10) < mpmath.mpf(10) ** -38


@given(st.fractions())
@examples(60)
def test_fractions_reach_sympy_and_return_unchanged(value):
    there = to_sympy(value)
    assert isinstance(there, sympy.Rational)
    assert scalar(there) == value


@rows(
    "value",
    [
        THIRD,
        Fraction(-7),
        0.1,
        1 + 2j,
        sympy.sqrt(3) / 6,
        sympy.Symbol("a") / 2,
        sympy.pi,
        (1 + sympy.sqrt(5)) ** sympy.Rational(1, 3),
    ],
)
def test_json_reads_back_the_same_scalar(value):
    text = json.dumps(scalar_to_json(value))
    assert scalar_from_json(json.loads(text), {"a": sympy.Symbol("a")}) == value


def test_mpmath_numbers_keep_all_bits_in_json():
    with mpmath.workdps(50):
        for x in (mpmath.mpf(1) / 3, -(mpmath.mpf(2) ** -400), mpmath.mpc(1, 2) / 7):
            assert scalar_from_json(scalar_to_json(x)) == x


@rows("value", [None, True, [1], [1, 2, 3], {}, {"mpmath": [[0, 3, 0, 1]]}, {"mpmath": 3}, ["1", "2"], [[1], 2], "a", "x)"])
def test_json_that_is_no_scalar_is_refused(value):
    with pytest.raises(ImdeError):
        scalar_from_json(value)


def test_the_smallest_ring_that_holds_all_values_is_taken():
    a = sympy.Symbol("a")
    assert promote([]) == promote([THIRD]) == "rational"
    assert promote([THIRD, 0.5]) == "float"
    assert promote([THIRD, 0.5, 1j]) == "complex"
    assert promote([THIRD, mpmath.mpf(1), 0.5]) == "mpmath"
    assert promote([THIRD, a, sympy.sqrt(2)]) == "symbolic"
    assert ring_of([THIRD]).exact
    assert ring_of([a, sympy.sqrt(2)]).exact
    assert not ring_of([0.5]).exact


@pytest.mark.parametrize("values", [[0.5, sympy.Symbol("a")], [sympy.sqrt(2), 1j], [0.5 * sympy.Symbol("a")]])
def test_floats_and_symbols_do_not_mix(values):
    with pytest.raises(RingError, match="rationals"):
        ring_of(values)


def test_exactness_is_a_property_of_the_value():
    assert is_exact(THIRD)
    assert is_exact(sympy.sqrt(2))
    assert not is_exact(0.5)
    assert not is_exact(mpmath.mpf(1))
    assert not is_exact(0.5 * sympy.Symbol("a"))


values = st.lists(st.fractions(max_denominator=10**9), min_size=1, max_size=6)


@given(values, values)
@examples(40)
def test_products_of_residues_reconstruct_to_the_products_of_fractions(a, b):
    n = min(len(a), len(b))
    a, b = a[:n], b[:n]

    def compute(ring):
        return ring.reduce(ring.array(a) * ring.array(b))

    right = [p * q for p, q in zip(a, b)]
    assert list(RationalArithmetic().run(compute)) == right == list(FractionArithmetic().run(compute))


def test_a_prime_that_divides_a_denominator_is_passed_over():
    from imde_sym.rings.modular import _prime

    values = [Fraction(1, _prime(0)), Fraction(2, _prime(2)), Fraction(1, _prime(0) * _prime(1))]
    assert list(RationalArithmetic().run(lambda ring: ring.array(values))) == values


def test_numbers_of_many_digits_are_reconstructed():
    values = [Fraction(10**60 + 7, 3**50), Fraction(-1, 7**40), Fraction(0), Fraction(5**80)]
    assert list(RationalArithmetic().run(lambda ring: ring.array(values))) == values


def test_sums_of_thirty_two_products_of_residues_fit_64_bits():
    from imde_sym.rings.modular import TERMS, _prime

    assert TERMS * (_prime(0) - 1) ** 2 < 2**63
    ring = ResidueArithmetic([_prime(0)])
    worst = ring.array([Fraction(-1)])
    total = sum(worst * worst for _ in range(TERMS))
    assert ring.reduce(total)[0, 0] == TERMS
