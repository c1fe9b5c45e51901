"""The catalogue of the other families: orders, structure and facts, entry by entry."""

from fractions import Fraction

import pytest
import sympy

import imde_sym as imde
from imde_sym.base.errors import MethodError, UnknownNameError
from imde_sym.method import LinearMultistep, apply_scheme, schemes, suzuki, triple_jump
from imde_sym.method.value import FAMILIES
from imde_sym.series import exact_series, method_series, order_of_accuracy, symmetric_order, symplectic_order
from tests.rows import rows, sampled

methods = imde.methods
OTHERS = [n for n in methods if methods.entry(n).get("family", "runge_kutta") != "runge_kutta"]
SLOW = {"energy_collocation_4", "kahan_li8", "yoshida8", "merk5", "dprkn6", "dprkn8"}


def entries(tag):
    return [n for n in OTHERS if tag in methods.entry(n)["tags"]]


def test_there_are_at_least_forty_methods_of_every_other_kind():
    assert len(OTHERS) >= 140
    assert {methods.entry(n)["family"] for n in OTHERS} >= set(FAMILIES) - {
        "runge_kutta",
        "composition",
        "adjoint",
        "collocation",
    }


@rows("name", sampled(OTHERS, "orders of families", heavy=SLOW))
def test_claimed_order_is_the_computed_order(name):
    m, entry = methods[name], methods.entry(name)
    assert m.order == entry["order"]
    assert getattr(m, "embedded_order", None) == entry.get("order_hat")


@rows("name", sampled(OTHERS, "references"))
def test_every_entry_has_a_reference(name):
    m = methods[name]
    assert m.reference and m.title and m.name == name


@rows("name", [n for n in entries("symplectic") if methods.entry(n)["family"] != LinearMultistep.family])
def test_symplectic_methods_are_symplectic_as_series(name):
    m = methods[name]
    splitting = {"partitioned": "separable", "splitting": "additive", "nystrom": "separable", "generalized_additive": "additive"}[
        m.family
    ]
    if "exact_decimal" not in m.tags and m.family != "nystrom":
        assert symplectic_order(method_series(m, 4), splitting) == 4


@rows(
    "name",
    [
        n
        for n in entries("symmetric")
        if FAMILIES[methods.entry(n)["family"]].one_step and "exact_decimal" not in methods.entry(n)["tags"]
    ],
)
def test_symmetric_methods_have_odd_orders_only(name):
    m = methods[name]
    if m.family != "nystrom":
        assert symmetric_order(method_series(m, 4)) == 4


@pytest.mark.parametrize(
    ("name", "mu"),
    [
        ("adams_bashforth_2", "1 0 5/12 -1/4 31/120"),  # docs/theory.md, section 5, and below
        ("bdf2", "1 0 -1/3 1/4 -7/60"),
        ("adams_moulton_1", "1 0 -1/12 0 1/120"),
    ],
)
def test_operator_series_of_multistep_methods(name, mu):
    assert methods[name].mu(5) == tuple(map(Fraction, mu.split()))


def test_which_multistep_methods_learn_stably():
    # Keller, Du 2021: Adams-Bashforth 1-6, Adams-Moulton 0-1 and all BDF are, Adams-Moulton from 2 on is not
    stable = [f"adams_bashforth_{k}" for k in range(1, 7)] + ["adams_moulton_0", "adams_moulton_1"]
    stable += [f"bdf{k}" for k in range(1, 7)]
    assert all(methods[n].is_stable_for_discovery for n in stable)
    assert not any(methods[f"adams_moulton_{k}"].is_stable_for_discovery for k in (2, 3, 4))
    assert all(methods[f"bdf{k}"].is_zero_stable for k in range(1, 7))


