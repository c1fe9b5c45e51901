"""`learn.fit_coefficients`, SINDy models, and corrections that leave their library."""

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym import learn
from imde_sym.base.errors import ImdeError, LearningError, UnknownNameError

CUBIC = imde.systems["damped_cubic_oscillator"]
TEXT = "x' = k*x**3 + b*y**3; y' = c*x**3 + k*y**3"
TRUE = {"k": -0.1, "b": 2.0, "c": -2.0}


@pytest.fixture(scope="module")
def cubic():
    return learn.datasets.trajectory(CUBIC, 0.05, 100)


def worst(found, true):
    return max(abs(found[name] - value) for name, value in true.items())


def test_forward_differences_through_f_h_give_the_coefficients_of_the_ode(cubic):
    found = learn.fit_coefficients(TEXT, (cubic.x, cubic.y), "explicit_euler", h=0.05, order=5)
    assert worst(found.values, TRUE) < 1e-3 < 0.05 < worst(found.plain, TRUE)
    assert all(abs(found.values[n] - v) < 3 * found.uncertainties[n] for n, v in TRUE.items())
    assert "plain" in found.table() and found.to_dict()["values"] == dict(found.values)


@pytest.mark.parametrize(
    ("method", "order"), [("explicit_euler", 2), ("explicit_euler", 3), ("explicit_midpoint", 3), ("rk4", 4)]
)
def test_the_error_of_the_coefficients_is_of_the_order_asked_for(method, order):
    errors, steps = [], (0.05, 0.1, 0.2)
    x = np.linspace(0.2, 1, 12)[:, None]
    for h in steps:  # the logistic equation
        y = x * np.exp(h) / (1 + x * (np.exp(h) - 1))
        errors.append(abs(learn.fit_coefficients("x' = k*x - x**2", (x, y), method, h, order).values["k"] - 1))
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert abs(slope - order) < 0.5


def test_y_may_lie_several_steps_after_x_and_steps_may_differ(cubic):
    data = learn.datasets.trajectory(CUBIC, 0.1, 60, jitter=0.4)
    found = learn.fit_coefficients(TEXT, (data.x, data.y), "rk4", h=data.T / 4, S=4, order=4)
    assert worst(found.values, TRUE) < 1e-3
    assert worst(learn.fit_coefficients(TEXT, data, "rk4", S=4, order=4).values, TRUE) < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pairs", "trajectory"])
def test_uncertainties_hold_under_repetition(kind):
    """Two standard deviations hold the truth in nine of ten repetitions, and are not three times too wide."""
    scores = []
    for seed in range(25):
        options = {"domain": [[-1, 1], [-1, 1]]} if kind == "pairs" else {"x0": [1, 0.2]}
        data = getattr(learn.datasets, kind)(CUBIC, 0.05, 200, noise=3e-3, seed=seed, **options)
        found = learn.fit_coefficients(TEXT, data, "explicit_euler", order=4)
        scores.append([(found.values[n] - v) / found.uncertainties[n] for n, v in TRUE.items()])
    scores = np.array(scores)
    assert np.mean(np.abs(scores) < 2) > 0.9 and scores.std() > 1 / 3


def test_partitioned_and_implicit_methods_fit_too():
    data = learn.datasets.pairs("harmonic_oscillator", 0.1, 30, domain=[[-1, 1], [-1, 1]])
    text = "p' = -w*q; q' = v*p"
    for method, parts in (("symplectic_euler", [["p"], ["q"]]), ("symplectic_euler", [[0], [1]]), ("implicit_midpoint", None)):
        found = learn.fit_coefficients(text, data, method, order=6, parts=parts)
        assert worst(found.values, {"w": 1.0, "v": 1.0}) < 1e-5


def test_a_catalogued_system_starts_at_its_values_and_keeps_those_that_are_fixed():
    data = learn.datasets.trajectory("lorenz", 0.01, 100)
    found = learn.fit_coefficients("lorenz", data, "explicit_euler", order=3, fixed=["sigma"])
    assert set(found.values) == {"rho", "beta"} and worst(found.values, {"rho": 28, "beta": 8 / 3}) < 1e-3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: learn.fit_coefficients("x' = a*b*x + y; y' = -x", d, "explicit_euler"), "do not tell .*a.* apart"),
        (lambda d: learn.fit_coefficients("x' = y; y' = -x", d, "explicit_euler"), "no symbols"),
        (lambda d: learn.fit_coefficients("x' = a*x", d, "explicit_euler"), "2 components, the field 1"),
        (lambda d: learn.fit_coefficients(TEXT, (d.x, d.y), "explicit_euler"), "h is missing"),
        (lambda d: learn.fit_coefficients(TEXT, d, "explicit_euler", 0.3), "lie 0.05 apart"),
        (lambda d: learn.fit_coefficients(TEXT, d, "explicit_euler", fixed=["k"]), "has none"),
    ],
)
def test_what_cannot_be_fitted_is_refused(cubic, call, message):
    with pytest.raises(LearningError, match=message):
        call(cubic)


