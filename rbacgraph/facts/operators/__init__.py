"""Operators and controllers: a table of what they are and need, and who of a cluster is one."""
