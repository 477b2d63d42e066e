"""Log in to Vault or OpenBao, and obtain more there."""
