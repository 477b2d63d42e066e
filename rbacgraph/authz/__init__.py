"""Decides RBAC as Kubernetes does: matching, resolution, aggregation, escalation prevention."""
