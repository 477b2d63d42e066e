"""Rewrites roles without evidence: tidy, without, from references."""
