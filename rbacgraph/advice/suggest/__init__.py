"""Answers ``suggest``: plan, write, prove."""
