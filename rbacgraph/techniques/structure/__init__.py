"""Edges that are no technique: membership, bindings, grants, collections."""
