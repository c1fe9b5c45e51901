"""GARK methods: every part has stages of its own (Sandu, Günther 2015)."""

from fractions import Fraction

import pytest
from hypothesis import given

import imde_sym as imde
from imde_sym.method import ButcherTableau, GeneralizedAdditive, PartitionedTableau, adjoint_method, compose_methods
from tests.series.random_series import partitioned
from tests.strategies import examples

methods = imde.methods


@examples(8)
@given(partitioned(2))
def test_equal_stages_are_the_partitioned_method(m):
    same = GeneralizedAdditive([[p.A for p in m.parts]] * 2, [p.b for p in m.parts])
    for series in (imde.method_series, imde.modified_series):
        assert series(same, 4) == series(m, 4)
    assert same.is_explicit == m.is_explicit


def test_one_part_is_a_runge_kutta_method():
    rk4 = methods["rk4"]
    m = GeneralizedAdditive([[rk4.A]], [rk4.b])
    assert imde.method_series(m, 5) == imde.method_series(rk4, 5) and m.order == 4 and m.is_explicit


def weights(m, t):
    """Φ^q_i of the coloured trees from the definition: the branch of colour m reads its own stages."""
    q = t.color

    def stage(t, i):
        value = Fraction(1)
        for child in t.children:
            row = m.A[t.color][child.color][i]
            value *= sum((a * stage(child, j) for j, a in enumerate(row)), Fraction(0))
        return value

    return sum((b * stage(t, i) for i, b in enumerate(m.b[q])), Fraction(0))


UNEVEN = GeneralizedAdditive(
    [[[[0, 0], ["2/3", 0]], [["1/3"], ["1/2"]]], [[[0, "1/5"]], [["1/4"]]]], [["1/4", "3/4"], [1]], name="two stages and one"
)


@pytest.mark.parametrize("m", [UNEVEN, methods["imex_gark2"]], ids=lambda m: m.name)
def test_the_series_follows_the_definition(m):
    assert all(v == weights(m, t) for t, v in imde.method_series(m, 4).items())


def test_a_stage_may_need_a_later_one_of_another_part_and_be_explicit_still():
    m = GeneralizedAdditive([[[[0, 0], [0, 0]], [[0], [1]]], [[["1/2", 0]], [[0]]]], [["1/2", "1/2"], [1]])
    assert m.is_explicit and not UNEVEN.is_explicit
    assert imde.method_series(m, 3) == imde.method_series(imde.from_json(m.to_json()), 3)


def test_midpoint_rules_one_after_the_other_are_a_composition_of_them():
    """The flow of each part by the implicit midpoint rule: additive methods with zeros for the other part."""
    zero, mid = ButcherTableau([[0]], [0]), methods["implicit_midpoint"]
    first, second = PartitionedTableau([mid, zero]), PartitionedTableau([zero, mid])
    lie = compose_methods(first, second, steps=[1, 1])
    strang = compose_methods(first, second, first, steps=["1/2", 1, "1/2"])
    assert imde.method_series("gark_midpoints", 4) == imde.method_series(lie, 4)
    assert imde.method_series("gark_strang_midpoints", 4) == imde.method_series(strang, 4)


@pytest.mark.parametrize("name", ["gark_midpoints", "gark_strang_midpoints", "imex_gark2"])
def test_compositions_and_adjoints_keep_the_stages_apart(name):
    m = methods[name]
    assert isinstance(m @ m, GeneralizedAdditive) and isinstance(adjoint_method(m), GeneralizedAdditive)
    assert imde.method_series(adjoint_method(m), 3) == imde.adjoint(imde.method_series(m, 3))
    assert (m @ m).is_symplectic == m.is_symplectic == ("symplectic" in m.tags)


def test_internal_consistency_is_equal_abscissae():
    assert methods["imex_gark2"].is_internally_consistent and not UNEVEN.is_internally_consistent


def test_learned_fields_of_hamiltonian_parts_are_hamiltonian():
    f = imde.VectorField.hamiltonian("p^2/2 + q^4/4 + q*p/3", q="q", p="p")
    parts = [imde.VectorField.hamiltonian(H, q="q", p="p") for H in ("p^2/2 + q*p/3", "q^4/4")]
    F = imde.inverse_modified_equation(f, "gark_strang_midpoints", 4, parts=parts)
    q, p = f.variables
    for k in range(4):
        qdot, pdot = F.term(k)
        assert (qdot.diff(q) + pdot.diff(p)).expand() == 0


def test_a_report_shows_every_block():
    text = str(methods["imex_gark2"].describe())
    assert "A[1][0] = [1/4  0  0; 1/4  1/2  0]" in text and "b[1] = [1/2  1/2]" in text
