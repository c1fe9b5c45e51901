"""Studies: grids on executors, results that outlive failures, interruptions and dead workers."""

import csv
import functools
import json
import math
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from imde_sym.base.errors import ImdeError, UnknownNameError
from imde_sym.learn import LearningError, predict_cell, train_cell
from imde_sym.studies import store as stores
from imde_sym.studies.study import Study, grid
from tests.learn import study_tasks as tasks
from tests.rows import rows, slow

ROOT = Path(__file__).parents[2]


class Inline(Executor):
    """Runs at once, in this process; as a user at the keyboard it interrupts the call number `interrupt`."""

    def __init__(self, interrupt=None):
        self.calls, self.interrupt = -1, interrupt  # the first call asks whether a worker is there

    def submit(self, function, *args):
        self.calls += 1
        if self.calls == self.interrupt:
            raise KeyboardInterrupt
        future = Future()
        future.set_result(function(*args))
        return future


def spawned(workers=2):
    return ProcessPoolExecutor(workers, get_context("spawn"))


@pytest.mark.slow
def test_a_study_runs_in_processes_and_keeps_the_order_of_its_cells(tmp_path):
    study = Study({"n": range(6)}, tasks.patient, tmp_path / "s.sqlite")
    assert str(study.run(workers=2)) == "6 done, 0 failed, 0 waiting"
    assert study.columns()["n"] == list(range(6))
    assert os.getpid() not in study.columns()["pid"]


def test_a_failed_cell_is_reported_and_loses_no_other(tmp_path):
    repaired = tmp_path / "repaired"
    study = Study({"n": [1, 2, 3, 4], "repaired": str(repaired)}, tasks.picky, tmp_path / "s.sqlite")
    status = study.run(workers=2)
    assert (status.done, status.failed, status.waiting) == (3, 1, 0)
    (failure,) = study.failures()
    assert failure.cell["n"] == 3 and failure.error == "ValueError: three is refused"
    assert "study_tasks.py" in failure.traceback and "in picky" in failure.traceback
    assert "1 cell(s) failed, the first with ValueError: three is refused" in study.table()
    assert study.run(Inline()).failed == 1 and study.failures()[0].attempts == 1  # failed cells stay so
    assert study.run(Inline(), retry_failed=True).failed == 1 and study.failures()[0].attempts == 2
    repaired.touch()
    assert study.run(Inline(), retry_failed=True).failed == 0
    assert study.columns()["square"] == [1, 4, 9, 16] and study.failures() == []


def test_a_study_that_was_interrupted_continues_where_it_stopped(tmp_path):
    cells = {"n": [1, 2, 3, 4, 5], "log": str(tmp_path / "log")}
    study = Study(cells, tasks.logged, tmp_path / "s.sqlite")
    impatient = Inline()
    submit, calls = impatient.submit, []

    def one_by_one(function, *args):
        calls.append(args)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return submit(function, *args)

    impatient.submit = one_by_one
    with pytest.raises(KeyboardInterrupt):
        study.run(lambda: impatient, workers=1)
    assert study.status.done == 2 and study.status.waiting == 3
    again = Study(cells, tasks.logged, tmp_path / "s.sqlite")
    assert again.run(Inline()).done == 5
    assert (tmp_path / "log").read_text().split() == ["1", "2", "3", "4", "5"]  # nothing was done twice


def script(path, body):
    path.write_text("from imde_sym.studies.study import Study\nfrom tests.learn.study_tasks import patient\n" + body)
    return subprocess.Popen(
        [sys.executable, path], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True
    )


TIMES = [0.05, 0.1, 60]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "Z (zombie)" not in status.read_text()


@pytest.mark.parametrize("number", slow([signal.SIGINT, signal.SIGKILL], signal.SIGINT))
def test_a_process_that_is_stopped_leaves_a_consistent_store(tmp_path, number):
    store = tmp_path / "s.sqlite"
    process = script(
        tmp_path / "running.py",
        f"if __name__ == '__main__':\n    Study({{'seconds': {TIMES}}}, patient, {str(store)!r}).run(workers=1)\n",
    )
    study = None
    for _ in range(300):
        time.sleep(0.05)
        if store.exists() and store.stat().st_size:
            study = study or Study({"seconds": TIMES}, tasks.patient, store)
            if study.status.done == 2:
                break
    start = time.monotonic()
    process.send_signal(number)
    process.wait(timeout=20)
    assert time.monotonic() - start < 10  # it does not wait for the last cell
    process.stderr.close()
    with sqlite3.connect(store) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    assert str(study.status) == "2 done, 0 failed, 1 waiting"
    workers = [int(pid) for pid in {*study.columns()["pid"]}]
    while any(map(alive, workers)):
        assert time.monotonic() - start < 10  # no worker outlives the study
        time.sleep(0.05)


