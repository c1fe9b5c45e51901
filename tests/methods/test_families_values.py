"""Methods of every family as values: equality, copies, JSON, refusals; composition and adjoint as operations."""

import copy
import json
import pickle
from fractions import Fraction

import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

from imde_sym.base.errors import ImdeError, MethodError, UnknownNameError
from imde_sym.method import (
    Adjoint,
    ButcherTableau,
    Collocation,
    Composition,
    ContinuousStage,
    Exponential,
    ExponentialRosenbrock,
    GeneralizedAdditive,
    GeneralLinear,
    LinearMultistep,
    LowStorage,
    MultiderivativeTableau,
    Multirate,
    Nystrom,
    PartitionedTableau,
    Rosenbrock,
    Splitting,
    TwoStep,
    adjoint_method,
    average_vector_field,
    compose_methods,
    extrapolate,
    methods,
    substeps,
    taylor_method,
)
from imde_sym.method.theory.order import branching_once
from imde_sym.method.value import FAMILIES, method_from_data, method_from_json
from imde_sym.series import adjoint, compose, inverse_modified_series, method_series, modified_series, order_of_accuracy
from tests.rows import rows
from tests.series.random_series import partitioned
from tests.strategies import examples, rationals, tableaux

few = examples(8)
a = sympy.Symbol("a")
HALF = Fraction(1, 2)
Z, PHI1 = sympy.Symbol("z"), sympy.Function("phi1")
EULER, IMPLICIT, HEUN = methods["explicit_euler"], methods["implicit_euler"], methods["heun2"]
GAMMA, JUMP = 1 - 1 / sympy.sqrt(2), 1 / (2 - sympy.cbrt(2))


def tableau(x, y):
    return ButcherTableau([[0, 0], [x, 0]], [1 - y, y])


def family(name, x, y, z):
    """A member of each family with three given numbers, which all count."""
    return {
        "runge_kutta": lambda: ButcherTableau([[0, 0], [x, z]], [1 - y, y]),
        "partitioned": lambda: PartitionedTableau([tableau(x, y), tableau(y, z)]),
        "composition": lambda: Composition([MultiderivativeTableau([tableau(x, y)]), tableau(y, x)], [z, 1 - z]),
        "adjoint": lambda: Adjoint(Rosenbrock([[], [x]], [[z], [1, y]], [1 - y, y])),
        "splitting": lambda: Splitting([(0, x), (1, y), (0, 1 - x), (1, z)]),
        "multistep": lambda: LinearMultistep([x - 1, -x, 1], [1 + x - y - z, y, z]),
        "rosenbrock": lambda: Rosenbrock([[], [x]], [[y], [z, y]], [1 - x, x]),
        "multiderivative": lambda: MultiderivativeTableau([tableau(x, y), tableau(y, z)]),
        "continuous_stage": lambda: ContinuousStage([[x, 0], [y, z]], [1 - x, 2 * x]),
        "exponential": lambda: Exponential([[], [x * PHI1(HALF * Z)]], [(1 - y) * PHI1(Z), y * PHI1(Z)], [0, z]),
        "exponential_rosenbrock": lambda: ExponentialRosenbrock([[], [x * PHI1(HALF * Z)]], [y, (1 - y) * PHI1(Z)], [x, z]),
        "generalized_additive": lambda: GeneralizedAdditive([[[[x]], [[0, y]]], [[[], [z]], [[], [x]]]], [[1], [1 - y, y]]),
        "general_linear": lambda: GeneralLinear([[0, 0], [x, 0]], [[1, 0], [1, y]], [[HALF, HALF], [1, y]], [[1, z], [0, HALF]]),
        "two_step": lambda: TwoStep(z, [0, x], [[0, 0], [y, 0]], [[0, 0], [0, HALF]], [1 - x, z], [y, 0]),
        "multirate": lambda: Multirate([[[x], [y, 1 - x]], [[z], [0, y]]]),
        "collocation": lambda: Collocation([x * y, -x - y, 1], [[0, z], [1, 0]], [z, 1 - z]),
        "low_storage": lambda: LowStorage([x, y], [1 - y, HALF, z]),
        "nystrom": lambda: Nystrom([[], [x]], [x, y], [1 - z, z], [0, x], [[], [z]]),
    }[name]()


NUMBERS = {
    "rationals": (Fraction(1, 3), Fraction(3, 4), Fraction(2, 5)),
    "symbols": (a, a / 2, Fraction(1, 3)),
    "roots": (GAMMA, JUMP, HALF),
    "floats": (0.3, 0.75, 0.4),
}
NAMES = list(FAMILIES)
RATIONAL = ("collocation",)
"""Families whose data are rational numbers alone."""
VALUES = [(name, kind) for name in NAMES for kind in NUMBERS if kind == "rationals" or name not in RATIONAL]


def made(name, kind):
    return family(name, *NUMBERS[kind])


@rows("order", [0, -3, 41, "three"])
def test_a_continuous_stage_method_has_no_tableau_for_what_is_not_an_order(order):
    with pytest.raises(MethodError, match="order"):
        average_vector_field().tableau(order)


