"""Facts of backward analysis on concrete fields, recomputed in plain sympy: BCH, generating functions, operator series."""

from fractions import Fraction
from functools import cache

import mpmath
import pytest
import sympy

from imde_sym import VectorField, inverse_modified_equation, modified_equation
from imde_sym.base.errors import MethodError
from imde_sym.geometry import inverse_modified_hamiltonian, modified_hamiltonian
from imde_sym.method import (
    ButcherTableau,
    LinearMultistep,
    Nystrom,
    PartitionedTableau,
    Splitting,
    adjoint_method,
    average_vector_field,
    compose_methods,
    methods,
    taylor_method,
)
from tests.rows import rows

R = sympy.Rational
x, y, q, p, h, t, z = sympy.symbols("x y q p h t z")
PLANE = (x, y)
A = (y**2, x)
B = (x * y, 1 - x**2)
FIELD = VectorField(PLANE, [sympy.expand(a + b) for a, b in zip(A, B)])
PARTS = [list(A), list(B)]


def along(w, g, variables=PLANE):
    """The derivative of g in the direction of w."""
    return tuple(sympy.expand(sum(sympy.diff(c, v) * d for v, d in zip(variables, w))) for c in g)


def plus(*terms):
    """The sum of (factor, field)."""
    return tuple(sympy.expand(sum(r * f[i] for r, f in terms)) for i in range(2))


def bracket(*fields):
    """[a, [b, ... c]] of the operators D_f = f·∇: D_a D_b - D_b D_a is the derivative along b'a - a'b."""
    *outer, inner = fields
    for a in reversed(outer):
        inner = plus((1, along(a, inner)), (-1, along(inner, a)))
    return inner


def same(F, terms):
    return all(tuple(map(sympy.expand, F.term(k))) == tuple(map(sympy.expand, term)) for k, term in enumerate(terms))


# -- splitting -------------------------------------------------------------------------------------
@cache
def campbell_hausdorff():
    """The Baker-Campbell-Hausdorff series of exp(hA) exp(hB) to order 5 (HLW III.4.2)."""
    return [
        plus((1, A), (1, B)),
        plus((R(1, 2), bracket(A, B))),
        plus((R(1, 12), bracket(A, A, B)), (R(1, 12), bracket(B, B, A))),
        plus((R(-1, 24), bracket(B, A, A, B))),
        plus(
            (R(-1, 720), bracket(B, B, B, B, A)),
            (R(-1, 720), bracket(A, A, A, A, B)),
            (R(1, 360), bracket(A, B, B, B, A)),
            (R(1, 360), bracket(B, A, A, A, B)),
            (R(1, 120), bracket(B, A, B, A, B)),
            (R(1, 120), bracket(A, B, A, B, A)),
        ),
    ]


def test_the_modified_field_of_lie_trotter_is_the_campbell_hausdorff_series():
    """As operators the first flow stands on the left (HLW III.5, Lemma 5.1)."""
    F = modified_equation(FIELD, Splitting([(0, 1), (1, 1)]), 5, parts=PARTS)
    assert same(F, campbell_hausdorff())
    reversed_ = modified_equation(FIELD, Splitting([(1, 1), (0, 1)]), 5, parts=PARTS)
    assert same(reversed_, [plus(((-1) ** k, term)) for k, term in enumerate(campbell_hausdorff())])


def test_the_modified_field_of_strang_is_its_symmetric_series():
    """HLW III.4.3 (4.12): -[A,[A,B]]/24 + [B,[B,A]]/12, and no odd powers of h."""
    F = modified_equation(FIELD, Splitting([(0, "1/2"), (1, 1), (0, "1/2")]), 4, parts=PARTS)
    zero, leading = (0, 0), campbell_hausdorff()[0]
    assert same(F, [leading, zero, plus((R(-1, 24), bracket(A, A, B)), (R(1, 12), bracket(B, B, A))), zero])


