"""What admits Pods: Pod Security, SCCs, policies, webhooks."""
