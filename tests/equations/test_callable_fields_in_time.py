"""Functions of time, and controls: t advances within a step, other arguments are constant over it."""

import numpy as np
import pytest

from imde_sym import ButcherTableau, VectorField, inverse_modified_equation, modified_equation
from imde_sym.base.errors import FieldError

torch = pytest.importorskip("torch")
DIRECTIONS = {"forward": modified_equation, "inverse": inverse_modified_equation}
FIELD = VectorField("q' = p + t; p' = -sin(q)*t")


def vector(*numbers):
    return torch.tensor(numbers, dtype=torch.float64)


def forced(x, t):
    return torch.stack([x[1] + t, -torch.sin(x[0]) * t])


def test_time_advances_within_a_step():
    g = modified_equation(lambda x, t: t * x, "euler", 3, time=True)
    # x' = t x through Euler: t x - h (x + t² x)/2 + ..., at x = 1, t = 1/2, h = 1/10; 0.4879 with t frozen
    assert abs(float(g(vector(1.0), 0.1, 0.5)[0]) - 0.4404) < 5e-5


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("name", ["euler", "rk4", "implicit_midpoint", "ab2"])
def test_time_is_the_clock_of_the_symbolic_route(direction, name):
    make = DIRECTIONS[direction]
    g, F = make(forced, name, 4, time=True), make(FIELD, name, 4)
    x = vector(0.3, -0.7)
    want = np.array(F.as_expr(0.1).subs({"q": 0.3, "p": -0.7, "t": 0.4}), float).ravel()
    assert np.allclose(g(x, 0.1, 0.4), want[:2], rtol=1e-12)
    assert np.allclose(
        g.term(2)(x, 0.4), np.array(F.term(2).subs({"q": 0.3, "p": -0.7, "t": 0.4}), float).ravel()[:2], rtol=1e-12
    )


def test_time_goes_with_the_positions_of_a_split_field():
    g = modified_equation(forced, "symplectic_euler", 3, [[0], [1]], time=True)
    F = modified_equation(FIELD, "symplectic_euler", 3, [["q", "t"], ["p"]])
    want = np.array(F.as_expr(0.1).subs({"q": 0.3, "p": -0.7, "t": 0.4}), float).ravel()[:2]
    assert np.allclose(g(vector(0.3, -0.7), 0.1, 0.4), want, rtol=1e-12)
    assert np.allclose(g.part(0)(vector(0.3, -0.7), 0.1, 0.4) + g.part(1)(vector(0.3, -0.7), 0.1, 0.4), want, rtol=1e-12)


def test_t_may_come_first_and_modules_are_functions_too():
    class Model(torch.nn.Module):
        def forward(self, t, x):
            return forced(x, t)

    x = vector(0.3, -0.7)
    want = modified_equation(forced, "rk4", 5, time=True)(x, 0.1, 0.4)
    assert torch.equal(
        modified_equation(Model(), "rk38", 3, time=True)(x, 0.1, 0.4),
        modified_equation(forced, "rk38", 3, time=True)(x, 0.1, 0.4),
    )
    assert torch.allclose(modified_equation(lambda t, x: forced(x, t), "rk4", 5, time=True)(x, 0.1, 0.4), want)


def test_time_is_one_number_or_one_for_each_point():
    g = modified_equation(forced, "rk4", 5, time=True)
    x, t = torch.randn(7, 2, dtype=torch.float64), torch.linspace(0, 1, 7, dtype=torch.float64)
    assert torch.allclose(g(x, 0.1, t), torch.stack([g(a, 0.1, b) for a, b in zip(x, t)]))
    assert torch.allclose(g(x, 0.1, 0.25), torch.stack([g(a, 0.1, 0.25) for a in x]))


def test_controls_are_batched_with_x_and_parameters_are_not():
    A = torch.randn(2, 3, dtype=torch.float64)
    g = modified_equation(lambda x, u, p: torch.tanh(p["A"] @ u) - x * p["k"], "euler", 4)
    x, u, p = torch.randn(7, 2, dtype=torch.float64), torch.randn(7, 3, dtype=torch.float64), {"A": A, "k": vector(0.5)}
    each = torch.stack([g(a, 0.1, b, p) for a, b in zip(x, u)])
    assert torch.allclose(g(x, 0.1, u, p), each)
    assert torch.allclose(g(x, 0.1, u[0], p), torch.stack([g(a, 0.1, u[0], p) for a in x]))


def test_time_and_controls_together_in_jax():
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    with jax.enable_x64(True):
        g = modified_equation(lambda x, t, u: t * x + u, "euler", 3, time=True)
        x, u = jnp.ones((5, 2)), jnp.arange(10.0).reshape(5, 2)
        assert np.allclose(jax.jit(g)(x, 0.1, 0.5, u), np.stack([g(a, 0.1, 0.5, b) for a, b in zip(x, u)]))


def test_a_jvp_of_ones_own_takes_time():
    g = modified_equation(lambda x, t: t[..., None] * x, "euler", 2, time=True, jvp=lambda f, x, v: (f(x + v) - f(x - v)) / 2)
    # t x - h (x + t² x)/2, exact differences of a polynomial of degree 2
    assert np.allclose(g(np.array([[2.0], [4.0]]), 0.1, np.array([0.5, 1.0])), [[2 * (0.5 - 0.05 * 1.25)], [4 * (1 - 0.1)]])


@pytest.mark.parametrize("field", [lambda x, t: x * t, lambda time, x: x * time, lambda x, u, t: x], ids=["t", "time", "third"])
def test_an_argument_called_t_without_time_is_refused_with_both_readings(field):
    with pytest.raises(FieldError, match=r"time=True that it is the time.*time=False that it is constant"):
        modified_equation(field, "euler", 3)


def test_time_false_keeps_t_constant_over_a_step():
    g = modified_equation(lambda x, t: t * x, "euler", 3, time=False)
    assert abs(float(g(vector(1.0), 0.1, 0.5)[0]) - (0.5 - 0.05 * 0.25 + 0.01 * 0.125 / 3)) < 1e-12


def test_a_default_for_t_is_no_question():
    assert modified_equation(lambda x, t=None: -x, "euler", 2)(vector(1.0), 0.1) is not None


REFUSED = {
    "no t at the call": (lambda: modified_equation(forced, "euler", 2, time=True)(vector(1.0, 2.0), 0.1), "t is missing"),
    "time as text": (lambda: modified_equation(forced, "euler", 2, time="t"), "True or False"),
    "t first and constant": (lambda: modified_equation(lambda t, x: x, "euler", 2, time=False), "comes first"),
    "abscissae of one's own": (
        lambda: modified_equation(
            forced, ButcherTableau([[0, 0], [1, 0]], ["1/2", "1/2"], c=[0, "1/2"], check_c=False), 2, time=True
        ),
        "not its row sums",
    ),
    "another shape": (lambda: modified_equation(lambda x, t: x[:1], "euler", 2, time=True)(vector(1.0, 2.0), 0.1, 0.0), "shape"),
    "no function": (lambda: modified_equation("x' = x", "euler", 2, time=True), "function"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_what_is_wrong(name):
    ask, why = REFUSED[name]
    with pytest.raises(FieldError, match=why):
        ask()
