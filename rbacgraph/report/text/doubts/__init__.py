"""Doubts in words, by what they are about."""
