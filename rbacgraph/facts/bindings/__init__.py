"""Roles, bindings, and the numbering of nodes: the base of all facts."""
