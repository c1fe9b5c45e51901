"""NumpyFunction and the source text."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import mpmath
import numpy as np
import pytest
import sympy

from imde_sym import VectorField, inverse_modified_equation, methods, systems
from imde_sym.base.errors import CodegenError, FieldError
from imde_sym.verify.numbers import evaluate
from tests.rows import sampled

x, y = sympy.symbols("x y")
MIDPOINT = methods["explicit_midpoint"]


def execute(text: str):
    space: dict = {}
    exec(compile(text, "generated", "exec"), space)
    return space["f_h"]


@pytest.fixture(scope="module")
def pendulum():
    return inverse_modified_equation(systems["pendulum"], MIDPOINT, 4)


@pytest.mark.parametrize("name", sampled(systems, "fifty digits"))
def test_numpy_agrees_with_fifty_digits_on_every_catalogue_system(name):
    field = systems[name]
    F = inverse_modified_equation(field, MIDPOINT, 4 if field.dimension < 4 else 3 if field.dimension < 6 else 2)
    low, high = np.array(field.info["domain"], float).T
    points = np.random.default_rng(7).uniform(low, high, (20, field.dimension))
    h = 0.01
    found = F.lambdify()(points, h)
    text = execute(F.source())(points, h)
    H = sympy.Symbol("h")
    exact = sympy.lambdify([*field.variables, H], list(F.as_expr()), modules="mpmath", cse=True)
    with mpmath.workdps(50):
        for point, value, other in zip(points, found, text, strict=True):
            wanted = np.array([float(v) for v in exact(*map(mpmath.mpf, point), mpmath.mpf(h))])
            scale = np.abs(wanted).max()
            assert np.abs(value - wanted).max() <= 1e-12 * scale
            assert np.abs(other - wanted).max() <= 1e-12 * scale


@pytest.mark.parametrize("shape", [(2,), (1, 2), (5, 2), (3, 4, 2), (0, 2)])
def test_shapes_are_kept(pendulum, shape):
    g = pendulum.lambdify()
    points = np.random.default_rng(1).normal(size=shape)
    result = g(points, 0.1)
    assert result.shape == shape and result.dtype == np.float64
    flat = np.array([g(p, 0.1) for p in points.reshape(-1, 2)]).reshape(shape)
    np.testing.assert_array_equal(result, flat)


def test_steps_broadcast_against_points(pendulum):
    g = pendulum.lambdify()
    points = np.random.default_rng(2).normal(size=(3, 4, 2))
    for h in (np.linspace(0, 1, 4), np.linspace(0, 1, 3)[:, None], np.linspace(0, 1, 12).reshape(3, 4)):
        full = np.broadcast_to(h, (3, 4))
        expected = [[g(points[i, j], full[i, j]) for j in range(4)] for i in range(3)]
        np.testing.assert_array_equal(g(points, h), expected)
    assert g(points[0, 0], np.linspace(0, 1, 7)).shape == (7, 2)
    assert g([1, 2], 1).shape == (2,)
    with pytest.raises(ValueError):
        g(points, np.zeros(5))


def test_block_boundary_is_invisible(pendulum):
    from imde_sym.codegen.numpy import BLOCK

    g = pendulum.lambdify()
    points = np.random.default_rng(3).normal(size=(BLOCK + 1, 2))
    h = np.linspace(0, 0.2, BLOCK + 1)
    whole = g(points, h)
    for i in (0, BLOCK - 1, BLOCK):
        np.testing.assert_allclose(whole[i], g(points[i], h[i]), rtol=1e-14)
    np.testing.assert_allclose(whole[:BLOCK], g(points[:BLOCK], h[:BLOCK]), rtol=1e-14)


def test_output_array_is_filled_whatever_its_memory_layout(pendulum):
    g = pendulum.lambdify()
    points = np.random.default_rng(4).normal(size=(3, 4, 2))
    expected = g(points, 0.1)
    for out in (np.zeros((3, 4, 2)), np.zeros((2, 4, 3)).T, np.zeros((3, 8, 4))[:, ::2, 1:3], np.zeros((3, 4, 2), np.float32)):
        result = g(points, 0.1, out=out)
        np.testing.assert_array_equal(out, expected.astype(out.dtype))
        assert result is out


def test_output_array_may_overlap_the_points(pendulum):
    memory = np.random.default_rng(8).normal(size=(20_001, 2))
    expected = pendulum.lambdify()(memory[:-1], 0.1)
    pendulum.lambdify()(memory[:-1], 0.1, out=memory[1:])
    np.testing.assert_array_equal(memory[1:], expected)
    line = inverse_modified_equation(VectorField([x], [x**2 - x]), MIDPOINT, 4).lambdify()
    points = np.random.default_rng(9).normal(size=(20_000, 1))
    expected = line(points, 0.1)
    np.testing.assert_array_equal(line(points, 0.1, out=points), expected)


def test_threads_share_one_function(pendulum):
    g = pendulum.lambdify()
    batches = [np.random.default_rng(i).normal(size=(30_000, 2)) for i in range(8)]
    expected = [g(b, 0.1) for b in batches]
    with ThreadPoolExecutor(8) as pool:
        for found, wanted in zip(pool.map(lambda b: g(b, 0.1), batches), expected):
            np.testing.assert_array_equal(found, wanted)


def test_parameters_are_keywords_and_missing_or_unknown_ones_are_named():
    k = sympy.Symbol("k")
    F = inverse_modified_equation(systems["pendulum"].with_parameters(k=k), MIDPOINT, 3)
    g, fixed = F.lambdify(), inverse_modified_equation(systems["pendulum"], MIDPOINT, 3).lambdify()
    points = np.random.default_rng(5).normal(size=(6, 2))
    np.testing.assert_allclose(g(points, 0.1, k=10), fixed(points, 0.1), rtol=1e-13)
    np.testing.assert_allclose(execute(F.source())(points, 0.1, 10.0), fixed(points, 0.1), rtol=1e-13)
    with pytest.raises(FieldError, match="'k' has no value"):
        g(points, 0.1)
    with pytest.raises(FieldError, match="'omega'"):
        g(points, 0.1, k=1, omega=2)


@pytest.mark.parametrize("points", [1.0, np.zeros(3), np.zeros((2, 3)), np.zeros((2, 1))])
def test_wrong_last_axis_is_refused(pendulum, points):
    with pytest.raises(FieldError, match="last axis"):
        pendulum.lambdify()(points, 0.1)


def test_unknown_target_is_refused(pendulum):
    for call in (pendulum.lambdify, pendulum.source):
        with pytest.raises(CodegenError, match=r"'fortran77'; nearest: fortran; accepted: numpy, .*fortran"):
            call("fortran77")


def test_function_survives_pickle_and_copy(pendulum):
    g = pendulum.lambdify()
    points = np.random.default_rng(6).normal(size=(6, 2))
    for other in (pickle.loads(pickle.dumps(g)), copy.copy(g), copy.deepcopy(g)):
        np.testing.assert_array_equal(other(points, 0.1), g(points, 0.1))


def test_jacobian_program_is_the_derivative_of_the_field(pendulum):
    J = pendulum.as_expr().jacobian(pendulum.variables)
    point = (0.3, -0.7)
    expected = J.subs({**dict(zip(pendulum.variables, point, strict=True)), sympy.Symbol("h"): 0.1})
    with mpmath.workdps(20):
        found = evaluate(pendulum.jacobian_program, point, 0.1)
    np.testing.assert_allclose(np.array(found, float).reshape(2, 2), np.array(expected, float), rtol=1e-13)


@pytest.mark.parametrize(
    "e", [sympy.Integer(0), sympy.Integer(3), sympy.pi * x, sympy.I * x, x**sympy.pi, sympy.erf(x), sympy.tan(x) + sympy.asinh(y),
          sympy.Rational(10**40 + 1, 3 * 10**39) * x, sympy.root(x, 3) / y, sympy.exp(-x) / (1 + sympy.exp(x)),
          sympy.sqrt(sympy.sqrt(x) + y), 1 / sympy.root(x, 3), sympy.atan2(y, x)], ids=str
)  # fmt: skip
def test_unusual_components_evaluate_as_sympy_does(e):
    if e.has(sympy.erf):
        pytest.importorskip("scipy")
    F = inverse_modified_equation(VectorField([x, y], [e, x + y]), MIDPOINT, 3)
    value = F.lambdify()([0.4, 0.9], 0.1)
    expected = [complex(v.subs({x: 0.4, y: 0.9, sympy.Symbol("h"): 0.1}).evalf()) for v in F.as_expr()]
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    if not e.has(sympy.erf):
        np.testing.assert_allclose(execute(F.source())(np.array([0.4, 0.9]), 0.1), expected, rtol=1e-12)


@pytest.mark.parametrize("out", [np.zeros((3, 3)), np.zeros((3, 2), int), np.zeros(2), [[0.0, 0.0]] * 3])
def test_output_that_cannot_hold_the_result_is_refused(pendulum, out):
    with pytest.raises(FieldError, match=r"shape \(3, 2\)"):
        pendulum.lambdify()(np.ones((3, 2)), 0.1, out=out)


@pytest.mark.parametrize("target", ["numpy", "python", "numba", "torch"])
def test_a_step_size_is_not_guessed(pendulum, target):
    if target in ("numba", "torch"):
        pytest.importorskip(target)
    with pytest.raises(FieldError, match="h has no value"):
        pendulum.lambdify(target)([0.5, 1.0])
    assert list(pendulum.truncate(1).lambdify()([0.5, 0.0])) == [0.0, 0.5]
