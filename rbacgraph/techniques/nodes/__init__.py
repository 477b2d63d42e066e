"""Get from a Pod to its node, also by volumes."""
