"""What operators do for the authors of custom resources: one table, one line for each way."""
