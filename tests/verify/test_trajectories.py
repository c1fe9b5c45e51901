"""Trajectories in float64: every method of the catalogue, held against steps and flows that the tests compute themselves."""

import copy
import pickle
import warnings
from fractions import Fraction
from functools import cache
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym import integrate
from imde_sym.base.errors import ConvergenceError, FieldError, ImdeError, MethodError, UnknownNameError
from imde_sym.equations.split import split_field
from imde_sym.fields import as_graded
from imde_sym.method import methods
from imde_sym.verify.float_exponentials import phi_functions
from imde_sym.verify.slopes import FloatField
from imde_sym.verify.stepping import ExactStep, float_step
from tests import reference_steps
from tests.rows import rows, slow

NAMES = tuple("abc")
FIELD = imde.VectorField(NAMES, reference_steps.field(*sympy.symbols("a b c")))
START = reference_steps.START
TIME = 0.5
SMALLEST = 1e-12
"""Errors below it hold rounding."""
WALKED = list(methods)
SAMPLE = sorted(
    {*WALKED[::60], *{methods.entry(n).get("family"): n for n in reversed(WALKED)}.values()} - {"merk5", "jackiewicz_tracogna4"}
)
"""Every 60th, and the first of each family, but for those that take seconds."""
UNSTEADY = {"savitzky_golay_5", "savitzky_golay_7", "nystroem_5", "quade4"}
"""Weakly unstable, or of large starting errors: parasitic solutions blur the slope at these steps."""


def oscillator(q, v):
    """q'' = g(q), for Nyström methods."""
    return (v, q * q * q * (-1.0) + q * 0.5)


SECOND = imde.VectorField("q' = v; v' = -q^3 + q/2")
PARTS = {2: [["a", "c"], ["b"]], 3: [["a"], ["b"], ["c"]]}


@cache
def reference(f, start, time=TIME):
    """Where the flow is after a time."""
    with mpmath.workdps(20):
        return [float(x) for x in reference_steps.flow(mpmath.mpf(time), f, start)]


def slopes(m):
    """Observed orders between pairs of steps, of errors that are above rounding; two fields, since one may flatter a method."""
    second = m.family == "nystrom" or (m.family == "splitting" and m.colors == 2)  # where kicks and drifts are formulas
    f, start, parts = (SECOND, (0.75, -0.5), [["q"], ["v"]]) if second else (FIELD, START, PARTS.get(m.colors))
    if m.linear_part is not None:
        parts = None
    weight = float(sum(m.b)) if m.family == "low_storage" else 1  # 1 - 1.6e-7 where seven digits are published
    assert abs(weight - 1) < 1e-6
    end = reference(oscillator if second else reference_steps.field, start, TIME * weight)
    least = max(2, getattr(m, "steps", 1)) if m.family == "multistep" else 2
    counts = [least * 2**k for k in range(1, 5)]
    errors = [np.abs(integrate(m, f, start, TIME / n, n, parts=parts)[-1] - end).max() for n in counts]
    return [np.log2(e / g) for e, g in pairwise(errors) if g > SMALLEST]


def follows_its_definition(name):
    m = methods[name]
    if m.family == "runge_kutta":
        with mpmath.workdps(25):
            expected = [float(v) for v in reference_steps.step(m, mpmath.mpf(1) / 16)]
        assert integrate(m, FIELD, START, Fraction(1, 16), 1)[-1] == pytest.approx(expected, rel=2e-13, abs=2e-13), name
    elif m.family == "multistep" and not m.is_zero_stable:
        with pytest.warns(UserWarning, match="not zero-stable"):
            integrate(m, FIELD, START, 1e-3, m.steps)
    else:
        found = slopes(m)
        assert not found or max(found[-2:]) > m.order - 0.35 or name in UNSTEADY, (name, m.order, found)


@pytest.mark.parametrize("name", SAMPLE)
def test_a_method_of_the_catalogue_follows_its_definition(name):
    follows_its_definition(name)


