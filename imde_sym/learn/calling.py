"""How a model is evaluated at many points: as one batch (N, d), or point by point; found out once, by trying."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..base.errors import ImdeError, LearningError, shown
from ..base.libraries import is_torch
from ..fields.callables import BACKENDS, Backend
from .backends import double_precision
from .base import as_numpy, real_array
from .compiling import compiled
from .forms import POINT, TRIED, Form, form_of, library_of, original, weights_of
from .states import State, flatten, in_pieces, readings

PROBES = 5
"""Points on which the way to call a model is tried."""
FAILURES = (TypeError, ValueError, RuntimeError, NotImplementedError, LookupError, AttributeError, AssertionError, ImdeError)
"""What a stranger's model, or a library that cannot differentiate it, raises."""
TIMES = (0.0, 0.37, 11.3)
"""At which a model that does not depend on its time has one value, to the last digit."""
KINKED = {
    "relu",
    "relu6",
    "leaky_relu",
    "prelu",
    "rrelu",
    "hardtanh",
    "hardsigmoid",
    "hardswish",
    "threshold",
    "hard_tanh",
    "hard_sigmoid",
}
"""Activations without second derivatives, by the names of torch and JAX."""
SMOOTH = "tanh, softplus, silu, gelu or mish"


@dataclass(frozen=True)
class Calling:
    """How a model is called.

    library : torch, jax or numpy;  batch : whether it takes (N, d), else one point (d,)
    tracked : whether it wants a tensor that requires a gradient, as it differentiates itself
    gradients : whether derivatives are those of autograd, which has to be on
    alone   : whether each point is given as a batch of one, to a model that takes batches at one time
    """

    library: str
    form: Form = POINT
    batch: bool = False
    tracked: bool = False
    gradients: bool = False
    alone: bool = False

    @property
    def backend(self) -> Backend:
        """Arrays, and maps over them."""
        return NumpyBackend() if self.library == "numpy" else BACKENDS[self.library]

    def field(self, model: Any, rest: Sequence[Any]) -> Callable[[Any, Any], Any]:
        """(x, t) -> the model's value, of the shape of x."""
        inner = original(model)

        def run(x: Any, t: Any) -> Any:
            if self.alone:
                own = [a[None] if hasattr(a, "shape") and len(a.shape) else a for a in rest]
                value = self.form.call(inner, x[None], t, own)[0]
            else:
                value = self.form.call(inner, x, t, rest)
            if self.library == "torch" and isinstance(value, np.ndarray):  # a model that is written in numpy
                value = self.backend.array(value, like=x)
            if getattr(value, "shape", None) != x.shape:
                got = f"shape {tuple(value.shape)}" if hasattr(value, "shape") else f"a {type(value).__name__}"
                raise LearningError(f"the model returns {got} at x of shape {tuple(x.shape)}; it must return that shape")
            return value

        return run

    def spread(
        self, kernel: Callable[[Any, Any, Sequence[Any]], tuple[Any, ...]], x: Any, t: Any, rest: Sequence[Any]
    ) -> tuple[Any, ...]:
        """A function of (x, t, the rest), x (N, d) or one point as the model takes it, at all points of x (..., d).

        Arrays among the rest whose shape begins with that of the batch go with the points; all else to every point.
        """
        lead = tuple(x.shape[:-1])
        if self.library == "torch":
            rest = [self.backend.array(a, like=x) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in rest]
        t = None if self.form.clock is None else self.backend.array(0.0 if t is None else t, like=x)
        if self.tracked or self.gradients:
            with _gradients() as keep:
                own = x if x.requires_grad else x.detach().requires_grad_()
                found = self._spread(kernel, own, t, rest, lead)
            return found if keep else tuple(v.detach() for v in found)
        return self._spread(kernel, x, t, rest, lead)

    def _spread(self, kernel: Any, x: Any, t: Any, rest: Sequence[Any], lead: tuple[int, ...]) -> tuple[Any, ...]:
        moving = [i for i, a in enumerate(rest) if lead and goes_with(a, lead)]
        if self.batch:
            if x.ndim == 2:
                return tuple(kernel(x, t, rest))
            flat = list(rest)
            for i in moving:
                flat[i] = rest[i].reshape(-1, *rest[i].shape[len(lead) :])
            if not lead and self.form.clock is None:  # controls of one point become those of a batch of one
                flat = [a[None] if hasattr(a, "shape") and len(a.shape) else a for a in flat]
            if t is not None and lead and goes_with(t, lead):
                t = t.reshape(-1, *t.shape[len(lead) :])
            return tuple(v.reshape(x.shape) for v in kernel(x.reshape(-1, x.shape[-1]), t, flat))
        timed = t is not None and lead and goes_with(t, lead)

        def at(y: Any, *others: Any) -> tuple[Any, ...]:
            own = list(rest)
            for i, value in zip(moving, others, strict=False):
                own[i] = value
            return tuple(kernel(y, others[-1] if timed else t, own))

        found: tuple[Any, ...] = self.backend.batch(at, x, *(rest[i] for i in moving), *([t] if timed else []))
        return found

    def values(self, model: Any, x: Any, t: Any = None, rest: Sequence[Any] = ()) -> Any:
        """The model at points (..., d)."""
        return self.spread(lambda y, s, own: (self.field(model, own)(y, s),), x, t, rest)[0]

    def many(self, model: Any, rest: Sequence[Any] = ()) -> Callable[[Any, Any], Any]:
        """(x, t) -> the model at points (..., d), for several evaluations: a map over points is compiled in JAX, once a shape."""

        def values_of(model: Any) -> Callable[..., Any]:
            return lambda x, t, rest: self.values(model, x, t, rest)

        run = compiled(values_of, model, self) if self.library == "jax" and not self.batch else values_of(model)
        return lambda x, t: run(x, t, rest)

    def without_gradients(self) -> AbstractContextManager[Any]:
        """Where a model is evaluated only for its values, unless derivatives are those of autograd."""
        return sys.modules["torch"].no_grad() if self.library == "torch" and not self.gradients else nullcontext()


