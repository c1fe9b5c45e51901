"""Every target, compiled or imported and run on 1,000 points of six systems, against 50-digit mpmath.

The error of a component is taken relative to the sum of the absolute values of the terms of its formula:
that is what rounding is proportional to, whereas a component itself may cancel to zero. mpmath evaluates
sympy's formulas (not our program). Measured in double: at most 8e-16, and 2e-13 relative to the components themselves.
"""

from __future__ import annotations

import ctypes
import math
import re
import shutil
import subprocess
from dataclasses import dataclass

import mpmath
import numpy as np
import pytest
import sympy

from imde_sym import ModifiedField, VectorField, inverse_modified_equation, methods, systems
from imde_sym.codegen.numbers import nearest

POINTS, H, BOUND = 1000, 0.03, 1e-12
MIDPOINT, RK4 = methods["explicit_midpoint"], methods["rk4"]


@dataclass
class Case:
    name: str
    F: ModifiedField
    points: np.ndarray
    parameters: dict[str, float]
    exact: np.ndarray
    scale: np.ndarray

    def check(self, found, bound=BOUND):
        """The largest error, relative as the module says, is below the bound."""
        found = np.asarray(found, float)
        assert found.shape == self.points.shape
        assert (np.abs(found - self.exact) / self.scale).max() <= bound


def build(name, field, domain, order, method, parameters):
    F = inverse_modified_equation(field, method, order)
    low, high = np.array(domain, float).T
    points = np.random.default_rng(11).uniform(low, high, (POINTS, field.dimension))
    symbols = [*field.variables, *field.free_parameters, sympy.Symbol("h")]
    formulas = list(F.as_expr())
    values = [*parameters.values(), H]
    exact = sympy.lambdify(symbols, formulas, modules="mpmath", cse=True)
    with mpmath.workdps(50):
        rows = [exact(*map(mpmath.mpf, [*p, *values])) for p in points]
        reference = np.array([[float(v) for v in row] for row in rows])
    terms = [sum(sympy.Abs(t) for t in sympy.Add.make_args(e)) for e in map(sympy.expand_mul, formulas)]
    size = sympy.lambdify(symbols, terms, modules=["numpy", "scipy"], cse=True)(*points.T, *values)
    scale = np.stack(np.broadcast_arrays(*size), axis=-1)
    return Case(name, F, points, parameters, reference, scale)


@pytest.fixture(scope="module")
def cases():
    k, s, r, b = sympy.symbols("k sigma rho beta")
    own = VectorField.parse("x' = exp(-x)*atan(y) + a*tanh(x); y' = log(2 + x^2) - sqrt(2 + y^2)*erf(x)", parameters=["a"])
    other = VectorField.parse("u' = asinh(w) + c*u^(1/3); w' = sin(u)*cosh(w)/(2 + cos(w))", parameters=["c"])
    named = {n: systems[n] for n in ("pendulum", "lorenz", "kepler", "lotka_volterra")}
    given = [
        ("pendulum", named["pendulum"].with_parameters(k=k), 4, MIDPOINT, {"k": 9.81}),
        ("lorenz", named["lorenz"].with_parameters(sigma=s, rho=r, beta=b), 5, RK4, {"beta": 2.6, "rho": 28.0, "sigma": 10.0}),
        ("kepler", named["kepler"], 4, MIDPOINT, {}),
        ("lotka_volterra", named["lotka_volterra"], 4, methods["heun2"], {}),
        ("transcendental", own, 3, MIDPOINT, {"a": 0.7}),
        ("roots", other, 3, MIDPOINT, {"c": -0.4}),
    ]
    domains = {"transcendental": [[-1, 1], [-1, 1]], "roots": [[0.2, 2], [-1, 1]]}
    pytest.importorskip("scipy")  # erf
    return {name: build(name, f, f.info.get("domain") or domains[name], order, m, p) for name, f, order, m, p in given}


SYSTEMS = ["pendulum", "lorenz", "kepler", "lotka_volterra", "transcendental", "roots"]


@pytest.mark.parametrize("name", SYSTEMS)
def test_numpy_source_run_as_a_module(cases, name):
    case, space = cases[name], {}
    exec(compile(case.F.source("numpy"), "generated", "exec"), space)
    case.check(space["f_h"](case.points, H, *case.parameters.values()))


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_components_themselves_are_right_to_twelve_digits(cases, name):
    case = cases[name]
    found = case.F.lambdify()(case.points, H, **case.parameters)
    assert (np.abs(found - case.exact) / np.abs(case.exact)).max() <= BOUND


