"""Edits of bindings and rules: what they are, apply, describe."""
