"""Frozen Kubernetes objects and plain result records: no I/O, no Secret values."""
