"""The attack graph: an AND/OR graph in integer columns; build.py makes it."""
