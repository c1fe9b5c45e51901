"""What an analyst types: numbers of other libraries, whole numbers of any type, symbols, long compositions; and what is refused."""

import sys
from fractions import Fraction

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym.base.errors import ImdeError, MethodError, MissingLibraryError
from imde_sym.method import (
    ButcherTableau,
    Composition,
    LinearMultistep,
    MultiderivativeTableau,
    Splitting,
    extrapolate,
    methods,
    substeps,
)
from tests.rows import rows

a = sympy.Symbol("a")


def test_matrices_of_sympy_and_numpy_are_read():
    expected = ButcherTableau([[0, 0], ["1/2", 0]], [0, 1])
    A = sympy.Matrix([[0, 0], [sympy.Rational(1, 2), 0]])
    assert ButcherTableau(A, sympy.Matrix([0, 1])) == ButcherTableau(A, sympy.Matrix([[0, 1]])) == expected
    assert ButcherTableau(np.array([[0, 0], [Fraction(1, 2), 0]], object), np.array([0, 1])) == expected


def test_whole_numbers_of_any_type_are_read_and_others_refused():
    assert substeps(methods["rk4"], np.int64(2)) == substeps(methods["rk4"], 2)
    assert Splitting([(np.int8(0), 1), (sympy.Integer(1), 1)]) == Splitting([(0, 1), (1, 1)])
    assert LinearMultistep.finite_difference(np.array([-1, 1])) == LinearMultistep.finite_difference([-1, 0, 1])
    for refused in (
        lambda: substeps(methods["rk4"], 2.5),
        lambda: substeps(methods["rk4"], True),
        lambda: Splitting([(0.5, 1), (1, 1)]),
        lambda: LinearMultistep.finite_difference([0.5, 1]),
        lambda: LinearMultistep.finite_difference(["a"]),
        lambda: extrapolate(methods["rk4"], [1, "1/2"]),
    ):
        with pytest.raises(MethodError, match="must be an integer"):
            refused()


@rows(
    "make, message",
    [
        (lambda: LinearMultistep.finite_difference("ab"), "sequence of integers"),
        (lambda: extrapolate(methods["explicit_euler"], 3), "such as"),
        (lambda: extrapolate(methods["strang"], [1, 2]), "takes a Butcher tableau, got a Splitting"),
        (lambda: MultiderivativeTableau(3), "one for each derivative"),
        (lambda: ButcherTableau.from_json(3), "not JSON"),
        (lambda: imde.from_json(3), "not JSON"),
    ],
)
def test_wrong_kinds_of_arguments_are_named(make, message):
    with pytest.raises(ImdeError, match=message):
        make()


def test_substeps_beyond_one_tableau_are_a_composition():
    """12 substeps of DOP853 have 144 stages: formally f_h depends on T/S alone, so the series is that of one step, scaled."""
    m = substeps(methods["dop853"], 12)
    assert isinstance(m, Composition)
    one, many = (imde.inverse_modified_series(x, 5) for x in (methods["rk4"], substeps(methods["rk4"], 30)))
    assert all(many[t] == one[t] / 30 ** (t.order - 1) for t in one)


def test_a_multistep_family_with_a_parameter():
    m = LinearMultistep([-1, 1], [1 - a, a])
    assert [
        sympy.expand(x - y) for x, y in zip(m.mu(3), (1, sympy.S.Half - a, a**2 - a + sympy.Rational(1, 6)), strict=True)
    ] == [0] * 3
    assert m.mu(1) == (Fraction(1),) and isinstance(m.mu(1)[0], Fraction)
    for question in ("radius", "is_stable_for_discovery", "is_zero_stable"):
        with pytest.raises(MethodError, match="needs a number for a"):
            getattr(m, question)


def test_a_table_of_one_method():
    assert methods.table("rk4") == methods.table(["rk4"])


def test_a_library_that_lacks_one_of_its_own_is_not_said_to_be_missing_itself(monkeypatch):
    pytest.importorskip("nodepy")
    for name in [n for n in sys.modules if n.split(".")[0] == "nodepy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "six", None)
    monkeypatch.setitem(sys.modules, "six.moves", None)
    with pytest.raises(MissingLibraryError, match=r"needs six.*, which nodepy imports"):
        methods["rk4"].to_nodepy()
