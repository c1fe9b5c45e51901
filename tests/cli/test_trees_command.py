"""`imde-sym trees`: listings and pictures of trees."""

import xml.etree.ElementTree as ET

import pytest

from imde_sym import count_rooted_trees
from imde_sym.cli import main
from tests.rows import rows


@pytest.mark.parametrize(("order", "colors"), [(5, 1), (3, 2), (2, 12)])
def test_every_format_shows_every_tree(order, colors, capsys):
    n = count_rooted_trees(order, colors)
    shown = {}
    for format in ("text", "svg", "tikz", "forest", "latex"):
        assert main(["trees", "--order", str(order), "--colors", str(colors), "--format", format]) == 0
        shown[format] = capsys.readouterr().out
    assert shown["text"].count("symmetry") == len(shown["text"].splitlines()) == n
    assert len(ET.fromstring(shown["svg"]).findall("{http://www.w3.org/2000/svg}g")) == n
    assert shown["tikz"].count(r"\end{tikzpicture}") == shown["tikz"].count("% [") == n
    assert shown["forest"].count(r"\end{forest}") == n
    assert shown["latex"].count(r"\sum") == n and ("^{[0]}" in shown["latex"]) == (colors > 1)


def test_drawings_have_the_root_at_the_bottom(capsys):
    assert main(["trees", "--order", "3", "--draw"]) == 0
    assert "●   ●\n└─┬─┘\n  ●\n" in capsys.readouterr().out


@rows(
    "arguments, culprit",
    [
        (["--order", "3", "--colors", "0"], "colours"),
        (["--order", "3", "--colors", "-1"], "colours"),
        (["--order", "3", "--colors", "101"], "101"),
        (["--order", "3", "--colors", "two"], "--colors"),
        (["--order", "20", "--colors", "9"], "GiB"),
        (["--order", "12", "--format", "svg"], "2000"),
    ],
)
def test_absurd_values_are_one_line_and_exit_code_2(arguments, culprit, capsys):
    assert main(["trees", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and culprit in err
