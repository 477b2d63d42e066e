"""Commands about the input: the rights to collect it, and the file that keeps it."""
