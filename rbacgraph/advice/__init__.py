"""Least privilege: what is needed, held against what is granted, and what to change."""
