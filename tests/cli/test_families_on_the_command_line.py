"""`derive`, `check` and `series` with methods of every family from a file, and with the parts of the field."""

import json
import subprocess
import sys

import pytest
import sympy

from imde_sym import ModifiedField, VectorField, inverse_modified_equation, modified_equation
from imde_sym.cli import main
from imde_sym.method import (
    Adjoint,
    ContinuousStage,
    LinearMultistep,
    MultiderivativeTableau,
    Nystrom,
    PartitionedTableau,
    Rosenbrock,
    Splitting,
    average_vector_field,
    compose_methods,
    methods,
    taylor_method,
)
from imde_sym.series import inverse_modified_series, method_series, modified_series

EQUATIONS = "x' = y - x^2; y' = x*y - 1/2"
FIELD = VectorField.parse(EQUATIONS)
LINEAR = Rosenbrock([[]], [["1/2"]], [1], name="linear midpoint")
PAIR = PartitionedTableau([methods["explicit_euler"], methods["implicit_euler"]], name="pair")
STRANG = Splitting([(0, "1/2"), (1, 1), (0, "1/2")], name="strang")
WHOLE = {
    "rosenbrock": LINEAR,
    "multiderivative": MultiderivativeTableau([([[0, 0], ["1/2", 0]], [1, 0]), ([[0, 0], ["1/8", 0]], ["1/6", "1/3"])]),
    "taylor": taylor_method(3),
    "composition": compose_methods(taylor_method(2), LINEAR, steps=["1/3", "2/3"]),
    "adjoint": Adjoint(taylor_method(2)),
    "continuous_stage": average_vector_field(),
    "multistep": LinearMultistep([0, -1, 1], ["-1/2", "3/2", 0]),
    "roots": Rosenbrock([[]], [["1 - 1/sqrt(2)"]], [1]),
    "symbols": ContinuousStage([[1 - sympy.Symbol("a")], [sympy.Symbol("a")]]),
}
SPLIT = {"partitioned": PAIR, "splitting": STRANG.with_inverse()}


@pytest.fixture
def stored(tmp_path):
    def store(method):
        path = tmp_path / "method.json"
        path.write_text(method if isinstance(method, str) else method.to_json(), encoding="utf-8")
        return str(path)

    return store


def derive(path, *more, equations=EQUATIONS, order="3"):
    return main(["derive", "--equations", equations, "--tableau", path, "--order", order, *more])


@pytest.mark.parametrize("name", [n for n in WHOLE if n != "symbols"])
def test_derive_reads_a_method_of_any_family(name, stored, capsys):
    for direction, equation in (("inverse", inverse_modified_equation), ("forward", modified_equation)):
        assert derive(stored(WHOLE[name]), "--direction", direction) == 0
        assert capsys.readouterr().out == f"{equation(FIELD, WHOLE[name], 3)}\n"


@pytest.mark.parametrize("name", SPLIT)
def test_derive_takes_the_variables_of_each_part(name, stored, capsys):
    expected = inverse_modified_equation(FIELD, SPLIT[name], 3, parts=[["x"], ["y"]])
    for text in ("x; y", " x ;y"):
        assert derive(stored(SPLIT[name]), "--parts", text) == 0
        assert capsys.readouterr().out == f"{expected}\n"
    assert derive(stored(SPLIT[name]), "--parts", "y; x") == 0
    assert capsys.readouterr().out != f"{expected}\n"


def test_parts_may_hold_several_variables(stored, capsys):
    equations = "x' = u; y' = v; u' = y - x^2; v' = x*y - 1/2"
    n = Nystrom([[], ["1/2"]], ["1/2", 0], ["1/2", "1/2"], [0, 1])
    assert derive(stored(n), "--parts", "x, y; u, v", "--direction", "forward", equations=equations) == 0
    field = VectorField.parse(equations)
    assert capsys.readouterr().out == f"{modified_equation(field, n, 3, parts=[['x', 'y'], ['u', 'v']])}\n"


def test_hamiltonian_systems_need_no_parts(stored, capsys):
    assert main(["derive", "--system", "pendulum", "--tableau", stored(PAIR), "--order", "2"]) == 0
    assert capsys.readouterr().out == "p' = -10*sin(q) + h*(-5*p*cos(q)) + O(h^2)\nq' = p + h*(5*sin(q)) + O(h^2)\n"


def test_json_output_of_a_split_field_reads_back(stored, capsys):
    assert derive(stored(PAIR), "--parts", "x; y", "--format", "json") == 0
    F = ModifiedField.from_json(capsys.readouterr().out)
    expected = inverse_modified_equation(FIELD, PAIR, 3, parts=[["x"], ["y"]])
    assert F == expected and F.method == PAIR and F.split == expected.split and F.part(1) == expected.part(1)


