"""Grants that may change, permissions, and changes applied to a copy."""
