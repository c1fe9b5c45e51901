"""The progress bar: on a terminal, after the delay, gone at the end."""

import io

import mpmath
import pytest

import imde_sym as imde
from imde_sym.base import progress
from imde_sym.base.sharing import precision
from imde_sym.fields import as_graded
from imde_sym.verify import steps


class Terminal(io.StringIO):
    def isatty(self):
        return True


def terminal(monkeypatch, delay=-1.0):
    """A terminal in place of stderr (made inside the test: pytest replaces stderr between its phases)."""
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(progress, "DELAY", delay)
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    return stream


@pytest.fixture(autouse=True)
def without_tqdm(request, monkeypatch):
    if "tqdm" not in request.node.name:
        monkeypatch.setattr(progress, "found", lambda module: None)


def test_tqdm_draws_the_bar_where_it_is_installed(monkeypatch):
    pytest.importorskip("tqdm")
    stderr = terminal(monkeypatch)
    assert list(progress.track("abc", "letters", growth=2)) == ["a", "b", "c"]
    assert "letters" in stderr.getvalue() and "3 of 3" in stderr.getvalue()
    assert stderr.getvalue().rstrip().endswith("\r") or stderr.getvalue().rpartition("\r")[2].strip() == ""


def test_a_notebook_shows_a_bar_where_stderr_is_no_terminal(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(progress, "DELAY", -1.0)
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    assert list(progress.track("ab", "letters")) == ["a", "b"]
    assert "letters: 2 of 2" in stream.getvalue()


def test_a_slow_loop_shows_a_bar_and_wipes_it(monkeypatch):
    stderr = terminal(monkeypatch)
    assert list(progress.track("abc", "letters", growth=2)) == ["a", "b", "c"]
    shown = stderr.getvalue()
    assert "letters: 3 of 3" in shown
    assert shown.endswith("\r\x1b[K")


def test_the_bar_is_wiped_when_the_loop_is_left_early(monkeypatch):
    stderr = terminal(monkeypatch)
    for _ in progress.track(range(5), "left early"):
        break
    del _
    assert stderr.getvalue().endswith("\r\x1b[K")


def test_a_quick_loop_shows_nothing(monkeypatch):
    stderr = terminal(monkeypatch, delay=2.0)
    assert sum(progress.track(range(4), "quick")) == 6
    assert stderr.getvalue() == ""


def test_nothing_is_shown_where_stderr_is_no_terminal(monkeypatch, capsys):
    monkeypatch.setattr(progress, "DELAY", -1.0)
    list(progress.track(range(4), "quiet"))
    assert capsys.readouterr().err == ""


def test_a_long_series_reports_its_grades(monkeypatch):
    stderr = terminal(monkeypatch)
    imde.inverse_modified_series(imde.methods["heun2"], 7)  # beyond order 4 it is not told by the forward series
    assert "inverse modified field, grades: 7 of 7" in stderr.getvalue()


def test_a_bar_is_not_drawn_anew_in_each_of_thousands_of_rounds(monkeypatch):
    stderr = terminal(monkeypatch)
    monkeypatch.setattr(progress, "INTERVAL", 3600.0)
    assert sum(1 for _ in progress.track(range(5000), "steps")) == 5000
    assert stderr.getvalue().count("steps: ") == 1


@pytest.mark.parametrize("method", ["explicit_midpoint", "two_step_adams_bashforth"])
def test_long_runs_of_every_kind_of_step_have_a_bar(method, monkeypatch):
    # methods that hand on several values run on by themselves
    stderr = terminal(monkeypatch)
    monkeypatch.setattr(steps, "MANY", 5)
    step = steps.stepper(imde.methods[method], steps.MethodField(as_graded(imde.VectorField("x' = -x"))))
    with precision(20):
        end = steps.after(step, [mpmath.mpf(1)], 0, mpmath.mpf("0.01"), 8)
    assert abs(end[0] - mpmath.exp(-0.08)) < 1e-4 and "steps: 8 of 8" in stderr.getvalue()
