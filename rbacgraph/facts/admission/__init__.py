"""What lets a Pod in: Pod Security, SCCs, policies, webhooks."""
