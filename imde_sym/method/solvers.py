"""Butcher tableaux from the solvers of SciPy, diffrax, torchdiffeq, NodePy and others, and back to NodePy.

The arrays of the library's own solver are read. Where the catalogue holds the same tableau to 1e-14 its exact
entry is returned, with `info["source"]` saying so; otherwise the floats are kept, with the tag "float". A solver
that picks its steps by an error estimate carries `info["note"]`: one fixed f_h then does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from types import ModuleType
from typing import Any, cast

import numpy as np
import sympy

from ..base.errors import MethodError, UnknownNameError
from ..base.libraries import library as optional_library
from ..rings import Scalar, to_sympy
from .catalogue import methods
from .families.multistep import LinearMultistep
from .families.nystrom import Nystrom
from .families.partitioned import PartitionedTableau
from .families.runge_kutta import CONVERTERS, ButcherTableau
from .gate import READERS
from .julia import write_julia
from .method import Method
from .steps import traced

OLDER_NAMES = {"dopri5": "RK45", "dop853": "DOP853", "lsoda": "LSODA"}
"""Integrators of scipy.integrate.ode, with the solvers of the same method."""
OTHER_FAMILIES = {"SemiImplicitEuler": "symplectic_euler_q", "LeapfrogMidpoint": "nystroem_2"}
"""Solvers of diffrax that are no Runge-Kutta methods, with their entries in the catalogue. SemiImplicitEuler moves the first of
its pair, then the second with the new first; as q and p are the parts of the entry, in this order."""
OF_TORCHDYN = {
    "Euler": "explicit_euler",
    "Midpoint": "explicit_midpoint",
    "RungeKutta4": "rk4",
    "ImplicitEuler": "implicit_euler",
}
ADAPTIVE_OF_TORCHDYN = {"DormandPrince45": "dopri5", "Tsitouras45": "tsit5"}
"""Solvers of torchdyn, with their entries in the catalogue."""
SIZED_OF_IRKSOME = ("GaussLegendre", "LobattoIIIA", "LobattoIIIC", "RadauIIA")
"""Classes of Irksome that take a number of stages; the catalogue knows them by these names."""
CLOSE = 1e-14
SHORT = 10**5
"""Denominators of embedded weights that are told from floats."""
ADAPTIVE = (
    "its step sizes are chosen as it goes, and f_h depends on the step: no single inverse modified equation belongs to "
    "such a run. Train with fixed steps, or use f_h at each step size that was taken"
)


def from_scipy(solver: Any) -> ButcherTableau:
    """The tableau of a solver of scipy.integrate.solve_ivp, by name or class."""
    library = _library("scipy.integrate")
    known = {name: getattr(library, name) for name in ("RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA")}
    if isinstance(solver, library.ode):  # its integrator was set by one of the older names
        integrator = getattr(solver, "_integrator", None)
        if integrator is None:
            raise MethodError("this scipy.integrate.ode has no integrator yet: set_integrator('dopri5') names one")
        solver = type(integrator).__name__
    if isinstance(solver, str):
        solver = OLDER_NAMES.get(solver.lower(), solver)
    cls: Any = _by_name(solver, known, "SciPy solver") if isinstance(solver, str) else _class(solver)
    name = next((k for k, v in known.items() if v is cls), cls.__name__)
    source = f"scipy {name}"
    if name == "Radau" and cls is known["Radau"]:
        return _noted(_named("scipy", name), source, adaptive=True)  # its arrays hold a diagonal form of A⁻¹
    arrays: list[Any] = [getattr(cls, key, None) for key in "ABCE"]
    A, b, c, E = arrays
    if not (issubclass(cls, library.OdeSolver) and _is_tableau(A, b)):
        raise _unsupported("scipy", solver, "it is not a Runge-Kutta method of fixed coefficients")
    if _is_nystrom(cls):
        raise MethodError(f"{cls.__name__} is a Nyström method, for q'' = g: Nystrom(A, B, Bp, C, a=Ap) of its arrays is it")
    if c is not None and not np.allclose(A.sum(axis=1), c[: len(b)], atol=1e-8):
        raise MethodError(f"the C of {cls.__name__} are not the row sums of A: ButcherTableau(A, B, C, check_c=False) takes it")
    return _noted(_recognised(*_with_estimate(A, b, E), name), source, adaptive=True)


def _is_tableau(A: Any, b: Any) -> bool:
    arrays = isinstance(A, np.ndarray) and isinstance(b, np.ndarray) and A.ndim == 2 and b.ndim == 1
    return arrays and A.shape[0] == len(b) and A.shape[1] <= len(b)


def _with_estimate(A: Any, b: Any, E: Any) -> tuple[list[list[float]], list[float], list[float] | None]:
    """A, b and b_hat of a class built like SciPy's: E = b_hat - b, with one more entry where it weighs f at the new value."""
    rows, weights, b_hat = A.tolist(), b.tolist(), None
    if isinstance(E, np.ndarray) and E.ndim == 1 and len(E) in (len(b), len(b) + 1) and E.any():
        if len(E) > len(b) and E[-1]:
            rows, weights = [*rows, weights], [*weights, 0.0]
        b_hat = [x + float(e) for x, e in zip(weights, E, strict=False)]
    return [[*row, *[0.0] * (len(weights) - len(row))] for row in rows], weights, b_hat


