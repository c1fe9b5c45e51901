"""audit: published errors are found and named, right claims pass in any algebraic form, functions are judged by fits."""

import pickle
import random
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym.base.errors import FieldError, ImdeError, UnknownNameError
from tests.rows import rows, slow

h, x, y, z = sympy.symbols("h x y z")
TREE = imde.RootedTree
LORENZ = imde.VectorField(
    [x, y, z], [10 * (y - x), 28 * x - y - 10 * x * z, 10 * x * y - sympy.Rational(8, 3) * z], name="lorenz"
)


def over_sigma(row):
    """A table row by trees of order 2 to 4, as multistep papers print it."""
    trees = [t for k in (2, 3, 4) for t in imde.rooted_trees(k)]
    return dict(zip(trees, map(Fraction, row), strict=True))


# -- known errors of published formulas and code (docs/theory.md names the papers) ----------------------------------------------


def lorenz_claim(wrong):
    """f_h of Euler to h³ with f'f''(f,f) as the released code has it: f₂ in the third component in place of f''(f,f)₂."""
    f = sympy.Matrix(LORENZ.components)
    jacobian = f.jacobian([x, y, z])
    second = sympy.Matrix([(f.T * sympy.hessian(e, (x, y, z)) * f)[0] for e in f])
    third = sympy.Matrix([(f.T * sympy.hessian(e, (x, y, z)) * (jacobian * f))[0] for e in f])  # no third derivatives here
    bad = jacobian * second - sympy.Matrix([0, 0, jacobian[2, 1] * (second[1] - f[1])]) * wrong
    return (
        f
        + h * jacobian * f / 2
        + h**2 * (second + jacobian * jacobian * f) / 6
        + h**3 * (third / 8 + bad / 24 + jacobian * jacobian * jacobian * f / 24)
    )


def test_the_released_lorenz_term_is_wrong_in_its_third_component():
    assert imde.audit(lorenz_claim(0), LORENZ, "euler").ok
    found = imde.audit(lorenz_claim(1), LORENZ, "euler")
    assert [(w.power, w.component) for w in found.wrong] == [(3, "z")]
    at = {x: Fraction(7, 10), y: Fraction(-13, 10), z: Fraction(21, 10)}
    f = [e.subs(at) for e in LORENZ.components]
    second = [-20 * f[0] * f[2], 20 * f[0] * f[1]]
    assert found.wrong[0].difference.subs(at) == 10 * at[x] * (f[1] - second[0]) / 24
    assert found.observed and found.orders == pytest.approx((3, 4), abs=0.2)


def test_ab2_has_minus_one_quarter_at_h_cubed():
    right = imde.inverse_modified_equation("pendulum", "ab2", 5)
    rows = {k: list(right.term(k)) for k in range(5)}
    assert imde.audit(rows, "pendulum", "ab2").ok
    found = imde.audit(rows | {3: [3 * e for e in rows[3]]}, "pendulum", "ab2")
    assert {w.power for w in found.wrong} == {3} and "3 times the right one" in str(found)
    claim = {t: 3 * c if t.order == 4 else c for t, c in imde.inverse_modified_series("ab2", 5).items()}
    found = imde.audit(claim, None, "ab2")
    assert {w.tree.order for w in found.wrong} == {4} and found.wrong[-1].claimed == Fraction(-3, 4)


def test_the_weights_at_h_to_the_fourth_are_alpha():
    weights = {t: t.alpha for t in imde.rooted_trees(5)}
    assert sum(weights.values()) == 24
    right = {t: Fraction(31, 120) * a for t, a in weights.items()}
    assert imde.audit(right, None, "ab2", convention="c/sigma").ok
    tree = TREE("[[],[],[[]]]")
    found = imde.audit(right | {tree: Fraction(31, 120) * 4}, None, "ab2", convention="c/sigma")
    assert [(w.tree, w.claimed, w.right) for w in found.wrong] == [(tree, Fraction(31, 30), Fraction(31, 20))]


