"""Ask the server to confirm: access reviews and dry runs."""