def from_diffrax(solver: Any, part: str | None = None) -> ButcherTableau:
    """The tableau of a diffrax solver, instance or class; `part` picks one of an additive (IMEX) pair."""
    library = _library("diffrax")
    if isinstance(solver, str):
        solver = _by_name(solver, {k: v for k, v in vars(library).items() if isinstance(v, type)}, "diffrax solver")
    cls = _class(solver)
    if issubclass(cls, library.AbstractStepSizeController):
        raise MethodError(f"{cls.__name__} chooses step sizes, it is not a solver: pass the solver. Where it adapts, {ADAPTIVE}")
    if issubclass(cls, library.HalfSolver):
        raise MethodError(
            "HalfSolver takes two half steps of another solver: pass its .solver, and use the result with half the step size"
        )
    tableau = getattr(solver, "tableau", None)
    pair = getattr(tableau, "tableaus", None)
    if pair is not None:
        if part not in ("explicit", "implicit") or len(pair) != 2:
            raise MethodError(
                f"{cls.__name__} is an additive pair for f = f1 + f2, not one tableau: part='explicit' or "
                f"part='implicit' gives that half, got part={part!r}"
            )
        tableau = next(t for t in pair if t.implicit == (part == "implicit"))
    elif part is not None:
        raise MethodError(f"{cls.__name__} has no parts; part={part!r} is for additive pairs such as KenCarp4")
    source = f"diffrax {cls.__name__}" + (f", {part} part" if part else "")
    if not isinstance(tableau, library.ButcherTableau):
        if cls.__name__ in OTHER_FAMILIES:
            equivalent = OTHER_FAMILIES[cls.__name__]
            why = f"it has no Butcher tableau; it is methods[{equivalent!r}]"
            raise MethodError(f"{cls.__name__} of diffrax is not a Runge-Kutta method: {why}")
        if str(cls.__module__).split(".")[0] != "diffrax" or not _names("diffrax", cls.__name__):
            raise _unsupported("diffrax", cls.__name__, "it has no Butcher tableau")
        return _noted(_named("diffrax", cls.__name__), source)
    s = len(tableau.b_sol)
    diagonal = [0.0] * s if tableau.a_diagonal is None else tableau.a_diagonal
    A = [
        [*map(float, row), float(d), *[0.0] * (s - 1 - len(row))] for row, d in zip([(), *tableau.a_lower], diagonal, strict=True)
    ]
    b_hat = [x - e for x, e in zip(tableau.b_sol, tableau.b_error, strict=True)]
    return _noted(_recognised(A, list(tableau.b_sol), b_hat, cls.__name__), source)


def from_torchdiffeq(solver: Any) -> ButcherTableau:
    """The tableau of a method of torchdiffeq.odeint, by name, class or instance."""
    known = _library("torchdiffeq._impl.odeint").SOLVERS
    cls: Any = _by_name(solver, known, "torchdiffeq method") if isinstance(solver, str) else _class(solver)
    names = [k for k, v in known.items() if v is cls]
    name = solver if isinstance(solver, str) else (names or [cls.__name__])[0]
    tableau = getattr(cls, "tableau", None)
    if tableau is None:
        if not names or not _names("torchdiffeq", names[0]):
            raise _unsupported("torchdiffeq", name, "it is not a Runge-Kutta method of fixed coefficients")
        return _noted(_named("torchdiffeq", names[0]), f"torchdiffeq {name}")
    b, error = tableau.c_sol.tolist(), tableau.c_error.tolist()
    A = [[*row, *[0.0] * (len(b) - len(row))] for row in ([], *(beta.tolist() for beta in tableau.beta))]
    b_hat = [x - e for x, e in zip(b, error, strict=True)]
    return _noted(_recognised(A, b, b_hat, name), f"torchdiffeq {name}", adaptive=True)


