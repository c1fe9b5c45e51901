"""Modified and inverse modified equations of concrete fields."""

from .build import build_equation, inverse_modified_equation, modified_equation
from .callables import CallableModifiedField
from .equilibria import Linearisation, linearisation
from .evaluation import evaluate
from .hamiltonian import ModifiedHamiltonian, inverse_modified_hamiltonian, modified_hamiltonian
from .invariants import Conservation, Divergence, conserved, divergence
from .lagrangian import ModifiedLagrangian, modified_lagrangian
from .modified import DIRECTIONS, ModifiedField
from .obstruction import NoHamiltonianError, Obstruction
from .reversal import Reversibility, reversibility
from .structure import StructureReport, structure_report

__all__ = [
    "DIRECTIONS",
    "CallableModifiedField",
    "Conservation",
    "Divergence",
    "Linearisation",
    "ModifiedField",
    "ModifiedHamiltonian",
    "ModifiedLagrangian",
    "NoHamiltonianError",
    "Obstruction",
    "Reversibility",
    "StructureReport",
    "build_equation",
    "conserved",
    "divergence",
    "evaluate",
    "inverse_modified_equation",
    "inverse_modified_hamiltonian",
    "linearisation",
    "modified_equation",
    "modified_hamiltonian",
    "modified_lagrangian",
    "reversibility",
    "structure_report",
]
