"""Measures, wraps and aligns text for a terminal, and lays out tables."""
