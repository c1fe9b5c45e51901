"""The code that README and docs show runs as it stands, and prints what they say it prints.

Blocks of a page run in order, in one namespace and one empty folder. A block of text marked `<!-- output -->` is what the block
before it prints; lines of shell blocks that begin with imde-sym run too. `<!-- slow -->` before a block puts it and what
follows on its page into the slow run, `<!-- not run: why -->` leaves it out. `python tests/test_documentation.py` writes the
outputs anew.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
DOCS = TOP / "docs"
NOT_WRITTEN = ("_build", "generated", "_extensions")
ELSEWHERE = {"docs/shell-stories.md"}
FIRST = {"README.md", "docs/index.md", "docs/start/one-minute.md", "docs/howto/own-field.md", "docs/howto/own-tableau.md"}
"""Pages that the default run reads; the others are slow."""
"""Pages that other tests run."""
PAGES = sorted(
    str(path.relative_to(TOP))
    for path in [TOP / "README.md", *DOCS.rglob("*.md")]
    if not set(path.parts) & set(NOT_WRITTEN) and path.parent.name != "gallery"
)
BLOCK = re.compile(r"^(?:<!-- (?P<mark>[^\n>]*) -->\n)?```(?P<kind>python|sh|text)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
IMPORT = re.compile(r"^\s*(?:import|from) +([A-Za-z_]\w*)", re.MULTILINE)


@dataclass
class Block:
    kind: str
    mark: str
    body: str
    place: tuple[int, int]
    """Where the body stands in the page."""
    line: int


def blocks_of(page: str) -> list[Block]:
    text = (TOP / page).read_text(encoding="utf-8")
    return [
        Block(m["kind"], m["mark"] or "", m["body"], m.span("body"), text[: m.start("body")].count("\n") + 1)
        for m in BLOCK.finditer(text)
    ]


def runs(block: Block) -> bool:
    if block.mark.startswith("not run") or block.mark in ("run", "test"):
        return False
    return block.kind == "python" or (block.kind == "sh" and any(lines_of(block)))


def lines_of(block: Block) -> list[str]:
    joined = block.body.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.startswith("imde-sym ")]


def run_block(block: Block, page: str, names: dict[str, object]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        if block.kind == "python":
            # line numbers of the page in tracebacks
            exec(compile("\n" * (block.line - 1) + block.body, page, "exec"), names)
        else:
            from imde_sym.cli import main

            for line in lines_of(block):
                try:
                    status = main(shlex.split(line, comments=True)[1:])
                except SystemExit as ended:  # of --help
                    status = int(ended.code or 0)
                assert not status, f"{page}: {line} ended with status {status}"
    return printed.getvalue()


def plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def until_slow(blocks: list[Block]) -> list[Block]:
    slow = next((i for i, block in enumerate(blocks) if block.mark == "slow"), len(blocks))
    return blocks[:slow]


def is_slow(page: str) -> bool:
    return any(block.mark == "slow" for block in blocks_of(page))


def missing_library(blocks: list[Block]) -> str:
    source = "\n".join(block.body for block in blocks if block.kind == "python" and runs(block))
    return next((name for name in IMPORT.findall(source) if name not in sys.modules and find_spec(name) is None), "")


def run_page(page: str, blocks: list[Block]) -> None:
    names: dict[str, object] = {"__name__": "__main__"}
    printed = ""
    for block in blocks:
        if block.mark == "output":
            assert plain(printed) == plain(block.body), f"{page}, line {block.line}: another output"
        elif runs(block):
            printed = run_block(block, page, names)


@pytest.fixture
def quiet(tmp_path, monkeypatch):
    """An empty folder, no window, and JAX as it was afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    jax = sys.modules.get("jax")
    before = jax.config.jax_enable_x64 if jax else False
    yield
    if jax := sys.modules.get("jax"):
        jax.config.update("jax_enable_x64", before)
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


RUN = [p for p in PAGES if p not in ELSEWHERE and any(map(runs, until_slow(blocks_of(p))))]


@pytest.mark.parametrize("page", [p if p in FIRST else pytest.param(p, marks=pytest.mark.slow) for p in RUN])
def test_the_code_of_a_page_runs_and_prints_what_it_says(page, quiet):
    blocks = until_slow(blocks_of(page))
    if name := missing_library(blocks):
        pytest.skip(f"{name} is not installed")
    run_page(page, blocks)


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in PAGES if is_slow(p)])
def test_the_slow_code_of_a_page_runs_too(page, quiet):
    blocks = blocks_of(page)
    if name := missing_library(blocks):
        pytest.skip(f"{name} is not installed")
    run_page(page, blocks)


