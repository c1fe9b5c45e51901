"""The laws as a group and its action: axioms and definitions, on random rational series of one and two colours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imde_sym.method import PartitionedTableau, methods
from imde_sym.series import (
    BSeries,
    adjoint,
    compose,
    exact_series,
    exp,
    identity_series,
    inverse,
    inverse_modified_series,
    linear_combination,
    log,
    method_series,
    modified_series,
    scale,
    substitute,
)
from tests.series.random_series import as_dict, composed, partitioned, sequential, series, substituted
from tests.strategies import examples, rationals, tableaux

CASES = [(6, 1), (4, 2), (3, 3)]
"""Highest order and number of colours."""
few = examples(6)
fractions = rationals().filter(bool)


def draw(data, case, *kinds):
    """One series for each letter: m for a map, f for a field."""
    return [data.draw(series(*case, empty=int(kind == "m"))) for kind in kinds]


@pytest.mark.parametrize("case", CASES)
@few
@given(st.data())
def test_composition_is_the_sum_over_ordered_subtrees(case, data):
    """HLW Thm III.1.10: (a·b)(t) = Σ b(s) Π a(pruned)."""
    a, b = draw(data, case, "m", "m")
    assert as_dict(compose(a, b)) == composed(a, b)


@pytest.mark.parametrize("case", CASES)
@few
@given(st.data())
def test_substitution_is_the_sum_over_partitions(case, data):
    """Chartier, Hairer, Vilmart 2010, Thm 3.2, for maps and for fields."""
    b, a, c = draw(data, case, "f", "m", "f")
    assert as_dict(substitute(b, a)) == substituted(b, a)
    assert as_dict(substitute(b, c)) == substituted(b, c)
    assert substitute(b, a).is_map and substitute(b, c).is_field


@pytest.mark.parametrize("case", CASES)
@few
@given(st.data())
def test_maps_form_a_group(case, data):
    a, b, c = draw(data, case, "m", "m", "m")
    one = identity_series(*case)
    assert compose(compose(a, b), c) == compose(a, compose(b, c)) == compose(a, b, c)
    assert compose(a, one) == compose(one, a) == a
    assert compose(a, inverse(a)) == compose(inverse(a), a) == one
    assert inverse(compose(a, b)) == compose(inverse(b), inverse(a))
    assert inverse(inverse(a)) == a


@pytest.mark.parametrize("case", CASES)
@few
@given(st.data())
def test_exp_and_log_are_inverse_to_each_other_on_random_series(case, data):
    a, b = draw(data, case, "m", "f")
    assert exp(log(a)) == a and log(exp(b)) == b
    assert inverse(a) == exp(-log(a))
    assert exp(0 * b) == identity_series(*case) and log(identity_series(*case)) == 0 * b


@pytest.mark.parametrize("case", CASES)
@few
@given(st.data(), fractions, fractions)
def test_flows_of_one_field_add_their_times(case, data, s, t):
    (b,) = draw(data, case, "f")
    assert compose(exp(s * b), exp(t * b)) == exp((s + t) * b)


@pytest.mark.parametrize("case", CASES)
@few
@given(st.data())
def test_substitution_acts_by_morphisms(case, data):
    b, x, y = draw(data, case, "f", "m", "m")
    assert substitute(b, compose(x, y)) == compose(substitute(b, x), substitute(b, y))
    assert substitute(b, inverse(x)) == inverse(substitute(b, x))
    assert substitute(b, log(x)) == log(substitute(b, x))
    assert substitute(b, identity_series(*case)) == identity_series(*case)


@pytest.mark.parametrize("case", CASES)
@few
@given(st.data())
def test_substitution_is_associative_and_has_a_unit(case, data):
    """b ⋆ (c ⋆ a) = (b ⋆ c) ⋆ a: first c stands for the field of a, then b for the field of both."""
    b, c, a = draw(data, case, "f", "f", "m")
    assert substitute(b, substitute(c, a)) == substitute(substitute(b, c), a)
    unit = log(exact_series(*case))
    assert substitute(unit, a) == a and substitute(b, unit) == b


def test_substitution_the_other_way_round_is_another_series():
    """The associativity above would hold for a commutative law too; this one is not."""
    euler, midpoint = (modified_series(methods[name], 5) for name in ("explicit_euler", "explicit_midpoint"))
    assert substitute(euler, midpoint) != substitute(midpoint, euler)


@pytest.mark.parametrize("case", CASES)
@few
@given(st.data(), rationals(), rationals())
def test_laws_are_linear_where_they_should_be(case, data, x, y):
    """a in b ⋆ a, and the second factor of a composition (with its value at the empty tree)."""
    b, u, v, a = draw(data, case, "f", "f", "f", "m")
    assert substitute(b, x * u + y * v) == x * substitute(b, u) + y * substitute(b, v)
    p, q = a, a + u
    mean = (1 - x) * p + x * q
    assert mean.is_map
    assert compose(a, mean) == (1 - x) * compose(a, p) + x * compose(a, q)
    assert substitute(b, mean) == (1 - x) * substitute(b, p) + x * substitute(b, q)


@few
@given(st.data(), rationals(), fractions)
def test_linear_combinations_act_on_every_coefficient(data, x, y):
    a, b = draw(data, (4, 1), "m", "f")
    both = x * a - b / y
    assert all(both[t] == x * a[t] - b[t] / y for t in a) and both.empty == x
    assert both == linear_combination([x, -1 / y], [a, b]) == -(b * (1 / y) - a * x)
    assert a - a == 0 * a and (a - a).is_field and (a + b).is_map and not (a + a).is_map
    assert linear_combination([1], [a]) == a


@few
@given(st.data())
def test_sums_are_truncated_at_the_lower_order(data):
    a, b = data.draw(series(4)), data.draw(series(2))
    for law in (lambda x, y: x + y, lambda x, y: x - y, compose):
        assert law(a, b) == law(a.truncate(2), b) and law(b, a) == law(b, a.truncate(2))
    assert substitute(log(a), b) == substitute(log(a).truncate(2), b)
    assert substitute(log(b), a) == substitute(log(b), a.truncate(2))


@pytest.mark.parametrize("case", CASES)
@few
@given(st.data(), fractions, fractions)
def test_scaling_is_an_automorphism_of_everything(case, data, s, t):
    """The step size θh: every law commutes with it."""
    a, b, f = draw(data, case, "m", "m", "f")
    assert scale(scale(a, s), t) == scale(a, s * t) and scale(a, 1) == a
    assert scale(a, 0) == identity_series(*case)
    assert scale(compose(a, b), s) == compose(scale(a, s), scale(b, s)) == compose(a, b, steps=[s, s])
    assert scale(log(a), s) == log(scale(a, s)) and scale(exp(f), s) == exp(scale(f, s))
    # the scaled field is s·f in place of f, so substitution takes the factor out of one side
    assert substitute(s * log(exact_series(*case)), a) == scale(a, s)
    assert scale(substitute(f, a), s) == substitute(scale(f, s), a)
    assert substitute(s * f, a) == substitute(f, scale(a, s))


@pytest.mark.parametrize("case", CASES)
@few
@given(st.data())
def test_the_adjoint_is_an_involution_that_reverses_compositions(case, data):
    a, b = draw(data, case, "m", "m")
    assert adjoint(adjoint(a)) == a
    assert adjoint(compose(a, b)) == compose(adjoint(b), adjoint(a))
    assert compose(scale(adjoint(a), -1), a) == identity_series(*case)
    symmetric = compose(a, adjoint(a), steps=["1/2", "1/2"])
    assert adjoint(symmetric) == symmetric


@pytest.mark.parametrize("case", CASES)
@few
@given(st.data(), fractions)
def test_modified_fields_of_a_series_are_characterised_by_substitution(case, data, s):
    (drawn,), flow = draw(data, case, "m"), exact_series(*case)
    a = BSeries.from_rule(lambda t: s * (1 + t.color) if t.order == 1 else drawn[t], case[0], colors=case[1])
    b, c = modified_series(a), inverse_modified_series(a)
    assert substitute(b, flow) == a and substitute(c, a) == flow
    assert substitute(b, c) == substitute(c, b) == log(flow)
    assert inverse_modified_series(substitute(b, flow)) == c


@few
@given(tableaux(), tableaux(), fractions, fractions)
def test_steps_of_two_methods_are_the_steps_of_one_tableau(m, n, x, y):
    a, b = method_series(m, 5), method_series(n, 5)
    assert compose(a, b, steps=[x, y]) == method_series(sequential(m, n, (x, y)), 5)


def test_two_half_steps_of_rk4_are_the_step_of_a_tableau_with_eight_stages():
    rk4 = methods["rk4"]
    double = sequential(rk4, rk4, ("1/2", "1/2"))
    assert double.stages == 8
    a = method_series(rk4, 9)
    assert compose(a, a, steps=["1/2", "1/2"]) == method_series(double, 9)
    assert compose(a, a, steps=["1/2", "1/2"]) != a


@few
@given(partitioned(), partitioned(), fractions, fractions)
def test_steps_of_partitioned_methods_are_the_steps_of_one_partitioned_tableau(m, n, x, y):
    both = PartitionedTableau([sequential(f, g, (x, y)) for f, g in zip(m.parts, n.parts)])
    assert compose(method_series(m, 4), method_series(n, 4), steps=[x, y]) == method_series(both, 4)
