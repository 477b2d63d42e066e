"""The parts of a technique: one-right, object and conjunction rules, targets, efforts."""
