"""Power series along lines through a function, against nested derivatives and against the formula of the same field."""

from __future__ import annotations

import numpy as np
import pytest

from imde_sym import inverse_modified_equation, modified_equation
from imde_sym.equations import callables
from imde_sym.equations.callables import find_backend
from imde_sym.fields import derivatives

jax = pytest.importorskip("jax")
torch = pytest.importorskip("torch")
POINTS = np.array([[0.37, -1.2], [2.5, 0.65]])
TEXT = "q' = p*exp(-q**2/8); p' = -sin(q)"


def of_jax(x):
    jnp = jax.numpy
    return jnp.stack([x[1] * jnp.exp(-(x[0] ** 2) / 8), -jnp.sin(x[0])])


def of_torch(x):
    return torch.stack([x[1] * torch.exp(-(x[0] ** 2) / 8), -torch.sin(x[0])])


@pytest.fixture(autouse=True)
def lines(monkeypatch):
    """Taken at every order."""
    monkeypatch.setattr(callables, "pays", lambda *given: True)
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize(("method", "parts"), [("explicit_euler", None), ("symplectic_euler", [[0], [1]])])
@pytest.mark.parametrize("equation", [inverse_modified_equation, modified_equation])
def test_lines_give_the_values_of_the_formula(equation, method, parts, monkeypatch):
    def refuse(*_):
        raise AssertionError("nested derivatives were taken")

    monkeypatch.setattr(callables, "Differentials", refuse)
    split = None if parts is None else [["q"], ["p"]]
    expected = equation(TEXT, method, 3, parts=split).lambdify("numpy")(POINTS, 0.1)
    x = torch.as_tensor(POINTS, dtype=torch.float64)
    assert np.allclose(equation(of_torch, method, 3, parts=parts)(x, 0.1), expected, rtol=0, atol=1e-13)
    assert np.allclose(equation(of_jax, method, 3, parts=parts)(jax.numpy.asarray(POINTS), 0.1), expected, rtol=0, atol=1e-13)


def test_gradients_and_single_terms_go_along_lines_too():
    g = inverse_modified_equation(of_torch, "heun2", 3)
    x = torch.as_tensor(POINTS[0], dtype=torch.float64).requires_grad_()
    (slope,) = torch.autograd.grad(g(x, 0.1).sum(), x)
    exact = inverse_modified_equation(TEXT, "heun2", 3).lambdify("numpy", jacobian=True)(POINTS[0], 0.1)[1].sum(axis=0)
    assert np.allclose(slope, exact, atol=1e-12)
    found = g.term(2)(x.detach())
    callables.pays = lambda *given: False  # the fixture undoes it
    assert np.allclose(found, g.term(2)(x.detach()), atol=1e-12)


def test_a_function_without_a_series_goes_on_with_derivatives():
    def bessel(x):
        return torch.stack([torch.special.i0(x[1]), -x[0]])

    g = inverse_modified_equation(bessel, "explicit_euler", 3)
    x = torch.as_tensor(POINTS[0], dtype=torch.float64)
    with pytest.raises(derivatives.WORSE):
        derivatives.DifferentialsByLines(callables.find_backend([bessel], x), [bessel], x, 3)
    assert torch.isfinite(g(x, 0.1)).all()


@pytest.mark.parametrize("name", ["softplus", "mish", "celu", "relu6"])
def test_series_go_through_activations_with_rules_of_their_own(name):
    f, x, v = getattr(jax.nn, name), np.array([0.0, -0.37, 0.65]), np.array([0.7, -0.3, 0.2])
    x = x + 0.1 * (name == "relu6")  # which has a kink at 0
    value, slope = jax.jvp(f, (x,), (v,))
    bend = jax.jvp(lambda y: jax.jvp(f, (y,), (v,))[1], (x,), (v,))[1]
    found = find_backend([of_jax], jax.numpy.asarray(x)).push(f, [x, v, 0 * x])
    smooth = slice(1, None) if name == "celu" else slice(None)
    assert (
        np.allclose(found[0], value)
        and np.allclose(found[1][smooth], slope[smooth])
        and np.allclose(found[2][smooth], bend[smooth] / 2)
    )
