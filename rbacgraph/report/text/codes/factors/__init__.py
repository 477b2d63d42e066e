"""The words of what risk depends on: entries, and the value of Secrets."""
