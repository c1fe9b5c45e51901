"""from_json: any value of the package from its JSON text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .base.arguments import checked
from .base.errors import ParseError, UnknownNameError
from .base.values import Plain, read_data, read_json
from .equations import ModifiedField
from .fields import VectorField
from .geometry import (
    Conservation,
    Divergence,
    Linearisation,
    ModifiedHamiltonian,
    ModifiedInvariant,
    ModifiedLagrangian,
    Reversibility,
    StructureReport,
)
from .method import method_from_data
from .method.families.runge_kutta import FORMAT as TABLEAU
from .method.value import FORMAT as METHOD
from .prediction import Bound, Prediction
from .series import BSeries
from .trees import RootedTree
from .verify import Audit, LongRun, Report

KINDS: tuple[type[Plain], ...] = (
    RootedTree,
    BSeries,
    VectorField,
    ModifiedField,
    ModifiedHamiltonian,
    ModifiedLagrangian,
    ModifiedInvariant,
    Conservation,
    Divergence,
    Reversibility,
    Linearisation,
    StructureReport,
    Prediction,
    Bound,
    Report,
    Audit,
    LongRun,
)
READERS: dict[str, Callable[[Any], Any]] = {kind.form: kind.from_dict for kind in KINDS}
READERS |= dict.fromkeys((TABLEAU, METHOD), method_from_data)


@checked
def from_json(text: Any) -> Any:
    """The tree, series, method, field, equation or answer that a `to_json` wrote (docs/json.md describes the data).

    Data are validated; formulas in them are parsed, never evaluated. Raises a subclass of ImdeError for
    anything else.

    >>> from imde_sym import exact_series
    >>> from_json(exact_series(3).to_json()) == exact_series(3)
    True
    """
    data = read_json(text, "text")
    if not isinstance(data, dict):
        raise ParseError(f"a JSON object is needed, found {type(data).__name__}")
    form = str(data.get("format"))
    if form not in READERS:
        raise UnknownNameError("format", form, READERS)
    return read_data({"version": None} | data, form, READERS[form])
