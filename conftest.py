"""Examples in docstrings: skipped where a library that they import is not installed; settings of JAX come back after them."""

import gc
import re
import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

IMPORT = re.compile(r"^\s*(?:import|from) +([A-Za-z_]\w*)", re.MULTILINE)
ROOT = Path(__file__).parent


def pytest_configure():
    gc.disable()


def pytest_collection_finish():
    """What was imported and collected stays to the end: looking for cycles in it again and again would be a tenth of the run."""
    gc.freeze()
    gc.enable()


def pytest_collect_file(file_path):
    """A module is the one that its package imports: of a second copy, what one makes is not equal to what the other reads."""
    if file_path.suffix == ".py" and file_path.is_relative_to(ROOT / "imde_sym") and file_path.stem != "__main__":
        with suppress(ImportError):  # pytest says so itself
            import_module(".".join(file_path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))


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