@pytest.mark.slow
def test_the_whole_catalogue_follows_its_definitions():
    for name in WALKED:
        follows_its_definition(name)


MADE = {
    "composition of families": (imde.compose_methods("ros2", "heun2", "strang"), 2, PARTS[2]),
    "adjoint of a splitting": (imde.Adjoint("lie_trotter"), 1, PARTS[2]),
    "adjoint of a Rosenbrock method": (imde.Adjoint("ros3"), 3, None),
    "substeps": (imde.substeps("heun2", 3), 2, None),
    "implicit substeps": (imde.substeps("implicit_midpoint", 2), 2, None),
    "Taylor": (imde.taylor_method(5), 5, None),
    "implicit derivatives": (methods["obreschkoff_4"], 4, None),
    "energy-preserving": (methods["energy_collocation_2"], 4, None),
}


@pytest.mark.parametrize("label", MADE)
def test_methods_made_of_others_have_their_order(label):
    m, order, parts = MADE[label]
    end = reference(reference_steps.field, START)
    errors = [np.abs(integrate(m, FIELD, START, TIME / n, n, parts=parts)[-1] - end).max() for n in (6, 12)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.35)


def test_a_family_that_is_not_entered_takes_its_exact_steps():
    field = FloatField.of(as_graded(FIELD), Fraction(0))
    x = np.array([START, (0.1, 0.2, 0.3)]).T.copy()
    for name in ("rk4", "gauss2", "ros2"):
        one, other = ExactStep(methods[name], field), float_step(methods[name], field)
        assert one.move(x, 0.1) == pytest.approx(other.move(x, 0.1), rel=1e-14)


# -- fields ---------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["explicit_midpoint", "implicit_midpoint", "symplectic_euler", "adams_bashforth_2"])
def test_a_method_on_its_modified_field_gains_the_orders_of_the_equation(name):
    x0, order = [0.3, 1.1], 5
    F = imde.inverse_modified_equation("pendulum", name, order)
    end = integrate("gauss5", "pendulum", x0, 0.001, 200)[-1]
    errors = [np.abs(integrate(name, F, x0, 0.2 / n, n)[-1] - end).max() for n in (8, 16, 32)]
    assert np.log2(errors[1] / errors[2]) > order - 0.4


def test_the_step_of_a_modified_field_is_the_step_of_the_run():
    F = imde.inverse_modified_equation("x' = x", "euler", 6)
    for h in (0.1, -0.05, "1/7"):
        size = float(Fraction(h)) if isinstance(h, str) else h
        assert integrate("euler", F, [1.0], h, 4)[-1, 0] == pytest.approx(np.exp(4 * size), rel=abs(size) ** 6)


def test_free_parameters_of_equations_and_fields_take_numbers_by_name():
    f = imde.VectorField("x' = a*x - x^3", parameters="a")
    F = imde.inverse_modified_equation(f, "euler", 5)
    exact = integrate("gauss5", f, [1.0], 0.01, 100, parameters={"a": 0.37})[-1]
    assert integrate("euler", F, [1.0], 0.01, 100, parameters={"a": "0.37"})[-1] == pytest.approx(exact, rel=1e-9)
    for given in (f, F):
        with pytest.raises(FieldError, match=r"no value is given for a: give parameters=\{'a': \.\.\.\}"):
            integrate("euler", given, [1.0], 0.1, 1)
        with pytest.raises(ImdeError, match="b"):
            integrate("euler", given, [1.0], 0.1, 1, parameters={"a": 1, "b": 2})
    for rho in (0, 28):
        expected = integrate("rk4", f"x' = 10*(y - x); y' = x*({rho} - z) - y; z' = x*y - 8/3*z", [-8, 7, 27], 0.01, 3)
        assert integrate("rk4", "lorenz", None, 0.01, 3, parameters={"rho": rho}) == pytest.approx(expected, rel=1e-13)