@rows("name, kind", VALUES)
def test_equal_data_are_equal_methods_with_equal_hashes(name, kind):
    m, again = made(name, kind), made(name, kind)
    assert m == again and hash(m) == hash(again) and m.family == name
    assert m != "method" and not (m == 3)


@rows("name, kind", VALUES)
def test_copies_and_pickles_are_equal(name, kind):
    m = made(name, kind)
    _ = m.ring  # once computed, it must not hinder
    for other in (copy.copy(m), copy.deepcopy(m), pickle.loads(pickle.dumps(m))):
        assert other == m and hash(other) == hash(m) and repr(other) == repr(m) and other.ring.exact == m.ring.exact


@rows("name, kind", VALUES)
def test_json_reads_back_the_same_method(name, kind):
    m = made(name, kind)
    again = method_from_json(m.to_json())
    assert again == m and type(again) is type(m) and hash(again) == hash(m)
    assert (again.parameters, again.is_exact, again.coefficients) == (m.parameters, m.is_exact, m.coefficients)
    assert again.to_json() == m.to_json() == json.dumps(m.to_dict())


@rows("name, kind", VALUES)
def test_methods_refuse_assignment(name, kind):
    m = made(name, kind)
    for key in (*m.data, "name", "colors", "anything"):
        with pytest.raises(AttributeError, match="cannot be changed"):
            setattr(m, key, 7)


@rows("name, kind", VALUES)
def test_reprs_are_one_line_with_the_class_and_its_data(name, kind):
    m = made(name, kind)
    assert repr(m).startswith(f"{type(m).__name__}(") and repr(m).endswith(")") and "\n" not in repr(m)
    assert all(f"{key}=" in repr(m) for key in m.data)


@rows("name", NAMES)
def test_every_number_counts_for_equality(name):
    numbers = NUMBERS["rationals"]
    m = family(name, *numbers)
    for i in range(3):
        other = family(name, *(x + Fraction(1, 7) if i == j else x for j, x in enumerate(numbers)))
        assert m != other and other != m


@rows("name", NAMES)
def test_methods_of_different_families_differ(name):
    m = family(name, *NUMBERS["rationals"])
    assert all(m != family(other, *NUMBERS["rationals"]) for other in NAMES if other != name)
    others = "rationals" if name in RATIONAL else "roots"
    changed = family(name, *(2 * x for x in NUMBERS[others]))
    assert m in {m} and len({m, family(name, *NUMBERS["rationals"]), changed}) == 2


@rows("name", NAMES)
def test_names_and_information_survive_json_and_do_not_count_for_equality(name):
    plain = family(name, *NUMBERS["rationals"]).to_dict()
    m = method_from_data(
        plain | {"name": "mine", "title": "My method", "tags": ["new"], "reference": "nowhere", "note": [1, "x"]}
    )
    again = method_from_json(m.to_json())
    for x in (m, again):
        assert (x.name, x.title, x.tags, x.reference, x.info["note"]) == ("mine", "My method", ("new",), "nowhere", [1, "x"])
        assert x == method_from_data(plain) and hash(x) == hash(method_from_data(plain))
    assert "name='mine'" in repr(m)


@rows("name", [n for n in NAMES if n not in RATIONAL])
def test_json_holds_exact_numbers_as_text_and_floats_as_numbers(name):
    def leaves(value):
        if isinstance(value, dict):
            return leaves(
                [
                    v
                    for k, v in value.items()
                    if k in ("A", "a", "beta", "c", "gamma", "alpha", "methods", "method", "parts", "layers", "steps")
                ]
            )
        return [x for item in value for x in leaves(item)] if isinstance(value, list) else [value]

    exact = leaves(family(name, *NUMBERS["rationals"]).to_dict())
    assert exact and all(isinstance(x, str) for x in exact)
    assert any(isinstance(x, float) for x in leaves(family(name, *NUMBERS["floats"]).to_dict()))


@rows("name", NAMES)
def test_data_need_every_key_of_their_family(name):
    data = family(name, *NUMBERS["rationals"]).to_dict()
    for key in set(FAMILIES[name].keys) - ({"b", "c"} if name == "runge_kutta" else FAMILIES[name].optional):
        with pytest.raises(MethodError, match=f'{key}.? is missing|needs|with "A"'):
            method_from_data({k: v for k, v in data.items() if k != key})


def test_optional_keys_may_be_missing():
    data = average_vector_field().to_dict()
    del data["B"]
    assert method_from_data(data) == average_vector_field()
    data = family("nystrom", *NUMBERS["rationals"]).to_dict()
    del data["a"]
    assert method_from_data(data).a is None
    assert "a" not in method_from_data(data).to_dict()


def test_data_without_a_family_are_a_tableau():
    assert method_from_data({"A": [["1/2"]], "b": [1]}) == methods["implicit_midpoint"]


