"""bound: never below the truth, outward in its rounding, plain in what it assumes."""

from __future__ import annotations

import json
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym import ImdeError, bound, methods
from imde_sym.base.errors import FieldError, MethodError
from imde_sym.cli import main
from imde_sym.codegen.enclosures import grade_program
from imde_sym.method import ContinuousStage
from imde_sym.prediction.levels import Nearness, descend
from imde_sym.prediction.outward import down, up
from imde_sym.prediction.stage_sizes import stage_sizes
from imde_sym.prediction.suprema import Boundary, suprema
from imde_sym.prediction.theorem import contraction
from tests.prediction.random_problems import TABLEAUX, Problem, field, flow, learned, problems, truth
from tests.rows import rows

UNIT_BOX = [(-1, 1), (-1, 1)]
SWING = "x' = y; y' = -sin(x)"


def misses(problem: Problem) -> str:
    """What is wrong with the bound of a problem; "" where nothing is."""
    found = bound(problem.text, problem.method, problem.h, problem.box, order=4)
    true, uncertain = truth(problem, side=3)
    low, high = found.terms
    if not low <= high <= 1.02 * low:
        return f"{problem}: terms {found.terms}"
    if math.isfinite(found.total) and true > found.total + 2 * uncertain + 1e-10:
        return f"{problem}: {true} > {found.total}"
    if not math.isfinite(found.total) and not found.why:
        return f"{problem}: inf, and nobody says why"
    return ""


def test_bounds_are_not_below_the_truth():
    assert [wrong for p in problems(6) if (wrong := misses(p))] == []


@pytest.mark.slow
def test_many_bounds_are_not_below_the_truth():
    found = problems(100, seed=1)
    assert [wrong for p in found if (wrong := misses(p))] == []


def test_the_truth_of_these_tests_lands_on_the_flow():
    # the reference itself: one step of the method with the learned field is the exact flow
    for method in ("explicit_midpoint", "heun2"):
        p = Problem(("y", "-sin(x) + 0.3*x*y"), method, 0.02, UNIT_BOX)
        (A, b), z, g = TABLEAUX[method], np.array([[0.7, -0.4]]), []
        for row in A:
            g.append(learned(p, z + p.h * sum((a * k for a, k in zip(row, g)), np.zeros_like(z)))[0])
        landed = z + p.h * sum(w * k for w, k in zip(b, g))
        assert np.abs(landed - flow(field(p), z, p.h)).max() < 1e-12


@pytest.mark.parametrize(
    ("equations", "box"),
    [
        ("x' = -sin(y); y' = x", UNIT_BOX),
        pytest.param("x' = x*(2 - y); y' = y*(x - 1)", [(0.5, 1.5), (1.5, 2.5)], marks=pytest.mark.slow),
        pytest.param("x' = -0.1*x**3 + 2*y**3; y' = -2*x**3 - 0.1*y**3", UNIT_BOX, marks=pytest.mark.slow),
    ],
)
def test_bounds_are_sharp_where_steps_are_short(equations, box):
    euler, midpoint = (
        bound(equations, "explicit_euler", 0.02, box, order=6),
        bound(equations, "explicit_midpoint", 0.002, box, order=6),
    )
    assert euler.total <= 1.1 * euler.terms[0] and midpoint.total <= 10 * midpoint.terms[0]


@pytest.mark.parametrize(
    ("method", "parts"),
    [("strang", [["x"], ["y"]]), ("avf", None), ("gauss2", None), ("composed", None)],
)
def test_every_accepted_family_is_bounded_and_longer_steps_have_larger_bounds(method, parts):
    given = {"strang": methods["strang"].with_inverse(), "avf": ContinuousStage([[0], [1]])}
    given["composed"] = imde.compose_methods(methods["implicit_euler"], methods["explicit_euler"])
    m = given.get(method, method)
    short, long = (bound(SWING, m, h, UNIT_BOX, order=3, parts=parts) for h in (0.002, 0.01))
    assert short.terms[1] <= short.total < long.total < math.inf
    assert 0.01 < short.h0 == pytest.approx(long.h0)


