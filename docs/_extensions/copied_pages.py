"""Notebooks, which live beside docs/, among the pages."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any


def _copy(app: Any) -> None:
    source = Path(app.srcdir)
    target = source / "tutorials" / "generated"
    target.mkdir(parents=True, exist_ok=True)
    kept = {path.name for path in (source.parent / "notebooks").glob("*.ipynb")}
    for old in target.glob("*.ipynb"):
        if old.name not in kept:
            old.unlink()
    for name in kept:
        shutil.copy2(source.parent / "notebooks" / name, target / name)


def setup(app: Any) -> dict[str, Any]:
    """Register what happens when."""
    app.connect("builder-inited", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
