"""Computes who reaches what, for all principals at once: bitmaps over the SCC condensation."""
