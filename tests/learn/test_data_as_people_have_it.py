"""Trajectories, gaps, batches, controls, single precision: what `learn.fit` and its kin take."""

from itertools import pairwise

import numpy as np
import pytest

from imde_sym import learn
from imde_sym.base.errors import LearningError
from tests.rows import rows

FLOW = learn.BatchFlow.of("pendulum")
TIMES = np.linspace(0, 1, 11)
PATHS = np.stack([FLOW.path([0.5, 0.3 * k], TIMES) for k in range(3)])


def test_trajectories_become_pairs_of_neighbours():
    data = learn.from_trajectories(PATHS, 0.1)
    assert data.x.shape == (30, 2) and data.T == 0.1
    assert np.allclose(FLOW(data.x, 0.1), data.y)
    ragged = learn.from_trajectories([PATHS[0], PATHS[1][:4]], 0.1)
    assert len(ragged) == 13


def test_times_and_masks_may_be_irregular():
    times = np.array([0, 0.1, 0.3, 0.35, 1.0])
    path = FLOW.path([0.5, 0.3], times)
    path[3] = np.nan
    data = learn.from_trajectories(path, times=times, mask=[1, 1, 1, 0, 1])
    assert np.allclose(data.T, [0.1, 0.2]) and np.allclose(FLOW(data.x, data.T), data.y)


def test_controls_go_with_the_first_point_of_a_pair():
    data = learn.from_trajectories([[0.0], [1.0], [2.0]], 0.5, u=[[5.0], [6.0], [7.0]])
    assert data.u.tolist() == [[5.0], [6.0]]
    assert learn.Dataset([[0.0]], [[1.0]], 0.1, u=[[1.0]]).digest != learn.Dataset([[0.0]], [[1.0]], 0.1).digest


def test_data_with_controls_are_saved_and_read(tmp_path):
    data = learn.Dataset([[0.0], [1.0]], [[1.0], [2.0]], 0.1, u=[[1.0], [2.0]])
    assert learn.Dataset.load(data.save(tmp_path / "d")) == data


def batches():
    x = FLOW.path([0.5, 0.3], TIMES)
    pairs = [(x[:4], x[1:5]), (x[4:7], x[5:8])]
    return {
        "pairs": pairs,
        "lists, as torch collates them": [list(p) for p in pairs],
        "names": [{"x": a, "y": b} for a, b in pairs],
        "capitals": [{"X": a, "Y": b, "dt": np.full(len(a), 0.1)} for a, b in pairs],
        "trajectories": [{"X": x[None, :4]}, {"X": x[None, 4:8]}],
        "a generator": (p for p in pairs),
        "single samples": [(a, b) for a, b in pairwise(x)],
    }


@rows("kind", list(batches()))
def test_batches_of_every_form_are_one_dataset(kind):
    data = learn.from_batches(batches()[kind], 0.1)
    assert len(data) >= 6 and np.allclose(FLOW(data.x, data.T), data.y)


@rows(
    "call, message",
    [
        (lambda: learn.from_trajectories(PATHS), "give T"),
        (lambda: learn.from_trajectories(PATHS, 0.1, mask=np.zeros((3, 11))), "no pair"),
        (lambda: learn.from_trajectories(PATHS, times=TIMES[:5]), "an entry for each point"),
        (lambda: learn.from_batches([]), "no batch"),
        (lambda: learn.from_batches([([[0.0]], [[1.0]])]), "give T"),
        (lambda: learn.from_batches(3), "not an iterable"),
        (lambda: learn.from_batches([{"z": 1}], 0.1), "needs x"),
        (lambda: learn.from_batches(["text"], 0.1), "data are a Dataset"),
        (lambda: learn.Dataset([[0.0]], [[1.0]], 0.1, u=[[1.0], [2.0]]), "u has 2 rows"),
    ],
)
def test_what_is_not_data_is_refused(call, message):
    with pytest.raises(LearningError, match=message):
        call()


def test_torch_loaders_masks_and_controls_train_a_module():
    torch = pytest.importorskip("torch")
    pytest.importorskip("torchdiffeq")

    class Driven(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.line = torch.nn.Linear(2, 1)

        def forward(self, x, u):
            return self.line(torch.cat([x, u], -1))

    rng = np.random.default_rng(0)
    x, u = rng.normal(size=(40, 1)), rng.normal(size=(40, 1))
    y, mask = (x - u) * np.exp(-0.1) + u, np.ones(40)
    y[7], mask[7] = 99.0, 0
    torch.manual_seed(0)
    for optimiser in ("lbfgs", "lm"):
        result = learn.fit({"X": x, "y": y, "U": u, "dt": 0.1, "mask": mask}, Driven(), "rk4", optimiser=optimiser, steps=30)
        weight = result.model.line.weight.detach().numpy()[0]
        assert result.loss < 1e-20 and np.allclose(weight, [-1, 1], atol=1e-5)
    samples = torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(x * np.exp(-0.1)))
    for data in (samples, torch.utils.data.DataLoader(samples, batch_size=16)):
        found = learn.fit(data, torch.nn.Linear(1, 1), "euler", h=0.1, steps=5)
        assert np.isclose(found.model.weight.item(), (np.exp(-0.1) - 1) / 0.1)


