"""What the dumps of secret stores outside the cluster hold."""
