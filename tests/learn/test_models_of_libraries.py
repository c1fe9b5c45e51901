"""Models as torchdiffeq, torchdyn, diffrax and HNN code have them go in, and come out as their libraries take them."""

import copy
import inspect
import io
import pickle
import warnings

import numpy as np
import pytest

import imde_sym as imde
from imde_sym import learn
from imde_sym.learn import LearningError

torch = pytest.importorskip("torch")
DOUBLE = torch.float64
X = torch.tensor(np.random.default_rng(3).uniform(-1, 1, (12, 2)))
EULER = "explicit_euler"


def layers(inputs=2, outputs=2, activation=torch.nn.Tanh):
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(inputs, 8), activation(), torch.nn.Linear(8, outputs)).double()


class Timed(torch.nn.Module):
    """As in the demo of torchdiffeq: forward(t, y), a network of y³."""

    def __init__(self, net=None):
        super().__init__()
        self.net = net or layers()

    def forward(self, t, y):
        return self.net(y**3)


class Concatenating(torch.nn.Module):
    """As in continuous flows: the time is one more column of a batch."""

    def __init__(self):
        super().__init__()
        self.net = layers(3)

    def forward(self, t, x):
        return self.net(torch.cat([x, torch.ones_like(x[:, :1]) * t], dim=1))


class Hamiltonian(torch.nn.Module):
    """q' = ∂H/∂p, p' = -∂H/∂q by autograd, as Hamiltonian networks have it."""

    def __init__(self, how="asks for a gradient"):
        super().__init__()
        self.H, self.how = layers(outputs=1), how

    def forward(self, x):
        with torch.enable_grad():
            if self.how == "asks for a gradient":
                x = x if x.requires_grad else x.requires_grad_()
            elif self.how == "cuts the graph":
                x = x.detach().clone().requires_grad_()
            (g,) = torch.autograd.grad(self.H(x).sum(), x, create_graph=True)
        return torch.stack([g[..., 1], -g[..., 0]], -1)

    def hamiltonian(self, x):
        return self.H(x).sum(-1)


def plain(model, x=X, order=4, h=0.1):
    """The correction of a network of y³, by the function of the package that has nothing to do with calling forms."""
    return imde.modified_equation(lambda y: model.net(y**3), imde.methods[EULER], order)(x, h)


@pytest.fixture
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_a_model_of_time_and_point_is_called_as_it_was_and_goes_into_odeint():
    model = Timed()
    g = learn.debias(model, EULER, 0.1, order=4)
    assert isinstance(g, torch.nn.Module) and isinstance(g, learn.Corrected)
    assert torch.allclose(g(0.0, X), plain(model), atol=1e-13)
    assert torch.allclose(g(torch.tensor(0.0), X[0]), plain(model)[0], atol=1e-13)
    with pytest.raises(LearningError, match=r"called as \(t, y\); it was given 1"):
        g(X)
    odeint = pytest.importorskip("torchdiffeq").odeint
    with torch.no_grad():
        path = odeint(g, X, torch.tensor([0.0, 0.1], dtype=DOUBLE), method="rk4")
    assert path.shape == (2, *X.shape)


def test_a_model_of_the_point_alone_is_also_called_as_solvers_do():
    g = learn.debias(layers(), EULER, 0.1, order=3)
    assert torch.equal(g(X), g(0.0, X)) and torch.equal(g(X), g(torch.tensor(0.3), X, None))


def test_time_moves_within_a_step():
    """x' = t x is the field of the case: 0.4404 at x = 1, t = 1/2 by the augmented system."""
    right = float(
        imde.modified_equation(imde.VectorField.parse("x' = t*x"), imde.methods[EULER], 3).lambdify()([1.0, 0.5], 0.1)[0]
    )
    for order, model in ((3, lambda t, x: t * x), (3, lambda t, x, args: t * x)):
        g = learn.debias(model, EULER, 0.1, order=order)
        assert float(g(0.5, torch.tensor([1.0], dtype=DOUBLE))[0]) == pytest.approx(right, abs=1e-13)