def test_levenberg_marquardt_of_torch_and_jax_agree_on_a_linear_model(double_precision):
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    eqx = pytest.importorskip("equinox")
    pytest.importorskip("diffrax")
    data = learn.datasets.pairs("x' = y; y' = -x - y/2", 0.2, 20, domain=[[-1, 1], [-1, 1]])
    ours = learn.fit(data, eqx.nn.Linear(2, 2, key=jax.random.PRNGKey(0)), "explicit_midpoint", steps=40)
    theirs = learn.fit(data, torch.nn.Linear(2, 2), "midpoint", optimiser="lm", steps=40)
    assert np.allclose(ours.model.weight, theirs.model.weight.detach(), atol=1e-9)
    assert ours.loss < 1e-20 and theirs.loss < 1e-20 and theirs.optimiser == "lm"


def test_a_module_that_takes_gradients_itself_is_trained_by_levenberg_marquardt():
    torch = pytest.importorskip("torch")
    pytest.importorskip("torchdiffeq")

    class Energy(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = torch.nn.Parameter(torch.tensor([0.5, 2.0]))

        def forward(self, x):
            x = x if x.requires_grad else x.requires_grad_()
            g = torch.autograd.grad((self.scale * x**2).sum() / 2, x, create_graph=True)[0]
            return torch.stack([-g[:, 1], g[:, 0]], 1)

    data = learn.datasets.pairs("harmonic_oscillator", 0.1, 12, domain=[[-1, 1], [-1, 1]])
    result = learn.fit(data, Energy(), "rk4", optimiser="lm", steps=25)
    assert result.loss < 1e-10 and np.allclose(result.model.scale.detach(), 1, atol=1e-4)


def test_jax_in_single_precision_trains_in_double_and_gives_single_back():
    jax, eqx = pytest.importorskip("jax"), pytest.importorskip("equinox")
    diffrax = pytest.importorskip("diffrax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", False)
    try:
        model = eqx.nn.Linear(1, 1, key=jax.random.PRNGKey(0))
        x = np.linspace(-1, 1, 9)[:, None]
        result = learn.fit((x, np.exp(-0.1) * x), model, diffrax.Euler(), T=0.1, steps=30)
        assert result.loss < 1e-25 and result.model.weight.dtype == "float32"
        found = learn.compare(result.model, "x' = -x", "explicit_euler", 0.1, points=x)
        assert found.errors[3] < 1e-5 < found.errors[0]
        curve = learn.overfit_curve(result.model, diffrax.Euler(), 0.1, [0.05], field="x' = -x", points=x)
        assert curve.tied and not jax.config.jax_enable_x64
    finally:
        jax.config.update("jax_enable_x64", before)


def test_a_second_training_of_the_same_shape_is_not_compiled_again(double_precision):
    jax, eqx = pytest.importorskip("jax"), pytest.importorskip("equinox")
    pytest.importorskip("diffrax")
    from imde_sym.learn import jax_training

    def trained(seed, factor):
        model = eqx.nn.MLP(1, 1, 4, 1, jax.numpy.tanh, key=jax.random.PRNGKey(seed))
        x = np.linspace(-1, 1, 9)[:, None] * factor
        return learn.fit((x, np.exp(-0.1) * x), model, "explicit_euler", T=0.1, steps=3)

    trained(0, 1.0)
    misses = jax_training._compiled.cache_info().misses
    first, second = trained(1, 1.0), trained(1, 0.5)
    assert jax_training._compiled.cache_info().misses == misses
    assert first.losses[0] != second.losses[0]


def test_steps_of_their_own_for_each_sample_may_be_given_as_h():
    torch = pytest.importorskip("torch")
    pytest.importorskip("torchdiffeq")
    x, h = np.linspace(0.2, 1, 9)[:, None], np.linspace(0.05, 0.1, 9)
    y = x * np.exp(-2 * h)[:, None]
    result = learn.fit((x, y), torch.nn.Linear(1, 1), "rk4", h=h, S=2, steps=20)
    assert np.isclose(result.model.weight.item(), -1, atol=1e-5) and result.S == 2
