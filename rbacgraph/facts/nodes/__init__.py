"""Machines: control-plane nodes, container escapes, distributions."""
