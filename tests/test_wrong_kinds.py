"""Every public callable, with one argument at a time replaced by each of some hundred wrong kinds.

Callables are found by introspection; `VALID` says what a right call of each looks like. A wrong kind is refused with an
ImdeError (a TypeError too where the signature is wrong), or it is accepted: then the value prints, pickles and goes
through JSON. Nothing takes over LIMIT seconds, nothing is executed.
"""

import collections
import contextlib
import fractions
import importlib
import importlib.util
import inspect
import itertools
import json
import os
import pickle
import random
import signal
import sys
import warnings
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym import ImdeError
from imde_sym.base.arguments import checked
from imde_sym.base.values import Stored

LIBRARIES = ("jax", "diffrax", "equinox", "optax", "optimistix", "scipy", "matplotlib")
LEARN = (".learn", ".learn.datasets", ".plots") if all(importlib.util.find_spec(name) for name in LIBRARIES) else ()
"""Rooms that are walked where their libraries are installed."""
ROOMS = ("", ".series", ".trees", ".methods", ".equations", ".verify", ".fields", ".documents", *LEARN)
LIBRARIES_READ = ("ButcherTableau.from_", "BSeries.from_kauri")
"""What imports whole libraries, which may not be installed."""
LIMIT = 10
"""Seconds for a call."""
SAMPLE = 800
"""Calls of the default run; -m slow makes all of them."""
CANARY = "__import__('pathlib').Path({!r}).write_text('executed')"

x, y, h = sympy.symbols("x y h")
Q = fractions.Fraction
RK4 = imde.methods["rk4"]
EULER = imde.methods["explicit_euler"]
FIELD = imde.VectorField.parse("x' = y; y' = -x")
PENDULUM = imde.systems["pendulum"]
EQUATION = imde.inverse_modified_equation(FIELD, EULER, 3)
SERIES = imde.exact_series(3)
VECTORS = imde.log(SERIES)
TREE = imde.RootedTree("[[],[[]]]")
MIDPOINT = imde.methods["implicit_midpoint"]
STRANG = imde.methods["strang"]
FLOAT = np.array([[0.0]])


class Bad:
    """Every question that Python can ask it is an error."""

    def __getattr__(self, name):
        raise RuntimeError(f"asked for {name}")

    def __repr__(self):
        raise RuntimeError("asked for a repr")

    __index__ = __float__ = __len__ = __iter__ = __bool__ = __str__ = __repr__


def wrong_kinds(canary):
    deep = []
    for _ in range(2000):
        deep = [deep]
    looped = []
    looped.append(looped)
    return {
        "None": None, "True": True, "False": False, "numpy True": np.True_, "Ellipsis": ...,
        "0": 0, "1": 1, "-1": -1, "3": 3, "10**9": 10**9, "-10**9": -(10**9), "10**30": 10**30, "10**400": 10**400,
        "10**5000": 10**5000, "-10**5000": -(10**5000), "numpy int": np.int64(2), "numpy uint8": np.uint8(200),
        "2.0": 2.0, "0.5": 0.5, "-0.5": -0.5, "1e308": 1e308, "nan": float("nan"), "inf": float("inf"),
        "-inf": float("-inf"), "numpy nan": np.float64("nan"), "float16": np.float16(1.5), "1j": 1j, "nan j": complex("nan"),
        "1/2": Q(1, 2), "1/10**5000": Q(1, 10**5000), "Decimal": Decimal("0.1"), "Decimal NaN": Decimal("NaN"),
        "mpf": mpmath.mpf(1) / 3, "mpf inf": mpmath.inf, "mpc": mpmath.mpc(1, 2),
        "Integer": sympy.Integer(2), "Rational": sympy.Rational(1, 3), "Float": sympy.Float("0.1"), "pi": sympy.pi, "I": sympy.I,
        "oo": sympy.oo, "zoo": sympy.zoo, "sympy nan": sympy.nan, "x": x, "h": h, "x + y": x + y, "sin(x)/x": sympy.sin(x) / x,
        "Wild": sympy.Wild("w"), "IndexedBase": sympy.IndexedBase("b"), "Eq": sympy.Eq(x, y),
        "x < y": x < y, "sympy true": sympy.true, "Lambda": sympy.Lambda(x, x), "Function": sympy.Function("f"),
        "f(x)": sympy.Function("f")(x), "MatrixSymbol": sympy.MatrixSymbol("M", 2, 2), "Matrix": sympy.Matrix([[1, 2], [3, 4]]),
        "empty Matrix": sympy.Matrix(0, 0, []), "Tuple": sympy.Tuple(x, y), "Piecewise": sympy.Piecewise((x, x > 0), (0, True)),
        "Order": sympy.Order(x), "FiniteSet": sympy.FiniteSet(1, 2), "Poly": sympy.Poly(x), "CRootOf": sympy.CRootOf(x**5 - x - 1, 0),
        "noncommutative": sympy.Symbol("a", commutative=False),
        "''": "", "' '": " ", "text": "text", "1 as text": "1", "x as text": "x", "rk4": "rk4", "pendulum": "pendulum",
        "equation": "x' = -x", "brackets": "[[]]", "canary": canary, "lambda text": "(lambda: 0)()", "NUL": "a\0b", "surrogate": "\ud800",
        "long text": "x" * 100_000, "deep text": "(" * 5000, "long digits": "9" * 6000, "JSON": '{"format": "imde_sym/tree"}',
        "JSON digits": '{"a": ' + "9" * 6000 + "}", "bytes": b"rk4", "bytearray": bytearray(b"x"), "memoryview": memoryview(b"x"),
        "[]": [], "()": (), "{}": {}, "set()": set(), "[None]": [None], "[1]": [1], "[1, 2]": [1, 2], "[[1]]": [[1]], "['a']": ["a"],
        "[canary]": [canary], "[nan]": [float("nan")], "[x, x]": [x, x], "[x, y]": [x, y], "[[1, 2], [3]]": [[1, 2], [3]],
        "[10**5000]": [10**5000], "(1, 'a')": (1, "a"), "{x: y}": {x: y}, "{'a': 1}": {"a": 1}, "{1: 2}": {1: 2}, "{1}": {1},
        "frozenset": frozenset([x]), "range": range(3), "range(0)": range(0), "long range": range(10**9), "slice": slice(3),
        "Counter": collections.Counter("ab"), "deep list": deep, "looped list": looped, "generator": (i for i in (1, 2)),
        "endless": itertools.count(), "iterator": iter([1]), "map": map(int, "12"), "zip": zip([1], [2], strict=True),
        "array(1.0)": np.array(1.0), "array([])": np.array([]), "array([1, 2])": np.array([1.0, 2.0]), "array of nan": np.array([np.nan]),
        "2-d array": np.eye(2), "3-d array": np.zeros((2, 2, 2)), "array of objects": np.array([None, "a"], object),
        "array of text": np.array(["a", "b"]), "bool array": np.array([True, False]), "structured": np.zeros(1, [("a", int)]),
        "datetime64": np.datetime64("2020-01-01"), "lambda": lambda *a: None, "identity": lambda u: u, "len": len, "int": int, "object": object(),
        "RootedTree class": imde.RootedTree, "module": sys, "exception": ValueError("x"), "exception class": ValueError, "Path": Path("/nonexistent/x"),
        "field": FIELD, "method": RK4, "splitting": STRANG, "equation object": EQUATION, "series": SERIES, "vector series": VECTORS,
        "tree": TREE, "catalogue": imde.methods, "[method]": [RK4], "[field]": [FIELD], "Bad": Bad(),
    }  # fmt: skip


