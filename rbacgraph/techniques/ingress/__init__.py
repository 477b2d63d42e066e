"""Run code in an Ingress controller."""