@rows(
    "given, nearest",
    [("rosenbrok", "rosenbrock"), ("Splitting", "splitting"), ("multi_step", "multistep"), ("nystroem", "nystrom")],
)
def test_an_unknown_family_is_refused_with_the_nearest(given, nearest):
    with pytest.raises(UnknownNameError, match=f"unknown family '{given}'; nearest: {nearest}") as caught:
        method_from_data({"family": given})
    assert caught.value.nearest[0] == nearest


TABLEAU = {"A": [["0"]], "b": ["1"]}
BAD_DATA = {
    "a number": 3,
    "a list": [],
    "null": None,
    "a family that is a number": {"family": 3},
    "a family that is a list": {"family": []},
    "a matrix that is a number": {"family": "rosenbrock", "A": 3, "gamma": [[1]], "b": [1]},
    "a matrix that is text": {"family": "rosenbrock", "A": "0", "gamma": [[1]], "b": [1]},
    "null among the numbers": {"family": "multistep", "alpha": [-1, 1], "beta": [None, 1]},
    "a truth value": {"family": "multistep", "alpha": [-1, 1], "beta": [True, 1]},
    "not a number": {"family": "multistep", "alpha": [-1, 1], "beta": [float("nan"), 1]},
    "infinity": {"family": "multistep", "alpha": [-1, 1], "beta": [float("inf"), 1]},
    "an object for a number": {"family": "splitting", "steps": {"0": 1}},
    "an undeclared symbol": {"family": "multistep", "alpha": [-1, 1], "beta": ["x", 1]},
    "code": {"family": "rosenbrock", "A": [[]], "gamma": [["__import__('os').remove('x')"]], "b": [1]},
    "an attribute": {"family": "splitting", "steps": [["0", "x.__class__"]], "symbols": ["x"]},
    "a call": {"family": "nystrom", "A": [[]], "b_bar": ["exec('1')"], "b": [1], "c": [0]},
    "a lambda": {"family": "continuous_stage", "A": [["lambda: 1"]]},
    "symbols that are no names": {"family": "multistep", "alpha": [-1, 1], "beta": [0, 1], "symbols": ["x y"]},
    "constants without a polynomial": {"family": "multistep", "alpha": [-1, 1], "beta": [0, 1], "constants": {"g": {"near": 1}}},
    "a polynomial in another variable": {
        "family": "multistep",
        "alpha": [-1, 1],
        "beta": [0, 1],
        "constants": {"g": {"minpoly": "y", "near": 1}},
    },
    "a polynomial of degree 1000": {
        "family": "multistep",
        "alpha": [-1, 1],
        "beta": [0, 1],
        "constants": {"g": {"minpoly": "x**1000 - 2", "near": 1}},
    },
    "parts of another family": {"family": "partitioned", "parts": [{"family": "splitting", "steps": [["0", "1"]]}]},
    "parts that are numbers": {"family": "partitioned", "parts": [3]},
    "methods that are a number": {"family": "composition", "methods": 3, "steps": [1]},
    "a method that is a number": {"family": "adjoint", "method": 3},
    "a bad method inside": {"family": "composition", "methods": [TABLEAU, {"family": "rosenbrok"}], "steps": [1, 1]},
    "steps that are no pairs": {"family": "splitting", "steps": [["0"]]},
    "steps that are numbers": {"family": "splitting", "steps": ["0"]},
    "layers of unequal size": {"family": "multiderivative", "layers": [TABLEAU, {"A": [[0, 0], [0, 0]], "b": [1, 0]}]},
    "coefficients that are a number": {"family": "continuous_stage", "A": [[0], [1]], "B": 3},
}


@rows("name", BAD_DATA)
def test_data_that_are_no_method_are_refused(name):
    with pytest.raises(ImdeError):
        method_from_data(BAD_DATA[name])
    with pytest.raises(ImdeError):
        method_from_json(json.dumps(BAD_DATA[name]))


@rows("text", ["", "{", "[" * 10**5, '{"family":"adjoint","method":' * 10**4])
def test_text_that_is_not_json_is_refused(text):
    with pytest.raises(MethodError, match="not JSON"):
        method_from_json(text)


