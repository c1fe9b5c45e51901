"""Every method of the catalogue: claimed order = computed order = order observed on a nonlinear field."""

from functools import cache

import mpmath

from imde_sym.method import ButcherTableau, methods
from tests.reference_steps import flow, step
from tests.rows import rows, sampled

EXACT = (100, 2.0**-20, 0.02)
"""Digits, step size and tolerance: so small that even tiny error constants show their order."""
DECIMAL = (40, 2.0**-4, 0.65)
"""For published decimals: their rounding hides the error of smaller steps."""
HIDDEN = {"calvo_montijano_randez6", "feagin10", "feagin12", "feagin14"}
"""Their error constants are so small that rounding takes over before their order shows: the slope is larger until then."""

reference = cache(lambda digits, h: flow(mpmath.mpf(h)))


def slope(m, weights, digits, h):
    """The power of h in the error of one step."""
    with mpmath.workdps(digits):
        errors = [
            max(abs(p - q) for p, q in zip(step(m, mpmath.mpf(x), weights=weights), reference(digits, x))) for x in (h, h / 2)
        ]
        return float(mpmath.log(errors[0] / errors[1], 2))


ENTRIES = {
    n: e for n in methods if "b" in (e := methods.entry(n)) and e.get("family", ButcherTableau.family) == ButcherTableau.family
}
HEAVY = [name for name, entry in ENTRIES.items() if "constants" in entry or len(entry["b"]) > 10]
"""Roots and many stages take a few tenths of a second each."""


@rows("name", sampled(ENTRIES, "observed orders", heavy=HEAVY))
def test_claimed_computed_and_observed_orders_agree(name):
    m, entry = methods[name], methods.entry(name)
    digits, h, tolerance = DECIMAL if "exact_decimal" in entry["tags"] else EXACT
    assert (m.order, m.embedded_order) == (entry["order"], entry.get("order_hat"))
    for weights, order in ((m.b, m.order), (m.b_hat, m.embedded_order)):
        if weights is not None:
            observed = slope(m, weights, digits, h)
            assert observed > order + 1 - tolerance
            assert observed < order + 1 + tolerance or name in HIDDEN