class NumpyBackend(Backend):
    """Values alone, of a model that no library differentiates."""

    name, arrays = "numpy", "numpy"

    def array(self, values: Any, like: Any = None) -> Any:
        """Numbers as floats."""
        return np.asarray(as_numpy(values), dtype=float if like is None else like.dtype)

    def batch(self, f: Any, x: Any, *others: Any) -> Any:
        """One point after the other."""
        if x.ndim == 1:
            return f(x, *others)
        rows = [self.batch(f, *own) for own in zip(x, *others, strict=True)]
        return tuple(np.stack(column) for column in zip(*rows, strict=True))


@contextmanager
def _gradients() -> Iterator[bool]:
    """Gradients on, for models that take them themselves; tells whether they were on before."""
    torch = sys.modules["torch"]
    before = bool(torch.is_grad_enabled())
    with torch.enable_grad():
        yield before


def goes_with(value: Any, lead: Sequence[int]) -> bool:
    """Whether an array's shape begins with that of a batch."""
    return tuple(getattr(value, "shape", ()))[: len(lead)] == tuple(lead)


def is_abstract(x: Any, model: Any = None) -> bool:
    """Whether an array has no values that Python may look at: inside jit, vmap, torch.compile or torch.export."""
    jax, torch = sys.modules.get("jax"), sys.modules.get("torch")
    if jax is not None and (
        isinstance(x, jax.core.Tracer) or any(isinstance(a, jax.core.Tracer) for a in jax.tree_util.tree_leaves(model))
    ):
        return True
    if torch is None or not isinstance(x, torch.Tensor):
        return False
    compiling = torch.compiler.is_compiling() or type(x).__name__ in ("FakeTensor", "FunctionalTensor")
    return bool(compiling or torch._C._functorch.is_functorch_wrapped_tensor(x))


def real_values(values: Any, what: str) -> Any:
    """Arrays of torch and JAX as they are, if they are real; others as numpy arrays of floats, float32 kept."""
    if "complex" in str(getattr(values, "dtype", "")):
        raise LearningError(f"{what} must be real numbers, got complex ones")
    if isinstance(values, list | np.ndarray | np.generic) or not hasattr(values, "shape"):
        found = real_array(values, what)
        return values if getattr(getattr(values, "dtype", None), "kind", "") == "f" else found
    return values


def time_of(t: Any) -> Any:
    """The time at points: a number, or one for each. Raises LearningError for anything else."""
    if t is None or (isinstance(t, int | float) and not isinstance(t, bool)):
        return t
    if isinstance(t, list) or hasattr(t, "shape"):
        return real_values(t, "t")
    raise LearningError(f"t must be a number, or one for each point; got {shown(t)}")


def check_clock(t: Any, x: Any) -> None:
    """Raise LearningError for times that are not one for each point of x."""
    shape, lead = tuple(np.shape(as_numpy(t))) if t is not None else (), tuple(x.shape[:-1])
    if shape not in ((), (1,)) and shape[: max(len(lead), 1)] != lead:
        raise LearningError(f"t is a number, or one for each point; its shape is {shape}, that of x is {tuple(x.shape)}")


