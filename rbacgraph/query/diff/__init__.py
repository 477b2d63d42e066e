"""Access gained and lost between two graphs, with the changed line; policy check."""