@rows(
    "make, why",
    [
        (lambda: PartitionedTableau([]), "list of ButcherTableaux"),
        (lambda: PartitionedTableau([HEUN, 3]), "3 is not a method"),
        (lambda: PartitionedTableau([EULER, HEUN]), "1, 2 stages"),
        (lambda: compose_methods(), "at least one method"),
        (lambda: compose_methods(HEUN, 3), "3 is not a method"),
        (lambda: compose_methods(HEUN, HEUN, steps=[1]), "1 step fractions for 2 methods"),
        (lambda: compose_methods(HEUN, HEUN, steps=[1, "x"]), r"steps\[1\]: unknown symbol"),
        (lambda: compose_methods(HEUN, HEUN, steps=3), "steps must be a sequence"),
        (lambda: compose_methods(family("splitting", 1, 1, 1), PartitionedTableau([HEUN] * 3)), "2 parts; here it has 3"),
        (lambda: family("multistep", 0, 1, 0) @ HEUN, "2-step method is not a one-step method"),
        (lambda: HEUN @ family("multistep", 0, 1, 0), "2-step method is not a one-step method"),
        (lambda: adjoint_method(family("multistep", 0, 1, 0)), "2-step method is not a one-step method"),
        (lambda: substeps(HEUN, 0), "1 to 100, got 0"),
        (lambda: substeps(HEUN, 2.0), "1 to 100, got 2.0"),
        (lambda: substeps(HEUN, True), "1 to 100, got True"),
        (lambda: substeps(HEUN, 101), "1 to 100, got 101"),
        (lambda: substeps(family("multistep", 0, 1, 0), 2), "not a one-step method"),
        (lambda: extrapolate(EULER, []), "different positive integers"),
        (lambda: extrapolate(EULER, [1, 1]), "different positive integers"),
        (lambda: extrapolate(EULER, [0, 1]), r"a number of substeps must be an integer from 1 to \d+, got 0"),
        (lambda: Splitting([]), "without a gap"),
        (lambda: Splitting([(0, 1), (2, 1)]), r"without a gap; got \[0, 2\]"),
        (lambda: Splitting([(-1, 1)]), "the number of a part must be an integer from 0 to 99, got -1"),
        (lambda: Splitting([(0, 1, 2)]), "pairs"),
        (lambda: Splitting([(0, "x")]), "unknown symbol"),
        (lambda: Splitting(3), "pairs"),
        (lambda: LinearMultistep([1, 1], [0, 1]), "here they are 2, 1 and 1"),
        (lambda: LinearMultistep([-1, 1], [1, -1]), "here they are 0, 0 and 1"),
        (lambda: LinearMultistep([1, -2, 1], [0, 1, 0]), "here they are 0, 1 and 0"),
        (lambda: LinearMultistep([], []), "ρ"),
        (lambda: LinearMultistep("01", [1]), "alpha must be a sequence"),
        (lambda: LinearMultistep.finite_difference([0]), "offset other than 0"),
        (lambda: Rosenbrock([], [], []), "as many rows"),
        (lambda: Rosenbrock([[]], [[1], [1]], [1]), "1 and 2"),
        (lambda: Rosenbrock([[1]], [[1]], [1]), "below the diagonal only"),
        (lambda: Rosenbrock([[], [1]], [[1, 1], [1, 1]], [1, 1]), "on and below the diagonal only"),
        (lambda: Rosenbrock([[0, 0]], [[1]], [1]), "A has a row of more than 1 entries"),
        (lambda: Rosenbrock(None, [[1]], [1]), "A must be a sequence of rows"),
        (lambda: MultiderivativeTableau([]), "at least one layer"),
        (lambda: MultiderivativeTableau([EULER, HEUN]), r"got \[1, 2\]"),
        (lambda: taylor_method(0), "1 to 20, got 0"),
        (lambda: taylor_method(21), "1 to 20, got 21"),
        (lambda: taylor_method("2"), "1 to 20, got '2'"),
        (lambda: ContinuousStage([]), "at least one coefficient"),
        (lambda: ContinuousStage([[], []]), "at least one coefficient"),
        (lambda: ContinuousStage([[0], ["x"]]), r"A\[1\]\[0\]"),
        (lambda: ContinuousStage(3), "A must be a sequence of rows"),
        (lambda: Exponential([[]], ["phi1(z"]), r"b\[0\]\[0\]"),
        (lambda: Exponential([[]], ["phi1(z^2)"]), "the argument of a φ-function is a multiple of z"),
        (lambda: Exponential([[]], ["1/z"]), "combination of z, exp and phi0 to phi9"),
        (lambda: Exponential([[]], ["sin(z)"]), "combination of z, exp and phi0 to phi9"),
        (lambda: Exponential([[]], ["phi10(z)"]), "phi1"),
        (lambda: Exponential([[], []], ["phi1(z)"]), "a has 2 rows, b has 1 entries"),
        (lambda: Exponential([["1", "1"]], ["phi1(z)"]), "a has a row of more than 1 entries"),
        (lambda: Exponential([[]], ["phi1(z)"], [0, 1]), "c has 2 entries"),
        (lambda: Exponential([[]], []), "at least one"),
        (lambda: Exponential([[]], "phi1(z)"), "b must be a sequence"),
        (lambda: Exponential.lawson("strang"), "made of a Butcher tableau"),
        (lambda: methods["etdrk2"].with_inverse(unknown=0), "stays linear"),
        (lambda: methods["strang"].with_inverse(unknown=2), "are 0 to 1"),
        (lambda: HEUN.with_inverse(unknown=0), "as it takes the field as a whole"),
        (lambda: methods["etdrk2"].with_inverse(unknown="slow"), "'linear' or 'nonlinear'"),
        (lambda: GeneralizedAdditive([[[[0]]]], []), "weights for each part"),
        (lambda: GeneralizedAdditive([[[[0]]]], [[1], [1]]), "2×2 blocks"),
        (lambda: GeneralizedAdditive([[[[0]], [[0], [1]]], [0, 0]], [[1], [1]]), r"A\[0\]\[1\] has 2 rows"),
        (lambda: GeneralizedAdditive([[[[0, 1]]]], [[1]]), "more than 1 entries"),
        (lambda: GeneralizedAdditive([[[[0]]]], [[]]), "needs a stage"),
        (lambda: GeneralLinear([[0]], [[1, 1]], [[1], [1]], [[1, 0], [0, 1]]), "1 as a simple eigenvalue of V"),
        (lambda: GeneralLinear([[0]], [[1, 1]], [[1], [1]], [[1, 1], [0, 1]]), "1 as a simple eigenvalue of V"),
        (lambda: GeneralLinear([[0]], [["1/2"]], [[1]], [[1]]), "stage 0 starts from 1/2 y"),
        (lambda: GeneralLinear([[0]], [[1]], [[1], [1]], [[1]]), "B has 1 rows; found 2"),
        (lambda: GeneralLinear([], [], [], []), "needs a stage and a value"),
        (lambda: GeneralLinear([[[0]]], [[1]], [[1]], [[1]]), "both a list of matrices"),
        (lambda: GeneralLinear.multistep([-1, 1], [1]), "k . 1 each are needed"),
        (lambda: TwoStep(-1, [0], [[0]], [[0]], [1], [0]), "1 as a simple eigenvalue of V"),
        (lambda: TwoStep(0, [0, 0], [[0]], [[0]], [1], [0]), "needs 1 entries of u, found 2"),
        (lambda: Multirate([]), "at least one"),
        (lambda: Multirate([[1, 0, 1]]), "row 0 of beta has entries beyond the first 2"),
        (lambda: Multirate([[1], [1]], alpha=[[]]), "alpha has 1 rows, beta 2"),
        (lambda: Multirate([[1], [1]], gamma=[[], [0, 0, 1]]), "row 1 of gamma has entries beyond the first 2"),
        (lambda: Multirate([[[1], [1]], [[1]]]), r"beta\[1\] has 1 rows"),
        (lambda: methods["mri_gark_erk33"].with_inverse(unknown="quick"), "'fast' or 'slow'"),
        (lambda: LowStorage([0], [1], "2M"), "unknown low-storage form '2M'; nearest: 2"),
        (lambda: LowStorage([0, 0, 0], [1]), "with 1 entries of B needs 1 entries of A; found 3"),
        (lambda: LowStorage([HALF], [1, 0, 0], "2R"), "needs 2 entries of row 0 of A; found 1"),
        (lambda: LowStorage([[HALF]], [1, 0], "3R"), "needs 2 entries of A; found 1"),
        (lambda: LowStorage([[0], [1]], [1], "2S"), "they need it"),
        (lambda: LowStorage([0], [1], "2N", [1]), "delta belongs to the forms"),
        (lambda: LowStorage([[0], [1], [0]], [1], "3S*", [2]), "the result holds y_n with the weight 2"),
        (lambda: Nystrom([], [], [], []), "0 weights"),
        (lambda: Nystrom([[], []], [1], [1], [0]), "1 entries of A, found 2"),
        (lambda: Nystrom([[]], [1, 1], [1], [0]), "1 entries of b_bar, found 2"),
        (lambda: Nystrom([[]], [1], [1], []), "1 entries of c, found 0"),
        (lambda: Nystrom([[]], [1], [1], [0], [[], []]), "1 entries of a, found 2"),
        (lambda: Nystrom([[0, 0]], [1], [1], [0]), "A has a row of more than 1 entries"),
    ],
)
def test_what_is_no_method_is_refused_with_the_reason(make, why):
    with pytest.raises(ImdeError, match=why):
        make()


