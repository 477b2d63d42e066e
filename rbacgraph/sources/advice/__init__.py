"""Reads stated needs and saved suggestions for the advice room."""
