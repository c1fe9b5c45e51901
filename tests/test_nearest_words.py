"""Words that nobody knows are refused with the nearest that is known, wherever they are given; names complete in IPython."""

from __future__ import annotations

import pytest

import imde_sym as imde
from imde_sym.base.errors import ImdeError
from imde_sym.cli import main

integrate = pytest.importorskip("scipy.integrate")


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: imde.VectorField("x' = x", parametrs="a"), ["'parametrs'", "nearest: parameters"]),
        (lambda: imde.ButcherTableau([[0]], [1], chek_c=False), ["'chek_c'", "nearest: check_c"]),
        (lambda: imde.modified_equation("pendulum", "rk4", ordr=5), ["'ordr'", "nearest: order"]),
        (lambda: imde.modified_equation("pendulum", "rk4", 3).source("c", nam="f"), ["'nam'", "nearest: name"]),
        (lambda: imde.modified_equation("pendulum", "rk4", 3).as_expr(form="give"), ["'give'", "nearest: given"]),
        (lambda: imde.methods["Störmer–Verled"], ["stormer_verlet"]),
    ],
)
def test_unknown_words_are_refused_with_the_nearest(call, words):
    with pytest.raises(ImdeError) as error:
        call()
    assert [w for w in words if w not in str(error.value)] == [] and str(error.value).count("accepted") < 2


def test_unknown_options_of_the_shell_are_refused_with_the_nearest(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["derive", "--system", "pendulum", "--method", "rk4", "--order", "3", "--direktion", "forward"])
    assert stopped.value.code == 2 and "nearest: --direction" in capsys.readouterr().err


def test_names_with_accents_and_dashes_are_found():
    assert imde.methods["Störmer–Verlet"] == imde.methods["stoermer_verlet"]
    assert imde.methods["Runge–Kutta 4"] == imde.methods["rk4"] and imde.methods["Crank−Nicolson"] == imde.methods["trapezoid"]


def test_keys_complete_in_notebooks():
    F = imde.modified_equation("pendulum", "rk4", 3)
    assert F._ipython_key_completions_() == ["p", "q"] and all(F[key] is not None for key in F._ipython_key_completions_())
    assert "rk4" in imde.methods._ipython_key_completions_() and "lorenz" in imde.systems._ipython_key_completions_()


def test_an_integrator_that_is_not_set_says_so():
    with pytest.raises(ImdeError, match="set_integrator"):
        imde.modified_equation("x' = -x", integrate.ode(lambda t, y: -y), 3)
