"""Finds the fewest PolicyRules for a set of permissions (set cover)."""
