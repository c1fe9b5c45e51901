"""The room and the catalogue that is named like it; what families tell about themselves; times of composed stages."""

import subprocess
import sys
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import imde_sym as imde
from imde_sym.method import ButcherTableau, Composition, Method, adjoint_method, compose_methods, extrapolate, methods
from imde_sym.method.theory.numbers import Numbers
from imde_sym.method.theory.order import MAX_OTHER_ORDER, lyndon_words, order_over_trees, order_over_words
from imde_sym.method.value import FAMILIES, MethodValue, method_from_data
from tests.strategies import rationals

HALF = Fraction(1, 2)
EVERY_MODULE = """
import importlib, pkgutil
import imde_sym
for module in pkgutil.walk_packages(imde_sym.__path__, "imde_sym."):
    if module.name.rpartition(".")[2] != "__main__":
        try:
            importlib.import_module(module.name)
        except ImportError:
            assert module.name.startswith(("imde_sym.learn", "imde_sym.experiments", "imde_sym.plots")), module.name
from imde_sym.methods import apply_scheme, methods
import imde_sym.methods as by_module
assert type(imde_sym.methods).__name__ == "MethodCatalogue" and imde_sym.methods["rk4"].order == 4
assert methods is imde_sym.methods is by_module is imde_sym.method.methods
assert imde_sym.series.__name__ == "imde_sym.series" and imde_sym.series.order_conditions
assert imde_sym.method.apply_scheme is apply_scheme
"""


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)


def test_methods_is_the_catalogue_and_series_the_room_after_every_module_was_imported():
    done = run(EVERY_MODULE)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "first", ["imde_sym.methods", "imde_sym.method", "imde_sym.method.families.nystrom", "imde_sym.method.theory.ssp"]
)
def test_any_file_of_the_room_may_be_imported_first(first):
    done = run(
        f"import {first}, imde_sym; assert imde_sym.methods['heun2'].order == 2; assert imde_sym.ButcherTableau.from_scipy"
    )
    assert done.returncode == 0, done.stderr


def test_a_class_with_a_family_of_its_own_enters_itself_with_its_keys_and_defaults():
    class Doubled(Method):
        family = "doubled"
        nested = ("method",)

        def __init__(self, method: Any, times: Any = 2, *, name: str = "", **info: Any):
            self.method, self.times = method, Fraction(times)
            super().__init__(name, info)

        @property
        def data(self):
            return {"method": self.method, "times": self.times}

        def recursion(self, space):
            return compose_methods(*[self.method] * int(self.times)).recursion(space)

    try:
        assert Doubled.keys == ("method", "times") and Doubled.optional == {"times"}
        m = Doubled(methods["heun2"], 3, name="three")
        assert method_from_data(m.to_dict()) == m
        data = {k: v for k, v in m.to_dict().items() if k != "times"}
        assert method_from_data(data).order == 2
        with pytest.raises(imde.ImdeError, match="a doubled method needs method, times; 'method' is missing"):
            method_from_data({"family": "doubled"})
    finally:
        del FAMILIES["doubled"]


def test_every_family_is_listed_once_and_is_a_method():
    assert {name for name, kind in FAMILIES.items() if issubclass(kind, MethodValue)} >= {
        "runge_kutta", "partitioned", "composition", "adjoint", "splitting", "multistep", "rosenbrock", "multiderivative",
        "continuous_stage", "nystrom",
    }  # fmt: skip
    assert all(kind.family == name for name, kind in FAMILIES.items())


# -- times of stages that are given ----------------------------------------------------------------
def timed(c):
    return ButcherTableau([[0, 0], ["1/2", 0]], [0, 1], c=[0, c], check_c=False)


@given(rationals(), rationals())
@settings(max_examples=20, deadline=None)
def test_composed_stages_keep_their_times(c, theta):
    both = compose_methods(timed(c), timed(c), steps=[theta, 1 - theta])
    assert both.c == (0, theta * c, theta, theta + (1 - theta) * c)


@given(rationals())
@settings(max_examples=20, deadline=None)
def test_the_adjoint_reads_the_times_backwards_and_twice_is_the_method(c):
    # HLW II.3: Φ* from t to t + h is Φ from t + h back to t
    m = timed(c)
    assert adjoint_method(m).c == (1 - c, 1)
    assert adjoint_method(adjoint_method(m)) == m


def test_extrapolated_and_embedded_methods_keep_the_times():
    m = ButcherTableau([[0]], [1], c=["1/2"], check_c=False, b_hat=[1])
    assert extrapolate(m, [1, 2], 1).c == (HALF, HALF / 2, 3 * HALF / 2)
    assert m.embedded.c == (HALF,)


def test_a_composition_of_methods_with_times_of_their_own_is_not_for_fields_with_time():
    f = imde.VectorField("x' = t*x")
    for m in (
        Composition([timed("3/4"), timed("3/4")], ["1/2", "1/2"]),
        timed("3/4") @ timed("3/4"),
        adjoint_method(timed("3/4")),
    ):
        with pytest.raises(imde.ImdeError, match=r"abscissae of .* are not its row sums"):
            imde.modified_equation(f, m, 2)


# -- orders over words -----------------------------------------------------------------------------
def test_there_are_as_many_lyndon_words_as_witt_says():
    # Witt 1937: the dimensions of the free Lie algebra of two, and of three, generators
    assert [len([*lyndon_words(2, n)]) for n in range(1, 9)] == [2, 1, 2, 3, 6, 9, 18, 30]
    assert [len([*lyndon_words(3, n)]) for n in range(1, 6)] == [3, 3, 8, 18, 48]


SPLITTINGS = [n for n in methods if methods.entry(n).get("family") == "splitting" and methods.entry(n)["order"] <= 4]


@pytest.mark.parametrize("name", SPLITTINGS)
def test_the_order_over_words_is_the_order_over_trees(name):
    m = methods[name]
    assert m.order == order_over_trees(m.numbers, m.weight_blocks, m.colors, 5)


@given(st.lists(st.tuples(st.integers(0, 2), rationals()), min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_the_order_over_words_of_any_flows_is_that_over_trees(flows):
    flows = [*flows, *((part, 1 - sum(x for p, x in flows if p == part)) for part in range(3))]
    m = imde.Splitting(flows)
    assert m.order == order_over_trees(m.numbers, m.weight_blocks, 3, MAX_OTHER_ORDER) >= 1


def test_a_wrong_digit_lowers_the_order_of_a_splitting():
    m = methods["yoshida6"]
    (part, first), *rest = [(int(p), x) for p, x in m.steps]
    wrong = [(part, first + Fraction(1, 10**6)), *rest]
    assert order_over_words(m.numbers, [(part, first), *rest], 2, 8) == 6
    assert order_over_words(Numbers([x for _, x in wrong], {}), wrong, 2, 8) == 0