def test_commuting_flows_have_no_error():
    field = VectorField(PLANE, [x + 2 * y, 2 * x + y])
    F = modified_equation(field, Splitting([(0, 1), (1, 1)]), 6, parts=[[x, y], [2 * y, 2 * x]])
    assert same(F, [(x + 2 * y, 2 * x + y)] + [(0, 0)] * 5)


@pytest.mark.slow
def test_the_flows_of_the_parts_that_were_learned_compose_to_the_flow_of_the_field():
    """exp(h b_h) ∘ exp(h a_h) = exp(h(a + b)) by their Lie series, in which the first flow acts last on functions."""
    F = inverse_modified_equation(FIELD, Splitting([(0, 1), (1, 1)]).with_inverse(), 3, parts=PARTS)
    one, other = (tuple(F.part(i)) for i in range(2))
    composed = transported(one, transported(other, PLANE))
    assert composed == transported(FIELD.components, PLANE)


def transported(field, g, order=3):
    """g at the flow of h·field: Σ (h D_field)^j g / j! up to h**order."""
    out, term = g, g
    for j in range(1, order + 1):
        term = tuple(cut(c * h / j, order) for c in along(field, term))
        out = plus((1, out), (1, term))
    return out


def cut(e, order):
    e = sympy.Poly(sympy.expand(e), h)
    return sum(c * h**k for (k,), c in e.terms() if k <= order)


@pytest.mark.parametrize("with_parts", [True, False])
def test_a_splitting_refuses_the_inverse_and_says_why(with_parts):
    field = FIELD if with_parts else VectorField.hamiltonian(p**2 / 2 + q**4, q=[q], p=[p])
    with pytest.raises(MethodError, match=r"not unique.*can be split in many ways") as caught:
        inverse_modified_equation(field, Splitting([(0, 1), (1, 1)], name="Lie-Trotter"), 2, parts=PARTS if with_parts else None)
    assert "Lie-Trotter" in str(caught.value) and "with_inverse()" in str(caught.value)


# -- Hamiltonians ----------------------------------------------------------------------------------
SYMPLECTIC_EULER = PartitionedTableau([methods["explicit_euler"], methods["implicit_euler"]])
"""One stage with the old q and the new p (HLW I.1.9)."""
TRAPEZOID, HALVES = (
    ButcherTableau([[0, 0], ["1/2", "1/2"]], ["1/2", "1/2"]),
    ButcherTableau([["1/2", 0], ["1/2", 0]], ["1/2", "1/2"]),
)
VERLET = PartitionedTableau([TRAPEZOID, HALVES])
"""p half a step, q, p half a step (HLW I.1.17)."""
GENERIC = sympy.Function("H")(q, p)


def d(*variables):
    return sympy.diff(GENERIC, *variables)


GENERIC_TERMS = {
    "symplectic Euler, forward": (
        SYMPLECTIC_EULER,
        modified_hamiltonian,
        [GENERIC, -d(p) * d(q) / 2, (d(p, p) * d(q) ** 2 + d(q, q) * d(p) ** 2 + 4 * d(p, q) * d(p) * d(q)) / 12],
    ),
    "symplectic Euler, inverse": (
        SYMPLECTIC_EULER,
        inverse_modified_hamiltonian,
        [GENERIC, d(p) * d(q) / 2, (d(p, p) * d(q) ** 2 + d(p, q) * d(p) * d(q) + d(q, q) * d(p) ** 2) / 6],
    ),
    "Verlet, forward": (
        VERLET,
        modified_hamiltonian,
        [GENERIC, 0, -d(p, p) * d(q) ** 2 / 24 + d(q, q) * d(p) ** 2 / 12 + d(p, q) * d(p) * d(q) / 12],
    ),
    "Verlet, inverse": (
        VERLET,
        inverse_modified_hamiltonian,
        [GENERIC, 0, d(p, p) * d(q) ** 2 / 24 - d(q, q) * d(p) ** 2 / 12 - d(p, q) * d(p) * d(q) / 12],
    ),
    "midpoint rule, forward": (
        methods["implicit_midpoint"],
        modified_hamiltonian,
        [GENERIC, 0, -(d(q, q) * d(p) ** 2 - 2 * d(p, q) * d(p) * d(q) + d(p, p) * d(q) ** 2) / 24],
    ),
}


