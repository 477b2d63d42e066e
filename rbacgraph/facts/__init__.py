"""The cluster as techniques see it; World combines the parts."""
