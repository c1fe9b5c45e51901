"""docs/features.md: what stands in the right column exists, and the left column holds what the packages offer."""

import inspect
import re
from pathlib import Path

import pytest

import imde_sym as imde

TABLE = Path(__file__).parents[1] / "docs" / "features.md"
TEXT = TABLE.read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ")]
NAMES = sorted({name for line in ROWS for name in re.findall(r"`(imde(?:\.\w+)+)`", line.split(" | ", 1)[1])})


def resolved(name):
    value = imde
    for part in name.split(".")[1:]:
        value = getattr(value, part)
    return value


def test_the_table_is_there():
    assert len(ROWS) > 150
    assert len(NAMES) > 100


def test_every_name_of_ours_is_there():
    assert [name for name in NAMES if resolved(name) is None] == []


def test_methods_that_the_table_names_are_in_the_catalogue():
    for group in re.findall(r"`imde\.methods` \(([^)]*)\)", TEXT):
        for name in re.findall(r"`(\w+)`", group):
            assert name in imde.methods


def words(section):
    part = TEXT.split(f"## {section}", 1)[1].split("\n## ", 1)[0]
    return {word for line in part.splitlines() for word in re.findall(r"\w+", line.split(" | ")[0])}


def public(module):
    for name, value in vars(module).items():
        if getattr(value, "__module__", "") == module.__name__ and not name.startswith("_"):
            yield name
            if inspect.isclass(value):
                yield from (k for k in vars(value) if not k.startswith("_"))


@pytest.mark.parametrize(
    "module",
    [
        *("runge_kutta_method", "linear_multistep_method", "rooted_trees", "stability_function", "twostep_runge_kutta_method"),
        *("low_storage_rk", "downwind_runge_kutta_method", "ode_solver", "loadmethod"),
    ],
)
def test_every_public_name_of_nodepy_is_in_the_table(module):
    pytest.importorskip("nodepy")
    found = pytest.importorskip(f"nodepy.{module}")
    assert set(public(found)) <= words("NodePy")


def test_every_public_name_of_kauri_without_ordered_trees_is_in_the_table():
    kauri = pytest.importorskip("kauri")
    ordered = re.compile("planar|ordered|Ordered|Planar|CF|cf|Noncommutative|mkw|nck|pgl|lie_|lb_|EMPTY_(PLANAR|ORDERED)")
    modules = {n for n in dir(kauri) if inspect.ismodule(getattr(kauri, n))}
    names = {n for n in dir(kauri) if not n.startswith("_") and not ordered.search(n)} - modules
    for kind in (kauri.Tree, kauri.CommutativeForest, kauri.ForestSum, kauri.Map, kauri.RK, kauri.BSeries):
        names |= {n for n in vars(kind) if not n.startswith("_")}
    assert names - {"count", "hash_"} <= words("kauri, without ordered trees")
