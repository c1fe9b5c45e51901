"""Fields from Hamiltonians, Lagrangians, Poisson structures, potentials, second-order systems and with time."""

from __future__ import annotations

import copy
import pickle

import pytest
import sympy
from sympy import Matrix, Rational, cos, sin

from imde_sym import VectorField, systems
from imde_sym.base.errors import FieldError, ImdeError, ParseError
from tests.rows import rows

q, p, v, x, y, z, t, m, g, length = sympy.symbols("q p v x y z t m g l")
q1, q2, p1, p2, v1, v2 = sympy.symbols("q1 q2 p1 p2 v1 v2")
V = sympy.Function("V")


def test_lagrangian_of_the_pendulum_gives_the_hamiltonian_equations():
    L = m * length**2 * v**2 / 2 + m * g * length * cos(q)
    field = VectorField.lagrangian(L, [q], [v])
    assert field.equivalent(VectorField([q, v], [v, -g / length * sin(q)]))
    assert (field.structure.kind, field.structure.function) == ("lagrangian", L)
    H = p**2 / (2 * m * length**2) - m * g * length * cos(q)
    canonical = VectorField.hamiltonian(H, [q], [p])
    moved = VectorField([q, p], [c.subs(v, p / (m * length**2)) * s for c, s in zip(field.components, (1, m * length**2))])
    assert moved.equivalent(canonical)


def test_lagrangian_of_the_double_pendulum_gives_the_catalogues_hamiltonian_equations():
    m1, m2, l1, l2 = sympy.symbols("m1 m2 l1 l2")
    T = (m1 + m2) * l1**2 * v1**2 / 2 + m2 * l2**2 * v2**2 / 2 + m2 * l1 * l2 * v1 * v2 * cos(q1 - q2)
    U = -(m1 + m2) * g * l1 * cos(q1) - m2 * g * l2 * cos(q2)
    field = VectorField.lagrangian(T - U, [q1, q2], [v1, v2])
    hamiltonian = systems["double_pendulum"].with_parameters(m1=m1, m2=m2, l1=l1, l2=l2, g=g)
    speeds = dict(zip((v1, v2), hamiltonian.components))
    # the velocities of the Hamiltonian system, and their rates, are those of the Lagrangian one
    for speed, acceleration in zip(hamiltonian.components[:2], field.components[2:]):
        rate = hamiltonian.lie_derivative(speed)
        left = VectorField(hamiltonian.variables, [rate, 0, 0, 0])
        assert left.equivalent(VectorField(hamiltonian.variables, [acceleration.subs(speeds, simultaneous=True), 0, 0, 0]))


def test_lagrangian_with_time_and_with_velocities_in_the_potential():
    field = VectorField.lagrangian(sympy.exp(t) * (v**2 - q**2) / 2, [q], [v], time=t)
    assert field.equivalent(VectorField([q, v, t], [v, -v - q, 1]))  # the damped oscillator of Caldirola and Kanai
    magnetic = VectorField.lagrangian((v1**2 + v2**2) / 2 + (q1 * v2 - q2 * v1) / 2, [q1, q2], [v1, v2])
    assert magnetic.components == (v1, v2, v2, -v1)


@rows("L", [q * v, q**2, (v1 + v2) ** 2 / 2, (sin(q1) ** 2 + cos(q1) ** 2 - 1) * v1**2 + v2**2])
def test_singular_lagrangian_is_refused(L):
    pair = ([q], [v]) if L.has(q) else ([q1, q2], [v1, v2])
    with pytest.raises(FieldError, match="singular"):
        VectorField.lagrangian(L, *pair)


@rows("pair", [([q1, q2], [p1]), ([], []), ([q], [q]), ([q1, q1], [p1, p2])])
def test_hamiltonian_with_an_odd_number_of_variables_is_refused(pair):
    with pytest.raises(FieldError, match=r"even number|twice"):
        VectorField.hamiltonian(p1**2, *pair)


