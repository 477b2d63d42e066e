"""The table of API resources, as data."""
