"""What an executor changes: who computes, and nothing else."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

import pytest

from imde_sym import (
    ButcherTableau,
    check,
    compare,
    errors,
    inverse_modified_equation,
    inverse_modified_series,
    method_series,
    methods,
    modified_equation,
    modified_series,
    predict,
)
from imde_sym.base.executors import shares, spread, workers
from imde_sym.base.tables import Table
from imde_sym.errors import ExecutorError, ImdeError, UnknownNameError

QUESTIONS: dict[str, Callable[..., Any]] = {
    "series of rational numbers": partial(inverse_modified_series, "rk4", 9),
    "series of square roots": partial(modified_series, "gauss2", 6),
    "series of floats": partial(method_series, ButcherTableau([[0.0, 0.0], [0.37, 0.0]], [0.2, 0.8]), 5),
    "series of a map": lambda **options: inverse_modified_series(method_series("heun2", 6), **options),
    "facts of methods": partial(compare, ["explicit_euler", "gauss2"]),
    "runs of methods": partial(compare, ["explicit_euler", "heun2"], "harmonic_oscillator"),
    "table of methods": partial(methods.table, ["explicit_euler", "heun2"], details=True),
    "inverse check": lambda **options: check(inverse_modified_equation("pendulum", "heun2", 2), **options),
    "forward check": lambda **options: check(modified_equation("pendulum", "symplectic_euler", 2), **options),
    "enclosures": partial(predict, "pendulum", "explicit_euler", [0.02, 0.04], order=3, rigorous=True),
}


class Posted(Executor):
    """Runs what pickle makes of a task, and returns what it makes of the result, as another process would."""

    _max_workers = 3

    def __init__(self) -> None:
        self.sent: list[int] = []

    def submit(self, task: Any, /, *args: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()
        letter = pickle.dumps((task, args, options))
        self.sent.append(len(letter))
        task, args, options = pickle.loads(letter)
        try:
            answer = task(*args, **options)
        except ImdeError as error:
            future.set_exception(pickle.loads(pickle.dumps(error)))
        else:
            future.set_result(pickle.loads(pickle.dumps(answer)))
        return future


class Dying(Executor):
    """Its workers die."""

    def submit(self, task: Any, /, *args: Any, **options: Any) -> Future[Any]:
        del task, args, options
        future: Future[Any] = Future()
        future.set_exception(BrokenExecutor("a process in the pool was terminated abruptly"))
        return future


def same(a: Any, b: Any) -> bool:
    """Equal, and printed alike: floats to the last digit."""
    rows = [value.rows if isinstance(value, Table) else () for value in (a, b)]
    return bool(a == b and repr(a) == repr(b) and str(a) == str(b) and rows[0] == rows[1])


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_the_same_with_an_executor(question: str) -> None:
    assert same(QUESTIONS[question](executor=Posted()), QUESTIONS[question]())


def test_what_is_sent_is_small_however_high_the_order() -> None:
    post = Posted()
    inverse_modified_series("rk4", 12, executor=post)
    assert len(post.sent) >= 3
    assert max(post.sent) < 4_000


@pytest.mark.parametrize("question", ["series of rational numbers", "facts of methods", "inverse check", "enclosures"])
def test_a_worker_that_dies_is_told(question: str) -> None:
    with pytest.raises(ExecutorError, match="worker died or was lost"):
        QUESTIONS[question](executor=Dying())


@pytest.mark.parametrize("given", ["processes", 2, ProcessPoolExecutor, [ThreadPoolExecutor]])
@pytest.mark.parametrize("question", ["series of floats", "table of methods", "enclosures"])
def test_what_is_no_executor_is_refused(question: str, given: Any) -> None:
    with pytest.raises(ExecutorError, match="executor must be a concurrent"):
        QUESTIONS[question](executor=given)


def test_an_executor_that_was_shut_down_is_refused() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(ExecutorError, match="takes no work"):
        inverse_modified_series("rk4", 4, executor=pool)


def test_an_error_of_a_task_is_raised_as_it_would_be_here_and_the_rest_is_called_off() -> None:
    class Waiting(Posted):
        def submit(self, task: Any, /, *args: Any, **options: Any) -> Future[Any]:
            waiting.append(super().submit(task, *args, **options) if not waiting else Future())
            return waiting[-1]

    waiting: list[Future[Any]] = []
    with pytest.raises(UnknownNameError, match="nearest: implicit_midpoint") as caught:
        spread(_named, ["implicit_midpont", "rk4", "gauss2"], Waiting(), "names")
    assert caught.value.nearest[0] == "implicit_midpoint"
    assert [future.cancelled() for future in waiting] == [False, True, True]


def _named(name: str) -> str:
    return methods[name].title


@pytest.mark.parametrize("kind", [getattr(errors, name) for name in errors.__all__])
def test_every_error_comes_through_pickle_whole(kind: type[ImdeError]) -> None:
    error = kind.__new__(kind, "what was wrong")
    error.nearest = ["this"]
    found = pickle.loads(pickle.dumps(error))
    assert (type(found), found.args, found.nearest) == (kind, ("what was wrong",), ["this"])


@pytest.mark.parametrize(("size", "count"), [(0, 3), (2, 3), (3, 3), (10, 3), (11, 4)])
def test_shares_are_even_and_lose_nothing(size: int, count: int) -> None:
    found = shares(range(size), count)
    assert [x for share in found for x in share] == list(range(size))
    assert len(found) == min(size, count)
    assert not found or max(map(len, found)) - min(map(len, found)) <= 1


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def cluster() -> Iterator[Executor]:
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as local, distributed.Client(local) as client:
        yield client.get_executor()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["processes", "cluster"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_processes_and_a_cluster_answer_as_this_process_does(question: str, kind: str, request: Any) -> None:
    pool = request.getfixturevalue(kind)
    assert workers(pool) == 2
    assert same(QUESTIONS[question](executor=pool), QUESTIONS[question]())


@pytest.mark.slow
def test_a_process_that_ends_in_the_middle_is_told() -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool, pytest.raises(ExecutorError, match="exits: a worker died"):
        spread(os._exit, [1, 1], pool, "exits")