def _valid():
    """Right arguments by callable: positional ones, and keywords; `None` for a callable that takes anything at all."""
    A, b = [[0, 0], ["1/2", 0]], [0, 1]
    symbols = {"q": [x], "p": [y]}
    return {
        "Adjoint": ([RK4], {"name": "n"}), "BSeries": ([1, [1]], {"empty": 1, "colors": 1, "name": "n"}),
        "ButcherTableau": ([A, b], {"c": [0, "1/2"], "b_hat": [1, 0], "name": "n"}),
        "Composition": ([[RK4, RK4], ["1/2", "1/2"]], {"name": "n"}), "Exponential": ([[["phi1(z)"]], ["phi1(z)"]], {"c": [0], "name": "n"}), "Exponential.lawson": ([RK4], {"name": "n"}),
        "ExponentialRosenbrock": ([[["phi1(z)"]], ["phi1(z)"], [1]], {"name": "n"}), "GeneralizedAdditive": ([[[[[0]], [[1]]], [[[1]], [[0]]]], [[1], [1]]], {"name": "n"}), "LowStorage": ([["1/2"], [1, 1]], {"form": "2N", "delta": None, "b_hat": [0, 1], "name": "n"}), "GeneralLinear": ([[[0]], [[1]], [[1]], [[1]]], {"name": "n"}), "GeneralLinear.multistep": ([[-1, 1], [1, 0]], {"name": "n"}),
        "TwoStep": ([0, [0], [[0]], [[0]], ["3/2"], ["-1/2"]], {"name": "n"}), "Multirate": ([[["1/2"], ["-1/2", 1]]], {"alpha": [[], []], "gamma": [[], []], "name": "n"}), "ContinuousStage": ([[[1]]], {"B": [1], "name": "n"}),
        "LinearMultistep": ([[-1, 1], [1, 0]], {"name": "n"}), "Method": ([], {}),
        "MultiderivativeTableau": ([[RK4, RK4]], {"name": "n"}),
        "Nystrom": ([[[0]], ["1/2"], [1], [0]], {"a": None, "name": "n"}), "PartitionedTableau": ([[EULER, EULER]], {"name": "n"}),
        "RootedTree": (["[[]]"], {"color": 0}), "Rosenbrock": ([[[0]], [["1/2"]], [1]], {"name": "n"}),
        "Splitting": ([[(0, 1), (1, 1)]], {"name": "n"}),
        "VectorField": ([[x, y], [y, -x]], {"parameters": {h: 1}, "name": "n", "time": None}),
        "ModifiedField": ([], {}), "NoHamiltonianError": ([], {}), "ImdeError": ([], {}),
        "adjoint": ([SERIES], {}), "adjoint_method": ([RK4], {}), "audit": ([["-y*h", "x"], FIELD, EULER], {"direction": "inverse", "order": 2, "x0": [1, 0], "convention": "c", "tolerance": 0.1, "trajectory": False}),
        "modified_invariant": ([EQUATION, x**2 + y**2], {"order": 2}), "conjugate_symplectic_order": ([SERIES], {"tolerance": 0.1}),
        "conjugate_to_symplectic": ([SERIES], {"tolerance": 0.1}), "ees27": (["1/10"], {"minus": False}), "pareschi_russo": (["1/4"], {}),
        "BSeries.from_julia": ([SERIES.to_julia()], {}), "BSeries.from_kauri": ([5, 3], {}),
        "long_run": ([imde.modified_invariant(FIELD, EULER, 2, x**2 + y**2, direction="forward")], {"x0": [1, 0], "steps": [0.2, 0.1], "time": 1, "samples": 10}),
        "check": ([EQUATION], {"x0": [1, 0], "steps": ["1/10", "1/20"], "digits": 30, "executor": None}),
        "compose": ([SERIES, SERIES], {"steps": ["1/2", "1/2"]}), "compose_methods": ([RK4, RK4], {"steps": ["1/2", "1/2"], "name": "n"}),
        "conserved": ([x**2 + y**2, EQUATION], {}), "count_rooted_trees": ([4], {"colors": 1}), "divergence": ([EQUATION], {}),
        "integrate": ([RK4, FIELD, [1, 0], 0.1, 4], {"parameters": {}, "t0": 0, "parts": None, "save_every": 2, "dense": True, "target": "numpy"}),
        "Trajectory": ([[0.0, 0.1], [[1.0], [2.0]], [[0.0], [0.0]], ["x"]], {"title": "t"}),
        "compare": ([[RK4]], {"field": None, "executor": None}), "cite": ([RK4], {}), "as_method": ([RK4], {"model": None}), "method_from_data": ([RK4.to_dict()], {}), "method_from_json": ([RK4.to_json()], {}), "as_field": ([FIELD], {}),
        "evaluate": ([SERIES, FIELD], {"h": h, "at": [1, 0]}), "exact_series": ([3], {"colors": 1}), "exp": ([VECTORS], {}),
        "extrapolate": ([EULER, [1, 2]], {}), "from_json": ([TREE.to_json()], {}), "inverse": ([SERIES], {}), "interact": ([FIELD, RK4, 2], {"h": "1/10"}),
        "inverse_modified_equation": ([FIELD, EULER, 2], {"parts": None}), "modified_equation": ([FIELD, STRANG, 2], {"parts": [[x], [y]]}),
        "inverse_modified_hamiltonian": ([PENDULUM, MIDPOINT, 2], {}), "modified_hamiltonian": ([PENDULUM, MIDPOINT, 2], {"parts": None}),
        "modified_lagrangian": ([PENDULUM, MIDPOINT, 2], {"direction": "forward"}), "inverse_modified_series": ([RK4, 3], {"executor": None}),
        "bound": ([FIELD, EULER, 0.1], {"domain": [(-1, 1), (-1, 1)], "order": 2, "loss": 0, "M_theta": 3, "S": 1, "direction": "inverse", "parts": None}),
        "linear_radius": ([RK4], {}), "linearisation": ([EQUATION, [0, 0]], {}), "log": ([SERIES], {}), "method_series": ([RK4, 3], {"executor": None}),
        "modified_series": ([RK4, 3], {"executor": None}), "predict": ([FIELD, EULER, 0.1], {"domain": [(-1, 1), (-1, 1)], "rigorous": False, "executor": None}), "reversibility": ([EQUATION, {x: -1}], {}),
        "rooted_trees": ([3], {"colors": 1}), "show_versions": ([], {}), "structure_report": ([EQUATION], {}), "substeps": ([RK4, 2], {}),
        "substitute": ([VECTORS, SERIES], {}), "taylor_method": ([3], {}), "write_document": ([EQUATION], {}),
        "BSeries.from_rule": ([lambda t: 1, 2], {"empty": 1, "colors": 1, "name": "n"}), "BSeries.from_dict": ([SERIES.to_dict()], {}),
        "BSeries.from_json": ([SERIES.to_json()], {}), "ButcherTableau.from_json": ([RK4.to_json()], {}), "ModifiedField.from_json": ([EQUATION.to_json()], {}),
        "ButcherTableau.from_scipy": (["RK45"], {}), "ButcherTableau.from_torchdiffeq": (["rk4"], {}), "ButcherTableau.from_nodepy": ([5], {}),
        "ButcherTableau.from_diffrax": ([5], {}), "LinearMultistep.finite_difference": ([[-1, 0]], {"order": None, "name": "n"}),
        "ModifiedField.from_dict": ([EQUATION.to_dict()], {}), "RootedTree.from_dict": ([TREE.to_dict()], {}),
        "RootedTree.from_level_sequence": ([[0, 1, 1]], {"colors": [0, 0, 0]}), "RootedTree.from_number": ([4], {"colors": 1}),
        "RootedTree.with_children": ([[TREE]], {"color": 0}),
        "Rosenbrock.from_implementation": ([[[0]], [[1]], "1/2", [1]], {"name": "n"}),
        "VectorField.from_dict": ([FIELD.to_dict()], {}), "VectorField.gradient": ([x**2, [x]], {}),
        "VectorField.hamiltonian": ([x**2 + y**2], symbols), "VectorField.lagrangian": ([y**2 - x**2, [x], [y]], {"time": None}),
        "VectorField.parse": (["x' = k*x"], {"parameters": ["k"], "name": "n", "functions": ["V"], "time": "t"}),
        "VectorField.poisson": ([[[0, 1], [-1, 0]], x**2 + y**2, [x, y]], {}), "VectorField.second_order": ([{x: -x}], {"velocities": {x: y}}),
        "apply_scheme": ([EULER, ["1/2", "1/2"]], {"name": "n"}), "Scheme": (["n", (1,), 1, "r"], {"rounded": False}),
        "average_vector_field": ([], {}), "suzuki": ([2], {}), "triple_jump": ([2], {}),
        **{name: ([3], {}) for name in ("gauss", "radau_ia", "radau_iia", "rkl", *(f"lobatto_iii{k}" for k in ("a", "b", "c", "d", "e", "c_star")))},
        "collocation": ([["1/3", 1]], {"name": "n"}), "Collocation": ([["1/6", -1, 1]], {"a": None, "b": None, "name": "n"}), "ees25": (["1/10"], {}),
        "explicit_order_2": (["1/2"], {}), "explicit_order_3": (["1/3", "2/3"], {}), "explicit_order_4": (["1/3", "2/3"], {}),
        "extrapolation": ([EULER, 2], {}), "rkc": ([3], {"p": 2, "damping": "1/10"}), "sdc": ([["1/2", 1], 1], {"implicit": False}),
        "ssprk": ([4, 3], {}), "ssprk_implicit": ([2, 2], {}), "symplectic_partner": ([RK4], {}),
        "fput": ([3], {}), "lorenz96": ([4], {}), "n_body": ([2], {}), "toda": ([2], {}),
        "generic_series": ([2], {}), "generic_tableau": ([2], {}), "identity_series": ([2], {}), "average_vector_field_series": ([2], {}),
        "linear_combination": ([[1, 2], [SERIES, SERIES]], {}), "scale": ([SERIES, "1/2"], {}),
        "conjugate": ([SERIES, SERIES], {}), "even_part": ([SERIES], {}), "symmetric_part": ([SERIES], {}),
        "lie_bracket": ([VECTORS, VECTORS], {}), "renormalize": ([SERIES], {"back": True}), "order_conditions": ([SERIES], {}),
        "effective_order": ([SERIES], {}), "energy_preserving_order": ([SERIES], {}), "error_coefficients": ([SERIES, 2], {}), "error_norm": ([SERIES, 2], {}),
        "order_of_accuracy": ([SERIES], {"tolerance": 0.1}), "symmetric_order": ([SERIES], {}), "symplectic_order": ([SERIES], {"splitting": "additive"}),
        "Forest": (["[] [[]]"], {}), "FreeTree": ([TREE], {"superfluous": False}), "Gallery": ([[TREE]], {"labels": ["a"], "columns": 2}),
        "LinearCombination": ([{"[]": 1}], {}), "antipode": (["[[]]"], {}), "coproduct": (["[[]]"], {}), "counit": (["[[]]"], {}),
        "substitution_coproduct": (["[[]]"], {"reduced": False}), "substitution_counit": (["[[]]"], {}), "substitution_antipode": (["[[]]"], {}),
        "grossman_larson": (["[[]]", "[[]]"], {}), "grossman_larson_coproduct": (["[[]]"], {}), "tensor": (["[]", "[]"], {}),
        "butcher_product": (["[]", "[]"], {}), "graft": (["[]", "[]"], {}), "graft_inside": (["[]", "[]"], {}), "centre": (["[[]]"], {}),
        "check_tree_order": ([3], {"colors": 1, "what": "order"}), "count_free_trees": ([4], {"colors": 1}), "free_tree": (["[[]]"], {}),
        "free_trees": ([4], {"colors": 1}), "superfluous_trees": ([4], {"colors": 1}), "elementary_differential": ([TREE], {"latex": False, "names": "f"}),
        "elementary_weight": ([TREE], {"latex": False}), "formula_table": ([[TREE]], {}), "splittings": (["[[]]"], {}), "subtrees": (["[[]]"], {}),
        "partition_forest": (["[[]]", [True]], {}), "partition_skeleton": (["[[]]", [True]], {}),
        "elementary_weight_code": (["[[]]"], {"language": "julia"}), "order_conditions_code": ([3], {"language": "maple"}),
        "tree_partitions": (["[[]]"], {}), "tree_layout": ([TREE], {}), "tree_table": ([1], {}),
    }  # fmt: skip


