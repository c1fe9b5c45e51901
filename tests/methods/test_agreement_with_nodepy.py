"""NodePy and the package on every Runge-Kutta method that NodePy has, and where they differ, why.

Where the two define a thing differently:

- `error_metrics` of a pair: NodePy's D is the largest entry, ours the largest absolute value, as Kennedy, Carpenter and Lewis (2000)
  define it and as NodePy has it for single methods.
- stages in sequence: NodePy counts those that the result needs, `parallel_stages` all of them; they agree for `reduced()`.
- `internal_polynomials`: NodePy leaves out the first stage of explicit methods, which is y itself.
- first same as last: NodePy says so of every method with A[-1] = b, also of implicit Euler, the first stage of which is no f(y).
- circle contractivity: NodePy searches up to 1000, where we say infinite.
- effective order: NodePy stops at 4.
- stability on the imaginary axis of CMR6, PD8, SSP53, SSP54 and Tsit5: whether |R(iy)| exceeds 1 near 0 is decided by a coefficient
  smaller than what NodePy's floats resolve; ours is exact, or shows both numbers.
- SSP53 in NodePy has ten digits: its order conditions hold to 1e-9, and as floats of unknown origin they hold for no order here, where
  the catalogue's own `ssprk53` has order 3. SSP54: an SSP coefficient of 1.5065 in floats, 1.508 as published (decimals are
  conditions that an optimiser left active).
"""

import contextlib
import io
import math

import pytest

import imde_sym as imde

pytestmark = pytest.mark.slow

rk = pytest.importorskip("nodepy.runge_kutta_method")
with contextlib.redirect_stdout(io.StringIO()):
    THEIRS = {name: m for name, m in rk.loadRKM().items() if name.isascii()}
STAGES = 6
"""NodePy computes polynomials symbolically: more stages take it long."""
DECIMAL = {"CMR6", "PD8", "SSP53", "SSP54", "Tsit5"}
OWN_TREES = 7
"""The highest order of trees whose conditions NodePy evaluates in reasonable time."""


@pytest.fixture(scope="module", params=sorted(THEIRS.keys() - {"SSP53"}))
def pair(request):
    theirs = THEIRS[request.param]
    return request.param, theirs, theirs.__num__(), imde.ButcherTableau.from_nodepy(theirs)


def close(ours, theirs, rel=1e-6, abs=1e-9):
    assert float(ours) == pytest.approx(float(theirs), rel=rel, abs=abs)


def quiet(f, *args, **kwargs):
    with contextlib.redirect_stdout(io.StringIO()):
        return f(*args, **kwargs)


def test_orders_and_stages(pair):
    _name, exact, numbers, m = pair
    assert m.order == numbers.order(tol=1e-13)
    assert m.stage_order == quiet(numbers.stage_order, tol=1e-13)
    assert m.reduced().stages == len(exact) - len(numbers._dj_reducible_stages() or ()) or m.is_hs_reducible
    assert m.is_hs_reducible == (quiet(numbers._hs_reducible_stages)[0] is True)
    if hasattr(exact, "bhat"):
        assert m.embedded_order == quiet(exact.embedded_method.__num__().order, tol=1e-13)
    if m.is_explicit:
        assert len(m.reduced().parallel_stages) == exact.num_seq_dep_stages()
        series = imde.method_series(m, 4)
        assert imde.series.effective_order(series) == quiet(numbers.effective_order, tol=1e-13)


def test_error_metrics(pair):
    _name, _exact, numbers, m = pair
    hat = m.b_hat is not None
    if max(m.order, m.embedded_order or 0) + 2 > OWN_TREES:
        pytest.skip("NodePy takes minutes")
    ours, theirs = m.error_metrics, [float(x) for x in quiet(numbers.error_metrics, tol=1e-13)]
    close(m.principal_error_norm, theirs[0])
    close(ours.A, theirs[0])
    close(ours.A_next, theirs[2])
    if hat:
        for mine, other in zip(
            (ours.B, ours.C, ours.E), theirs[6:12:2] if len(theirs) < 12 else (theirs[6], theirs[8], theirs[11])
        ):
            close(mine, other)
        assert ours.D >= theirs[10] - 1e-12
    else:
        close(ours.D, theirs[4])


def test_stability_intervals(pair):
    name, exact, numbers, m = pair
    if not m.is_explicit or m.stages > STAGES:
        pytest.skip("NodePy's intervals are those of polynomials, symbolic ones")
    close(m.real_stability_interval, quiet(numbers.real_stability_interval, mode="float"), rel=1e-5)
    if name not in DECIMAL:
        close(m.imaginary_stability_within(), quiet(exact.imaginary_stability_interval), rel=1e-5, abs=1e-5)


def test_strong_stability_and_contractivity(pair):
    name, exact, numbers, m = pair
    ours, theirs = float(m.ssp_coefficient), exact.absolute_monotonicity_radius()
    assert ours == theirs or ours == pytest.approx(theirs, abs=1e-6 if name != "SSP54" else 2e-3)
    radius = m.circle_contractivity_radius
    assert radius == math.inf if exact.circle_contractivity_radius() > 999 else True
    if radius < math.inf:
        close(radius, exact.circle_contractivity_radius(), abs=1e-7)
    assert m.is_algebraically_stable == bool(exact.is_algebraically_stable())
    if m.is_explicit and m.stages <= STAGES:
        close(m.linear_ssp_coefficient, quiet(numbers.linear_absolute_monotonicity_radius), rel=1e-3)


def test_internal_polynomials(pair):
    _name, exact, _numbers, m = pair
    if not m.is_explicit or m.stages > STAGES:
        pytest.skip("NodePy has them of explicit methods")
    theirs = quiet(exact.internal_stability_polynomials, use_butcher=True)
    z = 0.3 - 0.7j
    for one, other in zip(m.internal_polynomials(z)[1:], theirs, strict=False):
        assert complex(one) == pytest.approx(complex(other(z)), rel=1e-7, abs=1e-9)
