"""Wherever a method, a field or a symbol is taken, what stands for it will do: every form gives what the objects give."""

import json

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym import ImdeError, methods, systems
from imde_sym.base.errors import ArgumentError, FieldError, MethodError, UnknownNameError
from tests.rows import rows

PENDULUM, RK4, EULER, MIDPOINT = systems["pendulum"], methods["rk4"], methods["explicit_euler"], methods["implicit_midpoint"]
INVERSE = imde.inverse_modified_equation(PENDULUM, MIDPOINT, 5)
FORWARD = imde.modified_equation(PENDULUM, MIDPOINT, 5)

PAIRS = {
    "modified_equation": lambda f, m: imde.modified_equation(f, m, 4),
    "inverse_modified_equation": lambda f, m: imde.inverse_modified_equation(f, m, 4),
    "method_series": lambda f, m: imde.method_series(m, 5),
    "modified_series": lambda f, m: imde.modified_series(m, 5),
    "inverse_modified_series": lambda f, m: imde.inverse_modified_series(m, 5),
    "predict": lambda f, m: imde.predict(f, m, 0.02, samples=64).table(),
    "bound": lambda f, m: imde.bound(f, m, 0.002, order=4).table(),
    "linear_radius": lambda f, m: imde.linear_radius(m),
    "structure_report": lambda f, m: str(imde.structure_report(f, m, 4)),
    "structure_report, forward": lambda f, m: str(imde.structure_report(f, m, 4, direction="forward")),
    "conserved": lambda f, m: repr(imde.conserved(f, m, 4, "energy")),
    "modified_invariant": lambda f, m: imde.modified_invariant(f, m, 4, "energy"),
    "audit": lambda f, m: str(imde.audit("p; q", f, m, order=3, trajectory=False)),
    "divergence": lambda f, m: repr(imde.divergence(f, m, 4, direction="forward")),
    "reversibility": lambda f, m: repr(imde.reversibility(f, m, 4)),
    "linearisation": lambda f, m: repr(imde.linearisation(f, m, 4)),
    "modified_hamiltonian": lambda f, m: imde.modified_hamiltonian(f, m, 3).terms,
    "inverse_modified_hamiltonian": lambda f, m: imde.inverse_modified_hamiltonian(f, m, 3).terms,
    "compose_methods": lambda f, m: imde.compose_methods(m, m),
    "substeps": lambda f, m: imde.substeps(m, 2),
    "adjoint_method": lambda f, m: imde.adjoint_method(m),
    "extrapolate": lambda f, m: imde.extrapolate(m, [1, 2]),
    "Adjoint": lambda f, m: imde.Adjoint(m),
    "Composition": lambda f, m: imde.Composition([m, m], ["1/2", "1/2"]),
    "PartitionedTableau": lambda f, m: imde.PartitionedTableau([m, m]),
    "evaluate": lambda f, m: imde.evaluate(imde.exact_series(3), f),
    "compare": lambda f, m: str(imde.compare([m])),
    "cite": lambda f, m: imde.cite(m),
}


@pytest.mark.parametrize("name", PAIRS)
def test_names_do_what_the_objects_do(name):
    ask = PAIRS[name]
    m, words = (MIDPOINT, "Implicit Midpoint") if "hamiltonian" in name else (RK4, "Runge-Kutta 4")
    assert ask("pendulum", words) == ask(PENDULUM, m)


TABLEAU = "0 |\n1/2 | 1/2\n--\n | 0 1"
FORMS = {
    "name": "explicit midpoint",
    "text": TABLEAU,
    "pair": ([[0, 0], ["1/2", 0]], [0, 1]),
    "triple": ([[0, 0], ["1/2", 0]], [0, 1], [0, "1/2"]),
    "array": np.array([[0, 0, 0], [0.5, 0.5, 0], [0, 0, 1]]),
    "mapping": {"A": [[0, 0], ["1/2", 0]], "b": [0, 1]},
    "JSON": methods["explicit_midpoint"].to_json(),
}


@rows("form", FORMS)
def test_a_tableau_in_any_form_is_a_method(form):
    assert imde.method_series(FORMS[form], 4).coefficients == imde.method_series(methods["explicit_midpoint"], 4).coefficients


def test_text_and_sympys_equations_are_fields():
    x = sympy.Function("x")(sympy.Symbol("t"))
    want = imde.modified_equation(imde.VectorField("x' = -x^2"), "rk4", 5)
    assert imde.modified_equation("x' = -x^2", "rk4", 5) == want
    assert imde.modified_equation({"x": "-x^2"}, "rk4", 5) == want
    assert imde.modified_equation(sympy.Eq(x.diff(), -(x**2)), "rk4", 5) == want


