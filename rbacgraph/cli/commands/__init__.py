"""One module per command: its options, its question, its output."""
