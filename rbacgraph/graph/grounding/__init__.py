"""Single-right techniques matched against rules, once per rule and scope."""