def test_other_operands_of_the_composition_sign_are_left_to_python():
    with pytest.raises(TypeError, match="unsupported operand"):
        HEUN @ 3


def test_rows_are_filled_up_with_zeros():
    assert Rosenbrock([[], [1]], [[1], [1, 1]], [1, 0]) == Rosenbrock([[0, 0], [1, 0]], [[1, 0], [1, 1]], [1, 0])
    assert LinearMultistep([-1, 1], [1]) == LinearMultistep([-1, 1], [1, 0])
    assert Nystrom([[], [1]], [1, 0], [1, 0], [0, 1], [[], []]).a == ((0, 0), (0, 0))


ORDERS = {  # the order of each, with its source
    "linearly implicit midpoint, HW IV.7": (Rosenbrock([[]], [[HALF]], [1]), 2),
    "linearly implicit Euler": (Rosenbrock([[]], [[1]], [1]), 1),
    "ROS2, Verwer et al. 1999": (Rosenbrock([[], [1]], [[GAMMA], [-2 * GAMMA, GAMMA]], [HALF, HALF]), 2),
    "ROS2 has order 2 for every gamma": (Rosenbrock([[], [1]], [[a], [-2 * a, a]], [HALF, HALF]), 2),
    "Chan and Tsai 2010, two stages": (
        MultiderivativeTableau([([[0, 0], ["1/2", 0]], [1, 0]), ([[0, 0], ["1/8", 0]], ["1/6", "1/3"])]),
        4,
    ),
    "Hermite, HNW II.13": (
        MultiderivativeTableau([([[0, 0], ["1/2", "1/2"]], ["1/2", "1/2"]), ([[0, 0], ["1/12", "-1/12"]], ["1/12", "-1/12"])]),
        4,
    ),
    "Taylor, of order 6": (taylor_method(6), 6),
    "Taylor, with floats": (MultiderivativeTableau([([[0]], [1.0]), ([[0]], [0.5])]), 2),
    "average vector field, Quispel and McLaren 2008": (average_vector_field(), 2),
    "energy-preserving of degree 2, Hairer 2010": (ContinuousStage([[0, 0], [4, -6], [-3, 6]]), 4),
    "Lie-Trotter, HLW II.5": (Splitting([(0, 1), (1, 1)]), 1),
    "Strang, HLW II.5": (Splitting([(0, HALF), (1, 1), (0, HALF)]), 2),
    "Strang of three flows": (Splitting([(0, HALF), (1, HALF), (2, 1), (1, HALF), (0, HALF)]), 2),
    "Ruth's splitting of order 3, HLW II.5": (
        Splitting([(0, "7/24"), (1, "2/3"), (0, "3/4"), (1, "-2/3"), (0, "-1/24"), (1, 1)]),
        3,
    ),
    "triple jump, HLW II.4": (
        Splitting(
            [(0, JUMP / 2), (1, JUMP), (0, (1 - JUMP) / 2), (1, 1 - 2 * JUMP), (0, (1 - JUMP) / 2), (1, JUMP), (0, JUMP / 2)]
        ),
        4,
    ),
    "symplectic Euler": (PartitionedTableau([EULER, IMPLICIT]), 1),
    "a splitting of complex steps": (Splitting([(0, 0.5 + 0.5j), (1, 1), (0, 0.5 - 0.5j)]), 1),
    "Nyström's method of order 4, HNW II.14": (
        Nystrom([[], ["1/8"], [0, HALF]], ["1/6", "1/3", 0], ["1/6", "2/3", "1/6"], [0, HALF, 1]),
        4,
    ),
    "Nyström's method of order 5, HNW II.14": (
        Nystrom(
            [[], ["1/50"], ["-1/27", "7/27"], ["3/10", "-2/35", "9/35"]],
            ["14/336", "100/336", "54/336", 0],
            ["14/336", "125/336", "162/336", "35/336"],
            [0, "1/5", "2/3", 1],
        ),
        5,
    ),
    "Verlet, as a Nyström method": (Nystrom([[], [HALF]], [HALF, 0], [HALF, HALF], [0, 1]), 2),
    "AB2, HNW III.1": (LinearMultistep([0, -1, 1], ["-1/2", "3/2", 0]), 2),
    "BDF2 in floats": (LinearMultistep([0.5, -2.0, 1.5], [0.0, 0.0, 1.0]), 2),
    "Milne-Simpson, HNW III.1": (LinearMultistep([-1, 0, 1], ["1/3", "4/3", "1/3"]), 4),
    "a family of one-step methods": (LinearMultistep([-1, 1], [1 - a, a]), 1),
    "Composition of Strang flows, HLW II.4": (
        compose_methods(*[Splitting([(0, HALF), (1, 1), (0, HALF)])] * 3, steps=[JUMP, 1 - 2 * JUMP, JUMP]),
        4,
    ),
    "adjoint of Taylor": (adjoint_method(taylor_method(3)), 3),
    "steps that do not fill the interval": (compose_methods(HEUN, HEUN, steps=["1/2", "1/3"]), 0),
    "extrapolated Euler, HNW II.9": (extrapolate(EULER, [1, 2, 3, 4]), 4),
    "extrapolated midpoint, in h squared": (extrapolate(methods["implicit_midpoint"], [1, 2, 3]), 6),
}


