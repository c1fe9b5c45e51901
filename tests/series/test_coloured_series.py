"""Coloured series: equal parts are one part, colours are only names, and the root's colour is the outermost field."""

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imde_sym.base.errors import MethodError
from imde_sym.method import ButcherTableau, PartitionedTableau, methods
from imde_sym.series import (
    BSeries,
    adjoint,
    compose,
    effective_order,
    error_norm,
    exact_series,
    exp,
    identity_series,
    inverse,
    inverse_modified_series,
    log,
    method_series,
    modified_series,
    order_of_accuracy,
    scale,
    substitute,
    symmetric_order,
    symplectic_order,
)
from imde_sym.trees import RootedTree
from tests.rows import slow
from tests.series.random_series import partitioned, plain, series
from tests.strategies import examples, tableaux

few = examples(6)


def uncoloured(tree: RootedTree) -> RootedTree:
    return RootedTree.with_children(map(uncoloured, tree.children))


def lifted(a: BSeries, colors: int) -> BSeries:
    """a as a series of the sum of several parts: the coefficient of a coloured tree is that of the tree without colours."""
    return BSeries.from_rule(lambda t: a[uncoloured(t)], a.order, a.empty, colors)


def relabelled(a: BSeries, permutation) -> BSeries:
    """The series b with b(t) = a(t with colour permutation[ν] in place of ν)."""

    def paint(t: RootedTree) -> RootedTree:
        return RootedTree.with_children(map(paint, t.children), permutation[t.color])

    return BSeries.from_rule(lambda t: a[paint(t)], a.order, a.empty, a.colors)


def test_there_are_as_many_coefficients_as_coloured_trees():
    """Two colours: OEIS A038055; HLW III.2 draws the first fourteen of order 3."""
    sizes = [0, *(len(exact_series(n, 2)) for n in range(1, 8))]
    assert np.diff(sizes).tolist() == [2, 4, 14, 52, 214, 916, 4116]
    # three colours: OEIS A038059
    assert np.diff([0, *(len(exact_series(n, 3)) for n in range(1, 6))]).tolist() == [3, 9, 45, 246, 1485]
    assert all(t.colors <= 2 for t in exact_series(5, 2))


@pytest.mark.parametrize("order, colors", slow([(5, 2), (4, 3)], (4, 3)))
@examples(4)
@given(st.data())
def test_every_law_of_a_lifted_series_is_the_lifted_law(order, colors, data):
    a, c = (data.draw(series(order)) for _ in range(2))
    b, d = (data.draw(series(order, empty=0)) for _ in range(2))
    A, C, B, D = (lifted(x, colors) for x in (a, c, b, d))
    assert compose(A, C) == lifted(compose(a, c), colors)
    assert compose(A, C, A, steps=["1/2", "-2", "1/3"]) == lifted(compose(a, c, a, steps=["1/2", "-2", "1/3"]), colors)
    assert substitute(B, A) == lifted(substitute(b, a), colors)
    assert substitute(B, D) == lifted(substitute(b, d), colors)
    for law, plain_series, coloured in [(exp, b, B), (log, a, A), (inverse, a, A), (adjoint, a, A)]:
        assert law(coloured) == lifted(law(plain_series), colors)
    assert scale(A, "2/3") == lifted(scale(a, "2/3"), colors)
    assert modified_series(A) == lifted(modified_series(a), colors)
    assert 2 * A - C / 3 == lifted(2 * a - c / 3, colors)
    assert A.truncate(2) == lifted(a.truncate(2), colors)
    assert symmetric_order(A) == symmetric_order(a) and order_of_accuracy(A) == order_of_accuracy(a)


@few
@given(tableaux(), st.integers(2, 3))
def test_a_partitioned_method_with_equal_parts_is_the_plain_method(m, colors):
    n = 5 if colors == 2 else 4
    equal = PartitionedTableau([m] * colors)
    for make in (method_series, modified_series, inverse_modified_series):
        assert make(equal, n) == make(m, n, colors) == lifted(make(m, n), colors)
    coloured = method_series(equal, n)
    assert inverse_modified_series(coloured) == lifted(inverse_modified_series(m, n), colors)
    assert modified_series(coloured) == lifted(modified_series(m, n), colors)


