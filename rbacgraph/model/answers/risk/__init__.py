"""What the answer about risks holds: causes, their factors, and the scales."""
