"""Reduces Pod specs and the few control-plane objects while reading them."""
