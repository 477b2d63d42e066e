"""Least privilege: which rights are enough, and which changes leave only those."""
