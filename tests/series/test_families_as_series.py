"""Families of methods as tree series: order conditions from the books, definitions in plain Python, known coefficients."""

from fractions import Fraction
from math import factorial, prod

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from imde_sym.method import (
    ButcherTableau,
    ContinuousStage,
    LinearMultistep,
    MultiderivativeTableau,
    Nystrom,
    PartitionedTableau,
    Rosenbrock,
    Splitting,
    average_vector_field,
    compose_methods,
    methods,
    substeps,
    taylor_method,
)
from imde_sym.series import (
    BSeries,
    average_vector_field_series,
    compose,
    energy_preserving_order,
    exact_series,
    exp,
    inverse_modified_series,
    method_series,
    modified_series,
    substitute,
    symmetric_order,
    symplectic_order,
)
from tests.rows import rows
from tests.series.random_series import partitioned
from tests.strategies import examples, rationals, tableaux

few = examples(8)
HALF = Fraction(1, 2)
EULER = methods["explicit_euler"]


def lower(s, diagonal):
    """s rows below the diagonal, or up to it."""
    return st.tuples(*(st.lists(rationals(), min_size=i + diagonal, max_size=i + diagonal) for i in range(s)))


@st.composite
def rosenbrocks(draw):
    s = draw(st.integers(1, 3))
    b = draw(st.lists(rationals(), min_size=s, max_size=s))
    b[0] += sum(b) == 0
    return Rosenbrock(draw(lower(s, 0)), draw(lower(s, 1)), b)


def dot(row, values):
    return sum((x * y for x, y in zip(row, values)), Fraction(0))


# -- Rosenbrock ------------------------------------------------------------------------------------
def test_a_symbolic_rosenbrock_method_gives_the_order_conditions():
    """Hairer, Wanner II, Table IV.7.1, with β = α + γ."""
    b1, b2, alpha, g, g21 = sympy.symbols("b1 b2 alpha gamma gamma21")
    m = Rosenbrock([[], [alpha]], [[g], [g21, g]], [b1, b2])
    beta = sympy.Matrix([[g, 0], [alpha + g21, g]])
    b, one, A = sympy.Matrix([[b1, b2]]), sympy.Matrix([1, 1]), sympy.Matrix([[0, 0], [alpha, 0]])
    a1 = A * one

    def square(x):
        return x.multiply_elementwise(x)

    conditions = {
        "[]": b * one,
        "[[]]": b * beta * one,
        "[[],[]]": b * square(a1),
        "[[[]]]": b * beta**2 * one,
        "[[],[],[]]": b * square(a1).multiply_elementwise(a1),
        "[[],[[]]]": b * a1.multiply_elementwise(A * beta * one),
        "[[[],[]]]": b * beta * square(a1),
        "[[[[]]]]": b * beta**3 * one,
    }
    series = method_series(m, 4)
    assert len(series) == len(conditions)
    for tree, expected in conditions.items():
        assert sympy.expand(series[tree] - expected[0]) == 0


@few
@given(rosenbrocks())
def test_rosenbrock_weights_follow_their_definition(m):
    """A node with one branch reads α + γ, any other α (Hairer, Wanner II, Thm IV.7.4)."""
    beta = [[x + y for x, y in zip(*rows)] for rows in zip(m.A, m.gamma)]

    def phi(t):
        rows = beta if len(t.children) == 1 else m.A
        factors = [[dot(row, phi(child)) for row in rows] for child in t.children]
        return [prod((f[i] for f in factors), start=Fraction(1)) for i in range(m.stages)]

    assert all(v == dot(m.b, phi(t)) for t, v in method_series(m, 6).items())


def test_one_stage_of_rosenbrock_is_the_midpoint_rule_on_tall_trees_and_euler_on_bushy_ones():
    series = method_series(Rosenbrock([[]], [[HALF]], [1]), 6)
    assert all(v == (HALF ** (t.order - 1) if all(len(s) <= 1 for s in nodes(t)) else 0) for t, v in series.items())


def nodes(t):
    yield t.children
    for child in t.children:
        yield from nodes(child)


