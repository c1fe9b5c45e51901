"""Names of symbols in generated code: kept where possible, else mapped safely, injectively and reversibly."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from imde_sym import VectorField, inverse_modified_equation, methods
from imde_sym.base.errors import CodegenError, FieldError
from imde_sym.codegen import TARGETS, c, fortran, jax, julia, numba, numpy, python, torch
from imde_sym.codegen import sympy as sympy_target
from imde_sym.codegen.names import ARGUMENTS, escape, identifiers, title_text
from tests.rows import rows
from tests.strategies import examples

EULER = methods["explicit_euler"]
x = sympy.Symbol("x")
LANGUAGES = [c.LANGUAGES["double"], fortran.LANGUAGE, jax.LANGUAGE, julia.LANGUAGE, numba.LANGUAGE, numpy.LANGUAGE]
LANGUAGES += [python.LANGUAGE, torch.LANGUAGE, sympy_target.LANGUAGE]
HOSTILE = [
    "λ",
    "x'",
    "lambda",
    "for",
    "end",
    "double",
    "real",
    "h",
    "np",
    "state",
    "out",
    "tmp0",
    "out1",
    "f_h",
    "f_h_batch",
    "s_1",
]
HOSTILE += ["x); import os #", 'x); system("', "x\nimport os\n#", 'x"""; import os; """', "x'''; import os; '''", "\\", 'a\\"""b']
HOSTILE += [
    "*/ int evil; /*",
    "x\\\n",
    "??/",
    "!\nend module",
    "=#",
    '"',
    "",
    " ",
    "ß",
    "𝒙",
    "sin",
    "math",
    "I",
    "NULL",
    "__x",
    "x__",
]
HOSTILE += [
    "y" * 80,
    "λ" * 40,
    "end function",
    "$(touch x)",
    "\x00",
    "\u2028",
    "\ud800",
    "_",
    "5",
    "True",
    "len",
    "range",
    "point",
]
HOSTILE += ["IMDE_F_H_H", "f_h_parameters", "imde_f_h", "NAN", "M_PI"]


def field(name, parameter):
    s = sympy.Symbol(name)
    if parameter:
        return VectorField([x], [s * x**2])
    return VectorField([s], [s**2])


def execute(text):
    space: dict = {}
    exec(compile(text, "generated", "exec"), space)
    return space


VALUE = 0.25 + 0.1 * 0.125 + 0.01 * 0.0625
"""y' = y² under Euler, order 3: y² + h y³ + h² y⁴ (docs/theory.md, section 7: y²/(1 - hy)), at y = 1/2, h = 0.1."""


@pytest.mark.parametrize("parameter", [False, True])
@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_python_targets_run_with_any_name_and_hold_nothing_else(name, parameter):
    F = inverse_modified_equation(field(name, parameter), EULER, 3)
    for target in ("numpy", "python", "sympy", "jax", "torch", "numba"):
        text = F.source(target)
        tree = ast.parse(text)
        imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
        statements = [n.value for n in ast.walk(tree) if isinstance(n, ast.Expr)]
        calls = [v for v in statements if isinstance(v, ast.Call)]
        assert len(imports) == (2 if target == "numba" else 1) and text.isascii() and "system(" not in text
        assert all(isinstance(v, ast.Constant) for v in statements if v not in calls)
        assert all(v.func.id in ("f_h", "f_h_block") for v in calls)
        if target in ("numpy", "python"):
            space = execute(text)
            value = space["f_h"](np.array([0.5]), 0.1, *[1.0] * parameter)
            np.testing.assert_allclose(np.array(value, float), [VALUE], rtol=1e-14)
            assert list(space.get("NAMES", {1: name}).values()) == [name]


@pytest.mark.parametrize("target, compiler, suffix", [("c", "gcc", "c"), ("fortran", "gfortran", "f90")])
def test_compilers_accept_every_name(tmp_path, target, compiler, suffix):
    """All names as variables and as parameters, each in a function of its own, in one file."""
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    texts = []
    for i, name in enumerate(HOSTILE):
        for parameter in (False, True):
            F = inverse_modified_equation(field(name, parameter), EULER, 2)
            texts.append(F.source(target, name=f"g{i}_{parameter:d}"))
    text = "\n".join(texts)
    assert text.isascii() and "system(" not in text and "evil;" not in text
    path = tmp_path / f"all.{suffix}"
    path.write_text(text)
    flags = ["-std=c99", "-Wall", "-Wextra"] if target == "c" else ["-std=f2008", "-Wall", f"-J{tmp_path}"]
    subprocess.run([compiler, *flags, "-Werror", "-fsyntax-only", str(path)], check=True)


