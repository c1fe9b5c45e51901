"""Methods whose coefficients are roots of polynomials: the unknown of the polynomial is no symbol of the field."""

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym import methods
from imde_sym.codegen.numbers import nearest


def test_code_is_held_to_a_field_whose_weights_are_roots():
    """The weights of crouzeix4 are written in a root of a cubic in x; that they sum to 1 is not seen in the formula."""
    F = imde.inverse_modified_equation("pendulum", "crouzeix4", 2)
    assert F.truncate(1).lambdify("numpy")(np.array([0.3, 1.0]), 0.1) == pytest.approx([-10 * np.sin(1.0), 0.3])


def test_a_root_in_the_field_itself_is_its_number():
    root = sympy.CRootOf(sympy.Symbol("x") ** 5 - sympy.Symbol("x") - 1, 0)
    y = sympy.Symbol("y")
    g = imde.modified_equation({y: root * y}, "euler", 1).lambdify("numpy")
    assert g([2.0], 0.1) == pytest.approx([2 * float(root)])


def test_the_doubles_of_a_collocation_method_satisfy_its_conditions():
    """Σ_j a_ij c_j^k = c_i^(k+1)/(k+1): entries are sums of powers of six roots, each of which is isolated once."""
    m = methods["gauss(6)"]
    A, c = (np.array(x) for x in ([[nearest(a) for a in row] for row in m.A], [nearest(x) for x in m.c]))
    for k in range(6):
        np.testing.assert_allclose(A @ c**k, c ** (k + 1) / (k + 1), rtol=0, atol=2e-16)


def test_the_middle_node_of_nine_has_entries_that_sum_to_it():
    """The row of c = 1/2 of Lobatto IIIA holds six roots, none of which is its own."""
    row = [nearest(a) for a in methods["lobatto_iiia(9)"].A[4]]
    assert sum(row) == pytest.approx(0.5, abs=1e-15)
