"""Obtain a token or certificate of another identity."""
