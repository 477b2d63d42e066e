"""Computes the smallest cut: a hitting set over paths, with a proof."""
