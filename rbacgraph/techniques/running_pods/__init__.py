"""Get into a Pod that runs, and what it holds."""
