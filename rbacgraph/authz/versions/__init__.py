"""Objects of one name in several files: of these versions a server holds one."""