@pytest.mark.parametrize("order", [2, 5])
def test_a_batch_with_its_time_as_a_column_is_corrected_as_point_by_point(order):
    model = Concatenating()
    g = learn.debias(model, EULER, 0.1, order=order)
    own = imde.modified_equation(
        lambda x, t: model.net(torch.cat([x, t[None] if t.ndim == 0 else t])), imde.methods[EULER], order, time=True
    )
    one = torch.stack([own(x, 0.1, torch.tensor(0.3, dtype=DOUBLE)) for x in X[:3]])
    assert torch.allclose(g(0.3, X)[:3], one, atol=1e-12)


@pytest.mark.parametrize(
    ("how", "said"),
    [("asks for a gradient", "nested autograd"), ("is given one", "nested autograd"), ("cuts the graph", "central differences")],
)
def test_hamiltonian_networks_that_differentiate_themselves(how, said, quiet):
    model = Hamiltonian(how)
    g = learn.debias(model, EULER, 0.1, order=4)
    found = g(X)
    assert said in g.note
    assert not X.requires_grad

    def field(x):
        slope = torch.func.grad(lambda y: model.H(y).sum())(x)
        return torch.stack([slope[..., 1], -slope[..., 0]], -1)

    right = imde.modified_equation(field, imde.methods[EULER], 4)(X, 0.1)
    error = float((found - right).abs().max().detach())
    assert error < (1e-12 if "autograd" in said else 1e-2) * float((right - field(X)).abs().max().detach())


def test_time_as_an_argument_of_a_model_without_signature_is_found():
    net = layers()
    g = learn.debias(lambda *args: net(args[1]), EULER, 0.1, order=3, points=X)
    assert str(g.form) == "(t, x)" and torch.allclose(g(0.0, X), learn.debias(net, EULER, 0.1, order=3)(X))


def test_controls_are_batched_with_the_points():
    A = torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=DOUBLE)
    u = torch.tensor(np.random.default_rng(1).normal(size=(12, 2)))

    def model(x, u):
        return torch.tanh(x @ A.T + u)

    g = learn.debias(model, EULER, 0.1, order=3)
    assert torch.allclose(
        g(X, u)[5], imde.modified_equation(lambda x: model(x, u[5]), imde.methods[EULER], 3)(X[5], 0.1), atol=1e-13
    )
    assert torch.allclose(g(X[5], u[5]), g(X, u)[5], atol=1e-13)


def test_layers_in_training_mode_are_refused_and_served_in_evaluation():
    for layer in (torch.nn.Dropout(0.5), torch.nn.BatchNorm1d(8).double()):
        net = torch.nn.Sequential(torch.nn.Linear(2, 8).double(), layer, torch.nn.Tanh(), torch.nn.Linear(8, 2).double())
        with pytest.raises(LearningError, match=r"model\.eval\(\)"):
            learn.debias(net, EULER, 0.1, order=3, points=X)
        assert learn.debias(net.eval(), EULER, 0.1, order=3)(X).shape == X.shape
    drop = torch.nn.Dropout(0.5)
    with pytest.raises(LearningError, match="gives two values at one point"):
        learn.debias(lambda x: drop(x), EULER, 0.1, order=3, points=X)


def test_relu_is_warned_about_with_its_alternatives():
    with pytest.warns(UserWarning, match="relu.*second derivatives.*softplus, silu"):
        learn.debias(layers(activation=torch.nn.ReLU), EULER, 0.01, order=3, points=X)


def test_a_corrected_module_trains_on_and_is_saved():
    g = learn.debias(layers(), EULER, 0.1, order=4, points=X)
    optimiser = torch.optim.SGD(g.parameters(), lr=0.1)
    before = float((g(X) ** 2).mean().detach())
    for _ in range(3):
        optimiser.zero_grad()
        (g(X) ** 2).mean().backward()
        optimiser.step()
    assert float((g(X) ** 2).mean().detach()) < before
    file = io.BytesIO()
    torch.save(g, file)
    file.seek(0)
    again = torch.load(file, weights_only=False)
    assert torch.equal(again(X), g(X)) and again.order == g.order == copy.deepcopy(g).order


def test_single_precision_and_wide_states_keep_their_type():
    torch.manual_seed(0)
    wide = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.SiLU(), torch.nn.Linear(32, 64))
    g = learn.debias(wide, "explicit_midpoint", 0.1, order=4)
    found = g(torch.randn(7, 64))
    assert found.dtype == torch.float32 and found.shape == (7, 64)