# -- derivatives -----------------------------------------------------------------------------------
def test_a_symbolic_two_derivative_method_gives_the_order_conditions():
    """Chan, Tsai 2010: b e = 1, b c + b̂ e = 1/2, b c² + 2 b̂ c = 1/3, b A c + b Â e + b̂ c = 1/6."""
    x = sympy.symbols("a21 a22 b1 b2 d21 d22 e1 e2")
    m = MultiderivativeTableau([([[0, 0], x[:2]], x[2:4]), ([[0, 0], x[4:6]], x[6:])])
    A, D = (sympy.Matrix([[0, 0], list(row)]) for row in (x[:2], x[4:6]))
    b, d, one = sympy.Matrix([x[2:4]]), sympy.Matrix([x[6:]]), sympy.Matrix([1, 1])
    c = A * one
    conditions = {
        "[]": b * one,
        "[[]]": b * c + d * one,
        "[[],[]]": b * c.multiply_elementwise(c) + 2 * d * c,
        "[[[]]]": b * A * c + b * D * one + d * c,
    }
    series = method_series(m, 3)
    for tree, expected in conditions.items():
        assert sympy.expand(series[tree] - expected[0]) == 0


@rows("n", [1, 2, 3, 5])
def test_the_taylor_method_is_the_exact_flow_cut_off(n):
    series = method_series(taylor_method(n), 7)
    assert all(v == (Fraction(1, t.density) if t.order <= n else 0) for t, v in series.items())


@rows("n", [1, 2, 3, 4])
def test_the_first_correction_of_the_taylor_method_is_the_first_term_that_it_lacks(n):
    f, learned = modified_series(taylor_method(n), 6), inverse_modified_series(taylor_method(n), 6)
    for t in f:
        if 2 <= t.order <= n:
            assert f[t] == learned[t] == 0
        elif t.order == n + 1:
            assert learned[t] == -f[t] == Fraction(1, t.density)


def test_the_taylor_method_of_order_one_is_euler():
    for series in (method_series, modified_series, inverse_modified_series):
        assert series(taylor_method(1), 7) == series(EULER, 7)


def test_the_learned_field_of_the_taylor_method_of_order_two_on_linear_fields():
    """(1 + z)² = 2 e^x - 1 for z = h λ_h, x = h λ: on tall trees c is the expansion of √(2 e^x - 1) - 1."""
    x = sympy.Symbol("x")
    expansion = sympy.series(sympy.sqrt(2 * sympy.exp(x) - 1) - 1, x, 0, 7).removeO()
    c = inverse_modified_series(taylor_method(2), 6)
    assert [c["[" * k + "]" * k] for k in range(1, 7)] == [Fraction(str(expansion.coeff(x, k))) for k in range(1, 7)]


# -- continuous stages -----------------------------------------------------------------------------
def test_the_average_vector_field_has_its_series():
    """Celledoni et al. 2009: a([t1..tk]) = Π a(ti)/(k + 1)."""
    assert method_series(average_vector_field(), 8) == average_vector_field_series(8)
    assert inverse_modified_series(average_vector_field(), 6) == inverse_modified_series(average_vector_field_series(6))


def polynomials(max_size):
    return st.lists(rationals(), min_size=1, max_size=max_size)


@few
@given(st.lists(st.lists(rationals(), min_size=2, max_size=2), min_size=1, max_size=3), polynomials(3))
def test_continuous_stages_follow_their_definition(A, B):
    """Φ_τ([t1..tk]) = Π ∫ A(τ, ζ) Φ_ζ(ti) dζ, polynomials integrated exactly, no quadrature (Hairer 2010)."""
    m = ContinuousStage(A, B)

    def integral(p, q):
        return sum((x * y * Fraction(1, i + j + 1) for i, x in enumerate(p) for j, y in enumerate(q)), Fraction(0))

    def times(p, q):
        out = [Fraction(0)] * (len(p) + len(q) - 1)
        for i, x in enumerate(p):
            for j, y in enumerate(q):
                out[i + j] += x * y
        return out

    def stage(t):
        value = [Fraction(1)]
        for child in t.children:
            inner = stage(child)
            value = times(value, [integral(row, inner) for row in m.A])
        return value

    assert all(v == integral(m.B, stage(t)) for t, v in method_series(m, 5).items())