def _valid_in_learn():
    """The same for the rooms that train and draw: models of few parameters, at few points."""
    if not LEARN:
        return {}
    from imde_sym import learn

    points = np.array([[0.1, 0.2], [0.3, -0.4]])
    data = learn.Dataset(points, points, 0.1)
    row = {"Euler": (0.1,)}
    cell, field = {"system": "pendulum", "method": "explicit_euler", "T": 0.1}, {"domain": [[-1, 1], [-1, 1]]}
    comparison = ["n", 0.1, 2, (0.1,), (0.1,), (0.1,), 0.1]
    result = {"predicted": 0.2, "against_f": 0.2, "against_f_h": 0.01, "debiased": 0.02} | cell | {"S": 1}
    library = learn.Library(np.array([[1.0]]), (x,), (x,))
    fitted = [minus, np.array([1.0]), 0.1, 1, "rk4", "lm", 1, 0.5]
    corrected = learn.debias_terms(library, "rk4", 0.1, 1)
    path = imde.integrate(RK4, FIELD, [1, 0], 0.1, 3, dense=True)
    check = importlib.import_module("imde_sym.verify").Report("n", (0.1,), (0.1,), ((0.1,),), (1.0,), (1,))
    return {
        "HNN": ([minus, ((0.0, 1.0), (-1.0, 0.0))], {}), "BatchFlow": ([importlib.import_module("imde_sym.fields").as_graded(FIELD)], {"h": 0.1}),
        "BatchFlow.of": ([FIELD], {}), "Comparison": (comparison, {}), "Corrected": ([], {}), "CorrectedMap": ([minus, 0.1, 2], {}),
        "CorrectedTerms": ([EQUATION, Q(1, 10), corrected.terms], {}), "Dataset": ([points, points, 0.1], {"provenance": {"a": 1}, "u": points}),
        "CoefficientFit": ([{"k": 1.0}, {"k": 0.1}, {"k": 1.1}, 0.1, SYMBOLS, "rk4", 0.1], {"order": 2, "S": 1, "pairs": 2, "covariance": [[0.1]], "note": "n"}),
        "CoefficientRegressor": (["x' = k*x", EULER, 0.1], {"order": 1}), "from_trajectories": ([[points]], {"T": 0.1, "mask": [[1, 1]], "u": [points]}),
        "fit_coefficients": (["x' = k*x; y' = -l*y", (points, points), EULER, 0.1, 1], {"S": 1, "start": {"k": 1.0}, "fixed": (), "parts": None, "noisy": "y"}),
        "from_batches": ([[(points, points)]], {"T": 0.1}), "from_pysindy": ([Sindy()], {"symbols": True, "threshold": 0.1}),
        "Dataset.load": ([], {}), "Failure": ([{"a": 1}, "e", "t", 1], {}), "Fit": (fitted, {"about": {}}),
        "Library": ([np.array([[1.0]]), (x,), (x,)], {}), "OverfitCurve": (["n", 0.1, (0.1,), row, row, 0.1, "f"], {}), "Status": ([1, 2, 3], {}),
        "Study": ([{"n": [1, 2]}, learn.predict_cell], {"store": None, "name": "n", "version": 1}), "grid": ([{"n": [1, 2]}], {}),
        "learn compare": ([minus, FIELD, EULER, 0.1], field | {"orders": 1, "points": 4, "parts": None, "seed": 0}),
        "corrected_hamiltonian": ([learn.HNN(half_square, ((0.0, -1.0), (1.0, 0.0))), MIDPOINT, 0.1, 2], {"parts": None, "origin": [0, 0], "matrix": None, "points": points}),
        "debias": ([minus, EULER, 0.1, 2], {"parts": None, "x": points, "y": points, "points": points, "S": 1, "t": None, "args": (), "training_error": 0.1, "force": True}), "retarget": ([minus, EULER, RK4, 0.1, 2], {"to_h": 0.2, "parts": None}),
        "explain": ([minus, EULER, 0.1, points, points], {"S": 1, "order": 2, "parts": None, "t": None, "args": (), "training_error": 0.1, "field": FIELD, "domain": [(-1, 1), (-1, 1)]}), "Monitor": ([EULER, 0.1, points, points], {"every": 1, "log": None}),
        "Explanation": (["n", "rk4", 0.1, 1, 2, 0.2, 0.01, 0.03, 7, 4, "s", "n", {"rk4": 0.2}], {"bound": None}),
        "debias_map": ([minus, 0.1, 2], {"model": None, "method": None, "points": points}), "debias_terms": ([library, EULER, 0.1, 2], {"threshold": 0.1, "tolerance": 0.1, "parts": None, "S": 1}),
        "fit": ([data, library, EULER], {"T": 0.1, "S": 1, "h": None, "optimiser": "lm", "steps": 1, "target": 0.0, "batch": None, "seed": 0}),
        "pairs": ([FIELD, 0.1, 4], field | {"sampling": "uniform", "noise": 0.0, "jitter": 0.0, "seed": 0}),
        "trajectory": ([FIELD, 0.1, 4], {"x0": [1, 0], "noise": 0.0, "jitter": 0.0, "seed": 0}),
        "hamiltonian_floor": ([imde.systems["harmonic_oscillator"], points, points], {}), "hnn": ([PENDULUM], {"width": 2, "depth": 1, "seed": 0, "function": half_square}),
        "library_model": ([[x], [x]], {"coefficients": [[1.0]]}), "polynomial": ([[x], 1], {"coefficients": [[1.0, 2.0]]}), "mlp": ([1], {"width": 2, "depth": 1, "seed": 0, "outputs": 1}),
        "network_field": ([[([[1.0]], [0.0])]], {"variables": [x]}),
        "learned_path": ([minus, [1.0], [0.0, 0.1]], {"args": ()}), "overfit_curve": ([minus, EULER, 0.1, [0.1]], field | {"field": FIELD, "points": 4, "solvers": (), "order": 1, "parts": None}),
        "step_map": ([EULER, minus, 1], {}), "tableau_solver": ([RK4], {"parts": None}),
        "train_cell": ([cell], {}), "flow_cell": ([cell], {}), "hamiltonian_cell": ([cell], {}), "coefficient_cell": ([cell], {}), "predict_cell": ([cell], {}),
        "plot_check": ([check], {"ax": None}), "plot_comparison": ([learn.Comparison(*comparison)], {"ax": None}), "plot_fit": ([learn.Fit(*fitted)], {"ax": None}),
        "plot_audit": ([imde.audit([y, -x], FIELD, EULER)], {"ax": None}),
        "plot_long_run": ([imde.long_run(imde.modified_invariant(FIELD, EULER, 2, x**2 + y**2, direction="forward"), x0=[1, 0], steps=[0.2, 0.1], time=1, samples=10)], {"ax": None}),
        "plot_explanation": ([learn.Explanation("n", "rk4", 0.1, 1, 2, 0.2, 0.01, 0.03, 7, 4, "s", "n", {"rk4": 0.2})], {"ax": None}),
        "plot_overfit_curve": ([learn.OverfitCurve("n", 0.1, (0.1,), row, row, 0.1, "f")], {"ax": None}), "plot_errors": ([[result]], {}),
        "plot_flows": ([{"true": [[0, 1], [1, 0]]}], {"ax": None, "components": (0, 1)}), "plot_order_star": ([RK4], {"ax": None, "extent": (-1, 1, -1, 1)}),
        "plot_stability_region": ([RK4], {"ax": None, "extent": (-1, 1, -1, 1), "color": "red"}), "plot_structure": ([imde.conserved("energy", ("pendulum", "rk4", 4))], {"ax": None, "x0": [0, 1], "h": 0.1, "time": 1, "parameters": None}), "plot_prediction": ([imde.predict(FIELD, EULER, 0.1, domain=field["domain"])], {"ax": None}),
        "plot_field": ([FIELD], {"ax": None, "kind": "portrait"}), "plot_equation": ([EQUATION], {"ax": None, "kind": "difference"}), "plot_method": ([RK4], {"ax": None, "kind": "stability"}),
        "plot_series": ([SERIES], {"ax": None, "columns": 3, "terms": 4}), "plot_compared": ([imde.compare([RK4], FIELD, x0=[1, 0])], {"ax": None, "kind": "convergence"}),
        "plot_convergence": ([[EULER], FIELD], {"ax": None, "x0": [1, 0], "time": 1, "steps": [2, 4]}), "plot_work_precision": ([[EULER], FIELD], {"ax": None, "x0": [1, 0], "time": 1, "steps": [2, 4]}),
        "plot_trajectory": ([path], {"ax": None, "kind": "portrait", "components": ["x", "y"]}), "animate_flow": ([path, os.devnull + "/flow.gif"], {"components": ["x", "y"], "frames": 1, "fps": 1}),
        "plot_bound": ([imde.bound(FIELD, EULER, 0.1, field["domain"], 2)], {"ax": None}),
        "plot_tree": ([TREE], {"ax": None}), "plot_trees": ([[TREE]], {"ax": None, "columns": 2, "labels": ["a"]}),
    }  # fmt: skip


