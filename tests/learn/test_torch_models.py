"""Models written in torch: de-biased as in JAX, and trained through torchdiffeq."""

import numpy as np
import pytest

import imde_sym as imde
from imde_sym import learn
from imde_sym.base.errors import MethodError, UnknownNameError
from imde_sym.learn import LearningError, TrainingError

torch = pytest.importorskip("torch")
PENDULUM = imde.systems["pendulum"]


def network(width=12, outputs=2, seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(2, width), torch.nn.Tanh(), torch.nn.Linear(width, outputs))


@pytest.fixture(scope="module")
def data():
    return learn.datasets.pairs(PENDULUM, 0.08, 300, seed=1)


def test_a_torch_model_is_debiased_as_the_jax_model_of_equal_weights():
    jax, eqx = pytest.importorskip("jax"), pytest.importorskip("equinox")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        one, other = learn.mlp(2, 8, seed=3), network(8).double()
        for i, layer in zip((0, 2), one.layers):
            other[i].weight.data = torch.tensor(np.asarray(layer.weight))
            other[i].bias.data = torch.tensor(np.asarray(layer.bias))
        assert eqx.is_array(one.layers[0].weight)
        x = np.random.default_rng(0).uniform(-1, 1, (20, 2))
        for change in (
            lambda model: learn.debias(model, "explicit_midpoint", 0.3, 4),
            lambda model: learn.retarget(model, "explicit_euler", "rk4", 0.3, 4),
        ):
            found = change(other)(torch.tensor(x)).detach().numpy()
            assert np.abs(found - np.asarray(change(one)(x))).max() < 1e-10
            assert np.abs(found - other(torch.tensor(x)).detach().numpy()).max() > 1e-5  # something was corrected
    finally:
        jax.config.update("jax_enable_x64", before)


@pytest.mark.slow
@pytest.mark.parametrize("solver", ["midpoint", "explicit_euler"])
def test_a_torch_model_learns_the_inverse_modified_equation(data, solver):
    pytest.importorskip("torchdiffeq")
    result = learn.fit(data, network(), solver, steps=100)
    report = learn.compare(result.model, PENDULUM, result.solver, result.h, orders=7)
    assert report.errors[0] == pytest.approx(report.expected, rel=0.05)
    assert report.gain > 10


def test_the_names_are_those_of_torchdiffeq(data):
    pytest.importorskip("torchdiffeq")
    result = learn.fit(data, network(), "rk4", steps=1)
    assert result.solver == imde.methods["rk38"]  # what torchdiffeq calls rk4


def test_training_leaves_the_module_as_it_was_and_is_seeded(data):
    pytest.importorskip("torchdiffeq")
    given = network()
    before = [p.clone() for p in given.parameters()]
    one, two, other = (
        learn.fit(data, given, "midpoint", S=2, optimiser="adam", batch=50, steps=5, seed=seed) for seed in (0, 0, 1)
    )
    assert all(torch.equal(a, b) for a, b in zip(before, given.parameters()))
    assert (one.losses == two.losses).all() and not (one.losses == other.losses).all()
    assert one.h == 0.04 and one.parameters == 62


def test_an_adaptive_method_takes_fixed_steps_by_its_tableau(data):
    pytest.importorskip("torchdiffeq")
    result = learn.fit(data, network(), "dopri5", steps=3)
    assert result.solver.order == 5 and result.losses[-1] < result.losses[0]


@pytest.mark.parametrize(
    ("solver", "changes", "message"),
    [
        ("midpiont", {}, "midpoint"),
        ("explicit_adams", {}, "not a Runge-Kutta method"),
        ("midpoint", {"optimiser": "bfgs"}, "'lbfgs', 'lm', 'adam'"),
        ("midpoint", {"model": network(outputs=3)}, r"shape \(3,\)"),
        ("midpoint", {"model": torch.nn.Identity()}, "no parameters"),
        ("midpoint", {"checkpoint": "state"}, "state_dict"),
        ("midpoint", {"batch": 3}, "uses all data"),
        (imde.methods["strang"], {}, "cannot train a torch module"),
    ],
)
def test_what_cannot_train_a_torch_module_is_refused(data, solver, changes, message):
    pytest.importorskip("torchdiffeq")
    with pytest.raises((LearningError, UnknownNameError, MethodError), match=message):
        learn.fit(data, changes.get("model", network()), solver, steps=1, **{k: v for k, v in changes.items() if k != "model"})


def test_divergence_keeps_the_best_model(data):
    pytest.importorskip("torchdiffeq")
    with pytest.raises(TrainingError, match="diverged at step") as caught:
        learn.fit(data, network(), "midpoint", optimiser=lambda weights: torch.optim.SGD(weights, lr=1e6), steps=50)
    assert all(torch.isfinite(p).all() for p in caught.value.fit.model.parameters())
