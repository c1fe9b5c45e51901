"""Systems of second order know their positions and velocities, so that methods of two parts need not be told; time goes with positions."""

from __future__ import annotations

import pytest
import sympy

from imde_sym import Nystrom, VectorField, check, inverse_modified_equation, methods, modified_equation
from imde_sym.base.errors import FieldError

h, w, u, v = sympy.symbols("h w u v")
OSCILLATOR = VectorField("u'' = -w^2*u", parameters="w")
NEWMARK = Nystrom(A=[[0, 0], ["1/4", "1/4"]], b_bar=["1/4", "1/4"], b=["1/2", "1/2"], c=[0, 1])


def frequency_squared(F, order):
    """det of the linear field: the square of the frequency."""
    matrix = sympy.Matrix(F.as_expr()).jacobian(F.field.variables)
    return sympy.series(sympy.expand(matrix.det()), sympy.Symbol("h"), 0, order).removeO()


def test_leapfrog_needs_no_parts_for_an_equation_of_second_order():
    F = modified_equation(OSCILLATOR, methods["leapfrog"], 3)
    assert list(F.term(2)) == [v * w**2 / 6, u * w**4 / 12]
    assert F.as_expr() == modified_equation(OSCILLATOR, methods["leapfrog"], 3, [["u"], ["v"]]).as_expr()


@pytest.mark.parametrize("method", [methods["symplectic_euler"], methods["leapfrog"]])
def test_the_frequency_of_symplectic_methods_is_that_of_their_step(method):
    # 2 cos(ω h) = 2 - w²h² for both: ω² = w² + h²w⁴/12 + ...
    found = frequency_squared(modified_equation(OSCILLATOR, method, 4), 3)
    assert sympy.expand(found - (w**2 + h**2 * w**4 / 12)) == 0


def test_average_acceleration_of_newmark_turns_slower():
    # tan(ω h/2) = w h/2: ω² = w² - h²w⁴/6 + ...
    found = frequency_squared(modified_equation(OSCILLATOR, NEWMARK, 3), 3)
    assert sympy.expand(found - (w**2 - h**2 * w**4 / 6)) == 0


def test_time_advances_with_the_positions():
    field = VectorField("x'' = -x + cos(w*t)", parameters="w")
    F = modified_equation(field, methods["leapfrog"], 3)
    assert F.as_expr() == modified_equation(field, methods["leapfrog"], 3, [["x", "t"], ["v"]]).as_expr()
    assert F.as_expr()[2] == 1
    with pytest.raises(FieldError, match="put t into a part"):
        modified_equation(field, methods["leapfrog"], 3, [["x"], ["v"]])


@pytest.mark.parametrize("name", ["leapfrog", "symplectic_euler"])
def test_the_equation_of_a_forced_oscillator_agrees_with_trajectories(name):
    field = VectorField("x'' = -x + 0.37 cos(2t)")
    F = inverse_modified_equation(field, methods[name], 4)
    assert check(F, [0.61, -0.29, 0.13], steps=[0.1, 0.05, 0.025]).passed


def test_hamiltonians_with_time_have_default_parts_too():
    field = VectorField.hamiltonian("p^2/2 + q^2/2 - q*cos(t)", q="q", p="p")
    F = modified_equation(field, methods["leapfrog"], 3)
    assert F.as_expr() == modified_equation(field, methods["leapfrog"], 3, [["q", "t"], ["p"]]).as_expr()


def test_positions_and_velocities_survive_storing_and_parameters():
    for field in (
        VectorField.from_dict(OSCILLATOR.to_dict()),
        OSCILLATOR.with_parameters(w=2),
        VectorField.second_order({u: -(w**2) * u}),
    ):
        assert (field.structure.kind, field.structure.q, field.structure.p) == ("second_order", (u,), (v,))
        assert modified_equation(field, methods["leapfrog"], 2).order == 2


def test_a_system_of_mixed_order_has_no_default_parts():
    mixed = VectorField("x'' = -x*z; z' = -z")
    assert mixed.structure is None
    with pytest.raises(FieldError, match="say which with `parts`"):
        modified_equation(mixed, methods["leapfrog"], 3)
