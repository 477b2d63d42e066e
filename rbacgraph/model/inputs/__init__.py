"""What is read: the snapshot with evidence and diagnostics, audit logs, stated needs."""
