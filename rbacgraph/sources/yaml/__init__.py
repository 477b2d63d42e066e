"""Reads objects from YAML: a fast reader, and an exact one for everything else."""
