"""Gauss, Radau and Lobatto methods of any size, collocation, SSP, stabilised and parametrised families, and their names."""

import pickle
from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym.base.errors import ImdeError, MethodError, UnknownNameError
from imde_sym.method import sizes
from imde_sym.method.families.collocation import Collocation
from imde_sym.methods import methods
from tests.rows import rows, slow

KINDS = ["gauss", "radau_ia", "radau_iia", *(f"lobatto_iii{k}" for k in ("a", "b", "c", "c_star", "d", "e"))]
TABLED = [(k, s, n) for k in KINDS for s in range(1, 6) for n in (f"{k}_{s}", f"{k}{s}") if n in methods.aliases]
LARGE = [row for row in TABLED if row[1] > 3 and row[0] != "radau_ia"]


@pytest.fixture
def no_catalogue(monkeypatch):
    """So that small sizes are made and not looked up."""

    class Empty:
        aliases = ()

    monkeypatch.setattr(sizes, "NAMED", [Empty()])


@pytest.mark.parametrize(("kind", "s", "name"), slow(TABLED, *LARGE))
def test_small_sizes_are_those_of_the_catalogue(kind, s, name, no_catalogue):
    made, known = getattr(sizes, kind)(s), methods[name]
    assert isinstance(made, Collocation)
    for one, other in zip((*made.A, made.b, made.c), (*known.A, known.b, known.c), strict=True):
        assert np.allclose(np.array(one, complex), np.array(other, complex), atol=1e-14, rtol=0)
    assert (made.order, made.is_symplectic, made.is_symmetric) == (known.order, known.is_symplectic, known.is_symmetric)
    assert made.stability == known.stability or sympy.simplify(made.stability_function() - known.stability_function()) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_six_stages_is_the_published_one(kind):
    m = getattr(methods, kind)(6)
    assert m.order == {"gauss": 12, "radau_ia": 11, "radau_iia": 11}.get(kind, 10)
    assert m.is_symplectic == (kind in ("gauss", "lobatto_iiid", "lobatto_iiie"))
    assert m.is_symmetric == (kind not in ("radau_ia", "radau_iia", "lobatto_iiic", "lobatto_iiic_star"))
    assert m.stability.is_l_stable == (kind in ("radau_ia", "radau_iia", "lobatto_iiic"))


@pytest.mark.parametrize("s", slow([6, 8], 8))
def test_gauss_nodes_and_weights_are_those_of_legendre_to_50_digits(s):
    m = methods.gauss(s)
    with mpmath.workdps(60):
        found = sorted(mpmath.polyroots(mpmath.taylor(lambda t: mpmath.legendre(s, t), 0, s)[::-1], maxsteps=200, extraprec=300))
        for c, b, root in zip(m.c, m.b, found, strict=True):
            slope = mpmath.diff(lambda t: mpmath.legendre(s, t), root)
            assert abs(mpmath.mpf(str(sympy.N(c, 60))) - (1 + root) / 2) < mpmath.mpf(10) ** -50
            assert abs(mpmath.mpf(str(sympy.N(b, 60))) - 1 / ((1 - root**2) * slope**2)) < mpmath.mpf(10) ** -50


def test_the_trees_of_a_large_gauss_method_agree_with_its_numbers():
    m = methods.gauss(6)
    _, A, b = (np.array(x, float) for x in m.rounded_to(20))
    ones = np.ones(6)

    def stages(t):
        return np.prod([A @ stages(child) for child in t.children], axis=0) if t.children else ones

    a = imde.method_series(m, 7)
    assert all(abs(b @ stages(t) - float(a[t])) < 1e-14 for t in a)
    wrong = imde.method_series("gauss(3)", 8)  # the test could fail: three stages differ from order 7 on
    assert any(wrong[t] != Fraction(1, t.density) for t in wrong)


@pytest.mark.parametrize("direction", ["inverse_modified_series", "modified_series"])
def test_series_of_polynomials_are_those_of_the_tableau(direction, no_catalogue):
    make = getattr(imde, direction)
    assert make(sizes.lobatto_iiic(3), 7).coefficients == make(methods["lobatto_iiic_3"], 7).coefficients
    assert make(sizes.radau_iia(2), 7).coefficients == make(methods["radau_iia_2"], 7).coefficients