@pytest.mark.parametrize("name", GENERIC_TERMS)
def test_hamiltonians_of_any_field_begin_as_in_the_book(name):
    """HLW IX.10 and IX.3; the inverse ones have the first omitted term with the opposite sign."""
    method, equation, terms = GENERIC_TERMS[name]
    found = equation(VectorField.hamiltonian(GENERIC, q=[q], p=[p]), method, 3)
    assert all(sympy.expand(found.term(k) - term) == 0 for k, term in enumerate(terms))


HAMILTONIAN = p**2 / 2 + q * p**2 / 3 + q**3 / 3 - q * p


def generating_function(H, order):
    """[G_1, G_2, ...] of S = Σ t^j G_j(q, p) with ∂S/∂t = H(q + ∂S/∂p, p): Hamilton-Jacobi with the old q and the new p (HLW VI.5).

    H may depend on h; G_j is kept up to h**(order - j).
    """
    terms = []
    for j in range(1, order + 1):
        u = sum(t**i * sympy.diff(g, p) for i, g in enumerate(terms, 1))
        powers = [sympy.Poly(sympy.expand(u**k), t).coeff_monomial(t ** (j - 1)) for k in range(j)]
        value = sum(sympy.diff(H, q, k) * power / sympy.factorial(k) for k, power in enumerate(powers))
        terms.append(cut(value / j, order - j))
    return terms


def terms_in_h(e, count):
    e = sympy.Poly(sympy.expand(e), h)
    return [e.coeff_monomial(h**k) for k in range(count)]


@pytest.mark.slow
def test_the_learned_hamiltonian_of_symplectic_euler_is_the_generating_function_of_the_flow():
    """The step P = p - h K_q(q, P), Q = q + h K_p(q, P) has the generating function h K; for the flow of H it is S(h)."""
    n = 4
    found = inverse_modified_hamiltonian(VectorField.hamiltonian(HAMILTONIAN, q=[q], p=[p]), SYMPLECTIC_EULER, n)
    assert [sympy.expand(e) for e in found.terms] == generating_function(HAMILTONIAN, n)


@pytest.mark.slow
def test_the_modified_hamiltonian_of_symplectic_euler_has_the_generating_function_of_the_step():
    n = 3
    K = modified_hamiltonian(VectorField.hamiltonian(HAMILTONIAN, q=[q], p=[p]), SYMPLECTIC_EULER, n).as_expr(h)
    S = sum(h ** (j - 1) * g for j, g in enumerate(generating_function(K, n), 1))
    assert terms_in_h(S, n) == [sympy.expand(HAMILTONIAN), 0, 0]


def test_verlet_is_strang_and_symplectic_euler_is_lie_trotter_where_the_hamiltonian_separates():
    field = VectorField.hamiltonian(p**2 / 2 + q**4 / 4 - q, q=[q], p=[p])
    pairs = [
        (SYMPLECTIC_EULER, Splitting([(1, 1), (0, 1)])),
        (adjoint_method(SYMPLECTIC_EULER), Splitting([(0, 1), (1, 1)])),
        (VERLET, Splitting([(1, "1/2"), (0, 1), (1, "1/2")])),
        (SYMPLECTIC_EULER @ adjoint_method(SYMPLECTIC_EULER), Splitting([(1, "1/2"), (0, 1), (1, "1/2")])),
    ]
    for method, splitting in pairs:
        assert modified_equation(field, method, 5).as_expr() == modified_equation(field, splitting, 5).as_expr()
    nystrom = Nystrom([[], ["1/2"]], ["1/2", 0], ["1/2", "1/2"], [0, 1])
    assert modified_equation(field, nystrom, 5).as_expr() == modified_equation(field, VERLET, 5).as_expr()


