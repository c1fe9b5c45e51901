"""Models to train: networks, libraries of terms, Hamiltonian networks. Any equinox module of one point works as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import numpy as np
import sympy

from ..base.arguments import checked, read_fields
from ..base.checks import check_count
from ..base.errors import LearningError, shown
from ..base.sharing import only_once
from ..codegen import Builder, Program
from ..codegen.arrays import function_caller, power
from ..codegen.numbers import nearest
from ..expressions import parse_expression
from ..fields import DifferentialRing, FieldLike, VectorField
from ..fields.structure import listed
from ..rings import scalar, to_sympy
from .backends import library
from .base import real_array

Symbols = Sequence[sympy.Symbol | str]
MAX_SEED = 2**63 - 1
MAX_WIDTH = 100_000
CALL = function_caller("jax.numpy", "jax.scipy.special")


@checked
def mlp(
    dimension: int,
    width: int = 16,
    depth: int = 1,
    activation: Callable[[Any], Any] | None = None,
    seed: int = 0,
    outputs: int | None = None,
) -> Any:
    """An equinox MLP, in the precision that JAX is set to, from `dimension` numbers to as many (or `outputs`), tanh by default.

    width, depth : size and number of hidden layers
    outputs      : 1 for the Hamiltonian of an HNN
    Raises MissingLibraryError without equinox.

    >>> import jax, equinox
    >>> jax.config.update("jax_enable_x64", True)
    >>> mlp(2, width=8)(jax.numpy.zeros(2)).shape
    (2,)
    """
    jax, eqx = library("jax", "a network"), library("equinox", "a network")
    seed = check_count(seed, "seed", 0, MAX_SEED, LearningError)
    for what, value in (("dimension", dimension), ("width", width), ("depth", depth), ("outputs", outputs)):
        if value is not None:
            check_count(value, what, 0 if what == "depth" else 1, MAX_WIDTH, LearningError)
    size = dimension if outputs is None else outputs
    return eqx.nn.MLP(dimension, size, width, depth, activation or jax.numpy.tanh, key=jax.random.PRNGKey(seed))


class Pytree:
    """A dataclass whose `arrays` JAX may differentiate and whose other fields are fixed; registered when first made."""

    arrays: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _register(type(self))  # type: ignore[arg-type]


@only_once
def _register(cls: Any) -> None:
    fields = list(cls.__dataclass_fields__)
    library("jax", "a model").tree_util.register_dataclass(cls, list(cls.arrays), [n for n in fields if n not in cls.arrays])


@checked
@dataclass(frozen=True, eq=False)
class Library(Pytree):
    """A model that is linear in its coefficients: component m is Σ_j coefficients[m, j] terms[j] (as in SINDy).

    variables    : sympy symbols, in the order of the components
    terms        : sympy expressions in the variables, such as 1, x, x*y, sin(x)
    coefficients : array (d, number of terms); zeros by default from `library_model` and `polynomial`

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> x = sympy.Symbol("x")
    >>> model = library_model([x], ["x", "x**3"], [[-1, 0.25]])
    >>> model(jax.numpy.array([2.0])).tolist(), model.sparse(0.5).coefficients.tolist()
    ([0.0], [[-1.0, 0.0]])
    >>> print(model.to_field())
    x' = x**3/4 - x
    >>> model.features(jax.numpy.array([2.0])).tolist()
    [2.0, 8.0]
    """

    coefficients: Any
    variables: tuple[sympy.Symbol, ...]
    terms: tuple[sympy.Expr, ...]
    arrays = ("coefficients",)

    def __post_init__(self) -> None:
        super().__post_init__()
        read_fields(self)
        if isinstance(self.coefficients, int | float | str) and not isinstance(self.coefficients, bool):  # equinox fills in masks
            raise LearningError(f"coefficients are an array, a row for each variable; got {shown(self.coefficients)}")

    def __call__(self, x: Any) -> Any:
        """The field at one point (d,)."""
        return self.coefficients @ self.features(x)

    def features(self, x: Any) -> Any:
        """The terms at one point (d,)."""
        jnp = library("jax", "a model").numpy
        program = _terms_program(self.variables, self.terms)
        values = program.run([x[i] for i in range(len(self.variables))], 0.0, nearest, power, CALL)
        return jnp.stack([jnp.asarray(v, dtype=x.dtype) for v in values])

    def to_field(self, threshold: float = 0.0) -> VectorField:
        """The model as a VectorField with exact coefficients (each double is a rational number).

        threshold : coefficients of at most this size are left out
        Raises LearningError for a threshold that is not a number.
        """
        rows = np.asarray(self.coefficients)
        components = [
            sympy.Add(
                *(sympy.Rational(Fraction(float(c))) * t for c, t in zip(row, self.terms, strict=True) if abs(c) > threshold)
            )
            for row in rows
        ]
        return VectorField(list(self.variables), components)

    def sparse(self, threshold: float) -> Library:
        """The same model with coefficients of at most `threshold` set to zero.

        Raises LearningError for a threshold that is not a number.
        """
        jnp = library("jax", "a model").numpy
        kept = jnp.where(jnp.abs(self.coefficients) > threshold, self.coefficients, 0.0)
        return Library(kept, self.variables, self.terms)


@checked
@dataclass(frozen=True, eq=False)
class HNN(Pytree):
    """x' = B ∇H(x) with a trainable scalar `function`, H: (d,) -> () (Greydanus et al., NeurIPS 2019).

    matrix : the constant skew matrix B, (d, d); `hnn` takes it from a field or from q and p

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> oscillator = HNN(lambda x: x @ x / 2, ((0.0, -1.0), (1.0, 0.0)))
    >>> oscillator(jax.numpy.array([1.0, 2.0])).tolist()
    [-2.0, 1.0]
    >>> float(oscillator.hamiltonian(jax.numpy.array([1.0, 2.0]))), oscillator.inverse_matrix.tolist()
    (2.5, [[0.0, 1.0], [-1.0, -0.0]])
    """

    function: Any
    matrix: tuple[tuple[float, ...], ...]
    arrays = ("function",)

    def __post_init__(self) -> None:
        super().__post_init__()
        wrong = isinstance(self.function, int | float | str | list | tuple | dict)
        if wrong and not isinstance(self.function, bool):  # equinox fills in masks
            raise LearningError(f"function is a scalar function H(x) of a point; got {shown(self.function)}")
        matrix = real_array(self.matrix, "matrix", 2)
        object.__setattr__(self, "matrix", tuple(map(tuple, matrix.tolist())))

    def __call__(self, x: Any) -> Any:
        """The field at one point (d,)."""
        jax = library("jax", "a model")
        return jax.numpy.array(self.matrix) @ jax.grad(self.hamiltonian)(x)

    def hamiltonian(self, x: Any) -> Any:
        """H at one point; a network's single output may have shape (1,)."""
        return library("jax", "a model").numpy.sum(self.function(x))

    @cached_property
    def inverse_matrix(self) -> np.ndarray:
        """B⁻¹, so that ∇H = B⁻¹ x'."""
        return np.linalg.inv(np.array(self.matrix))


