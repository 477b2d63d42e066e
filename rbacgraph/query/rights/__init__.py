"""Direct rights: who-can, usage compared with audit logs, verification samples."""
