"""Tableaux read from other libraries: one real step of theirs against one of ours, and what is refused."""

import sys

import mpmath
import numpy as np
import pytest

from imde_sym.base.errors import MethodError, MissingLibraryError, UnknownNameError
from imde_sym.method import ButcherTableau, as_method, methods
from tests.reference_steps import START, field, step

H = 0.125
CLOSE = 1e-14


def ours(tableau, h=H):
    with mpmath.workdps(30):
        return np.array([float(v) for v in step(tableau, mpmath.mpf(h))])


def assert_same_step(tableau, theirs, tolerance=CLOSE):
    """Agreement that tells the method apart: to rounding, where its own error is far above that."""
    theirs = np.asarray(theirs, float)
    assert np.abs(ours(tableau) / theirs - 1).max() < tolerance


# -- SciPy ----------------------------------------------------------------------------------------
def scipy_step(cls, rtol=1e3):
    def f(t, y):
        return np.array(field(*y))

    solver = cls(f, 0.0, np.array(START), t_bound=H, first_step=H, rtol=rtol, atol=rtol)
    solver.step()
    assert solver.t == H
    return solver.y


@pytest.mark.parametrize("name", ["RK23", "RK45", "DOP853"])
def test_a_step_of_scipy_is_a_step_of_ours(name):
    integrate = pytest.importorskip("scipy.integrate")
    m = ButcherTableau.from_scipy(name)
    assert m == ButcherTableau.from_scipy(getattr(integrate, name)) == ButcherTableau.from_scipy(name.lower())
    assert m.is_exact
    assert m.info["source"].startswith(f"scipy {name}, whose floats are those of the exact catalogue entry")
    assert "differs" not in m.info["source"]
    assert "no single inverse modified equation" in m.info["note"]
    assert_same_step(m, scipy_step(getattr(integrate, name)))


def test_a_step_of_scipys_radau_is_a_step_of_ours():
    """SciPy stops its Newton iteration at a tolerance, here driven to rounding through its own solver."""
    radau = pytest.importorskip("scipy.integrate._ivp.radau")
    m = ButcherTableau.from_scipy("Radau")
    assert m == methods["radau_iia_3"]
    y = np.array(START)
    jacobian = np.array([[-2 * y[0], y[2], y[1]], [y[2], -1, y[0]], [y[1], y[0], -0.75 * y[2] ** 2]])
    lu = [np.linalg.inv(mu / H * np.eye(3) - jacobian) for mu in (radau.MU_REAL, radau.MU_COMPLEX)]
    Z = np.zeros((3, 3))
    for _ in range(12):
        _, _, Z, _ = radau.solve_collocation_system(
            lambda t, x: np.array(field(*x)), 0.0, y, H, Z, np.full(3, 1e-3), 1e-13, *lu, lambda inverse, b: inverse @ b
        )
    assert_same_step(m, y + Z[-1], 5e-14)


@pytest.mark.parametrize("name", ["BDF", "LSODA"])
def test_scipy_solvers_without_a_tableau_are_refused_with_those_that_have_one(name):
    integrate = pytest.importorskip("scipy.integrate")
    for solver in (name, getattr(integrate, name)):
        with pytest.raises(MethodError, match=f"{name}.*Supported: DOP853, RK23, RK45, Radau"):
            ButcherTableau.from_scipy(solver)


def test_an_unknown_scipy_solver_gets_a_suggestion():
    pytest.importorskip("scipy")
    with pytest.raises(UnknownNameError, match="rk45"):
        ButcherTableau.from_scipy("RK54")
    with pytest.raises(MethodError, match="Supported"):
        ButcherTableau.from_scipy(3)


# -- torchdiffeq ----------------------------------------------------------------------------------
FIXED = {"euler": "explicit_euler", "midpoint": "explicit_midpoint", "rk4": "rk38", "heun2": "heun2", "heun3": "heun3"}
ADAPTIVE = {
    "dopri5": "dormand_prince5",
    "dopri8": "dormand_prince8",
    "bosh3": "bogacki_shampine",
    "fehlberg2": "fehlberg12",
    "adaptive_heun": "heun2",
}


