"""Modified fields hold on trajectories; the reference flow and the steps are right by themselves."""

import json

import mpmath
import numpy as np
import pytest

import imde_sym as imde
from imde_sym.base.errors import ConvergenceError, ImdeError
from imde_sym.verify import MethodField, ReferenceFlow, stepper
from tests.rows import in_turn, rows

CASES = [
    ("pendulum", "explicit_midpoint", 4, [2, 2, 3, 4]),
    ("damped_cubic_oscillator", "explicit_euler", 4, [1, 2, 3, 4]),
    ("lorenz", "rk4", 6, [4, 4, 4, 4, 5, 6]),
    ("van_der_pol", "gauss2", 5, [4, 4, 4, 4, 6]),
    ("nonlinear_oscillator", "implicit_euler", 4, [1, 2, 3, 4]),
    ("rigid_body", "heun2", 4, [2, 2, 3, 4]),
]
LONG = [("lorenz", "explicit_midpoint", 6, [2, 2, 3, 4, 5, 6]), ("kepler", "implicit_midpoint", 5, [2, 2, 4, 4, 6])]
DIRECTIONS = ["inverse", "forward"]
WHERE = [*in_turn(CASES, DIRECTIONS), *(pytest.param(case, d, marks=pytest.mark.slow) for case in LONG for d in DIRECTIONS)]


@pytest.mark.parametrize("case, direction", WHERE)
def test_every_truncation_has_its_order(case, direction):
    system, method, order, expected = case
    equation = imde.inverse_modified_equation if direction == "inverse" else imde.modified_equation
    report = imde.check(equation(imde.systems[system], imde.methods[method], order))
    assert report.passed
    assert report.observed == pytest.approx(expected, abs=0.1)


def test_a_wrong_field_fails_the_check():
    F = imde.inverse_modified_equation(imde.systems["pendulum"], imde.methods["explicit_midpoint"], 4)
    right = imde.check(F)
    parts = [*F.parts[:2], F.parts[3], F.parts[3]]  # h² term replaced by another
    wrong = imde.check(imde.ModifiedField(F.field, F.method, F.order, F.direction, F.ring, [parts]))
    assert right.passed and not wrong.passed and "DISAGREEMENT" in wrong.table()


def test_reference_flow_of_the_harmonic_oscillator_is_a_rotation():
    F = imde.modified_equation(imde.systems["harmonic_oscillator"], imde.methods["rk4"], 1)
    with mpmath.workdps(40):
        p, q = ReferenceFlow(F)([mpmath.mpf(0), mpmath.mpf(1)], 3)
        assert abs(p + mpmath.sin(3)) < mpmath.mpf(10) ** -36
        assert abs(q - mpmath.cos(3)) < mpmath.mpf(10) ** -36


def test_reference_flow_keeps_the_energy_of_kepler_and_runs_backwards():
    F = imde.modified_equation(imde.systems["kepler"], imde.methods["rk4"], 1)
    with mpmath.workdps(30):
        start = [mpmath.mpf(4) / 5, mpmath.mpf(0), mpmath.mpf(0), mpmath.mpf(6) / 5]
        flow = ReferenceFlow(F)
        end = flow(start, 2)

        def energy(x):
            return (x[2] ** 2 + x[3] ** 2) / 2 - 1 / mpmath.sqrt(x[0] ** 2 + x[1] ** 2)

        assert abs(energy(end) - energy(start)) < mpmath.mpf(10) ** -25
        back = flow(end, -2)
        assert max(abs(a - b) for a, b in zip(back, start)) < mpmath.mpf(10) ** -25


def test_reference_flow_reports_a_singularity():
    f = imde.VectorField.parse("y' = y**2")
    F = imde.modified_equation(f, imde.methods["rk4"], 1)
    with mpmath.workdps(8), pytest.raises(ConvergenceError):
        ReferenceFlow(F)([mpmath.mpf(1)], 2)


def test_implicit_steps_solve_their_equations_to_the_working_precision():
    f = imde.VectorField.parse("y' = -3*y")
    F = imde.modified_equation(f, imde.methods["implicit_euler"], 1)
    with mpmath.workdps(50):
        (y,) = stepper(F.method, MethodField(F))([mpmath.mpf(1)], mpmath.mpf(1) / 4, mpmath.mpf(1) / 4)
        assert abs(y - mpmath.mpf(4) / 7) < mpmath.mpf(10) ** -45


