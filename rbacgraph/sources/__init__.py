"""Reads files, streams, Git and live clusters into one snapshot."""