def test_a_partitioned_method_is_bounded_above_its_own_truth():
    # p' = -sin(q), q' = p under symplectic Euler: q moves with the new p, so F_p(p, q) and F_q(P, q) are difference quotients
    h, f = 0.01, (lambda z: np.stack([-np.sin(z[..., 1]), z[..., 0]], -1))
    found = bound("p' = -sin(q); q' = p", "symplectic_euler", h, UNIT_BOX, order=4, parts=[["q"], ["p"]])
    z = np.stack(np.meshgrid(*[np.linspace(-1, 1, 9)] * 2), -1).reshape(-1, 2)
    F = imde.inverse_modified_equation("p' = -sin(q); q' = p", "symplectic_euler", 7, [["q"], ["p"]]).lambdify()
    g = F(z, h)
    # F to order 7 does land on the flow, by the method's own recursion for this field
    P = z[:, 0].copy()
    for _ in range(60):
        P = z[:, 0] + h * F(np.stack([P, z[:, 1]], -1), h)[:, 0]
    Q = z[:, 1] + h * F(np.stack([P, z[:, 1]], -1), h)[:, 1]
    assert np.abs(np.stack([P, Q], -1) - flow(f, z, h)).max() < 1e-12
    assert np.abs(g - f(z)).max() <= found.total <= 2 * np.abs(g - f(z)).max()


def test_substeps_give_the_bound_of_the_composed_method():
    found = bound(SWING, "explicit_midpoint", 0.005, UNIT_BOX, order=3, S=3)
    composed = bound(SWING, imde.substeps("explicit_midpoint", 3), 0.015, UNIT_BOX, order=3)
    assert found.terms == pytest.approx(composed.terms, rel=1e-2)
    assert found.remainder == pytest.approx(composed.remainder, rel=1e-6)
    assert 3 * found.h0 == pytest.approx(composed.h0, rel=1e-6)


def test_the_forward_bound_covers_the_distance_of_a_step_from_the_modified_flow():
    h, K = 0.1, 4
    found = bound(SWING, "explicit_midpoint", h, UNIT_BOX, order=K, direction="forward")
    g = imde.modified_equation(SWING, "explicit_midpoint", K).lambdify()
    f = lambda z: np.stack([z[..., 1], -np.sin(z[..., 0])], -1)  # noqa: E731
    z = np.stack(np.meshgrid(*[np.linspace(-1, 1, 9)] * 2), -1).reshape(-1, 2)
    defect = np.abs(z + h * f(z + h / 2 * f(z)) - flow(lambda x: g(x, h), z, h)).max() / h
    assert defect <= found.remainder == found.total < math.inf
    shorter = bound(SWING, "explicit_midpoint", h / 2, UNIT_BOX, order=K, direction="forward")
    assert found.remainder / shorter.remainder == pytest.approx(2**K, rel=0.05)


def test_beyond_h0_the_bound_is_infinite_and_says_why():
    found = bound("pendulum", "explicit_midpoint", 0.2, order=3)
    assert found.remainder == found.total == math.inf and 0 < found.h0 < 0.2
    assert "beyond h0" in found.why and found.why in found.table() and found.terms[1] < math.inf
    assert bound("pendulum", "explicit_midpoint", 0.9 * found.h0, order=3).total < math.inf


def test_a_singularity_near_the_domain_limits_the_room_and_one_inside_leaves_none():
    near, far = (bound("x' = 1/x", "explicit_midpoint", 0.001, [(a, 3)], order=4) for a in (0.5, 2))
    assert near.total > near.terms[1] and near.R < 0.5 and near.h0 < far.h0 and far.R < 2
    inside = bound("x' = 1/x", "explicit_midpoint", 0.001, [(-1, 2)], order=3)
    assert inside.total == math.inf and "analytic" in inside.why


def test_the_loss_comes_on_top_and_a_mean_square_is_refused():
    without, with_loss = (bound(SWING, "explicit_midpoint", 0.002, UNIT_BOX, order=3, loss=L) for L in (None, 1e-3))
    assert with_loss.loss_term >= 1e-3 * with_loss.gain * (1 - 1e-12) and with_loss.gain > 1
    assert with_loss.total >= without.total + 1e-3
    for wrong in ({"mse": 1e-6}, "mse", -1, math.nan, [1e-3]):
        with pytest.raises(FieldError, match="A mean square never bounds it"):
            bound(SWING, "explicit_midpoint", 0.002, UNIT_BOX, loss=wrong)


