"""Webhooks and admission policies of the intruder's own."""
