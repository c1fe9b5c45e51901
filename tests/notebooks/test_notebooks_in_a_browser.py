"""The gallery as its readers see it: exported, without a net, in light and dark, trusted and not; Debian's Chromium, driven by Playwright."""

import ast
import importlib.util
import os
import re
import shutil
from functools import cache
from pathlib import Path

import pytest

CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
nbconvert = pytest.importorskip("nbconvert")
playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")]
GALLERY = Path(__file__).parents[2] / "notebooks" / "07_gallery.ipynb"
OTHERS = """
import imde_sym as imde
from IPython.display import display
double = imde.VectorField(
    "th1' = w1; th2' = w2; w1' = -(g*(2*m1+m2)*sin(th1) + m2*g*sin(th1-2*th2) + 2*sin(th1-th2)*m2*(w2^2*l2+w1^2*l1*cos(th1-th2)))"
    "/(l1*(2*m1+m2-m2*cos(2*th1-2*th2))); w2' = 2*sin(th1-th2)*(w1^2*l1*(m1+m2)+g*(m1+m2)*cos(th1)+w2^2*l2*m2*cos(th1-th2))"
    "/(l2*(2*m1+m2-m2*cos(2*th1-2*th2)))", parameters="g m1 m2 l1 l2")
for value in (double, imde.inverse_modified_equation("lorenz", "explicit_euler", 4), imde.methods["gauss3"].stability,
              imde.methods["dopri5"], imde.methods["bdf3"], imde.methods["strang"], imde.methods["rk4"].describe(),
              imde.inverse_modified_hamiltonian("kepler", "stoermer_verlet", 4), imde.method_series("heun2", 4),
              imde.series.order_conditions(imde.method_series("rk4", 4)), imde.trees.Forest("[] [[]]"),
              imde.trees.LinearCombination({("[]", "[[]]"): "1/2"}), imde.modified_invariant("harmonic_oscillator", "explicit midpoint", 4, "energy", direction="forward")):
    display(value)
"""
"""Answers that the gallery does not show, and wide ones."""
SANITISED = """
const gone = new Set("MATH SEMANTICS ANNOTATION SVG".split(" "));
for (const node of [...document.querySelectorAll(".jp-OutputArea script, .jp-OutputArea style")]) node.remove();
for (const node of [...document.querySelectorAll(".jp-OutputArea *")].reverse()) {
  if (node.namespaceURI != "http://www.w3.org/1999/xhtml") node.replaceWith(...node.childNodes);
  else node.removeAttribute("style");
}
"""
"""What JupyterLab does with an output that it does not trust, and styles are taken away as well: other tags go, their texts stay."""
SEEN = """
() => {
  const cells = [...document.querySelectorAll(".jp-OutputArea-output")].filter((cell) => !cell.querySelector(":scope > pre"));
  const wide = [], formulas = [];
  for (const cell of cells) {
    const room = cell.getBoundingClientRect().right + 1;
    const found = [...cell.querySelectorAll("math, mjx-container, .MathJax")].filter((node) => !node.parentElement.closest(".MathJax"));
    for (const node of [...found, ...cell.querySelectorAll("table, img")])
      if (node.checkVisibility() && node.getBoundingClientRect().right > room) wide.push(node.outerHTML.slice(0, 300));
    formulas.push(...found.filter((node) => node.checkVisibility()));
  }
  const shown = formulas.map((node) => node.getBoundingClientRect()).filter((box) => box.width > 2 && box.height > 2);
  return {
    wide, formulas: shown.length, text: cells.map((cell) => cell.innerText).join("\\n"),
    errors: document.querySelectorAll("mjx-merror, .MathJax_Error, .merror").length,
    colours: [...new Set(formulas.map((node) => getComputedStyle(node).color))],
  };
}
"""
MATHJAX = "https://mathjax.test/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full,Safe"
FONTS = 'window.MathJax = {"HTML-CSS": {availableFonts: [], imageFont: null, preferredFont: null, webFont: "STIX-Web"}}'
"""Those that notebooks ship with MathJax."""
LATEX = re.compile(r"\$|\\(frac|begin|left|displaystyle|mathcal)")


