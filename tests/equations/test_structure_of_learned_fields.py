"""The structure of learned fields as one report; modified Lagrangians; an error in released code that all this would show."""

from __future__ import annotations

import json

import pytest
import sympy

from imde_sym import (
    ImdeError,
    NoHamiltonianError,
    VectorField,
    inverse_modified_equation,
    methods,
    modified_equation,
    modified_lagrangian,
    structure_report,
    systems,
)
from imde_sym.method import PartitionedTableau
from tests.rows import rows

q, p, v = sympy.symbols("q p v")
V = sympy.Function("V")(q)
VERLET = PartitionedTableau([methods["trapezoid"], methods["lobatto_iiib_2"]])


# -- reports ------------------------------------------------------------------------------------------
def test_a_symplectic_method_learns_a_hamiltonian_and_a_report_says_so():
    report = structure_report((systems["kepler"], methods["implicit_midpoint"], 3))
    text, data = str(report), json.loads(json.dumps(report.to_dict()))
    assert "Hamiltonian: H_h = p1**2/2" in text and "invariant angular_momentum: holds up to h^2" in text
    assert "volume: kept up to h^2" in text and "reversibility: holds up to h^2" in text
    assert data["invariants"]["angular_momentum"]["holds"] and not data["invariants"]["energy"]["holds"]
    found = data["reversible"]
    assert len(data["hamiltonian"]) == 3 and (found["holds"], found["first_failure"]) == (True, None)


def test_another_method_learns_none_and_the_report_names_the_obstruction():
    report = structure_report((systems["pendulum"], methods["explicit_midpoint"], 4), invariants=["p**2"])
    assert isinstance(report.hamiltonian, NoHamiltonianError)
    assert "Hamiltonian: none: the first obstruction under Explicit midpoint rule is at h^2" in str(report)
    assert "invariant p**2: fails first at h^0" in str(report)
    assert report.to_dict()["obstruction"]["power"] == 2
    assert report.volume.first_change == 2 and report.reversible.first_failure == 3


def test_a_field_without_structure_still_gets_answers():
    report = structure_report((systems["lorenz"], methods["rk4"], 5))
    assert report.reversible is None and "no Hamiltonian of lorenz is known" in str(report)
    assert report.volume.term(0) == sympy.Rational(-41, 3) and report.volume.first_change == 4
    with pytest.raises(ImdeError, match="unknown symbol 'w'"):
        structure_report((systems["lorenz"], methods["rk4"], 2), invariants=["x + w"])


# -- Lagrangians --------------------------------------------------------------------------------------
POINTS = [("2/3", "-3/5", "1/7", "4/9"), ("-5/4", "1/3", "2", "-1/2")]


def on_shell_defects(L, order):
    """d/dt ∂L/∂v - ∂L/∂q along the modified field, v = ∂H/∂p put in, at some points: the powers of h below `order`."""
    h, H = sympy.Symbol("h"), L.hamiltonian
    F = H.equation.as_expr()
    place = dict(zip(L.velocities, [sympy.diff(H.as_expr(), s) for s in H.field.structure.p]))
    defects = []
    for a, b in zip(L.positions, L.velocities):
        slopes = {s: sympy.diff(L.as_expr(), b, s) for s in L.variables}
        moves = dict(zip(H.variables, F))
        rate = sum(slopes[c] * moves[c] for c in L.positions)
        rate += sum(slopes[w] * sum(sympy.diff(place[w], c) * moves[c] for c in H.variables) for w in L.velocities)
        total = (rate - sympy.diff(L.as_expr(), a)).xreplace(place)
        for point in POINTS:
            at = dict(zip(H.variables, map(sympy.Rational, point)))
            polynomial = sympy.Poly(total.xreplace(at), h)
            defects += [polynomial.coeff_monomial(h**k) for k in range(order)]
    return defects


@pytest.mark.parametrize("direction", ["forward", "inverse"])
@pytest.mark.parametrize("method", [methods["implicit_midpoint"], VERLET, methods["gauss2"]], ids=lambda m: m.title[:6])
def test_the_euler_lagrange_equation_of_a_modified_lagrangian_is_the_modified_field(method, direction):
    f = VectorField.hamiltonian(p**2 / 4 + q * p + q**4 / 4, q=[q], p=[p])
    L = modified_lagrangian(f, method, 5, direction)
    assert on_shell_defects(L, 5) == [0] * 10


def test_a_wrong_lagrangian_fails_that_test():
    f = VectorField.hamiltonian(p**2 / 4 + q * p + q**4 / 4, q=[q], p=[p])
    L = modified_lagrangian(f, methods["implicit_midpoint"], 4)
    wrong = type(L)(L.hamiltonian, L.velocities, [*L.terms[:2], 2 * L.terms[2], L.terms[3]])
    assert any(on_shell_defects(wrong, 3)) and not any(on_shell_defects(wrong, 2))


def test_the_lagrangian_of_two_coupled_degrees_of_freedom():
    L = modified_lagrangian(systems["henon_heiles"], methods["implicit_midpoint"], 3)
    assert L.velocities == (sympy.Symbol("v1"), sympy.Symbol("v2"))
    assert on_shell_defects(L, 3) == [0] * 12
    assert sympy.diff(L.term(2), *L.velocities) != 0  # no longer a sum of kinetic and potential energy