def test_studies_share_a_store_and_the_cells_that_they_have_in_common(tmp_path):
    store, log = tmp_path / "s.sqlite", str(tmp_path / "log")
    Study({"n": [1, 2, 3], "log": log}, tasks.logged, store).run(Inline())
    other = Study({"n": [1, 2]}, tasks.cube, store)
    assert other.status.waiting == 2 and other.results() == []
    other.run(Inline())
    assert other.columns() == {"n": [1, 2], "cube": [1, 8]}
    wider = Study({"n": [2, 3, 4], "log": log}, tasks.logged, store)
    assert wider.run(Inline()).done == 3
    assert (tmp_path / "log").read_text().split() == ["1", "2", "3", "4"]
    assert Study({"n": [1]}, tasks.cube, store, version=2).status.waiting == 1


def test_cells_of_equal_values_are_one_cell():
    study = Study([{"n": 1, "T": 0.5}, {"T": 0.5, "n": 1.0}, {"n": 2, "T": 0.5}], tasks.square)
    assert [c["n"] for c in study.cells] == [1, 2]
    assert grid({"a": [1, 2], "b": "x", "c": [[1, 2]]}) == [{"a": 1, "b": "x", "c": [1, 2]}, {"a": 2, "b": "x", "c": [1, 2]}]


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        ("text", "not a database"),
        ("truncated", "malformed"),
        ("overwritten", "damaged"),
        ("foreign", "another program"),
        ("directory", "unable to open"),
        ("newer", "version 7"),
    ],
)
def test_a_file_that_is_no_store_is_refused(tmp_path, cause, message):
    path = tmp_path / "s.sqlite"
    study = Study({"n": list(range(200))}, tasks.square, path)
    study.run(Inline())
    data = path.read_bytes()
    if cause == "text":
        path.write_text("results, results, results\n" * 100)
    elif cause == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif cause == "overwritten":
        path.write_bytes(data[:100] + b"\x5a" * (len(data) - 100))
    elif cause == "directory":
        path = tmp_path
    else:
        path = path if cause == "newer" else tmp_path / "other.sqlite"
        db = sqlite3.connect(path)
        db.execute("PRAGMA user_version = 7" if cause == "newer" else "CREATE TABLE cells (key)")
        db.commit()
        db.close()
    with pytest.raises(LearningError, match=f"{path.name}.*{message}"):
        study = Study({"n": list(range(200))}, tasks.square, path)
        study.results()


def test_a_task_that_cannot_be_sent_is_refused_at_once():
    def local(cell):
        return {}

    for task in (local, lambda cell: {}):
        with pytest.raises(LearningError, match="top level of a module"):
            Study({"n": [1]}, task)
    with pytest.raises(LearningError, match="name"):
        Study({"n": [1]}, functools.partial(tasks.square))
    assert Study({"n": [3]}, functools.partial(tasks.square), name="squares").run(Inline()).done == 1


@pytest.mark.slow
def test_a_cell_that_kills_its_workers_is_recorded_and_the_others_finish(tmp_path):
    study = Study({"n": range(5)}, tasks.deadly, tmp_path / "s.sqlite")
    status = study.run(workers=2, resubmit=0)
    assert (status.done, status.failed) == (4, 1)  # its neighbour is not to blame
    (failure,) = study.failures()
    assert failure.cell == {"n": 2} and failure.attempts <= 2 and "died" in failure.error  # 1 where it was alone


@pytest.mark.slow
def test_a_worker_that_dies_once_costs_no_cell(tmp_path):
    (tmp_path / "lives").mkdir()
    (tmp_path / "lives" / "one").touch()
    study = Study({"n": range(5), "lives": str(tmp_path / "lives")}, tasks.deadly)
    assert study.run(workers=2).done == 5
    assert study.columns()["square"] == [0, 1, 4, 9, 16]


@pytest.mark.slow
def test_an_executor_that_breaks_and_cannot_be_replaced_ends_the_run_with_what_is_there():
    study = Study([{"n": 0}, {"n": 1}], tasks.deadly)
    with spawned(1) as pool:
        assert study.run(pool).done == 2
        more = Study({"n": range(3)}, tasks.deadly, study.store)
        with pytest.raises(LearningError, match="executor"):
            more.run(pool)
    assert more.status.done == 2 and more.status.failed == 0
    assert more.run(spawned, workers=2, resubmit=0).failed == 1