def test_blocks_that_do_not_run_say_why():
    for page in PAGES:
        for block in blocks_of(page):
            if block.mark.startswith("not run"):
                assert len(block.mark) > len("not run: "), f"{page}, line {block.line}"


def test_an_output_belongs_to_code_that_runs():
    for page in PAGES:
        before = None
        for block in blocks_of(page):
            assert block.mark != "output" or (before is not None and runs(before)), f"{page}, line {block.line}"
            before = block


INLINE = re.compile(r"`((?:imde|series|learn|trees|m|t|a|F)\.[A-Za-z_][\w.]*)")


def test_names_in_the_text_of_pages_exist():
    import imde_sym as imde
    from imde_sym import series, trees

    known: dict[str, object] = {"imde": imde, "series": series, "trees": trees, "m": imde.methods["rk4"]}
    known |= {"t": imde.RootedTree("[[]]"), "a": imde.exact_series(2)}
    known["F"] = imde.inverse_modified_equation("pendulum", "explicit_euler", 1)
    if not missing_library([Block("python", "", "import jax, diffrax, equinox, optax, optimistix", (0, 0), 0)]):
        known["learn"] = imde.learn
    missing = []
    for page in PAGES:
        for dotted in INLINE.findall((TOP / page).read_text(encoding="utf-8")):
            first, *rest = dotted.rstrip(".").split(".")
            item = known.get(first)
            for name in rest if item is not None else ():
                if not hasattr(item, name):
                    missing.append(f"{page}: {dotted}")
                    break
                item = getattr(item, name)
    assert not missing, "\n".join(missing)


@pytest.fixture
def reference(monkeypatch):
    """The module that writes the pages of the reference."""
    monkeypatch.syspath_prepend(str(DOCS / "_extensions"))
    import reference_pages

    yield reference_pages
    for name in ("reference_pages", "docstrings"):
        sys.modules.pop(name, None)


def test_the_reference_has_one_entry_for_each_public_name(reference):
    pages = reference.pages()
    for room in reference.rooms():
        entries = re.findall(r"^\.\. (?:auto\w+:: imde_sym\.\w+\.|py:data:: )(\w+)$", pages[f"{room}.rst"], re.MULTILINE)
        assert entries == reference.public_names(room), room


def test_every_room_with_public_names_is_in_the_reference(reference):
    import importlib

    import imde_sym

    with_names = {m for m in imde_sym._MODULES if hasattr(importlib.import_module(f"imde_sym.{m}"), "__all__")}
    assert with_names <= {*reference.rooms()}
    entries = re.findall(r"^\.\. autofunction:: imde_sym\.(\w+)$", reference.pages()["imde_sym.rst"], re.MULTILINE)
    in_rooms = {name for room in reference.rooms() for name in reference.public_names(room)}
    assert {*imde_sym.__all__} <= {*entries} | in_rooms | {*reference.rooms()}


def test_the_version_stands_in_one_place():
    import imde_sym

    assert f"version: {imde_sym.__version__}\n" in (TOP / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## {imde_sym.__version__}" in (TOP / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "version = attr: imde_sym.__version__" in (TOP / "setup.cfg").read_text(encoding="utf-8")


NOT_TEXT = re.compile(r"^```.*?^```|^    .*?$|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!\\)\]\(([^)\s#]+)(?:#[^)]*)?\)")


def test_links_between_pages_lead_somewhere():
    lost = []
    for page in [*PAGES, "CONTRIBUTING.md", "CHANGELOG.md"]:
        targets = LINK.findall(NOT_TEXT.sub("", (TOP / page).read_text(encoding="utf-8")))
        written = [t for t in targets if "://" not in t and "generated/" not in t]
        lost += [f"{page}: {t}" for t in written if not (TOP / page).parent.joinpath(t).exists()]
    assert not lost, "\n".join(lost)


def write_outputs(page: str) -> None:
    """Run a page and put what it prints into its blocks of output."""
    path = TOP / page
    text = path.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "__main__"}
    printed, shift = "", 0
    for block in blocks_of(page):
        if block.mark == "output":
            start, end = block.place
            new = plain(printed) + "\n"
            text = text[: start + shift] + new + text[end + shift :]
            shift += len(new) - (end - start)
        elif runs(block):
            printed = run_block(block, page, names)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    import tempfile
    import time

    os.environ["MPLBACKEND"] = "Agg"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for chosen in sys.argv[1:] or [p for p in PAGES if p not in ELSEWHERE]:
            began = time.process_time()
            try:
                write_outputs(chosen)
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                print(f"{chosen}: {type(error).__name__}: {error}")
            print(f"{chosen} {time.process_time() - began:.1f} s")
