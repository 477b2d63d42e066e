"""Have a Pod of one's own choosing made."""
