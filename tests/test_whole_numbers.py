"""Whole numbers of any library are read alike wherever a count, a place or a power of h is asked for."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym.base.checks import check_count, check_word, whole
from imde_sym.base.errors import CodegenError, ImdeError
from imde_sym.codegen import TARGETS
from imde_sym.fields import lorenz96
from imde_sym.method import triple_jump
from tests.rows import rows

THREE = [3, np.int8(3), np.array(3), sympy.Integer(3), Fraction(6, 2), pytest.importorskip("flint").fmpz(3)]
NONE = [True, np.True_, np.array(True), 3.0, np.float64(3), "3", Fraction(7, 2), sympy.Symbol("n"), None, [3], 1 << 20_000]


class Rude:
    def __index__(self):
        raise RuntimeError("ask somebody else")


@rows("place", range(len(THREE)))
def test_integers_of_every_library_are_whole(place):
    found = whole(THREE[place])
    assert found == 3 and type(found) is int


@rows("place", range(len(NONE) + 1))
def test_what_is_not_an_integer_is_refused_with_what_was_given(place):
    given = [*NONE, Rude()][place]
    with pytest.raises(TypeError):
        whole(given)
    with pytest.raises(CodegenError, match="the size must be an integer from 1 to 9, got "):
        check_count(given, "the size", 1, 9, CodegenError)


def test_truth_values_of_tensors_are_no_counts():
    torch = pytest.importorskip("torch")
    assert whole(torch.tensor(3)) == 3
    with pytest.raises(TypeError):
        whole(torch.tensor(True))


PLACES = {
    "grade": lambda n: EQUATION.grade(n),
    "term": lambda n: EQUATION.term(n),
    "colour": lambda n: SPLIT.colour(n),
    "part": lambda n: SPLIT.part(n),
    "term of a callable": lambda n: CALLABLE.term(n),
    "part of a callable": lambda n: CALLABLE.part(n),
    "substeps": lambda n: imde.substeps("rk4", n),
    "composition": triple_jump,
    "system": lorenz96,
    "difference formula": lambda n: imde.LinearMultistep.finite_difference([n]),
    "splitting": lambda n: imde.Splitting([(n, 1), (0, 1)]),
    "tree": lambda n: imde.RootedTree.from_number(n),
}
EQUATION = imde.modified_equation("pendulum", "rk4", 2)
SPLIT = imde.modified_equation("pendulum", "strang", 2, parts=[[np.int64(0)], [sympy.Integer(1)]])
CALLABLE = imde.modified_equation(lambda x: x, "strang", 2, parts=[[np.int64(0)], [sympy.Integer(1)]])


@rows("place", PLACES)
def test_every_place_reads_an_integer_of_numpy_and_of_sympy_and_refuses_true_and_a_million_digits(place):
    n = 4 if place == "system" else 2 if place == "composition" else 1
    for given in (n, np.int64(n), sympy.Integer(n)):
        PLACES[place](given)
    for given in (True, float(n), "one", None, 10**5000):
        with pytest.raises(ImdeError) as error:
            PLACES[place](given)
        assert len(str(error.value)) < 300


def test_a_word_that_is_not_accepted_is_told_the_accepted_ones_once():
    with pytest.raises(CodegenError) as error:
        EQUATION.source("numpi")
    assert str(error.value) == (f"unknown target 'numpi'; nearest: numpy, numba; accepted: {', '.join(TARGETS)}")
    with pytest.raises(CodegenError, match=r"unknown part 'corection'; nearest: correction; accepted: field, correction$"):
        EQUATION.source("c", part="corection")
    assert check_word("b", "letter", ("a", "b"), ImdeError) == "b"