def from_nodepy(method: Any) -> ButcherTableau:
    """The tableau of a NodePy Runge-Kutta method; its exact entries stay exact."""
    if _is_multistep(method):
        raise MethodError(f"{type(method).__name__} has no tableau: LinearMultistep(method.alpha, method.beta) is the method")
    if any(not hasattr(method, x) for x in "Ab"):
        raise MethodError(f"from_nodepy takes a RungeKuttaMethod of NodePy, with A and b; got {type(method).__name__}")
    A, b = np.atleast_2d(method.A).tolist(), np.atleast_1d(method.b).tolist()
    b_hat = np.atleast_1d(method.bhat).tolist() if getattr(method, "bhat", None) is not None else None
    return _noted(_recognised(A, b, b_hat, str(method.name)), f"nodepy {getattr(method, 'shortname', method.name)}")


def to_nodepy(tableau: ButcherTableau) -> Any:
    """The NodePy object: RungeKuttaMethod, ExplicitRungeKuttaMethod or ExplicitRungeKuttaPair, exact where we are."""
    library = _library("nodepy.runge_kutta_method")
    convert: Callable[[Any], Any] = complex if "complex" in str(tableau.ring) else float
    convert, kind = (to_sympy, object) if tableau.is_exact else (convert, None)
    A = np.array([[convert(a) for a in row] for row in tableau.A], dtype=kind)
    b = np.array([convert(x) for x in tableau.b], dtype=kind)
    names = {"name": tableau.title, "shortname": tableau.name or "RKM"}
    if not tableau.is_explicit:
        return library.RungeKuttaMethod(A, b, **names)
    if tableau.b_hat is None:
        return library.ExplicitRungeKuttaMethod(A, b, **names)
    return library.ExplicitRungeKuttaPair(A, b, np.array([convert(x) for x in tableau.b_hat], dtype=kind), **names)


# -- methods of every family -----------------------------------------------------------------------
def _is_nystrom(solver: Any) -> bool:
    return isinstance(getattr(_class(solver), "Bp", None), np.ndarray)


def _scipy_method(solver: Any) -> Method:
    """Classes built like SciPy's have A and B for the positions, Ap and Bp for the velocities where they are Nyström methods."""
    if not _is_nystrom(solver):
        return from_scipy(solver)
    cls: Any = _class(solver)
    velocities = cls.Ap.tolist() if isinstance(cls.Ap, np.ndarray) else None
    arrays = (cls.A.tolist(), cls.B.tolist(), cls.Bp.tolist(), cls.C.tolist())
    return Nystrom(*arrays, velocities, name=cls.__name__, tags=["float"])


def _diffrax_method(solver: Any) -> Method:
    other = OTHER_FAMILIES.get(_class(solver).__name__)
    return methods[other] if other else from_diffrax(solver)


def _is_multistep(method: Any) -> bool:
    """Runge-Kutta methods of NodePy have an alpha and a beta too, of their Shu-Osher form."""
    return all(hasattr(method, key) for key in ("alpha", "beta")) and not hasattr(method, "A")


def _nodepy_method(method: Any) -> Method:
    if _is_multistep(method):
        info = {"title": str(method.name), "source": "nodepy"}
        return LinearMultistep([*method.alpha], [*method.beta], name=str(getattr(method, "shortname", "")), **info)
    return from_nodepy(method)


def _torchdyn_method(solver: Any) -> Method:
    """A solver of torchdyn: its arrays are in single precision, so that the catalogue's are taken."""
    name = _class(solver).__name__
    known = OF_TORCHDYN | ADAPTIVE_OF_TORCHDYN
    if name not in known:
        raise MethodError(f"{name} of torchdyn has no tableau here; accepted: {', '.join(known)}")
    return _noted(cast(ButcherTableau, methods[known[name]]), f"torchdyn {name}", name in ADAPTIVE_OF_TORCHDYN)


