"""Training that is interrupted, resumed, or diverges."""

from dataclasses import replace

import numpy as np
import pytest

import imde_sym as imde
from imde_sym import learn
from imde_sym.learn import LearningError, TrainingError, training

jax = pytest.importorskip("jax")
diffrax = pytest.importorskip("diffrax")
optax = pytest.importorskip("optax")
pytest.importorskip("equinox")
pytest.importorskip("optimistix")
pytestmark = pytest.mark.usefixtures("double_precision")

PENDULUM = imde.systems["pendulum"]
SETTINGS = {
    "lm": {},
    "adam": {"optimiser": "adam", "steps": 24, "batch": 10, "seed": 7},
    "lbfgs": {"optimiser": "lbfgs"},
}


@pytest.fixture(scope="module")
def data():
    return learn.datasets.pairs(PENDULUM, 0.1, 40, seed=0)


@pytest.fixture(scope="module")
def network(double_precision):
    return learn.mlp(2, 4, seed=1)


class Interrupted(Exception):
    pass


def leaves(model):
    return [np.asarray(a) for a in jax.tree_util.tree_leaves(model) if hasattr(a, "shape")]


@pytest.mark.parametrize("optimiser", [pytest.param(o, marks=pytest.mark.slow) if o != "adam" else o for o in SETTINGS])
def test_a_resumed_run_is_bitwise_the_run_without_interruption(data, network, tmp_path, monkeypatch, optimiser):
    settings = {"steps": 24, "checkpoint": tmp_path / "state", **SETTINGS[optimiser]}
    whole = learn.fit(data, network, diffrax.Euler(), **(settings | {"checkpoint": None}))

    def stops_after_ten(items, label):
        for k in items:
            if k == 10:
                raise Interrupted
            yield k

    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(training, "SAVE_EVERY", 0.0)
        patch.setattr(training, "track", stops_after_ten)
        learn.fit(data, network, diffrax.Euler(), **settings)
    seen = []
    monkeypatch.setattr(training, "track", lambda items, label: (seen.append(k) or k for k in items))
    resumed = learn.fit(data, network, diffrax.Euler(), **settings, resume=True)
    assert seen[0] == 10
    assert (resumed.losses == whole.losses).all()
    assert all((a == b).all() for a, b in zip(leaves(resumed.model), leaves(whole.model)))


def test_a_finished_run_is_continued_with_more_steps(data, network, tmp_path):
    path = tmp_path / "state"
    first = learn.fit(data, network, diffrax.Euler(), steps=5, checkpoint=path)
    more = learn.fit(data, network, diffrax.Euler(), steps=9, checkpoint=path, resume=True)
    assert (more.losses[:5] == first.losses).all() and len(more.losses) == 9
    again = learn.fit(data, network, diffrax.Euler(), steps=9, checkpoint=path, resume=True)
    assert (again.losses == more.losses).all()


def test_without_a_file_a_resumed_run_is_a_new_one(data, network, tmp_path):
    result = learn.fit(data, network, diffrax.Euler(), steps=3, checkpoint=tmp_path / "none yet", resume=True)
    assert len(result.losses) == 3 and (tmp_path / "none yet").exists()


@pytest.fixture(scope="module")
def stored(data, network, tmp_path_factory):
    """What a training was given that has left a checkpoint."""
    given = {
        "data": data,
        "model": network,
        "solver": diffrax.Euler(),
        "steps": 2,
        "checkpoint": tmp_path_factory.mktemp("learn") / "state",
    }
    learn.fit(**given)
    return given


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"S": 2}, "S"),
        ({"optimiser": "lbfgs"}, "optimiser"),
        ({"solver": diffrax.Midpoint()}, "solver"),
        ({"model": "wider"}, "parameters"),
        ({"data": "other"}, "digest"),
    ],
)
def test_the_checkpoint_of_another_training_is_refused(stored, change, named):
    given = stored
    if "model" in change:
        change = {"model": learn.mlp(2, 5, seed=1)}
    if "data" in change:
        change = {"data": learn.datasets.pairs(PENDULUM, 0.1, 40, seed=9)}
    with pytest.raises(LearningError, match=f"belongs to another training: its {named} is"):
        learn.fit(**(given | change), resume=True)


def test_a_file_that_is_no_checkpoint_is_refused(data, network, tmp_path):
    path = tmp_path / "notes"
    path.write_text("not a checkpoint")
    with pytest.raises(LearningError, match="notes is not a checkpoint"):
        learn.fit(data, network, diffrax.Euler(), steps=2, checkpoint=path, resume=True)
    with pytest.raises(LearningError, match="resume=True needs the file"):
        learn.fit(data, network, diffrax.Euler(), steps=2, resume=True)
    with pytest.raises(LearningError, match="no directory"):
        learn.fit(data, network, diffrax.Euler(), steps=2, checkpoint=tmp_path / "missing" / "state")


@pytest.mark.parametrize("rate", [1e3, np.nan])
def test_diverging_training_keeps_the_last_good_model(data, network, tmp_path, rate):
    path = tmp_path / "state"
    after_three = optax.sgd(lambda step: jax.numpy.where(step < 3, 1e-4, rate))
    with pytest.raises(TrainingError, match=r"diverged at step \d+.*state holds it") as caught:
        learn.fit(data, network, diffrax.Euler(), optimiser=after_three, steps=500, checkpoint=path)
    kept = caught.value.fit
    assert np.isfinite(kept.losses).all() and kept.loss == min(kept.losses) <= kept.losses[0]
    assert all(np.isfinite(a).all() for a in leaves(kept.model))
    with np.load(path) as stored:
        assert (stored["losses"] == kept.losses).all() and np.isfinite(stored["best"]).all()


def test_a_start_without_a_loss_is_divergence_at_once(data, network):
    poisoned = jax.tree_util.tree_map(lambda a: a * np.inf if hasattr(a, "dtype") else a, network)
    with pytest.raises(TrainingError, match="diverged at step 0"):
        learn.fit(data, poisoned, diffrax.Euler(), steps=3)


def test_a_good_start_is_no_divergence(data):
    # the first loss is that of rounding; Adam's first step leaves it by many powers of ten
    linear = imde.VectorField.parse("x' = y; y' = -x")
    exact = learn.datasets.pairs(linear, 0.1, 20, domain=[[-1, 1], [-1, 1]])
    model = learn.fit(exact, learn.polynomial(linear.variables, 1), diffrax.Euler(), steps=30).model
    result = learn.fit(exact, model, diffrax.Euler(), optimiser="adam", steps=20)
    assert len(result.losses) == 20 and result.loss < 1e-25
    assert replace(result, losses=result.losses[:1]).loss == result.loss