@rows("name", ORDERS)
def test_the_order_is_the_known_one(name):
    m, order = ORDERS[name]
    assert m.order == order
    if not isinstance(m, Nystrom) and all(
        isinstance(x, Fraction) for x in m.coefficients
    ):  # Nyström methods have it for q'' = g(q) only
        assert order_of_accuracy(method_series(m, min(order + 1, 5))) == min(order, 5)


def test_orders_of_other_families_are_computed_up_to_eight():
    assert taylor_method(8).order == taylor_method(9).order == 8


def meaning(m, series):
    """The coefficients at the trees that stand for something: all, unless a part of the field is linear."""
    if m.linear_part is None:
        return series
    kept = branching_once(m.linear_part, series.colors, series.order)
    return [c for c, k in zip(series.coefficients, kept, strict=True) if k]


@pytest.mark.parametrize("name", [n for n in FAMILIES if FAMILIES[n].one_step])
def test_substeps_are_repeated_composition(name):
    m = family(name, *NUMBERS["rationals"])
    n = 4 if m.colors == 1 else 3
    one = method_series(m, n)
    assert meaning(m, method_series(substeps(m, 3), n)) == meaning(m, compose(one, one, one, steps=["1/3"] * 3))
    twice = compose(one, one, steps=[HALF, HALF])
    assert meaning(m, method_series(m @ m, n)) == meaning(m, twice) == meaning(m, method_series(substeps(m, 2), n))


