"""Kubernetes' own RBAC: matching, resolution, aggregation, escalation prevention."""