def check_beside(args: Any, library: str) -> None:
    """Raise LearningError where JAX could not take what a model is given besides the point."""
    if library != "jax":
        return
    for leaf in sys.modules["jax"].tree_util.tree_leaves(args):
        if not (hasattr(leaf, "shape") or callable(leaf) or isinstance(leaf, int | float | complex)):
            raise LearningError(f"args must hold numbers, arrays or pytrees of these, got {shown(leaf)}")


def as_points(model: Any, x: Any, library: str | None = None, state: State | None = None) -> Any:
    """x in arrays of the model's library; tensors stay on their device. Raises LearningError for what is no array (..., d).

    state : its pieces, where it is in pieces
    """
    name = library or library_of(model, x)
    if state is not None and in_pieces(x):
        x = state.join(x)
    elif state is not None and hasattr(x, "shape") and tuple(x.shape[-1:]) != (state.size,):
        raise LearningError(f"x has the shape {tuple(x.shape)}; the states of the model have {state.size} components")
    if isinstance(x, tuple) or (not hasattr(x, "shape") and not isinstance(x, list)):
        raise LearningError(
            f"x is a {type(x).__name__}; it must be an array (d,) or (..., d), or a tuple or another pytree of arrays"
        )
    x = real_values(x, "x")
    if name == "torch":
        torch = sys.modules["torch"]
        if not isinstance(x, torch.Tensor):
            like = next(iter(weights_of(model)), None)
            x = torch.tensor(np.asarray(x), dtype=torch.float64 if like is None else like.dtype)  # a copy: x may be read-only
            x = x if like is None else x.to(like.device)
    found = Calling(name).backend.array(x)
    if not found.shape:
        raise LearningError("x is a single number; its last axis must hold the components of a point")
    if not found.shape[-1]:
        raise LearningError(f"x holds no components: its shape is {tuple(found.shape)}; its last axis must hold those of a point")
    return found


def in_precision(model: Any, x: Any) -> Any:
    """Tensors of data in the precision of a torch model; all else as it is."""
    torch = sys.modules.get("torch")
    if torch is None or not (isinstance(x, torch.Tensor) and x.is_floating_point()):
        return x
    kinds = {p.dtype for p in weights_of(model)}
    return x.to(kinds.pop()) if len(kinds) == 1 else x


def rows(x: Any, t: Any, rest: Sequence[Any], count: int) -> tuple[Any, Any, list[Any]]:
    """The first points of a batch as (n, d), with what goes with them."""
    lead = tuple(x.shape[:-1])
    if not lead:
        single = [a[None] if hasattr(a, "shape") and len(a.shape) else a for a in rest]
        return x[None], t, single

    def taken(a: Any) -> Any:
        return a.reshape(-1, *a.shape[len(lead) :])[:count]

    return taken(x), taken(t) if goes_with(t, lead) else t, [taken(a) if goes_with(a, lead) else a for a in rest]


def state_of(model: Any, x: Any, t: Any = None, rest: Sequence[Any] = (), *, many: bool = True) -> State | None:
    """The pieces of one state, where x is in pieces; what they are is tried on the model.

    many : whether x holds data, the first axis of each piece counting points, or is what the model is called with: then its
           value there has to be that at each of the points that x is read as
    """
    if not in_pieces(x):
        return None
    known = getattr(model, "form", None)
    if isinstance(known, Form) and known.state is not None and known.state.fits(x):  # a corrected model
        return known.state
    *likely, whole = readings(x, library_of(model, x), many)
    for state in likely:
        points = as_points(model, x, state=state)
        if is_abstract(points, model):
            break
        try:
            calling = calling_of(model, *rows(points, t, rest, PROBES), state)
        except LearningError:
            continue
        if many or _same_as_whole(calling, model, x, t, rest, whole):
            return state
    return whole


def _same_as_whole(calling: Calling, model: Any, x: Any, t: Any, rest: Sequence[Any], whole: State) -> bool:
    """Whether points that were found in x have the values that the model has at x; or it cannot take x as it stands."""

    def values(calling: Calling) -> list[np.ndarray]:
        state = calling.form.state
        assert state is not None
        at = state.split(calling.values(model, as_points(model, x, calling.library, state), t, rest))
        return list(map(as_numpy, flatten(at, state.library)[0]))

    try:
        own = values(replace(calling, form=replace(calling.form, state=whole), batch=False))
    except FAILURES:
        return True
    return all(a.shape == b.shape and close(a, b) for a, b in zip(own, values(calling), strict=True))


