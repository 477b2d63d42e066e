"""What a technique is: one-right, object and conjunction rules, targets, efforts."""