def _neuromancer_method(solver: Any) -> Method:
    """An integrator of neuromancer, whose tableau stands in its code alone."""
    cls = _class(solver)
    if cls.__name__ == "DiffEqIntegrator":
        if isinstance(solver, type):
            raise MethodError("DiffEqIntegrator runs a method of torchdiffeq: give an instance, or the method's name")
        return from_torchdiffeq(str(solver.method))
    try:
        A, b = traced(lambda field, x: cls(field, h=1.0).integrate(x))
    except MethodError as error:
        raise MethodError(
            f"{cls.__name__} of neuromancer has no tableau here: {error}. One for x'' = f(x) is a partitioned method for the "
            "field (v, f(x)), such as 'leapfrog' with parts"
        ) from None
    return _noted(_recognised(A, b, None, cls.__name__), f"neuromancer {cls.__name__}")


def _irksome_method(tableau: Any) -> Method:
    """A tableau of Irksome, an object: families of any size by their names, others by their arrays."""
    if isinstance(tableau, type):
        raise MethodError(
            f"{tableau.__name__} of Irksome is a class: give an instance, such as {tableau.__name__}(2), or its text"
        )
    name, stages = type(tableau).__name__, getattr(tableau, "num_stages", 0)
    if name in SIZED_OF_IRKSOME:
        return methods[f"{name}({int(stages)})"]
    source = {"source": f"irksome {name}"}
    if hasattr(tableau, "a") and hasattr(tableau, "b"):
        return LinearMultistep(list(map(float, tableau.a)), list(map(float, tableau.b)), name=name, **source)
    if not all(hasattr(tableau, key) for key in "Ab"):
        raise MethodError(f"{name} of Irksome has no tableau here")
    A, b = np.atleast_2d(tableau.A).tolist(), np.atleast_1d(tableau.b).tolist()
    if hasattr(tableau, "A_hat"):
        explicit = ButcherTableau(np.atleast_2d(tableau.A_hat).tolist(), np.atleast_1d(tableau.b_hat).tolist())
        return PartitionedTableau([explicit, ButcherTableau(A, b)], name=name, **source)
    return _noted(_recognised(A, b, None, name), source["source"])


def to_julia(tableau: ButcherTableau) -> str:
    """A function of Julia that makes the tableau of OrdinaryDiffEq."""
    name = "".join(c if c.isalnum() else "_" for c in tableau.name or "tableau")
    hat = tableau.embedded_order or 0
    return write_julia(
        tableau.A, tableau.b, tableau.c, tableau.b_hat, tableau.order, hat, name if name[0].isalpha() else f"m_{name}"
    )


CONVERTERS |= {f.__name__: f for f in (from_scipy, from_diffrax, from_torchdiffeq, from_nodepy, to_nodepy, to_julia)}
READERS |= {
    "irksome": _irksome_method,
    "diffrax": _diffrax_method,
    "torchdiffeq": from_torchdiffeq,
    "nodepy": _nodepy_method,
    "torchdyn": _torchdyn_method,
    "neuromancer": _neuromancer_method,
    "scipy.integrate": _scipy_method,
}


# -- what they share ------------------------------------------------------------------------------
def _library(module: str) -> ModuleType:
    return optional_library(module, f"reading a solver of {module.partition('.')[0]}", "solvers")


def _class(solver: Any) -> type:
    return solver if isinstance(solver, type) else type(solver)


def _by_name(name: str, known: dict[str, Any], kind: str) -> Any:
    lower = {k.lower(): v for k, v in known.items()}
    if name.lower() not in lower:
        raise UnknownNameError(kind, name, lower)
    return lower[name.lower()]


def _names(library: str, solver: str = "") -> dict[str, str]:
    """Solvers of a library, with the names of their catalogue entries; one of them if `solver` is given."""
    found = {
        own.split(" (")[0]: name
        for name in methods
        for own in methods.entry(name).get("library", {}).get(library, "").split(", ")
        if own
    }
    return {k: v for k, v in found.items() if k == solver} if solver else found


def _named(library: str, solver: str) -> ButcherTableau:
    return cast(ButcherTableau, methods[_names(library, solver)[solver]])


