"""Training through a solver returns the inverse modified equation; what is done with that."""

import numpy as np
import pytest

import imde_sym as imde
from imde_sym import learn
from imde_sym.learn import LearningError

jax = pytest.importorskip("jax")
diffrax = pytest.importorskip("diffrax")
for needed in ("equinox", "optax", "optimistix"):
    pytest.importorskip(needed)

PENDULUM = imde.systems["pendulum"]
pytestmark = pytest.mark.usefixtures("double_precision")


def error(g, f, points):
    return float(np.abs(np.asarray(jax.vmap(g)(points)) - f(points, 0.0)).max(axis=1).mean())


@pytest.fixture(scope="module")
def truth():
    return imde.inverse_modified_equation(PENDULUM, imde.methods["rk4"], 1).lambdify()


@pytest.fixture(scope="module")
def trained(double_precision):
    """A network trained through Euler and one through the midpoint rule, T = 0.08: Levenberg-Marquardt, 82 parameters."""
    found = {}
    for solver in (diffrax.Euler(), diffrax.Midpoint()):
        data = learn.datasets.pairs(PENDULUM, 0.08, 400, seed=1)
        found[type(solver).__name__] = data, solver, learn.fit(data, learn.mlp(2, seed=2), solver, steps=400)
    return found


def test_data_are_accurate_to_rounding_and_come_back_from_a_file(tmp_path):
    data = learn.datasets.pairs(PENDULUM, 0.3, 20, seed=3)
    assert data.provenance["accuracy"] < 1e-12
    again = learn.Dataset.load(data.save(tmp_path / "pairs"))
    assert (again.x == data.x).all() and (again.y == data.y).all()
    assert all(again.provenance[key] == value for key, value in data.provenance.items())


@pytest.mark.slow
@pytest.mark.parametrize(("solver", "predicted", "smaller"), [("Euler", 0.6186, 100), ("Midpoint", 0.04806, 10)])
def test_training_learns_the_inverse_modified_equation_and_not_the_ode(trained, truth, solver, predicted, smaller):
    data, used, result = trained[solver]
    report = learn.compare(result.model, PENDULUM, used, 0.08, orders=5)
    own = error(result.model, truth, data.x)
    assert own == pytest.approx(predicted, rel=0.06)  # docs/theory.md, section 7
    F = imde.inverse_modified_equation(PENDULUM, used, 9).lambdify()
    assert own > smaller * float(np.abs(np.asarray(jax.vmap(result.model)(data.x)) - F(data.x, 0.08)).max(axis=1).mean())
    assert "inverse modified equation, not the ODE" in str(report)


@pytest.mark.slow
@pytest.mark.parametrize(("solver", "gain"), [("Euler", 20), ("Midpoint", 10)])
def test_debiasing_at_order_four_gives_the_ode_back(trained, truth, solver, gain):
    data, used, result = trained[solver]
    plain = learn.debias(result.model, used, 0.08, 4)
    assert error(plain, truth, data.x) * gain < error(result.model, truth, data.x)


def test_debiasing_an_exact_field_is_exact_to_its_order(truth):
    # explicit Euler on y' = a y: f_h = (e^{ah} - 1)/h y, and its modified equation is a y again
    h, a = 0.1, -0.7
    g = learn.debias(lambda x: (np.exp(a * h) - 1) / h * x, "explicit_euler", h, 8)
    assert float(g(jax.numpy.array([2.0]))[0]) == pytest.approx(2 * a, rel=1e-8)


def test_polynomial_learner_recovers_the_coefficients_of_the_equation():
    f = imde.systems["damped_cubic_oscillator"]
    data = learn.datasets.pairs(f, 0.01, 300, domain=[[-1, 1], [-1, 1]], seed=0)
    model = learn.polynomial(f.variables, 5)
    result = learn.fit(data, model, diffrax.Euler(), steps=50)
    F = imde.inverse_modified_equation(f, imde.methods["explicit_euler"], 2).lambdify()
    learned = np.asarray(jax.vmap(result.model)(data.x))
    assert np.abs(learned - F(data.x, 0.01)).max() < 0.05 * np.abs(learned - F(data.x, 0.0)).max()


@pytest.mark.parametrize(
    "call",
    [
        lambda data: learn.fit((data.x * np.nan, data.y), learn.mlp(2), diffrax.Euler(), T=0.1),
        lambda data: learn.fit(data, learn.mlp(2), diffrax.Euler(), T=0.1, S=3, h=0.01),
        lambda data: learn.fit(data, learn.mlp(2, outputs=3), diffrax.Euler()),
        lambda data: learn.fit(data, learn.mlp(2), diffrax.PIDController(1e-3, 1e-3)),
        lambda data: learn.datasets.pairs(PENDULUM, 0.1, 10, jitter=2.0),
    ],
)
def test_what_does_not_fit_together_is_refused(call):
    data = learn.datasets.pairs(PENDULUM, 0.1, 20)
    with pytest.raises(LearningError):
        call(data)
