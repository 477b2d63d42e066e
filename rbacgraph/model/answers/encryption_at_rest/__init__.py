"""What the answers about encryption hold."""
