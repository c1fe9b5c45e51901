"""Every system of the catalogue: its data, its invariants, its structure; the families of any size."""

from __future__ import annotations

import math

import pytest
import sympy

from imde_sym import inverse_modified_equation, methods, systems
from imde_sym.base.errors import FieldError
from imde_sym.expressions import parse_expression
from imde_sym.fields import fput, lorenz96, n_body, toda
from imde_sym.fields.structure import all_zero, check_poisson
from tests.rows import rows, sampled

ALL = list(systems)
ISSUE = [
    "double_pendulum", "duffing", "brusselator", "fitzhugh_nagumo", "robertson", "sir", "arenstorf", "three_body", "toda", "fput", "lorenz96",
    "rossler", "glycolytic_oscillator", "morse", "maxwell_bloch", "rigid_body", "charged_particle", "abc_flow", "chua_cubic", "van_der_pol_stiff",
    "hires", "henon_heiles", "kepler", "pendulum", "damped_cubic_oscillator", "lorenz", "lotka_volterra",
]  # fmt: skip


def test_the_catalogue_holds_the_wanted_systems():
    assert len(ALL) >= 25 and not [n for n in ISSUE if n not in systems]


@rows("name", ALL)
def test_entry_has_a_reference_a_domain_and_an_initial_value(name):
    field, entry = systems[name], systems.entry(name)
    assert len(field.reference) > 10 and entry["title"] and field.name == name and not field.free_parameters
    assert len(entry["domain"]) == len(entry["x0"]) == field.dimension
    assert all(low < high for low, high in entry["domain"])
    at = {v: parse_expression(s, {}) for v, s in zip(field.variables, entry["x0"])}
    assert all(math.isfinite(sympy.N(c.subs(at))) for c in field.components)


@rows("name", [n for n in ALL if systems[n].invariants])
def test_invariants_are_constant_along_the_field(name):
    field = systems[name]
    for expression in field.invariants.values():
        assert expression.free_symbols & set(field.variables)
        assert all_zero(field.variables, [field.lie_derivative(expression)])


@rows("name", [n for n in ALL if systems[n].structure])
def test_structure_generates_the_components(name):
    field = systems[name]
    B = field.poisson_matrix
    check_poisson(B, field.variables)
    gradient = sympy.Matrix([sympy.diff(field.hamiltonian_function, v) for v in field.variables])
    assert all_zero(field.variables, field.as_matrix() - B * gradient)


def test_a_wrong_invariant_is_found_out():
    kepler = systems["kepler"]
    q1, q2, p1, p2 = kepler.variables
    assert not all_zero(kepler.variables, [kepler.lie_derivative(q1 * p2 + q2 * p1)])


@pytest.mark.parametrize("name", sampled(ALL, "third order"))
def test_third_order_inverse_equation_has_its_first_terms(name):
    # explicit midpoint: no term in h, and at h² f''(f,f)/24 + f'f'f/6, here by Lie derivatives
    field = systems[name]
    F = inverse_modified_equation(field, methods["explicit_midpoint"], 3)
    assert F.term(0) == field.as_matrix() or all_zero(field.variables, F.term(0) - field.as_matrix())
    assert F.term(1) == sympy.zeros(field.dimension, 1)
    if field.dimension <= 4:
        f = field.as_matrix()
        J = f.jacobian(field.variables)
        second = sympy.Matrix([(f.T * sympy.hessian(c, field.variables) * f)[0] for c in field.components])
        assert all_zero(field.variables, F.term(2) - second / 24 - J * J * f / 6)


def test_families_grow_and_their_smallest_members_are_the_catalogues():
    assert lorenz96(5) == systems["lorenz96"] and n_body(3) == systems["three_body"] and toda(3) == systems["toda"]
    assert lorenz96(40).dimension == 40 and toda(20).dimension == 40 and fput(25).dimension == 50
    assert str(lorenz96(6).with_parameters(F="1/2").components[0]) == "-x1 + x6*(x2 - x5) + 1/2"
    assert [str(c) for c in fput(1).with_parameters(beta=0).components] == ["p1", "-2*q1"]


def test_sizes_are_limited_by_memory_alone():
    assert lorenz96(160).dimension == 160
    with pytest.raises(FieldError, match=r"a system of size 20000 would take 11 GiB .*; at most 4 GiB are used"):
        lorenz96(20_000)
    with pytest.raises(FieldError, match="more than 1,000,000 GiB"):
        lorenz96(10**400)


@rows("family, n", [(lorenz96, 3), (toda, 1), (fput, 0), (n_body, 1), (fput, 10**5), (toda, 2.0), (toda, True)])
def test_family_of_a_size_that_does_not_exist_is_refused(family, n):
    with pytest.raises(FieldError, match="size"):
        family(n)


@pytest.mark.parametrize("family, n", [(toda, 5), (n_body, 4), (fput, 4)])
def test_momentum_and_energy_of_a_larger_family_are_invariants(family, n):
    field = family(n)
    assert field.invariants
    assert all(all_zero(field.variables, [field.lie_derivative(e)]) for e in field.invariants.values())


def test_forty_variables_couple_only_to_their_neighbours():
    F = inverse_modified_equation(lorenz96(40), methods["explicit_midpoint"], 3)
    x = F.variables
    # two more applications of f reach two sites each to the left, one to the right
    assert F.term(2)[20].free_symbols <= set(x[14:24])
    assert {len(sympy.Add.make_args(e)) for e in F.term(2)} == {len(sympy.Add.make_args(F.term(2)[0]))}
