"""VectorField: an ODE y' = f(y) or y' = f(y, t), and what it was made from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import sympy
from sympy.core.parameters import distribute

from ..base.errors import FieldError, ImdeError
from ..base.pictures import Pictured
from ..base.typeset import Typeset, cut
from ..base.values import FrozenDict, Plain, ReadOnly, Value, information, reads
from ..expressions import STORED, Spelling, dotted, latex, letters, one_symbol_a_name, parse_expression, read_symbols
from ..expressions.declaring import AUTO
from ..expressions.layout import DIGITS, DOUBLE, WIDTH, Latex, Numerals, Text, lines_of, numerals_of, typed_decimals, visible
from ..expressions.reading import undeclared
from ..expressions.undefined import undefined_functions
from ..rings import scalar, to_sympy
from .formulas import terms_of
from .given import first_order, meanings
from .given import second_order as accelerated
from .parsing import velocity_names
from .reading import WAYS, read_field, read_text
from .rewrite import refuse_non_smooth
from .structure import (
    Structure,
    all_zero,
    check_names,
    check_pairs,
    check_poisson,
    declared,
    euler_lagrange,
    free_symbols,
    listed,
    read,
    rows_of,
    time_of,
    vocabulary,
)

FORMAT = "imde_sym/field"
INFORMATION = ("title", "aliases", "reference", "doi", "tags", "x0", "domain", "invariants", "note", "source")
"""What may be told of a field: the fields of the catalogue."""


class VectorField(Pictured, Plain, Typeset, Value):
    """The right-hand side of y' = f(y), as sympy expressions.

    VectorField({p: -10*sin(q), q: p})        variables and components in the order of the mapping
    VectorField([p, q], [-10*sin(q), p])      two sequences
    VectorField({x: -x + sin(t)})             depends on time: t becomes the last variable, with t' = 1
    VectorField("p' = -10*sin(q); q' = p")    text, also "q'' = -10*sin(q)" and "x' = -x + sin(t)" (see `parse`)
    VectorField(Eq(x(t).diff(t), -x(t)))      sympy's own equations, one or a list, and {x(t): -x(t)}
    VectorField(lambda x, y: (y, -x))         a function of symbols; VectorField(f, variables="x, y") for f(t, y)
    VectorField("dydt = [y[1], -y[0]]")       code as text
    VectorField.hamiltonian(H, q=[q], p=[p]), .poisson(B, H, x), .lagrangian(L, q, v), .gradient(V, x)
    VectorField.second_order({q: -sin(q)})    q' = v, v' = -sin(q)

    Names will do for symbols. A symbol called t is the time, as in text, unless it is a variable or among `parameters`;
    `time` names another one, time=False none. All other symbols that are not variables are constant parameters.
    `parameters` maps them to their values, or lists those that stay free; `with_parameters` changes values. `structure`
    tells what the field was made from, or is None. `decimals` is whether formulas have decimals or fractions, by default as
    they were typed (None where they were not: then tenths, hundredths, ... are decimals). Two fields are equal if their
    variables and components are. Values are immutable.
    Raises FieldError where the field is not smooth, not finite or of unequal lengths, and where one name means two
    things: symbols with other assumptions, a variable x and a function x(t).

    >>> VectorField.parse("p' = -10*sin(q); q' = p").variables
    (p, q)
    """

    form = FORMAT
    view = "plot_field"

    def __init__(
        self,
        given: Any = None,
        components: Any = None,
        *,
        variables: Any = None,
        parameters: Any = None,
        functions: Sequence[str] = (),
        name: str = "",
        time: sympy.Symbol | str | bool | None = None,
        structure: Structure | None = None,
        decimals: bool | None = None,
        **info: Any,
    ):
        decimals = _typed({"decimals": decimals, "parameters": parameters}, given, components)["decimals"]
        written: Mapping[sympy.Symbol, sympy.Expr] = {}
        entries = None
        if variables is None or given is None:
            variables = variables if given is None else given
        elif components is None and callable(given):
            variables, components = given, variables
        elif components is None and isinstance(given, str):
            variables, entries = given, variables
        else:
            raise FieldError("variables= goes with a function or code of a vector; here the variables are known already")
        if read_in := read_field(variables, components, parameters, functions, time, entries):
            variables, components, parameters, time, structure, written, start = read_in
            info = _started(info, start)
        variables, components = _two_sequences(variables, components)
        given = list(components)
        known = free_symbols([*given, structure.function] if structure else given)
        moving, constants = listed(variables, known=known), declared(parameters, known)
        if not moving:
            raise FieldError("variables must be sympy symbols or their names, at least one; got none")
        if len(given) != len(moving):
            raise FieldError(f"{len(moving)} variables, but {len(given)} components")
        words = vocabulary(time, moving, constants, known)
        template = [read(c, words) for c in given]
        about = [*template, structure.function] if structure else template
        time = time_of(time, [*about, *constants.values()], moving, constants)
        if time is not None and time not in moving:
            moving, template = [*moving, time], [*template, sympy.S.One]
        if clash := {*moving} & {*constants}:
            raise FieldError(f"{clash.pop()} is both a variable and a parameter")
        check_names([*moving, *constants], about)
        self.variables, self.time = tuple(moving), time
        self.template = tuple(template)
        if time is not None and self.template[self.variables.index(time)] != 1:
            raise FieldError(f"{time} is the time, so its component must be 1")
        values = {s: to_sympy(scalar(v)) for s, v in constants.items()}
        self.parameters: Mapping[sympy.Symbol, Any] = ReadOnly({s: v for s, v in values.items() if s != v})
        self.name, self.info, self.decimals = name, _information(info), decimals
        # one simultaneous exact substitution, so that a parameter may be set to another symbol
        self.components = tuple(self._valued(c) for c in self.template)
        check_names(self.variables, self.components)
        self._structure = structure
        self.written: Mapping[sympy.Symbol, sympy.Expr] = ReadOnly(written)
        refuse_non_smooth(self.components)
        self._freeze()

    def _valued(self, e: sympy.Expr) -> sympy.Expr:
        return e.xreplace(dict(self.parameters)) if self.parameters else e

    # -- constructors ---------------------------------------------------------------------------
    @classmethod
    def parse(
        cls,
        text: str,
        parameters: Any = (),
        *,
        name: str = "",
        functions: Sequence[str] = (),
        time: str = "t",
        **info: Any,
    ) -> VectorField:
        """Read equations such as "p' = -10*sin(q); q' = p", separated by ';', ',' or line ends, as the constructor does, too.

        Derivatives up to order 7 may be written x', dx/dt, ẋ, \\dot{x}, x_dot, D(x), ... (`expressions.derivatives`),
        also in equations to be solved for them: "m*x'' + c*x' + k*x = F*cos(w*t)". Products may be implicit (2x, x y), powers
        typeset (x²), simple LaTeX is read; #, % and // begin comments; numbers of equations, (1), (2), are left out.
        What has two readings is refused with both.
        Right-hand sides may be code (`expressions.programs`): "dydt = [y[1], -y[0]]", "dy(1) = y(2); dy(2) = -y(1)", a function
        of Python, MATLAB, Julia, C or R, with its defaults; VectorField("return [v, -x]", variables="x, v") names what the code
        does not.
        parameters : names of constants ("g, L", "g, L = 2", a list), a mapping from names to values, or "auto": all other names
        functions  : names of undefined functions; partial(V(q1, q2), 1, 0) is ∂V/∂q1
        time       : the name of time, which becomes the last variable where it occurs
        An equation "q'' = ..." gives q' = v, v' = ... (names: `parsing.velocity_names`), and from order three
        on v' = a, a' = j; its right-hand side may contain q'. Decimals are exact.
        Initial values among the equations, "x(0) = 1; x'(0) = 0", become `x0` of the field.
        Nothing is evaluated. Raises ParseError, naming the culprit.
        """
        if not isinstance(text, str):
            raise FieldError(f"parse reads text, got {str(text)[:60]!r}; VectorField(...) takes other forms")
        found = read_text(text, parameters, functions, time)
        options = {"parameters": found.parameters, "time": found.time, "structure": found.structure}
        return cls(found.variables, found.components, name=name, **_typed(options | _started(info, found.x0), text))

    @classmethod
    def hamiltonian(cls, H: sympy.Expr | str, q: Sequence[Any], p: Sequence[Any], **options: Any) -> VectorField:
        """q' = ∂H/∂p, p' = -∂H/∂q, with the variables in the order (q, p).

        options : as of VectorField: parameters, name, time
        Raises FieldError for unequal numbers of positions and momenta, ParseError for text that is not an expression.

        >>> print(VectorField.hamiltonian("p**2/2 - cos(q)", "q", "p"))
        q' = p; p' = -sin(q)
        """
        q, p = (listed(s, what, free_symbols([H])) for s, what in ((q, "positions"), (p, "momenta")))
        check_pairs(q, p, "a Hamiltonian needs positions q and momenta p")
        options = _typed(options, H)
        structure = Structure("hamiltonian", _function(H, [*q, *p], options), tuple(q), tuple(p))
        return cls([*q, *p], structure.components([*q, *p]), structure=structure, **options)

    @classmethod
    def poisson(
        cls, B: sympy.Matrix | Sequence[Sequence[Any]], H: sympy.Expr | str, variables: Sequence[Any], **options: Any
    ) -> VectorField:
        """x' = B(x) ∇H(x) with a skew matrix B that satisfies the Jacobi identity (HLW VII.2).

        Raises FieldError where B has the wrong shape, is not skew or is no Poisson matrix.

        >>> B = [[0, "x*y"], ["-x*y", 0]]  # Lotka-Volterra
        >>> print(VectorField.poisson(B, "log(x) - x + log(y) - y", ["x", "y"]))
        x' = x*y*(-1 + 1/y); y' = -x*y*(-1 + 1/x)
        """
        rows = rows_of(B)
        variables = listed(variables, known=free_symbols([H, *(e for row in rows for e in row)]))
        try:
            matrix = sympy.ImmutableMatrix([[_function(e, variables, options) for e in row] for row in rows])
        except (TypeError, ValueError) as error:
            raise FieldError(f"a Poisson matrix is a square matrix of expressions: {error}") from None
        options, H = _typed(options, B, H), _function(H, variables, options)
        check_names(variables, [H, *matrix])
        check_poisson(matrix, variables)
        structure = Structure("poisson", H, matrix=matrix)
        return cls(variables, structure.components(variables), structure=structure, **options)

    @classmethod
    def lagrangian(
        cls,
        L: sympy.Expr | str,
        q: Sequence[Any],
        v: Sequence[Any],
        time: sympy.Symbol | str | bool | None = None,
        **options: Any,
    ) -> VectorField:
        """The Euler-Lagrange equations of L(q, v, t) as q' = v, v' = M⁻¹(...), variables in the order (q, v).

        Raises FieldError where the mass matrix ∂²L/∂v² is singular.

        >>> print(VectorField.lagrangian("v**2/2 - q**2/2 + q*t", "q", "v"))
        q' = v; v' = -q + t; t' = 1
        """
        q, v = (listed(s, what, free_symbols([L])) for s, what in ((q, "positions"), (v, "velocities")))
        check_pairs(q, v, "a Lagrangian needs positions q and velocities v")
        options, L = _typed(options, L), _function(L, [*q, *v], options | {"time": time})
        check_names([*q, *v], [L])
        time = time_of(time, [L], [*q, *v], declared(options.get("parameters"), L.free_symbols))
        structure = Structure("lagrangian", L, tuple(q), tuple(v))
        return cls([*q, *v], [*v, *euler_lagrange(L, q, v, time)], structure=structure, time=time or False, **options)

    @classmethod
    def gradient(cls, V: sympy.Expr | str, variables: Sequence[Any], **options: Any) -> VectorField:
        """The gradient flow x' = -∇V(x).

        V, variables : an expression or its text; symbols or their names
        options      : as of VectorField: parameters, name, time
        Raises FieldError or ParseError where they are something else.

        >>> print(VectorField.gradient("x**4/4 + x*y", ["x", "y"]))
        x' = -x**3 - y; y' = -x
        """
        variables = listed(variables, known=free_symbols([V]))
        options = _typed(options, V)
        structure = Structure("gradient", _function(V, variables, options))
        return cls(variables, structure.components(variables), structure=structure, **options)

    @classmethod
    def second_order(
        cls,
        accelerations: Mapping[Any, Any],
        velocities: Mapping[Any, Any] | None = None,
        **options: Any,
    ) -> VectorField:
        """q'' = g(q, q', t) as q' = v, v' = g, from {q: g}; variables in the order (q, v).

        velocities : symbols for q', as they occur in g; by default v for q, v1 for q1, vx for x beside y
        Raises FieldError for what is not such a mapping, ParseError for text that is not an expression.

        >>> print(VectorField.second_order({"q": "-q - q**3"}))
        q' = v; v' = -q**3 - q
        """
        if not isinstance(accelerations, Mapping) or not isinstance(velocities, Mapping | None):
            raise FieldError(f"a system of second order is a mapping from positions to accelerations, got {accelerations!r}")
        right = list(accelerations.values())
        q = listed(accelerations, "positions", free_symbols(right))
        if velocities is None:
            names = velocity_names([s.name for s in q], [s.name for s in q])
            velocities = {s: names[s.name] for s in q}
        speeds = dict(zip(listed(velocities, "positions", q), velocities.values(), strict=True)) if velocities else {}
        if missing := [s for s in q if s not in speeds]:
            raise FieldError(f"no velocity is given for {missing[0]}")
        v = listed([speeds[s] for s in q], "velocities", free_symbols(right))
        check_pairs(q, v, "a system of second order needs positions and velocities")
        structure = Structure("second_order", sympy.S.Zero, tuple(q), tuple(v))
        return cls([*q, *v], [*v, *right], **{"structure": structure} | options)

    def with_parameters(self, given: Mapping[Any, Any] | None = None, /, **values: Any) -> VectorField:
        """The same system with other parameter values (numbers, or symbols to keep a parameter free).

        given : a mapping from names or symbols, for names that are no Python names

        Raises FieldError for a name that is no parameter.

        >>> f = VectorField.parse("x' = -k*x", parameters={"k": 2})
        >>> f.with_parameters(k="1/3").components
        (-x/3,)
        """
        if not isinstance(given, Mapping | None):
            raise FieldError(f"parameters are a mapping from names or symbols to values, or keywords; got {str(given)[:60]!r}")
        own = {c for e in self.template for c in e.free_symbols} - set(self.variables)
        known, given = {s.name: s for s in own}, given or {}
        one_symbol_a_name([*own, *(s for s in given if isinstance(s, sympy.Symbol) and s.name in known)])
        values = {str(n): v for n, v in given.items()} | values
        for n in values:
            if n not in known:
                accepted = ", ".join(sorted(known)) or "none"
                raise FieldError(f"{n!r} is not a parameter of this system; parameters: {accepted}")
        new = dict(self.parameters) | {known[n]: v for n, v in values.items()}
        # t may come in with a value; where the system has it as a constant, it stays one
        time = self.time or (False if "t" in known else None)
        changed = VectorField(
            self.variables,
            self.template,
            parameters=new,
            name=self.name,
            time=time,
            structure=self._structure,
            decimals=typed_decimals(values) or self.decimals,
            **self.info,
        )
        changed.__dict__["written"] = self.written
        return changed

    # -- values ---------------------------------------------------------------------------------
    @property
    def dimension(self) -> int:
        """The number of variables.

        >>> VectorField.parse("x' = y; y' = -x").dimension
        2
        """
        return len(self.variables)

    @property
    def free_parameters(self) -> tuple[sympy.Symbol, ...]:
        """Symbols that are neither variables nor given a value, by name.

        >>> VectorField.parse("x' = -k*x + c", parameters="auto").free_parameters
        (c, k)
        """
        free = {s for c in self.components for s in c.free_symbols} - set(self.variables)
        return tuple(sorted(free, key=str))

    @property
    def reference(self) -> str:
        """Where the system comes from.

        >>> from imde_sym import systems
        >>> systems["lorenz"].reference
        'E. N. Lorenz, J. Atmos. Sci. 20 (1963) 130-141'
        """
        return str(self.info.get("reference", ""))

    @property
    def functions(self) -> dict[str, Any]:
        """The undefined functions in the components and the structure, by name.

        >>> VectorField.parse("x' = g(x)", functions=["g"]).functions
        {'g': g}
        """
        return undefined_functions([*self.components, *([self.structure.function] if self.structure else [])])

    # -- structure ------------------------------------------------------------------------------
    @cached_property
    def structure(self) -> Structure | None:
        """What the field was made from, at the present parameter values; None where that is not known.

        >>> VectorField.gradient("x**2/2", "x").structure.kind
        'gradient'
        """
        return self._structure and self._structure.map(self._valued)

    @property
    def hamiltonian_function(self) -> sympy.Expr | None:
        """H of a canonical or Poisson system, else None.

        >>> VectorField.hamiltonian("p**2/2 - cos(q)", "q", "p").hamiltonian_function
        p**2/2 - cos(q)
        """
        return self.structure.function if self.structure and self.structure.kind in ("hamiltonian", "poisson") else None

    @cached_property
    def poisson_matrix(self) -> sympy.ImmutableMatrix | None:
        """B with x' = B ∇H in the order of the variables (canonical: ±1 between q and p), else None.

        >>> VectorField.hamiltonian("p**2/2 - cos(q)", "q", "p").poisson_matrix
        Matrix([
        [ 0, 1],
        [-1, 0]])
        """
        return self.structure.poisson_matrix(self.variables) if self.structure else None

    @cached_property
    def invariants(self) -> dict[str, sympy.Expr]:
        """The known conserved quantities by name: the Hamiltonian as "energy", and those of the catalogue.

        >>> from imde_sym import systems
        >>> systems["lotka_volterra"].invariants
        {'energy': -p - q + log(p) + 2*log(q)}
        """
        symbols = {*self.variables} | {s for e in self.template for s in e.free_symbols} | {*self.parameters}
        names = {str(s): s for s in symbols}
        found = {n: self._valued(parse_expression(e, names)) for n, e in self.info.get("invariants", {}).items()}
        H = self.hamiltonian_function
        return found if H is None or self.time is not None else {"energy": H} | found

    def lie_derivative(self, expression: sympy.Expr | str) -> sympy.Expr:
        """The time derivative, along the field, of an expression or its text; parameters have their values.

        Raises ParseError for text with other names, RingError for what is not an expression.

        >>> VectorField.parse("p' = -sin(q); q' = p").lie_derivative("p**2/2 - cos(q)")
        0
        """
        own = [*self.variables, *self.parameters, *self.free_parameters]
        if isinstance(expression, str):
            expression = parse_expression(expression, {s.name: s for s in own} | self.functions)
        along = self._valued(read(expression, own))
        check_names(own, [along])
        return sympy.Add(*(sympy.diff(along, v) * c for v, c in zip(self.variables, self.components, strict=True)))

    def lie_bracket(self, other: VectorField | str) -> VectorField:
        """The commutator of two fields as derivations, g' f - f' g: what moving along both in different order differs by.

        other : a field of the same variables, or its equations as text
        Raises FieldError for a field of other variables. `series.lie_bracket` is that of B-series.

        >>> f, g = VectorField.parse("q' = p; p' = 0"), VectorField.parse("q' = 0; p' = -sin(q)")
        >>> f.lie_bracket(g).components
        (sin(q), -p*cos(q))
        """
        g = other if isinstance(other, VectorField) else VectorField(other)
        if g.variables != self.variables:
            raise FieldError(f"the fields have the variables {self.variables} and {g.variables}: a commutator needs the same")
        bracket = [self.lie_derivative(b) - g.lie_derivative(a) for a, b in zip(self.components, g.components, strict=True)]
        return VectorField(self.variables, bracket, time=False if self.time is None else None)

    def equivalent(self, other: VectorField) -> bool:
        """Whether both fields are the same function of the same variables, however they are written.

        Decided by `DifferentialRing.zero_test`: exact, or certified in 40 digits where no relation decides.
        Raises FieldError for what is not a field.

        >>> VectorField.parse("x' = sin(2*x)").equivalent(VectorField.parse("x' = 2*sin(x)*cos(x)"))
        True
        """
        pairs = zip(self.components, other.components, strict=False)
        return self.variables == other.variables and all_zero(self.variables, [a - b for a, b in pairs])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VectorField) and self.variables == other.variables and self.components == other.components

    def __hash__(self) -> int:
        return hash((self.variables, self.components))

    def __str__(self) -> str:
        numerals = self._numerals
        script = Text(numerals)
        pairs = zip(self.variables, self.components, strict=True)
        return "; ".join(f"{v}' = {script.sum(terms_of(c, 'expanded', numerals.fractions))}" for v, c in pairs)

    def __repr__(self) -> str:
        name = f"{self.name}: " if self.name else ""
        return f"<VectorField {name}{cut(str(self), 'print it')}>"

    def as_matrix(self) -> sympy.Matrix:
        """The components as a column Matrix.

        >>> VectorField.parse("x' = y; y' = -x").as_matrix()
        Matrix([
        [ y],
        [-x]])
        """
        return sympy.Matrix(self.components)

    @cached_property
    def _given(self) -> dict[sympy.Symbol, sympy.Expr]:
        taken = {s.name for e in self.template for s in e.free_symbols} | {*map(str, self.variables)}
        return meanings(self.variables, self.written, self.time, taken)

    def as_given(self, expression: Any) -> Any:
        """An expression or a matrix with the functions of time, or entries of a column, that the variables were given as.

        A variable that was given as a symbol or in text becomes a function of its name, and so does a velocity v, which is x'
        in this field, but not in a modified one. From JSON all do. Symbols of other things stay.
        Raises ParseError for text with other names, FieldError for anything else than an expression or a matrix.

        >>> x, t = sympy.Function("x"), sympy.Symbol("t")
        >>> VectorField(sympy.Eq(x(t).diff(t), -x(t))).as_given("x")
        x(t)
        """
        if isinstance(expression, str):
            expression = parse_expression(expression, {s.name: s for s in (*self.variables, *self.free_parameters)})
        if not isinstance(expression, sympy.Basic | sympy.MatrixBase):
            raise FieldError(f"an expression or a matrix was expected, got {str(expression)[:60]!r}")
        return expression.xreplace(self._given)

    def as_equations(self, *, second_order: bool = False) -> list[sympy.Equality]:
        """Equations of sympy, one for each variable but the time, in functions of it; a `VectorField` of them is this field.

        second_order : q'' = ... for a field of positions and velocities, as `structure` tells them
        Raises FieldError where there are no velocities, and for a column of a MatrixSymbol, which has no time.

        >>> VectorField("x'' = -x").as_equations(second_order=True)
        [Eq(Derivative(x(t), (t, 2)), -x(t))]
        """
        if not second_order:
            return first_order(self._given, self.components)
        right = dict(zip(self.variables, self.components, strict=True))
        return accelerated(self._given, {(q, v): right[v] for q, v in self.pairs().items()})

    def pairs(self) -> dict[sympy.Symbol, sympy.Symbol]:
        """The velocity of each position. Raises FieldError where q' = v is not what `structure` says.

        >>> VectorField.parse("x'' = -x").pairs()
        {x: v}
        """
        found = self.structure
        if found is None or found.kind not in ("second_order", "lagrangian"):
            raise FieldError("the field is not one of positions and velocities: give it as x'' = ... or as a Lagrangian")
        return dict(zip(found.q, found.p, strict=True))

    def latex(self, width: int = WIDTH) -> str:
        r"""An equation a line, for a formula; longer ones are broken at terms after about `width` visible characters.

        Raises FieldError for a width that is not a whole number.

        >>> print(VectorField.parse("x' = -omega*x", parameters="omega").latex())
        \begin{aligned}
        \dot{x} &= -\omega x
        \end{aligned}
        """
        own = [*self.variables, *self.free_parameters, *letters(self.components)]
        numerals = self._numerals
        script = Latex(self.components, own, numerals)
        rows = []
        for v, c in zip(self.variables, self.components, strict=True):
            lines = lines_of(script.chunks(terms_of(c, "expanded", numerals.fractions)), width, visible)
            rows += [rf"{dotted(latex(v, own))} &= {lines[0]}", *(rf"& \quad {{}}{line}" for line in lines[1:])]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    @property
    def _numerals(self) -> Numerals:
        """Decimals where there are some: all digits that they were written with."""
        return self.numerals(digits=DOUBLE)

    def numerals(
        self, among: Iterable[sympy.Expr] = (), rounded: bool = False, digits: int = DIGITS, typed: bool | None = None
    ) -> Numerals:
        """How numbers are written in answers about this field.

        among : what else was given, such as an invariant;  rounded : whether a method's numbers are roundings
        typed : whether decimals were typed elsewhere, such as in a method
        Raises RingError for what is not a number or a formula.

        >>> VectorField("x' = 0.5*x").numerals().decimals, VectorField("x' = 9/20*x").numerals().decimals
        (10, 0)
        """
        given = [e if isinstance(e, sympy.Expr) else to_sympy(scalar(e)) for e in among]
        return numerals_of([*given, *self.components, *self.parameters.values()], rounded, digits, typed or self.decimals)

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back.

        >>> VectorField.parse("x' = -x").to_dict()["components"]
        ['-x']
        """
        structure = self._structure
        named = {*self.parameters} | {s for v in self.parameters.values() for s in v.free_symbols}
        own = (structure.symbols if structure else set()) | {s for e in self.template for s in e.free_symbols} | named
        symbols = sorted(({*self.free_parameters} | own) - {*self.variables}, key=str)
        spelling = Spelling([*self.variables, *symbols], self.functions)
        data: dict[str, Any] = self.head | {
            "name": self.name,
            "variables": [spelling.data(v) for v in self.variables],
            "symbols": [spelling.data(s) for s in symbols],
            "floats": any(c.has(sympy.Float) for c in (*self.template, *self.parameters.values())),
            "components": [spelling.text(c) for c in self.template],
        }
        if self.parameters:
            data["parameters"] = {spelling.text(s): spelling.text(v) for s, v in self.parameters.items()}
        if self.functions:
            data["functions"] = list(self.functions)
        if self.time is not None:
            data["time"] = spelling.text(self.time)
        data |= {"structure": structure.to_dict(spelling)} if structure else {}
        data |= {} if self.decimals is None else {"decimals": self.decimals}
        return data | ({"info": self.info} if self.info else {})

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> VectorField:
        """Inverse of `to_dict`; expressions are parsed, never evaluated.

        Raises FieldError or ParseError for other data.

        >>> f = VectorField.parse("x' = -k*x", parameters="k")
        >>> VectorField.from_dict(f.to_dict()) == f
        True
        """
        moving = read_symbols(data["variables"])
        names = STORED | moving | read_symbols(data.get("symbols", []))
        names |= {str(n): sympy.Function(str(n)) for n in data.get("functions", [])}
        floats = bool(data.get("floats", False))
        read = partial(parse_expression, names=names, floats=floats)
        with distribute(False):  # 2*(x + 1) is not 2*x + 2: formulas stay as they were written
            components = [read(str(c)) for c in data["components"]]
            structure = Structure.from_dict(data["structure"], read) if "structure" in data else None
            parameters = {names[str(s)]: read(str(v)) for s, v in data.get("parameters", {}).items()}
        time = names[str(data["time"])] if "time" in data else False
        info = dict(data.get("info", {}))
        given: dict[str, Any] = {"parameters": parameters, "time": time, "structure": structure}
        given |= {"name": str(data.get("name", "")), "decimals": None if data.get("decimals") is None else bool(data["decimals"])}
        return cls(list(moving.values()), components, **{k: v for k, v in info.items() if k not in given}, **given)


def _started(info: dict[str, Any], start: Sequence[str]) -> dict[str, Any]:
    """The information about a field with the initial values that its text holds. Raises FieldError where x0= is given, too."""
    if start and "x0" in info:
        raise FieldError("the equations hold initial values, and x0= is given, too: give one of them")
    return info | {"x0": list(start)} if start else info


def _typed(options: dict[str, Any], *given: Any) -> dict[str, Any]:
    """The options of a field with whether decimals were typed, where they do not say it."""
    if options.get("decimals") is not None:
        return options
    return options | {"decimals": typed_decimals(*given, options.get("parameters"))}


def _information(given: Mapping[str, Any]) -> FrozenDict:
    """Named information, with numbers of x0 and of the domain that are numbers."""
    info = information("field", given, INFORMATION, VectorField)
    try:
        sides = info.get("domain", ())
        for numbers in (info.get("x0", ()), *(sides.values() if isinstance(sides, dict) else sides)):
            for x in numbers:
                scalar(x)
    except (ImdeError, TypeError) as error:
        raise FieldError(f"x0 is a list of numbers, a domain one pair of numbers for each variable: {error}") from None
    return info


_NAMED = re.compile(r"^\s*(?:\\(?:mathcal|mathrm)\s*)?\{?\s*[A-Z]\s*\}?\s*(?:\([^()=]*\))?\s*=(?!=)")
"""H = ..., H(q, p) = ... before a formula."""


def _function(value: Any, variables: Sequence[sympy.Symbol], options: Mapping[str, Any]) -> sympy.Expr:
    """H, L or V; its text may hold the variables, the time, and the parameters and functions that the options name."""
    known, parameters = free_symbols([value]), options.get("parameters")
    words = vocabulary(options.get("time"), variables, declared(parameters, known), known)
    if not isinstance(value, str):
        return read(value, words)
    names: dict[str, Any] = {s.name: s for s in words} | {n: sympy.Function(n) for n in options.get("functions", ())}
    value = _NAMED.sub("", value)
    if parameters == AUTO:
        names |= {n: sympy.Symbol(n) for n in undeclared(value, names)}
    few = ", ".join(undeclared(value, names)[:8])
    otherwise = f'; constants are declared by parameters="{few}", or all at once by parameters="auto"'
    return parse_expression(value, names, otherwise=otherwise)


def _two_sequences(variables: Any, components: Any) -> tuple[Any, Any]:
    """Variables and components from two sequences, a mapping, or one of each. Raises FieldError for anything else."""
    if isinstance(variables, sympy.Symbol) and components is not None:
        variables, components = [variables], [components]
    if isinstance(variables, Mapping):
        if components is not None:
            raise FieldError("give either a mapping or two sequences, not both")
        components, variables = list(variables.values()), list(variables)
    if components is None:
        given = "a field must be given" if variables is None else f"{str(variables)[:60]!r} is not a field"
        raise FieldError(f"{given}; a field is {WAYS}")
    if not isinstance(components, Iterable) or not isinstance(variables, Iterable):
        raise FieldError(f"variables and components are two sequences, got {variables!r} and {components!r}")
    return variables, components
