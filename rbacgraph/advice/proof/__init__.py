"""The proof of a suggestion: it is enough, and it is no more."""
