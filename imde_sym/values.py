"""Values: objects that are complete when made and never change."""

from __future__ import annotations

from html import escape


class Value:
    """Attributes are set in `__init__`, which ends with `self._freeze()`; cached properties still work."""

    def _freeze(self) -> None:
        self.__dict__["_frozen"] = True

    def __setattr__(self, name: str, value: object) -> None:
        if "_frozen" in self.__dict__:
            raise AttributeError(f"a {type(self).__name__} cannot be changed: {name}")
        object.__setattr__(self, name, value)


class Printed:
    """What a notebook shows as it is printed, lines and all."""

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"