@pytest.mark.parametrize("target", ["numpy", "c", "latex"])
def test_code_and_formulas_of_a_split_field(target, stored, capsys):
    assert derive(stored(PAIR), "--parts", "x; y", "--format", target) == 0
    expected = inverse_modified_equation(FIELD, PAIR, 3, parts=[["x"], ["y"]])
    assert capsys.readouterr().out.rstrip() == (expected.latex() if target == "latex" else expected.source(target)).rstrip()


@pytest.mark.parametrize("name", [*WHOLE, *SPLIT])
def test_series_prints_the_coefficients_of_any_family(name, stored, capsys):
    method = WHOLE.get(name) or SPLIT[name]
    for direction, series in (("inverse", inverse_modified_series), ("forward", modified_series), ("method", method_series)):
        if (name, direction) == ("symbols", "inverse"):
            continue
        assert main(["series", "--tableau", stored(method), "--order", "3", "--direction", direction]) == 0
        assert capsys.readouterr().out == f"{series(method, 3).table()}\n"


@pytest.mark.parametrize("direction", ["inverse", "forward"])
def test_check_takes_parts(direction, stored, capsys):
    arguments = ["--x0", "3/4,2/5", "--steps", "1/128,1/256", "--order", "2", "--direction", direction]
    assert (
        main(["check", "--equations", EQUATIONS, "--tableau", stored(PAIR), "--parts", "x; y", "--format", "json", *arguments])
        == 0
    )
    report = json.loads(capsys.readouterr().out)
    assert report["passed"] and report["expected"] == [1, 2] and "pair" in report["title"]


BAD_PARTS = {
    "x": "2 parts",
    "x; y; x": "2 parts",
    "x; z": r"\['z'\] is not a part of the field; accepted: names of its variables \(x, y\)",
    "x; x": "do not add up to the field: in the equation of x they give",
    "x; ": "is not a part of the field",
    ";": "is not a part of the field",
    "x; __import__('os')": "is not a part of the field",
}


@pytest.mark.parametrize("text", BAD_PARTS)
def test_wrong_parts_are_one_line_and_exit_code_2(text, stored, capsys):
    import re

    assert derive(stored(PAIR), "--parts", text) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and err.startswith("imde-sym: ") and re.search(BAD_PARTS[text], err)


REFUSED = {
    "parts that nobody asked for": (LINEAR, ["--parts", "x; y"], "linear midpoint takes the field as a whole"),
    "parts that are missing": (PAIR, [], "say which with `parts`"),
    "the inverse of a splitting": (STRANG, ["--parts", "x; y"], "the inverse of strang is not unique"),
    "an unknown family": ('{"family": "rosenbrok"}', [], "unknown family 'rosenbrok'; nearest: rosenbrock"),
    "a missing key": ('{"family": "rosenbrock", "A": [[]], "b": [1]}', [], "'gamma' is missing"),
    "code": ('{"family": "splitting", "steps": [["0", "__import__(1)"]]}', [], "imde-sym: "),
    "no method": ("[1, 2]", [], "is not a tableau"),
    "no JSON": ("family: rosenbrock", [], "not a tableau"),
    "a multistep method that is none": (
        '{"family": "multistep", "alpha": [1, 1], "beta": [0, 1]}',
        [],
        "here they are 2, 1 and 1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_derived_is_one_line_and_exit_code_2(name, stored, capsys):
    method, more, why = REFUSED[name]
    assert derive(stored(method), *more) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and err.startswith("imde-sym: ") and why in err


def test_a_missing_file_is_named(tmp_path, capsys):
    assert derive(str(tmp_path / "none.json")) == 2
    assert "none.json" in capsys.readouterr().err


def test_a_directory_is_no_method(tmp_path, capsys):
    assert derive(str(tmp_path)) == 2
    assert "cannot read" in capsys.readouterr().err


@pytest.mark.slow
def test_the_program_itself_answers_with_exit_codes(stored):
    command = [sys.executable, "-m", "imde_sym", "derive", "--equations", EQUATIONS, "--tableau", stored(PAIR), "--order", "2"]
    good = subprocess.run([*command, "--parts", "x; y"], capture_output=True, text=True)
    assert good.returncode == 0 and good.stdout.startswith("x' = ") and good.stderr == ""
    bad = subprocess.run([*command, "--parts", "x; z"], capture_output=True, text=True)
    assert bad.returncode == 2 and bad.stdout == "" and "Traceback" not in bad.stderr
