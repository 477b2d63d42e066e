"""The cluster as techniques see it: World ties the parts below together."""
