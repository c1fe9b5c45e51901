"""Every kind of picture: names on its axes, no pyplot, the Axes that are given, and what is drawn where it can be told."""

import pickle
import sys

import numpy as np
import pytest

import imde_sym as imde
from imde_sym.base.errors import FieldError, ImdeError, MethodError, UnknownNameError
from imde_sym.plots import animate_flow, plot_convergence, plot_work_precision
from imde_sym.plots.canvas import PALETTE, typeset

matplotlib = pytest.importorskip("matplotlib")
from matplotlib.figure import Figure  # noqa: E402

PENDULUM = imde.systems["pendulum"]
F = imde.inverse_modified_equation("pendulum", "explicit_euler", 4)
SCALAR = imde.inverse_modified_equation("logistic", "explicit_euler", 3)
HENON = imde.inverse_modified_equation("henon_heiles", "symplectic_euler", 2)
TRAJECTORY = imde.integrate("rk4", "pendulum", [[0.3, 1.0], [0.1, -0.2]], 0.05, 20, dense=True)
VERLET = imde.structure_report("pendulum", "stoermer_verlet", 3, direction="forward")
FAST = {"steps": (4, 8), "time": 0.5}
PICTURES = {
    "field": (lambda **k: PENDULUM.plot(**k), "q", "p"),
    "field with paths": (lambda **k: PENDULUM.plot(paths=[[0.0, 1.0]], **k), "q", "p"),
    "field of three": (lambda **k: imde.systems["lorenz"].plot(components=("x", "z"), **k), "x", "z"),
    "scalar field": (lambda **k: imde.systems["logistic"].plot(**k), "y", "y'"),
    "difference": (lambda **k: F.plot(h=0.1, **k), "q", "p"),
    "scalar difference": (lambda **k: SCALAR.plot(h=0.1, **k), "y", "($f_h$ - f) in y'"),
    "terms": (lambda **k: F.plot(kind="terms", **k), "step size h", "|$h^k$ $f_k$|"),
    "flows": (lambda **k: F.plot(kind="flows", h=0.05, **k), "q", "p"),
    "scalar flows": (lambda **k: SCALAR.plot(kind="flows", **k), "t", "y"),
    "energy": (lambda **k: F.plot(kind="energy", h=0.05, time=1, **k), "t", "change of energy"),
    "invariant": (lambda **k: F.plot(kind="invariant", invariant="p**2", time=1, **k), "t", "change of p**2"),
    "poincare": (lambda **k: HENON.plot(kind="poincare", time=60, h=0.1, **k), "q2", "p2"),
    "stability": (lambda **k: imde.methods["rk4"].plot(**k), "Re z,  z = hλ", "Im z"),
    "stability of a multistep method": (lambda **k: imde.methods["bdf3"].plot(**k), "Re z,  z = hλ", "Im z"),
    "order star": (lambda **k: imde.methods["rk4"].plot(kind="order star", **k), "Re z,  z = hλ", "Im z"),
    "tableau": (lambda **k: imde.methods["gauss3"].plot(kind="tableau", **k), "j", "row i of A, then b"),
    "errors": (lambda **k: imde.methods["rk4"].plot(kind="errors", **k), "", "(Φ(t) - 1/γ(t)) / σ(t)"),
    "errors of a splitting": (lambda **k: imde.methods["strang"].plot(**k), "", "(Φ(t) - 1/γ(t)) / σ(t)"),
    "work": (
        lambda **k: imde.compare(["euler", "rk4"], "pendulum").plot(**FAST, **k),
        "evaluations of the field",
        "max-norm error",
    ),
    "convergence": (lambda **k: plot_convergence(["heun2", "bdf2"], "pendulum", **FAST, **k), "step size h", "max-norm error"),
    "check": (lambda **k: imde.check(F.truncate(2)).plot(**k), "step size h", "max-norm error at the end"),
    "predict": (lambda **k: imde.predict("pendulum", "euler", [0.01, 0.02]).plot(**k), "step size h", "|$f_h$ - f|"),
    "audit": (lambda **k: imde.audit("y**2 + 2*h*y**3", "y' = y**2", "euler").plot(**k), "power of h", "wrong terms"),
    "conservation": (lambda **k: imde.conserved("energy", F).plot(time=1, **k), "t", "|change since t = 0|"),
    "modified Hamiltonian": (lambda **k: VERLET.hamiltonian.plot(time=1, **k), "t", "|change since t = 0|"),
    "structure": (lambda **k: VERLET.plot(time=1, h=0.05, **k), "t", "|change since t = 0|"),
    "tree": (lambda **k: imde.RootedTree("[[],[[]]]").plot(**k), "", ""),
    "series": (lambda **k: imde.exact_series(4).plot(**k), "", ""),
    "portrait of a trajectory": (lambda **k: TRAJECTORY.plot(kind="portrait", **k), "p", "q"),
}