def calling_of(model: Any, x: Any, t: Any = None, rest: Sequence[Any] = (), state: State | None = None) -> Calling:
    """How the model is called, tried on points near those given, (N, d) with values.

    state : the pieces in which it takes them
    Raises LearningError, with the forms that were tried, where none gives a value of the shape of x at each point, where a
    layer is in training mode, and where a value is random or depends on the other points.
    """
    refuse_training_mode(model)
    name, problems = library_of(model, x), list[str]()
    known = form_of(model)
    if isinstance(found := getattr(model, "calling", None), Calling):  # a corrected model
        return found
    for home in (name, "numpy") if name == "jax" else (name,):
        ways = [(True, False), (False, False)] if home == "torch" else [(False, False), (True, False)]
        if home == "torch" and goes_with(t, tuple(x.shape[:-1])) and state is None:
            ways.append((False, True))
        for form in [replace(own, state=state) for own in (TRIED if known is None else (known,))]:
            for tracked in (False, True) if home == "torch" else (False,):
                for batch, alone in ways:
                    calling = Calling(home, form, batch, tracked, alone=alone)
                    if (problem := _problem(calling, model, x, t, rest)) is None:
                        return calling
                    if not (home == "numpy" or tracked or alone):
                        problems.append(f"called as {form} with {'a batch (N, d)' if batch else 'a point (d,)'}: {problem}")
    at = f"points of dimension {x.shape[-1]}" if state is None else f"states with pieces of shapes {list(state.shapes)}"
    raise LearningError(f"the model ({named(model)}) gives no field at {at}. {'. '.join(dict.fromkeys(problems))}")


def _problem(calling: Calling, model: Any, x: Any, t: Any, rest: Sequence[Any]) -> str | None:
    """Why a model is not called so; None if it is."""
    if calling.library == "jax" and not calling.batch:  # a map over points, of a function that JAX traces: its shape is all
        try:
            sys.modules["jax"].eval_shape(lambda y: calling.values(model, y, t, rest), x)
        except FAILURES as failure:
            return _told(failure)
        return None
    probe, time, own = _jittered(calling.backend.array(x)), t, list(rest)
    size = len(x)
    own = [_wrapped(a, len(probe)) if goes_with(a, (size,)) else a for a in own]
    time = _wrapped(t, len(probe)) if goes_with(t, (size,)) else t

    def at(order: Sequence[int]) -> np.ndarray:
        index = np.asarray(order)
        moved = [a[index] if goes_with(a, (len(probe),)) else a for a in own]
        return as_numpy(calling.values(model, probe[index], time[index] if goes_with(time, (len(probe),)) else time, moved))

    everywhere = list(range(len(probe)))
    try:
        first, again, turned, single = at(everywhere), at(everywhere), at(everywhere[::-1]), at([0])
    except FAILURES as failure:
        return _told(failure)
    if not np.array_equal(first, again, equal_nan=True):
        raise LearningError(
            f"the model ({named(model)}) gives two values at one point: a layer such as dropout draws random numbers. Call "
            "model.eval() first (equinox: equinox.nn.inference_mode(model))"
        )
    if not (close(first[::-1], turned) and close(first[:1], single)):
        return "the value at a point depends on the others beside it"
    return None


def _told(failure: Exception) -> str:
    hint = "; equinox.nn.inference_mode(model) puts it into evaluation mode" if "inference" in str(failure) else ""
    return f"{type(failure).__name__}: {brief(failure)}{hint}"


