"""interact: the page of a notebook, and what stays of it without a server."""

import json
import pickle
import urllib.request
from urllib.parse import unquote

import pytest
import sympy

import imde_sym as imde
from imde_sym.explore.answer import answer


def test_what_the_catalogue_has_goes_by_its_name():
    page = imde.interact("pendulum", "rk4", 5, h="1/10")
    assert page.state["system"] == "pendulum" and page.state["method"] == "rk4" and "http" not in repr(page)
    assert imde.interact(imde.systems["pendulum"].with_parameters(k=3)).state["parameters"] == {"k": "3"}


@pytest.mark.parametrize(
    ("field", "method"),
    [
        (imde.VectorField("x'' = -a*sin(x) - x'/3", parameters="a = 2"), imde.ButcherTableau([[0, 0], ["1/2", 0]], [0, 1])),
        ({sympy.Symbol("u"): sympy.Symbol("u") ** 2 + sympy.sqrt(2)}, imde.methods["rk4"] @ imde.methods["rk4"]),
        (imde.VectorField("x' = -x + sin(t)"), "adams_bashforth_3"),
    ],
    ids=["parameters", "mapping", "time"],
)
def test_any_field_and_method_reach_the_page(field, method):
    page = imde.interact(field, method, 3)
    found = answer(page.state)
    F = imde.inverse_modified_equation(field, method, 3)
    assert found["ok"] and found["latex"] == F.latex()


def test_the_static_part_holds_formula_and_pictures_and_no_script():
    static = imde.interact("lorenz", "euler", 3, h=0.01).static
    assert static.count("<svg") >= 4 and "<script" not in static and ("<math" in static or "<code" in static)


def test_a_page_is_a_value():
    page = imde.interact("pendulum", "rk4", 5, h=0.1)
    assert pickle.loads(pickle.dumps(page)) == page == imde.interact("pendulum", "rk4", 5, h=0.1)
    assert len({page, imde.interact("pendulum", "rk4", 4)}) == 2


def test_what_the_page_cannot_show_is_refused_at_once():
    with pytest.raises(imde.ImdeError, match="order must be an integer from 1 to 10"):
        imde.interact("pendulum", "rk4", 11)
    with pytest.raises(imde.ImdeError, match="2 parts"):
        imde.interact("lorenz", "strang")


@pytest.mark.slow
def test_a_notebook_shows_the_page_that_its_kernel_serves():
    page = imde.interact("pendulum", "rk4", 4)
    html = page._repr_html_()
    assert "<iframe" in html and "<details>" in html
    base, _, state = page.url.partition("#")
    assert json.loads(unquote(state)) == page.state
    with urllib.request.urlopen(base, timeout=10) as reply:
        assert "frame-ancestors 'self' http://localhost:*" in reply.headers["Content-Security-Policy"]
