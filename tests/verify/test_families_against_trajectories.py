"""Every family: the method applied to its inverse modified field follows the flow, and its own map is the flow of the modified field.

Both hold at every truncation with the order that theory gives (HLW IX.1; Zhu, Jin, Zhu, Tang, ICML 2022).
"""

import mpmath
import pytest
import sympy

import imde_sym as imde
from imde_sym.base.errors import MethodError
from imde_sym.method import (
    Adjoint,
    ButcherTableau,
    Composition,
    ContinuousStage,
    Exponential,
    ExponentialRosenbrock,
    GeneralizedAdditive,
    LinearMultistep,
    MultiderivativeTableau,
    Nystrom,
    PartitionedTableau,
    Rosenbrock,
    Splitting,
    TwoStep,
    adjoint_method,
    average_vector_field,
    compose_methods,
    extrapolate,
    methods,
    substeps,
    taylor_method,
)
from imde_sym.verify import MethodField, stepper
from tests.rows import in_turn, rows

q, p = sympy.symbols("q p")
parse, hamiltonian = imde.VectorField.parse, imde.VectorField.hamiltonian
KINETIC, POTENTIAL = p**2 / 2 + q * p, q**3 / 3 - q
OPEN = parse("x' = y - x^2; y' = x*y - 1/2")
CLOSED = hamiltonian(KINETIC + POTENTIAL, q=[q], p=[p])
SYSTEMS = {
    "open": (OPEN, ["3/4", "2/5"]),
    "hamiltonian": (CLOSED, ["3/5", "7/10"]),
    "open, second order": (parse("x' = u; y' = v; u' = y - x^2; v' = x*y - 1/2"), ["3/4", "2/5", "1/3", "2/7"]),
    "hamiltonian, second order": (hamiltonian(p**2 / 2 + q**4 / 4 - q**2 / 2 + q, q=[q], p=[p]), ["-2/5", "9/10"]),
    "open, scalar": (parse("y' = y - y^2"), ["2/5"]),
    "another scalar": (parse("y' = 1 + y^3"), ["1/5"]),
}
PARTS = {  # what the method takes for its parts: names of variables, fields, components; None leaves the default for Hamiltonian fields
    "variables": {"open": [["x"], ["y"]], "hamiltonian": None},
    "fields": {
        "open": [parse("x' = -x^2; y' = x*y"), parse("x' = y; y' = -1/2")],
        "hamiltonian": [hamiltonian(KINETIC, q=[q], p=[p]), hamiltonian(POTENTIAL, q=[q], p=[p])],
    },
    "components": {
        "open": [[OPEN.variables[1], 0], [-(OPEN.variables[0] ** 2), sympy.Rational(-1, 2)], [0, sympy.prod(OPEN.variables)]],
        "hamiltonian": [[p, -(q**2)], [q, 1], [0, -p]],
    },
    "linear": {
        "open": [parse("x' = y; y' = -x/2 - y"), parse("x' = -x^2; y' = x*y - 1/2 + x/2 + y")],
        "hamiltonian": None,
    },
    "velocities": {"open, second order": [["x", "y"], ["u", "v"]], "hamiltonian, second order": None},
}

