"""Values: objects that are complete when made and never change."""

from __future__ import annotations

import json
from html import escape
from typing import Any


class Value:
    """Attributes are set in `__init__`, which ends with `self._freeze()`; cached properties still work."""

    def _freeze(self) -> None:
        self.__dict__["_frozen"] = True

    def __setattr__(self, name: str, value: object) -> None:
        if "_frozen" in self.__dict__:
            raise AttributeError(f"a {type(self).__name__} cannot be changed: {name}")
        object.__setattr__(self, name, value)


class Stored(Value):
    """A value that its plain data determine: they say what is equal, and `from_json` reads them back."""

    form = ""
    """What the data give as their format."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        raise NotImplementedError

    def to_json(self) -> str:
        return json.dumps(self.to_dict())

    @property
    def head(self) -> dict[str, Any]:
        """The keys that all data begin with."""
        return {"format": self.form, "version": 1}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Stored) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(self.to_json())


class Printed:
    """What a notebook shows as it is printed, lines and all."""

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"