def test_hamiltonian_keeps_its_structure():
    a = sympy.Symbol("a")
    field = VectorField.hamiltonian(p**2 / 2 - a * cos(q), [q], [p], parameters={a: 3})
    assert (field.structure.kind, field.structure.q, field.structure.p) == ("hamiltonian", (q,), (p,))
    assert field.hamiltonian_function == p**2 / 2 - 3 * cos(q) and field.invariants == {"energy": p**2 / 2 - 3 * cos(q)}
    assert field.poisson_matrix == Matrix([[0, 1], [-1, 0]])
    assert systems["pendulum"].poisson_matrix == Matrix([[0, -1], [1, 0]])  # its variables are (p, q)
    assert field.with_parameters(a=5).hamiltonian_function == p**2 / 2 - 5 * cos(q)
    for other in (pickle.loads(pickle.dumps(field)), copy.deepcopy(field), VectorField.from_dict(field.to_dict())):
        assert other == field and other.structure == field.structure
    with pytest.raises(AttributeError):
        field.structure.function = 0


def test_field_given_by_components_has_no_structure():
    field = VectorField([q, p], [p, -q])
    assert (
        field.structure is None and field.hamiltonian_function is None and field.poisson_matrix is None and field.invariants == {}
    )


def test_poisson_field_of_the_rigid_body():
    body = systems["rigid_body"]
    field = VectorField.poisson(body.poisson_matrix, body.hamiltonian_function, body.variables)
    assert field.equivalent(body) and field.poisson_matrix == body.poisson_matrix
    constant = VectorField.poisson([[0, 1], [-1, 0]], q**2 + p**2, [q, p])
    assert constant.components == (2 * p, -2 * q) and constant.hamiltonian_function == q**2 + p**2


@rows(
    "B, words",
    [
        ([[0, 1, 0], [1, 0, 0], [0, 0, 0]], "skew"),
        ([[x, 0, 0], [0, 0, 0], [0, 0, 0]], "skew"),
        ([[0, 1], [-1, 0]], "shape"),
        ([[0, z, x], [-z, 0, 1], [-x, -1, 0]], "Jacobi"),
        ([[0, 1], [0]], "square"),
    ],
)
def test_bad_poisson_matrix_is_refused(B, words):
    with pytest.raises(FieldError, match=words):
        VectorField.poisson(B, x**2, [x, y, z])


def test_skew_up_to_a_relation_is_accepted():
    one = sin(x) ** 2 + cos(x) ** 2
    assert VectorField.poisson([[0, one], [-1, 0]], x**2 + y**2, [x, y]).equivalent(VectorField([x, y], [2 * y, -2 * x]))


def test_gradient_flow_descends():
    field = VectorField.gradient((x**2 - 1) ** 2 / 4 + x * y, [x, y])
    assert field.equivalent(VectorField([x, y], [x - x**3 - y, -x])) and field.structure.kind == "gradient"
    assert field.structure.function.diff(x) == -field.components[0] and field.hamiltonian_function is None


def test_second_order_system_from_a_mapping_and_from_text():
    field = VectorField.second_order({q: -sin(q)})
    assert field.variables == (q, v) and field.components == (v, -sin(q))
    assert VectorField.parse("q'' = -sin(q)") == field == VectorField.parse("d2q/dt2 = -sin(q)")
    damped = VectorField.parse("x'' = -x - c*x' ; y'' = -y*x'", ["c"])
    names = [str(s) for s in damped.variables]
    assert names == ["x", "y", "vx", "vy"] and str(damped.components[2]) == "-c*vx - x"
    mixed = VectorField.parse("q1'' = z - q1; z' = -z*q1'")
    assert [str(s) for s in mixed.variables] == ["q1", "z", "v1"] and [str(c) for c in mixed.components] == [
        "v1",
        "-v1*z",
        "-q1 + z",
    ]
    given = VectorField.second_order({q1: -p1, q2: -q1}, {q1: p1, q2: p2})
    assert given.variables == (q1, q2, p1, p2) and given.components == (p1, p2, -p1, -q1)