def test_what_cannot_be_called_is_told_with_the_signatures_that_were_tried():
    with pytest.raises(LearningError, match=r"called as \(x\) with a batch \(N, d\).*called as \(x\) with a point"):
        learn.debias(lambda x: x[..., :1], EULER, 0.1, order=3, points=X)
    with pytest.raises(LearningError, match="states with pieces of shapes"):
        learn.debias(Timed(), EULER, 0.1, order=3)(0.0, (X, X))


def test_judging_takes_torch_models_of_every_form(quiet):
    model = Timed()
    g = learn.debias(model, EULER, 0.1, order=3)
    for one in (model, g, lambda u: model(0.0, u)):
        assert learn.compare(one, "pendulum", EULER, 0.1, points=8).errors[0] > 0
    assert learn.learned_path(g, [0.1, 0.2], [0.0, 0.5]).shape == (2, 2)
    assert torch.isfinite(learn.retarget(model, EULER, "explicit_midpoint", 0.1, 3)(0.0, X)).all()


def test_the_hamiltonian_behind_a_torch_model_has_the_corrected_field_as_its_gradient(quiet):
    model = Hamiltonian()
    H = learn.corrected_hamiltonian(model, "implicit_midpoint", 0.3, order=4)
    x = X.clone().requires_grad_()
    (slope,) = torch.autograd.grad(H(x).sum(), x)
    field = learn.debias(model, "implicit_midpoint", 0.3, order=4)(X)
    assert torch.allclose(torch.stack([slope[:, 1], -slope[:, 0]], -1), field, atol=1e-8)
    with pytest.raises(LearningError, match="not of the form"):
        learn.corrected_hamiltonian(layers(), "implicit_midpoint", 0.3, order=3)(X)


def test_black_boxes_are_corrected_by_central_differences(quiet):
    def model(x):
        return np.stack([np.sin(x[..., 1]), -np.sin(x[..., 0])], -1)

    x, h = np.random.default_rng(0).uniform(-1, 1, (6, 2)), 0.1
    left = []
    for h in (0.2, 0.1):
        right = imde.modified_equation("x' = sin(y); y' = -sin(x)", EULER, 10).lambdify()(x, h)
        left.append(np.abs(learn.debias_map(model=model, method=EULER, h=h, order=4)(x) - right).max())
    assert np.log2(left[0] / left[1]) == pytest.approx(4, abs=0.4)
    note = learn.debias_map(lambda z: z + 0.5, 0.1, order=4, points=x).note
    assert "leave the box of the data" in note


def test_a_step_that_cannot_be_turned_back_is_taken_forward():
    field = learn.debias_map(lambda x: np.exp(-1.2) * x, 1.2, order=9)
    assert float(field(np.array([1.0]))[0]) == pytest.approx(-1.0, abs=0.01)
    growth = np.exp(0.75) - 1  # above 1: the way back does not settle, and differences are taken forward
    found = learn.debias_map(lambda x: np.exp(0.75) * x, 0.75, order=3)(np.array([1.0]))
    assert float(found[0]) == pytest.approx((growth - growth**2 / 2 + growth**3 / 3) / 0.75)


# -- JAX ---------------------------------------------------------------------------------------------
@pytest.fixture
def jax():
    jax = pytest.importorskip("jax")
    pytest.importorskip("equinox")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield jax
    jax.config.update("jax_enable_x64", before)


def test_an_equinox_module_as_in_diffrax_is_a_pytree_that_goes_into_diffeqsolve_and_trains(jax):
    import equinox as eqx

    diffrax = pytest.importorskip("diffrax")

    class Func(eqx.Module):
        mlp: eqx.nn.MLP

        def __call__(self, t, y, args):
            return self.mlp(y)

    model = Func(eqx.nn.MLP(2, 2, 8, 1, jax.numpy.tanh, key=jax.random.PRNGKey(0)))
    x = jax.numpy.asarray(X.numpy())
    g = learn.debias(model, diffrax.Euler(), 0.1, points=x)
    assert g.order >= 4 and "order" in g.note
    right = imde.modified_equation(lambda y: model(0, y, None), imde.methods[EULER], g.order)(x, 0.1)
    assert np.abs(np.asarray(g(0.0, x, None)) - right).max() < 1e-11
    solution = diffrax.diffeqsolve(diffrax.ODETerm(g), diffrax.Tsit5(), 0.0, 0.1, 0.1, x[0])
    assert np.isfinite(solution.ys).all()
    slopes = eqx.filter_grad(lambda own: jax.numpy.sum(own(0.0, x, None) ** 2))(g)
    assert len(jax.tree_util.tree_leaves(slopes)) == 4
    moved = eqx.apply_updates(g, jax.tree_util.tree_map(lambda a: -0.1 * a, slopes))
    assert type(moved) is type(g) and np.abs(np.asarray(moved(0.0, x, None) - g(0.0, x, None))).max() > 1e-4