@rows("name", [n for n in FAMILIES if FAMILIES[n].one_step])
def test_the_composition_sign_takes_half_a_step_of_each_the_left_one_first(name):
    m, other = family(name, *NUMBERS["rationals"]), tableau(Fraction(1, 3), Fraction(1, 5))
    n = 4 if m.colors == 1 else 3
    series = [method_series(x, n, m.colors) for x in (m, other)]
    assert m @ other == compose_methods(m, other) == compose_methods(m, other, steps=[HALF, HALF])
    assert meaning(m, method_series(m @ other, n)) == meaning(m, compose(*series, steps=[HALF, HALF]))
    assert meaning(m, method_series(other @ m, n)) == meaning(m, compose(*series[::-1], steps=[HALF, HALF]))
    uneven = compose_methods(m, other, steps=["-1/3", "5/4"])
    assert meaning(m, method_series(uneven, n)) == meaning(m, compose(*series, steps=["-1/3", "5/4"]))


@rows("name", [n for n in FAMILIES if FAMILIES[n].one_step])
def test_the_adjoint_of_the_adjoint_is_the_method(name):
    m = family(name, *NUMBERS["rationals"])
    twice = adjoint_method(adjoint_method(m))
    n = 4 if m.colors == 1 else 3
    assert twice == getattr(m, "plain", m)  # the adjoint of a low-storage form has a tableau alone
    assert meaning(m, method_series(adjoint_method(m), n)) == meaning(m, adjoint(method_series(m, n)))
    assert method_series(Adjoint(Adjoint(m)), n) == method_series(m, n)


@rows("name", [n for n in FAMILIES if FAMILIES[n].one_step])
def test_the_adjoint_of_a_composition_reverses_it(name):
    m, other = family(name, *NUMBERS["rationals"]), tableau(Fraction(1, 3), Fraction(1, 5))
    n = 4 if m.colors == 1 else 3
    steps = [Fraction(1, 3), Fraction(2, 3)]
    whole = adjoint_method(compose_methods(m, other, steps=steps))
    parts = compose_methods(adjoint_method(other), adjoint_method(m), steps=steps[::-1])
    for series in (method_series, modified_series):
        assert series(whole, n) == series(parts, n)


def agree(one, other, n, colors=None):
    for series in (method_series, modified_series, inverse_modified_series):
        assert series(one, n, colors) == series(other, n, colors)


@few
@given(tableaux(max_stages=2), tableaux(max_stages=2), rationals(), rationals())
def test_the_recursion_of_compositions_is_the_composed_tableau(m, other, x, y):
    assume(x * sum(m.b) + y * sum(other.b) != 0)
    agree(Composition([m, other], [x, y]), compose_methods(m, other, steps=[x, y]), 6)


@few
@given(st.lists(tableaux(max_stages=2), min_size=3, max_size=3))
def test_the_recursion_of_three_methods_is_the_composed_tableau(ms):
    steps = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]
    assume(sum(x * sum(m.b) for x, m in zip(steps, ms)) != 0)
    agree(Composition(ms, steps), compose_methods(*ms, steps=steps), 5)


@few
@given(tableaux())
def test_the_recursion_of_adjoints_is_the_reversed_tableau(m):
    agree(Adjoint(m), adjoint_method(m), 6)


@few
@given(tableaux(max_stages=2))
def test_recursions_nest(m):
    """The adjoint of a composition of adjoints, once all by recursions and once by tableaux."""
    one = Adjoint(Composition([Adjoint(m), m], [HALF, HALF]))
    agree(one, adjoint_method(compose_methods(adjoint_method(m), m)), 5)


@few
@given(partitioned(2), partitioned(2))
def test_coloured_recursions_are_the_composed_and_reversed_tableaux(m, other):
    steps = [Fraction(1, 3), Fraction(2, 3)]
    composed = compose_methods(m, other, steps=steps)
    assume(all(sum(t.b) for t in composed.parts))
    agree(Composition([m, other], steps), composed, 4)
    agree(Adjoint(m), adjoint_method(m), 4)


@few
@given(tableaux(max_stages=2))
def test_one_layer_of_derivatives_and_no_gamma_are_the_plain_tableau(m):
    agree(MultiderivativeTableau([m]), m, 5)
    agree(MultiderivativeTableau([m, ButcherTableau([[0] * m.stages] * m.stages, [0] * m.stages)]), m, 4)


@few
@given(tableaux(max_stages=3, explicit=True))
def test_a_rosenbrock_method_without_gamma_is_the_plain_tableau(m):
    zero = [[0] * m.stages] * m.stages
    agree(Rosenbrock(m.A, zero, m.b), m, 5)
    agree(Rosenbrock(m.A, zero, m.b), m, 3, colors=2)


def test_composed_methods_are_tableaux_where_all_are():
    assert isinstance(compose_methods(HEUN, EULER), ButcherTableau)
    assert isinstance(compose_methods(PartitionedTableau([HEUN, HEUN]), EULER), PartitionedTableau)
    assert isinstance(compose_methods(taylor_method(2), EULER), Composition)
    assert isinstance(adjoint_method(PartitionedTableau([HEUN, HEUN])), PartitionedTableau)
    assert isinstance(adjoint_method(taylor_method(2)), Adjoint)


