"""What the reader of a suggestion must know."""
