"""What a perfect training run returns: norms of f_h - f, warnings, substeps for a target."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym import ImdeError, VectorField, methods, predict, systems
from imde_sym.base.spread import spread_points
from imde_sym.cli import main
from imde_sym.fields.domain import box_of
from imde_sym.method import LinearMultistep, PartitionedTableau
from imde_sym.prediction.terms import SampledTerms
from tests.rows import in_turn, rows

STEPS = ["0.02", "0.04", "0.08", "0.16"]
PENDULUM = systems["pendulum"]


def test_the_table_of_the_seed_papers_pendulum():
    # docs/theory.md, section 7, mean over [-3.8,3.8] x [-1.2,1.2] of the max-norm; the figures for the midpoint rule are those of the
    # expansion up to h³, as the next test shows
    euler = predict(PENDULUM, methods["explicit_euler"], STEPS)
    midpoint = predict(PENDULUM, methods["explicit_midpoint"], STEPS, order=4)
    assert [r.mean for r in euler.rows] == pytest.approx([0.1546, 0.3091, 0.6186, 1.2411], rel=0.01)
    assert [r.mean for r in midpoint.rows] == pytest.approx([0.00297, 0.01189, 0.04806, 0.2004], rel=0.01)


def test_the_default_order_reaches_the_field_that_the_method_turns_into_the_flow():
    # independent of any series: one step of the method with f + (f_h - f) must land on the exact flow
    h, x = 0.08, np.array([[1.0, 0.5], [-3.0, 1.0], [2.0, -1.1]])
    F = imde.inverse_modified_equation(PENDULUM, methods["explicit_midpoint"], 13)
    misses = []
    for order in (4, 7, 13):
        g = F.truncate(order).lambdify()
        landed = x + h * g(x + h / 2 * g(x, h), h)
        misses.append(np.abs(landed - flow(x, h)).max() / h)
    assert misses[0] > 1e-3 > misses[1] > misses[2] and misses[2] < 1e-5
    rows = [predict(PENDULUM, methods["explicit_midpoint"], h, order=n).rows[0] for n in (4, 13)]
    default = predict(PENDULUM, methods["explicit_midpoint"], h).rows[0]
    assert default.mean == pytest.approx(rows[1].mean, rel=1e-3) and default.mean != pytest.approx(rows[0].mean, rel=0.02)


def flow(x, h, count=400):
    """The pendulum's flow by tiny steps of the classical method."""
    f = lambda y: np.stack([-10 * np.sin(y[..., 1]), y[..., 0]], -1)  # noqa: E731
    for _ in range(count):
        a = f(x)
        b = f(x + h / count / 2 * a)
        c = f(x + h / count / 2 * b)
        x = x + h / count * (a + 2 * b + 2 * c + f(x + h / count * c)) / 6
    return x


def test_eulers_field_is_the_difference_quotient_of_the_flow():
    result = predict(PENDULUM, methods["explicit_euler"], "0.32")
    x = spread_points(result.domain, result.samples)
    f = np.stack([-10 * np.sin(x[:, 1]), x[:, 0]], -1)
    error = np.abs((flow(x, 0.32) - x) / 0.32 - f).max(axis=-1)
    row = result.rows[0]
    assert (row.mean, row.sup) == pytest.approx((error.mean(), error.max()), rel=1e-3)
    assert row.truncation < 1e-2 * row.sup and row.warnings == () and result.radius == math.inf


def test_terms_that_grow_first_and_shrink_later_are_all_summed():
    # f_h of Euler on y' = -4y is (e^(-4h) - 1)/h y, whose terms grow up to the fourth power at h = 1
    row = predict(VectorField.parse("y' = -4*y"), methods["explicit_euler"], 1, domain=[(0, 1)]).rows[0]
    assert row.sup == pytest.approx(3 + math.exp(-4), rel=1e-2) and row.warnings == ()


def test_the_leading_term_and_the_order_are_those_of_the_equation():
    result = predict(PENDULUM, methods["rk4"], 0.01)
    h = sympy.Symbol("h")
    assert result.order == 4
    assert result.leading == h**4 * imde.inverse_modified_equation(PENDULUM, methods["rk4"], 5).term(4)
    ratio = predict(PENDULUM, methods["rk4"], 0.01).rows[0].sup / predict(PENDULUM, methods["rk4"], 0.005).rows[0].sup
    assert ratio == pytest.approx(16, rel=0.02)


def test_substeps_only_enter_through_h():
    a = predict(PENDULUM, methods["explicit_euler"], 0.12, [1, 3]).rows[1]
    b = predict(PENDULUM, methods["explicit_euler"], 0.04).rows[0]
    assert (a.S, a.mean, a.sup) == (3, pytest.approx(b.mean, rel=1e-6), pytest.approx(b.sup, rel=1e-6))


