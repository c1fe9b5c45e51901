"""Formulas as they are shown: the same value in every style, no longer than expanded, broken at terms, decimals as decimals."""

import pickle
import re
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import imde_sym as imde
from imde_sym.base.errors import UnknownNameError
from imde_sym.expressions.layout import TEXT_WIDTH, visible
from imde_sym.fields.formulas import STYLES
from tests.rows import in_turn

CASES = [
    ("kepler", "explicit_midpoint", 4),
    ("pendulum", "rk4", 6),
    ("henon_heiles", "implicit_midpoint", 4),
    ("double_pendulum", "explicit_euler", 2),
    (imde.VectorField("x' = y*a^2/(2+a^2)*exp(x)+x^a; y' = tanh(x)/(1+x^2)+exp(-y)/x+sqrt(x*y)", parameters="a"), "heun2", 3),
    (imde.VectorField("x' = y; y' = -V(x)*x", functions=["V"]), "explicit_euler", 4),
]
IDS = ["kepler", "pendulum", "henon_heiles", "double_pendulum", "many functions", "undefined function"]


def slowly(ring, p):
    """The polynomial by sympy's own products and sums."""
    terms = ring.polynomials.terms(p)
    numbers = [sympy.Rational(c.numerator, c.denominator) for _, c in terms]
    factors = [[e**n for e, n in zip(ring.expressions, m, strict=True) if n] for m, _ in terms]
    return sympy.Add(*(sympy.Mul(c, *f) for c, f in zip(numbers, factors, strict=True)))


def near(difference, point, digits=30):
    return abs(sympy.sympify(difference).subs(point).evalf(digits)) < 10 ** (5 - digits)


def point_for(e):
    return {s: sympy.Rational(3 + i, 7 + 2 * i) for i, s in enumerate(sorted(e.free_symbols, key=str))}


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_expressions_made_from_the_ring_are_those_that_sympy_makes(case):
    F = imde.modified_equation(*case)
    for grade in F.grades:
        for p in grade.components:
            quick, slow = F.ring.to_sympy(p), slowly(F.ring, p)
            assert quick == slow and hash(quick) == hash(slow) and str(quick) == str(slow)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("case", CASES[:3], ids=IDS[:3])
def test_text_of_every_style_has_the_value_of_the_exact_formula(case, style):
    F = imde.modified_equation(*case)
    h = F.step
    lines = F.to_text(style, width=None).splitlines()
    names = {s.name: s for s in F.symbols} | {"h": h}
    for line, exact in zip(lines, F.as_expr(), strict=True):
        body = line.partition(" = ")[2].rpartition(" + O(")[0].replace("^", "**")
        assert near(sympy.sympify(body, names) - exact, point_for(exact)), line


@pytest.mark.parametrize("case, style", in_turn(CASES, STYLES))
def test_expressions_of_every_style_differ_by_zero(case, style):
    F = imde.modified_equation(*case)
    for e, exact in zip(F.as_expr(style=style), F.as_expr(), strict=True):
        if exact.atoms(sympy.Function) and "V" in F.field.functions:
            assert sympy.expand(e - exact) == 0
        else:
            assert near(e - exact, point_for(exact))


def test_an_equation_of_polynomials_is_the_same_when_multiplied_out():
    F = imde.inverse_modified_equation("lorenz", "explicit_midpoint", 5)
    for style in STYLES:
        assert sympy.expand(F.as_expr(style=style) - F.as_expr()) == sympy.zeros(3, 1)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_collected_is_no_longer_than_expanded(case):
    F = imde.modified_equation(*case)
    assert len(F.to_text("collected", None)) <= len(F.to_text("expanded", None))


def test_kepler_keeps_its_symmetry_and_its_squares():
    text = str(imde.modified_equation("kepler", "explicit_midpoint", 3))
    swapped = re.sub(r"([qp])([12])", lambda m: m[1] + "21"[int(m[2]) - 1], text)
    first, second = (re.search(r"q1' = .*", t)[0].replace("q1'", "") for t in (text, swapped))
    assert text.splitlines()[0].startswith("q1' = p1 + h^2*(-q1*(p1*q1 + p2*q2)/(2*(q1**2 + q2**2)**(5/2))")
    assert "5*q1*(p1*q1 + p2*q2)**2/(8*(q1**2 + q2**2)**(7/2))" in text
    assert len(first) == len(second)


def test_the_divergence_of_kepler_is_a_square_of_the_angular_momentum():
    volume = imde.divergence(imde.inverse_modified_equation("kepler", "explicit_midpoint", 4))
    assert "15*(p1*q2 - p2*q1)**2/(16*(q1**2 + q2**2)**(7/2))" in volume.to_text(width=None)