def _unsupported(library: str, solver: Any, why: str) -> MethodError:
    name = solver if isinstance(solver, str) else _class(solver).__name__
    return MethodError(
        f"{str(name)[:60]} of {library} has no tableau here: {why}. Supported: {', '.join(sorted(_names(library)))}"
    )


def _noted(method: ButcherTableau, source: str, adaptive: bool = False) -> ButcherTableau:
    info = {k: v for k, v in method.info.items() if k != "source"} | {"source": source + method.info.get("source", "")}
    if adaptive:
        info["note"] = f"{source} adapts: {ADAPTIVE}"
    return ButcherTableau(method.A, method.b, method.c, b_hat=method.b_hat, name=method.name, **info)


def _recognised(A: Sequence[Sequence[Any]], b: Sequence[Any], b_hat: Sequence[Any] | None, name: str) -> ButcherTableau:
    """The catalogue's exact entry for float data within 1e-14 of it, else the data."""
    tableau = ButcherTableau(A, b, b_hat=b_hat, name=name)
    if tableau.is_exact:
        return tableau
    own, weights = _essential(tableau), _padded(b_hat)

    def estimates(found: ButcherTableau) -> bool:
        return b_hat is None or _agree(weights, _padded(found.b_hat))

    same = [found for found in _candidates(tableau) if _agree(own, _essential(found))]
    if same:
        best = min(same, key=lambda found: (found.stages != tableau.stages, not estimates(found)))
        source = f", whose floats are those of the exact catalogue entry {best.name}"
        if estimates(best) or b_hat is None:
            embedded: Sequence[Scalar] | None = best.b_hat
        else:
            embedded = _on_stages_of(best, tableau, b_hat)
            source += "; its embedded formula is the library's own, not that of the entry"
        info = dict(best.info) | {"source": source}
        return ButcherTableau(best.A, best.b, best.c, b_hat=embedded, name=best.name, **info)
    return ButcherTableau(A, b, b_hat=b_hat, name=name, tags=["float"], source=", floats that the catalogue does not know")


def _on_stages_of(entry: ButcherTableau, given: ButcherTableau, weights: Sequence[Any]) -> list[Scalar] | None:
    """Embedded weights for the stages of a catalogue entry: short fractions where these are the floats, else the floats.

    None where the entry lacks a stage that they weigh.
    """
    if entry.stages < given.stages and any(_number(x) for x in weights[entry.stages :]):
        return None
    own = [*weights, *[0.0] * (entry.stages - given.stages)][: entry.stages]
    short = [Fraction(float(x)).limit_denominator(SHORT) for x in own]
    if all(abs(float(s) - x) <= CLOSE for s, x in zip(short, own, strict=True)) and sum(short) == 1:
        return list(short)
    return list(own)


def _candidates(tableau: ButcherTableau) -> Iterator[ButcherTableau]:
    """Entries of the same kind whose number of stages allows for one unused stage."""
    for key in methods:
        entry = methods.entry(key)
        near = abs(len(entry.get("b", ())) - tableau.stages) <= 1
        if near and ("explicit" in entry["tags"]) == tableau.is_explicit and isinstance(found := methods[key], ButcherTableau):
            yield found


def _essential(tableau: ButcherTableau) -> list[list[complex]]:
    """Rows of A and b as numbers, without the stages that neither b nor another stage uses."""
    used = [j for j in range(tableau.stages) if tableau.b[j] != 0 or any(row[j] != 0 for row in tableau.A)]
    return [[_number(row[j]) for j in used] for row in (*(tableau.A[i] for i in used), tableau.b)]


def _padded(weights: Sequence[Scalar] | None) -> list[list[complex]]:
    """Weights as numbers, without zeros at the end."""
    numbers = [_number(x) for x in weights or ()]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return [numbers]


def _agree(first: list[list[complex]], second: list[list[complex]]) -> bool:
    return [len(row) for row in first] == [len(row) for row in second] and all(
        abs(x - y) <= CLOSE * max(1, abs(y)) for p, q in zip(first, second, strict=True) for x, y in zip(p, q, strict=True)
    )


def _number(value: Scalar) -> complex:
    return complex(value.evalf(20)) if isinstance(value, sympy.Basic) else complex(value)
