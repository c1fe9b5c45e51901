"""The progress bar: on a terminal, after the delay, gone at the end."""

import io

import pytest

import imde_sym as imde
from imde_sym.base import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def terminal(monkeypatch, delay=-1.0):
    """A terminal in place of stderr (made inside the test: pytest replaces stderr between its phases)."""
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(progress, "DELAY", delay)
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
