"""Fields given as torch modules and functions, and by a jvp of the user's own."""

from __future__ import annotations

import numpy as np
import pytest

from imde_sym import inverse_modified_equation, methods, modified_equation, systems
from imde_sym.base.errors import FieldError, MissingLibraryError
from imde_sym.method import PartitionedTableau

SYMPLECTIC_EULER = PartitionedTableau([methods["implicit_euler"], methods["explicit_euler"]])
H = 0.05
X = np.random.default_rng(3).uniform(0.4, 1.3, (3, 2))


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.fixture
def module(torch):
    """A network of two layers with weights of its own, in double precision."""
    net = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2)).double()
    rng = np.random.default_rng(5)
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.as_tensor(rng.normal(size=p.shape)))
    return net


def pendulum_of(torch):
    return lambda y: torch.stack([-10 * torch.sin(y[1]), y[0]])


@pytest.mark.parametrize("name, order", [("explicit_midpoint", 4), ("rk4", 5)])
def test_torch_equals_the_formulas_to_rounding(torch, name, order):
    g = inverse_modified_equation(pendulum_of(torch), methods[name], order)
    want = inverse_modified_equation(systems["pendulum"], methods[name], order).lambdify()(X, H)
    np.testing.assert_allclose(g(torch.as_tensor(X), H), want, rtol=1e-12)
    np.testing.assert_allclose(g(torch.as_tensor(X)[None], torch.full((1, 3), H, dtype=torch.float64))[0], want, rtol=1e-12)


def test_parts_in_torch_equal_the_formulas(torch):
    x = torch.as_tensor(X)
    g = inverse_modified_equation(pendulum_of(torch), SYMPLECTIC_EULER, 3, [[0], [1]])
    want = inverse_modified_equation(systems["pendulum"], SYMPLECTIC_EULER, 3, [["p"], ["q"]]).lambdify()(X, H)
    np.testing.assert_allclose(g(x, H), want, rtol=1e-12)
    np.testing.assert_allclose(g.part(0)(x, H) + g.part(1)(x, H), want, rtol=1e-12)


@pytest.mark.parametrize("direction", [inverse_modified_equation, modified_equation])
def test_torch_and_jax_agree_on_equal_weights(torch, module, direction):
    jax = pytest.importorskip("jax")
    (A, b), (B, c) = [(m.weight.detach().numpy(), m.bias.detach().numpy()) for m in (module[0], module[2])]
    with jax.enable_x64(True):
        same = direction(lambda x: B @ jax.numpy.tanh(A @ x + b) + c, methods["explicit_midpoint"], 4)(X, H)
    found = direction(module, methods["explicit_midpoint"], 4)(X, H)  # a module is torch's, whatever x is
    assert isinstance(found, torch.Tensor)
    np.testing.assert_allclose(found.detach(), same, rtol=1e-10)


def test_autograd_reaches_point_step_and_weights(torch, module):
    g = inverse_modified_equation(module, methods["explicit_midpoint"], 3)
    x, h = torch.as_tensor(X[0]).requires_grad_(), torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, h: g(x, h), (x, h))
    bias = module[0].bias
    slope = torch.autograd.grad(g(x, 0.1).sum(), bias)[0][0]
    d, values = 1e-6, []
    for sign in (1, -1):
        with torch.no_grad():
            bias[0] += sign * d
            values.append(g(x, 0.1).sum().item())
            bias[0] -= sign * d
    np.testing.assert_allclose(slope.item(), (values[0] - values[1]) / (2 * d), rtol=1e-6)


def test_parameters_as_an_argument(torch, module):
    def f(x, parameters):
        return torch.func.functional_call(module, parameters, (x,))

    g = inverse_modified_equation(f, methods["explicit_midpoint"], 2)
    plain = inverse_modified_equation(module, methods["explicit_midpoint"], 2)
    x = torch.as_tensor(X)
    np.testing.assert_allclose(g(x, H, dict(module.named_parameters())).detach(), plain(x, H).detach(), rtol=1e-14)


def test_a_function_that_leaves_torch_is_refused(torch):
    g = inverse_modified_equation(lambda y: torch.as_tensor(np.sin(y.numpy())), methods["explicit_euler"], 2)
    with pytest.raises(FieldError, match=r"has no jvp: torch .*jvp="):
        g(torch.as_tensor(X), H)


# -- a jvp of the user's own --------------------------------------------------------------------
def differences(f, x, v, d=2e-2):
    """Df(x)·v by central differences of sixth order."""
    weights = {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
    return sum(w * (f(x + j * d * v) - f(x - j * d * v)) for j, w in weights.items()) / d


def test_a_numpy_function_with_finite_differences_for_a_jvp():
    f = lambda y: np.stack([-np.sin(y[..., 1]), y[..., 0]], axis=-1)  # noqa: E731  batches are the function's own affair
    g = inverse_modified_equation(f, methods["explicit_midpoint"], 4, jvp=differences)
    exact = inverse_modified_equation(systems["pendulum"].with_parameters(k=1), methods["explicit_midpoint"], 4)
    np.testing.assert_allclose(g(X, H), exact.lambdify()(X, H), rtol=1e-9)
    np.testing.assert_allclose(g(X, np.full(3, H)), g(X, H), rtol=1e-14)
    np.testing.assert_allclose(g([0.5, 1.0], "1/20"), exact.lambdify()([0.5, 1.0], 0.05), rtol=1e-9)


def test_parts_with_a_given_jvp():
    f = lambda y: np.stack([-np.sin(y[..., 1]), y[..., 0]], axis=-1)  # noqa: E731
    g = modified_equation(f, SYMPLECTIC_EULER, 3, [[0], [1]], jvp=differences)
    exact = modified_equation(systems["pendulum"].with_parameters(k=1), SYMPLECTIC_EULER, 3, [["p"], ["q"]])
    np.testing.assert_allclose(g(X, H), exact.lambdify()(X, H), rtol=1e-9)


def test_a_library_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "jax", None)  # importing it now fails
    with pytest.raises(MissingLibraryError, match="jax"):
        inverse_modified_equation(np.sin, methods["explicit_euler"], 2)(X, H)
    with pytest.raises(MissingLibraryError, match="jax"):
        inverse_modified_equation(np.sin, methods["explicit_euler"], 2, backend="jax")
