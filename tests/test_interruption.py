"""Ctrl-C in the middle of computations: what is kept between calls stays right."""

import signal
import subprocess
import sys

import pytest

SCRIPT = """
import signal, sys
import imde_sym as imde

def ask():
    F = imde.modified_equation("double_pendulum", "gauss2", 4)
    series = imde.modified_series("strang", 6)
    return str(F), series.table(), imde.methods["rk4"].describe(), imde.count_rooted_trees(9), len(list(imde.rooted_trees(7, 2)))

def interrupt(*_):
    raise KeyboardInterrupt

str(imde.modified_equation("pendulum", "euler", 2)), imde.methods["euler"].describe(), imde.method_series("strang", 2)  # imports
count, delay = 0, float(sys.argv[1])
if delay:
    signal.signal(signal.SIGALRM, interrupt)
    for _ in range(12):
        try:
            signal.setitimer(signal.ITIMER_REAL, delay)
            ask()
        except KeyboardInterrupt:
            count += 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
print(count > 0)
print(*ask(), sep="\\n")
"""


def run(delay):
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(delay)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    interrupted, _, answers = done.stdout.partition("\n")
    return interrupted == "True", answers


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer that interrupts")
def test_calls_that_were_interrupted_leave_nothing_half_done_behind():
    _, right = run(0)
    for delay in (0.013, 0.05):
        interrupted, answers = run(delay)
        assert interrupted and answers == right