@pytest.mark.parametrize("name", ["kepler", "lorenz", "lotka_volterra"])
def test_code_rounds_exactly_as_its_program(cases, name):
    """Brackets keep the order of every sum and product, so nothing is rounded differently."""
    case = cases[name]
    g = case.F.lambdify("python")

    def power(a, exponent):
        root = a if exponent.denominator == 1 else math.sqrt(a)
        return root if exponent > 0 else 1.0 / root

    for point in case.points[:50].tolist():
        values = [*point, *case.parameters.values()]
        expected = g.routine.program.run(values, H, nearest, power, None)
        assert g(point, H, **case.parameters) == expected


@pytest.mark.parametrize("name", SYSTEMS)
def test_plain_python(cases, name):
    case = cases[name]
    g = case.F.lambdify("python")
    case.check([g(p, H, **case.parameters) for p in case.points.tolist()])


@pytest.mark.parametrize("name", [s if s == "pendulum" else pytest.param(s, marks=pytest.mark.slow) for s in SYSTEMS])
def test_numba(cases, name):
    pytest.importorskip("numba")
    case = cases[name]
    case.check(case.F.lambdify("numba")(case.points, H, **case.parameters))


@pytest.mark.parametrize("name", SYSTEMS)
def test_sympy_code_gives_the_formulas_back(cases, name):
    case = cases[name]
    h = sympy.Symbol("h")
    symbols = {str(s): s for s in case.F.field.free_parameters}
    again = case.F.lambdify("sympy")(list(case.F.variables), h, **symbols)
    point = {v: sympy.Rational(2 + i, 7) for i, v in enumerate([*case.F.variables, *symbols.values(), h])}
    for a, b in zip(again, case.F.as_expr()):
        assert not a.has(sympy.Float)
        assert sympy.expand(a - b) == 0 or abs((a - b).subs(point).evalf(40, maxn=100)) < 1e-35


@pytest.mark.parametrize("name", SYSTEMS)
def test_torch_batched(cases, name):
    torch = pytest.importorskip("torch")
    case = cases[name]
    case.check(case.F.lambdify("torch")(torch.from_numpy(case.points), H, **case.parameters).numpy())


@pytest.mark.parametrize("name", SYSTEMS)
def test_jax_under_jit_and_vmap(cases, jax, name):
    case = cases[name]
    g = case.F.lambdify("jax")
    case.check(jax.jit(jax.vmap(lambda x: g(x, H, **case.parameters)))(case.points))


def test_jax_batched_without_vmap_equals_vmap(cases, jax):
    case = cases["pendulum"]
    g = jax.jit(case.F.lambdify("jax"))
    case.check(g(case.points, H, **case.parameters))
    steps = np.linspace(0, 0.1, POINTS)
    np.testing.assert_allclose(g(case.points, steps, k=2.0), case.F.lambdify()(case.points, steps, k=2.0), rtol=1e-12, atol=1e-13)


def compiled(tmp_path_factory, cases, target, precision):
    """One library with a function for each system, named after it."""
    compiler = {"c": "gcc", "fortran": "gfortran"}[target]
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    folder = tmp_path_factory.mktemp(f"{target}_{precision}")
    text = "\n".join(c.F.source(target, precision=precision, name=f"field_{n}") for n, c in cases.items())
    path, library = folder / ("all.c" if target == "c" else "all.f90"), folder / "all.so"
    path.write_text(text)
    flags = {
        "c": ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror"],
        "fortran": ["-std=f2008", "-Wall", "-Wno-unused-dummy-argument", "-Werror", f"-J{folder}"],
    }[target]
    subprocess.run([compiler, "-O1", *flags, "-shared", "-fPIC", str(path), "-o", str(library), "-lm"], check=True)
    if target == "c":
        for n, c in cases.items():
            (folder / f"{n}.h").write_text(c.F.source("c-header", precision=precision, name=f"field_{n}"))
        (folder / "user.c").write_text("".join(f'#include "{n}.h"\n' for n in cases) + '#include "all.c"\n')
        subprocess.run([compiler, "-fsyntax-only", *flags, str(folder / "user.c")], check=True)
    return ctypes.CDLL(str(library))


