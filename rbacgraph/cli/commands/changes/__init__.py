"""Commands about changes: which one to make, what one does, and whether it may be made."""
