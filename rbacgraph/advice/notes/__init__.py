"""Notes that the reader of a suggestion must know."""
