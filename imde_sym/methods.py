"""The catalogue, as `imde_sym.methods`, with what makes methods as its attributes.

The module answers as the catalogue itself, so that `imde_sym.methods["rk4"]` and
`from imde_sym.methods import triple_jump` both work, whichever was imported first.
"""

import sys

from .method import methods

sys.modules[__name__] = methods  # type: ignore[assignment]
