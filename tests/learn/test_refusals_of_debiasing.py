"""What `debias` and `explain` are given beside the model: numbers, or a LearningError that names them."""

import numpy as np
import pytest

pytest.importorskip("jax")

import imde_sym as imde
from imde_sym import learn
from imde_sym.base.errors import LearningError

X = np.linspace(-1, 1, 8)[:, None]
FIELD = imde.VectorField("x' = y; y' = -x")


@pytest.mark.parametrize(
    "given", ["pendulum", np.array([1 + 1j]), [FIELD], ["a"], [None]], ids=["text", "complex", "field", "letters", "none"]
)
@pytest.mark.parametrize("where", ["x", "points", "y", "t", "explain"])
def test_what_is_no_number_is_refused(where, given):
    def of_time(t, x):
        return -x

    def plain(x):
        return -x

    with pytest.raises(LearningError, match=r"real|number|array|single|shapes|signature|components"):
        if where == "explain":
            learn.explain(plain, "explicit_euler", 0.1, given, X)
        elif where == "y":
            learn.debias(plain, "explicit_euler", 0.1, x=X, y=given)
        elif where == "t":
            learn.debias(of_time, "explicit_euler", 0.1, x=X, t=given)
        else:
            learn.debias(plain, "explicit_euler", 0.1, **{where: given})


def test_arguments_that_jax_cannot_take_are_refused():
    with pytest.raises(LearningError, match="args must hold numbers, arrays or pytrees"):
        learn.debias(lambda t, x, a: -x, "explicit_euler", 0.1, x=X, t=0.0, args=[FIELD])


@pytest.mark.parametrize(("x", "message"), [([], "x holds no components"), (np.ones((0, 1)), "x holds no points")])
def test_points_that_are_none_are_refused(x, message):
    for call in (learn.debias, learn.explain):
        with pytest.raises(LearningError, match=message):
            call(lambda u: -0.37 * u, "explicit_euler", h=0.1, order=3, x=x, y=x)
