"""python-flint and sympy give the same polynomials."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from imde_sym.base.errors import RingError
from imde_sym.rings import backend, polynomial_ring
from imde_sym.rings.polynomials import FlintRing, LocalRing, SympyRing, _flint_available
from tests.strategies import examples, rationals

QUICK = examples(40)
terms = st.dictionaries(st.tuples(*[st.integers(0, 3)] * 3), rationals().filter(bool), max_size=5)
needs_flint = pytest.mark.skipif(not _flint_available(), reason="python-flint is not installed")
KINDS = [
    pytest.param(lambda: SympyRing(3, sympy.QQ), id="sympy"),
    pytest.param(lambda: FlintRing(3), id="flint", marks=needs_flint),
    pytest.param(lambda: LocalRing(3), id="each over its own generators", marks=needs_flint),
]


@pytest.mark.parametrize("make", KINDS)
@QUICK
@given(a=terms, b=terms)
def test_derivatives_obey_the_product_rule(make, a, b):
    ring = make()
    p, q = ring.from_terms(a), ring.from_terms(b)
    for i in range(3):
        assert ring.derivative(p * q, i) == ring.derivative(p, i) * q + p * ring.derivative(q, i)


@pytest.mark.parametrize("make", KINDS)
@QUICK
@given(a=terms)
def test_terms_read_back_with_plain_fractions(make, a):
    ring = make()
    found = ring.terms(ring.from_terms(a))
    assert dict(found) == a
    assert [m for m, _ in found] == sorted(a, reverse=True)
    assert all(type(c) is Fraction and type(c.numerator) is int for _, c in found)
    assert set(ring.used(ring.from_terms(a))) == {i for m in a for i in range(3) if m[i]}


@needs_flint
@QUICK
@given(terms, terms)
def test_both_backends_agree(a, b):
    rings = SympyRing(3, sympy.QQ), FlintRing(3)
    results = [r.terms(r.from_terms(a) * r.from_terms(b) - r.derivative(r.from_terms(a), 1)) for r in rings]
    assert results[0] == results[1]


@pytest.mark.parametrize("make", KINDS)
def test_the_remainder_is_reduced_in_every_term(make):
    """sin² = 1 - cos² as a relation: x0² + x1² - 1."""
    ring = make()
    s, c, z = ring.generators
    one = ring.constant(Fraction(1))
    assert ring.remainder(s * s * s * z, s * s + c * c - one) == s * z - s * z * c * c


def test_the_environment_chooses_the_backend(monkeypatch):
    monkeypatch.setenv("IMDE_SYM_POLYNOMIALS", "sympy")
    assert backend() == "sympy"
    assert isinstance(polynomial_ring(2), SympyRing)
    monkeypatch.setenv("IMDE_SYM_POLYNOMIALS", "maple")
    with pytest.raises(RingError, match="accepted: flint, sympy"):
        backend()


@pytest.mark.parametrize(("kind", "number"), [("float", 0.5), ("complex", 0.5 + 1j)])
def test_rings_of_floats_keep_floats(kind, number):
    ring = polynomial_ring(1, kind)
    ((_, c),) = ring.terms(ring.constant(number) * ring.generators[0])
    assert complex(to_complex(c)) == number


def to_complex(value):
    return complex(value)
