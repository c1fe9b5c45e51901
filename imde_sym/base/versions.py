"""What a report of a bug has to say: versions of this package, of Python and of the libraries."""

from __future__ import annotations

import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version

from .arguments import checked
from .tables import Text

_NEEDED = ("sympy", "mpmath", "numpy")
_OPTIONAL = (
    "python-flint", "matplotlib", "pandas", "scipy", "numba", "jax", "torch", "diffrax", "torchdiffeq", "equinox", "optax",
    "optimistix", "dask", "nodepy", "kauri",
)  # fmt: skip
_PROGRAMS = ("cc", "gfortran", "julia", "pdflatex")


@checked
def show_versions() -> Text:
    """Versions of the package, of Python and of every library and compiler that it can use, for reports of bugs.

    Nothing is imported for it; what is not installed says so. Shows itself at a prompt and in a notebook.

    >>> print(show_versions().splitlines()[0].split()[0])
    imde_sym
    """
    from .. import __version__

    lines = [("imde_sym", __version__), ("python", platform.python_version()), ("system", platform.platform())]
    lines += [(name, _version_of(name)) for name in (*_NEEDED, *_OPTIONAL)]
    lines += [(name, shutil.which(name) or "not found") for name in _PROGRAMS]
    lines.append(("executable", sys.executable))
    width = max(len(name) for name, _ in lines)
    return Text("\n".join(f"{name:{width}}  {value}" for name, value in lines))


def _version_of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