@pytest.mark.parametrize(
    "method, wrong, right",
    [
        ("nystroem_2", [0, "1/3", "1/3", "-1/3", -1, "-1/3", "-1/3"], [0, "1/6", "1/6", 0, 0, 0, 0]),
        ("milne_simpson_2", [0, "1/3", "1/3", "-1/3", -1, "-1/3", "-1/3"], [0, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_tables_that_forget_sigma_of_one(method, wrong, right):
    assert imde.audit(over_sigma(right), None, method, convention="c/sigma").ok
    found = imde.audit(over_sigma(wrong), None, method, convention="c/sigma")
    assert {w.tree.order for w in found.wrong} == {3, 4} and len(found.wrong) == 6


def test_the_missing_third_derivative_of_the_midpoint_rule():
    claim = dict(imde.inverse_modified_series("explicit_midpoint", 4))
    bushy = TREE("[[],[],[]]")
    found = imde.audit(claim | {bushy: Fraction(6, 48)}, None, "explicit_midpoint")
    assert [(w.power, w.tree, w.claimed, w.right, w.kind) for w in found.wrong] == [(3, bushy, Fraction(1, 8), 0, "not there")]
    field = imde.VectorField("x' = y**4 + x*y; y' = -x**4 + y")
    third = sympy.Matrix([24 * y * field.components[1] ** 3, -24 * x * field.components[0] ** 3])  # f'''(f, f, f)
    whole = imde.inverse_modified_equation(field, "explicit_midpoint", 4).as_expr() + h**3 * third / 48
    found = imde.audit(whole, field, "explicit_midpoint")
    assert [(w.component, w.tree) for w in found.wrong] == [("x", bushy), ("y", bushy)]
    assert "claimed 1/48, right 0" in str(found)


def bracket(a, b):
    """The commutator of two fields on the plane, with the sign of Lie derivatives."""
    return sympy.Matrix(
        [sum(sympy.diff(b[i], v) * a[j] - sympy.diff(a[i], v) * b[j] for j, v in enumerate((x, y))) for i in (0, 1)]
    )


def bch(last):
    """log(exp(hA) exp(hB))/h to h⁴ of A = (y², 0), B = (0, x³ + x); `last` is the weight of the last two brackets of order 5."""
    A, B = sympy.Matrix([y**2, 0]), sympy.Matrix([0, x**3 + x])

    def nested(word):
        *outer, one, two = ({"A": A, "B": B}[letter] for letter in word)
        found = bracket(one, two)
        for field in reversed(outer):
            found = bracket(field, found)
        return found

    second, third, fourth = nested("AB") / 2, (nested("AAB") + nested("BBA")) / 12, -nested("BAAB") / 24
    fifth = (nested("ABBBA") + nested("BAAAB")) / 360 - (nested("BBBBA") + nested("AAAAB")) / 720
    fifth += (nested("BABAB") + nested("ABABA")) * sympy.Rational(last)
    return A + B + h * second + h**2 * third + h**3 * fourth + h**4 * fifth


@pytest.mark.slow
def test_a_bch_formula_that_is_wrong_from_order_five():
    field, parts = imde.VectorField("x' = y**2; y' = x**3 + x"), [["x"], ["y"]]
    ask = {"direction": "forward", "parts": parts, "order": 5}
    assert imde.audit(bch("1/120"), field, "lie_trotter", **ask).ok
    found = imde.audit(bch("1/60"), field, "lie_trotter", **ask)
    assert {w.power for w in found.wrong} == {4} and found.orders == pytest.approx((4, 5), abs=0.1)


# -- random corruptions, and right claims in other forms ------------------------------------------------------------------------

SYSTEMS = {
    "pendulum": ("explicit_midpoint", "euler", "heun2", "rk4", "ab2", "symplectic_euler"),
    "lotka_volterra": ("euler", "implicit_midpoint", "trapezoid"),
    "van_der_pol": ("explicit_midpoint", "kutta3", "bdf2"),
    "lorenz": ("euler", "heun2"),
    "kepler": ("explicit_midpoint",),
    "rigid_body": ("euler", "implicit_midpoint"),
}
PAIRS = [(system, m) for system, names in SYSTEMS.items() for m in names]


def random_case(number):
    source = random.Random(number)
    system, method = source.choice(PAIRS)
    direction = source.choice(["inverse", "forward"])
    order = source.choice([3, 4] if system in ("kepler", "lorenz") else [3, 4, 5])
    build = imde.inverse_modified_equation if direction == "inverse" else imde.modified_equation
    return source, system, method, direction, build(system, method, order)


def corrupt(number):
    """A claim with one coefficient changed, in formulas or over trees, and where."""
    source, system, method, direction, F = random_case(number)
    factor = source.choice([-1, 2, Fraction(1, 2), 0, Fraction(11, 10), 3])
    if number % 3 == 0 and F.series.colors == 1:
        series = F.series
        tree = source.choice([t for t in series if series[t] != 0 and t.order > 1] or [t for t in series if t.order > 1])
        value = series[tree] * factor if series[tree] else Fraction(1, 12)
        return imde.audit({**series, tree: value}, None, method, direction), (tree.order - 1, tree, value)
    places = [(k, m) for k in range(1, F.order) for m in range(len(F.variables)) if F.term(k)[m] != 0]
    k, m = source.choice(places or [(1, 0)])
    terms = list(sympy.Add.make_args(sympy.expand(F.term(k)[m])))
    i = source.randrange(len(terms))
    terms[i] = terms[i] * factor if terms[i] else F.variables[0]
    rows = {j: list(F.term(j)) for j in range(F.order)}
    rows[k][m] = sympy.Add(*terms)
    claim = rows if number % 2 else sympy.Matrix([sum(h**j * row[n] for j, row in rows.items()) for n in range(len(F.variables))])
    return imde.audit(claim, system, method, direction, F.order, trajectory=False), (k, str(F.variables[m]), rows[k][m])


def check_corruption(number):
    found, (power, place, claimed) = corrupt(number)
    (wrong,) = found.wrong
    named = wrong.tree if isinstance(place, TREE) else wrong.component
    assert (wrong.power, named) == (power, place) and not found.ok
    assert sympy.simplify(sympy.sympify(wrong.claimed) - sympy.sympify(claimed)) == 0


def rewritten(e, source):
    """The same function in another form."""
    sines = {f: f.args[0] for f in e.atoms(sympy.sin)}
    forms = [
        sympy.expand,
        sympy.factor,
        lambda e: sympy.collect(e, h),
        lambda e: sympy.Add(*[sympy.factor_terms(t) for t in sympy.Add.make_args(e)]),
        lambda e: e.subs(sympy.cos(sympy.Symbol("q")) ** 2, 1 - sympy.sin(sympy.Symbol("q")) ** 2),
        lambda e: e.xreplace({f: 2 * sympy.sin(a / 2) * sympy.cos(a / 2) for f, a in sines.items()}),
        lambda e: sympy.expand((e + h**2) ** 2) / (e + h**2) - h**2 if e.is_polynomial() else e,
        lambda e: str(sympy.expand(e)),
        lambda e: str(sympy.factor(e)),
    ]
    return source.choice(forms)(e)


def check_right_claim(number):
    source, system, method, direction, F = random_case(number)
    if number % 4 == 0:
        claim = {t.brackets: str(c) for t, c in F.series.items()}
        assert imde.audit(claim, None, method, direction).ok
        return
    whole = [rewritten(e, source) for e in F.as_expr()]
    form = source.choice([list, sympy.Matrix, lambda rows: dict(zip(map(str, F.variables), rows, strict=True))])
    if form is sympy.Matrix and any(isinstance(e, str) for e in whole):
        form = list
    found = imde.audit(form(whole), system, method, direction, F.order)
    assert found.ok, str(found)


@pytest.mark.parametrize("number", range(10))
def test_a_single_wrong_coefficient_is_found_and_named(number):
    check_corruption(number)


@pytest.mark.parametrize("number", range(10))
def test_right_claims_pass_in_other_algebraic_forms(number):
    check_right_claim(number)


@pytest.mark.slow
def test_two_hundred_corruptions_are_found_and_two_hundred_right_claims_pass():
    for number in range(200):
        check_corruption(1000 + number)
        check_right_claim(1000 + number)


# -- conventions ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "factor, name",
    [
        (lambda t: Fraction(1, t.symmetry), "c(t)/σ(t)"),
        (lambda t: t.density, "c(t)γ(t), of α(t) h^|t|/|t|!"),
        (lambda t: (-1) ** (t.order - 1), "of -h"),
        (lambda t: Fraction(t.symmetry), "c(t)σ(t)"),
    ],
)
def test_a_claim_in_another_convention_is_recognised(factor, name):
    series = imde.inverse_modified_series("heun3", 5)
    found = imde.audit({t: c * factor(t) for t, c in series.items()}, None, "heun3")
    assert not found.ok and name in found.convention and name in str(found)


def test_the_other_direction_is_recognised_in_formulas_and_over_trees():
    found = imde.audit(imde.modified_equation("pendulum", "heun2", 4), "pendulum", "heun2")
    assert found.convention == "the modified equation"
    found = imde.audit(imde.modified_series("heun2", 4), None, "heun2")
    assert "the modified equation (forward)" in found.convention
    found = imde.audit({t: Fraction(1, t.density) for k in (1, 2, 3, 4) for t in imde.rooted_trees(k)}, None, "heun2")
    assert "1/γ(t)" in found.convention


def test_words_for_conventions():
    series = imde.inverse_modified_series("heun2", 4)
    assert imde.audit({t: c / t.symmetry for t, c in series.items()}, None, "heun2", convention="c/sigma").ok
    assert imde.audit({t: c * t.density for t, c in series.items()}, None, "heun2", convention="alpha").ok
    with pytest.raises(UnknownNameError, match="c/sigma"):
        imde.audit(series, None, "heun2", convention="c/sigam")


# -- forms of claims ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim",
    [
        "p' = -10*sin(q) - 5*h*p*cos(q); q' = p - 5*h*sin(q)",
        "-10 sin(q) - 5 h p cos(q); p - 5 h sin(q)",
        ["-10*sin(q) - 5*h*p*cos(q)", "p - 5*h*sin(q)"],
        {"q": "p - 5*h*sin(q)", "p": "-10*sin(q) - 5*h*p*cos(q)"},
        {1: ["-5*p*cos(q)", "-5*sin(q)"]},
        {"1": "-5*p*cos(q); -5*sin(q)"},
        ["-5*h*p*cos(q)", "-5*h*sin(q)"],
        ["-k*sin(q) - k*h*p*cos(q)/2", "p - h*k*sin(q)/2"],
        imde.inverse_modified_equation("pendulum", "euler", 2),
    ],
    ids=lambda claim: str(claim)[:30],
)
def test_a_claim_may_have_many_forms(claim):
    assert imde.audit(claim, "pendulum", "euler").ok
    assert imde.audit(claim, imde.inverse_modified_equation("pendulum", "euler", 3)).ok
    assert not imde.audit(claim, "pendulum", "heun2", trajectory=False).ok


def test_missing_terms_are_named_up_to_the_order_asked_for():
    found = imde.audit("p' = -10*sin(q) - 5*h*p*cos(q); q' = p - 5*h*sin(q)", "pendulum", "euler", order=3)
    assert [(w.power, w.component, w.kind) for w in found.wrong] == [(2, "p", "missing"), (2, "q", "missing")]
    found = imde.audit({"[[]]": "1/2", "[[],[]]": "1/3"}, None, "euler")
    assert [(w.tree.brackets, w.kind) for w in found.wrong] == [("[[[]]]", "missing")]


def test_closed_forms_in_h_are_expanded():
    assert imde.audit("y**2/(1 - h*y)", "y' = y**2", "euler", order=6).ok
    assert imde.audit("(exp(h) - 1)/h*y", "y' = y", "euler", order=6).ok
    assert imde.audit("2*(sqrt(1 + h**2*y**2) - 1)/h**2", "y' = y**2", "implicit_midpoint", order=5).ok
    assert not imde.audit("y**2/(1 - h*y/2)", "y' = y**2", "euler", order=3).ok


def test_numbers_that_are_rounded_pass_with_a_tolerance():
    claim = {"[[],[]]": "0.083333", "[[[]]]": "0.166667"}
    assert not imde.audit(claim, None, "explicit_midpoint").ok
    assert imde.audit(claim, None, "explicit_midpoint", tolerance=1e-4).ok
    assert imde.audit(
        [
            "y**2 + 0.333333*0*h",
        ],
        "y' = y**2",
        "euler",
        order=1,
    ).ok
    assert imde.audit({2: ["y**4*0.9999999"]}, "y' = y**2", "euler", tolerance=1e-5).ok


def test_a_field_that_depends_on_time_needs_no_component_for_it():
    F = imde.inverse_modified_equation("x' = -x + sin(t)", "euler", 3)
    assert imde.audit([F["x"]], "x' = -x + sin(t)", "euler").ok


# -- claims as they are printed ---------------------------------------------------------------------------------------------

HLW = r"\tilde y^2 - h \tilde y^3 + \frac{3}{2} h^2 \tilde y^4 - \frac{8}{3} h^3 \tilde y^5"  # HLW IX.1


@pytest.mark.parametrize(
    "claim, last",
    [
        (rf"\dot{{\tilde y}} = {HLW} \pm \cdots", 3),
        (rf"\dot{{\tilde{{y}}}} = {HLW} + \mathcal{{O}}\left(h^{{4}}\right)", 3),
        (r"\tilde f(y) = y^2 - h y^3 + \ldots", 1),
        ("y' = y^2 - h*y^3 + O(h**2)", 1),
        (["y^2 - h*y^3 + O(h²)"], 1),
        (r"\frac{d\bar y}{dt} = \bar y^2 - \Delta t\,\bar y^3 + {\cal O}(\Delta t^2)", 1),
        ("dy/dt = y^2 - dt*y^3 + ...", 1),
        (r"\dot y = y^2 - \tau y^3", 1),
        ("y^2 - 7*h*y^3 + O(h)", 0),
    ],
)
def test_a_claim_may_have_tildes_a_remainder_dots_and_another_step(claim, last):
    found = imde.audit(claim, "y' = y^2", "euler", "forward")
    assert found.ok and found.powers == tuple(range(last + 1)), str(found)


def test_what_only_looks_like_a_remainder_or_dots_is_none():
    with pytest.raises(ImdeError, match=r"unexpected character|column"):
        imde.audit("y' = y^2 - h*y^3 + ... - 8/3*h^3*y^5", "y' = y^2", "euler", "forward")
    found = imde.audit("O' = -O + O(h)/2", "O' = -O", "euler")  # a product
    assert found.ok and found.powers == (0, 1)


def test_a_remainder_claims_the_powers_below_it_and_none_from_it_on():
    found = imde.audit("y' = y^2 - h*y^3 + O(h^3)", "y' = y^2", "euler", "forward")
    assert [(w.power, w.kind) for w in found.wrong] == [(2, "missing")]
    found = imde.audit("y' = y^2 - h*y^3 + O(h^2)", "y' = y^2", "euler", "forward", order=5)
    assert found.ok and found.powers == (0, 1) and "nothing is claimed from h^2 on" in str(found)
    tau = imde.VectorField("x' = -tau*x", parameters="tau")  # a name of the equation is not its step
    assert [w.power for w in imde.audit(r"\dot x = -\tau x + \tau x", tau, "euler").wrong] == [0]


@pytest.mark.parametrize(
    "system, method, order",
    [
        ("pendulum", "rk4", 6),
        ("kepler", "stoermer_verlet", 3),
        ("henon_heiles", "heun2", 4),
        ("u' = u/3 - 0.65*u*v; v' = -3.77*v + 1.3*u*v", "heun2", 4),
    ],
)
@pytest.mark.parametrize("direction", ["inverse", "forward"])
def test_what_an_equation_prints_is_read_back_and_right(system, method, order, direction):
    F = (imde.inverse_modified_equation if direction == "inverse" else imde.modified_equation)(system, method, order)
    for text in (str(F), F.latex()):
        found = imde.audit(text, F)
        assert found.ok and found.powers == tuple(range(order)), str(found)


def test_decimals_of_ten_digits_are_rounded_ones_and_shorter_ones_are_not():
    rounded, short = (imde.audit(f"-x + {n}*h*x", "x' = -x", "euler", trajectory=False) for n in ("0.4999999999", "0.499999999"))
    assert rounded.ok and "rounded" in rounded.notes[-1] and "1e-09" in rounded.how and not short.ok


def test_decimals_are_compared_with_roots_by_their_values():
    equation = imde.inverse_modified_equation("x' = sqrt(2)*x", "euler", 2)  # h*x
    assert imde.audit("1.41421*x + 0.99999*h*x", equation, tolerance=1e-4).ok
    assert not imde.audit("1.41421*x + 0.99*h*x", equation, tolerance=1e-4).ok


def test_the_right_formula_is_right_of_a_method_with_rounded_numbers_too():
    root = 3**0.5
    gamma = sympy.Rational(1, 2) + sympy.sqrt(3) / 6
    exact = imde.ButcherTableau([[gamma, 0], [-sympy.sqrt(3) / 3, gamma]], ["1/2", "1/2"])
    doubles = imde.ButcherTableau([[0.5 + root / 6, 0], [-root / 3, 0.5 + root / 6]], [0.5, 0.5])
    digits = imde.ButcherTableau([["0.7886751345948129", 0], ["-0.5773502691896257", "0.7886751345948129"]], ["0.5", "0.5"])
    claim = imde.inverse_modified_equation("x' = -0.37*x + 65*x^2", exact, 4)
    for method in (doubles, digits):
        found = imde.audit(claim, "x' = -0.37*x + 65*x^2", method)
        assert found.ok, str(found)
        wrong = imde.audit([c.subs(sympy.Symbol("h"), 0) for c in claim.as_expr()], "x' = -0.37*x + 65*x^2", method, order=4)
        assert not wrong.ok


# -- functions ------------------------------------------------------------------------------------------------------------------


def test_a_function_is_judged_on_circles_of_complex_steps_and_else_on_real_ones():
    g = imde.inverse_modified_equation("pendulum", "heun2", 4).lambdify()
    found = imde.audit(g, "pendulum", "heun2")
    assert found.ok and "circles" in found.how and len(found.seen) == 4 and max(found.seen) < 1e-6
    for real in (lambda x, h: g(x, float(h)), lambda x, h: g(x, np.real(h)), lambda x, h: g(x, abs(h))):
        found = imde.audit(real, "pendulum", "heun2", order=3)
        assert found.ok and "circles" not in found.how, str(found)


def test_an_error_of_a_function_is_seen_where_it_is_larger_than_what_is_said_to_be_seen():
    g = imde.inverse_modified_equation("pendulum", "heun2", 4).lambdify()
    seen = imde.audit(g, "pendulum", "heun2").seen
    for k, m in product((1, 2, 3), (0, 1)):
        error = 3 * seen[k] * np.eye(2)[m]
        found = imde.audit(lambda x, h, k=k, e=error: g(x, h) + e * h**k, "pendulum", "heun2")
        assert (k, "pq"[m]) in [(w.power, w.component) for w in found.wrong]


@pytest.mark.parametrize(
    "system, method", slow([("kepler", "heun2"), ("lorenz", "rk4"), ("double_pendulum", "euler")], ("double_pendulum", "euler"))
)
def test_right_functions_raise_no_alarm(system, method):
    g = imde.inverse_modified_equation(system, method, 3).lambdify()
    for function in (g, lambda x, h: g(x, np.real(h)), lambda x, h: g(x, abs(h))):
        found = imde.audit(function, system, method, order=3)
        assert found.ok, str(found)


def test_a_function_may_be_the_correction_alone():
    g = imde.inverse_modified_equation("lorenz", "heun2", 3).lambdify(part="correction")
    found = imde.audit(g, "lorenz", "heun2", order=3)
    assert found.ok and found.powers == (1, 2) and "correction" in str(found)


def _pendulum(order):
    return imde.inverse_modified_equation("pendulum", "euler", order).lambdify()


def _single(g):
    return lambda x, h: np.asarray(g(x, np.real(h)), dtype=np.float32)


def _digits(g, form):
    return lambda x, h: [float(form % v) for v in g(x, np.real(h))]


@pytest.mark.parametrize(
    "rounded",
    [_single, lambda g: _digits(g, "%.3f"), lambda g: _digits(g, "%.5g"), lambda g: lambda x, h: np.float16(g(x, np.real(h)))],
    ids=["single", "three digits after the point", "five digits", "half"],
)
def test_a_right_function_that_rounds_is_not_blamed_and_a_wrong_one_is_not_passed(rounded):
    right = imde.audit(rounded(_pendulum(4)), "pendulum", "euler", order=2)
    assert not right.wrong and 1e-7 < right.seen[0] < 1 and "the values have" in right.how
    wrong = imde.audit(rounded(_pendulum(1)), "pendulum", "euler", order=2)
    assert not wrong.ok and (wrong.unseen == (1,) or {w.power for w in wrong.wrong} == {1})


def test_what_is_lost_in_noise_is_neither_right_nor_wrong():
    noise = np.random.default_rng(1)
    found = imde.audit(lambda x, h: -x + noise.random(), "x' = -x", "euler", order=2)
    assert not found.ok and not found.wrong and found.unseen == (0, 1) and "NOT DECIDED: at h^0, h^1" in str(found)
    assert imde.from_json(found.to_json()) == found == pickle.loads(pickle.dumps(found))
    single = imde.audit(_single(_pendulum(8)), "pendulum", "euler", order=8)
    assert not single.ok and not single.wrong and 0 not in single.unseen and "the other terms are right" in single.verdict
    both = imde.audit(lambda x, h: -2 * x + np.round(h.real * x / 2, 1), "x' = -x", "euler", order=4)
    assert (both.wrong and "not decided" in str(both)) or not both.unseen


def test_a_function_without_finite_numbers_is_refused():
    for nothing in (lambda x, h: x * np.nan, lambda x, h: x * np.inf, lambda x, h: np.exp(1e4 / abs(h)) * x):
        with pytest.raises(FieldError, match="no finite numbers at x"):
            imde.audit(nothing, "x' = -x", "euler", order=2)
    beyond = imde.audit(lambda x, h: np.log(1 - 65 * h) / h * x, "x' = -65*x", "euler", "forward", 3)  # nan for h > 1/65
    assert beyond.ok


def test_a_function_that_drops_the_imaginary_part_somewhere_is_fitted_in_real_steps():
    found = imde.audit(lambda x, h: x * (np.exp(-377 * np.real(h)) - 1) / h, "x' = -377*x", "euler", order=3)
    assert found.ok and "real" in found.how and found.seen[0] < 1e-6


def test_the_tolerance_counts_for_functions_too():
    trained = lambda x, h: -1.001 * x + h * x / 2  # noqa: E731
    assert not imde.audit(trained, "x' = -x", "euler", order=2).ok
    assert imde.audit(trained, "x' = -x", "euler", order=2, tolerance=2e-3).ok


# -- values and refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", [{"[[]]": "1/3"}, ["p", "q*h"], lambda x, h: x], ids=["trees", "formulas", "function"])
def test_an_audit_goes_to_json_and_pickles_back(claim):
    found = imde.audit(claim, "pendulum", "heun2", trajectory=False)
    assert found.wrong and imde.from_json(found.to_json()) == found == pickle.loads(pickle.dumps(found))
    assert "<table>" in found._repr_html_() and "WRONG" in repr(found)
    assert ("<math>" in found._repr_html_()) is not callable(claim)


@rows(
    "claim, words",
    [
        (["p"], "1 components"),
        ({}, "accepted|no component"),
        (["p", "w"], "unknown symbol"),
        ([sympy.Symbol("w"), 0], "symbol of the equation"),
        ({2: ["p"]}, "1 components"),
        ("p' = q; q' = q; r' = q", "variable"),
        ({"[]": 1, "[ ]": 2}, "twice"),
        (lambda x, h: x[:1], "shape"),
        (lambda x, h: 1 / 0, "failed"),
        (object(), "accepted"),
        (["log(h)*p", "q"], "expansion|power series"),
    ],
)
def test_what_is_no_claim_is_refused(claim, words):
    with pytest.raises(ImdeError, match=words):
        imde.audit(claim, "pendulum", "heun2")


def test_what_an_audit_needs():
    with pytest.raises(FieldError, match="method"):
        imde.audit("p; q", "pendulum")
    with pytest.raises(FieldError, match="leave them out"):
        imde.audit("p; q", imde.inverse_modified_equation("pendulum", "rk4", 2), "rk4")
    with pytest.raises(FieldError, match="about a field"):
        imde.audit("p; q", None, "rk4")


def test_a_claim_with_rounded_numbers_is_told_the_tolerance_within_which_it_is_right():
    claim = "0.37*x + 0.06845*h*x + 0.0084423*h^2*x"  # 0.37^3/6 = 0.008442166...
    found = imde.audit(claim, "x' = 0.37*x", "euler")
    assert not found.ok and [w.power for w in found.wrong] == [2]
    assert "right to a relative 0.0001 (tolerance=0.0001)" in found.notes[-1]
    assert imde.audit(claim, "x' = 0.37*x", "euler", tolerance=1e-4).ok
    trees = {"[[]]": "1/2", "[[],[]]": "0.3333333", "[[[]]]": "0.1666667"}
    assert "tolerance=1e-06" in imde.audit(trees, None, "euler").notes[-1]
    assert not imde.audit("x + h*x/3", "x' = x", "euler").notes


def test_an_audit_is_a_table_and_a_picture():
    found = imde.audit("y**2 + h*y**3/3 - h**2*y**4", "y' = y**2", "euler")
    assert [(row["power"], row["component"], row["kind"]) for row in found.table().rows] == [(1, "y", "wrong"), (2, "y", "wrong")]
    assert [bar.get_height() for bar in found.plot().patches] == [0, 1, 1]
    pytest.importorskip("pandas")
    assert len(imde.audit("y**2", "y' = y**2", "euler").to_frame()) == 0


def test_what_is_claimed_in_decimals_is_answered_in_decimals():
    for claim, said in (("y**2 + 0.37*h*y**3", "claimed 0.37*y**3, right y**3"), ("y**2 + h*37/100*y**3", "claimed 37*y**3/100")):
        assert said in str(imde.audit(claim, "y' = y^2", "euler", trajectory=False))
