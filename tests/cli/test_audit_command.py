"""imde-sym audit: claims from text, files, stdin and programs; 0 right, 1 wrong, 2 bad input."""

import io
import json
import sys

import pytest

import imde_sym as imde
from imde_sym.cli import main

PENDULUM = ["--system", "pendulum", "--method", "euler"]
RIGHT = "p' = -10*sin(q) - 5*h*p*cos(q); q' = p - 5*h*sin(q)"
LINES = """import math, sys
for line in sys.stdin:
    p, q, h = map(float, line.split())
    print(-10*math.sin(q) - 5*h*p*math.cos(q), p - 5*h*math.sin(q))
"""


def test_text_a_file_and_stdin_are_judged(tmp_path, monkeypatch, capsys):
    assert main(["audit", RIGHT, *PENDULUM]) == 0 and "RIGHT" in capsys.readouterr().out
    file = tmp_path / "claim.txt"
    file.write_text(RIGHT.replace("p - 5", "p + 5"))
    assert main(["audit", str(file), *PENDULUM]) == 1
    assert "h, q': wrong: claimed 5*sin(q), right -5*sin(q)" in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"[[],[]]": "1/12", "[[[]]]": "1/6"}'))
    assert main(["audit", "-", "--method", "explicit midpoint"]) == 0
    series = tmp_path / "series.json"
    series.write_text(imde.modified_series("heun2", 4).to_json())
    assert main(["audit", str(series), "--method", "heun2", "--format", "json"]) == 1
    told = json.loads([line for line in capsys.readouterr().out.splitlines() if line.startswith("{")][-1])
    assert not told["ok"] and "modified equation" in told["convention"]


def test_a_program_is_judged_by_fits(tmp_path, capsys):
    program = tmp_path / "model.py"
    program.write_text(LINES)
    run = ["audit", "--run", f"{sys.executable} {program}", *PENDULUM]
    assert main([*run, "--order", "2"]) == 0 and "smallest error that would be seen" in capsys.readouterr().out
    assert main(run) == 1 and "missing" in capsys.readouterr().out


def test_a_program_that_prints_few_digits_or_no_numbers_is_not_called_right(capsys):
    run = f'{sys.executable} -c "import sys; [print({{}}) for l in sys.stdin]"'
    equation = ["--equations", "x' = -x", "--method", "euler", "--order", "2"]
    assert main(["audit", "--run", run.format("'nan'"), *equation]) == 2 and "no finite numbers" in capsys.readouterr().err
    rough = run.format("'%.1f' % -float(l.split()[0])")
    assert main(["audit", "--run", rough, *equation]) == 1 and "NOT DECIDED: at h^0, h^1" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--run", "no_such_program", *PENDULUM], "cannot be run"),
        (["--run", f"{sys.executable} -c 'import time; time.sleep(9)'", "--timeout", "0.3", *PENDULUM], "over 0.3 s"),
        (["--run", f"{sys.executable} -c 'print(1)'", "--order", "2", *PENDULUM], "numbers are needed"),
        (["--run", f"{sys.executable} -c 'raise SystemExit(3)'", *PENDULUM], "status 3"),
        (["--run", "x", "--method", "euler"], "--system"),
        (["--run", "'", *PENDULUM], "quotation"),
        (PENDULUM, "give the claim"),
        (["p +", *PENDULUM], "p +"),
        (['{"[[": 1}', *PENDULUM], "tree in brackets"),
        (["p; q", "--method", "euler"], "about a field"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bad_input_is_told_in_a_line(arguments, words, capsys):
    assert main(["audit", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1