def test_every_solver_of_a_library_stands_for_its_method():
    si = pytest.importorskip("scipy.integrate")
    assert imde.method_series(si.RK45, 5) == imde.method_series("dopri5", 5)
    assert imde.method_series(si.RK23(lambda t, y: -y, 0, [1.0], 1), 4) == imde.method_series("bogacki_shampine", 4)
    older = si.ode(lambda t, y: -y).set_integrator("dopri5")
    assert imde.method_series(older, 5) == imde.method_series("dopri5", 5)
    with pytest.raises(ImdeError, match="BDF of scipy"):
        imde.method_series(si.BDF, 3)


def test_solvers_of_diffrax_outside_runge_kutta_have_their_equivalents():
    diffrax = pytest.importorskip("diffrax")
    assert imde.linear_radius(diffrax.Tsit5()) == imde.linear_radius("tsit5")
    assert imde.modified_equation("x' = -x", diffrax.LeapfrogMidpoint(), 3) == imde.modified_equation("x' = -x", "nystroem_2", 3)
    # one step of diffrax: the first of the pair, then the second with the new first
    F = imde.modified_equation(PENDULUM, diffrax.SemiImplicitEuler, 2, [["q"], ["p"]])
    q, p, h = 1.0, 0.5, 1e-3
    stepped = np.array([p - 10 * h * np.sin(q + h * p), q + h * p])
    f, g = (np.array(F.term(k).subs({"p": p, "q": q}), float).ravel() for k in (0, 1))
    Df = np.array(F.term(0).jacobian(F.variables).subs({"p": p, "q": q}), float)
    assert np.allclose(stepped, np.array([p, q]) + h * f + h**2 * (g + Df @ f / 2), atol=2e-8)


def test_classes_built_like_scipys_are_read_and_nystrom_methods_are_not_misread():
    solver = pytest.importorskip("scipy.integrate").OdeSolver

    class Kutta3(solver):
        A = np.array([[0, 0, 0], [0.5, 0, 0], [-1, 2, 0]])
        B, C, E = np.array([1 / 6, 2 / 3, 1 / 6]), np.array([0, 0.5, 1]), np.zeros(4)

    assert imde.ButcherTableau.from_scipy(Kutta3).stages == 3
    assert imde.method_series(Kutta3, 4) == imde.method_series("kutta3", 4)

    class Verlet(solver):
        A, B, C = np.array([[0, 0], [0.5, 0]]), np.array([0.5, 0]), np.array([0, 1.0])
        Ap, Bp = np.array([[0, 0], [0.5, 0.5]]), np.array([0.5, 0.5])

    found = imde.modified_equation("q'' = -sin(q)", Verlet, 3)
    assert np.allclose(
        np.array(
            (found.as_expr(0.1) - imde.modified_equation("q'' = -sin(q)", "nystrom_verlet", 3).as_expr(0.1)).subs(
                {"q": 1, "v": 2}
            ),
            float,
        ),
        0,
    )
    with pytest.raises(MethodError, match="Nyström"):
        imde.ButcherTableau.from_scipy(Verlet)
    with pytest.raises(MethodError, match="row sums"):
        imde.method_series(type("Odd", (Kutta3,), {"C": np.array([0, 0.7, 1])}), 3)


def test_multistep_methods_of_nodepy_are_methods():
    multistep = pytest.importorskip("nodepy.linear_multistep_method")
    found = imde.inverse_modified_equation("x' = -x^2", multistep.Adams_Bashforth(3), 4)
    want = imde.inverse_modified_equation("x' = -x^2", "ab3", 4)
    assert found.as_expr() == want.as_expr()


@pytest.mark.parametrize(
    "given", [INVERSE, (PENDULUM, MIDPOINT, 5), ("pendulum", "implicit midpoint", 5)], ids=["F", "triple", "names"]
)
def test_the_invariant_may_stand_first_or_second(given):
    orders = [imde.conserved(given, "energy"), imde.conserved("energy", given), imde.conserved(invariant="energy", F=given)]
    assert len({json.dumps(found.answers) for found in orders}) == 1


def test_a_question_is_asked_of_the_equation_or_of_its_parts():
    assert str(imde.structure_report(FORWARD)) == str(imde.structure_report(PENDULUM, MIDPOINT, 5, direction="forward"))
    assert imde.inverse_modified_hamiltonian(INVERSE) == imde.inverse_modified_hamiltonian(PENDULUM, MIDPOINT, 5)
    parted = imde.structure_report("pendulum", "symplectic_euler", 3, parts=[["q"], ["p"]])
    assert str(parted) == str(
        imde.structure_report(imde.inverse_modified_equation(PENDULUM, "symplectic_euler", 3, [["q"], ["p"]]))
    )


