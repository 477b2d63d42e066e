"""Answers made by hand, by question: of a small shop, of nobody, and with names that mean harm."""
