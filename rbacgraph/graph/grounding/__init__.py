"""Matches single-right techniques against rules, once per rule and scope."""
