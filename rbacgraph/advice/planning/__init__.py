"""From needs and grants to the roles to write."""