@pytest.mark.slow
def test_a_script_without_its_guard_is_told_so(tmp_path):
    process = script(tmp_path / "unguarded.py", "Study({'n': [1, 2]}, patient).run(workers=1)\n")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "__name__ == '__main__'" in err.splitlines()[-1]


def test_what_is_no_executor_is_refused():
    with pytest.raises(LearningError, match="get_executor"):
        Study({"n": [1]}, tasks.square).run("dask")
    with pytest.raises(LearningError, match="workers"):
        Study({"n": [1]}, tasks.square).run(workers=0)


def test_results_are_plain_data_or_a_failure_that_says_why():
    study = Study({"kind": ["numpy", "no dict", "own name", "object", "exit"]}, tasks.given_back)
    study.run(Inline())
    (row,) = study.results()
    assert row["a"] == [0, 1, 2] and row["b"] == 0.5 and math.isnan(row["c"])
    errors = {f.cell["kind"]: f.error for f in study.failures()}
    assert "returned a list" in errors["no dict"]
    assert "'kind', which is a name of the cell" in errors["own name"]
    assert "the result['a']" in errors["object"]
    assert errors["exit"] == "SystemExit: 3"


@rows("cells", [{"n": []}, [], {}, {"n": [float("nan")]}, {"n": [object()]}, [{"n": 1}, 3], {1: [2]}])
def test_cells_that_cannot_be_stored_are_refused(cells):
    with pytest.raises(LearningError):
        Study(cells, tasks.square)


def test_results_as_table_and_as_csv(tmp_path):
    study = Study({"n": [1, 20], "note": "same, in all"}, tasks.square)
    assert study.table() == "2 cell(s) are waiting"
    study.run(Inline())
    assert study.table() == " n  square\n 1       1\n20     400"
    assert study.table("note", "n").splitlines()[1].split() == ["same,", "in", "all", "1"]
    with pytest.raises(LearningError, match="cube"):
        study.table("cube")
    with study.to_csv(tmp_path / "s.csv").open(newline="") as file:
        assert list(csv.DictReader(file))[1] == {"n": "20", "note": "same, in all", "square": "400"}
    with pytest.raises(LearningError, match="nowhere"):
        study.to_csv(tmp_path / "nowhere" / "s.csv")


CELL = {"system": "pendulum", "method": "diffrax.Euler", "T": 0.08, "count": 200, "steps": 200}


@pytest.fixture
def jax():
    for name in ("diffrax", "equinox", "optimistix"):
        pytest.importorskip(name)
    return pytest.importorskip("jax")


@pytest.mark.slow
def test_a_network_is_trained_and_compared_in_a_cell(jax):
    before = jax.config.jax_enable_x64
    found = train_cell(CELL)
    assert jax.config.jax_enable_x64 == before
    assert found["against_f"] == pytest.approx(found["predicted"], rel=0.05)
    assert found["against_f"] > 50 * found["against_f_h"] and found["against_f"] > 20 * found["debiased"]
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"widht": 3}, "width"),
        ({"T": None}, "'T'"),
        ({"method": "diffrax.Midpiont"}, r"diffrax\.Midpoint"),
        ({"method": "diffrax.PIDController"}, "solver"),
        ({"data": "trajectories"}, "trajectory"),
        ({"system": "pendulm"}, "pendulum"),
    ],
)
def test_a_misspelt_setting_is_named(jax, change, hint):
    with pytest.raises(ImdeError, match=hint):
        train_cell(CELL | change)


# -- several processes, folders that cannot be written, damaged rows -----------------------------------------
TWO = """
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from imde_sym.studies.study import Study
from tests.learn import study_tasks as tasks
study = Study({"n": list(range(40)), "log": sys.argv[2]}, tasks.logged, sys.argv[1])
print(study.run(lambda: ThreadPoolExecutor(2), workers=2))
"""


@pytest.mark.slow
def test_two_processes_on_one_store_run_each_cell_once(tmp_path):
    arguments = [sys.executable, "-c", TWO, str(tmp_path / "s.sqlite"), str(tmp_path / "log")]
    both = [subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in "ab"]
    for process in both:
        out, err = process.communicate(timeout=60)
        assert out.strip() == "40 done, 0 failed, 0 waiting", err
    assert sorted(map(int, (tmp_path / "log").read_text().split())) == list(range(40))


