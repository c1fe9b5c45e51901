"""States that are tuples, dicts or other pytrees, as torchdiffeq and diffrax take them, go in and come out as they are."""

import copy
import pickle
from collections import namedtuple

import numpy as np
import pytest

import imde_sym as imde
from imde_sym import learn
from imde_sym.learn import LearningError
from imde_sym.learn.states import State, readings

torch = pytest.importorskip("torch")
X, H = np.random.default_rng(5).uniform(-1, 1, (12, 3)), 0.1
T = torch.tensor(X)
PAIR = T[:, :2], T[:, 2:]
EULER = "explicit_euler"


class Joined(torch.nn.Module):
    """A batch of tuples, as in continuous normalizing flows: torch.cat along the axis of the components."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.net = torch.nn.Sequential(torch.nn.Linear(3, 6), torch.nn.Tanh(), torch.nn.Linear(6, 3)).double()

    def forward(self, t, state):
        found = self.net(torch.cat(state, dim=1))
        return found[:, :2], found[:, 2:]


def kepler(t, state, args):
    """Of one state: in a batch the norm would be that of all."""
    q, p = state
    return p, -q / (q**2).sum() ** 1.5


def kepler_by_trees(x, order):
    field = "x' = u; y' = v; u' = -x/(x^2 + y^2)^(3/2); v' = -y/(x^2 + y^2)^(3/2)"
    return imde.modified_equation(field, EULER, order).lambdify("numpy", h=H)(x)


def test_a_module_of_tuples_is_corrected_in_tuples_and_goes_into_odeint():
    model = Joined()
    g = learn.debias(model, EULER, H, order=4)
    found = g(0.0, PAIR)
    right = imde.modified_equation(model.net, imde.methods[EULER], 4)(T, H)
    assert isinstance(found, tuple) and torch.allclose(torch.cat(found, 1), right, atol=1e-13)
    assert g(0.0, (T[:5, :2], T[:5, 2:]))[1].shape == (5, 1), "another batch"
    again = pickle.loads(pickle.dumps(copy.deepcopy(g)))
    assert again.form == g.form and torch.equal(again(0.0, PAIR)[0], found[0])
    odeint = pytest.importorskip("torchdiffeq").odeint
    path = odeint(g, PAIR, torch.tensor([0.0, 0.1]).double(), method="rk4")
    assert [tuple(p.shape) for p in path] == [(2, 12, 2), (2, 12, 1)]
    path[0].sum().backward()
    assert all(w.grad is not None for w in g.parameters())


@pytest.mark.slow
def test_what_is_said_of_a_model_does_not_depend_on_the_form_of_its_states():
    model, target = Joined(), torch.tensor(X + H * np.random.default_rng(6).normal(0, 1e-3, X.shape))
    pieces = target[:, :2], target[:, 2:]
    for ask in (
        lambda m, x, y: learn.explain(m, EULER, H, x, y, order=4).to_dict() | {"model": ""},
        lambda m, x, y: learn.overfit_curve(m, EULER, H, [H / 2, H], pairs=(x, y)).to_dict(),
        lambda m, x, y: learn.compare(m, "a' = b; b' = -a; c' = -c", EULER, H, points=x, orders=2).to_dict(),
        lambda m, x, y: learn.debias(m, EULER, H, order=3).remaining(x),
        lambda m, x, y: learn.debias(m, EULER, H, x=x, y=y, order=3, force=True).remaining(x, y),
    ):
        one, other = ask(model, PAIR, pieces), ask(model.net, T, target)
        assert str(one) == str(other)


def test_pytrees_of_jax_are_corrected_as_one_state_or_where_data_told_its_shapes_as_many():
    jax = pytest.importorskip("jax")
    q, p = X[:, :2] + 1.5 * np.sign(X[:, :2]), X[:, 1:]
    right = kepler_by_trees(np.concatenate([q, p], 1), 3)
    one = learn.debias(kepler, EULER, H, order=3)
    assert np.allclose(np.concatenate(one(0.0, (q[0], p[0]), None)), right[0], atol=1e-13)
    many = learn.debias(kepler, EULER, H, order=3, points=(q, p))
    assert np.allclose(np.concatenate(many(0.0, (q, p), None), 1), right, atol=1e-13)
    named = learn.debias(lambda s: {"b": -s["a"], "a": s["b"]}, EULER, H, order=3)
    value = jax.jit(named)({"a": 0.37, "b": jax.numpy.array(-1.0)})
    assert np.allclose([value["a"], value["b"]], [-1 + H / 2 * 0.37 + H**2 / 3, -0.37 - H / 2 + H**2 / 3 * 0.37])


def test_paths_and_other_targets_come_in_pieces():
    model = Joined()
    path = learn.learned_path(model, (T[:1, :2], T[:1, 2:]), [0.0, 0.5])
    assert isinstance(path, tuple) and path[0].shape == (2, 1, 2)
    assert np.allclose(path[1][-1], learn.learned_path(model.net, X[0], [0.0, 0.5])[-1, 2:])
    new, plain = (learn.retarget(m, EULER, "explicit_midpoint", H, 3) for m in (model, model.net))
    assert torch.allclose(new(0.0, PAIR)[0], plain(T)[:, :2])


def test_partitioned_methods_split_components_that_count_on_from_piece_to_piece():
    state = namedtuple("State", "q p")(T[:, :1], T[:, 1:2])
    g = learn.debias(lambda s: type(s)(s.p, -torch.sin(s.q)), "symplectic_euler", H, order=4, parts=[[1], [0]])
    right = imde.modified_equation("p' = -sin(q); q' = p", "symplectic_euler", 4, [["p"], ["q"]]).lambdify("numpy", h=H)
    assert np.allclose(np.flip(np.concatenate(g(state), 1), 1), right(X[:, 1::-1]), atol=1e-12)


@pytest.mark.slow
def test_networks_of_pieces_are_trained_as_those_of_arrays():
    end = (PAIR[0] * 0.9, PAIR[1] * 0.8)
    one = learn.fit((PAIR, end), Joined(), EULER, T=H, steps=3)
    other = learn.fit((T, torch.cat(end, 1)), Joined().net, EULER, T=H, steps=3)
    assert np.allclose(one.losses, other.losses)
    jax, net = pytest.importorskip("jax"), learn.mlp(3, 6)

    def pieces(model, s):
        return dict(zip("ab", jax.numpy.split(model(jax.numpy.concatenate([s["a"], s["b"]])), [2]), strict=True))

    one, other = (
        learn.fit(data, model, EULER, T=H, steps=3)
        for data, model in (
            (
                {"x": dict(zip("ab", PAIR, strict=True)), "y": dict(zip("ab", end, strict=True))},
                jax.tree_util.Partial(pieces, net),
            ),
            ((T, torch.cat(end, 1)), net),
        )
    )
    assert np.allclose(one.losses, other.losses) and one.model({"a": X[0, :2], "b": X[0, 2:]})["b"].shape == (1,)


def test_maps_and_energies_of_pieces():
    decay = learn.debias_map(lambda s: tuple(np.exp(-H * k) * a for k, a in enumerate(s, 1)), H, 8, points=PAIR)
    assert np.allclose(decay(PAIR)[1], -2 * X[:, 2:]) and "leave the box" in decay.note
    turn = np.tan(H / 2) / (H / 2)  # what the midpoint rule makes of an oscillator
    energy = learn.corrected_hamiltonian(lambda s: (s[1] * turn, -s[0] * turn), "implicit_midpoint", H, order=6)
    assert np.allclose(energy((T[:, :1], T[:, 1:2])), (X[:, :2] ** 2).sum(1) / 2, atol=1e-8)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            lambda g: g(0.0, (T[:, :2], T[:, :2])),
            r"pieces of shapes \[\(2,\), \(1,\)\]; pieces of shapes \[\(12, 2\), \(12, 2\)\]",
        ),
        (lambda g: g(0.0, T[:, :2]), "the states of the model have 3 components"),
        (lambda g: learn.explain(g, EULER, H, PAIR, PAIR[:1]), "do not fit"),
        (lambda g: learn.fit_coefficients("x' = k*x", (PAIR, PAIR), EULER, H), "have to be joined"),
        (lambda g: learn.debias(kepler, EULER, H, points=(X, X[:5])), r"pieces of shapes \[\(12, 3\), \(5, 3\)\]"),
    ],
)
def test_pieces_that_do_not_fit_are_told_by_their_shapes(given, said):
    g = learn.debias(Joined(), EULER, H, order=2, points=PAIR)
    with pytest.raises(LearningError, match=said):
        given(g)


def test_what_a_state_can_be_is_read_off_the_shapes_of_its_pieces():
    def shapes(x, many):
        return [s.shapes for s in readings(x, "torch", many)]

    column, matrix, number = torch.zeros(5, 1), torch.zeros(5, 3, 3), torch.zeros(())
    assert shapes((column, matrix), True) == [((1,), (3, 3)), ((5, 1), (5, 3, 3))]
    assert shapes((column, matrix), False) == [((1,), (3, 3)), ((5, 1), (5, 3, 3))]
    assert shapes((column, number), False) == shapes((column, number), True) == [((5, 1), ())]
    state = State.of({"w": matrix, "c": column}, "torch", 1)
    at = state.join({"w": matrix + 2, "c": column + 1})
    assert at.shape == (5, 10) and state.size == 10 and torch.equal(state.split(at)["c"], column + 1)
