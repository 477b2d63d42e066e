"""Which names objects may have: a table by kind, and how a name is judged."""
