"""Answers about rights, change and least privilege."""
