"""Collects problems of the input as sentences, in bounded number."""
