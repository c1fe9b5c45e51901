"""How coarse the values of a function are: single precision, or few printed digits.

A function that rounds its values is constant in small h; no fit sees that rounding. The values show it themselves: in doubles
that were computed in full nearly every last bit is used, and so is nearly every one of the seventeen digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

BITS = 40
"""Numbers of so many bits or fewer have been rounded to them."""
DIGITS = 14
"""Numbers of so many decimal digits or fewer have been."""
MANTISSA = 53


@dataclass(frozen=True)
class Grain:
    """Half a unit in the last place of what values are rounded to; 0 where they are not.

    binary  : relative, of floats with a short mantissa
    decimal, fixed : relative, of numbers with so many digits, and absolute, of numbers with so many digits after the point
    words   : what is said of it
    """

    binary: float = 0.0
    decimal: float = 0.0
    fixed: float = 0.0
    words: str = ""

    def of(self, values: np.ndarray) -> np.ndarray:
        """How much each value may be off.

        >>> grain_of(np.array([[0.337], [1.25], [-2.5]])).of(np.array([0.337])).tolist()
        [0.0005]
        """
        size = np.abs(values)
        tens = 10 ** np.ceil(np.log10(size, out=np.full(size.shape, -np.inf), where=size > 0))
        found: np.ndarray = np.maximum(np.maximum(self.binary * size, self.decimal * tens), np.where(size > 0, self.fixed, 0.0))
        return found


def grain_of(values: np.ndarray) -> Grain:
    """Of values (..., d), real or complex. Components with one value only, such as that of the time, say nothing.

    >>> x = np.sqrt(np.arange(2.0, 9.0))[:, None]
    >>> grain_of(x) == Grain(), grain_of(np.float32(x)).binary == 2.0**-24, grain_of(np.round(x, 3)).fixed
    (True, True, 0.0005)
    """
    rows = values.reshape(-1, values.shape[-1])
    columns = [part[np.isfinite(part)] for m in range(rows.shape[1]) for part in (rows[:, m].real, rows[:, m].imag)]
    numbers = np.concatenate([c for c in columns if c.size and c.min() < c.max()] or [np.zeros(0)])
    numbers = numbers[numbers != 0]
    if not numbers.size:
        return Grain()
    whole = np.ldexp(np.frexp(numbers)[0], MANTISSA).astype(np.int64)
    last = np.log2((whole & -whole).astype(float))  # the lowest bit that is set
    bits = MANTISSA - int(last.min())
    if bits <= BITS:
        return Grain(binary=2.0**-bits, words=f"; the values have {bits} bits")
    written = [Decimal(repr(float(v))).normalize().as_tuple() for v in numbers]
    digits = max(len(w.digits) for w in written)
    if digits > DIGITS:
        return Grain()
    places = min(int(w.exponent) for w in written)
    return Grain(decimal=0.5 * 10.0**-digits, fixed=0.5 * 10.0**places, words=f"; the values have {digits} decimal digits")
