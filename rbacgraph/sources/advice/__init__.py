"""Stated needs and saved suggestions, as advice takes them."""