@pytest.mark.parametrize(
    "case, norm", in_turn([("explicit_euler", 0.05), ("explicit_midpoint", 1e-3), ("rk4", 1e-5)], ["sup", "mean"])
)
def test_the_needed_substeps_are_the_least(case, norm):
    method, target = case
    result = predict(PENDULUM, methods[method], 0.16, target=target, norm=norm)
    S = result.substeps(target, norm=norm)
    errors = [getattr(r, norm) for r in predict(PENDULUM, methods[method], 0.16, [S, max(S - 1, 1)]).rows]
    assert S > 1 and errors[0] <= target < errors[1]
    assert f"S = {S} for a {norm} error" in result.table() and result.to_dict()["target"]["S"] == {"0.16": S}


def test_beyond_the_radius_of_linear_theory_there_is_a_warning():
    # max|λ| = sqrt(10), so the explicit midpoint rule reaches h = ln 2/sqrt(10) = 0.2192
    inside, outside = predict(PENDULUM, methods["explicit_midpoint"], [0.1, 0.25]).rows
    assert inside.warnings == () and any("beyond the radius" in w for w in outside.warnings)
    assert outside.reach == pytest.approx(0.25 * math.sqrt(10) / math.log(2), rel=1e-3)
    assert predict(PENDULUM, methods["explicit_midpoint"], 0.1).largest_step == pytest.approx(0.2192, rel=1e-3)


def test_terms_that_grow_are_cut_off_and_reported():
    row = predict(systems["damped_cubic_oscillator"], methods["explicit_midpoint"], 0.04).rows[0]
    assert any("unreliable" in w for w in row.warnings) and row.truncation > 0.1 * row.sup
    # the estimate is the first term left out
    x = spread_points(box_of(systems["damped_cubic_oscillator"]), 4096)
    terms = SampledTerms(imde.inverse_modified_equation(systems["damped_cubic_oscillator"], methods["explicit_midpoint"], 8), x)
    assert row.truncation == pytest.approx(0.04**row.order * terms.sup[row.order])


def test_a_method_that_learns_exactly():
    f = VectorField.parse("x' = y; y' = 1")
    result = predict(f, methods["rk4"], 0.1, domain=[(0, 1), (0, 1)])
    assert result.order is None and result.rows[0].sup == 0 and "exactly" in result.table()
    assert result.leading == sympy.zeros(2, 1)


def test_partitioned_and_multistep_methods():
    split = PartitionedTableau([methods["explicit_euler"], methods["implicit_euler"]])
    result = predict(PENDULUM, split, 0.02)
    assert result.radius is None and result.order == 1 and "not known" in result.table()
    ab2 = LinearMultistep([0, -1, 1], ["-1/2", "3/2", 0], name="ab2")
    assert predict(PENDULUM, ab2, 0.02).order == 2


def test_a_prediction_is_data_and_the_same_every_time():
    a, b = (predict(PENDULUM, methods["explicit_midpoint"], STEPS, order=4, samples=500) for _ in range(2))
    assert a.rows == b.rows and a.samples == 500
    assert json.loads(a.to_json())["radius"] == pytest.approx(math.log(2))
    assert json.loads(predict(PENDULUM, methods["explicit_euler"], 0.1, order=4).to_json())["radius_is_infinite"]
    assert "Explicit midpoint rule learns of pendulum" in repr(a) and str(a) == a.table()
    box = predict(PENDULUM, methods["explicit_midpoint"], 0.1, domain={"q": (-1, 1), "p": ("-1/2", 2)}).domain
    assert box == ((-0.5, 2.0), (-1.0, 1.0))


def test_a_prediction_is_a_picture():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from imde_sym.plots import plot_prediction

    ax = plot_prediction(predict(PENDULUM, methods["explicit_midpoint"], STEPS))
    assert len(ax.lines) == 5 and ax.get_xscale() == "log" and "largest step" in ax.get_legend_handles_labels()[1][2]


def test_the_points_fill_the_box_evenly():
    for d in (1, 2, 5):
        points = spread_points([(-1.0, 3.0)] * d, 4096)
        assert points.min() >= -1 and points.max() <= 3
        assert np.abs(points.mean(axis=0) - 1).max() < 6e-3
        assert np.abs((points**2).mean(axis=0) - 7 / 3).max() < 2e-2