def test_every_part_is_named_proved_estimated_or_assumed():
    found = bound(SWING, "explicit_euler", 0.02, UNIT_BOX, order=6, loss=1e-4, M_theta=3)
    assert {p.name: p.status for p in found.parts} == {
        "terms": "proved", "remainder": "proved", "loss": "assumed", "M_theta": "assumed", "convergence": "estimated",
    }  # fmt: skip
    assert all(p.name in found.table() and p.status in found.table() for p in found.parts)
    assert found.M_theta == 3 and found.total == up(*map(Fraction, (found.terms[1], found.remainder, found.loss_term)))


def test_a_larger_learner_has_a_larger_bound():
    small, large = (bound(SWING, "explicit_midpoint", 0.01, UNIT_BOX, order=3, M_theta=M) for M in (2, 8))
    assert small.total < large.total and small.h0 > large.h0


def test_sizes_of_methods():
    Q = Fraction
    rk4 = stage_sizes(methods["rk4"])
    assert (rk4.mu, rk4.kappa, rk4.sigma, rk4.ends) == (1, 1, 1, True)
    # |b| |A|^m 1 of the tableau in HNW II.1: what Runge-Kutta order conditions call b c, b A c, b A A c
    assert rk4.chains == (Q(1, 2), Q(1, 6), Q(1, 24))
    three = stage_sizes(methods["explicit_midpoint"], 3)
    assert (three.mu, three.kappa) == (1, Q(5, 6))
    assert three.chains == stage_sizes(imde.substeps("explicit_midpoint", 3)).chains
    radau = stage_sizes(methods["gauss2"])
    assert not radau.ends and radau.mu == 1 and float(radau.kappa) == pytest.approx(0.25 + 0.25 + math.sqrt(3) / 6)
    assert stage_sizes(methods["strang"]).kappa == 1 and stage_sizes(ContinuousStage([[0], [1]])).kappa == 1


def test_the_contraction_counts_chains_of_stages():
    # midpoint: t = τ/2, Lipschitz constant τ/(1 - t²), one chain of weight 1/2
    m, tau = stage_sizes(methods["explicit_midpoint"]), Fraction(1, 5)
    t = tau / 2
    assert contraction(m, tau) == t / (1 - t * t / 2) + tau / (1 - t * t) / 2
    assert contraction(m, Fraction(2)) is None and contraction(stage_sizes(methods["explicit_euler"]), tau) == 0


def test_stages_are_told_apart_from_where_they_vary_least():
    Q = Fraction
    rk4, midpoint, implicit = (stage_sizes(methods[name]) for name in ("rk4", "explicit_midpoint", "implicit_midpoint"))
    # the nodes 0, 1/2, 1/2, 1 of rk4 lie about 1/2, and half of the weights are there: Σ |b_i| |c_i - 1/2| = 1/6
    assert rk4.theta == Q(1, 2) and sum(b * s for b, s in zip(rk4.weights[0], rk4.spreads, strict=True)) == Q(1, 6)
    assert rk4.apart == rk4.rows and rk4.nodes == (0, Q(1, 2), Q(1, 2), 1) and rk4.reference == 0
    # explicit: the stage that counts is x + h/2 f(x); implicit: U = x + h/2 f(U), its own reference
    assert midpoint.spreads == (Q(1, 2), 0) and midpoint.apart == ((0, 0), (Q(1, 2), 0))
    assert implicit.spreads == (0,) and implicit.apart == ((0,),) and implicit.reference == Q(1, 2)
    three, composed = stage_sizes(methods["kutta3"], 2), stage_sizes(imde.substeps("kutta3", 2))
    assert three == composed
    assert stage_sizes(methods["strang"]).rows == () == stage_sizes(methods["rk4"], 8).rows


