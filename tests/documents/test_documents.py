"""Documents: what they hold, that LaTeX compiles, that HTML is well-formed, that odd text does no harm."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import sympy

import imde_sym as imde
from imde_sym import learn, series, trees
from imde_sym.base.errors import UnknownNameError
from imde_sym.cli import main
from imde_sym.documents import FORMATS, write_document
from imde_sym.documents.latex import escape
from tests.rows import rows


def equation(system="pendulum", method="explicit_midpoint", order=3, direction="inverse"):
    build = imde.inverse_modified_equation if direction == "inverse" else imde.modified_equation
    return build(imde.systems[system], imde.methods[method], order)


@pytest.mark.parametrize("format", FORMATS)
def test_a_document_holds_system_method_equation_trees_and_check(format):
    text = write_document(equation(), format)
    for heading in ("System", "Method", "Inverse modified equation", "elementary differentials", "Trees", "Check against"):
        assert heading in text
    assert "agree with the theory" in text
    assert "3.529e-09" in text or r"3.529 \cdot 10^{-9}" in text  # the README's table


def test_an_unknown_format_names_the_nearest():
    with pytest.raises(UnknownNameError, match="markdown"):
        write_document(equation(order=1), "markdwon")


def test_a_field_with_free_parameters_says_why_it_was_not_checked():
    f = imde.VectorField.parse("x' = a*x - x**3", parameters=["a"])
    text = write_document(imde.inverse_modified_equation(f, imde.methods["explicit_euler"], 3), "markdown")
    assert "Not checked against trajectories" in text and "parameter a has no value" in text


def test_html_is_well_formed_and_its_formulas_are_mathml():
    page = write_document(equation("lorenz", "heun2", 3, "forward"), "html")
    root = ET.fromstring(re.sub(r"&[A-Z]\w+;", " ", page.partition("\n")[2]))  # HTML's names of signs are not XML's
    assert len(root.findall(".//math[@display='block']")) == 4 and len(root.findall(".//table")) == 2
    shown = re.sub(r"<annotation.*?</annotation>", "", page, flags=re.DOTALL)
    assert (
        "\\" not in shown and "$" not in shown and "<script" not in page and "http" not in page.replace("http://www.w3.org", "")
    )


@pytest.mark.parametrize(("format", "harmful"), [("markdown", "<script>"), ("html", "<script>"), ("latex-document", r"\input{")])
def test_names_with_signs_of_the_language_do_not_break_out(format, harmful):
    x = sympy.Symbol("x")
    f = imde.VectorField({x: -x}, name="<script>alert(1)</script> \\input{/etc/passwd} $")
    text = write_document(imde.inverse_modified_equation(f, imde.methods["heun2"], 2), format)
    assert harmful not in text.replace("\\<", "")


def test_plain_text_is_escaped_for_latex():
    assert escape("a_b & 5% #1 $x$ {y} \\z ~ ^") == (
        r"a\_b \& 5\% \#1 \$x\$ \{y\} \textbackslash{}z \textasciitilde{} \textasciicircum{}"
    )
    assert escape("σ ≥ 漢") == r"$\sigma$ $\geq$ ?"


def test_the_command_line_writes_documents(capsys):
    command = ["derive", "--system", "pendulum", "--method", "heun2", "--order", "3"]
    assert main([*command, "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("# Inverse modified equation of pendulum")


NAMES = ["λ", "ψ_1", "x'", "a%b", "y{", "#", "$", "a&b", "x~", "x\\", "日", "über", "x y", r"\tilde{x}", r"\input{/etc/passwd}"]
needs_pdflatex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


def compiled(text, folder):
    """What pdflatex says of a document."""
    (folder / "document.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=60)
    assert run.returncode == 0, run.stdout[-2000:]
    return run.stdout


@needs_pdflatex
def test_the_latex_document_compiles_whatever_the_symbols_are_called(tmp_path):
    symbols = [sympy.Symbol(n) for n in NAMES]
    f = imde.VectorField(symbols, [a * b - sympy.Symbol("Δ_0") for a, b in zip(symbols, symbols[1:] + symbols[:1])])
    said = compiled(write_document(imde.inverse_modified_equation(f, imde.methods["heun2"], 3)), tmp_path)
    assert "passwd)" not in said and "(/etc" not in said


def invariant(method="explicit midpoint"):
    return imde.modified_invariant("harmonic_oscillator", method, 4, "energy", direction="forward")


def walk(batch=()):
    return imde.integrate("rk4", "pendulum", np.full((*batch, 2), 0.5), 0.1, 60, dense=True)


ABOUT = {
    "equation": equation,
    "long equation": lambda: equation("lorenz", "explicit_midpoint", 4),
    "equation in roots": lambda: equation("kepler", "gauss2", 3, "forward"),
    "field": lambda: imde.systems["kepler"],
    "method": lambda: imde.methods["dopri5"],
    "multistep method": lambda: imde.methods["adams_bashforth_4"],
    "splitting": lambda: imde.methods["strang"],
    "exponential method": lambda: imde.methods["etdrk4"],
    "series": lambda: imde.inverse_modified_series("rk4", 4),
    "Hamiltonian": lambda: imde.modified_hamiltonian("kepler", "implicit_midpoint", 5),
    "Lagrangian": lambda: imde.modified_lagrangian("harmonic_oscillator", "stormer_verlet", 4),
    "conservation": lambda: imde.conserved(equation("kepler"), "energy"),
    "divergence": lambda: imde.divergence(equation("lorenz")),
    "modified invariant": invariant,
    "structure": lambda: imde.structure_report("kepler", "explicit_midpoint", 4),
    "reversibility": lambda: imde.reversibility("pendulum", "explicit_midpoint", 3),
    "linearisation": lambda: imde.linearisation("pendulum", "explicit_midpoint", 3),
    "comparison": lambda: imde.compare(["rk4", "euler", "gauss2"]),
    "table of methods": lambda: imde.methods.table(imde.methods.search(order=4)[:30]),
    "description": lambda: imde.methods["gauss2"].describe(),
    "citation": lambda: imde.cite("dop853"),
    "catalogue of systems": lambda: imde.systems,
    "check": lambda: imde.check(equation("pendulum", "heun2", 3)),
    "prediction": lambda: imde.predict("pendulum", "euler", [0.02, 0.04], order=4, samples=50),
    "bound": lambda: imde.bound("harmonic_oscillator", "explicit_euler", 0.02, order=4),
    "audit": lambda: imde.audit("y**2 + h*y**3/3", "y' = y**2", "euler"),
    "long run": lambda: imde.long_run(invariant(), steps=[0.2, 0.1, 0.05], time=20),
    "trajectory": walk,
    "batch of trajectories": lambda: walk((7,)),
    "tree": lambda: imde.RootedTree("[[],[[]]]"),
    "trees": lambda: list(imde.rooted_trees(5)),
    "gallery with labels": lambda: trees.Gallery(["[]", "[[]]"], ["one", "two"]),
    "forest": lambda: trees.Forest("[] [] [[]]"),
    "coproduct": lambda: trees.coproduct(imde.RootedTree("[[],[[]]]")),
    "stability function": lambda: imde.methods["gauss3"].stability,
    "conditions": lambda: series.order_conditions(imde.method_series("rk4", 4)),
    "error coefficients": lambda: series.error_coefficients(imde.method_series("heun2", 3)),
    "expression": lambda: equation(order=5)["p"],
    "explanation": lambda: learn.Explanation("n", "rk4", 0.1, 1, 100, 0.2, 0.01, 0.03, 7, 4, "", "", {"rk4": 0.2}),
    "fit": lambda: learn.CoefficientFit({"k": -1.0}, {"k": 0.01}, {"k": -0.9}, 0.1, imde.VectorField("x' = k*x", parameters="k"), "euler", 0.1),
    "comparison of a model": lambda: learn.Comparison("pendulum", 0.1, 100, (0.2, 0.01), (0.0, 0.2), (0.2, 0.01), 0.2),
    "overfit curve": lambda: learn.OverfitCurve("Euler", 0.2, (0.1, 0.2), {"Euler": (0.05, 1e-9)}, {"Euler": (0.05, 1e-9)}, 1e-9, "the field"),
    "study": lambda: learn.Study({"T": [0.1, 0.2]}, sum, name="not run"),
    "several": lambda: [equation("pendulum", "rk4", 5), imde.rooted_trees(3), imde.systems["lorenz"], imde.methods["gauss3"]],
}  # fmt: skip
"""One of every kind of answer."""


QUICK = {"equation", "bound", "audit", "batch of trajectories", "trees", "coproduct", "citation", "fit", "study", "expression"}


@pytest.mark.parametrize("about", [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in ABOUT])
def test_every_answer_has_a_document_in_every_format(about):
    value = ABOUT[about]()
    assert len(write_document(value)) > 300 and len(write_document(value, "markdown")) > 10
    page = write_document(value, "html")
    ET.fromstring(page.partition("\n")[2])
    assert "<h1>" in page or "<pre>" in page or "<math" in page
    assert "\\" not in re.sub(r"<annotation.*?</annotation>|<pre>.*?</pre>", "", page, flags=re.DOTALL)


@pytest.mark.slow
@needs_pdflatex
def test_latex_of_every_answer_compiles_without_an_overfull_line(tmp_path):
    text = write_document([make() for make in ABOUT.values()])
    assert not re.findall(r"Overfull \\hbox.*", compiled(text, tmp_path))


@needs_pdflatex
def test_a_document_becomes_a_pdf(tmp_path):
    text = write_document(imde.methods["rk4"], path=tmp_path / "rk4.pdf")
    assert text.startswith(r"\documentclass") and (tmp_path / "rk4.pdf").read_bytes()[:5] == b"%PDF-"


def test_the_ending_of_a_file_tells_its_format(tmp_path, monkeypatch):
    text = write_document(imde.methods["rk4"], path=tmp_path / "rk4.html")
    assert (tmp_path / "rk4.html").read_text(encoding="utf-8") == text and text.startswith("<!doctype html>")
    for path, format, said in (
        ("a.doc", None, ".pdf"),
        ("a.md", "html", "markdown"),
        ("no/such/folder.md", None, "cannot write"),
    ):
        with pytest.raises(imde.ImdeError, match=said):
            write_document(imde.methods["rk4"], format, path=tmp_path / path)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(imde.ImdeError, match="needs pdflatex"):
        write_document(imde.methods["rk4"], path=tmp_path / "rk4.pdf")


def test_formulas_below_a_table_are_typeset_and_long_text_has_lines_of_its_own():
    found = write_document(ABOUT["prediction"]())
    assert r"p: - 5 p \cos{\left(q \right)}" in found
    assert r"\linewidth}" in write_document(ABOUT["bound"]()) and "resizebox" not in write_document(ABOUT["bound"]())


def test_a_table_of_many_columns_and_few_lines_is_turned():
    text = write_document(imde.compare(["rk4", "euler"]))
    assert "resizebox" not in text and re.search(r"symmetric\}\$ & .*no.* & .*no", text)


def test_pictures_of_trees_are_in_the_page():
    page = write_document(list(imde.rooted_trees(3)), "html")
    assert page.count("<svg") == 2 and "<math" in page


def test_what_has_no_document_is_refused_by_its_name():
    for value in (3, "pendulum", imde.integrate("rk4", "x' = -x", [1.0], 0.1, 2)):
        with pytest.raises(imde.ImdeError, match=r"structure reports.*trajectories.*dense=True"):
            write_document(value, "html")


@rows(
    "latex, expected",
    [
        (r"\frac{1}{2} x_{1}^{2}", "<mfrac><mn>1</mn><mn>2</mn></mfrac><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>"),
        (
            r"\dot{q}_{1} = f''(q)",
            '<mover accent="true"><mi>q</mi><mo>˙</mo></mover><mn>1</mn></msub><mo>=</mo>'
            '<mrow><mi>f</mi><mo lspace="0" rspace="0">′′</mo></mrow>',
        ),
        (
            r"f_{2}' + f'^{2}",
            '<msub><mrow><mi>f</mi><mo lspace="0" rspace="0">′</mo></mrow><mn>2</mn></msub><mo>+</mo><msup><mrow>',
        ),
        (r"\frac12 x^10", "<mfrac><mn>1</mn><mn>2</mn></mfrac><msup><mi>x</mi><mn>1</mn></msup><mn>0</mn>"),
        (r"T/S", '<mi>T</mi><mo lspace="0" rspace="0">/</mo><mi>S</mi>'),
        (r"\sin q", '<mi>sin</mi></mrow><mspace width="0.17em"></mspace></mrow><mi>q</mi>'),
        (r"\sin^{2}{\left(q\right)}", "<mi>sin</mi></mrow><mn>2</mn></msup><mrow><mo"),
        (r"\sqrt[3]{a}\left(b\right)", '</mroot><mrow><mo stretchy="false" lspace="0" rspace="0">(</mo><mi>b</mi>'),
        (r"\left(\frac{a}{b}\right)", '<mrow><mo stretchy="true" lspace="0" rspace="0">(</mo><mfrac>'),
        (r"a = -b - c", '<mo>=</mo><mo form="prefix">−</mo><mi>b</mi><mo>−</mo><mi>c</mi>'),
        (r"\bigl(a\bigr) + b", ">)</mo><mo>+</mo><mi>b</mi>"),
        (r"\mathcal{O}(h)", '<mi mathvariant="normal">𝒪</mi>'),
        (r"\mathbb{R} \mathfrak{C} \boldsymbol{\alpha}", '>ℝ</mi><mi mathvariant="normal">ℭ</mi><mi mathvariant="normal">𝛂</mi>'),
        (r"\int\limits_{0}^{1} x", "<msubsup><mo>∫</mo><mn>0</mn><mn>1</mn></msubsup>"),
        (r"\sum_{i} b_{i}", "<munderover><mo>∑</mo><mi>i</mi><mrow></mrow></munderover>"),
        (r"\left\lfloor x\right\rfloor", ">⌊</mo><mi>x</mi>"),
        (r"\text{if } x \leq \unknown", "<mtext>if </mtext><mi>x</mi><mo>≤</mo><mtext>\\unknown</mtext>"),
        (r"a } b", "<mtext>}</mtext>"),
    ],
)
def test_latex_becomes_mathml(latex, expected):
    from imde_sym.base.mathml import mathml

    found = mathml(latex)
    ET.fromstring(found)
    assert expected in found


def test_documents_say_the_verdicts():
    found = imde.modified_invariant("harmonic_oscillator", "explicit midpoint", 4, "energy", direction="forward")
    said = {
        "the claimed term is 1/3 times the right one": imde.audit("y**2 + h*y**3/3", "y' = y**2", "euler"),
        "RIGHT: every judged term": imde.audit("y**2 + h*y**3", "y' = y**2", "euler"),
        "confirmed: I deviates": imde.long_run(found, steps=[0.2, 0.1, 0.05], time=20),
        "Holds up to": imde.reversibility("pendulum", "explicit_midpoint", 3),
        "Kept.": imde.linearisation("pendulum", "explicit_midpoint", 3),
    }
    for words, value in said.items():
        assert all(words in write_document(value, format) for format in FORMATS)
