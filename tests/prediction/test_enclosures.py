"""The supremum of |f_h - f| over a domain between two floats."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym import predict
from imde_sym.cli import main
from imde_sym.codegen.enclosures import grade_program
from imde_sym.prediction.enclosing import enclosure, rounded_down, rounded_up
from imde_sym.prediction.suprema import Boundary, RealBox, is_analytic, suprema
from imde_sym.rings import balls
from tests.rows import rows

Q = Fraction


def exact_row(equations, h, box, order=2):
    return predict(equations, "explicit_euler", h, domain=box, order=order, rigorous=True).rows[0].enclosure


@rows(
    "equations, h, box, supremum",
    [
        # Euler's f_1 is f'f/2; the suprema are those of one-dimensional calculus, with the floats h and ends as they are
        ("x' = x", 0.125, [(-1, 3)], Q(3, 16)),
        ("x' = x", 0.1, [(-1, 3)], Q(0.1) * 3 / 2),
        ("x' = 0.37*x", 0.1, [(-1, 3)], Q(0.1) * Q(37, 100) ** 2 * 3 / 2),
        ("x' = x**2", 0.1, [(-0.3, 0.7)], Q(0.1) * Q(0.7) ** 3),
        ("x' = x - x**3/3", 0.25, [(-1, 1)], None),  # f_1 = (x - x^3/3)(1 - x^2)/2, at its largest inside
        ("x' = x; y' = -3*y/7", 0.1, [(-1, 1), (-2, 2)], Q(0.1) / 2),
        ("x' = 1", 0.1, [(-1, 1)], Q(0)),
    ],
)
def test_a_supremum_that_is_known_exactly_lies_in_the_enclosure(equations, h, box, supremum):
    low, high = exact_row(equations, h, box)
    if supremum is None:
        x = sympy.Symbol("x")
        g = (x - x**3 / 3) * (1 - x**2) / 2
        supremum = max(Q(str(abs(g.subs(x, r).evalf(40)))) for r in sympy.Poly(g.diff(x)).nroots(n=40) if abs(r) <= 1) * Q(h)
        assert low <= float(supremum) <= high and high / low - 1 < 0.01
        return
    assert Q(low) <= supremum <= Q(high)
    assert high - low <= 1e-2 * high
    if supremum and "7" not in equations and len(box) == 1:
        assert high - low < 1e-12 * high, "at a corner nothing is lost but rounding"


def test_more_samples_come_nearer_and_the_estimate_covers_what_they_miss():
    found = [predict("pendulum", "explicit_midpoint", 0.1, samples=n, order=5) for n in (64, 1024, 16384)]
    low, high = predict("pendulum", "explicit_midpoint", 0.1, order=5, rigorous=True).rows[0].enclosure
    sups = [p.rows[0].sup for p in found]
    assert sups == sorted(sups) and sups[-1] <= high and sups[0] < low
    assert all(p.rows[0].sup + p.rows[0].sampling >= low for p in found)
    assert all("samples; rigorous=True encloses it" in p.table() for p in found)


@pytest.mark.parametrize(
    ("field", "method", "h", "box"),
    [
        ("lorenz", "explicit_midpoint", 0.01, [(-15, 15), (-20, 20), (5, 40)]),
        ("kepler", "stoermer_verlet", 0.05, [(0.5, 1), (0.5, 1), (-1, 1), (-1, 1)]),
        ("x' = sqrt(x) + x**(1/3)*y; y' = 1/(x + 2) + tanh(x)", "heun2", 0.05, [(0.5, 2), (-1, 1)]),
    ],
)
def test_random_points_never_leave_an_enclosure_of_one_percent(field, method, h, box):
    order = 4
    found = predict(field, method, h, domain=box, order=order, rigorous=True)
    low, high = found.rows[0].enclosure
    assert 0 < low <= high <= 1.01 * low
    g = imde.inverse_modified_equation(field, method, found.rows[0].order).lambdify()
    x = np.random.default_rng(1).uniform(*np.array(box).T, (20000, len(box)))
    assert np.abs(g(x, h) - g(x, 0.0)).max() <= high


def test_the_enclosure_is_the_same_without_flint(monkeypatch):
    F = imde.inverse_modified_equation("pendulum", "explicit_midpoint", 4)
    box = ((-3.8, 3.8), (-1.2, 1.2))
    first = enclosure(F, 0.1, box)
    monkeypatch.setattr(balls, "found", lambda _: None)
    assert enclosure(F, 0.1, box) == pytest.approx(first, rel=1e-9)


def test_a_singularity_in_the_domain_leaves_no_finite_bound():
    low, high = predict("x' = 1/x", "explicit_euler", 0.1, domain=[(-1, 2)], order=3, rigorous=True, samples=64).rows[0].enclosure
    assert low > 0 and high == math.inf


def test_the_maximum_principle_gives_the_supremum_on_a_complex_neighbourhood():
    # |sin z| on |Im z| <= 1 about [-1/2, 1/2]: the largest value is where |sin|^2 = sin(x)^2 + sinh(y)^2 is
    F = imde.inverse_modified_equation("x' = sin(x)", "explicit_euler", 1)
    t = np.linspace(0, np.pi / 2, 20001)
    around = np.abs(np.sin(0.5 + np.exp(1j * t))).max()
    found = suprema(grade_program(F), 0.0, Boundary(((-0.5, 0.5),), np.array([1.0])), 0.01)
    assert around <= found.high[0] <= 1.011 * around and found.settled


def test_singularities_inside_a_neighbourhood_are_seen_though_its_boundary_is_free_of_them():
    F = imde.inverse_modified_equation("x' = 1/(1 + x**2)", "explicit_euler", 1)
    program, box = grade_program(F), ((-1.0, 1.0),)
    assert [is_analytic(program, box, np.array([R])) for R in (0.5, 1.0, 1.5)] == [True, False, False]


def test_what_is_cut_into_pieces_is_covered():
    for region, area in ((RealBox(((0.1, 0.7), (-3.0, 2.0))), 0.6 * 5), (Boundary(((0.0, 1.0),) * 2, np.ones(2)), 2 * 4)):
        low, high = region.start
        assert np.prod(high - low, axis=0).sum() == pytest.approx(area)


def test_numbers_are_rounded_outward_in_print():
    assert (rounded_up(1 / 3), rounded_down(1 / 3), rounded_up(2.0), rounded_up(math.inf)) == ("0.33334", "0.33333", "2", "inf")


def test_the_command_line_prints_enclosures(capsys):
    arguments = ["predict", "--system", "pendulum", "--method", "euler", "--T", "0.02", "--rigorous"]
    assert main([*arguments, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["rows"][0]["enclosure"] == pytest.approx([0.3805, 0.3805], rel=5e-3) and data["rigorous"]
    assert imde.from_json(json.dumps(data)).rows[0].enclosure == tuple(data["rows"][0]["enclosure"])
    assert main(arguments) == 0 and "is proved to lie in [0.379" in capsys.readouterr().out


def test_an_expansion_is_called_into_doubt_beyond_the_radius_that_its_terms_suggest():
    near, far = (predict("pendulum", "explicit_midpoint", h, order=10) for h in (0.05, 0.3))
    assert near.convergence == far.convergence and 0.05 < near.convergence < 0.3
    assert not any("radius of convergence" in w for w in near.rows[0].warnings)
    assert any("radius of convergence" in w for w in far.rows[0].warnings)
    assert far.rows[0].best < near.rows[0].best == 10
