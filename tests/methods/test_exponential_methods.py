"""Exponential and Lawson methods, and inverse equations that keep a part of the field: facts and independent routes."""

from fractions import Fraction

import mpmath
import pytest
import sympy

import imde_sym as imde
from imde_sym.base.errors import FieldError, ImdeError, MethodError
from imde_sym.method import phi
from imde_sym.series import order_of_accuracy
from imde_sym.verify import MethodField, stepper
from tests.rows import rows

methods = imde.methods
SPLIT = imde.VectorField("x' = -2*x + y + y^2; y' = x - y + x*y")
NAMES = methods.search(family="exponential")


def run(method, field, x, h, count, parts=None):
    step = stepper(method, MethodField(imde.modified_equation(field, method, 1, parts=parts)))
    for _ in range(count):
        x = step(x, mpmath.mpf(0), mpmath.mpf(h))
    return x


@rows("k", range(5))
def test_phi_functions_have_their_taylor_series_and_their_recursion(k):
    """φ_k(z) = Σ z^n/(n + k)!, φ_{k+1}(z) = (φ_k(z) - 1/k!)/z (Hochbruck, Ostermann 2010, 2.1)."""
    own, following = (phi.taylor(phi.entry("a", f"phi{j}(2*z/3)"), 6) for j in (k, k + 1))
    assert own[0] == Fraction(1, sympy.factorial(k))
    assert own[1:] == [Fraction(2, 3) * x for x in following[:5]]


@rows(
    "one, other",
    [
        ("exp(z/2)*exp(z/2)", "phi0(z/2)^2"),
        ("(phi1(z) - phi2(z))/2", "phi1(z)/2 - phi2(z)/2"),
        ("z + 0.5", "1/2 + z"),
        (0, "0"),
        (r"\varphi_1(z)", "φ1(z)"),
    ],
)
def test_an_entry_has_one_form(one, other):
    assert phi.text(phi.entry("a", one)) == phi.text(phi.entry("a", other))


@rows("name", NAMES)
def test_the_stages_are_consistent(name):
    """Without N(y) beyond a constant every method is exact to the order z^0: Σ_j a_ij(0) = c_i, Σ b_j(0) = 1."""
    m = methods[name]
    assert [sum(phi.taylor(e, 1)[0] for e in row) for row in (*m.a, m.b)] == [*m.c, 1]


@rows("name", [n for n in NAMES if "lawson" not in n])
def test_exponential_methods_are_exact_for_a_constant_forcing_and_lawson_methods_are_not(name):
    """Σ_j b_j(z) = φ_1(z) and Σ_j a_ij(z) = c_i φ_1(c_i z) (Hochbruck, Ostermann 2005, 2.3)."""
    m, count = methods[name], 6
    for c, row in zip([*m.c, 1], [*m.a, m.b], strict=True):
        total = phi.taylor(sum(row, ()), count)
        assert total == [c ** (n + 1) / sympy.factorial(n + 1) if c else 0 for n in range(count)]
    assert phi.taylor(sum(methods["lawson4"].b, ()), 6) != phi.taylor(phi.entry("b", "phi1(z)"), 6)


@pytest.mark.parametrize("name", ["exponential_euler", "etdrk3", "lawson4"])
def test_a_linear_field_is_solved_exactly(name):
    f = imde.VectorField("x' = y; y' = -3*x")
    assert not any(imde.modified_equation(f, methods[name], 4).term(k).norm() for k in (1, 2, 3))
    assert not any(imde.inverse_modified_equation(f, methods[name], 4).term(k).norm() for k in (1, 2, 3))


@pytest.mark.parametrize("name", ["etdrk2", "lawson2"])
@pytest.mark.parametrize("direction", ["forward", "inverse"])
def test_the_equation_is_its_series_over_trees_on_the_parts(name, direction):
    build = {"forward": imde.modified_equation, "inverse": imde.inverse_modified_equation}[direction]
    F = build(SPLIT, methods[name], 4)
    parts = [imde.VectorField(SPLIT.variables, share) for share in F.shares]
    h = sympy.Symbol("h")
    assert (imde.evaluate(F.series, parts) - h * F.as_expr()).applyfunc(sympy.expand) == sympy.zeros(2, 1)


@pytest.mark.parametrize("name", NAMES)
def test_order_conditions_of_the_series_count_the_trees_that_occur(name):
    m = methods[name]
    assert order_of_accuracy(imde.method_series(m, 5)) == m.order == imde.substeps(m, 2).order


def test_the_linear_part_stays_and_the_rest_holds_all_corrections():
    F = imde.inverse_modified_equation(SPLIT, "exponential_euler", 3)
    x, y = SPLIT.variables
    assert F.part(0) == sympy.Matrix([-2 * x + y, x - y]) and F.part(1).subs(F.step, 0) == sympy.Matrix([y**2, x * y])
    assert F.part(0) + F.part(1) == F.as_expr()


def test_exponential_euler_of_a_scalar_field_by_hand():
    """e^z y + h φ_1(z) N: h¹ of the inverse is N'(Ly + N)/2, as e^{h(L + N)} has (L + N')(Ly + N)/2 and the method L(Ly + N)/2."""
    f = imde.VectorField("y' = -3*y + y^2")
    (y,) = f.variables
    assert sympy.expand(imde.inverse_modified_equation(f, "etd1", 2).term(1)[0] - 2 * y * (-3 * y + y**2) / 2) == 0