@rows(
    "text",
    ["q'''''''' = 1", "q'' = q''", "q' = q'", "q'' = p'", "q'' = 1; v' = 2; v_ = 3", "q'''''''' = q", "v'' = 1; v_v' = 1; q = 1"],
)
def test_malformed_second_order_text_is_refused(text):
    with pytest.raises(ParseError):
        VectorField.parse(text)


def test_second_order_system_without_a_velocity_is_refused():
    with pytest.raises(FieldError, match="velocity"):
        VectorField.second_order({q1: q2, q2: q1}, {q1: v1})


def test_time_becomes_the_last_variable_with_rate_one():
    field = VectorField({x: -x + sin(t)}, time=t)
    assert field.variables == (x, t) and field.components == (-x + sin(t), 1) and field.time == t
    assert VectorField.parse("x' = -x + sin(t)") == field and VectorField.parse("x' = -x + sin(t)").time == t
    assert VectorField.parse("x' = -x + sin(s)", time="s").variables == (x, sympy.Symbol("s"))
    assert VectorField.parse("x' = -x").time is None
    assert VectorField.parse("x' = t*x; t' = 2").time is None and VectorField.parse("x' = t*x", ["t"]).variables == (x,)
    for other in (pickle.loads(pickle.dumps(field)), VectorField.from_dict(field.to_dict()), field.with_parameters()):
        assert other == field and other.time == t
    with pytest.raises(FieldError, match="must be 1"):
        VectorField({x: 1, t: 2}, time=t)


def test_a_hamiltonian_that_depends_on_time_is_no_invariant():
    field = VectorField.hamiltonian(p**2 / 2 + q * cos(t), [q], [p], time=t)
    assert field.variables == (q, p, t) and field.components == (p, -cos(t), 1) and field.invariants == {}


def test_forcing_parameters_stay_free_in_text():
    field = VectorField.parse("x'' = -x + a*cos(omega*t)", ["a", "omega"])
    assert [str(s) for s in field.variables] == ["x", "v", "t"] and [str(s) for s in field.free_parameters] == ["a", "omega"]


def test_undefined_functions_are_read_and_stored_as_text():
    field = VectorField.parse("q' = p; p' = -partial(V(q), 1) + W(p*q)", functions=["V", "W"])
    assert field.components[1] == -V(q).diff(q) + sympy.Function("W")(p * q) and list(field.functions) == ["V", "W"]
    for other in (pickle.loads(pickle.dumps(field)), VectorField.from_dict(field.to_dict())):
        assert other == field
    assert VectorField("q' = p; p' = -V'(q) - V''(2q)", functions=["V"]).components[1] == -V(q).diff(q) - V(x).diff(x, 2).subs(
        x, 2 * q
    )
    for text in (
        "q' = V",
        "q' = V'",
        "q' = V'(q, q)",
        "q' = partial(q, 1)",
        "q' = partial(V(q), 1, 1)",
        "q' = partial(V(q), q)",
        "q' = U(q)",
        "q' = partial(V(q), -1)",
    ):
        with pytest.raises(ParseError):
            VectorField.parse(text, functions=["V"])
    with pytest.raises(ParseError, match="both"):
        VectorField.parse("q' = V(q)", ["V"], functions=["V"])


@rows(
    "data",
    [
        {"kind": "magic", "function": "q"},
        {"kind": "hamiltonian"},
        {"kind": "hamiltonian", "function": "w"},
        [],
        {"kind": "hamiltonian", "function": "__import__('os')"},
    ],
)
def test_stored_structure_that_is_none_is_refused(data):
    stored = VectorField.hamiltonian(p**2 + q**2, [q], [p]).to_dict() | {"structure": data}
    with pytest.raises(ImdeError):
        VectorField.from_dict(stored)


def test_structure_with_symbols_of_its_own_is_stored():
    c = sympy.Symbol("c")
    field = VectorField.hamiltonian(p**2 / 2 + c, [q], [p])
    assert VectorField.from_dict(field.to_dict()).structure == field.structure
    assert field.components == (p, 0) and Rational(1, 2) * p**2 + c == field.hamiltonian_function


