"""Softplus, logistic, log-sum-exp and the like have finite values where exp overflows, in every target, and finite gradients.

The reference is sympy's derivative of the text, evaluated in 30 digits.
"""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
import warnings

import numpy as np
import pytest
import sympy

from imde_sym import VectorField, inverse_modified_equation, methods

x = sympy.Symbol("x")
H = 1 / 128
POINTS = [-800.0, -65.0, -3.0, 0.25, 12.0, 65.0, 800.0]
FIELDS = [
    "log(1 + exp(x))", "1/(1 + exp(-x))", "tanh(x)", "1/cosh(x)", "sech(x)", "log(exp(x) + exp(2*x) + exp(-x/2))",
    "log(cosh(x))", "x*tanh(log(1 + exp(x)))", "x/(1 + exp(-1.7*x))", "sinh(x)/cosh(x)", "1/sqrt(1 + exp(x))",
    "log(1/2 + 3*exp(-(x + 65)/18))", "1/(1 + exp((x + 35)/10))^3", "1/(exp(x) - 1)", "1/(2 + cosh(x))",
    "(x + 40.5)/(1 - exp(-(x + 40.5)/10))", "1/(3 + x^2*exp(x))", "log(1 + exp(x))^2/(1 + exp(-x))", "1/(exp(x) + exp(-x))",
]  # fmt: skip


def expected(text):
    """The inverse modified equation of Euler's method, order 3, at every point: f + h f'f/2 + h² (f''f² + f'²f)/6."""
    e = sympy.sympify(text.replace("^", "**"), rational=True)
    d, dd = sympy.diff(e, x), sympy.diff(e, x, 2)
    h = sympy.Rational(H)
    whole = e + h * e * d / 2 + h**2 * (e**2 * dd + e * d**2) / 6
    return np.array([float(whole.subs(x, sympy.Rational(p)).evalf(30, maxn=4000)) for p in POINTS])


@pytest.fixture(scope="module", params=FIELDS)
def case(request):
    return inverse_modified_equation(VectorField.parse(f"x' = {request.param}"), methods["explicit_euler"], 3), expected(
        request.param
    )


def agree(found, right):
    assert np.isfinite(right).all()
    np.testing.assert_allclose(np.ravel(found), right, rtol=1e-11, atol=1e-290)


def test_numpy_without_a_warning(case):
    F, right = case
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agree(F.lambdify()(np.array(POINTS)[:, None], H), right)


def test_python(case):
    F, right = case
    agree([F.lambdify("python")([p], H) for p in POINTS], right)


def test_jax_with_finite_gradients(case, jax):
    F, right = case
    g = F.lambdify("jax")
    agree(g(np.array(POINTS)[:, None], H), right)
    slope = jax.vmap(jax.grad(lambda p: g(p[None], H)[0]))(np.array(POINTS))
    assert np.isfinite(slope).all()


def test_torch_with_finite_gradients(case):
    torch = pytest.importorskip("torch")
    F, right = case
    points = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    value = F.lambdify("torch")(points[:, None], H)
    agree(value.detach().numpy(), right)
    value.sum().backward()
    assert torch.isfinite(points.grad).all()


@pytest.mark.slow
def test_numba(case):
    pytest.importorskip("numba")
    F, right = case
    agree(F.lambdify("numba")(np.array(POINTS)[:, None], H), right)


@pytest.mark.parametrize("target, compiler, flags", [
    ("c", "gcc", ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"]),
    pytest.param("fortran", "gfortran", ["-std=f2008", "-Wall", "-Werror"], marks=pytest.mark.slow),
])  # fmt: skip
def test_compiled_code(tmp_path, target, compiler, flags):
    """All fields in one file, so that what they share is defined once; in single precision too."""
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    text = ""
    for i, f in enumerate(FIELDS):
        F = inverse_modified_equation(VectorField.parse(f"x' = {f}"), methods["explicit_euler"], 3)
        text += "".join(F.source(target, precision=p, name=f"{p[0]}{i}") + "\n" for p in ("double", "float"))
    path = tmp_path / f"all.{'c' if target == 'c' else 'f90'}"
    path.write_text(text)
    subprocess.run(
        [compiler, "-O1", *flags, f"-I{tmp_path}", "-shared", "-fPIC", str(path), "-o", str(path) + ".so", "-lm"],
        check=True,
        cwd=tmp_path,
    )
    library = ctypes.CDLL(str(path) + ".so")
    for i, f in enumerate(FIELDS):
        found = {}
        for kind, name in ((ctypes.c_double, "d"), (ctypes.c_float, "f")):
            out = (kind * 1)()
            found[name] = []
            for p in POINTS:
                getattr(library, f"{name}{i}")((kind * 1)(p), kind(H), out)
                found[name].append(out[0])
        agree(found["d"], expected(f))
        assert all(map(math.isfinite, found["f"])), (f, found)


def test_julia_defines_what_it_calls():
    text = inverse_modified_equation(VectorField.parse("x' = log(1 + exp(x))"), methods["explicit_euler"], 2).source("julia")
    assert "\nlogistic(x) = " in text and "\nsoftplus(x) = " in text


def test_sympy_code_stays_exact():
    F = inverse_modified_equation(VectorField.parse("x' = log(1 + exp(x))"), methods["explicit_euler"], 2)
    assert "softplus" not in F.source("sympy")
    assert F.lambdify("sympy")([sympy.Integer(0)], 0)[0] == sympy.log(2)


def test_complex_states_take_the_same_code():
    F = inverse_modified_equation(VectorField.parse("x' = log(1 + exp(x))/(2 + exp(-x))"), methods["explicit_euler"], 1)
    z = np.array([[0.3 + 0.2j], [-30 + 1j], [30 - 1j]])
    np.testing.assert_allclose(F.lambdify()(z, 0.1), np.log(1 + np.exp(z)) / (2 + np.exp(-z)), rtol=1e-12)


def test_a_variable_may_be_called_as_a_function_of_the_code():
    logistic, softplus = sympy.symbols("logistic softplus")
    f = VectorField({logistic: 1 / (1 + sympy.exp(-softplus)), softplus: sympy.log(1 + sympy.exp(logistic))})
    value = inverse_modified_equation(f, methods["explicit_euler"], 1).lambdify()([0.0, 0.0])
    np.testing.assert_allclose(value, [0.5, math.log(2)])