def test_jax_series_and_derivatives_agree(jax):
    def model(x):
        return jax.numpy.stack([jax.numpy.sin(x[1]) * x[0], jax.numpy.exp(-(x[0] ** 2))])

    x = jax.numpy.asarray(X.numpy())
    for method in ("explicit_midpoint", "implicit_midpoint"):
        g = learn.debias(model, method, 0.1, order=6)
        assert np.abs(np.asarray(g(x)) - imde.modified_equation(model, imde.methods[method], 6)(x, 0.1)).max() < 1e-13


def test_jax_in_single_precision_is_judged(jax):
    jax.config.update("jax_enable_x64", False)
    g = learn.debias(lambda x: -jax.numpy.tanh(x), EULER, 0.1, order=3)
    assert g(jax.numpy.ones((3, 2))).dtype == np.float32
    assert (
        learn.compare(lambda x: -jax.numpy.tanh(x), "x' = -x; y' = -y", EULER, 0.1, domain=[[-1, 1]] * 2, points=8).errors[0] > 0
    )


def library_class(home, name, base=torch.nn.Module, **members):
    """A class as another library has it: it is known by its module and name alone."""
    return type(name, (base,), members | {"__module__": home})


Integrator = library_class(
    "neuromancer.dynamics.integrators",
    "Integrator",
    __init__=lambda self, block, h=1.0: (torch.nn.Module.__init__(self), self.__dict__.update(block=block, h=h)) and None,
    forward=lambda self, x, *args: self.integrate(x, *args),
)


def test_an_integrator_of_neuromancer_tells_field_method_and_step():
    def integrate(self, x, *args):
        k = self.block(x, *args)
        return x + 0.5 * self.h * (self.block(x, *args) + self.block(x + self.h * k, *args))

    trapezoid = library_class("neuromancer.dynamics.integrators", "Euler_Trap", Integrator, integrate=integrate)
    net = layers()
    net.in_features, net.out_features = 2, 2
    g = learn.debias(trapezoid(net, h=0.1), order=4)
    assert torch.allclose(g(X), imde.modified_equation(net, imde.methods["heun2"], 4)(X, 0.1), atol=1e-13)
    assert trapezoid(g, h=0.1)(X).shape == X.shape and (g.in_features, g.out_features) == (2, 2)


def test_a_block_of_any_number_of_inputs_takes_controls():
    net, u = layers(3), X[:, :1]
    block = library_class("mine", "Block", forward=lambda self, *inputs: net(torch.cat(inputs, -1)))()
    known = learn.debias(lambda x, u: net(torch.cat([x, u], -1)), EULER, 0.1, order=3)(X, u)
    for g in (learn.debias(block, EULER, 0.1, order=3), learn.debias(block, EULER, 0.1, order=3, points=X, args=(u,))):
        assert torch.allclose(g(X, u), known, atol=1e-13)


def test_what_torchdyn_solves_is_corrected_and_tells_that_it_takes_the_time():
    class Field(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = layers()

        def forward(self, t, x, args={}):  # noqa: B006
            return self.net(x).to(x)

    node = library_class("torchdyn.core.neuralde", "NeuralODE", forward=lambda self, x, t_span=None: (t_span, x[None]))()
    node.vf = Field()
    g = learn.debias(node, EULER, 0.1, order=4)
    assert torch.allclose(g(0.0, X, args={}), imde.modified_equation(node.vf.net, imde.methods[EULER], 4)(X, 0.1), atol=1e-13)
    assert "t" in inspect.getfullargspec(g.forward).args, "else torchdyn would not give it the time"
    assert "t" not in inspect.getfullargspec(learn.debias(node.vf.net, EULER, 0.1, order=4).forward).args
    again = copy.deepcopy(pickle.loads(pickle.dumps(learn.debias(Timed(), EULER, 0.1, order=2))))
    assert "t" in inspect.getfullargspec(again.forward).args
