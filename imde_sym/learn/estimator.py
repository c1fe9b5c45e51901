"""Coefficients fitted through a solver, as an estimator of scikit-learn's kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import LearningError, UnknownNameError, shown
from .base import as_numpy, real_array
from .coefficients import CoefficientFit, fit_coefficients
from .flows import BatchFlow

SETTINGS = ("field", "method", "h", "order", "S", "start", "fixed", "parts", "noisy")


@checked
class CoefficientRegressor:
    """`fit_coefficients` with the conventions of scikit-learn: fit, predict, score, get_params, set_params; it can be cloned.

    field, method, h, order, S, start, fixed, parts, noisy : as for `fit_coefficients`
    After `fit(X, y)`, X and y (N, d), y lying S steps after X: `result_`, `field_`, `coef_` (in the order of `names_`).

    >>> X = np.linspace(0.2, 1, 20)[:, None]
    >>> model = CoefficientRegressor("x' = k*x", "explicit_euler", 0.2).fit(X, np.exp(-0.2) * X)
    >>> model.coef_.round(4).tolist(), model.predict([[1.0]]).round(4).tolist(), round(model.score(X, np.exp(-0.2) * X), 6)
    ([-1.0], [[0.8187]], 1.0)
    >>> model.set_params(order=3).get_params()["order"]
    3
    """

    def __init__(
        self,
        field: Any = None,
        method: Any = "explicit_euler",
        h: Any = None,
        order: Any = 5,
        S: Any = 1,
        start: Any = None,
        fixed: Any = (),
        parts: Any = None,
        noisy: Any = "both",
    ):
        self.field, self.method, self.h, self.order, self.S = field, method, h, order, S
        self.start, self.fixed, self.parts, self.noisy = start, fixed, parts, noisy

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name; `deep` makes no difference. Raises nothing: no setting is an estimator."""
        del deep  # no setting is an estimator
        return {name: getattr(self, name) for name in SETTINGS}

    def set_params(self, **settings: Any) -> CoefficientRegressor:
        """Change settings. Raises UnknownNameError."""
        for name, value in settings.items():
            if name not in SETTINGS:
                raise UnknownNameError("setting", name, SETTINGS)
            setattr(self, name, value)
        return self

    def fit(self, X: Any, y: Any = None) -> CoefficientRegressor:
        """Fit to pairs, or without y to trajectories and datasets as `fit_coefficients` takes them. Raises what it raises."""
        if self.field is None:
            raise LearningError('the field is missing: CoefficientRegressor("x\' = k*x", method, h)')
        data = X if y is None else (as_numpy(X), as_numpy(y))
        options: Mapping[str, Any] = {name: getattr(self, name) for name in SETTINGS[4:]}
        self.result_: CoefficientFit = fit_coefficients(self.field, data, self.method, self.h, self.order, **options)
        self.names_: Sequence[str] = list(self.result_.values)
        self.coef_, self.field_ = np.array(list(self.result_.values.values())), self.result_.field
        self.n_features_in_ = self.field_.dimension
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The points S steps after X, (N, d), by the flow of the fitted field. Raises LearningError before `fit`."""
        if not hasattr(self, "result_"):
            raise LearningError("predict needs a fit first: call fit(X, y)")
        span = self.result_.h * self.result_.S
        return BatchFlow.of(self.field_)(real_array(as_numpy(X), "X", 2), span)

    def score(self, X: Any, y: Any) -> float:
        """The coefficient of determination R² of the steps y - X, 1 at best, the mean over the components."""
        x, target = (real_array(as_numpy(a), "X and y", 2) for a in (X, y))
        left = np.sum((self.predict(x) - target) ** 2, axis=0)
        moves = target - x
        whole = np.sum((moves - moves.mean(axis=0)) ** 2, axis=0)
        return float(np.mean(1 - left / np.where(whole > 0, whole, 1)))

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks of estimators."""
        from sklearn.utils import InputTags, RegressorTags, Tags, TargetTags  # type: ignore[import-not-found, unused-ignore]

        targets = TargetTags(required=False, multi_output=True)
        return Tags(estimator_type="regressor", target_tags=targets, regressor_tags=RegressorTags(), input_tags=InputTags())

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "result_")

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={shown(getattr(self, name))}" for name in SETTINGS[:5])
        return f"CoefficientRegressor({given})"