def test_the_time_may_be_left_out_of_points():
    exact = lambda t: 1.5 * np.exp(-t) + (np.sin(t) - np.cos(t)) / 2  # noqa: E731
    f = "x' = -x + sin(t)"
    short = integrate("gauss5", f, [1.0], 0.1, 10)
    assert short.shape == (11, 1) and short[:, 0] == pytest.approx(exact(np.linspace(0, 1, 11)), rel=1e-12)
    assert integrate("gauss5", f, [1.0, 0.0], 0.1, 10)[-1] == pytest.approx([exact(1.0), 1.0], rel=1e-12)
    assert integrate("gauss5", f, {"x": exact(2.0)}, 0.1, 10, t0=2)[-1, 0] == pytest.approx(exact(3.0), rel=1e-12)
    with pytest.raises(FieldError, match="the time is given twice"):
        integrate("rk4", f, [1.0, 0.5], 0.1, 1, t0=2)
    timed = imde.ButcherTableau([[0, 0], ["1/2", 0]], [0, 1], c=[0, "1/3"], check_c=False)
    with pytest.raises(MethodError, match="do not depend on time"):
        integrate(timed, f, [1.0], 0.1, 1)


def one_point(x):
    return np.array([-np.sin(x[1]), x[0]])


def last_axis(x):
    return np.stack([-np.sin(x[..., 1]), x[..., 0]], -1)


FORMULA = "p' = -sin(q); q' = p"


@pytest.mark.parametrize("name", ["rk4", "gauss2", "adams_bashforth_3", "bdf3", "symplectic_euler"])
@pytest.mark.parametrize("function", [one_point, last_axis])
def test_functions_give_what_their_formulas_give(name, function):
    x0 = [[0.0, 1.0], [1.0, 2.0]]  # as many points as components, so that a wrong axis would go unseen
    parts = [[0], [1]] if name == "symplectic_euler" else None
    expected = integrate(name, FORMULA, x0, 0.1, 10, parts=parts and [["p"], ["q"]])
    assert integrate(name, function, x0, 0.1, 10, parts=parts) == pytest.approx(expected, rel=1e-9)


def test_functions_of_time_and_with_arguments():
    expected = integrate("rk4", "x' = -x + sin(t)", [1.0], 0.1, 10, t0=2)
    for f in (lambda x, t: -x + np.sin(t), lambda t, x: -x + np.sin(t), lambda x, time: -x + np.sin(time)):
        assert integrate("rk4", f, [1.0], 0.1, 10, t0=2) == pytest.approx(expected, rel=1e-14)
    assert integrate("rk4", lambda x, u: u * x, [1.0], 0.1, 1, parameters={"u": 2}) == pytest.approx(
        integrate("rk4", "x' = 2*x", [1.0], 0.1, 1)
    )
    with pytest.raises(FieldError, match="give parameters= for u"):
        integrate("rk4", lambda x, u: u * x, [1.0], 0.1, 1)
    with pytest.raises(FieldError, match="must return as many real numbers"):
        integrate("rk4", lambda x: x[:1], [1.0, 2.0], 0.1, 1)
    for name in ("ros2", "taylor_3"):
        with pytest.raises(MethodError, match="give its formulas"):
            integrate(name, one_point, [1.0, 2.0], 0.1, 1)


def test_live_functions_and_fields_of_jax_are_fields():
    F = imde.inverse_modified_equation(FORMULA, "heun2", 4)
    expected = integrate("heun2", F, [0.3, 1.0], 0.1, 5)
    assert integrate("heun2", F.lambdify("numpy"), [0.3, 1.0], 0.1, 5) == pytest.approx(expected, rel=1e-13)
    assert integrate("heun2", F.lambdify("numpy", h=0.1), [0.3, 1.0], 0.1, 5) == pytest.approx(expected, rel=1e-13)
    jnp = pytest.importorskip("jax.numpy")
    by_jax = integrate("rk4", lambda x: jnp.stack([-jnp.sin(x[1]), x[0]]), [0.3, 1.0], 0.1, 2)
    assert by_jax == pytest.approx(integrate("rk4", FORMULA, [0.3, 1.0], 0.1, 2), rel=1e-5)


