"""Add admission webhooks and policies of the attacker's own."""