def test_equations_of_polynomials_are_those_of_the_tableau(no_catalogue):
    f = imde.VectorField("x' = y; y' = -0.37*sin(x) - x/65")
    one, other = (imde.modified_equation(f, m, 5) for m in (sizes.radau_iia(2), methods["radau_iia_2"]))
    assert all((one.term(k) - other.term(k)).expand() == sympy.zeros(2, 1) for k in range(5))


@pytest.mark.slow
def test_a_large_gauss_method_passes_the_check_against_its_steps():
    F = imde.inverse_modified_equation("pendulum", "radau_iia(5)", 3)
    assert str(F).splitlines()[0] == "p' = -10*sin(q) + O(h^3)"
    assert imde.check(imde.modified_equation("pendulum", Collocation(["1/6", -1, 1]), 6)).passed


@pytest.mark.parametrize(
    "m", [methods.gauss(6), methods.lobatto_iiic_star(5), Collocation(["1/6", -1, 1])], ids=lambda m: m.title
)
def test_methods_of_polynomials_keep_what_they_are(m):
    assert pickle.loads(pickle.dumps(m)) == m
    assert imde.from_json(m.to_json()) == m
    assert hash(imde.from_json(m.to_json())) == hash(m)
    assert m != methods["rk4"]
    for text in (str(m), m.latex(), m._repr_html_(), m.describe()):
        assert text
        assert "CRootOf" not in text


@rows(
    "nodes, message",
    [
        ([0, 0, 1], "must have 2 different real roots, it has 1"),
        ([1, 0, 1], "must have 2 different real roots, it has 0"),
        ([0.3, 1], "rational coefficients"),
        ([1], "degree 1 to 30"),
        ([1, 0], "degree 1 to 30"),
        (["x", 1], "nodes"),
    ],
)
def test_polynomials_without_distinct_real_roots_are_refused(nodes, message):
    with pytest.raises(ImdeError, match=message):
        Collocation(nodes)


def test_collocation_at_given_nodes():
    assert methods.collocation([0, "1/2", 1]) == methods["lobatto_iiia_3"]
    m = methods.collocation(["0.37", "0.9"])
    A, c = np.array(m.A, float), np.array(m.c, float)
    assert np.allclose(A @ c, c**2 / 2)
    c1 = sympy.Symbol("c1")
    assert methods.collocation([c1]).order == 1
    with pytest.raises(MethodError, match="different numbers"):
        methods.collocation(["1/2", 0.5])


@pytest.mark.parametrize(
    ("s", "p", "radius"), [(1, 1, 1), (4, 1, 4), (2, 2, 1), (7, 2, 6), (4, 3, 2), (9, 3, 6), (16, 3, 12), (3, 3, 1), (10, 4, 6)]
)
def test_optimal_ssp_methods_have_the_published_radius(s, p, radius):
    m = methods.ssprk(s, p)
    assert (m.stages, m.order, m.ssp_coefficient) == (s, p, radius)


@rows("s, p", [(1, 2), (3, 2), (2, 3), (4, 3)])
def test_implicit_ssp_methods_have_the_published_radius(s, p):
    m = methods.ssprk_implicit(s, p)
    assert (m.stages, m.order) == (s, p)
    assert float(m.ssp_coefficient) == pytest.approx(2 * s if p == 2 else s - 1 + (s * s - 1) ** 0.5)


@rows("call", [(6, 4), (1, 2), (5, 3), (2, 5), (0, 1)])
def test_ssp_methods_that_are_not_known_are_refused_with_the_list(call):
    with pytest.raises(MethodError, match=r"ssprk|integer from 1"):
        methods.ssprk(*call)


@rows("s, p", [(2, 2), (5, 2), (12, 2), (1, 1), (6, 1)])
def test_chebyshev_methods_are_stable_on_the_published_interval(s, p):
    m = methods.rkc(s, p)
    assert (m.stages, m.order) == (s, p)
    epsilon = 2 / 13 if p == 2 else 1 / 20
    expected = 2 / 3 * (s * s - 1) * (1 - 2 / 15 * epsilon) if p == 2 else (2 - 4 / 3 * epsilon) * s * s
    assert float(m.real_stability_interval) == pytest.approx(expected, rel=0.06)
    assert s == 1 or methods.rkc(s, p, "1/10") != m


