"""The table of operators, by what they are for."""
