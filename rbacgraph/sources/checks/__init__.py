"""What is odd in the objects that were read: names, rules, bindings."""
