"""Options of lambdify and source: built-in values, Jacobian, correction, stepper, precision; and refusals."""

from __future__ import annotations

import ctypes
import dataclasses
import shutil
import subprocess
from fractions import Fraction
from typing import get_args, get_type_hints

import numpy as np
import pytest
import sympy

from imde_sym import VectorField, inverse_modified_equation, methods, modified_equation, systems
from imde_sym.base.errors import CodegenError, FieldError, ImdeError, MissingLibraryError
from imde_sym.codegen import TARGETS, FieldOptions, Library, Options, PythonTarget, Routine, TextTarget
from imde_sym.codegen.ode import FORMS
from imde_sym.codegen.program import Code
from imde_sym.codegen.python import emit
from tests.rows import rows

x, y, k, h = sympy.symbols("x y k h")
MIDPOINT = methods["explicit_midpoint"]
POINTS = np.random.default_rng(3).uniform(-1, 1, (20, 2))
LIVE = ["numpy", "python", "torch", "jax", pytest.param("numba", marks=pytest.mark.slow), "sympy"]


def run(F, target, points=POINTS, step=None, **options):
    """The live function at every point, as numpy arrays (a pair with the Jacobian)."""
    if target in ("torch", "jax", "numba"):
        pytest.importorskip(target)
    g = F.lambdify(target, **options)
    given = [] if step is None else [step]
    if target in ("python", "sympy"):
        results = [g(p, *given) for p in points.tolist()]
        if options.get("jacobian"):
            return tuple(np.array([r[i] for r in results], float).reshape(len(points), -1) for i in (0, 1))
        return np.array(results, float).reshape(len(points), -1)
    if target == "torch":
        import torch

        points = torch.from_numpy(points)
    result = g(points, *given)
    if isinstance(result, tuple):
        return tuple(np.asarray(r, float).reshape(len(points), -1) for r in result)
    return np.asarray(result, float)


@pytest.fixture(scope="module")
def pendulum():
    return inverse_modified_equation(systems["pendulum"].with_parameters(k=k), MIDPOINT, 4)


@pytest.fixture(scope="module")
def fixed():
    return inverse_modified_equation(systems["pendulum"], MIDPOINT, 4)


def tolerance(target):
    return 2e-5 if target == "jax" else 1e-13  # JAX without its double precision


@pytest.mark.parametrize("target", LIVE)
def test_built_in_step_and_parameter_equal_arguments(pendulum, fixed, target):
    expected = fixed.lambdify()(POINTS, 0.1)
    for step, value in ((Fraction(1, 10), 10), ("0.1", "10"), (0.1, 10.0), (sympy.Rational(1, 10), sympy.Integer(10))):
        found = run(pendulum, target, h=step, parameters={"k": value})
        np.testing.assert_allclose(found, expected, rtol=tolerance(target), atol=tolerance(target))
        if target == "numba":
            break


def test_exact_values_fold_exactly(pendulum):
    again = pendulum.lambdify("sympy", h=Fraction(1, 3), parameters={k: Fraction(2, 7)})
    expected = pendulum.as_expr().subs({h: sympy.Rational(1, 3), k: sympy.Rational(2, 7)})
    assert (again(list(pendulum.variables)) - expected).expand() == sympy.zeros(2, 1)
    program = pendulum.lambdify(h=Fraction(1, 3), parameters={k: 0}).routine.program
    assert program.operations == 0 and program.inputs == ("p", "q")  # p' = 0, q' = p


def test_roots_are_rounded_once():
    field = VectorField([x], [sympy.sqrt(2) * x + sympy.pi])
    text = inverse_modified_equation(field, methods["explicit_euler"], 1).source("c")
    assert "1.4142135623730951*x" in text and "3.141592653589793" in text and "sqrt" not in text