REFUSED = {
    "direction of an equation": (lambda: imde.structure_report(INVERSE, direction="forward"), "direction"),
    "an unknown direction": (lambda: imde.structure_report("pendulum", "rk4", 3, direction="backwards"), "forward"),
    "no order": (lambda: imde.divergence("pendulum", "rk4"), "order is missing"),
    "the other Hamiltonian": (lambda: imde.modified_hamiltonian(INVERSE), "inverse_modified_hamiltonian takes it"),
    "an unknown system": (lambda: imde.predict("pendulm", "rk4", 0.1), "pendulum"),
    "a word that is no equation": (lambda: imde.modified_equation("x", "rk4", 3), "x' = y"),
    "an unknown method": (lambda: imde.modified_equation("pendulum", "rk4x", 3), "rk4"),
    "a number of a family": (lambda: methods["Adams-Bashforth 9"], "Adams-Bashforth has the numbers 1, 2, 3, 4, 5, 6"),
    "a number that no family has": (lambda: methods["bdf(-2)"], "unknown method 'bdf\\(-2\\)'"),
    "a field before the method": (lambda: imde.integrate("x' = -x", "rk4", [1.0], 0.1, 3), "is an equation and not a method"),
    "a number as a method": (lambda: imde.linear_radius(4), "4 is not a method"),
    "a component": (lambda: INVERSE["x"], "unknown variable 'x'"),
    "a place": (lambda: INVERSE[2], "variables are p, q"),
}


@rows("name", REFUSED)
def test_what_is_refused_says_what_is_accepted(name):
    ask, hint = REFUSED[name]
    with pytest.raises(ImdeError, match=hint):
        ask()


@rows(
    "ask, nearest",
    [
        (lambda: imde.method_series("rk4", ordr=3), "order"),
        (lambda: imde.predict("pendulum", "euler", 0.02, domian=[]), "domain"),
        (lambda: imde.modified_equation("pendulum", "rk4", 3, prts=[]), "parts"),
        (lambda: imde.check(INVERSE, step=[0.1]), "steps"),
        (lambda: imde.structure_report(INVERSE, invariant=["energy"]), "invariants"),
    ],
)
def test_an_unknown_keyword_names_the_nearest(ask, nearest):
    with pytest.raises(ArgumentError, match=f"nearest: {nearest}") as caught:
        ask()
    assert isinstance(caught.value, TypeError)


def test_components_are_asked_for_by_name_symbol_or_place():
    p = INVERSE.variables[0]
    assert INVERSE["p"] == INVERSE[p] == INVERSE[0] == INVERSE.as_expr()[0]
    with pytest.raises(TypeError):
        iter(INVERSE)


KNOWN = {
    "SSP33": "ssprk33", "SSPRK(3,3)": "ssprk33", "RK45": "dormand_prince5", "Runge-Kutta 4": "rk4", "Gauss-Legendre 2": "gauss2",
    "Newmark": "newmark", "leapfrog": "stoermer_verlet", "euler": "explicit_euler", "Crank-Nicolson": "trapezoid", "RK 4": "rk4",
    "forward Euler": "explicit_euler", "velocity Verlet": "stoermer_verlet", "BDF-2": "bdf2", "AB2": "adams_bashforth_2",
}  # fmt: skip


@rows("words", KNOWN)
def test_recognised_names(words):
    assert methods[words] == methods[KNOWN[words]] and words in methods


def test_catalogues_are_searched_and_completed():
    assert "gauss3" in methods.search("gauss") and methods.search("verner", order=6, explicit=True)
    assert "duffing" in systems.search("oscillator")
    for catalogue in (methods, systems):
        assert {*catalogue} <= {*catalogue._ipython_key_completions_()}
    with pytest.raises(UnknownNameError, match="search criterion"):
        systems.search(order=3)


def test_newmark_is_the_average_acceleration_method():
    # omega_h² = w² - h² w⁴/6 for q'' = -w² q (Hughes, The Finite Element Method, sect. 9.1: 2/h atan(h w/2))
    F = imde.modified_equation(imde.VectorField("u'' = -w^2*u", parameters=["w"]), "newmark", 3)
    h, w = sympy.symbols("h w")
    determinant = sympy.expand(sympy.Matrix(F.as_expr()).jacobian(F.variables).det())
    assert sympy.expand(sympy.series(determinant, h, 0, 3).removeO() - (w**2 - h**2 * w**4 / 6)) == 0


def test_a_torch_model_with_a_bare_rk4_is_told_everywhere():
    torch = pytest.importorskip("torch")
    with pytest.warns(UserWarning, match="3/8 rule"):
        imde.modified_equation(torch.nn.Linear(2, 2), "rk4", 3)


def test_a_field_by_name_with_a_time_that_is_refused():
    with pytest.raises(ImdeError):
        imde.modified_equation("pendulum", "rk4", 3, time=True)
    with pytest.raises(FieldError):
        imde.divergence(3, "rk4", 3)
