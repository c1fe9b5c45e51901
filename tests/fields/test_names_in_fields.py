"""One name is one symbol: what is mixed up by its name is refused or kept apart, whatever constructor it comes through."""

import pytest
import sympy

import imde_sym as imde
from imde_sym import ButcherTableau, ImdeError, VectorField, from_json, methods, systems
from tests.rows import rows

x, y, q, p, v, t, a, k = sympy.symbols("x y q p v t a k")
xr, qr, ar, tr = (sympy.Symbol(n, real=True) for n in "xqat")
A, B = sympy.symbols("A B", commutative=False)
X, V = sympy.Function("x"), sympy.Function("V")

OTHER_ASSUMPTIONS = {
    "a component": lambda: VectorField({xr: -x}),
    "two parameters": lambda: VectorField({x: a * x + ar}),
    "a parameter": lambda: VectorField({x: a * x}, parameters={ar: 2}),
    "a value": lambda: VectorField({x: a * x}, parameters={a: xr}),
    "a changed parameter": lambda: VectorField({x: a * x}).with_parameters({ar: 2}),
    "the time": lambda: VectorField({x: sympy.sin(t)}, time=tr),
    "a Hamiltonian": lambda: VectorField.hamiltonian(p**2 / 2 - sympy.cos(q), [qr], [p]),
    "a Lagrangian": lambda: VectorField.lagrangian(v**2 / 2 - q**2, [qr], [v]),
    "a potential": lambda: VectorField.gradient(x**2, [xr]),
    "a Poisson matrix": lambda: VectorField.poisson([[0, x], [-x, 0]], xr**2 + y, [xr, y]),
    "a system of second order": lambda: VectorField.second_order({qr: -q}),
    "an invariant": lambda: imde.conserved(xr**2, (VectorField({x: -x}), methods["rk4"], 2)),
    "a Lie derivative": lambda: VectorField({x: -x}).lie_derivative(xr**2),
    "an involution": lambda: imde.reversibility((systems["pendulum"], methods["rk4"], 2), {sympy.Symbol("p", real=True): -1}),
    "a place": lambda: imde.linearisation((VectorField({x: -x}), methods["rk4"], 2), {xr: 0}),
    "a point": lambda: imde.evaluate(imde.exact_series(2), VectorField({x: -x}), at={xr: 1}),
    "a start": lambda: imde.check(imde.modified_equation(VectorField({x: -x}), methods["rk4"], 2), x0={xr: 1}),
    "a domain": lambda: imde.predict(VectorField({x: -x}), methods["rk4"], 0.1, domain={xr: (0, 1)}),
    "a part": lambda: imde.modified_equation(VectorField({q: p, p: -q}), methods["symplectic_euler"], 2, [[qr], [p]]),
    "a method": lambda: imde.modified_equation(VectorField({x: a * x}), ButcherTableau([[0, 0], [ar, 0]], [0, 1]), 2),
    "one method": lambda: ButcherTableau([[0, 0], [a, 0]], [1 - ar, ar]),
    "a series": lambda: imde.BSeries(1, [a], ar),
    "undefined functions": lambda: VectorField({x: V(x) + sympy.Function("V", real=True)(x)}),
}


@rows("place", OTHER_ASSUMPTIONS)
def test_a_symbol_of_equal_name_and_other_assumptions_is_refused_by_name(place):
    with pytest.raises(ImdeError, match=r"called '?[xqpatV]|symbol x of the invariant has other assumptions"):
        OTHER_ASSUMPTIONS[place]()


@rows("right", [X(t).diff(t), X(t), -X(t) + x, X(x), sympy.sin(X(t)) * y])
def test_a_function_with_the_name_of_a_variable_is_no_constant(right):
    with pytest.raises(ImdeError, match=r"x\(\w\) is a function, but x is a symbol"):
        VectorField({x: right})


@pytest.mark.parametrize("right", [-X(t) + x, X(x)])
def test_a_function_of_time_and_a_symbol_of_its_name_are_not_mixed(right):
    with pytest.raises(ImdeError, match="x is both a symbol and a function of time"):
        VectorField({X(t): right})


def test_functions_of_time_may_be_the_variables():
    assert VectorField({X(t): sympy.sin(X(t)) * y}) == VectorField({x: sympy.sin(x) * y})
    with pytest.raises(ImdeError, match="do not determine x'"):
        VectorField({X(t): X(t).diff(t)})


def test_a_known_function_is_not_shadowed_by_an_undefined_one():
    with pytest.raises(ImdeError, match=r"sympy.sin"):
        VectorField({x: sympy.Function("sin")(x) + sympy.sin(x)})


