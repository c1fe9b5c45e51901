"""`method`, `compare`, filters, code options, files and stdin, and errors in one line."""

import io
import json
import shlex
from pathlib import Path

import pytest

import imde_sym as imde
from imde_sym.cli import main
from tests.rows import rows

TABLEAU = "0 |\n1/2 | 1/2\n--\n | 0 1\n"
CSV = "0,0,0\n1/2,1/2,0\n,0,1\n"


@pytest.mark.parametrize("text", [TABLEAU, CSV, '{"A": [[0, 0], ["1/2", 0]], "b": [0, 1]}'], ids=["bars", "csv", "json"])
def test_a_tableau_comes_from_a_file_or_stdin(text, tmp_path, monkeypatch, capsys):
    (tmp_path / "m.txt").write_text(text)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    found = []
    for name in (str(tmp_path / "m.txt"), "-", "explicit midpoint"):
        assert main(["method", name, "--format", "json", "--order", "3"]) == 0
        found.append(json.loads(capsys.readouterr().out)["conditions"])
    assert found[0] == found[1] == found[2] and [c["passed"] for c in found[0]] == [True, True, False, False]


def test_a_wrong_weight_shows_as_a_failed_condition_with_its_residual(tmp_path, capsys):
    (tmp_path / "m.txt").write_text(TABLEAU.replace("0 1", "1/100 99/100"))
    assert main(["method", str(tmp_path / "m.txt"), "--order", "2"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("2 "))
    assert "-1/200" in line and line.endswith("fail")


@pytest.mark.parametrize(
    "name", ["rk4", "bdf2", "strang", "newmark", "stoermer_verlet", "ros2", "taylor_3", "average_vector_field"]
)
def test_every_family_has_a_report(name, capsys):
    assert main(["method", name]) == 0
    assert main(["compare", name, "rk4", "--system", "harmonic_oscillator"]) == 0
    out, err = capsys.readouterr()
    assert "Traceback" not in err and name in out


def test_methods_are_filtered(capsys):
    assert main(["methods", "--order", "4", "--explicit", "--tag", "ssp", "--search", "ketcheson"]) == 0
    assert capsys.readouterr().out.split()[0] == "ssprk104"
    assert main(["systems", "--search", "duffing"]) == 0
    assert capsys.readouterr().out.startswith("duffing")
    assert main(["methods", "--search", "nowhere"]) == 0
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1


def test_output_goes_to_a_file_and_equations_come_from_one(tmp_path, capsys):
    (tmp_path / "e.txt").write_text("p' = -10*sin(q)\nq' = p\n")
    (tmp_path / "out").write_text("old")
    arguments = ["derive", "--method", "rk4", "--order", "5"]
    assert main([*arguments, "--equations", str(tmp_path / "e.txt"), "-o", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == ""
    assert main([*arguments, "--equations", "p' = -10*sin(q); q' = p"]) == 0
    assert (tmp_path / "out").read_text() == capsys.readouterr().out


def test_code_options_reach_the_code(capsys):
    arguments = ["derive", "--system", "pendulum", "--method", "rk4", "--order", "5", "--format", "c"]
    assert main([*arguments, "--stepper", "--h", "0.1", "--name", "advance"]) == 0
    assert "void advance(const double *restrict state, double *restrict out)" in capsys.readouterr().out
    assert main([*arguments, "--jacobian", "--part", "correction"]) == 0
    assert "jacobian" in capsys.readouterr().out


BAD = {
    "a code option without code": (["derive", "--system", "pendulum", "--method", "rk4", "--order", "3", "--stepper"], "--stepper"),
    "a project without a stepper": (
        ["derive", "--system", "pendulum", "--method", "rk4", "--order", "3", "--format", "c", "--project", "p"], "--project goes with"
    ),
    "an unknown method": (["method", "gaus2"], "gauss2"),
    "a tableau's file that is not there": (["compare", "rk4", "mein.txt"], "there is no file mein.txt"),
    "an equation's file that is not there": (
        ["derive", "--equations", "osci.txt", "--method", "rk4", "--order", "2"], "there is no file osci.txt"
    ),
    "a number outside a family": (["method", "adams_bashforth_9"], "1, 2, 3, 4, 5, 6"),
    "x0 without a system": (["compare", "rk4", "--x0", "1"], "--x0 goes with"),
    "a directory to write to": (["methods", "-o", "/"], "cannot write"),
    "an unknown tag": (["methods", "--tag", "sspp"], "ssp"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_exit_code_2(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, culprit = BAD[name]
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and culprit in err and not list(tmp_path.iterdir())


@rows("arguments", [["derive", "--sys", "pendulum"], ["nothing"], ["methods", "--order"], []])
def test_wrong_options_are_one_line_too(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    out, err = capsys.readouterr()
    assert stop.value.code == 2 and out == "" and err.count("\n") == 1


def test_every_help_has_an_example(capsys):
    from imde_sym.cli.arguments import EXAMPLES

    for name in EXAMPLES:
        with pytest.raises(SystemExit):
            main([*filter(None, [name]), "--help"])
        assert "imde-sym" in capsys.readouterr().out.split("example")[1]


def test_a_search_that_finds_nothing_says_the_nearest_words(capsys):
    assert main(["methods", "--search", "tsitoras"]) == main(["systems", "--search", "lorentz"]) == 0
    out, err = capsys.readouterr()
    assert out == "" and "tsitouras" in err and "lorenz" in err


@pytest.mark.slow
def test_the_examples_of_every_help_run(capsys, tmp_path, monkeypatch):
    """All that ask for no server, shell, pipe, or hours; files that they name are those of the stories."""
    from imde_sym.cli.arguments import EXAMPLES
    from imde_sym.experiments.experiments import EXPERIMENTS

    monkeypatch.chdir(tmp_path)
    Path("mine.txt").write_text("0 |\n0.37 | 0.37\n---\n | 1/4 3/4\n")
    Path("claim.txt").write_text(str(imde.inverse_modified_equation("y' = y^2", "rk4", 6)))
    Path("learned.json").write_text(imde.VectorField("x' = -0.37*x").to_json())
    lines = [line.strip() for text in EXAMPLES.values() for line in text.splitlines()]
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("imde-sym ") and ">" not in line]
    assert len(commands) > 15
    for command in commands:
        if command[0] == "learn":
            assert command[2] in EXPERIMENTS
        elif command[0] != "explore" and not {"--help", "--run"} & set(command):
            assert main(command) == 0, (command, capsys.readouterr().err)
    capsys.readouterr()
