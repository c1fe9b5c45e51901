"""A study on a real local Dask cluster of two worker processes, one of which is killed on the way."""

import os
import signal
import threading
import time

import pytest

from imde_sym.studies.study import Study
from tests.learn import study_tasks as tasks

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")


@pytest.fixture(scope="module")
def client():
    # a cell is given up after the second worker that it kills
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.wait_for_workers(2, timeout=60)
        yield client


@pytest.mark.slow
def test_all_cells_finish_although_a_worker_is_killed_on_the_way(client, tmp_path):
    study = Study({"n": range(24)}, tasks.patient, tmp_path / "s.sqlite")
    victim = next(iter(client.run(os.getpid).values()))
    killed = []

    def kill():
        while study.status.done < 4:
            time.sleep(0.05)
        os.kill(victim, signal.SIGKILL)
        killed.append(study.status.done)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    assert str(study.run(client.get_executor())) == "24 done, 0 failed, 0 waiting"
    killer.join(10)
    assert killed and killed[0] < 20  # it was alive and needed when it died
    pids = study.columns()["pid"]
    assert victim in pids and len({*pids}) >= 2


@pytest.mark.exhaustive  # the cluster does not always come back from having all its workers killed
def test_a_cell_that_kills_the_workers_of_a_cluster_is_recorded(client):
    study = Study({"n": range(6)}, tasks.deadly)
    status = study.run(client.get_executor(), resubmit=1)
    # Dask blames what waits on a worker that dies too: a cell beside the deadly one may fail with it
    assert status.done + status.failed == 6 and status.done >= 4
    (failure,) = [failure for failure in study.failures() if failure.cell == {"n": 2}]
    assert "KilledWorker" in failure.error and failure.attempts == 2


@pytest.mark.slow
def test_a_failed_cell_is_tried_again_on_the_same_cluster(client, tmp_path):
    repaired = tmp_path / "repaired"
    study = Study({"n": [1, 3], "repaired": str(repaired)}, tasks.picky)
    assert study.run(client.get_executor()).failed == 1
    repaired.touch()
    assert study.run(client.get_executor(), retry_failed=True).failed == 0
