"""Who exists: users, groups, ServiceAccounts, and who they are in a cloud."""
