"""from_json: any value of the package from its JSON text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .base.arguments import checked
from .base.errors import ImdeError, ParseError, UnknownNameError
from .base.values import read_json
from .equations import ModifiedField
from .equations.modified import FORMAT as EQUATION
from .fields import VectorField
from .fields.field import FORMAT as FIELD
from .geometry import (
    Conservation,
    Divergence,
    Linearisation,
    ModifiedHamiltonian,
    ModifiedLagrangian,
    Reversibility,
    StructureReport,
)
from .method.families import method_from_data
from .method.method import FORMAT as METHOD
from .method.tableau import FORMAT as TABLEAU
from .prediction import Prediction
from .series import BSeries
from .series.bseries import FORMAT as SERIES
from .trees import RootedTree
from .trees.tree import FORMAT as TREE
from .verify import Report
from .verify.report import FORMAT as CHECK

VERSION = 1
READERS: dict[str, Callable[[Any], Any]] = {
    SERIES: BSeries.from_dict,
    TABLEAU: method_from_data,
    METHOD: method_from_data,
    FIELD: VectorField.from_dict,
    EQUATION: ModifiedField.from_dict,
    TREE: RootedTree.from_dict,
    CHECK: Report.from_dict,
}
ANSWERS: tuple[Any, ...] = (
    ModifiedHamiltonian,
    ModifiedLagrangian,
    Conservation,
    Divergence,
    Reversibility,
    Linearisation,
    StructureReport,
    Prediction,
)
READERS |= {kind.form: kind.from_dict for kind in ANSWERS}


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
    if data.get("version") != VERSION:
        raise ParseError(f"the data have version {data.get('version')!r}; this package reads version {VERSION}")
    try:
        return READERS[form](data)
    except ImdeError:
        raise
    except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        raise ParseError(f"the data are not what {form!r} needs: {error!r}") from None
