"""The identities of a cluster: users, groups, ServiceAccounts, and their cloud identities."""
