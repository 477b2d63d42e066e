"""Direct rights: who-can, usage against audit logs, verification samples."""
