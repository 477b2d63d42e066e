"""What the Secrets of a cluster are worth to an attacker, by types and names alone."""