def test_single_precision_constants_are_the_nearest_ones():
    third = Fraction(2**80 + 1, 3 * 2**80)  # no quotient of small integers
    text = inverse_modified_equation(VectorField([x], [third * x]), methods["explicit_euler"], 1).source("c", precision="float")
    literal = text.partition("out[0] = ")[2].partition("f*")[0]
    exact = sorted(
        (np.float32(1 / 3), np.nextafter(np.float32(1 / 3), 1, dtype=np.float32)), key=lambda v: abs(Fraction(float(v)) - third)
    )
    assert np.float32(literal) == exact[0]


def test_values_that_make_the_field_infinite_are_refused():
    F = inverse_modified_equation(VectorField([x], [x / k]), methods["explicit_euler"], 2)
    with pytest.raises(CodegenError, match="zero"):
        F.lambdify(parameters={"k": 0})
    huge = inverse_modified_equation(VectorField([x], [10**400 * x]), methods["explicit_euler"], 1)
    with pytest.raises(CodegenError, match="range"):
        huge.source("c")
    with pytest.raises(CodegenError, match="range"):
        inverse_modified_equation(VectorField([x], [10**40 * x]), methods["explicit_euler"], 1).source("c", precision="float")


@pytest.mark.parametrize("target", LIVE)
def test_jacobian_is_sympys(fixed, target):
    field, jacobian = run(fixed, target, step=0.1, jacobian=True)
    exact = sympy.lambdify([*fixed.variables, h], list(fixed.as_expr().jacobian(fixed.variables)), "numpy")
    expected = np.array([np.broadcast_arrays(*exact(*p, 0.1)) for p in POINTS]).reshape(len(POINTS), -1)
    np.testing.assert_allclose(jacobian, expected, rtol=tolerance(target) * 10, atol=tolerance(target) * 10)
    np.testing.assert_allclose(field, fixed.lambdify()(POINTS, 0.1), rtol=tolerance(target) * 10, atol=tolerance(target) * 10)


@pytest.mark.parametrize("target, compiler", [("c", "gcc"), ("fortran", "gfortran")])
def test_compiled_jacobian_and_one_point(tmp_path, fixed, target, compiler):
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    path = tmp_path / ("f.c" if target == "c" else "f.f90")
    path.write_text(fixed.source(target, jacobian=True, h="1/10"))
    command = [compiler, "-Wall", "-Wextra", "-Werror", f"-J{tmp_path}" if target == "fortran" else "-std=c99"]
    subprocess.run([*command, "-shared", "-fPIC", str(path), "-o", str(tmp_path / "f.so"), "-lm"], check=True)
    library = ctypes.CDLL(str(tmp_path / "f.so"))
    field, jacobian = fixed.lambdify(jacobian=True)(POINTS, 0.1)
    out, matrix = np.zeros(2), np.zeros((2, 2))
    outs, matrices = np.zeros((20, 2)), np.zeros((20, 2, 2))
    library.f_h(*(ctypes.c_void_p(a.ctypes.data) for a in (POINTS, out, matrix)))
    library.f_h_batch(ctypes.c_size_t(20), *(ctypes.c_void_p(a.ctypes.data) for a in (POINTS, outs, matrices)))
    transpose = (lambda m: np.swapaxes(m, -1, -2)) if target == "fortran" else (lambda m: m)  # columns come first there
    np.testing.assert_allclose(out, field[0], rtol=1e-13)
    np.testing.assert_allclose(transpose(matrix), jacobian[0], rtol=1e-13)
    np.testing.assert_allclose(outs, field, rtol=1e-13)
    np.testing.assert_allclose(transpose(matrices), jacobian, rtol=1e-13)


def test_jacobian_shapes(fixed):
    field, jacobian = fixed.lambdify(jacobian=True)(np.zeros((3, 4, 2)), 0.1)
    assert field.shape == (3, 4, 2) and jacobian.shape == (3, 4, 2, 2)
    assert "jacobian[2, 2]" in fixed.source("julia", jacobian=True)
    with pytest.raises(FieldError, match="out="):
        fixed.lambdify(jacobian=True)(np.zeros(2), 0.1, out=np.zeros(2))


