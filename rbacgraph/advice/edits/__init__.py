"""Edits of bindings and rules: kinds, application, description."""