def test_names_tell_how_a_method_was_made():
    assert substeps(HEUN, 3).name == "heun2_x3"
    assert adjoint_method(HEUN).name == "heun2_adjoint"
    assert compose_methods(HEUN, EULER, name="mine", tags=["x"]).tags == ("x",)
    assert compose_methods(taylor_method(2), EULER, steps=["1/3", "2/3"]).title == (
        f"Taylor method of order 2 (1/3 h) then {EULER.title} (2/3 h)"
    )
    assert adjoint_method(taylor_method(2)).title == "taylor_2_adjoint"
    assert Adjoint(taylor_method(2)).title == "adjoint of Taylor method of order 2"


def test_the_adjoint_of_explicit_euler_is_implicit_euler_and_symmetric_methods_are_their_own():
    assert adjoint_method(EULER) == IMPLICIT
    for m in (methods["implicit_midpoint"], methods["trapezoid"]):
        assert method_series(adjoint_method(m), 6) == method_series(m, 6)
    strang = Splitting([(0, HALF), (1, 1), (0, HALF)])
    assert method_series(adjoint_method(strang), 4) == method_series(strang, 4)


def test_the_inverse_of_a_splitting_is_refused_and_can_be_asked_for():
    strang = Splitting([(0, HALF), (1, 1), (0, HALF)], name="strang", tags=["mine"])
    with pytest.raises(MethodError, match=r"not unique.*can be split in many ways.*with_inverse") as caught:
        inverse_modified_series(strang, 3)
    assert "strang" in str(caught.value)
    chosen = strang.with_inverse()
    assert chosen.data == strang.data and (chosen.name, chosen.tags) == ("strang", ("mine",))
    c = inverse_modified_series(chosen, 4)
    assert inverse_modified_series(method_series(chosen, 4)) == c
    assert inverse_modified_series(method_from_json(chosen.to_json()), 4) == c


def test_a_nystroem_method_without_stage_velocities_has_no_inverse():
    m = Nystrom([[], [HALF]], [HALF, 0], [HALF, HALF], [0, 1])
    with pytest.raises(MethodError, match="stage velocities"):
        inverse_modified_series(m, 3)
    assert modified_series(m, 3).colors == 2


def test_rosenbrock_methods_are_read_from_the_coefficients_of_codes():
    """u = Γ k (HW IV.7, (7.25)); the codes' ROS2 has a = 1/γ, C = -2/γ, m = 3/(2γ), 1/(2γ) (Verwer et al. 1999)."""
    m = Rosenbrock.from_implementation(a=[[], [1 / a]], C=[[], [-2 / a]], gamma=a, m=[3 / (2 * a), 1 / (2 * a)])
    expected = Rosenbrock([[], [1]], [[a], [-2 * a, a]], [HALF, HALF])
    assert [sympy.simplify(x - y) for x, y in zip(m.coefficients, expected.coefficients, strict=True)] == [0] * 10


@rows(
    "name, formula",
    [
        ("adams_bashforth_2", r"y_{n+2} - y_{n+1} = h \left(\frac{3 f_{n+1}}{2} - \frac{f_{n}}{2}\right)"),
        ("bdf1", "y_{n+1} - y_{n} = h f_{n+1}"),
        ("strang", r"\varphi^{[0]}_{h / 2} \circ \varphi^{[1]}_{h} \circ \varphi^{[0]}_{h / 2}"),
        ("lie_trotter", r"\varphi^{[1]}_{h} \circ \varphi^{[0]}_{h}"),
        ("average_vector_field", r"A(\tau, \zeta) = \tau, \quad B(\zeta) = 1"),
        ("energy_collocation_2", r"A(\tau, \zeta) = 6 \tau^{2} \zeta - 3 \tau^{2} - 6 \tau \zeta + 4 \tau, \quad B(\zeta) = 1"),
    ],
)
def test_a_notebook_shows_the_formula_of_a_method(name, formula):
    assert methods[name].latex() == formula
    assert methods[name]._repr_latex_() == rf"$\displaystyle {formula}$"


def test_every_family_has_a_formula():
    composed = methods["average_vector_field"] @ methods["ros2"]
    assert composed.latex() == r"\Phi^{\text{ros2}}_{h / 2} \circ \Phi^{\text{average vector field}}_{h / 2}"
    assert adjoint_method(composed).latex().endswith("_{-h}\\right)^{-1}")
    for name in ("taylor_2", "nystrom4", "rodas3", "stoermer_verlet", "imex_euler"):
        assert r"\begin{" in methods[name].latex()


@rows("name", ["symplectic_euler", "strang", "adams_bashforth_2", "ros2", "nystrom4"])
def test_every_family_describes_its_methods(name):
    method = methods[name]
    text = method.describe()
    assert repr(text) == text  # prints as it is
    for expected in (method.title, method.kind, f"order               {method.order}", method.reference, method.doi):
        assert expected in text
