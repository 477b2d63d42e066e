"""Tokens of ServiceAccounts in Pods and of kubelets, and bootstrap tokens."""
