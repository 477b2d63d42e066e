"""Roles, bindings, and the numbering of nodes: what all facts stand on."""
