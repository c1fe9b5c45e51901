"""Networks as fields: their formulas have their values, and what is proved of their size holds."""

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym import learn
from imde_sym.base.errors import LearningError, UnknownNameError
from tests.prediction.random_problems import flow
from tests.rows import slow

RNG = np.random.default_rng(377)
W, B = RNG.normal(size=(6, 2)), RNG.normal(size=6)
V, C = RNG.normal(size=(2, 6)) / 2, RNG.normal(size=2)
LAYERS = [(W, B), "tanh", (V, C)]
BOX = [(-0.37, 0.65), (-1.0, 0.5)]
SEED = 6
"""Of the network in `trained`: how far its residual is enclosed from above depends on it, 1.15 to 1.4 for heun2."""


def value(x):
    return V @ np.tanh(W @ x + B[:, None]) + C[:, None]


def test_a_network_of_layers_has_the_values_of_its_formula():
    f = learn.network_field(LAYERS, "p, q")
    x = np.random.default_rng(1).uniform(-1, 1, (50, 2))
    found = imde.modified_equation(f, "explicit_euler", 1).lambdify()(x, 0.1)
    assert np.abs(found - value(x.T).T).max() < 1e-14


def test_torch_and_equinox_networks_are_read():
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    pytest.importorskip("equinox")
    jax.config.update("jax_enable_x64", True)
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Sigmoid(), torch.nn.Linear(3, 2, bias=False)).double()
    x = np.random.default_rng(2).uniform(-1, 1, (20, 2))
    with torch.no_grad():
        right = net(torch.tensor(x)).numpy()
    for model, values in ((net, right), (own := learn.mlp(2, width=3, depth=2), np.array(jax.vmap(own)(x)))):
        F = imde.modified_equation(learn.network_field(model), "explicit_euler", 1)
        assert np.abs(F.lambdify()(x, 0.1) - values).max() < 1e-14


@pytest.mark.parametrize(
    "method, h", slow([("explicit_midpoint", 0.002), ("implicit_euler", 0.01)], ("explicit_midpoint", 0.002))
)
def test_the_size_of_a_learner_is_above_all_samples_and_near_them(method, h):
    found = imde.bound("pendulum", method, h, BOX, learner=learn.network_field(LAYERS, "p, q"))
    part = next(p for p in found.parts if p.name == "M_theta")
    assert part.status == "proved" and np.isfinite(found.total)
    radii = found.R1 * np.array(found.weights)
    source = np.random.default_rng(3)
    angle = source.uniform(0, 2 * np.pi, (2, 20_000))
    x = np.array([source.choice([a, b], 20_000) for a, b in BOX]) + radii[:, None] * np.exp(1j * angle)
    sampled = (np.abs(value(x)) / np.array(found.weights)[:, None]).max()
    assert sampled <= part.value < 1.25 * sampled


def test_the_size_of_a_linear_learner_is_known():
    found = imde.bound("pendulum", "explicit_midpoint", 0.002, BOX, learner="p' = 3*p - q/2; q' = p/4 + 1")
    a, b = (max(map(abs, side)) + r for side, r in zip(BOX, found.R1 * np.array(found.weights), strict=True))
    right = max((3 * a + b / 2) / found.weights[0], (a / 4 + 1) / found.weights[1])
    assert right <= found.M_theta <= 1.11 * right


FIELD = "p' = -sin(q); q' = p"


def trained(scale=1.0):
    """A network with random features that is near the pendulum, and its values."""
    source = np.random.default_rng(SEED)
    x = source.uniform(*np.array(BOX).T, (500, 2))
    W, B = source.normal(size=(12, 2)) * scale, source.normal(size=12)
    features = np.c_[np.tanh(x @ W.T + B), np.ones(len(x))]
    V, *_ = np.linalg.lstsq(features, np.c_[-np.sin(x[:, 1]), x[:, 0]], rcond=None)
    layers = [(W, B), "tanh", (V[:-1].T, V[-1])]
    return learn.network_field(layers, "p, q"), lambda z: np.tanh(z @ W.T + B) @ V[:-1] + V[-1]


