"""Truncated power series of torch tensors: what flows through a module when it is expanded in h.

An object with `__torch_function__` may stand where torch expects a tensor. Functions that are linear act on each coefficient,
products are Cauchy products, and the rest follows from their differential equations (Griewank and Walther 2008, chapter 13).
What has no rule here raises NoRule; whoever asked takes derivatives instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any

from ..base.libraries import found

torch: Any = found("torch")


class NoRule(NotImplementedError, AttributeError):
    """A function of torch that power series do not know."""


class Series:
    """c_0 + c_1 h + ... + c_n h^n, with tensors of one shape."""

    __array_priority__ = 1000

    def __init__(self, coefficients: Sequence[Any]):
        self.coefficients = list(coefficients)

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return apply(function.__name__, function, args, kwargs or {})

    @property
    def shape(self) -> Any:
        """That of the coefficients."""
        return self.coefficients[0].shape

    @property
    def dtype(self) -> Any:
        """That of the coefficients."""
        return self.coefficients[0].dtype

    @property
    def device(self) -> Any:
        """That of the coefficients."""
        return self.coefficients[0].device

    @property
    def ndim(self) -> int:
        """That of the coefficients."""
        return int(self.coefficients[0].ndim)

    @property
    def T(self) -> Series:
        """The transpose."""
        return self.map(lambda c: c.T)

    @property
    def mT(self) -> Series:
        """The transpose of the last two axes."""
        return self.map(lambda c: c.mT)

    def map(self, function: Callable[[Any], Any]) -> Series:
        """A linear function of each coefficient."""
        return Series([function(c) for c in self.coefficients])

    def __getattr__(self, name: str) -> Any:
        method = getattr(torch.Tensor, name, None)
        if name.startswith("__") or not callable(method):
            raise NoRule(f"a power series has no {name}")
        return lambda *args, **options: apply(name, method, (self, *args), options)

    def __len__(self) -> int:
        return len(self.coefficients[0])

    def __iter__(self) -> Any:
        return iter([self[i] for i in range(len(self))])

    def __getitem__(self, key: Any) -> Series:
        return self.map(lambda c: c[key])

    def __neg__(self) -> Series:
        return self.map(lambda c: -c)

    def __add__(self, other: Any) -> Series:
        if isinstance(other, Series):
            return Series([a + b for a, b in zip(self.coefficients, other.coefficients, strict=True)])
        first = self.coefficients[0] + other
        return Series([first, *(c if c.shape == first.shape else c.expand(first.shape) for c in self.coefficients[1:])])

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        return product(lambda a, b: a * b, self, other)

    __rmul__ = __mul__

    def __matmul__(self, other: Any) -> Any:
        return product(lambda a, b: a @ b, self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return product(lambda a, b: a @ b, other, self)

    def __truediv__(self, other: Any) -> Any:
        return self * reciprocal(other) if isinstance(other, Series) else self.map(lambda c: c / other)

    def __rtruediv__(self, other: Any) -> Any:
        return reciprocal(self) * other

    def __pow__(self, exponent: Any) -> Series:
        return power(self, exponent)

    def __rpow__(self, base: Any) -> Series:
        return exp(self * math.log(base))

    def __gt__(self, other: Any) -> Any:
        return self.coefficients[0] > _value(other)

    def __lt__(self, other: Any) -> Any:
        return self.coefficients[0] < _value(other)

    def __ge__(self, other: Any) -> Any:
        return self.coefficients[0] >= _value(other)

    def __le__(self, other: Any) -> Any:
        return self.coefficients[0] <= _value(other)


def product(times: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """A bilinear function of two series, or of one and a tensor."""
    if not isinstance(a, Series):
        return b.map(lambda c: times(a, c))
    if not isinstance(b, Series):
        return a.map(lambda c: times(c, b))
    x, y = a.coefficients, b.coefficients
    return Series([reduce(add, [times(x[j], y[k - j]) for j in range(k + 1)]) for k in range(len(x))])


def integrated(first: Any, u: Series, slope: Series) -> Series:
    """y with y' = slope·u', the slope being known."""
    c, r = rates(u), slope.coefficients
    return Series([first, *(convolved(c, r[:k], k) / k for k in range(1, len(r)))])


def convolved(rates: Any, factors: list[Any], k: int) -> Any:
    """Σ_{j=1..k} rates[j] factors[k - j] of the k factors so far, the rates being stacked: few operations on small tensors."""
    return (rates[1 : k + 1] * torch.stack(factors[::-1])).sum(0)


def rates(u: Series) -> Any:
    """The coefficients of h u', stacked."""
    c = torch.stack(u.coefficients)
    weights = torch.arange(len(c), dtype=c.dtype, device=c.device)
    return c * weights.reshape(-1, *[1] * (c.ndim - 1))


