"""Many threads at once see what one thread sees: tables grown together, precision shared."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import mpmath
import pytest

import imde_sym as imde
from imde_sym.base.sharing import precision, shared, working_digits
from imde_sym.trees import TreeTable

THREADS = 8

FRESH = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
import imde_sym as imde
from imde_sym.trees import tree_table
{setup}
sys.setswitchinterval(1e-5)
start = threading.Barrier({threads})
def work(i):
    start.wait()
    return {work}
with ThreadPoolExecutor({threads}) as pool:
    found = list(pool.map(work, range({threads})))
sys.setswitchinterval(5e-3)
right = {right}
assert all(f == right for f in found), [str(f)[:200] for f in found]
"""


def in_a_fresh_process(work, right, setup=""):
    code = FRESH.format(work=work, right=right, setup=setup, threads=THREADS)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-800:]


@pytest.fixture
def quick_switches():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.slow
def test_every_thread_sees_every_tree_once():
    in_a_fresh_process(
        "(lambda names: (len(names), len(set(names))))([t.brackets for n in range(1, 12) for t in imde.rooted_trees(n)])",
        "(sum(imde.count_rooted_trees(n) for n in range(1, 12)),) * 2",
    )


@pytest.mark.slow
def test_densities_are_read_while_the_table_grows():
    in_a_fresh_process(
        "[int(tree_table(2).density[:tree_table(2).size(4 + (i + k) % 5)].sum()) * 0 for k in range(5)]", "[0] * 5"
    )


def test_series_of_many_threads_are_those_of_one():
    in_a_fresh_process(
        "[imde.exact_series(8).coefficients, imde.substitute(imde.modified_series(m, 6), imde.exact_series(6)).coefficients]",
        "[imde.exact_series(8).coefficients, imde.method_series(m, 6).coefficients]",
        setup="m = imde.methods['rk4']",
    )


def test_a_shared_value_is_made_once(quick_switches):
    made = []

    def make(key):
        made.append(key)
        return TreeTable(key)

    get, start = shared(make), threading.Barrier(THREADS)

    def work(_):
        start.wait()
        return get(2)

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(work, range(THREADS)))
    assert made == [2] and all(f is found[0] for f in found)


def test_no_thread_takes_digits_from_another(quick_switches):
    """mpmath has one precision for the process: 1/3 in 60 digits must stay right while others come and go with 20."""
    outside, start = mpmath.mp.prec, threading.Barrier(THREADS)

    def work(i):
        start.wait()
        for _ in range(200):
            with precision(20 if i % 2 else 60):
                third = mpmath.mpf(1) / 3
                assert abs(3 * third - 1) < mpmath.mpf(10) ** (-15 if i % 2 else -55)
                assert working_digits() == (20 if i % 2 else 60)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert mpmath.mp.prec == outside


def test_checks_and_stability_of_many_threads_are_right(quick_switches):
    F = imde.inverse_modified_equation(imde.VectorField.parse("x' = x*(1 - x)"), imde.methods["rk4"], 5)

    def work(i):
        if i % 2:
            return imde.check(F, x0=["1/3"]).passed
        return imde.ButcherTableau([["1/2 - sqrt(3)/6"]], [1]).stability.order == 1

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(work, range(THREADS)))