# -- shapes and values ----------------------------------------------------------------------
@pytest.mark.parametrize("name", ["rk4", "radau_iia_2", "ros2", "bdf2"])
def test_batches_are_their_points(name):
    rng = np.random.default_rng(5)
    x0 = rng.normal(size=(2, 3, 2))
    path = integrate(name, FORMULA, x0, 0.07, 6)
    assert path.shape == (7, 2, 3, 2) and path.flags.c_contiguous
    assert np.array_equal(path[0], x0)
    for i in np.ndindex(2, 3):
        assert path[(slice(None), *i)] == pytest.approx(integrate(name, FORMULA, x0[i], 0.07, 6), rel=1e-13)
    assert integrate(name, FORMULA, np.zeros((0, 2)), 0.1, 3).shape == (4, 0, 2)


def test_large_batches_are_cut_without_a_trace():
    x0 = np.random.default_rng(6).normal(size=(9001, 2))
    path = integrate("rk4", FORMULA, x0, 0.1, 3, save_every=3)
    assert path.shape == (2, 9001, 2)
    for i in (0, 4095, 4096, 9000):
        assert path[:, i] == pytest.approx(integrate("rk4", FORMULA, x0[i], 0.1, 3)[::3], rel=1e-13)


def test_numbers_by_name_and_of_all_kinds():
    expected = integrate("rk4", FORMULA, [[0.3, 0.1], [0.3, -65.0]], 0.1, 2)
    assert np.array_equal(integrate("rk4", FORMULA, {"p": 0.3, "q": [0.1, -65]}, 0.1, 2), expected)
    assert np.array_equal(integrate("rk4", FORMULA, [["0.3", "1/10"], [sympy.Rational(3, 10), -65]], 0.1, 2), expected)
    with pytest.raises(FieldError, match="x0 lacks q"):
        integrate("rk4", FORMULA, {"p": 1}, 0.1, 2)
    with pytest.raises(UnknownNameError, match="nearest: p"):
        integrate("rk4", FORMULA, {"pp": 1, "q": 2}, 0.1, 2)
    with pytest.raises(FieldError, match="last axis must have 2 entries, for p, q"):
        integrate("rk4", FORMULA, [1, 2, 3], 0.1, 2)
    for wrong in ([np.nan, 0], "0, 1", [1j, 0], [None, 1]):
        with pytest.raises(FieldError, match="x0 must be"):
            integrate("rk4", FORMULA, wrong, 0.1, 2)


def test_every_nth_point_is_saved():
    whole = integrate("bdf3", FORMULA, [0.3, 1.0], 0.1, 12)
    assert np.array_equal(integrate("bdf3", FORMULA, [0.3, 1.0], 0.1, 12, save_every=4), whole[::4])
    with pytest.raises(FieldError, match="does not divide"):
        integrate("rk4", FORMULA, [0.3, 1.0], 0.1, 12, save_every=5)


def test_a_symmetric_method_comes_back():
    end = integrate("gauss3", FORMULA, [0.3, 1.0], 0.1, 20)[-1]
    assert integrate("gauss3", FORMULA, end, -0.1, 20)[-1] == pytest.approx([0.3, 1.0], rel=1e-13)


def test_a_symplectic_method_and_an_energy_preserving_one_keep_what_they_keep():
    H = lambda x: x[..., 0] ** 2 / 2 - np.cos(x[..., 1])  # noqa: E731
    kept = H(integrate("average_vector_field", FORMULA, [0.3, 1.0], 0.2, 60))
    assert np.ptp(kept) < 1e-13
    path = H(integrate("stoermer_verlet", "pendulum", [0.3, 1.0], 0.1, 2000) * [1, 1])
    assert abs(path[-200:].mean() - path[:200].mean()) < 0.02


