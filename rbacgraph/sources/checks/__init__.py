"""Checks objects for oddities: names, rules, bindings."""
