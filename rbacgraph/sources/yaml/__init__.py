"""Objects out of YAML: a fast reader, and the exact one where it does not fit."""