def test_flows_of_bent_parts_are_exact():
    bent, rest = imde.VectorField("x' = -x^2; y' = x*y"), imde.VectorField("x' = y; y' = -1/2")
    whole = imde.VectorField("x' = y - x^2; y' = x*y - 1/2")
    h = 0.3
    after = integrate("lie_trotter", whole, [0.75, 0.4], h, 1, parts=[bent, rest])[-1]
    u, v = 0.75 / (1 + 0.75 * h), 0.4 * (1 + 0.75 * h)
    assert after == pytest.approx([u + h * v - h * h / 4, v - h / 2], rel=1e-14)


@pytest.mark.parametrize("name", ["stoermer_verlet", "symplectic_euler", "symplectic_euler_q"])
def test_partitioned_methods_need_no_solver_where_forces_depend_on_positions_alone(name):
    """In the plane p' = -dV/dq, q' = dT/dp: their steps are code, and give what Newton gives, which they still need elsewhere."""

    def step_on(field, parts=None):
        return float_step(methods[name], FloatField.of(as_graded(field, split_field(field, methods[name], parts)), 0))

    step, x = step_on(imde.systems["pendulum"]), np.array([[0.3, 0.1], [1.0, -0.4]])
    assert step.is_straight_line
    assert integrate(name, "pendulum", x.T, 0.1, 1)[-1].T == pytest.approx(step.move(x, 0.1), rel=1e-14)
    assert not step_on(imde.VectorField("x' = x*y; y' = x*y"), (("x",), ("y",))).is_straight_line


@pytest.mark.slow  # numba compiles for seconds
@pytest.mark.parametrize("name", ["rk4", "kahan_li6", "nystrom4", "tdrk4", "stoermer_verlet"])
def test_numba_gives_what_numpy_gives(name):
    pytest.importorskip("numba")
    x0 = [[0.3, 1.0], [0.1, -0.4]]
    expected = integrate(name, "pendulum", x0, 0.05, 40, save_every=2)
    assert integrate(name, "pendulum", x0, 0.05, 40, save_every=2, numba=True) == pytest.approx(expected, rel=1e-11)
    with pytest.raises(MethodError, match="leave out numba"):
        integrate("gauss2", "pendulum", x0, 0.1, 2, target="numba")


# -- between the points ---------------------------------------------------------------------
def test_dense_output_has_order_four_and_is_a_value():
    exact = lambda t: np.stack([np.cos(t), -np.sin(t)], -1)  # noqa: E731
    t = np.linspace(0, 2, 77)
    errors = []
    for n in (10, 20, 40):
        traj = integrate("gauss5", "x' = y; y' = -x", [1.0, 0.0], 2 / n, n, dense=True)
        errors.append(np.abs(traj.at(t) - exact(t)).max())
    assert np.log2(errors[1] / errors[2]) == pytest.approx(4, abs=0.1)
    assert traj.at(traj.times) == pytest.approx(traj.points, abs=1e-15)
    assert traj["y"].shape == traj[1].shape == (41,) and np.array_equal(np.asarray(traj), traj.points)
    for again in (pickle.loads(pickle.dumps(traj)), copy.deepcopy(traj)):
        assert again == traj and hash(again) == hash(traj)
    with pytest.raises(FieldError, match="between 0 and 2"):
        traj.at(2.5)
    with pytest.raises(UnknownNameError, match="variable"):
        traj["z"]
    back = integrate("gauss5", "x' = y; y' = -x", [1.0, 0.0], -0.1, 10, dense=True)
    assert back.at(-0.55) == pytest.approx(exact(-0.55), abs=1e-5)
    many = integrate("rk4", "x' = -x + sin(t)", np.ones((4, 1)), 0.1, 10, dense=True)
    assert many.variables == ("x",) and many.at([[0.1, 0.2]]).shape == (1, 2, 4, 1)


