"""Every notebook runs from top to bottom without an error."""

from pathlib import Path

import pytest

NOTEBOOKS = sorted(Path(__file__).parents[2].joinpath("notebooks").glob("*.ipynb"))

NEEDS = {
    "06_learning": ("jax", "diffrax", "equinox", "optimistix", "scipy"),
    "08_other_libraries": ("jax", "diffrax", "equinox", "optimistix", "scipy", "torch", "torchdiffeq", "pysindy"),
}
"""Optional libraries beside matplotlib."""


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs(path, tmp_path):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    for needed in NEEDS.get(path.stem, ()):
        pytest.importorskip(needed)
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
