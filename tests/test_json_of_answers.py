"""Answers about modified fields as JSON and pickles: there and back, and data that do not fit refused."""

import copy
import json
import pickle
from functools import cache

import pytest
import sympy

import imde_sym as imde
from imde_sym import from_json, methods, systems
from imde_sym.base.errors import ImdeError

q, p = sympy.symbols("q p", real=True)
BODY = ("rigid_body", "rk4", 5)


@cache
def pendulum():
    return imde.inverse_modified_equation("pendulum", "explicit_midpoint", 4)


def own():
    return imde.VectorField.hamiltonian(p**2 / 2 + sympy.Function("V")(q), q=[q], p=[p])


ANSWERS = {
    "tree": lambda: imde.RootedTree("[[],[1[]]]"),
    "hamiltonian": lambda: imde.inverse_modified_hamiltonian(own(), methods["implicit_midpoint"], 4),
    "split hamiltonian": lambda: imde.modified_hamiltonian(systems["kepler"], methods["stoermer_verlet"], 3),
    "lagrangian": lambda: imde.modified_lagrangian(own(), methods["implicit_midpoint"], 4),
    "conservation": lambda: imde.conserved("energy", pendulum()),
    "shorter conservation": lambda: imde.conserved("y1**2 + y2", BODY).truncate(3),
    "divergence": lambda: imde.divergence(pendulum()),
    "reversibility": lambda: imde.reversibility(pendulum()),
    "linearisation": lambda: imde.linearisation(pendulum(), at={"q": sympy.pi, "p": 0}),
    "report": lambda: imde.structure_report(BODY, invariants=["y1*y2"]),
    "report with floats": lambda: imde.structure_report(
        (imde.VectorField.hamiltonian(p**2 / 2 + 0.3 * q**4, [q], [p]), methods["gauss2"], 3)
    ),
    "prediction": lambda: imde.predict(
        systems["pendulum"], methods["heun2"], [0.1, 0.2], [1, 2], order=4, samples=20, target=1e-2
    ),
    "split prediction": lambda: imde.predict(systems["pendulum"], methods["symplectic_euler"], 0.1, order=4, samples=20),
    "rigorous prediction": lambda: imde.predict("pendulum", "heun2", 0.1, order=3, samples=20, rigorous=True),
    "bound": lambda: imde.bound("pendulum", "heun2", 0.001, order=3, loss=1e-3),
    "forward bound": lambda: imde.bound("pendulum", "symplectic_euler", 0.001, order=3, direction="forward"),
    "check": lambda: imde.check(pendulum()),
    "audit": lambda: imde.audit(["p", "q"], "pendulum", "heun2", trajectory=False),
    "modified invariant": lambda: imde.modified_invariant("pendulum", "rk4", 5, "energy"),
}


@cache
def answer(name):
    return ANSWERS[name]()


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_comes_back(name):
    value = answer(name)
    for again in (from_json(value.to_json()), pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
        assert again == value and type(again) is type(value) and hash(again) == hash(value)
        assert str(again) == str(value) and again.to_dict() == value.to_dict()


NEEDED = {
    "hamiltonian": ["direction", "field", "method", "terms"],
    "lagrangian": ["hamiltonian", "velocities"],
    "conservation": ["equation", "invariant", "name"],
    "divergence": ["equation"],
    "reversibility": ["equation", "rho"],
    "linearisation": ["equation", "at"],
    "report": ["modified_field", "invariants"],
    "prediction": ["field", "learned_through", "tree_order", "domain", "samples", "rows"],
    "audit": ["title", "powers", "wrong", "equation"],
    "modified invariant": ["equation", "terms", "unsolved"],
    "bound": ["field", "learned_through", "direction", "tree_order", "h", "S", "domain", "given"],
    "check": ["title", "steps", "times", "errors", "observed", "expected"],
}


@pytest.mark.parametrize("name", NEEDED)
def test_data_that_lack_a_key_or_hold_another_type_are_refused(name):
    data = json.loads(answer(name).to_json())
    for key in NEEDED[name]:
        with pytest.raises(ImdeError):
            from_json(json.dumps({k: v for k, v in data.items() if k != key}))
        if key not in ("name", "title"):
            with pytest.raises(ImdeError):
                from_json(json.dumps(data | {key: {"__class__": "os.system"}}))


def test_code_in_an_answer_is_refused():
    data = json.loads(answer("hamiltonian").to_json())
    data["terms"][2] = "__import__('os').system('true')"
    with pytest.raises(ImdeError):
        from_json(json.dumps(data))


def test_equations_differ_if_only_the_method_or_the_direction_does():
    f = imde.VectorField.parse("x' = x")
    first = [
        build(f, methods[m], 1) for build in (imde.modified_equation, imde.inverse_modified_equation) for m in ("rk4", "heun2")
    ]
    assert len(set(first)) == 4


def test_a_live_function_equals_its_pickle():
    g = pendulum().lambdify()
    assert pickle.loads(pickle.dumps(g)) == g != pendulum().lambdify(h="1/10")
