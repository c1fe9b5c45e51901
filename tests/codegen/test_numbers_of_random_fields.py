"""Generated code of random fields with decimals in all arguments against 40 digits from the text as written.

The bound is 1e-10 of the sum of the absolute values of the terms. One example compiles C code and runs JAX code, so the
default run takes few of them; `pytest -m slow` takes many.
"""

from __future__ import annotations

import ctypes
import shutil
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, event, given, note
from hypothesis import strategies as st

from imde_sym import ModifiedField, VectorField, inverse_modified_equation, methods, modified_equation
from tests.codegen.random_fields import METHODS, Reference, operations_of_sympy, points, written_fields
from tests.strategies import examples

BOUND, H = 1e-10, "0.003"
LIVE = ("numpy", "python")
EQUATIONS = {"inverse": inverse_modified_equation, "forward": modified_equation}
SECONDS = 5
FEWER = 4
"""Times the operations that sympy's cse leaves."""


def run_c(F: ModifiedField, state: list[float], h: float) -> list[float]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "f.c")
        path.write_text(F.source("c"))
        library = path.with_suffix(".so")
        subprocess.run(["gcc", "-std=c99", "-O1", "-w", "-shared", "-fPIC", str(path), "-o", str(library), "-lm"], check=True)
        f = ctypes.CDLL(str(library)).f_h
        out = (ctypes.c_double * len(state))()
        step = [ctypes.c_double(h)]
        f((ctypes.c_double * len(state))(*state), *step, out)
        return list(out)


def run_jax(F: ModifiedField, state: list[float], h: float) -> list[float]:
    import jax

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        return np.asarray(F.lambdify("jax")(np.array(state), h)).tolist()
    finally:
        jax.config.update("jax_enable_x64", before)


def run(F: ModifiedField, target: str, state: list[float], h: float) -> list[float]:
    if target == "c":
        return run_c(F, state, h)
    return run_jax(F, state, h) if target == "jax" else list(F.lambdify(target)(state, h))


@st.composite
def cases(draw):
    field = draw(written_fields())
    method, order = draw(st.sampled_from(METHODS)), draw(st.integers(1, 4))
    direction, point = draw(st.sampled_from(tuple(EQUATIONS))), draw(points(field))
    reference = Reference(field, method, order, direction, point, H)
    assume(reference.fit)
    return field, method, order, direction, point, reference


def late(*_) -> None:
    raise AssertionError(f"the derivation takes over {SECONDS} s of the processor's time")


def derive(case) -> ModifiedField:
    """The equation with its program, within SECONDS of this process."""
    field, method, order, direction, *_ = case
    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        F = EQUATIONS[direction](VectorField.parse(str(field)), methods[method], order)
        F.source("python")
        return F
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def compare(case, targets) -> None:
    """The field that targets evaluate is the one that was written."""
    field, method, order, direction, point, reference = case
    note(f"{field}  |  {method}, order {order}, {direction}, at x, t = {', '.join(point)}, h = {H}")
    event(f"order {order}")
    F = derive(case)
    state = [float(p) for p in point][: F.field.dimension]
    for target in targets:
        for found, value, scale in zip(run(F, target, state, float(H)), reference.value, reference.scale, strict=False):
            error = abs(found - value) / scale
            assert error <= BOUND, f"{target}: {found} is {float(value)}, wrong by {float(error):.1e} of {float(scale):.3e}"


UNHURRIED = {"suppress_health_check": list(HealthCheck)}


@examples(30, **UNHURRIED)
@given(cases())
def test_numpy_and_python_agree_with_the_text_as_written(case):
    compare(case, LIVE)


@pytest.mark.slow
@examples(500, derandomize=False, **UNHURRIED)
@given(cases())
def test_all_targets_agree_with_the_text_as_written(case):
    pytest.importorskip("jax")
    compare(case, (*LIVE, "jax", *["c"] * (shutil.which("gcc") is not None)))


@pytest.mark.slow
@examples(150, derandomize=False, **UNHURRIED)
@given(cases())
def test_code_is_not_much_longer_than_sympys(case):
    operations = derive(case).lambdify("python").routine.program.operations
    assert operations <= FEWER * operations_of_sympy(*case[:4])


@examples(8, **UNHURRIED)
@given(cases())
def test_compiled_and_traced_code_agrees_with_the_text_as_written(case):
    pytest.importorskip("jax")
    compare(case, ("jax", *["c"] * (shutil.which("gcc") is not None)))
