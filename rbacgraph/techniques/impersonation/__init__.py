"""Act as another identity by request headers."""
