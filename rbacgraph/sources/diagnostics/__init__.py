"""What is wrong with the input, in words, bounded."""