def test_the_midpoint_rule_has_a_formula_for_every_potential():
    f = VectorField.hamiltonian(p**2 / 2 + V, q=[q], p=[p])
    L = modified_lagrangian(f, methods["implicit_midpoint"], 5)
    # L_2 = -H_2 at p = v, because ∂L/∂h = -∂H/∂h at fixed (q, v) and (q, p)
    assert L.term(2) == v**2 * V.diff(q, 2) / 24 + V.diff(q) ** 2 / 24
    # L_4 by hand: -H_4(q, v) + (∂H_2/∂p)²/2
    H = L.hamiltonian
    expected = (-H.term(4) + sympy.diff(H.term(2), p) ** 2 / 2).subs(p, v)
    assert sympy.expand(L.term(4) - expected) == 0
    assert "Lagrangian" in repr(L) and str(L).startswith("L_h = v**2/2 - V(q)")


def test_a_lagrangian_system_has_a_modified_lagrangian_in_its_own_velocities():
    q1, q2, v1, v2 = sympy.symbols("q1 q2 v1 v2")
    f = VectorField.lagrangian(v1**2 + v1 * v2 + v2**2 - q1**4 + q1 * q2**2, [q1, q2], [v1, v2])
    L = modified_lagrangian(f, methods["implicit_midpoint"], 4)
    assert L.velocities == (v1, v2) and on_shell_defects(L, 4) == [0] * 16
    # p = Mv turns the modified field in (q, v) into that of the Hamiltonian
    mass, F, G = sympy.Matrix([[2, 1], [1, 2]]), modified_equation(f, methods["implicit_midpoint"], 4), L.hamiltonian.equation
    momenta = dict(zip(G.variables[2:], mass * sympy.Matrix([v1, v2])))
    for k in range(4):
        own, other = F.term(k), G.term(k).subs(momenta, simultaneous=True)
        assert sympy.expand(sympy.Matrix([*own[:2], *(mass * sympy.Matrix(own[2:]))]) - other) == sympy.zeros(4, 1)


BAD = {
    "mass that moves": (
        lambda: modified_lagrangian(VectorField.lagrangian((1 + q**2) * v**2, [q], [v]), methods["gauss2"], 3),
        "constant M",
    ),
    "magnetic term": (
        lambda: modified_lagrangian(VectorField.lagrangian(v**2 + q * v, [q], [v]), methods["gauss2"], 3),
        "constant M",
    ),
    "not canonical": (lambda: modified_lagrangian(systems["lotka_volterra"], methods["gauss2"], 3), "canonical"),
    "momenta by no formula": (
        lambda: modified_lagrangian(VectorField.hamiltonian(p**4 + q, q=[q], p=[p]), methods["gauss2"], 3),
        "by no formula",
    ),
    "singular": (
        lambda: modified_lagrangian(
            VectorField.hamiltonian(p**2 + q * v, q=[q, sympy.Symbol("r")], p=[p, v]), methods["gauss2"], 3
        ),
        "no inverse",
    ),
    "not symplectic": (lambda: modified_lagrangian(systems["pendulum"], methods["explicit_euler"], 3), "obstruction"),
    "velocity that is taken": (
        lambda: modified_lagrangian(systems["pendulum"], methods["gauss2"], 3, velocities=[p]),
        "new symbols",
    ),
}


@rows("name", BAD)
def test_fields_without_a_lagrangian_are_refused(name):
    call, culprit = BAD[name]
    with pytest.raises(ImdeError, match=culprit):
        call()


def test_a_report_has_no_line_that_runs_out_of_sight():
    report = structure_report((systems["kepler"], methods["stoermer_verlet"], 4))
    lines = str(report).splitlines()
    assert len(lines) > 8 and max(map(len, lines)) <= 120
    assert "".join(str(report.hamiltonian).split()) in "".join("".join(lines).split())  # wrapped, not cut


# -- a published error --------------------------------------------------------------------------------
def test_the_slip_in_the_released_lorenz_code_changes_the_learned_field():
    # docs/theory.md, section 8: in f'f''(f,f), third component, f_2 stands where f''(f,f)_2 belongs. The h³ term of the
    # explicit midpoint rule contains -f'f''(f,f)/16 (docs/theory.md, section 7), so the right formula matters
    f = systems["lorenz"]
    variables, F = f.variables, sympy.Matrix(f.components)
    J = F.jacobian(variables)
    second = sympy.Matrix([(F.T * sympy.hessian(c, variables) * F)[0] for c in f.components])
    right = J * second
    slip = right.copy()
    slip[2] = J[2, 0] * second[0] + J[2, 1] * F[1] + J[2, 2] * second[2]
    at = dict(zip(variables, map(sympy.Rational, ("7/10", "-13/10", "21/10"))))
    assert right.subs(at)[2] == sympy.Rational("1890.25333").limit_denominator(1500) and slip.subs(at)[2] != right.subs(at)[2]
    term = inverse_modified_equation(f, methods["explicit_midpoint"], 4).term(3)
    rest = -J * J * J * F / 8
    assert (term - (rest - right / 16)).expand().is_zero_matrix
    assert not (term - (rest - slip / 16)).expand().is_zero_matrix


def test_learned_and_modified_structure_have_opposite_signs_at_the_leading_power():
    # an order-p method has inverse = -forward for 2 <= |t| <= 2p (docs/theory.md, section 6)
    f = systems["pendulum"]
    a = inverse_modified_equation(f, methods["explicit_midpoint"], 4)
    b = modified_equation(f, methods["explicit_midpoint"], 4)
    first, second = structure_report(a), structure_report(b)
    for k in (2, 3):
        assert first.volume.term(k) == -second.volume.term(k)
        assert first.invariants["energy"].term(k) == -second.invariants["energy"].term(k)
