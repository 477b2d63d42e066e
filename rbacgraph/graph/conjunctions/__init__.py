"""What needs several rights of one requester; header-only and constrained identities."""
