"""The experiments: what is trained is f_h, in its errors, its flow, its energy, its Hamiltonian and its coefficients."""

import numpy as np
import pytest

import imde_sym as imde
import imde_sym.learn
from imde_sym.base.errors import UnknownNameError
from imde_sym.experiments.experiments import EXPERIMENTS, experiment
from imde_sym.learn import LearningError, hamiltonian_floor

PENDULUM = imde.systems["pendulum"]
OSCILLATOR = imde.systems["harmonic_oscillator"]


def euler_on_the_oscillator(x, h):
    """f_h = (φ_h - id)/h with φ_h the rotation of (p, q)."""
    c, s = np.cos(h), np.sin(h)
    return x @ (np.array([[c, -s], [s, c]]) - np.eye(2)).T / h


def test_the_floor_of_a_square_is_its_torsional_rigidity():
    # The part of f_h that has no Hamiltonian is a·x, a = (cos h - 1)/h. What remains of it beside the best Hamiltonian is
    # ∇φ with Δφ = 2a and φ = 0 on the boundary: the torsion problem, whose constant for the square of side 2 is
    # 0.140577·2⁴ = 4·∫|∇w|², Δw = -1 (Timoshenko and Goodier, Theory of Elasticity, Sect. 109)
    h, side = 0.1, np.linspace(-1, 1, 82)[:-1] + 1 / 81
    x = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    a = (np.cos(h) - 1) / h
    expected = np.sqrt((2 * a) ** 2 * 0.140577 * 2**4 / 4 / 4)
    assert hamiltonian_floor(OSCILLATOR, x, euler_on_the_oscillator(x, h)) == pytest.approx(expected, rel=5e-3)


def test_a_field_with_a_hamiltonian_has_no_floor_and_what_has_no_matrix_is_refused():
    x = np.random.default_rng(1).uniform(-1, 1, (600, 2))
    H = imde.inverse_modified_equation(OSCILLATOR, imde.methods["symplectic_euler"], 6).lambdify()
    assert hamiltonian_floor(OSCILLATOR, x, H(x, 0.1)) < 1e-12
    with pytest.raises(LearningError, match="not a Hamiltonian field"):
        hamiltonian_floor(imde.systems["van_der_pol"], x, x)
    with pytest.raises(LearningError, match="shape"):
        hamiltonian_floor(OSCILLATOR, x, x[:5])


def test_the_path_of_a_flow_meets_its_points():
    flow = imde.learn.BatchFlow.of(PENDULUM)
    times = np.linspace(0.0, -3.0, 40)
    path = flow.path([1.0, 0.5], times)
    ends = flow(np.tile([1.0, 0.5], (40, 1)), times)
    assert np.abs(path - ends).max() < 1e-13 and path.shape == (40, 2)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_says_what_it_is_and_has_cells_in_each_size(name):
    for needed in ("jax", "diffrax", "equinox", "optimistix"):
        pytest.importorskip(needed)
    own = experiment(name)
    assert own.title
    quick, normal, full = (own.study(size) for size in ("quick", "normal", "full"))
    assert 2 <= len(quick) <= len(normal) <= len(full)
    with pytest.raises(UnknownNameError, match="nearest: quick"):
        own.study("quikc")


def run(name, **changes):
    for needed in ("jax", "diffrax", "equinox", "optimistix"):
        pytest.importorskip(needed)
    own = experiment(name)
    (cell,) = (c for c in own.study("quick").cells if c["method"] == changes.get("method", "diffrax.Euler"))
    return own, cell | changes


@pytest.mark.slow
def test_the_energy_along_the_learned_flow_is_that_of_the_inverse_modified_equation():
    own, cell = run("pendulum-energy", samples=50)
    row = own.task(cell)
    true, imde_, learned = (np.array(row[f"energy_{name}"]) for name in ("true", "imde", "learned"))
    assert np.ptp(true) < 1e-11  # the ODE keeps it, f_h of explicit Euler does not
    assert imde_[0] - imde_[-1] > 1
    assert np.abs(learned - imde_).max() < 1e-2 * np.ptp(imde_)
    assert row["learned_from_imde"] < 1e-2 * row["learned_from_true"]
    assert own.plot([cell | row]).axes


@pytest.mark.slow
def test_a_hamiltonian_network_learns_the_modified_hamiltonian_or_hits_the_floor():
    own, cell = run("oscillator-hamiltonian", method="symplectic_euler")
    learned = own.task(cell)
    assert learned["least"] < 1e-12 and learned["root_loss"] < 1e-4
    assert learned["against_f"] > 100 * learned["against_f_h"]
    floored = own.task(cell | {"method": "explicit_euler"})
    assert floored["root_loss"] == pytest.approx(floored["least"], rel=0.03)
    # Euler's f_h differs from f by as much, but no Hamiltonian network can follow it
    assert floored["against_f_h"] > 0.5 * floored["predicted"]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["diffrax.Euler", "diffrax.Midpoint"])
def test_a_polynomial_learns_the_coefficients_of_the_inverse_modified_equation(method):
    own, cell = run("cubic-coefficients", method=method)
    row = own.task(cell)
    assert row["largest"] < 1e-6  # six digits of coefficients of size 1
    assert row["changed"] > 1000 * row["largest"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "mpl"}, "mlp"),
        ({"data": "domian"}, "domain"),
        ({"system": "pendulm"}, "pendulum"),
        ({"method": "diffrax.Midpiont"}, "diffrax.Midpoint"),
        ({"system": "lorenz_scaled", "method": "symplectic_euler"}, "treats q and p differently"),
    ],
)
def test_a_cell_that_cannot_be_trained_is_refused(change, message):
    pytest.importorskip("diffrax")
    with pytest.raises((UnknownNameError, LearningError), match=message):
        imde.learn.train_cell({"system": "pendulum", "method": "diffrax.Euler", "T": 0.1, "count": 5, "steps": 1} | change)


def test_a_picture_of_no_results_is_refused():
    with pytest.raises(LearningError, match="no results to draw"):
        imde.learn.plot_errors([])
