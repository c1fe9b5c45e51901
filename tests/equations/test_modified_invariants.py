"""Modified invariants: exact in the ring, decided by means along orbits where the ring has none, held against trajectories."""

import pickle

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym.base.errors import FieldError, SeriesError
from imde_sym.series import conjugate_symplectic_order, symplectic_order
from imde_sym.verify.regression import fitted_slope
from tests.rows import slow

p, q = sympy.symbols("p q")


def ask(system, method, order, invariant="energy", **options):
    return imde.modified_invariant(system, method, order, invariant, direction="forward", **options)


# -- exact answers --------------------------------------------------------------------------------------------------------------


def residual(found):
    """The powers of h that are left of dI/dt along the modified field, by sympy alone."""
    F = found.equation
    terms, rates = [*found.terms], []
    for k in range(len(terms) + (found.unsolved is not None)):
        total = sum(
            sympy.diff(terms[j], v) * F.term(k - j)[m] for j in range(min(k + 1, len(terms))) for m, v in enumerate(F.variables)
        )
        rates.append(sympy.simplify(total))
    return rates


@pytest.mark.parametrize(
    "system, method, order, oscillation, drift",
    [
        ("pendulum", "explicit_midpoint", 4, 2, 3),
        pytest.param("pendulum", "rk4", 6, 4, 5, marks=pytest.mark.slow),
        ("pendulum", "trapezoid", 5, 2, None),
        ("pendulum", "symplectic_euler", 4, 1, None),
        ("rigid_body", "trapezoid", 5, 2, None),
        ("rigid_body", "implicit_midpoint", 5, None, None),
        ("harmonic_oscillator", "rk4", 7, None, 5),
        pytest.param("kepler", "stoermer_verlet", 3, 2, None, marks=pytest.mark.slow),
    ],
)
def test_what_becomes_of_the_energy(system, method, order, oscillation, drift):
    found = ask(system, method, order)
    assert (found.oscillation, found.drift) == (oscillation, drift) and found.searched
    *zeros, last = residual(found)
    assert all(e == 0 for e in zeros)
    assert sympy.simplify(last - found.rate) == 0 and (last == 0) == (drift is None)


def test_the_trapezoid_is_conjugate_to_the_midpoint_rule():
    """Φ_trapezoid = χ⁻¹ Φ_midpoint χ with χ(y) = y + h/2 f(y): what midpoint keeps, the trapezoid keeps at y - h/2 f or so."""
    found = ask("rigid_body", "trapezoid", 3, "casimir")
    y = sympy.Matrix(imde.systems["rigid_body"].variables)
    f = sympy.Matrix(imde.systems["rigid_body"].components)
    moved = sympy.expand(((y + sympy.Symbol("h") * f / 2).T * (y + sympy.Symbol("h") * f / 2))[0])
    difference = sympy.expand(moved.coeff(sympy.Symbol("h"), 2) - found.term(2))  # but for a function of the invariants
    assert sympy.expand(sum(sympy.diff(difference, v) * c for v, c in zip(y, f, strict=True))) == 0


def test_the_modified_hamiltonian_is_a_modified_invariant():
    found, H = ask("pendulum", "stoermer_verlet", 5), imde.modified_hamiltonian("pendulum", "stoermer_verlet", 5)
    for a, b in zip(found.terms, H.terms, strict=True):
        rate = sum(sympy.diff(a - b, v) * c for v, c in zip(H.variables, H.field.components, strict=True))
        assert sympy.simplify(rate) == 0


def test_drift_without_a_formula_is_decided_by_the_mean_along_orbits():
    found = ask("lotka_volterra", "implicit_midpoint", 5)
    assert found.drift == 4 and found.mean == pytest.approx(0.01817, rel=0.01)
    found = ask("charged_particle", "rk4", 5)
    assert found.drift is None and found.unsolved == 4 and found.mean == 0 and "oscillates, without a formula" in found.verdict
    assert not found.proven and ask("pendulum", "trapezoid", 4).proven


def test_learned_fields_have_modified_invariants_too():
    found = imde.modified_invariant("pendulum", "average vector field", 5, "energy")
    assert imde.conserved("pendulum", "average vector field", 5, "energy").first_failure == 4
    assert found.oscillation == 4 and found.drift is None
    report = imde.structure_report("pendulum", "average vector field", 5, invariants=["p**2"])
    assert "energy: fails first at h^4" in str(report) and "in the long run energy oscillates by O(h^4)" in str(report)
    assert [*report.long_run] == ["energy"]  # p**2 is none of the field itself
    report = imde.structure_report("x' = 0.37*y; y' = -x", "rk4", 6, invariants=["x**2+0.37*y**2"])
    assert "drifts at h^5" in str(report) == str(imde.from_json(report.to_json()))
    assert imde.conserved("pendulum", "average vector field", 5, "energy", direction="forward").holds


