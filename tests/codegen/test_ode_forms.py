"""as_ode: what scipy, diffrax and torchdiffeq take, run by those libraries where they are installed."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from imde_sym import VectorField, inverse_modified_equation, methods, modified_equation, systems
from imde_sym.base.errors import CodegenError, FieldError, ImdeError

k = sympy.Symbol("k")


@pytest.fixture(scope="module")
def pendulum():
    return inverse_modified_equation(systems["pendulum"].with_parameters(k=k), methods["explicit_midpoint"], 4)


@pytest.fixture(scope="module")
def end(pendulum):
    """φ_1 of the field with h = 0.1, k = 10, from (0, 1), by the package's own Taylor series."""
    from imde_sym.verify.flow import ReferenceFlow

    fixed = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 4)
    return np.array(ReferenceFlow(fixed, 0.1)([0, 1], 1), float)


def test_scipy_solves_it(pendulum, end):
    integrate = pytest.importorskip("scipy.integrate")
    for options in ({}, {"vectorized": True, "method": "BDF"}):
        fun = pendulum.as_ode("scipy", 0.1, {"k": 10})
        found = integrate.solve_ivp(fun, (0, 1), [0, 1], rtol=1e-9, atol=1e-10, **options)
        np.testing.assert_allclose(found.y[:, -1], end, rtol=1e-5)
    free = integrate.solve_ivp(pendulum.as_ode("scipy", "1/10"), (0, 1), [0, 1], args=(10.0,), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(free.y[:, -1], end, rtol=1e-8)


def test_scipy_form_takes_columns(pendulum):
    fun = pendulum.as_ode("scipy", 0.1, {k: 10})
    columns = np.random.default_rng(0).normal(size=(2, 5))
    np.testing.assert_allclose(fun(0.0, columns), np.stack([fun(0.0, c) for c in columns.T], axis=1))


def test_torch_form_is_differentiable_by_bound_parameters(pendulum, end):
    torch = pytest.importorskip("torch")
    value = torch.tensor(10.0, dtype=torch.float64, requires_grad=True)
    fun = pendulum.as_ode("torchdiffeq", 0.1, {"k": value})
    y = torch.tensor([0.0, 1.0], dtype=torch.float64)
    slope = torch.autograd.grad(fun(0.0, y + 0.3)[0], value)[0]
    exact = pendulum.as_expr()[0].diff(k).subs({pendulum.variables[0]: 0.3, pendulum.variables[1]: 1.3, k: 10, "h": 0.1})
    np.testing.assert_allclose(slope.item(), float(exact), rtol=1e-12)


def test_torchdiffeq_solves_it(pendulum, end):
    torchdiffeq = pytest.importorskip("torchdiffeq")
    import torch

    y = torch.tensor([0.0, 1.0], dtype=torch.float64)
    fun = pendulum.as_ode("torchdiffeq", 0.1, {"k": 10})
    found = torchdiffeq.odeint(fun, y, torch.tensor([0.0, 1.0], dtype=torch.float64), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(found[-1], end, rtol=1e-7)


def test_diffrax_solves_it(pendulum, end):
    diffrax = pytest.importorskip("diffrax")
    for term, args in ((pendulum.as_ode("diffrax", 0.1, {"k": 10}), None), (pendulum.as_ode("diffrax", 0.1), (10.0,))):
        found = diffrax.diffeqsolve(term, diffrax.Tsit5(), 0.0, 1.0, 0.01, np.array([0.0, 1.0]), args=args)
        np.testing.assert_allclose(found.ys[-1], end, rtol=1e-4)


def test_correction_has_an_ode_form(pendulum):
    whole, rest = (pendulum.as_ode("scipy", 0.1, {"k": 10}, part=p) for p in ("field", "correction"))
    given = pendulum.truncate(1).as_ode("scipy", 0.1, {"k": 10})
    np.testing.assert_allclose(rest(0, [0.3, 0.4]), whole(0, [0.3, 0.4]) - given(0, [0.3, 0.4]), rtol=1e-12)


def test_bad_requests_say_what_is_accepted(pendulum):
    with pytest.raises(CodegenError, match="'scypy'; nearest: scipy; accepted: scipy, diffrax, torchdiffeq"):
        pendulum.as_ode("scypy", 0.1)
    with pytest.raises(FieldError, match=r"'g'.*parameters: k"):
        pendulum.as_ode("scipy", 0.1, {"g": 1})
    with pytest.raises(ImdeError, match="None"):
        pendulum.as_ode("scipy", None)
    with pytest.raises(FieldError, match="expected: k"):
        pendulum.as_ode("scipy", 0.1)(0.0, [1, 2])


@pytest.mark.parametrize("target", ["python", "numba"])
def test_one_point_and_many_points_for_scipy_agree(pendulum, target):
    if target == "numba":
        pytest.importorskip("numba")
    point = pendulum.as_ode("scipy", "0.37", {"k": 10}, target=target)
    whole = pendulum.as_ode("scipy", "0.37", {"k": 10}, target="numpy")
    free = pendulum.as_ode("scipy", "0.37", target=target)
    for y in ([0.5, 1.0], [-65.0, 377.0], [0.0, 0.0]):
        np.testing.assert_allclose(point(0.0, y), whole(0.0, y), rtol=1e-12)
        np.testing.assert_allclose(point(0.0, np.array([y, y]).T), np.array([whole(0.0, y)] * 2).T, rtol=1e-12)
        np.testing.assert_allclose(free(0.0, y, 10.0), whole(0.0, y), rtol=1e-12)
    assert point(0.0, np.array([0.5, 1j])).dtype == complex or target == "numba"


def test_one_point_for_scipy_overflows_as_arrays_do():
    field = VectorField({"x": "exp(x)", "y": "sqrt(y)"})
    fun = modified_equation(field, "explicit_euler", 1).as_ode("scipy", 0.1)
    with np.errstate(all="ignore"):
        found = fun(0.0, np.array([1e4, -1.0]))
    assert np.isposinf(found[0]) and np.isnan(found[1])


def test_a_target_that_a_library_does_not_take_is_refused(pendulum):
    with pytest.raises(CodegenError, match="as_ode for diffrax takes no numba code; targets: jax"):
        pendulum.as_ode("diffrax", 0.1, target="numba")
