"""Ingress controllers that are proxies: which there are, and who may inject code into them."""
