"""Roles rewritten without evidence: tidy, without, from references."""
