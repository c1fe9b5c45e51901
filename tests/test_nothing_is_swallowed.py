"""Misspelt keywords and words are refused with the nearest name; shared values are read-only; JSON keeps what counts."""

import copy
import pickle

import pytest
import sympy

import imde_sym as imde
from imde_sym import VectorField
from imde_sym.base.errors import ImdeError
from imde_sym.equations import build_equation
from imde_sym.method import ButcherTableau, LinearMultistep, Nystrom, PartitionedTableau, Rosenbrock, Splitting, methods
from tests.rows import rows, sampled

q, p = sympy.symbols("q p")
H = p**2 / 2 - sympy.cos(q)


@rows(
    "call, nearest",
    [
        (lambda: ButcherTableau([[0]], [1], refrence="x"), "reference"),
        (lambda: PartitionedTableau([methods["rk4"]] * 2, tittle="x"), "title"),
        (lambda: Splitting([(0, 1)], notes="x"), "note"),
        (lambda: LinearMultistep([-1, 1], [1, 0], tag=["x"]), "tags"),
        (lambda: Rosenbrock([[0]], [["1/2"]], [1], sources="x"), "source"),
        (lambda: Nystrom([[0]], ["1/2"], [1], [0], dio="x"), "doi"),
        (lambda: imde.from_json('{"format": "imde_sym/tableau", "version": 1, "A": [[0]], "b": [1], "titel": "x"}'), "title"),
        (lambda: VectorField({q: p, p: -q}, tim=3), ""),
        (lambda: VectorField({q: p, p: -q}, invariant={}), "invariants"),
        (lambda: VectorField.parse("x' = -x", domains=[[0, 1]]), "domain"),
        (lambda: VectorField.hamiltonian(H, [q], [p], tme=3), ""),
        (lambda: VectorField.second_order({q: -q}, x_0=[1, 2]), "x0"),
        (lambda: VectorField.gradient(q**2, [q], nme="x"), ""),
    ],
)
def test_a_misspelt_keyword_is_refused_with_the_nearest_one(call, nearest):
    with pytest.raises(ImdeError, match=f"unknown keyword.*{nearest}"):
        call()


@rows("word", ["inv", "Forward", "backward", "", None, True])
def test_a_misspelt_direction_is_refused(word):
    f = VectorField.hamiltonian(H, q=[q], p=[p])
    for call in (
        lambda: build_equation(f, methods["rk4"], 2, word),
        lambda: imde.linear_radius(methods["rk4"], word),
        lambda: imde.modified_lagrangian(f, methods["stoermer_verlet"], 3, word),
    ):
        known = r"unknown direction.*inverse, forward" if isinstance(word, str) else r"direction must be text"
        with pytest.raises(ImdeError, match=known):
            call()


@rows("k", [True, False, -1, 3, 1.0, "1", None])
def test_what_is_no_count_is_no_power(k):
    f = VectorField.hamiltonian(H, q=[q], p=[p])
    for expansion in (imde.modified_equation(f, methods["rk4"], 3), imde.modified_hamiltonian(f, methods["gauss2"], 3)):
        with pytest.raises(ImdeError, match="does not exist"):
            expansion.term(k)


def test_catalogue_entries_are_read_only():
    m, f = methods["rk4"], imde.systems["lorenz"]
    symbol = next(iter(f.parameters))
    for change in (
        lambda: m.info.__setitem__("title", "changed"),
        lambda: m.info["tags"].append("x"),
        lambda: f.parameters.__setitem__(symbol, 99),
        lambda: f.info["x0"].clear(),
        lambda: f.info.update(x0=1),
        lambda: methods.entry("rk4")["A"].pop(),
    ):
        with pytest.raises(TypeError, match="read-only"):
            change()


@rows("name", sampled(imde.systems, "json of systems"))
def test_json_pickle_and_copy_of_a_system_keep_all_there_is(name):
    f = imde.systems[name]
    for again in (imde.from_json(f.to_json()), pickle.loads(pickle.dumps(f)), copy.deepcopy(f), copy.copy(f)):
        assert again == f and again.template == f.template and again.parameters == f.parameters
        assert again.info == f.info and again.name == f.name and again.reference == f.reference
        assert again.invariants == f.invariants and again.structure == f.structure and again.time == f.time


def test_json_of_a_system_keeps_its_start_point_and_its_parameters():
    F = imde.inverse_modified_equation(imde.systems["rigid_body"], methods["rk4"], 2)
    assert imde.check(imde.from_json(F.to_json())).passed
    f = imde.from_json(imde.systems["lorenz"].to_json())
    assert f.with_parameters(rho=10) == imde.systems["lorenz"].with_parameters(rho=10)


@rows("text", ["q' = 9/10/(z+6); z' = q", "p' = -(p-1)/(p-4368/1009)", "x' = 2*(x+1)/(x+3)", "x' = -(x+1)^(1/2)"])
def test_fields_read_from_text_are_equal_after_json(text):
    f = VectorField.parse(text)
    assert imde.from_json(f.to_json()) == f


def test_a_factor_that_sympy_left_outside_stays_there():
    x = sympy.Symbol("x")
    f = VectorField({x: sympy.factor(2 * x + 2) + 3 / (2 * x + 1)})
    assert imde.from_json(f.to_json()) == f


@rows("name", sampled(methods, "json"))
def test_every_method_of_the_catalogue_is_equal_after_json_and_pickle(name):
    m = methods[name]
    for again in (imde.from_json(m.to_json()), pickle.loads(pickle.dumps(m)), copy.deepcopy(m)):
        assert again == m and hash(again) == hash(m) and (again.name, again.info) == (m.name, m.info)
        assert getattr(again, "b_hat", None) == getattr(m, "b_hat", None)


def test_methods_that_behave_differently_are_not_equal():
    s = methods["strang"]
    assert s != s.with_inverse() and s.with_inverse() == imde.from_json(s.with_inverse().to_json())
    plain = ButcherTableau([[0]], [1])
    assert plain != ButcherTableau([[0]], [1], tags=["exact_decimal"]) and plain == ButcherTableau([[0]], [1], tags=["new"])


def test_information_is_plain_data():
    m = ButcherTableau([[0]], [1], note={"a": (1, sympy.Rational(1, 2))})
    assert m.info["note"] == {"a": [1, "1/2"]} and imde.from_json(m.to_json()).info == m.info
    with pytest.raises(ImdeError, match="accepted: text, numbers"):
        ButcherTableau([[0]], [1], note=object())
    with pytest.raises(ImdeError, match="x0 is a list of numbers"):
        VectorField({q: p, p: -q}, x0=["os.getcwd()", 1])


def test_a_torch_model_with_a_bare_rk4_is_told_of_the_two_meanings():
    torch = pytest.importorskip("torch")
    from imde_sym.method import as_method

    with pytest.warns(UserWarning, match="3/8 rule"):
        assert as_method("rk4", torch.nn.Linear(2, 2)) == methods["rk4"]