@pytest.mark.parametrize("name", [*FIXED, *ADAPTIVE])
def test_a_step_of_torchdiffeq_is_a_step_of_ours(name):
    library, torch = pytest.importorskip("torchdiffeq"), pytest.importorskip("torch")
    m = ButcherTableau.from_torchdiffeq(name)
    assert m == methods[(FIXED | ADAPTIVE)[name]]
    assert ("note" in m.info) == (name in ADAPTIVE)
    options = {"first_step": H} if name in ADAPTIVE else {}
    t = torch.tensor([0.0, H], dtype=torch.float64)
    y = torch.tensor(START, dtype=torch.float64)
    out = library.odeint(lambda t, y: torch.stack(field(*y)), y, t, method=name, rtol=1e3, atol=1e3, options=options)
    assert_same_step(m, out[-1].numpy())


@pytest.mark.parametrize("name", ["explicit_adams", "implicit_adams", "fixed_adams", "scipy_solver"])
def test_torchdiffeq_methods_without_a_tableau_are_refused(name):
    solvers = pytest.importorskip("torchdiffeq._impl.odeint").SOLVERS
    for solver in (name, solvers[name]):
        with pytest.raises(MethodError, match="Supported: adaptive_heun, bosh3, dopri5"):
            ButcherTableau.from_torchdiffeq(solver)


def test_torchdiffeq_classes_and_unknown_names():
    solvers = pytest.importorskip("torchdiffeq._impl.odeint").SOLVERS
    assert ButcherTableau.from_torchdiffeq(solvers["bosh3"]) == methods["bogacki_shampine"]
    with pytest.raises(UnknownNameError, match="dopri5"):
        ButcherTableau.from_torchdiffeq("dopri6")


# -- diffrax --------------------------------------------------------------------------------------
EXPLICIT = {
    "Euler": "explicit_euler",
    "Heun": "heun2",
    "Midpoint": "explicit_midpoint",
    "Ralston": "ralston2",
    "Bosh3": "bogacki_shampine",
    "Tsit5": "tsitouras5",
    "Dopri5": "dormand_prince5",
    "Dopri8": "dormand_prince8",
}
IMPLICIT = {"ImplicitEuler": "implicit_euler", "Kvaerno3": None, "Kvaerno4": None, "Kvaerno5": "kvaerno5"}
ADDITIVE = {"Sil3": "sil3", "KenCarp3": "kencarp3", "KenCarp4": "kencarp4", "KenCarp5": "kencarp5"}


@pytest.fixture
def diffrax():
    pytest.importorskip("jax")
    return pytest.importorskip("diffrax")


def diffrax_step(diffrax, solver, part=None):
    import jax

    def f(t, y, args):
        return jax.numpy.stack(field(*y))

    def nothing(t, y, args):
        return jax.numpy.zeros_like(y)

    with jax.enable_x64(True):
        term = diffrax.ODETerm(f)
        if part:
            pair = {part: term, ("implicit" if part == "explicit" else "explicit"): diffrax.ODETerm(nothing)}
            term = diffrax.MultiTerm(pair["explicit"], pair["implicit"])
        y = jax.numpy.array(START)
        assert y.dtype == "float64"
        t = jax.numpy.array([0.0, H])
        state = solver.init(term, t[0], t[1], y, None)
        return np.array(solver.step(term, t[0], t[1], y, None, state, made_jump=False)[0])


def tight(diffrax, name):
    import optimistix

    finder = optimistix.Newton(rtol=1e-15, atol=1e-15)
    return getattr(diffrax, name)(root_finder=finder, root_find_max_steps=30)


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in ("Tsit5", "Euler") else pytest.mark.slow) for n in EXPLICIT])
def test_a_step_of_an_explicit_diffrax_solver_is_a_step_of_ours(diffrax, name):
    solver = getattr(diffrax, name)()
    m = ButcherTableau.from_diffrax(solver)
    assert m == methods[EXPLICIT[name]] == ButcherTableau.from_diffrax(type(solver)) == ButcherTableau.from_diffrax(name)
    assert m.info["source"].startswith(f"diffrax {name}")
    assert_same_step(m, diffrax_step(diffrax, solver))