# -- what goes wrong ------------------------------------------------------------------------
def test_stages_that_do_not_exist_are_named_with_step_and_residual():
    with pytest.raises(ConvergenceError, match=r"did not converge in step 2 of 10 \(t = 0\.2\) at point 1: residual"):
        integrate("implicit_euler", "x' = x^2", [[-1.0], [1.0]], 0.2, 10)


def test_a_blow_up_is_told_and_the_rest_is_there():
    with pytest.warns(UserWarning, match="leave the range of floats before step 8 for some initial values"):
        path = integrate("rk4", "x' = x^2", [[-1.0], [1.0]], 0.2, 30)
    assert np.isfinite(path[:, 0]).all() and not np.isfinite(path[-1, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        integrate("rk4", "x' = -x^2", [[1.0]], 0.2, 30)


@rows(
    "change, message",
    [
        ({"h": 0}, "other than 0"),
        ({"h": "h"}, "h"),
        ({"h": [0.1]}, "h"),
        ({"steps": -1}, "steps must be an integer"),
        ({"steps": 1.5}, "steps must be an integer"),
        ({"steps": 10**7, "x0": np.zeros((1000, 2))}, "numbers; give save_every"),
        ({"method": imde.ButcherTableau([[0, 0], [sympy.Symbol("a"), 0]], [0, 1])}, "needs a number for a"),
        ({"method": "rk444"}, "unknown method"),
        ({"field": "pendulumm"}, "nearest: pendulum"),
        ({"target": "nump"}, "nearest: numpy"),
        ({"method": "strang", "field": FORMULA}, "say which with `parts`"),
    ],
)
def test_wrong_arguments_are_told_apart(change, message):
    given = {"method": "rk4", "field": "pendulum", "x0": [0, 1], "h": 0.1, "steps": 3} | change
    with pytest.raises(ImdeError, match=message):
        integrate(**given)


def test_an_unknown_name_in_a_short_list_is_answered_by_the_list():
    found = integrate("rk4", "pendulum", [0.3, 0.1], 0.1, 3, dense=True)
    with pytest.raises(UnknownNameError, match=r"unknown variable .x.; accepted: p, q$"):
        found["x"]
    pytest.importorskip("matplotlib")
    with pytest.raises(UnknownNameError, match=r"accepted: components, portrait$"):
        found.plot(kind="zzz")


@rows("steps", [0, 1, 3, 20, 21, 100])
def test_a_trajectory_of_any_length_is_a_table(steps):
    found = integrate("rk4", "x'' = -0.37*x", [1.0, 0.0], 0.1, steps, dense=True)
    rows = found.table().rows
    assert len(rows) == min(steps + 1, 21) and (rows[0]["t"], rows[-1]["t"]) == (0, pytest.approx(0.1 * steps))
    assert len(found.table(50).rows) == min(steps + 1, 50)


# -- families whose steps are not stages of numbers -------------------------------------------
@pytest.mark.parametrize(
    "name",
    [
        "etdrk4",
        "lawson2",
        "hochbruck_ostermann3",
        "exprb43",
        "mri_gark_erk33",
        "mri_gark_esdirk34a",
        "mis4a",
        "wicker_skamarock2",
    ],
)
def test_float_steps_of_exponential_and_multirate_methods_are_their_exact_steps(name):
    m = methods[name]
    f = imde.VectorField("x' = -6.5*x + 0.37*y*z; y' = -y - 3.77*z + x^2; z' = y*x - 2.5*z")
    parts = [["x", "z"], ["y"]] if m.family == "multirate" else None
    field = FloatField.of(as_graded(f, split_field(f, m, parts)), Fraction(0))
    x = np.array([(0.6, 0.4, -0.3), (0.1, 0.2, 0.3)]).T.copy()
    for size in (0.02, -0.01):
        assert float_step(m, field).move(x, size) == pytest.approx(ExactStep(m, field).move(x, size), rel=1e-13, abs=1e-14)


def test_phi_functions_of_matrices_are_those_of_their_eigenvalues():
    phi = lambda k, z: mpmath.quad(lambda t: mpmath.exp((1 - t) * z) * t ** (k - 1) / mpmath.factorial(k - 1), [0, 1])  # noqa: E731
    values, T = np.array([-377.0, -0.37, 0.0, 2.5]), np.array([[1, 2, 0, 1], [0, 1, 3, 0], [1, 0, 1, 1], [0, 0, 1, 1.0]])
    Z = np.stack([T @ np.diag(values) @ np.linalg.inv(T), np.diag(values[::-1])])
    for k, found in enumerate(phi_functions(Z, 4)):
        exact = np.array([float(phi(k, v) if k else mpmath.exp(v)) for v in values])
        assert found[0] == pytest.approx(T @ np.diag(exact) @ np.linalg.inv(T), rel=1e-11, abs=1e-11)
        assert found[1] == pytest.approx(np.diag(exact[::-1]), rel=1e-12, abs=1e-14)


def test_an_implicit_exponential_method_solves_for_its_stages():
    m = imde.Exponential(a=[["phi1(z/2)/2"]], b=["phi1(z)"], c=["1/2"])
    end = integrate("gauss5", "x' = -x + x^2/4", [0.7], 0.01, 100)[-1]
    errors = [abs(integrate(m, "x' = -x + x^2/4", [0.7], 1 / n, n)[-1] - end)[0] for n in (8, 16, 32)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.1) == np.log2(errors[1] / errors[2])


def test_exponential_methods_run_on_functions_whose_first_part_is_linear():
    linear, other = (lambda x: np.stack([-65 * x[..., 0], x[..., 0] - x[..., 1]], -1)), (lambda x: 0.37 * np.sin(x[..., ::-1]))
    x0 = np.array([[1.0, 2.0], [0.5, -1.0], [0.0, 0.3]])
    f = imde.VectorField("x' = -65*x + 0.37*sin(y); y' = x - y + 0.37*sin(x)")
    expected = integrate("etdrk4", f, x0, 0.1, 10, parts=[{"x": "-65*x", "y": "x - y"}, {"x": "0.37*sin(y)", "y": "0.37*sin(x)"}])
    found = integrate("etdrk4", lambda x: linear(x) + other(x), x0, 0.1, 10, parts=[linear, other])
    assert found == pytest.approx(expected, rel=1e-12)
    with pytest.raises(MethodError, match="part 0 of the field is to be linear"):
        integrate("etdrk4", lambda x: linear(x) + other(x), x0, 0.1, 10, parts=[other, linear])


@pytest.mark.parametrize(
    "name", slow(["sbdf2", "sbdf3", "cnlf2", "jackiewicz_tracogna4", "dimsim2"], "sbdf3", "cnlf2", "jackiewicz_tracogna4")
)
def test_methods_of_several_values_start_at_steps_that_people_take(name):
    """h = 1/10 for a pendulum of frequency sqrt(10): the starting values are smooth ones, so errors fall with their order."""
    end = integrate("gauss5", "pendulum", [0.0, 1.0], 0.01, 100)[-1]
    errors = [np.abs(integrate(name, "pendulum", [0.0, 1.0], 1 / n, n)[-1] - end).max() for n in (10, 20, 40, 80)]
    assert errors[0] < 1 and errors[3] < 0.02
    assert np.log2(errors[2] / errors[3]) == pytest.approx(methods[name].order, abs=0.4)


def test_rounding_of_the_starting_values_does_not_grow_as_steps_get_smaller():
    """The method's abscissae are 5 and 7: few steps tell its starting values only to 1e-10, which small parts of h multiply."""
    end = integrate("gauss5", "pendulum", [0.0, 1.0], 0.01, 5)[-1]
    errors = [np.abs(integrate("jackiewicz_tracogna4", "pendulum", [0.0, 1.0], 0.05 / n, n)[-1] - end).max() for n in (32, 64)]
    assert errors[1] < 1e-9 and np.log2(errors[0] / errors[1]) > 3


def test_the_starting_values_of_a_multistep_method_are_on_its_smooth_run():
    """SBDF2 hands on y_n and y_{n+1}; on x' = -x, the explicit part alone, 3 y_2 - 4 y_1 + y_0 = 2h (2 f_1 - f_0)."""
    errors = []
    for h in (0.05, 0.025):
        found = integrate("sbdf2", "x' = -x", [1.0], h, 3, parts=["x' = -x", {}])[:, 0]
        root = max(np.roots([3, -4 + 4 * h, 1 - 2 * h]), key=abs)
        errors.append(np.abs(found - root ** np.arange(4)).max())
    assert errors[0] < 1e-6 and np.log2(errors[0] / errors[1]) > 3.3


def test_parts_are_equations_in_text_or_mappings_and_constants_are_declared_by_their_values():
    f, x0 = "x' = -x + y^2; y' = -x", [1.0, 2.0]
    fields = [imde.VectorField("x' = -x; y' = -x"), imde.VectorField("x' = y^2; y' = 0")]
    expected = integrate("ars343", f, x0, 0.1, 5, parts=fields)
    for parts in (["x' = -x; y' = -x", "x' = y^2"], [{"x": "-x", "y": "-x"}, {"x": "y^2"}], [fields[0], "x' = y^2"]):
        assert np.array_equal(integrate("ars343", f, x0, 0.1, 5, parts=parts), expected)
        assert imde.modified_equation(f, "ars343", 4, parts=parts) == imde.modified_equation(f, "ars343", 4, parts=fields)
    with_numbers = integrate("strang", "x' = -0.37*x + y; y' = -x", x0, 0.1, 5, parts=["x' = -0.37*x", "x' = y; y' = -x"])
    named = integrate(
        "strang", "x' = -a*x + y; y' = -x", x0, 0.1, 5, parts=["x' = -a*x", "x' = y; y' = -x"], parameters={"a": 0.37}
    )
    assert np.array_equal(named, with_numbers)
    for parts in (["x' = -x; u' = 1", "x' = y^2"], [{"u": 1}, {"x": "y^2"}], ["x' = -b*x", "x' = y^2"]):
        with pytest.raises(UnknownNameError, match="accepted: x, y"):
            integrate("ars343", f, x0, 0.1, 5, parts=parts)
    with pytest.raises(FieldError, match="is not a parameter of this system"):
        integrate("rk4", "x' = -mu*x", [1.0], 0.1, 1, parameters={"mu": 377, "nu": 2})


def test_a_trajectory_is_a_frame():
    pytest.importorskip("pandas")
    run = integrate("rk4", "lorenz", None, 0.01, 4, dense=True)
    frame = run.to_frame()
    assert list(frame.columns) == ["x", "y", "z"] and np.array_equal(frame.to_numpy(), run.points)
    assert np.array_equal(frame.index, run.times)
    many = integrate("rk4", "lorenz", [[1, 1, 1], [2, 2, 2]], 0.01, 4, dense=True)
    frame = many.to_frame()
    assert frame.index.names == ["t", "point"] and np.array_equal(frame.xs(1, level="point").to_numpy(), many.points[:, 1])


@pytest.mark.parametrize("steps", [0, 1, 3, 30])
def test_trajectories_of_any_length_are_shown(steps):
    run = integrate("rk4", "pendulum", None, 0.1, steps, dense=True)
    shown = min(steps + 1, 21)
    assert len(run.table().rows) == shown and "<table" in run._repr_html_() and imde.write_document(run, "markdown")
    assert len(run.table(2).rows) == min(steps + 1, 2)
