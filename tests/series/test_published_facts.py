"""Coefficients of modified and inverse modified equations with their sources (docs/theory.md, section 7)."""

from fractions import Fraction as F

from imde_sym.method import methods
from imde_sym.series import exact_series, inverse_modified_series, method_series, modified_series
from imde_sym.trees import RootedTree, rooted_trees
from tests.rows import rows

COLUMNS = ["[[]]", "[[],[]]", "[[[]]]", "[[],[],[]]", "[[],[[]]]", "[[[],[]]]", "[[[[]]]]"]
# c(t)/σ(t) of h f'f, h² f''(f,f), h² f'f'f, h³ f'''(f,f,f), h³ f''(f,f'f), h³ f'f''(f,f), h³ f'f'f'f
INVERSE = {
    "explicit_euler": "1/2 1/6 1/6 1/24 1/8 1/24 1/24",
    "implicit_euler": "-1/2 1/6 1/6 -1/24 -1/8 -1/24 -1/24",
    "explicit_midpoint": "0 1/24 1/6 0 0 -1/16 -1/8",
    "heun": "0 -1/12 1/6 0 1/8 0 -1/8",
    "implicit_midpoint": "0 1/24 -1/12 0 0 0 0",
    "trapezoid": "0 -1/12 -1/12 0 0 0 0",
}


@rows("name", INVERSE)
def test_inverse_modified_coefficients_are_the_published_ones(name):
    c = inverse_modified_series(methods[name], 4)
    assert [c[t] / RootedTree(t).symmetry for t in COLUMNS] == [F(x) for x in INVERSE[name].split()]
    assert c["[]"] == 1
    assert c.is_field


def test_euler_imde_is_the_taylor_series():
    """Φ = id + h f_h, so h f_h = exp(h f) - id and c(t) = 1/γ(t)."""
    c = inverse_modified_series(methods["explicit_euler"], 9)
    assert c.coefficients == exact_series(9).coefficients
    assert all(c[t] * t.density == 1 for t in c)


def test_implicit_euler_imde_is_the_taylor_series_backwards_in_time():
    """Implicit Euler is the adjoint of explicit Euler: h -> -h flips the sign of even orders."""
    c = inverse_modified_series(methods["implicit_euler"], 9)
    assert all(c[t] * t.density == (-1) ** (t.order + 1) for t in c)


def test_explicit_midpoint_sums_to_order_nine():
    m = methods["explicit_midpoint"]
    assert sum(modified_series(m, 9).coefficients) == F(19063, 26880)
    assert sum(inverse_modified_series(m, 9).coefficients) == F(5460293, 241920)


def test_forward_euler_on_y_squared_has_the_coefficients_of_hairer_lubich_and_wanner():
    """f = y²: F(t)(y) is a number times y^(|t|+1) (HLW example IX.1.2)."""

    def differential(t):
        k = len(t.children)
        value = F(0) if k > 2 else F([1, 2, 2][k])  # k-th derivative of y², at y = 1
        for child in t.children:
            value *= differential(child)
        return value

    a = modified_series(methods["explicit_euler"], 6)
    found = [sum(a[t] / t.symmetry * differential(t) for t in rooted_trees(n)) for n in range(1, 7)]
    assert found == [1, -1, F(3, 2), F(-8, 3), F(31, 6), F(-157, 15)]


@rows("name", ["implicit_midpoint", "trapezoid", "gauss2", "lobatto_iiia_3", "lobatto_iiib_3"])
def test_symmetric_methods_have_modified_equations_in_odd_orders_only(name):
    """Even orders |t| vanish, that is odd powers of h in f̃ (HLW Thm IX.2.2); the inverse likewise."""
    m = methods[name]
    for series in (modified_series(m, 6), inverse_modified_series(m, 6)):
        assert all(v == 0 for t, v in series.items() if t.order % 2 == 0)
        assert any(v != 0 for t, v in series.items() if t.order > 1)


@rows("name", ["explicit_euler", "explicit_midpoint", "heun", "trapezoid", "kutta3", "rk4", "radau_iia_2"])
def test_the_inverse_is_minus_the_forward_equation_up_to_twice_the_order(name):
    m = methods[name]
    p = m.order
    c, a = inverse_modified_series(m, min(2 * p + 1, 9)), modified_series(m, min(2 * p + 1, 9))
    assert all(c[t] == -a[t] for t in c if 2 <= t.order <= 2 * p)
    assert any(c[t] != -a[t] for t in c if t.order == 2 * p + 1)


@rows("name", ["explicit_euler", "heun", "kutta3", "rk4", "radau_iia_2", "dormand_prince5"])
def test_the_modified_equation_starts_after_the_order(name):
    m = methods[name]
    a = modified_series(m, m.order + 1)
    assert all(v == 0 for t, v in a.items() if 2 <= t.order <= m.order)
    assert any(v != 0 for t, v in a.items() if t.order == m.order + 1)


def test_the_exact_series_is_one_over_the_density():
    assert all(v * t.density == 1 for t, v in exact_series(8).items())
    assert exact_series(5).is_map


def test_rk4_elementary_weights_are_those_of_kutta():
    a = method_series(methods["rk4"], 5)
    assert all(a[t] * t.density == 1 for t in a if t.order <= 4)
    assert a["[[],[],[],[]]"] == F(5, 24)  # Σ b c⁴
    assert a["[[[[[]]]]]"] == 0
