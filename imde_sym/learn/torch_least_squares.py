"""Levenberg-Marquardt for torch modules: the method of `optimisers.levenberg_marquardt`, with Jacobians by torch.func."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..base.errors import LearningError
from .backends import library
from .calling import FAILURES
from .optimisers import DAMPING, FLAT, LARGEST, MAX_PARAMETERS, SMALLEST

ENTRIES = 20_000_000
"""Of a Jacobian that is held at once."""


class LeastSquares:
    """Steps that lower the mean of the sum of squares of `residuals`, (samples) -> (N, d), in the trained parameters of a module.

    Samples are tensors with N rows each. A step costs N·d backward passes, batched, and a Cholesky factorisation; where the
    module cannot be batched by torch.func, as one that calls torch.autograd.grad itself, the passes are made one by one.
    """

    def __init__(self, module: Any, residuals: Callable[[Sequence[Any]], Any], samples: Sequence[Any]):
        torch = library("torch", "training a torch module")

        class Whole(torch.nn.Module):  # type: ignore[name-defined, misc]
            def __init__(self) -> None:
                super().__init__()
                self.inner = module

            def forward(self, *own: Any) -> Any:
                return residuals(own)

        self._torch, self._whole, self._samples = torch, Whole(), tuple(samples)
        self._weights = {k: p for k, p in self._whole.named_parameters() if p.requires_grad}
        size = sum(p.numel() for p in self._weights.values())
        if size > MAX_PARAMETERS:
            raise LearningError(
                f"Levenberg-Marquardt is for up to {MAX_PARAMETERS} parameters, the model has {size}: take optimiser='adam' or "
                "'lbfgs'"
            )
        self.damping, self._batched = DAMPING, True
        self._system: tuple[Any, Any] | None = None
        self.loss = self._mean()

    @property
    def stalled(self) -> bool:
        """Whether no step lowers the loss any more."""
        return self.damping > LARGEST

    def step(self) -> float:
        """One attempt; the loss of the weights afterwards."""
        torch = self._torch
        if self._system is None:
            self._system = self._normal()
        A, g = self._system
        curvature = torch.diagonal(A)
        scale = torch.clamp(curvature, min=float(FLAT * curvature.max()))
        factor, failed = torch.linalg.cholesky_ex(A + self.damping * torch.diag(scale))
        old = {k: p.detach().clone() for k, p in self._weights.items()}
        found = float("nan")
        if not failed:
            self._move(-torch.cholesky_solve(g[:, None], factor)[:, 0])
            found = self._mean()
        if found < self.loss:
            self.loss, self.damping, self._system = found, max(self.damping / 3, SMALLEST), None
        else:
            self.damping *= 2
            with torch.no_grad():
                for k, p in self._weights.items():
                    p.copy_(old[k])
        return self.loss

    def _mean(self) -> float:
        return float((self._whole(*self._samples) ** 2).sum(-1).mean().detach())  # gradients stay on: the model may take its own

    def _move(self, change: Any) -> None:
        at = 0
        with self._torch.no_grad():
            for p in self._weights.values():
                p.add_(change[at : at + p.numel()].reshape(p.shape))
                at += p.numel()

    def _normal(self) -> tuple[Any, Any]:
        """JᵀJ/N and Jᵀr/N."""
        count, width = len(self._samples[0]), sum(p.numel() for p in self._weights.values())
        A, g = 0.0, 0.0
        rows = max(1, ENTRIES // (width * self._samples[0].shape[-1]))
        for start in range(0, count, rows):
            part = tuple(s[start : start + rows] for s in self._samples)
            J, r = self._jacobian(part)
            A, g = A + J.T @ J / count, g + J.T @ r / count
        return A, g

    def _jacobian(self, part: Sequence[Any]) -> tuple[Any, Any]:
        torch = self._torch
        if self._batched:
            try:
                return self._by_rows(part)
            except FAILURES:
                self._batched = False
        r = self._whole(*part).reshape(-1)
        weights = list(self._weights.values())
        rows = []
        for value in r:
            slopes = torch.autograd.grad(value, weights, retain_graph=True, allow_unused=True)
            rows.append(torch.cat([(p * 0 if s is None else s).reshape(-1) for s, p in zip(slopes, weights, strict=True)]))
        return torch.stack(rows).detach(), r.detach()

    def _by_rows(self, part: Sequence[Any]) -> tuple[Any, Any]:
        func = self._torch.func

        def one(weights: Any, *sample: Any) -> Any:
            value = func.functional_call(self._whole, weights, tuple(s[None] for s in sample))[0]
            return value, value

        weights = {k: p.detach() for k, p in self._weights.items()}
        slopes, r = func.vmap(func.jacrev(one, has_aux=True), (None, *[0] * len(part)))(weights, *part)
        count = r.numel()
        return self._torch.cat([slopes[k].reshape(count, -1) for k in weights], dim=1), r.reshape(-1)