def test_newton_says_when_it_fails():
    f = imde.VectorField.parse("y' = 1 + y**2")
    F = imde.modified_equation(f, imde.methods["implicit_euler"], 1)
    with mpmath.workdps(20), pytest.raises(ConvergenceError, match="smaller steps"):
        stepper(F.method, MethodField(F))([mpmath.mpf(10)], mpmath.mpf(100), mpmath.mpf(100))


def test_report_is_data_a_table_and_a_picture():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    F = imde.inverse_modified_equation(imde.systems["pendulum"], imde.methods["explicit_euler"], 2)
    report = imde.check(F, x0=[0, 1], steps=[0.01, 0.005, 0.0025])
    assert json.loads(json.dumps(report.to_dict()))["passed"]
    assert "observed" in report.table()
    assert len(report.plot().lines) == 2
    assert repr(report) == f"<check of {report.title}: passed>"
    assert ">order 2</th>" in report._repr_html_() and r"\cdot 10^{" in report._repr_html_()


@rows("arguments", [{"x0": [1]}, {"steps": [0.1]}, {"steps": [0.1, -0.1]}, {"x0": ["a", 1]}])
def test_bad_arguments_are_refused(arguments):
    F = imde.inverse_modified_equation(imde.systems["pendulum"], imde.methods["rk4"], 2)
    with pytest.raises(ImdeError):
        imde.check(F, **arguments)


def test_a_free_parameter_is_named():
    f = imde.VectorField.parse("y' = a*y", parameters=["a"])
    with pytest.raises(ImdeError, match="parameter a"):
        imde.check(imde.inverse_modified_equation(f, imde.methods["rk4"], 2), x0=[1])


def test_slopes_over_all_steps_lie_near_the_observed_orders():
    report = imde.check(imde.inverse_modified_equation("pendulum", "heun2", 3))
    for observed, (slope, width) in zip(report.observed, report.regression, strict=True):
        assert abs(slope - observed) < 0.2 and 0 <= width < 0.5


def test_many_initial_values_are_checked_at_once_and_the_worst_is_told():
    F = imde.inverse_modified_equation("pendulum", "explicit_midpoint", 3)
    points, steps = [[0.37, -0.65], [-1.2, 0.1], {"p": 0, "q": 2}], ["1/128", "1/256", "1/512"]
    found = imde.check(F, x0=points, steps=steps)
    alone = [imde.check(F, x0=x, steps=steps).errors for x in points]
    assert found.passed and "the largest errors of 3 points" in found.title
    assert found.errors == tuple(tuple(map(max, *rows)) for rows in zip(*alone, strict=True))
    assert imde.check(F, x0=np.array(points[:2]), steps=steps).passed


def test_many_initial_values_have_the_smallest_of_their_own_steps():
    F = imde.modified_equation("x' = x^2", "heun2", 3)
    steps = [imde.check(F, x0=[x]).steps for x in (0.3, 37)]
    assert imde.check(F, x0=[[0.3], [37]]).steps == min(steps)


@pytest.mark.parametrize("x0", [[[0.1, 0.2], [0.1]], [], [[0.1, 0.2], 0.3], np.zeros((2, 2, 2)), [["a", "b"]]])
def test_initial_values_that_do_not_fit_are_refused(x0):
    with pytest.raises(imde.ImdeError, match=r"x0|number|symbol"):
        imde.check(imde.inverse_modified_equation("pendulum", "explicit_midpoint", 2), x0=x0)


def test_a_point_where_the_leading_error_vanishes_is_no_disagreement():
    field = imde.VectorField("x' = -0.37*x + 0.65*x^2")
    for derive in (imde.inverse_modified_equation, imde.modified_equation):
        report = imde.check(derive(field, "radau_iia_2", 4), x0=["0.3"])  # the error in h^3 is nearly 0 there
        assert report.passed and "3 points" in report.title and report.expected[0] == 3, report
        assert "points" not in imde.check(derive(field, "radau_iia_2", 4), x0=["0.7"]).title
