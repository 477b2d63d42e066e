"""Audit logs in one pass and bounded memory."""