EULER, IMPLICIT, MIDPOINT, HEUN = (methods[n] for n in ("explicit_euler", "implicit_euler", "implicit_midpoint", "heun2"))
JUMP = 1 / (2 - sympy.cbrt(2))
PAIR = PartitionedTableau([EULER, IMPLICIT], name="symplectic Euler")
VERLET = PartitionedTableau(
    [ButcherTableau([[0, 0], ["1/2", "1/2"]], ["1/2", "1/2"]), ButcherTableau([["1/2", 0], ["1/2", 0]], ["1/2", "1/2"])],
    name="Störmer-Verlet",
)
IMEX = PartitionedTableau([HEUN, methods["trapezoid"]], name="Heun and trapezoid")
ROS2 = Rosenbrock(A=[[], [1]], gamma=[["1 - 1/sqrt(2)"], ["-2 + sqrt(2)", "1 - 1/sqrt(2)"]], b=["1/2", "1/2"], name="ROS2")
CHAN_TSAI = MultiderivativeTableau(
    [([[0, 0], ["1/2", 0]], [1, 0]), ([[0, 0], ["1/8", 0]], ["1/6", "1/3"])], name="two derivatives, explicit"
)
HERMITE = MultiderivativeTableau(
    [([[0, 0], ["1/2", "1/2"]], ["1/2", "1/2"]), ([[0, 0], ["1/12", "-1/12"]], ["1/12", "-1/12"])],
    name="two derivatives, implicit",
)
GARK = GeneralizedAdditive(
    [[[[0, 0], ["2/3", 0]], [["1/3"], ["1/2"]]], [[[0, "1/5"]], [["1/4"]]]], [["1/4", "3/4"], [1]], name="two stages and one"
)
EXPONENTIAL = Exponential([["phi1(z/2)/2", "z*phi2(z)"], ["exp(z)/3", 0]], ["phi1(z)/3", "2*exp(z/3)/3"], name="exponential")
TWO_STEP = TwoStep("1/3", ["1/2"], [["1/4"]], [["1/3"]], ["3/2"], ["-1/6"], name="two steps")
EXPROS = ExponentialRosenbrock([["phi1(z/2)/2", "z/3"], ["exp(z)", 0]], ["phi2(z)", "exp(z/3)/2"], ["1/3", 1], name="any")
LIE = Splitting([(0, 1), (1, 1)], name="Lie-Trotter")
STRANG = Splitting([(0, "1/2"), (1, 1), (0, "1/2")], name="Strang")
THREE = Splitting([(0, "1/2"), (1, "1/2"), (2, 1), (1, "1/2"), (0, "1/2")], name="Strang of three")
AB2 = LinearMultistep([0, -1, 1], ["-1/2", "3/2", 0], name="AB2")
AM2 = LinearMultistep([0, -1, 1], ["-1/12", "2/3", "5/12"], name="AM2")
BDF2 = LinearMultistep(["1/2", -2, "3/2"], [0, 0, 1], name="BDF2")
LEAPFROG = LinearMultistep([-1, 0, 1], [0, 2, 0], name="leapfrog")
VERLET_N = Nystrom(A=[[], ["1/2"]], b_bar=["1/2", 0], b=["1/2", "1/2"], c=[0, 1], a=[[], ["1/2", "1/2"]], name="Verlet")
NYSTROM4 = Nystrom(
    A=[[], ["1/8"], [0, "1/2"]],
    b_bar=["1/6", "1/3", 0],
    b=["1/6", "2/3", "1/6"],
    c=[0, "1/2", 1],
    a=[[], ["1/2"], [0, 1]],
    name="Nyström 4",
)

WHOLE = {
    "explicit Runge-Kutta": methods["heun3"],
    "implicit Runge-Kutta": methods["radau_iia_2"],
    "the other formula of a pair": methods["bogacki_shampine"].embedded,
    "irrational entries": methods["gauss2"],
    "three substeps": substeps(methods["explicit_midpoint"], 3),
    "unequal substeps": compose_methods(EULER, EULER, steps=["1/3", "2/3"]),
    "extrapolation": extrapolate(EULER, [1, 2, 3]),
    "unlike tableaux": compose_methods(HEUN, IMPLICIT, EULER, steps=["1/2", "1/6", "1/3"]),
    "unlike families": compose_methods(taylor_method(2), ROS2, HEUN, steps=["2/5", "1/5", "2/5"]),
    "adjoint of a tableau": adjoint_method(methods["heun3"]),
    "adjoint of a Taylor method": adjoint_method(taylor_method(2)),
    "adjoint of a Rosenbrock method": Adjoint(Rosenbrock(A=[[]], gamma=[["1/3"]], b=[1])),
    "triple jump of tableaux": compose_methods(MIDPOINT, MIDPOINT, MIDPOINT, steps=[JUMP, 1 - 2 * JUMP, JUMP]),
    "triple jump of others": Composition([Rosenbrock(A=[[]], gamma=[["1/2"]], b=[1])] * 3, [JUMP, 1 - 2 * JUMP, JUMP]),
    "Rosenbrock, one stage": Rosenbrock(A=[[]], gamma=[["1/3"]], b=[1]),
    "Rosenbrock, two stages": ROS2,
    "two derivatives, explicit": CHAN_TSAI,
    "two derivatives, implicit": HERMITE,
    "Taylor": taylor_method(3),
    "Adams-Bashforth": AB2,
    "Adams-Moulton": AM2,
    "backward differentiation": BDF2,
    "leapfrog": LEAPFROG,
    "exponential Rosenbrock": methods["exprb32"],
    "exponential Rosenbrock, implicit": EXPROS,
    "general linear": methods["dimsim2"],
    "two-step Runge-Kutta": TWO_STEP,
}
SPLIT = {
    "symplectic Euler": (PAIR, "variables"),
    "Störmer-Verlet": (VERLET, "variables"),
    "substeps of a pair": (compose_methods(PAIR, adjoint_method(PAIR), HEUN, steps=["1/4", "1/4", "1/2"]), "variables"),
    "additive Runge-Kutta": (IMEX, "fields"),
    "Lie-Trotter": (LIE.with_inverse(), "variables"),
    "Strang": (STRANG.with_inverse(), "fields"),
    "three flows": (THREE.with_inverse(), "components"),
    "flows and tableaux": (compose_methods(LIE, PAIR, taylor_method(2), steps=["1/2", "1/4", "1/4"]), "variables"),
    "a splitting whose second part is found": (STRANG.with_inverse(unknown=1), "fields"),
    "a partitioned method whose first part is found": (IMEX.with_inverse(unknown=0), "fields"),
    "generalized additive": (methods["imex_gark2"], "fields"),
    "generalized additive, first part": (GARK.with_inverse(unknown=0), "variables"),
    "IMEX multistep": (methods["sbdf2"], "fields"),
    "multirate, implicit": (methods["mri_gark_irk21a"], "fields"),
    "multirate, each stage from the start": (methods["wicker_skamarock2"], "fields"),
    "multirate, fast part found": (methods["mri_gark_erk22a"].with_inverse(unknown="fast"), "variables"),
    "exponential Euler": (methods["exponential_euler"], "linear"),
    "exponential, order 2": (methods["etdrk2"], "linear"),
    "exponential, implicit": (EXPONENTIAL, "linear"),
    "Lawson": (methods["lawson2"], "linear"),
    "Nyström, order 2": (VERLET_N, "velocities"),
    "Nyström, order 4": (NYSTROM4, "velocities"),
    "Nyström, positions": (VERLET_N.with_inverse(match="positions"), "velocities"),
}
CASES = {name: (m, None) for name, m in WHOLE.items()} | SPLIT
DIRECTIONS = {"inverse": imde.inverse_modified_equation, "forward": imde.modified_equation}


