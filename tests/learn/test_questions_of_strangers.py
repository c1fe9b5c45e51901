"""What people ask of models and data that are not what they take them for: answered, refused in words, or doubted."""

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym import learn
from imde_sym.base.errors import FieldError
from imde_sym.learn import LearningError

torch = pytest.importorskip("torch")
expm = pytest.importorskip("scipy.linalg").expm
H, EULER = 0.1, "explicit_euler"
A = np.array([[0.0, 1.0], [-1.0, -0.37]])
LEARNED = torch.tensor((expm(H * A) - np.eye(2)) / H)  # through Euler's method, exactly
X = np.random.default_rng(1).uniform(-1, 1, (60, 2))
Y = X @ expm(H * A).T
TRAJECTORIES = np.stack([X @ expm(k * H * A).T for k in range(12)], axis=1)
FIELD = "x' = a*x + b*y; y' = c*x + d*y"


def model(x):
    return x @ LEARNED.T


class Timed(torch.nn.Module):
    def __init__(self, rate=0.0):
        super().__init__()
        self.rate = rate

    def forward(self, t, x):
        return model(x) * (torch.cos(self.rate * t) if self.rate else 1)


class Appending(torch.nn.Module):
    """A batch at one time, which is its last column, as continuous flows have it."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2)).double()

    def forward(self, t, x):
        return self.net(torch.cat([x, torch.ones_like(x[:, :1]) * t], 1))


class Sindy:
    feature_names = ("x", "y")

    def __init__(self, rows):
        self.rows = rows

    def coefficients(self):
        return np.asarray(self.rows)

    def get_feature_names(self):
        return ["x", "y"]


def test_a_model_that_is_not_finite_is_refused_with_the_points():
    def broken(x):
        return torch.where(x[..., :1] > 0.9, torch.nan, model(x))

    count = int((X[:, 0] > 0.9).sum())
    with pytest.raises(LearningError, match=f"not finite at {count} of 60 points"):
        learn.explain(broken, EULER, H, X, Y)
    with pytest.raises(LearningError, match="not finite"):
        learn.debias(broken, EULER, H, 3, x=X)


def test_models_that_were_not_trained_as_said_are_doubted():
    true = torch.tensor(A)
    found = learn.explain(lambda x: x @ true.T, EULER, H, X, Y)
    assert "not by steps of" in found.advice and "exact flow" in str(found)
    assert "debias_map" in learn.explain(lambda x: x + H * model(x), EULER, H, X, Y).advice
    assert learn.explain(model, EULER, H, X, Y).doubt == ""


def test_a_model_that_depends_on_its_time_is_asked_for_it():
    with pytest.raises(LearningError, match="depends on the time"):
        learn.explain(Timed(0.37), EULER, H, X, Y)
    assert learn.explain(Timed(), EULER, H, X, Y, order=3).gain > 10
    with pytest.raises(LearningError, match=r"shape is \(7,\)"):
        learn.explain(Timed(0.37), EULER, H, X, Y, t=np.zeros(7))
    with pytest.raises(LearningError, match="depends on the time"):
        learn.debias_map(model=Timed(0.37), method=EULER, h=H)(torch.tensor(X))
    with pytest.warns(UserWarning, match="depends on the time"):
        learn.compare(Timed(0.37), "x' = y; y' = -x - 0.37*y", EULER, H, points=X)
    field = learn.debias_map(model=Timed(), method=EULER, h=H, order=6)
    assert np.allclose(field(torch.tensor(X)), X @ A.T, atol=1e-7)


def test_points_at_different_times_go_to_a_model_of_batches_at_one_time():
    own, t = Appending(), np.linspace(0, 1, len(X))
    g = learn.debias(own, "heun2", H, 3, x=X[:9], t=t[:9])
    x = torch.tensor(X[:9])
    with torch.no_grad():
        each = torch.cat([learn.debias(own, "heun2", H, 3)(float(s), x[i : i + 1]) for i, s in enumerate(t[:9])])
        assert torch.allclose(g(torch.tensor(t[:9]), x), each, atol=1e-12)


def test_numbers_of_other_kinds_than_the_model_has_are_taken():
    weights = torch.nn.Linear(2, 2, bias=False)
    weights.weight.data = LEARNED.float()
    found = learn.explain(weights, EULER, H, torch.tensor(X), torch.tensor(Y), order=2)
    assert found.gain > 10 and "float32" in found.note
    assert learn.explain(weights.bfloat16(), EULER, H, X, Y, order=1).training_error < 0.1
    controlled = learn.explain(lambda x, u: model(x) + u, EULER, H, X, Y, args=(np.zeros((60, 2)),), order=2)
    assert controlled.bias == pytest.approx(learn.explain(model, EULER, H, X, Y, order=2).bias)


def test_a_model_in_numpy_is_corrected_for_numpy_beside_torch():
    def plain(x):
        return np.asarray(x) @ LEARNED.numpy().T

    assert np.allclose(learn.debias(plain, EULER, H, 5, x=X)(X), X @ A.T, atol=1e-5)
    assert learn.explain(plain, EULER, H, X, Y, order=4).gain > 10


def test_what_is_no_model_is_refused_at_once_with_what_takes_it():
    sindy = Sindy(LEARNED.numpy())
    for given, text in ((sindy, "debias_terms"), (imde.VectorField("x' = -x"), "modified_equation"), (Timed, "is a class")):
        with pytest.raises(LearningError, match=text):
            learn.debias(given, EULER, H)
    with pytest.raises(FieldError, match="network_field"):
        imde.bound("pendulum", EULER, H, learner=torch.nn.Linear(2, 2))
    with pytest.raises(FieldError, match="from_pysindy"):
        imde.bound("pendulum", EULER, H, learner=sindy)


def test_sindy_models_are_corrected_term_by_term_as_they_are():
    sindy = Sindy(LEARNED.numpy())
    for given in (sindy, learn.from_pysindy(sindy)):
        terms = learn.debias_terms(given, EULER, H, order=6)
        table = {(t.component, str(t.term)): t.corrected for t in terms.terms}
        assert table["y", "y"] == pytest.approx(-0.37, abs=1e-5) and table["x", "y"] == pytest.approx(1, abs=1e-5)
    assert list(learn.fit_coefficients(sindy, (X, Y), EULER, H).values.values()) == pytest.approx([0, 1, -1, -0.37], abs=1e-6)
    with pytest.raises(LearningError, match="linear in its coefficients"):
        learn.debias_terms(model, EULER, H)


def test_controls_of_sindy_models_are_refused_where_no_fit_takes_them():
    class Controlled(Sindy):
        feature_names = ("x", "y", "u")

        def get_feature_names(self):
            return ["x", "y", "u"]

    driven = Controlled([[-0.95, 0.0, 0.5], [0.0, -0.5, 0.0]])
    with pytest.raises(LearningError, match="controls u"):
        learn.fit_coefficients(driven, (X, Y), EULER, H)
    assert "u" in {str(t.term) for t in learn.debias_terms(driven, EULER, H, order=3).terms}


def test_trajectories_with_the_time_in_front_are_noticed():
    turned = TRAJECTORIES.swapaxes(0, 1)
    with pytest.warns(UserWarning, match="swapaxes"):
        found = learn.fit_coefficients(FIELD, turned, EULER, H)
    assert "of the motion" in found.note
    with pytest.raises(LearningError, match=r"\(12, 1, 2\).*swapaxes"):
        learn.fit_coefficients(FIELD, turned[:, :1], EULER, H)
    assert learn.fit_coefficients(FIELD, TRAJECTORIES, EULER, H).note == ""


def test_a_field_that_does_not_follow_the_data_is_told_from_noise():
    wrong = learn.fit_coefficients("x' = a*x; y' = d*y", TRAJECTORIES, EULER, H)
    assert "alike in neighbouring pairs" in wrong.note
    noisy = TRAJECTORIES + np.random.default_rng(0).normal(0, 0.01, TRAJECTORIES.shape)
    assert "motion" not in learn.fit_coefficients(FIELD, noisy, EULER, H).note


def test_an_overfit_curve_does_not_judge_by_pairs_that_the_model_misses():
    curve = learn.overfit_curve(lambda x: model(x) + 0.1, EULER, H, [H / 2, H], pairs=(X, Y))
    assert curve.verdict.startswith("cannot tell") and not curve.tied
    assert learn.compare(model, "x' = y; y' = -x - 0.37*y", EULER, H, points=TRAJECTORIES).errors[0] < 0.1


def test_nested_derivatives_are_not_taken_deeper_than_they_pay():
    class Energy(torch.nn.Module):
        """As in the code of Hamiltonian networks: the field is a gradient that the model takes itself."""

        def forward(self, x):
            gradient = torch.autograd.grad(torch.cosh(x).sum(), x, create_graph=True)[0]
            return gradient @ torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=x.dtype)

    orders = {m: learn.debias(Energy(), m, H, x=X[:3]).order for m in ("implicit_midpoint", "explicit_euler")}
    assert orders == {"implicit_midpoint": 4, "explicit_euler": 5}


@pytest.mark.slow
def test_an_order_is_not_raised_into_rounding():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    found = learn.explain(lambda x: net((3 * x) ** 3), "dopri5", 0.01, X.astype("float32"), Y.astype("float32"))
    assert found.order < 8  # p + 3, from where on there is only rounding


def test_terms_of_a_field_are_those_of_its_expansion():
    x = sympy.Symbol("x")
    (term,) = learn.debias_terms(imde.VectorField({x: x * (1 - 2)}), EULER, H, order=5).terms
    assert term.corrected == pytest.approx(float(sympy.log(1 - H) / H), abs=1e-4)