@rows(
    "A, keeps",
    [
        ([[0], [1]], True),
        ([[0, 0], [4, -6], [-3, 6]], True),
        ([[0, 0], [1, 1]], False),
        ([[0, 0], [2, -1], [0, -1]], False),
        ([[1], [0]], False),
    ],
)
def test_continuous_stages_with_a_symmetric_slope_keep_the_energy(A, keeps):
    """Miyatake, Butcher 2016: iff ∂A/∂τ is symmetric and A(0, ·) = 0; the trees say the same (Celledoni et al. 2010)."""
    m = ContinuousStage(A)
    assert m.is_energy_preserving is keeps
    assert (energy_preserving_order(method_series(m, 6)) == 6) is keeps


# -- Nyström ---------------------------------------------------------------------------------------
def of_second_order(t):
    """Whether the differential of a tree survives where q' = v: nodes of q have at most one branch, of v."""
    return (t.color == 1 or (all(c.color == 1 for c in t.children[:1]) and len(t.children) <= 1)) and all(
        map(of_second_order, t.children)
    )


@few
@given(tableaux(max_stages=3))
def test_a_nystroem_method_made_of_a_tableau_is_that_tableau(m):
    """ā = A², b̄ = bA, c = A e (HNW II.14); positions move by h v whatever the sum of b is."""
    square = [[dot(row, column) for column in zip(*m.A)] for row in m.A]
    n = Nystrom(square, [dot(m.b, column) for column in zip(*m.A)], m.b, m.c, m.A)
    found, expected = method_series(n, 5), method_series(m, 5, 2)
    trees = [t for t in found if of_second_order(t)]
    assert found["[]"] == 1 and all(found[t] == expected[t] for t in trees if t.brackets != "[]")
    assert len(trees) > 20


def test_verlet_as_a_nystroem_method_is_the_partitioned_method():
    """Kick, drift, kick: HLW I.1.4 on q'' = g(q)."""
    n = Nystrom([[], [HALF]], [HALF, 0], [HALF, HALF], [0, 1])
    pair = PartitionedTableau(
        [ButcherTableau([[0, 0], [HALF, HALF]], [HALF, HALF]), ButcherTableau([[HALF, 0], [HALF, 0]], [HALF, HALF])]
    )
    found, expected = method_series(n, 6), method_series(pair, 6)
    trees = [
        t for t in found if of_second_order(t) and not any(c.color == 1 for x in branches(t) if x.color == 1 for c in x.children)
    ]
    assert len(trees) > 20 and all(found[t] == expected[t] for t in trees)


def branches(t):
    yield t
    for child in t.children:
        yield from branches(child)


def test_the_learned_field_of_a_nystroem_method_keeps_the_equation_of_positions():
    n = Nystrom([[], ["1/8"], [0, HALF]], ["1/6", "1/3", 0], ["1/6", "2/3", "1/6"], [0, HALF, 1], [[], [HALF], [0, 1]])
    c = inverse_modified_series(n, 5)
    assert all(v == (t.order == 1) for t, v in c.items() if t.color == 0)
    assert any(v for t, v in c.items() if t.color == 1 and t.order == 5)


# -- substeps and steps ----------------------------------------------------------------------------
def test_euler_with_one_and_two_thirds_of_the_step_learns_five_eighteenths():
    m = compose_methods(EULER, EULER, steps=["1/3", "2/3"])
    assert inverse_modified_series(m, 2)["[[]]"] == Fraction(5, 18)


@few
@given(tableaux(max_stages=2), st.integers(2, 4))
def test_substeps_make_the_learned_field_depend_on_their_own_length_only(m, count):
    c, fine = inverse_modified_series(m, 5), inverse_modified_series(substeps(m, count), 5)
    assert all(fine[t] == c[t] / count ** (t.order - 1) for t in c)


# -- splitting -------------------------------------------------------------------------------------
@st.composite
def splittings(draw, palindromic=False):
    colors = draw(st.integers(1, 3))
    steps = [(v, Fraction(1)) for v in range(colors)]
    steps += [(draw(st.integers(0, colors - 1)), draw(rationals())) for _ in range(draw(st.integers(0, 2)))]
    if palindromic:
        steps += steps[-2::-1]
    return Splitting(steps)


