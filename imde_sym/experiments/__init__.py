"""The experiments of the seed paper, and some beside them, as studies."""

from .experiments import EXPERIMENTS, Experiment

__all__ = ["EXPERIMENTS", "Experiment"]
