"""`derive --format`: every target of the code generator."""

from __future__ import annotations

from imde_sym import inverse_modified_equation, methods, systems
from imde_sym.cli import main
from imde_sym.cli.main import FORMATS
from imde_sym.codegen import TARGETS
from tests.rows import rows

PENDULUM = ["--system", "pendulum", "--method", "explicit_midpoint", "--order", "3"]


def test_formats_hold_every_target():
    assert set(TARGETS) <= set(FORMATS)


@rows("target", TARGETS)
def test_derive_prints_what_source_gives(target, capsys):
    assert main(["derive", *PENDULUM, "--format", target]) == 0
    F = inverse_modified_equation(systems["pendulum"], methods["explicit_midpoint"], 3)
    assert capsys.readouterr().out == F.source(target)


def test_code_that_a_language_cannot_express_is_one_line_and_exit_code_2(capsys):
    arguments = ["derive", "--equations", "x' = x*10^400", "--method", "explicit_euler", "--order", "1", "--format", "c"]
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "range" in err
