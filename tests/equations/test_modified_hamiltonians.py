"""Modified Hamiltonians: formulas, proofs by plain sympy, drift along numerical orbits, obstructions."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sympy

from imde_sym import (
    ButcherTableau,
    ImdeError,
    NoHamiltonianError,
    VectorField,
    inverse_modified_equation,
    inverse_modified_hamiltonian,
    methods,
    modified_equation,
    modified_hamiltonian,
    systems,
)
from imde_sym.method import PartitionedTableau, Splitting, adjoint_method, compose_methods
from tests.rows import in_turn, rows, slow

q, p = sympy.symbols("q p")
SYMPLECTIC_EULER = PartitionedTableau([methods["explicit_euler"], methods["implicit_euler"]], name="p implicit")
VERLET = PartitionedTableau([methods["trapezoid"], methods["lobatto_iiib_2"]], name="Verlet")
DIRECTIONS = {"forward": modified_hamiltonian, "inverse": inverse_modified_hamiltonian}
EQUATIONS = {"forward": modified_equation, "inverse": inverse_modified_equation}

# docs/theory.md, section 5: (method, direction) -> the coefficients of h, h² as polynomials in the partial derivatives of H
LAWS = {
    ("symplectic Euler", "forward"): ("-Hp*Hq/2", "(Hpp*Hq**2 + Hqq*Hp**2 + 4*Hpq*Hp*Hq)/12"),
    ("symplectic Euler", "inverse"): ("Hp*Hq/2", "(Hpp*Hq**2 + Hpq*Hp*Hq + Hqq*Hp**2)/6"),
    ("Verlet", "forward"): ("0", "-Hpp*Hq**2/24 + Hqq*Hp**2/12 + Hpq*Hp*Hq/12"),
    ("Verlet", "inverse"): ("0", "Hpp*Hq**2/24 - Hqq*Hp**2/12 - Hpq*Hp*Hq/12"),
    ("midpoint", "forward"): ("0", "-(Hqq*Hp**2 - 2*Hpq*Hp*Hq + Hpp*Hq**2)/24"),
    ("midpoint", "inverse"): ("0", "(Hqq*Hp**2 - 2*Hpq*Hp*Hq + Hpp*Hq**2)/24"),
}
METHODS = {"symplectic Euler": SYMPLECTIC_EULER, "Verlet": VERLET, "midpoint": methods["implicit_midpoint"]}
GENERIC = sympy.Function("H")(q, p)
PENDULUM = p**2 / 2 - 10 * sympy.cos(q)


def law(text: str, H: sympy.Expr) -> sympy.Expr:
    names = ["Hp", "Hq", "Hpp", "Hpq", "Hqq"]
    values = [H.diff(p), H.diff(q), H.diff(p, 2), H.diff(p, q), H.diff(q, 2)]
    return sympy.sympify(text).subs(dict(zip(map(sympy.Symbol, names), values)))


def canonical_gradient(H: sympy.Expr, variables, positions, momenta) -> sympy.Matrix:
    partner = dict(zip(positions, momenta)) | dict(zip(momenta, positions))
    return sympy.Matrix([sympy.diff(H, partner[v]) * (1 if v in positions else -1) for v in variables])


@pytest.mark.parametrize("H", [GENERIC, PENDULUM, q**3 * p**2 + p**3 / 3 - q * p], ids=["generic", "pendulum", "not separable"])
@pytest.mark.parametrize("name, direction", LAWS)
def test_published_formulas_hold_for_every_hamiltonian(name, direction, H):
    f = VectorField.hamiltonian(H, q=[q], p=[p])
    found = DIRECTIONS[direction](f, METHODS[name], 3)
    for k, text in enumerate(LAWS[name, direction], 1):
        # constants such as 25/6 of the pendulum are part of the formulas
        assert sympy.simplify(found.term(k) - law(text, H)) == 0


CASES = [
    ("pendulum", methods["implicit_midpoint"], 6),
    ("pendulum", SYMPLECTIC_EULER, 5),
    ("henon_heiles", methods["gauss2"], 6),
    ("henon_heiles", VERLET, 5),
    ("kepler", methods["implicit_midpoint"], 4),
    ("kepler", SYMPLECTIC_EULER, 4),
    ("henon_heiles", PartitionedTableau([methods["lobatto_iiia_3"], methods["lobatto_iiib_3"]]), 5),
]


@pytest.mark.parametrize("case, direction", in_turn(CASES, list(DIRECTIONS)))
def test_the_canonical_gradient_of_every_term_is_the_modified_field(case, direction):
    system, method, order = case
    f = systems[system]
    H, F = DIRECTIONS[direction](f, method, order), EQUATIONS[direction](f, method, order)
    point = dict(zip(f.variables, map(sympy.Rational, ("7/11", "9/13", "-3/7", "5/17"))))
    for k in range(order):
        difference = canonical_gradient(H.term(k), f.variables, f.structure.q, f.structure.p) - F.term(k)
        assert all(abs(sympy.N(e.subs(point), 40)) < 1e-35 for e in difference)
    assert H.equation == F


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_quadrature_gives_the_same_hamiltonian_for_a_polynomial_field(direction):
    f = systems["henon_heiles"]
    H, F = DIRECTIONS[direction](f, methods["implicit_midpoint"], 5), EQUATIONS[direction](f, methods["implicit_midpoint"], 5)
    t, partner = sympy.Symbol("t"), dict(zip(f.variables, [2, 3, 0, 1]))
    for k in range(5):
        rates = [F.term(k)[partner[v]] * (-1 if v in f.structure.q else 1) for v in f.variables]  # ∂H/∂v
        line = sum(v * r.subs({w: t * w for w in f.variables}, simultaneous=True) for v, r in zip(f.variables, rates))
        assert sympy.expand(sympy.integrate(sympy.expand(line), (t, 0, 1)) - H.term(k)) == 0


def test_a_constant_degenerate_poisson_structure_has_modified_hamiltonians():
    x, y, z = variables = sympy.symbols("x y z")
    B = sympy.Matrix([[0, 1, 0], [-1, 0, 2], [0, -2, 0]])
    f = VectorField.poisson(B, x**3 / 3 + x * y * z + y**2 / 2 + z**4 / 4, variables)
    H = modified_hamiltonian(f, methods["gauss2"], 5)
    F = modified_equation(f, methods["gauss2"], 5)
    for k in range(5):
        gradient = sympy.Matrix([sympy.diff(H.term(k), v) for v in variables])
        assert (B * gradient - F.term(k)).expand().is_zero_matrix
    with pytest.raises(NoHamiltonianError, match="at h:"):
        modified_hamiltonian(f, methods["explicit_euler"], 2)


# -- methods made of others -----------------------------------------------------------------------
def test_euler_and_its_adjoint_make_verlet_and_strang():
    strang = compose_methods(SYMPLECTIC_EULER, adjoint_method(SYMPLECTIC_EULER))
    assert isinstance(strang, PartitionedTableau)
    f = systems["pendulum"]
    flows = Splitting([(1, "1/2"), (0, 1), (1, "1/2")])  # p is part 1
    a, b, c = (modified_hamiltonian(f, m, 5) for m in (strang, VERLET, flows))
    assert a.terms == b.terms == c.terms


def test_ruths_method_of_order_3_has_a_hamiltonian_that_starts_at_h3():
    steps = [(1, "7/24"), (0, "2/3"), (1, "3/4"), (0, "-2/3"), (1, "-1/24"), (0, 1)]  # R. Ruth 1983
    H = modified_hamiltonian(systems["henon_heiles"], Splitting(steps), 5)
    assert [H.term(k) == 0 for k in range(1, 4)] == [True, True, False]


def test_flows_of_two_hamiltonians_give_half_their_poisson_bracket():
    H1, H2 = q * p**2 / 2 + q**3, p**3 / 3 + q**2 * p
    parts = [VectorField.hamiltonian(H, q=[q], p=[p]) for H in (H1, H2)]
    f = VectorField.hamiltonian(H1 + H2, q=[q], p=[p])
    H = modified_hamiltonian(f, Splitting([(0, 1), (1, 1)]), 4, parts=parts)
    bracket = sympy.diff(H1, q) * sympy.diff(H2, p) - sympy.diff(H1, p) * sympy.diff(H2, q)
    # as symplectic Euler shows, V(q) first and T(p) after it: -h/2 V' T'
    assert sympy.expand(H.term(1) + bracket / 2) == 0
    F = modified_equation(f, Splitting([(0, 1), (1, 1)]), 4, parts=parts)
    for k in range(4):
        assert (canonical_gradient(H.term(k), (q, p), [q], [p]) - F.term(k)).expand().is_zero_matrix


@pytest.mark.parametrize("system", slow(["pendulum", "kepler", "henon_heiles"], "kepler"))
def test_verlet_has_one_hamiltonian_as_a_nystroem_method_and_as_a_partitioned_one(system):
    one, other = (modified_hamiltonian(systems[system], methods[n], 5) for n in ("nystrom_verlet", "stoermer_verlet"))
    for k in range(5):
        difference = one.term(k) - other.term(k)
        assert all(sympy.simplify(sympy.diff(difference, v)) == 0 for v in one.variables)


# -- along numerical orbits -----------------------------------------------------------------------
def orbit(f, x, h, count, partitioned):
    """Steps of symplectic Euler (p implicit, separable H) or of the implicit midpoint rule, written out."""
    g = inverse_modified_equation(f, methods["explicit_euler"], 1).lambdify()
    rate = lambda y: g(y, 0.0)  # noqa: E731
    momenta = np.array([v in f.structure.p for v in f.variables])
    points = [np.array(x, float)]
    for _ in range(count):
        y = points[-1]
        if partitioned:
            half = np.where(momenta, y + h * rate(y), y)
            points.append(np.where(momenta, half, y + h * rate(half)))
        else:
            new = y + h * rate(y)
            for _ in range(60):
                new = y + h * rate((y + new) / 2)
            points.append(new)
    return np.array(points)


@pytest.mark.parametrize(
    "system, method, partitioned, h, powers",
    [
        ("pendulum", SYMPLECTIC_EULER, True, 1 / 32, {1: 1, 2: 2, 3: 3, 4: 4}),
        pytest.param("henon_heiles", methods["implicit_midpoint"], False, 1 / 4, {1: 2, 3: 4, 5: 6}, marks=pytest.mark.slow),
        pytest.param("kepler", SYMPLECTIC_EULER, True, 1 / 32, {1: 1, 2: 2, 3: 3}, marks=pytest.mark.slow),
    ],
)
def test_drift_along_the_numerical_orbit_shrinks_with_the_stated_power_of_h(system, method, partitioned, h, powers):
    f = systems[system]
    H = modified_hamiltonian(f, method, max(powers))
    x0 = [float(sympy.sympify(v)) for v in f.info["x0"]]
    for order, power in powers.items():
        value, drifts = H.truncate(order).lambdify(), []
        for halvings in range(3):
            size = h / 2**halvings
            along = value(orbit(f, x0, size, 32 * 2**halvings, partitioned), size)
            drifts.append(np.abs(along - along[0]).max())
        slopes = np.log2(np.array(drifts[:-1]) / np.array(drifts[1:]))
        assert slopes[-1] == pytest.approx(power, abs=0.2)


# -- obstructions -----------------------------------------------------------------------------------
@pytest.mark.parametrize("direction, sign", [("forward", -1), ("inverse", 1)])
def test_euler_on_the_pendulum_is_not_hamiltonian_at_h(direction, sign):
    with pytest.raises(NoHamiltonianError, match=r"at h: b\(\[\[\]\]\)") as caught:
        DIRECTIONS[direction](systems["pendulum"], methods["explicit_euler"], 4)
    found = caught.value.obstruction
    assert (found.power, found.defect, [t.brackets for t in found.trees]) == (1, sign, ["[[]]", "[[]]"])
    # the divergence of h f'f/2 is what is wrong: 2 det f' · (±1/2)
    assert found.where == (p, q) and sympy.simplify(found.curl - sign * 10 * sympy.cos(q)) == 0
    assert found.to_dict()["trees"] == ["[[]]", "[[]]"]


def test_explicit_midpoint_on_the_pendulum_is_not_hamiltonian_at_h2():
    with pytest.raises(NoHamiltonianError, match=r"Explicit midpoint rule is at h\^2") as caught:
        inverse_modified_hamiltonian(systems["pendulum"], methods["explicit_midpoint"], 4)
    found = caught.value.obstruction
    # docs/theory.md, section 7: f''(f,f)/24 and f'f'f/6, so b([[],[]]) = 1/12 and b([[[]]]) = 1/6
    assert found.power == 2 and found.defect == sympy.Rational(1, 12) + sympy.Rational(1, 6)
    assert {t.brackets for t in found.trees} == {"[[[]]]", "[[],[]]"}


def test_a_term_that_is_hamiltonian_by_accident_is_no_obstruction():
    # f_4 of the classical method breaks the condition for general H, and is yet Hamiltonian for the pendulum
    H = modified_hamiltonian(systems["pendulum"], methods["rk4"], 5)
    F = modified_equation(systems["pendulum"], methods["rk4"], 6)
    difference = canonical_gradient(H.term(4), (p, q), [q], [p]) - F.term(4)
    assert difference.applyfunc(sympy.simplify).is_zero_matrix
    divergence = sympy.diff(F.term(5)[0], p) + sympy.diff(F.term(5)[1], q)
    assert sympy.simplify(divergence) != 0
    with pytest.raises(NoHamiltonianError, match=r"at h\^5"):
        modified_hamiltonian(systems["pendulum"], methods["rk4"], 6)
    with pytest.raises(NoHamiltonianError, match=r"at h\^4"):
        modified_hamiltonian(systems["henon_heiles"], methods["rk4"], 5)


def test_linear_systems_are_decided_by_their_field_not_by_trees():
    # log R(hA) with R of RK4: the odd powers A^5 of a Hamiltonian matrix are Hamiltonian, A^6 is not
    f = systems["harmonic_oscillator"]
    H = modified_hamiltonian(f, methods["rk4"], 5)
    assert H.term(4) == -(p**2 + q**2) / 240
    with pytest.raises(NoHamiltonianError) as caught:
        modified_hamiltonian(f, methods["rk4"], 6)
    assert caught.value.obstruction.power == 5


def test_a_field_that_leaves_the_symplectic_leaves_is_named():
    x, y, z = sympy.symbols("x y z")
    f = VectorField.poisson([[0, 1, 0], [-1, 0, 0], [0, 0, 0]], x**2 / 2 + y**2 * z, [x, y, z])
    part = VectorField([x, y, z], [2 * y * z, 0, x])
    rest = VectorField([x, y, z], [0, -x, -x])
    with pytest.raises(NoHamiltonianError, match="Casimir z changes"):
        modified_hamiltonian(f, Splitting([(0, 1), (1, 1)]), 2, parts=[part, rest])


def test_the_kepler_problem_under_rk4_has_a_hamiltonian_up_to_h4_and_an_obstruction_at_h5():
    f = systems["kepler"]
    H, F = modified_hamiltonian(f, methods["rk4"], 5), modified_equation(f, methods["rk4"], 5)
    point = dict(zip(f.variables, map(sympy.Rational, ("7/11", "9/13", "-3/7", "5/17"))))
    difference = canonical_gradient(H.term(4), f.variables, f.structure.q, f.structure.p) - F.term(4)
    assert H.term(4) != 0 and all(abs(sympy.N(e.subs(point), 40)) < 1e-35 for e in difference)
    with pytest.raises(NoHamiltonianError, match=r"at h\^5"):
        modified_hamiltonian(f, methods["rk4"], 6)


@pytest.mark.parametrize("method", ["implicit_midpoint", "gauss2"])
def test_rounding_in_a_field_with_floats_is_no_obstruction(method):
    f = VectorField.hamiltonian(0.3 * p**2 + 0.7 * sympy.cos(1.3 * q) * p, q=[q], p=[p])
    exact = VectorField.hamiltonian(sympy.nsimplify(f.structure.function), q=[q], p=[p])
    found, wanted = (modified_hamiltonian(g, methods[method], 5).as_expr("1/2").subs({q: 0.3, p: 0.7}) for g in (f, exact))
    assert abs(found - wanted) < 1e-12
    with pytest.raises(NoHamiltonianError, match="at h:"):
        modified_hamiltonian(f, methods["explicit_euler"], 3)


def test_the_error_can_be_pickled():
    with pytest.raises(NoHamiltonianError) as caught:
        modified_hamiltonian(systems["pendulum"], methods["explicit_euler"], 2)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value) and again.obstruction == caught.value.obstruction


# -- behaviour --------------------------------------------------------------------------------------
def test_a_hamiltonian_is_a_value_with_formulas():
    H = inverse_modified_hamiltonian(systems["pendulum"], methods["implicit_midpoint"], 5)
    assert H == inverse_modified_hamiltonian(systems["pendulum"], methods["implicit_midpoint"], 5)
    assert hash(H.truncate(3)) == hash(inverse_modified_hamiltonian(systems["pendulum"], methods["implicit_midpoint"], 3))
    assert H.truncate(3) != H and H.truncate(3).shown[-1][0] == 2
    assert str(H.truncate(3)) == "H_h = p**2/2 - 10*cos(q) + h^2*(5*p**2*cos(q)/12 + 25*sin(q)**2/6) + O(h^3)"
    assert H.truncate(3).latex().startswith("H_h = \\frac{p^{2}}{2}") and "pendulum" in repr(H)
    assert H.as_expr("1/2").subs({p: 0, q: 0}) == -10
    assert H.lambdify()(np.zeros((2, 3, 2)), 0.5) == pytest.approx(np.full((2, 3), -10.0))
    with pytest.raises(ImdeError, match="h\\*\\*0 to h\\*\\*4"):
        H.term(5)
    with pytest.raises(AttributeError):
        H.terms = ()


BAD = {
    "no Hamiltonian known": (lambda: modified_hamiltonian(systems["lorenz"], methods["rk4"], 2), "lorenz is known"),
    "matrix with variables": (lambda: modified_hamiltonian(systems["rigid_body"], methods["implicit_midpoint"], 3), "f·∇B"),
    "odd number of variables": (lambda: VectorField.hamiltonian(p**2, q=[q, sympy.Symbol("r")], p=[p]), "even number"),
    "matrix not skew": (lambda: VectorField.poisson([[0, 1], [1, 0]], q * p, [q, p]), "skew"),
    "explicit time": (
        lambda: modified_hamiltonian(
            VectorField.hamiltonian(p**2 + q * sympy.sin(sympy.Symbol("t")), q=[q], p=[p], time=sympy.Symbol("t")),
            methods["gauss2"],
            2,
        ),
        "time t",
    ),
    "Nyström method, mass that moves": (
        lambda: modified_hamiltonian(systems["double_pendulum"], methods["nystrom_verlet"], 2),
        "linear in the velocities",
    ),
    "order 0": (lambda: modified_hamiltonian(systems["pendulum"], methods["gauss2"], 0), "order"),
    "sum of weights": (lambda: inverse_modified_hamiltonian(systems["pendulum"], ButcherTableau([[0]], [0]), 2), "sum"),
}


@rows("name", BAD)
def test_bad_input_is_refused(name):
    call, culprit = BAD[name]
    with pytest.raises(ImdeError, match=culprit.replace("(", "\\(")):
        call()