def test_the_energy_of_the_average_vector_field_is_kept_by_its_modified_field():
    """Quispel, McLaren 2008: ∇H·f̃ = 0 at every power of h."""
    field = VectorField.hamiltonian(HAMILTONIAN, q=[q], p=[p])
    gradient = sympy.Matrix([[sympy.diff(HAMILTONIAN, v) for v in (q, p)]])
    F = modified_equation(field, average_vector_field(), 5)
    assert any(e != 0 for e in F.term(2)) and all(sympy.expand((gradient * F.term(k))[0]) == 0 for k in range(5))


# -- nystroem --------------------------------------------------------------------------------------
def test_a_nystroem_method_made_of_a_tableau_has_its_modified_field():
    """ā = A², b̄ = bA (HNW II.14), for a force that depends on the velocity."""
    m = methods["heun3"]
    square = sympy.Matrix([[R(*a.as_integer_ratio()) for a in row] for row in m.A]) ** 2
    b_bar = sympy.Matrix([[R(*b.as_integer_ratio()) for b in m.b]]) * sympy.Matrix(
        [[R(*a.as_integer_ratio()) for a in row] for row in m.A]
    )
    n = Nystrom(square.tolist(), list(b_bar), m.b, m.c, m.A)
    field = VectorField.parse("q' = v; v' = q^2 - q*v")
    assert modified_equation(field, n, 5, parts=[["q"], ["v"]]).as_expr() == modified_equation(field, m, 5).as_expr()


def test_the_learned_field_of_verlet_as_a_nystroem_method_by_hand():
    """h² of q'' = g(q): v + h/2 (g(q) + g(q_1)) with q_1 = q + h v + h²/2 g misses the flow by -h³/12 (g''(v,v) + g'g)."""
    g = q**3 - q
    v = sympy.Symbol("v")
    n = Nystrom([[], ["1/2"]], ["1/2", 0], ["1/2", "1/2"], [0, 1], [[], ["1/2", "1/2"]])
    F = inverse_modified_equation(VectorField([q, v], [v, g]), n, 3, parts=[[q], [v]])
    expected = -(sympy.diff(g, q, 2) * v**2 + sympy.diff(g, q) * g) / 12
    assert F.part(0) == sympy.Matrix([v, 0])
    assert F.term(1) == sympy.zeros(2, 1) and sympy.expand(F.term(2)[1] - expected) == 0


# -- multistep -------------------------------------------------------------------------------------
def adams(k, implicit):
    """Adams-Bashforth or k-step Adams-Moulton: the interpolation polynomial through the slopes, integrated (HNW III.1)."""
    nodes = list(range(k + 1 if implicit else k))
    beta = []
    for j in nodes:
        lagrange = sympy.Poly(sympy.prod([(z - i) / sympy.Integer(j - i) for i in nodes if i != j]), z)
        whole = lagrange.integrate()
        beta.append(whole.eval(max(k, 1)) - whole.eval(max(k - 1, 0)))
    if k == 0:  # the implicit Euler method
        return LinearMultistep([-1, 1], [0, 1])
    return LinearMultistep([0] * (k - 1) + [-1, 1], beta)


def bdf(k):
    """The derivative of the interpolation polynomial at the newest point (HNW III.1)."""
    nodes = list(range(k + 1))
    alpha = [sympy.diff(sympy.prod([(z - i) / sympy.Integer(j - i) for i in nodes if i != j]), z).subs(z, k) for j in nodes]
    return LinearMultistep(alpha, [0] * k + [1])


def test_coefficients_of_the_adams_and_bdf_formulas():
    assert adams(2, False) == LinearMultistep([0, -1, 1], ["-1/2", "3/2", 0])
    assert adams(2, True) == LinearMultistep([0, -1, 1], ["-1/12", "2/3", "5/12"])
    assert bdf(2) == LinearMultistep(["1/2", -2, "3/2"], [0, 0, 1])


