"""The families of methods: every file of this folder is one, and enters itself in `value.FAMILIES`."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
