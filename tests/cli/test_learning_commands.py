"""`imde-sym learn` and `imde-sym debias`."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sympy

import imde_sym as imde
from imde_sym.cli import main
from imde_sym.serialization import from_json

x, y = sympy.symbols("x y")
EULER = ["--method", "explicit_euler"]
BAD = {
    "no field": (["debias", *EULER, "--h", "0.1"], "--system"),
    "two fields": (["debias", "--equations", "x' = x", "--model", "m.json", *EULER, "--h", "1"], "--model"),
    "no such file": (["debias", "--model", "m.json", *EULER, "--h", "1"], "m.json"),
    "step 0": (["debias", "--equations", "x' = x", *EULER, "--h", "0"], "--h"),
    "step that is no number": (["debias", "--equations", "x' = x", *EULER, "--h", "x"], "'x'"),
    "two steps": (["debias", "--equations", "x' = x", *EULER, "--h", "1,2"], "--h"),
    "complex step": (["debias", "--equations", "x' = x", *EULER, "--h", "sqrt(-1)"], "--h"),
    "order 0": (["debias", "--equations", "x' = x", *EULER, "--h", "1", "--order", "0"], "order"),
    "no digits": (["debias", "--equations", "x' = x", *EULER, "--h", "1", "--digits", "0"], "--digits"),
    "hostile step": (["debias", "--equations", "x' = x", *EULER, "--h", "__import__('os')"], "'"),
    "misspelt experiment": (["learn", "--experiment", "pendlum-errors"], "pendulum-errors"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_of_the_learning_commands_is_one_line_and_exit_code_2(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, culprit = BAD[name]
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and culprit in err


def test_debias_gives_the_true_equation_back_from_its_inverse_modified_one(capsys):
    # explicit Euler, y' = y²: f_h = y²/(1 - hy) (docs/theory.md, section 7), here with h = 1/10 to order 5
    learned = "y' = y^2 + y^3/10 + y^4/100 + y^5/1000 + y^6/10000"
    assert main(["debias", "--equations", learned, *EULER, "--h", "1/10", "--order", "5", "--format", "json"]) == 0
    corrected = sympy.Poly(from_json(capsys.readouterr().out).components[0], y)
    assert [corrected.coeff_monomial(y**k) for k in range(7)] == [0, 0, 1, 0, 0, 0, 0]


def test_debias_prints_exact_coefficients_and_rounds_them_on_request(capsys):
    # forward Euler on y' = y²: y² - h y³ (docs/theory.md, section 7)
    arguments = ["debias", "--equations", "y' = y^2", *EULER, "--h", "0.3", "--order", "2"]
    assert main(arguments) == 0
    assert capsys.readouterr().out == "y' = -0.3*y**3 + y**2\n"  # decimals in, decimals out
    assert main(["debias", "--equations", "y' = y^2", *EULER, "--h", "1/3", "--order", "2"]) == 0
    assert capsys.readouterr().out == "y' = -y**3/3 + y**2\n"
    assert main([*arguments, "--digits", "3"]) == 0
    assert capsys.readouterr().out == "y' = -0.3*y**3 + y**2\n"


def test_debias_goes_beyond_the_order_of_the_method_by_default(capsys):
    assert main(["debias", "--equations", "y' = y^2", "--method", "rk4", "--h", "1/10"]) == 0
    assert capsys.readouterr().out == "y' = -4.166666667e-6*y**6 + y**2\n"  # a step of rk4 has 23/24 y^6 h^5, the flow 1


def test_debias_reads_a_learned_field_from_a_file(tmp_path, capsys):
    field = imde.VectorField([x, y], [0.25 * y, sympy.Rational(-1, 3) * x])
    path = tmp_path / "learned.json"
    path.write_text(field.to_json())
    assert main(["debias", "--model", str(path), *EULER, "--h", "0.5", "--format", "json"]) == 0
    found = from_json(capsys.readouterr().out)
    assert found == imde.modified_equation(field, imde.methods["explicit_euler"], 4).as_field("1/2")


@pytest.mark.parametrize("content", [imde.methods["rk4"].to_json(), "[1]", "{", b"PK\x03\x04\xff\xfe"])
def test_debias_refuses_a_file_that_holds_no_field(tmp_path, capsys, content):
    path = tmp_path / "learned.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert main(["debias", "--model", str(path), *EULER, "--h", "0.5"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_learn_lists_its_experiments(capsys):
    assert main(["learn"]) == 0
    assert "pendulum-errors" in capsys.readouterr().out


def test_debias_needs_no_jax_and_learn_says_what_it_needs():
    hide = "import sys; sys.modules.update(jax=None, diffrax=None, equinox=None); from imde_sym.cli import main; "
    debias = ["debias", "--equations", "x' = x", *EULER, "--h", "0.1"]
    learn = ["learn", "--experiment", "pendulum-errors", "--quick"]
    code = f"{hide}assert main({debias}) == 0; sys.exit(main({learn}))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 2 and "pip install 'imde_sym[learn]'" in result.stderr


@pytest.mark.slow
def test_learn_runs_an_experiment_and_shows_it_again_from_its_store(tmp_path):
    for name in ("jax", "diffrax", "equinox", "optimistix"):
        pytest.importorskip(name)
    command = [sys.executable, "-m", "imde_sym", "learn", "--experiment", "pendulum-errors", "--quick", "--workers", "2"]
    command += ["--store", str(tmp_path / "s.sqlite"), "--csv", str(tmp_path / "s.csv"), "--format"]
    first = subprocess.run([*command, "json"], capture_output=True, text=True, timeout=300)
    assert (first.returncode, first.stderr) == (0, "")
    rows = json.loads(first.stdout)
    assert len(rows) == 4 and len((tmp_path / "s.csv").read_text().splitlines()) == 5
    for row in rows:  # training returns f_h: the error against the ODE is the one predicted
        assert row["against_f"] == pytest.approx(row["predicted"], rel=0.05)
        assert row["against_f"] > 10 * row["against_f_h"] and row["against_f"] > 10 * row["debiased"]
    picture = tmp_path / "errors.svg"
    again = subprocess.run([*command, "text", "--plot", str(picture)], capture_output=True, text=True, timeout=60)
    assert "diffrax.Midpoint: error against f grows like T^1.97 (predicted 1.97, order 2)" in again.stdout
    assert "diffrax.Euler: error against f grows like T^1.00 (predicted 1.00, order 1)" in again.stdout
    assert picture.read_text().startswith("<?xml")


def test_an_experiment_that_is_interrupted_shows_what_it_has(monkeypatch, capsys):
    for name in ("jax", "diffrax", "equinox", "optimistix"):
        pytest.importorskip(name)
    from imde_sym.studies import study

    def run(self, **_):
        names = ("predicted", "against_f", "against_f_h", "floor", "debiased", "loss", "training_seconds")
        key, cell = next(iter(self._cells.items()))
        found = study.Outcome(json.dumps(dict.fromkeys(names, 0.5)))
        with self.store.connection() as db:
            study.put(db, key, self.name, self.version, json.dumps(cell), found)
        raise KeyboardInterrupt

    monkeypatch.setattr(study.Study, "run", run)
    assert main(["learn", "--experiment", "pendulum-errors", "--quick", "--limit", "60"]) == 130
    told = capsys.readouterr()
    assert "0.5" in told.out and "waiting" in told.out and "interrupted" in told.err


INTERRUPTED = """
import sys
import time
from pathlib import Path
sys.path.insert(0, {tasks!r})
import study_tasks
from imde_sym.cli import main
from imde_sym.experiments.experiments import EXPERIMENTS, Experiment

EXPERIMENTS["patient"] = Experiment("patience", study_tasks.patient, {{"seconds": [0.05, 60]}}, ("seconds", "pid"), print)
if __name__ == "__main__":
    sys.exit(main(["learn", "--experiment", "patient", "--workers", "1", "--store", {store!r}]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups, as a terminal has them")
def test_control_c_ends_an_experiment_with_its_results_and_without_a_traceback(tmp_path):
    for name in ("jax", "diffrax", "equinox", "optimistix"):
        pytest.importorskip(name)
    store, script = tmp_path / "s.sqlite", tmp_path / "run.py"
    script.write_text(INTERRUPTED.format(tasks=str(Path(__file__).parents[1] / "learn"), store=str(store)))
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    for _ in range(600):  # until the first of the two cells is there
        time.sleep(0.1)
        if store.exists() and store.stat().st_size and done(store):
            break
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "0.05" in out and "1 cell(s) are waiting" in out
    assert "interrupted" in err and "Traceback" not in err


def done(store):
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
        try:
            return db.execute("select count(*) from cells where result is not null").fetchone()[0]
        except sqlite3.OperationalError:
            return 0