@pytest.mark.parametrize("target", LIVE)
def test_correction_is_the_field_less_the_given_one(fixed, target):
    found = run(fixed, target, step=0.1, part="correction")
    expected = fixed.lambdify()(POINTS, 0.1) - fixed.truncate(1).lambdify()(POINTS, 0.1)
    np.testing.assert_allclose(found, expected, rtol=1e-4 if target == "jax" else 1e-11, atol=1e-14)


@pytest.mark.parametrize("order", [1, 4])
def test_step_on_the_linear_equation_is_the_exponential_series(order):
    """Euler applied to its IMDE of y' = k y is y Σ (hk)^j/j!, j <= order."""
    F = inverse_modified_equation(VectorField([y], [k * y]), methods["explicit_euler"], order)
    step = F.lambdify("sympy", stepper=True)([y], h, k=k)
    assert sympy.expand(step[0] - y * sum((h * k) ** j / sympy.factorial(j) for j in range(order + 1))) == 0


@pytest.mark.parametrize("method, order", [("explicit_euler", 3), ("explicit_midpoint", 4), ("gill4", 5)])
@pytest.mark.parametrize("target", ["python", "numpy"])
def test_stepper_has_the_order_of_the_field(method, order, target):
    from imde_sym.verify.flow import ReferenceFlow

    F = inverse_modified_equation(systems["lotka_volterra"], methods[method], order)
    step, start = F.lambdify(target, stepper=True), [1.5, 2.0]
    flow = ReferenceFlow(F.truncate(1))
    steps = [0.1, 0.05, 0.025]
    errors = [np.abs(np.array(step(start, s)) - np.array(flow(start, s), float)).max() for s in steps]
    slopes = np.diff(np.log(errors)) / np.diff(np.log(steps))
    assert np.abs(slopes - (order + 1)).max() < 0.25 and errors[-1] > 1e-13


def test_compiled_stepper_equals_the_live_one(tmp_path):
    if shutil.which("gcc") is None:
        pytest.skip("no gcc")
    F = inverse_modified_equation(systems["pendulum"], methods["rk4"], 6)
    (tmp_path / "step.c").write_text(F.source("c", stepper=True))
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, str(tmp_path / "step.c"), "-o", str(tmp_path / "step.so"), "-lm"], check=True)
    library = ctypes.CDLL(str(tmp_path / "step.so"))
    outs = np.zeros((20, 2))
    arguments = [ctypes.c_void_p(POINTS.ctypes.data), ctypes.c_double(0.1), ctypes.c_void_p(outs.ctypes.data)]
    library.f_h_step_batch(ctypes.c_size_t(20), *arguments)
    np.testing.assert_allclose(outs, F.lambdify(stepper=True)(POINTS, 0.1), rtol=1e-13, atol=1e-15)


def test_stepper_with_symbols_in_the_tableau():
    a = sympy.Symbol("alpha")
    from imde_sym import ButcherTableau

    method = ButcherTableau([[0, 0], [a, 0]], [1 - 1 / (2 * a), 1 / (2 * a)])
    F = inverse_modified_equation(systems["pendulum"].with_parameters(k=k), method, 3)
    step = F.lambdify("numpy", stepper=True, parameters={"k": 10})
    fixed = inverse_modified_equation(systems["pendulum"], MIDPOINT, 3).lambdify("numpy", stepper=True)
    np.testing.assert_allclose(step(POINTS, 0.1, alpha=0.5), fixed(POINTS, 0.1), rtol=1e-12, atol=1e-14)


def test_stepper_is_refused_where_there_is_none():
    implicit = inverse_modified_equation(systems["pendulum"], methods["implicit_midpoint"], 3)
    with pytest.raises(CodegenError, match="explicit"):
        implicit.lambdify(stepper=True)
    forward = modified_equation(systems["pendulum"], MIDPOINT, 3)
    with pytest.raises(CodegenError, match="inverse"):
        forward.source("c", stepper=True)
    explicit = inverse_modified_equation(systems["pendulum"], MIDPOINT, 3)
    for options in ({"jacobian": True}, {"part": "correction"}):
        with pytest.raises(CodegenError, match="stepper"):
            explicit.source("c", stepper=True, **options)