def given_axes():
    return Figure().add_subplot()


LONG = {"field with paths", "field of three", "stability of a multistep method", "errors of a splitting", "scalar flows", "work"}
"""Like others, and slower."""


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in PICTURES])
def test_a_picture_names_its_axes_and_draws_where_it_is_told(name):
    draw, x, y = PICTURES[name]
    before = sys.modules.get("matplotlib.pyplot")
    own, ax = draw(), given_axes()
    assert draw(ax=ax) is ax
    for found in (own, ax):
        assert (found.get_xlabel(), found.get_ylabel()) == (x, y)
        assert found.has_data()
    assert own._repr_png_().startswith(b"\x89PNG")  # all text is typeset
    assert before is None or not before.get_fignums()


@pytest.mark.slow
def test_pictures_of_several_axes_are_arrays_that_show_themselves():
    for grid, count in (
        (PENDULUM.plot(kind="components", time=1), 2),
        (TRAJECTORY.plot(), 2),
        (imde.methods["ars222"].plot(kind="tableau"), 2),
    ):
        assert grid.shape == (count,) and grid._repr_png_().startswith(b"\x89PNG")
    assert PENDULUM.plot(kind="components", time=1)[-1].get_xlabel() == "t"
    mine = [given_axes(), given_axes()]
    assert list(TRAJECTORY.plot(mine)) == mine
    assert list(imde.systems["logistic"].plot(mine[0], kind="components")) == mine[:1]
    with pytest.raises(ImdeError, match="2 matplotlib Axes in a list"):
        TRAJECTORY.plot(mine[0])


def test_kinds_and_names_are_told_with_the_nearest():
    for draw, nearest in (
        (lambda: PENDULUM.plot(kind="potrait"), "nearest: portrait"),
        (lambda: F.plot(kind="differences"), "nearest: difference"),
        (lambda: imde.methods["rk4"].plot(kind="stabillity"), "nearest: stability"),
        (lambda: imde.compare(["euler"]).plot(kind="work"), "work_precision"),
        (lambda: PENDULUM.plot(components=("q", "pp")), "nearest: p"),
        (lambda: F.plot(kind="invariant", invariant="enery"), "nearest: energy"),
        (lambda: TRAJECTORY.plot(components=["q1"]), "nearest: q"),
    ):
        with pytest.raises(UnknownNameError, match=nearest):
            draw()
    for draw, message in (
        (lambda: PENDULUM.plot(377), "ax must be matplotlib Axes or None"),
        (lambda: PENDULUM.plot("portrait"), "given as kind='portrait'"),
        (lambda: PENDULUM.plot(kind=3), "kind must be text"),
        (lambda: PENDULUM.plot(domain=[[1, 0], [0, 1]]), "domain"),
        (lambda: PENDULUM.plot(paths=[[1, 2, 3]]), r"initial values \(n, 2\)"),
        (lambda: PENDULUM.plot(colour="red"), "colour"),
        (lambda: F.plot(h="fast"), "h is the step size"),
        (lambda: F.plot(kind="flows", time="long"), "time is how long"),
        (lambda: F.plot(kind="poincare"), "three variables or more"),
        (lambda: imde.inverse_modified_equation("van_der_pol", "euler", 2).plot(kind="energy"), "no energy is known"),
        (lambda: imde.compare(["euler"]).plot(), r"compare\(methods, field\)\.plot"),
        (lambda: imde.methods["strang"].plot(kind="tableau"), "no tableau"),
        (lambda: imde.methods["strang"].plot(kind="stability"), "no stability function"),
        (lambda: imde.VectorField("x' = a*x", parameters="a").plot(), "parameter a has no value"),
        (lambda: plot_work_precision([], "pendulum"), "at least one method"),
        (lambda: plot_work_precision(["rk4"], "pendulum", steps=[0, 4]), "numbers of steps"),
    ):
        with pytest.raises(ImdeError, match=message):
            draw()