@pytest.mark.parametrize(
    "method, h, above", slow([("heun2", 0.02, 1.25), ("implicit_midpoint", 0.05, 1.6)], ("implicit_midpoint", 0.05, 1.6))
)
def test_how_far_a_network_and_its_steps_are_is_enclosed(method, h, above):
    network, values = trained()
    found = imde.bound(FIELD, method, h, BOX, order=4, learner=network)
    z = np.stack(np.meshgrid(*[np.linspace(a, b, 41) for a, b in BOX], indexing="ij"), -1).reshape(-1, 2)
    f = lambda x: np.c_[-np.sin(x[:, 1]), x[:, 0]]  # noqa: E731
    error, missed = np.abs(values(z) - f(z)).max(), np.abs(imde.integrate(method, network, z, h, 1)[-1] - flow(f, z, h)).max() / h
    assert error <= found.error[1] < 1.02 * error and found.error[0] <= found.error[1] == found.total
    assert missed <= found.residual < above * missed
    status = {part.name: part.status for part in found.parts}
    assert {status.pop("convergence", "estimated"), *status.values()} == {"estimated", "proved"} and "residual" in status
    assert found.total <= found.theorem == pytest.approx(found.terms[1] + found.remainder + found.loss_term)
    assert imde.from_json(found.to_json()) == found


def test_a_learner_with_poles_near_the_domain_leaves_no_room_for_the_theorem_but_is_enclosed_itself():
    network, _ = trained(scale=40)
    found = imde.bound(FIELD, "explicit_midpoint", 0.002, BOX, order=3, learner=network)
    assert found.theorem == np.inf and "poles" in found.why and found.total == found.error[1] < 1.01 * found.error[0]
    assert "poles" in str(found) and np.isfinite(found.residual)


def test_a_learner_that_is_the_modified_equation_itself_has_no_distance_from_it():
    F = imde.inverse_modified_equation("x' = x - x**2", "explicit_euler", 3)
    exact = imde.VectorField({F.variables[0]: sum(sympy.Rational(1, 64) ** k * F.grades[k].expressions[0] for k in range(3))})
    found = imde.bound("x' = x - x**2", "explicit_euler", 1 / 64, [(0.1, 0.37)], order=3, learner=exact)
    assert found.distance == (0.0, 0.0) and found.error == pytest.approx(found.terms, rel=1e-2)


def test_a_loss_that_a_given_learner_cannot_have_is_refuted():
    network, _ = trained()
    far, near = (imde.bound(FIELD, "explicit_euler", 0.02, BOX, order=4, loss=L, learner=network) for L in (1e-9, 10.0))
    (part,), (other,) = ([p for p in found.parts if p.name == "loss"] for found in (far, near))
    assert part.status == other.status == "assumed" and "has a larger one" in part.words and "larger" not in other.words


@pytest.mark.parametrize(
    "model, message",
    [
        ([(W, B), "relu", (V, C)], "relu"),
        ([(W, B), "tanh", (V.T, C)], "does not take"),
        ([(W, B), "tanh"], "as many as it takes"),
        ([], "no layers"),
        (lambda x: x, "is not read"),
        ([(W,)], r"pair \(W, b\)"),
        ([(np.zeros((400, 400)), np.zeros(400))], "too large"),
    ],
)
def test_what_is_no_network_of_layers_is_refused(model, message):
    with pytest.raises((LearningError, UnknownNameError), match=message):
        learn.network_field(model)


@pytest.mark.parametrize(
    "given",
    [{"learner": "x' = x"}, {"learner": "p' = q; q' = p", "M_theta": 3.0}, {"learner": "p' = q; q' = p", "direction": "forward"}],
)
def test_a_learner_that_does_not_fit_is_refused(given):
    with pytest.raises(imde.ImdeError, match="learner"):
        imde.bound("pendulum", "explicit_euler", 0.02, BOX, **given)


def test_only_what_is_known_to_call_its_layers_is_read():
    torch = pytest.importorskip("torch")

    class Residual(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = torch.nn.Sequential(torch.nn.Linear(2, 2))

        def forward(self, x):
            return 50 * x + self.net(x)

    class Own(torch.nn.Sequential):
        def forward(self, x):
            return 50 * x + super().forward(x)

    for model in (Residual(), Own(torch.nn.Linear(2, 2)), torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Softplus())):
        with pytest.raises(LearningError, match=r"not read|not analytic"):
            learn.network_field(model)
