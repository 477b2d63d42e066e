"""Reduces Services, what leads to them, and NetworkPolicies to what reaches Pods.

Parts of another shape than Kubernetes' own count as not there.
"""
