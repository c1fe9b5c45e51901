"""The command line as its users meet it: a subprocess, its output and its exit code."""

import json
import subprocess
import sys

import pytest

from imde_sym import ButcherTableau, methods
from imde_sym.cli import main
from tests.rows import rows

PENDULUM = ["--system", "pendulum", "--method", "explicit_midpoint"]
BAD = {
    "misspelt system": (["derive", "--system", "pendulm", "--method", "rk4", "--order", "3"], "pendulum"),
    "misspelt method": (["derive", "--system", "pendulum", "--method", "explicit_midpiont", "--order", "3"], "explicit_midpoint"),
    "tableau not square": (["series", "--A", "0,0;1/2", "--b", "0,1", "--order", "3"], "square"),
    "nan in the tableau": (["series", "--A", "0,nan;1/2,0", "--b", "0,1", "--order", "3"], "nan"),
    "weights that sum to zero": (["series", "--A", "0,0;1/2,0", "--b", "1,-1", "--order", "3"], "sum(b)"),
    "order 0": (["derive", *PENDULUM, "--order", "0"], "order"),
    "negative order": (["derive", *PENDULUM, "--order", "-2"], "order"),
    "huge order": (["derive", *PENDULUM, "--order", "1000000"], "order"),
    "huge order of a series": (["series", "--method", "rk4", "--order", "1000000"], "order"),
    "order that is no number": (["series", "--method", "rk4", "--order", "four"], "four"),
    "abs": (["derive", "--equations", "x' = abs(x)", "--method", "rk4", "--order", "3"], "abs"),
    "Piecewise": (["derive", "--equations", "x' = Piecewise((x, x))", "--method", "rk4", "--order", "3"], "Piecewise"),
    "unknown symbol": (["derive", "--equations", "x' = x + w", "--method", "rk4", "--order", "3"], "'w'"),
    "unbalanced bracket": (["derive", "--equations", "x' = (x + 1", "--method", "rk4", "--order", "3"], "bracket"),
    "no equation": (["derive", "--equations", "x + 1", "--method", "rk4", "--order", "3"], "equation"),
    "hostile call": (
        ["derive", "--equations", "x' = __import__('os').system('touch x')", "--method", "rk4", "--order", "2"],
        "'",
    ),
    "hostile attribute": (["derive", "--equations", "x' = ().__class__", "--method", "rk4", "--order", "2"], "__class__"),
    "hostile power": (["derive", "--equations", "x' = 9**9**9**9", "--method", "rk4", "--order", "2"], "large"),
    "neither system nor equations": (["derive", "--method", "rk4", "--order", "2"], "--system"),
    "missing file": (["series", "--tableau", "nowhere.json", "--order", "2"], "nowhere.json"),
    "a step of nothing": (["derive", *PENDULUM, "--order", "2", "--format", "c", "--stepper", "--h", "0"], "other than 0"),
    "one step twice": (["check", *PENDULUM, "--order", "2", "--steps", "0.1,0.1"], "two different"),
    "a hint of the shell": (["derive", "--equations", "x' = u(t)", "--method", "rk4", "--order", "2"], '--parameters "u"'),
    "x0 of the wrong length": (["check", *PENDULUM, "--order", "2", "--x0", "1"], "x0"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_exit_code_2(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, culprit = BAD[name]
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and culprit in err
    assert list(tmp_path.iterdir()) == []  # nothing was executed


def test_all_names_of_equations_are_parameters_where_asked(capsys):
    rest = ["--method", "euler", "--order", "2"]
    assert main(["derive", "--equations", "x'' - mu (1 - x^2) x' + w*x = 0", "--parameters", "auto", *rest]) == 0
    first = capsys.readouterr().out
    assert main(["derive", "--equations", "x'' = mu*(1 - x^2)*x' - w*x", "--parameters", "mu, w", *rest]) == 0
    assert capsys.readouterr().out == first and "mu" in first


@rows("A, b", [("0 0; 1/2 0", "0 1"), ("[[0,0],[0.5,0]]", "[0,1]"), ("0; 1/2 0", "(0, 1)"), ("[0 0; 1/2 0]", "0;1")])
def test_a_matrix_is_typed_in_any_notation(A, b, capsys):
    assert main(["series", "--A", A, "--b", b, "--order", "4"]) == 0
    found = capsys.readouterr().out
    assert main(["series", "--A", "0,0; 1/2,0", "--b", "0,1", "--order", "4"]) == 0
    assert capsys.readouterr().out == found


def test_derive_prints_the_seed_papers_pendulum(capsys):
    assert main(["derive", *PENDULUM, "--order", "4"]) == 0
    out, err = capsys.readouterr()
    assert err == "" and "h^2*(5*sin(q)*(p**2 + 40*cos(q))/12)" in out


def test_bad_input_prints_no_traceback_in_a_process():
    command = [sys.executable, "-m", "imde_sym", "derive", "--system", "pendulm", "--method", "rk4", "--order", "4"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 2 and result.stdout == "" and "Traceback" not in result.stderr


def test_check_prints_orders_and_succeeds(capsys):
    assert main(["check", *PENDULUM, "--order", "4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert next(line for line in lines if "observed" in line).split()[1:] == ["2.00", "2.00", "3.00", "4.00"]


def test_own_equations_and_tableau_equal_the_catalogue(capsys, tmp_path):
    path = tmp_path / "my.json"
    path.write_text(methods["explicit_midpoint"].to_json())
    own = ["--equations", "p' = -10*sin(q); q' = p"]
    texts = []
    for arguments in (PENDULUM, [*own, "--tableau", str(path)], [*own, "--A", "[[0,0],[1/2,0]]", "--b", "[0,1]"]):
        assert main(["derive", *arguments, "--order", "4", "--format", "json"]) == 0
        texts.append(json.loads(capsys.readouterr().out)["terms"])
    assert texts[0] == texts[1] == texts[2]


@rows("format", ["latex", "numpy", "json", "text"])
def test_every_format_prints(format, capsys):
    assert main(["derive", *PENDULUM, "--order", "3", "--format", format]) == 0
    assert capsys.readouterr().out.strip()


def test_parameters_stay_symbols_or_take_values(capsys):
    arguments = ["derive", "--equations", "x' = a*x", "--method", "explicit_euler", "--order", "2"]
    assert main([*arguments, "--parameters", "a"]) == 0
    assert "a**2*x/2" in capsys.readouterr().out
    assert main([*arguments, "--parameters", "a=2"]) == 0
    assert "2*x" in capsys.readouterr().out


def test_listings_name_every_entry(capsys):
    assert main(["methods"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(methods)
    assert main(["trees", "--order", "5"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 9
    assert main(["systems"]) == 0
    assert "kepler" in capsys.readouterr().out


def test_a_tableau_file_that_is_no_tableau_is_refused(tmp_path, capsys):
    path = tmp_path / "bad.json"
    for text in ("[1, 2]", "{", '{"A": [["__import__"]], "b": [1]}', '{"A": 3, "b": [1]}', '{"A": [[0]]}'):
        path.write_text(text)
        assert main(["series", "--tableau", str(path), "--order", "2"]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_series_of_a_tableau_with_floats_says_floats(capsys):
    m = ButcherTableau([[0.0, 0.0], [0.5, 0.0]], [0.0, 1.0])
    assert not m.is_exact and m.ring.name == "float64"


@rows(
    "arguments, said",
    [
        (["predict", "--T", "0.1", "--domain", "-1,0.37; -65,377"], "domain [-1, 0.37] x [-65, 377] in (x, y)"),
        (["predict", "--T", "0.1", "--domain", "y: [-65,377]; x: [-1,0.37]"], "domain [-1, 0.37] x [-65, 377] in (x, y)"),
        (["check", "--order", "2", "--x0", "-1,0.37"], "all observed orders agree"),
        (["check", "--order", "2", "--x0", "y=0.37, x=-1"], "all observed orders agree"),
        (["audit", "-x+h*x/2; -y+h*y/2"], "RIGHT"),
        (["audit", "-x; -y"], "RIGHT"),
    ],
)
def test_values_may_begin_with_a_minus_sign_and_boxes_and_points_are_typed_in_order_or_by_name(arguments, said, capsys):
    assert main([*arguments, "--equations", "x' = -x; y' = -y", "--method", "euler"]) == 0
    assert said in capsys.readouterr().out


@rows(
    "arguments, said",
    [
        (["check", "--order", "2", "--x0", "x=1"], "x0 has 1 entries"),
        (["check", "--order", "2", "--x0", "x=1, 2"], "all by name or none"),
        (["check", "--order", "2", "--x0", "x=1, x=2"], 'an example is x0="p = 1, q = 0.37"'),
        (["predict", "--T", "0.1", "--domain", "0,1"], "low < high for each of x, y"),
        (["predict", "--T", "0.1", "--domain", "0,1,2; 0,1"], "is not a side of a box"),
        (["audit", "no_such_file.txt"], "there is no file no_such_file.txt"),
        (["audit", "x; y", "--run", "cat"], "not both"),
    ],
)
def test_boxes_and_points_that_are_not_understood_are_told_what_to_write(arguments, said, capsys):
    assert main([*arguments, "--equations", "x' = -x; y' = -y", "--method", "euler"]) == 2
    assert said in capsys.readouterr().err


def test_an_option_of_another_command_has_no_nearest_one(capsys):
    with pytest.raises(SystemExit):
        main(["method", "rk4", "--A", "0"])
    assert "nearest" not in capsys.readouterr().err
