"""from_json: every kind of value there and back, and hostile data refused."""

import json

import pytest
import sympy

import imde_sym as imde
from imde_sym.base.errors import ImdeError, UnknownNameError
from imde_sym.method import (
    Exponential,
    ExponentialRosenbrock,
    GeneralizedAdditive,
    GeneralLinear,
    LinearMultistep,
    LowStorage,
    Multirate,
    PartitionedTableau,
    Rosenbrock,
    Splitting,
    TwoStep,
    average_vector_field,
    taylor_method,
)
from imde_sym.serialization import from_json
from tests.rows import rows

EULERS = [imde.methods["explicit_euler"], imde.methods["implicit_euler"]]
x = sympy.Symbol("x")
VALUES = [
    imde.inverse_modified_series(imde.methods["gauss2"], 4),
    imde.exact_series(3, colors=2),
    imde.methods["dopri5"],
    imde.ButcherTableau([[0, 0], [x, 0]], [1 - 1 / (2 * x), 1 / (2 * x)]),
    PartitionedTableau(EULERS, name="symplectic_euler"),
    LinearMultistep([0, -1, 1], ["-1/2", "3/2", 0]),
    Exponential([[], ["phi1(z/2)/2"]], [0, "phi1(z)"], [0, "1/2"]),
    ExponentialRosenbrock([[], []], [0, "2*phi3(z)"], [0, 1]),
    GeneralizedAdditive([[[[0]], [["1/2"]]], [[[1]], [["1/2"]]]], [[1], [1]]),
    LowStorage([[0, "1/2"], [1, "1/2"], [0, 0]], [1, "1/2"], "3S*", [1, 0], b_hat=[1, 0]),
    GeneralLinear([[0]], [[1, 0]], [["3/2"], [1]], [[1, "-1/2"], [0, 0]]),
    TwoStep(0, [0], [[0]], [[0]], ["3/2"], ["-1/2"]),
    Multirate([[["1/2"], ["1/2", "1/3"]], [[0], [1]]], alpha=[[], []]),
    Rosenbrock([[0]], [["1/2"]], [1]),
    Splitting([(0, "1/2"), (1, 1), (0, "1/2")]),
    taylor_method(3),
    average_vector_field(),
    imde.systems["kepler"],
    imde.inverse_modified_equation(imde.systems["pendulum"], imde.methods["gauss2"], 5),
    imde.modified_equation(imde.systems["pendulum"], PartitionedTableau(EULERS), 3),
]


@rows("value", VALUES)
def test_every_kind_of_value_comes_back(value):
    again = from_json(value.to_json())
    assert again == value and type(again) is type(value) and hash(again) == hash(value)
    assert from_json(json.dumps(json.loads(value.to_json()))) == value


def test_parts_of_a_split_equation_come_back():
    F = VALUES[-1]
    assert from_json(F.to_json()).part(1) == F.part(1)


@rows("text", ["", "[]", "3", "null", "{", '{"a": 1}', None])
def test_what_is_no_value_is_refused(text):
    with pytest.raises(ImdeError):
        from_json(text)


def test_a_misspelt_format_names_the_nearest():
    with pytest.raises(UnknownNameError, match="imde_sym/series"):
        from_json('{"format": "imde_sym/seris", "version": 1}')


@rows("value", VALUES)
def test_data_that_lack_a_key_or_hold_another_type_are_refused(value):
    data = json.loads(value.to_json())
    optional = {
        "name",
        "symbols",
        "b_hat",
        "parameters",
        "floats",
        "structure",
        "time",
        "functions",
        "info",
        "B",
        "a",
        "c",
        "alpha",
        "gamma",
    }
    needed = [key for key in data if key not in optional | set(getattr(value, "info", {}))]
    for key in needed:
        if key != "family":  # data without a family are a tableau
            with pytest.raises(ImdeError):
                from_json(json.dumps({k: v for k, v in data.items() if k != key}))
        with pytest.raises(ImdeError):
            from_json(json.dumps(data | {key: {"__class__": "os.system"}}))


@rows("code", ["__import__('os').system('true')", "lambda: 0", "().__class__", "exec('1')"])
def test_code_in_place_of_a_number_is_parsed_and_refused(code):
    data = json.loads(imde.methods["rk4"].to_json())
    data["b"][0] = code
    with pytest.raises(ImdeError):
        from_json(json.dumps(data))
    field = json.loads(imde.systems["kepler"].to_json())
    field["components"][0] = code
    with pytest.raises(ImdeError):
        from_json(json.dumps(field))
