"""Reads what a Git repository holds of secrets: files of SOPS, its rules, references to them."""
