"""Dumps of AWS: what its command line prints, each answer at its place below an account."""
