"""LaTeX of symbols: Greek letters, signs of the language, markup that users mean, commands that nobody means."""

import sympy

from imde_sym.expressions import latex
from tests.rows import rows


@rows(
    "name, text",
    [
        ("x", "x"),
        ("q_1", "q_{1}"),
        ("x'", "x'"),
        ("alpha", r"\alpha"),
        ("λ", r"\lambda"),
        ("ψ_1", r"\psi_{1}"),
        ("Δt", r"\Delta t"),
        ("Β", r"\mathrm{B}"),
        ("αβ", r"\alpha \beta"),
        ("∂", r"\partial"),
        ("über", r"\text{ü}ber"),
        ("日", r"\mathtt{U65E5}"),
        ("50%", r"50\%"),
        ("a&b#$", r"a\&b\#\$"),
        ("y{", r"y\{"),
        (r"\tilde{x}_1", r"\tilde{x}_1"),
        (r"\mathbf{q}", r"\mathbf{q}"),
        (r"\input{/etc/passwd}", r"\backslash input\{/etc/passwd\}"),
        (r"\write18{ls}", r"\backslash write18\{ls\}"),
        (r"\alpha}\input{x}", r"\backslash alpha\}\backslash input\{x\}"),
    ],
)
def test_names_in_latex(name, text):
    assert latex(sympy.Symbol(name)) == text


def test_other_parts_of_a_formula_are_sympys():
    e = sympy.sin(sympy.Symbol("x")) ** 2 / sympy.Symbol("y_1") + sympy.Function("V")(sympy.Symbol("q"))
    assert latex(e) == sympy.latex(e)