def test_forms_of_the_question_and_of_the_answer():
    F = imde.modified_equation("pendulum", "explicit_midpoint", 4)
    found = imde.modified_invariant(F, "energy")
    assert (
        found
        == imde.modified_invariant("energy", F)
        == ask("pendulum", "explicit midpoint", 4)
        != imde.modified_invariant(F, "energy", order=3)
    )
    assert found == ask("pendulum", "explicit_midpoint", 4, "p**2/2 - 10*cos(q)") or found.name == "energy"
    assert imde.from_json(found.to_json()) == found == pickle.loads(pickle.dumps(found))
    assert found.verdict == "energy oscillates by O(h^2), drifts at h^3" and "h^2" in found.latex().replace("{", "").replace(
        "}", ""
    )
    h = np.array([0.1, 0.2])
    value = found.lambdify()(np.array([[0.3, 1.0], [0.1, -0.5]]), h)
    exact = [found.as_expr(step).subs({p: a, q: b}) for step, (a, b) in zip(h, [(0.3, 1.0), (0.1, -0.5)], strict=True)]
    assert value == pytest.approx([float(e) for e in exact])
    with pytest.raises(FieldError, match="not an invariant"):
        imde.modified_invariant(F, "p")
    with pytest.raises(FieldError, match="exact"):
        ask(imde.VectorField.hamiltonian(p**2 / 2 + 0.3 * q**4, [q], [p]), "rk4", 3)


# -- trajectories ---------------------------------------------------------------------------------------------------------------

TRIPLES = [
    ("pendulum", "explicit_midpoint", "energy"),
    ("harmonic_oscillator", "heun3", "energy"),
    ("rigid_body", "rk4", "casimir"),
]
SLOW = [
    ("pendulum", "explicit_euler", "energy"),
    ("pendulum", "stoermer_verlet", "energy"),
    ("rigid_body", "explicit_euler", "energy"),
    ("rigid_body", "trapezoid", "casimir"),
    ("kepler", "explicit_midpoint", "energy"),
    ("kepler", "symplectic_euler", "angular_momentum"),
    ("morse", "explicit_midpoint", "energy"),
    ("henon_heiles", "kutta3", "energy"),
    ("lotka_volterra", "explicit_euler", "energy"),
    ("nonlinear_oscillator", "explicit_euler", "radius"),
]
"""A quarter of those in benchmarks/long_run.py."""


@pytest.mark.parametrize(
    "system, method, invariant", [*TRIPLES, *(pytest.param(*triple, marks=pytest.mark.slow) for triple in SLOW)]
)
def test_a_verdict_agrees_with_trajectories(system, method, invariant):
    found = ask(system, method, imde.methods[method].order + 2, invariant)
    run = imde.long_run(found, samples=500)
    assert run.confirmed, f"{found.verdict}\n{run}"


def test_a_wrong_verdict_is_not_confirmed():
    found = ask("pendulum", "explicit_midpoint", 4)
    wrong = type(found)(found.equation, "energy", found.terms[:2], 2, found.rate, 4)  # as if nothing solved h²
    assert not imde.long_run(wrong, samples=500).confirmed


def test_a_long_run_goes_to_json_and_back():
    run = imde.long_run(ask("pendulum", "explicit_midpoint", 4), steps=[0.01, 0.005], time=3)
    assert imde.from_json(run.to_json()) == run and "drift of h^3" in str(run) and run.drift_order[0] == pytest.approx(3, abs=0.1)
    with pytest.raises(FieldError, match="forward"):
        imde.long_run(imde.modified_invariant("pendulum", "rk4", 5, "energy"))
    with pytest.raises(FieldError, match="steps"):
        imde.long_run(ask("pendulum", "rk4", 5), steps=[0.1])


def test_slopes_have_intervals_that_hold_them():
    source = np.random.default_rng(1)
    sizes, inside = np.array([0.4, 0.2, 0.1, 0.05]), 0
    for _ in range(400):
        slope, width = fitted_slope(sizes, sizes**2 * np.exp(0.1 * source.standard_normal(4)))
        inside += abs(slope - 2) <= width
    assert 365 <= inside <= 395  # 95 %


# -- Poisson matrices that depend on the point, conjugate symplecticity ----------------------------------------------------------


@pytest.mark.parametrize("parts", [[["p"], ["q"]], [["q"], ["p"]]])
def test_symplectic_euler_is_a_poisson_map_of_lotka_volterra(parts):
    """HLW VII.4: so its modified field is B∇H_h."""
    H = imde.modified_hamiltonian("lotka_volterra", "symplectic_euler", 3, parts)
    F, B = H.equation, imde.systems["lotka_volterra"].poisson_matrix
    for k in range(3):
        gradient = sympy.Matrix([sympy.diff(H.term(k), v) for v in F.variables])
        assert sympy.simplify(B * gradient - F.term(k)) == sympy.zeros(2, 1)


