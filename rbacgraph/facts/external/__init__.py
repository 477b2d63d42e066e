"""Secrets in stores outside the cluster: which, and who logs in to read them."""
