"""Asks the server to confirm answers: access reviews and dry runs."""
