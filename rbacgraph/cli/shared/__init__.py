"""Options, input, errors and output that all commands share."""
