"""Reads YAML 1.1 as kubectl's parser does: values, scalars, faults."""
