"""Low-storage forms: the registers, run as they are published, give what the tableau gives."""

from fractions import Fraction

import mpmath

import imde_sym as imde
from imde_sym.method import LowStorage, method_from_json
from tests.reference_steps import START, field, number, step
from tests.rows import rows

methods = imde.methods
NAMES = methods.search(family="low_storage")
H = mpmath.mpf(1) / 16


def combined(*terms):
    return [sum(number(w) * v[i] for w, v in terms) for i in range(len(terms[0][1]))]


def run(m, h, f=field):
    """A step in the registers, as the papers write it."""
    y = [mpmath.mpf(v) for v in START]
    A, B, delta = (m.registers[key] for key in ("A", "B", "delta"))
    if m.form == "2N":  # Williamson 1980
        d = [mpmath.mpf(0)] * len(y)
        for a, b in zip(A, B):
            d = combined((a, d), (h, f(*y)))
            y = combined((1, y), (b, d))
        return y
    if m.form.endswith("R"):  # Kennedy, Carpenter, Lewis 2000, section 2
        back, tables = int(m.form[0]) - 1, [A] if m.form == "2R" else A
        slopes, values = [], [y]
        for i, b in enumerate(B):
            kept = min(i, back)
            recent = [(h * number(tables[j - 1][i - j]), slopes[i - j]) for j in range(1, kept + 1)]
            slopes.append(f(*combined((1, values[i - kept]), *recent)))
            values.append(combined((1, values[i]), (h * number(b), slopes[i])))
        return values[-1]
    first, second = y, [mpmath.mpf(0)] * len(y)  # Ketcheson 2010, algorithm 3
    for i, (b, d) in enumerate(zip(B, delta)):
        second = combined((1, second), (d, first))
        start = [(A[2][i], y)] if m.form == "3S*" else []
        first = combined((A[0][i], first), (A[1][i], second), *start, (h * number(b), f(*first)))
    return first


@rows("name", NAMES)
def test_registers_and_tableau_take_the_same_step(name):
    m = methods[name]
    assert max(abs(x - y) for x, y in zip(run(m, H), step(m, H))) < 1e-13


def test_there_are_forty_in_six_forms():
    assert len(NAMES) >= 40
    assert {methods[n].form for n in NAMES} >= {"2N", "2R", "3R", "4R", "5R", "3S*"}


def test_forms_and_tableaux_of_the_catalogue_are_the_same_methods():
    assert methods["williamson3_2n"].plain == methods["williamson3"]
    assert methods["wray3_2r"].plain == methods["wray3"]
    one, other = methods["carpenter_kennedy54_2n"], methods["carpenter_kennedy54"]
    assert all(abs(float(x - y)) < 1e-12 for r, s in zip(one.A, other.A) for x, y in zip(r, s))


def test_a_form_of_ketcheson_is_the_ssp_method_that_it_stands_for():
    """SSPRK(3,3), u^(2) = 3/4 u + 1/4 (u^(1) + h f), u^(3) = 1/3 u + 2/3 (u^(2) + h f) (Shu, Osher 1988)."""
    gamma = [[0, "1/4", "2/3"], [1, 0, 0], [0, "3/4", "1/3"]]
    m = LowStorage(gamma, [1, "1/4", "2/3"], "3S*", delta=[1, 0, 0])
    assert m.plain == imde.ButcherTableau(methods["ssprk33"].A, methods["ssprk33"].b)
    assert imde.inverse_modified_series(m, 5) == imde.inverse_modified_series("ssprk33", 5)


def test_two_registers_of_ketcheson():
    """Heun's method: S_2 holds y_n, S_1 = y_n/2 + (y_n + h k_1)/2 + h k_2/2."""
    m = LowStorage([[0, "1/2"], [1, "1/2"]], [1, "1/2"], "2S", delta=[1, 0])
    assert m.plain == imde.ButcherTableau(methods["heun2"].A, methods["heun2"].b) and m.order == 2


def test_the_form_survives_json_and_adjoints_are_tableaux():
    for name in ("rdpk35_3sp", "kennedy_carpenter_lewis54_3c_3r", "williamson3_2n"):
        m = methods[name]
        again = method_from_json(m.to_json())
        assert again == m and again.b_hat == m.b_hat and again.registers == m.registers
    assert type(imde.adjoint_method("williamson3_2n")) is imde.ButcherTableau
    assert imde.modified_equation("pendulum", "williamson3_2n", 3).term(2) == imde.modified_equation(
        "pendulum", "williamson3", 3
    ).term(2)


@rows("kind", [str, float])
def test_registers_of_ten_digits_make_entries_that_are_no_more_exact(kind):
    """Williamson's method as a paper prints it: a product of rounded decimals has twenty digits, of which ten are right."""
    A, B = map(kind, ("-0.5555555556", "-1.1953125")), map(kind, ("0.3333333333", "0.9375", "0.5333333333"))
    m = imde.LowStorage([*A], [*B])
    assert m.order == m.plain.order == 3 and 5e-11 < m.rounding < 1e-9
    assert imde.LowStorage(["-0.5555", "-1.1953"], ["0.3333", "0.9375", "0.5333"]).order == 0


def test_symbols_are_weights_too():
    import sympy

    a, b = sympy.symbols("a b")
    m = LowStorage([a], [b, 1 - b])
    assert m.A[1][0] == b and m.b == (sympy.expand(b + a * (1 - b)), 1 - b)
    assert m.b[0].subs({a: -1, b: Fraction(1, 2)}) == 0
