"""Answers about reachability."""