@rows("method, h, order, factor", [("rk4", 0.004, 6, 2), ("implicit_midpoint", 0.02, 5, 1.02)])
def test_levels_make_bounds_sharp(method, h, order, factor):
    found = bound(SWING, method, h, UNIT_BOX, order=order)
    assert found.constants["levels"] and found.total <= factor * found.terms[0]


def test_no_learner_is_farther_than_its_levels_say():
    # about the point 0, on discs: f_θ = g + d with waves d that the step of rk4 hardly sees, and others
    source, circle, closest = np.random.default_rng(377), np.exp(2j * np.pi * np.arange(200) / 200), math.inf
    names = ("explicit_midpoint", "heun2", "kutta3", "rk4", "implicit_midpoint", "gauss2")
    for k in range(240):
        method = methods[names[k % len(names)]]
        A, b = np.array(method.A, dtype=float), np.array(method.b, dtype=float)
        T, (p, q, r) = 10 ** source.uniform(-2.5, -0.5), source.normal(size=3) * [1, 0.5, 0.2]
        blind = 2 / (T * p) * (math.log(2 - math.sqrt(3)) + 1j * math.pi)
        wave = blind if k % 2 else complex(*source.normal(size=2)) * 10 ** source.uniform(-1, 1.5)
        if abs(wave) > 300:
            continue
        size = 10 ** source.uniform(-2, 1) * math.exp(-abs(wave))

        def g(z, p=p, q=q, r=r):
            return p + q * z + r * np.sin(z)

        def learner(z, wave=wave, size=size, g=g):
            return g(z) + size * np.exp(wave * z)

        largest = [np.abs(f(circle)).max() * 1.001 for f in (learner, g)]
        n = int(source.integers(1, 9))
        near = Nearness(stage_sizes(method).of(float), T, max(largest), np.abs(q + r * np.cos(circle)).max() * 1.001, 1 / n)
        if near.contraction(sum(largest)) is None:  # the stages may go where nothing is known
            continue
        x = (1 - 1 / n + near.base) * circle
        means = []
        for f in (learner, g):
            slopes = np.array([f(x)] * len(b))
            for _ in range(60):
                slopes = f(x + T * (A @ slopes))
            means.append(b @ slopes)
        loss = np.abs(means[0] - means[1]).max()
        found = descend(near, n, sum(largest), loss, lambda value: value)
        if found is not None:
            closest = min(closest, (found[0] * loss + found[1]) / size)
    assert 1 <= closest < 1.1


def test_sums_are_rounded_outward():
    third = Fraction(1, 3)
    assert Fraction(up(third, third)) >= 2 * third > Fraction(math.nextafter(up(third, third), 0))
    assert Fraction(down(third)) <= third < Fraction(math.nextafter(down(third), 1))
    assert up(Fraction(1, 2), None) == math.inf and up(Fraction(10) ** 400) == math.inf and up(Fraction(0)) == 0


@rows(
    "arguments, kind, words",
    [
        (("pendulum", "bdf2", 0.1), MethodError, "no bound is known for"),
        (("pendulum", "explicit_euler", 0), FieldError, "h must be a positive number"),
        ((imde.VectorField("x' = a*x", parameters="a"), "explicit_euler", 0.1, [(0, 1)]), FieldError, "parameter a has no value"),
        (("x' = x", "explicit_euler", 0.1), FieldError, "give the domain"),
        (("x' = erfi(x)", "explicit_euler", 0.1, [(0, 1)]), ImdeError, "erfi has no enclosure"),
    ],
)
def test_what_has_no_bound_is_refused(arguments, kind, words):
    with pytest.raises(kind, match=words):
        bound(*arguments)


def test_parts_that_share_an_equation_have_no_bound_and_it_says_so():
    x = sympy.Symbol("x")
    found = bound("x' = -x + x**2", "strang", 0.01, [(0, 1)], 3, direction="forward", parts=[[-x], [x**2]])
    assert found.total == math.inf and "divided among several parts" in found.why