@few
@given(splittings())
def test_splittings_are_compositions_of_flows(m):
    """exp of one leaf of the colour after the other."""
    n = 4
    flows = [
        exp(BSeries.from_rule(lambda t, v=part, x=theta: x * (t.order == 1 and t.color == v), n, 0, m.colors))
        for part, theta in m.steps
    ]
    assert method_series(m, n) == compose(*flows)


@few
@given(splittings(palindromic=True))
def test_palindromic_splittings_have_odd_powers_only(m):
    series = modified_series(m, 4)
    assert all(v == 0 for t, v in series.items() if t.order % 2 == 0)
    assert symmetric_order(method_series(m, 4)) == 4
    if all(m.consistency(m.colors)):
        learned = inverse_modified_series(m.with_inverse(), 4)
        assert all(v == 0 for t, v in learned.items() if t.order % 2 == 0)


@few
@given(splittings())
def test_splittings_of_hamiltonian_fields_are_symplectic(m):
    a = method_series(m, 4)
    assert (symplectic_order(a) if m.colors == 1 else symplectic_order(a, "additive")) == 4


def test_lie_trotter_begins_with_half_the_commutator():
    """HLW III.5: log = h(f + g) + h²/2 (g'f - f'g) where f flows first."""
    w = modified_series(Splitting([(0, 1), (1, 1)]), 2)
    assert {t.brackets: v for t, v in w.items() if t.order == 2} == {"[[]]": 0, "[1[]]": HALF, "[[1]]": -HALF, "[1[1]]": 0}


# -- all families ----------------------------------------------------------------------------------
AB2 = LinearMultistep([0, -1, 1], ["-1/2", "3/2", 0])
BDF2 = LinearMultistep([HALF, -2, "3/2"], [0, 0, 1])
FAMILIES = {
    "Rosenbrock": Rosenbrock([[], [1]], [["1/3"], ["1/4", "1/5"]], [HALF, "1/3"]),
    "derivatives": MultiderivativeTableau(
        [([[0, 0], [1, "1/3"]], [HALF, "1/3"]), ([["1/4", 0], [0, "-1/12"]], ["1/12", "-1/5"])]
    ),
    "continuous": ContinuousStage([[0, 1], ["1/2", "1/3"]], [1, "1/5"]),
    "splitting": Splitting([(0, "1/3"), (1, HALF), (0, "1/4"), (1, "1/5")]).with_inverse(),
    "composition": compose_methods(taylor_method(2), Rosenbrock([[]], [["1/3"]], [1]), steps=["1/3", HALF]),
    "partitioned": PartitionedTableau([methods["heun2"], methods["trapezoid"]]),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_the_equations_fit_the_map(name):
    """Substituted into the map the learned field gives the flow; the flow of the modified field is the map."""
    m = FAMILIES[name]
    n = 6 if m.colors == 1 else 4
    a = method_series(m, n)
    assert substitute(inverse_modified_series(m, n), a) == exact_series(n, m.colors)
    assert exp(modified_series(m, n)) == a
    assert inverse_modified_series(a) == inverse_modified_series(m, n) and modified_series(a) == modified_series(m, n)


@few
@given(partitioned(2))
def test_partitioned_weights_follow_their_definition(m):
    """Φ_i(t) with the tableau of the branch's colour (HLW III.2.3)."""

    def phi(t):
        values = [Fraction(1)] * m.stages
        for child in t.children:
            inner = phi(child)
            values = [v * dot(row, inner) for v, row in zip(values, m.parts[child.color].A)]
        return values

    assert all(v == dot(m.parts[t.color].b, phi(t)) for t, v in method_series(m, 4).items())


@pytest.mark.parametrize("m", [AB2, BDF2], ids=["AB2", "BDF2"])
def test_multistep_equations_are_inverse_to_each_other_in_the_substitution(m):
    """One formula, Σ μ_k h^k D^k (learned) = f, read both ways; D^k f has k!/γ(t) at the trees of order k + 1 (HNW II.2)."""
    modified, learned, mu = modified_series(m, 6), inverse_modified_series(m, 6), m.mu(6)
    assert all(v == mu[t.order - 1] * Fraction(factorial(t.order), t.density) for t, v in learned.items())
    assert substitute(modified, learned).coefficients == (1,) + (0,) * (len(learned) - 1)
    assert method_series(m, 6) == exp(modified)
