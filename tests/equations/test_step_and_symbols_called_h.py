"""A variable, parameter, coefficient or function called h is not the step size, which is then called h_step everywhere."""

import json

import pytest
import sympy

import imde_sym as imde
from imde_sym import ButcherTableau, ImdeError, VectorField, from_json, methods, write_document

h, x, z, q, p, step = sympy.symbols("h x z q p h_step")
EULER = methods["explicit_euler"]
FIELDS = {
    "a variable": VectorField({h: h**2}),
    "a real variable": VectorField({sympy.Symbol("h", real=True): sympy.Symbol("h", real=True) ** 2}),
    "a parameter": VectorField({x: h * x**2}),
    "a function": VectorField({x: sympy.Function("h")(x)}),
}


@pytest.mark.parametrize("kind", FIELDS)
def test_the_step_is_called_h_step_where_the_field_has_an_h(kind):
    f = FIELDS[kind]
    F = imde.inverse_modified_equation(f, EULER, 3)
    (v,), (c,) = f.variables, f.components
    want = c + step * c * c.diff(v) / 2 + step**2 * c * (c * c.diff(v)).diff(v) / 6  # f_h of Euler is the Taylor series
    assert F.step == step and sympy.expand(F.as_expr()[0] - want) == 0
    assert sympy.expand(F.as_field("1/10").components[0] - want.subs(step, sympy.Rational(1, 10))) == 0
    assert F.as_field().components == tuple(F.as_expr())
    assert "h_step^2" in str(F) and "O(h_step^3)" in str(F) and r"h_{step}^{2} \left(" in F.latex()
    for format in ("latex-document", "markdown"):
        assert r"\mathcal{O}(h_{step}^{3})" in write_document(F, format)
    assert "<mi>step</mi>" in write_document(F, "html")
    again = from_json(F.to_json())
    assert again == F and again.step == step and from_json(F.as_field().to_json()) == F.as_field()
    for word in ("h", h) if kind != "a function" else ():
        with pytest.raises(ImdeError, match="h_step"):
            F.as_expr(word)


def test_without_an_h_of_the_user_the_step_is_h():
    F = imde.inverse_modified_equation(VectorField({x: x**2}), EULER, 3)
    assert F.step == h and F.as_expr().free_symbols == {x, h} and F.as_field(h).components == F.as_field().components
    assert F.as_expr("eps") == F.as_expr(sympy.Symbol("eps")) and F.as_expr(0.5) == F.as_expr("eps").subs("eps", 0.5)
    with pytest.raises(ImdeError, match="x is a symbol of these formulas"):
        F.as_field(x)
    assert imde.inverse_modified_equation(VectorField({x: h * step * x}), EULER, 2).step == sympy.Symbol("h_step_")


def test_a_coefficient_called_h_survives():
    m = ButcherTableau([[0, 0], [h, 0]], [0, 1])
    F = imde.inverse_modified_equation(VectorField({x: x**2}), m, 3)
    assert F.step == step and h in F.as_field("1/10").components[0].free_symbols
    other = imde.inverse_modified_equation(VectorField({x: x**2}), ButcherTableau([[0, 0], [z, 0]], [0, 1]), 3)
    assert sympy.expand(F.as_expr("1/10")[0] - other.as_expr("1/10")[0].subs(z, h)) == 0
    assert "h_{step}^{2} f'f" in imde.method_series(m, 2).latex().replace(" f' f", " f'f")


def test_answers_about_an_equation_call_the_step_the_same():
    f = VectorField.hamiltonian(p**2 / 2 - h * sympy.cos(q), [q], [p])
    H = imde.modified_hamiltonian(f, methods["implicit_midpoint"], 3)
    assert H.step == step and H.as_expr().has(step) and "h_step^2*(" in str(H) and "h_{step}^{2}" in H.latex()
    assert imde.modified_lagrangian(f, methods["implicit_midpoint"], 3).step == step
    F = H.equation
    assert imde.conserved("energy", F).verdict.startswith("fails first at h_step^2")
    assert "h_step^2" in imde.reversibility(F).verdict and imde.divergence(F).step == step
    assert "h^" not in str(imde.structure_report(F)) and "h_step" in str(imde.structure_report(F))
    assert json.loads(H.to_json())["terms"] == json.loads(from_json(H.to_json()).to_json())["terms"]
    growth = imde.predict(VectorField({h: -h}), EULER, 0.1, domain={"h": (1, 2)})
    assert growth.leading == sympy.Matrix([h * step / 2])
    series = imde.evaluate(imde.exact_series(2), VectorField({h: h}))
    assert series == sympy.Matrix([h + step * h + step**2 * h / 2])
    point = imde.linearisation((VectorField({x: -h * x}), EULER, 2))
    assert point.matrix(step).has(step) and point.matrix("1/10").free_symbols == {h}
    with pytest.raises(ImdeError, match="h_step"):
        point.matrix(h)


def test_a_coefficient_called_z_is_not_the_argument_of_the_stability_function():
    R = ButcherTableau([[0, 0], [z, 0]], [1 - 1 / (2 * z), 1 / (2 * z)]).stability
    w = sympy.Symbol("z_")
    assert sympy.simplify(R.as_expr() - (1 + w + w**2 / 2)) == 0
    theta = ButcherTableau([[z]], [1]).stability
    assert sympy.simplify(theta.as_expr("w") - (1 + (1 - z) * sympy.Symbol("w")) / (1 - z * sympy.Symbol("w"))) == 0