def test_an_unknown_coefficient_is_named(cubic):
    with pytest.raises(UnknownNameError, match="coefficient 'K'"):
        learn.fit_coefficients(TEXT, cubic, "explicit_euler", start={"K": 1})


def test_the_estimator_has_the_conventions_of_scikit_learn(cubic):
    model = learn.CoefficientRegressor(TEXT, "explicit_euler", 0.05, order=3)
    assert model.get_params()["order"] == 3 and model.set_params(order=4).order == 4
    assert model.fit(cubic.x, cubic.y).score(cubic.x, cubic.y) > 0.999999
    assert np.abs(model.predict(cubic.x) - cubic.y).max() < 1e-3
    with pytest.raises(LearningError, match="fit first"):
        learn.CoefficientRegressor(TEXT).predict(cubic.x)
    with pytest.raises(UnknownNameError, match="order"):
        model.set_params(ordre=3)
    base = pytest.importorskip("sklearn.base")
    copy = base.clone(model)
    assert copy.get_params() == model.get_params() and not hasattr(copy, "result_")


@pytest.mark.slow
def test_a_search_of_scikit_learn_finds_the_method_of_the_data():
    search = pytest.importorskip("sklearn.model_selection").GridSearchCV
    x = np.random.default_rng(0).uniform(0.2, 1, (30, 1))
    model = learn.CoefficientRegressor("x' = k*x", "explicit_euler", 0.2)
    found = search(model, {"order": [2, 5]}, cv=3, error_score="raise").fit(x, np.exp(-0.2) * x)
    assert found.best_params_ == {"order": 5} and found.best_score_ > 0.999


class Found:
    """What a fitted SINDy model tells of itself."""

    def __init__(self, names, terms, rows):
        self.feature_names, self.terms, self.rows = names, terms, rows

    def coefficients(self):
        return np.array(self.rows)

    def get_feature_names(self):
        return self.terms


def test_terms_of_sindy_libraries_are_read():
    model = Found(["S", "theta dot"], ["1", "S^2 theta dot", "sin(2 S)", "exp(-S) theta dot"], [[0.5, 1, 0, 0], [0, 0, -2, 0.25]])
    S, angle = sympy.symbols("S theta_dot")
    field = learn.from_pysindy(model)
    assert field.variables == (S, angle)
    expected = (sympy.Float(0.5) + S**2 * angle, -2 * sympy.sin(2 * S) + sympy.exp(-S) * angle / 4)
    assert all(sympy.simplify(a - b) == 0 for a, b in zip(field.components, expected, strict=True))
    assert len(learn.from_pysindy(model, symbols=True).parameters) == 4
    with pytest.raises(LearningError, match=r"'f0\(S\)'.*function_names"):
        learn.from_pysindy(Found(["S"], ["f0(S)"], [[1.0]]))
    with pytest.raises(LearningError, match="fit it first"):
        learn.from_pysindy(object())


@pytest.mark.slow
def test_a_model_of_pysindy_trained_on_forward_differences_is_corrected():
    sindy = pytest.importorskip("pysindy")
    data = learn.datasets.trajectory("lorenz", 0.01, 1000)
    path = np.vstack([data.x, data.y[-1:]])
    model = sindy.SINDy(
        differentiation_method=sindy.FiniteDifference(order=1),
        optimizer=sindy.STLSQ(threshold=0.3),
        feature_library=sindy.PolynomialLibrary(2),
    )
    model.fit(path, t=0.01, feature_names=["x", "y", "z"])
    field = learn.from_pysindy(model, symbols=True)
    found = learn.fit_coefficients(field, path, "explicit_euler", 0.01, order=3).field
    right = imde.systems["lorenz"]
    x = sympy.Matrix(found.components) - sympy.Matrix([c.subs(dict(right.parameters)) for c in right.components])
    assert max(abs(c) for e in x for c in sympy.expand(e).as_coefficients_dict().values()) < 0.1


def test_a_correction_that_leaves_the_library_warns_and_is_fitted_through_f_h(double_precision):
    pytest.importorskip("jax")
    data = learn.datasets.trajectory("lorenz", 0.01, 300)
    terms = np.array([learn.polynomial("x,y,z", 2).features(x) for x in data.x])
    rows = np.linalg.lstsq(terms, (data.y - data.x) / 0.01, rcond=None)[0].T
    model = learn.polynomial("x,y,z", 2, np.where(np.abs(rows) < 0.3, 0.0, rows))
    with pytest.warns(UserWarning, match="f_h leaves the library.*give x= and y="):
        exact = learn.debias_terms(model, "explicit_euler", 0.01, 3)
    with pytest.warns(UserWarning, match="fitted to x and y"):
        fitted = learn.debias_terms(model, "explicit_euler", 0.01, 3, x=data.x, y=data.y)
    x = sympy.Symbol("x")
    off = [abs(found.coefficients("y")[x] - 28) for found in (exact, fitted)]
    assert off[1] < 0.1 < off[0] and "leaves" in fitted.note
    with pytest.raises(ImdeError):
        learn.debias_terms(model, "explicit_euler", 0.01, 3, x=data.x[:, :2], y=data.y)