def test_the_exact_flow_and_the_identity_do_not_see_colours():
    assert exact_series(5, 2) == lifted(exact_series(5), 2)
    assert identity_series(4, 3) == lifted(identity_series(4), 3)


@pytest.mark.parametrize("name", ["explicit_euler", "heun2", "rk4", "implicit_midpoint", "gauss2", "radau_iia_2"])
def test_structure_of_a_lifted_series_is_that_of_the_series(name):
    a = method_series(methods[name], 5)
    A = lifted(a, 2)
    for order in (order_of_accuracy, symmetric_order, symplectic_order):
        assert order(A) == order(a)
    assert symplectic_order(A, "additive") == symplectic_order(a)
    assert effective_order(A.truncate(4)) == effective_order(a.truncate(4))


@pytest.mark.parametrize("colors", [2, 3])
@few
@given(st.data())
def test_colours_are_only_names(colors, data):
    """Renaming the parts of the field renames the trees, in every law."""
    m = data.draw(partitioned(colors))
    order = {2: 4, 3: 3}[colors]
    for permutation in permutations(range(colors)):
        renamed = PartitionedTableau([m.parts[i] for i in permutation])
        for make in (method_series, modified_series, inverse_modified_series):
            assert make(renamed, order) == relabelled(make(m, order), permutation)
    a, c, b = (data.draw(series(order, colors, empty)) for empty in (1, 1, 0))
    x, y, z = (relabelled(s, permutation) for s in (a, c, b))
    assert compose(x, y) == relabelled(compose(a, c), permutation)
    assert substitute(z, x) == relabelled(substitute(b, a), permutation)
    assert exp(z) == relabelled(exp(b), permutation) and adjoint(x) == relabelled(adjoint(a), permutation)
    assert symmetric_order(x) == symmetric_order(a)


def matrix_series(a: BSeries, fields) -> list[np.ndarray]:
    """Coefficients of h^k of B(a) for y' = Σ A_ν y: only tall trees act, the root's matrix outermost."""
    d = len(fields[0])
    powers = [int(a.empty) * np.array([[Fraction(i == j) for j in range(d)] for i in range(d)])]
    powers += [0 * powers[0] for _ in range(a.order)]
    for t, v in a.items():
        product, below = None, plain(t)
        while True:
            matrix = fields[below[0]]
            product = matrix if product is None else product @ matrix
            if len(below[1]) != 1:
                break
            below = below[1][0]
        if not below[1]:
            powers[t.order] = powers[t.order] + v * product
    return powers


@pytest.mark.parametrize("colors", [1, 2, 3])
@few
@given(st.data())
def test_partitioned_methods_act_on_linear_systems_as_their_definition_says(colors, data):
    """U = 1⊗y + h Σ (a^ν ⊗ A_ν) U and y + h Σ (b^ν ⊗ A_ν) U, expanded in h with matrices of integers."""
    m, order = data.draw(partitioned(colors)), 4
    entries = st.lists(st.integers(-2, 2), min_size=4, max_size=4)
    fields = [np.array(data.draw(entries)).reshape(2, 2) * Fraction(1) for _ in range(colors)]
    ones = np.ones((m.stages, 1), int)
    stage = sum(np.kron(np.array(p.A, object).reshape(m.stages, -1), A) for p, A in zip(m.parts, fields))
    result = sum(np.kron(np.array([p.b], object), A) for p, A in zip(m.parts, fields))
    expected, U = [np.eye(2, dtype=int) * Fraction(1)], np.kron(ones, np.eye(2, dtype=int)) * Fraction(1)
    for _ in range(order):
        expected.append(result @ U)
        U = stage @ U
    found = matrix_series(method_series(m, order), fields)
    assert all((x == y).all() for x, y in zip(found, expected, strict=True))


