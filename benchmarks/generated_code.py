"""Generated code on 10^6 points: python benchmarks/generated_code.py

Kepler and Lorenz at order 6 (explicit midpoint). Rows: the numpy function (block by block), numba, C with -O3,
C with -O3 arranged by sympy's cse with products for powers, as one would do it by hand, and sympy's lambdify
without common sub-expressions. Best of five after a warm-up, but one run for plain lambdify, which is slow.
Then operation counts and the time from field to source text. Numba and gcc are used where installed.
Targets: numpy at least 4 times faster than plain lambdify, C within 2 times of the best of numba and the arranged
C, source of order 8 within a second.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import sympy
from sympy.codegen.rewriting import create_expand_pow_optimization
from timing import best, once

from imde_sym import ModifiedField, inverse_modified_equation, methods, systems
from imde_sym.base.errors import MissingLibraryError

POINTS, ORDER, H = 1_000_000, 6, 0.01


def plain(F: ModifiedField, x: np.ndarray) -> Callable[[], np.ndarray]:
    """sympy's lambdify of the formulas, without common sub-expressions."""
    g = sympy.lambdify([*F.variables, sympy.Symbol("h")], list(F.as_expr()), "numpy", cse=False)
    return lambda: np.stack(g(*x.T, H), axis=-1)


def arranged(F: ModifiedField) -> str:
    """C code with the formulas arranged by sympy's cse, integer powers as products, r = 1/sqrt(...) once."""
    h, products = sympy.Symbol("h"), create_expand_pow_optimization(99)
    steps, results = sympy.cse(list(F.as_expr()), symbols=sympy.numbered_symbols("c"), optimizations="basic")
    lines = [f"const double {v} = s[{i}];" for i, v in enumerate(F.variables)]
    for name, e in [*steps, *((f"o[{i}]", e) for i, e in enumerate(results))]:
        declare = "const double " if isinstance(name, sympy.Symbol) else ""
        lines.append(f"{declare}{name} = {sympy.ccode(products(e))};")
    body = "\n".join(lines)
    head = f"void batch(size_t n, const double *restrict x, double {h}, double *restrict out)"
    d = len(F.variables)
    return f"#include <math.h>\n#include <stddef.h>\n{head} {{ for (size_t k = 0; k < n; ++k) {{\n" + (
        f"const double *s = x + {d}*k; double *o = out + {d}*k;\n{body}\n}} }}\n"
    )


def compiled(text: str, name: str, x: np.ndarray, folder: Path) -> Callable[[], np.ndarray]:
    path, out = folder / f"{len(list(folder.iterdir()))}.c", np.empty_like(x)
    path.write_text(text)
    library = path.with_suffix(".so")
    subprocess.run(["gcc", "-std=c99", "-O3", "-shared", "-fPIC", str(path), "-o", str(library), "-lm"], check=True)
    batch = ctypes.CDLL(str(library))[name]
    batch.argtypes = [ctypes.c_size_t, ctypes.c_void_p, ctypes.c_double, ctypes.c_void_p]

    def run() -> np.ndarray:
        batch(len(x), x.ctypes.data, H, out.ctypes.data)
        return out

    return run


def by_hand() -> Callable[[np.ndarray, float], np.ndarray]:
    """Explicit midpoint on the pendulum, order 4, as one would write it in numpy; h³ from the exact formula."""
    F = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 4)
    p, q = F.variables
    s, c = sympy.symbols("s c")
    term = [sympy.expand(e.subs({sympy.sin(q): s, sympy.cos(q): c})) for e in F.term(3)]
    names = sympy.Symbol("p"), s, c
    term = [e.subs(p, names[0]) for e in term]
    first, second = (sympy.lambdify(names, sympy.horner(e, wrt=names[0]), "numpy") for e in term)

    def hand(x: np.ndarray, h: float) -> np.ndarray:
        p, q = x[..., 0], x[..., 1]
        s, c = np.sin(q), np.cos(q)
        out = np.empty_like(x)
        out[..., 0] = s * (-10 + h**2 * (5 / 12 * p**2 + 50 / 3 * c)) + h**3 * first(p, s, c)
        out[..., 1] = p + h**2 * (-5 / 3 * p * c) + h**3 * second(p, s, c)
        return out

    return hand


def beside_by_hand() -> float:
    """The time of the numpy function of the pendulum, order 4, over that of the same written by hand."""
    hand, g = by_hand(), inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 4).lambdify()
    x = np.random.default_rng(0).uniform([-3.8, -1.2], [3.8, 1.2], (POINTS, 2))
    np.testing.assert_allclose(g(x[:1000], 0.1), hand(x[:1000], 0.1), rtol=1e-9, atol=1e-12)
    return best(lambda: g(x, 0.1)) / best(lambda: hand(x, 0.1))


def times(name: str, folder: Path) -> dict[str, float]:
    field = systems[name]
    F = inverse_modified_equation(field, methods["explicit_midpoint"], ORDER)
    low, high = np.array(field.info["domain"], float).T
    x = np.random.default_rng(0).uniform(low, high, (POINTS, field.dimension))
    g = F.lambdify()
    tasks: dict[str, Callable[[], np.ndarray]] = {"numpy, blocked": lambda: g(x, H)}
    try:
        compiled_loop = F.lambdify("numba")
        tasks["numba"] = lambda: compiled_loop(x, H)
    except MissingLibraryError:
        pass
    if shutil.which("gcc"):
        tasks["C -O3"] = compiled(F.source("c"), "f_h_batch", x, folder)
        tasks["C -O3, arranged by cse"] = compiled(arranged(F), "batch", x, folder)
    expected = g(x, H)
    scale = np.abs(expected).max(axis=0)
    for label, task in tasks.items():
        assert (np.abs(task() - expected) / scale).max() < 1e-12, label
    found = {label: best(task) for label, task in tasks.items()}
    found["lambdify, no cse"] = once(plain(F, x))
    return found


def main() -> None:
    met = {True: "met", False: "missed"}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("kepler", "lorenz"):
            print(f"{name}, order {ORDER}, {POINTS:.0e} points")
            found = times(name, Path(folder))
            for label, seconds in found.items():
                print(f"  {label:24} {1000 * seconds:9.1f} ms")
            ratio = found["lambdify, no cse"] / found["numpy, blocked"]
            print(f"  numpy is {ratio:.1f} times faster than lambdify: target 4 {met[ratio >= 4]}")
            if others := [v for k, v in found.items() if k in ("numba", "C -O3, arranged by cse")]:
                ratio = found.get("C -O3", np.inf) / min(others)
                print(f"  C takes {ratio:.2f} times the best of the others: target 2 {met[ratio <= 2]}")
    print("operations: sympy's formulas, the program if nothing were shared, the program; field to C source in ms")
    for name in ("kepler", "lorenz"):
        for order in (4, 6, 8):
            F = inverse_modified_equation(systems[name], methods["explicit_midpoint"], order)
            seconds = once(partial(F.source, "c"))
            program = F.program
            counts = f"{sympy.count_ops(F.as_expr()):7} {program.unshared:7} {program.operations:7}"
            note = f" (target 1 s {met[seconds <= 1]})" if order == 8 else ""
            print(f"  {name:8} order {order} {counts} {1000 * seconds:8.1f} ms{note}")


if __name__ == "__main__":
    main()
