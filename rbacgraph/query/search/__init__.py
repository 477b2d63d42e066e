"""Cheapest paths and hyperpaths between some nodes."""
