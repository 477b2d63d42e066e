"""Leave the cluster, or come in from a cloud."""
