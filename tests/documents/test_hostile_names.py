"""Names come from strangers' files: no document and no formula lets one of them become markup."""

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
import sympy

import imde_sym as imde
from imde_sym import ButcherTableau, VectorField, from_json, methods, write_document
from imde_sym.documents.markdown import escape as markdown_escape
from imde_sym.trees import Gallery
from tests.rows import rows, slow

x = sympy.Symbol("x")
HOSTILE = [
    "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "</math></pre><i>", "--><b>", "$\\input{/etc/passwd}$", "\\input{/etc/passwd}",
    "](javascript:alert(1))", "![a](javascript:alert(1))", "`", "```", "|", "%", "#", "~", "^", "_", "__", "{", "}", "\\", "\\end{document}",
    "\\end{align*}\\write18{ls}", "a\nb", "a\n\n# b", "- a", "\"a'", "&", "&lt;b&gt;", "*a*", "$", "$$", "\u202ea", "\x00", "\\\\[1cm]",
]  # fmt: skip
TAGS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "pre", "table", "tr", "td", "th", "math", "mtable", "mtr", "mtd", "mtext",
    "mo", "mi", "mn", "mrow", "mfrac", "msup", "msub", "msubsup", "msqrt", "mover", "munderover", "mspace", "semantics", "annotation", "div",
    "thead", "tbody", "svg", "g", "path", "circle",
}  # fmt: skip
COMMANDS = set(
    "begin end dot alpha left right frac mathcal hline tau sigma gamma text quad backslash vert hat sim ast lbrack rbrack mathtt "
    "cdot allowbreak bigl bigr raggedright section subsection textbackslash textasciitilde textasciicircum documentclass usepackage IfFileExists "
    "setlength parindent parskip shortstack linewidth arraybackslash allowdisplaybreaks renewcommand arraystretch cdots geq displaystyle mathrm".split()
)


ATTRIBUTES = {"lang", "charset", "class", "display", "displaystyle", "columnalign", "style", "mathvariant", "encoding", "width"}
ATTRIBUTES |= {
    "accent",
    "stretchy",
    "lspace",
    "rspace",
    "form",
    "minsize",
    "maxsize",
    *"role xmlns width height viewbox fill stroke stroke-width cx cy r d".split(),
}


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}


def equations(name):
    """Equations in which a variable, a parameter, a function, a coefficient, the field, the method and its source have the name."""
    z, f = sympy.Symbol(name), sympy.Function(name) if "\x00" not in name else None
    method = ButcherTableau([[0, 0], [1, 0]], ["1/2", "1/2"], name=name, title=name, reference=name)
    yield VectorField({z: -(z**2)}, name=name, reference=name), method
    yield VectorField({x: -z * x**2}, name=name), methods["heun2"]
    yield VectorField({x: f(x)} if f else {x: -x}), methods["heun2"]
    yield VectorField({x: x**2}), ButcherTableau([[0, 0], [z, 0]], [1 - 1 / (2 * z), 1 / (2 * z)])


def documents(name, format):
    for f, m in equations(name):
        if not f.functions:
            f = VectorField(f.variables, from_json(f.to_json()).components, name=f.name, **f.info)
        F = imde.inverse_modified_equation(f, m, 2)
        yield write_document(F, format)


@rows("name", slow(HOSTILE, *HOSTILE[0::2]))
def test_html_holds_no_elements_but_its_own(name):
    for page in documents(name, "html"):
        found = Tags(page)
        assert found.tags <= TAGS and found.attributes <= ATTRIBUTES
        ET.fromstring(re.sub(r"&[A-Z]\w+;", " ", page.replace("\x00", "").partition("\n")[2]))


def without_escapes(text):
    return re.sub(r"\\[^A-Za-z\s]", "", text)


@rows("name", slow(HOSTILE, *HOSTILE[1::2]))
def test_latex_holds_no_commands_but_its_own(name):
    for text in documents(name, "latex-document"):
        assert set(re.findall(r"\\([A-Za-z]+)", text.replace(r"\\", ""))) <= COMMANDS
        begun, ended = (re.findall(rf"\\{word}\{{([^}}]*)\}}", text) for word in ("begin", "end"))
        assert sorted(begun) == sorted(ended) and begun.count("document") == 1
        plain = without_escapes(text)
        assert "%" not in plain and "#" not in plain and plain.count("{") == plain.count("}")
        body = plain.partition(r"\begin{document}")[2]
        assert body.count("$") % 2 == 0 and "\x00" not in text and "\u202e" not in text
        assert not re.search(r"\n\s*\n", text.partition(r"\begin{aligned}")[2].partition(r"\end{aligned}")[0])