def test_etd_methods_do_not_lose_accuracy_on_a_stiff_field_and_lawson_methods_do():
    """Prothero, Robinson: y' = -λ y + (λ cos t - sin t) has the solution cos t for every λ (Hochbruck, Ostermann 2010, 2.3)."""
    errors = {}
    for name in ("etdrk2", "lawson2"):
        for rate in (10, 10_000):
            f = imde.VectorField(f"y' = -{rate}*y + {rate}*cos(t) - sin(t); t' = 1", time="t")
            y, _ = run(methods[name], f, [mpmath.mpf(1), mpmath.mpf(0)], mpmath.mpf(1) / 20, 10)
            errors[name, rate] = abs(y - mpmath.cos(0.5))
    assert errors["etdrk2", 10_000] < 1e-3 and errors["etdrk2", 10] < 1e-3
    assert errors["lawson2", 10_000] > 1


def test_functions_take_part_in_the_convention_too():
    """part(0) of a function is L x, part(1) all the rest; together the field."""
    pytest.importorskip("jax")
    import jax.numpy as jnp

    linear, rest = (lambda x: -2 * x), (lambda x: jnp.sin(x))
    g = imde.inverse_modified_equation(lambda x: linear(x) + rest(x), "etdrk2", 3, parts=[linear, rest], backend="jax")
    x = jnp.array([0.37])
    assert g.part(0)(x, 0.1) == linear(x)
    assert jnp.allclose(g.part(0)(x, 0.1) + g.part(1)(x, 0.1), g(x, 0.1), atol=1e-6)


def test_a_part_that_is_not_linear_is_refused_with_its_equation():
    with pytest.raises(FieldError, match="must be linear with constant coefficients; here it says x' ="):
        imde.modified_equation(SPLIT, "etdrk4", 2, parts=[["x"], ["y"]])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"match": "positions"}, "match= is for Nyström methods"),
        ({"unknown": 7}, "are 0 to 1, or 'linear' or 'nonlinear'"),
        ({"unkown": 1}, "unknown"),
    ],
)
def test_conventions_that_do_not_fit_are_refused(options, why):
    with pytest.raises(ImdeError, match=why):
        imde.inverse_modified_equation(SPLIT, "etdrk2", 2, **options)


def test_a_modified_equation_has_no_convention():
    with pytest.raises(ImdeError, match="is for inverse equations"):
        imde.modified_equation(SPLIT, "etdrk2", 2, unknown=1)


@pytest.mark.parametrize("unknown", [0, 1])
def test_a_splitting_can_keep_either_part(unknown):
    """Lie-Trotter with f_0 kept: exp(c_1) ∘ exp(f_0) = exp(f_0 + f_1), so that c_1 is a Baker-Campbell-Hausdorff series."""
    f = imde.VectorField("x' = y; y' = -x^2")
    F = imde.inverse_modified_equation(f, "lie_trotter", 3, parts=[["x"], ["y"]], unknown=unknown)
    assert F.part(1 - unknown) == F.part(1 - unknown).subs(F.step, 0)
    series = imde.inverse_modified_series(methods["lie_trotter"].with_inverse(unknown=unknown), 2)
    assert series["[[1]]"] == -series["[1[]]"] and abs(series["[[1]]"]) == Fraction(1, 2)


def test_conventions_distinguish_methods_and_survive_json():
    m = methods["strang"].with_inverse(unknown=0)
    assert m != methods["strang"] and imde.from_json(m.to_json()) == m and m.unknown == 0
    with pytest.raises(MethodError, match="not unique"):
        imde.inverse_modified_series("strang", 2)


@pytest.mark.parametrize("name", methods.search(family="exponential_rosenbrock"))
def test_exponential_rosenbrock_methods_solve_linear_fields_exactly_and_have_their_order(name):
    """Hochbruck, Ostermann, Schweitzer 2009; Luan, Ostermann 2014."""
    m = methods[name]
    f = imde.VectorField("x' = y; y' = -3*x + 1")
    assert not any(imde.modified_equation(f, m, 4).term(k).norm() for k in (1, 2, 3))
    assert order_of_accuracy(imde.method_series(m, 6)) == m.order == methods.entry(name)["order"]


def test_exponential_rosenbrock_euler_is_the_flow_of_the_linearised_field():
    """y + φ_1(hJ) h f: over trees a = 1/γ where every node has one branch, else 0 (Pope 1963)."""
    for t, v in imde.method_series("exponential_rosenbrock_euler", 6).items():
        tall = t.order == max(t.level_sequence) + 1
        assert v == (Fraction(1, int(t.density)) if tall else 0)


def test_linearised_at_every_step_or_split_once_a_linear_field_gives_the_same():
    f = imde.VectorField("x' = -2*x + y; y' = x - y")
    one = run(methods["exprb32"], f, [mpmath.mpf(1), mpmath.mpf("0.37")], mpmath.mpf(1) / 8, 2)
    other = run(methods["etdrk3"], f, [mpmath.mpf(1), mpmath.mpf("0.37")], mpmath.mpf(1) / 8, 2)
    assert max(abs(a - b) for a, b in zip(one, other)) < 1e-12