def minus(u):
    return -u


def half_square(u):
    return u @ u / 2


class Sindy:
    """What a fitted SINDy model tells of itself."""

    def coefficients(self):
        return np.array([[-1.0]])

    def get_feature_names(self):
        return ["x0"]


SYMBOLS = imde.VectorField("x' = k*x", parameters="k")
TRAINING = {"train_cell", "flow_cell", "hamiltonian_cell", "coefficient_cell", "fit", "animate_flow"}
"""Right calls of these take long, or write a file."""


@pytest.fixture(autouse=True, scope="module")
def _double_precision():
    """JAX in double precision, and pictures without a screen."""
    if not LEARN:
        yield
        return
    import jax
    import matplotlib

    matplotlib.use("Agg")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


VALID = _valid() | _valid_in_learn()
MEMBERS = {
    "Method": RK4, "ButcherTableau": MIDPOINT, "BSeries": SERIES, "ModifiedField": EQUATION, "VectorField": FIELD, "RootedTree": TREE,
    "Splitting": STRANG, "LinearCombination": imde.trees.coproduct("[[]]") if hasattr(imde, "trees") else None,
}  # fmt: skip
"""Instances whose public methods are walked; those of other classes are inherited or take no arguments."""
INTERNAL = {
    "elementary_weights", "inverse_modified", "modified", "recursion", "weight_blocks", "with_tableaux", "Scheme", "TreeSpace", "TreeTable", "Layout", "numbered",
    "Structure", "DifferentialRing", "RingField", "FieldSpace", "GradedField", "as_graded", "over_a_ring", "ZeroTest", "MethodField", "ReferenceFlow", "stepper", "float_step", "build_equation",
}  # fmt: skip
"""Parts of the machine, which are given what its other parts make: spaces, rings, recursions."""
MEMBER_ARGUMENTS = {
    "check_colors": [2], "consistency": [1], "read_units": [2], "stability_function": ["z"], "tableaux": [2], "truncate": [2], "as_expr": [h], "as_field": ["1/10"],
    "as_ode": ["scipy", 0.1], "lambdify": ["numpy"], "latex": [], "part": [0], "read": ["x"], "source": ["numpy"], "term": [1], "write": [x],
    "equivalent": [FIELD], "with_tableaux": [(RK4,), "n"], "lie_derivative": [x], "lie_bracket": [FIELD], "imaginary_stability_within": [0.001], "with_parameters": [{}], "number": [1], "forest": ["s"], "map_basis": [lambda f: f],
    "map_factor": [0, lambda f: f], "evaluate": [lambda t: 1], "as_given": [x], "as_equations": [],
}  # fmt: skip


