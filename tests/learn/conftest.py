"""Double precision for the tests that train: `learn` is about differences that single precision cannot see."""

import pytest


@pytest.fixture(scope="module")
def double_precision():
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)
