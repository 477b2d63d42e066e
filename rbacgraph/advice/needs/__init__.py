"""Collects what must stay allowed, from logs, statements and manifests."""