@pytest.mark.parametrize("system, method", [("rigid_body", "implicit_midpoint"), ("lotka_volterra", "implicit_midpoint")])
def test_the_midpoint_rule_is_no_poisson_map_there(system, method):
    with pytest.raises(imde.NoHamiltonianError, match="h\\^2") as caught:
        imde.modified_hamiltonian(system, method, 3)
    obstruction, field = caught.value.obstruction, imde.systems[system]
    B, x = sympy.Matrix(field.poisson_matrix), sympy.Matrix(field.variables)
    g = sympy.Matrix(obstruction.term)
    defect = (
        g.jacobian(x) * B
        + B * g.jacobian(x).T
        - B.applyfunc(lambda e: sum(sympy.diff(e, v) * c for v, c in zip(x, g, strict=True)))
    )
    i, j = (list(x).index(v) for v in obstruction.where)
    assert obstruction.power == 2 and sympy.expand(defect[i, j] - obstruction.curl) == 0 != obstruction.curl


@pytest.mark.parametrize(
    "method, symplectic, conjugate",
    [
        ("trapezoid", 2, 7),
        ("average_vector_field", 2, 4),
        ("implicit_midpoint", 7, 7),
        ("rk4", 4, 4),
        ("explicit_midpoint", 2, 3),
    ],
)
def test_conjugate_symplectic_orders(method, symplectic, conjugate):
    """The trapezoid is conjugate to the midpoint rule (HLW VI.8), the average vector field to order 4 (Hairer, Zbinden 2013)."""
    a = imde.method_series(method, 7)
    assert (symplectic_order(a), conjugate_symplectic_order(a)) == (symplectic, conjugate)


def test_a_method_conjugated_by_another_is_conjugate_symplectic():
    chi, midpoint = (imde.method_series(name, 6) for name in ("heun3", "implicit_midpoint"))
    assert conjugate_symplectic_order(imde.compose(chi, midpoint, imde.inverse(chi))) == 6
    with pytest.raises(SeriesError, match="one colour"):
        conjugate_symplectic_order(imde.method_series("symplectic_euler", 3))


TODA = "q1' = p1; q2' = p2; q3' = p3; p1' = exp(q3-q1) - exp(q1-q2); p2' = exp(q1-q2) - exp(q2-q3); p3' = exp(q2-q3) - exp(q3-q1)"
TODA_ENERGY = "(p1^2 + p2^2 + p3^2)/2 + exp(q1-q2) + exp(q2-q3) + exp(q3-q1)"


def chain(n):
    """Fermi, Pasta and Ulam's chain of n masses with fixed ends, and its energy."""
    Q = [0, *(f"q{i}" for i in range(1, n + 1)), 0]
    pulls = [f"({Q[i + 1]} - {Q[i]})" for i in range(n + 1)]
    force = [f"{pulls[i]} + 0.37*{pulls[i]}^2 - {pulls[i - 1]} - 0.37*{pulls[i - 1]}^2" for i in range(1, n + 1)]
    energy = "+".join(f"p{i}^2/2" for i in range(1, n + 1)) + "+" + "+".join(f"{x}^2/2 + 0.37*{x}^3/3" for x in pulls)
    return "; ".join(f"q{i}' = p{i}; p{i}' = {force[i - 1]}" for i in range(1, n + 1)), energy


@pytest.mark.parametrize("name", ["toda", "chain"])
@pytest.mark.parametrize("method, oscillation", slow([("implicit_midpoint", 2), ("gauss2", 4)], ("gauss2", 4)))
def test_the_energy_of_a_symplectic_method_has_a_formula_however_many_variables_there_are(name, method, oscillation):
    text, energy = (TODA, TODA_ENERGY) if name == "toda" else chain(4)
    found = ask(text, method, 5, energy)
    assert found.holds and found.proven and found.oscillation == oscillation
    numbers = {v: sympy.Rational(m + 1, 7) for m, v in enumerate(found.equation.variables)}
    assert all(abs(sympy.N(r.subs(numbers), 30)) < 1e-25 for r in plain_rates(found))


def plain_rates(found):
    """As `residual`, not simplified."""
    F, terms = found.equation, found.terms
    for k in range(len(terms)):
        yield sum(sympy.diff(terms[j], v) * F.term(k - j)[m] for j in range(k + 1) for m, v in enumerate(F.variables))


def test_a_drift_that_is_only_not_excluded_is_not_refuted_by_one_of_a_higher_power():
    found = ask(TODA, "rk4", 5, TODA_ENERGY)
    assert not found.sure and "may drift from h^4 on" in found.verdict
    run = imde.long_run(found, [0.1, 0.2, -0.3, 0.3, 0.1, -0.2], steps=[1 / 64, 1 / 128, 1 / 256], time=6)
    assert run.confirmed and not run.drifts and run.drift_order[0] > 4.7


def test_slopes_that_say_nothing_are_called_not_resolved():
    found = ask("q' = p; p' = q - q^3", "explicit_midpoint", 4, "p^2/2 - q^2/2 + q^4/4")
    coarse = imde.long_run(found, [0.3, 0.8], steps=[1 / 8, 1 / 16, 1 / 32], time=200)
    assert not coarse.confirmed and coarse.verdict.startswith("not resolved, take smaller steps")
    assert imde.long_run(found, [0.3, 0.8], steps=[1 / 32, 1 / 64, 1 / 128], time=20).confirmed
