"""What debias decides, and what explain says, on models whose errors are known."""

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym import learn
from imde_sym.learn import LearningError, correction

torch = pytest.importorskip("torch")
EULER = "explicit_euler"
X = torch.tensor(np.random.default_rng(2).uniform(-1, 1, (40, 2)))


def field(x):
    """The pendulum in units of its own."""
    return torch.stack([-torch.sin(x[..., 1]), x[..., 0]], -1)


def trained(method, h, order=9):
    """A perfect model: the inverse modified field, far beyond what is corrected."""
    F = imde.inverse_modified_equation("p' = -sin(q); q' = p", method, order)
    functions = [{"sin": torch.sin, "cos": torch.cos}]
    values = sympy.lambdify(F.variables, list(F.as_expr(h)), functions, cse=True)
    return lambda x: torch.stack(values(x[..., 0], x[..., 1]), -1)


def flow(x, T):
    return torch.tensor(learn.BatchFlow.of(imde.VectorField.parse("p' = -sin(q); q' = p"))(x.numpy(), T))


def error(model, x=X):
    return float((model(x) - field(x)).abs().max(-1).values.mean())


def test_the_automatic_order_leaves_something_to_correct_for_methods_of_every_order():
    for name, h in (("kutta3", 0.3), ("rk38", 0.25)):
        model = trained(name, h, 6)
        g = learn.debias(model, name, h)
        assert g.order == "auto" and "before the first call" in g.note
        assert error(g) < error(model) / 20
        assert g.order >= imde.methods[name].order + 3 and f"order {g.order}" in g.note


def test_what_remains_is_the_first_term_that_does_not_vanish():
    for name, order in (("implicit_midpoint", 3), ("explicit_midpoint", 1), ("rk38", 2)):
        model = trained(name, 0.2, 8)
        g = learn.debias(model, name, 0.2, order=order)
        assert g.remaining(X) == pytest.approx(error(g), rel=0.25)


def test_the_order_is_kept_where_the_training_error_is_all_that_is_left():
    h = 0.1
    perfect = trained(EULER, h)

    def noisy(x):
        return perfect(x) + 1e-4

    g = learn.debias(noisy, EULER, h, x=X, y=flow(X, h))
    assert "below the training error" in g.note and g.order <= 7
    assert g.remaining(X) == pytest.approx(1.4e-4, rel=0.3)
    assert g.remaining(X, flow(X, h), h) == pytest.approx(g.remaining(X))
    better = learn.debias(perfect, EULER, h, x=X, y=flow(X, h))
    assert better.order > g.order and error(better) < error(g) / 50


def test_data_that_show_that_a_correction_does_not_help_stop_it_with_both_numbers():
    h = 0.01

    def poor(x):
        return field(x) + 0.3

    with pytest.raises(LearningError, match=r"moves the field by \d.*its error would be 4\.\d\de-01.*force=True"):
        learn.debias(poor, EULER, h, x=X, y=flow(X, h))
    g = learn.debias(poor, EULER, h, x=X, y=flow(X, h), force=True)
    assert "would not help" in g.note and g(X).shape == X.shape


def test_without_data_a_correction_beyond_its_reach_is_warned_about():
    with pytest.warns(UserWarning, match="beyond 1, up to which the expansion converges"):
        learn.debias(lambda x: -x * 3, EULER, 0.5, points=X)
    g = learn.debias(trained(EULER, 0.1), EULER, 0.1, x=X, points=3 * X)
    assert "outside the box of the training data" in g.note


def test_steps_of_their_own_choice_are_not_corrected_for():
    net = trained(EULER, 0.1)
    with pytest.raises(LearningError, match="of the size of the tolerance, here about 1e-06"):
        learn.debias(net, "dopri5", 0.1, rtol=1e-6, atol=1e-8)
    with pytest.raises(LearningError, match="h is missing"):
        learn.debias(net, "dopri5")
    diffrax = pytest.importorskip("diffrax")
    with pytest.raises(LearningError, match="of the size of the tolerance"):
        learn.debias(net, diffrax.PIDController(rtol=1e-6, atol=1e-8), 0.1)


def test_the_gain_that_explain_expects_is_the_gain_of_debias():
    h = 0.1
    for size in (1e-2, 1e-4):
        perfect = trained(EULER, h)

        def model(x, perfect=perfect, size=size):
            return perfect(x) + size * torch.sin(5 * x)

        found = learn.explain(model, EULER, h, X, flow(X, h))
        gain = error(model) / error(learn.debias(model, EULER, h, x=X, y=flow(X, h)))
        assert found.bias == pytest.approx(error(model), rel=0.2)
        assert gain / 2.5 < found.gain < gain * 2.5
        assert found.gain == pytest.approx(found.bias / (found.remaining + found.training_error))


def test_terms_that_shrink_slowly_are_more_than_their_first():
    # rk4 on the scaled Hodgkin-Huxley field at h = 0.078: the error grew 2.3 times, where the first term promised 1.6 times less
    moved, first, training = 0.1405, 0.0692, 0.0181
    assert moved / (correction.left_out(moved, first, 7 - 4) + training) < 1 < moved / (first + training)
    terms = [0.5**k for k in range(60)]  # a geometric series is summed
    assert correction.left_out(1.0, terms[3], 3) == pytest.approx(sum(terms[3:]))


def test_explain_counts_steps_and_reads_them_as_the_solver_took_them():
    h = 0.05
    model = trained(EULER, h)
    found = learn.explain(model, EULER, h, X, flow(X, 2 * h), S=2)
    assert found.training_error < 1e-6 and found.gain > 100
    S = found.substeps(found.bias / 10)
    assert S == 20
    finer = error(trained(EULER, 2 * h / S))
    assert finer == pytest.approx(found.bias / 10, rel=0.1)
    assert found.solver(found.bias / 50) in ("explicit_midpoint", "kutta3", "rk4")
    assert "debias: it makes the error about" in found.advice
    assert (
        "no conserved energy" in found.structure
        and "symplectic"
        in learn.explain(trained("implicit_midpoint", h), "implicit_midpoint", h, X, training_error=1e-6).structure
    )
    coarse = learn.explain(trained(EULER, 0.5), EULER, 0.5, X, training_error=1e-3, order=4)
    assert "Where you can retrain, dopri5" in coarse.advice or "Where you can retrain, rk4" in coarse.advice
    text, data = str(found), found.to_dict()
    assert (
        "expected gain of debias" in text and "expected gain of debias</td>" in found._repr_html_() and data["gain"] == found.gain
    )


def test_explain_and_curves_need_something_to_judge_by():
    model = trained(EULER, 0.1)
    with pytest.raises(LearningError, match="give x and y"):
        learn.explain(model, EULER, 0.1, X)
    untold = learn.overfit_curve(model, EULER, 0.1, [0.05, 0.1], points=X)
    assert "cannot tell" in untold.verdict and not untold.tied
    told = learn.overfit_curve(model, EULER, 0.1, [0.05, 0.1], pairs=(X, flow(X, 0.1)))
    assert "tied to" in told.verdict and told.own < 1e-6
    (row,) = told.measured.values()
    assert row[0] == pytest.approx(told.predicted[next(iter(told.predicted))][0], rel=0.05)


def test_a_monitor_logs_at_its_turn():
    lines = []
    monitor = learn.Monitor(EULER, 0.1, X, flow(X, 0.1), every=5, log=lines.append)
    for step in range(11):
        monitor(step, trained(EULER, 0.1) if step % 5 == 0 else None)
    assert len(lines) == len(monitor.history) == 3 and lines[0].startswith("step 0: solver's error")
