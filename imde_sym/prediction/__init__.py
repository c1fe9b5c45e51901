"""What a perfect learner learns: the error of f_h over a domain, and what linear theory says of the step size."""

from .linear import linear_radius
from .prediction import Prediction, predict

__all__ = ["Prediction", "linear_radius", "predict"]
