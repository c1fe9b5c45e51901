"""Methods of Irksome and NodePy by name and as objects, symmetric parts, intervals but for rounding, what makes symplectic."""

import types

import numpy as np
import pytest

import imde_sym as imde
from imde_sym.base.errors import FieldError, MethodError
from imde_sym.series import conjugate, conjugate_symplectic_order, conjugate_to_symplectic, symplectic_order
from tests.rows import rows, sampled

methods = imde.methods


@rows(
    "text, name",
    [
        ("GaussLegendre(3)", "gauss3"),
        ("RadauIIA(2)", "radau_iia_2"),
        ("LobattoIIIC(3)", "lobatto_iiic_3"),
        ("Alexander()", "sdirk3"),
        ("QinZhang()", "qin_zhang2"),
        ("BackwardEuler()", "implicit_euler"),
        ("PareschiRusso(1/4)", "qin_zhang2"),
        ("WSODIRK(4, 3, 3)", "wso_dirk433"),
        ("PEPRK(4, 2, 5)", "pep425"),
        ("ARS_DIRK_IMEX(2, 2, 2)", "ars222"),
        ("SSPK_DIRK_IMEX(3, 3, 3, 2)", "imex_ssp3_332"),
        ("BDF(3)", "bdf3"),
        ("Lambert65", "lawson5"),
    ],
)
def test_names_of_other_packages_lead_to_our_methods(text, name):
    assert methods[text] == methods[name]


def irksome(name, **arrays):
    """An object as Irksome makes it: Irksome needs Firedrake, which is not installed here."""
    kind = types.new_class(name, exec_body=lambda body: body.update(__module__="irksome.tableaux.ButcherTableaux"))
    found = kind()
    for key, value in arrays.items():
        setattr(found, key, value)
    return found


def test_objects_of_irksome_are_read():
    assert imde.method_series(irksome("GaussLegendre", num_stages=3), 3) == imde.method_series("gauss3", 3)
    alexander = methods["sdirk3"]
    A, b = np.array([[float(x) for x in row] for row in alexander.A]), np.array([float(x) for x in alexander.b])
    assert imde.compose_methods(irksome("Alexander", A=A, b=b), "rk4") == imde.compose_methods("sdirk3", "rk4")
    bdf = irksome("BDF", a=np.array([1 / 3, -4 / 3, 1.0]), b=np.array([0.0, 0.0, 2 / 3]))
    assert imde.inverse_modified_series(bdf, 2)["[[]]"] == pytest.approx(0)
    pair = irksome("ARS", A=[[0, 0], [0, 1]], b=[0, 1], A_hat=[[0, 0], [1, 0]], b_hat=[1, 0])
    assert imde.method_series(pair, 2) == imde.method_series(
        imde.PartitionedTableau([([[0, 0], [1, 0]], [1, 0]), ([[0, 0], [0, 1]], [0, 1])]), 2
    )
    with pytest.raises(MethodError, match="is a class"):
        imde.method_series(type(irksome("GaussLegendre")), 3)


def test_the_energy_preserving_order_of_a_method_that_is_made_for_it():
    assert imde.series.energy_preserving_order(imde.method_series("pep425", 7)) == 5


def test_kahan_keeps_no_energy_but_is_conjugate_to_a_symplectic_method_on_quadratic_fields():
    # Celledoni, McLachlan, Owren, Quispel 2013: a modified energy is conserved; as a Runge-Kutta method it is linearly implicit
    kahan = methods["kahan"]
    assert kahan.is_symmetric
    assert not kahan.is_symplectic
    f = imde.VectorField.parse("x' = y; y' = x**2 - x")
    x = imde.integrate(kahan, f, [0.1, 0.2], 0.1, 1)[1]
    # its definition: (x1 - x0)/h = symmetrised bilinear form: q = (f(x0), f(x1)) polarised
    x0 = np.array([0.1, 0.2])

    def g(z):
        return np.array([z[1], z[0] ** 2 - z[0]])

    polarised = 2 * g((x + x0) / 2) - g(x) / 2 - g(x0) / 2
    assert np.allclose((x - x0) / 0.1, polarised, atol=1e-10)


@rows("name", [n for n in methods if methods.entry(n).get("family") == imde.PartitionedTableau.family])
def test_the_symmetric_flag_of_partitioned_tableaux_agrees_with_the_tags(name):
    assert methods[name].is_symmetric == ("symmetric" in methods[name].tags)


def test_rounding_of_published_decimals_ends_no_imaginary_interval():
    # the exact low-storage method of order 3 with 4 stages has R of rk4: 2√2
    assert float(methods["kennedy_carpenter_lewis43_2"].imaginary_stability_interval) == pytest.approx(8**0.5)
    nearly = imde.ButcherTableau(methods["rk4"].A, ["1667/10000", "1/3", "1/3", "4999/30000"])
    assert nearly.imaginary_stability_interval == 0
    assert "but for rounding" not in str(nearly.describe())
    with pytest.raises(MethodError, match="tolerance"):
        nearly.imaginary_stability_within(-1)


@pytest.mark.slow
@rows("name", sampled((n for n in methods if "A" in methods.entry(n) and "family" not in methods.entry(n)), "linear orders"))
def test_the_stability_function_has_the_order_of_the_method_at_least(name):
    assert methods[name].stability.order >= methods[name].order


@pytest.mark.parametrize(("name", "order"), [("trapezoid", 6), ("kahan", 4), ("average_vector_field", 4), ("rk4", 4)])
def test_the_change_of_coordinates_makes_a_method_symplectic_as_far_as_any_does(name, order):
    a = imde.method_series(name, 6)
    assert conjugate_symplectic_order(a) == order
    assert symplectic_order(conjugate(a, conjugate_to_symplectic(a))) == order


def test_the_commutator_of_fields_is_that_of_their_flows():
    f, g = imde.VectorField.parse("q' = p; p' = 0"), imde.VectorField.parse("q' = 0; p' = -sin(q)")
    assert f.lie_bracket(g).components == tuple(-c for c in g.lie_bracket(f).components)
    with pytest.raises(FieldError, match="same"):
        f.lie_bracket("x' = -x")


def test_the_symbol_of_the_step_in_latex_is_chosen():
    assert r"\tau^{2}" in imde.exact_series(3).latex(step="tau")
    assert imde.exact_series(2).latex(step="dt") == imde.exact_series(2).latex().replace("h", "dt").replace(
        r"\matdtcal", r"\mathcal"
    )


def test_a_number_without_brackets_is_the_size_of_families_of_one_argument_only():
    assert "gauss 7" in methods
    assert "ssprk83" not in methods