MU = {
    "AB2": (adams(2, False), [1, 0, "5/12", "-1/4", "31/120"]),
    "BDF2": (bdf(2), [1, 0, "-1/3", "1/4", "-7/60"]),
    "AM1": (adams(1, True), [1, 0, "-1/12", 0, "1/120"]),
}


@pytest.mark.parametrize("name", MU)
def test_mu_of_known_formulas(name):
    m, expected = MU[name]
    assert m.mu(5) == tuple(map(Fraction, expected))


MULTISTEP = (
    {f"AB{k}": adams(k, False) for k in range(1, 7)}
    | {f"AM{k}": adams(k, True) for k in range(5)}
    | {f"BDF{k}": bdf(k) for k in range(1, 7)}
)


@pytest.mark.parametrize("name", MULTISTEP)
def test_mu_is_the_expansion_of_its_definition(name):
    """μ(z) σ(e^z) z = ρ(e^z), multiplied out."""
    m, n = MULTISTEP[name], 9
    exponential = [sum(z**i * j**i / sympy.factorial(i) for i in range(n + 1)) for j in range(len(m.alpha))]
    rho, sigma = (sum(R(c.numerator, c.denominator) * e for c, e in zip(values, exponential)) for values in (m.alpha, m.beta))
    mu = sum(R(c.numerator, c.denominator) * z**i for i, c in enumerate(m.mu(n)))
    difference = sympy.Poly(sympy.expand(mu * sigma * z - rho), z)
    assert all(difference.coeff_monomial(z**i) == 0 for i in range(n + 1))


ERROR_CONSTANTS = {  # HNW III, Table 2.1, divided by σ(1)
    **{f"AB{k}": (k, c) for k, c in enumerate(["1/2", "5/12", "3/8", "251/720", "95/288", "19087/60480"], 1)},
    **{f"AM{k}": (k + 1, c) for k, c in enumerate(["-1/2", "-1/12", "-1/24", "-19/720", "-3/160"])},
    **{f"BDF{k}": (k, f"-1/{k + 1}") for k in range(1, 7)},
}


@rows("name", ERROR_CONSTANTS)
def test_mu_begins_with_the_error_constant(name):
    order, constant = ERROR_CONSTANTS[name]
    m = MULTISTEP[name]
    assert m.order == order and m.mu(order + 1)[-1] == Fraction(constant)


def test_which_formulas_are_stable_for_discovery():
    """Keller, Du 2021: AB1-6, AM0, AM1 and all BDF; no other Adams-Moulton. The roots are those of σ."""
    stable = {name for name, m in MULTISTEP.items() if m.is_stable_for_discovery}
    assert stable == {name for name in MULTISTEP if name not in {"AM2", "AM3", "AM4"}}
    assert not adams(7, False).is_stable_for_discovery and bdf(7).is_stable_for_discovery


def test_which_formulas_are_stable_for_integration():
    """HNW III.3: BDF up to 6, all Adams formulas. The roots are those of ρ."""
    assert all(m.is_zero_stable for m in MULTISTEP.values())
    assert not bdf(7).is_zero_stable
    assert LinearMultistep([-1, 0, 1], [0, 2, 0]).is_zero_stable
    assert not LinearMultistep([-5, 4, 1], [2, 4, 0]).is_zero_stable  # HNW III.3 (3.1)


def test_a_double_root_on_the_circle_is_not_stable():
    double = LinearMultistep([0, -1, 1], ["1/4", "1/2", "1/4"])  # σ = (ζ + 1)²/4
    assert not double.is_stable_for_discovery and adams(1, True).is_stable_for_discovery


RADII = {
    "AB1": mpmath.inf,
    "AB2": mpmath.log(3),  # σ = (3ζ - 1)/2
    "AM0": mpmath.inf,
    "AM1": mpmath.pi,  # σ = (ζ + 1)/2
    "BDF3": mpmath.inf,
}


