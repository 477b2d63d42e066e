"""Kubeconfig, credentials, rate limits."""
