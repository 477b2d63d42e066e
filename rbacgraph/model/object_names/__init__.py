"""Which names an API server takes: a table by kind, and how a name is judged."""
