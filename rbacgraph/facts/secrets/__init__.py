"""Finds where Secrets are named: references, volumes, claims, Helm releases."""