@rows("name", RADII)
def test_the_radius_is_the_distance_of_the_nearest_zero_of_sigma(name):
    assert MULTISTEP[name].radius == pytest.approx(float(RADII[name]), rel=1e-12)


def test_the_radius_is_where_the_coefficients_grow():
    """|μ_k|^(-1/k) tends to it; Milne-Simpson has σ = (ζ² + 4ζ + 1)/3 with the zeros log(2 ± √3) ± iπ."""
    milne = LinearMultistep([-1, 0, 1], ["1/3", "4/3", "1/3"])
    assert milne.radius == pytest.approx(float(mpmath.hypot(mpmath.log(2 + mpmath.sqrt(3)), mpmath.pi)), rel=1e-12)
    mu = adams(2, False).mu(41)
    assert abs(mu[39] / mu[40]) == pytest.approx(float(mpmath.log(3)), rel=1e-6)


SLOW_FORMULAS = [pytest.param(n, marks=pytest.mark.slow) for n in ("AB2", "AM2", "BDF2", "leapfrog")]


@pytest.mark.parametrize("name", [*SLOW_FORMULAS, "difference"])
def test_multistep_equations_are_series_of_derivatives_along_the_field(name):
    """f_h = Σ μ_k h^k D^k f, and of the modified field f̃ the same sum is f."""
    special = {"leapfrog": LinearMultistep([-1, 0, 1], [0, 2, 0]), "difference": LinearMultistep.finite_difference([-1, 0, 1, 2])}
    m, n = special.get(name) or MULTISTEP[name], 3 if name == "difference" else 4
    mu = [R(c.numerator, c.denominator) for c in m.mu(n)]
    derivatives = [FIELD.components]
    for _ in range(n - 1):
        derivatives.append(along(FIELD.components, derivatives[-1]))
    learned = inverse_modified_equation(FIELD, m, n)
    assert same(learned, [plus((c, g)) for c, g in zip(mu, derivatives)])

    modified = tuple(modified_equation(FIELD, m, n).as_expr())
    total, term = (sympy.S.Zero,) * 2, modified
    for k in range(n):
        total = plus((1, total), (mu[k] * h**k, term))
        term = tuple(cut(c, n - 1) for c in along(modified, term))
    assert tuple(cut(c, n - 1) for c in total) == tuple(map(sympy.expand, FIELD.components))


def test_central_differences_are_the_hyperbolic_sine():
    """(y(t+h) - y(t-h))/2h = sinh(hD)/h y, so μ_k = 1/(k+1)! for even k."""
    m = LinearMultistep.finite_difference([-1, 0, 1])
    assert m == LinearMultistep(["-1/2", 0, "1/2"], [0, 1, 0])
    assert m.mu(7) == tuple(Fraction(1 - k % 2, int(sympy.factorial(k + 1))) for k in range(7))


@rows("offsets, order", [([1], 1), ([-1], 1), ([-1, 1], 2), ([-2, -1, 1, 2], 4), ([-1, -2, -3], 3), ([-1, 2], 2)])
def test_differences_have_the_highest_order_of_their_offsets(offsets, order):
    assert LinearMultistep.finite_difference(offsets).order == order


# -- flows of the learned field --------------------------------------------------------------------
def test_the_learned_field_of_unequal_euler_steps_by_hand():
    euler = methods["explicit_euler"]
    F = inverse_modified_equation(FIELD, compose_methods(euler, euler, steps=["1/3", "2/3"]), 2)
    assert same(F, [FIELD.components, plus((R(5, 18), along(FIELD.components, FIELD.components)))])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_learned_field_of_a_taylor_method_begins_with_the_term_that_it_lacks(n):
    F = inverse_modified_equation(FIELD, taylor_method(n), n + 1)
    derivative = FIELD.components
    for _ in range(n):
        derivative = along(FIELD.components, derivative)
    assert same(F, [FIELD.components] + [(0, 0)] * (n - 1) + [plus((1 / sympy.factorial(n + 1), derivative))])