@rows("name", slow(HOSTILE, *HOSTILE[0::2]))
def test_markdown_holds_no_html_links_or_blocks_of_its_names(name):
    for text in documents(name, "markdown"):
        plain = without_escapes(text)
        assert not re.search(r"<[A-Za-z/!?]", plain) and "](" not in plain and "`" not in plain
        assert set(re.findall(r"\\([A-Za-z]+)", text.replace(r"\\", ""))) <= COMMANDS
        heads = [line for line in text.splitlines() if line.startswith("#")]
        assert len(heads) >= 5 and all(re.match(r"#{1,2} (Inverse|System|Method|In elementary|Trees|Check)", h) for h in heads)
        width = {line.count("|") for line in plain.splitlines() if line.startswith("|")}
        assert width <= {6, 3, 4, 5}


def test_markdown_text_is_one_line_that_begins_no_list():
    assert markdown_escape("a\n\n# b\n---") == r"a \# b ---"
    assert markdown_escape("- a") == r"\- a" and markdown_escape("12. a") == r"12\. a" and markdown_escape("+ a") == r"\+ a"
    assert markdown_escape("costs $5 & more!") == r"costs \$5 \& more\!"


@rows("name", HOSTILE)
def test_formulas_of_methods_and_series_hold_no_commands_of_names(name):
    m = next(m for _, m in equations(name))
    z = sympy.Symbol(name)
    symbolic = ButcherTableau([[0, 0], [z, 0]], [1 - z, z])
    formulas = [
        imde.adjoint_method(m).latex(),
        symbolic.latex(),
        symbolic.stability._repr_latex_(),
        imde.method_series(symbolic, 3).latex(),
    ]
    formulas.append(imde.LinearMultistep([-1, 1], [1 - z, z]).latex())
    for text in formulas:
        assert set(re.findall(r"\\([A-Za-z]+)", text.replace(r"\\", ""))) <= COMMANDS | {"Phi", "tfrac"}
        assert "<" not in text.replace("{<}", "") and "$" not in without_escapes(text.removeprefix("$").removesuffix("$"))


@rows("name", HOSTILE)
def test_html_of_values_in_notebooks_is_escaped(name):
    z = sympy.Symbol(name)
    m = ButcherTableau([[0, 0], [z, 0]], [1 - z, z], name=name, title=name)
    shown = [m._repr_html_(), imde.method_series(m, 2)._repr_html_(), Gallery(["[[1]]", "[[2]]"], [name, name]).svg()]
    for text in shown:
        found = Tags(text.replace("\x00", ""))
        assert not found.tags & {"img", "script", "i", "b"} and "onerror" not in found.attributes


def test_names_that_look_alike_are_told_apart():
    names = ["alpha", "α", "x1", "x_1", "φ", "ϕ", "lambda_1", "λ_1"]
    symbols = sympy.symbols(names)
    f = VectorField(symbols, [-s for s in symbols])
    rows = [line.partition(r"\dot{")[2].partition("&=")[0].strip() for line in f.latex().splitlines()[1:-1]]
    assert len(set(rows)) == len(names)
    F = imde.inverse_modified_equation(f, methods["heun2"], 1)
    heads = re.findall(r"^(\\dot.*?) =\{\}& (-.*?)(?: \+|$)", F.latex(), re.MULTILINE)
    assert len({left for left, _ in heads}) == len({right for _, right in heads}) == len(names)
    page = write_document(F, "html")
    assert (
        '<mi mathvariant="monospace" style="font-family: monospace">x_1</mi>' in page
        and '<mi mathvariant="monospace" style="font-family: monospace">alpha</mi>' in page
    )
    e, pi = sympy.symbols("e pi")
    both = VectorField({e: sympy.exp(x) * e, x: sympy.pi * pi, pi: -x})
    assert r"\dot{\mathtt{e}} &= \mathtt{e} e^{x}" in both.latex() and r"\pi \mathtt{pi}" in both.latex()


def test_a_function_keeps_its_name_in_html():
    q = sympy.Symbol("q")
    page = write_document(imde.inverse_modified_equation(VectorField({q: sympy.Function("V")(q)}), methods["heun2"], 2), "html")
    assert "<mi>V</mi>" in page and "<mi>v</mi>" not in page


def test_titles_of_plots_are_no_formulas():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    f = VectorField({x: -x}, name="$\\input{a}$ $\\nosuchcommand$")
    ax = imde.check(imde.inverse_modified_equation(f, methods["heun2"], 2), x0=[1]).plot()
    ax.figure.canvas.draw()


def test_data_with_names_of_functions_that_are_no_names_are_refused_or_harmless():
    data = json.loads(VectorField({x: sympy.Function("W")(x)}).to_json())
    for name in HOSTILE:
        data["functions"] = [name]
        with pytest.raises(imde.ImdeError):
            from_json(json.dumps(data))
