"""Create a Pod of the attacker's own."""
