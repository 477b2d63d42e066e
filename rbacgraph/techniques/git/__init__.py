"""Decrypt a secret that is kept in Git."""
