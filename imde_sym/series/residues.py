"""A computation over trees modulo several primes, spread over an executor: each worker takes some of the primes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial

import numpy as np

from ..base.executors import spread, workers
from ..rings import Arithmetic
from ..rings.modular import ResidueArithmetic

Compute = Callable[[Arithmetic], np.ndarray]


def by_primes(compute: Compute, executor: Executor | None, label: str) -> Compute:
    """The same computation, with residues found by the executor; in arithmetics other than residues, here.

    compute : a function at the top level of a module, or a `partial` of one. Workers make their own tables of trees, and send
              four bytes for each tree and prime
    """

    def run(ring: Arithmetic) -> np.ndarray:
        if executor is None or not isinstance(ring, ResidueArithmetic) or len(ring.primes) < 2:
            return compute(ring)
        found = spread(partial(_small, compute), ring.shares(workers(executor)), executor, label)
        return np.concatenate(found, axis=-1).astype(ring.dtype)

    return run


def _small(compute: Compute, ring: ResidueArithmetic) -> np.ndarray:
    return compute(ring).astype(np.int32)  # primes have 29 bits