def test_legendre_methods_are_those_of_the_catalogue():
    assert methods.rkl(3) == methods["rkl2_3"]
    assert methods.rkl(5) == methods["rkl2_5"]
    assert methods.rkl(6, 1).order == 1


@pytest.mark.parametrize("implicit", [False, True])
def test_each_sweep_of_deferred_correction_raises_the_order(implicit):
    assert [methods.sdc(["1/3", "2/3", 1], k, implicit).order for k in (1, 2, 3)] == [2, 3, 4]
    with pytest.raises(MethodError, match="ascend from above 0 to 1"):
        methods.sdc([0.5, 0.7], 2)


def test_families_with_parameters_have_their_order_for_symbols_and_numbers():
    assert [methods[f"explicit_order_{p}(0.37)" if p == 2 else f"explicit_order_{p}(0.37, 0.65)"].order for p in (2, 3, 4)] == [
        2,
        3,
        4,
    ]
    assert [methods.explicit_order_2().order, methods.explicit_order_3().order, methods.explicit_order_4().order] == [2, 3, 4]
    assert methods.explicit_order_4("1/3", "2/3") == methods["rk38"]
    with pytest.raises(MethodError, match="denominator is 0"):
        methods.explicit_order_3("2/3", "1/2")


def test_explicit_and_effectively_symmetric_methods_are_symmetric_to_order_five():
    assert imde.series.symmetric_order(imde.method_series("ees25(1/10)", 7)) == 5
    assert methods.ees25().order == 2


@rows("name", ["rk4", "gauss2", "lobatto_iiia_3", "radau_iia_2"])
def test_a_method_and_its_partner_are_a_symplectic_pair(name):
    m = methods[name]
    pair = imde.PartitionedTableau([m, methods.symplectic_partner(m)])
    assert pair.is_symplectic
    with pytest.raises(MethodError, match="weight 0"):
        methods.symplectic_partner("explicit_midpoint")


@rows(
    "name, expected",
    [
        ("gauss(7)", "gauss_7"),
        ("Gauss 6", "gauss_6"),
        ("gauss(3)", "gauss3"),
        ("ssprk(10,4)", "ssprk104"),
        ("ssprk(9, 3)", "ssprk_9_3"),
        ("rkc(8)", "rkc_8_2"),
        ("rkc(5, 2, 1/10)", "rkc_5_2"),
        ("Lobatto IIIC* (5)", "lobatto_iiic_star_5"),
        ("lobatto_iiia_6", "lobatto_iiia_6"),
    ],
)
def test_names_with_a_size_are_read_wherever_methods_are(name, expected):
    assert methods[name].name.replace("93", "_9_3") == expected
    assert name in methods
    assert imde.method_series(name, 2)["[[]]"] == Fraction(1, 2)


@rows(
    "name, error, message",
    [
        ("gauss(0)", MethodError, "from 1 to 30, got 0"),
        ("gauss(x)", MethodError, "from 1 to 30, got 'x'"),
        ("gauss(1,2)", MethodError, r"has 2 argument\(s\); accepted: gauss\(s"),
        ("ssprk(7)", MethodError, r"has 1 argument\(s\)"),
        ("gauss", UnknownNameError, r"any size, such as gauss\(7\)"),
        ("gauss(__import__('os'))", UnknownNameError, "unknown method"),
        ("gaus(7)", UnknownNameError, "nearest: gauss"),
    ],
)
def test_names_with_a_size_that_is_none_are_refused(name, error, message):
    with pytest.raises(error, match=message):
        methods[name]


def test_the_traces_of_nodes_are_sums_of_powers():
    nodes = sizes.gauss(7)._nodes
    roots = [float(c) for c in methods.gauss(7).c]
    for k, trace in enumerate(nodes.traces(12)):
        assert float(trace) == pytest.approx(sum(r**k for r in roots))
    ell = [[float(x) for x in row] for row in nodes.lagrange]
    for (i, x), (j, z) in product(enumerate(roots), repeat=2):
        value = sum(y * x**m * z**k for m, row in enumerate(ell) for k, y in enumerate(row))
        assert value == pytest.approx(float(i == j), abs=1e-7)
