"""Answers that are tables: text, HTML that survives sanitising, LaTeX, data frames, plain data."""

import json
import pickle
import re
import xml.etree.ElementTree as ET
from fractions import Fraction
from html.parser import HTMLParser

import pytest
import sympy

import imde_sym as imde
from imde_sym.base.tables import Cell, Table
from imde_sym.series import error_coefficients, order_conditions
from imde_sym.trees import Forest

MIDPOINT = ("pendulum", "implicit_midpoint", 3)
TABLES = {
    "structure": lambda: imde.structure_report(imde.modified_equation(*MIDPOINT)).table(),
    "check": lambda: imde.check(imde.modified_equation("pendulum", "heun2", 3)).table(),
    "predict": lambda: imde.predict("pendulum", "euler", [0.02, 0.04], order=4, samples=50).table(),
    "compare": lambda: imde.compare(["rk4", "euler"]),
    "describe": lambda: imde.methods["gauss2"].describe(),
    "describe a splitting": lambda: imde.methods["strang"].describe(),
    "catalogue": lambda: imde.methods.table(["rk4", "dopri5"]),
    "catalogue with a tableau of one's own": lambda: imde.methods.table(
        ["rk4", imde.ButcherTableau([[0, 0], ["1/2", 0]], [0, 1])]
    ),
    "conditions": lambda: order_conditions(imde.method_series("rk4", 3)).table(),
    "errors": lambda: error_coefficients(imde.method_series("heun2", 3)).table(),
    "series": lambda: imde.exact_series(4).table(),
    "audit": lambda: imde.audit("y**2 + h*y**3/3 - h**2*y**4", "y' = y**2", "euler").table(),
    "long run": lambda: imde.long_run(
        imde.modified_invariant("harmonic_oscillator", "explicit midpoint", 4, "energy", direction="forward"),
        steps=[0.2, 0.1, 0.05],
        time=20,
    ).table(),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_answer_is_text_html_latex_a_frame_and_data(name):
    table = TABLES[name]()
    pandas = pytest.importorskip("pandas")
    page = ET.fromstring(table._repr_html_())
    assert len(page.findall("./table/tbody/tr")) == len(table.rows) >= 2
    assert [th.text for th in page.findall("./table/thead/tr/th")] == list(table.columns)
    assert table.latex().count(r"\\") == len(table.rows) + 1
    assert isinstance(table.to_frame(), pandas.DataFrame) and list(table.to_frame().columns) == list(table.columns)
    assert json.loads(json.dumps(table.to_dict()))["columns"] == list(table.columns)
    assert repr(table) == str(table) and sympy.latex(table) == table.latex()
    other = pickle.loads(pickle.dumps(table))
    assert other == table and other.to_dict() == table.to_dict()


@pytest.mark.parametrize("name", TABLES)
def test_html_says_all_without_styles_and_pictures(name):
    table = TABLES[name]()
    bare = re.sub(r"<svg.*?</svg>", "", table._repr_html_(), flags=re.DOTALL)
    bare = re.sub(r' style="[^"]*"', "", bare)
    cells = ["".join(td.itertext()).strip() for td in ET.fromstring(bare).findall("./table/tbody/tr/td")]
    shown = [x.text if isinstance(x, Cell) else x for row in table.cells for x in row]
    assert all(cell or text in ("", None) for cell, text in zip(cells, shown, strict=True))


def test_numbers_in_cells_are_typeset_and_text_is_escaped():
    table = Table.of([{"a": Fraction(-1, 3), "b": sympy.sqrt(3), "c": 3.5e-9, "d": "<b>$x$</b>", "e": None, "f": True}])
    page = table._repr_html_()
    assert r"$- \frac{1}{3}$" in page and r"$\sqrt{3}$" in page and r"$3.5 \cdot 10^{-9}$" in page
    assert "<mroot>" not in page and page.count("<math>") == 3 and "<msqrt><mn>3</mn></msqrt>" in page
    assert "<b>" not in page and "<span>$</span>x<span>$</span>" in page  # MathJax does not read across tags
    assert table.splitlines()[-1].split()[-2:] == ["-", "yes"]


KINDS = {
    "equation": lambda: imde.modified_equation(*MIDPOINT),
    "field": lambda: imde.modified_equation(*MIDPOINT).field,
    "method": lambda: imde.methods["strang"],
    "stability function": lambda: imde.methods["gauss2"].stability,
    "forest": lambda: Forest("[]"),
}


class Untrusted(HTMLParser):
    """What JupyterLab leaves of an output that it does not trust: tags of MathML go, not their texts, and styles it does not know."""

    def __init__(self, page):
        super().__init__()
        self.hidden, self.seen = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag in ("span", "div", "table", "td", "th"):
            self.hidden.append("hidden" in dict(attributes) or dict(attributes).get("style") == "display:none")

    def handle_endtag(self, tag):
        if tag in ("span", "div", "table", "td", "th"):
            self.hidden.pop()

    def handle_data(self, data):
        if not any(self.hidden):
            self.seen += data


@pytest.mark.parametrize("kind", KINDS)
def test_a_formula_is_mathml_with_its_latex_for_where_mathml_is_taken_away(kind):
    value = KINDS[kind]()
    page = value._repr_html_()
    assert page.count("<math") == 1 and "<annotation" not in page  # which some sanitisers show
    assert Untrusted(page).seen == value._repr_latex_()
    ET.fromstring(page)


def test_tables_of_conditions_draw_trees_in_the_colour_of_the_text():
    page = order_conditions(imde.method_series("heun2", 3))._repr_html_()
    assert 'fill="currentColor"' in page and "#000000" not in page and r"$\sum_{i} b_i c_i^{2}$" in page


def test_values_whose_answer_is_a_table_show_it():
    report = imde.structure_report(imde.modified_equation(*MIDPOINT))
    assert report._repr_html_() == report.table()._repr_html_() and r"\frac{p^{2}}{2}" in report._repr_html_()
    pytest.importorskip("pandas")
    assert list(report.to_frame()["holds"])[:2] == [True, False]
    assert order_conditions(imde.method_series("rk4", 2)) == dict.fromkeys(imde.rooted_trees(2), sympy.true) | {
        imde.RootedTree("[]"): sympy.true
    }


def test_the_lines_of_a_tableau_are_in_the_table_itself():
    page = ET.fromstring(imde.methods["rk4"]._repr_html_()).find("table")
    assert page.get("rules") == "groups" and [len(b.findall("tr")) for b in page.findall("tbody")] == [4, 1]


def test_a_table_of_methods_knows_what_was_asked():
    own = imde.ButcherTableau([[0, 0], ["1/2", 0]], [0, 1], name="own")
    table = imde.methods.table(["rk4", own])
    assert [row["name"] for row in table.rows] == ["rk4", "own"] and table.rows[1]["symplectic order"] == "2"
    assert table.rows[0]["error constant"] == pytest.approx(0.0145)
    assert "error constant" not in imde.methods.table(["rk4"]).columns
    assert "error constant" in imde.methods.table("rk4", details=True).columns
