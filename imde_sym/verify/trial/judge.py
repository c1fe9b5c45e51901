"""audit: anybody's formula for a modified or inverse modified equation on trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...base.arguments import checked
from ...base.checks import check_direction, check_order
from ...base.errors import FieldError, ImdeError
from ...equations import ModifiedField, build_equation, evaluate
from ...expressions.layout import typed_decimals
from ...fields import VectorField, as_field
from ...method import Method, as_method
from ...rings import real
from ...series import BSeries
from .claims import FormulaClaim, FunctionClaim, is_over_trees, read_claim, tree_claim
from .effect import observed_orders
from .fits import fit_claim
from .formulas import DEFAULT_ORDER, Comparison, expand
from .trees import CONVENTIONS, compare_trees, convention_of, judged_orders
from .value import Audit

TOLERANCES = (1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3)
"""Of numbers that may be rounded ones of the right ones."""
ROUNDED = 1e-9
"""Of decimals with ten digits, as they are printed, or more."""
OTHER = {"inverse": "forward", "forward": "inverse"}
TITLES = {"inverse": "inverse modified equation", "forward": "modified equation"}


@checked
def audit(
    claim: Any,
    f: Any = None,
    m: Any = None,
    direction: str | None = None,
    order: int | None = None,
    *,
    parts: Sequence[Any] | None = None,
    x0: Sequence[Any] | Mapping[Any, Any] | None = None,
    convention: str = "c",
    tolerance: float | None = None,
    trajectory: bool = True,
) -> Audit:
    """Put a formula on trial: is it the modified or inverse modified equation of m on f? Each wrong term is named.

    claim     : one of
                components with h in them (h_step beside a symbol h): a list, a column, {variable: expression}, text such as
                "p' = ...; q' = ...", also as papers print it, with tildes, + O(h^3) or dots, a VectorField or a ModifiedField.
                What vanishes at h = 0 is the correction f_h - f;
                corrections by power, {power of h: components}: the powers from the lowest named to the highest are judged;
                {tree: coefficient}, trees also in brackets, or a BSeries: c(t) as in `inverse_modified_series`, of
                Σ h^|t|/σ(t) c(t) F(t). Orders from the lowest named to the highest are judged, trees not named being claimed 0;
                a function g(x, h) of numpy arrays, x of shape (d,), that gives the field: f_h or f_h - f
    f, m      : field and method, or what stands for them; f may be the equation itself. For trees f may be None
    direction : "inverse" (default) or "forward"
    order     : highest tree order that is judged, so powers up to h**(order - 1); by default as far as the claim goes (a claim
                that is not a polynomial in h: 4). Terms that are missing up to there are wrong
    x0        : where trajectories start, and near which functions are compared; by default the catalogue's
    convention : what numbers over trees mean: "c", "c/sigma" (coefficients of F(t)), "alpha" (of α(t) h^|t|/|t|! F(t))
    tolerance : relative, for claims whose numbers are rounded; exact numbers must otherwise be met exactly
    trajectory : whether to measure what errors do to the order along a trajectory
    Formulas are compared exactly, functions by fits in h: on circles of complex h where the function takes it. Powers whose
    terms are lost in the noise of a function are `unseen`: it is then neither right nor wrong. Returns an
    Audit: `ok`, `wrong`, `convention`, ... Raises FieldError, ParseError for what is no claim about this field.

    >>> print(audit({"[[]]": 0, "[[],[]]": "1/24", "[[[]]]": "1/6"}, None, "explicit_midpoint"))
    audit of the inverse modified equation of Explicit midpoint rule, over trees
    compared exactly, coefficients c(t); powers of h: 1, 2
    WRONG in 1 term
    it is right as c(t)/σ(t)
      h^2, f''(f, f) = F([[],[]]): wrong: claimed 1/24, right 1/12
    order along a trajectory (by the lowest wrong power): 2 with the claimed terms, 3 with the right ones
    >>> audit("y**2 + h*y**3", "y' = y**2", "explicit_euler").ok
    True
    """
    field: VectorField | None
    if isinstance(f, ModifiedField):
        if m is not None or parts is not None or (direction is not None and direction != f.direction):
            raise FieldError(f"method, parts and direction are known from the equation {f!r}: leave them out")
        method, direction, parts = f.method, f.direction, f.split
        field = f.field
    else:
        if m is None:
            raise FieldError("an audit needs the method: audit(claim, f, m), or audit(claim, equation)")
        direction = check_direction(direction or "inverse")
        field = None if f is None else as_field(f)
        method = as_method(m, field)
    name = convention_of(convention)
    if order is not None:
        check_order(order, 30)
    if tolerance is not None and (tolerance := real(tolerance, "tolerance", FieldError)) < 0:
        raise FieldError(f"tolerance must not be negative, got {tolerance}")
    if is_over_trees(claim):
        return _over_trees(claim, field, method, direction, order, parts, x0, name, tolerance, trajectory)
    if field is None:
        raise FieldError("a claim in formulas, or of a function, is about a field: audit(claim, f, m); over trees f may be None")
    F = build_equation(field, method, 1, direction, parts)
    found = read_claim(claim, F)
    if isinstance(found, FunctionClaim):
        F = build_equation(field, method, order or DEFAULT_ORDER, direction, parts)
        return judge_function(found, F, x0, tolerance)
    return _formulas(found, F, order, x0, tolerance, trajectory, typed_decimals(claim))


def judge_function(claim: FunctionClaim, F: ModifiedField, x0: Any, tolerance: float | None = None) -> Audit:
    """Of a function, held against F."""
    found = fit_claim(claim, F, F.order, x0, tolerance)
    orders = (float(min(w.power for w in found.wrong)), float(F.order)) if found.wrong else ()
    how = found.how + ("" if tolerance is None else f", to a relative {tolerance:g}")
    numbers: dict[str, Any] = {"seen": tuple(found.seen), "unseen": tuple(found.unseen), "orders": orders}
    return Audit(repr(F)[1:-1], how, tuple(found.powers), tuple(found.wrong), equation=F, **numbers)


def _formulas(
    claim: FormulaClaim,
    F: ModifiedField,
    order: int | None,
    x0: Any,
    tolerance: float | None,
    trajectory: bool,
    typed: bool | None,
) -> Audit:
    """typed : whether the claim has decimals."""
    expanded = expand(claim, F, order)
    powers = tuple(expanded.terms)
    F = build_equation(F.field, F.method, powers[-1] + 1, F.direction, F.split)
    wrong, notes = Comparison(expanded.terms, F, tolerance, typed).wrong(), expanded.notes
    rounded = "its decimals of ten digits and more" if claim.rounded else ""
    rounded = rounded or ("the numbers of the method" if F.method.is_rounded else "" if F.ring.exact else "doubles")
    if wrong and tolerance is None and rounded and not Comparison(expanded.terms, F, ROUNDED).wrong():
        wrong, tolerance = [], ROUNDED
        notes += (f"{rounded} are taken as rounded ones",)
    title, how = repr(F)[1:-1], "exactly" if tolerance is None else f"to a relative {tolerance:g}"
    if not wrong:
        return Audit(title, how, powers, notes=notes, equation=F)
    seen = observed_orders(F, expanded.terms, x0) if trajectory else None
    orders = seen or (float(min(w.power for w in wrong)), float(F.order))
    other = _right_as(expanded.terms, F, tolerance)
    notes += tuple(_rounded(tolerance, lambda t: Comparison(expanded.terms, F, t).wrong()))
    return Audit(title, how, powers, tuple(wrong), other, (), orders, seen is not None, notes, F)


def _rounded(tolerance: float | None, wrong: Callable[[float], Any]) -> tuple[str, ...]:
    """A note on the smallest tolerance within which a claim that is wrong is right, if there is one."""
    near = next((t for t in TOLERANCES if t > (tolerance or 0) and not wrong(t)), None)
    return () if near is None else (f"if its numbers are rounded: it is right to a relative {near:g} (tolerance={near:g})",)


def _right_as(terms: Any, F: ModifiedField, tolerance: float | None) -> str:
    """What a wrong claim is right as, if it is: the equation of -h, or the other direction."""
    if sum(any(e != 0 for e in row) for k, row in terms.items() if k) == 0:
        return ""
    try:
        G = build_equation(F.field, F.method, F.order, OTHER[F.direction], F.split)
    except ImdeError:  # there is none
        G = None
    for equation in (F, G):
        for sign in (1, -1):
            words = ["" if equation is F else f"the {TITLES[OTHER[F.direction]]}", "of -h" if sign < 0 else ""]
            told = " ".join(filter(None, words))
            if told and equation is not None and Comparison(terms, equation, tolerance).agrees(lambda k, s=sign: s**k):
                return told
    return ""


def _over_trees(
    claim: Any,
    field: Any,
    method: Method,
    direction: str,
    order: int | None,
    parts: Any,
    x0: Any,
    convention: str,
    tolerance: float | None,
    trajectory: bool,
) -> Audit:
    found = tree_claim(claim)
    orders = judged_orders(found, order)
    wrong, other = compare_trees(found, method, direction, orders, convention, tolerance)
    title = f"{TITLES[direction]} of {method.title}, over trees"
    how = f"{'exactly' if tolerance is None else f'to a relative {tolerance:g}'}, coefficients {convention}"
    powers = tuple(k - 1 for k in orders)
    notes: tuple[str, ...] = (f"powers below h^{powers[0]} are not claimed",) if powers[0] > 1 else ()
    if not wrong:
        return Audit(title, how, powers, notes=notes)
    seen = None
    if field is not None and trajectory:
        seen = _seen(wrong, CONVENTIONS[convention], field, method, direction, orders[-1], parts, x0)
    fallen = seen or (float(min(w.power for w in wrong)), float(orders[-1]))
    notes += _rounded(tolerance, lambda t: compare_trees(found, method, direction, orders, convention, t)[0])
    return Audit(title, how, powers, tuple(wrong), other, (), fallen, seen is not None, notes)


def _seen(
    wrong: Sequence[Any], factor: Any, field: Any, method: Method, direction: str, order: int, parts: Any, x0: Any
) -> tuple[float, float] | None:
    """Orders along a trajectory of a field, for claims of one colour; the coefficients are c(t) times a factor."""
    F = build_equation(field, method, order, direction, parts)
    series = F.series
    if series.colors > 1:
        return None
    changed = {w.tree: w.claimed / factor(w.tree) for w in wrong}
    error = BSeries(order, [changed.get(t, series[t]) - series[t] for t in series], 0)
    extra = evaluate(error, field, F.step)
    terms = {k: [F.term(k)[i] + extra[i].expand().coeff(F.step, k + 1) for i in range(len(F.variables))] for k in range(order)}
    return observed_orders(F, terms, x0)