def alternative_constructors(cls, name):
    """Class methods and static methods that a class defines itself."""
    return {
        f"{name}.{attribute}": member
        for attribute, member in inspect.getmembers(cls)
        if not attribute.startswith("_")
        and isinstance(inspect.getattr_static(cls, attribute), classmethod | staticmethod)
        and getattr(member, "__qualname__", "").startswith(name + ".")
    }


def public_callables():
    """Name and callable of everything that the rooms offer."""
    found = {}
    for room in ROOMS:
        module = importlib.import_module("imde_sym" + room)
        for name in module.__all__:
            value = getattr(module, name)
            if not callable(value) or name in INTERNAL or not getattr(value, "__module__", "").startswith("imde_sym"):
                continue
            if inspect.isclass(value) and issubclass(value, BaseException):
                continue
            found[name if found.get(name, value) is value else f"{room[1:]} {name}"] = value
            if inspect.isclass(value):
                found = alternative_constructors(value, name) | found
    for name, instance in MEMBERS.items():
        for attribute, member in inspect.getmembers(type(instance), inspect.isfunction):
            ours = member.__module__.startswith("imde_sym") and not attribute.startswith("_") and attribute not in INTERNAL
            if ours and len(inspect.signature(member).parameters) > 1:
                found.setdefault(f"{name}().{attribute}", getattr(instance, attribute))
    return found