def report(method, direction, system, parts=None, order=None, steps=("1/256", "1/512")):
    """All truncations up to the first correction at least."""
    field, x0 = SYSTEMS[system]
    given = PARTS[parts][system] if parts else None
    F = DIRECTIONS[direction](field, method, order or max(3, method.order + 1), parts=given)
    return imde.check(F, x0=x0, steps=steps, digits=32)


def system_of(parts, name):
    return f"{name}, second order" if parts == "velocities" else name


@pytest.mark.parametrize("name, direction, system", in_turn(CASES, [("inverse", "hamiltonian"), ("forward", "open")]))
def test_every_truncation_has_its_order(name, direction, system):
    method, parts = CASES[name]
    found = report(method, direction, system_of(parts, system), parts)
    assert found.passed, found.table()
    assert None not in found.observed and found.observed[-1] > len(found.observed) - 0.1


@pytest.mark.slow
@pytest.mark.parametrize("direction, system", [("inverse", "open"), ("forward", "hamiltonian")])
@pytest.mark.parametrize("name", CASES)
def test_every_truncation_has_its_order_on_the_other_system(name, direction, system):
    method, parts = CASES[name]
    found = report(method, direction, system_of(parts, system), parts, 5, ("1/256", "1/512", "1/1024"))
    assert found.passed, found.table()


ENERGY4 = ContinuousStage([[0, 0], [4, -6], [-3, 6]], name="energy-preserving, order 4")
"""Hairer 2010, degree 2."""


