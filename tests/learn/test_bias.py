"""Taking a solver out of a model, on models that are exact inverse modified equations."""

from functools import cache

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym import learn
from imde_sym.learn import LearningError

jax = pytest.importorskip("jax")
for needed in ("equinox", "diffrax"):
    pytest.importorskip(needed)
pytestmark = pytest.mark.usefixtures("double_precision")

PENDULUM = imde.systems["pendulum"]
X = np.random.default_rng(5).uniform(-1, 1, (30, 2))


@cache
def formula(method, order):
    """f_h of the pendulum as a function of h and x."""
    F = imde.inverse_modified_equation(PENDULUM, imde.methods[method], order).lambdify("jax")
    return lambda h, x: F(x, h)


def exact(method, h, order=6):
    """f_h beyond any order that is kept here, with h as a leaf, so that one compilation serves all steps."""
    return jax.tree_util.Partial(formula(method, order), np.asarray(h))


def pendulum(x):
    return np.stack([-10 * np.sin(x[..., 1]), x[..., 0]], axis=-1)


def distance(model, x=X):
    return learn.base.mean_error(model(x), pendulum(x))


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("method", "order"),
    [("explicit_euler", 3), pytest.param("explicit_midpoint", 4, marks=SLOW), pytest.param("implicit_midpoint", 4, marks=SLOW)],
)
def test_what_debias_leaves_is_of_its_order_and_as_large_as_it_says(method, order):
    left, said = [], []
    for h in (0.02, 0.01):
        corrected = learn.debias(exact(method, h), method, h, order)
        left.append(distance(corrected))
        said.append(corrected.remaining(X))
    assert np.log2(left[0] / left[1]) == pytest.approx(order, abs=0.15)
    assert said == pytest.approx(left, rel=0.2)


def test_debias_to_a_high_order_is_exact_to_rounding():
    corrected = learn.debias(exact("explicit_euler", 1e-4), "explicit_euler", 1e-4, 4)
    assert distance(corrected) < 1e-12


@SLOW
def test_retarget_gives_what_the_other_method_would_have_learned():
    h = 0.01
    found = learn.retarget(exact("explicit_euler", h), "explicit_euler", "explicit_midpoint", h, 4)
    assert learn.base.mean_error(found(X), jax.vmap(exact("explicit_midpoint", h))(X)) < 1e-5
    assert distance(found) > 1e-4  # it is f_h of the midpoint rule, not f
    longer = learn.retarget(exact("explicit_euler", h), "explicit_euler", "explicit_midpoint", h, 4, to_h=2 * h)
    assert learn.base.mean_error(longer(X), jax.vmap(exact("explicit_midpoint", 2 * h))(X)) < 3e-5


@pytest.mark.parametrize("method", ["explicit_midpoint", "implicit_midpoint"])
def test_the_correction_without_derivatives_comes_to_the_same(method):
    left = [distance(learn.debias_map(model=exact(method, h), method=method, h=h, order=4)) for h in (0.02, 0.01)]
    assert np.log2(left[0] / left[1]) == pytest.approx(4, abs=0.2)
    with pytest.raises(LearningError, match="both `model` and `method`"):
        learn.debias_map(h=0.1)


@SLOW
def test_the_corrected_hamiltonian_is_that_of_the_oscillator():
    q, p = sympy.symbols("q p")
    f = imde.VectorField.hamiltonian((p**2 + q**2) / 2, q=[q], p=[p])
    h, euler = 0.05, imde.methods["symplectic_euler"]
    H = imde.inverse_modified_hamiltonian(f, euler, order=8)
    value = sympy.lambdify(f.variables, H.as_expr().subs("h", h), "jax")
    model = learn.hnn(f, function=lambda x: value(x[0], x[1]))
    parts = [[f.variables.index(q)], [f.variables.index(p)]]
    corrected = learn.corrected_hamiltonian(model, euler, h, 6, parts=parts)
    own = np.sum(X**2, axis=1) / 2
    assert np.abs(corrected(X) - own).max() < 1e-8
    assert np.abs(jax.vmap(model.hamiltonian)(X) - own).max() > 1e-3


@SLOW
def test_the_curve_of_a_model_tied_to_its_solver_is_as_predicted():
    h = 0.02
    curve = learn.overfit_curve(exact("explicit_euler", h), "explicit_euler", h, [h / 2, h], field=PENDULUM, points=X)
    (name,) = curve.measured
    assert curve.tied and "tied to" in curve.verdict
    assert curve.measured[name][0] == pytest.approx(curve.predicted[name][0], rel=1e-2)
    assert curve.own < 1e-9
    free = learn.overfit_curve(exact("explicit_euler", h, 1), "explicit_euler", h, [h / 2, h], field=PENDULUM, points=X)
    assert not free.tied


def test_spurious_terms_of_a_learned_polynomial_are_named():
    f, h = imde.systems["damped_cubic_oscillator"], 0.01
    F = imde.inverse_modified_equation(f, imde.methods["explicit_euler"], 2).as_expr().subs("h", sympy.Rational(1, 100))
    model = learn.polynomial(f.variables, 5)
    rows = [[float(sympy.Poly(e, *f.variables).coeff_monomial(t)) for t in model.terms] for e in F]
    found = learn.debias_terms(learn.polynomial(f.variables, 5, rows), "explicit_euler", h, order=2)
    x, y = f.variables
    assert {t.term for t in found.spurious} and all(sympy.Poly(t.term, x, y).total_degree() == 5 for t in found.spurious)
    assert found.coefficients("x") == pytest.approx({x**3: -0.1, y**3: 2.0})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: learn.Dataset(X * np.nan, X, 0.1), "not finite, the first in row 0, column 0"),
        (lambda: learn.Dataset(X, X[:3], 0.1), "must be equal"),
        (lambda: learn.Dataset(X, X, 0.0), "other than 0"),
        (lambda: learn.fit((X, X), learn.mlp(2), "rk4", T=0.1, S=3, h=0.01), "is not S·h"),
        (lambda: learn.fit((X, X), learn.mlp(2), "rk4"), "give T"),
        (lambda: learn.fit((X, X), learn.mlp(2, outputs=3), "rk4", T=0.1), r"shape \(3,\)"),
        (lambda: learn.debias(lambda x: x, "explicit_euler", [0.1, 0.2]), "no single step size"),
        (lambda: learn.debias(lambda x: x, "explicit_euler", 0.0), "other than 0"),
    ],
)
def test_bad_data_steps_and_models_are_named(call, message):
    with pytest.raises(LearningError, match=message):
        call()


def test_noise_seeds_and_sampling_of_data():
    make = learn.datasets.pairs
    clean, same, other = make(PENDULUM, 0.1, 20, seed=1), make(PENDULUM, 0.1, 20, seed=1), make(PENDULUM, 0.1, 20, seed=2)
    assert clean.digest == same.digest != other.digest
    noisy = make(PENDULUM, 0.1, 2000, noise=0.01, seed=1)
    assert np.std(noisy.y - learn.BatchFlow.of(PENDULUM)(noisy.x, 0.1)) == pytest.approx(0.01 * np.hypot(1, 1), rel=0.3)
    irregular = make(PENDULUM, 0.1, 200, jitter=0.5, seed=1)
    assert irregular.T.min() < 0.06 and irregular.T.max() > 0.14
    assert len(make(PENDULUM, 0.1, 25, sampling="grid")) == 25
    path = learn.datasets.trajectory(PENDULUM, 0.1, 30, noise=0.001)
    assert (path.y[:-1] == path.x[1:]).all()  # noise belongs to the point, not to the pair