def test_the_field_itself_stays_as_it_was_typed():
    F = imde.modified_equation(imde.VectorField("x' = r*x*(1 - x/K) + a^2/(2 + a^2)", parameters="r, K, a"), "heun2", 3)
    assert F.to_text(width=None).startswith("x' = a**2/(a**2 + 2) + r*x*(1 - x/K) + h^2*")


def test_factored_over_common_denominators():
    f = imde.VectorField({"x": "1/(1 + x^2) - x/(1 + x^2)^2"})
    assert imde.modified_equation(f, "euler", 1).to_text("factored") == "x' = (x**2 - x + 1)/(x**2 + 1)**2 + O(h^1)"


def test_cse_names_what_occurs_several_times_and_spares_names_of_the_user():
    f = imde.VectorField("w1' = sin(w1)^2/(1 + sin(w1)^2); y' = w1*sin(w1)")
    lines = imde.modified_equation(f, "euler", 3).to_text("cse", None).splitlines()
    assert lines[0] == "w2 = sin(w1)" and lines[-2].startswith("w1' = ")
    assert "w_{2} ={}& \\sin{\\left(w_{1} \\right)}" in imde.modified_equation(f, "euler", 3).latex(style="cse")


def test_an_unknown_style_is_refused_with_the_nearest():
    F = imde.modified_equation("pendulum", "euler", 2)
    for ask in (lambda: F.as_expr(style="factord"), lambda: F.to_text("factord"), lambda: F.latex(style="factord")):
        with pytest.raises((UnknownNameError, imde.ImdeError), match="factored"):
            ask()


def test_long_components_break_at_terms_everywhere():
    F = imde.modified_equation("kepler", "explicit_midpoint", 5)
    H = imde.modified_hamiltonian("kepler", "implicit_midpoint", 5)
    drift = imde.conserved(F, "p1**2/2 + p2**2/2 - 1/sqrt(q1**2 + q2**2)")
    for value in (F, H, drift):
        assert max(map(len, str(value).splitlines())) <= TEXT_WIDTH + 60
        assert all(line[:5] == "    " + line[4] for line in str(value).splitlines() if " = " not in line)
        rows = value.latex().splitlines()
        assert len(rows) > 5 and max(visible(row) for row in rows) <= 170
        assert value.latex().count("\\left") == value.latex().count("\\right")
        assert value.latex().count("{") == value.latex().count("}")


def test_very_long_formulas_are_cut_in_displays_and_say_so():
    F = imde.modified_equation("double_pendulum", "implicit_midpoint", 5)
    shown = F._repr_latex_()
    with pytest.warns(UserWarning, match="nobody reads that"):
        assert shown.count(r"\\") < 50 < F.latex(width=60).count(r"\\")
    assert "terms in all" in shown and "print(F)" in shown
    assert "terms in all" not in imde.modified_equation("pendulum", "rk4", 5)._repr_latex_()
    long = imde.VectorField({"x": " + ".join(f"x^{n}" for n in range(2, 99))})
    assert len(repr(long)) < 500 and "print it" in repr(long)


def test_what_was_typed_as_fractions_is_answered_as_fractions():
    assert str(imde.inverse_modified_equation("x' = 9/20*x", "euler", 2)) == "x' = 9*x/20 + h*(81*x/800) + O(h^2)"
    for text in ("x' = 0.5*x - 377.25", "x' = k*x - c"):
        f = imde.VectorField(text, parameters={"k": 0.5, "c": "377.25"} if "k" in text else ())
        for same in (f, imde.from_json(f.to_json()), pickle.loads(pickle.dumps(f)), f.with_parameters()):
            F = imde.inverse_modified_equation(same, "euler", 2)
            assert str(F) == "x' = 0.5*x - 377.25 + h*(0.125*x - 94.3125) + O(h^2)", text
    assert "9/20" in str(imde.VectorField("x' = 9/20")) and "0.45" in str(imde.VectorField("x' = 9/20", decimals=True))


def test_every_answer_about_a_field_with_decimals_has_decimals():
    f = imde.VectorField.hamiltonian("0.1665*p**2 - 2.5*cos(q)", "q", "p")
    energy = "0.1665*p**2 - 2.5*cos(q)"
    F = imde.inverse_modified_equation(f, "explicit_midpoint", 3)
    kept = imde.modified_invariant(imde.modified_equation(f, "explicit_midpoint", 3), energy)
    answers = [F, imde.conserved(F, energy), imde.divergence(F), imde.modified_hamiltonian(f, "implicit_midpoint", 3), kept]
    for answer in answers:
        assert not re.search(r"\d/\d|frac\{\d", f"{answer} {answer!r} {answer.latex()}"), answer
    assert "0.1665" in str(answers[1]) and "0.1665" in kept.latex()
    wrong = imde.audit("0.333*y + 0.06*h*y", "y' = 0.333*y", "euler")
    assert "claimed 0.06*y, right 0.0554445*y; the claimed term is 1.082163244 times" in str(wrong)
    assert imde.from_json(wrong.to_json()).lines() == wrong.lines() and "0.0554445 y" in wrong.table().latex()
    predicted = imde.predict("p' = -2.5*sin(q); q' = .333*p", "euler", 0.02, domain=[[-1, 1]] * 2, order=3, samples=20)
    assert "-0.41625*sin(q)" in predicted.table() and "- 0.41625" in predicted._repr_html_().replace("-0", "- 0")


