"""B-series evaluated at concrete fields, against the direct route and against plain sympy."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given

import imde_sym as imde
from imde_sym.base.errors import FieldError, ParseError
from imde_sym.method import PartitionedTableau
from tests.strategies import examples, tableaux

h = sympy.Symbol("h")
SYSTEMS = ["pendulum", "lorenz", "kepler"]


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("method", ["explicit_midpoint", "implicit_midpoint", "gauss2"])
def test_tree_by_tree_evaluation_equals_the_direct_route(system, method):
    f, m = imde.systems[system], imde.methods[method]
    direct = h * imde.inverse_modified_equation(f, m, 4).as_expr()
    found = imde.evaluate(imde.inverse_modified_series(m, 4), f)
    point = dict(zip(f.variables, map(sympy.Rational, ("3/7", "-5/11", "9/13", "2/3")), strict=False))
    for a, b in zip(found, direct, strict=True):
        assert sympy.simplify((a - b).subs(point)) == 0


@examples(10)
@given(tableaux(explicit=True))
def test_a_method_evaluated_at_a_quadratic_field_is_its_own_step(m):
    x = sympy.Symbol("x")
    f = imde.VectorField({x: x**2})
    stages = []
    for row in m.A:
        stages.append((x + h * sum(sympy.Rational(a) * g for a, g in zip(row, stages, strict=False))) ** 2)
    step = sympy.expand(x + h * sum(sympy.Rational(b) * g for b, g in zip(m.b, stages, strict=True)))
    expected = sum(step.coeff(h, k) * h**k for k in range(5))
    (found,) = imde.evaluate(imde.method_series(m, 4), f)
    assert sympy.expand(found - expected) == 0


def test_a_coloured_series_takes_one_field_for_each_colour():
    q, p = sympy.symbols("q p")
    kick, drift = imde.VectorField([q, p], [0, -sympy.sin(q)]), imde.VectorField([q, p], [p, 0])
    euler, implicit = (imde.methods[f"{kind}_euler"] for kind in ("explicit", "implicit"))
    # p first with the old q, then q with the new p: the one stage sits at (q, new p)
    a = imde.method_series(PartitionedTableau([implicit, euler]), 4)
    new_p = p - h * sympy.sin(q)
    found = imde.evaluate(a, [kick, drift])
    assert sympy.expand(found - sympy.Matrix([q + h * new_p, new_p])) == sympy.zeros(2, 1)


def test_numbers_stay_exact_and_symbols_pass_through():
    f = imde.VectorField.parse("y' = y**2")
    alpha = sympy.Symbol("alpha")
    series = imde.series.generic_series(2, "a") * alpha
    assert imde.evaluate(series, f, h="1/3", at={f.variables[0]: Fraction(1, 2)}).free_symbols >= {alpha}
    assert imde.evaluate(imde.exact_series(2), f, h="1/3", at=["1/2"])[0] == sympy.Rational(1, 2) + sympy.Rational(
        1, 12
    ) + sympy.Rational(1, 72)


def test_fields_that_do_not_suit_the_series_are_refused():
    f, g = imde.VectorField.parse("y' = y"), imde.VectorField.parse("x' = x")
    with pytest.raises(FieldError, match="1 colour"):
        imde.evaluate(imde.exact_series(2), [f, f])
    with pytest.raises(FieldError, match="same variables"):
        imde.evaluate(imde.exact_series(2, colors=2), [f, g])
    with pytest.raises(FieldError, match="value for each of y"):
        imde.evaluate(imde.exact_series(2), f, at=[1, 2])
    with pytest.raises(ParseError):
        imde.evaluate(imde.exact_series(2), f, h="__import__('os')")
