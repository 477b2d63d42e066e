"""Gain rights: bind, escalate, aggregate, revive, map."""
