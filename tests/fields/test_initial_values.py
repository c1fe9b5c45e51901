"""Initial values among equations become x0; kinks are refused with what is smooth in their place."""

import pytest
import sympy

import imde_sym as imde


@pytest.mark.parametrize(
    ("text", "x0"),
    [
        ("x' = -x; x(0) = 1", ["1"]),
        ("x'' = -0.37*x, x(0) = 1, x'(0) = -0.5", ["1", "-0.5"]),
        ("x' = y\ny' = -x + sin(t)\ny(0) = 2\nx(0.0) = 1/3", ["1/3", "2", "0"]),
        (["x' = -x", "x(0) = 2"], ["2"]),
    ],
)
def test_initial_values_among_equations_are_where_trajectories_start(text, x0):
    f = imde.VectorField(text)
    assert f.info["x0"] == x0 and imde.from_json(f.to_json()).info == f.info
    assert imde.integrate("rk4", f, None, 0.1, 0)[0] == pytest.approx([float(sympy.Rational(x)) for x in x0])
    if isinstance(text, str):
        assert imde.VectorField.parse(text).info == f.info


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("x' = -x; y(0) = 1", r"accepted: x\(0\), or x0="),
        ("x' = y; y' = -x; y(0) = 1", "no initial value is given for x"),
        ("x' = -x; x(1) = 2", "given at 0"),
        ("x' = -x; x(0) = a", "x0 is a list of numbers"),
        ({"x": "-x", "x(0)": 1}, "x0="),
        ("x' = -|x|", r"abs is not smooth.*sqrt\(x\*\*2 \+ eps\*\*2\)"),
        ("x' = max(x, 0)", r"sqrt\(\(x - y\)\*\*2"),
        ("x' = floor(x)", "only smooth functions"),
    ],
)
def test_what_is_no_initial_value_and_what_has_a_kink_is_refused_with_what_is_accepted(given, said):
    with pytest.raises(imde.ImdeError, match=said):
        imde.VectorField(given)


def test_initial_values_are_given_once():
    with pytest.raises(imde.ImdeError, match="give one of them"):
        imde.VectorField("x' = -x; x(0) = 1", x0=[2])


def test_up_to_its_order_a_method_of_collocation_has_the_field_itself_as_its_equation():
    for method, order in (("gauss(7)", 9), ("radau_iia(6)", 9), ("gauss(5)", 5)):
        F = imde.inverse_modified_equation("kepler" if order > 5 else "pendulum", method, order)
        assert "h^" not in str(F).replace("O(h^", ""), method