def test_bounds_are_values(capsys):
    found = bound(SWING, "explicit_euler", 0.02, UNIT_BOX, order=3, loss=0.001)
    assert imde.from_json(found.to_json()) == found == pickle.loads(pickle.dumps(found))
    assert "bound for the field" in repr(found) and ">assumed</td>" in found._repr_html_()
    infinite = bound("pendulum", "explicit_midpoint", 0.2, order=3)
    data = json.loads(infinite.to_json())
    assert data["total"] is None and imde.from_json(json.dumps(data)) == infinite
    line = ["bound", "--equations", SWING, "--method", "euler", "--h", "0.02", "--domain", "x: -1,1; y: -1,1", "--order", "3"]
    assert main([*line, "--loss", "0.001", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(found.to_json())
    assert main(line) == 0 and "proved" in capsys.readouterr().out
    assert main([*line, "--loss", "mse"]) == 2 and main([*line[:4], "bdf2", *line[5:]]) == 2
    assert "no bound is known" in capsys.readouterr().err


def test_the_parts_of_a_bound_are_drawn():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    axes = bound(SWING, "explicit_euler", 0.02, UNIT_BOX, order=3).plot()
    assert [t.get_text() for t in axes.get_xticklabels()] == ["terms\nproved", "remainder\nproved", "total"]
    pyplot.close(axes.figure)


def test_what_is_0_in_many_digits_only_is_not_0_in_a_bound():
    # c is about -7e-122, so that f_1 = -c² x³ reaches 8 c²/1, far above the 0 that 40 digits of c make of it
    x, near = sympy.Symbol("x"), sympy.Rational(sympy.sqrt(2).evalf(120))
    for c in (sympy.sqrt(2) - near, sympy.cos(sympy.Rational(1, 10**40)) - 1):
        found = bound(imde.VectorField({x: c * x**2}), "explicit_euler", 0.1, [(1, 2)], order=3)
        true = abs(c.evalf(30, maxn=1000)) ** 2 * sympy.Rational(8, 10)
        assert 0 < true and found.terms[0] <= true <= found.terms[1]
        assert true <= found.total


@pytest.mark.parametrize("box", [(0, 5e-324), (-1.7e308, 1.7e308), (1e300, 1.7e308)])
def test_boxes_at_the_ends_of_the_range_of_floats_have_an_answer(box):
    found = bound("x' = x; y' = -y", "explicit_euler", 1.0, [box, box], order=2)
    assert found.terms[0] <= found.terms[1] and (math.isfinite(found.total) or found.why)


def test_many_variables_are_enclosed_and_have_no_neighbourhoods():
    names = [f"x{j}" for j in range(12)]
    text = "; ".join(f"{a}' = -{a} + {b}/8" for a, b in zip(names, names[1:] + names[:1], strict=True))
    found = bound(text, "explicit_euler", 0.01, [(-1, 1)] * 12, order=2)
    # f_1 is f'f/2: (x_j - x_(j+1)/4 + x_(j+2)/64)/2 in each component
    assert found.terms[0] <= 0.005 * (1 + 1 / 4 + 1 / 64) <= found.terms[1] <= 1.01 * found.terms[0]
    assert math.isinf(found.total) and found.why


@pytest.mark.parametrize("size", ["1e-200", "1e-320"])
def test_what_underflows_is_settled_by_its_rounding(size):
    F = imde.inverse_modified_equation(f"x' = {size}*x", "explicit_euler", order=2)
    box = ((-1.0, 1.0),)
    found = suprema(grade_program(F), 0.0, Boundary(box, np.array([0.37])), 0.025)
    assert found.settled and 0 <= found.low[0] <= found.high[0] < 1e-149


@pytest.mark.parametrize("b", [["9/10"], [0.9], [0.9999999]])
def test_methods_whose_weights_do_not_sum_to_1_are_refused(b):
    # f_h tends to f/0.9, a ninth of f away from f: no power of h tells that
    halfway = imde.ButcherTableau([[0.5]], b)
    for ask in (bound, imde.predict):
        with pytest.raises(MethodError, match="not consistent"):
            ask(SWING, halfway, 0.01, domain=UNIT_BOX)


@pytest.mark.parametrize("name", ["tsitouras5", "dop853", "carpenter_kennedy54", "gauss4"])
def test_weights_that_were_rounded_are_accepted(name):
    assert imde.predict(SWING, name, 0.01, domain=UNIT_BOX, order=2, samples=64).rows
