"""Examples in docstrings: skipped where a library that they import is not installed; settings of JAX come back after them."""

import gc
import re
import sys
from importlib.util import find_spec

import pytest

IMPORT = re.compile(r"^\s*(?:import|from) +([A-Za-z_]\w*)", re.MULTILINE)


def pytest_configure():
    gc.disable()


def pytest_collection_finish():
    """What was imported and collected stays to the end: looking for cycles in it again and again would be a tenth of the run."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _libraries_of_an_example(request):
    if not isinstance(request.node, pytest.DoctestItem):
        yield
        return
    for example in request.node.dtest.examples:
        for name in IMPORT.findall(example.source):
            if name not in sys.modules and find_spec(name) is None:
                pytest.skip(f"{name} is not installed")
    jax = sys.modules.get("jax")
    before = jax.config.jax_enable_x64 if jax else False
    yield
    if jax := sys.modules.get("jax"):
        jax.config.update("jax_enable_x64", before)