NO_DOMAIN = VectorField.parse("x' = x")
BAD = {
    "no domain": (lambda: predict(NO_DOMAIN, methods["rk4"], 0.1), "give the domain"),
    "domain of the wrong length": (lambda: predict(PENDULUM, methods["rk4"], 0.1, domain=[(0, 1)]), "each of p, q"),
    "domain without room": (lambda: predict(NO_DOMAIN, methods["rk4"], 0.1, domain=[(1, 1)]), "low < high"),
    "domain of unknown variables": (lambda: predict(PENDULUM, methods["rk4"], 0.1, domain={"P": (0, 1)}), "nearest: p"),
    "domain that is no list": (lambda: predict(NO_DOMAIN, methods["rk4"], 0.1, domain=3), "pair .low, high"),
    "text with too few names": (lambda: predict(PENDULUM, methods["rk4"], 0.1, domain="p: -1,1; 0,2"), "side of a box"),
    "negative T": (lambda: predict(PENDULUM, methods["rk4"], -1), "T must be a positive"),
    "S not an integer": (lambda: predict(PENDULUM, methods["rk4"], 1, 1.5), "S must be an integer"),
    "nothing": (lambda: predict(PENDULUM, methods["rk4"], []), "at least one"),
    "norm": (lambda: predict(PENDULUM, methods["rk4"], 0.1, norm="max"), "sup, mean"),
    "target": (lambda: predict(PENDULUM, methods["rk4"], 0.1, target=0), "positive"),
    "free parameter": (
        lambda: predict(PENDULUM.with_parameters(k=sympy.Symbol("k")), methods["rk4"], 0.1),
        "parameter k has no value",
    ),
    "pole in the domain": (
        lambda: predict(VectorField.parse("x' = log(x)"), methods["rk4"], 0.1, domain=[(-1, 1)]),
        "not finite",
    ),
    "not a field": (lambda: predict(3, methods["rk4"], 0.1), "3 is not a field"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_bad_arguments_are_refused(name):
    call, culprit = BAD[name]
    with pytest.raises(ImdeError, match=culprit):
        call()


def test_a_domain_is_pairs_a_mapping_or_text():
    given = [(-0.37, 1), (0, 2)], {"q": (0, 2), "p": (-0.37, 1)}, "q: 0,2; p: -0.37,1", "-0.37,1; 0,2"
    assert len({box_of(PENDULUM, domain) for domain in given}) == 1
    assert box_of(NO_DOMAIN, (-1, 0.37)) == box_of(NO_DOMAIN, "-1, 0.37") == ((-1.0, 0.37),)


# -- command line -----------------------------------------------------------------------------------
def test_predict_on_the_command_line(capsys):
    assert main(["predict", "--system", "pendulum", "--method", "explicit_euler", "--T", "0.02,0.04", "--target", "0.05"]) == 0
    out = capsys.readouterr().out
    assert "0.1557" in out and "S = 8 for a sup error of 0.05" in out
    command = ["predict", "--equations", "x' = -x", "--method", "rk4", "--T", "1/10", "--S", "1,2", "--domain", "-1,1"]
    assert main([*command, "--format", "json"]) == 0
    assert [r["S"] for r in json.loads(capsys.readouterr().out)["rows"]] == [1, 2]


def test_structure_on_the_command_line(capsys):
    command = ["structure", "--system", "pendulum", "--method", "explicit_euler", "--order", "3"]
    assert main([*command, "--invariant", "p**2", "--reversing", "p"]) == 0
    out = capsys.readouterr().out
    assert "first obstruction under Explicit Euler method is at h:" in out and "invariant p**2" in out
    assert main(["structure", "--system", "kepler", "--method", "gauss2", "--order", "5", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["invariants"]["angular_momentum"]["holds"]


@rows(
    "arguments, culprit",
    [
        (["predict", "--system", "pendulum", "--method", "rk4", "--T", "x"], "x"),
        (["predict", "--system", "pendulum", "--method", "rk4", "--T", "1", "--domain", "p 1,2"], "side of a box"),
        (["predict", "--equations", "x' = x", "--method", "rk4", "--T", "1"], 'such as --domain "x: -1,1"'),
        (["predict", "--equations", "x' = x", "--method", "rk4", "--T", "1", "--domain", "0.37"], '"x: -1,1"'),
        (["check", "--equations", "x' = k*x", "--method", "rk4", "--order", "2"], 'declared by --parameters "k", or'),
        (
            ["check", "--equations", "x' = x", "--method", "rk4", "--order", "2"],
            "give --x0, the initial value: a number for each of x",
        ),
        (["structure", "--system", "pendulum", "--method", "rk4", "--order", "3", "--invariant", "enrgy"], "nearest: energy"),
        (["structure", "--system", "pendulum", "--method", "rk4", "--order", "3", "--reversing", "x"], "unknown variable"),
    ],
)
def test_bad_input_is_one_line_on_stderr(arguments, culprit, capsys):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and culprit in err
