"""Reduces the objects of Flux to what is applied, from where, and as whom."""