def exp(u: Series) -> Series:
    """y' = y u'."""
    c, y = rates(u), [torch.exp(u.coefficients[0])]
    for k in range(1, len(c)):
        y.append(convolved(c, y, k) / k)
    return Series(y)


def reciprocal(u: Series) -> Series:
    """1/u."""
    c = u.coefficients
    y = [1 / c[0]]
    for k in range(1, len(c)):
        y.append(-sum(c[j] * y[k - j] for j in range(1, k + 1)) * y[0])
    return Series(y)


def tanh(u: Series) -> Series:
    """y' = (1 - y²) u', the square growing with y."""
    c, y = rates(u), [torch.tanh(u.coefficients[0])]
    slope = [1 - y[0] * y[0]]
    for k in range(1, len(c)):
        y.append(convolved(c, slope, k) / k)
        ahead = torch.stack(y)
        slope.append(-(ahead * ahead.flip(0)).sum(0))
    return Series(y)


def sigmoid(u: Series) -> Any:
    """(1 + tanh(u/2))/2."""
    return tanh(u * 0.5) * 0.5 + 0.5


def sincos(u: Series, sign: float = -1.0) -> tuple[Series, Series]:
    """sin and cos, or sinh and cosh where the sign is 1."""
    c = u.coefficients
    circular = sign < 0
    s, k = [torch.sin(c[0]) if circular else torch.sinh(c[0])], [torch.cos(c[0]) if circular else torch.cosh(c[0])]
    for n in range(1, len(c)):
        s.append(sum(j * c[j] * k[n - j] for j in range(1, n + 1)) / n)
        k.append(sign * sum(j * c[j] * s[n - j] for j in range(1, n + 1)) / n)
    return Series(s), Series(k)


def power(u: Series, exponent: Any) -> Series:
    """u**r: products for small whole r, else u y' = r y u'."""
    if not isinstance(exponent, int | float):
        raise NoRule("a power series to the power of an array")
    if float(exponent).is_integer() and 0 <= exponent <= 8:
        found = u.map(lambda c: 0 * c) + 1.0
        for _ in range(int(exponent)):
            found = found * u
        return found
    c = u.coefficients
    y = [c[0] ** exponent]
    for k in range(1, len(c)):
        y.append(sum((exponent * j - (k - j)) * c[j] * y[k - j] for j in range(1, k + 1)) / (k * c[0]))
    return Series(y)


def log(u: Series) -> Series:
    """y' = u'/u."""
    return integrated(torch.log(u.coefficients[0]), u, reciprocal(u))


def softplus(u: Series, beta: float = 1.0, threshold: float = 20.0) -> Series:
    """y' = sigmoid(βu) u'; torch's own threshold is for rounding alone."""
    return integrated(torch.nn.functional.softplus(u.coefficients[0], beta, threshold), u, sigmoid(u * beta))


def erf(u: Series) -> Series:
    """y' = 2/sqrt(π) exp(-u²) u'."""
    return integrated(torch.erf(u.coefficients[0]), u, exp(-(u * u)) * (2 / math.sqrt(math.pi)))


def gelu(u: Series, approximate: str = "none") -> Any:
    """u Φ(u), or its form with tanh."""
    if approximate == "tanh":
        return u * 0.5 * (tanh((u + power(u, 3) * 0.044715) * math.sqrt(2 / math.pi)) + 1.0)
    return u * 0.5 * (erf(u * math.sqrt(0.5)) + 1.0)