@rows(
    "wrong",
    [A * B, sympy.Order(x**2), x + sympy.Order(x**2), sympy.Matrix([x]), sympy.ImmutableMatrix([[x]]), sympy.Lambda(x, x), x > 0,
     sympy.MatrixSymbol("M", 2, 2), sympy.Function("F", commutative=False)(x), sympy.Tuple(x, x), sympy.true, sympy.IndexedBase("u")[1], {x}],
)  # fmt: skip
def test_what_is_no_formula_in_commuting_symbols_is_refused(wrong):
    calls = [
        lambda: VectorField({x: wrong}),
        lambda: VectorField({x: a * x}, parameters={a: wrong}),
        lambda: VectorField.gradient(wrong, [x]),
        lambda: ButcherTableau([[0]], [wrong]),
        lambda: imde.BSeries(1, [wrong]),
        lambda: imde.conserved(wrong, (VectorField({x: -x}), methods["rk4"], 2)),
        lambda: imde.modified_equation(VectorField({x: -x}), methods["rk4"], 2).as_expr(wrong),
        lambda: VectorField({x: -x}).lie_derivative(wrong),
        lambda: methods["rk4"].stability.as_expr(wrong),
    ]
    for call in calls:
        with pytest.raises(ImdeError):
            call()


def test_noncommutative_variables_are_refused_by_name():
    with pytest.raises(ImdeError, match="A is a noncommutative symbol"):
        VectorField({A: A * B, B: B * A})


FORCED = sympy.sin(t)


def test_t_is_the_time_in_mappings_as_in_text():
    for field in (VectorField({x: -x + FORCED}), VectorField([x], [-x + FORCED]), VectorField({"x": "-x + sin(t)"})):
        assert field == VectorField.parse("x' = -x + sin(t)") and field.time == t
    assert VectorField.second_order({q: -q + FORCED}) == VectorField.parse("q'' = -q + sin(t)")
    H = p**2 / 2 + q * FORCED
    assert VectorField.hamiltonian(H, [q], [p]) == VectorField.hamiltonian(H, [q], [p], time=t)
    assert VectorField.hamiltonian(p**2 / 2 + FORCED, [q], [p]).invariants == {}
    L = v**2 / 2 * sympy.exp(t) - q**2
    assert VectorField.lagrangian(L, [q], [v]) == VectorField.lagrangian(L, [q], [v], time=t)
    assert sympy.expand(VectorField.lagrangian(L, [q], [v]).components[1]) == -v - 2 * q * sympy.exp(-t)
    assert VectorField.gradient(x**2 * t, x).time == t
    assert VectorField({x: sympy.Function("u")(t) - x}).time == t
    assert VectorField({x: -x + sympy.sin(tr)}).time == tr


def test_t_is_a_constant_where_that_is_said():
    for field in (
        VectorField({x: t * x}, parameters=[t]),
        VectorField({x: t * x}, parameters="t"),
        VectorField({x: t * x}, parameters={t: t}),
        VectorField({x: t * x}, time=False),
        VectorField.parse("x' = t*x", ["t"]),
    ):
        assert field.variables == (x,) and field.free_parameters == (t,) and field.time is None
        assert from_json(field.to_json()).variables == (x,) and field.with_parameters(t=2).components == (2 * x,)
    assert VectorField({x: t * x}, parameters={t: 3}).components == (3 * x,)
    assert VectorField({x: t * x, t: 2}).time is None
    assert VectorField.lagrangian(v**2 / 2 - t * q, [q], [v], parameters="t").variables == (q, v)
    s = sympy.Symbol("s")
    assert VectorField({x: t * x + s}, time=s, parameters="t").variables == (x, s)


def test_t_that_comes_in_with_a_value_is_the_time():
    moving = VectorField({x: k * x}).with_parameters(k=FORCED)
    assert moving.variables == (x, t) and moving == VectorField({x: k * x}, parameters={k: FORCED})
    assert VectorField({x: k * t * x}, time=False).with_parameters(k=t).variables == (x,)


def test_a_variable_is_no_parameter():
    with pytest.raises(ImdeError, match="both a variable and a parameter"):
        VectorField({x: -x}, parameters={x: 2})
    with pytest.raises(ImdeError, match="both a variable and a parameter"):
        VectorField({x: sympy.sin(t)}, time=t, parameters={t: 2})


def test_lie_derivatives_take_text_and_the_values_of_parameters():
    f = systems["pendulum"]
    assert f.lie_derivative("p**2/2 - k*cos(q)") == 0 == f.lie_derivative(f.hamiltonian_function)
    with pytest.raises(ImdeError, match="'z'"):
        f.lie_derivative("z")


def test_momenta_of_a_modified_lagrangian_do_not_take_the_name_of_a_parameter():
    taken = sympy.Symbol("p_q")
    f = VectorField.lagrangian(v**2 / 2 - taken * q**2, [q], [v])
    found = imde.modified_lagrangian(f, methods["implicit_midpoint"], 3)
    same = imde.modified_lagrangian(VectorField.lagrangian(v**2 / 2 - k * q**2, [q], [v]), methods["implicit_midpoint"], 3)
    assert found.term(2) == same.term(2).subs(k, taken)
