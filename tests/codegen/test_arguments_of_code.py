"""What generated functions make of types, shapes and names of their arguments."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction

import numpy as np
import pytest
import sympy

from imde_sym import VectorField, inverse_modified_equation, methods, systems
from imde_sym.base.errors import FieldError
from tests.rows import rows

EULER = methods["explicit_euler"]
h, x, k = sympy.symbols("h x k")
TARGETS = ["numpy", "python", "jax", "torch", "sympy", pytest.param("numba", marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
def pendulum():
    return inverse_modified_equation(systems["pendulum"].with_parameters(k=k), EULER, 4)


STATES = np.linspace(-1, 1, 24).reshape(4, 3, 2)


@pytest.mark.parametrize("target", ["numpy", pytest.param("numba", marks=pytest.mark.slow)])
@pytest.mark.parametrize("step", [0.1, np.float64(0.1), Fraction(1, 10), np.float32(0.1)])
@pytest.mark.parametrize(
    "kind, expected", [(np.float32, np.float32), (np.float64, np.float64), (np.int64, np.float64), (np.int8, np.float64)]
)
def test_single_precision_stays_and_integers_become_double(pendulum, target, step, kind, expected):
    if target == "numba":
        pytest.importorskip("numba")
    g = pendulum.lambdify(target, jacobian=True)
    state = np.array([[1, 2], [0, -1]], kind)
    for result in g(state, step, k=9.81):
        assert result.dtype == expected
    exact = pendulum.lambdify("python")([1.0, 2.0], 0.1, k=9.81)
    np.testing.assert_allclose(g(state, step, k=9.81)[0][0], exact, rtol=1e-6)


def test_arrays_widen_and_complex_stays(pendulum):
    g = pendulum.lambdify()
    state = np.ones((3, 2), np.float32)
    assert g(state, np.full(3, 0.1), k=1.0).dtype == np.float64
    assert g(state, np.full(3, 0.1, np.float32), k=1).dtype == np.float32
    assert g(state + 1j, 0.1, k=1.0).dtype == np.complex64 and g(state, 0.1, k=1j).dtype == np.complex64
    assert g([[1, 2]], 0, k=3).dtype == np.float64


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_an_array_for_the_result_of_either_precision(pendulum, kind):
    g = pendulum.lambdify()
    state, out = STATES.astype(kind), np.empty(STATES.shape, kind)
    assert g(state, 0.1, k=2.0, out=out) is out
    np.testing.assert_array_equal(out, g(state, 0.1, k=2.0))


@pytest.mark.slow
@pytest.mark.parametrize("jacobian", [False, True])
def test_numba_broadcasts_as_numpy_does(pendulum, jacobian):
    pytest.importorskip("numba")
    compiled, plain = (pendulum.lambdify(t, jacobian=jacobian) for t in ("numba", "numpy"))
    steps, values = np.linspace(0, 0.1, 3), np.linspace(1, 2, 4)[:, None]
    for step, value in ((steps, 2.0), (0.1, values), (steps, values), (steps[:, None], 1.0), (0.1, 2.0)):
        point = STATES if np.ndim(step) < 2 else STATES[0, 0]
        pair = [g(point, step, k=value) for g in (compiled, plain)]
        for a, b in zip(*(pair if jacobian else [[r] for r in pair]), strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)
    with pytest.raises(FieldError, match="complex"):
        compiled(STATES + 1j, 0.1, k=1.0)


def test_torch_and_jax_keep_their_precision(pendulum):
    torch, jnp = pytest.importorskip("torch"), pytest.importorskip("jax.numpy")
    g = pendulum.lambdify("torch")
    for kind in (torch.float32, torch.float64):
        assert g(torch.ones(3, 2, dtype=kind), 0.1, k=2.0).dtype == kind
        assert g(torch.ones(3, 2, dtype=kind), torch.tensor(0.1, dtype=torch.float64), k=2.0).dtype == kind
    assert pendulum.lambdify("jax")(jnp.ones((3, 2), jnp.float32), 0.1, k=2.0).dtype == jnp.float32


@pytest.mark.parametrize("target", TARGETS)
def test_a_parameter_called_h_is_not_the_step(target):
    """x' = h x under Euler: (exp(h s) - 1)/s x = h x + s h² x/2 + s² h³ x/6 + ... with the step s."""
    if target in ("jax", "torch", "numba"):
        pytest.importorskip(target)
    F = inverse_modified_equation(VectorField([x], [h * x]), EULER, 3)
    g = F.lambdify(target)
    value = 2 + 0.1 * 2 + 0.01 * 8 / 6
    point = __import__("torch").tensor([1.0]) if target == "torch" else [1.0]
    for found in (g(point, 0.1, h=2.0), g(point, h_step=0.1, h=2.0)):
        assert float(found[0]) == pytest.approx(value, rel=1e-6)
    assert "h_step" in g.source and g.parameters == ("h",)
    assert float(F.lambdify(target, parameters={"h": 2})(point, 0.1)[0]) == pytest.approx(value, rel=1e-6)
    assert float(F.lambdify(target, h=0.1)(point, h=2.0)[0]) == pytest.approx(value, rel=1e-6)


def test_a_variable_called_h_is_not_the_step(tmp_path):
    F = inverse_modified_equation(VectorField({h: h**2}), EULER, 3)
    assert F.lambdify()([0.5], 0.1)[0] == pytest.approx(0.25 + 0.1 * 0.125 + 0.01 * 0.0625)
    assert inverse_modified_equation(VectorField({x: x**2}), EULER, 3).lambdify()([0.5], h=0.1)[0] == F.lambdify()([0.5], 0.1)[0]
    for target, compiler, suffix in (("c", "gcc", "c"), ("fortran", "gfortran", "f90")):
        if shutil.which(compiler):
            path = tmp_path / f"f.{suffix}"
            path.write_text(
                F.source(target) + inverse_modified_equation(VectorField([x], [h * x]), EULER, 3).source(target, name="g")
            )
            subprocess.run([compiler, "-Wall", "-Werror", "-fsyntax-only", str(path)], check=True, cwd=tmp_path)
    assert "h_step" in F.source("julia") and "h_step" in F.source("c-header")


@rows("name", ["x", "out", "self", "step", "state", "parameters", "h_step"])
def test_parameters_may_be_called_as_arguments_are(name):
    y, p = sympy.Symbol("y"), sympy.Symbol(name)
    g = inverse_modified_equation(VectorField([y], [p * y]), EULER, 2).lambdify()
    assert g([1.0], 0.5, **{name: 2.0})[0] == pytest.approx(3.0)


@rows("target", ["numpy", "python", "c", "fortran", "julia"])
def test_a_field_with_both_h_and_h_step_has_a_step_of_another_name(target):
    F = inverse_modified_equation(VectorField.parse("h' = h*h_step", ["h_step"]), EULER, 2)
    assert "h_step_" in F.source(target)
    if target in ("numpy", "python"):
        assert F.lambdify(target)([1.0], 0.5, h_step=2.0)[0] == pytest.approx(3.0)


def test_the_step_goes_once():
    g = inverse_modified_equation(VectorField([x], [h * x]), EULER, 2).lambdify()
    with pytest.raises(FieldError, match="h_step is given twice"):
        g([1.0], 0.1, h_step=0.1, h=1.0)
    with pytest.raises(FieldError, match="parameter 'h' has no value"):
        g([1.0], 0.1)
    with pytest.raises(FieldError, match="h_step has no value"):
        g([1.0], h=0.1)
    with pytest.raises(FieldError, match="by position"):
        g([1.0], 0.1, 0.2, h=1.0)
