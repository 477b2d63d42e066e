"""YAML 1.1 as kubectl's parser reads it: values, scalars, faults."""