def test_julia_code_holds_only_its_own_words():
    for name in HOSTILE:
        F = inverse_modified_equation(field(name, True), EULER, 2)
        code = [line for line in F.source("julia").splitlines() if not line.startswith("#")]
        text = "\n".join(code)
        assert re.fullmatch(r"[A-Za-z0-9_ .,:!=+\-*/()\[\]\n]*", text) and text.count("\nend") == 2


def test_ordinary_names_stay():
    sigma, q, GM = sympy.symbols("sigma q_1 GM")
    for target in TARGETS:
        text = inverse_modified_equation(VectorField([q], [sigma * q + GM]), EULER, 2).source(target)
        assert "sigma" in text and "GM" in text and "q_1" in text and not re.search(r"\bs_", text)


def test_mapping_is_reversible_from_the_code():
    names = ["λ", "x'", "if", 'x); system("']
    clash = [sympy.Symbol(n) for n in names]
    F = inverse_modified_equation(VectorField(clash, [s * clash[0] for s in clash]), EULER, 1)
    for target in TARGETS:
        text = F.source(target)
        said = dict(re.findall(r'The symbol "(.*)" is called (\w+)\.', text))
        assert [json.loads(f'"{n}"') for n in said] == names and len(set(said.values())) == 4
        if target in ("numpy", "python", "torch", "jax", "sympy", "numba"):
            table = ast.literal_eval(re.search(r"^NAMES = (.*)$", text, re.M)[1])
            assert table == {i: json.loads(f'"{n}"') for n, i in said.items()}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda v: v.name)
@examples(25)
@given(
    names=st.lists(
        st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE), st.from_regex(r"[a-zA-Z_]{1,4}", fullmatch=True)), unique=True
    )
)
def test_identifiers_are_identifiers_and_injective(language, names):
    words = {*language.reserved, *ARGUMENTS}
    table = identifiers(names, words, language.fold_case)
    found = [i.lower() if language.fold_case else i for i in table.values()]
    assert len(set(found)) == len(names)
    for i in found:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,30}", i) and i not in words and not re.fullmatch(r"(tmp|out)\d+", i)


@given(st.text())
def test_escaped_names_are_read_back_and_break_out_of_nothing(name):
    text = escape(name)
    assert ast.literal_eval(f'"{text}"') == name
    assert text.isascii() and not set(text) & set('"()*;#!$%&{}<>|`~?\n\r') and not text.endswith("\\")


def test_upper_and_lower_case_are_told_apart_in_fortran(tmp_path):
    p, P = sympy.symbols("p P")
    F = inverse_modified_equation(VectorField([p, P], [P, -p]), EULER, 2)
    text = F.source("fortran")
    assert 'The symbol "P" is called s__50_.' in text
    assert "The symbol" not in F.source("c")


def test_two_symbols_with_one_name_are_refused():
    k = sympy.Symbol("k")
    positive = sympy.Symbol("k", positive=True)
    with pytest.raises(FieldError, match="called 'k'"):
        VectorField([x], [k * x + positive])
    with pytest.raises(CodegenError, match="written 'k'"):
        identifiers(["k", "k"], ())


@rows("name", [n for n in HOSTILE if n])
def test_name_of_a_field_never_reaches_executable_lines(name):
    F = inverse_modified_equation(VectorField([x], [x**2], name=name), EULER, 3)
    for target in ("numpy", "python", "torch"):
        text = F.source(target)
        assert sum(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(ast.parse(text))) == 1
    assert "system(" not in F.source("c") and F.source("c").count("*/") == 1


def test_the_titles_of_the_catalogue_stay_readable_in_comments():
    assert title_text("Heun's method [a; b]") == "Heun's method [a, b]"
    assert not [name for name in methods if "\\" in title_text(methods.entry(name)["title"])]
    assert title_text("*/ evil(); \n") == " star/ evil[], \\u000a"
