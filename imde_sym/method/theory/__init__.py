"""What follows from the numbers of a method alone: orders, stability, structure. No class of methods is known here."""