@checked
def library_model(variables: Symbols | str, terms: Sequence[Any], coefficients: Any = None) -> Library:
    """A Library from terms as expressions or as text (parsed, never evaluated). Raises ParseError, LearningError.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> library_model("x, y", ["y", "sin(x)"]).coefficients.shape
    (2, 2)
    """
    variables = listed(variables)
    names = {str(v): v for v in variables}
    read = tuple(parse_expression(t, names) if isinstance(t, str) else to_sympy(scalar(t)) for t in terms)
    stray = {s for t in read for s in t.free_symbols} - set(variables)
    if stray or not read or len(set(read)) < len(read):
        raise LearningError(f"terms must be different expressions in {tuple(variables)}, at least one; got {read}")
    jnp = library("jax", "a model").numpy
    shape = (len(variables), len(read))
    values = jnp.zeros(shape) if coefficients is None else jnp.asarray(real_array(coefficients, "coefficients"))
    if values.shape != shape:
        raise LearningError(f"coefficients have shape {values.shape}; {shape} is needed, a row for each variable")
    return Library(values, tuple(variables), read)


@checked
def polynomial(variables: Symbols | str, degree: int, coefficients: Any = None) -> Library:
    """All monomials up to `degree`, the constant first, then by degree: for two variables 1, x, y, x², xy, y², ...
    Raises LearningError for a negative degree.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> polynomial(sympy.symbols("x y"), 2).terms
    (1, x, y, x**2, x*y, y**2)
    """
    variables = listed(variables)
    if degree < 0:
        raise LearningError(f"the degree of a polynomial is at least 0, got {degree}")
    allowed = [n for n in product(range(degree + 1), repeat=len(variables)) if sum(n) <= degree]
    powers = sorted(allowed, key=lambda n: (sum(n), [-i for i in n]))
    terms = [sympy.Mul(*(v**i for v, i in zip(variables, n, strict=True))) for n in powers]
    return library_model(variables, terms, coefficients)


@checked
def hnn(field: FieldLike, width: int = 16, depth: int = 1, seed: int = 0, function: Any = None) -> HNN:
    """An HNN with the constant Poisson matrix of a Hamiltonian field, H being an MLP or the `function` given.

    Raises LearningError for a field that is not Hamiltonian, or whose Poisson matrix depends on the point.

    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> from imde_sym import systems
    >>> model = hnn(systems["pendulum"], function=lambda x: x[0] ** 2 / 2)
    >>> model(jax.numpy.array([3.0, 0.0])).tolist()
    [0.0, 3.0]
    """
    B = field.poisson_matrix
    if B is None or B.free_symbols:
        raise LearningError(
            f"{field.name or field} is not a Hamiltonian field with a constant matrix: HNN(function, matrix) takes any other"
        )
    network = mlp(field.dimension, width, depth, seed=seed, outputs=1) if function is None else function
    return HNN(network, tuple(tuple(float(b) for b in row) for row in B.tolist()))


@lru_cache(maxsize=256)
def _terms_program(variables: tuple[sympy.Symbol, ...], terms: tuple[sympy.Expr, ...]) -> Program:
    ring = DifferentialRing(variables, list(terms))
    builder = Builder(ring)
    return builder.program([builder.polynomial(ring.convert(t)) for t in terms])
