"""The stories of docs/shell-stories.md, command by command, as a new user would type them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from imde_sym import inverse_modified_equation, methods, systems

DOC = Path(__file__).parents[2] / "docs" / "shell-stories.md"
FILES = dict(re.findall(r"<!-- file (\S+) -->\n```\n(.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL))
STORIES = dict(re.findall(r"<!-- run (\w+) -->\n```sh\n(.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL))


@pytest.fixture
def told(tmp_path):
    """A story's commands, run in a folder that holds its files; the outputs, one for each."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    def tell(name: str) -> list[str]:
        outputs = []
        for line in STORIES[name].strip().split("\n"):
            command = line.replace("imde-sym", f"{sys.executable} -m imde_sym", 1)
            result = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, env=_environment())
            assert result.returncode == 0 and "Traceback" not in result.stderr, f"{line}\n{result.stdout}\n{result.stderr}"
            outputs.append(result.stdout)
        return outputs

    return tell


def _environment() -> dict[str, str]:
    import os

    return os.environ | {"PYTHONPATH": str(DOC.parents[1])}


@pytest.mark.slow
def test_a_tableau_from_a_paper_to_verdict_and_latex(told, tmp_path):
    report, data, *_ = told("tableau")
    assert "all hold up to order 3" in report and "fail" in report  # at order 4
    assert all(c["passed"] for c in json.loads(data)["conditions"])
    assert (tmp_path / "mine.tex").read_text().startswith(r"\begin{array}")
    assert "sin" in (tmp_path / "learned.tex").read_text()


@pytest.mark.slow
def test_three_methods_on_my_equation(told):
    plain, measured, listed = told("compare")
    assert "error, 48" not in plain and [line.split()[1] for line in plain.splitlines()[2:]] == ["4", "4", "3"]
    rows = [line.split() for line in measured.splitlines()[2:5]]
    for row, order in zip(rows, (4, 4, 3)):
        slope = np.log2(float(row[-2]) / float(row[-1]))
        assert abs(slope - order) < 0.3
    assert any(line.split()[0] == "rk4" for line in listed.splitlines())


@pytest.mark.slow
@pytest.mark.skipif(not (shutil.which("cc") and shutil.which("make")), reason="no C compiler")
def test_a_c_program_of_a_corrected_integrator(told):
    outputs = told("project")
    last = np.array(outputs[2].splitlines()[-1].split(), float)
    step = inverse_modified_equation(systems["pendulum"], methods["rk4"], 6).lambdify("numpy", stepper=True, h=0.1)
    x = np.array([float(v) for v in systems["pendulum"].info["x0"]])
    for _ in range(1000):
        x = step(x)
    assert last[0] == 100 and np.allclose(last[1:], x, rtol=1e-9)


@pytest.mark.slow
def test_the_equation_is_checked_first(told):
    assert "observed" in told("check")[0]
