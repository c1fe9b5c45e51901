"""Tableaux for the eye: HTML, and the report."""

import copy
import pickle
import re
from html.parser import HTMLParser

import pytest
import sympy

import imde_sym as imde
from imde_sym.method import ButcherTableau, LinearMultistep, Rosenbrock, Splitting, methods
from tests.rows import rows


class Cells(HTMLParser):
    def __init__(self, text):
        super().__init__()
        text = re.sub(r"<math>.*?</math>", "", text)  # the same as the LaTeX beside it
        self.rows, self.styles, self.tips = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "tr":
            self.rows.append([])
            self.styles.append([])
        if tag == "td":
            self.rows[-1].append("")
            self.styles[-1].append(attributes.get("style", ""))
            self.tips += [attributes["title"]] if "title" in attributes else []

    def handle_data(self, data):
        if self.rows:
            self.rows[-1][-1] += data


def test_the_html_table_has_the_lines_of_the_book():
    cells = Cells(methods["heun2"]._repr_html_())
    half = r"$\frac{1}{2}$"
    assert cells.rows == [["$0$", "", ""], ["$1$", "$1$", ""], ["", half, half], ["", "$1$", "$0$"]]
    assert all("border-right" in row[0] and "border-right" not in row[1] for row in cells.styles)
    assert ["border-top" in row[1] for row in cells.styles] == [False, False, True, False]


def test_long_entries_are_decimals_with_the_exact_value_at_hand():
    m = methods["gauss3"]
    cells = Cells(m._repr_html_())
    assert cells.rows[0][2] == "-0.035976668"
    assert str(m.A[0][1]) in cells.tips


def test_markup_in_a_title_is_escaped():
    assert "<script>" not in ButcherTableau([[0]], [1], title="<script>")._repr_html_()


def test_the_report_states_every_property():
    text = methods["radau_iia_2"].describe()
    facts = dict(line.split("  ", 1) for line in str(text).splitlines() if "  " in line and "│" not in line)
    facts = {k: v.strip() for k, v in facts.items()}
    assert facts["order"] == "3"
    assert facts["kind"] == "implicit, stiffly accurate"
    assert facts["assumptions"] == "B(3), C(2), D(1)"
    assert facts["R(z)"] == "2*(z + 3)/(z**2 - 4*z + 6)"
    assert facts["e^z - R(z)"] == "1/72 z^4 + ..."
    assert facts["stability"] == "A-stable: yes, L-stable: yes, I-stable: yes, P-stable: no"
    assert facts["SSP coefficient"] == "0"
    assert repr(text) == str(text)
    assert "┼" in text


def test_the_report_of_a_pair_gives_both_orders_and_the_note_of_a_converter():
    assert "order               5; embedded formula 4" in methods["dormand_prince5"].describe()
    assert "note                steps vary" in ButcherTableau([[0]], [1], note="steps vary").describe()
    assert "2*sqrt(2) = 2.8284271" in methods["rk4"].describe()


def test_questions_without_an_answer_say_why():
    a = sympy.Symbol("a")
    text = ButcherTableau([[0, 0], [a, 0]], [1 - 1 / (2 * a), 1 / (2 * a)], name="family").describe()
    assert "stability           not defined: the stability properties of family need real numbers: the parameter a" in text
    assert "R(z)                z**2/2 + z + 1" in text


@pytest.mark.parametrize("name", ["verner76", "dormand_prince8", "gauss4", "kvaerno4"])
def test_large_methods_are_reported_in_short_numbers(name):
    assert max(map(len, methods[name].describe().splitlines()[2:])) < 250


def test_decimals_typed_in_a_tableau_come_back_as_decimals():
    typed = ButcherTableau("0 |\n 0.37 | 0.37\n --\n | 0.37 0.63")
    quotients = ButcherTableau([[0, 0], ["37/100", 0]], ["37/100", "63/100"])
    assert str(typed).split()[4:8] == ["0.37", "│", "0.37", "0"] and "37/100" in str(quotients)
    assert "0.37 & 0.37 & 0" in typed.latex() and "0.37" in typed._repr_html_() and "0.37 │ 0.37" in typed.describe()
    F, G = (imde.modified_equation("x' = -x", m, 3) for m in (typed, quotients))
    assert typed == quotients and F == G
    assert "h*(-0.2669*x)" in str(F) and "h*(-2669*x/10000)" in str(G)
    assert str(imde.from_json(typed.to_json())) == str(typed)
    assert ButcherTableau([[0, 0], [0.37, 0]], [0.37, 0.63]).decimals is None  # floats are written as they are


@rows(
    "typed, quotients",
    [
        (Splitting([(0, "0.3"), (1, 1), (0, "0.7")]), Splitting([(0, "3/10"), (1, 1), (0, "7/10")])),
        (LinearMultistep([-1, 1], ["0.37", "0.63"]), LinearMultistep([-1, 1], ["37/100", "63/100"])),
        (Rosenbrock([[0]], gamma=[["0.37"]], b=[1]), Rosenbrock([[0]], gamma=[["37/100"]], b=[1])),
        (ButcherTableau([["0.37"]], [1]) @ methods["heun2"], ButcherTableau([["37/100"]], [1]) @ methods["heun2"]),
    ],
)
def test_decimals_typed_in_any_family_come_back_as_decimals(typed, quotients):
    assert typed == quotients and typed.decimals and quotients.decimals is None
    parts = [[0], [1]] if typed.colors > 1 else None
    F, G = (imde.modified_equation("x' = -x - y; y' = x", m, 2, parts=parts) for m in (typed, quotients))
    assert F == G and "/" not in str(F) and "/" in str(G)
    assert copy.copy(typed).decimals and imde.from_json(typed.to_json()).decimals and pickle.loads(pickle.dumps(typed)).decimals