@cache
def mathjax():
    """The folder of a MathJax that is installed, else None."""
    found = importlib.util.find_spec("jupyter_server_mathjax")
    return None if found is None or found.origin is None else Path(found.origin).parent / "static"


def only_draws(cell):
    """Whether a cell makes nothing but a picture, which is kept: that the gallery runs is another test."""
    return (
        cell.cell_type == "code"
        and all(isinstance(line, ast.Expr) for line in ast.parse(cell.source).body)
        and any(output.get("data", {}).keys() & {"image/png", "image/gif"} for output in cell.outputs)
    )


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    read = nbformat.read(GALLERY, as_version=4)
    read.cells.append(nbformat.v4.new_code_cell(OTHERS))
    run = nbformat.v4.new_notebook(cells=[c for c in read.cells if not only_draws(c)], metadata=read.metadata)
    folder = tmp_path_factory.mktemp("gallery")
    nbclient.NotebookClient(run, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    return read


@pytest.fixture(scope="module")
def pages(notebook, browser, tmp_path_factory):
    """A folder with light.html, dark.html and untrusted.html."""
    folder = tmp_path_factory.mktemp("pages")
    for theme in ("light", "dark"):
        exporter = nbconvert.HTMLExporter(theme=theme, embed_images=True, mathjax_url=MATHJAX)
        folder.joinpath(f"{theme}.html").write_text(exporter.from_notebook_node(notebook)[0], encoding="utf-8")
    page = opened(browser, folder / "light.html")
    page.evaluate(SANITISED)
    folder.joinpath("untrusted.html").write_text(page.content(), encoding="utf-8")
    page.close()
    return folder


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser, path, script=None):
    """A tab with a page; script: the folder of a MathJax for it. Nothing else comes from the net."""
    page = browser.new_page(viewport={"width": 1200, "height": 800})

    def answer(route):
        folder, _, name = route.request.url.partition("?")[0].rpartition("mathjax.test/")
        if script is not None and folder and (script / name).is_file():
            route.fulfill(path=script / name)
        else:
            route.abort()

    page.add_init_script(FONTS)
    page.route(re.compile("^https?:"), answer)
    page.goto(path.as_uri(), wait_until="load")
    if script is not None:
        page.wait_for_function("window.MathJax && MathJax.Hub && MathJax.isReady", timeout=60_000)
        page.evaluate("new Promise((done) => MathJax.Hub.Queue(['Typeset', MathJax.Hub], done))")
    return page


def seen(browser, path, script=None):
    """What a page shows."""
    page = opened(browser, path, script)
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{path.stem}{'' if script is None else '-mathjax'}.png", full_page=True)
    found = page.evaluate(SEEN)
    page.close()
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_exported_notebook_shows_formulas_without_a_script(pages, browser, theme):
    found = seen(browser, pages / f"{theme}.html")
    assert found["wide"] == [] and found["errors"] == 0
    assert found["formulas"] > 60
    assert LATEX.findall(found["text"]) == []
    brightness = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in found["colours"]]
    assert all(b < 380 if theme == "light" else b > 380 for b in brightness)


def test_where_mathml_is_taken_away_each_formula_is_there_once_as_latex(pages, browser):
    """That is what MathJax finds in an untrusted notebook; no remains of MathML stand beside it."""
    bare, full = seen(browser, pages / "untrusted.html"), seen(browser, pages / "light.html")
    assert bare["formulas"] == 0 and bare["errors"] == 0 and bare["wide"] == []
    formulas = re.findall(r"\$[^$]+\$|\\begin\{align\*\}.*?\\end\{align\*\}", bare["text"], re.DOTALL)
    assert len(formulas) == full["formulas"]
    rest = bare["text"]
    for formula in formulas:
        rest = rest.replace(formula, "", 1)
    assert not re.search("[𝒪̇−⁡]", rest)


@pytest.mark.skipif(mathjax() is None, reason="needs jupyter_server_mathjax")
@pytest.mark.parametrize("page", ["light", "untrusted"])
def test_mathjax_shows_each_formula_once_and_finds_no_error(pages, browser, page):
    found = seen(browser, pages / f"{page}.html", mathjax())
    assert found["errors"] == 0 and found["wide"] == []
    assert LATEX.findall(found["text"]) == []
    assert found["formulas"] == seen(browser, pages / "light.html")["formulas"]