@few
@given(st.data())
def test_coloured_laws_act_on_linear_systems_as_products_and_exponentials_of_matrices(data):
    order = 4
    a, c, b = (data.draw(series(order, 2, empty)) for empty in (1, 1, 0))
    entries = st.lists(st.integers(-2, 2), min_size=4, max_size=4)
    fields = [np.array(data.draw(entries)).reshape(2, 2) * Fraction(1) for _ in range(2)]
    A, C, B = (matrix_series(s, fields) for s in (a, c, b))

    def times(x, y):
        return [sum(x[j] @ y[k - j] for j in range(k + 1)) for k in range(order + 1)]

    def same(x, y):
        return all((p == q).all() for p, q in zip(x, y, strict=True))

    assert same(matrix_series(compose(a, c), fields), times(C, A))
    power, total, factor = A, [0 * x for x in A], Fraction(1)
    power = total[:]
    power[0] = np.eye(2, dtype=int) * Fraction(1)
    for j in range(order + 1):
        total = [x + factor * y for x, y in zip(total, power)]
        power, factor = times(power, B), factor / (j + 1)
    assert same(matrix_series(exp(b), fields), total)


EULER = PartitionedTableau([ButcherTableau([[0]], [1]), ButcherTableau([[1]], [1])], name="symplectic Euler")
"""The stage holds the old q and the new p (HLW I.1.9, the variant with p implicit)."""
VERLET = PartitionedTableau(
    [ButcherTableau([[0, 0], ["1/2", "1/2"]], ["1/2", "1/2"]), ButcherTableau([["1/2", 0], ["1/2", 0]], ["1/2", "1/2"])],
    name="Störmer-Verlet",
)
"""HLW II.2.1: the trapezoidal rule and the implicit midpoint rule as a pair."""
RUTH = PartitionedTableau(
    [
        ButcherTableau([[0, 0, 0], ["2/3", 0, 0], ["2/3", "-2/3", 0]], ["2/3", "-2/3", 1]),
        ButcherTableau([["7/24", 0, 0], ["7/24", "3/4", 0], ["7/24", "3/4", "-1/24"]], ["7/24", "3/4", "-1/24"]),
    ],
    name="Ruth",
)
"""Ruth 1983, order 3 for separable Hamiltonians: b = 7/24, 3/4, -1/24 and b̂ = 2/3, -2/3, 1 (HLW II.5, VI.4)."""


def structure(m, order=6):
    a = method_series(m, order)
    return order_of_accuracy(a), symmetric_order(a), symplectic_order(a), symplectic_order(a, "separable")


def test_symplectic_euler_has_order_one_and_is_symplectic():
    """HLW Thm VI.3.3: symplectic for every H(q, p), not symmetric."""
    assert structure(EULER) == (1, 1, 6, 6)
    assert EULER.order == 1 and EULER.is_symplectic


def test_stoermer_verlet_has_order_two_and_is_symmetric_and_symplectic():
    """HLW Thm VI.3.4 and II.3: symplectic for every H(q, p), symmetric."""
    assert structure(VERLET) == (2, 6, 6, 6)
    assert VERLET.order == 2 and VERLET.is_symplectic


def test_the_modified_fields_of_symplectic_methods_are_hamiltonian():
    for m in (EULER, VERLET):
        assert symplectic_order(modified_series(m, 5)) == symplectic_order(inverse_modified_series(m, 5)) == 5


def test_stoermer_verlet_is_symplectic_euler_after_its_adjoint():
    """HLW II.4 (4.6): half a step of one and half a step of the other; the order says which of the two Verlets."""
    a = method_series(EULER, 6)
    other = PartitionedTableau(VERLET.parts[::-1])
    pair = {compose(a, adjoint(a), steps=["1/2", "1/2"]), compose(adjoint(a), a, steps=["1/2", "1/2"])}
    assert pair == {method_series(VERLET, 6), method_series(other, 6)}


def test_the_adjoint_of_symplectic_euler_is_the_other_symplectic_euler():
    assert adjoint(method_series(EULER, 6)) == method_series(PartitionedTableau(EULER.parts[::-1]), 6)


