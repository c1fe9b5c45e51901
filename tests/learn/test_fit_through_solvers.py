"""`learn.fit`: seeds, optimisers, targets, solvers of every kind, models of every kind."""

import numpy as np
import pytest

import imde_sym as imde
from imde_sym import learn
from imde_sym.base.errors import LearningError, MethodError

jax = pytest.importorskip("jax")
diffrax = pytest.importorskip("diffrax")
eqx = pytest.importorskip("equinox")
optax = pytest.importorskip("optax")
pytest.importorskip("optimistix")
pytestmark = pytest.mark.usefixtures("double_precision")

PENDULUM = imde.systems["pendulum"]
OSCILLATOR = imde.systems["harmonic_oscillator"]
LINEAR = imde.VectorField.parse("x' = y; y' = -2*x - y/2")


@pytest.fixture(scope="module")
def data():
    return learn.datasets.pairs(PENDULUM, 0.1, 60, seed=0)


@pytest.fixture(scope="module")
def linear():
    return learn.datasets.pairs(LINEAR, 0.2, 12, domain=[[-1, 1], [-1, 1]], seed=0)


@pytest.fixture(scope="module")
def network(double_precision):
    return learn.mlp(2, 4, seed=1)


@pytest.fixture(scope="module")
def oscillator():
    return learn.datasets.pairs(OSCILLATOR, 0.2, 16, domain=[[-1, 1], [-1, 1]], sampling="grid")


def oscillator_under_symplectic_euler(x, h=0.2):
    return imde.inverse_modified_equation(OSCILLATOR, imde.methods["symplectic_euler"], 9, [["p"], ["q"]]).lambdify()(x, h)


def parameters(model):
    return np.concatenate([np.ravel(a) for a in jax.tree_util.tree_leaves(eqx.filter(model, eqx.is_inexact_array))])


def flow_matrix(t):
    A = np.array([[0, 1], [-2, -0.5]])
    values, vectors = np.linalg.eig(A)
    return np.real(vectors @ np.diag(np.exp(t * values)) @ np.linalg.inv(vectors))


def test_the_seed_decides_the_batches_and_nothing_else_is_random(data, network):
    def trained(seed):
        return learn.fit(data, network, diffrax.Euler(), optimiser="adam", batch=10, steps=15, seed=seed)

    first, again, other = trained(3), trained(3), trained(4)
    assert (first.losses == again.losses).all() and (parameters(first.model) == parameters(again.model)).all()
    assert (first.losses != other.losses).any()


def test_networks_of_equal_seeds_are_equal_and_of_others_are_not():
    assert (parameters(learn.mlp(2, 4, seed=5)) == parameters(learn.mlp(2, 4, seed=5))).all()
    assert (parameters(learn.mlp(2, 4, seed=5)) != parameters(learn.mlp(2, 4, seed=6))).any()


def test_the_given_model_is_not_changed(data, network):
    before = parameters(network)
    learn.fit(data, network, diffrax.Euler(), steps=2)
    assert (parameters(network) == before).all()


@pytest.mark.parametrize("chosen", ["lm", "adam", pytest.param("lbfgs", marks=pytest.mark.slow), "optax"])
def test_every_optimiser_reduces_the_loss_and_returns_the_best_model(data, network, chosen):
    optimiser = optax.sgd(1e-2, momentum=0.5) if chosen == "optax" else chosen
    result = learn.fit(data, network, diffrax.Euler(), optimiser=optimiser, steps=25)
    assert result.loss < result.losses[0] and result.optimiser == chosen and result.parameters == 22
    ends = jax.vmap(lambda x: learn.step_map(diffrax.Euler(), result.model)(x, 0.1)[0])(data.x)
    assert float(np.mean(np.sum((ends - data.y) ** 2, axis=1)) / 0.1**2) == pytest.approx(result.loss, rel=1e-9)


def test_the_losses_of_levenberg_marquardt_never_grow(data, network):
    losses = learn.fit(data, network, diffrax.Midpoint(), steps=60).losses
    assert (np.diff(losses) <= 0).all() and losses[-1] < 1e-2 * losses[0]


def test_training_stops_at_the_target_and_where_nothing_helps_any_more(linear):
    model = learn.polynomial(LINEAR.variables, 1)
    stopped = learn.fit(linear, model, diffrax.Euler(), steps=500, target=1e-12)
    assert stopped.loss <= 1e-12 < stopped.losses[-2]
    exhausted = learn.fit(linear, model, diffrax.Euler(), steps=500)
    assert exhausted.loss < 1e-28 and len(exhausted.losses) < 200


def test_no_step_at_all_returns_the_model_as_it_was(data, network):
    result = learn.fit(data, network, diffrax.Euler(), steps=0)
    assert (parameters(result.model) == parameters(network)).all() and np.isnan(result.loss)


@pytest.mark.parametrize(("S", "optimum"), [(1, lambda R: R), (4, lambda R: np.real(_root(R, 4)))])
def test_through_euler_a_linear_model_becomes_what_s_steps_need(linear, S, optimum):
    # (1 + h M)^S = exp(T A)
    result = learn.fit(linear, learn.polynomial(LINEAR.variables, 1), diffrax.Euler(), S=S, steps=80)
    M = np.asarray(result.model.coefficients)[:, 1:]
    assert np.abs(M - (optimum(flow_matrix(0.2)) - np.eye(2)) / (0.2 / S)).max() < 1e-10
    assert result.h == pytest.approx(0.2 / S)


def _root(R, n):
    values, vectors = np.linalg.eig(R)
    return vectors @ np.diag(values.astype(complex) ** (1 / n)) @ np.linalg.inv(vectors)