HOSTILE = "__import__('os').system('true')"


@rows(
    "build",
    [
        lambda: VectorField.hamiltonian("p**2 + z", [q], [p]), lambda: VectorField.hamiltonian(p**2, [HOSTILE], ["p"]), lambda: VectorField.hamiltonian(HOSTILE, [q], [p]),
        lambda: VectorField.poisson([["0", HOSTILE], ["-1", "0"]], q, [q, p]), lambda: VectorField.poisson([[0, 1], [-1, 0]], HOSTILE, [q, p]),
        lambda: VectorField.poisson([[0, 1], [-1, 0]], q, [HOSTILE, "p"]), lambda: VectorField.poisson(3, q, [q]), lambda: VectorField.poisson([[0]], q, []),
        lambda: VectorField.gradient(HOSTILE, [q]), lambda: VectorField.gradient(q**2, HOSTILE), lambda: VectorField.lagrangian(HOSTILE, [q], [v]),
        lambda: VectorField.second_order({}), lambda: VectorField.second_order({q: HOSTILE}), lambda: VectorField.hamiltonian(None, [q], [p]),
        lambda: VectorField({x: x}, time=HOSTILE), lambda: VectorField.gradient(sympy.Abs(x), [x]), lambda: VectorField.hamiltonian(p**2 / 0, [q], [p]),
        lambda: VectorField({x: x}, time=True), lambda: VectorField({x: x}, parameters=5), lambda: VectorField(5, [1]), lambda: VectorField([x], 5),
        lambda: VectorField.hamiltonian(p**2, q=5, p=[p]), lambda: VectorField({x: x}, parameters={"a": HOSTILE}), lambda: VectorField({HOSTILE: x}),
    ],
)  # fmt: skip
def test_text_and_other_data_that_no_constructor_takes_are_refused(build):
    with pytest.raises(ImdeError):
        build()


def test_names_and_text_stand_for_symbols_and_expressions():
    pendulum = VectorField({q: p, p: -sin(q)})
    assert VectorField({"q": "p", "p": "-sin(q)"}) == VectorField(["q", "p"], [p, "-sin(q)"]) == pendulum
    assert VectorField.hamiltonian("p**2/2 - cos(q)", q="q", p=["p"]) == VectorField.hamiltonian(p**2 / 2 - cos(q), [q], [p])
    assert VectorField.poisson([["0", "1"], ["-1", "0"]], "p**2/2 - cos(q)", ["q", "p"]).components == pendulum.components
    assert VectorField.gradient("q**2", "q").components == (-2 * q,)
    assert VectorField.lagrangian("v**2/2 + cos(q)", "q", "v").components == (v, -sin(q))
    assert VectorField.second_order({"q": "-sin(q) - v"}).components == (v, -sin(q) - v)
    driven = VectorField({"x": "-k*x + sin(t)"}, parameters={"k": "1/2"})
    assert driven.components == (sin(t) - x / 2, 1) and driven.time == t
    assert VectorField({"x": "-k*x"}, parameters="k").free_parameters == (sympy.Symbol("k"),)
    real = sympy.Symbol("x", real=True)
    assert VectorField({"x": -real}).variables == (real,)


def test_one_symbol_need_not_be_a_list():
    assert VectorField.hamiltonian(p**2 / 2 - sympy.cos(q), q, p) == VectorField.hamiltonian(p**2 / 2 - sympy.cos(q), [q], [p])
    assert VectorField.lagrangian(v**2 / 2 - q**4, q, v) == VectorField.lagrangian(v**2 / 2 - q**4, [q], [v])
    assert VectorField.gradient(q**4, q) == VectorField(q, -4 * q**3)


def test_parameters_by_symbol_or_by_a_name_that_is_no_python_name():
    k = sympy.Symbol("k'")
    field = VectorField([q], [k * q])
    assert field.with_parameters({k: 2}) == field.with_parameters({"k'": 2}) == VectorField([q], [2 * q])
    with pytest.raises(FieldError, match="parameters: k'"):
        field.with_parameters({"k": 2})
