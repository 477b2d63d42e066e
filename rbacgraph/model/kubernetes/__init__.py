"""Kubernetes objects as far as access depends on them; no Secret values."""
