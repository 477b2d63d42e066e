"""Secrets that hold a credential of a cluster: of this one, or of another."""
