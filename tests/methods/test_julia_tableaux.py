"""Tableaux as programs of Julia write them: read as data, and written so that they come back."""

from fractions import Fraction

import pytest

from imde_sym.base.errors import MethodError
from imde_sym.method import ButcherTableau, as_method, methods
from tests.rows import rows

MATRIX = """
function HeunEuler(::Type{T} = Float64, ::Type{T_time} = T) where {T, T_time}
    A = [
        0 0
        1 0
    ]
    c = [0; 1]
    α = [1 // 2, 1 // 2]
    αEEst = [1, 0]   # Euler
    A = map(T, A)
    return (DiffEqBase.ExplicitRKTableau(A, c, α, 2; αEEst, adaptiveorder = 1))
end
"""
ENTRIES = """
    A = zeros(T, 3, 3)
    c = zeros(T_time, 3)
    α = zeros(T, 3)
    A[2, 1] = convert(T, 1 // 3)
    A[3, 2] = convert(
        T,
        big"2.0" / 3
    )
    α[1] = BigFloat("0.25"); α[3] = 3 // 4
"""
SCALARS = """
    γ = convert(T2, 1 - sqrt(2) / 2)
    a11 = γ
    a21 = 1 - γ
    a22 = γ
    b1 = a21
    b2 = γ
    btilde1 = a21 - 1
    btilde2 = γ
"""


def test_a_matrix_is_read():
    m = ButcherTableau(MATRIX)
    assert m == ButcherTableau([[0, 0], [1, 0]], ["1/2", "1/2"], b_hat=[1, 0])
    assert as_method(MATRIX) == m


def test_entries_one_by_one_are_read():
    assert ButcherTableau(ENTRIES) == ButcherTableau([[], ["1/3"], [0, "2/3"]], ["1/4", 0, "3/4"])


def test_scalars_by_their_names_are_read_and_may_use_earlier_ones():
    m = ButcherTableau(SCALARS)
    assert m == methods["sdirk2"]
    assert m.b_hat == (Fraction(1), Fraction(0))


def test_parts_of_rows_are_read():
    text = "A = zeros(T, 3, 3)\nA[2, 1] = 1//2\nA[3, 1:2] = [-1; 2]\nα = [1//6, 2//3, 1//6]"
    assert ButcherTableau(text) == methods["kutta3"]


@rows("name", ["rk4", "dormand_prince5", "gauss3", "radau_iia_3", "ssprk104", "lobatto_iiic_3", "kahan", "ssp22star"])
def test_what_is_written_is_read_back(name):
    m = methods[name]
    again = ButcherTableau(m.to_julia())
    assert again == m
    assert again.b_hat == m.b_hat


def test_roots_that_have_no_formula_are_written_as_decimals():
    m = methods["sdirk3"]
    again = ButcherTableau(m.to_julia())
    assert max(abs(complex(x) - complex(y)) for p, q in zip(m.A, again.A, strict=True) for x, y in zip(p, q, strict=True)) < 1e-15


@rows(
    "text, words",
    [
        ("α = [1]", "needs A and α"),
        ("A = zeros(T, 2, 2)\nA[0, 1] = 1//2\nα = [0, 1]", "counted from 1"),
        ("A = zeros(T, 2, 2)\nA[2, 1] = rm(1)\nα = [0, 1]", "A\\[2, 1\\]|rm"),
        (MATRIX + MATRIX, "2 functions"),
        ("A = zeros(T, 2, 2)\nA[2] = 1//2\nα = [0, 1]", "two indices"),
        ("A = zeros(T, 2, 2)\nA[2, 1] = 1//2\nα = [0, 1]\nc = [0; 1//3]", "row"),
    ],
)
def test_what_is_not_understood_is_refused(text, words):
    with pytest.raises(MethodError, match=words):
        ButcherTableau(text)


def test_free_parameters_are_not_written():
    with pytest.raises(MethodError, match="substitute"):
        methods.explicit_order_2().to_julia()