def test_symplectic_euler_is_named_by_its_implicit_variable():
    # HLW I.1.9: (p first, then q with the new p) keeps the unit circle's area; its H_h has +h/2 H_p H_q as inverse (docs/theory.md, section 5)

    q, p = sympy.symbols("q p")
    f = imde.VectorField.hamiltonian(p**2 / 2 + q**2 / 2, q=[q], p=[p])
    new_p = p - sympy.Symbol("h") * q
    step = imde.evaluate(
        method_series(methods["symplectic_euler"], 3),
        [
            imde.VectorField([q, p], [p, 0]),
            imde.VectorField([q, p], [0, -q]),
        ],
    )
    assert sympy.expand(step - sympy.Matrix([q + sympy.Symbol("h") * new_p, new_p])) == sympy.zeros(2, 1)
    assert imde.inverse_modified_hamiltonian(f, methods["symplectic_euler"], 2).term(1) == p * q / 2


@pytest.mark.parametrize("scheme", [triple_jump(), suzuki(), *schemes.values()], ids=lambda s: s.name)
def test_schemes_raise_the_order_of_a_symmetric_method(scheme):
    composed = apply_scheme(methods["implicit_midpoint"], scheme)
    assert sum(scheme.steps) == 1
    found = method_series(composed, min(scheme.order + 1, 7))
    assert order_of_accuracy(found, tolerance=1e-10) == min(scheme.order, 7)


def test_schemes_serve_every_family():
    composed = apply_scheme(methods["strang"], triple_jump())
    assert order_of_accuracy(method_series(composed, 4)) == 4
    verlet = apply_scheme(methods["stoermer_verlet"], suzuki())
    assert verlet.order == 4 and verlet.is_symplectic


@rows("p", [1, 2, 3, 4])
def test_the_steps_of_a_scheme_have_no_roots_below_and_sum_to_one(p):
    for scheme, n, times in ((triple_jump(p), 2, 1), (suzuki(p), 4, 2)):
        outer = sympy.sympify(scheme.steps[0])
        assert sympy.expand(outer * (n - sympy.Integer(n) ** sympy.Rational(1, p + 1))) == 1
        assert not any(e.exp.is_negative and e.base.is_Add for e in outer.atoms(sympy.Pow))
        assert sum(scheme.steps) == 1 and len(scheme.steps) == 2 * times + 1


def test_a_composed_partitioned_method_has_an_inverse_modified_equation():
    q, p = sympy.symbols("q p")
    f = imde.VectorField.hamiltonian(p**2 / 2 + q**4 / 4, q=[q], p=[p])
    F = imde.inverse_modified_equation(f, apply_scheme(methods["stoermer_verlet"], triple_jump()), 5)
    assert F.term(0) == f.as_matrix() and not any(F.term(2)) and any(F.term(4))


def test_apply_scheme_says_what_it_takes():
    with pytest.raises(MethodError, match="a method and a scheme"):
        apply_scheme("rk4", methods["rk4"])


def test_a_catalogue_shows_dots_only_where_there_is_more():
    assert repr(schemes).endswith("kahan_li8>") and repr(methods).endswith(", ...>")


def test_an_unknown_scheme_names_the_nearest():
    with pytest.raises(UnknownNameError, match="kahan_li8"):
        schemes["kahanli9"]


@rows("name", ["rosenbrock_euler", "ros2", "taylor_3", "average_vector_field", "ars222", "strang"])
def test_inverse_modified_series_turn_methods_into_the_exact_flow(name):
    m = methods[name]
    m = m.with_inverse() if m.family == "splitting" else m
    c = imde.inverse_modified_series(m, 4)
    assert imde.substitute(c, method_series(m, 4)) == exact_series(4, c.colors)


def test_search_and_table_know_families():
    assert "strang" in methods.search(family="splitting", order=2)
    assert set(methods.search(family="multistep")) <= set(OTHERS)
    assert "linear" in str(methods.table(["adams_bashforth_2"])).lower() or "multistep" in str(
        methods.table(["adams_bashforth_2"])
    )
    with pytest.raises(UnknownNameError, match="splitting"):
        methods.search(family="spliting")
