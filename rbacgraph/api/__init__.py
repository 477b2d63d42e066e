"""What notebooks import: Cluster, load, diff, and the answers."""
