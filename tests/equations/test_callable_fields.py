"""Fields given as functions, by JAX: against the symbolic route, as a realisation of the algebra, and as functions."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy

from imde_sym import ButcherTableau, inverse_modified_equation, methods, modified_equation, systems
from imde_sym.base.errors import FieldError, ImdeError, MethodError, SeriesError
from imde_sym.method import LinearMultistep, Method, PartitionedTableau, Rosenbrock, Splitting
from imde_sym.prelie import ColoredSpace, Graded, PreLieSpace

jax = pytest.importorskip("jax")
jnp = jax.numpy

AB2 = LinearMultistep([0, -1, 1], ["-1/2", "3/2", 0], name="ab2")
SYMPLECTIC_EULER = PartitionedTableau([methods["implicit_euler"], methods["explicit_euler"]], name="symplectic Euler")
METHODS = [methods["explicit_midpoint"], methods["rk4"], methods["implicit_midpoint"], AB2]
SYSTEMS = {
    "pendulum": (lambda y: jnp.stack([-10 * jnp.sin(y[1]), y[0]]), [[0], [1]]),
    "lorenz": (lambda y: jnp.stack([10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8 * y[2] / 3]), None),
    "kepler": (lambda y: jnp.concatenate([y[2:], -y[:2] / jnp.sum(y[:2] ** 2) ** 1.5]), [[2, 3], [0, 1]]),
}
H = 0.05


@pytest.fixture(autouse=True)
def double_precision():
    with jax.enable_x64(True):
        yield


def points(dimension: int, count: int = 3) -> np.ndarray:
    return np.random.default_rng(3).uniform(0.4, 1.3, (count, dimension))


def model(x, parameters):
    A, b, B = parameters
    return B @ jnp.tanh(A @ x + b)


def weights() -> tuple:
    rng = np.random.default_rng(5)
    return tuple(jnp.asarray(rng.normal(size=shape)) for shape in [(4, 2), (4,), (2, 4)])


class FunctionSpace(PreLieSpace):
    """Vector fields as plain functions, w ▷ g one jvp: the algebra itself, with nothing shared."""

    def __init__(self, order: int):
        self.order = order

    def scalar(self, value):
        return float(value)

    def linear(self, weights, parts):
        kept = [(w, p) for w, p in zip(weights, parts) if w and p is not None]
        return (lambda x: sum(w * p(x) for w, p in kept)) if kept else None

    def product(self, w: Graded, g: Graded, k: int, lowest: int):
        pairs = [(g[i], w[k - i]) for i in range(lowest, k) if g[i] is not None and w[k - i] is not None]
        return (lambda x: sum(jax.jvp(a, (x,), (b(x),))[1] for a, b in pairs)) if pairs else None

    def field(self, f) -> Graded:
        return [None, f, *[None] * (self.order - 1)]


# -- against other routes -----------------------------------------------------------------------
QUICK = {"pendulum": "implicit_midpoint", "lorenz": "explicit_midpoint", "kepler": "rk4"}
"""For each system the method that is taken where time is short, beside the multistep one."""
CASES = [
    pytest.param(
        direction, system, order, m, marks=() if quick else pytest.mark.slow, id=f"{direction.__name__}-{system}-{order}-{m.name}"
    )
    for direction in (inverse_modified_equation, modified_equation)
    for system in SYSTEMS
    for order in (4, 5)
    for m in METHODS
    for quick in [order == 4 and m.name in (QUICK[system], AB2.name)]
]


@pytest.mark.parametrize("direction, system, order, method", CASES)
def test_the_field_and_every_term_equal_their_formulas_to_rounding(direction, system, order, method):
    f, _ = SYSTEMS[system]
    x = points(systems[system].dimension)
    exact = direction(systems[system], method, order)
    found = direction(f, method, order)
    np.testing.assert_allclose(found(x, H), exact.lambdify()(x, H), rtol=1e-12)
    before = np.zeros_like(x)
    for k in range(order):
        total = exact.truncate(k + 1).lambdify()(x, 1.0)
        np.testing.assert_allclose(found.term(k)(x), total - before, rtol=1e-11, atol=1e-12 * np.abs(total).max())
        before = total


@pytest.mark.parametrize("system", ["pendulum", "kepler"])
@pytest.mark.parametrize("direction", [inverse_modified_equation, modified_equation])
def test_parts_by_components_equal_the_formulas_of_symplectic_euler(system, direction):
    f, parts = SYSTEMS[system]
    x, order = points(systems[system].dimension), 3
    named = [[str(systems[system].variables[i]) for i in part] for part in parts]
    exact = direction(systems[system], SYMPLECTIC_EULER, order, named)
    found = direction(f, SYMPLECTIC_EULER, order, parts)
    np.testing.assert_allclose(found(x, H), exact.lambdify()(x, H), rtol=1e-12)
    for i in range(2):
        part = exact.part(i).subs("h", H)
        want = np.array([list(part.subs(dict(zip(exact.variables, row)))) for row in x], float)
        np.testing.assert_allclose(found.part(i)(x, H), want, rtol=1e-11, atol=1e-13)


@pytest.mark.slow
def test_order_five_of_a_partitioned_method_equals_its_formulas():
    f, parts = SYSTEMS["pendulum"]
    exact = inverse_modified_equation(systems["pendulum"], SYMPLECTIC_EULER, 5, [["p"], ["q"]])
    x = points(2)
    found = inverse_modified_equation(f, SYMPLECTIC_EULER, 5, parts)
    np.testing.assert_allclose(found(x, H), exact.lambdify()(x, H), rtol=1e-12)


def test_parts_as_functions_and_parts_as_components_agree():
    parameters = weights()
    halves = [lambda x, p, i=i: model(x, p) * jnp.eye(2)[i] for i in range(2)]
    x = points(2)
    for method in (SYMPLECTIC_EULER, Splitting([(0, "1/2"), (1, 1), (0, "1/2")])):
        one, two = (modified_equation(model, method, 3, parts)(x, H, parameters) for parts in ([[0], [1]], halves))
        np.testing.assert_allclose(one, two, rtol=1e-14)


@pytest.mark.parametrize("direction", ["modified", "inverse_modified"])
@pytest.mark.parametrize(
    "method", [*METHODS, methods["gauss2"], Rosenbrock([[0, 0], [1, 0]], [["1/2", 0], [-1, "1/2"]], ["1/2", "1/2"])]
)
def test_it_is_what_the_recursion_gives_with_one_jvp_for_each_product(method: Method, direction):
    # rooted trees -> elementary differentials is a morphism of pre-Lie algebras (Chapoton, Livernet 2001)
    parameters = weights()
    f = lambda x: model(x, parameters)  # noqa: E731
    space, x, order = FunctionSpace(3), points(2)[0], 3
    parts = getattr(method, direction)(space, space.field(f))[1:]
    equation = (inverse_modified_equation if direction == "inverse_modified" else modified_equation)(f, method, order)
    for k, part in enumerate(parts):
        want = np.zeros(2) if part is None else part(jnp.asarray(x))
        np.testing.assert_allclose(equation.term(k)(x), want, rtol=1e-11, atol=1e-14)


def test_it_is_what_the_coloured_recursion_gives_too():
    f, _ = SYSTEMS["pendulum"]
    halves = [lambda y: f(y) * jnp.array([1.0, 0.0]), lambda y: f(y) * jnp.array([0.0, 1.0])]
    space = ColoredSpace(FunctionSpace(3), 2)
    found = SYMPLECTIC_EULER.inverse_modified(space, space.join([space.base.field(half) for half in halves]))
    x = points(2)[0]
    equation = inverse_modified_equation(f, SYMPLECTIC_EULER, 3, halves)
    for k in range(3):
        for v in range(2):
            got = equation.part(v).term(k)(x)
            np.testing.assert_allclose(got, found[k + 1][v](jnp.asarray(x)), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["explicit_euler", "explicit_midpoint"])
def test_modified_undoes_inverse_modified_up_to_the_truncation(name):
    parameters, method, order = weights(), methods[name], 3
    x = jnp.asarray(points(2))
    learned = inverse_modified_equation(model, method, order)
    back = modified_equation(learned, method, order)  # of x, with h and the parameters behind it
    want = jax.vmap(lambda y: model(y, parameters))(x)
    steps = [0.1, 0.05, 0.025]
    errors = [float(jnp.abs(back(x, h, h, parameters) - want).max()) for h in steps]
    # below h^2p the terms of the two equations are opposite, so the truncations cancel there
    slopes = np.diff(np.log(errors)) / np.diff(np.log(steps))
    np.testing.assert_allclose(slopes, max(order, 2 * method.order), atol=0.3)


# -- as a function ------------------------------------------------------------------------------
def test_jit_vmap_and_batches_of_any_shape_agree():
    parameters = weights()
    g = inverse_modified_equation(model, methods["explicit_midpoint"], 3)
    x = jnp.asarray(points(2))
    want = g(x, H, parameters)
    kwargs = {"rtol": 1e-12, "atol": 1e-14}
    np.testing.assert_allclose(jax.jit(g)(x, H, parameters), want, **kwargs)
    np.testing.assert_allclose(jax.vmap(g, (0, None, None))(x, H, parameters), want, **kwargs)
    np.testing.assert_allclose(jax.jit(g)(x[None], H, parameters)[0], want, **kwargs)
    np.testing.assert_allclose(g.truncate(1)(list(map(float, x[1])), H, parameters), model(x[1], parameters), **kwargs)
    steps = jnp.linspace(0.01, 0.1, 3)
    each = jnp.stack([g(x, float(h), parameters)[i] for i, h in enumerate(steps)])
    np.testing.assert_allclose(g(x, steps, parameters), each, **kwargs)
    assert jax.eval_shape(g, x[:0], H, parameters).shape == (0, 2)


def test_gradients_by_point_step_and_parameters_are_those_of_the_formulas():
    f = lambda y, k: jnp.stack([-k * jnp.sin(y[1]), y[0]])  # noqa: E731
    pendulum = systems["pendulum"].with_parameters(k=sympy.Symbol("k"))
    exact = inverse_modified_equation(pendulum, methods["explicit_midpoint"], 3)
    formula = exact.lambdify("jax")
    g = inverse_modified_equation(f, methods["explicit_midpoint"], 3)
    x = jnp.asarray(points(2)[0])
    got = jax.jit(jax.jacobian(g, argnums=(0, 1, 2)))(x, 0.1, 10.0)
    want = jax.jit(jax.jacobian(lambda x, h, k: formula(x, h, k=k), argnums=(0, 1, 2)))(x, 0.1, 10.0)
    for a, b in zip(got, want):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)
    cotangent = jnp.array([0.3, -0.7])
    back = jax.jit(lambda y, c: jax.vjp(lambda y: g(y, 0.1, 10.0), y)[1](c)[0])(x, cotangent)
    np.testing.assert_allclose(back, cotangent @ got[0], rtol=1e-12)


def test_a_term_a_truncation_and_the_whole_fit_together():
    parameters = weights()
    g = modified_equation(model, methods["explicit_midpoint"], 4)
    x = points(2)
    total = sum(0.3**k * g.term(k)(x, parameters) for k in range(4))
    np.testing.assert_allclose(g(x, "3/10", parameters), total, rtol=1e-13)
    np.testing.assert_allclose(g(x, Fraction(3, 10), parameters), total, rtol=1e-13)
    np.testing.assert_array_equal(g.term(1)(x, parameters), np.zeros_like(x))  # a method of order 2
    lower = modified_equation(model, methods["explicit_midpoint"], 3)
    np.testing.assert_allclose(g.truncate(3)(x, 0.3, parameters), lower(x, 0.3, parameters), rtol=1e-13)
    assert g.truncate(3).series == lower.series
    assert (g.field, g.method, g.order, g.direction) == (model, methods["explicit_midpoint"], 4, "forward")
    assert repr(g).startswith("<modified field of model under ") and repr(g).endswith(", order 4, by derivatives>")


def test_single_precision_stays_single():
    with jax.enable_x64(False):
        f, _ = SYSTEMS["lorenz"]
        g = inverse_modified_equation(f, methods["explicit_euler"], 1)
        assert g(jnp.asarray(points(3), jnp.float32), 0.01).dtype == g([1, 2, 3], 0.01).dtype == jnp.float32


def test_nothing_of_one_trace_is_kept_for_the_next():
    parameters = weights()
    g = inverse_modified_equation(model, methods["explicit_midpoint"], 2)
    x = jnp.asarray(points(2))
    want = g(x, H, parameters)
    jax.jit(jax.grad(lambda x: g(x, H, parameters).sum()))(x)
    with jax.checking_leaks():
        jax.jit(g)(x, H, parameters)
    np.testing.assert_array_equal(g(x, H, parameters), want)


def step_field(x):
    return jnp.stack([x[1], -x[0]])


def test_it_survives_pickling():
    g = inverse_modified_equation(step_field, methods["explicit_midpoint"], 3, backend="jax")
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(g))(points(2), H), g(points(2), H))


def test_an_equinox_module_is_a_field_and_its_weights_get_gradients():
    eqx = pytest.importorskip("equinox")
    mlp = eqx.nn.MLP(2, 2, 4, 1, jnp.tanh, key=jax.random.key(0))
    x = jnp.asarray(points(2))

    @eqx.filter_jit
    @eqx.filter_value_and_grad
    def loss(model):
        return jnp.sum(inverse_modified_equation(model, methods["explicit_midpoint"], 3)(x, H) ** 2)

    d = 1e-6
    ahead, behind = (eqx.tree_at(lambda m: m.layers[0].bias, mlp, mlp.layers[0].bias.at[0].add(s)) for s in (d, -d))
    want = (loss(ahead)[0] - loss(behind)[0]) / (2 * d)
    np.testing.assert_allclose(loss(mlp)[1].layers[0].bias[0], want, rtol=1e-7)


# -- refusals -----------------------------------------------------------------------------------
def test_a_numpy_function_has_no_jvp_and_the_message_says_what_is_accepted():
    g = inverse_modified_equation(lambda y: np.array([np.sin(y[1]), y[0]]), methods["explicit_euler"], 2)
    with pytest.raises(FieldError, match=r"<lambda> has no jvp: jax .*jax\.numpy; for another library give jvp="):
        g(points(2), H)


def test_a_function_with_reverse_rules_only_is_refused():
    @jax.custom_vjp
    def f(y):
        return jnp.sin(y)

    f.defvjp(lambda y: (jnp.sin(y), y), lambda y, g: (g * jnp.cos(y),))
    with pytest.raises(FieldError, match="has no jvp"):
        inverse_modified_equation(f, methods["explicit_euler"], 2)(points(2), H)


def test_a_wrong_shape_is_refused():
    for f in (lambda y: y[:1], lambda y: jnp.sum(y), lambda y: [y[1], y[0]]):
        with pytest.raises(FieldError, match=r"returned .* at a point of shape \(2,\)"):
            inverse_modified_equation(f, methods["explicit_euler"], 3)(points(2), H)
    with pytest.raises(FieldError, match="single number"):
        inverse_modified_equation(step_field, methods["explicit_euler"], 2)(1.0, H)
    with pytest.raises(FieldError, match="components 0 to 1"):
        inverse_modified_equation(jnp.sin, SYMPLECTIC_EULER, 2, [[0], [1]])(points(3), H)


@pytest.mark.parametrize(
    "arguments, options, error, message",
    [
        (("x", methods["rk4"], 3), {}, ImdeError, "no equation|not an equation|unknown system"),
        ((step_field, 4, 3), {}, ImdeError, "method"),
        ((step_field, methods["rk4"], 11), {}, SeriesError, "1 to 10"),
        ((step_field, methods["rk4"], 3, [[0], [1]]), {}, FieldError, "no parts"),
        ((step_field, SYMPLECTIC_EULER, 3), {}, FieldError, "with `parts`"),
        ((step_field, SYMPLECTIC_EULER, 3, [[0]]), {}, FieldError, "2 parts, but 1"),
        ((step_field, SYMPLECTIC_EULER, 3, [[0], [0, 1]]), {}, FieldError, "once"),
        ((step_field, SYMPLECTIC_EULER, 3, [["p"], ["q"]]), {}, FieldError, "not parts of a callable"),
        ((step_field, methods["rk4"], 3), {"backend": "jacks"}, KeyError, "nearest: jax"),
        ((step_field, methods["rk4"], 3), {"backend": "jax", "jvp": step_field}, FieldError, "both"),
        ((systems["pendulum"], methods["rk4"], 3), {"backend": "jax"}, FieldError, "it is a VectorField"),
    ],
)
def test_bad_input_is_refused_before_anything_is_evaluated(arguments, options, error, message):
    with pytest.raises(error, match=message):
        inverse_modified_equation(*arguments, **options)


def test_a_method_with_weights_of_sum_zero_has_no_inverse():
    with pytest.raises(MethodError, match=r"needs .* != 0"):
        inverse_modified_equation(step_field, ButcherTableau([[0, 0], [1, 0]], [1, -1]), 3)


@pytest.mark.parametrize("call", ["term(3)", "term(-1)", "term(1.0)", "part(1)", "truncate(4)"])
def test_what_does_not_exist_is_refused(call):
    g = inverse_modified_equation(step_field, methods["rk4"], 3)
    name, value = call[:-1].split("(")
    with pytest.raises((FieldError, SeriesError)):
        getattr(g, name)(float(value) if "." in value else int(value))
