"""Reads the objects that bring secrets of outside stores into the cluster, or the other way."""
