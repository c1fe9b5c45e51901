"""All that can be asked of one modified field at once: Hamiltonian, invariants, volume, reversibility."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from textwrap import fill
from typing import Any

import sympy

from ..base.arguments import checked
from ..base.errors import FieldError
from ..base.pictures import Pictured
from ..base.tables import Cell, Table, Tabled
from ..base.typeset import SENTENCE, cut
from ..base.values import ReadOnly, Stored, reads
from ..equations.asking import of_equation
from ..equations.modified import ModifiedField
from .expansion import Expansion
from .hamiltonian import MADE_OF_ITS_ENERGY, ModifiedHamiltonian, build_hamiltonian
from .invariants import Conservation, Divergence, conserved, divergence
from .modified_invariants import ModifiedInvariant, modified_invariant
from .obstruction import NoHamiltonianError
from .reversal import Reversibility, reversibility

WIDTH = 120
"""Longer lines are wrapped."""


class StructureReport(Pictured, Stored, Tabled):
    """What a modified field keeps of the field's structure; `str()` gives one line for each answer.

    hamiltonian : a ModifiedHamiltonian; a NoHamiltonianError, which names the obstruction; or, where the question
                  makes no sense, a FieldError that says why
    invariants  : a Conservation for each known invariant of the field and each one that was asked for
    long_run    : for those that the field itself keeps and the modified one does not, whether they only oscillate or drift: a
                  ModifiedInvariant, or the FieldError that says why there is no answer. Worked out when it is first read
    volume      : a Divergence;  reversible : a Reversibility, or None where no involution is known

    >>> from imde_sym import methods, structure_report, systems
    >>> report = structure_report((systems["pendulum"], methods["implicit_midpoint"], 3))
    >>> report.volume.holds, report.reversible.holds, list(report.invariants)
    (True, True, ['energy'])
    >>> StructureReport.from_dict(report.to_dict()) == report
    True
    >>> structure_report("pendulum", "explicit_midpoint", 4, direction="forward").long_run["energy"].verdict
    'energy oscillates by O(h^2), drifts at h^3'
    >>> print(report.table().splitlines()[0].split()[0])
    inverse
    """

    form = "imde_sym/structure_report"
    view = "plot_structure"

    def __init__(
        self,
        equation: ModifiedField,
        hamiltonian: ModifiedHamiltonian | FieldError,
        invariants: Mapping[str, Conservation],
        volume: Divergence,
        reversible: Reversibility | None,
    ):
        self.equation, self.hamiltonian, self.invariants = equation, hamiltonian, dict(invariants)
        self.volume, self.reversible = volume, reversible
        self._freeze()

    @cached_property
    def long_run(self) -> Mapping[str, ModifiedInvariant | FieldError]:
        """What becomes of the invariants that fail."""
        found: dict[str, ModifiedInvariant | FieldError] = {}
        for name, rate in self.invariants.items():
            if rate.first_failure:  # neither kept, nor no invariant of the field itself
                try:
                    known = name if name in self.equation.field.invariants else rate.invariant
                    found[name] = modified_invariant(self.equation, known)
                except FieldError as error:
                    found[name] = error
        return ReadOnly(found)

    def __str__(self) -> str:
        found = self.hamiltonian
        text = found.to_text(width=None) if isinstance(found, ModifiedHamiltonian) else _why_not(found)
        hamiltonian = cut(text, "report.hamiltonian is all of it", 5 * SENTENCE).replace("no Hamiltonian: ", "none: ", 1)
        lines = [repr(self.equation)[1:-1], f"Hamiltonian: {hamiltonian}"]
        volume, kept = self.volume, f"kept up to {self.volume.step}^{self.volume.order - 1}"
        for name, rate in self.invariants.items():
            lines.append(f"invariant {name}: {rate.verdict}")
            if name in self.long_run:
                lines.append(f"in the long run {_in_the_long_run(name, self.long_run[name])}")
        change = cut(volume.to_text(width=None), "report.volume is all of it", 3 * SENTENCE)
        lines.append(f"volume: {change if volume.shown else kept}")
        if self.reversible is not None:
            lines.append(f"reversibility: {self.reversible.verdict}")
        return "\n".join(fill(line, WIDTH, subsequent_indent="    ", break_long_words=False) for line in lines)

    def table(self) -> Table:
        """A line for each question: what is asked, whether it holds as far as the equation goes, the answer."""
        rows: list[dict[str, Any]] = []

        def answer(question: str, holds: bool | None, verdict: str, found: Expansion | None = None, name: str = "") -> None:
            shown = found.displayed() if found is not None and found.shown else ""
            rows.append({"question": name or question, "holds": holds, "answer": Cell(verdict, verdict, shown)})

        H, volume = self.hamiltonian, self.volume
        if isinstance(H, ModifiedHamiltonian):
            answer("Hamiltonian", True, H.to_text(width=None), H)
        else:
            answer(
                "Hamiltonian",
                False if isinstance(H, NoHamiltonianError) else None,
                cut(_why_not(H), "report.hamiltonian is all of it"),
            )
        for name, c in self.invariants.items():
            answer(f"invariant {name}", c.holds, c.verdict, None if c.holds else c)
            if (run := self.long_run.get(name)) is not None:
                answer(f"{name} in the long run", getattr(run, "holds", None), _in_the_long_run(name, run))
        answer("volume", volume.holds, volume.verdict, None if volume.holds else volume)
        if (found := self.reversible) is not None:
            answer("reversibility", found.holds, found.verdict)
        return Table.of(rows, ("question", "holds", "answer"), caption=repr(self.equation)[1:-1], text=str(self))

    def __repr__(self) -> str:
        return f"<structure of {repr(self.equation)[1:-1]}>"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        H = self.hamiltonian
        F = self.equation
        data = self.head | {"equation": repr(F)[1:-1], "order": F.order, "modified_field": F.to_dict()}
        if isinstance(H, ModifiedHamiltonian):
            data["hamiltonian"] = [str(t) for t in H.terms]
        else:
            data["no_hamiltonian"] = str(H)
            if isinstance(H, NoHamiltonianError):
                data["obstruction"] = H.obstruction.to_dict()
        data["invariants"] = {name: {"invariant": F.write(c.invariant), **c.answers} for name, c in self.invariants.items()}
        data["divergence"] = [str(t) for t in self.volume.terms]
        if self.reversible is not None:
            rho = [[F.write(e) for e in row] for row in self.reversible.rho.tolist()]
            found = self.reversible
            data["reversible"] = {"rho": rho, "holds": found.holds, "first_failure": found.first_failure}
        return data

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> StructureReport:
        """Inverse of `to_dict`: the questions are asked again."""
        F = ModifiedField.from_dict(data["modified_field"])
        asked = {str(name): F.read(c["invariant"]) for name, c in data["invariants"].items()}
        rho = [[F.read(e) for e in row] for row in data["reversible"]["rho"]] if "reversible" in data else None
        return _report(F, {name: conserved(e, F) for name, e in asked.items()}, rho)


def _why_not(found: FieldError) -> str:
    """Why there is no Hamiltonian."""
    return str(found).removesuffix(MADE_OF_ITS_ENERGY)


def _in_the_long_run(name: str, found: ModifiedInvariant | FieldError) -> str:
    return found.verdict if isinstance(found, ModifiedInvariant) else f"{name}: no answer, for {found}"


@of_equation
@checked
def structure_report(
    F: ModifiedField,
    invariants: Iterable[sympy.Expr | str] = (),
    rho: Sequence[Any] | Mapping[Any, Any] | sympy.Matrix | None = None,
) -> StructureReport:
    """Ask everything of F that has an answer.

    F          : the equation; or field, method and order in its place, with direction="forward" where that is meant
    invariants : further invariants to ask for, beside those that the field knows
    rho        : as for `reversibility`
    Raises FieldError for invariants in unknown symbols and for a rho that is no involution.

    >>> from imde_sym import methods, systems
    >>> print(structure_report((systems["rigid_body"], methods["implicit_midpoint"], 3)))
    inverse modified field of rigid_body under Implicit midpoint rule (Gauss, 1 stage), order 3
    Hamiltonian: none: the first obstruction under Implicit midpoint rule (Gauss, 1 stage) is at h^2. The term is y1:
        y2*y3*(2*y1**2 - y2**2 + 2*y3**2)/96; y2: -y1*y3*(2*y1**2 - y2**2 + 2*y3**2)/48; y3: y1*y2*(2*y1**2 - y2**2 +
        2*y3**2)/96; Df B + B Df^T - f·∇B has at (y1, y2) the entry -y1*y2*y3**2/8
    invariant energy: holds up to h^2
    invariant casimir: holds up to h^2
    volume: div f_h = h^2*(y1*y2*y3/8) + O(h^3)
    """
    asked = {str(i): conserved(i, F) for i in (*F.field.invariants, *invariants)}
    structure = F.field.structure
    if rho is None and structure is not None and structure.p:
        rho = dict.fromkeys(structure.p, -1)
    return _report(F, asked, rho)


def _report(F: ModifiedField, asked: Mapping[str, Conservation], rho: Any) -> StructureReport:
    hamiltonian: ModifiedHamiltonian | FieldError
    try:
        hamiltonian = build_hamiltonian(F.field, F.method, F.order, F.direction, F.split)
    except FieldError as error:
        hamiltonian = error
    return StructureReport(F, hamiltonian, asked, divergence(F), None if rho is None else reversibility(F, rho))
