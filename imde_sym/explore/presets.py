"""Stories that one click tells."""

from __future__ import annotations

from typing import Any

PRESETS: tuple[dict[str, Any], ...] = (
    {
        "title": "A pendulum gains energy",
        "text": "Explicit Euler really solves another equation, in which the pendulum is pushed all the time.",
        "state": {"system": "pendulum", "method": "explicit_euler", "order": 4, "direction": "forward", "h": 0.02, "time": 10},
    },
    {
        "title": "A network learns friction",
        "text": "A model trained on exact data through explicit Euler makes up for it: it learns a pendulum with friction.",
        "state": {"system": "pendulum", "method": "explicit_euler", "order": 4, "direction": "inverse", "h": 0.02, "time": 10},
    },
    {
        "title": "Lorenz spirals in",
        "text": "Learned through explicit Euler, the Lorenz system is no longer chaotic: it comes to rest.",
        "state": {"system": "lorenz", "method": "explicit_euler", "order": 4, "direction": "inverse", "h": 0.01, "time": 10},
    },
    {
        "title": "Leapfrog's shadow",
        "text": "Leapfrog changes the energy, but for ever and ever conserves another one, its shadow Hamiltonian.",
        "state": {"system": "pendulum", "method": "strang", "order": 5, "direction": "forward", "h": 0.2, "time": 20},
    },
    {
        "title": "Order four is not exact",
        "text": "What the classical Runge-Kutta method leaves: a term in h to the fourth, small until h grows.",
        "state": {"system": "van_der_pol", "method": "rk4", "order": 6, "direction": "inverse", "h": 0.2, "time": 20},
    },
)