def test_formulas_with_long_fractions_of_a_method_have_decimals():
    F = imde.inverse_modified_equation("x' = x**2", "rkc(4)", 4)
    assert max(map(len, re.findall(r"\d+", str(F)))) < 17 and "0.510808524389171*x**4" in str(F)


def test_numbers_typed_as_decimals_are_answered_as_decimals():
    F = imde.modified_equation(imde.VectorField("x' = -0.37*x"), "euler", 3)
    assert str(F) == "x' = -0.37*x + h*(-0.06845*x) + h^2*(-0.01688433333*x) + O(h^3)"
    assert F.term(1)[0] == sympy.Rational(-1369, 20000) * F.variables[0]  # the value stays exact
    assert r"-0.06845 x" in F.latex() and str(F.field) == "x' = -0.37*x"
    kepler = imde.modified_equation(imde.VectorField("x' = v; v' = -0.37*x/(x^2 + 1)^(3/2)"), "heun2", 3)
    assert (
        "**(5/2)" in str(kepler)
        and ".5)" not in str(kepler)
        and r"^{\frac{5}{2}}" in kepler.latex()
        and "1.5" not in kepler.latex()
    )
    assert "sin(0.37*x)" in str(imde.VectorField("x' = -sin(0.37*x)"))
    assert str(imde.VectorField("x' = -x/3 + x^2/7")) == "x' = x**2/7 - x/3"


def test_equations_of_rounded_methods_show_the_digits_that_they_have():
    text = str(imde.modified_equation("pendulum", "tsit5", 6))
    assert all(len(n.replace(".", "").lstrip("0")) <= 15 for n in re.findall(r"\d+\.\d+", text)) and "e-" in text


def test_latex_of_names_and_of_undefined_functions():
    f = imde.VectorField("q1' = p1; p1' = -V(q1)*q1", functions=["V"])
    text = imde.modified_equation(f, "euler", 6).latex()
    assert r"\dot{q}_{1} =" in text and r"V^{(4)}\left(q_{1}\right)" in text and r"V'\left(q_{1}\right)" in text
    g = imde.VectorField("theta' = omega; omega' = -sin(theta)")
    assert r"\dot{\theta}" in imde.modified_equation(g, "euler", 2).latex()


def test_printers_of_sympy_take_everything_that_has_a_formula():
    F = imde.modified_equation("pendulum", "euler", 2)
    for value in (
        F,
        F.field,
        F.method,
        F.series,
        imde.RootedTree("[[],[[]]]"),
        imde.modified_hamiltonian("pendulum", "gauss1", 3),
    ):
        assert sympy.latex(value) == value.latex() and "mathtt" not in sympy.latex(value)


coefficients = st.fractions(min_value=-9, max_value=9, max_denominator=12)
monomials = st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.dictionaries(monomials, coefficients, min_size=1, max_size=8), st.sampled_from(STYLES))
def test_sums_over_a_radius_keep_their_value_in_every_style(terms, style):
    x, y = sympy.symbols("x y")
    r = sympy.sqrt(x**2 + y**2)
    e = sum(
        (sympy.Rational(c.numerator, c.denominator) * r ** (1 - a) * x**b * y**c_ for (a, b, c_), c in terms.items()), sympy.S(0)
    )
    from imde_sym.expressions.layout import Expressions, Text
    from imde_sym.fields.formulas import terms_of

    layout = terms_of(e, style)
    at = {x: Fraction(3, 7), y: Fraction(-5, 11)}
    assert near(Expressions().expression(layout) - e, at)
    assert near(sympy.sympify(Text().sum(layout)) - e, at)


@pytest.mark.parametrize(
    ("formula", "latex"),
    [
        ("exp(-377.25/x)", r"e^{- \frac{377.25}{x}}"),
        ("sin(0.37/(x*(x + 1)))", r"\sin{\left(\frac{0.37}{x \left(x + 1\right)} \right)}"),
        ("cos(0.37/x**2)", r"\cos{\left(\frac{0.37}{x^{2}} \right)}"),
    ],
)
def test_decimals_over_something_are_one_quotient_inside_functions(formula, latex):
    f = imde.VectorField(f"x' = {formula}")
    assert str(f) == f"x' = {formula}" and latex in f.latex()
    assert imde.VectorField(str(f)) == f