def _jittered(x: Any) -> Any:
    """Different points near the first ones, more than there are components so that no axis is taken for another."""
    n = max(PROBES, x.shape[-1] + 1) if x.shape[-1] < 2 * PROBES else PROBES
    index = [i % len(x) for i in range(n)]
    turns = np.array([1 + 1e-3 * (i // len(x) + 0.1 * i) for i in range(n)])[:, None]
    factor = x.new_tensor(turns) if hasattr(x, "new_tensor") else turns.astype(x.dtype)
    base = x.detach() if hasattr(x, "detach") else x
    return base[np.asarray(index)] * factor


def _wrapped(a: Any, n: int) -> Any:
    return a[np.arange(n) % len(a)]


def close(a: np.ndarray, b: np.ndarray) -> bool:
    """Equality up to what another order of summation does."""
    return bool(np.allclose(a, b, rtol=1e-3, atol=1e-5 * float(np.nan_to_num(np.abs(b)).max(initial=0.0)), equal_nan=True))


def refuse_training_mode(model: Any) -> None:
    """Raise LearningError for a torch module with dropout or batch normalisation in training mode."""
    if not is_torch(model):
        return
    nn = sys.modules["torch"].nn
    for name, layer in model.named_modules():
        noisy = isinstance(layer, nn.modules.dropout._DropoutNd) and layer.p > 0
        if layer.training and (noisy or isinstance(layer, nn.modules.batchnorm._NormBase)):
            raise LearningError(
                f"the layer {name or 'model'} ({type(layer).__name__}) is in training mode, where the model is not a function of "
                "the point alone: call model.eval() first"
            )


def kinks(model: Any, calling: Calling, x: Any, t: Any = None, rest: Sequence[Any] = ()) -> list[str]:
    """What to say of activations without second derivatives; warned about as well."""
    if calling.library == "numpy":
        return []
    x, t, rest = rows(x, t, rest, PROBES)
    try:
        names = _torch_names(calling, model, x, t, rest) if calling.library == "torch" else _jax_names(calling, model, x, t, rest)
    except FAILURES:
        return []
    if not (found := sorted(names & KINKED)):
        return []
    text = (
        f"the model uses {', '.join(found)}: its second derivatives vanish or do not exist, and f_h needs them; only the first "
        f"correction is right. Smooth activations are {SMOOTH}"
    )
    warnings.warn(text, stacklevel=2)
    return [text]


def _torch_names(calling: Calling, model: Any, *at: Any) -> set[str]:
    overrides = sys.modules["torch"].overrides
    names: set[str] = set()

    class Names(overrides.TorchFunctionMode):  # type: ignore[name-defined, misc]
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            names.add(getattr(function, "__name__", "").strip("_"))
            return function(*args, **(kwargs or {}))

    with Names():
        calling.values(model, *at)
    return names


def _jax_names(calling: Calling, model: Any, *at: Any) -> set[str]:
    text = str(sys.modules["jax"].make_jaxpr(lambda y: calling.values(model, y, *at[1:]))(at[0]))
    return {name for name in KINKED if f"name={name}\n" in text or f"name={name} " in text or f"name={name}]" in text}


def batched(model: Any, args: Sequence[Any] = (), state: State | None = None) -> Callable[..., np.ndarray]:
    """A model as a function of points (..., d), and perhaps the time, to numpy's arrays; JAX in double precision.

    args : what it takes besides;  the time is 0 where it is not given;  state : the pieces in which it takes points
    """
    form_of(model)  # what cannot be called is refused at once
    known: list[Callable[[Any, float], Any]] = []
    timed = list[bool]()

    def prepared(x: np.ndarray) -> Callable[[Any, float], Any]:
        name = library_of(model)
        if hasattr(model, "plan_at"):  # a corrected model, which is compiled already and takes any shape
            form = model.plan_at(as_points(model, x, name), None, args, state).calling.form
            return lambda y, t: form.call(model, as_points(model, y, name, form.state), t, args)
        calling = calling_of(model, *rows(as_points(model, x, name), None, args, PROBES), state)
        values = calling.many(model, args)
        timed.append(calling.form.clock is not None)
        return lambda y, t: values(as_points(model, y, calling.library), t)

    def run(x: Any, t: float | None = None) -> np.ndarray:
        x = np.asarray(x, dtype=float)
        with double_precision() if library_of(model) == "jax" else nullcontext():
            if not known:
                known.append(prepared(x))
            found = as_numpy(known[0](x, 0.0 if t is None else t)).astype(float)
            if t is None and timed and timed.pop() and moves([found, *(as_numpy(known[0](x, s)) for s in TIMES[1:])]):
                warnings.warn(f"the model ({named(model)}) depends on the time, which is 0 here", stacklevel=3)
            return found

    return run


def moves(values: Sequence[np.ndarray]) -> bool:
    """Whether values at TIMES differ."""
    return any(not np.array_equal(values[0], v, equal_nan=True) for v in values[1:])


def numbers(model: Any, x: Any, many: bool = True) -> tuple[Any, State | None]:
    """Pieces as numpy's array (..., d), and what they are to the model; what is not in pieces as it is.

    many : whether their first axes count points, or they are of one state
    """
    if not in_pieces(x):
        return x, None
    state = state_of(model, x) if many else State.of(x, library_of(model, x))
    assert state is not None
    return as_numpy(state.join(x)).astype(float), state


def brief(failure: BaseException) -> str:
    """The first line of a message."""
    lines = str(failure).strip().splitlines()
    return lines[0][:160] if lines else type(failure).__name__


def named(model: Any) -> str:
    """What a model is called in a message."""
    return str(getattr(model, "__name__", type(original(model)).__name__))
