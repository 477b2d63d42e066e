"""One module per command: its options, its question, its output; by what they ask about."""
