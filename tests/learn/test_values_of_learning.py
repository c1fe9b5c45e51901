"""Data, fits and verdicts as values: equality, pickles, copies; one divergence rule; one default task."""

import copy
import pickle

import numpy as np
import pytest

import imde_sym as imde
from imde_sym import ImdeError, learn, studies
from imde_sym.learn.trainers import History
from imde_sym.learn.training import EXPLODED, diverged
from tests.rows import rows

X = np.array([[0.37, -65.0], [377.0, 0.1]])
VALUES = {
    "dataset": learn.Dataset(X, X + 0.37, 0.1, {"field": "own", "seed": 377}),
    "irregular dataset": learn.Dataset(X, X, [0.1, 0.37]),
    "fit": learn.Fit(abs, np.array([377.0, 0.37]), 0.1, 3, "rk4", "lm", 2, 0.5, {"seed": 0}),
    "comparison": learn.Comparison("own", 0.1, 2, (0.37, np.inf), (0.0, 0.37), (0.37, 0.0), 0.37),
    "curve": learn.OverfitCurve("Euler", 0.1, (0.05, 0.1), {"Euler": (0.37, 0.0)}, {"Euler": (0.37, 0.0)}, 0.0, "the field"),
    "status": learn.Status(1, 0, 2),
    "failure": learn.Failure({"T": 0.37}, "ValueError: own", "", 1),
}


@rows("name", VALUES)
def test_a_value_equals_its_pickle_and_its_copy(name):
    value = VALUES[name]
    for again in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)):
        assert again == value and type(again) is type(value) and repr(again) == repr(value)
        if name != "failure":  # a cell is a dict
            assert hash(again) == hash(value)


@pytest.mark.parametrize("name", ["dataset", "fit"])
def test_arrays_of_a_value_stay_read_only(name):
    for value in (VALUES[name], pickle.loads(pickle.dumps(VALUES[name])), copy.deepcopy(VALUES[name])):
        with pytest.raises(ValueError, match="read-only"):
            (value.x if name == "dataset" else value.losses)[:] = 0


def test_data_with_other_numbers_or_provenance_are_other_data():
    data = VALUES["dataset"]
    assert data != learn.Dataset(X, X + 0.37, 0.1) and data != learn.Dataset(X, X, 0.1, data.provenance)


def test_a_saved_dataset_is_the_same_and_a_damaged_file_is_named(tmp_path):
    data = VALUES["dataset"]
    path = data.save(tmp_path / "own")
    assert learn.Dataset.load(path) == data
    for content in (b"", b"PK\x03\x04 not a zip", path.read_bytes()[:100]):
        path.write_bytes(content)
        with pytest.raises(ImdeError, match=r"own\.npz is not a dataset"):
            learn.Dataset.load(path)


@rows(
    "loss, losses, at_rest, answer",
    [
        (float("nan"), [], 1.0, True),
        (float("inf"), [1.0], 1.0, True),
        (2 * EXPLODED, [1.0], 1.0, True),
        (2 * EXPLODED, [1.0], 377.0, False),
        (2 * EXPLODED, [377.0], 1.0, False),
        (2 * EXPLODED, [], 1.0, False),
    ],
)
def test_divergence_is_no_number_or_an_explosion_against_the_start_and_the_field_0(loss, losses, at_rest, answer):
    assert diverged(loss, History(None, losses=losses), at_rest) is answer


def test_the_default_task_is_that_of_learn_and_a_study_of_its_own_has_none():
    assert learn.Study({"n": 1}).task is learn.train_cell and isinstance(learn.Study({"n": 1}), studies.Study)
    with pytest.raises((TypeError, ImdeError)):
        studies.Study({"n": 1})


@rows("kind", [imde.BSeries, imde.VectorField, imde.ModifiedField, imde.RootedTree])
def test_data_that_lack_a_key_are_refused_by_the_class_itself(kind):
    with pytest.raises(ImdeError, match=f"{kind.form!r} lack"):
        kind.from_dict({})
    with pytest.raises(ImdeError, match="version 2"):
        kind.from_dict({"format": kind.form, "version": 2})


def test_pictures_are_asked_for_by_plot():
    pytest.importorskip("matplotlib").use("Agg")
    for value in (VALUES["comparison"], VALUES["fit"], VALUES["curve"], imde.RootedTree("[[]]"), imde.methods["rk4"]):
        ax = value.plot()
        assert type(value)(value).plot(ax) is ax if isinstance(value, imde.RootedTree) else ax.figure
    with pytest.raises(ImdeError, match="ax must be matplotlib Axes"):
        VALUES["fit"].plot(377)
