"""No text that a user or a stranger's file hands in is ever evaluated: every public callable, with a canary in every argument."""

import copy
import importlib
import inspect
import json
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
    some += [
        imde.divergence(EQUATION),
        imde.reversibility(EQUATION),
        point,
        imde.structure_report(EQUATION),
        SERIES,
        methods,
        systems,
    ]
    some += [
        METHOD,
        METHOD.stability,
        imde.RootedTree("[[],[]]"),
        imde.predict(FIELD, METHOD, 0.1),
        EQUATION.ring,
        FIELD.structure,
    ]
    families = ["stoermer_verlet", "strang", "ab2", "ros2", "nystrom4"]
    return some + [methods[n] for n in families if n in methods] + [imde.check(EQUATION)]


OPERATORS = "__call__ __getitem__ __contains__ __eq__ __add__ __radd__ __sub__ __mul__ __rmul__ __truediv__ __matmul__ __pow__ __lt__".split()


USES = ["__str__", "to_json", "latex", "as_expr", "as_field", "with_parameters", "lambdify"]
"""What is asked of a value that was made with a canary in it."""


def public_callables():
    rooms = [
        "",
        ".series",
        ".trees",
        ".methods",
        ".fields",
        ".rings",
        ".equations",
        ".codegen",
        ".verify",
        ".plots",
        ".documents",
    ]
    for room in rooms:
        module = importlib.import_module(f"imde_sym{room}")
        for name in module.__all__:
            value = getattr(module, name)
            if (callable(value) and not isinstance(value, type | types.GenericAlias)) or (
                isinstance(value, type) and value.__module__.startswith("imde_sym")
            ):
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


def attempt(function, arguments, named):
    """Call, and ask the value what values are asked; an error that is neither ours nor of a wrong type is returned."""
    try:
        value = function(*arguments, **named)
        for use in USES if type(value).__module__.startswith("imde_sym") else ():
            own = getattr(value, use, None)
            own() if inspect.ismethod(own) else None
    except (ImdeError, TypeError):
        return None
    except Exception as error:
        return error


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:More than 20 figures")
def test_no_public_callable_evaluates_a_text_in_any_argument(executed):
    count = 0
    for label, function in public_callables():
        for arguments, named in calls(function):
            attempt(function, arguments, named)
            assert not executed, f"{label}({arguments}, {named})"
            count += 1
    assert count > 3000


ASKED = {
    "field": VectorField, "hamiltonian": VectorField.hamiltonian, "poisson": VectorField.poisson, "lagrangian": VectorField.lagrangian,
    "gradient": VectorField.gradient, "second order": VectorField.second_order, "parse": VectorField.parse, "lie derivative": FIELD.lie_derivative,
    "with_parameters": FIELD.with_parameters, "as_expr": EQUATION.as_expr, "as_field": EQUATION.as_field, "term": EQUATION.term,
    "stability": METHOD.stability.as_expr, "conserved": imde.conserved, "reversibility": imde.reversibility, "linearisation": imde.linearisation,
    "structure_report": imde.structure_report, "evaluate": imde.evaluate, "tableau": ButcherTableau, "modified_equation": imde.modified_equation,
    "check": imde.check, "predict": imde.predict, "document": imde.write_document, "from_json": from_json, "matrix": imde.linearisation((FIELD, METHOD, 2)).matrix,
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_text_that_is_no_formula_is_refused_by_an_error_of_ours(name, executed):
    wrong = {}
    for arguments, named in calls(ASKED[name]):
        if error := attempt(ASKED[name], arguments, named):
            wrong[f"{arguments}, {named}"] = error
    assert not executed and not wrong


def leaves(data, path=()):
    """The places of the texts in plain data, one for each way to them that differs by more than a number."""
    if isinstance(data, str):
        yield path
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from leaves(value, (*path, key))
    elif isinstance(data, list):
        for place, value in enumerate(data[:2]):
            yield from leaves(value, (*path, place))


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_no_text_in_a_file_is_evaluated(executed, every):
    stored = [json.loads(v.to_json()) for v in samples() if hasattr(v, "to_json")]
    assert len(stored) > 12
    for data in stored:
        for path in [*leaves(data)][::every]:
            changed = copy.deepcopy(data)
            target = changed
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = TEXTS[0]
            error = attempt(from_json, [json.dumps(changed)], {})
            assert not executed and error is None, (data["format"], path, error)


WORDS = ["derive", "check", "predict", "bound", "structure", "debias", "series"]
LINE = {"--system": "pendulum", "--method": "heun2", "--order": "2"}
OPTIONS = ["--system", "--method", "--order", "--parameters", "--x0", "--steps", "--T", "--S", "--domain", "--invariant", "--reversing", "--h", "--loss", "--M-theta", "--A", "--b", "--equations", "--parts"]  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_no_option_of_the_command_line_is_evaluated(word, executed, capsys):
    for option in OPTIONS:
        line = LINE | {option: TEXTS[0]}
        if option == "--equations":
            line.pop("--system")
        if option in ("--A", "--b"):
            line.pop("--method")
        try:
            code = main([word, *(w for pair in line.items() for w in pair)])
        except SystemExit as stopped:
            code = stopped.code
        assert not executed and code in (0, 1, 2)


def test_names_from_files_do_not_run_in_functions_that_are_made_of_formulas(executed):
    hostile = sympy.Symbol(TEXTS[0])
    H = VectorField.hamiltonian(p**2 / 2 - hostile * sympy.cos(q), [q], [p])
    value = imde.modified_hamiltonian(from_json(H.to_json()), methods["implicit_midpoint"], 3)
    with pytest.raises(ImdeError, match="no value"):
        value.lambdify()
    moving = VectorField.hamiltonian(hostile**2 / 2 - sympy.cos(q), [q], [hostile])
    energy = imde.modified_hamiltonian(moving, methods["implicit_midpoint"], 3).lambdify()
    assert energy([0.0, 1.0], 0.0) == pytest.approx(-0.5)
    code = imde.modified_equation(moving, methods["implicit_midpoint"], 3).lambdify()
    assert code([0.0, 1.0], 0.0)[0] == pytest.approx(1.0) and not executed