def elu(u: Series, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Any:
    """Linear above 0, an exponential below."""
    above = u.coefficients[0] > 0
    below = exp(u.map(lambda c: torch.where(above, 0 * c, c)) * input_scale) * alpha + (-alpha)
    return Series([torch.where(above, a, b) for a, b in zip(u.coefficients, below.coefficients, strict=True)]) * scale


def softmax(u: Series, dim: int = -1, *_: Any, **__: Any) -> Any:
    """exp(u)/Σ exp(u), shifted by the largest."""
    e = exp(u + (-u.coefficients[0].amax(dim, keepdim=True)))
    return e * reciprocal(e.map(lambda c: c.sum(dim, keepdim=True)))


def masked(u: Series, mask: Any, otherwise: Any = None) -> Series:
    """u where a mask holds, elsewhere a multiple of u."""
    return u.map(lambda c: torch.where(mask, c, 0 * c if otherwise is None else otherwise * c))


def layer_norm(u: Series, shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """(u - mean)/sqrt(variance + eps), over the last axes."""
    axes = tuple(range(-len(shape), 0))
    centred = u - u.map(lambda c: c.mean(axes, keepdim=True))
    spread = (centred * centred).map(lambda c: c.mean(axes, keepdim=True))
    found = centred * power(spread + eps, -0.5)
    found = found if weight is None else found * weight
    return found if bias is None else found + bias


def norm(u: Series, p: Any = 2, dim: Any = None, keepdim: bool = False, **_: Any) -> Series:
    """The Euclidean norm."""
    if p not in (2, "fro", None):
        raise NoRule(f"the norm {p} of a power series")
    square = u * u
    return power(square.map(lambda c: c.sum() if dim is None else c.sum(dim, keepdim=keepdim)), 0.5)


LINEAR = {
    "broadcast_to", "clone", "contiguous", "cumsum", "detach", "diag_embed", "diagonal", "diff", "double", "expand",
    "expand_as", "flatten", "flip", "float", "gather", "index_select", "mean", "movedim", "narrow", "neg", "negative",
    "permute", "real", "repeat", "reshape", "reshape_as", "roll", "select", "squeeze", "sum", "swapaxes", "t", "take",
    "tile", "to", "trace", "transpose", "tril", "triu", "type", "type_as", "unflatten", "unsqueeze", "view", "view_as",
}  # fmt: skip
"""`detach` too: the series is that of the function, whatever autograd may know of it."""
LIKE = {"expand_as", "reshape_as", "to", "type_as", "view_as"}
"""Of these a second argument tells a type or a shape."""
AFFINE = {"conv1d", "conv2d", "batch_norm"}
LISTS = {"chunk", "split", "unbind", "tensor_split", "hsplit", "vsplit"}
BILINEAR = {"mul", "multiply", "matmul", "bmm", "mm", "mv", "dot", "outer", "inner", "__mul__", "__rmul__", "__matmul__"}
VALUES = {
    "__ge__", "__gt__", "__le__", "__lt__", "dim", "element_size", "empty_like", "full_like", "ge", "get_device", "gt",
    "is_complex", "is_floating_point", "le", "lt", "new_full", "new_ones", "new_tensor", "new_zeros", "numel",
    "ones_like", "rand_like", "randn_like", "sign", "size", "stride", "zeros_like",
}  # fmt: skip
"""What depends on the first coefficient alone, or on its shape."""

RULES: dict[str, Callable[..., Any]] = {
    "add": lambda a, b, alpha=1: (a + b * alpha) if alpha != 1 else (a + b if isinstance(a, Series) else b + a),
    "sub": lambda a, b: a - b if isinstance(a, Series) else -b + a,
    "rsub": lambda a, b: b - a if isinstance(b, Series) else -a + b,
    "div": lambda a, b: a / b if isinstance(a, Series) else reciprocal(b) * a,
    "true_divide": lambda a, b: a / b if isinstance(a, Series) else reciprocal(b) * a,
    "__rsub__": lambda a, b: -a + b,
    "__rtruediv__": lambda a, b: reciprocal(a) * b,
    "__rdiv__": lambda a, b: reciprocal(a) * b,
    "pow": lambda a, b: power(a, b) if isinstance(a, Series) else a**b,
    "square": lambda a: a * a,
    "sqrt": lambda a: power(a, 0.5),
    "rsqrt": lambda a: power(a, -0.5),
    "reciprocal": reciprocal,
    "exp": exp,
    "expm1": lambda a: exp(a) + (-1.0),
    "log": log,
    "log1p": lambda a: log(a + 1.0),
    "tanh": tanh,
    "sigmoid": sigmoid,
    "sin": lambda a: sincos(a)[0],
    "cos": lambda a: sincos(a)[1],
    "tan": lambda a: sincos(a)[0] / sincos(a)[1],
    "sinh": lambda a: sincos(a, 1.0)[0],
    "cosh": lambda a: sincos(a, 1.0)[1],
    "atan": lambda a: integrated(torch.atan(a.coefficients[0]), a, reciprocal(a * a + 1.0)),
    "erf": erf,
    "softplus": softplus,
    "log_sigmoid": lambda a: -softplus(-a),
    "silu": lambda a: a * sigmoid(a),
    "mish": lambda a: a * tanh(softplus(a)),
    "gelu": gelu,
    "elu": lambda a, alpha=1.0: elu(a, alpha),
    "celu": lambda a, alpha=1.0: elu(a, alpha, 1.0, 1 / alpha),
    "selu": lambda a: elu(a, 1.6732632423543772, 1.0507009873554805),
    "relu": lambda a: masked(a, a.coefficients[0] > 0),
    "leaky_relu": lambda a, slope=0.01, negative_slope=None: masked(
        a, a.coefficients[0] > 0, slope if negative_slope is None else negative_slope
    ),
    "abs": lambda a: masked(a, a.coefficients[0] > 0, -1.0),
    "softmax": softmax,
    "tanhshrink": lambda a: a - tanh(a),
    "softsign": lambda a: a * reciprocal(masked(a, a.coefficients[0] > 0, -1.0) + 1.0),
    "dropout": lambda a, p=0.5, training=True: _only_if(not training or p == 0, a, "dropout"),
    "layer_norm": layer_norm,
    "norm": norm,
    "where": lambda mask, a, b: _where(mask, a, b),
    "stack": lambda tensors, dim=0: _joined(torch.stack, tensors, dim),
    "cat": lambda tensors, dim=0: _joined(torch.cat, tensors, dim),
    "concat": lambda tensors, dim=0: _joined(torch.cat, tensors, dim),
    "hstack": lambda tensors: _joined(torch.cat, tensors, -1),
    "addcmul": lambda a, x, y, value=1: a + x * y * value,
    "einsum": lambda text, *operands: _einsum(text, operands),
}  # fmt: skip


def apply(name: str, function: Any, args: Any, options: Any) -> Any:
    """A function of torch on arguments among which there are series."""
    options = {k: v for k, v in options.items() if k != "inplace"}
    name = name.strip("_") if name.strip("_") in RULES | dict.fromkeys(LINEAR | BILINEAR) else name
    if name in VALUES:
        return function(*(_value(a) for a in args), **options)
    first = args[0] if args else None
    if name in RULES:
        return RULES[name](*args, **options)
    if name in LIKE and not isinstance(first, Series):
        return function(first, *map(_value, args[1:]), **options)
    if name in LINEAR and isinstance(first, Series):
        rest = [_value(a) for a in args[1:]] if name in LIKE else args[1:]
        return first.map(lambda c: function(c, *rest, **options))
    if name in LISTS and isinstance(first, Series):
        pieces = [function(c, *args[1:], **options) for c in first.coefficients]
        return tuple(Series(own) for own in zip(*pieces, strict=True))
    if name in BILINEAR:
        return product(lambda a, b: function(a, b), args[0], args[1])
    if name == "linear" and isinstance(first, Series):
        return _linear(function, first, *args[1:], **options)
    if name in AFFINE and isinstance(first, Series) and not any(isinstance(a, Series) for a in args[1:]):
        if name == "batch_norm" and options.get("training", args[5] if len(args) > 5 else False):
            raise NoRule("batch_norm in training mode")
        rest = function(0 * first.coefficients[0], *args[1:], **options)
        value, *others = first.coefficients
        return Series([function(value, *args[1:], **options), *(function(c, *args[1:], **options) - rest for c in others)])
    raise NoRule(f"torch's {name} has no rule for power series")


def _linear(function: Any, u: Series, weight: Any, bias: Any = None) -> Series:
    """A layer on all coefficients at once; its bias belongs to the first."""
    first, *others = function(torch.stack(u.coefficients), weight).unbind(0)
    return Series([first if bias is None else first + bias, *others])


def _value(a: Any) -> Any:
    return a.coefficients[0] if isinstance(a, Series) else a


def _first(values: Sequence[Any]) -> Series:
    return next(v for v in values if isinstance(v, Series))


def _coefficients(value: Any, n: int) -> list[Any]:
    if isinstance(value, Series):
        return value.coefficients
    value = torch.as_tensor(value)
    return [value, *[0 * value] * (n - 1)]


def _joined(join: Any, tensors: Sequence[Any], dim: int) -> Series:
    n = len(_first(tensors).coefficients)
    rows = [_coefficients(t, n) for t in tensors]
    return Series([join(list(own), dim) for own in zip(*rows, strict=True)])


def _where(mask: Any, a: Any, b: Any) -> Series:
    n = len(_first((a, b)).coefficients)
    return Series([torch.where(mask, x, y) for x, y in zip(_coefficients(a, n), _coefficients(b, n), strict=True)])


def _einsum(text: str, operands: Sequence[Any]) -> Any:
    operands = operands[0] if isinstance(operands[0], list | tuple) else operands
    places = [i for i, o in enumerate(operands) if isinstance(o, Series)]
    if len(places) > 2:
        raise NoRule("einsum of three power series")

    def times(*values: Any) -> Any:
        own = list(operands)
        for i, value in zip(places, values, strict=True):
            own[i] = value
        return torch.einsum(text, *own)

    return operands[places[0]].map(times) if len(places) == 1 else product(times, *(operands[i] for i in places))


def _only_if(condition: bool, value: Any, name: str) -> Any:
    if not condition:
        raise NoRule(f"{name} in training mode")
    return value
