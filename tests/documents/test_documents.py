"""Documents: what they hold, that LaTeX compiles, that HTML is well-formed, that odd text does no harm."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
import sympy

import imde_sym as imde
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
    page = write_document(equation("lorenz", "rk4", 5, "forward"), "html")
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


LONG = [("lorenz", "explicit_midpoint", 4), ("kepler", "gauss2", 5)]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("case", [("pendulum", "rk4", 5), *(pytest.param(case, marks=pytest.mark.slow) for case in LONG)])
def test_the_latex_document_compiles_without_an_overfull_line(case, tmp_path):
    (tmp_path / "document.tex").write_text(write_document(equation(*case)), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=60)
    assert run.returncode == 0, run.stdout[-2000:]
    assert not re.findall(r"Overfull \\hbox \(\d{2,}", run.stdout)
    assert (tmp_path / "document.pdf").stat().st_size > 10_000


def test_the_command_line_writes_documents(capsys):
    command = ["derive", "--system", "pendulum", "--method", "heun2", "--order", "3"]
    assert main([*command, "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("# Inverse modified equation of pendulum")


NAMES = ["λ", "ψ_1", "x'", "a%b", "y{", "#", "$", "a&b", "x~", "x\\", "日", "über", "x y", r"\tilde{x}", r"\input{/etc/passwd}"]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_the_latex_document_compiles_whatever_the_symbols_are_called(tmp_path):
    symbols = [sympy.Symbol(n) for n in NAMES]
    f = imde.VectorField(symbols, [a * b - sympy.Symbol("Δ_0") for a, b in zip(symbols, symbols[1:] + symbols[:1])])
    text = write_document(imde.inverse_modified_equation(f, imde.methods["heun2"], 3))
    (tmp_path / "document.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=60)
    assert run.returncode == 0 and "passwd)" not in run.stdout and "(/etc" not in run.stdout


ABOUT = {
    "series": lambda: imde.inverse_modified_series("rk4", 4),
    "Hamiltonian": lambda: imde.modified_hamiltonian("kepler", "implicit_midpoint", 5),
    "structure": lambda: imde.structure_report("kepler", "explicit_midpoint", 4),
    "comparison": lambda: imde.compare(["rk4", "euler", "gauss2"]),
    "check": lambda: imde.check(equation("pendulum", "heun2", 3)),
    "several": lambda: [equation("pendulum", "rk4", 5), imde.systems["lorenz"], imde.methods["gauss3"], imde.methods["strang"]],
}


@pytest.mark.parametrize("about", ABOUT)
def test_other_values_have_documents_too(about):
    value = ABOUT[about]()
    for format in FORMATS:
        assert len(write_document(value, format)) > 300
    page = write_document(value, "html")
    ET.fromstring(page.partition("\n")[2])
    assert "<math" in page and "\\" not in re.sub(r"<annotation.*?</annotation>", "", page, flags=re.DOTALL)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("about", ABOUT)
def test_their_latex_compiles_without_an_overfull_line(about, tmp_path):
    (tmp_path / "document.tex").write_text(write_document(ABOUT[about]()), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=60)
    assert run.returncode == 0, run.stdout[-2000:]
    assert not re.findall(r"Overfull \\hbox \(\d{2,}", run.stdout)


def test_what_has_no_document_is_refused_by_its_name():
    with pytest.raises(imde.ImdeError, match="structure reports"):
        write_document(3, "html")


@rows(
    "latex, expected",
    [
        (r"\frac{1}{2} x_{1}^{2}", "<mfrac><mn>1</mn><mn>2</mn></mfrac><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>"),
        (
            r"\dot{q}_{1} = f''(q)",
            '<mover accent="true"><mi>q</mi><mo>˙</mo></mover><mn>1</mn></msub><mo>=</mo><msup><mi>f</mi><mo>′′</mo></msup>',
        ),
        (r"\sqrt[3]{a}\left(b\right)", '<mroot><mi>a</mi><mn>3</mn></mroot><mrow><mo stretchy="true">(</mo><mi>b</mi>'),
        (r"\text{if } x \leq \unknown", "<mtext>if </mtext><mi>x</mi><mo>≤</mo><mtext>\\unknown</mtext>"),
        (r"a } b", "<mtext>}</mtext>"),
    ],
)
def test_latex_becomes_mathml(latex, expected):
    from imde_sym.documents.mathml import mathml

    found = mathml(latex)
    ET.fromstring(found)
    assert expected in found


@pytest.mark.parametrize("format", ["latex-document", "markdown", "html"])
def test_audits_long_runs_and_verdicts_have_documents(format):
    found = imde.modified_invariant("harmonic_oscillator", "explicit midpoint", 4, "energy", direction="forward")
    said = {
        "the claimed term is 1/3 times the right one": imde.audit("y**2 + h*y**3/3", "y' = y**2", "euler"),
        "RIGHT: every judged term": imde.audit("y**2 + h*y**3", "y' = y**2", "euler"),
        "confirmed: I deviates": imde.long_run(found, steps=[0.2, 0.1, 0.05], time=20),
        "Holds up to": imde.reversibility("pendulum", "explicit_midpoint", 3),
        "Kept.": imde.linearisation("pendulum", "explicit_midpoint", 3),
    }
    for words, value in said.items():
        assert words in imde.write_document(value, format)
