"""modified ∘ inverse_modified = identity, and the converse, up to the order."""

from __future__ import annotations

import pytest

from imde_sym import inverse_modified_equation, methods, modified_equation, systems
from imde_sym.fields import FieldSpace
from imde_sym.prelie import inverse_modified, modified

CASES = [
    (s, m)
    for s in ("pendulum", "kepler", "nonlinear_oscillator", "lorenz")
    for m in ("explicit_euler", "heun2", "implicit_midpoint", "rk4", "gauss2", "tr_bdf2")
]


@pytest.mark.parametrize(("there", "and_back"), [(inverse_modified_equation, modified), (modified_equation, inverse_modified)])
@pytest.mark.parametrize(("system", "method"), CASES)
def test_modified_and_inverse_modified_undo_each_other(system, method, there, and_back):
    F = there(systems[system], methods[method], 5)
    space = FieldSpace(F.ring, 5)
    back = and_back(space, methods[method].recursion(space), [None, *F.parts])
    assert [F.ring.to_sympy(p) for p in back[1].components] == list(F.term(0))
    assert all(part.is_zero for part in back[2:])
