"""Least privilege: what is enough, and what it takes to get there."""