def test_what_is_conserved_stays_and_what_changes_changes_at_the_power_that_is_told():
    found = imde.structure_report("pendulum", "stoermer_verlet", 4, direction="forward")
    swings = [[line.get_ydata().max() for line in found.plot(h=h, time=2).lines] for h in (0.04, 0.02)]
    orders = np.log2(np.divide(*swings))
    assert orders == pytest.approx([2, 4], abs=0.1)
    assert [line.get_label() for line in found.plot().lines] == ["energy: changes at $h^2$", "H_h, order 4"]
    ax = imde.modified_invariant("harmonic_oscillator", "explicit midpoint", 4, "energy", direction="forward").plot(h=0.1)
    assert ax.lines[0].get_ydata()[-1] == max(ax.lines[0].get_ydata())  # it drifts
    kept = imde.conserved("energy", imde.inverse_modified_equation("harmonic_oscillator", "implicit_midpoint", 3)).plot()
    assert kept.lines[0].get_ydata().max() < 1e-12
    spring = imde.VectorField("x' = v; v' = -k*x", parameters="k")
    spring = imde.conserved("v**2 + k*x**2", (spring, "euler", 2))
    spring.plot(parameters={"k": 0.37}, x0=[1, 0], h=0.1, time=1)
    with pytest.raises(FieldError, match="parameter k has no value"):
        spring.plot()
    with pytest.raises(FieldError, match="nothing is known to be conserved"):
        imde.structure_report("van_der_pol", "euler", 2).plot()


def test_free_parameters_get_numbers_for_a_picture():
    f = imde.VectorField("x' = a*x - x^3", parameters="a")
    f.plot(parameters={"a": 0.37})
    imde.inverse_modified_equation(f, "euler", 3).plot(parameters={"a": 0.37}, h=0.1)


def test_the_terms_of_an_equation_have_the_slopes_of_their_powers():
    ax = F.plot(kind="terms")
    slopes = [np.diff(np.log(line.get_ydata()))[0] / np.diff(np.log(line.get_xdata()))[0] for line in ax.lines]
    assert slopes == pytest.approx([0, 1, 2, 3], abs=1e-9)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["f", "h $f_1$", "$h^2$ $f_2$", "$h^3$ $f_3$"]


def test_the_size_of_a_difference_is_that_of_the_correction():
    ax = F.plot(h=0.1)
    mesh = ax.collections[0]
    corner = np.array([PENDULUM.info["domain"][0][0], PENDULUM.info["domain"][1][0]], float)  # p, q
    expected = np.linalg.norm(F.lambdify(part="correction", h=0.1)(corner))
    assert mesh.get_array().reshape(60, 60)[0, 0] == pytest.approx(expected)


def test_flows_are_the_true_one_the_numerical_one_and_that_of_the_equation():
    ax = F.plot(kind="flows", h=0.05, time=1)
    true, numerical, learned = (line.get_xydata()[-1] for line in ax.lines[:3])
    steps = imde.integrate("explicit_euler", "pendulum", None, 0.05, 20)[-1]
    assert numerical == pytest.approx(steps[::-1])
    assert true == pytest.approx(imde.integrate("gauss5", "pendulum", None, 0.01, 100)[-1][::-1], rel=1e-6)
    assert learned == pytest.approx(imde.integrate("gauss5", F.as_field(0.05), [0, 1], 0.01, 100)[-1][::-1], rel=1e-6)