@pytest.mark.slow
@pytest.mark.parametrize("name", IMPLICIT)
def test_a_step_of_an_implicit_diffrax_solver_is_a_step_of_ours(diffrax, name):
    m = ButcherTableau.from_diffrax(getattr(diffrax, name)())
    if IMPLICIT[name]:
        assert m == methods[IMPLICIT[name]]
    else:
        assert m.tags == ("float",)  # diffrax rounds γ to ten digits
        assert m.order == methods[name].order
    assert_same_step(m, diffrax_step(diffrax, tight(diffrax, name)), 1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("part", ["explicit", "implicit"])
@pytest.mark.parametrize("name", ADDITIVE)
def test_each_part_of_an_additive_diffrax_solver_is_one_of_ours(diffrax, name, part):
    m = ButcherTableau.from_diffrax(getattr(diffrax, name)(), part=part)
    assert m.name in (ADDITIVE[name], f"{ADDITIVE[name]}_{part}")
    assert_same_step(m, diffrax_step(diffrax, tight(diffrax, name), part), 1e-13)


def test_diffrax_objects_that_are_no_tableau_are_refused_with_advice(diffrax):
    for solver, equivalent in ((diffrax.LeapfrogMidpoint(), "nystroem_2"), (diffrax.SemiImplicitEuler, "symplectic_euler_q")):
        with pytest.raises(MethodError, match=f"no Butcher tableau; it is methods\\['{equivalent}'\\]"):
            ButcherTableau.from_diffrax(solver)
    for solver in (diffrax.ReversibleHeun(), 3):
        with pytest.raises(MethodError, match=r"no Butcher tableau. Supported: .*Tsit5"):
            ButcherTableau.from_diffrax(solver)
    with pytest.raises(MethodError, match=r"no single inverse modified equation.*fixed steps"):
        ButcherTableau.from_diffrax(diffrax.PIDController(rtol=1e-3, atol=1e-6))
    with pytest.raises(MethodError, match="half the step size"):
        ButcherTableau.from_diffrax(diffrax.HalfSolver(diffrax.Euler()))
    with pytest.raises(MethodError, match="part='explicit'"):
        ButcherTableau.from_diffrax(diffrax.KenCarp4())
    with pytest.raises(MethodError, match="has no parts"):
        ButcherTableau.from_diffrax(diffrax.Tsit5(), part="implicit")
    with pytest.raises(UnknownNameError, match="tsit5"):
        ButcherTableau.from_diffrax("Tsit6")


def test_a_diffrax_tableau_of_the_users_own_keeps_its_floats(diffrax):
    table = diffrax.ButcherTableau(
        a_lower=(np.array([0.7]),), b_sol=np.array([0.2, 0.8]), b_error=np.array([0.5, -0.5]), c=np.array([0.7])
    )

    class Mine(diffrax.AbstractERK):
        tableau = table
        interpolation_cls = None

        def order(self, terms):
            return 1

    m = ButcherTableau.from_diffrax(Mine)
    assert (m.A, m.b, m.b_hat) == (((0, 0), (0.7, 0)), (0.2, 0.8), (-0.3, 1.3))
    assert (m.is_exact, m.tags) == (False, ("float",))
    assert "does not know" in m.info["source"]


# -- NodePy ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["rk4", "dormand_prince5", "gauss2", "tr_bdf2", "ssprk104"])
def test_methods_go_to_nodepy_and_back(name):
    pytest.importorskip("nodepy")
    m = methods[name]
    there = m.to_nodepy()
    again = ButcherTableau.from_nodepy(there)
    assert again == m
    assert again.b_hat == m.b_hat or not m.is_explicit
    assert there.order() == m.order


def test_floats_from_nodepy_are_recognised():
    library = pytest.importorskip("nodepy.runge_kutta_method")
    m = ButcherTableau.from_nodepy(library.loadRKM("PD8"))
    assert m == methods["dormand_prince8"]
    assert "exact catalogue entry dormand_prince8" in m.info["source"]
    rk4 = methods["rk4"]
    floats = ButcherTableau([[float(a) for a in row] for row in rk4.A], [float(b) for b in rk4.b])
    assert ButcherTableau.from_nodepy(floats.to_nodepy()) == rk4
    nearly = ButcherTableau([[float(a) for a in row] for row in rk4.A], [1 / 6 + 1e-12, 1 / 3, 1 / 3, 1 / 6])
    assert not ButcherTableau.from_nodepy(nearly.to_nodepy()).is_exact


def test_from_nodepy_wants_a_method():
    pytest.importorskip("nodepy")
    with pytest.raises(MethodError, match="got str"):
        ButcherTableau.from_nodepy("RK44")


@pytest.mark.parametrize(
    ("convert", "library"),
    [
        (lambda: ButcherTableau.from_scipy("RK45"), "scipy"),
        (lambda: ButcherTableau.from_diffrax("Tsit5"), "diffrax"),
        (lambda: ButcherTableau.from_torchdiffeq("rk4"), "torchdiffeq"),
        (lambda: methods["rk4"].to_nodepy(), "nodepy"),
    ],
    ids=["scipy", "diffrax", "torchdiffeq", "nodepy"],
)
def test_a_missing_library_is_named(monkeypatch, convert, library):
    for name in [n for n in sys.modules if n.split(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingLibraryError, match=library):
        convert()


# -- libraries of which only the code of a step is there --------------------------------------------
def integrator(code):
    """A class as neuromancer has them."""

    class Own:
        def __init__(self, block, h):
            self.block, self.h = block, h

        integrate = code

    Own.__module__ = "neuromancer.dynamics.integrators"
    return Own


def test_the_tableau_of_an_integrator_of_neuromancer_is_read_off_its_code():
    def midpoint(self, x, *args):
        k1 = self.block(x, *args)
        return x + self.h * self.block(x + self.h * k1 / 2.0, *args)

    def own(self, x, *args):  # a predictor, a corrector that evaluates the field at x once more
        k1, h = self.block(x, *args), self.h
        k2 = self.block(x + 0.37 * h * k1, *args)
        return x + h * (0.25 * self.block(x, *args) + 0.75 * k2)

    assert as_method(integrator(midpoint)) == methods["explicit_midpoint"]
    found = as_method(integrator(own)(None, 0.1))
    assert [list(map(float, row)) for row in found.A] == [[0, 0], [0.37, 0]] and list(map(float, found.b)) == [0.25, 0.75]


@pytest.mark.parametrize(
    "code",
    [
        lambda self, x: np.concatenate([x[:20], self.block(x[:20])]),  # positions and velocities
        lambda self, x: x + self.block(x) * self.block(x),
        lambda self, x: x + self.h,
        lambda self, x: x.requires_grad_(),
        lambda self, x: [x := x + self.block(x) for _ in range(99)][-1],
    ],
)
def test_code_that_is_not_a_step_of_runge_and_kutta_is_refused(code):
    with pytest.raises(MethodError, match="Own of neuromancer has no tableau here"):
        as_method(integrator(code))


def test_solvers_of_torchdyn_are_known_by_their_names():
    def solver(name):
        return type(name, (), {"__module__": "torchdyn.numerics.solvers.ode"})

    assert as_method(solver("RungeKutta4")()) == methods["rk4"]
    assert "adapts" in as_method(solver("Tsitouras45")).info["note"]
    with pytest.raises(MethodError, match="accepted: Euler, Midpoint"):
        as_method(solver("HyperEuler"))
