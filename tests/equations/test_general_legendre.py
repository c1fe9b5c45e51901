"""Modified Lagrangians of Hamiltonians that are not quadratic in the momenta."""

import mpmath
import pytest
import sympy

import imde_sym as imde
from imde_sym.base.errors import FieldError
from imde_sym.geometry.legendre import general_transform

q, p, v = sympy.symbols("q p v")
ORDER = 4


def value(e, at, h):
    return e.subs(at).subs({s: h for s in e.free_symbols if s.name == "h"}).evalf(40)


@pytest.mark.parametrize(
    "H, method",
    [
        (sympy.sqrt(1 + p**2) + q**2 / 2, "implicit_midpoint"),
        (sympy.exp(p) - 37 * sympy.cos(q) / 100, "stoermer_verlet"),
        pytest.param(sympy.sqrt(2 + p**2 / 3) + q**4 / 4, "symplectic_euler", marks=pytest.mark.slow),
    ],
)
def test_the_lagrangian_is_the_legendre_transform_up_to_its_order(H, method):
    """p v - H_h(q, p) at v = ∂H_h/∂p, in numbers, against L_h(q, v): the difference is of the order of the first power left out."""
    L = imde.modified_lagrangian(imde.VectorField.hamiltonian(H, [q], [p]), method, ORDER)
    (speed,) = L.velocities
    modified, errors = L.hamiltonian.as_expr(), []
    at = {q: mpmath.mpf("0.37"), p: mpmath.mpf("-0.65")}
    for h in (sympy.Rational(1, 64), sympy.Rational(1, 128)):
        moving = value(sympy.diff(modified, p), at, h)
        right = at[p] * moving - value(modified, at, h)
        errors.append(abs(value(L.as_expr(), {q: at[q], speed: moving}, h) - right))
    assert float(sympy.log(errors[0] / errors[1], 2)) == pytest.approx(ORDER, abs=0.15)
    assert type(L).from_dict(L.to_dict()) == L


def test_of_a_quadratic_one_it_is_what_the_quadratic_transform_says():
    f = imde.VectorField.hamiltonian((1 + q**2) * p**2 / 2 + sympy.cos(q), [q], [p])
    L = imde.modified_lagrangian(f, "implicit_midpoint", 3, velocities=[v])
    found = general_transform(L.hamiltonian.terms, [q], [p], [v])
    assert all(sympy.simplify(a - b) == 0 for a, b in zip(found, L.terms, strict=True))


def test_the_relativistic_particle_has_its_lagrangian():
    f = imde.VectorField.hamiltonian(sympy.sqrt(1 + p**2) + q**2 / 2, [q], [p])
    L = imde.modified_lagrangian(f, "stoermer_verlet", 1, velocities=[v])
    assert sympy.simplify(L.term(0) + sympy.sqrt(1 - v**2) + q**2 / 2) == 0


@pytest.mark.parametrize("H", [p**3 / 3 + q**2 / 2, p + q**2, sympy.sin(p) + q**2, p * q + q**2])
def test_momenta_that_no_one_formula_gives_are_refused(H):
    with pytest.raises(FieldError, match="momenta"):
        imde.modified_lagrangian(imde.VectorField.hamiltonian(H, [q], [p]), "implicit_midpoint", 2)
