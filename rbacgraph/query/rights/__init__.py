"""Direct rights: who-can, one identity's rules, usage compared with audit logs, verification."""