def test_points_of_a_section_lie_on_it_and_on_the_flow():
    oscillator = imde.VectorField("x' = y; y' = -x; z' = -z/10", x0=[1, 0, 1], domain=[[-2, 2]] * 3)
    ax = imde.inverse_modified_equation(oscillator, "rk4", 2).plot(kind="poincare", section="x", h=0.1, time=20)
    y, z = ax.lines[0].get_data()
    times = 1.5 * np.pi + 2 * np.pi * np.arange(3)
    assert y == pytest.approx(np.ones(3), abs=1e-4) and z == pytest.approx(np.exp(-times / 10), rel=1e-4)


def test_bars_are_the_error_coefficients():
    ax = imde.methods["explicit_midpoint"].plot(kind="errors")
    assert [bar.get_height() for bar in ax.patches] == pytest.approx([-1 / 24, -1 / 6])


def test_the_region_of_a_multistep_method_ends_on_its_root_locus():
    ax = imde.methods["adams_bashforth_2"].plot()
    boundary = np.concatenate([path.vertices for path in ax.collections[-1].get_paths()])
    left = boundary[np.abs(boundary[:, 1]) < 0.02][:, 0].min()
    assert left == pytest.approx(-1, abs=0.02)  # HW V.1


def test_convergence_shows_the_orders():
    ax = plot_convergence(["explicit_euler", "rk4", "stoermer_verlet"], "pendulum", time=1, steps=(64, 128))
    lines = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_marker() != "None"]
    slopes = [-np.diff(np.log2(line.get_ydata()))[0] for line in lines]
    assert slopes == pytest.approx([1, 4, 2], abs=0.2)
    assert [line.get_color() for line in lines] == list(PALETTE[:3])


def test_several_panels_have_a_figure_as_one_has():
    panels = imde.methods["stormer_verlet"].plot(kind="tableau")
    assert panels.figure is panels.flat[0].figure and isinstance(panels.figure, Figure)


def test_figures_pickle():
    ax = pickle.loads(pickle.dumps(imde.exact_series(3).plot().figure)).axes[0]
    assert len(ax.texts) == 4 and ax._repr_png_().startswith(b"\x89PNG")


def test_the_error_of_a_nystrom_method_is_that_of_the_trees_that_occur():
    # q'' = g(q) at order 3: q-trees v(q...) and v-trees with two q-branches or one chain
    ax = imde.methods["nystrom_verlet"].plot()
    assert len(ax.patches) == 3


def test_where_solutions_start_has_to_be_known():
    f = imde.VectorField("x' = y; y' = -x")
    f.plot()
    for draw in (lambda: f.plot(kind="components"), lambda: imde.inverse_modified_equation(f, "rk4", 5).plot(kind="flows")):
        with pytest.raises(FieldError, match="give x0"):
            draw()


def test_names_are_no_formulas_but_f_h_is():
    assert typeset("f_h - f of a$b in f_hx, h^2 f_2") == r"$f_h$ - f of a\$b in f_hx, $h^2$ $f_2$"


@pytest.mark.slow  # frames
@pytest.mark.parametrize("ending", ["gif", "html"])
def test_an_animation_is_written(tmp_path, ending):
    path = animate_flow(TRAJECTORY, tmp_path / f"flow.{ending}", frames=4)
    data = path.read_bytes()
    assert data.startswith(b"GIF89a") if ending == "gif" else b"<script" in data
    with pytest.raises(FieldError, match=r"\.gif or an \.html"):
        animate_flow(TRAJECTORY, tmp_path / "flow.mp5")
    with pytest.raises((UnknownNameError, MethodError)):
        animate_flow(TRAJECTORY, tmp_path / "flow.gif", components=("q", "r"))
