"""Arrays in npz files with a JSON text that says what they are; nothing is pickled."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..base.errors import LearningError
from ..base.values import head_of, read_head, read_json


def write_arrays(path: Path, form: str, label: str, about: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write a file that is complete at every moment; `about` is the text of the array `label`. Raises LearningError."""
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            text = np.array(json.dumps(head_of(form) | dict(about)))
            np.savez(file, **{label: text, **arrays})
        os.replace(partial, path)
    except OSError as error:
        raise LearningError(f"cannot write {path}: {error}") from None


def read_arrays(path: Path, form: str, label: str, what: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What `write_arrays` wrote: the text, without its head, and the arrays. Raises LearningError for any other file."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            arrays = {name: np.asarray(data[name]) for name in data.files}
    except (OSError, KeyError, ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise LearningError(f"{path} is not a {what}: {error}") from None
    if label not in arrays:
        raise LearningError(f"{path} is not a {what}: it holds {', '.join(arrays) or 'nothing'}, but no {label!r}")
    about = read_head(read_json(str(arrays.pop(label)), f"text of {path}", LearningError), form, LearningError)
    return {k: v for k, v in about.items() if k not in head_of(form)}, arrays
