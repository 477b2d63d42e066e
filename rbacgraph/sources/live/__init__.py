"""A live cluster: what to list, how, and what it did not show."""
