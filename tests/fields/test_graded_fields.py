"""Fields in powers of h and by colours: what they hold, and what they are equal to."""

import pickle
from fractions import Fraction

import pytest
import sympy

import imde_sym as imde
from imde_sym import VectorField, inverse_modified_equation, methods
from imde_sym.base.errors import FieldError
from imde_sym.fields import GradedField, as_graded, over_a_ring
from tests.rows import rows

PENDULUM = VectorField.parse("q' = p; p' = -10*sin(q)")
EQUATION = inverse_modified_equation(PENDULUM, methods["explicit_midpoint"], 4)
SPLIT = inverse_modified_equation(PENDULUM, methods["symplectic_euler"], 4, parts=[["p"], ["q"]])


def test_a_modified_field_is_a_graded_field():
    assert isinstance(EQUATION, GradedField)
    assert EQUATION.order == 4 and EQUATION.variables == PENDULUM.variables
    assert [EQUATION.grade(k).expressions for k in range(4)] == [list(EQUATION.term(k)) for k in range(4)]


def test_the_colours_sum_to_the_field():
    colours = [SPLIT.colour(i) for i in range(2)]
    h = SPLIT.step
    for k in range(4):
        total = sum((sympy.Matrix(c.grade(k).expressions) for c in colours), sympy.zeros(2, 1))
        assert (total - SPLIT.term(k)).applyfunc(sympy.expand) == sympy.zeros(2, 1)
    assert SPLIT.sum().grades == SPLIT.grades
    assert SPLIT.part(1) == sympy.Matrix([sum(h**k * colours[1].grade(k).expressions[m] for k in range(4)) for m in range(2)])


def test_the_value_at_a_point_is_that_of_the_formula():
    x, h = (Fraction(37, 100), "-65"), Fraction(1, 377)
    at = dict(zip(PENDULUM.variables, map(sympy.Rational, x)))
    assert EQUATION.evaluate(x, h) == EQUATION.as_expr(h).subs(at)
    assert EQUATION.truncate(1).evaluate(x) == sympy.Matrix(PENDULUM.components).subs(at)


def test_variables_are_exchanged_all_at_once():
    x, y = PENDULUM.variables
    assert list(as_graded(PENDULUM).evaluate([y, x])) == [x, -10 * sympy.sin(y)]


@rows("field", [EQUATION, SPLIT, EQUATION.sum(), SPLIT.colour(1), as_graded(PENDULUM)])
def test_graded_fields_survive_pickling(field):
    copy = pickle.loads(pickle.dumps(field))
    assert copy == field and hash(copy) == hash(field) and repr(copy) == repr(field) and type(copy) is type(field)


def test_where_a_field_comes_from_is_part_of_it():
    assert EQUATION != EQUATION.sum() and EQUATION.sum() == EQUATION.colour(0)
    assert EQUATION.sum() != EQUATION.truncate(3).sum()


def test_the_field_itself_has_the_parts_that_it_is_split_into():
    plain = as_graded(PENDULUM, SPLIT.split)
    assert [plain.colour(i).evaluate([1, 2]) for i in range(2)] == [sympy.Matrix([0, -10 * sympy.sin(1)]), sympy.Matrix([2, 0])]
    assert plain.sum() == as_graded(PENDULUM)


def test_a_grade_alone_is_a_field_of_order_1():
    assert list(EQUATION.only(2).evaluate([1, 2])) == list(EQUATION.term(2).subs(dict(zip(PENDULUM.variables, (1, 2)))))


@rows(
    "wrong",
    [
        lambda: EQUATION.grade(4),
        lambda: EQUATION.grade(-1),
        lambda: EQUATION.colour(1),
        lambda: EQUATION.truncate(5),
        lambda: EQUATION.sum().truncate(0),
        lambda: EQUATION.evaluate([1]),
        lambda: GradedField(EQUATION.ring, []),
        lambda: GradedField(EQUATION.ring, [EQUATION.grades, EQUATION.grades[:1]]),
    ],
)
def test_what_is_not_there_is_refused(wrong):
    with pytest.raises(imde.ImdeError):
        wrong()


def test_formulas_enter_one_ring():
    x = sympy.Symbol("x")
    ring, ((first, second),) = over_a_ring([x], [[[sympy.sin(x)], [sympy.cos(x) ** 2]]])
    assert ring.to_sympy(ring.reduce(ring.along(first.components[0], second))) == sympy.cos(x) ** 3


def test_a_field_of_no_colour_says_what_is_missing():
    with pytest.raises(FieldError, match="a colour and a grade"):
        GradedField(EQUATION.ring, [])
