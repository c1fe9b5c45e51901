"""What a perfect learner learns: the error of f_h over a domain, and what linear theory and bounds with proof say."""

from .bounds import Bound, bound
from .linear import linear_radius
from .prediction import Prediction, predict

__all__ = ["Bound", "Prediction", "bound", "linear_radius", "predict"]
