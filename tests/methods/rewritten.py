"""Methods of the catalogue as people type them: their numbers as floats, as decimals of some digits, in single precision."""

from fractions import Fraction

import numpy as np
import sympy

from imde_sym.method import Method
from imde_sym.method.value import FAMILIES
from imde_sym.rings import to_sympy

FORMS = {
    "float": float,
    "float32": lambda x: np.float32(float(x)),
    "fractions of floats": lambda x: Fraction(float(x)),
    "16 digits": lambda x: str(sympy.N(x, 16)),
    "12 digits": lambda x: str(sympy.N(x, 12)),
    "10 digits": lambda x: str(sympy.N(x, 10)),
}
INCONSISTENT = {"kencarp5", "kencarp5_explicit", "ark548l2sa"}
"""Their published fractions miss order conditions by 2e-12: written in 16 digits they are of no order."""


def rewritten(m: Method, form: str) -> Method:
    """The method with all its numbers but integers in another form."""

    def write(x):
        exact = to_sympy(x)
        return int(exact) if exact.is_Integer else FORMS[form](exact)

    def deep(value):
        if isinstance(value, tuple):
            return [deep(x) for x in value]
        if value is None or isinstance(value, str):  # the name of a form of registers
            return value
        return rewritten(value, form) if isinstance(value, Method) else write(value)

    build = FAMILIES[m.family]
    if m.family == "splitting":
        return build([(int(part), write(x)) for part, x in m.data["steps"]])
    return build(*(deep(m.data.get(key)) for key in build.keys))
