"""Decides as SOPS does: which creation rule a file has, and which of its values are encrypted."""

from rbacgraph.stores.sops.creation_rules import encrypts, rule_for

__all__ = ["encrypts", "rule_for"]
