"""No text that a user or a stranger's file hands in is ever evaluated: every public callable, with a canary in every argument."""

import copy
import importlib
import inspect
import json
import signal
import sys
import types
from collections.abc import Mapping

import pytest
import sympy

import imde_sym as imde
from imde_sym import ButcherTableau, ImdeError, VectorField, from_json, methods, systems
from imde_sym.cli import main

MARK = "imde_canary"
TEXTS = [
    f"__import__('{MARK}').touch()",
    f"exec('import {MARK}; {MARK}.touch()')",
    f"(lambda: __import__('{MARK}').touch())()",
    f"Symbol('x').subs({{Symbol('x'): __import__('{MARK}').touch()}})",
]
q, p, x = sympy.symbols("q p x")


@pytest.fixture
def executed(monkeypatch):
    """What a canary did: touched its module, or reached sympy's evaluation of text."""
    found = []
    canary = types.ModuleType(MARK)
    canary.touch = lambda: found.append("touched") or 1
    monkeypatch.setitem(sys.modules, MARK, canary)
    parser = importlib.import_module("sympy.parsing.sympy_parser")
    evaluate = parser.eval_expr

    def watched(code, *arguments):
        if MARK in str(code):
            found.append(f"evaluated {code[:80]}")
        return evaluate(code, *arguments)

    monkeypatch.setattr(parser, "eval_expr", watched)
    return found


def shapes(text):
    """The text as users put text into arguments."""
    yield text
    yield [text]
    yield [text, text]
    yield [[text, 0], [0, 1]]
    yield {text: 1}
    yield {"p": text}
    yield {p: text, q: 1}


FIELD, METHOD = systems["pendulum"], methods["explicit_midpoint"]
EQUATION = imde.inverse_modified_equation(FIELD, METHOD, 2)
SERIES = imde.method_series(METHOD, 2)
GOOD = {
    "field": FIELD, "f": FIELD, "system": FIELD, "method": METHOD, "solver": METHOD, "m": METHOD, "order": 2, "F": EQUATION, "equation": EQUATION,
    "series": SERIES, "a": SERIES, "b": SERIES, "tree": "[[]]", "t": "[[]]", "n": 3, "T": 0.1, "S": 1, "h": 0.1, "x": [0.1, 0.2],
    "H": p**2 / 2 - sympy.cos(q), "L": p**2 / 2, "V": q**2, "B": [[0, 1], [-1, 0]], "q": [q], "p": [p], "v": [p], "variables": [q, p],
    "components": [p, -q], "expression": p**2, "invariant": "energy", "accelerations": {q: -q}, "A": [[0, 0], [1, 0]], "text": "x' = x",
    "direction": "inverse", "target": "numpy", "name": "rk4", "data": {}, "colors": 1, "at": [0, 0], "expressions": [p, q],
}  # fmt: skip
"""Values by names of parameters, so that a canary in one argument comes as far as it can."""


def samples():
    """A value of every kind whose methods take arguments."""
    H = imde.inverse_modified_hamiltonian(FIELD, methods["implicit_midpoint"], 3)
    f = VectorField.hamiltonian(p**2 / 2 + q**4, [q], [p])
    point = imde.linearisation((systems["harmonic_oscillator"], METHOD, 2))
    some = [FIELD, EQUATION, H, imde.modified_lagrangian(f, methods["implicit_midpoint"], 3), imde.conserved("energy", EQUATION)]
    some += [imde.divergence(EQUATION), imde.reversibility(EQUATION), point, imde.structure_report(EQUATION), SERIES, methods, systems]
    some += [METHOD, METHOD.stability, imde.RootedTree("[[],[]]"), imde.predict(FIELD, METHOD, 0.1), EQUATION.ring, FIELD.structure]
    families = ["stoermer_verlet", "strang", "ab2", "ros2", "nystrom4"]
    return some + [methods[n] for n in families if n in methods] + [imde.check(EQUATION)]


OPERATORS = "__call__ __getitem__ __contains__ __eq__ __add__ __radd__ __sub__ __mul__ __rmul__ __truediv__ __matmul__ __pow__ __lt__".split()


USES = ["__str__", "to_json", "latex", "as_expr", "as_field", "with_parameters", "lambdify"]
"""What is asked of a value that was made with a canary in it."""


def public_callables():
    rooms = ["", ".series", ".trees", ".methods", ".fields", ".rings", ".equations", ".codegen", ".verify", ".plots", ".documents"]
    for room in rooms:
        module = importlib.import_module(f"imde_sym{room}")
        for name in module.__all__:
            value = getattr(module, name)
            if callable(value) and not isinstance(value, type | types.GenericAlias) or isinstance(value, type) and value.__module__.startswith("imde_sym"):
                yield f"{room}.{name}", value
            if isinstance(value, type) and value.__module__.startswith("imde_sym"):
                for key, made in vars(value).items():
                    if isinstance(made, classmethod | staticmethod) and not key.startswith("_"):
                        yield f"{room}.{name}.{key}", getattr(value, key)
    for value in samples():
        for key in dir(type(value)):
            if (not key.startswith("_") or key in OPERATORS) and inspect.isroutine(getattr(type(value), key)):
                yield f"<{type(value).__name__}>.{key}", getattr(value, key)


def parameters(function):
    try:
        return list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return []


def calls(function):
    """Argument lists with a canary in one place each, the others good where a good value is known, and all of them canaries."""
    kinds = inspect.Parameter
    given = [k for k in parameters(function) if k.kind is not kinds.VAR_KEYWORD]
    for text in TEXTS[:1]:
        for place in given:
            for shape in shapes(text):
                positional, named = [], {}
                for k in given:
                    needed = k is place or k.default is k.empty
                    if k.kind is kinds.VAR_POSITIONAL:
                        positional += [shape] if k is place else []
                    elif needed:
                        named[k.name] = shape if k is place else copy.copy(GOOD.get(k.name, text))
                leading = [named.pop(k.name) for k in given if k.kind is kinds.POSITIONAL_ONLY and k.name in named]
                if positional:
                    leading += [named.pop(k.name) for k in given if k.kind is kinds.POSITIONAL_OR_KEYWORD and k.name in named]
                yield [*leading, *positional], named
    for text in TEXTS[1:]:
        yield [], {k.name: text for k in given if k.kind in (kinds.POSITIONAL_OR_KEYWORD, kinds.KEYWORD_ONLY)}


class TooLong(Exception):
    pass


def attempt(function, arguments, named, problems, label):
    def late(*_):
        raise TooLong

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 5)
    try:
        value = function(*arguments, **named)
        for use in USES if type(value).__module__.startswith("imde_sym") else ():
            own = getattr(value, use, None)
            own() if inspect.ismethod(own) else None
    except (ImdeError, TypeError, AttributeError, TooLong) as error:
        if isinstance(error, TooLong):
            problems.append(f"{label}: no end")
    except Exception as error:
        problems.append(f"{label}({arguments}, {named}): {type(error).__name__}: {error}"[:300])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