def alternates(t):
    """Whether neighbours have different colours: for H = T(p) + V(q) only such trees act (HLW III.2.2)."""
    return all(c.color != t.color and alternates(c) for c in t.children)


def test_symplectic_euler_is_conjugate_to_verlet_for_separable_hamiltonians():
    """Kick, then drift; after half a drift, and with half a drift taken back, that is half a drift, kick, half a drift."""
    half_drift = exp(BSeries.from_rule(lambda t: Fraction(t.brackets == "[]", 2), 5, 0, 2))
    euler, verlet = method_series(EULER, 5), method_series(PartitionedTableau(VERLET.parts[::-1]), 5)
    conjugated = compose(half_drift, euler, inverse(half_drift))
    assert all(conjugated[t] == v for t, v in verlet.items() if alternates(t))
    assert any(euler[t] != v for t, v in verlet.items() if alternates(t) and t.order == 2)


def test_symplectic_euler_gains_no_effective_order_in_general():
    """[τ_0 [τ_0]] is no commutator of h·f with a combination of τ_0 and τ_1, but Euler has it."""
    assert log(method_series(EULER, 2))["[[]]"] == Fraction(-1, 2)
    assert effective_order(method_series(EULER, 4)) == 1
    assert effective_order(method_series(VERLET, 4)) == 2


@pytest.mark.parametrize(
    ("first", "second", "order"), [("lobatto_iiia_2", "lobatto_iiib_2", 2), ("lobatto_iiia_3", "lobatto_iiib_3", 4)]
)
def test_lobatto_pairs_are_symplectic_and_symmetric(first, second, order):
    """HLW Thm VI.4.5 with IV.2: order 2s - 2; IIIA alone is not symplectic."""
    pair = PartitionedTableau([methods.get(first, methods["trapezoid"]), methods[second]])
    assert structure(pair, 6) == (order, 6, 6, 6)
    assert pair.is_symplectic
    assert symplectic_order(method_series(pair.parts[0], 6)) < 6


def test_ruths_method_is_symplectic_for_separable_hamiltonians_only():
    """Σ b_i ≠ b̂_i entry by entry: the condition on the roots' colours fails for H(q, p) in general."""
    order, _, general, separable = structure(RUTH)
    assert separable == 6 and general < 6 and order < 3
    assert not RUTH.is_symplectic


def test_ruths_method_has_order_three_on_the_trees_of_separable_hamiltonians():
    a = method_series(RUTH, 4)
    failures = [t for t, v in a.items() if alternates(t) and v * t.density != 1]
    assert failures and min(t.order for t in failures) == 4


def test_additive_splitting_needs_one_symplectic_tableau_for_all_pairs():
    """Two Hamiltonian fields: the midpoint rule for both is symplectic, symplectic Euler is not."""
    midpoint = PartitionedTableau([methods["implicit_midpoint"]] * 2)
    assert symplectic_order(method_series(midpoint, 5), "additive") == 5
    assert symplectic_order(method_series(EULER, 5), "additive") == 1
    three = PartitionedTableau([methods["gauss2"]] * 3)
    assert symplectic_order(method_series(three, 4)) == 4


def test_the_principal_error_of_symplectic_euler_is_one_half_in_every_tree():
    assert error_norm(method_series(EULER, 2)) == 1.0  # four trees with ±1/2
    assert error_norm(method_series(EULER, 2), norm=float("inf")) == 0.5


def test_an_imex_pair_of_the_catalogue_has_its_published_order():
    """Ascher, Ruuth, Spiteri 1997: ARS(4,4,3), the implicit part with a row and a column of zeros in front."""
    implicit = methods["ars443_implicit"]
    padded = ButcherTableau([[0] * 5, *([0, *row] for row in implicit.A)], [0, *implicit.b])
    ars443 = PartitionedTableau([methods["ars443_explicit"], padded])
    assert ars443.order == order_of_accuracy(method_series(ars443, 5)) == 3


def test_a_partitioned_method_needs_a_field_in_as_many_parts():
    for colors in (1, 3):
        with pytest.raises(MethodError, match=f"2 parts; here it has {colors}"):
            method_series(EULER, 3, colors)
