"""Rows that are joined to one test all run and say which of them fail; a sample of a catalogue has every kind of entry."""

import pytest

from imde_sym import methods, systems
from tests.rows import in_turn, rows, sampled, slow


def quick(values):
    return [v for v in values if not (hasattr(v, "marks") and v.marks)]


def test_all_rows_run_and_those_that_fail_are_named():
    seen = []

    @rows("n, word", [(1, "one"), (2, "two"), pytest.param(3, "three", marks=pytest.mark.slow)])
    def check(word, n):
        seen.append(word)
        assert n != 2

    at_once, later = (p.values[0] for p in check.pytestmark[0].args[1])
    with pytest.raises(ExceptionGroup, match="1 of 2 rows fail") as caught:
        check(at_once)
    assert caught.value.exceptions[0].__notes__ == ["in row 2: {'n': 2, 'word': 'two'}"]
    check(later)
    assert seen == ["one", "two", "three"]


def test_a_row_that_should_raise_and_does_not_has_failed():
    @rows("n", [0])
    def check(n):
        with pytest.raises(ZeroDivisionError):
            assert 1 / (n + 1) == 1

    with pytest.raises(BaseExceptionGroup, match="1 of 1 rows fail"):
        check([(0,)])


def test_a_sample_has_every_family_and_is_the_same_every_time():
    found = quick(sampled(methods, "any"))
    assert {methods.entry(n).get("family") for n in found} == {methods.entry(n).get("family") for n in methods}
    assert found == quick(sampled(methods, "any")) != quick(sampled(methods, "another")) and len(found) < len(methods) / 2
    assert 10 < len(quick(sampled(systems, "any"))) < len(systems)


def test_combinations_take_turns():
    assert [p.values for p in in_turn("abc", [1, 2]) if not p.marks] == [("a", 1), ("b", 2), ("c", 1)]
    assert quick(slow(["a", "b", ("c", 1)], "a", ("c", 1))) == ["b"]
