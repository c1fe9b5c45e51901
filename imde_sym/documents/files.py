"""Documents as files: text, and PDF by way of pdflatex."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from ..base.errors import ImdeError, shown

COMMAND = ("pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "document.tex")
RUNS = 2
"""The second one knows how wide the columns of long tables are."""
PATIENCE = 120
"""Seconds for a run."""


def write_file(text: str, path: Path) -> None:
    """Write a document; for a .pdf its LaTeX is compiled. Raises ImdeError without pdflatex, or where nothing can be written."""
    try:
        if path.suffix == ".pdf":
            _compile(text, path)
        else:
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ImdeError(f"cannot write {path}: {error.strerror or error}") from None


def _compile(text: str, path: Path) -> None:
    if shutil.which(COMMAND[0]) is None:
        raise ImdeError(f"a PDF needs pdflatex, of a TeX distribution; without it write {path.stem}.tex or {path.stem}.html")
    with TemporaryDirectory(prefix="imde_sym-document-") as folder:
        (Path(folder) / COMMAND[-1]).write_text(text, encoding="utf-8")
        for _ in range(RUNS):
            try:
                run = subprocess.run(COMMAND, cwd=folder, capture_output=True, text=True, errors="replace", timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                raise ImdeError(f"pdflatex did not end within {PATIENCE} s") from None
            if run.returncode:
                said = [line for line in run.stdout.splitlines() if line.startswith("!")]
                raise ImdeError(f"pdflatex does not compile the document: {shown(said[0] if said else run.stdout[-200:])}")
        shutil.copyfile(Path(folder) / "document.pdf", path)
