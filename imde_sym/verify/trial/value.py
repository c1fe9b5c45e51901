"""What an audit found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import sympy

from ...base.arguments import checked
from ...base.errors import FieldError
from ...base.pictures import Pictured
from ...base.tables import Cell, Table, Tabled, cell_latex
from ...base.values import Plain, reads
from ...equations import ModifiedField
from ...equations.step import power as power_text
from ...expressions import STORED, parse_expression
from ...expressions.layout import numerals_of
from ...fields.formulas import expression_latex, expression_text
from ...rings import scalar, scalar_from_json, scalar_to_json
from ...trees import RootedTree, elementary_differential

FORMAT = "imde_sym/audit"
LONG = 160
"""Characters of a formula that is shown whole."""


@checked
@dataclass(frozen=True)
class WrongTerm:
    """One term that is not as it should be.

    power     : of h in f_h; `step` is its symbol
    component : the name of the variable; "" for a claim over trees
    tree      : the elementary differential, of a claim over trees, or where the error is a multiple of a single one; else None
    claimed, right : a claim over trees: the two coefficients. A formula: the two coefficients of h**power in the component, as
                expressions. A function: two numbers, at the point that `detail` names
    detail    : the coefficients that differ, in words

    >>> import imde_sym as imde
    >>> (wrong,) = imde.audit("y**2 + 2*h*y**3", "y' = y**2", "explicit_euler").wrong
    >>> wrong.kind, wrong.place, wrong.difference
    ('wrong', "h, y'", y**3)
    """

    power: int
    component: str
    tree: RootedTree | None
    claimed: Any
    right: Any
    detail: str = ""
    step: str = "h"
    decimals: bool = False
    """Whether numbers are shown as decimals."""

    @property
    def difference(self) -> Any:
        """claimed - right."""
        return self.claimed - self.right

    @property
    def kind(self) -> str:
        """ "missing", "not there" for a term that should be zero, or "wrong"."""
        return "missing" if self.claimed == 0 else "not there" if self.right == 0 else "wrong"

    @property
    def place(self) -> str:
        """The power of h, and the component or the elementary differential."""
        height = power_text(sympy.Symbol(self.step), self.power) if self.power else f"{self.step}^0"
        names = "fg" if self.tree is not None and self.tree.colors == 2 else "f"
        where = f"{self.component}'" if self.component else ""
        if self.tree is not None:
            where = f"{where} {elementary_differential(self.tree, names=names)} = F({self.tree.brackets})".strip()
        return f"{height}, {where}"

    def __str__(self) -> str:
        long = self.detail and max(len(str(self.claimed)), len(str(self.right))) > LONG and not isinstance(self.right, float)
        both = "" if long else f"claimed {self.cell(self.claimed).text}, right {self.cell(self.right).text}"
        return f"{self.place}: {self.kind}: {'; '.join(filter(None, [both, self.detail]))}"

    def cell(self, value: Any) -> Cell:
        """A coefficient as it is shown, cut where it is long.

        >>> WrongTerm(1, "y", None, 0, 0, decimals=True).cell(sympy.Rational("0.37")).text
        '0.37'
        """
        numerals = numerals_of((), typed=self.decimals)
        text = f"{value:.12g}" if isinstance(value, float) else expression_text(value, numerals)
        if len(text) > LONG:
            return Cell(value, f"{text[:LONG]} ... ({len(text)} characters)")
        return Cell(value, text, cell_latex(value) if isinstance(value, float) else expression_latex(value, (), numerals))


@checked
@dataclass(frozen=True)
class Audit(Pictured, Plain, Tabled):
    """What was found of a claim; `str()` is the report.

    title      : the claim's subject;  how : how it was compared
    powers     : the powers of h that were looked at
    wrong      : a WrongTerm for each term that is wrong, missing or not there; empty where the claim is right
    convention : what the claim is right as, where that is another thing than it should be, such as "c(t)/σ(t)"; else ""
    seen       : for a claim that is a function: for each power the smallest error that would have been seen
    unseen     : those of the powers at which even an error as large as the term would not have been: they are not judged
    orders     : (with the claimed terms, with the right ones): the orders of trajectories; observed where `observed`, else
                 those that follow from the powers; empty where nothing is wrong
    notes      : what was taken for granted

    >>> import imde_sym as imde
    >>> found = imde.audit("y**2 + 2*h*y**3", "y' = y**2", "explicit_euler")
    >>> found.ok, len(found.lines()), found.verdict
    (False, 5, 'WRONG in 1 term')
    >>> found.effect.partition(":")[0]
    'order along a trajectory (observed)'
    >>> Audit.from_dict(found.to_dict()).wrong == found.wrong
    True
    """

    title: str
    how: str
    powers: tuple[int, ...]
    wrong: tuple[WrongTerm, ...] = ()
    convention: str = ""
    seen: tuple[float, ...] = ()
    orders: tuple[float, ...] = ()
    observed: bool = False
    notes: tuple[str, ...] = ()
    equation: ModifiedField | None = field(default=None, repr=False)
    unseen: tuple[int, ...] = ()

    form = FORMAT
    view = "plot_audit"

    @property
    def ok(self) -> bool:
        """Whether every term that was looked at is right. What cannot be seen is not."""
        return not self.wrong and not self.unseen

    @property
    def verdict(self) -> str:
        """One line in words."""
        if self.ok:
            return "RIGHT: every judged term is as it should be"
        if not self.wrong:
            rest = "; the other terms are right" if len(self.unseen) < len(self.powers) else ""
            return f"NOT DECIDED: {self._blind}{rest}"
        count = len(self.wrong)
        return f"WRONG in {count} term{'s' if count > 1 else ''}"

    @property
    def _blind(self) -> str:
        places = ", ".join(f"h^{k}" for k in self.unseen)
        return f"at {places} an error as large as the term itself would not be seen"

    @property
    def effect(self) -> str:
        """What the errors do to a trajectory."""
        if not self.orders:
            return ""
        how = "observed" if self.observed else "by the lowest wrong power"
        claimed, right = (f"{o:.2f}" if self.observed else f"{o:g}" for o in self.orders)
        return f"order along a trajectory ({how}): {claimed} with the claimed terms, {right} with the right ones"

    def lines(self) -> list[str]:
        """The report, a line each."""
        said = [
            f"audit of the {self.title}",
            f"compared {self.how}; powers of h: {', '.join(map(str, self.powers))}",
            self.verdict,
        ]
        if self.convention:
            said.append(f"it is right as {self.convention}")
        said += [f"  {w}" for w in self.wrong]
        if self.wrong and self.unseen:
            said.append(f"not decided: {self._blind}")
        if self.effect:
            said.append(self.effect)
        if self.seen:
            pairs = zip(self.powers, self.seen, strict=True)
            said.append("smallest error that would be seen: " + ", ".join(f"h^{k}: {s:.1e}" for k, s in pairs))
        return said + [f"note: {n}" for n in self.notes]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        return f"<audit of the {self.title}: {self.verdict}>"

    def table(self) -> Table:
        """The wrong terms, a line each; how the claim was compared and what follows as notes.

        >>> import imde_sym as imde
        >>> imde.audit("y**2 + 2*h*y**3", "y' = y**2", "explicit_euler").table().rows[0]["right"]
        y**3
        """
        rows = [
            {"power": w.power, "component": w.component, "tree": "" if w.tree is None else w.tree.brackets, "kind": w.kind}
            | {"claimed": w.cell(w.claimed), "right": w.cell(w.right), "detail": w.detail}
            for w in self.wrong
        ]
        columns = ("power", "component", "tree", "kind", "claimed", "right", "detail")
        head, *notes = (line for line in self.lines() if not line.startswith("  "))
        return Table.of(rows, columns, notes=notes, caption=head, text=str(self))

    def _repr_html_(self) -> str:
        head, how, verdict, *rest = map(escape, self.lines())
        said = [f"<p>{head}<br>{how}<br><b>{verdict}</b></p>"]
        if self.wrong:
            found = [
                {"term": w.place, "kind": w.kind, "claimed": w.cell(w.claimed), "right": w.cell(w.right), "detail": w.detail}
                for w in self.wrong
            ]
            said.append(Table.of(found)._repr_html_())
        return "".join([*said, *(f"<p>{line}</p>" for line in rest if not line.startswith("  "))])

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        wrong = [
            {
                "power": w.power,
                "component": w.component,
                "tree": None if w.tree is None else w.tree.brackets,
                "kind": w.kind,
                "claimed": self._write(w.claimed),
                "right": self._write(w.right),
                "detail": w.detail,
                "step": w.step,
                "decimals": w.decimals,
            }
            for w in self.wrong
        ]
        return self.head | {
            "title": self.title,
            "how": self.how,
            "powers": list(self.powers),
            "ok": self.ok,
            "wrong": wrong,
            "convention": self.convention,
            "seen": list(self.seen),
            "unseen": list(self.unseen),
            "orders": list(self.orders),
            "observed": self.observed,
            "notes": list(self.notes),
            "equation": None if self.equation is None else self.equation.to_dict(),
        }

    def _write(self, value: Any) -> Any:
        if isinstance(value, sympy.Expr) and self.equation is not None:
            return self.equation.write(value)
        return scalar_to_json(value)

    @classmethod
    @reads
    def from_dict(cls, data: Mapping[str, Any]) -> Audit:
        """Inverse of `to_dict`: the findings as they stand; formulas are parsed, never evaluated."""
        F = None if data["equation"] is None else ModifiedField.from_dict(data["equation"])

        def read(w: Mapping[str, Any], key: str) -> Any:
            value = w[key]
            if not isinstance(value, str):
                return value if isinstance(value, float) else scalar_from_json(value)
            if w["component"] and F is not None:
                return F.read(value)
            return scalar(parse_expression(value, lambda name: STORED.get(name, sympy.Symbol(name))))

        def term(w: Mapping[str, Any]) -> WrongTerm:
            tree = None if w["tree"] is None else RootedTree(w["tree"])
            component, detail, step = (str(w[key]) for key in ("component", "detail", "step"))
            return WrongTerm(
                int(w["power"]), component, tree, read(w, "claimed"), read(w, "right"), detail, step, bool(w.get("decimals"))
            )

        wrong = tuple(term(w) for w in data["wrong"])
        unseen = tuple(map(int, data.get("unseen", ())))
        if bool(data["ok"]) == bool(wrong or unseen):
            raise FieldError("the data of an audit say that the claim is right and name wrong terms, or neither")
        seen, orders = (tuple(map(float, data[key])) for key in ("seen", "orders"))
        title, how, convention = (str(data[key]) for key in ("title", "how", "convention"))
        powers, notes = tuple(map(int, data["powers"])), tuple(map(str, data["notes"]))
        return cls(title, how, powers, wrong, convention, seen, orders, bool(data["observed"]), notes, F, unseen)
