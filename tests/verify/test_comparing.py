"""Methods beside each other on a system: errors measured for every family."""

from math import log2

import pytest

import imde_sym as imde

FEW = ["rk4", "adams_bashforth_2", "strang", "etdrk2"]
MANY = [
    "bdf2", "exprb42", "gauss2", "nystrom4", "ros2", "stormer_verlet", "ars222", "mri_gark_erk33", "two_step_adams_bashforth",
    "sbdf2", "taylor_4", "imex_gark2", "adams_moulton_3",
]  # fmt: skip


def errors(row):
    return [row[f"error, {budget}"] for budget in (48, 96, 192, 384)]


@pytest.mark.parametrize("names", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"])
def test_errors_of_every_family_fall_with_the_order(names):
    found = imde.compare([*names, imde.adjoint_method("strang")], "pendulum")
    assert len(found.notes) == 1
    for row in found.rows:
        first, *_, before, last = errors(row)
        assert abs(log2(before / last) - row["order"]) < 0.3 and first > last, row["method"]


def test_methods_that_cannot_run_say_why():
    found = imde.compare(["rk4", "average_vector_field", "strang"], "x' = -x**2", x0=[1])
    average, strang = found.rows[1:]
    assert errors(average) == errors(strang) == [None] * 4
    assert "average_vector_field is not compared: no number says" in found and "strang is not compared: " in found
    assert len(found.notes) == 3 and None not in errors(found.rows[0])