@pytest.mark.parametrize("direction, system", [("inverse", "open, scalar"), ("forward", "another scalar")])
def test_the_average_vector_field_has_its_order(direction, system):
    found = report(average_vector_field(), direction, system, order=4)
    assert found.passed and found.observed == pytest.approx([2, 2, 4, 4], abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(
    "method, system",
    [
        (average_vector_field(), "open"),
        (average_vector_field(), "hamiltonian"),
        (ENERGY4, "open, scalar"),
        (ENERGY4, "another scalar"),
    ],
)
def test_continuous_stages_have_their_orders(method, system, direction):
    found = report(method, direction, system, order=5)
    assert found.passed, found.table()


PRETENDERS = {
    "a substep more": (substeps(methods["explicit_midpoint"], 3), substeps(methods["explicit_midpoint"], 2), None),
    "steps exchanged": (
        compose_methods(EULER, HEUN, steps=["1/3", "2/3"]),
        compose_methods(HEUN, EULER, steps=["2/3", "1/3"]),
        None,
    ),
    "the method itself for its adjoint": (Adjoint(taylor_method(1)), taylor_method(1), None),
    "parts exchanged": (PAIR, PartitionedTableau(PAIR.parts[::-1]), "variables"),
    "flows exchanged": (LIE.with_inverse(), Splitting([(1, 1), (0, 1)]).with_inverse(), "variables"),
    "another gamma": (WHOLE["Rosenbrock, one stage"], Rosenbrock(A=[[]], gamma=[["1/4"]], b=[1]), None),
    "no second derivative": (HERMITE, methods["trapezoid"], None),
    "a Taylor term less": (taylor_method(3), taylor_method(2), None),
    "another exponential method": (methods["etdrk2"], methods["lawson2"], "linear"),
    "other values": (methods["dimsim2"], methods["two_step_adams_bashforth"], None),
    "another multirate method": (methods["mri_gark_erk22a"], methods["wicker_skamarock2"], "fields"),
    "another coupling": (GARK, PartitionedTableau([MIDPOINT, MIDPOINT]), "variables"),
    "the other part found": (STRANG.with_inverse(unknown=0), methods["lie_trotter"].with_inverse(unknown=0), "fields"),
    "another formula of two steps": (AB2, BDF2, None),
    "another Nyström method": (VERLET_N, NYSTROM4, "velocities"),
}


@pytest.mark.parametrize("name, direction", in_turn(PRETENDERS, ["forward", "inverse"]))
def test_the_equation_of_another_method_fails_the_check(name, direction):
    method, other, parts = PRETENDERS[name]
    system = system_of(parts, "open")
    field, x0 = SYSTEMS[system]
    F = DIRECTIONS[direction](field, other, 3, parts=PARTS[parts][system] if parts else None)
    wrong = imde.ModifiedField(F.field, method, F.order, F.direction, F.ring, F.colored, F.split)
    assert not imde.check(wrong, x0=x0, steps=("1/256", "1/512"), digits=32).passed


def step(method, field, x, h, parts=None):
    F = imde.modified_equation(field, method, 1, parts=parts)
    return stepper(method, MethodField(F))([mpmath.mpf(v) for v in x], mpmath.mpf(0), mpmath.mpf(h))


Z = mpmath.mpf(3) / 8
RATIONAL = {  # value at z of the stability function, from the books
    "Rosenbrock, one stage": (1 + 2 * Z / 3) / (1 - Z / 3),
    "two derivatives, explicit": 1 + Z + Z**2 / 2 + Z**3 / 6 + Z**4 / 24,
    "two derivatives, implicit": (1 + Z / 2 + Z**2 / 12) / (1 - Z / 2 + Z**2 / 12),
    "Taylor": 1 + Z + Z**2 / 2 + Z**3 / 6,
    "adjoint of a Taylor method": 1 / (1 - Z + Z**2 / 2),
    "adjoint of a Rosenbrock method": (1 + Z / 3) / (1 - 2 * Z / 3),
    "unequal substeps": (1 + Z / 3) * (1 + 2 * Z / 3),
}


@rows("name", RATIONAL)
def test_a_step_on_a_linear_field_is_the_stability_function(name):
    (y,) = step(WHOLE[name], parse("y' = y"), [1], Z)
    assert abs(y - RATIONAL[name]) < 1e-11


def test_steps_of_flows_are_products_of_exponentials():
    field, halves = parse("y' = 3*y"), [parse("y' = y"), parse("y' = 2*y")]
    assert abs(step(LIE, field, [1], Z, halves)[0] - mpmath.exp(3 * Z)) < 1e-13
    rotation = step(STRANG, parse("a' = b; b' = -a"), [1, 2], Z, [["a"], ["b"]])
    kick = [1 + Z, 2 - Z * (1 + Z)]  # half a drift with b = 2, then a kick
    assert abs(rotation[1] - kick[1]) < 1e-13 and abs(rotation[0] - (kick[0] + Z / 2 * kick[1])) < 1e-13


def test_a_step_of_a_rosenbrock_method_takes_one_newton_iteration():
    """Linearly implicit Euler (γ = b = 1) on y' = y²: k = h f + 2hy k."""
    (y,) = step(Rosenbrock(A=[[]], gamma=[[1]], b=[1]), parse("y' = y^2"), [1], Z)
    assert abs(y - (1 + Z / (1 - 2 * Z))) < 1e-13


def test_a_step_of_a_nystroem_method_is_that_of_verlet():
    field = parse("x' = v; v' = x^2")
    x, v = step(VERLET_N, field, [2, 1], Z, [["x"], ["v"]])
    position = 2 + Z + Z**2 / 2 * 4
    assert abs(x - position) < 1e-13 and abs(v - (1 + Z / 2 * (4 + position**2))) < 1e-13


@pytest.mark.parametrize("method", [average_vector_field(), pytest.param(ENERGY4, marks=pytest.mark.slow)], ids=lambda m: m.name)
def test_continuous_stages_keep_a_polynomial_energy_to_the_last_digit(method):
    """Quispel, McLaren 2008; Hairer 2010."""
    H = p**2 / 2 + q**2 * p / 3 + q**4 / 4 - q
    with mpmath.workdps(25):
        start = [mpmath.mpf(3) / 5, mpmath.mpf(7) / 10]
        end = step(method, hamiltonian(H, q=[q], p=[p]), start, mpmath.mpf(1) / 16)
        before, after = (H.evalf(25, subs=dict(zip((q, p), x))) for x in (start, end))
        assert abs(end[0] - start[0]) > 1e-2 and abs(after - before) < 1e-22


def test_a_family_without_steps_is_named():
    with pytest.raises(MethodError, match="AB2 has no steps of its own"):
        step(AB2, parse("y' = y"), [1], Z)
