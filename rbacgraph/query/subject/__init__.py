"""What a question is about, what it rests on, what stands beside it."""
