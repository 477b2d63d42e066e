"""The smallest cut: a hitting set over paths, proven."""
