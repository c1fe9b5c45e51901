"""Identities of the pre-Lie calculus over trees, and agreement between coefficient rings."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from imde_sym import Nystrom
from imde_sym.base.errors import ImdeError, MethodError
from imde_sym.method import ButcherTableau, methods
from imde_sym.method.theory.weights import elementary_weights
from imde_sym.prelie import act, compose, exp, inverse_modified, log, method_map, modified
from imde_sym.rings import FractionArithmetic
from imde_sym.rings.modular import RationalArithmetic
from imde_sym.series import inverse_modified_series, method_series, modified_series
from imde_sym.trees import RootedTree, TreeSpace, tree_table
from tests.rows import rows
from tests.strategies import examples, rationals, tableaux

QUICK = examples(15)
FEW = examples(6)


def space_of(order, arithmetic=None, colors=1):
    return TreeSpace(tree_table(colors), order, arithmetic or FractionArithmetic())


def same(a, b):
    return all((x == y).all() for x, y in zip(a[1:], b[1:], strict=True))


def elements(order, colors=1):
    size = tree_table(colors).size(order)
    return st.lists(rationals(), min_size=size, max_size=size)


@QUICK
@given(elements(5))
def test_log_undoes_exp_and_exp_undoes_log(values):
    space = space_of(5)
    w = space.graded(space.arithmetic.array(values))
    assert same(log(space, exp(space, w)), w)
    assert same(exp(space, log(space, w)), w)


@QUICK
@given(elements(3, colors=2))
def test_log_undoes_exp_with_two_colours(values):
    space = space_of(3, colors=2)
    w = space.graded(space.arithmetic.array(values))
    assert same(log(space, exp(space, w)), w)


@QUICK
@given(elements(4), rationals(), rationals())
def test_flows_of_one_field_compose_to_the_flow_of_the_summed_times(values, s, t):
    space = space_of(4)
    w = space.graded(space.arithmetic.array(values))

    def scaled(r):
        return [None, *(part * r for part in w[1:])]

    assert same(compose(space, exp(space, scaled(s)), exp(space, scaled(t))), exp(space, scaled(s + t)))


@QUICK
@given(elements(4), elements(4), elements(4))
def test_composition_of_maps_is_associative(a, b, c):
    space = space_of(4)
    x, y, z = (space.graded(space.arithmetic.array(v)) for v in (a, b, c))
    assert same(compose(space, compose(space, x, y), z), compose(space, x, compose(space, y, z)))


@QUICK
@given(elements(4), elements(4))
def test_acting_twice_is_acting_with_the_composed_flow(values, field):
    space = space_of(4)
    w, g = (space.graded(space.arithmetic.array(v)) for v in (values, field))
    doubled = [None, *(part * 2 for part in w[1:])]
    assert same(act(space, act(space, g, w), w), act(space, g, doubled))


def test_the_flow_of_the_generator_is_the_exact_solution():
    space = space_of(8)
    density = tree_table().density[: tree_table().size(8)]
    assert space.flat(exp(space, space.generator())).tolist() == [Fraction(1, int(d)) for d in density]


@QUICK
@given(tableaux())
def test_the_method_turns_its_inverse_modified_field_into_the_exact_flow(m):
    space = space_of(5)
    f = space.generator()
    c = inverse_modified(space, m.recursion(space), f)
    assert same(method_map(space, m.recursion(space), c), exp(space, f))
    assert same(modified(space, m.recursion(space), c), f)


@QUICK
@given(tableaux())
def test_the_inverse_of_the_modified_field_is_the_field(m):
    space = space_of(5)
    f = space.generator()
    w = modified(space, m.recursion(space), f)
    assert same(inverse_modified(space, m.recursion(space), w), f)


@FEW
@given(tableaux(max_stages=2), elements(4))
def test_modified_and_inverse_undo_each_other_on_any_field(m, values):
    space = space_of(4)
    f = space.graded(space.arithmetic.array(values))
    w = modified(space, m.recursion(space), f)
    c = inverse_modified(space, m.recursion(space), f)
    assert same(inverse_modified(space, m.recursion(space), w), f)
    assert same(modified(space, m.recursion(space), c), f)


@rows("name", ["explicit_euler", "explicit_midpoint", "rk4", "implicit_midpoint", "radau_iia_2"])
def test_modified_and_inverse_undo_each_other_to_order_eight(name):
    m = methods[name]

    def round_trips(arithmetic):
        space = space_of(8, arithmetic)
        f = space.generator()
        c = inverse_modified(space, m.recursion(space), f)
        w = modified(space, m.recursion(space), f)
        there = modified(space, m.recursion(space), c)
        back = inverse_modified(space, m.recursion(space), w)
        return np.concatenate([space.flat(there), space.flat(back)])

    values = RationalArithmetic().run(round_trips)
    half = len(values) // 2
    assert values[:half] == values[half:]
    assert values[0] == 1
    assert not any(values[1:half])


@QUICK
@given(tableaux())
def test_elementary_weights_are_the_coefficients_of_the_map(m):
    space = space_of(5)
    phi = method_map(space, m.recursion(space), space.generator())
    assert space.flat(phi).tolist() == elementary_weights([m], 5, FractionArithmetic()).tolist()
    assert space.flat(phi).tolist() == list(method_series(m, 5).coefficients)


@QUICK
@given(tableaux())
def test_elementary_weights_follow_their_definition(m):
    """Φ(t) = Σ b_i Π_children (A φ(child))_i, straight from the book (HNW II.2)."""

    def phi(t):
        values = [Fraction(1)] * m.stages
        for child in t.children:
            inner = phi(child)
            values = [v * sum(a * x for a, x in zip(row, inner)) for v, row in zip(values, m.A)]
        return values

    series = method_series(m, 5)
    assert all(v == sum(b * x for b, x in zip(m.b, phi(t))) for t, v in series.items())


@QUICK
@given(tableaux())
def test_residues_give_what_fractions_give(m):
    def compute(algorithm, arithmetic):
        space = space_of(5, arithmetic)
        return arithmetic.public(space.flat(algorithm(space, m.recursion(space), space.generator())))

    assert list(inverse_modified_series(m, 5).coefficients) == compute(inverse_modified, FractionArithmetic())
    assert list(modified_series(m, 5).coefficients) == compute(modified, FractionArithmetic())


@QUICK
@given(tableaux())
def test_floats_give_nearly_what_fractions_give(m):
    floating = ButcherTableau([[float(a) for a in row] for row in m.A], [float(b) for b in m.b])
    for series in (method_series, modified_series, inverse_modified_series):
        exact, near = series(m, 5).to_numpy(), series(floating, 5).to_numpy()
        assert near.dtype == np.float64
        # coefficients of order 5 are up to b^-5 (max A)^4 large: errors are relative to the largest
        np.testing.assert_allclose(near, exact, rtol=1e-7, atol=1e-9 * np.abs(exact).max())


def test_explicit_and_implicit_tableaux_share_one_recursion():
    """A stage that is not used by b leaves the method alone (it is reducible)."""
    m = methods["implicit_midpoint"]
    padded = ButcherTableau([["1/2", 0], [3, "5/7"]], [1, 0])
    assert inverse_modified_series(padded, 6) == inverse_modified_series(m, 6)


def test_permuting_the_stages_changes_nothing():
    m = methods["radau_iia_2"]
    turned = ButcherTableau([row[::-1] for row in m.A[::-1]], m.b[::-1])
    assert modified_series(turned, 6) == modified_series(m, 6)


def test_a_large_denominator_is_reconstructed_exactly():
    m = ButcherTableau([[0, 0], [Fraction(1, 10**9 + 7), 0]], [Fraction(12345678901, 98765432101), Fraction(1, 2**29 - 3)])
    space = space_of(4)
    expected = space.flat(inverse_modified(space, m.recursion(space), space.generator()))
    assert list(inverse_modified_series(m, 4).coefficients) == expected.tolist()


def test_a_symbolic_family_specialises_to_its_members():
    alpha = sympy.Symbol("alpha")
    family = ButcherTableau([[0, 0], [alpha, 0]], [1 - 1 / (2 * alpha), 1 / (2 * alpha)])
    for value, name in [(sympy.Rational(1, 2), "explicit_midpoint"), (sympy.Integer(1), "heun")]:
        for series in (method_series, modified_series, inverse_modified_series):
            symbolic, exact = series(family, 5), series(methods[name], 5)
            found = [sympy.sympify(v).subs(alpha, value) for v in map(as_sympy, symbolic.coefficients)]
            assert found == [as_sympy(v) for v in exact.coefficients]


def as_sympy(value):
    return sympy.Rational(value.numerator, value.denominator) if isinstance(value, Fraction) else value


def test_gauss_with_roots_is_exact_and_its_modified_equation_starts_at_order_five():
    m = methods["gauss2"]
    a, c = modified_series(m, 5), inverse_modified_series(m, 5)
    assert m.order == 4
    assert all(isinstance(v, Fraction) for v in a.coefficients[:8])
    assert all(v == 0 for t, v in a.items() if 2 <= t.order <= 4)
    assert any(v != 0 for t, v in a.items() if t.order == 5)
    assert all(sympy.simplify(as_sympy(c[t]) + as_sympy(a[t])) == 0 for t in c if t.order >= 2)
    # conjugate roots: the coefficients are rational, and so is Φ of the book: Σ b c⁴ = 7/36
    assert method_series(m, 5)["[[],[],[],[]]"] == Fraction(7, 36)


def test_gauss_with_roots_agrees_with_gauss_in_floats():
    m = methods["gauss2"]
    floating = ButcherTableau([[float(a) for a in row] for row in m.A], [float(b) for b in m.b])
    exact = [float(as_sympy(v)) for v in inverse_modified_series(m, 5).coefficients]
    np.testing.assert_allclose(inverse_modified_series(floating, 5).to_numpy(), exact, atol=1e-13)


def test_a_complex_method_has_complex_coefficients():
    """Composition of Euler steps with (1±i)/2: order two (complex coefficients, real part only at order 1)."""
    z = complex(0.5, 0.5)
    m = ButcherTableau([[0, 0], [z, 0]], [z, z.conjugate()])
    assert m.order == 2
    assert inverse_modified_series(m, 3).to_numpy().dtype == np.complex128


def test_mpmath_coefficients_keep_their_precision():
    import mpmath

    with mpmath.workdps(50):
        third = mpmath.mpf(1) / 3
        m = ButcherTableau([[0, 0], [2 * third, 0]], [mpmath.mpf(1) / 4, mpmath.mpf(3) / 4])
        c = inverse_modified_series(m, 5)
        exact = inverse_modified_series(methods["ralston2"], 5)
        for t in c:
            assert abs(c[t] - mpmath.mpf(exact[t].numerator) / exact[t].denominator) < mpmath.mpf(10) ** -45


def test_weights_that_sum_to_zero_have_no_inverse():
    m = ButcherTableau([[0, 0], [1, 0]], [1, -1])
    assert modified_series(m, 3)["[]"] == 0
    with pytest.raises(MethodError, match="no term in the first power of h"):
        inverse_modified_series(m, 3)


def test_weights_that_do_not_sum_to_one_scale_the_field():
    c = inverse_modified_series(ButcherTableau([[0]], [2]), 4)
    assert c == type(c)(4, [Fraction(1, 2) / RootedTree(t).density for t in c], 0)


@pytest.mark.parametrize("series", [method_series, modified_series, inverse_modified_series])
@pytest.mark.parametrize("order", [0, -1, 10**6, True, "3", None, 2.5])
def test_orders_that_are_none_are_refused(series, order):
    with pytest.raises(ImdeError, match="must be an integer from 1 to 20"):
        series(methods["heun"], order)


@pytest.mark.parametrize("order", [3, 6])
def test_with_a_colour_kept_the_inverse_reproduces_the_flow_in_the_other(order):
    """A Nyström method: q' = v stays as it is, and the velocities are those of the flow."""
    n = Nystrom([[], ["1/2"]], ["1/2", 0], ["1/2", "1/2"], [0, 1], [[], ["1/2", "1/2"]])
    space = space_of(order, colors=2)
    field, table = space.generator(), tree_table(2)
    found = inverse_modified(space, n.recursion(space), field, kept=(0,))
    reached, flow = method_map(space, n.recursion(space), found), exp(space, field)
    for k in range(1, order + 1):
        positions = table.root[table.block(k)] == 0
        assert (found[k][positions] == field[k][positions]).all()
        assert (reached[k][~positions] == flow[k][~positions]).all()
