"""Parses what several commands take, and finds arguments that the user may not have meant."""
