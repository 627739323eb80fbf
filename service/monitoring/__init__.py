"""The service in figures, for an operator: what is counted, what Redis holds, how its processes fare."""
