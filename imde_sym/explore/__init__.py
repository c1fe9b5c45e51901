"""The interactive page: what a solver does to an equation, seen by moving a slider."""