PRECISIONS = [("double", np.float64, ctypes.c_double, BOUND), ("float", np.float32, ctypes.c_float, 3e-5)]


@pytest.fixture(scope="module")
def libraries(tmp_path_factory, cases):
    made = {}

    def get(target, precision):
        if (target, precision) not in made:
            made[target, precision] = compiled(tmp_path_factory, cases, target, precision)
        return made[target, precision]

    return get


@pytest.mark.parametrize("precision, dtype, kind, bound", PRECISIONS, ids=lambda v: v if isinstance(v, str) else "")
@pytest.mark.parametrize("target", ["c", "fortran"])
@pytest.mark.parametrize("name", SYSTEMS)
def test_compiled_languages(cases, libraries, target, name, precision, dtype, kind, bound):
    case = cases[name]
    batch = libraries(target, precision)[f"field_{name}_batch"]
    batch.restype = None
    states = np.ascontiguousarray(case.points, dtype)
    outs = np.full_like(states, np.nan)
    pointer = np.ctypeslib.ndpointer(dtype, flags="C_CONTIGUOUS")
    values = list(case.parameters.values())
    if target == "c":  # one struct of parameters, by reference
        struct = (kind * len(values))(*values)
        batch.argtypes = [ctypes.c_size_t, pointer, kind, *[ctypes.c_void_p] * bool(values), pointer]
        batch(len(states), states, H, *[ctypes.addressof(struct)] * bool(values), outs)
    else:
        batch.argtypes = [ctypes.c_size_t, pointer, *[kind] * (1 + len(values)), pointer]
        batch(len(states), states, H, *values, outs)
    case.check(outs, bound)


# Julia is not installed where this is tested, so its code is checked by the translator below: it knows the
# few forms that the emitter may use, refuses all others, and evaluates them in Python.
ASSIGNMENT = re.compile(r"    (\w+|out\[(\d+)\]) = (.+)")
TOKEN = re.compile(r"\s*(\d+\.\d+(?:e[+-]\d+)?|\d+e[+-]\d+|[A-Za-z_]\w*|[-+*/^(),])")
HELPERS = {"logistic(x) =": lambda x: 1 / (1 + math.exp(-x)), "softplus(x) =": lambda x: math.log1p(math.exp(x))}
JULIA_FUNCTIONS = {
    n: getattr(math, n) for n in "sqrt exp log sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf".split()
}
JULIA_FUNCTIONS |= {line.partition("(")[0]: f for line, f in HELPERS.items()}


def julia(text, points, arguments):
    code = [line for line in text.splitlines() if line and not line.startswith(("#", "using ", *HELPERS))]
    depth = 0
    for line in code:  # blocks are closed
        depth += line.startswith("function ") - (line == "end")
        assert depth in (0, 1)
    assert depth == 0
    head = re.fullmatch(r"function f_h!\(out, state(?:, (.*))?\)", code[0])
    names = [n for n in (head[1] or "").split(", ") if n]
    body = code[1 : code.index("    return out")]
    results = []
    for point in points:
        known, out = dict(zip(names, arguments, strict=True)), {}
        for line in body:
            match = ASSIGNMENT.fullmatch(line)
            assert match, line
            place, index, right = match.groups()
            if state := re.fullmatch(r"state\[(\d+)\]", right):
                value = point[int(state[1]) - 1]
            else:
                tokens = TOKEN.findall(right)
                assert "".join(tokens) == right.replace(" ", ""), line
                assert all(t in known or t in JULIA_FUNCTIONS for t in tokens if t[0].isalpha()), line
                value = eval(" ".join("**" if t == "^" else t for t in tokens), {"__builtins__": {}}, JULIA_FUNCTIONS | known)
            if index:
                out[int(index) - 1] = value
            else:
                assert place not in known
                known[place] = value
        results.append([out[m] for m in range(len(point))])
    return results


@pytest.mark.parametrize("name", SYSTEMS)
def test_julia_by_an_independent_translation(cases, name):
    case = cases[name]
    text = case.F.source("julia")
    assert ("using SpecialFunctions: erf" in text) == (name == "transcendental")
    found = np.array(julia(text, case.points.tolist(), [H, *case.parameters.values()]))
    case.check(found)
