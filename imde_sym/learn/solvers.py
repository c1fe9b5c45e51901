"""diffrax solvers with fixed steps, and methods of this package as diffrax solvers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..base.arguments import checked
from ..base.errors import LearningError
from ..base.sharing import only_once
from ..codegen.numbers import nearest
from ..method import Method, MethodLike
from .backends import double_jax, library
from .base import real_array

TOLERANCE = 1e-11
"""Of Newton's method for implicit stages. Its last step leaves far less, as the equations need, which are about the exact
method; a smaller tolerance is out of reach of networks with large weights, where the defect itself is rounded to 1e-12."""
ROOT_STEPS = 50

Parts = Sequence[Sequence[int]]


@checked
def tableau_solver(method: MethodLike, parts: Parts | None = None) -> Any:
    """A diffrax solver that takes the steps of a Runge-Kutta or partitioned method of this package.

    method : a ButcherTableau or a PartitionedTableau, or what stands for one, such as a name
    parts  : for a partitioned method the indices of the components of each part, such as [[1], [0]] for q, p
             among the variables (p, q)
    Implicit stages are solved by Newton's method to rounding and differentiated by the implicit function theorem.
    Raises LearningError for another family or parts that do not fit, MissingLibraryError without diffrax.

    >>> import jax, diffrax, equinox, optimistix
    >>> jax.config.update("jax_enable_x64", True)
    >>> tableau_solver("rk4").order(None)
    4
    """
    if not method.tableaux(method.colors):
        raise LearningError(
            f"a {type(method).__name__} has no tableau to step with: give a ButcherTableau or a PartitionedTableau"
        )
    if (method.colors == 1) != (parts is None):
        raise LearningError(
            f"{method.title} has {method.colors} part(s): `parts` holds the indices of the components of each part, "
            f"and is left out for one part; got {parts!r}"
        )
    if parts is not None and (
        len(parts) != method.colors or sorted(i for p in parts for i in p) != list(range(sum(map(len, parts))))
    ):
        raise LearningError(f"parts must name each component once, in {method.colors} lists; got {parts!r}")
    return _solver_class()(method, None if parts is None else tuple(map(tuple, parts)))


@only_once
def _solver_class() -> type:
    """The class, made once diffrax is there to be derived from."""
    dfx, eqx, optx = (library(n, "a diffrax solver") for n in ("diffrax", "equinox", "optimistix"))
    jnp = double_jax("a diffrax solver").numpy

    class TableauSolver(dfx.AbstractSolver):  # type: ignore[name-defined, misc]
        method: Any = eqx.field(static=True)
        parts: Any = eqx.field(static=True)
        term_structure = dfx.AbstractTerm
        interpolation_cls = dfx.LocalLinearInterpolation

        def order(self, terms: Any) -> int:
            del terms  # diffrax names the arguments
            return int(self.method.order)

        def init(self, terms: Any, t0: Any, t1: Any, y0: Any, args: Any) -> None:
            del terms, t0, t1, y0, args

        def func(self, terms: Any, t0: Any, y0: Any, args: Any) -> Any:
            return terms.vf(t0, y0, args)

        def step(self, terms: Any, t0: Any, t1: Any, y0: Any, args: Any, solver_state: Any, made_jump: Any) -> Any:
            del solver_state, made_jump
            A, b, c = weights(self.method, self.parts, len(y0))
            control = terms.contr(t0, t1)

            def slopes(points: Any) -> Any:
                times = t0 + c * (t1 - t0)
                return jnp.stack([terms.vf_prod(times[i], points[i], args, control) for i in range(len(b))])

            result = dfx.RESULTS.successful
            if not np.any(np.triu(A.transpose(2, 0, 1))):
                points: list[Any] = []
                g: list[Any] = []
                for i in range(len(b)):
                    points.append(y0 + sum((A[i, j] * g[j] for j in range(i)), jnp.zeros_like(y0)))
                    g.append(terms.vf_prod(t0 + c[i] * (t1 - t0), points[i], args, control))
                found = jnp.stack(g)
            else:

                def defect(points: Any, _: Any) -> Any:
                    return y0 + jnp.einsum("ijm,jm->im", A, slopes(points)) - points

                root = optx.root_find(
                    defect, optx.Newton(TOLERANCE, TOLERANCE), jnp.tile(y0, (len(b), 1)), throw=False, max_steps=ROOT_STEPS
                )
                found, result = slopes(root.value), dfx.RESULTS.promote(root.result)
            y1 = y0 + jnp.einsum("im,im->m", b, found)
            return y1, None, {"y0": y0, "y1": y1}, None, result

    return TableauSolver


def weights(method: Any, parts: Parts | None, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A as (stages, stages, d), b as (stages, d), c as (stages,): the weights that each component sees."""
    tableaux = method.tableaux(method.colors)
    own = np.zeros(d, dtype=int)
    for part, indices in enumerate(parts or ()):
        own[list(indices)] = part
    A = np.array([[[nearest(a) for a in row] for row in t.A] for t in tableaux])
    b = np.array([[nearest(x) for x in t.b] for t in tableaux])
    return A[own].transpose(1, 2, 0), b[own].T, A[0].sum(axis=1)


