"""What the inverse equation of a Nyström method reproduces: velocities, positions, or both where it is a partitioned method."""

from fractions import Fraction

import mpmath
import pytest
import sympy

import imde_sym as imde
from imde_sym import Nystrom, PartitionedTableau
from imde_sym.base.errors import ImdeError, MethodError, UnknownNameError
from tests.rows import rows

HALF = Fraction(1, 2)
VERLET = Nystrom(A=[[], [HALF]], b_bar=[HALF, 0], b=[HALF, HALF], c=[0, 1], a=[[], [HALF, HALF]], name="Verlet")
KICKS = Nystrom(A=[[], [HALF]], b_bar=[HALF, 0], b=[HALF, HALF], c=[0, 1], a=[[HALF], [HALF]], name="Verlet by half kicks")
FIELD = imde.VectorField.second_order({"q": "-q^3"})


def equation(m, **options):
    return imde.inverse_modified_equation(FIELD, m, 4, **options)


@pytest.mark.parametrize(("match", "place", "slope"), [("velocities", 1, 5), ("positions", 0, 6)])
def test_a_step_with_the_learned_field_reproduces_what_is_matched(match, place, slope):
    """One step of Verlet, written here, with the learned force; the flow of q'' = -q³ by its Taylor series."""
    F = equation(VERLET, match=match)
    errors = []
    for h in (mpmath.mpf(1) / 32, mpmath.mpf(1) / 64):
        force = sympy.lambdify(F.variables, F.as_expr(h)[1], "mpmath")
        q, v = mpmath.mpf("0.6"), mpmath.mpf("0.37")
        k1 = force(q, v)
        moved = k2 = q + h * v + h**2 / 2 * k1
        for _ in range(12):  # the second stage velocity holds k2 itself
            k2 = force(moved, v + h / 2 * (k1 + k2))
        found = (moved, v + h / 2 * (k1 + k2))
        terms = [q, v]  # coefficients of q(t); each next one from q'' = -q³
        for n in range(18):
            cube = sum(terms[i] * terms[j] * terms[n - i - j] for i in range(n + 1) for j in range(n + 1 - i))
            terms.append(-cube / ((n + 1) * (n + 2)))
        exact = (mpmath.polyval(terms[::-1], h), mpmath.polyval([k * t for k, t in enumerate(terms)][:0:-1], h))
        errors.append(abs(found[place] - exact[place]))
    assert abs(mpmath.log(errors[0] / errors[1], 2) - slope) < 0.1


def test_the_two_matches_differ_where_the_method_has_no_partner():
    assert equation(VERLET, match="positions") != equation(VERLET, match="velocities") == equation(VERLET)


def test_a_nystrom_method_made_of_two_tableaux_finds_them_again():
    """q'' = g by (Â, b̂) for the positions and (a, b) for the velocities (HNW II.14): A = Â a, b̄ = b̂ a, c = Â 1."""
    m = imde.methods["gauss2"]
    A, b = sympy.Matrix(m.A), sympy.Matrix([m.b])
    n = Nystrom((A * A).tolist(), list(b * A), m.b, m.c, m.A)
    assert n.with_inverse(match="both") == PartitionedTableau([imde.ButcherTableau(m.A, m.b)] * 2)


def test_verlet_by_half_kicks_is_the_partitioned_method():
    m = KICKS.with_inverse(match="both")
    assert m == PartitionedTableau(imde.methods["stoermer_verlet"].parts) or m.parts[0].A == ((0, 0), (HALF, HALF))
    F = equation(KICKS, match="both")
    assert imde.check(F, x0=["3/5", "2/7"], steps=["1/64", "1/128"]).passed
    q, v = F.variables
    assert F.term(2)[0] != 0 and F.term(0) == sympy.Matrix([v, -(q**3)])


def test_what_is_no_partitioned_method_says_so():
    with pytest.raises(MethodError, match="cannot reproduce positions and velocities both with one field"):
        VERLET.with_inverse(match="both")
    with pytest.raises(MethodError, match="cannot reproduce positions and velocities both"):
        Nystrom([[]], [HALF], [1], [0]).with_inverse(match="both")


@pytest.mark.parametrize(
    ("options", "error", "why"),
    [
        ({"match": "place"}, UnknownNameError, "accepted: velocities, positions, both"),
        ({"unknown": 1}, ImdeError, "corrects v' = g"),
    ],
)
def test_other_words_are_refused(options, error, why):
    with pytest.raises(error, match=why):
        equation(VERLET, **options)


def test_a_method_that_matches_positions_is_another_and_survives_json():
    m = VERLET.with_inverse(match="positions")
    assert m != VERLET and imde.from_json(m.to_json()) == m and m.measured["inverse"] == "positions"
    assert imde.modified_series(m, 4) == imde.modified_series(VERLET, 4)


@rows("m", [VERLET, VERLET.with_inverse(match="positions"), imde.methods["rk4"], imde.methods["strang"]])
def test_a_direction_is_one_of_the_two_words(m):
    assert m.leading("forward") == [1] * m.colors
    with pytest.raises(MethodError, match="inverse"):
        m.leading("invers")
