"""What modified fields keep: Hamiltonians, Lagrangians, invariants, volume, reversibility, equilibria; the report on all."""

from .equilibria import Linearisation, linearisation
from .hamiltonian import ModifiedHamiltonian, inverse_modified_hamiltonian, modified_hamiltonian
from .invariants import Conservation, Divergence, conserved, divergence
from .lagrangian import ModifiedLagrangian, modified_lagrangian
from .modified_invariants import ModifiedInvariant, modified_invariant
from .obstruction import NoHamiltonianError, Obstruction
from .report import StructureReport, structure_report
from .reversal import Reversibility, reversibility

__all__ = [
    "Conservation",
    "Divergence",
    "Linearisation",
    "ModifiedHamiltonian",
    "ModifiedInvariant",
    "ModifiedLagrangian",
    "NoHamiltonianError",
    "Obstruction",
    "Reversibility",
    "StructureReport",
    "conserved",
    "divergence",
    "inverse_modified_hamiltonian",
    "linearisation",
    "modified_hamiltonian",
    "modified_invariant",
    "modified_lagrangian",
    "reversibility",
    "structure_report",
]