@pytest.mark.parametrize("solver", ["ImplicitEuler", pytest.param("gauss2", marks=pytest.mark.slow)])
def test_implicit_solvers_are_solved_to_rounding(linear, solver):
    # R(hM) = exp(hA) for the solver's stability function R
    chosen = diffrax.ImplicitEuler() if solver == "ImplicitEuler" else solver
    result = learn.fit(linear, learn.polynomial(LINEAR.variables, 1), chosen, steps=60)
    M, one = 0.2 * np.asarray(result.model.coefficients)[:, 1:], np.eye(2)
    if solver == "ImplicitEuler":
        found = np.linalg.inv(one - M)
    else:
        found = np.linalg.inv(one - M / 2 + M @ M / 12) @ (one + M / 2 + M @ M / 12)
    assert np.abs(found - flow_matrix(0.2)).max() < 1e-10


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Kvaerno3", "Dopri5", "Tsit5"])
def test_many_stages(data, network, name):
    result = learn.fit(data, network, getattr(diffrax, name)(), steps=30)
    assert result.loss < 1e-2 * result.losses[0]


@pytest.mark.slow
def test_a_partitioned_method_trains_with_its_parts(oscillator):
    result = learn.fit(
        oscillator, learn.polynomial(OSCILLATOR.variables, 1), learn.tableau_solver("symplectic_euler", [[0], [1]]), steps=60
    )
    learned, f_h = np.asarray(jax.vmap(result.model)(oscillator.x)), oscillator_under_symplectic_euler(oscillator.x)
    assert np.abs(learned - f_h).max() < 1e-8 < 1e-2 < np.abs(f_h - oscillator_under_symplectic_euler(oscillator.x, 0.0)).max()


@pytest.mark.slow
def test_irregular_sampling_trains_each_pair_with_its_own_step(network):
    data = learn.datasets.pairs(LINEAR, 0.2, 20, domain=[[-1, 1], [-1, 1]], jitter=0.5, seed=0)
    result = learn.fit(data, learn.polynomial(LINEAR.variables, 1), diffrax.Tsit5(), S=2, steps=40)
    assert result.h.shape == (20,) and result.to_dict()["T"] == [data.T.min(), data.T.max()]
    assert np.abs(np.asarray(result.model.coefficients)[:, 1:] - [[0, 1], [-2, -0.5]]).max() < 1e-6


def test_a_backward_time_is_a_time():
    data = learn.datasets.pairs(LINEAR, -0.2, 12, domain=[[-1, 1], [-1, 1]], seed=0)
    result = learn.fit(data, learn.polynomial(LINEAR.variables, 1), diffrax.Euler(), steps=40)
    assert np.abs(np.asarray(result.model.coefficients)[:, 1:] + (flow_matrix(-0.2) - np.eye(2)) / 0.2).max() < 1e-10


class Own(eqx.Module):
    """A user's module with an integer, a function and a string beside its parameters."""

    weights: jax.Array
    count: jax.Array
    shape: object = eqx.field(static=True)
    note: str = "own"

    def __call__(self, x):
        return self.shape(self.weights @ x) * self.count


def test_a_users_own_module_is_trained_in_double_precision():
    data = learn.datasets.pairs(LINEAR, 0.2, 12, domain=[[-1, 1], [-1, 1]], seed=0)
    own = Own(jax.numpy.eye(2, dtype=jax.numpy.float32), jax.numpy.array(1), lambda x: x)
    result = learn.fit(data, own, diffrax.Euler(), steps=40)
    assert isinstance(result.model, Own) and result.model.note == "own" and result.model.weights.dtype == np.float64
    assert np.abs(np.asarray(result.model.weights) - (flow_matrix(0.2) - np.eye(2)) / 0.2).max() < 1e-10


class Quadratic(eqx.Module):
    matrix: jax.Array

    def __call__(self, x):
        return x @ self.matrix @ x


def test_an_hnn_learns_the_hamiltonian_of_the_inverse_equation_through_symplectic_euler(oscillator):
    model = learn.hnn(OSCILLATOR, function=Quadratic(jax.numpy.eye(2)))
    result = learn.fit(oscillator, model, learn.tableau_solver("symplectic_euler", [[0], [1]]), steps=60)
    assert np.abs(np.asarray(jax.vmap(result.model)(oscillator.x)) - oscillator_under_symplectic_euler(oscillator.x)).max() < 1e-8


def test_an_hnn_cannot_learn_what_euler_needs(oscillator):
    # through Euler the oscillator needs (e^{hJ} - 1)/h = sin(h)/h J + (cos(h) - 1)/h: no Hamiltonian gives the second term
    model = learn.hnn(OSCILLATOR, function=Quadratic(jax.numpy.eye(2)))
    result = learn.fit(oscillator, model, diffrax.Euler(), steps=60)
    assert result.loss == pytest.approx(((np.cos(0.2) - 1) / 0.2) ** 2 * np.mean(np.sum(oscillator.x**2, axis=1)), rel=1e-9)


@pytest.mark.parametrize(
    ("solver", "message"),
    [
        (lambda: diffrax.PIDController(1e-3, 1e-3), "a step size controller chooses the steps"),
        (lambda: diffrax.PIDController, "a step size controller chooses the steps"),
        (lambda: diffrax.HalfSolver(diffrax.Euler()), "pass its .solver"),
        (lambda: diffrax.SemiImplicitEuler(), "SemiImplicitEuler steps with several terms"),
        (lambda: diffrax.KenCarp3(), "KenCarp3 steps with several terms"),
        (lambda: 3, "3 is not a method"),
    ],
)
def test_solvers_without_one_fixed_step_are_refused(data, network, solver, message):
    with pytest.raises(MethodError if message == "3 is not a method" else LearningError, match=message):
        learn.fit(data, network, solver(), steps=1)
