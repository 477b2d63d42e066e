"""Least privilege: what is enough, in the fewest rules, each with its proof."""