CALLABLES = public_callables()


def right_call(name):
    """(arguments, keywords) of a right call."""
    if name in VALID:
        return VALID[name]
    if "()." in name:
        return MEMBER_ARGUMENTS.get(name.partition("().")[2], []), {}
    return [], {}


def places(name):
    """Where an argument can be replaced: positions and keywords."""
    args, options = right_call(name)
    signature = inspect.signature(CALLABLES[name]).parameters.values()
    named = [p.name for p in signature if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [*range(len(args)), *dict.fromkeys([*options, *named[len(args) :]])]


def all_calls(kinds):
    return [
        (name, place, kind) for name in sorted(CALLABLES) if callable(CALLABLES[name]) for place in places(name) for kind in kinds
    ]


class TooLong(BaseException):
    """Not an Exception, so that nobody catches it."""


@contextmanager
def limited(seconds):
    def stop(*_):
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def trial(name, place, kind, value):
    """What goes wrong with one call; None where all is well."""
    args, options = right_call(name)
    args, options = list(args), dict(options)
    if isinstance(place, int):
        args[place] = value
    else:
        options[place] = value
    try:
        with limited(LIMIT), warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", UserWarning)  # what was accepted may deserve a word
            result = CALLABLES[name](*args, **options)
            if inspect.isgenerator(result) or isinstance(result, itertools.chain | map | filter | zip):
                list(itertools.islice(result, 20))
            goes_on(result)
    except ImdeError as error:
        with limited(LIMIT):
            message = str(error)
        return None if message.strip() and len(message) < 4000 else f"a message of {len(message)} characters"
    except TooLong:
        return f"no answer in {LIMIT} s"
    except RecursionError as error:
        return f"RecursionError: {error}"
    except Exception as error:
        return None if not fits(CALLABLES[name], args, options) else f"{type(error).__name__}: {str(error)[:150]}"
    return None


def fits(function, args, options):
    """Whether the signature admits the arguments; where it does not, a TypeError is right."""
    try:
        inspect.signature(function).bind(*args, **options)
    except TypeError:
        return False
    return True


def goes_on(result):
    """What is accepted prints, pickles and goes through JSON."""
    if not type(result).__module__.startswith("imde_sym"):
        return
    str(result), repr(result)
    if isinstance(result, imde.Method | imde.VectorField | imde.BSeries | imde.RootedTree | Stored):
        try:
            data = result.to_json()
        except ImdeError:  # mpmath numbers have no JSON form, and say so
            return
        assert imde.from_json(data) == result, "JSON gives another value"
        assert pickle.loads(pickle.dumps(result)) == result, "pickle gives another value"


def walk(calls, canary):
    kinds, wrong = wrong_kinds(canary), []
    for name, place, kind in calls:
        if kind in ("generator", "endless", "iterator", "map", "zip"):
            kinds = kinds | {k: v for k, v in wrong_kinds(canary).items() if k == kind}  # each is used up by one call
        found = trial(name, place, kind, kinds[kind])
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        if found:
            wrong.append(f"{name}, {place} = {kind}: {found}")
    return wrong


@pytest.fixture
def canary(tmp_path):
    file = tmp_path / "executed"
    yield CANARY.format(str(file))
    assert not file.exists(), "text was executed"


def test_the_right_calls_are_right():
    for name in CALLABLES:
        if name in VALID and any(VALID[name]) and name not in TRAINING and not name.startswith(LIBRARIES_READ):
            args, options = VALID[name]
            CALLABLES[name](*args, **options)


def test_a_sample_of_wrong_kinds_is_refused_or_understood(canary):
    calls = all_calls(wrong_kinds(canary))
    calls = [call for call in calls if not call[0].startswith(LIBRARIES_READ)]  # these import whole libraries
    sample = random.Random(12).sample(calls, SAMPLE)
    assert not (wrong := walk(sample, canary)), "\n".join(wrong)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", sorted(CALLABLES))
def test_all_wrong_kinds_are_refused_or_understood(name, canary):
    calls = [c for c in all_calls(wrong_kinds(canary)) if c[0] == name]
    assert not (wrong := walk(calls, canary)), "\n".join(wrong)


@pytest.mark.parametrize("order", [0, False, np.array([])])
def test_an_order_that_python_takes_for_false_is_not_the_default(order):
    with pytest.raises(ImdeError, match="order must be an integer from 1"):
        imde.predict("pendulum", RK4, 0.02, order=order)


def test_an_array_for_parameters_is_read_as_a_list():
    for call in (imde.VectorField, imde.VectorField.parse):
        assert call("x' = a*x", parameters=np.array(["a"])).free_parameters == (sympy.Symbol("a"),)
        with pytest.raises(ImdeError, match="'1' is not the name of a parameter"):
            call("x' = a*x", parameters=np.array([1, 2]))


def test_numbers_beyond_the_range_of_floats_are_refused_where_powers_of_them_are_taken():
    for T in (10**30, 1e308):
        with pytest.raises(ImdeError, match="beyond the range of floats"):
            imde.predict("pendulum", "explicit_euler", T)
    with pytest.raises(ImdeError, match="beyond the range of floats"):
        imde.series.scale(imde.method_series(RK4, 3), 1e308)
    errors = imde.series.error_coefficients(imde.method_series(RK4, 6)).values()
    for norm in (1e3, 1e300):  # the powers of the coefficients are 0 in float64
        assert imde.series.error_norm(imde.method_series(RK4, 6), norm=norm) == pytest.approx(
            float(max(map(abs, errors))), rel=0.01
        )


def test_a_number_in_an_array_without_axes_is_a_number():
    row = imde.predict("pendulum", "explicit_euler", np.array(0.02), np.array(1)).rows[0]
    assert (row.T, row.S) == (0.02, 1)


def test_a_wrong_signature_is_a_type_error():
    for call in (lambda: imde.exact_series(), lambda: imde.exact_series(3, 1, 5), lambda: imde.exact_series(3, colours=1)):
        with pytest.raises(TypeError) as caught:
            call()
        assert isinstance(caught.value, ImdeError)


@pytest.mark.parametrize("name", sorted(n for n in imde.__all__ if callable(getattr(imde, n)) and n != "NoHamiltonianError"))
def test_a_call_without_arguments_works_or_names_what_is_missing(name):
    if name not in ("interact", "explore"):  # they open something
        with contextlib.suppress(ImdeError):
            getattr(imde, name)()


def test_missing_and_surplus_arguments_are_named():
    F = imde.modified_equation("pendulum", RK4, 3)
    with pytest.raises(ImdeError, match=r"^conserved: invariant must be given; accepted: F, invariant$"):
        imde.conserved(F)
    with pytest.raises(ImdeError, match=r"^bound: method, h must be given; accepted: field, method, h, domain"):
        imde.bound("pendulum", order=3)
    with pytest.raises(ImdeError, match=r"^ButcherTableau: too many positional arguments; accepted: A, b, c"):
        imde.ButcherTableau([[0]], [1], [0], [1], True)


def test_methods_of_a_mixin_are_checked_as_its_own_are():
    rk4, bdf2, series = imde.methods["rk4"], imde.methods["bdf2"], imde.exact_series(3)
    for call, message in (
        (lambda: rk4.reduced(5), r"^StageQuestions.reduced: too many positional arguments; accepted: no arguments"),
        (lambda: rk4.stability(), r"^StabilityFunction: z must be given; accepted: z"),
        (lambda: imde.VectorField.from_json(), r"text must be given; accepted: text"),
        (lambda: bdf2.mu(10**400), "the count must be an integer from 0 to 1000, got an integer of 1329 bits"),
        (lambda: bdf2.read_units(0), "the order must be an integer from 1 to 1000, got 0"),
        (lambda: series.table(10**400), "limit must be an integer from 0 to"),
        (lambda: series.table(-1), "limit must be an integer from 0 to"),
    ):
        with pytest.raises(ImdeError, match=message):
            call()


@checked
def half(x: Any) -> Any:
    return np.array(x, float) / 2


def test_integers_that_no_float_holds_are_refused_by_the_name_of_their_argument():
    for call, name in (
        (lambda: half(10**400), "half: x"),
        (lambda: half([[0.37, 10**400]]), "half: x"),
        (lambda: imde.modified_equation("x' = -0.37*x", RK4, 3).lambdify()(np.ones(1), 10**400), "h"),
    ):
        with pytest.raises(ImdeError, match=rf"{name} is beyond the range of floats, got an integer of 1329 bits"):
            call()
    for entry, size in ((10**400, "large"), ("1e300", "large"), ("1e-400", "small"), (1e-320, "small")):
        with pytest.raises(ImdeError, match=f"coefficient too {size} for its powers in floats"):
            imde.ButcherTableau([[0, 0], [entry, 0]], [0, 1])


def test_json_with_a_long_integer_is_refused_in_one_line():
    for text in ("9" * 6000, json.dumps({"format": "imde_sym/tree", "version": 1})[:-1] + ', "tree": ' + "9" * 6000 + "}"):
        with pytest.raises(ImdeError):
            imde.from_json(text)
