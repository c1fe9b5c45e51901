"""The package costs nothing to import, and offers what its table says."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import imde_sym


def _said_to_type_checkers():
    tree = ast.parse(Path(imde_sym.__file__).read_text())
    block = next(n for n in tree.body if isinstance(n, ast.If))
    return {(node.module, alias.name) for node in block.body for alias in node.names}


def test_editors_and_python_are_told_the_same_names():
    own = {(room, name) for name, room in imde_sym._ROOM_OF.items()}
    assert own | {(None, "series")} == _said_to_type_checkers()


def test_every_public_name_is_found_and_listed():
    for name in imde_sym.__all__:
        assert getattr(imde_sym, name) is not None and name in dir(imde_sym)


@pytest.mark.slow
def test_methods_is_the_catalogue_and_series_the_room_whichever_is_imported_first():
    code = "import imde_sym.methods as m, imde_sym as i; assert i.methods is m and m['rk4'].order == 4; i.series.exact_series(2)"
    subprocess.run([sys.executable, "-c", code], check=True)
    catalogue = imde_sym.methods
    assert importlib.import_module("imde_sym.methods") is catalogue is imde_sym.methods and catalogue.suzuki


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from imde_sym.cli.main import main\n"
        "try: main(['derive', '--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'sympy', 'numpy', 'mpmath', 'flint'} & {*sys.modules}, sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
