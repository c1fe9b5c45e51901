"""Networks as fields: their formulas have their values, and what is proved of their size holds."""

import numpy as np
import pytest

import imde_sym as imde
from imde_sym import learn
from imde_sym.base.errors import LearningError, UnknownNameError

RNG = np.random.default_rng(377)
W, B = RNG.normal(size=(6, 2)), RNG.normal(size=6)
V, C = RNG.normal(size=(2, 6)) / 2, RNG.normal(size=2)
LAYERS = [(W, B), "tanh", (V, C)]
BOX = [(-0.37, 0.65), (-1.0, 0.5)]


def value(x):
    return V @ np.tanh(W @ x + B[:, None]) + C[:, None]


def test_a_network_of_layers_has_the_values_of_its_formula():
    f = learn.network_field(LAYERS, "p, q")
    x = RNG.uniform(-1, 1, (50, 2))
    found = imde.modified_equation(f, "explicit_euler", 1).lambdify()(x, 0.1)
    assert np.abs(found - value(x.T).T).max() < 1e-14


def test_torch_and_equinox_networks_are_read():
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    pytest.importorskip("equinox")
    jax.config.update("jax_enable_x64", True)
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Sigmoid(), torch.nn.Linear(3, 2, bias=False)).double()
    x = RNG.uniform(-1, 1, (20, 2))
    with torch.no_grad():
        right = net(torch.tensor(x)).numpy()
    for model, values in ((net, right), (own := learn.mlp(2, width=3, depth=2), np.array(jax.vmap(own)(x)))):
        F = imde.modified_equation(learn.network_field(model), "explicit_euler", 1)
        assert np.abs(F.lambdify()(x, 0.1) - values).max() < 1e-14


@pytest.mark.parametrize("method, h", [("explicit_midpoint", 0.002), ("implicit_euler", 0.01)])
def test_the_size_of_a_learner_is_above_all_samples_and_near_them(method, h):
    found = imde.bound("pendulum", method, h, BOX, learner=learn.network_field(LAYERS, "p, q"))
    part = next(p for p in found.parts if p.name == "M_theta")
    assert part.status == "proved" and np.isfinite(found.total)
    radii = found.R1 * np.array(found.weights)
    angle = RNG.uniform(0, 2 * np.pi, (2, 20_000))
    x = np.array([RNG.choice([a, b], 20_000) for a, b in BOX]) + radii[:, None] * np.exp(1j * angle)
    sampled = (np.abs(value(x)) / np.array(found.weights)[:, None]).max()
    assert sampled <= part.value < 1.25 * sampled


def test_the_size_of_a_linear_learner_is_known():
    found = imde.bound("pendulum", "explicit_midpoint", 0.002, BOX, learner="p' = 3*p - q/2; q' = p/4 + 1")
    a, b = (max(map(abs, side)) + r for side, r in zip(BOX, found.R1 * np.array(found.weights), strict=True))
    right = max((3 * a + b / 2) / found.weights[0], (a / 4 + 1) / found.weights[1])
    assert right <= found.M_theta <= 1.11 * right


@pytest.mark.slow
def test_a_learner_with_poles_near_the_domain_leaves_less_room():
    steep = learn.network_field([(40 * W, B), "tanh", (V, C)], "p, q")
    assert (
        imde.bound("pendulum", "explicit_midpoint", 0.002, BOX, learner=steep).total
        > imde.bound("pendulum", "explicit_midpoint", 0.002, BOX, learner=learn.network_field(LAYERS, "p, q")).total
    )


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