def as_solver(solver: Any) -> Any:
    """A diffrax solver ready for fixed steps, from an instance, a class, a method, or a method's name.

    Raises LearningError for a step size controller, HalfSolver, or a solver of split equations, saying what to pass instead.
    """
    dfx = library("diffrax", "training through a solver")
    if isinstance(solver, str | Method):
        return tableau_solver(solver)
    if isinstance(solver, type) and issubclass(solver, dfx.AbstractSolver):
        solver = solver()
    if isinstance(solver, dfx.AbstractStepSizeController) or (
        isinstance(solver, type) and issubclass(solver, dfx.AbstractStepSizeController)
    ):
        raise LearningError(
            "a step size controller chooses the steps as it goes, and f_h depends on the step: a model trained so has no "
            "single inverse modified equation. Pass the solver itself; fit takes S equal steps with it"
        )
    if type(solver) is dfx.HalfSolver:
        raise LearningError(
            "HalfSolver only adds an error estimate for adaptive steps: pass its .solver, with twice as many steps S"
        )
    if not isinstance(solver, dfx.AbstractSolver):
        return tableau_solver(solver)
    if solver.term_structure not in (dfx.AbstractTerm, dfx.ODETerm):
        raise LearningError(
            f"{type(solver).__name__} steps with several terms (a split or stochastic equation), and a model is one term. For a "
            "partitioned method take tableau_solver('symplectic_euler', parts=[[0], [1]])"
        )
    return _with_tolerances(solver)


def _with_tolerances(solver: Any) -> Any:
    """An implicit solver whose root finder left its tolerances to a step size controller gets Newton's method with tight ones."""
    finder = getattr(solver, "root_finder", None)
    if finder is None or hasattr(finder.rtol, "__float__"):
        return solver
    eqx, optx = library("equinox", "an implicit solver"), library("optimistix", "an implicit solver")
    newton = optx.Newton(TOLERANCE, TOLERANCE)
    return eqx.tree_at(lambda s: (s.root_finder, s.root_find_max_steps), solver, (newton, ROOT_STEPS))


@checked
def step_map(solver: Any, model: Callable[[Any], Any], steps: int = 1) -> Callable[[Any, Any], tuple[Any, Any]]:
    """(x, T) -> (the point after `steps` equal steps of a solver over time T, whether all succeeded); one point x (d,).

    Raises MethodError or LearningError for what is not a solver, MissingLibraryError without the extra `learn`.

    >>> import jax, diffrax, equinox, optimistix
    >>> jax.config.update("jax_enable_x64", True)
    >>> point, good = step_map("explicit_euler", lambda x: -x, steps=2)(jax.numpy.array([1.0]), 0.2)
    >>> point.round(9).tolist(), bool(good)
    ([0.81], True)
    """
    dfx, jax = library("diffrax", "a solver step"), double_jax("a solver step")
    solver = as_solver(solver)
    term = dfx.ODETerm(lambda _t, y, _args: model(y))

    def run(x: Any, T: Any) -> tuple[Any, Any]:
        h = T / steps
        start = jax.numpy.zeros(())  # a Python number would change type inside some implicit solvers
        state = solver.init(term, start, h, x, None)

        def one(carry: Any, _: Any) -> Any:
            y, state, good = carry
            y, _error, _dense, state, result = solver.step(term, start, h, y, None, state, False)
            return (y, state, good & (result == dfx.RESULTS.successful)), None

        carry = (x, state, jax.numpy.array(True))
        if steps == 1:
            (y, _, good), _ = one(carry, None)
        else:
            (y, _, good), _ = jax.lax.scan(one, carry, None, length=steps)
        return y, good

    return run


LARGEST_STEP = 1e20


def one_step(h: Any) -> float:
    """A step size as a float. Raises LearningError for an array, 0, or a number whose powers are not finite."""
    h = real_array(h, "h")
    if h.ndim:
        raise LearningError("data of irregular sampling have no single step size, so no single f_h: compare at one h")
    if h == 0 or abs(h) > LARGEST_STEP:
        raise LearningError(f"h is the step size T/S, a number other than 0, at most {LARGEST_STEP:g}; got {h}")
    return float(h)