BAD = {
    "part": ({"part": "corection"}, "field, correction"),
    "option": ({"jacobain": True}, "jacobian"),
    "precision": ({"precision": "half"}, "double, float"),
    "parameter": ({"parameters": {"kk": 1}}, "'kk'.*nearest: k"),
    "list of parameters": ({"parameters": ["k"]}, "map names to numbers"),
    "value": ({"parameters": {"k": "import os"}}, "k: "),
    "symbol": ({"h": x}, "not a number"),
    "nan": ({"h": float("nan")}, "finite"),
    "name": ({"name": "f); system("}, "name a function"),
    "function": ({"name": "sin"}, "name a function"),
    "keyword": ({"name": "double"}, "name a function"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_options_say_what_is_accepted(pendulum, case):
    options, message = BAD[case]
    with pytest.raises(ImdeError, match=message):
        pendulum.source("c", **options)


def test_precision_belongs_to_compiled_languages(pendulum):
    with pytest.raises(CodegenError, match="c, c-header, fortran"):
        pendulum.source("numpy", precision="float")


@pytest.mark.parametrize("target", ["python", "sympy"])
def test_code_for_one_point_refuses_batches(pendulum, target):
    with pytest.raises(FieldError, match="one point of 2"):
        pendulum.lambdify(target)(POINTS, 0.1, k=1)


def test_rational_arguments_are_numbers(pendulum):
    for target in ("numpy", "torch"):
        if target == "torch":
            pytest.importorskip("torch")
        g = pendulum.lambdify(target)
        np.testing.assert_allclose(
            g(POINTS[0].tolist(), Fraction(1, 10), k=Fraction(10)), g(POINTS[0].tolist(), 0.1, k=10), rtol=1e-6
        )


@pytest.mark.parametrize("target", [None, ["numpy"], 3])
def test_targets_are_text(pendulum, target):
    for call in (pendulum.lambdify, pendulum.source):
        with pytest.raises(ImdeError, match="target must be text"):
            call(target)


@pytest.mark.parametrize("target", ["pyton", ""])
def test_unknown_targets_are_refused_with_the_list(pendulum, target):
    for call in (pendulum.lambdify, pendulum.source):
        with pytest.raises(CodegenError, match=f"accepted: {', '.join(TARGETS)}$"):
            call(target)


def test_targets_without_a_live_function_are_named(pendulum):
    for target in ("c", "fortran", "julia", "c-header"):
        with pytest.raises(CodegenError, match="numpy, numba, python, sympy, jax, torch"):
            pendulum.lambdify(target)


def test_functions_that_a_language_lacks_are_refused():
    field = VectorField([x], [sympy.I * x])
    F = inverse_modified_equation(field, methods["explicit_euler"], 2)
    for target in ("c", "fortran", "python", "numba"):
        with pytest.raises(CodegenError, match="real numbers only"):
            F.source(target)
    np.testing.assert_allclose(F.lambdify()([1.0], 0.5), [1j - 0.25])
    omega = inverse_modified_equation(VectorField([x], [sympy.LambertW(x)]), methods["explicit_euler"], 1)
    for target in set(TARGETS) - {"c-header", "sympy"}:
        with pytest.raises(CodegenError, match="LambertW has no form"):
            omega.source(target)
    assert omega.lambdify("sympy")([x], h)[0] == sympy.LambertW(x)


@pytest.mark.parametrize("name", ["V", "x); system("])
def test_undefined_functions_have_no_code(name):
    F = inverse_modified_equation(VectorField([x], [sympy.Function(name)(x)]), methods["explicit_euler"], 2)
    for target in TARGETS:
        with pytest.raises(CodegenError, match="no formula"):
            F.source(target)


@rows("function", [sympy.acot, sympy.asec, sympy.acsc, sympy.acoth, sympy.asech, sympy.acsch])
def test_reciprocal_functions_have_a_form_in_every_language(function):
    point = 0.4 if function in (sympy.asech, sympy.acsch, sympy.acot) else 1.7
    F = inverse_modified_equation(VectorField([x], [function(x)]), methods["explicit_euler"], 2)
    for target in TARGETS:
        assert F.source(target)
    expected = F.as_expr().subs({x: point, h: 0.1})
    np.testing.assert_allclose(F.lambdify("python")([point], 0.1), np.array(expected, float).ravel(), rtol=1e-13)


def test_missing_library_is_named_with_its_extra(pendulum, monkeypatch):
    import builtins

    original = builtins.__import__

    def without(name, *rest, **more):
        if name.partition(".")[0] in ("torch", "jax", "numba", "diffrax"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return original(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    for target in ("torch", "jax", "numba"):
        with pytest.raises(MissingLibraryError, match=rf"pip install 'imde_sym\[{target}\]'"):
            pendulum.lambdify(target)
        assert pendulum.source(target)
    with pytest.raises(MissingLibraryError, match="jax"):
        pendulum.as_ode("diffrax", 0.1)


def test_operation_counts_before_and_after_sharing():
    f = VectorField([x, y], [sympy.exp(x * y) ** 2, sympy.exp(x * y)])
    program = inverse_modified_equation(f, methods["explicit_euler"], 1).program
    # shared: x*y, exp, square; written out: (x*y, exp) twice and the product, then (x*y, exp) once more
    assert (program.operations, program.unshared) == (3, 7)


def test_sums_of_sums_keep_their_brackets():
    code = Code(["a", "b", "c"])
    a, b, c = (code.emit("input", i) for i in range(3))
    total = code.emit("add", code.emit("add", a, b), code.emit("add", code.emit("mul", code.constant(Fraction(-1)), a), c))
    text = emit(Routine(code.program([total]), 3, "", has_h=False))
    assert "out0 = a + b + (c - a)" in text


def test_parameters_that_are_arrays_broadcast(pendulum, fixed):
    values = np.linspace(1, 10, 20)
    found = pendulum.lambdify()(POINTS, 0.1, k=values)
    np.testing.assert_allclose(found[-1], fixed.lambdify()(POINTS[-1], 0.1), rtol=1e-13)
    one = [pendulum.lambdify()(p, 0.1, k=v) for p, v in zip(POINTS, values)]
    np.testing.assert_allclose(found, one, rtol=1e-14)


def test_gradients_flow_to_state_step_and_parameters(pendulum):
    torch = pytest.importorskip("torch")
    g = pendulum.lambdify("torch")
    state = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
    step = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    value = torch.tensor(9.0, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda s, t, v: g(s, t, k=v), (state, step, value))
    assert g(torch.zeros(3, 2), 0.1, k=1.0).dtype == torch.float32
    batched = torch.func.vmap(torch.func.jacrev(lambda s: g(s, 0.1, k=9.0)))(torch.from_numpy(POINTS))
    np.testing.assert_allclose(batched, pendulum.lambdify(jacobian=True)(POINTS, 0.1, k=9.0)[1], rtol=1e-12, atol=1e-14)


def test_jax_differentiates_by_everything(pendulum):
    jax = pytest.importorskip("jax")
    g = pendulum.lambdify("jax")
    point = np.array([0.3, -0.7])
    matrix = jax.jacfwd(g)(point, 0.1, k=9.0)
    np.testing.assert_allclose(matrix, pendulum.lambdify(jacobian=True)(point, 0.1, k=9.0)[1], rtol=1e-5, atol=1e-5)
    slope = jax.grad(lambda v: g(point, 0.1, k=v)[0])(9.0)
    exact = pendulum.as_expr()[0].diff(k).subs({**dict(zip(pendulum.variables, point)), k: 9.0, h: 0.1})
    np.testing.assert_allclose(slope, float(exact), rtol=1e-5)


def test_editors_complete_the_options_and_targets_that_there_are():
    names = [f.name for f in dataclasses.fields(Options)]
    assert sorted(get_type_hints(FieldOptions)) == sorted(names)
    assert {*get_args(TextTarget)} == {*TARGETS} and {*get_args(PythonTarget)} == {n for n, t in TARGETS.items() if t.live}
    assert {*get_args(Library)} == {*FORMS}
