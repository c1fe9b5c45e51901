"""interact: the page in a notebook, with pictures that stay where no server runs."""

from __future__ import annotations

import atexit
import json
import threading
from collections.abc import Mapping
from html import escape
from typing import Any

from ..base.arguments import checked
from ..base.errors import FieldError, MethodError
from ..base.values import Value, frozen
from ..fields import FieldLike, VectorField, as_field, systems
from ..method import ButcherTableau, Method, MethodLike, as_method, methods
from .answer import answer
from .server import PageServer
from .state import equations_text

HEIGHT = 900
_lock = threading.Lock()
_running: list[PageServer] = []


class Interaction(Value):
    """The page in one state; Jupyter shows it, and where its server has gone, or cannot be reached, the pictures of that state.

    state : what is shown, as `imde_sym.explore.answer.answer` takes it
    The server starts when the page is first shown, or `url` is asked for. Raises ImdeError where no port can be had then.

    >>> page = Interaction({"system": "pendulum", "method": "explicit_euler", "order": 2})
    >>> page
    <interactive page: system = pendulum, method = explicit_euler, order = 2>
    >>> "<svg" in page.static, "127.0.0.1" in page.url
    (True, True)
    """

    def __init__(self, state: Mapping[str, Any]):
        self.state: Mapping[str, Any] = frozen(state)
        self._freeze()

    @property
    def url(self) -> str:
        """The page, for a browser on this machine."""
        return _server().link(self.state)

    def __repr__(self) -> str:
        about = ", ".join(f"{k} = {v}" for k, v in self.state.items() if k in ("system", "method", "order", "direction", "h"))
        return f"<interactive page: {about}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Interaction) and self.state == other.state

    def __hash__(self) -> int:
        return hash(json.dumps(self.state, sort_keys=True))

    @property
    def static(self) -> str:
        """Formula and pictures as HTML with MathML and SVG, without a script."""
        found = answer(self.state)
        if not found["ok"]:
            return "".join(f"<p>{escape(m['text'])}</p>" for m in found["messages"])
        rows = [row["left"] + " + ".join(_term(p) for p in row["powers"]) for row in found["formula"]["rows"]]
        pictures = (f'<div style="display:inline-block;width:400px">{svg}</div>' for svg in found["svg"].values())
        said = (f"<p>{escape(text)}</p>" for text in found.get("words", ()))
        return "".join([*(f"<p>{row}</p>" for row in rows), *said, *pictures])

    def _repr_html_(self) -> str:
        title = "An interactive page about a solver and its equation"
        return (
            f'<iframe src="{escape(self.url)}" title="{title}" width="100%" height="{HEIGHT}" style="border:0"></iframe>'
            f"<details><summary>Without the page (its server runs on the machine of the kernel)</summary>{self.static}</details>"
        )


@checked
def interact(
    field: FieldLike = "pendulum",
    method: MethodLike = "explicit_euler",
    order: int = 3,
    h: Any = None,
    direction: str = "inverse",
) -> Interaction:
    """The interactive page about a field and a method, in a notebook.

    field     : a VectorField or what stands for one. Its equations go to the page as text; those of undefined functions, and
                methods with symbols, have no trajectories
    order, h, direction : what the sliders begin with; for h None, a step that suits the field
    A server of this process runs on the loopback address until the process ends; nothing leaves the machine, nothing is written.
    Raises FieldError, MethodError for what the page cannot show.

    >>> import imde_sym as imde
    >>> imde.interact("pendulum", "rk4", 5, h=0.1)
    <interactive page: system = pendulum, method = rk4, order = 5, direction = inverse, h = 0.1>
    """
    state = {**_field_state(as_field(field)), **_method_state(as_method(method)), "order": order, "direction": direction}
    if h is not None:
        state["h"] = h if isinstance(h, int | float | str) else str(h)
    found = answer(state)
    if not found["ok"]:
        message = found["messages"][0]
        raise (MethodError if message["field"] in ("method", "tableau") else FieldError)(message["text"])
    return Interaction(state)


def _server() -> PageServer:
    """The one of this process."""
    with _lock:
        if not _running:
            _running.append(PageServer(framed=True))
            _running[0].start()
            atexit.register(_running[0].close)
        return _running[0]


def _field_state(field: VectorField) -> dict[str, Any]:
    parameters = {str(p): str(v) for p, v in field.parameters.items()}
    x0 = {} if field.info.get("x0") is None else {"x0": [str(v) for v in field.info["x0"]]}
    if field.name in systems and systems[field.name].template == field.template:
        return {"system": field.name, "parameters": parameters, **x0}
    return {"equations": equations_text(field), "parameters": parameters, **x0}


def _method_state(method: Method) -> dict[str, Any]:
    if method.name in methods and methods[method.name] == method:
        return {"method": method.name}
    if isinstance(method, ButcherTableau) and not method.own_times:
        return {"tableau": {"A": [[str(a) for a in row] for row in method.A], "b": [str(b) for b in method.b]}}
    return {"method": method.to_json()}


def _term(power: Mapping[str, Any]) -> str:
    terms = " ".join(power["pieces"])
    return f"{power['factor']} ({terms})" if power["factor"] else terms