@pytest.mark.slow
def test_cells_of_a_process_that_died_are_taken_up_at_once_and_others_when_their_lease_ends(tmp_path, monkeypatch):
    study = Study({"n": [1, 2, 3]}, tasks.square, tmp_path / "s.sqlite")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    keys = list(study._cells)
    with study.store.claims(), study.store.connection() as db:
        db.execute("INSERT INTO claims VALUES (?, ?, ?)", (keys[0], f"{socket.gethostname()}:{dead.pid}:x", time.time() + 1000))
        db.execute("INSERT INTO claims VALUES (?, ?, ?)", (keys[1], "elsewhere:1:x", time.time() + 1.5))
    start = time.monotonic()
    assert study.run(Inline()).done == 3 and 0.5 < time.monotonic() - start < 30
    with study.store.connection() as db:
        assert db.execute("SELECT count(*) FROM claims").fetchone() == (0,)


def test_claims_are_renewed_while_a_cell_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "LEASE", 0.3)
    store = stores.Store(tmp_path / "s.sqlite")
    with store.claims() as ours, store.claims() as theirs:
        assert ours.take("a", 0) is stores.Claim.OURS
        time.sleep(0.8)
        assert theirs.take("a", 0) is stores.Claim.TAKEN and ours.take("a", 0) is stores.Claim.OURS


@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_finished_study_in_a_folder_that_cannot_be_written_is_read():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = Study({"n": [1, 2]}, tasks.square, folder / "s.sqlite")
        study.run(Inline())
        (folder / "s.sqlite").chmod(0o444)
        folder.chmod(0o555)
        pid = os.fork()
        if not pid:
            code = 1
            try:
                if not os.getuid():
                    os.setuid(65534)
                other = Study({"n": [1, 2]}, tasks.square, folder / "s.sqlite")
                code = 0 if other.columns() == {"n": [1, 2], "square": [1, 4]} and other.run(Inline()).done == 2 else 2
                try:
                    Study({"n": [1, 2, 3]}, tasks.square, folder / "s.sqlite").run(Inline())
                    code = 3
                except LearningError as error:
                    code = code if "readonly" in str(error) or "read-only" in str(error) else 4
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        folder.chmod(0o755)


@pytest.mark.parametrize("damage", ['{"square": ', "[1]", "9" * 6000])
def test_a_damaged_row_is_named(tmp_path, damage):
    study = Study({"n": [1, 2]}, tasks.square, tmp_path / "s.sqlite")
    study.run(Inline())
    db = sqlite3.connect(tmp_path / "s.sqlite")
    db.execute("UPDATE cells SET result = ? WHERE cell LIKE '%2%'", (damage,))
    db.commit()
    db.close()
    with pytest.raises(LearningError, match=r"'n': 2.*s\.sqlite"):
        study.results()


def test_a_prediction_says_what_its_cell_lacks():
    cell = {"system": "pendulum", "method": "heun2", "T": 0.037, "order": 4}
    assert predict_cell(cell) == predict_cell(cell | {"S": 1})
    for lacking in ("system", "method", "T"):
        with pytest.raises(LearningError, match=f"needs a '{lacking}'"):
            predict_cell({name: value for name, value in cell.items() if name != lacking})
    with pytest.raises(UnknownNameError, match="unknown setting 'domian'; nearest: domain"):
        predict_cell(cell | {"domian": "-1,1"})


def test_a_cell_may_hold_equations_and_a_tableau_as_text():
    """Heun's method: f_h - f = h²(f'f'f/6 - f''(f,f)/12) + O(h³), of a linear field λ³h²x/6 + ..."""
    cell = {"system": "x' = -0.37*x", "method": "0 |\n1 | 1\n--\n | 1/2 1/2", "T": 0.01, "domain": "-1,1"}
    assert predict_cell(cell)["largest"] == pytest.approx(0.37**3 * 1e-4 / 6, rel=1e-2)
    assert predict_cell(cell) == predict_cell(cell | {"method": "heun2"})
    assert 1.9 < predict_cell(cell | {"domain": "-2,2"})["largest"] / predict_cell(cell)["largest"] < 2.1


@pytest.mark.parametrize("executor", slow([None, ThreadPoolExecutor], None), ids=["processes", "threads"])
def test_a_cell_that_takes_longer_than_its_limit_fails_and_the_others_finish(tmp_path, executor):
    study = Study({"seconds": [0.0, 30.0, 0.01]}, tasks.slow, tmp_path / "s.sqlite")
    status = study.run(None if executor is None else executor(2), workers=1, limit=0.5)
    assert (status.done, status.failed) == (2, 1)
    (failure,) = study.failures()
    assert failure.cell == {"seconds": 30} and failure.error == "the cell took over 0.5 s, its limit"
